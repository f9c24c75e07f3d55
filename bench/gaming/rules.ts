import {
  type AttributionTask,
  halfCreditedQueries,
  halfCreditedRows,
  halfCreditedScores,
  kfacInfluence,
  knnShapley,
  kroneckerFactors,
  type Matrix,
  contrastBasis,
  gradientDot,
  positivePart,
  softmaxCurvature,
  softmaxFactors,
  softmaxProbabilities,
  softmaxWhitening,
  sumByGroup,
  sumOverQueries,
  trainSoftmax,
  whitenedProducts,
  whitenRidge,
} from "../../scorer/index.ts";
import { byWallet, labelledRows } from "./market.ts";
import { answers, halfCreditedRule, type LinearRule, paidQueries, type Trained, walletShares } from "./money.ts";
import type { Setting } from "./settings.ts";

/** Rules that are inner products of the ridge head: they are paid by index, interval query and integers. */
export const INNER_PRODUCTS: Readonly<Record<string, LinearRule>> = {
  "half-credited": halfCreditedRule(0.5),
  influence: halfCreditedRule(1),
  hat: halfCreditedRule(0),
};

/**
 * What every rule pays the wallets of a setting for its paid queries, [wallets] each, up to a factor: each contribution's
 * sum over all queries, floored at 0. `positive-influence` floors each contribution's influence on each query instead.
 */
export function walletPay(trained: Trained, setting: Setting): Record<string, Float64Array> {
  const { features } = labelledRows(setting.paid);
  const queries = { features, labels: answers(trained, features) };
  const { market, rows: train, model } = trained;
  const pay = linearPay(trained, setting, INNER_PRODUCTS);
  const grouping = { groupOf: train.contributionOf, groups: train.contributions };
  const paidFor = (scores: Matrix): Float64Array =>
    byWallet(
      market,
      sumOverQueries(sumByGroup(scores, grouping)).map((sum) => Math.max(0, sum)),
    );
  const task: AttributionTask = { train, queries, classes: market.classes };
  for (const [rule, scores] of Object.entries(softmaxScores(task, market.lambda))) pay[rule] = paidFor(scores);
  pay["knn-shapley"] = paidFor(knnShapley()(task));
  pay["row-count"] = byWallet(
    market,
    market.contributions.map(({ rows }) => rows.length),
  );
  const ridge = whitenRidge(model, train);
  const influence = halfCreditedScores(ridge, whitenedProducts(ridge, queries.features), queries.labels, 1);
  pay["positive-influence"] = byWallet(market, sumOverQueries(positivePart(sumByGroup(influence, grouping))));
  return pay;
}

/** The same for rules that are inner products. */
export function linearPay(
  trained: Trained,
  { paid }: Setting,
  rules: Readonly<Record<string, LinearRule>>,
): Record<string, Float64Array> {
  const { features } = labelledRows(paid);
  return Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => {
      const sides = rule(trained);
      return [name, walletShares(trained, sides, paidQueries(trained, sides, features))];
    }),
  );
}

/** K-FAC influence of a softmax head, and half-credited attribution on it: both answer the ridge head's answers. */
function softmaxScores({ train, queries, classes }: AttributionTask, lambda: number): Record<string, Matrix> {
  const model = trainSoftmax(train.features, train.labels, classes, {
    kind: "class-balanced-softmax",
    version: 1,
    lambda,
  });
  const weights = Float64Array.from(train.labels, (label) => model.classWeights[label]!);
  const curvature = softmaxCurvature(softmaxProbabilities(model.head, train.features), contrastBasis(classes), weights);
  const rows = softmaxFactors(model.head, train);
  const asked = softmaxFactors(model.head, queries);
  const whitening = softmaxWhitening(model, train, lambda);
  return {
    "k-fac": kfacInfluence(rows, asked, kroneckerFactors(rows, curvature, weights), lambda / train.features.rows),
    "half-credited softmax": gradientDot(
      halfCreditedRows(model, whitening, train),
      halfCreditedQueries(classes, whitening, queries),
    ),
  };
}
