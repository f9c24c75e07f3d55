import {
  dataBanzhaf,
  dataShapley,
  DEFAULT_RIDGE_CONFIG,
  DEFAULT_TEXT_CONFIG,
  type Estimate,
  type LabelledRows,
  leaveOut,
  logLikelihoodValue,
  marginValue,
  mean,
  predict,
  Random,
  RidgeSubsets,
  ridgeUtility,
  standardDeviation,
  sumOverQueries,
  textFeatures,
  trainRidge,
  whitenRidge,
} from "../../scorer/index.ts";
import { loadContributors } from "../../scripts/demo/corpus.ts";
import { type Show, type Spread, spreads } from "./figures.ts";
import { likeness, walletScores } from "./walletRules.ts";

const RIDGE = DEFAULT_RIDGE_CONFIG;
const CLASSES = 2;
const FULL = { wallets: Infinity, features: 256, subsets: 2000, pairs: 20 };
const QUICK = { wallets: 20, features: 64, subsets: 100, pairs: 3 };

/** A sure answer's outputs are 1 apart; times this, a softmax takes it for 98 %. */
const LOGIT_SCALE = 4;

/** Correlations of a rule's wallet weights with a ground truth: of their sums over queries, and of these floored at 0, as they are paid. */
export type Correlations = Record<"pearson" | "spearman" | "paidPearson" | "paidSpearman", Spread>;

export interface MailReport {
  readonly wallets: number;
  readonly rows: number;
  readonly queries: number;
  readonly features: number;
  /** Subsets of the Banzhaf values, and pairs of permutations of the Shapley values */
  readonly subsets: number;
  readonly pairs: number;
  readonly accuracy: Spread;
  /** Part of the variance among wallets that isn't sampling noise: no rule can correlate better than its square root */
  readonly reliability: Record<"banzhaf" | "shapley", Spread>;
  /** By rule, then by ground truth */
  readonly correlations: Record<string, Record<string, Correlations>>;
}

/**
 * Real mails, each sender's domain a wallet: what rules give wallets for half of the held-out mails, against what the
 * answers lose without the wallet, and Banzhaf and Shapley values. A seed draws the half, the subsets and the
 * permutations.
 */
export function measureMail(seeds: readonly number[], quick: boolean, show: Show): MailReport {
  const size = quick ? QUICK : FULL;
  const contributors = loadContributors().slice(0, size.wallets);
  const featurize = (mails: readonly { label: number; subject: string; body: string }[]): LabelledRows => ({
    features: textFeatures(mails, { ...DEFAULT_TEXT_CONFIG, features: size.features }),
    labels: mails.map(({ label }) => label),
  });
  const train = featurize(contributors.flatMap(({ rows }) => rows));
  const grouping = {
    groupOf: contributors.flatMap(({ rows }, wallet) => rows.map(() => wallet)),
    groups: contributors.length,
  };
  const heldOut = contributors.flatMap((contributor) => contributor.heldOut);
  const model = trainRidge(train.features, train.labels, CLASSES, RIDGE);
  const ridge = whitenRidge(model, train);
  const subsets = new RidgeSubsets(model, RIDGE, train, grouping);
  const asked = Math.floor(heldOut.length / 2);

  const runs = seeds.map((seed, at) => {
    const step = (what: string): void => show(`wallets of the mail corpus: ${what}`, at, seeds.length);
    const random = new Random(seed);
    const drawn = featurize(Array.from(random.sample(heldOut.length, asked), (i) => heldOut[i]!));
    const answers = Array.from({ length: asked }, (_, r) => {
      const x = drawn.features.data.subarray(r * size.features, (r + 1) * size.features);
      return predict(model.head, x).label;
    });
    const queries: LabelledRows = { features: drawn.features, labels: answers };
    const margin = ridgeUtility(subsets, queries, marginValue);
    step("leaving each out");
    const truths: Record<string, Float64Array> = {
      "leave-out": leaveOut(margin, grouping.groups),
      "leave-out-log-loss": leaveOut(ridgeUtility(subsets, queries, logLikelihoodValue(LOGIT_SCALE)), grouping.groups),
    };
    step("Banzhaf values");
    const banzhaf = dataBanzhaf(margin, grouping.groups, size.subsets, random);
    step("Shapley values");
    const shapley = dataShapley(margin, grouping.groups, size.pairs, random);
    truths["banzhaf"] = banzhaf.values;
    truths["shapley"] = shapley.values;

    const figures: Record<string, number> = {
      accuracy: mean(answers.map((answer, r) => (answer === drawn.labels[r] ? 1 : 0))),
      "reliability/banzhaf": reliability(banzhaf),
      "reliability/shapley": reliability(shapley),
    };
    for (const [rule, scores] of Object.entries(walletScores(ridge, train, queries, grouping))) {
      const sums = sumOverQueries(scores);
      const paid = sums.map((sum) => Math.max(0, sum));
      for (const [truth, values] of Object.entries(truths)) {
        const [raw, floored] = [likeness(sums, values), likeness(paid, values)];
        figures[`${rule}/${truth}/pearson`] = raw.pearson;
        figures[`${rule}/${truth}/spearman`] = raw.spearman;
        figures[`${rule}/${truth}/paidPearson`] = floored.pearson;
        figures[`${rule}/${truth}/paidSpearman`] = floored.spearman;
      }
    }
    return figures;
  });
  show("wallets of the mail corpus", seeds.length, seeds.length);

  const { accuracy, "reliability/banzhaf": ofBanzhaf, "reliability/shapley": ofShapley, ...others } = spreads(runs);
  const correlations: Record<string, Record<string, Correlations>> = {};
  for (const [key, spread] of Object.entries(others)) {
    const [rule, truth, figure] = key.split("/") as [string, string, keyof Correlations];
    const ofRule = (correlations[rule] ??= {});
    ofRule[truth] = { ...ofRule[truth]!, [figure]: spread };
  }
  return {
    wallets: grouping.groups,
    rows: train.features.rows,
    queries: asked,
    features: size.features,
    subsets: size.subsets,
    pairs: size.pairs,
    accuracy: accuracy!,
    reliability: { banzhaf: ofBanzhaf!, shapley: ofShapley! },
    correlations,
  };
}

function reliability({ values, standardErrors }: Estimate): number {
  const deviation = standardDeviation(values);
  return 1 - mean(standardErrors.map((error) => error * error)) / (deviation * deviation);
}
