import { type ChallengedNode, ceilLog2, type Game, type Hex, isOpen, type StatedTree } from "../scorer/index.ts";
import { completely } from "./chainProvider.ts";
import { ClientError } from "./clientError.ts";
import { type ProposedStatement, readStates } from "./statements.ts";
import type { Suite } from "./suite.ts";

/** What a statement on the chain commits to. */
export function statedTree({ statement: { payout } }: ProposedStatement): StatedTree {
  return { root: String(payout.root) as Hex, total: BigInt(payout.total), lines: Number(payout.lines) };
}

/**
 * Everything about the challenges of a statement, as of one block. What the chain stores of a node is read from its
 * state; events only tell which nodes there are, and what answers showed.
 *
 * @throws ClientError `mismatch` when the node leaves out the event of an answer, `network`
 */
export async function readGame(suite: Suite, proposed: ProposedStatement): Promise<Game> {
  const { challenges, provider, attribution } = suite;
  const { statement, hash } = proposed;
  const [stream, interval] = [BigInt(statement.payout.stream), Number(statement.payout.interval)];
  const block = await provider.getBlock("latest");
  if (block === null) throw new ClientError("network", "the node has no last block: ask another node");
  const blockTag = block.number;
  const [nodes, stateOf, window, responseTime] = await Promise.all([
    completely(
      provider,
      () => readNodes(suite, proposed, blockTag),
      async (found) => {
        const { statementId, openChallenges } = await attribution.settlementOf(stream, interval, { blockTag });
        const open = found.filter(isOpen).length;
        return !found.some(isUnshown) && (!hash.startsWith(statementId) || open >= Number(openChallenges));
      },
    ),
    readStates(suite, stream, interval, blockTag),
    challenges.WINDOW(),
    challenges.RESPONSE_TIME(),
  ]);
  const unshown = nodes.find(isUnshown);
  if (unshown !== undefined) {
    throw new ClientError(
      "mismatch",
      `the node leaves out what answers of statement ${hash} showed at position ${unshown.position} of level ${unshown.level}: ask another node`,
    );
  }
  return {
    status: await stateOf(statement, hash),
    now: block.timestamp,
    windowEnds: Number(BigInt(statement.proposedAt) + window),
    responseTime: Number(responseTime),
    nodes,
  };
}

/** Challenged nodes of a statement as of a block: which ones, and what answers showed, as events tell. */
async function readNodes(
  { challenges, book }: Suite,
  { statement, hash }: ProposedStatement,
  blockTag: number,
): Promise<ChallengedNode[]> {
  const [challenged, opened] = await Promise.all([
    challenges.queryFilter(challenges.filters.NodeChallenged(hash), book.fromBlock, blockTag),
    challenges.queryFilter(challenges.filters.NodeOpened(hash), book.fromBlock, blockTag),
  ]);
  const depth = ceilLog2(Number(statement.payout.lines));
  const shownBy = new Map(opened.map(({ args }) => [numberOf(depth, args.level, args.position), args.nodes as Hex]));
  const numbers = new Map(challenged.map(({ args }) => [numberOf(depth, args.level, args.position), args]));
  const nodes = await Promise.all(
    [...numbers].map(async ([number, { level, position }]): Promise<ChallengedNode> => {
      const [placed, answer] = await challenges.nodeOf(hash, number, { blockTag });
      const answered = answer.shownUntil !== 0n || BigInt(answer.by) !== 0n;
      return {
        level: Number(level),
        position: Number(position),
        challenger: placed.challenger,
        deadline: Number(placed.deadline),
        begunAt: Number(placed.begunAt),
        parentLevel: Number(placed.parentLevel),
        turns: Number(placed.turns),
        answer: answered
          ? { by: answer.by, shownUntil: Number(answer.shownUntil), shown: shownBy.get(number) }
          : undefined,
      };
    }),
  );
  return nodes.filter(({ challenger }) => BigInt(challenger) !== 0n);
}

/** Whether an answer must have shown nodes, and no event says which. */
function isUnshown({ level, answer }: ChallengedNode): boolean {
  return answer !== undefined && level !== 0 && answer.shown === undefined;
}

/**
 * The weights that a scorer posted with its statement.
 *
 * @returns undefined if it only published their address; not checked against the root
 */
export async function readPostedWeights(
  { attribution, book }: Suite,
  proposed: ProposedStatement,
): Promise<readonly bigint[] | undefined> {
  const { stream, interval } = proposed.statement.payout;
  const [proposals, posted] = await Promise.all([
    attribution.queryFilter(attribution.filters.StatementProposed(stream, interval, proposed.hash), book.fromBlock),
    attribution.queryFilter(attribution.filters.WeightsPosted(stream, interval), book.fromBlock),
  ]);
  const event = posted.find(({ transactionHash }) =>
    proposals.some((proposal) => proposal.transactionHash === transactionHash),
  );
  return event?.args.weights;
}

/** Number of a node on the chain: 2^(depth − level) + position. */
function numberOf(depth: number, level: bigint, position: bigint): bigint {
  return (1n << (BigInt(depth) - level)) + position;
}
