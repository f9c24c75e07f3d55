import { ScorerError } from "../core/errors.ts";
import { balancedRowWeights } from "../heads/classes.ts";
import { softmaxProbabilities, type SoftmaxModel } from "../heads/softmax.ts";
import { contrastBasis, contrasts } from "../numeric/contrasts.ts";
import { scaleRows } from "../numeric/dense.ts";
import type { Matrix } from "../numeric/linalg.ts";
import {
  kroneckerFactors,
  type KroneckerWhitening,
  kroneckerWhitening,
  softmaxCurvature,
  whitenFactors,
} from "./kfac.ts";
import type { GradientFactors, LabelledRows } from "./method.ts";

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
 * The row side of half-credited attribution for softmax heads, w_i · W_A x_i ⊗ W_G B(y_i − 1/C − α(p_i − 1/C)), as whitened
 * factors. α = 1 is K-FAC influence, α = 0 pays for the label alone.
 *
 * @returns activations float64 [n × d], gradients float64 [n × (C − 1)]
 * @throws ScorerError `out-of-range` for α
 */
export function halfCreditedRows(
  model: SoftmaxModel,
  whitening: KroneckerWhitening,
  train: LabelledRows,
  alpha: number = SOFTMAX_ALPHA,
): GradientFactors {
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new ScorerError("out-of-range", `alpha is ${alpha}: it must be between 0 and 1`);
  }
  const { classes } = model.head;
  const p = softmaxProbabilities(model.head, train.features);
  const credits = p.data.map((value, at) => {
    const label = train.labels[Math.floor(at / classes)];
    return (label === at % classes ? 1 : 0) - 1 / classes - alpha * (value - 1 / classes);
  });
  const weighted = scaleRows({ ...p, data: credits }, balancedRowWeights(train.labels, model.classWeights));
  return whitenFactors(whitening, { activations: train.features, gradients: contrasts(weighted) });
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
  return whitenFactors(whitening, {
    activations: queries.features,
    gradients: contrasts(answers(queries.labels, queries.features.rows, classes)),
  });
}

function answers(labels: ArrayLike<number>, rows: number, classes: number): Matrix {
  const data = new Float64Array(rows * classes).fill(-1 / classes);
  for (let i = 0; i < rows; i++) {
    const label = labels[i]!;
    if (!(label >= 0 && label < classes)) {
      throw new ScorerError("out-of-range", `the class of query ${i} is ${label}: the head has ${classes}`);
    }
    data[i * classes + label]! += 1;
  }
  return { rows, columns: classes, data };
}
