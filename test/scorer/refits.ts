import { Matrix as Dense, solve } from "ml-matrix";
import { type AttributionTask, type Matrix, matrix, Random } from "../../scorer/index.ts";

/** Unbalanced classes, a constant as last feature, and queries with any classes. */
export function taskOf(n: number, m: number, d: number, classes: number, seed: number): AttributionTask {
  const random = new Random(seed);
  const labelled = (rows: number): AttributionTask["train"] => {
    const labels = Array.from({ length: rows }, (_, i) =>
      i < classes ? i : Math.min(random.below(classes), random.below(classes)),
    );
    const data = Float64Array.from({ length: rows * d }, (_, at) =>
      at % d === d - 1 ? 1 : random.normal() + (at % classes === labels[Math.floor(at / d)] ? 0.7 : 0),
    );
    return { features: matrix(rows, d, data), labels };
  };
  return { train: labelled(n), queries: labelled(m), classes };
}

/** The rows of a matrix as arrays. */
export const rowsOf = ({ rows, columns, data }: Matrix): number[][] =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);

/**
 * The centred outputs [queries][C] after training on `kept` rows, by ml-matrix, with weights n / (C · n_class) of all rows,
 * each times what `boost` says.
 */
export function refitOutputs(
  { train, queries, classes }: AttributionTask,
  lambda: number,
  kept: readonly number[],
  boost: (row: number) => number = () => 1,
): number[][] {
  const labels = Array.from(train.labels);
  const weight = (i: number): number =>
    (boost(i) * labels.length) / (classes * labels.filter((other) => other === labels[i]).length);
  const d = train.features.columns;
  const all = rowsOf(train.features);
  const x = new Dense(kept.map((i) => all[i]!));
  const weighted = new Dense(kept.map((i) => all[i]!.map((value) => value * weight(i))));
  const targets = new Dense(
    kept.map((i) => Array.from({ length: classes }, (_, c) => (labels[i] === c ? 1 : 0) - 1 / classes)),
  );
  const gram = weighted.transpose().mmul(x).add(Dense.eye(d, d).mul(lambda));
  const beta = solve(gram, weighted.transpose().mmul(targets));
  return new Dense(rowsOf(queries.features)).mmul(beta).to2DArray();
}
