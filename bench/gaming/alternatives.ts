import {
  addToDiagonal,
  columnProducts,
  factorise,
  flatten,
  halfCreditedQueries,
  halfCreditedRows,
  laneCount,
  lowerGram,
  type Matrix,
  product,
  Random,
  rowProducts,
  solveRows,
  softmaxWhitening,
  trainSoftmax,
} from "../../scorer/index.ts";
import { rowView } from "../../scorer/numeric/linalg.ts";
import { halfCreditedRule, type LinearRule, type Trained, whitenedQuery } from "./money.ts";

/** Payout rules that were tried in place of α = ½. All are inner products; what each is stands in docs/gaming.md. */
export const ALTERNATIVES: Readonly<Record<string, LinearRule>> = {
  "α = 0.3": halfCreditedRule(0.3),
  "α = 0.5": halfCreditedRule(0.5),
  "α = 0.6": halfCreditedRule(0.6),
  "α = 0.7": halfCreditedRule(0.7),
  "left-out outputs": left((target, output) => target - 0.5 * output),
  "label against answer": agreement(0.5),
  "more damping": creditRule((trained) => [
    { factor: heavier(trained, 100), credits: creditsOf(trained, (target, output) => target - 0.5 * output) },
  ]),
  "heads of halves": creditRule((trained) => [
    { factor: trained.model.whitening.factor, credits: creditsOf(trained, (target) => 0.5 * target) },
    ...marginalEffects(trained, [[0.5, 0.5]], 8),
  ]),
  "shapley of rows": creditRule((trained) => marginalEffects(trained, FROM_NONE_TO_ALL, 4)),
  "shared by neighbours": sharedByNeighbours,
  "softmax, α = 0.6": softmaxRule(0.6),
  "softmax, α = 0.7": softmaxRule(0.7),
  "softmax, α = 0.8": softmaxRule(0.8),
};

/** Chances from 0 to 1, u³ for equal steps of u: heads of few rows move most. */
const STEPS = 10;
const FROM_NONE_TO_ALL = Array.from({ length: STEPS }, (_, i): [number, number] => {
  const u = (i + 0.5) / STEPS;
  return [u ** 3, (3 * u ** 2) / STEPS];
});

/** Credits of rows under a metric: δ_S = Σ_{i in S} A⁻¹ x_i ⊗ credits_i. */
interface Part {
  /** L of A = L Lᵀ */
  readonly factor: Float64Array;
  /** float64, row-major [rows × classes], weights included */
  readonly credits: Matrix;
}

/** A rule that moves the head's coefficients by the sum of some parts, whitened as the head's queries are. */
function creditRule(partsOf: (trained: Trained) => Part[]): LinearRule {
  return (trained) => {
    const { rows, model } = trained;
    const { features: d, classes } = model.head;
    const total = new Float64Array(rows.contributions * classes * d);
    for (const { factor, credits } of partsOf(trained)) {
      const sums = new Float64Array(total.length);
      for (let i = 0; i < rows.features.rows; i++) {
        const x = rowView(rows.features, i);
        for (let c = 0; c < classes; c++) {
          const [at, credit] = [(rows.contributionOf[i]! * classes + c) * d, credits.data[i * classes + c]!];
          for (let j = 0; j < d; j++) sums[at + j]! += credit * x[j]!;
        }
      }
      const moved = solveRows(factor, { rows: rows.contributions * classes, columns: d, data: sums }, "both");
      moved.data.forEach((value, at) => (total[at]! += value));
    }
    // ⟨δ, x⟩ = ⟨Lᵀ δ, L⁻¹ x⟩ with the head's own L.
    const whitened = product(
      { rows: rows.contributions * classes, columns: d, data: total },
      { rows: d, columns: d, data: model.whitening.factor },
    );
    const k = laneCount(d, classes);
    const phi: Matrix = { rows: rows.contributions, columns: k, data: new Float64Array(rows.contributions * k) };
    for (let s = 0; s < phi.rows; s++)
      phi.data.set(whitened.data.subarray(s * classes * d, (s + 1) * classes * d), s * k);
    return { phi, psi: whitenedQuery(model) };
  };
}

