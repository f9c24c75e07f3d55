import {
  columnProducts,
  type LabelledRows,
  type Matrix,
  Random,
  type SoftmaxHead,
  softmaxProbabilities,
} from "../../scorer/index.ts";

/** Training as dattri's benchmark of MNIST does it (Deng et al. 2024): plain SGD that stops long before the minimum. */
export const RATE = 0.01;
export const EPOCHS = 20;
export const BATCH = 64;

/** Steps of a training on so many rows. */
export function stepsOf(rows: number): number {
  return EPOCHS * Math.ceil(rows / BATCH);
}

/**
 * A softmax head trained by SGD on the mean loss, batches in the order of the rows, started as PyTorch starts a linear
 * layer: uniform within ±1/√d, d without the constant.
 *
 * @param seed - of the start
 */
export function trainSgd({ features, labels }: LabelledRows, classes: number, seed: number): SoftmaxHead {
  const d = features.columns;
  const random = new Random(seed);
  const bound = 1 / Math.sqrt(d - 1);
  const coefficients = Float64Array.from({ length: classes * d }, () => (2 * random.uniform() - 1) * bound);
  const head = { classes, features: d, coefficients };
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let from = 0; from < features.rows; from += BATCH) {
      const rows = Math.min(BATCH, features.rows - from);
      const batch: Matrix = { rows, columns: d, data: features.data.subarray(from * d, (from + rows) * d) };
      const p = softmaxProbabilities(head, batch);
      for (let i = 0; i < rows; i++) p.data[i * classes + labels[from + i]!]! -= 1;
      const gradient = columnProducts(p, batch).data;
      for (let j = 0; j < gradient.length; j++) coefficients[j]! -= (RATE / rows) * gradient[j]!;
    }
  }
  return head;
}
