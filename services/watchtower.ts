import {
  evidenceOf,
  type ProposedStatement,
  readGame,
  readPostedWeights,
  type Recomputed,
  statedTree,
  type Suite,
} from "../client/index.ts";
import {
  audit,
  type ChallengedNode,
  cheapestRefutation,
  type Game,
  type GasPrices,
  KnownTree,
  settlementsDue,
  type Step,
  type UsageReport,
  type Verdict,
  type WrongLine,
} from "../scorer/index.ts";
import type { LineEvidenceStruct } from "../typechain-types/attribution/ChallengeRegistry.ts";
import type { Call, Look } from "./calls.ts";
import { settleCall } from "./scorer.ts";

/** What can be said of a statement whatever its state. */
export interface Inspection {
  readonly right: boolean;
  /** All wrong lines; undefined when the weights aren't known */
  readonly wrongLines: readonly WrongLine[] | undefined;
  /** What `refute` takes, for the wrong line that costs the least gas */
  readonly evidence: LineEvidenceStruct | undefined;
}

/**
 * Compares a statement with what it must say.
 *
 * @param weights - what the scorer published; weights that don't hash to the statement's root say nothing of it
 * @param challenged - nodes with what their answers have shown
 */
export function inspect(
  proposed: ProposedStatement,
  { right, committed, report }: Recomputed,
  weights: readonly bigint[] | undefined,
  challenged: readonly ChallengedNode[] = [],
): Inspection {
  const stated = statedTree(proposed);
  const known = new KnownTree(stated, right, weights, challenged);
  const wrongLines = known.wrongLines();
  const line = cheapestRefutation(known, committed, wrongLines);
  return {
    right: !known.differs({ level: right.depth, position: 0 }),
    wrongLines: known.complete ? wrongLines : undefined,
    evidence: line === undefined ? undefined : evidenceOf(line, report),
  };
}

/** Gas of each transaction, measured on a statement of 300 lines and 16 lanes; larger ones make refutations dearer. */
const GAS: GasPrices = {
  challenge: 73_100n,
  descend: 71_000n,
  refute: 171_000n,
  callSilence: 114_500n,
  settle: 62_300n,
};

/** How a watchtower goes about a statement. */
export interface WatchOptions {
  /** What the scorer published; by default what it posted on the chain */
  readonly weights?: readonly bigint[] | undefined;
  /**
   * Whether to challenge a line one block before it is refuted, as by default: the reward is at least half of the bond
   * floor, what protects it costs the gas of a challenge and of its settlement. Turn it off on a chain whose pending
   * transactions nobody sees.
   */
  readonly protectReward?: boolean;
  readonly prices?: GasPrices;
}

/**
 * Looks once at a statement: says whether it is right, and if not, which transactions are due now to void it, or, once
 * it is decided, to get bonds back. Safe to be called again at any time.
 *
 * @param account - the watchtower's address; its bonds lie in the vault under the attribution registry
 */
export async function watch(
  suite: Suite,
  proposed: ProposedStatement,
  { right, committed, report }: Recomputed,
  account: string,
  { weights, protectReward = true, prices = GAS }: WatchOptions = {},
): Promise<Look & { readonly verdict: Verdict }> {
  const { vault, attribution, challenges } = suite;
  const [game, posted, { free }, bond] = await Promise.all([
    readGame(suite, proposed),
    weights === undefined ? readPostedWeights(suite, proposed) : weights,
    vault.bondOf(attribution, account),
    challenges.CHALLENGE_BOND(),
  ]);
  const verdict = audit({
    stated: statedTree(proposed),
    right,
    committed,
    weights: posted,
    game,
    account,
    canBond: free >= bond,
    prices,
    protectReward,
  });
  if (verdict.right) {
    const due = settlementsDue(game, account).map((place) => settleCall(suite, proposed, place));
    return { verdict, calls: await Promise.all(due), lookAgainAt: undefined };
  }
  const deadline = deadlineOf(game);
  const calls = await Promise.all(
    verdict.plan.steps.map(async (step): Promise<Call> => {
      const call = await callOf(suite, proposed, report, step);
      return step.kind === "settle" ? call : { ...call, deadline };
    }),
  );
  return { verdict, calls, lookAgainAt: verdict.plan.lookAgainAt };
}

/** When the wrong statement could become final, or the first of the shown nodes can't be challenged any more. */
function deadlineOf({ now, windowEnds, nodes }: Game): number {
  const ends = [windowEnds, ...nodes.map(({ answer }) => answer?.shownUntil ?? 0)].filter((end) => end > now);
  return ends.length === 0 ? now : Math.min(...ends);
}

async function callOf(suite: Suite, proposed: ProposedStatement, report: UsageReport, step: Step): Promise<Call> {
  const { challenges } = suite;
  const { statement } = proposed;
  if (step.kind === "refute") {
    const transaction = await challenges.refute.populateTransaction(statement, evidenceOf(step.line, report));
    return { doing: `refuting line ${step.line.index}`, transaction };
  }
  const { level, position } = step;
  const place = `node ${position} of level ${level}`;
  switch (step.kind) {
    case "challenge": {
      const transaction = await challenges.challenge.populateTransaction(statement, level, position);
      return { doing: `challenging ${place}`, transaction };
    }
    case "descend": {
      const transaction = await challenges.descend.populateTransaction(statement, level, position, step.shown);
      return { doing: `challenging node ${step.shown} below ${place}`, transaction };
    }
    case "callSilence": {
      const transaction = await challenges.callSilence.populateTransaction(statement, level, position);
      return { doing: `calling the silence about ${place}`, transaction };
    }
    case "settle":
      return settleCall(suite, proposed, step);
  }
}