/** w_i times what a credit makes of target and output of each class. */
function creditsOf(
  trained: Trained,
  credit: (target: number, output: number) => number,
  outputs = fitted(trained),
): Matrix {
  const { rows, model } = trained;
  const { classes } = model.head;
  const data = outputs.data.map((output, at) => {
    const label = rows.labels[Math.floor(at / classes)]!;
    return model.classWeights[label]! * credit((label === at % classes ? 1 : 0) - 1 / classes, output);
  });
  return { ...outputs, data };
}

/** f(x_i) of every training row, [rows × classes] */
function fitted({ rows, model }: Trained): Matrix {
  const { classes, features, coefficients } = model.head;
  return rowProducts(rows.features, { rows: classes, columns: features, data: coefficients });
}

/** What each row's own class weight and leverage are: w_i x_iᵀ A⁻¹ x_i, float64 [rows] */
function influences({ rows, model }: Trained, factor: Float64Array): Float64Array {
  const whitened = solveRows(factor, rows.features, "forward");
  return Float64Array.from({ length: rows.features.rows }, (_, i) =>
    rowView(whitened, i).reduce((sum, value) => sum + value * value, 0),
  ).map((leverage, i) => leverage * model.classWeights[rows.labels[i]!]!);
}

/** The outputs for each row of a head that was trained without it (Cook 1977). */
function leftOutOutputs(trained: Trained): Matrix {
  const outputs = fitted(trained);
  const { classes, factor } = { ...trained.model.head, ...trained.model.whitening };
  const pulls = influences(trained, factor);
  const data = outputs.data.map((output, at) => {
    const i = Math.floor(at / classes);
    const target = (trained.rows.labels[i] === at % classes ? 1 : 0) - 1 / classes;
    return (output - pulls[i]! * target) / (1 - pulls[i]!);
  });
  return { ...outputs, data };
}

function left(credit: (target: number, output: number) => number): LinearRule {
  return creditRule((trained) => [
    { factor: trained.model.whitening.factor, credits: creditsOf(trained, credit, leftOutOutputs(trained)) },
  ]);
}

/** Takes from each label a part of the one that the head without the row would answer. */
function agreement(part: number): LinearRule {
  return creditRule((trained) => {
    const outputs = leftOutOutputs(trained);
    const { classes } = trained.model.head;
    const answers: Matrix = { ...outputs, data: new Float64Array(outputs.data.length).fill(-1 / classes) };
    for (let i = 0; i < outputs.rows; i++) {
      const row = rowView(outputs, i);
      answers.data[i * classes + row.indexOf(row.reduce((most, one) => Math.max(most, one)))]! += 1;
    }
    const credits = creditsOf(trained, (target, answer) => target - part * answer, answers);
    return [{ factor: trained.model.whitening.factor, credits }];
  });
}

/** L of the head's Gram matrix with more on its diagonal. */
function heavier({ rows, model, market }: Trained, times: number, weights = rowWeights({ rows, model })): Float64Array {
  const gram = lowerGram(rows.features, weights);
  addToDiagonal(gram, rows.features.columns, times * market.lambda);
  return factorise(gram, rows.features.columns);
}

function rowWeights({ rows, model }: Pick<Trained, "rows" | "model">): Float64Array {
  return Float64Array.from(rows.labels, (label) => model.classWeights[label]!);
}

/**
 * What each row adds to a head, or what the head loses without it, exactly (Sherman & Morrison 1950), on random sets that
 * a row is in with some probability. With ½ this is the Banzhaf value of single rows, with all from 0 to 1 the Shapley
 * value (Owen 1972), of the head's coefficients and so of every margin.
 *
 * @param chances - probabilities, and how much each counts
 */
