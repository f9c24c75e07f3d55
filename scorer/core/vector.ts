import { ScorerError } from "./errors.ts";
import { assertFinite } from "../numeric/linalg.ts";

/** The largest magnitude of a lane that quantisation gives. */
export const MAX_LANE = 32767;
/** Lanes come in whole 32-byte words of sixteen. */
export const LANES_PER_WORD = 16;
/** The most lanes that a row or a query can have. */
export const MAX_LANES = 8192;

/** A vector of int16 lanes with one exponent: it stands for lanes · 2^exponent. */
export interface QuantisedVector {
  readonly exponent: number;
  /** int16 [k] */
  readonly lanes: Int16Array;
}

/**
 * Rounds a float64 vector to int16 lanes with the smallest exponent at which the largest lane fits.
 * Every lane is off by at most half of 2^exponent.
 *
 * @param values - float64 [k]
 * @returns int16 [k] and an exponent of any sign; a vector of zeros has the exponent 0
 * @throws ScorerError `not-finite`
 */
export function quantise(values: Float64Array): QuantisedVector {
  const exponent = laneExponent(values) ?? 0;
  const lanes = new Int16Array(values.length);
  quantiseInto(values, exponent, lanes);
  return { exponent, lanes };
}

/**
 * The smallest integer e with |round(max|v| / 2^e)| ≤ 32767; nothing for a vector of zeros.
 *
 * @throws ScorerError `not-finite`
 */
export function laneExponent(values: Float64Array): number | undefined {
  assertFinite(values, "the vector");
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  if (largest === 0) return undefined;
  // Halves round away from zero, so what fits is below 32767.5. Both loops only shift the binary point: exact.
  let exponent = 0;
  for (; largest >= MAX_LANE + 0.5; largest /= 2) exponent++;
  for (; largest * 2 < MAX_LANE + 0.5; largest *= 2) exponent--;
  return exponent;
}

/**
 * lanes = round(v / 2^exponent), halves away from zero, exactly.
 *
 * @param lanes - int16, as long as values; at the given exponent every value must fit
 */
export function quantiseInto(values: Float64Array, exponent: number, lanes: Int16Array): void {
  // In two factors, as 2^-exponent alone may be beyond float64. Where the product is subnormal it rounds to 0 anyway.
  const half = Math.floor(exponent / 2);
  const first = powerOfTwo(-half);
  const second = powerOfTwo(half - exponent);
  for (let i = 0; i < values.length; i++) lanes[i] = roundHalfAway(values[i]! * first * second);
}

/**
 * The nearest integer, halves away from zero. Exact: adding 0.5 first would round 0.49999999999999994 up. Without a
 * branch, which half of all lanes would take.
 *
 * @param value - below 2^31 in magnitude
 */
export function roundHalfAway(value: number): number {
  // Integers are cut off towards zero, and what is left is exact; twice that is cut off to 1 from one half on.
  const whole = value | 0;
  return whole + ((2 * (value - whole)) | 0);
}

/**
 * @throws ScorerError `bad-length` unless k is a multiple of 16 between 16 and 8,192
 */
export function assertLaneCount(k: number): void {
  if (!(k >= LANES_PER_WORD && k <= MAX_LANES && k % LANES_PER_WORD === 0)) {
    throw new ScorerError(
      "bad-length",
      `${k} lanes: their number must be a multiple of ${LANES_PER_WORD} between ${LANES_PER_WORD} and ${MAX_LANES}; pad with zeros`,
    );
  }
}

/** Exact, which `2 ** n` is not in every engine; for |n| within the normal range of float64. */
export function powerOfTwo(n: number): number {
  let power = 1;
  const factor = n < 0 ? 0.5 : 2;
  for (let i = Math.abs(n); i > 0; i--) power *= factor;
  return power;
}
