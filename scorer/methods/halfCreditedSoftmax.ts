import { ScorerError } from "../core/errors.ts";
import { balancedRowWeights } from "../heads/classes.ts";
import { softmaxProbabilities, type SoftmaxModel } from "../heads/softmax.ts";
import { contrastBasis, contrasts } from "../numeric/contrasts.ts";
import { scaleRows, solveRows } from "../numeric/dense.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { kroneckerFactors, type KroneckerWhitening, kroneckerWhitening, softmaxCurvature } from "./kfac.ts";
import type { GradientFactors, LabelledRows } from "./method.ts";
import { assertFits } from "./ridgeScores.ts";
import { assertAlpha } from "./rules.ts";

/** α for softmax heads: their p comes nearer to the label than a ridge head's output does. */
export const SOFTMAX_ALPHA = 0.8;

/**
 * The whitening of half-credited attribution for softmax heads: K-FAC on both sides, with λ over the number of rows as
 * damping.
 *
 * @param lambda - λ that the head was trained with
 */
export function softmaxWhitening(model: SoftmaxModel, train: LabelledRows, lambda: number): KroneckerWhitening {
  const weights = balancedRowWeights(train.labels, model.classWeights);
  const p = softmaxProbabilities(model.head, train.features);
  const curvature = softmaxCurvature(p, contrastBasis(model.head.classes), weights);
  const factors = kroneckerFactors({ activations: train.features, gradients: contrasts(p) }, curvature, weights);
  return kroneckerWhitening(factors, lambda / train.features.rows);
}

/**
 * What softmax rows are credited with, whitened on their own side: w_i · W_G B(y_i − 1/C − α(p_i − 1/C)). α = 1 is K-FAC
 * influence, α = 0 pays for the label alone.
 *
 * @returns float64, row-major [n × (C − 1)]
 * @throws ScorerError `out-of-range` for α or a label, `bad-length`
 */
export function softmaxCredits(
  model: SoftmaxModel,
  whitening: KroneckerWhitening,
  train: LabelledRows,
  alpha: number,
): Matrix {
  assertAlpha(alpha);
  const { classes } = model.head;
  assertFits(model.head.features, classes, train);
  const p = softmaxProbabilities(model.head, train.features);
  const credits = p.data.map((value, at) => {
    const label = train.labels[Math.floor(at / classes)];
    return (label === at % classes ? 1 : 0) - 1 / classes - alpha * (value - 1 / classes);
  });
  const weighted = scaleRows({ ...p, data: credits }, balancedRowWeights(train.labels, model.classWeights));
  return solveRows(whitening.gradients, contrasts(weighted), "forward");
}

/**
 * The row side of half-credited attribution for softmax heads, W_A x_i ⊗ `softmaxCredits`, as whitened factors.
 *
 * @returns activations float64 [n × d], gradients float64 [n × (C − 1)]
 * @throws ScorerError as `softmaxCredits`
 */
export function halfCreditedRows(
  model: SoftmaxModel,
  whitening: KroneckerWhitening,
  train: LabelledRows,
  alpha: number = SOFTMAX_ALPHA,
): GradientFactors {
  const gradients = softmaxCredits(model, whitening, train, alpha);
  return { activations: solveRows(whitening.activations, train.features, "forward"), gradients };
}

/**
 * W_G B(onehot(answered class) − 1/C) of each query.
 *
 * @returns float64, row-major [queries × (C − 1)]
 * @throws ScorerError `out-of-range` for a class
 */
export function softmaxTargets(classes: number, whitening: KroneckerWhitening, answered: ArrayLike<number>): Matrix {
  const data = new Float64Array(answered.length * classes).fill(-1 / classes);
  for (let i = 0; i < answered.length; i++) {
    const label = answered[i]!;
    if (!(label >= 0 && label < classes)) {
      throw new ScorerError("out-of-range", `the class of query ${i} is ${label}: the head has ${classes}`);
    }
    data[i * classes + label]! += 1;
  }
  return solveRows(whitening.gradients, contrasts({ rows: answered.length, columns: classes, data }), "forward");
}

/**
 * The query side, W_A x ⊗ W_G B(onehot(answered) − 1/C), as whitened factors.
 *
 * @param classes - C
 * @param queries - with the classes that the model answered
 */
export function halfCreditedQueries(
  classes: number,
  whitening: KroneckerWhitening,
  queries: LabelledRows,
): GradientFactors {
  return {
    activations: solveRows(whitening.activations, queries.features, "forward"),
    gradients: softmaxTargets(classes, whitening, queries.labels),
  };
}
