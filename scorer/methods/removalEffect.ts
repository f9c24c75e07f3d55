import { ScorerError } from "../core/errors.ts";
import { type Matrix, matrix, rowView } from "../numeric/linalg.ts";
import { unfold } from "./halfWhitened.ts";
import type { LabelledRows } from "./method.ts";
import { type AnsweringModel, largestOutputs, type TrainedModel } from "./trainedModel.ts";

/** How far the constant feature may be from 1 by the rounding of a query to lanes. */
const CONSTANT_SLACK = 0.05;
/** The part of a query that rounding may leave unexplained. */
const LEFT_SLACK = 1e-4;

/**
 * Queries as the model saw them, from their vectors: ψ = W x ⊗ (what a class asks for), so ψ says x and the class. Their
 * features end in the constant 1, which tells two classes apart.
 *
 * @param psi - ψ, float64, row-major [queries × k]
 * @returns features float64 [queries × d], and the class that was answered
 * @throws ScorerError `bad-length` for other lanes, `inconsistent` for vectors that are not such queries of this model
 */
export function queriesOf(model: AnsweringModel, psi: Matrix): LabelledRows {
  const { classes, features: d, factor, lanes } = model;
  if (psi.columns !== lanes) {
    throw new ScorerError("bad-length", `queries have ${psi.columns} lanes, the model ${lanes}: it is another model`);
  }
  const targets = model.targets(Int32Array.from({ length: classes }, (_, c) => c));
  const features = new Float64Array(psi.rows * d);
  const labels = new Int32Array(psi.rows);
  for (let r = 0; r < psi.rows; r++) {
    const candidates = unfold(rowView(psi, r), targets, factor);
    let best: number | undefined;
    candidates.forEach(({ activation, left }, label) => {
      if (activation[d - 1]! > 0 && (best === undefined || left < candidates[best]!.left)) best = label;
    });
    const found = best === undefined ? undefined : candidates[best]!;
    const constant = found?.activation[d - 1] ?? 0;
    if (
      best === undefined ||
      found === undefined ||
      found.left > LEFT_SLACK ||
      Math.abs(constant - 1) > CONSTANT_SLACK
    ) {
      throw new ScorerError(
        "inconsistent",
        `query ${r} is not made of features and an answer of this model: use the model that was asked`,
      );
    }
    labels[r] = best;
    features.set(found.activation, r * d);
  }
  return { features: matrix(psi.rows, d, features), labels };
}

/** What answers would be after training without some rows. */
export interface RemovalEffect {
  /** The margin of each answer, the centred output of its class: float64 [queries] */
  readonly margins: Float64Array;
  /** The same after training without the rows */
  readonly without: Float64Array;
  /** Queries that would be answered otherwise */
  readonly changed: readonly number[];
}

/**
 * Trains again without some rows, and compares the answers to queries: exactly for ridge heads, by training for softmax
 * heads. Class-balance weights stay those of all rows.
 *
 * @param train - the rows that the model was trained on
 * @param left - places of those that are left out
 * @param queries - with the class that was answered
 * @throws ScorerError `bad-length`, `not-positive-definite` when λ is too small for the rows to be left out,
 * `not-converged`
 */
export function removalEffect(
  model: TrainedModel,
  train: LabelledRows,
  left: readonly number[],
  queries: LabelledRows,
): RemovalEffect {
  const { features, labels } = queries;
  const margins = (outputs: Matrix): Float64Array =>
    Float64Array.from({ length: features.rows }, (_, r) => outputs.data[r * outputs.columns + labels[r]!]!);
  const after = model.without(train, left)(features);
  const answers = largestOutputs(after);
  return {
    margins: margins(model.outputs(features)),
    without: margins(after),
    changed: Array.from(answers.keys()).filter((r) => answers[r] !== labels[r]),
  };
}
