import {
  DEFAULT_RIDGE_CONFIG,
  type Grouping,
  type LabelledRows,
  leaveGroupOutScores,
  type Matrix,
  marginValue,
  mean,
  meanAnswerValue,
  predict,
  Random,
  RidgeSubsets,
  sumOverQueries,
  trainRidge,
  whitenRidge,
} from "../../scorer/index.ts";
import { type Show, type Spread, spreads } from "./figures.ts";
import { MNIST_CLASSES, mnistSample, withConstant } from "./mnist.ts";
import { likeness, walletScores } from "./walletRules.ts";

const RIDGE = { ...DEFAULT_RIDGE_CONFIG, lambda: 1000 };
const FULL = { rows: 5000, wallets: 50, queries: 200 };
const QUICK = { rows: 300, wallets: 6, queries: 20 };

/** How much more of its favourite digit a wallet has than of another, and of how many wallets one has bad labels. */
const FAVOUR = 10;
const BAD_WALLETS = 5;

/** Of one rule: correlations over the wallets for each query, averaged, and of the sums over all queries. */
export type DigitCorrelations = Record<"queryPearson" | "querySpearman" | "sumPearson" | "sumSpearman", Spread>;

export interface DigitReport {
  readonly rows: number;
  readonly wallets: number;
  readonly queries: number;
  readonly accuracy: Spread;
  /** Largest difference between a margin's change in closed form and by training again, over the largest change */
  readonly closedFormError: Spread;
  /** By rule; `removal` is the closed form */
  readonly correlations: Record<string, DigitCorrelations>;
}

/**
 * A convex head on MNIST, its rows spread over wallets that differ: each has a size and a favourite digit of its own, and
 * in every fifth half of the labels are drawn anew. What rules give wallets, against heads that are trained again without
 * each wallet. A seed draws rows, wallets and queries.
 */
export function measureDigits(seeds: readonly number[], quick: boolean, show: Show): DigitReport {
  const size = quick ? QUICK : FULL;
  const runs = seeds.map((seed, at) => {
    show("wallets of handwritten digits", at, seeds.length);
    return runOf(seed, size);
  });
  show("wallets of handwritten digits", seeds.length, seeds.length);
  const { accuracy, closedFormError, ...others } = spreads(runs);
  const correlations: Record<string, DigitCorrelations> = {};
  for (const [key, spread] of Object.entries(others)) {
    const [rule, figure] = key.split("/") as [string, keyof DigitCorrelations];
    correlations[rule] = { ...correlations[rule]!, [figure]: spread };
  }
  return { ...size, accuracy: accuracy!, closedFormError: closedFormError!, correlations };
}

function runOf(seed: number, size: typeof FULL): Record<string, number> {
  const random = new Random(seed);
  const sample = mnistSample(size.rows, size.queries, random);
  const { labels, grouping } = dealRows(sample.train.labels, size.wallets, random);
  const train: LabelledRows = { features: withConstant(sample.train.features), labels };
  const model = trainRidge(train.features, labels, MNIST_CLASSES, RIDGE);
  const asked = withConstant(sample.test.features);
  const query = (r: number): Float64Array => asked.data.subarray(r * asked.columns, (r + 1) * asked.columns);
  const answers = Array.from({ length: size.queries }, (_, r) => predict(model.head, query(r)).label);
  const queries: LabelledRows = { features: asked, labels: answers };

  const truth = refitLosses(new RidgeSubsets(model, RIDGE, train, grouping), queries);
  const ridge = whitenRidge(model, train);
  const removal = leaveGroupOutScores(ridge, grouping, queries);
  const largest = truth.data.reduce((most, loss) => Math.max(most, Math.abs(loss)), 0);
  const error = removal.data.reduce((most, loss, at) => Math.max(most, Math.abs(loss - truth.data[at]!)), 0);

  const figures: Record<string, number> = {
    accuracy: mean(answers.map((answer, r) => (answer === sample.test.labels[r] ? 1 : 0))),
    closedFormError: error / largest,
  };
  for (const [rule, scores] of Object.entries({ removal, ...walletScores(ridge, train, queries, grouping) })) {
    const perQuery = answers
      .map((_, r) => [rowOf(scores, r), rowOf(truth, r)] as const)
      // A rule may give nobody anything for a query, or everybody the same: that is no correlation.
      .map(([given, lost]) => (given.every((score) => score === given[0]) ? undefined : likeness(given, lost)));
    figures[`${rule}/queryPearson`] = mean(perQuery.map((query) => query?.pearson ?? 0));
    figures[`${rule}/querySpearman`] = mean(perQuery.map((query) => query?.spearman ?? 0));
    const sums = likeness(sumOverQueries(scores), sumOverQueries(truth));
    figures[`${rule}/sumPearson`] = sums.pearson;
    figures[`${rule}/sumSpearman`] = sums.spearman;
  }
  return figures;
}

const rowOf = ({ columns, data }: Matrix, r: number): Float64Array => data.subarray(r * columns, (r + 1) * columns);

/** What each query's margin loses when the head is trained without a wallet, [queries × wallets]. */
function refitLosses(subsets: RidgeSubsets, queries: LabelledRows): Matrix {
  const { features, labels } = queries;
  const single = Array.from({ length: features.rows }, (_, r) => ({
    features: { rows: 1, columns: features.columns, data: rowOf(features, r) },
    labels: [labels[r]!],
  }));
  const margins = (included: Uint8Array): number[] => {
    const head = subsets.head(included);
    return single.map((query) => meanAnswerValue(head, query, marginValue));
  };
  const included = new Uint8Array(subsets.groups).fill(1);
  const full = margins(included);
  const data = new Float64Array(features.rows * subsets.groups);
  for (let wallet = 0; wallet < subsets.groups; wallet++) {
    included[wallet] = 0;
    margins(included).forEach((margin, r) => (data[r * subsets.groups + wallet] = full[r]! - margin));
    included[wallet] = 1;
  }
  return { rows: features.rows, columns: subsets.groups, data };
}

/** Deals rows to wallets in proportion to the wallet's size, and more of its favourite digit; every fifth has bad labels. */
function dealRows(
  labels: ArrayLike<number>,
  wallets: number,
  random: Random,
): { labels: Int32Array; grouping: Grouping } {
  const sizes = Float64Array.from({ length: wallets }, () => 0.2 + random.uniform());
  const favourites = Int32Array.from({ length: wallets }, () => random.below(MNIST_CLASSES));
  const groupOf = Int32Array.from(labels, (label) => {
    const chances = sizes.map((size, wallet) => size * (favourites[wallet] === label ? FAVOUR : 1));
    let left = random.uniform() * chances.reduce((sum, chance) => sum + chance, 0);
    const chosen = chances.findIndex((chance) => (left -= chance) < 0);
    return chosen < 0 ? wallets - 1 : chosen;
  });
  const dealt = Int32Array.from(labels, (label, i) =>
    groupOf[i]! % BAD_WALLETS === 0 && random.coin() ? random.below(MNIST_CLASSES) : label,
  );
  return { labels: dealt, grouping: { groupOf, groups: wallets } };
}
