import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { DEFAULT_RIDGE_CONFIG, outputColumns, type RidgeConfig, type RidgeHead, trainRidge } from "../heads/ridge.ts";
import { factorise, rowProducts } from "../numeric/dense.ts";
import {
  addScaled,
  backwardSolve,
  forwardSolve,
  type Matrix,
  matrix,
  rowView,
  selectRows,
  weightedGram,
} from "../numeric/linalg.ts";
import { type Grouping, rowsOfGroups } from "./groups.ts";
import type { AttributionMethod, LabelledRows } from "./method.ts";
import {
  columnOfClass,
  leverages,
  rowCredit,
  scoresByClass,
  type WhitenedRidge,
  whitenedProducts,
  whitenQueries,
  whitenRidge,
} from "./ridgeScores.ts";

/**
 * What every query's margin loses when a row is left out and the head is trained again, exactly: with r_i the row's
 * residual and h_i = x_iᵀA⁻¹x_i, f(x_r) − f₋ᵢ(x_r) = x_rᵀA⁻¹x_i · w_i r_i / (1 − w_i h_i) (Sherman & Morrison 1950; Cook
 * 1977, eq. 5). Class-balance weights stay those of all rows.
 *
 * @param products - of `whitenedProducts`
 * @param queryLabels - the class of each query: its margin is the centred output of this class
 * @returns float64, row-major [queries × rows]
 * @throws ScorerError `bad-length`, `out-of-range`
 */
export function leaveOneOutScores(ridge: WhitenedRidge, products: Matrix, queryLabels: ArrayLike<number>): Matrix {
  const kept = leverages(ridge).map((leverage, i) => 1 - ridge.model.classWeights[ridge.labels[i]!]! * leverage);
  return scoresByClass(ridge, products, queryLabels, (i, c) => rowCredit(ridge, i, c, 1) / kept[i]!);
}

/** Exact leave-one-out margins, `leaveOneOutScores`, of a ridge head that is trained on the task. */
export function leaveOneOut(config: RidgeConfig = DEFAULT_RIDGE_CONFIG): AttributionMethod {
  return ({ train, queries, classes }) => {
    const ridge = whitenRidge(trainRidge(train.features, train.labels, classes, config), train);
    return leaveOneOutScores(ridge, whitenedProducts(ridge, queries.features), queries.labels);
  };
}

/**
 * What every query's margin loses when a whole group of rows is left out and the head is trained again, exactly. With
 * Y = √w ⊙ W X of the group's rows and P their residuals times √w, the head's whitened coefficients lose
 * Yᵀ (I − Y Yᵀ)⁻¹ P (Woodbury 1950), or for groups of as many rows as features (I − Yᵀ Y)⁻¹ Yᵀ P, which is the same.
 * Class-balance weights stay those of all rows.
 *
 * @param queries - with the class of each: its margin is the centred output of this class
 * @returns float64, row-major [queries × groups]; 0 for a group without rows
 * @throws ScorerError `bad-length`, `out-of-range`, `not-positive-definite` when λ is too small for a group to be left out
 */
export function leaveGroupOutScores(ridge: WhitenedRidge, grouping: Grouping, queries: LabelledRows): Matrix {
  const { classes, features: d } = ridge.model.head;
  const members = rowsOfGroups(grouping, ridge.rows.rows);
  const columns = outputColumns(classes);
  const losses = Array.from({ length: columns }, () => matrix(members.length, d, new Float64Array(members.length * d)));
  members.forEach((rows, group) => {
    if (rows.length === 0) return;
    removal(ridge, rows).forEach((loss, column) => rowView(losses[column]!, group).set(loss));
  });

  const scores = matrix(
    queries.features.rows,
    members.length,
    new Float64Array(queries.features.rows * members.length),
  );
  const whitened = whitenQueries(ridge, queries.features);
  for (let c = 0; c < classes; c++) {
    const ofClass = Array.from({ length: whitened.rows }, (_, r) => r).filter(
      (r) => queryClass(queries, r, classes) === c,
    );
    if (ofClass.length === 0) continue;
    const [column, sign] = columnOfClass(c, classes);
    const part = rowProducts(selectRows(whitened, ofClass), losses[column]!);
    ofClass.forEach((r, at) => addScaled(scores.data, r * members.length, sign, rowView(part, at)));
  }
  return scores;
}

/**
 * The head that training without some rows gives, exactly; `leaveGroupOutScores` has what margins lose by it. Class-balance
 * weights stay those of all rows.
 *
 * @param rows - places of the rows that are left out
 * @throws ScorerError `not-positive-definite` when λ is too small for them to be left out
 */
export function headWithout(ridge: WhitenedRidge, rows: readonly number[]): RidgeHead {
  const { head, whitening } = ridge.model;
  const coefficients = head.coefficients.slice();
  if (rows.length === 0) return { ...head, coefficients };
  removal(ridge, rows).forEach((loss, column) => {
    backwardSolve(whitening.factor, loss);
    addScaled(coefficients, column * head.features, -1, loss);
  });
  return { ...head, coefficients };
}

/** What each output column's whitened coefficients lose without these rows, [columns][d]. */
function removal(ridge: WhitenedRidge, rows: readonly number[]): Float64Array[] {
  const { model, labels } = ridge;
  const { classes, features: d } = model.head;
  const roots = rows.map((i) => Math.sqrt(model.classWeights[labels[i]!]!));
  const group = selectRows(ridge.rows, rows);
  roots.forEach((root, at) => {
    const row = rowView(group, at);
    for (let j = 0; j < d; j++) row[j]! *= root;
  });
  const small = rows.length < d;
  const size = small ? rows.length : d;
  const factor = factorise(small ? identityMinus(rowProducts(group, group)) : gramBelowIdentity(group), size);
  return Array.from({ length: outputColumns(classes) }, (_, column) => {
    // Column 0 of two classes is that of class 1.
    const c = classes === 2 ? 1 : column;
    const residuals = Float64Array.from(rows, (i, at) => rowCredit(ridge, i, c, 1) / roots[at]!);
    if (small) solve(factor, residuals);
    const loss = new Float64Array(d);
    residuals.forEach((residual, at) => addScaled(loss, 0, residual, rowView(group, at)));
    if (!small) solve(factor, loss);
    return loss;
  });
}

function solve(factor: Float64Array, vector: Float64Array): void {
  forwardSolve(factor, vector);
  backwardSolve(factor, vector);
}

/** I − M, in place. */
function identityMinus({ rows, data }: Matrix): Float64Array {
  for (let at = 0; at < data.length; at++) data[at] = (at % (rows + 1) === 0 ? 1 : 0) - data[at]!;
  return data;
}

/** The lower triangle of I − YᵀY. */
function gramBelowIdentity(group: Matrix): Float64Array {
  return weightedGram(group, new Float64Array(group.rows).fill(-1), 1);
}

function queryClass({ features, labels }: LabelledRows, r: number, classes: number): number {
  if (labels.length !== features.rows) {
    throw new ScorerError("bad-length", `${labels.length} classes for ${features.rows} queries: give one for each`);
  }
  return assertInteger(labels[r]!, 0, classes - 1, `the class of query ${r}`);
}
