import { expect } from "chai";
import { ClientError, selfPayment, type SelfPaymentTerms, washingGain, washingLimit } from "../../client/index.ts";
import { amounts, attributeContributions, queryVector, textFeatures, trainRidge } from "../../scorer/index.ts";
import { DEFAULT_RIDGE_CONFIG, DEFAULT_TEXT_CONFIG } from "../../scorer/index.ts";
import { loadContributors } from "../../scripts/demo/corpus.ts";
import { expectClose } from "../scorer/close.ts";

const TERMS = { protocolFeeBps: 100, shareBps: 6_000, proRataBps: 1_000 };
/** What others pay in the simulation, in the smallest unit. */
const OTHERS = 10n ** 15n;
const BPS = 10_000n;

/** The chain's own arithmetic: what a payer is up by, where its weights are the first of both lists. */
function simulate(
  terms: SelfPaymentTerms,
  before: readonly bigint[],
  after: readonly bigint[],
  paid: bigint,
  rows: { readonly own: bigint; readonly all: bigint },
): bigint {
  const part = (whole: bigint, bps: number): bigint => (whole * BigInt(bps)) / BPS;
  const income = (weights: readonly bigint[], gross: bigint): bigint => {
    const fees = gross - part(gross, terms.protocolFeeBps);
    const stream = part(fees, terms.shareBps);
    const fixed = part(stream, terms.proRataBps);
    const pool = stream - fixed - part(stream - fixed, terms.scorerFeeBps ?? 0);
    return amounts(weights, pool)[0]! + (fixed * rows.own) / rows.all + part(fees, terms.ownBps ?? 0);
  };
  // What it is paid of others' fees by row count or as developer it has without washing, too.
  return income(after, OTHERS + paid) - income(before, OTHERS) - paid;
}

