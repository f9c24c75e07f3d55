import { ScorerError } from "../core/errors.ts";

/** A dense float64 matrix, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** float64, row-major [rows × columns] */
  readonly data: Float64Array;
}

/**
 * Wraps row-major data as a matrix, without copying.
 *
 * @param data - float64, row-major [rows × columns]
 * @throws ScorerError `empty-input` when a side is 0, `bad-length` when data is not rows · columns long,
 * `not-finite` when it holds a NaN or an infinity
 */
export function matrix(rows: number, columns: number, data: Float64Array): Matrix {
  if (!(rows > 0 && columns > 0)) {
    throw new ScorerError("empty-input", `a matrix needs at least one row and one column, not ${rows} × ${columns}`);
  }
  if (data.length !== rows * columns) {
    throw new ScorerError(
      "bad-length",
      `a ${rows} × ${columns} matrix needs ${rows * columns} numbers, not ${data.length}`,
    );
  }
  assertFinite(data, "the matrix");
  return { rows, columns, data };
}

/** @throws ScorerError `not-finite`, naming the first number of `values` that is NaN or infinite */
export function assertFinite(values: Float64Array, what: string): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // Infinity − Infinity and NaN − NaN are NaN.
    if (value - value !== 0) {
      throw new ScorerError(
        "not-finite",
        `${what} holds ${value} at position ${i}: leave the row out, or mend what computed it`,
      );
    }
  }
}

/**
 * The lower triangle of `A = Σ_i w_i x_i x_iᵀ + λI`, summed in the order of the rows.
 *
 * @param features - x, row-major [n × d]
 * @param weights - w, float64 [n]
 * @param lambda - λ
 * @returns float64, row-major [d × d]; above the diagonal it is 0
 */
export function weightedGram(features: Matrix, weights: Float64Array, lambda: number): Float64Array {
  const { rows, columns: d, data } = features;
  const gram = new Float64Array(d * d);
  const support = new Int32Array(d);
  for (let i = 0; i < rows; i++) {
    const start = i * d;
    // Text features are sparse; leaving the zeros out adds the same numbers in the same order.
    let size = 0;
    for (let a = 0; a < d; a++) if (data[start + a] !== 0) support[size++] = a;
    for (let s = 0; s < size; s++) {
      const a = support[s]!;
      const scaled = weights[i]! * data[start + a]!;
      const line = a * d;
      for (let t = 0; t <= s; t++) {
        const b = support[t]!;
        gram[line + b]! += scaled * data[start + b]!;
      }
    }
  }
  for (let a = 0; a < d; a++) gram[a * d + a]! += lambda;
  return gram;
}

/**
 * The Cholesky factor `L` of a symmetric positive definite matrix: `A = L Lᵀ` (Golub & Van Loan, Matrix
 * Computations, §4.2; row by row, inner products in ascending order).
 *
 * @param gram - the lower triangle of A, float64, row-major [d × d]
 * @returns L, float64, row-major [d × d]; above the diagonal it is 0
 * @throws ScorerError `not-positive-definite` when a pivot is not above 0
 */
export function cholesky(gram: Float64Array, d: number): Float64Array {
  const factor = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    const rowI = i * d;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * d;
      let sum = gram[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= factor[rowI + k]! * factor[rowJ + k]!;
      if (i !== j) {
        factor[rowI + j] = sum / factor[rowJ + j]!;
      } else if (sum > 0) {
        factor[rowI + i] = Math.sqrt(sum);
      } else {
        throw new ScorerError(
          "not-positive-definite",
          `pivot ${i} of the Cholesky factor is ${sum}: use a larger lambda`,
        );
      }
    }
  }
  return factor;
}

/**
 * Solves `L y = b` in place.
 *
 * @param factor - lower triangular L, float64, row-major [d × d]
 * @param vector - b on entry, y on return, float64 [d]
 */
