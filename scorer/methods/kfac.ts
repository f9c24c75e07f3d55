import { ScorerError } from "../core/errors.ts";
import { addToDiagonal, factorise, lowerGram, rowProducts, solveRows } from "../numeric/dense.ts";
import { symmetricEigen } from "../numeric/eigen.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { gradientDot } from "./gradients.ts";
import type { GradientFactors } from "./method.ts";

/** The Kronecker factors of a layer's curvature, H ≈ A ⊗ G: averages over the training rows. */
export interface KroneckerFactors {
  /** A = mean a aᵀ, lower triangle, float64, row-major [k_a × k_a] */
  readonly activations: Float64Array;
  /** G = mean of the gradients' second moment, lower triangle, float64, row-major [k_g × k_g] */
  readonly gradients: Float64Array;
  readonly sides: readonly [number, number];
}

/**
 * @param rows - of training
 * @param curvature - G where it is known better than from the rows' own gradients, lower triangle, [k_g × k_g]: for a
 * softmax `softmaxCurvature`
 * @param weights - of the rows, float64 [n]; 1 by default
 */
export function kroneckerFactors(
  rows: GradientFactors,
  curvature?: Float64Array,
  weights: Float64Array = new Float64Array(rows.activations.rows).fill(1),
): KroneckerFactors {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (sums: Float64Array): Float64Array => sums.map((sum) => sum / total);
  return {
    activations: mean(lowerGram(rows.activations, weights)),
    gradients: curvature ?? mean(lowerGram(rows.gradients, weights)),
    sides: [rows.activations.columns, rows.gradients.columns],
  };
}

/** W_A = L_A⁻¹ and W_G = L_G⁻¹, kept as their Cholesky factors: W_AᵀW_A ⊗ W_GᵀW_G is the damped inverse of A ⊗ G. */
export interface KroneckerWhitening {
  /** L_A, float64, row-major [k_a × k_a] */
  readonly activations: Float64Array;
  /** L_G, float64, row-major [k_g × k_g] */
  readonly gradients: Float64Array;
}

/**
 * Whitening by factored Tikhonov damping (Martens & Grosse 2015, §6.3): (A + π√γ I) ⊗ (G + √γ/π I), with π² the ratio of
 * the mean eigenvalues of A and G.
 *
 * @param damping - γ > 0
 * @throws ScorerError `out-of-range` for γ, `not-positive-definite` when a factor is zero
 */
export function kroneckerWhitening(factors: KroneckerFactors, damping: number): KroneckerWhitening {
  assertDamping(damping);
  const [a, g] = factors.sides;
  const ratio = meanEigenvalue(factors.activations, a) / meanEigenvalue(factors.gradients, g);
  if (!(ratio > 0 && ratio < Infinity)) {
    throw new ScorerError(
      "not-positive-definite",
      "all activations, or all gradients, are 0: there is nothing to divide",
    );
  }
  const pi = Math.sqrt(ratio);
  const root = Math.sqrt(damping);
  const damped = (gram: Float64Array, d: number, addend: number): Float64Array => {
    const sum = gram.slice();
    addToDiagonal(sum, d, addend);
    return factorise(sum, d);
  };
  return {
    activations: damped(factors.activations, a, pi * root),
    gradients: damped(factors.gradients, g, root / pi),
  };
}

/** Factors whitened on both sides: inner products of them are K-FAC influence. */
export function whitenFactors(whitening: KroneckerWhitening, rows: GradientFactors): GradientFactors {
  return {
    activations: solveRows(whitening.activations, rows.activations, "forward"),
    gradients: solveRows(whitening.gradients, rows.gradients, "forward"),
  };
}

/**
 * Influence with Kronecker-factored curvature: g_qᵀ (A ⊗ G + damping)⁻¹ g_i (K-FAC, Martens & Grosse 2015, eq. 1 and §6.3;
 * for influence: Grosse et al. 2023, §2.3.1). An inner product of whitened factors.
 *
 * @param damping - γ, see `kroneckerWhitening`
 * @returns float64, row-major [queries × rows]; per row of the mean loss: divide by the number of rows for its effect
 * @throws ScorerError as `kroneckerWhitening`
 */
export function kfacInfluence(
  rows: GradientFactors,
  queries: GradientFactors,
  factors: KroneckerFactors,
  damping: number,
): Matrix {
  const whitening = kroneckerWhitening(factors, damping);
  return gradientDot(whitenFactors(whitening, rows), whitenFactors(whitening, queries));
}

