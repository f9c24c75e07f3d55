import {
  readPayingContributors,
  selfPayment,
  type SelfPaymentTerms,
  washingGain,
  type WashedWeights,
} from "../../../client/index.ts";
import { type InfluenceIndex, intervalQuery, payables, type QuantisedVector } from "../../../scorer/index.ts";
import { fundDollars } from "../../../scripts/demo/cast.ts";
import { openStream } from "./admission.ts";
import { type Crowd, seat } from "./crowd.ts";
import { answer, type Digit } from "./digits.ts";
import { earned, SCORER_FEE_BPS, settleHonestly, totalOf } from "./settlement.ts";
import { dollars, type Stage } from "./stage.ts";
import { ask, askAll, PRICE, PRO_RATA_BPS, SHARE_BPS, type Stream } from "./world.ts";

/** What paying for its own questions came to for a contributor, in dollars. */
export interface Washing {
  /** Its share of the interval's calls */
  readonly callShare: number;
  /** The share that the chain's events show to whoever looks for payers who contribute */
  readonly seenShare: number;
  /** What it paid, and what it got of the interval by influence and by row count together */
  readonly paid: number;
  readonly back: number;
  /** What it gets of the others' payments alone, without washing */
  readonly honest: number;
  /** Gain over not washing: its balance after less what it would have been */
  readonly gain: number;
  /** The same by the client's formula, for the weights that the chain had */
  readonly predictedGain: number;
  /** What g₀ + r·(g₁ − g₀) has to exceed for the first unit to pay, and what it was */
  readonly breakEven: number;
  readonly reached: number;
}

/**
 * A contributor pays for questions that its own rows answer best, so that they are a part of an interval's calls.
 *
 * @param shares - parts of the calls, from 0 to 1
 */
export async function playWashing(stage: Stage, crowd: Crowd, shares: readonly number[]): Promise<Washing[]> {
  const contributions = await seat(stage, "washing", crowd.hands);
  const stream = await openStream(stage, contributions);
  const washer = contributions[0]!.wallet;
  const others = crowd.today;
  const rows = contributions.map((contribution) => contribution.rows.length);
  const terms: SelfPaymentTerms = {
    protocolFeeBps: Number(await stage.suite.ledger.PROTOCOL_FEE_BPS()),
    shareBps: SHARE_BPS,
    proRataBps: PRO_RATA_BPS,
    scorerFeeBps: SCORER_FEE_BPS,
    rowShare: rows[0]! / rows.reduce((sum, count) => sum + count, 0),
  };
  const { breakEven } = selfPayment(terms);
  const honestPaid = await settleHonestly(stage, stream, await askAll(stage, stream, others));
  const honest = dollars(totalOf(earned(honestPaid, washer)));

  const played: Washing[] = [];
  for (const share of shares) {
    const calls = Math.round((share * others.length) / (1 - share));
    const question = bestQuestion(stream, rows, others, calls);
    const cost = PRICE * BigInt(calls);
    await fundDollars(stage.suite, washer, cost, stage.suite.book.contracts.market);
    const before = await stage.balance(washer);
    const receipts = await askAll(stage, stream, others);
    for (let call = 0; call < calls; call++) receipts.push(await ask(stage, stream, washer, question));
    const paidByInterval = await settleHonestly(stage, stream, receipts);
    const after = await stage.balance(washer);
    const [seen] = await readPayingContributors(stage.suite, stream.stream, played.length + 1);
    const paid = dollars(cost);
    const weights = washedWeights(stream, rows, others, question, calls);
    const scale = dollars(PRICE * BigInt(others.length));
    played.push({
      callShare: calls / (calls + others.length),
      seenShare: seen?.share ?? 0,
      paid,
      back: dollars(totalOf(earned(paidByInterval, washer))),
      honest,
      gain: dollars(after - before) - honest,
      predictedGain: scale * washingGain(terms, weights, paid / scale),
      breakEven,
      reached: weights.before + weights.strength * (weights.own - weights.before),
    });
  }
  return played;
}

/** Of its own rows the one that brings the washer the largest share of the pool when it is asked so often. */
function bestQuestion(stream: Stream, rows: readonly number[], others: readonly Digit[], calls: number): Digit {
  const asked = paidQueries(stream, others, 1);
  const share = (question: Digit): number => {
    const [own, all] = weigh(stream, rows, intervalQuery([...asked, ...paidQueries(stream, [question], calls)]));
    return own / all;
  };
  const candidates = stream.contributions[0]!.rows.map((row) => ({ row, share: share(row) }));
  return candidates.reduce((best, next) => (next.share > best.share ? next : best)).row;
}

/** The weights that the chain has without and with the washer's questions, as the client's formula takes them. */
function washedWeights(
  stream: Stream,
  rows: readonly number[],
  others: readonly Digit[],
  question: Digit,
  calls: number,
): WashedWeights {
  const asked = paidQueries(stream, others, 1);
  const [own, all] = weigh(stream, rows, intervalQuery(asked));
  const washed = intervalQuery([...asked, ...paidQueries(stream, [question], calls)]);
  const [ownAfter, allAfter] = weigh(stream, rows, washed);
  return {
    before: own / all,
    own: (ownAfter - own) / (allAfter - all),
    strength: (allAfter - all) / all / (calls / others.length),
  };
}

function paidQueries({ trained }: Stream, digits: readonly Digit[], calls: number) {
  return digits.map((digit) => ({ amount: PRICE * BigInt(calls), query: answer(trained, digit).query }));
}

/** The washer's weight and that of all lines, on a scale that all query vectors share. */
function weigh({ trained }: Stream, rows: readonly number[], { exponent, lanes }: QuantisedVector): [number, number] {
  const index: InfluenceIndex = trained.committed.index;
  const weights = payables(index, rows, lanes).map((weight) => Number(weight) * 2 ** exponent);
  return [weights[0]!, weights.reduce((sum, weight) => sum + weight, 0)];
}