export function forwardSolve(factor: Float64Array, vector: Float64Array): void {
  const d = vector.length;
  let i = 0;
  // Four rows at a time: each adds up in its own order as if it were alone, and the processor does all four at once.
  for (; i + 4 <= d; i += 4) {
    const row0 = i * d;
    const row1 = row0 + d;
    const row2 = row1 + d;
    const row3 = row2 + d;
    let sum0 = vector[i]!;
    let sum1 = vector[i + 1]!;
    let sum2 = vector[i + 2]!;
    let sum3 = vector[i + 3]!;
    for (let k = 0; k < i; k++) {
      const value = vector[k]!;
      sum0 -= factor[row0 + k]! * value;
      sum1 -= factor[row1 + k]! * value;
      sum2 -= factor[row2 + k]! * value;
      sum3 -= factor[row3 + k]! * value;
    }
    const y0 = sum0 / factor[row0 + i]!;
    const y1 = (sum1 - factor[row1 + i]! * y0) / factor[row1 + i + 1]!;
    const y2 = (sum2 - factor[row2 + i]! * y0 - factor[row2 + i + 1]! * y1) / factor[row2 + i + 2]!;
    const y3 =
      (sum3 - factor[row3 + i]! * y0 - factor[row3 + i + 1]! * y1 - factor[row3 + i + 2]! * y2) / factor[row3 + i + 3]!;
    vector[i] = y0;
    vector[i + 1] = y1;
    vector[i + 2] = y2;
    vector[i + 3] = y3;
  }
  for (; i < d; i++) {
    const row = i * d;
    let sum = vector[i]!;
    for (let k = 0; k < i; k++) sum -= factor[row + k]! * vector[k]!;
    vector[i] = sum / factor[row + i]!;
  }
}

/**
 * Solves `Lᵀ y = b` in place.
 *
 * @param factor - lower triangular L, float64, row-major [d × d]
 * @param vector - b on entry, y on return, float64 [d]
 */
export function backwardSolve(factor: Float64Array, vector: Float64Array): void {
  const d = vector.length;
  for (let i = d - 1; i >= 0; i--) {
    const row = i * d;
    const value = vector[i]! / factor[row + i]!;
    vector[i] = value;
    // By rows of L, not columns of Lᵀ: the same sums, read in the order of memory.
    for (let k = 0; k < i; k++) vector[k]! -= factor[row + k]! * value;
  }
}

/** Adds `scale · source` to a block of `target`. */
export function addScaled(target: Float64Array, offset: number, scale: number, source: Float64Array): void {
  for (let j = 0; j < source.length; j++) target[offset + j]! += scale * source[j]!;
}

/** Row i of a matrix, as a view: float64 [columns]. */
export function rowView(m: Matrix, i: number): Float64Array {
  return m.data.subarray(i * m.columns, (i + 1) * m.columns);
}

/** The rows of `m` with these indices, in their order, copied. */
export function selectRows(m: Matrix, indices: ArrayLike<number>): Matrix {
  const data = new Float64Array(indices.length * m.columns);
  for (let i = 0; i < indices.length; i++) data.set(rowView(m, indices[i]!), i * m.columns);
  return matrix(indices.length, m.columns, data);
}

/**
 * Squared Euclidean distances of all rows of `a` from all rows of `b`; from differences, so that equal rows are exactly 0
 * apart and rows as far as each other are equally far.
 *
 * @param a - [m × k]
 * @param b - [n × k]
 * @returns [m × n]
 * @throws ScorerError `bad-length` when the rows are not of one length
 */
export function squaredDistances(a: Matrix, b: Matrix): Matrix {
  assertSameColumns(a, b);
  const { columns: k } = a;
  const data = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    const row = rowView(a, i);
    for (let j = 0; j < b.rows; j++) {
      const start = j * k;
      let sum = 0;
      for (let t = 0; t < k; t++) {
        const difference = row[t]! - b.data[start + t]!;
        sum += difference * difference;
      }
      data[i * b.rows + j] = sum;
    }
  }
  return matrix(a.rows, b.rows, data);
}

function assertSameColumns(a: Matrix, b: Matrix): void {
  if (a.columns !== b.columns) {
    throw new ScorerError(
      "bad-length",
      `rows of ${a.columns} and of ${b.columns} numbers do not fit each other: use one featurizer for both`,
    );
  }
}
