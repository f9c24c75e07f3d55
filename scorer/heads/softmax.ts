import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { addToDiagonal, columnProducts, factorise, lowerGram, rowProducts, solveRows } from "../numeric/dense.ts";
import { exp, log } from "../numeric/elementary.ts";
import { minimise } from "../numeric/lbfgs.ts";
import { assertFinite, type Matrix } from "../numeric/linalg.ts";
import { balancedWeights, MAX_SIDE, balancedRowWeights } from "./classes.ts";
import { decodeNumbers, encodeNumbers } from "./numbersFile.ts";

/** How a head is trained. Plain JSON, committed by `jsonDigest`. */
export interface SoftmaxConfig {
  readonly kind: "class-balanced-softmax";
  readonly version: 1;
  /** λ > 0; the weights of the rows add up to their number */
  readonly lambda: number;
}

export const DEFAULT_SOFTMAX_CONFIG: SoftmaxConfig = { kind: "class-balanced-softmax", version: 1, lambda: 1 };

/** A multinomial logistic regression: p(x) = softmax(W x). */
export interface SoftmaxHead {
  /** C ≥ 2 */
  readonly classes: number;
  /** d */
  readonly features: number;
  /** W, float64, row-major [C × d] */
  readonly coefficients: Float64Array;
}

/** A trained head with the weights of its rows. */
export interface SoftmaxModel {
  readonly head: SoftmaxHead;
  /** w of each class, n / (C · n_class): float64 [C] */
  readonly classWeights: Float64Array;
}

/** No component of the gradient is larger than this times the number of rows. */
const TOLERANCE = 1e-9;
const MOST_ITERATIONS = 500;

/**
 * Trains a class-balanced softmax head: the minimum of Σ w_i · −log p_{y_i}(x_i) + λ/2 · ‖W‖². Deterministic: the same
 * bytes on every machine.
 *
 * @param features - x, float64, row-major [n × d]
 * @param labels - the class of each row, 0 … C − 1, [n]
 * @throws ScorerError `bad-length`, `out-of-range`, `missing-class`, `not-finite`, `bad-version` as `trainRidge`,
 * `not-converged` when the minimum is not found
 */
export function trainSoftmax(
  features: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  config: SoftmaxConfig = DEFAULT_SOFTMAX_CONFIG,
): SoftmaxModel {
  // A configuration may come from a file.
  const { kind, version }: { kind: string; version: number } = config;
  if (kind !== "class-balanced-softmax" || version !== 1) {
    throw new ScorerError("bad-version", `this scorer has no head "${kind}" of version ${version}`);
  }
  assertFinite(features.data, "the features");
  const classWeights = balancedWeights(labels, features.rows, classes);
  const head = fitSoftmax(features, labels, classes, balancedRowWeights(labels, classWeights), config.lambda);
  return { head, classWeights };
}

/**
 * The minimum for any weights of the rows; 0 leaves a row out.
 *
 * @param weights - w, float64 [n], at least 0
 * @param start - where to begin: W of a head that is near, else zeros
 * @throws ScorerError `out-of-range` for λ, `not-converged`
 */
export function fitSoftmax(
  features: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  weights: Float64Array,
  lambda: number,
  start?: SoftmaxHead,
): SoftmaxHead {
  if (!(lambda > 0 && lambda < Infinity)) {
    throw new ScorerError("out-of-range", `lambda is ${lambda}: it must be a finite number above 0`);
  }
  const d = features.columns;
  // The Hessian is at most Σ w x xᵀ ⊗ (diag p − p pᵀ) with p near 1/C: a tenth of the first factor is near enough.
  const gram = lowerGram(features, weights);
  for (let i = 0; i < gram.length; i++) gram[i]! *= 1 / classes;
  addToDiagonal(gram, d, lambda);
  const factor = factorise(gram, d);
  const { point } = minimise(
    (coefficients) => objective(features, labels, weights, lambda, { classes, features: d, coefficients }),
    start?.coefficients ?? new Float64Array(classes * d),
    {
      precondition: (data) => solveRows(factor, { rows: classes, columns: d, data }, "both").data,
      tolerance: TOLERANCE * features.rows,
      mostIterations: MOST_ITERATIONS,
    },
  );
  return { classes, features: d, coefficients: point };
}

function objective(
  features: Matrix,
  labels: ArrayLike<number>,
  weights: Float64Array,
  lambda: number,
  head: SoftmaxHead,
): { value: number; gradient: Float64Array } {
  const { classes, coefficients } = head;
  const p = softmaxProbabilities(head, features);
  let value = 0;
  for (let i = 0; i < p.rows; i++) {
    const weight = weights[i]!;
    const at = i * classes;
    if (weight !== 0) value -= weight * log(p.data[at + labels[i]!]!);
    p.data[at + labels[i]!]! -= 1;
    for (let c = at; c < at + classes; c++) p.data[c]! *= weight;
  }
  const gradient = columnProducts(p, features).data;
  for (let j = 0; j < gradient.length; j++) {
    gradient[j]! += lambda * coefficients[j]!;
    value += (lambda / 2) * coefficients[j]! * coefficients[j]!;
  }
  return { value, gradient };
}

/** The smallest probability that is told from 0, so that its logarithm is finite. */
const SMALLEST = 2 ** -1000;

/**
 * p(x) of every row.
 *
 * @param features - x, float64, row-major [n × d]
 * @returns float64, row-major [n × C]
 * @throws ScorerError `bad-length` for other features than the head's
 */
export function softmaxProbabilities(head: SoftmaxHead, features: Matrix): Matrix {
  const { classes } = head;
  const p = rowProducts(features, { rows: classes, columns: head.features, data: head.coefficients });
  for (let at = 0; at < p.data.length; at += classes) {
    let largest = -Infinity;
    for (let c = at; c < at + classes; c++) largest = Math.max(largest, p.data[c]!);
    let sum = 0;
    for (let c = at; c < at + classes; c++) {
      p.data[c] = Math.max(exp(p.data[c]! - largest), SMALLEST);
      sum += p.data[c]!;
    }
    for (let c = at; c < at + classes; c++) p.data[c]! /= sum;
  }
  return p;
}

const MAGIC = "TRSM";

/**
 * A head as the artifact whose digest a model registers, little-endian: "TRSM", version 1 (uint8), three zero bytes,
 * C (uint32), d (uint32), then W (float64), one class after the other.
 */
export function encodeSoftmaxHead(head: SoftmaxHead): Uint8Array {
  return encodeNumbers(MAGIC, [head.classes, head.features], [head.coefficients]);
}

/** @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, `not-finite` */
export function decodeSoftmaxHead(file: Uint8Array): SoftmaxHead {
  const { sides, numbers } = decodeNumbers(MAGIC, file);
  const classes = assertInteger(sides[0], 2, MAX_SIDE, "the number of classes at offset 8");
  const features = assertInteger(sides[1], 1, MAX_SIDE, "the number of features at offset 12");
  return { classes, features, coefficients: numbers(classes * features) };
}
