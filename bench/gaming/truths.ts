import {
  dataBanzhaf,
  dataShapley,
  type LabelledRows,
  leaveOut,
  type Matrix,
  Random,
  type RidgeHead,
  RidgeSubsets,
  rowProducts,
  type Utility,
} from "../../scorer/index.ts";
import { labelledRows } from "./market.ts";
import type { Trained } from "./money.ts";
import type { Setting } from "./settings.ts";

/** How often heads are trained again for one truth. */
export interface Effort {
  /** Subsets of the Banzhaf values */
  readonly subsets: number;
  /** Pairs of permutations of the Shapley values */
  readonly pairs: number;
}

export const FULL_EFFORT: Effort = { subsets: 3000, pairs: 20 };
export const QUICK_EFFORT: Effort = { subsets: 100, pairs: 2 };

/** What a wallet is worth, float64 [wallets], by the name of the truth. */
export type Truths = Readonly<Record<string, Float64Array>>;

/**
 * What the wallets of a setting are worth to held-out rows whose true labels no rule sees: the mean margin of the true
 * class, of heads that are trained again on some of the wallets. `banzhafAccuracy` counts right answers instead.
 */
export function truthsOf({ model, rows, market }: Trained, { heldOut }: Setting, effort: Effort, seed: number): Truths {
  const walletOf = market.contributions.flatMap((contribution) => contribution.rows.map(() => contribution.wallet));
  const grouping = { groupOf: walletOf, groups: market.wallets };
  const config = { kind: "class-balanced-ridge", version: 1, lambda: market.lambda } as const;
  const subsets = new RidgeSubsets(model, config, rows, grouping);
  const truth = labelledRows(heldOut);
  const margin = marginUtility(subsets, truth);
  const accuracy: Utility = (included) => rightAnswers(subsets.head(included), truth);
  return {
    leaveOut: leaveOut(margin, market.wallets),
    banzhaf: dataBanzhaf(margin, market.wallets, effort.subsets, new Random(seed)).values,
    shapley: dataShapley(margin, market.wallets, effort.pairs, new Random(seed)).values,
    banzhafAccuracy: dataBanzhaf(accuracy, market.wallets, effort.subsets, new Random(seed)).values,
  };
}

/** The mean margin of the true class: linear in the head, so that one inner product gives it. */
function marginUtility(subsets: RidgeSubsets, { features, labels }: LabelledRows): Utility {
  const d = features.columns;
  let asked: Float64Array | undefined;
  return (included) => {
    const { classes, coefficients } = subsets.head(included);
    asked ??= sumsByColumn(classes, coefficients.length / d, features, labels);
    let sum = 0;
    for (let at = 0; at < coefficients.length; at++) sum += coefficients[at]! * asked[at]!;
    return sum;
  };
}

/** The mean of x over the rows of each output column's class; of two classes with their sign, in the one column. */
function sumsByColumn(classes: number, columns: number, { rows, columns: d, data }: Matrix, labels: ArrayLike<number>) {
  const sums = new Float64Array(columns * d);
  for (let r = 0; r < rows; r++) {
    const [column, sign] = classes === 2 ? [0, labels[r] === 1 ? 1 : -1] : [labels[r]!, 1];
    for (let j = 0; j < d; j++) sums[column * d + j]! += (sign * data[r * d + j]!) / rows;
  }
  return sums;
}

/** The part of rows whose class the head answers. */
export function rightAnswers({ classes, features, coefficients }: RidgeHead, { features: x, labels }: LabelledRows) {
  const columns = coefficients.length / features;
  const outputs = rowProducts(x, { rows: columns, columns: features, data: coefficients }).data;
  let right = 0;
  for (let r = 0; r < x.rows; r++) {
    let answer = 0;
    if (classes === 2) answer = outputs[r]! > 0 ? 1 : 0;
    else for (let c = 1; c < classes; c++) if (outputs[r * columns + c]! > outputs[r * columns + answer]!) answer = c;
    if (answer === labels[r]) right++;
  }
  return right / x.rows;
}
