import { rowProducts } from "../numeric/dense.ts";
import type { Matrix } from "../numeric/linalg.ts";
import type { GradientFactors } from "./method.ts";

/**
 * Inner products of gradients, ⟨g_q ⊗ a_q, g_i ⊗ a_i⟩ = ⟨a_q, a_i⟩ ⟨g_q, g_i⟩: Grad-Dot (Charpiat et al. 2019, §3; TracIn,
 * Pruthi et al. 2020, eq. 2, at one checkpoint). Positive where a step on the row lowers the query's loss.
 *
 * @returns float64, row-major [queries × rows]
 */
export function gradientDot(rows: GradientFactors, queries: GradientFactors): Matrix {
  const scores = rowProducts(queries.activations, rows.activations);
  const right = rowProducts(queries.gradients, rows.gradients).data;
  for (let i = 0; i < right.length; i++) scores.data[i]! *= right[i]!;
  return scores;
}

/**
 * Cosines of gradients: Grad-Cos (Charpiat et al. 2019, eq. 4). A gradient of zeros has the cosine 0 with all.
 *
 * @returns float64, row-major [queries × rows], −1 to 1
 */
export function gradientCosine(rows: GradientFactors, queries: GradientFactors): Matrix {
  const scores = gradientDot(rows, queries);
  const rowNorms = gradientNorms(rows).map(Math.sqrt);
  const queryNorms = gradientNorms(queries).map(Math.sqrt);
  for (let q = 0; q < scores.rows; q++) {
    for (let i = 0; i < scores.columns; i++) {
      const norm = queryNorms[q]! * rowNorms[i]!;
      const at = q * scores.columns + i;
      scores.data[at] = norm === 0 ? 0 : scores.data[at]! / norm;
    }
  }
  return scores;
}

/** ‖g_i ⊗ a_i‖² of each row: float64 [rows] */
export function gradientNorms({ activations, gradients }: GradientFactors): Float64Array {
  const left = squaredNorms(activations);
  const right = squaredNorms(gradients);
  return left.map((norm, i) => norm * right[i]!);
}

function squaredNorms({ rows, columns, data }: Matrix): Float64Array {
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = i * columns; j < (i + 1) * columns; j++) sum += data[j]! * data[j]!;
    norms[i] = sum;
  }
  return norms;
}
