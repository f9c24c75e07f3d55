import { int16Products } from "../kernels/int16.ts";
import { ScorerError } from "./errors.ts";
import { assertRowCounts, MAX_ROW_EXPONENT } from "./indexExponents.ts";
import type { IndexRows } from "./indexRows.ts";
import type { InfluenceIndex } from "./influenceIndex.ts";
import { assertUint, ceilLog2 } from "./integers.ts";
import { WEIGHT_BYTES, Weights } from "./weights.ts";

/** Lanes that are scored at once: what the kernel copies stays near. */
const LANES_AT_ONCE = 2 ** 18;

/**
 * The payable weight of every line: max(0, ⟨φ_i, q⟩) << e_i; 0 for a retired contribution and for a row whose exponent
 * is above min(64, ⌈log2 rows_i⌉ + E). Exact: at most 2^107.
 *
 * @param rowCounts - counted data rows of each contribution, 0 if it is retired
 * @param q - int16 [k]
 * @returns one weight for each row of the index
 * @throws ScorerError `bad-length` when q or the counts do not fit the index, `out-of-range` for a count
 */
export function payableWeights(index: InfluenceIndex, rowCounts: readonly number[], q: Int16Array): Weights {
  assertScorable(index, rowCounts, q);
  return new Weights(rowWeights(index, rowCounts, index.exponentBound, q));
}

/**
 * @throws ScorerError `bad-length` when q or the counts do not fit an index, `out-of-range` for a count
 */
export function assertScorable(
  index: { readonly size: number; readonly lanesPerRow: number },
  rowCounts: readonly number[],
  q: Int16Array,
): void {
  assertRowCounts(rowCounts, index.size);
  if (q.length !== index.lanesPerRow) {
    throw new ScorerError(
      "bad-length",
      `q has ${q.length} lanes, the index ${index.lanesPerRow}: they are not of the same model`,
    );
  }
}

/**
 * The payable weights of some rows, by themselves: rows in blocks have the same as all at once.
 *
 * @param rowCounts - counted data rows of the contributions of these rows
 * @param exponentBound - E
 * @param q - int16 [k]
 * @returns `WEIGHT_BYTES` for each row
 */
export function rowWeights(
  { exponents, lanes }: IndexRows,
  rowCounts: readonly number[],
  exponentBound: number,
  q: Int16Array,
): Uint8Array<ArrayBuffer> {
  const k = q.length;
  const query = { rows: 1, lanes: k, data: q };
  const weights = new Uint8Array(WEIGHT_BYTES * exponents.length);
  const step = Math.ceil(LANES_AT_ONCE / k);
  for (let from = 0; from < exponents.length; from += step) {
    const rows = Math.min(step, exponents.length - from);
    const data = lanes.subarray(from * k, (from + rows) * k);
    int16Products({ rows, lanes: k, data }, query).forEach((product, at) => {
      const i = from + at;
      const count = rowCounts[i]!;
      const exponent = exponents[i]!;
      if (isScored(exponent, count, exponentBound)) writeShifted(weights, WEIGHT_BYTES * i, product, exponent);
    });
  }
  return weights;
}

/**
 * Whether a line can weigh anything: a retired contribution can't, nor one whose exponent is above
 * min(64, ⌈log2 rows⌉ + E).
 *
 * @param rows - counted data rows of the contribution, 0 if it is retired
 * @param exponentBound - E
 */
export function isScored(exponent: number, rows: number, exponentBound: number): boolean {
  return rows > 0 && exponent <= Math.min(MAX_ROW_EXPONENT, ceilLog2(rows) + exponentBound);
}

/** `payableWeights` as an array of integers, for statements of some thousand lines. */
export function payables(index: InfluenceIndex, rowCounts: readonly number[], q: Int16Array): bigint[] {
  return [...payableWeights(index, rowCounts, q)];
}

/** Writes max(0, product) << exponent as a weight; |product| ≤ 2^43 and exponent ≤ 64, so float64 is exact throughout. */
function writeShifted(weights: Uint8Array, offset: number, product: number, exponent: number): void {
  const bytes = exponent >> 3;
  let rest = product * (1 << (exponent & 7));
  for (let at = offset + WEIGHT_BYTES - 1 - bytes; rest > 0; at--) {
    weights[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/**
 * What each line of a statement pays: ⌊P · C_{i+1} / S⌋ − ⌊P · C_i / S⌋, where C_i is the sum of the weights before
 * line i. The amounts add up to P exactly; each is less than one unit off its exact share.
 *
 * @param weights - the payable weights, in order
 * @param pool - P, uint112, in the currency's smallest unit
 * @returns all 0 when S = 0: such an interval is divided pro-rata instead
 * @throws ScorerError `out-of-range` for a pool that is not a uint112
 */
export function amounts(weights: Weights | readonly bigint[], pool: bigint): bigint[] {
  assertUint(pool, 112, "the pool");
  let total = 0n;
  for (const weight of weights) total += weight;
  let prefix = 0n;
  let paid = 0n;
  return Array.from(weights, (weight) => {
    if (weight === 0n) return 0n;
    prefix += weight;
    const paidAfter = paidUntil(prefix, total, pool);
    const amount = paidAfter - paid;
    paid = paidAfter;
    return amount;
  });
}

/**
 * What all lines of a statement up to some place pay: ⌊P · C / S⌋.
 *
 * @param prefix - C, the sum of their weights
 * @param total - S, not 0
 * @param pool - P, uint112, in the currency's smallest unit
 */
export function paidUntil(prefix: bigint, total: bigint, pool: bigint): bigint {
  return (pool * prefix) / total;
}