/** What becomes of an eigenvalue of the curvature: 1/(λ + γ) for a damped inverse. */
export type SpectralFilter = (eigenvalue: number) => number;

/** @param damping - γ > 0 */
export function dampedInverse(damping: number): SpectralFilter {
  assertDamping(damping);
  return (eigenvalue) => 1 / (eigenvalue + damping);
}

/**
 * (1 − (1 − ηλ)^T) / λ: what T steps of gradient descent with rate η undo of a change of the gradient, where they did not
 * come to rest (SOURCE, Bae et al. 2024, eq. 14, one segment). For ηλT ≫ 1 it is the inverse, for ηλT ≪ 1 it is ηT.
 *
 * @param rate - η
 * @param steps - T, an integer
 */
export function unfinishedTraining(rate: number, steps: number): SpectralFilter {
  return (eigenvalue) => {
    const shrink = 1 - rate * eigenvalue;
    // (1 − s^T) / (1 − s) = Σ s^t, by squaring: exact at λ = 0, where the quotient isn't.
    let sum = 0;
    let power = 1;
    for (const bit of steps.toString(2)) {
      sum = sum + power * sum;
      power *= power;
      if (bit === "1") {
        sum = 1 + shrink * sum;
        power *= shrink;
      }
    }
    return rate * sum;
  };
}

/**
 * EK-FAC influence (George et al. 2018; Grosse et al. 2023, §2.3.2): in the eigenbasis of A ⊗ G, with a filter on each
 * eigenvalue instead of damping each factor.
 *
 * @param filter - of the products of the eigenvalues of A and G
 * @returns float64, row-major [queries × rows]
 */
export function eigenInfluence(
  rows: GradientFactors,
  queries: GradientFactors,
  factors: KroneckerFactors,
  filter: SpectralFilter,
): Matrix {
  const [a, g] = factors.sides;
  const left = symmetricEigen(factors.activations, a);
  const right = symmetricEigen(factors.gradients, g);
  const rotate = ({ activations, gradients }: GradientFactors): GradientFactors => ({
    activations: rowProducts(activations, { rows: a, columns: a, data: left.vectors }),
    gradients: rowProducts(gradients, { rows: g, columns: g, data: right.vectors }),
  });
  const turnedRows = rotate(rows);
  const turnedQueries = rotate(queries);
  const scores = new Float64Array(queries.activations.rows * rows.activations.rows);
  const n = rows.activations.rows;
  for (let c = 0; c < g; c++) {
    const filters = left.values.map((value) => filter(Math.max(0, value) * Math.max(0, right.values[c]!)));
    const filtered = turnedQueries.activations.data.map((value, at) => value * filters[at % a]!);
    const part = rowProducts({ ...turnedQueries.activations, data: filtered }, turnedRows.activations).data;
    for (let q = 0; q < queries.activations.rows; q++) {
      const weight = turnedQueries.gradients.data[q * g + c]!;
      for (let i = 0; i < n; i++) {
        scores[q * n + i]! += part[q * n + i]! * (weight * turnedRows.gradients.data[i * g + c]!);
      }
    }
  }
  return { rows: queries.activations.rows, columns: n, data: scores };
}

/**
 * The mean of B (diag p − p pᵀ) Bᵀ over rows, B Helmert's contrasts: the second moment of a softmax's gradients under its
 * own answers (the Fisher information), better than that of the labels.
 *
 * @param p - probabilities, float64, row-major [n × C]
 * @param basis - B, float64, row-major [(C − 1) × C]
 * @param weights - of the rows, float64 [n]
 * @returns lower triangle, float64, row-major [(C − 1) × (C − 1)]
 */
export function softmaxCurvature(p: Matrix, basis: Matrix, weights: Float64Array): Float64Array {
  const classes = p.columns;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = lowerGram(p, weights).map((sum) => -sum / total);
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < i; j++) mean[j * classes + i] = mean[i * classes + j]!;
    let sum = 0;
    for (let r = 0; r < p.rows; r++) sum += weights[r]! * p.data[r * classes + i]!;
    mean[i * classes + i]! += sum / total;
  }
  const half = rowProducts(basis, { rows: classes, columns: classes, data: mean });
  return rowProducts(half, basis).data;
}

/** The mean eigenvalue of a symmetric matrix: its trace over its side. */
export function meanEigenvalue(gram: Float64Array, d: number): number {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += gram[i * d + i]!;
  return sum / d;
}

function assertDamping(damping: number): void {
  if (!(damping > 0 && damping < Infinity)) {
    throw new ScorerError("out-of-range", `the damping is ${damping}: it must be a finite number above 0`);
  }
}
