import {
  evidenceOf,
  modelOfStream,
  type ProposedStatement,
  readGame,
  readMembers,
  readUsageReport,
  reportQuery,
  statedTree,
  type Suite,
} from "../client/index.ts";
import {
  answersDue,
  type Defence,
  type Game,
  type Hex,
  isOpen,
  type NodePlace,
  type Opening,
  payableWeights,
  type Scoring,
  settlementsDue,
  type Statement,
  statementOf,
  type SumTree,
  unpackQ,
  type UsageReport,
  usageReportHash,
  type VerifiedIndex,
  type Weights,
} from "../scorer/index.ts";
import type { Call, Look } from "./calls.ts";

const BPS = 10_000n;

/**
 * The pool that is left when the scorer takes its fee.
 *
 * @param gross - the pool before the fee, in the currency's smallest unit
 * @param feeBps - the fee in basis points
 */
export function poolAfterFee(gross: bigint, feeBps: number): bigint {
  return gross - (gross * BigInt(feeBps)) / BPS;
}

/**
 * What a statement of an interval must say: from the published index, and from the report and the registries on the
 * chain alone.
 *
 * @param committed - the index that the chain names, with the chain's exponent bound
 * @param pool - what is divided, net of the scorer's fee, in the currency's smallest unit
 */
export async function computeStatement(
  suite: Suite,
  stream: bigint,
  interval: number,
  committed: VerifiedIndex,
  pool: bigint,
): Promise<Statement> {
  const { index, tree } = committed;
  const score = ({ rowCounts, q }: Omit<Scoring, "exponentBound">): Promise<ScoredIndex> =>
    Promise.resolve({
      root: tree.root,
      exponents: index.exponents,
      weights: payableWeights(index, rowCounts, q),
    });
  return stateInterval(suite, stream, interval, score, pool);
}

/** The weights of all lines, of an index that was found to be the committed one. */
export interface ScoredIndex {
  readonly root: Hex;
  /** uint8 [n] */
  readonly exponents: Uint8Array;
  readonly weights: Weights;
}

/**
 * `computeStatement` for an index that isn't in memory.
 *
 * @param score - scores the index that the chain names, with the chain's exponent bound
 * @param pool - what is divided, net of the scorer's fee, in the currency's smallest unit
 */
export async function stateInterval(
  suite: Suite,
  stream: bigint,
  interval: number,
  score: (scoring: Omit<Scoring, "exponentBound">) => Promise<ScoredIndex>,
  pool: bigint,
): Promise<Statement> {
  const [report, { contributors, rowCounts }] = await Promise.all([
    readUsageReport(suite, modelOfStream(stream), interval),
    readMembers(suite, stream),
  ]);
  const { root, exponents, weights } = await score({ rowCounts, q: unpackQ(reportQuery(report)) });
  return statementOf({
    stream,
    interval,
    indexRoot: root,
    reportHash: usageReportHash(report),
    exponents,
    weights,
    contributors,
    rowCounts,
    pool,
  });
}

/** What a scorer answers challenges from. */
export interface ScorerFiles {
  /** The tree of the weights that it proposed */
  readonly tree: SumTree;
  readonly committed: VerifiedIndex;
  readonly report: UsageReport;
}

/**
 * Looks once after a scorer's own statement: answers all open challenges, the most urgent first; makes the statement
 * final when it can be; settles the challenges that it earned once it is. Safe to be called again at any time.
 *
 * @param account - the scorer's address, or that of whoever answers for it
 * @throws ScorerError `root-mismatch` when the tree isn't the statement's
 */
export async function answerChallenges(
  suite: Suite,
  proposed: ProposedStatement,
  { tree, committed, report }: ScorerFiles,
  account: string,
): Promise<Look> {
  const { attribution } = suite;
  const { statement } = proposed;
  const game = await readGame(suite, proposed);
  const answers = answersDue(game, statedTree(proposed), tree, committed);
  if (answers.length > 0) {
    const calls = answers.map(async (answer): Promise<Call> => {
      const call = await (answer.kind === "defend"
        ? defenceCall(suite, proposed, report, answer)
        : openingCall(suite, proposed, answer));
      return { ...call, deadline: answer.deadline };
    });
    return { calls: await Promise.all(calls), lookAgainAt: game.now };
  }
  if (game.status !== "live") {
    const due = settlementsDue(game, account).map((place) => settleCall(suite, proposed, place));
    return { calls: await Promise.all(due), lookAgainAt: undefined };
  }
  const finalFrom = Math.max(game.windowEnds, ...game.nodes.map(({ answer }) => answer?.shownUntil ?? 0));
  if (game.now < finalFrom || game.nodes.some(isOpen)) {
    return { calls: [], lookAgainAt: Math.min(nextLook(game), game.now < finalFrom ? finalFrom : Infinity) };
  }
  const transaction = await attribution.finalise.populateTransaction(statement);
  return { calls: [{ doing: "finalising the statement", transaction }], lookAgainAt: game.now };
}

/** The transaction that shows what is below a challenged node. */
export async function openingCall({ challenges }: Suite, proposed: ProposedStatement, answer: Opening): Promise<Call> {
  const { level, position, nodes, proof } = answer;
  return {
    doing: `opening node ${position} of level ${level}`,
    transaction: await challenges.open.populateTransaction(proposed.statement, level, position, nodes, proof),
  };
}

/** The transaction that proves a challenged line. */
export async function defenceCall(
  { challenges }: Suite,
  { statement }: ProposedStatement,
  report: UsageReport,
  { line }: Defence,
): Promise<Call> {
  return {
    doing: `defending line ${line.index}`,
    transaction: await challenges.defend.populateTransaction(statement, evidenceOf(line, report)),
  };
}

/** The settlement of a challenge of a decided statement. */
export async function settleCall(
  { challenges }: Suite,
  { statement }: ProposedStatement,
  { level, position }: NodePlace,
): Promise<Call> {
  return {
    doing: `settling the challenge of node ${position} of level ${level}`,
    transaction: await challenges.settle.populateTransaction(statement, level, position),
  };
}

/** Soon enough to answer whatever is challenged meanwhile. */
function nextLook({ now, responseTime }: Game): number {
  return now + Math.ceil(responseTime / 2);
}
