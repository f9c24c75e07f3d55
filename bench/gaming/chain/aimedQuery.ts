import {
  addToDiagonal,
  columnProducts,
  factorise,
  type InfluenceIndex,
  matrix,
  payables,
  type QuantisedVector,
  quantiseQuery,
  rowProducts,
  solveRows,
} from "../../../scorer/index.ts";

/** How far below 0 the other lines are put, where the own one is 1: beyond what rounding can bring back. */
const MARGINS = [0.001, 0.01, 0.1, 1];
/** Part of the mean of the diagonal that is added to it: the rows of an index may depend on each other. */
const DAMPING = 1e-9;

/**
 * A query vector that asks of one row of an index only: ⟨φ, q⟩ is above 0 for it and not for any other, where that can be
 * had. With fewer rows than lanes it is a system of equations with many solutions, of which the shortest is
 * q = Φᵀ (ΦΦᵀ)⁻¹ b.
 *
 * @returns of several margins the one that leaves the fewest other rows above 0
 */
export function aimAt(index: InfluenceIndex, row: number, rowCounts: readonly number[]): QuantisedVector {
  const phi = matrix(index.size, index.lanesPerRow, Float64Array.from(index.lanes));
  const gram = rowProducts(phi, phi).data;
  const trace = gram.reduce((sum, value, at) => (at % (index.size + 1) === 0 ? sum + value : sum), 0);
  addToDiagonal(gram, index.size, (DAMPING * trace) / index.size);
  const factor = factorise(gram, index.size);
  const aimed = MARGINS.map((margin) => {
    const sides = Float64Array.from({ length: index.size }, (_, i) => (i === row ? 1 : -margin));
    const { data } = solveRows(factor, matrix(1, index.size, sides), "both");
    const query = quantiseQuery(columnProducts(matrix(index.size, 1, data), phi).data);
    return { query, others: paidLines(index, rowCounts, query).filter((line) => line !== row).length };
  });
  return aimed.reduce((best, next) => (next.others < best.others ? next : best)).query;
}

/** The lines that a query vector pays. */
export function paidLines(
  index: InfluenceIndex,
  rowCounts: readonly number[],
  { lanes }: Pick<QuantisedVector, "lanes">,
): number[] {
  return payables(index, rowCounts, lanes).flatMap((weight, line) => (weight > 0n ? [line] : []));
}
