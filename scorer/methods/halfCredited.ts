import { ScorerError } from "../core/errors.ts";
import { assertInteger, MAX_CONTRIBUTIONS } from "../core/integers.ts";
import { addScaled, forwardSolve, type Matrix, matrix } from "../numeric/linalg.ts";
import { centredTarget, headOutputs, outputColumns, type RidgeModel, type Whitening } from "../heads/ridge.ts";
import { LANES_PER_WORD } from "../core/vector.ts";

/** The rule by which contributions are credited. Plain JSON; a model commits its `jsonDigest` once. */
export interface MethodDescription {
  readonly rule: "half-credited";
  readonly version: 1;
  /** α, 0 … 1 */
  readonly alpha: number;
  readonly whitening: "cholesky";
  readonly head: "ridge";
  /** λ of the head */
  readonly lambda: number;
  /** C */
  readonly classes: number;
  /** d */
  readonly features: number;
  /** k, see `laneCount` */
  readonly lanes: number;
}

/**
 * α for ridge heads: between splitting the margin (0), which is too kind to wrong labels, and influence (1), which pays
 * honest equals noise.
 */
export const DEFAULT_ALPHA = 0.5;

/**
 * The method of a ridge model.
 *
 * @throws ScorerError `out-of-range` for α
 */
export function halfCreditedMethod(
  model: RidgeModel,
  lambda: number,
  alpha: number = DEFAULT_ALPHA,
): MethodDescription {
  assertAlpha(alpha);
  const { classes, features } = model.head;
  return {
    rule: "half-credited",
    version: 1,
    alpha,
    whitening: "cholesky",
    head: "ridge",
    lambda,
    classes,
    features,
    lanes: laneCount(features, classes),
  };
}

/** k: one block of d lanes for each output column of the head, filled up with zeros to whole words of 16 lanes. */
export function laneCount(features: number, classes: number): number {
  return LANES_PER_WORD * Math.ceil((features * outputColumns(classes)) / LANES_PER_WORD);
}

/** Which data rows to attribute, and to whom. */
export interface TrainingRows {
  /** x, float64, row-major [n × d]: the rows that the model was trained on */
  readonly features: Matrix;
  /** The class of each row, [n] */
  readonly labels: ArrayLike<number>;
  /** The contribution that each row belongs to, 0 … contributions − 1; −1 for none, [n] */
  readonly contributionOf: ArrayLike<number>;
  /** Number of contributions */
  readonly contributions: number;
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
  assertAlpha(alpha);
  const { head, whitening, classWeights } = model;
  const { features, labels, contributionOf } = rows;
  const d = head.features;
  if (features.columns !== d || labels.length !== features.rows || contributionOf.length !== features.rows) {
    throw new ScorerError(
      "bad-length",
      `${features.rows} rows of ${features.columns} features, ${labels.length} labels and ${contributionOf.length} contributions do not fit each other and a head of ${d} features`,
    );
  }
  const count = assertInteger(rows.contributions, 1, MAX_CONTRIBUTIONS, "the number of contributions");
  const columns = outputColumns(head.classes);
  const k = laneCount(d, head.classes);
  const phi = new Float64Array(count * k);
  const outputs = new Float64Array(columns);
  for (let i = 0; i < features.rows; i++) {
    const contribution = assertInteger(contributionOf[i]!, -1, count - 1, `the contribution of row ${i}`);
    if (contribution < 0) continue;
    const label = assertInteger(labels[i]!, 0, head.classes - 1, `the label of row ${i}`);
    const x = features.data.subarray(i * d, (i + 1) * d);
    headOutputs(head, x, outputs);
    for (let c = 0; c < columns; c++) {
      const credit = classWeights[label]! * (centredTarget(label, c, head.classes) - alpha * outputs[c]!);
      addScaled(phi, contribution * k + c * d, credit, x);
    }
  }
  for (let s = 0; s < count; s++) {
    for (let c = 0; c < columns; c++) forwardSolve(whitening.factor, phi.subarray(s * k + c * d, s * k + (c + 1) * d));
  }
  return matrix(count, k, phi);
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
  assertInteger(answered, 0, classes - 1, "the answered class");
  const whitened = Float64Array.from(x);
  forwardSolve(whitening.factor, whitened);
  const psi = new Float64Array(laneCount(d, classes));
  for (let c = 0; c < outputColumns(classes); c++) addScaled(psi, c * d, centredTarget(answered, c, classes), whitened);
  return psi;
}

/** @throws ScorerError `out-of-range` unless 0 ≤ α ≤ 1 */
export function assertAlpha(alpha: number): void {
  if (!(alpha >= 0 && alpha <= 1))
    throw new ScorerError("out-of-range", `alpha is ${alpha}: it must be between 0 and 1`);
}
