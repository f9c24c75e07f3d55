import { matrix, type Matrix } from "../numeric/linalg.ts";
import { Random } from "../numeric/random.ts";
import type { AttributionMethod } from "./method.ts";

/** Pays for volume: every row scores 1 for every query. */
export const rowCount: AttributionMethod = ({ train, queries }) => {
  const [m, n] = [queries.features.rows, train.features.rows];
  return matrix(m, n, new Float64Array(m * n).fill(1));
};

/**
 * Knows nothing: independent standard normal scores.
 *
 * @param seed - of `Random`
 */
export function randomScores(seed: number): AttributionMethod {
  return ({ train, queries }) => {
    const [m, n] = [queries.features.rows, train.features.rows];
    return matrix(m, n, new Random(seed).normals(m * n));
  };
}

/**
 * Scores with those below 0 raised to 0: pays a row, or a group when scores were summed before, for every query that it
 * helped, and charges nothing for those that it hurt. docs/payout-rule.md says why the payout rule doesn't.
 */
export function positivePart({ rows, columns, data }: Matrix): Matrix {
  return matrix(
    rows,
    columns,
    data.map((score) => Math.max(0, score)),
  );
}

/** A method's scores, each raised to 0 if it is below: with `halfCredited(1)` the per-query positive influence. */
export function perQueryPositive(method: AttributionMethod): AttributionMethod {
  return (task) => positivePart(method(task));
}
