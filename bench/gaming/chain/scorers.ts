import { type ProposedStatement, recompute, type Sender } from "../../../client/index.ts";
import { type Statement, SumTree } from "../../../scorer/index.ts";
import { depositBond } from "../../../scripts/demo/cast.ts";
import { sendCalls } from "../../../services/calls.ts";
import { watch } from "../../../services/watchtower.ts";
import { openStream } from "./admission.ts";
import { type Crowd, seat } from "./crowd.ts";
import { claimAll, closeInterval, finalise, propose, scoreInterval } from "./settlement.ts";
import { dollars, type Stage } from "./stage.ts";
import { askAll, type Stream } from "./world.ts";

/** What a scorer's short cut came to, in dollars. */
export interface ShortCut {
  /** What it hoped for: the fee */
  readonly fee: number;
  /** What it lost of its bond */
  readonly lost: number;
  /** What whoever caught it won, and the treasury */
  readonly reward: number;
  readonly treasury: number;
  /** Statements of the interval that were voided */
  readonly voids: number;
  /** The bond of the honest statement that took its place */
  readonly nextBond: number;
  /** What all contributors got by influence from the honest statement, and what it says that they get */
  readonly paid: number;
  readonly due: number;
}

/** Scorers that don't do the work. */
export interface ShortCuts {
  /** The same weight for every line */
  readonly equalWeights: ShortCut;
  /** The weights of the interval before */
  readonly staleWeights: ShortCut;
  /** Another scorer's right root, without the data behind it: it is challenged and has no answer */
  readonly copiedRoot: ShortCut;
}

/** How somebody goes about a statement until it is void. */
type Hunt = (proposed: ProposedStatement) => Promise<void>;

/** Three intervals, each with a scorer that takes a short cut, is caught, and is followed by an honest one. */
export async function playShortCuts(stage: Stage, crowd: Crowd): Promise<ShortCuts> {
  const { suite, roles } = stage;
  const { attribution, challenges } = suite;
  const stream = await openStream(stage, await seat(stage, "short cuts", crowd.hands));
  const { watchtower } = roles;
  await depositBond(suite, watchtower, await attribution.CHALLENGE_BOND());
  const lazy = await stage.wallet("lazy scorer");

  /** The watchtower recomputes the statement, whose weights are published, and sends what it finds due. */
  const refute =
    (weights: readonly bigint[]): Hunt =>
    async (proposed) => {
      const recomputed = await recompute(suite, proposed, stream.trained.committed);
      for (let lookAgain = true; lookAgain;) {
        const look = await watch(suite, proposed, recomputed, watchtower.address, { weights });
        await sendCalls(watchtower, look);
        lookAgain = look.lookAgainAt !== undefined || look.calls.length > 0;
        // A challenge protects the reward from the next block on.
        await stage.wait(1n);
      }
    };
  /** Somebody who can't recompute the root has it opened. Nobody does. */
  const waitForAnswer: Hunt = async ({ statement }) => {
    const { depth } = new SumTree(stream.contributions.map(() => 0n));
    await watchtower.send("challenging", challenges.challenge.populateTransaction(statement, depth, 0));
    await stage.wait(await attribution.RESPONSE_TIME());
    await watchtower.send("calling silence", challenges.callSilence.populateTransaction(statement, depth, 0));
    await watchtower.send("settling", challenges.settle.populateTransaction(statement, depth, 0));
  };

  const equal = stream.contributions.map(() => 1n);
  const equalWeights = await play(stage, stream, crowd.yesterday, lazy, () => [equal, refute(equal)]);
  const stale = equalWeights.honest.lines.map(({ payable }) => payable);
  const staleWeights = await play(stage, stream, crowd.today, lazy, () => [stale, refute(stale)]);
  const copiedRoot = await play(stage, stream, crowd.yesterday, lazy, ({ lines }) => [
    lines.map(({ payable }) => payable),
    waitForAnswer,
  ]);
  return { equalWeights: equalWeights.cost, staleWeights: staleWeights.cost, copiedRoot: copiedRoot.cost };
}

/** @param cut - of the honest statement, the weights that the lazy scorer states, and how it is caught */
async function play(
  stage: Stage,
  stream: Stream,
  asked: Crowd["today"],
  lazy: Sender,
  cut: (honest: Statement) => readonly [readonly bigint[], Hunt],
): Promise<{ readonly honest: Statement; readonly cost: ShortCut }> {
  const { suite, roles } = stage;
  const report = await closeInterval(stage, stream, await askAll(stage, stream, asked));
  const honest = await scoreInterval(stage, stream, report.interval);
  const [weights, hunt] = cut(honest);
  const { root: sumTreeRoot, total } = new SumTree(weights);
  const proposed = await propose(stage, lazy, { ...honest, sumTreeRoot, total });
  const holders = [lazy, roles.watchtower, roles.treasury];
  const before = await Promise.all(holders.map((holder) => stage.bonds(holder)));
  await hunt(proposed);
  const after = await Promise.all(holders.map((holder) => stage.bonds(holder)));
  const [lost, reward, treasury] = after.map((bonds, i) => bonds - before[i]!) as [bigint, bigint, bigint];

  const { voids } = await suite.attribution.settlementOf(stream.stream, report.interval);
  const replaced = await propose(stage, roles.scorer, honest);
  await finalise(stage, stream, replaced, honest, report);
  const paid = await claimAll(stage, stream, { proposed: replaced, statement: honest });
  const cost: ShortCut = {
    fee: dollars(BigInt(proposed.statement.fee)),
    lost: dollars(-lost),
    reward: dollars(reward),
    treasury: dollars(treasury),
    voids: Number(voids),
    nextBond: dollars(BigInt(replaced.statement.bond)),
    paid: dollars([...paid.values()].reduce((sum, { influence }) => sum + influence, 0n)),
    due: dollars(honest.lines.reduce((sum, { amount }) => sum + amount, 0n)),
  };
  return { honest, cost };
}
