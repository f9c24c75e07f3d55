import { ScorerError } from "./errors.ts";

/** The most contributions that a stream can have, 2^20: the sums of a statement are sized for it. */
export const MAX_CONTRIBUTIONS = 2 ** 20;

/**
 * @param what - names the value in the error
 * @returns the value
 * @throws ScorerError `out-of-range` unless 0 ≤ value < 2^bits
 */
export function assertUint(value: bigint, bits: number, what: string): bigint {
  if (value < 0n || value >> BigInt(bits) !== 0n) {
    throw new ScorerError("out-of-range", `${what} is ${value}: it must be a uint${bits}`);
  }
  return value;
}

/**
 * @param what - names the value in the error
 * @returns the value
 * @throws ScorerError `out-of-range` unless it is an integer and min ≤ value ≤ max
 */
export function assertInteger(value: number, min: number, max: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new ScorerError("out-of-range", `${what} is ${value}: it must be an integer between ${min} and ${max}`);
  }
  return value;
}

/** ⌈log2 n⌉ for an integer n ≥ 1; 0 for 1. */
export function ceilLog2(n: number): number {
  let bits = 0;
  for (let power = 1; power < n; power *= 2) bits++;
  return bits;
}
