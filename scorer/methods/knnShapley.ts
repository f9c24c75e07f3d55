import { assertInteger } from "../core/integers.ts";
import { matrix, rowView, squaredDistances } from "../numeric/linalg.ts";
import type { AttributionMethod } from "./method.ts";
import { assertFits } from "./ridgeScores.ts";

/** Neighbours that vote, as in the paper's experiments. */
export const DEFAULT_NEIGHBOURS = 5;

/**
 * The exact Shapley value of every training row for an unweighted K-nearest-neighbour classifier (Jia et al., "Efficient
 * Task-Specific Data Valuation for Nearest Neighbor Algorithms", PVLDB 12(11), 2019, theorem 1). Of a set of rows, a
 * query's utility is the number of its K nearest rows in the set that have the query's class, over K. Rows by ascending
 * distance α_1 … α_N:
 *
 *     s(α_N) = 1[α_N hits] · min(K, N) / (K·N)
 *     s(α_i) = s(α_{i+1}) + (1[α_i hits] − 1[α_{i+1} hits]) / K · min(K, i) / i
 *
 * The first line is the theorem's 1/N for N ≥ K. A query's scores add up to the utility of all rows. Distances are
 * Euclidean; of rows at the same distance the one with the lower index is nearer. O(N (d + log N)) for each query.
 *
 * @param neighbours - K ≥ 1
 * @throws ScorerError `out-of-range` for K or a label, `bad-length`
 */
export function knnShapley(neighbours: number = DEFAULT_NEIGHBOURS): AttributionMethod {
  assertInteger(neighbours, 1, Number.MAX_SAFE_INTEGER, "the number of neighbours");
  return ({ train, queries, classes }) => {
    assertFits(train.features.columns, classes, train);
    assertFits(train.features.columns, classes, queries);
    const n = train.features.rows;
    const distances = squaredDistances(queries.features, train.features);
    const scores = new Float64Array(distances.data.length);
    const nearest = Int32Array.from({ length: n }, (_, i) => i);
    for (let r = 0; r < distances.rows; r++) {
      const from = rowView(distances, r);
      nearest.sort((a, b) => from[a]! - from[b]! || a - b);
      const hit = (at: number): number => (train.labels[nearest[at]!] === queries.labels[r] ? 1 : 0);
      let score = (hit(n - 1) * Math.min(neighbours, n)) / (neighbours * n);
      scores[r * n + nearest[n - 1]!] = score;
      for (let i = n - 1; i >= 1; i--) {
        score += ((hit(i - 1) - hit(i)) * Math.min(neighbours, i)) / (neighbours * i);
        scores[r * n + nearest[i - 1]!] = score;
      }
    }
    return matrix(distances.rows, n, scores);
  };
}
