import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { centredTarget, headOutputs, outputColumns, type RidgeModel } from "../heads/ridge.ts";
import { backwardSolve } from "../numeric/linalg.ts";
import { laneCount } from "./halfCredited.ts";
import type { LabelledRows } from "./method.ts";

/**
 * The half-credited score of every single row against a query vector: ⟨w_i · W x_i ⊗ (y_i − 1/C − α·f(x_i)), ψ⟩. The
 * scores of a contribution's rows add up to its own. W is applied to the query once (⟨W x, ψ⟩ = ⟨x, Wᵀψ⟩) instead of to
 * each row.
 *
 * @param model - trained on these rows
 * @param alpha - α of the method
 * @param psi - ψ of the query, float64 [k], in the lane order of `attributeContributions`
 * @returns float64 [rows]
 * @throws ScorerError `bad-length` when rows, query and model do not fit together, `out-of-range` for a label
 */
export function rowScores(
  { head, whitening, classWeights }: RidgeModel,
  { features, labels }: LabelledRows,
  alpha: number,
  psi: Float64Array,
): Float64Array {
  const d = head.features;
  if (features.columns !== d || labels.length !== features.rows || psi.length !== laneCount(d, head.classes)) {
    throw new ScorerError(
      "bad-length",
      `${features.rows} rows of ${features.columns} features, ${labels.length} labels and a query of ${psi.length} lanes do not fit each other and a head of ${d} features`,
    );
  }
  const columns = outputColumns(head.classes);
  const asked = psi.slice(0, columns * d);
  for (let c = 0; c < columns; c++) backwardSolve(whitening.factor, asked.subarray(c * d, (c + 1) * d));
  const outputs = new Float64Array(columns);
  return Float64Array.from({ length: features.rows }, (_, i) => {
    const label = assertInteger(labels[i]!, 0, head.classes - 1, `the label of row ${i}`);
    const x = features.data.subarray(i * d, (i + 1) * d);
    headOutputs(head, x, outputs);
    let score = 0;
    for (let c = 0; c < columns; c++) {
      let product = 0;
      for (let j = 0; j < d; j++) product += x[j]! * asked[c * d + j]!;
      score += classWeights[label]! * (centredTarget(label, c, head.classes) - alpha * outputs[c]!) * product;
    }
    return score;
  });
}
