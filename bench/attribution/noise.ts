import {
  type AttributionMethod,
  type AttributionTask,
  DEFAULT_RIDGE_CONFIG,
  DEFAULT_SOFTMAX_CONFIG,
  gradientDot,
  gradientNorms,
  halfCreditedScores,
  halfCreditedSelfScores,
  knnShapley,
  type LabelledRows,
  leaveOneOutScores,
  predict,
  Random,
  randomScores,
  rocAuc,
  softmaxFactors,
  sumOverQueries,
  trainRidge,
  trainSoftmax,
  whitenedProducts,
  whitenRidge,
} from "../../scorer/index.ts";
import { type Show, type Spread, spreads } from "./figures.ts";
import { MNIST_CLASSES, mnistSample, withConstant } from "./mnist.ts";

/** Pixels are on unit scale: test accuracy rises with λ up to about here, with 600 rows and with 5,000. */
const RIDGE = { ...DEFAULT_RIDGE_CONFIG, lambda: 1000 };
/** The same λ, for gradients of a head that has not learnt the flipped labels by heart. */
const SOFTMAX = { ...DEFAULT_SOFTMAX_CONFIG, lambda: 1000 };
const FLIPPED_PART = 0.1;
const FULL = { rows: 5000, queries: 500 };
const QUICK = { rows: 600, queries: 100 };

/**
 * How well a method finds the rows whose labels were flipped, as the area under the ROC curve. What a row scores:
 * - `self`: for itself, as a query of its own class; flipped rows should score high;
 * - `labelled`: summed over test rows with their true labels; flipped rows should score low;
 * - `answered`: summed over the same rows with the classes that the head answers, as paid queries have them.
 */
export type NoiseFigures = Record<string, Partial<Record<"self" | "labelled" | "answered", Spread>>>;

export interface NoiseReport {
  readonly rows: number;
  readonly queries: number;
  readonly flippedPart: number;
  /** Part of the test rows that the head answers right, trained on the flipped labels */
  readonly accuracy: Spread;
  readonly auc: NoiseFigures;
}

/** Methods that only know a task; the ridge head's own share one training below. */
export const NOISE_METHODS: Readonly<Record<string, (seed: number) => AttributionMethod>> = {
  "knn-shapley": () => knnShapley(),
  random: (seed) => randomScores(seed),
};

const ALPHAS = { hat: 0, "half-credited": 0.5, influence: 1 };

/**
 * Finds mislabelled rows of MNIST: a tenth of the training labels is flipped to another class, a ridge head on the pixels
 * and a constant is trained on them, and every method ranks the rows; gradients are those of a softmax head.
 *
 * @param seeds - one run each: draws the rows and flips their labels
 * @param quick - few rows, to see that it runs
 */
export function measureNoise(seeds: readonly number[], quick: boolean, show: Show): NoiseReport {
  const size = quick ? QUICK : FULL;
  const runs = seeds.map((seed, at) => {
    show("finding flipped labels of MNIST", at, seeds.length);
    return runOf(seed, size.rows, size.queries);
  });
  show("finding flipped labels of MNIST", seeds.length, seeds.length);
  const { accuracy, ...aucs } = spreads(runs);
  const auc: NoiseFigures = {};
  for (const [key, spread] of Object.entries(aucs)) {
    const [method, view] = key.split("/") as [string, "self" | "labelled" | "answered"];
    auc[method] = { ...auc[method], [view]: spread };
  }
  return { ...size, flippedPart: FLIPPED_PART, accuracy: accuracy!, auc };
}

/** `accuracy`, and an AUC for each `method/view`. */
function runOf(seed: number, n: number, m: number): Record<string, number> {
  const random = new Random(seed);
  const sample = mnistSample(n, m, random);
  const { labels, flipped } = flipLabels(sample.train.labels, random);
  const train: LabelledRows = { features: withConstant(sample.train.features), labels };
  const features = withConstant(sample.test.features);
  const model = trainRidge(train.features, labels, MNIST_CLASSES, RIDGE);
  const d = features.columns;
  const answers = Int32Array.from(
    { length: m },
    (_, r) => predict(model.head, features.data.subarray(r * d, (r + 1) * d)).label,
  );
  const views = { labelled: sample.test.labels, answered: answers };

  const figures: Record<string, number> = {
    accuracy: answers.filter((answer, r) => answer === sample.test.labels[r]).length / m,
  };
  const record = (method: string, view: string, suspicion: Float64Array): void => {
    figures[`${method}/${view}`] = rocAuc(suspicion, flipped);
  };
  const lowIsSuspect = (scores: Float64Array): Float64Array => scores.map((score) => -score);

  const ridge = whitenRidge(model, train);
  const products = whitenedProducts(ridge, features);
  for (const [name, alpha] of Object.entries(ALPHAS)) record(name, "self", halfCreditedSelfScores(ridge, alpha));
  const { head } = trainSoftmax(train.features, labels, MNIST_CLASSES, SOFTMAX);
  const gradients = softmaxFactors(head, train);
  record("gradient-dot", "self", gradientNorms(gradients));
  for (const [view, classes] of Object.entries(views)) {
    const asked = softmaxFactors(head, { features, labels: classes });
    record("gradient-dot", view, lowIsSuspect(sumOverQueries(gradientDot(gradients, asked))));
    for (const [name, alpha] of Object.entries(ALPHAS)) {
      record(name, view, lowIsSuspect(sumOverQueries(halfCreditedScores(ridge, products, classes, alpha))));
    }
    record("leave-one-out", view, lowIsSuspect(sumOverQueries(leaveOneOutScores(ridge, products, classes))));
    const task: AttributionTask = { train, queries: { features, labels: classes }, classes: MNIST_CLASSES };
    for (const [name, method] of Object.entries(NOISE_METHODS)) {
      record(name, view, lowIsSuspect(sumOverQueries(method(seed)(task))));
    }
  }
  return figures;
}

/** Every label of a random tenth becomes another class, each as likely as the others. */
function flipLabels(labels: ArrayLike<number>, random: Random): { labels: Int32Array; flipped: Uint8Array } {
  const changed = Int32Array.from(labels);
  const flipped = new Uint8Array(labels.length);
  for (const i of random.sample(labels.length, Math.round(FLIPPED_PART * labels.length))) {
    changed[i] = (changed[i]! + 1 + random.below(MNIST_CLASSES - 1)) % MNIST_CLASSES;
    flipped[i] = 1;
  }
  return { labels: changed, flipped };
}
