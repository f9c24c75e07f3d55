import { headOutputs, outputColumns, type RidgeHead } from "../heads/ridge.ts";
import { exp, log } from "../numeric/elementary.ts";
import { rowView } from "../numeric/linalg.ts";
import type { LabelledRows } from "./method.ts";
import { assertFits, columnOfClass } from "./ridgeScores.ts";

/**
 * What an answer to a query is worth.
 *
 * @param outputs - centred output of each class, float64 [C]
 * @param answered - the class that the caller paid for
 */
export type AnswerValue = (outputs: Float64Array, answered: number) => number;

/** The centred output of the answered class. */
export const marginValue: AnswerValue = (outputs, answered) => outputs[answered]!;

/** The answered class's output less the largest of the others: above 0 when the head still answers it. */
export const leadValue: AnswerValue = (outputs, answered) => {
  let rival = -Infinity;
  outputs.forEach((output, c) => {
    if (c !== answered) rival = Math.max(rival, output);
  });
  return outputs[answered]! - rival;
};

/** Minus the squared distance of the outputs from the answered class's target, what ridge regression minimises. */
export const squaredErrorValue: AnswerValue = (outputs, answered) => {
  let loss = 0;
  outputs.forEach((output, c) => {
    const difference = output - ((c === answered ? 1 : 0) - 1 / outputs.length);
    loss += difference * difference;
  });
  return -loss;
};

/**
 * Minus the log-loss of the answered class, in nats, after a softmax of the outputs.
 *
 * @param scale - what outputs are multiplied by: they are regressions of ±½, much too flat for logits
 */
export function logLikelihoodValue(scale: number): AnswerValue {
  return (outputs, answered) => {
    const largest = outputs.reduce((most, output) => Math.max(most, output), -Infinity);
    const sum = outputs.reduce((total, output) => total + exp(scale * (output - largest)), 0);
    return scale * (outputs[answered]! - largest) - log(sum);
  };
}

/**
 * The mean value of answers to paid queries.
 *
 * @param queries - with the class that was answered of each
 * @throws ScorerError `bad-length`, `out-of-range`
 */
export function meanAnswerValue(head: RidgeHead, queries: LabelledRows, value: AnswerValue): number {
  const { classes } = head;
  assertFits(head.features, classes, queries);
  const kept = new Float64Array(outputColumns(classes));
  const outputs = new Float64Array(classes);
  let sum = 0;
  for (let r = 0; r < queries.features.rows; r++) {
    headOutputs(head, rowView(queries.features, r), kept);
    for (let c = 0; c < classes; c++) {
      const [column, sign] = columnOfClass(c, classes);
      outputs[c] = sign * kept[column]!;
    }
    sum += value(outputs, queries.labels[r]!);
  }
  return sum / queries.features.rows;
}
