import { rowProducts } from "../numeric/dense.ts";
import type { Matrix } from "../numeric/linalg.ts";

/** Rows with what a head was taught, or answered, of them. */
export interface LabelledRows {
  /** x, float64, row-major [rows × d] */
  readonly features: Matrix;
  /** One class for each row, 0 … C − 1: of a training row its label, of a query the class that was answered */
  readonly labels: ArrayLike<number>;
}

/** What is attributed: each query, to the rows that a head was trained on. */
export interface AttributionTask {
  readonly train: LabelledRows;
  readonly queries: LabelledRows;
  /** C ≥ 2 */
  readonly classes: number;
}

/**
 * A way to score what each training row did to each query. Positive scores speak for the query's class.
 *
 * @returns float64, row-major [queries × rows]
 */
export type AttributionMethod = (task: AttributionTask) => Matrix;

/**
 * Row and query vectors whose inner products are the scores: what an influence index can be made of, and the chain can
 * recompute.
 */
export interface Embedding {
  /** φ, float64, row-major [rows × k] */
  readonly rows: Matrix;
  /** ψ, float64, row-major [queries × k] */
  readonly queries: Matrix;
}

/** A way to make such vectors of a task. */
export type EmbeddingMethod = (task: AttributionTask) => Embedding;

/** The scores of an embedding, ⟨φ, ψ⟩: float64, row-major [queries × rows]. */
export function embeddingScores({ rows, queries }: Embedding): Matrix {
  return rowProducts(queries, rows);
}

/**
 * Per-row gradients of a layer as outer products, g ⊗ a: what a linear layer's gradient is made of, and what exporters
 * of other frameworks write.
 */
export interface GradientFactors {
  /** a, the layer's input, float64, row-major [rows × k_a] */
  readonly activations: Matrix;
  /** g, the gradient of the loss by the layer's output, float64, row-major [rows × k_g] */
  readonly gradients: Matrix;
}
