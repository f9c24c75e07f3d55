import { ScorerError } from "../core/errors.ts";
import { assertInteger, MAX_CONTRIBUTIONS } from "../core/integers.ts";
import { LANES_PER_WORD } from "../core/vector.ts";
import { product, rowProducts, solveRows } from "../numeric/dense.ts";
import { addScaled, forwardSolve, type Matrix, matrix, rowView } from "../numeric/linalg.ts";
import type { GradientFactors } from "./method.ts";

/**
 * Vectors g ⊗ W a whose W = L⁻¹ is not applied yet: it is linear, so sums of them are whitened once instead of each row.
 * Lane c·d + j is g[c] · (W a)[j].
 */
export interface HalfWhitened extends GradientFactors {
  /** L, float64, row-major [d × d] */
  readonly factor: Float64Array;
}

/** Which rows belong to which contribution. */
export interface Contributions {
  /** The contribution that each row belongs to, 0 … contributions − 1; −1 for none, [n] */
  readonly contributionOf: ArrayLike<number>;
  /** Number of contributions */
  readonly contributions: number;
}

/** k: one block of d lanes for each of some columns, filled up with zeros to whole words of 16 lanes. */
export function paddedLanes(d: number, columns: number): number {
  return LANES_PER_WORD * Math.ceil((d * columns) / LANES_PER_WORD);
}

/**
 * The sum of each contribution's vectors.
 *
 * @returns float64, row-major [contributions × k]
 * @throws ScorerError `bad-length`, `out-of-range` for a contribution
 */
export function contributionSums(vectors: HalfWhitened, { contributionOf, contributions }: Contributions): Matrix {
  const { activations, gradients } = vectors;
  if (contributionOf.length !== activations.rows) {
    throw new ScorerError(
      "bad-length",
      `${contributionOf.length} contributions for ${activations.rows} rows: give one for each, or −1`,
    );
  }
  const count = assertInteger(contributions, 1, MAX_CONTRIBUTIONS, "the number of contributions");
  const [d, columns] = [activations.columns, gradients.columns];
  const sums = new Float64Array(count * columns * d);
  for (let i = 0; i < activations.rows; i++) {
    const contribution = assertInteger(contributionOf[i]!, -1, count - 1, `the contribution of row ${i}`);
    if (contribution < 0) continue;
    const row = rowView(activations, i);
    for (let c = 0; c < columns; c++) {
      addScaled(sums, (contribution * columns + c) * d, gradients.data[i * columns + c]!, row);
    }
  }
  return whitenBlocks(sums, vectors);
}

/**
 * The vectors, one for each row.
 *
 * @returns float64, row-major [n × k]
 */
export function wholeVectors({ activations, gradients, factor }: HalfWhitened): Matrix {
  const [d, columns] = [activations.columns, gradients.columns];
  const k = paddedLanes(d, columns);
  const vectors = new Float64Array(activations.rows * k);
  for (let i = 0; i < activations.rows; i++) {
    // One by one: a gateway has one query at a time, and handing the factor to the kernel takes as long as solving.
    const row = rowView(activations, i).slice();
    forwardSolve(factor, row);
    for (let c = 0; c < columns; c++) addScaled(vectors, i * k + c * d, gradients.data[i * columns + c]!, row);
  }
  return { rows: activations.rows, columns: k, data: vectors };
}

/**
 * The inner product of each row's vector with ψ. ⟨W a, ψ⟩ = ⟨a, Wᵀψ⟩, so only ψ is whitened.
 *
 * @param psi - float64 [k]
 * @returns float64 [n]
 * @throws ScorerError `bad-length`
 */
export function vectorScores({ activations, gradients, factor }: HalfWhitened, psi: Float64Array): Float64Array {
  const [d, columns] = [activations.columns, gradients.columns];
  if (psi.length !== paddedLanes(d, columns)) {
    throw new ScorerError(
      "bad-length",
      `the query has ${psi.length} lanes, the rows ${paddedLanes(d, columns)}: they are not of the same model`,
    );
  }
  const blocks = matrix(columns, d, psi.slice(0, columns * d));
  const products = rowProducts(activations, solveRows(factor, blocks, "backward"));
  return Float64Array.from({ length: activations.rows }, (_, i) => {
    let score = 0;
    for (let c = i * columns; c < (i + 1) * columns; c++) score += gradients.data[c]! * products.data[c]!;
    return score;
  });
}

/**
 * What a vector was made of, where it is g ⊗ W a for one of some g that are known.
 *
 * @param psi - float64 [k]
 * @param candidates - g, float64, row-major [candidates × columns]
 * @returns of each candidate, a as the least squares have it, float64 [d], and how much of ψ it leaves unexplained, 0 … 1
 */
export function unfold(
  psi: Float64Array,
  candidates: Matrix,
  factor: Float64Array,
): { readonly activation: Float64Array; readonly left: number }[] {
  const columns = candidates.columns;
  const d = Math.sqrt(factor.length);
  const blocks = matrix(columns, d, psi.slice(0, columns * d));
  const whole = squares(psi);
  return Array.from({ length: candidates.rows }, (_, at) => {
    const g = rowView(candidates, at);
    const norm = squares(g);
    const whitened = product(matrix(1, columns, g), blocks).data.map((value) => value / norm);
    const activation = rowProducts({ rows: 1, columns: d, data: whitened }, { rows: d, columns: d, data: factor }).data;
    return { activation, left: 1 - (norm * squares(whitened)) / whole };
  });
}

function squares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** Applies W to blocks of d numbers, and fills each row of them up to k lanes. */
function whitenBlocks(blocks: Float64Array, { activations, gradients, factor }: HalfWhitened): Matrix {
  const [d, columns] = [activations.columns, gradients.columns];
  const whitened = solveRows(factor, { rows: blocks.length / d, columns: d, data: blocks }, "forward").data;
  const [used, k] = [columns * d, paddedLanes(d, columns)];
  const rows = blocks.length / used;
  if (used === k) return matrix(rows, k, whitened);
  const padded = new Float64Array(rows * k);
  for (let s = 0; s < rows; s++) padded.set(whitened.subarray(s * used, (s + 1) * used), s * k);
  return matrix(rows, k, padded);
}
