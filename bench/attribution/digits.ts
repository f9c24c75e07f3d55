import {
  type AttributionTask,
  type LabelledRows,
  type Matrix,
  Random,
  softmaxProbabilities,
} from "../../scorer/index.ts";
import type { SoftmaxHead } from "../../scorer/index.ts";
import { selectRows } from "../../scorer/numeric/dense.ts";
import { MNIST_CLASSES, mnistSample, withConstant } from "./mnist.ts";

/** The size that dattri's benchmark takes. */
export const FULL = { rows: 5000, queries: 500, retrainings: 50 };
export const QUICK = { rows: 1000, queries: 100, retrainings: 16 };

export type Size = typeof FULL;

/** Digits to train on and to ask for, each with a constant as the last feature: 785 in all. */
export function digits({ rows, queries }: Size, random: Random): AttributionTask {
  const { train, test } = mnistSample(rows, queries, random);
  const extended = ({ features, labels }: LabelledRows): LabelledRows => ({ features: withConstant(features), labels });
  return { train: extended(train), queries: extended(test), classes: MNIST_CLASSES };
}

export function pick({ features, labels }: LabelledRows, rows: Int32Array): LabelledRows {
  return { features: selectRows(features, rows), labels: Int32Array.from(rows, (row) => labels[row]!) };
}

/** −log p of the true class of each query: float64 [queries] */
export function losses(head: SoftmaxHead, { features, labels }: LabelledRows): Float64Array {
  const p = softmaxProbabilities(head, features);
  return Float64Array.from({ length: p.rows }, (_, i) => -Math.log(p.data[i * p.columns + labels[i]!]!));
}

/** Adds scores up. */
export function add(sum: Matrix | undefined, scores: Matrix): Matrix {
  if (sum === undefined) return scores;
  for (let at = 0; at < scores.data.length; at++) sum.data[at]! += scores.data[at]!;
  return sum;
}
