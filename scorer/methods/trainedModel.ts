import { balancedRowWeights } from "../heads/classes.ts";
import {
  encodeHead,
  encodeWhitening,
  headOutputs,
  outputColumns,
  type RidgeHead,
  type RidgeModel,
} from "../heads/ridge.ts";
import { encodeSoftmaxHead, fitSoftmax, type SoftmaxHead, type SoftmaxModel } from "../heads/softmax.ts";
import { rowProducts } from "../numeric/dense.ts";
import { type Matrix, matrix, rowView } from "../numeric/linalg.ts";
import { ridgeCredits, ridgeTargets, type TrainingRows } from "./halfCredited.ts";
import { softmaxCredits, softmaxTargets } from "./halfCreditedSoftmax.ts";
import { contributionSums, paddedLanes, vectorScores, wholeVectors } from "./halfWhitened.ts";
import type { KroneckerWhitening } from "./kfac.ts";
import { encodeKroneckerWhitening } from "./kroneckerFile.ts";
import type { Embedding, LabelledRows } from "./method.ts";
import { headWithout } from "./ridgeRemoval.ts";
import { whitenRidge } from "./ridgeScores.ts";
import type { HeadName } from "./rules.ts";

/**
 * The centred outputs of each class: of ridge heads f(x), of softmax heads W x less its mean over the classes.
 *
 * @param features - x, float64, row-major [n × d]
 * @returns float64, row-major [n × C]
 */
export type Outputs = (features: Matrix) => Matrix;

/** A model that answers and says what it was asked, whatever its head: all that a gateway needs. */
export interface AnsweringModel {
  readonly head: HeadName;
  /** C */
  readonly classes: number;
  /** d */
  readonly features: number;
  /** k of a query vector */
  readonly lanes: number;
  /** L of the features' whitening W = L⁻¹, float64, row-major [d × d] */
  readonly factor: Float64Array;
  readonly outputs: Outputs;
  /**
   * The other side of a query vector, whitened: ψ = W x ⊗ target.
   *
   * @param answered - the class of each query
   * @returns float64, row-major [queries × columns]
   */
  readonly targets: (answered: ArrayLike<number>) => Matrix;
  /** The files that its digests are of: what is registered, and what is committed as the query basis */
  readonly files: { readonly head: Uint8Array; readonly whitening: Uint8Array };
}

/** With what attribution needs of the training. */
export interface TrainedModel extends AnsweringModel {
  /**
   * The other side of a row's vector, whitened: φ = W x ⊗ credit.
   *
   * @param rows - that it was trained on
   * @param alpha - α of the rule
   * @returns float64, row-major [n × columns]
   */
  readonly credits: (rows: LabelledRows, alpha: number) => Matrix;
  /**
   * The outputs after training without some of the rows, class-balance weights staying as they are.
   *
   * @param rows - that it was trained on
   * @param left - places of those that are left out
   */
  readonly without: (rows: LabelledRows, left: readonly number[]) => Outputs;
}

/** What a ridge head and its whitening answer. */
export function answeringRidge({ head, whitening }: Pick<RidgeModel, "head" | "whitening">): AnsweringModel {
  const { classes, features } = head;
  return {
    head: "ridge",
    classes,
    features,
    lanes: paddedLanes(features, outputColumns(classes)),
    factor: whitening.factor,
    outputs: ridgeOutputs(head),
    targets: (answered) => ridgeTargets(classes, answered),
    files: { head: encodeHead(head), whitening: encodeWhitening(whitening) },
  };
}

/** A trained ridge head. Training without rows is exact, `headWithout`. */
export function trainedRidge(model: RidgeModel): TrainedModel {
  return {
    ...answeringRidge(model),
    credits: (rows, alpha) => ridgeCredits(model, rows, alpha),
    without: (rows, left) => ridgeOutputs(headWithout(whitenRidge(model, rows), left)),
  };
}

/** What a softmax head and its whitening answer. */
export function answeringSoftmax(head: SoftmaxHead, whitening: KroneckerWhitening): AnsweringModel {
  const { classes, features } = head;
  return {
    head: "softmax",
    classes,
    features,
    lanes: paddedLanes(features, classes - 1),
    factor: whitening.activations,
    outputs: softmaxOutputs(head),
    targets: (answered) => softmaxTargets(classes, whitening, answered),
    files: { head: encodeSoftmaxHead(head), whitening: encodeKroneckerWhitening(whitening) },
  };
}

