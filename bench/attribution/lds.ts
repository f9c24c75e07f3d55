import { type Matrix, Random, spearman } from "../../scorer/index.ts";

/** What retraining on a part of the rows does to the queries. */
export interface Retraining {
  /** The rows that were kept, ascending. */
  readonly kept: Int32Array;
  /** The loss of each query, float64 [queries] */
  readonly losses: Float64Array;
}

/** Half of n rows, ascending. */
export function half(n: number, random: Random): Int32Array {
  return random.sample(n, Math.floor(n / 2)).sort();
}

/**
 * Linear datamodeling score (Park et al. 2023, definition 2.3; Ilyas et al. 2022): for each query the rank correlation of
 * summed scores of the kept rows with minus the loss after retraining on them; the mean over the queries.
 *
 * @param scores - float64, row-major [queries × rows]
 */
export function lds(scores: Matrix, retrainings: readonly Retraining[]): number {
  const { rows: queries, columns: n, data } = scores;
  let total = 0;
  for (let q = 0; q < queries; q++) {
    const predicted = retrainings.map(({ kept }) => {
      let sum = 0;
      for (const row of kept) sum += data[q * n + row]!;
      return sum;
    });
    total += spearman(
      predicted,
      retrainings.map(({ losses }) => -losses[q]!),
    );
  }
  return total / queries;
}
