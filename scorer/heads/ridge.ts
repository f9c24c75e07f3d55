import type { Hex } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { assertInteger } from "../core/integers.ts";
import { addToDiagonal, factorise, lowerGram } from "../numeric/dense.ts";
import { addScaled, assertFinite, backwardSolve, forwardSolve, type Matrix } from "../numeric/linalg.ts";
import { balancedWeights, MAX_SIDE, balancedRowWeights } from "./classes.ts";
import { decodeNumbers, encodeNumbers, packTriangle, triangleSize, unpackTriangle } from "./numbersFile.ts";

/** How a head is trained. Plain JSON, committed by `jsonDigest`. */
export interface RidgeConfig {
  readonly kind: "class-balanced-ridge";
  readonly version: 1;
  /** λ > 0; the weights of the rows add up to their number */
  readonly lambda: number;
}

/** Chosen, with the default featurizer, on a validation split of the SpamAssassin corpus. */
export const DEFAULT_RIDGE_CONFIG: RidgeConfig = { kind: "class-balanced-ridge", version: 1, lambda: 1 };

/** The part of a trained model that answers. */
export interface RidgeHead {
  /** C ≥ 2 */
  readonly classes: number;
  /** d */
  readonly features: number;
  /**
   * float64, one block of d for each output column. With two classes there is one column, that of class 1: the other is
   * its negative.
   */
  readonly coefficients: Float64Array;
}

/** W = L⁻¹ for A = L Lᵀ, kept as L. WᵀW = A⁻¹, so inner products of whitened vectors are those under A^(-1/2). */
export interface Whitening {
  /** d */
  readonly features: number;
  /** L: float64, row-major [d × d], 0 above the diagonal */
  readonly factor: Float64Array;
}

/** A trained head with what attribution needs of its training. */
export interface RidgeModel {
  readonly head: RidgeHead;
  readonly whitening: Whitening;
  /** w of each class, n / (C · n_class): float64 [C] */
  readonly classWeights: Float64Array;
}

/** What a head answers. */
export interface Prediction {
  /** The class with the largest output; of equals the lowest. */
  readonly label: number;
  /** Its centred output: about ½ for a sure answer of two classes, never below 0 */
  readonly margin: number;
}

/** Number of output columns of a head: 1 for two classes, else C. */
export function outputColumns(classes: number): number {
  return classes === 2 ? 1 : classes;
}

/** The centred target onehot(label) − 1/C of one output column; with two classes column 0 is that of class 1. */
export function centredTarget(label: number, column: number, classes: number): number {
  const hit = classes === 2 ? label === 1 : label === column;
  return (hit ? 1 : 0) - 1 / classes;
}

/**
 * Trains a class-balanced ridge head: β = A⁻¹ Σ w_i x_i (y_i − 1/C)ᵀ with A = Σ w_i x_i x_iᵀ + λI and
 * w_i = n / (C · n_class). Float64 with + − × ÷ √ in a fixed order: the same bytes on every machine.
 *
 * @param features - x, float64, row-major [n × d]
 * @param labels - the class of each row, 0 … C − 1, [n]
 * @param classes - C ≥ 2
 * @throws ScorerError `bad-length` when labels and rows differ in number, `out-of-range` for a label, the number of
 * classes or λ, `missing-class` for a class without rows, `not-finite`, `not-positive-definite`,
 * `bad-version` for a configuration of another kind or version
 */
export function trainRidge(
  features: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  config: RidgeConfig = DEFAULT_RIDGE_CONFIG,
): RidgeModel {
  // A configuration may come from a file.
  const { kind, version }: { kind: string; version: number } = config;
  if (kind !== "class-balanced-ridge" || version !== 1) {
    throw new ScorerError("bad-version", `this scorer has no head "${kind}" of version ${version}`);
  }
  if (!(config.lambda > 0 && config.lambda < Infinity)) {
    throw new ScorerError("out-of-range", `lambda is ${config.lambda}: it must be a finite number above 0`);
  }
  assertFinite(features.data, "the features");
  const { rows: n, columns: d, data } = features;
  const classWeights = balancedWeights(labels, n, classes);
  const weights = balancedRowWeights(labels, classWeights);
  const gram = lowerGram(features, weights);
  addToDiagonal(gram, d, config.lambda);
  const factor = factorise(gram, d);

  const columns = outputColumns(classes);
  const coefficients = new Float64Array(columns * d);
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * d, (i + 1) * d);
    for (let c = 0; c < columns; c++) {
      addScaled(coefficients, c * d, weights[i]! * centredTarget(labels[i]!, c, classes), row);
    }
  }
  for (let c = 0; c < columns; c++) {
    const column = coefficients.subarray(c * d, (c + 1) * d);
    forwardSolve(factor, column);
    backwardSolve(factor, column);
  }
  return { head: { classes, features: d, coefficients }, whitening: { features: d, factor }, classWeights };
}

