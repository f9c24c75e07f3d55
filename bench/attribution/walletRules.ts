import {
  type AttributionMethod,
  type Grouping,
  halfCreditedScores,
  knnShapley,
  type LabelledRows,
  type Matrix,
  pearson,
  positivePart,
  rowCount,
  spearman,
  sumByGroup,
  type WhitenedRidge,
  whitenedProducts,
} from "../../scorer/index.ts";

/** How alike two ways to value wallets are. */
export interface Likeness {
  readonly pearson: number;
  readonly spearman: number;
}

export function likeness(a: ArrayLike<number>, b: ArrayLike<number>): Likeness {
  return { pearson: pearson(a, b), spearman: spearman(a, b) };
}

/** Rules that only know a task; those on the ridge head share one training. */
export const TASK_RULES: Readonly<Record<string, AttributionMethod>> = {
  "knn-shapley": knnShapley(),
  "row-count": rowCount,
};

const ALPHAS = { hat: 0, "half-credited": 0.5, influence: 1 };

/**
 * What every rule gives every wallet for every query, [queries × wallets]. `positive-influence` is influence that is
 * floored at 0 for each query and wallet.
 */
export function walletScores(
  ridge: WhitenedRidge,
  train: LabelledRows,
  queries: LabelledRows,
  grouping: Grouping,
): Record<string, Matrix> {
  const products = whitenedProducts(ridge, queries.features);
  const scores: Record<string, Matrix> = {};
  for (const [rule, alpha] of Object.entries(ALPHAS)) {
    scores[rule] = sumByGroup(halfCreditedScores(ridge, products, queries.labels, alpha), grouping);
  }
  scores["positive-influence"] = positivePart(scores["influence"]!);
  const task = { train, queries, classes: ridge.model.head.classes };
  for (const [rule, method] of Object.entries(TASK_RULES)) scores[rule] = sumByGroup(method(task), grouping);
  return scores;
}