/**
 * A trained softmax head. Training without rows begins at the head, and takes a few steps.
 *
 * @param lambda - λ that it was trained with
 */
export function trainedSoftmax(model: SoftmaxModel, whitening: KroneckerWhitening, lambda: number): TrainedModel {
  const { head, classWeights } = model;
  return {
    ...answeringSoftmax(head, whitening),
    credits: (rows, alpha) => softmaxCredits(model, whitening, rows, alpha),
    without: ({ features, labels }, left) => {
      const weights = balancedRowWeights(labels, classWeights);
      for (const row of left) weights[row] = 0;
      return softmaxOutputs(fitSoftmax(features, labels, head.classes, weights, lambda, head));
    },
  };
}

function ridgeOutputs(head: RidgeHead): Outputs {
  const { classes } = head;
  return (features) => {
    const data = new Float64Array(features.rows * classes);
    const outputs = new Float64Array(outputColumns(classes));
    for (let i = 0; i < features.rows; i++) {
      headOutputs(head, rowView(features, i), outputs);
      data.set(classes === 2 ? [-outputs[0]!, outputs[0]!] : outputs, i * classes);
    }
    return matrix(features.rows, classes, data);
  };
}

function softmaxOutputs({ classes, features: d, coefficients }: SoftmaxHead): Outputs {
  return (features) => {
    const outputs = rowProducts(features, { rows: classes, columns: d, data: coefficients });
    for (let i = 0; i < outputs.rows; i++) {
      const row = rowView(outputs, i);
      const mean = row.reduce((sum, output) => sum + output, 0) / classes;
      for (let c = 0; c < classes; c++) row[c]! -= mean;
    }
    return outputs;
  };
}

/** The class of the largest output of each row, of equals the lowest: int32 [n]. */
export function largestOutputs({ rows, columns, data }: Matrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    let largest = 0;
    for (let c = 1; c < columns; c++) if (data[i * columns + c]! > data[i * columns + largest]!) largest = c;
    return largest;
  });
}

/**
 * ψ of queries: what answers ask of the rows.
 *
 * @param queries - with the classes that the model answered
 * @returns float64, row-major [queries × k]
 * @throws ScorerError `out-of-range` for a class
 */
export function queryVectors({ factor, targets }: AnsweringModel, { features, labels }: LabelledRows): Matrix {
  return wholeVectors({ activations: features, gradients: targets(labels), factor });
}

/**
 * φ of every contribution, the sum over its rows.
 *
 * @param rows - that the model was trained on
 * @param alpha - α of the rule
 * @returns float64, row-major [contributions × k]
 * @throws ScorerError `bad-length`, `out-of-range` for a label, a contribution or α
 */
export function contributionVectors({ factor, credits }: TrainedModel, rows: TrainingRows, alpha: number): Matrix {
  return contributionSums({ activations: rows.features, gradients: credits(rows, alpha), factor }, rows);
}

/**
 * The score of every single row against a query vector. Those of a contribution's rows add up to its own.
 *
 * @param psi - ψ, float64 [k]
 * @returns float64 [n]
 * @throws ScorerError `bad-length`, `out-of-range` for a label or α
 */
export function rowScores(
  { factor, credits }: TrainedModel,
  rows: LabelledRows,
  alpha: number,
  psi: Float64Array,
): Float64Array {
  return vectorScores({ activations: rows.features, gradients: credits(rows, alpha), factor }, psi);
}

/**
 * Row and query vectors of a trained model.
 *
 * @param train - the rows that it was trained on
 * @throws ScorerError `bad-length`, `out-of-range` for a class or α
 */
export function embed(model: TrainedModel, train: LabelledRows, queries: LabelledRows, alpha: number): Embedding {
  const gradients = model.credits(train, alpha);
  return {
    rows: wholeVectors({ activations: train.features, gradients, factor: model.factor }),
    queries: queryVectors(model, queries),
  };
}
