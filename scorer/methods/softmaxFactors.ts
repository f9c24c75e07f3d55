import { ScorerError } from "../core/errors.ts";
import { softmaxProbabilities, type SoftmaxHead } from "../heads/softmax.ts";
import { contrasts } from "../numeric/contrasts.ts";
import type { GradientFactors, LabelledRows } from "./method.ts";

/**
 * The gradient of −log p_y(x) by W of a softmax head, (p(x) − y) ⊗ x, as factors. The left one adds up to 0 over the
 * classes and is given in Helmert's contrasts, which loses nothing.
 *
 * @param rows - of training: with their labels; of queries: with the class that was answered
 * @returns activations [n × d], gradients [n × (C − 1)]
 * @throws ScorerError `bad-length`, `out-of-range` for a label
 */
export function softmaxFactors(head: SoftmaxHead, rows: LabelledRows): GradientFactors {
  const { features, labels } = rows;
  const { classes } = head;
  if (labels.length !== features.rows) {
    throw new ScorerError("bad-length", `${labels.length} labels for ${features.rows} rows: give one for each`);
  }
  const residuals = softmaxProbabilities(head, features);
  for (let i = 0; i < features.rows; i++) {
    const label = labels[i]!;
    if (!(label >= 0 && label < classes)) {
      throw new ScorerError("out-of-range", `the label of row ${i} is ${label}: the head has ${classes} classes`);
    }
    residuals.data[i * classes + label]! -= 1;
  }
  return { activations: features, gradients: contrasts(residuals) };
}