/**
 * The centred outputs f(x), one for each output column.
 *
 * @param x - float64 [d]
 * @param outputs - filled: float64, one number for each output column
 */
export function headOutputs(head: RidgeHead, x: Float64Array, outputs: Float64Array): void {
  const d = head.features;
  for (let c = 0; c < outputs.length; c++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += head.coefficients[c * d + j]! * x[j]!;
    outputs[c] = sum;
  }
}

/**
 * The class that the head answers.
 *
 * @param x - float64 [d]
 * @throws ScorerError `bad-length`, `not-finite`
 */
export function predict(head: RidgeHead, x: Float64Array): Prediction {
  if (x.length !== head.features) {
    throw new ScorerError(
      "bad-length",
      `x has ${x.length} features, the head ${head.features}: use the model's own featurizer`,
    );
  }
  assertFinite(x, "x");
  const outputs = new Float64Array(outputColumns(head.classes));
  headOutputs(head, x, outputs);
  if (head.classes === 2) return { label: outputs[0]! > 0 ? 1 : 0, margin: Math.abs(outputs[0]!) };
  let label = 0;
  for (let c = 1; c < outputs.length; c++) if (outputs[c]! > outputs[label]!) label = c;
  return { label, margin: outputs[label]! };
}

const HEAD_MAGIC = "TRHD";
const WHITENING_MAGIC = "TRWH";

/**
 * A head as the artifact whose digest a model registers, little-endian: "TRHD", version 1 (uint8), three zero bytes,
 * C (uint32), d (uint32), then the coefficients (float64), one output column after the other.
 */
export function encodeHead(head: RidgeHead): Uint8Array {
  return encodeNumbers(HEAD_MAGIC, [head.classes, head.features], [head.coefficients]);
}

/** @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, `not-finite` */
export function decodeHead(file: Uint8Array): RidgeHead {
  const {
    sides: [classes, features],
    numbers,
  } = decodeNumbers(HEAD_MAGIC, file);
  assertInteger(classes, 2, MAX_SIDE, "the number of classes at offset 8");
  assertInteger(features, 1, MAX_SIDE, "the number of features at offset 12");
  return { classes, features, coefficients: numbers(outputColumns(classes) * features) };
}

/** SHA-256 of `encodeHead`. */
export function headDigest(head: RidgeHead): Hex {
  return sha256(encodeHead(head));
}

/**
 * A whitening as a file, little-endian: "TRWH", version 1 (uint8), three zero bytes, d (uint32), 0 (uint32), then the
 * lower triangle of L (float64), row by row. A gateway needs it to state the query vectors of what it answers.
 */
export function encodeWhitening(whitening: Whitening): Uint8Array {
  const { features: d, factor } = whitening;
  return encodeNumbers(WHITENING_MAGIC, [d, 0], [packTriangle(factor, d)]);
}

/**
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, `not-finite`, `not-positive-definite` when
 * the diagonal of L is not above 0
 */
export function decodeWhitening(file: Uint8Array): Whitening {
  const {
    sides: [d, reserved],
    numbers,
  } = decodeNumbers(WHITENING_MAGIC, file);
  assertInteger(d, 1, MAX_SIDE, "the number of features at offset 8");
  assertInteger(reserved, 0, 0, "the reserved number at offset 12");
  return { features: d, factor: unpackTriangle(numbers(triangleSize(d)), d) };
}

/** SHA-256 of `encodeWhitening`: what a model commits as its query basis. */
export function whiteningDigest(whitening: Whitening): Hex {
  return sha256(encodeWhitening(whitening));
}
