import { balancedRowWeights } from "../heads/classes.ts";
import {
  DEFAULT_SOFTMAX_CONFIG,
  fitSoftmax,
  type SoftmaxConfig,
  type SoftmaxHead,
  type SoftmaxModel,
  softmaxProbabilities,
  trainSoftmax,
} from "../heads/softmax.ts";
import { contrastBasis } from "../numeric/contrasts.ts";
import { rowProducts } from "../numeric/dense.ts";
import { log } from "../numeric/elementary.ts";
import type { Matrix } from "../numeric/linalg.ts";
import type { Random } from "../numeric/random.ts";
import { dataInf } from "./dataInf.ts";
import { gradientCosine, gradientDot } from "./gradients.ts";
import type { Grouping } from "./groups.ts";
import { halfCreditedQueries, halfCreditedRows, SOFTMAX_ALPHA, softmaxWhitening } from "./halfCreditedSoftmax.ts";
import { dampedInverse, eigenInfluence, kfacInfluence, kroneckerFactors, softmaxCurvature } from "./kfac.ts";
import { lograEmbedding } from "./logra.ts";
import type { AttributionMethod, AttributionTask, GradientFactors, LabelledRows } from "./method.ts";
import { softmaxFactors } from "./softmaxFactors.ts";
import { softmaxInfluence } from "./softmaxInfluence.ts";
import { trak } from "./trak.ts";
import type { Utility } from "./utility.ts";

/** A softmax head that was trained on a task, and the gradients that methods work on. */
interface TrainedTask {
  readonly task: AttributionTask;
  readonly model: SoftmaxModel;
  readonly rows: GradientFactors;
  readonly queries: GradientFactors;
  /** w of each row, float64 [n] */
  readonly weights: Float64Array;
  /** λ over the number of rows: what the head's own minimum damps the mean curvature by */
  readonly damping: number;
}

/** Trains a softmax head on a task, and scores it. */
function onSoftmax(config: SoftmaxConfig, score: (trained: TrainedTask) => Matrix): AttributionMethod {
  return (task) => {
    const { train, queries, classes } = task;
    const model = trainSoftmax(train.features, train.labels, classes, config);
    return score({
      task,
      model,
      rows: softmaxFactors(model.head, train),
      queries: softmaxFactors(model.head, queries),
      weights: balancedRowWeights(train.labels, model.classWeights),
      damping: config.lambda / train.features.rows,
    });
  };
}

/** A row of weight w has w times the gradient. */
function weighted(scores: Matrix, weights: Float64Array): Matrix {
  return { ...scores, data: scores.data.map((score, at) => score * weights[at % weights.length]!) };
}

/** What methods on softmax heads can be told. */
export interface SoftmaxMethodOptions {
  readonly config?: SoftmaxConfig;
}

/** Influence with the exact Hessian, `softmaxInfluence`. */
export function exactInfluence({ config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {}): AttributionMethod {
  return onSoftmax(config, ({ task, model, weights, damping }) =>
    weighted(softmaxInfluence(model.head, task.train, task.queries, damping, task.train.features, weights), weights),
  );
}

/** K-FAC influence, `kfacInfluence`. */
export function kfac({ config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {}): AttributionMethod {
  return onSoftmax(config, (trained) =>
    weighted(kfacInfluence(trained.rows, trained.queries, curvature(trained), trained.damping), trained.weights),
  );
}

/** EK-FAC influence, `eigenInfluence`. */
export function ekfac({ config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {}): AttributionMethod {
  return onSoftmax(config, (trained) =>
    weighted(
      eigenInfluence(trained.rows, trained.queries, curvature(trained), dampedInverse(trained.damping)),
      trained.weights,
    ),
  );
}

/** LoGra influence, `lograEmbedding`, with at most so many lanes on each side. */
export function logra(
  lanes: readonly [number, number],
  { config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {},
): AttributionMethod {
  return onSoftmax(config, (trained) => {
    const factors = curvature(trained);
    const taken = [Math.min(lanes[0], factors.sides[0]), Math.min(lanes[1], factors.sides[1])] as const;
    const { rows, queries } = lograEmbedding(trained.rows, trained.queries, taken, trained.damping, factors);
    return weighted(rowProducts(queries, rows), trained.weights);
  });
}

/** Half-credited attribution on softmax heads, `halfCreditedRows`. */
export function halfCreditedSoftmax(
  alpha: number = SOFTMAX_ALPHA,
  { config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {},
): AttributionMethod {
  return onSoftmax(config, ({ task, model }) => {
    const whitening = softmaxWhitening(model, task.train, config.lambda);
    return gradientDot(
      halfCreditedRows(model, whitening, task.train, alpha),
      halfCreditedQueries(task.classes, whitening, task.queries),
    );
  });
}

/** DataInf, `dataInf`. */
export function dataInfInfluence({ config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {}): AttributionMethod {
  return onSoftmax(config, ({ rows, queries }) => dataInf(rows, queries));
}

/** Gradient products, `gradientDot`. */
export function gradientDotScores({ config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {}): AttributionMethod {
  return onSoftmax(config, ({ rows, queries }) => gradientDot(rows, queries));
}

/** Gradient cosines, `gradientCosine`. */
export function gradientCosineScores({
  config = DEFAULT_SOFTMAX_CONFIG,
}: SoftmaxMethodOptions = {}): AttributionMethod {
  return onSoftmax(config, ({ rows, queries }) => gradientCosine(rows, queries));
}

/**
 * TRAK, `trak`, with models that are each trained on half of the rows.
 *
 * @param models - of the ensemble
 * @param lanes - of the projections
 */
export function trakEnsemble(
  models: number,
  lanes: number,
  random: Random,
  { config = DEFAULT_SOFTMAX_CONFIG }: SoftmaxMethodOptions = {},
): AttributionMethod {
  return (task) => {
    const { train, classes } = task;
    const n = train.features.rows;
    const heads = Array.from({ length: models }, (): SoftmaxHead => {
      const kept = new Float64Array(n);
      for (const row of random.sample(n, Math.ceil(n / 2))) kept[row] = 1;
      return fitSoftmax(train.features, train.labels, classes, kept, config.lambda);
    });
    return trak(heads, task, lanes, random);
  };
}

/**
 * The mean log-likelihood of the classes that were answered, by a softmax head that is fitted again to the groups that are
 * in: ground truth for audits (leaving out, Banzhaf and Shapley values).
 *
 * @param model - trained on all rows: its class weights are kept, and refits begin at it
 */
export function softmaxUtility(
  model: SoftmaxModel,
  train: LabelledRows,
  { groupOf }: Grouping,
  queries: LabelledRows,
  lambda: number,
): Utility {
  const { classes } = model.head;
  const all = balancedRowWeights(train.labels, model.classWeights);
  return (included) => {
    const weights = all.map((weight, row) => {
      const group = groupOf[row]!;
      return group < 0 || included[group] === 1 ? weight : 0;
    });
    const head = fitSoftmax(train.features, train.labels, classes, weights, lambda, model.head);
    const p = softmaxProbabilities(head, queries.features);
    let sum = 0;
    for (let q = 0; q < p.rows; q++) sum += log(p.data[q * classes + queries.labels[q]!]!);
    return sum / p.rows;
  };
}

function curvature({ task, model, rows, weights }: TrainedTask): ReturnType<typeof kroneckerFactors> {
  const p = softmaxProbabilities(model.head, task.train.features);
  return kroneckerFactors(rows, softmaxCurvature(p, contrastBasis(task.classes), weights), weights);
}
