import { type ChallengedNode, ceilLog2, type Game, type Hex, type StatedTree } from "../scorer/index.ts";
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
  const { challenges, provider, book } = suite;
  const { statement, hash } = proposed;
  const block = await provider.getBlock("latest");
  if (block === null) throw new ClientError("network", "the node has no last block: ask another node");
  const blockTag = block.number;
  const [challenged, opened, stateOf, window, responseTime] = await Promise.all([
    challenges.queryFilter(challenges.filters.NodeChallenged(hash), book.fromBlock, blockTag),
    challenges.queryFilter(challenges.filters.NodeOpened(hash), book.fromBlock, blockTag),
    readStates(suite, BigInt(statement.payout.stream), Number(statement.payout.interval), blockTag),
    challenges.WINDOW(),
    challenges.RESPONSE_TIME(),
  ]);
  const depth = ceilLog2(Number(statement.payout.lines));
  const shownBy = new Map(opened.map(({ args }) => [numberOf(depth, args.level, args.position), args.nodes as Hex]));
  const numbers = new Map(challenged.map(({ args }) => [numberOf(depth, args.level, args.position), args]));
  const nodes = await Promise.all(
    [...numbers].map(async ([number, { level, position }]): Promise<ChallengedNode> => {
      const [placed, answer] = await challenges.nodeOf(hash, number, { blockTag });
      const shown = shownBy.get(number);
      const answered = answer.shownUntil !== 0n || BigInt(answer.by) !== 0n;
      if (answered && level !== 0n && shown === undefined) {
        throw new ClientError(
          "mismatch",
          `the node leaves out what answers of statement ${hash} showed at position ${position} of level ${level}: ask another node`,
        );
      }
      return {
        level: Number(level),
        position: Number(position),
        challenger: placed.challenger,
        deadline: Number(placed.deadline),
        begunAt: Number(placed.begunAt),
        parentLevel: Number(placed.parentLevel),
        turns: Number(placed.turns),
        answer: answered ? { by: answer.by, shownUntil: Number(answer.shownUntil), shown } : undefined,
      };
    }),
  );
  return {
    status: await stateOf(statement, hash),
    now: block.timestamp,
    windowEnds: Number(BigInt(statement.proposedAt) + window),
    responseTime: Number(responseTime),
    nodes: nodes.filter(({ challenger }) => BigInt(challenger) !== 0n),
  };
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
