import { ScorerError } from "../core/errors.ts";
import { centredTarget, outputColumns, type RidgeConfig, type RidgeHead, type RidgeModel } from "../heads/ridge.ts";
import { factorise } from "../numeric/dense.ts";
import { addScaled, backwardSolve, forwardSolve, rowView, selectRows, weightedGram } from "../numeric/linalg.ts";
import { type AnswerValue, marginValue, meanAnswerValue } from "./answerValue.ts";
import { type Grouping, rowsOfGroups } from "./groups.ts";
import type { LabelledRows } from "./method.ts";
import { assertFits } from "./ridgeScores.ts";
import type { Utility } from "./utility.ts";

/**
 * Ridge heads of any subset of groups, without going over the rows again: every group's part of the Gram matrix and of
 * the cross products is kept, a subset's are summed, and solved by Cholesky. Class-balance weights stay those of all
 * rows; rows of no group are in every subset.
 *
 * Keeps 8·groups·(d(d+1)/2 + d·columns) bytes.
 */
export class RidgeSubsets {
  readonly #classes: number;
  readonly #features: number;
  readonly #lambda: number;
  /** Of each group and, last, of the rows of none: lower triangle of Σ w x xᵀ row by row, then Σ w x (y − 1/C)ᵀ column by column. */
  readonly #sums: readonly Float64Array[];

  /**
   * @param model - trained on all rows, for its class weights
   * @param train - the rows that it was trained on
   * @throws ScorerError `bad-length`, `out-of-range`
   */
  constructor(model: RidgeModel, { lambda }: RidgeConfig, train: LabelledRows, grouping: Grouping) {
    const { classes, features: d } = model.head;
    assertFits(d, classes, train);
    this.#classes = classes;
    this.#features = d;
    this.#lambda = lambda;
    const members = rowsOfGroups(grouping, train.features.rows);
    const others = Array.from({ length: train.features.rows }, (_, i) => i).filter((i) => grouping.groupOf[i] === -1);
    this.#sums = [...members, others].map((rows) => sumsOf(model, train, rows));
  }

  /** Number of groups. */
  get groups(): number {
    return this.#sums.length - 1;
  }

  /**
   * The head of the groups that are in.
   *
   * @param included - uint8 [groups]
   * @throws ScorerError `bad-length`, `not-positive-definite`
   */
  head(included: Uint8Array): RidgeHead {
    if (included.length !== this.groups) {
      throw new ScorerError("bad-length", `${included.length} marks for ${this.groups} groups: give one for each`);
    }
    const d = this.#features;
    const total = Float64Array.from(this.#sums[this.groups]!);
    for (let group = 0; group < this.groups; group++) {
      if (included[group] !== 0) addScaled(total, 0, 1, this.#sums[group]!);
    }
    const gram = new Float64Array(d * d);
    let at = 0;
    for (let i = 0; i < d; at += ++i) {
      gram.set(total.subarray(at, at + i + 1), i * d);
      gram[i * d + i]! += this.#lambda;
    }
    const factor = factorise(gram, d);
    const coefficients = total.slice(at);
    for (let from = 0; from < coefficients.length; from += d) {
      const column = coefficients.subarray(from, from + d);
      forwardSolve(factor, column);
      backwardSolve(factor, column);
    }
    return { classes: this.#classes, features: d, coefficients };
  }
}

function sumsOf(model: RidgeModel, { features, labels }: LabelledRows, rows: readonly number[]): Float64Array {
  const { classes, features: d } = model.head;
  const columns = outputColumns(classes);
  const triangle = (d * (d + 1)) / 2;
  const sums = new Float64Array(triangle + columns * d);
  if (rows.length === 0) return sums;
  const weights = Float64Array.from(rows, (i) => model.classWeights[labels[i]!]!);
  const gram = weightedGram(selectRows(features, rows), weights, 0);
  for (let i = 0, at = 0; i < d; at += ++i) sums.set(gram.subarray(i * d, i * d + i + 1), at);
  rows.forEach((i, at) => {
    for (let c = 0; c < columns; c++) {
      const target = weights[at]! * centredTarget(labels[i]!, c, classes);
      addScaled(sums, triangle + c * d, target, rowView(features, i));
    }
  });
  return sums;
}

/** The mean value of answers to paid queries, by the head of the groups that are in: what audits are measured by. */
export function ridgeUtility(subsets: RidgeSubsets, queries: LabelledRows, value: AnswerValue = marginValue): Utility {
  return (included) => meanAnswerValue(subsets.head(included), queries, value);
}
