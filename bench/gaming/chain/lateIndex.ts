import { claimProRata } from "../../../client/index.ts";
import {
  ceilLog2,
  indexRow,
  indexTree,
  type InfluenceIndex,
  intervalQuery,
  type QuantisedVector,
  type VerifiedIndex,
} from "../../../scorer/index.ts";
import { admit, contribute } from "./admission.ts";
import { type Crowd, seat } from "./crowd.ts";
import { answer, train } from "./digits.ts";
import { claimAll, closeInterval, earned, propose, scoreInterval, totalOf } from "./settlement.ts";
import { dollars, outcomeOf, type Stage } from "./stage.ts";
import { activateIndex, askAll, registerTrained } from "./world.ts";

/** What rows and an index that were made for paid questions came to. Outcomes are names of custom errors. */
export interface QueryAfter {
  /** "reverts" if the chain refused to have the interval scored because the index came later, else what happened instead */
  readonly outcome: string;
  /** Of claiming for a contribution that was accepted after the version was frozen */
  readonly lateRows: string;
  /** Of proposing a statement for the interval in which those questions were paid */
  readonly lateIndex: string;
  /** Of proposing one for the next interval: the same index, scorer and bond */
  readonly nextInterval: string;
  /** How the interval ended: 3 is pro-rata */
  readonly status: number;
  /** What the attacker would have got by influence of that interval, in dollars */
  readonly wouldHaveGot: number;
  /** What it got by influence */
  readonly byInfluence: number;
  /** What it got by row count, and what all got */
  readonly proRata: number;
  readonly paidToAll: number;
  /** Part of the version's rows that are the attacker's */
  readonly rowShare: number;
}

/**
 * The attacker and the model's owner wait until questions are paid. Then the attacker contributes them as rows, and the
 * owner commits an index in which the attacker's row is made of them.
 */
export async function playLateIndex(stage: Stage, crowd: Crowd): Promise<QueryAfter> {
  const { suite, roles } = stage;
  const { dataset, contributions } = await admit(stage, await seat(stage, "late index", crowd.hands), "bytes");
  const trained = train(contributions.map(({ rows }) => rows));
  const honest = await registerTrained(stage, dataset, contributions, trained);
  const attacker = contributions[0]!.wallet;
  const receipts = await askAll(stage, honest, crowd.today);

  const rows = crowd.today.map((digit) => ({ ...digit, label: answer(trained, digit).label }));
  await contribute(stage, dataset, { wallet: attacker, rows }, "accept");
  const claim = claimProRata(suite, [{ stream: honest.stream, indexes: [contributions.length] }]);
  const lateRows = await outcomeOf(attacker.send("claiming for rows that came late", claim));

  const q = intervalQuery(receipts.map(({ receipt: { amount }, query }) => ({ amount, query })));
  const committed = madeFor(trained.committed.index, q, contributions[0]!.rows.length);
  await activateIndex(stage, honest.stream, committed);
  const stream = { ...honest, trained: { ...trained, committed } };
  const { interval } = await closeInterval(stage, stream, receipts);
  const statement = await scoreInterval(stage, stream, interval);
  const lateIndex = await outcomeOf(propose(stage, roles.scorer, statement));
  const { attribution } = suite;
  await roles.scorer.send("falling back", attribution.fallBack.populateTransaction(stream.stream, interval));
  const { status } = await attribution.settlementOf(stream.stream, interval);
  const paid = await claimAll(stage, stream);

  const { interval: next } = await closeInterval(stage, stream, await askAll(stage, stream, crowd.yesterday));
  const nextInterval = await outcomeOf(propose(stage, roles.scorer, await scoreInterval(stage, stream, next)));

  const { influence, proRata } = earned(paid, attacker);
  const all = earned(paid, ...contributions.map(({ wallet }) => wallet));
  const counted = contributions.map((contribution) => contribution.rows.length);
  return {
    outcome: lateIndex === "IndexDoesNotServe" ? "reverts" : lateIndex,
    lateRows,
    lateIndex,
    nextInterval,
    status: Number(status),
    wouldHaveGot: dollars(statement.lines[0]!.amount),
    byInfluence: dollars(influence),
    proRata: dollars(proRata),
    paidToAll: dollars(totalOf(all)),
    rowShare: counted[0]! / counted.reduce((sum, count) => sum + count, 0),
  };
}

/** The same index, but its first row is q itself, at the highest exponent that the chain scores. */
function madeFor(index: InfluenceIndex, { lanes }: QuantisedVector, rows: number): VerifiedIndex {
  const made = { ...index, lanes: Int16Array.from(index.lanes), exponents: Uint8Array.from(index.exponents) };
  indexRow(made, 0).set(lanes);
  made.exponents[0] = ceilLog2(rows) + index.exponentBound;
  return { index: made, tree: indexTree(made) };
}
