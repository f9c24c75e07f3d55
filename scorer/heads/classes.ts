import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";

/** The largest number of classes or features of a head. */
export const MAX_SIDE = 2 ** 16;

/**
 * The class-balance weights w_c = n / (C · n_c): all classes together weigh the same, all rows together n.
 *
 * @param labels - the class of each row, [n]
 * @param n - the number of rows
 * @returns float64 [C]
 * @throws ScorerError `bad-length` when labels and rows differ in number, `out-of-range` for a label or the number of
 * classes, `missing-class` for a class without rows
 */
export function balancedWeights(labels: ArrayLike<number>, n: number, classes: number): Float64Array {
  assertInteger(classes, 2, MAX_SIDE, "the number of classes");
  if (labels.length !== n) {
    throw new ScorerError("bad-length", `${labels.length} labels for ${n} rows: give one for each`);
  }
  const counts = new Float64Array(classes);
  for (let i = 0; i < n; i++) counts[assertInteger(labels[i]!, 0, classes - 1, `the label of row ${i}`)]!++;
  return counts.map((count, label) => {
    if (count === 0)
      throw new ScorerError("missing-class", `class ${label} has no training rows: add some, or leave the class out`);
    return n / (classes * count);
  });
}

/** The weight of each row: float64 [n]. */
export function balancedRowWeights(labels: ArrayLike<number>, classWeights: Float64Array): Float64Array {
  return Float64Array.from({ length: labels.length }, (_, i) => classWeights[labels[i]!]!);
}
