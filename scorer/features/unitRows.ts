import { ScorerError } from "../core/errors.ts";
import { type Matrix, matrix } from "../numeric/linalg.ts";

/**
 * Features as the payout rule takes them: each row divided by its L2 norm, then the constant 1. A row's length can't
 * buy it weight; a row of zeros stays one.
 *
 * @param raw - float64, row-major [n × (d − 1)]
 * @returns float64, row-major [n × d]
 * @throws ScorerError `out-of-range` for a row whose norm's square is beyond float64
 */
export function unitFeatures(raw: Matrix): Matrix {
  const d = raw.columns + 1;
  const data = new Float64Array(raw.rows * d);
  for (let i = 0; i < raw.rows; i++) {
    const row = data.subarray(i * d, (i + 1) * d);
    row.set(raw.data.subarray(i * raw.columns, (i + 1) * raw.columns));
    normaliseRow(row);
    row[d - 1] = 1;
  }
  return matrix(raw.rows, d, data);
}

/**
 * Divides a row by its L2 norm; a row of zeros stays.
 *
 * @throws ScorerError `out-of-range` when the norm's square is beyond float64
 */
export function normaliseRow(row: Float64Array): void {
  let squares = 0;
  for (let j = 0; j < row.length; j++) squares += row[j]! * row[j]!;
  if (squares === 0) return;
  const norm = Math.sqrt(squares);
  if (norm === Infinity) {
    throw new ScorerError("out-of-range", "the features of a row are too large to be squared: scale them down");
  }
  for (let j = 0; j < row.length; j++) row[j]! /= norm;
}