function marginalEffects(
  trained: Trained,
  chances: readonly (readonly [chance: number, part: number])[],
  heads: number,
): Part[] {
  const random = new Random(0);
  const { rows, model } = trained;
  const { classes } = model.head;
  const weights = rowWeights(trained);
  return chances.flatMap(([chance, part]) =>
    Array.from({ length: heads }, (): Part => {
      const included = weights.map(() => (random.uniform() < chance ? 1 : 0));
      const factor = heavier(
        trained,
        1,
        weights.map((weight, i) => weight * included[i]!),
      );
      const targets = creditsOf(trained, (target) => target);
      const taught: Matrix = {
        ...targets,
        data: targets.data.map((one, at) => one * included[Math.floor(at / classes)]!),
      };
      const coefficients = solveRows(factor, columnProducts(taught, rows.features), "both");
      const outputs = rowProducts(rows.features, coefficients);
      const pulls = influences(trained, factor);
      const credits = creditsOf(trained, (target, output) => target - output, outputs);
      const data = credits.data.map((credit, at) => {
        const i = Math.floor(at / classes);
        const change = included[i] === 1 ? 1 - pulls[i]! : 1 + pulls[i]!;
        return (part * credit) / (change * heads);
      });
      return { factor, credits: { ...credits, data } };
    }),
  );
}

/** Rows at this cosine share one credit. */
const NEIGHBOURS = 0.98;
const BLOCK = 500;

function sharedByNeighbours(trained: Trained) {
  const { features } = trained.rows;
  const d = features.columns - 1;
  const units: Matrix = { rows: features.rows, columns: d, data: new Float64Array(features.rows * d) };
  for (let i = 0; i < features.rows; i++) units.data.set(rowView(features, i).subarray(0, d), i * d);
  const neighbours = new Float64Array(features.rows);
  for (let from = 0; from < features.rows; from += BLOCK) {
    const to = Math.min(features.rows, from + BLOCK);
    const part = { rows: to - from, columns: d, data: units.data.subarray(from * d, to * d) };
    const cosines = rowProducts(part, units);
    for (let i = from; i < to; i++)
      neighbours[i] = rowView(cosines, i - from).filter((one) => one >= NEIGHBOURS).length;
  }
  const { classes } = trained.model.head;
  const credits = creditsOf(trained, (target, output) => target - 0.5 * output);
  const data = credits.data.map((credit, at) => credit / neighbours[Math.floor(at / classes)]!);
  return creditRule(({ model }) => [{ factor: model.whitening.factor, credits: { ...credits, data } }])(trained);
}

/** Half-credited attribution of a softmax head on the same rows, for the answers of the ridge head. */
function softmaxRule(alpha: number): LinearRule {
  return ({ rows, market }) => {
    const { classes, lambda } = market;
    const model = trainSoftmax(rows.features, rows.labels, classes, {
      kind: "class-balanced-softmax",
      version: 1,
      lambda,
    });
    const whitening = softmaxWhitening(model, rows, lambda);
    const credits = flatten(halfCreditedRows(model, whitening, rows, alpha));
    const k = padded(credits.columns);
    const phi: Matrix = { rows: rows.contributions, columns: k, data: new Float64Array(rows.contributions * k) };
    for (let i = 0; i < credits.rows; i++) {
      const sum = rowView(phi, rows.contributionOf[i]!);
      rowView(credits, i).forEach((value, j) => (sum[j]! += value));
    }
    const psi = (x: Float64Array, answer: number): Float64Array => {
      const query = { features: { rows: 1, columns: x.length, data: x }, labels: [answer] };
      const lanes = new Float64Array(k);
      lanes.set(flatten(halfCreditedQueries(classes, whitening, query)).data);
      return lanes;
    };
    return { phi, psi };
  };
}

const padded = (lanes: number): number => 16 * Math.ceil(lanes / 16);
