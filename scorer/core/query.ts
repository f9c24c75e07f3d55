import { type Hex, viewOf } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { keccak256 } from "./hash.ts";
import { assertInteger, assertUint } from "./integers.ts";
import { assertLaneCount, LANES_PER_WORD, MAX_LANE, type QuantisedVector, quantise } from "./vector.ts";

/** One paid query of an interval. */
export interface PaidQuery {
  /** uint112, in the currency's smallest unit */
  readonly amount: bigint;
  /** ψ: int16 [k], exponent int8 */
  readonly query: QuantisedVector;
}

/**
 * A query vector ψ as a receipt states it.
 *
 * @param values - ψ, float64 [k]
 * @returns int16 [k], exponent int8
 * @throws ScorerError `bad-length` (lanes), `not-finite`, `out-of-range` when the exponent is not an int8
 */
export function quantiseQuery(values: Float64Array): QuantisedVector {
  assertLaneCount(values.length);
  const query = quantise(values);
  assertQueryExponent(query.exponent);
  return query;
}

/**
 * Lanes in the order of `q`: big-endian, the sixteen lanes of each 32-byte word reversed, so that lane 16w + j sits at
 * byte 32w + 30 − 2j. The chain thereby multiplies four pairs of lanes with one multiplication.
 *
 * @param lanes - int16 [k], k a multiple of 16, 16 … 8,192
 * @returns 2k bytes
 * @throws ScorerError `bad-length`
 */
export function packQ(lanes: Int16Array): Uint8Array {
  assertLaneCount(lanes.length);
  const packed = new Uint8Array(2 * lanes.length);
  const view = viewOf(packed);
  for (let lane = 0; lane < lanes.length; lane++) view.setInt16(packedOffset(lane), lanes[lane]!);
  return packed;
}

/**
 * The inverse of `packQ`.
 *
 * @throws ScorerError `bad-length`
 */
export function unpackQ(packed: Uint8Array): Int16Array {
  const count = packed.length / 2;
  assertLaneCount(count);
  const view = viewOf(packed);
  return Int16Array.from({ length: count }, (_, lane) => view.getInt16(packedOffset(lane)));
}

/**
 * What a receipt says of its query vector: keccak256(int8 exponent ‖ lanes in the order of `q`).
 *
 * @throws ScorerError `bad-length`, `out-of-range` when the exponent is not an int8
 */
export function queryDigest(query: QuantisedVector): Hex {
  assertQueryExponent(query.exponent);
  const lanes = packQ(query.lanes);
  const preimage = new Uint8Array(1 + lanes.length);
  viewOf(preimage).setInt8(0, query.exponent);
  preimage.set(lanes, 1);
  return keccak256(preimage);
}

/**
 * The query vector of an interval, q = Σ amount · ψ: summed exactly, then rounded once, halves away from zero, to int16
 * lanes with the smallest shift at which they fit. As scores are linear in the query, one inner product with q scores
 * the whole interval.
 *
 * @param queries - in any order: the sum is exact
 * @returns int16 [k], exponent int16; 0 when all lanes are 0
 * @throws ScorerError `empty-input` without queries, `bad-length` when their lanes differ in number, `out-of-range` for an
 * amount that is not a uint112 or an exponent that is not an int8
 */
export function intervalQuery(queries: readonly PaidQuery[]): QuantisedVector {
  const first = queries[0];
  if (first === undefined)
    throw new ScorerError(
      "empty-input",
      "an interval without paid queries has no query vector: leave it to be divided pro-rata",
    );
  const k = first.query.lanes.length;
  assertLaneCount(k);
  let lowest = first.query.exponent;
  for (const { query } of queries) lowest = Math.min(lowest, query.exponent);

  const sums = new Array<bigint>(k).fill(0n);
  queries.forEach(({ amount, query }, r) => {
    if (query.lanes.length !== k) {
      throw new ScorerError(
        "bad-length",
        `query ${r} has ${query.lanes.length} lanes, the first one ${k}: all must be of the same model`,
      );
    }
    assertQueryExponent(query.exponent);
    const factor = assertUint(amount, 112, `the amount of query ${r}`) << BigInt(query.exponent - lowest);
    for (let j = 0; j < k; j++) sums[j]! += factor * BigInt(query.lanes[j]!);
  });
  return roundSums(sums, lowest);
}

/** round(sums / 2^s) with the smallest s ≥ 0 at which all fit. */
function roundSums(sums: readonly bigint[], exponent: number): QuantisedVector {
  let largest = 0n;
  for (const sum of sums) {
    const magnitude = sum < 0n ? -sum : sum;
    if (magnitude > largest) largest = magnitude;
  }
  if (largest === 0n) return { exponent: 0, lanes: new Int16Array(sums.length) };
  // Fifteen bits short of the largest's length it just fits, unless rounding carries it to 32,768.
  let shift = Math.max(0, largest.toString(2).length - 15);
  if (roundedShift(largest, shift) > BigInt(MAX_LANE)) shift++;
  return { exponent: exponent + shift, lanes: Int16Array.from(sums, (sum) => Number(roundedShift(sum, shift))) };
}

/** round(value / 2^shift), halves away from zero. */
function roundedShift(value: bigint, shift: number): bigint {
  if (shift === 0) return value;
  const magnitude = value < 0n ? -value : value;
  const rounded = (magnitude + (1n << BigInt(shift - 1))) >> BigInt(shift);
  return value < 0n ? -rounded : rounded;
}

function packedOffset(lane: number): number {
  const withinWord = lane % LANES_PER_WORD;
  return 2 * (lane - withinWord) + 30 - 2 * withinWord;
}

function assertQueryExponent(exponent: number): void {
  assertInteger(exponent, -128, 127, "the exponent of the query");
}
