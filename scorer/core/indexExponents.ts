import { ScorerError } from "./errors.ts";
import { MAX_EXPONENT_BOUND } from "./indexRows.ts";
import { ceilLog2, MAX_CONTRIBUTIONS } from "./integers.ts";

/** The largest exponent that a row may have and still score. */
export const MAX_ROW_EXPONENT = 64;

/** The exponents of an index: one for each row, above a common unit. */
export interface IndexExponents {
  /** U */
  readonly unitExponent: number;
  /** E */
  readonly exponentBound: number;
  /** uint8 [n] */
  readonly exponents: Uint8Array;
}

/**
 * Puts the exponents of all rows above a common unit. The unit is the smallest exponent among the rows, unless the
 * spread of the exponents is beyond what the chain accepts; then the faintest rows lose lanes.
 *
 * @param raw - the `laneExponent` of each row [n]; nothing for a row of zeros and for that of a retired contribution
 * @param rowCounts - counted data rows of each contribution, 0 if it is retired
 * @throws ScorerError `bad-length` for more contributions than a stream has
 */
export function indexExponents(raw: readonly (number | undefined)[], rowCounts: readonly number[]): IndexExponents {
  if (raw.length > MAX_CONTRIBUTIONS) {
    throw new ScorerError(
      "bad-length",
      `${raw.length} contributions are more than the ${MAX_CONTRIBUTIONS} of a stream`,
    );
  }
  let lowest = Infinity;
  let needed = -Infinity;
  raw.forEach((exponent, i) => {
    if (exponent === undefined) return;
    lowest = Math.min(lowest, exponent);
    needed = Math.max(needed, exponent - Math.min(MAX_ROW_EXPONENT, ceilLog2(rowCounts[i]!) + MAX_EXPONENT_BOUND));
  });
  const unitExponent = lowest === Infinity ? 0 : Math.max(lowest, needed);
  const exponents = new Uint8Array(raw.length);
  let exponentBound = 0;
  raw.forEach((exponent, i) => {
    if (exponent === undefined) return;
    const above = Math.max(0, exponent - unitExponent);
    exponents[i] = above;
    exponentBound = Math.max(exponentBound, above - ceilLog2(rowCounts[i]!));
  });
  return { unitExponent, exponentBound, exponents };
}

/**
 * @throws ScorerError `bad-length` unless there is a count for each contribution, `out-of-range` for one that is not an
 * integer of at least 0
 */
export function assertRowCounts(rowCounts: readonly number[], size: number): void {
  if (rowCounts.length !== size) {
    throw new ScorerError(
      "bad-length",
      `${rowCounts.length} row counts for ${size} contributions: give one for each, 0 for a retired one`,
    );
  }
  rowCounts.forEach((count, i) => {
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new ScorerError(
        "out-of-range",
        `the row count of contribution ${i} is ${count}: it must be an integer of at least 0`,
      );
    }
  });
}
