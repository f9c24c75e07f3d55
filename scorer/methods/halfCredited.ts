import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { centredTarget, headOutputs, outputColumns, type RidgeModel, type Whitening } from "../heads/ridge.ts";
import { type Matrix, matrix, rowView } from "../numeric/linalg.ts";
import { type Contributions, contributionSums, paddedLanes, wholeVectors } from "./halfWhitened.ts";
import type { LabelledRows } from "./method.ts";
import { assertAlpha, type CreditingDescription, describeCrediting } from "./rules.ts";

/**
 * α for ridge heads: between splitting the margin (0), which is too kind to wrong labels, and influence (1), which pays
 * honest equals noise.
 */
export const DEFAULT_ALPHA = 0.5;

/**
 * The half-credited method of a ridge model.
 *
 * @throws ScorerError `out-of-range` for α
 */
export function halfCreditedMethod(
  model: RidgeModel,
  lambda: number,
  alpha: number = DEFAULT_ALPHA,
): CreditingDescription {
  const { classes, features } = model.head;
  const sides = { classes, features, lanes: laneCount(features, classes) };
  return describeCrediting("half-credited", alpha, "ridge", lambda, sides);
}

/** k: one block of d lanes for each output column of the head, filled up with zeros to whole words of 16 lanes. */
export function laneCount(features: number, classes: number): number {
  return paddedLanes(features, outputColumns(classes));
}

/** Which data rows to attribute, and to whom. */
export interface TrainingRows extends LabelledRows, Contributions {}

/**
 * What ridge rows are credited with, before whitening: w_i · (y_i − 1/C − α·f(x_i)).
 *
 * @param rows - that the model was trained on
 * @returns float64, row-major [n × output columns]
 * @throws ScorerError `bad-length` when rows, labels and model do not fit together, `out-of-range` for a label or α
 */
export function ridgeCredits({ head, classWeights }: RidgeModel, rows: LabelledRows, alpha: number): Matrix {
  assertAlpha(alpha);
  const { features, labels } = rows;
  if (features.columns !== head.features || labels.length !== features.rows) {
    throw new ScorerError(
      "bad-length",
      `${features.rows} rows of ${features.columns} features and ${labels.length} labels do not fit each other and a head of ${head.features} features`,
    );
  }
  const columns = outputColumns(head.classes);
  const credits = new Float64Array(features.rows * columns);
  const outputs = new Float64Array(columns);
  for (let i = 0; i < features.rows; i++) {
    const label = assertInteger(labels[i]!, 0, head.classes - 1, `the label of row ${i}`);
    headOutputs(head, rowView(features, i), outputs);
    for (let c = 0; c < columns; c++) {
      credits[i * columns + c] = classWeights[label]! * (centredTarget(label, c, head.classes) - alpha * outputs[c]!);
    }
  }
  return matrix(features.rows, columns, credits);
}

/**
 * onehot(answered class) − 1/C of each query, in the head's output columns.
 *
 * @returns float64, row-major [queries × output columns]
 * @throws ScorerError `out-of-range` for a class
 */
export function ridgeTargets(classes: number, answered: ArrayLike<number>): Matrix {
  const columns = outputColumns(classes);
  const targets = new Float64Array(answered.length * columns);
  for (let r = 0; r < answered.length; r++) {
    const label = assertInteger(answered[r]!, 0, classes - 1, "the answered class");
    for (let c = 0; c < columns; c++) targets[r * columns + c] = centredTarget(label, c, classes);
  }
  return matrix(answered.length, columns, targets);
}

/**
 * The row side of half-credited attribution, φ_S = Σ_{i in S} w_i · W x_i ⊗ (y_i − 1/C − α·f(x_i)), for every
 * contribution S. `W = L⁻¹` of the Cholesky factor stands for A^(-1/2): WᵀW = A⁻¹, so that inner products with a query
 * vector are the same. With two classes the columns of ⊗ are each other's negative; one of them is kept, which halves
 * every score and changes no share.
 * α = 0 splits the margin over the rows that make it (the scores of all rows add up to it), α = 1 is the influence
 * function of Koh & Liang 2017, eq. 2, on the squared loss.
 * Whitening is linear, so each contribution's sum is whitened once instead of each of its rows.
 *
 * @returns φ, float64, row-major [contributions × k]; the lane of output column c and whitened feature j is c·d + j
 * @throws ScorerError `bad-length` when rows, labels, contributions and model do not fit together, `out-of-range` for a
 * label, a contribution or α
 */
export function attributeContributions(model: RidgeModel, rows: TrainingRows, alpha: number = DEFAULT_ALPHA): Matrix {
  const gradients = ridgeCredits(model, rows, alpha);
  return contributionSums({ activations: rows.features, gradients, factor: model.whitening.factor }, rows);
}

/**
 * The query side, ψ = W x ⊗ (onehot(answered class) − 1/C): what an answer to x asks of the rows. A paid query has no
 * true label; the answered class stands in for it.
 *
 * @param classes - C
 * @param x - float64 [d]
 * @param answered - the class that the model answered
 * @returns ψ, float64 [k], in the lane order of `attributeContributions`
 * @throws ScorerError `bad-length`, `out-of-range`
 */
export function queryVector(whitening: Whitening, classes: number, x: Float64Array, answered: number): Float64Array {
  const d = whitening.features;
  if (x.length !== d)
    throw new ScorerError("bad-length", `x has ${x.length} features, the model ${d}: use the model's own featurizer`);
  const gradients = ridgeTargets(classes, [answered]);
  return wholeVectors({ activations: matrix(1, d, x), gradients, factor: whitening.factor }).data;
}
