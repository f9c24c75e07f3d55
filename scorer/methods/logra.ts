import { ScorerError } from "../core/errors.ts";
import { MAX_LANES } from "../core/vector.ts";
import { rowProducts, scaleRows } from "../numeric/dense.ts";
import { symmetricEigen } from "../numeric/eigen.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { kroneckerFactors, type KroneckerFactors, kroneckerWhitening } from "./kfac.ts";
import type { Embedding, GradientFactors } from "./method.ts";
import { flatten } from "./softmaxInfluence.ts";

/** What turns a layer's gradients into lanes: a projection of each side, whitened. */
export interface KroneckerProjection {
  /** W_a P_a, float64, row-major [k_a × width of the activations] */
  readonly activations: Matrix;
  /** W_g P_g, float64, row-major [k_g × width of the gradients] */
  readonly gradients: Matrix;
}

/**
 * LoGra (Choi et al. 2024, §4.1, eq. 7): gradients of a layer projected by P_g ⊗ P_a without being written out, here on the
 * principal axes of activations and gradients (their LoGra-PCA), and whitened on both sides, so that rows and queries lose
 * alike in quantisation.
 *
 * @param factors - of the training rows, see `kroneckerFactors`
 * @param lanes - k_a and k_g, k_a·k_g ≤ 8,192
 * @param damping - γ, see `kroneckerWhitening`
 * @throws ScorerError `out-of-range` for lanes or γ
 */
export function kroneckerProjection(
  factors: KroneckerFactors,
  lanes: readonly [number, number],
  damping: number,
): KroneckerProjection {
  const [a, g] = factors.sides;
  const fits = (count: number, side: number): boolean => Number.isSafeInteger(count) && count >= 1 && count <= side;
  if (!fits(lanes[0], a) || !fits(lanes[1], g) || lanes[0] * lanes[1] > MAX_LANES) {
    throw new ScorerError(
      "out-of-range",
      `${lanes[0]} × ${lanes[1]} lanes of a layer of ${a} × ${g}: each must be at most the layer's, and their product ${MAX_LANES}`,
    );
  }
  const left = principalAxes(factors.activations, a, lanes[0]);
  const right = principalAxes(factors.gradients, g, lanes[1]);
  // On their own axes both sides are diagonal, and so is their whitening.
  const whitening = kroneckerWhitening(
    { activations: diagonal(left.values), gradients: diagonal(right.values), sides: lanes },
    damping,
  );
  return {
    activations: solveRowsOfDiagonal(left.axes, whitening.activations),
    gradients: solveRowsOfDiagonal(right.axes, whitening.gradients),
  };
}

/** Projected and whitened factors. */
export function projectFactors(projection: KroneckerProjection, rows: GradientFactors): GradientFactors {
  return {
    activations: rowProducts(rows.activations, projection.activations),
    gradients: rowProducts(rows.gradients, projection.gradients),
  };
}

/**
 * Row and query vectors of LoGra influence: lane g·k_a + a.
 *
 * @returns float64 [rows × k_a·k_g], [queries × k_a·k_g]
 * @throws ScorerError as `kroneckerProjection`
 */
export function lograEmbedding(
  rows: GradientFactors,
  queries: GradientFactors,
  lanes: readonly [number, number],
  damping: number,
  factors: KroneckerFactors = kroneckerFactors(rows),
): Embedding {
  const projection = kroneckerProjection(factors, lanes, damping);
  return { rows: flatten(projectFactors(projection, rows)), queries: flatten(projectFactors(projection, queries)) };
}

/** The eigenvectors of the largest eigenvalues, the largest first. */
function principalAxes(gram: Float64Array, d: number, count: number): { axes: Matrix; values: Float64Array } {
  const { values, vectors } = symmetricEigen(gram, d);
  const axes = new Float64Array(count * d);
  for (let i = 0; i < count; i++) axes.set(vectors.subarray((d - 1 - i) * d, (d - i) * d), i * d);
  return {
    axes: { rows: count, columns: d, data: axes },
    values: Float64Array.from({ length: count }, (_, i) => Math.max(0, values[d - 1 - i]!)),
  };
}

function diagonal(values: Float64Array): Float64Array {
  const d = values.length;
  const square = new Float64Array(d * d);
  for (let i = 0; i < d; i++) square[i * d + i] = values[i]!;
  return square;
}

/** Each axis divided by the entry of a diagonal factor that is its own. */
function solveRowsOfDiagonal(axes: Matrix, factor: Float64Array): Matrix {
  return scaleRows(
    axes,
    Float64Array.from({ length: axes.rows }, (_, i) => 1 / factor[i * axes.rows + i]!),
  );
}
