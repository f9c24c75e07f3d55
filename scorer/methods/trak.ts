import { softmaxProbabilities, type SoftmaxHead } from "../heads/softmax.ts";
import { addToDiagonal, factorise, lowerGram, product, rowProducts, solveRows } from "../numeric/dense.ts";
import type { Matrix } from "../numeric/linalg.ts";
import type { Random } from "../numeric/random.ts";
import type { AttributionTask, LabelledRows } from "./method.ts";

/** Added to the diagonal of Φᵀ Φ, relative to its mean: Φ has fewer rows than lanes in small tasks. */
const RIDGE = 1e-6;

/**
 * TRAK (Park et al. 2023, eq. 13 and algorithm 1) with an ensemble: gradients of the log-odds of the labelled class,
 * projected by random signs, Φ (ΦᵀΦ)⁻¹ φ_q, averaged over models and weighted by the average of 1 − p.
 *
 * @param heads - models that were trained on different halves of the rows
 * @param lanes - of the projection
 * @returns float64, row-major [queries × rows]
 */
export function trak(
  heads: readonly SoftmaxHead[],
  { train, queries }: AttributionTask,
  lanes: number,
  random: Random,
): Matrix {
  const n = train.features.rows;
  const scores = new Float64Array(queries.features.rows * n);
  const doubts = new Float64Array(n);
  for (const head of heads) {
    const size = head.classes * head.features;
    const projection: Matrix = { rows: size, columns: lanes, data: random.signs(size * lanes) };
    const rows = projectedLogOdds(head, train, projection);
    const asked = projectedLogOdds(head, queries, projection);
    const gram = lowerGram(rows.lanes, new Float64Array(n).fill(1));
    let trace = 0;
    for (let i = 0; i < lanes; i++) trace += gram[i * lanes + i]!;
    addToDiagonal(gram, lanes, (RIDGE * trace) / lanes);
    const solved = solveRows(factorise(gram, lanes), asked.lanes, "both");
    const part = rowProducts(solved, rows.lanes).data;
    for (let at = 0; at < part.length; at++) scores[at]! += part[at]! / heads.length;
    for (let i = 0; i < n; i++) doubts[i]! += (1 - rows.certainty[i]!) / heads.length;
  }
  for (let at = 0; at < scores.length; at++) scores[at]! *= doubts[at % n]!;
  return { rows: queries.features.rows, columns: n, data: scores };
}

/**
 * The gradient of log(p_y / (1 − p_y)) by W is (onehot(y) − p) ⊗ x / (1 − p_y); its projection is a sum over the classes of
 * projections of x.
 */
function projectedLogOdds(
  head: SoftmaxHead,
  { features, labels }: LabelledRows,
  projection: Matrix,
): { readonly lanes: Matrix; readonly certainty: Float64Array } {
  const { classes, features: d } = head;
  const k = projection.columns;
  const p = softmaxProbabilities(head, features);
  const certainty = Float64Array.from({ length: features.rows }, (_, i) => p.data[i * classes + labels[i]!]!);
  const out = new Float64Array(features.rows * k);
  const scale = 1 / Math.sqrt(k);
  for (let c = 0; c < classes; c++) {
    const block = projection.data.subarray(c * d * k, (c + 1) * d * k);
    const part = product(features, { rows: d, columns: k, data: block }).data;
    for (let i = 0; i < features.rows; i++) {
      // 1 − p_y is at least the smallest step below 1, as a sure answer has no log-odds.
      const doubt = Math.max(1 - certainty[i]!, 2 ** -53);
      const factor = (scale * ((labels[i] === c ? 1 : 0) - p.data[i * classes + c]!)) / doubt;
      for (let j = 0; j < k; j++) out[i * k + j]! += factor * part[i * k + j]!;
    }
  }
  return { lanes: { rows: features.rows, columns: k, data: out }, certainty };
}
