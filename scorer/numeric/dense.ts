import { ScorerError } from "../core/errors.ts";
import { kernelCholesky, kernelProduct, kernelSolve } from "../kernels/float64.ts";
import type { Matrix } from "./linalg.ts";

/**
 * Linear algebra on whole matrices, by the float64 kernel. Each sum runs over its terms in order, so the numbers are
 * those of plain loops on every machine.
 */

/**
 * A·Bᵀ: the inner products of the rows of A with those of B.
 *
 * @param a - float64, row-major [m × k]
 * @param b - float64, row-major [n × k]
 * @returns float64, row-major [m × n]
 * @throws ScorerError `bad-length` when the columns differ in number
 */
export function rowProducts(a: Matrix, b: Matrix): Matrix {
  requireEqual(a.columns, b.columns, "columns");
  const data = kernelProduct(a.data, "rows", b.data, "rows", [a.rows, b.rows, a.columns]);
  return { rows: a.rows, columns: b.rows, data };
}

/**
 * Aᵀ·B.
 *
 * @param a - float64, row-major [k × m]
 * @param b - float64, row-major [k × n]
 * @returns float64, row-major [m × n]
 * @throws ScorerError `bad-length` when the rows differ in number
 */
export function columnProducts(a: Matrix, b: Matrix): Matrix {
  requireEqual(a.rows, b.rows, "rows");
  const data = kernelProduct(a.data, "columns", b.data, "columns", [a.columns, b.columns, a.rows]);
  return { rows: a.columns, columns: b.columns, data };
}

/**
 * A·B.
 *
 * @param a - float64, row-major [m × k]
 * @param b - float64, row-major [k × n]
 * @returns float64, row-major [m × n]
 * @throws ScorerError `bad-length` when they do not fit each other
 */
export function product(a: Matrix, b: Matrix): Matrix {
  requireEqual(a.columns, b.rows, "columns and rows");
  const data = kernelProduct(a.data, "rows", b.data, "columns", [a.rows, b.columns, a.columns]);
  return { rows: a.rows, columns: b.columns, data };
}

/**
 * Σ_i w_i a_i b_iᵀ of which only the lower triangle is computed: for a symmetric result.
 *
 * @param a - float64, row-major [n × d]
 * @param weights - w, float64 [n]
 * @returns float64, row-major [d × d]; above the diagonal it is 0
 */
export function lowerGram(a: Matrix, weights: Float64Array): Float64Array {
  const { rows: n, columns: d } = a;
  requireEqual(weights.length, n, "weights and rows");
  const data = kernelProduct(scaleRows(a, weights).data, "columns", a.data, "columns", [d, d, n], true);
  for (let i = 0; i < d; i++) data.fill(0, i * d + i + 1, (i + 1) * d);
  return data;
}

/** Rows multiplied by a number each. */
export function scaleRows(a: Matrix, factors: ArrayLike<number>): Matrix {
  const data = a.data.slice();
  for (let i = 0; i < a.rows; i++) {
    const factor = factors[i]!;
    for (let j = i * a.columns; j < (i + 1) * a.columns; j++) data[j]! *= factor;
  }
  return { rows: a.rows, columns: a.columns, data };
}

/** Adds a number to the diagonal of a square matrix, in place. */
export function addToDiagonal(square: Float64Array, d: number, addend: number): void {
  for (let i = 0; i < d; i++) square[i * d + i]! += addend;
}

/**
 * The Cholesky factor, as `cholesky` of linalg.ts.
 *
 * @throws ScorerError `not-positive-definite`, `out-of-memory`
 */
export function factorise(gram: Float64Array, d: number): Float64Array {
  return kernelCholesky(gram, d);
}

/**
 * Solves with a Cholesky factor for the rows of a matrix: W x with "forward" (W = L⁻¹), A⁻¹ x with "both".
 *
 * @param factor - L, float64, row-major [d × d]
 * @param sides - float64, row-major [m × d]
 * @returns float64, row-major [m × d]
 */
export function solveRows(factor: Float64Array, sides: Matrix, which: "forward" | "backward" | "both"): Matrix {
  requireEqual(factor.length, sides.columns * sides.columns, "entries of the factor");
  const data = sides.data.slice();
  kernelSolve(factor, data, sides.columns, which);
  return { rows: sides.rows, columns: sides.columns, data };
}

function requireEqual(a: number, b: number, what: string): void {
  if (a !== b) throw new ScorerError("bad-length", `${a} and ${b} ${what} do not fit each other`);
}
