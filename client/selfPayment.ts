import { ClientError } from "./clientError.ts";

/** What decides whether paying for one's own queries pays. */
export interface SelfPaymentTerms {
  /** What the protocol takes of a payment, in basis points. */
  readonly protocolFeeBps: number;
  /** The stream's share of the model's income, in basis points. */
  readonly shareBps: number;
  /** Part of it that is divided by row count in any case, in basis points. */
  readonly proRataBps: number;
  /** The scorer's fee, in basis points of the pool. */
  readonly scorerFeeBps?: number;
  /** Part of the version's counted rows that are the payer's, from 0 to 1. */
  readonly rowShare?: number;
  /** What else of the model's income comes back to the payer, in basis points: the developer's share, if it is its own. */
  readonly ownBps?: number;
}

/** How washing one's own queries stands. */
export interface SelfPayment {
  /** Most that comes back of a payment of one's own, as a part of it: with the whole influence of one's own queries. */
  readonly returned: number;
  /**
   * The break-even share `T` of the influence pool, in parts of it, for each unit that is paid: above 1 no payment comes
   * back by itself.
   */
  readonly breakEven: number;
}

/** Weights that a washer can bring about, in parts of a pool. */
export interface WashedWeights {
  /** Its share of the pool that others' payments make, from 0 to 1. */
  readonly before: number;
  /** Its share of what its own queries add to all weights, from 0; above 1 where they take weight from others. */
  readonly own: number;
  /** Total weight of its own queries for each unit paid, in that of the others' queries: 1 where they are alike. */
  readonly strength: number;
}

const BPS = 10_000;

/**
 * The break-even of a payer who is also a contributor.
 *
 * Others pay 1, the payer pays `x`. With the protocol fee `φ`, the stream's share `s`, its pro-rata part `p` and the
 * scorer's fee `f`, influence divides `k·(1 + x)`, where `k = (1 − φ)·s·(1 − p)·(1 − f)`, and whatever the weights are,
 * `e·x` of its payment comes back to the payer, where `e = (1 − φ)·(s·p·ρ + c)`, `ρ` its part of the rows and `c` what
 * else of the income is its own. Weights are linear in what is paid (docs/protocol.md, *Intervals and usage reports*), so
 * its share of the pool is
 *
 *     g(x) = (g₀ + r·x·g₁) / (1 + r·x)
 *
 * `g₀` before, `g₁` of its own queries alone, `r` their strength. Its gain is `k·(1 + x)·g(x) − k·g₀ − (1 − e)·x`, so
 *
 *     gain · (1 + r·x) / x = k·(g₀ + r·(g₁ − g₀)) − (1 − e) − x·r·((1 − e) − k·g₁)
 *
 * The first unit pays if and only if `g₀ + r·(g₁ − g₀) > T`, with `T = (1 − e) / k`. With a protocol fee `T > 1` even for a
 * payer who is the developer too and has all rows: queries as strong as the others' (`r = 1`) that take nothing from
 * anyone (`g₁ ≤ 1`) never pay. Queries that are stronger, or push others' weights down, can. The formula holds while no
 * weight crosses 0, where weights are cut off. The scorer's fee is counted as lost.
 *
 * @throws ClientError `bad-input` for parts outside of 0 to 1, or shares that are more than the whole
 */
export function selfPayment(terms: SelfPaymentTerms): SelfPayment {
  const { kept, back } = partsOf(terms);
  return { returned: kept + back, breakEven: kept === 0 ? Infinity : (1 - back) / kept };
}

/**
 * What a washer gains by paying `paid` for its own queries, where all others pay 1 in the same interval; below 0 it loses.
 *
 * @throws ClientError `bad-input`
 */
export function washingGain(terms: SelfPaymentTerms, weights: WashedWeights, paid: number): number {
  const { kept, back } = partsOf(terms);
  const { before, own, strength } = checked(weights);
  if (!(paid >= 0)) throw new ClientError("bad-input", `a payment is 0 or more, not ${paid}`);
  const share = (before + strength * paid * own) / (1 + strength * paid);
  return kept * (1 + paid) * share - kept * before - (1 - back) * paid;
}

/**
 * Up to which payment washing pays, where all others pay 1: the root of the gain above 0.
 *
 * @returns 0 where it never pays, Infinity where every payment does
 * @throws ClientError `bad-input`
 */
export function washingLimit(terms: SelfPaymentTerms, weights: WashedWeights): number {
  const { kept, back } = partsOf(terms);
  const { before, own, strength } = checked(weights);
  const first = kept * (before + strength * (own - before)) - (1 - back);
  if (first <= 0) return 0;
  const slope = strength * (1 - back - kept * own);
  return slope <= 0 ? Infinity : first / slope;
}

/** `k` and `e` of the derivation. */
function partsOf(terms: SelfPaymentTerms): { kept: number; back: number } {
  const { protocolFeeBps, shareBps, proRataBps, scorerFeeBps = 0, rowShare = 0, ownBps = 0 } = terms;
  for (const [name, bps] of Object.entries({ protocolFeeBps, shareBps, proRataBps, scorerFeeBps, ownBps })) {
    if (!(bps >= 0 && bps <= BPS))
      throw new ClientError("bad-input", `${name} is ${bps}, expected 0 to ${BPS} basis points`);
  }
  if (shareBps + ownBps > BPS) {
    throw new ClientError(
      "bad-input",
      `a stream of ${shareBps} and other shares of ${ownBps} basis points are more than the whole`,
    );
  }
  part("rowShare", rowShare);
  const net = 1 - protocolFeeBps / BPS;
  const [share, proRata] = [shareBps / BPS, proRataBps / BPS];
  return {
    kept: net * share * (1 - proRata) * (1 - scorerFeeBps / BPS),
    back: net * (share * proRata * rowShare + ownBps / BPS),
  };
}

function checked(weights: WashedWeights): WashedWeights {
  part("before", weights.before);
  for (const [name, value] of Object.entries({ own: weights.own, strength: weights.strength })) {
    if (!(value >= 0)) throw new ClientError("bad-input", `${name} is ${value}, expected 0 or more`);
  }
  return weights;
}

function part(name: string, value: number): void {
  if (!(value >= 0 && value <= 1))
    throw new ClientError("bad-input", `${name} is ${value}, expected a part from 0 to 1`);
}
