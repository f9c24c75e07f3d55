import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import {
  centredTarget,
  DEFAULT_RIDGE_CONFIG,
  headOutputs,
  outputColumns,
  type RidgeConfig,
  type RidgeModel,
  trainRidge,
} from "../heads/ridge.ts";
import { rowProducts, solveRows } from "../numeric/dense.ts";
import { type Matrix, matrix, rowView } from "../numeric/linalg.ts";
import type { AttributionMethod, LabelledRows } from "./method.ts";
import { assertAlpha } from "./rules.ts";

/** A ridge head with its training rows as it sees them: what scores and removals of rows are computed from. */
export interface WhitenedRidge {
  readonly model: RidgeModel;
  /** y, the class of each training row, [n] */
  readonly labels: ArrayLike<number>;
  /** z = W x, float64, row-major [n × d] */
  readonly rows: Matrix;
  /** f(x), float64, row-major [n × output columns] */
  readonly outputs: Matrix;
}

/**
 * @param train - the rows that the model was trained on
 * @throws ScorerError `bad-length` when rows, labels and model do not fit together, `out-of-range` for a label
 */
export function whitenRidge(model: RidgeModel, train: LabelledRows): WhitenedRidge {
  const { head, whitening } = model;
  const { features, labels } = train;
  assertFits(head.features, head.classes, train);
  const columns = outputColumns(head.classes);
  const outputs = matrix(features.rows, columns, new Float64Array(features.rows * columns));
  for (let i = 0; i < features.rows; i++) headOutputs(head, rowView(features, i), rowView(outputs, i));
  return { model, labels, rows: solveRows(whitening.factor, features, "forward"), outputs };
}

/**
 * ⟨W x_r, W x_i⟩ = x_rᵀ A⁻¹ x_i of every query r with every training row i, whatever their classes.
 *
 * @param queries - x, float64, row-major [queries × d]
 * @returns float64, row-major [queries × rows]
 * @throws ScorerError `bad-length`
 */
export function whitenedProducts(ridge: WhitenedRidge, queries: Matrix): Matrix {
  return rowProducts(whitenQueries(ridge, queries), ridge.rows);
}

/** W x of every query, float64, row-major [queries × d]. */
export function whitenQueries({ model, rows }: WhitenedRidge, queries: Matrix): Matrix {
  if (queries.columns !== rows.columns) {
    throw new ScorerError(
      "bad-length",
      `queries of ${queries.columns} features do not fit a head of ${rows.columns}: use the model's own featurizer`,
    );
  }
  return solveRows(model.whitening.factor, queries, "forward");
}

/**
 * The part of class c in w_i (y_i − 1/C − α·f(x_i)), the row side of half-credited attribution. Over the classes these
 * add up to 0, so that ⟨·, onehot(c) − 1/C⟩ is this very part.
 */
export function rowCredit({ model, labels, outputs }: WhitenedRidge, i: number, c: number, alpha: number): number {
  const { classes } = model.head;
  const label = labels[i]!;
  const [column, sign] = columnOfClass(c, classes);
  return (
    sign *
    model.classWeights[label]! *
    (centredTarget(label, column, classes) - alpha * outputs.data[i * outputs.columns + column]!)
  );
}

/** Where a head keeps the output of a class: its column, and the sign it has there. */
export function columnOfClass(c: number, classes: number): [column: number, sign: 1 | -1] {
  return classes === 2 ? [0, c === 1 ? 1 : -1] : [c, 1];
}

/**
 * Half-credited scores (docs/payout-rule.md) of every training row for every query: ⟨W x_r, W x_i⟩ times the part of the
 * query's class in w_i (y_i − 1/C − α·f(x_i)). α = 0 is the hat matrix: a query's scores add up to its margin; α = 1 is
 * the influence of Koh & Liang 2017, eq. 2, on the squared loss. With two classes twice the inner products of the index,
 * which keeps one of two columns.
 *
 * @param products - of `whitenedProducts`
 * @param queryLabels - the class of each query
 * @returns float64, row-major [queries × rows]
 * @throws ScorerError `bad-length`, `out-of-range` for α or a class
 */
export function halfCreditedScores(
  ridge: WhitenedRidge,
  products: Matrix,
  queryLabels: ArrayLike<number>,
  alpha: number,
): Matrix {
  assertAlpha(alpha);
  return scoresByClass(ridge, products, queryLabels, (i, c) => rowCredit(ridge, i, c, alpha));
}

/**
 * The score of every training row for itself, as if it were a query of its own class.
 *
 * @returns float64 [n]
 * @throws ScorerError `out-of-range` for α
 */
export function halfCreditedSelfScores(ridge: WhitenedRidge, alpha: number): Float64Array {
  assertAlpha(alpha);
  return leverages(ridge).map((leverage, i) => leverage * rowCredit(ridge, i, ridge.labels[i]!, alpha));
}

/** Half-credited attribution with any α, 0 … 1, on a ridge head that is trained on the task. */
export function halfCredited(alpha: number, config: RidgeConfig = DEFAULT_RIDGE_CONFIG): AttributionMethod {
  assertAlpha(alpha);
  return ({ train, queries, classes }) => {
    const ridge = whitenRidge(trainRidge(train.features, train.labels, classes, config), train);
    return halfCreditedScores(ridge, whitenedProducts(ridge, queries.features), queries.labels, alpha);
  };
}

/** xᵀ A⁻¹ x of every training row, float64 [n]. */
export function leverages({ rows }: WhitenedRidge): Float64Array {
  return Float64Array.from({ length: rows.rows }, (_, i) => {
    let sum = 0;
    for (const value of rowView(rows, i)) sum += value * value;
    return sum;
  });
}

/** Products times a factor of row and query class: float64, row-major [queries × rows]. */
export function scoresByClass(
  { model, rows }: WhitenedRidge,
  products: Matrix,
  queryLabels: ArrayLike<number>,
  factor: (row: number, queryClass: number) => number,
): Matrix {
  const { classes } = model.head;
  if (products.rows !== queryLabels.length || products.columns !== rows.rows) {
    throw new ScorerError(
      "bad-length",
      `products of ${products.rows} × ${products.columns} do not fit ${queryLabels.length} queries and ${rows.rows} rows: compute them anew`,
    );
  }
  const factors = Array.from({ length: classes }, (_, c) =>
    Float64Array.from({ length: rows.rows }, (_, i) => factor(i, c)),
  );
  const data = Float64Array.from(products.data);
  for (let r = 0; r < products.rows; r++) {
    const ofClass = factors[assertInteger(queryLabels[r]!, 0, classes - 1, `the class of query ${r}`)]!;
    for (let i = 0; i < rows.rows; i++) data[r * rows.rows + i]! *= ofClass[i]!;
  }
  return matrix(products.rows, rows.rows, data);
}

/** @throws ScorerError `bad-length`, `out-of-range` for a label */
export function assertFits(d: number, classes: number, { features, labels }: LabelledRows): void {
  if (features.columns !== d || labels.length !== features.rows) {
    throw new ScorerError(
      "bad-length",
      `${features.rows} rows of ${features.columns} features and ${labels.length} labels do not fit each other and a head of ${d} features`,
    );
  }
  for (let i = 0; i < labels.length; i++) assertInteger(labels[i]!, 0, classes - 1, `the label of row ${i}`);
}
