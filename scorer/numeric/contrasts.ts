import { rowProducts } from "./dense.ts";
import type { Matrix } from "./linalg.ts";

/**
 * Helmert's contrasts: an orthonormal basis of the vectors of C numbers that add up to 0. Contrast k − 1 is
 * (1, …, 1, −k, 0, …, 0) / √(k(k + 1)) with k ones. The gradients of a softmax add up to 0, so nothing is lost, one lane in
 * C is saved, and their covariance has an inverse.
 *
 * @param values - float64, row-major [n × C], each row adding up to 0
 * @returns float64, row-major [n × (C − 1)], with the inner products of the rows
 */
export function contrasts(values: Matrix): Matrix {
  return rowProducts(values, contrastBasis(values.columns));
}

/** The basis itself: contrast k − 1 is row k − 1; float64, row-major [(C − 1) × C]. */
export function contrastBasis(classes: number): Matrix {
  const data = new Float64Array((classes - 1) * classes);
  for (let k = 1; k < classes; k++) {
    const scale = Math.sqrt(k * (k + 1));
    for (let c = 0; c < k; c++) data[(k - 1) * classes + c] = 1 / scale;
    data[(k - 1) * classes + k] = -k / scale;
  }
  return { rows: classes - 1, columns: classes, data };
}
