import {
  type AttributionTask,
  type LabelledRows,
  type Matrix,
  Random,
  softmaxProbabilities,
} from "../../scorer/index.ts";
import type { SoftmaxHead } from "../../scorer/index.ts";
import { selectRows } from "../../scorer/numeric/linalg.ts";
import { MNIST_CLASSES, mnistSample, withConstant } from "./mnist.ts";

export interface Size {
  readonly rows: number;
  readonly queries: number;
  readonly retrainings: number;
  /** Pixels are averaged over squares of this side: 1 keeps them all. */
  readonly pooling: number;
}

/** The size that dattri's benchmark takes. */
export const FULL: Size = { rows: 5000, queries: 500, retrainings: 50, pooling: 1 };
export const QUICK: Size = { rows: 1000, queries: 100, retrainings: 16, pooling: 2 };

const SIDE = 28;

/** Digits to train on and to ask for, each with a constant as the last feature: 785 in all without pooling. */
export function digits({ rows, queries, pooling }: Size, random: Random): AttributionTask {
  const { train, test } = mnistSample(rows, queries, random);
  const extended = ({ features, labels }: LabelledRows): LabelledRows => ({
    features: withConstant(pooled(features, pooling)),
    labels,
  });
  return { train: extended(train), queries: extended(test), classes: MNIST_CLASSES };
}

function pooled(images: Matrix, pooling: number): Matrix {
  const side = SIDE / pooling;
  const data = new Float64Array(images.rows * side * side);
  for (let i = 0; i < images.rows; i++) {
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      const square = Math.floor(Math.floor(pixel / SIDE) / pooling) * side + Math.floor((pixel % SIDE) / pooling);
      data[i * side * side + square]! += images.data[i * SIDE * SIDE + pixel]! / (pooling * pooling);
    }
  }
  return { rows: images.rows, columns: side * side, data };
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
