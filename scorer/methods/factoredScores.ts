import { ScorerError } from "../core/errors.ts";
import { powerOfTwo, quantise } from "../core/vector.ts";
import { int16Products, type LaneMatrix, plainProducts } from "../kernels/int16.ts";
import { type Matrix, matrix } from "../numeric/linalg.ts";
import type { GradientFactors } from "./method.ts";

/** Of the larger ones two units and two products of 2^20 lanes, 2^50 each, leave float64. */
const MAX_UNIT_EXPONENT = 450;

/**
 * Scores of whitened factored gradients: the gradient of a row by a linear layer is g ⊗ a, and
 * ⟨g_i ⊗ a_i, g_j ⊗ a_j⟩ = ⟨a_i, a_j⟩ · ⟨g_i, g_j⟩, so that no gradient is ever written out (Grosse et al. 2023, "Studying
 * Large Language Model Generalization with Influence Functions", §3.1, on K-FAC's factors).
 *
 * Each row of a and of g is rounded to int16 lanes with an exponent of its own, both products are exact in integers, and
 * their product is rounded once. With x̂ = x + δ, |δ_l| ≤ u_x = 2^(e_x − 1), an inner product of k lanes is off by at most
 * ε = u_x‖y‖₁ + u_y‖x‖₁ + k·u_x·u_y, and the score by at most |⟨a_i, a_j⟩|·ε_g + |⟨g_i, g_j⟩|·ε_a + ε_a·ε_g, beside one
 * rounding of float64, 2^-53 of the score.
 *
 * @param rows - whitened factors of the training rows, float64
 * @param queries - whitened factors of the queries, float64
 * @returns float64, row-major [queries × rows]
 * @throws ScorerError `bad-length` when the factors do not fit each other, `not-finite`, `out-of-range` for gradients of
 * magnitudes that float64 can't multiply, `out-of-memory`
 */
export function factoredScores(rows: GradientFactors, queries: GradientFactors): Matrix {
  return quantisedScores(rows, queries, int16Products);
}

/** The same numbers in plain TypeScript: what the kernel is measured by, and compared with. */
export function plainFactoredScores(rows: GradientFactors, queries: GradientFactors): Matrix {
  return quantisedScores(rows, queries, plainProducts);
}

/**
 * The same scores without quantisation: float64 inner products, lanes in ascending order.
 *
 * @returns float64, row-major [queries × rows]
 * @throws ScorerError `bad-length` when the factors do not fit each other, `not-finite`
 */
export function float64FactoredScores(rows: GradientFactors, queries: GradientFactors): Matrix {
  assertFit(rows, queries);
  const [n, m] = [rows.activations.rows, queries.activations.rows];
  const scores = new Float64Array(m * n);
  for (let q = 0; q < m; q++) {
    for (let i = 0; i < n; i++) {
      scores[q * n + i] =
        dot(queries.activations, q, rows.activations, i) * dot(queries.gradients, q, rows.gradients, i);
    }
  }
  return matrix(m, n, scores);
}

/** Rows of a matrix as lanes, each with an exponent of its own. */
interface QuantisedRows {
  readonly lanes: LaneMatrix;
  /** int32 [rows] */
  readonly exponents: Int32Array;
}

function quantisedScores(
  rows: GradientFactors,
  queries: GradientFactors,
  products: (a: LaneMatrix, b: LaneMatrix) => Float64Array,
): Matrix {
  assertFit(rows, queries);
  const [rowA, rowG] = [quantiseRows(rows.activations), quantiseRows(rows.gradients)];
  const [queryA, queryG] = [quantiseRows(queries.activations), quantiseRows(queries.gradients)];
  const scores = products(queryA.lanes, rowA.lanes);
  const gradients = products(queryG.lanes, rowG.lanes);
  const rowUnits = unitsOf(rowA.exponents, rowG.exponents);
  const queryUnits = unitsOf(queryA.exponents, queryG.exponents);
  const n = rowUnits.length;
  queryUnits.forEach((unit, q) => {
    for (let i = 0; i < n; i++) {
      const at = q * n + i;
      // Multiplying by powers of two is exact, so that this rounds once.
      scores[at] = scores[at]! * gradients[at]! * (unit * rowUnits[i]!);
    }
  });
  return matrix(queryUnits.length, n, scores);
}

function quantiseRows({ rows, columns, data }: Matrix): QuantisedRows {
  const exponents = new Int32Array(rows);
  const lanes = new Int16Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const row = quantise(data.subarray(i * columns, (i + 1) * columns));
    exponents[i] = row.exponent;
    lanes.set(row.lanes, i * columns);
  }
  return { lanes: { rows, lanes: columns, data: lanes }, exponents };
}

/** 2^(e_a + e_g) of each row: of two rows they multiply, with any products, to a normal number of float64. */
function unitsOf(activations: Int32Array, gradients: Int32Array): Float64Array {
  return Float64Array.from(activations, (exponent, i) => {
    const sum = exponent + gradients[i]!;
    if (Math.abs(sum) > MAX_UNIT_EXPONENT) {
      throw new ScorerError(
        "out-of-range",
        `the gradient of row ${i} is about 2^${sum} in its last place: scale all gradients by a common factor`,
      );
    }
    return powerOfTwo(sum);
  });
}

function assertFit(rows: GradientFactors, queries: GradientFactors): void {
  for (const { activations, gradients } of [rows, queries]) {
    if (activations.rows !== gradients.rows) {
      throw new ScorerError(
        "bad-length",
        `${activations.rows} rows of activations and ${gradients.rows} of gradients: give one of each for every row`,
      );
    }
  }
  for (const factor of ["activations", "gradients"] as const) {
    const [a, b] = [rows[factor].columns, queries[factor].columns];
    if (a !== b) {
      throw new ScorerError("bad-length", `${factor} of ${a} numbers and of ${b}: they are not of the same layer`);
    }
  }
}

function dot(a: Matrix, i: number, b: Matrix, j: number): number {
  const k = a.columns;
  let sum = 0;
  for (let l = 0; l < k; l++) sum += a.data[i * k + l]! * b.data[j * k + l]!;
  return sum;
}
