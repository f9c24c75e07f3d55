import { encodeBytes32String } from "ethers";
import { openStream } from "./admission.ts";
import { aimAt, paidLines } from "./aimedQuery.ts";
import { type Crowd, seat } from "./crowd.ts";
import {
  claimAll,
  closeInterval,
  earned,
  finalise,
  type Paid,
  propose,
  scoreInterval,
  settleHonestly,
  totalOf,
} from "./settlement.ts";
import { dollars, type Stage } from "./stage.ts";
import { askAll } from "./world.ts";

/** What an operator with a contribution of its own got of an interval, in dollars, and all others together. */
export interface OperatorPay {
  readonly byInfluence: number;
  readonly proRata: number;
  readonly others: number;
}

/** One interval of the same questions for each way in which it can end. */
export interface CrookedQuery {
  /** Contributions, and lines that the crooked report pays */
  readonly contributions: number;
  readonly paidLines: number;
  /** The influence part of an interval, net of the scorer's fee, in dollars */
  readonly influencePart: number;
  readonly honest: OperatorPay;
  /** Nobody objects to the crooked report */
  readonly crooked: OperatorPay;
  /** The dataset's owner rejects the statement that follows from it */
  readonly statementRejected: OperatorPay;
  /** The dataset's owner rejects the interval before anyone states something */
  readonly intervalRejected: OperatorPay;
}

const REASON = encodeBytes32String("q contradicts the receipts");

/**
 * An operator has a contribution of its own and signs a report whose q is solved for it alone. Scorers must follow the
 * report; the dataset's owner needn't.
 */
export async function playCrookedQuery(stage: Stage, crowd: Crowd): Promise<CrookedQuery> {
  const { suite, roles } = stage;
  const contributions = await seat(stage, "crooked query", crowd.hands);
  const operator = contributions[0]!.wallet;
  const stream = await openStream(stage, contributions, { operator });
  const others = contributions.slice(1).map(({ wallet }) => wallet);
  const payOf = (paid: Paid): OperatorPay => {
    const { influence, proRata } = earned(paid, operator);
    return {
      byInfluence: dollars(influence),
      proRata: dollars(proRata),
      others: dollars(totalOf(earned(paid, ...others))),
    };
  };
  const { index } = stream.trained.committed;
  const rowCounts = contributions.map(({ rows }) => rows.length);
  const aimed = aimAt(index, 0, rowCounts);
  const closeCrooked = async () => closeInterval(stage, stream, await askAll(stage, stream, crowd.today), aimed);

  const honest = payOf(await settleHonestly(stage, stream, await askAll(stage, stream, crowd.today)));

  const report = await closeCrooked();
  const statement = await scoreInterval(stage, stream, report.interval);
  const proposed = await propose(stage, roles.scorer, statement);
  await finalise(stage, stream, proposed, statement, report);
  const crooked = payOf(await claimAll(stage, stream, { proposed, statement }));

  const { interval } = await closeCrooked();
  const live = await propose(stage, roles.scorer, await scoreInterval(stage, stream, interval));
  const { attribution } = suite;
  await roles.curator.send("rejecting", attribution.rejectStatement.populateTransaction(live.statement, REASON));
  const statementRejected = payOf(await claimAll(stage, stream));

  const { interval: last } = await closeCrooked();
  await roles.curator.send("rejecting", attribution.rejectInterval.populateTransaction(stream.stream, last, REASON));
  const intervalRejected = payOf(await claimAll(stage, stream));

  return {
    contributions: contributions.length,
    paidLines: paidLines(index, rowCounts, aimed).length,
    influencePart: dollars(statement.pool),
    honest,
    crooked,
    statementRejected,
    intervalRejected,
  };
}
