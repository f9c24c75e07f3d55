import { ScorerError } from "../core/errors.ts";
import { softmaxProbabilities, type SoftmaxHead } from "../heads/softmax.ts";
import { contrastBasis } from "../numeric/contrasts.ts";
import { addToDiagonal, factorise, rowProducts, solveRows } from "../numeric/dense.ts";
import { kernelProduct } from "../kernels/float64.ts";
import type { Matrix } from "../numeric/linalg.ts";
import type { GradientFactors, LabelledRows } from "./method.ts";
import { softmaxFactors } from "./softmaxFactors.ts";

/** The most parameters whose Hessian is written down: 512 MB. */
export const MAX_EXACT_PARAMETERS = 8000;

/**
 * The Hessian of the mean loss of a softmax head, Σ w B(diag p − p pᵀ)Bᵀ ⊗ x xᵀ / Σ w, in Helmert's contrasts.
 *
 * @param weights - of the rows, float64 [n]
 * @returns lower triangle, float64, row-major [(C − 1)d × (C − 1)d]; parameter (k, j) at k·d + j
 * @throws ScorerError `out-of-range` beyond 8,000 parameters
 */
export function softmaxHessian(head: SoftmaxHead, features: Matrix, weights: Float64Array): Float64Array {
  const { classes, features: d } = head;
  const size = (classes - 1) * d;
  if (size > MAX_EXACT_PARAMETERS) {
    throw new ScorerError(
      "out-of-range",
      `the head has ${size} parameters, the exact Hessian is for ${MAX_EXACT_PARAMETERS} at the most: use K-FAC`,
    );
  }
  const p = softmaxProbabilities(head, features);
  const basis = contrastBasis(classes);
  const projected = rowProducts(p, basis);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const hessian = new Float64Array(size * size);
  const scaled = new Float64Array(features.data.length);
  for (let k = 0; k < classes - 1; k++) {
    for (let l = 0; l <= k; l++) {
      for (let i = 0; i < features.rows; i++) {
        let curvature = -projected.data[i * (classes - 1) + k]! * projected.data[i * (classes - 1) + l]!;
        for (let c = 0; c <= l + 1; c++) {
          curvature += basis.data[k * classes + c]! * basis.data[l * classes + c]! * p.data[i * classes + c]!;
        }
        const factor = (curvature * weights[i]!) / total;
        for (let j = i * d; j < (i + 1) * d; j++) scaled[j] = factor * features.data[j]!;
      }
      // Each block is symmetric in the features, so its lower triangle is all of it.
      const block = kernelProduct(scaled, "columns", features.data, "columns", [d, d, features.rows], true);
      for (let i = 0; i < d; i++) {
        for (let j = 0; j <= i; j++) {
          hessian[(k * d + i) * size + l * d + j] = block[i * d + j]!;
          if (k !== l) hessian[(k * d + j) * size + l * d + i] = block[i * d + j]!;
        }
      }
    }
  }
  return hessian;
}

/**
 * Influence with the exact Hessian: g_qᵀ (H + γI)⁻¹ g_i (Koh & Liang 2017, eq. 2). Positive where the row lowers the
 * query's loss.
 *
 * @param train - with their labels
 * @param queries - with the class whose loss is asked for
 * @param damping - γ: λ over the weights' sum for a head at its minimum; for training that was stopped early about one over
 * rate times steps
 * @param weights - of the rows in the Hessian, float64 [n]; 1 by default
 * @returns float64, row-major [queries × rows], per row of the mean loss: divide by the number of rows for its effect
 * @throws ScorerError `out-of-range` (parameters), `not-positive-definite`, `out-of-memory`
 */
export function softmaxInfluence(
  head: SoftmaxHead,
  train: LabelledRows,
  queries: LabelledRows,
  damping: number,
  hessianRows: Matrix = train.features,
  weights: Float64Array = new Float64Array(hessianRows.rows).fill(1),
): Matrix {
  const hessian = softmaxHessian(head, hessianRows, weights);
  const size = (head.classes - 1) * head.features;
  addToDiagonal(hessian, size, damping);
  const factor = factorise(hessian, size);
  const solved = solveRows(factor, flatten(softmaxFactors(head, queries)), "both");
  return flatProducts(solved, softmaxFactors(head, train));
}

/**
 * The outer products written out: lane k·d + j is g_k · a_j.
 *
 * @returns float64, row-major [n × k_g·k_a]
 */
export function flatten({ activations, gradients }: GradientFactors): Matrix {
  const [d, g] = [activations.columns, gradients.columns];
  const data = new Float64Array(activations.rows * d * g);
  for (let i = 0; i < activations.rows; i++) {
    for (let k = 0; k < g; k++) {
      const factor = gradients.data[i * g + k]!;
      const at = (i * g + k) * d;
      for (let j = 0; j < d; j++) data[at + j] = factor * activations.data[i * d + j]!;
    }
  }
  return { rows: activations.rows, columns: d * g, data };
}

/**
 * Inner products of written out vectors with outer products that are not.
 *
 * @param flat - float64, row-major [m × k_g·k_a]
 * @returns float64, row-major [m × n]
 */
export function flatProducts(flat: Matrix, { activations, gradients }: GradientFactors): Matrix {
  const { rows: n, columns: d } = activations;
  const g = gradients.columns;
  const scores = new Float64Array(flat.rows * n);
  const block = new Float64Array(flat.rows * d);
  for (let k = 0; k < g; k++) {
    for (let q = 0; q < flat.rows; q++) {
      block.set(flat.data.subarray((q * g + k) * d, (q * g + k + 1) * d), q * d);
    }
    const part = rowProducts({ rows: flat.rows, columns: d, data: block }, activations).data;
    for (let q = 0; q < flat.rows; q++) {
      for (let i = 0; i < n; i++) scores[q * n + i]! += part[q * n + i]! * gradients.data[i * g + k]!;
    }
  }
  return { rows: flat.rows, columns: n, data: scores };
}