describe("a payer who is also a contributor", () => {
  it("gets back at most what the stream takes, net of the protocol fee", () => {
    const { returned, breakEven } = selfPayment(TERMS);
    expectClose(returned, 0.99 * 0.6 * 0.9, 1e-12);
    expectClose(breakEven, 1 / (0.99 * 0.6 * 0.9), 1e-12);
    expect(selfPayment({ ...TERMS, shareBps: 0 }).breakEven).to.equal(Infinity);
    // Developer, scorer's fee nought, all rows: all but the protocol fee.
    const everything = selfPayment({ ...TERMS, rowShare: 1, ownBps: 4_000 });
    expectClose(everything.returned, 0.99, 1e-12);
    expect(everything.breakEven).to.be.above(1);
    expectClose(selfPayment({ ...TERMS, protocolFeeBps: 0, rowShare: 1, ownBps: 4_000 }).breakEven, 1, 1e-12);
  });

  it("gains what the chain's arithmetic gives it, for any weights", () => {
    const cases = [
      { before: 0.1, own: 1, strength: 1 },
      { before: 0.1, own: 1, strength: 4 },
      { before: 0.5, own: 0.7, strength: 10 },
      { before: 0, own: 1.3, strength: 3 },
    ];
    const terms = { ...TERMS, scorerFeeBps: 200, rowShare: 0.25, ownBps: 1_500 };
    const unit = 10 ** 6;
    for (const weights of cases) {
      for (const paid of [0, 0.01, 0.2, 1, 5]) {
        const scale = (value: number): bigint => BigInt(Math.round(value * unit)) * 10n ** 6n;
        const [own, all] = [weights.before + weights.strength * paid * weights.own, 1 + weights.strength * paid];
        const after = [scale(own), scale(all) - scale(own)];
        if (after[1]! < 0n) continue;
        const gain = simulate(
          terms,
          [scale(weights.before), scale(1) - scale(weights.before)],
          after,
          BigInt(Math.round(paid * Number(OTHERS))),
          { own: 1n, all: 4n },
        );
        // Its other parts of what others pay do not depend on washing.
        expectClose(Number(gain) / Number(OTHERS), washingGain(terms, weights, paid), 1e-6);
      }
    }
  });

  it("breaks even at the limit, and at the break-even share for the first unit", () => {
    const { breakEven } = selfPayment(TERMS);
    for (const before of [0, 0.05, 0.4]) {
      const strength = (breakEven - before) / (1 - before);
      expect(washingLimit(TERMS, { before, own: 1, strength: 0.999 * strength })).to.equal(0);
      expect(washingGain(TERMS, { before, own: 1, strength: 0.999 * strength }, 1e-6)).to.be.below(0);
      const limit = washingLimit(TERMS, { before, own: 1, strength: 2 * strength });
      expect(limit).to.be.above(0);
      expectClose(washingGain(TERMS, { before, own: 1, strength: 2 * strength }, limit), 0, 1e-12);
      expect(washingGain(TERMS, { before, own: 1, strength: 2 * strength }, 0.9 * limit)).to.be.above(0);
      expect(washingGain(TERMS, { before, own: 1, strength: 2 * strength }, 1.1 * limit)).to.be.below(0);
    }
    expect(washingLimit(TERMS, { before: 0, own: 2, strength: 5 })).to.equal(Infinity);
  });

  it("gains as foretold with the weights of mails, their senders as contributors", () => {
    const domains = loadContributors().slice(0, 20);
    const config = { ...DEFAULT_TEXT_CONFIG, features: 64 };
    const rows = domains.flatMap(({ rows: all }, contribution) =>
      all.slice(0, 40).map((mail) => ({ ...mail, contribution })),
    );
    const labels = rows.map(({ label }) => label);
    const features = textFeatures(rows, config);
    const model = trainRidge(features, labels, 2, DEFAULT_RIDGE_CONFIG);
    const contributionOf = rows.map(({ contribution }) => contribution);
    const phi = attributeContributions(model, { features, labels, contributionOf, contributions: domains.length });
    const scoresOf = (mails: readonly (typeof rows)[number]["body"][], answers: readonly number[]): number[] => {
      const asked = textFeatures(
        mails.map((body) => ({ subject: "", body })),
        config,
      );
      const q = new Float64Array(phi.columns);
      answers.forEach((answer, i) => {
        queryVector(model.whitening, 2, asked.data.slice(i * 64, (i + 1) * 64), answer).forEach((lane, j) => {
          q[j]! += lane / answers.length;
        });
      });
      return domains.map((_, s) => {
        let sum = 0;
        for (let j = 0; j < phi.columns; j++) sum += phi.data[s * phi.columns + j]! * q[j]!;
        return sum;
      });
    };
    const held = domains.map(({ heldOut }) => heldOut.slice(0, 8));
    const all = held.flat();
    const honest = scoresOf(
      all.map(({ body }) => body),
      all.map(({ label }) => label),
    );
    const terms = TERMS;
    const { breakEven } = selfPayment(terms);
    let [compared, pays] = [0, 0];
    held.forEach((own, washer) => {
      if (own.length === 0 || honest[washer]! <= 0) return;
      const asked = scoresOf(
        own.map(({ body }) => body),
        own.map(({ label }) => label),
      );
      for (const paid of [0.02, 0.1]) {
        const after = honest.map((score, s) => score + paid * asked[s]!);
        // Cut off at 0 in both, or in neither.
        const counted = honest.map((score, s) =>
          score > 0 && after[s]! > 0 ? 1 : score <= 0 && after[s]! <= 0 ? 0 : NaN,
        );
        if (counted.some(Number.isNaN) || asked[washer]! <= 0) continue;
        const sum = (scores: readonly number[]): number =>
          scores.reduce((total, score, s) => total + score * counted[s]!, 0);
        if (sum(asked) <= 0) continue;
        const weights = {
          before: honest[washer]! / sum(honest),
          own: asked[washer]! / sum(asked),
          strength: sum(asked) / sum(honest),
        };
        const order = [washer, ...honest.map((_, s) => s).filter((s) => s !== washer)];
        const whole = (scores: readonly number[]): bigint[] =>
          order.map((s) => BigInt(Math.round(Math.max(0, scores[s]!) * 2 ** 40)));
        const gain = simulate(terms, whole(honest), whole(after), BigInt(paid * 1000) * (OTHERS / 1000n), {
          own: 0n,
          all: 1n,
        });
        const foretold = washingGain(terms, weights, paid);
        expectClose(Number(gain) / Number(OTHERS), foretold, 1e-8);
        compared++;
        const first = weights.before + weights.strength * (weights.own - weights.before);
        if (foretold > 0) pays++;
        expect(foretold > 0 && first < breakEven, `washer ${washer}`).to.be.false;
      }
    });
    expect(compared).to.be.above(10);
    expect(pays, "nobody gains with queries of its own kind").to.equal(0);
  }).timeout(20_000);

  it("has shares that are parts of a whole", () => {
    const refused = [
      () => selfPayment({ ...TERMS, shareBps: 10_001 }),
      () => selfPayment({ ...TERMS, ownBps: 5_000 }),
      () => selfPayment({ ...TERMS, rowShare: 1.1 }),
      () => washingGain(TERMS, { before: 2, own: 1, strength: 1 }, 1),
      () => washingGain(TERMS, { before: 0, own: 1, strength: 1 }, -1),
      () => washingLimit(TERMS, { before: 0, own: -1, strength: 1 }),
    ];
    for (const act of refused) expect(act).to.throw(ClientError);
  });
});
