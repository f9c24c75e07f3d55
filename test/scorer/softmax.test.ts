import { expect } from "chai";
import {
  contrasts,
  dampedInverse,
  dataInf,
  decodeSoftmaxHead,
  eigenInfluence,
  encodeSoftmaxHead,
  fitSoftmax,
  flatten,
  type GradientFactors,
  gradientCosine,
  gradientDot,
  halfCreditedQueries,
  halfCreditedRows,
  kfacInfluence,
  type KroneckerFactors,
  kroneckerFactors,
  type LabelledRows,
  lograEmbedding,
  type Matrix,
  matrix,
  Random,
  ScorerError,
  softmaxCurvature,
  contrastBasis,
  softmaxFactors,
  type SoftmaxHead,
  softmaxHessian,
  softmaxInfluence,
  softmaxProbabilities,
  softmaxWhitening,
  trainSoftmax,
  trak,
  unfinishedTraining,
} from "../../scorer/index.ts";
import { Matrix as Reference, inverse } from "ml-matrix";
import { expectClose } from "./close.ts";

const CLASSES = 3;
const FEATURES = 4;
const LAMBDA = 0.7;
const random = new Random(21);

function sample(n: number): LabelledRows {
  const data = Float64Array.from({ length: n * FEATURES }, () => random.normal());
  const labels = Int32Array.from({ length: n }, (_, i) =>
    i < CLASSES ? i : data[i * FEATURES]! > 0.5 ? 0 : data[i * FEATURES + 1]! + random.normal() > 0 ? 1 : 2,
  );
  for (let i = 0; i < n; i++) data[(i + 1) * FEATURES - 1] = 1;
  return { features: matrix(n, FEATURES, data), labels };
}

const train = sample(40);
const queries = sample(6);
const ones = new Float64Array(40).fill(1);
const head = fitSoftmax(train.features, train.labels, CLASSES, ones, LAMBDA);

/** The objective by its definition. */
function objective({ coefficients }: SoftmaxHead, rows: LabelledRows, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < rows.features.rows; i++) sum += weights[i]! * lossOf(coefficients, rows, i);
  return sum + (LAMBDA / 2) * coefficients.reduce((squares, value) => squares + value * value, 0);
}

function lossOf(coefficients: Float64Array, { features, labels }: LabelledRows, i: number): number {
  const outputs = Array.from({ length: CLASSES }, (_, c) => {
    let sum = 0;
    for (let j = 0; j < FEATURES; j++) sum += coefficients[c * FEATURES + j]! * features.data[i * FEATURES + j]!;
    return sum;
  });
  return Math.log(outputs.reduce((sum, output) => sum + Math.exp(output), 0)) - outputs[labels[i]!]!;
}

describe("softmax heads", () => {
  it("are at the minimum of their objective: no coefficient can be moved for the better", () => {
    const least = objective(head, train, ones);
    for (let at = 0; at < head.coefficients.length; at++) {
      for (const step of [1e-4, -1e-4]) {
        const coefficients = head.coefficients.slice();
        coefficients[at]! += step;
        expect(objective({ ...head, coefficients }, train, ones)).to.be.above(least);
      }
    }
  });

  it("weigh rows by their class, as rows repeated would", () => {
    const labels = Int32Array.from({ length: 12 }, (_, i) => (i < 8 ? 0 : i < 11 ? 1 : 2));
    const features = matrix(12, FEATURES, train.features.data.slice(0, 12 * FEATURES));
    const { classWeights, head: balanced } = trainSoftmax(features, labels, CLASSES, {
      kind: "class-balanced-softmax",
      version: 1,
      lambda: LAMBDA,
    });
    expect([...classWeights]).to.deep.equal([0.5, 12 / 9, 4]);
    const weighted = fitSoftmax(
      features,
      labels,
      CLASSES,
      Float64Array.from(labels, (label) => classWeights[label]!),
      LAMBDA,
    );
    expect(balanced.coefficients).to.deep.equal(weighted.coefficients);
  });

  it("find the same minimum from another start", () => {
    const start = { ...head, coefficients: head.coefficients.map((value, at) => 2 * value + (at % 3) - 1) };
    const again = fitSoftmax(train.features, train.labels, CLASSES, ones, LAMBDA, start);
    head.coefficients.forEach((value, at) => expectClose(again.coefficients[at], value, 1e-7));
  });

  it("give probabilities that add up to 1, also where all but one vanish", () => {
    const steep = { ...head, coefficients: head.coefficients.map((value) => 1e4 * value) };
    for (const { coefficients } of [head, steep]) {
      const p = softmaxProbabilities({ ...head, coefficients }, queries.features);
      for (let i = 0; i < p.rows; i++) {
        const row = p.data.subarray(i * CLASSES, (i + 1) * CLASSES);
        expectClose(
          row.reduce((sum, value) => sum + value, 0),
          1,
          1e-14,
        );
        expect(row.every((value) => value > 0)).to.equal(true);
      }
    }
  });

  it("are files", () => {
    expect(decodeSoftmaxHead(encodeSoftmaxHead(head))).to.deep.equal(head);
    const file = encodeSoftmaxHead(head);
    file[0] = 0x55;
    expect(() => decodeSoftmaxHead(file))
      .to.throw(ScorerError)
      .with.property("code", "bad-magic");
    expect(() => decodeSoftmaxHead(encodeSoftmaxHead(head).subarray(0, 40)))
      .to.throw(ScorerError)
      .with.property("code", "bad-length");
  });

  const fails = (code: string, run: () => unknown): void => {
    expect(run).to.throw(ScorerError).with.property("code", code);
  };
  it("throw on bad input", () => {
    const config = { kind: "class-balanced-softmax", version: 1, lambda: 1 } as const;
    fails("out-of-range", () => trainSoftmax(train.features, train.labels, CLASSES, { ...config, lambda: 0 }));
    fails("missing-class", () => trainSoftmax(train.features, train.labels, CLASSES + 1, config));
    fails("bad-length", () => trainSoftmax(train.features, [0, 1], CLASSES, config));
    fails("bad-version", () => trainSoftmax(train.features, train.labels, CLASSES, { ...config, version: 2 as 1 }));
    fails("bad-length", () => softmaxProbabilities(head, matrix(1, 2, new Float64Array(2))));
    fails("bad-length", () => softmaxFactors(head, { ...train, labels: [0] }));
    fails("out-of-range", () => softmaxFactors(head, { ...queries, labels: [0, 0, 0, 0, 0, CLASSES] }));
  });
});

/** W in Helmert's contrasts and back: parameter (k, j) at k·d + j. */
function moved(direction: Float64Array, step: number): SoftmaxHead {
  const basis = contrastBasis(CLASSES).data;
  const coefficients = head.coefficients.slice();
  for (let k = 0; k < CLASSES - 1; k++) {
    for (let c = 0; c < CLASSES; c++) {
      for (let j = 0; j < FEATURES; j++) {
        coefficients[c * FEATURES + j]! += step * basis[k * CLASSES + c]! * direction[k * FEATURES + j]!;
      }
    }
  }
  return { ...head, coefficients };
}

const SIZE = (CLASSES - 1) * FEATURES;
const unit = (at: number): Float64Array => Float64Array.from({ length: SIZE }, (_, i) => (i === at ? 1 : 0));

describe("gradients and curvature of softmax heads", () => {
  it("factors are the gradient by finite differences", () => {
    const gradients = flatten(softmaxFactors(head, train));
    for (const row of [0, 7]) {
      for (let at = 0; at < SIZE; at++) {
        const h = 1e-5;
        const difference =
          lossOf(moved(unit(at), h).coefficients, train, row) - lossOf(moved(unit(at), -h).coefficients, train, row);
        expectClose(gradients.data[row * SIZE + at], difference / (2 * h), 1e-8);
      }
    }
  });

  it("the Hessian is that of the mean loss by finite differences of the gradient", () => {
    const weights = Float64Array.from({ length: 40 }, (_, i) => 1 + (i % 3));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const hessian = softmaxHessian(head, train.features, weights);
    const mean = (of: SoftmaxHead): Float64Array => {
      const { data } = flatten(softmaxFactors(of, train));
      return Float64Array.from({ length: SIZE }, (_, at) => {
        let sum = 0;
        for (let i = 0; i < 40; i++) sum += (weights[i]! * data[i * SIZE + at]!) / total;
        return sum;
      });
    };
    for (let at = 0; at < SIZE; at++) {
      const h = 1e-5;
      const [up, down] = [mean(moved(unit(at), h)), mean(moved(unit(at), -h))];
      for (let row = at; row < SIZE; row++)
        expectClose(hessian[row * SIZE + at], (up[row]! - down[row]!) / (2 * h), 1e-8);
    }
  });

  it("refuses a Hessian of more than 8,000 parameters", () => {
    const wide = { classes: 2, features: 8001, coefficients: new Float64Array(16002) };
    expect(() => softmaxHessian(wide, matrix(1, 8001, new Float64Array(8001)), new Float64Array([1])))
      .to.throw(ScorerError, "K-FAC")
      .with.property("code", "out-of-range");
  });
});

/** g_qᵀ M g_i for every query and row, everything written out. */
function written(middle: Reference, rows: GradientFactors, asked: GradientFactors): Reference {
  const of = (factors: GradientFactors): Reference => {
    const { rows: n, columns, data } = flatten(factors);
    return new Reference(Array.from({ length: n }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]));
  };
  return of(asked).mmul(middle).mmul(of(rows).transpose());
}

function expectScores(found: Matrix, expected: Reference, tolerance = 1e-9): void {
  expect([found.rows, found.columns]).to.deep.equal([expected.rows, expected.columns]);
  for (let q = 0; q < found.rows; q++) {
    for (let i = 0; i < found.columns; i++)
      expectClose(found.data[q * found.columns + i], expected.get(q, i), tolerance);
  }
}

function full(lower: Float64Array, d: number): Reference {
  return new Reference(
    Array.from({ length: d }, (_, i) =>
      Array.from({ length: d }, (_unused, j) => lower[Math.max(i, j) * d + Math.min(i, j)]!),
    ),
  );
}

describe("influence on softmax heads", () => {
  const rows = softmaxFactors(head, train);
  const asked = softmaxFactors(head, queries);
  const curvature = softmaxCurvature(softmaxProbabilities(head, train.features), contrastBasis(CLASSES), ones);
  const factors: KroneckerFactors = kroneckerFactors(rows, curvature);
  const left = full(factors.activations, FEATURES);
  const right = full(factors.gradients, CLASSES - 1);

  it("exact influence foretells what a head loses without a row", () => {
    const scores = softmaxInfluence(head, train, queries, LAMBDA / 40);
    let worst = 0;
    let largest = 0;
    for (let row = 0; row < 40; row++) {
      const left1 = fitSoftmax(
        train.features,
        train.labels,
        CLASSES,
        ones.map((one, i) => (i === row ? 0 : one)),
        LAMBDA,
        head,
      );
      for (let q = 0; q < 6; q++) {
        const change = lossOf(left1.coefficients, queries, q) - lossOf(head.coefficients, queries, q);
        worst = Math.max(worst, Math.abs(scores.data[q * 40 + row]! / 40 - change));
        largest = Math.max(largest, Math.abs(change));
      }
    }
    // To first order: what is left over is of second.
    expect(worst).to.be.below(0.35 * largest);
  });

  it("exact influence is g (H + γI)⁻¹ g", () => {
    const hessian = full(softmaxHessian(head, train.features, ones), SIZE).add(Reference.eye(SIZE, SIZE).mul(0.05));
    expectScores(softmaxInfluence(head, train, queries, 0.05), written(inverse(hessian), rows, asked));
  });

  it("K-FAC is g (A + π√γ I)⁻¹ ⊗ (G + √γ/π I)⁻¹ g", () => {
    const pi = Math.sqrt(left.trace() / FEATURES / (right.trace() / (CLASSES - 1)));
    const a = left.clone().add(Reference.eye(FEATURES, FEATURES).mul(pi * Math.sqrt(0.03)));
    const g = right.clone().add(Reference.eye(CLASSES - 1, CLASSES - 1).mul(Math.sqrt(0.03) / pi));
    const middle = inverse(g).kroneckerProduct(inverse(a));
    expectScores(kfacInfluence(rows, asked, factors, 0.03), written(middle, rows, asked));
  });

  it("EK-FAC is g (A ⊗ G + γI)⁻¹ g", () => {
    const middle = inverse(right.clone().kroneckerProduct(left).add(Reference.eye(SIZE, SIZE).mul(0.03)));
    expectScores(eigenInfluence(rows, asked, factors, dampedInverse(0.03)), written(middle, rows, asked));
  });

  it("unfinished training is Σ η(I − ηH)^t over the steps", () => {
    const hessian = right.clone().kroneckerProduct(left);
    for (const steps of [1, 2, 7, 64]) {
      let sum = Reference.zeros(SIZE, SIZE);
      let power = Reference.eye(SIZE, SIZE);
      for (let t = 0; t < steps; t++) {
        sum = sum.add(power.clone().mul(0.2));
        power = power.mmul(Reference.eye(SIZE, SIZE).sub(hessian.clone().mul(0.2)));
      }
      expectScores(eigenInfluence(rows, asked, factors, unfinishedTraining(0.2, steps)), written(sum, rows, asked));
    }
  });

  it("DataInf is the average of the inverses of λI + g gᵀ", () => {
    const flat = flatten(rows);
    let middle = Reference.zeros(SIZE, SIZE);
    for (let i = 0; i < 40; i++) {
      const g = Reference.columnVector(flat.data.subarray(i * SIZE, (i + 1) * SIZE));
      middle = middle.add(inverse(g.mmul(g.transpose()).add(Reference.eye(SIZE, SIZE).mul(0.2))).mul(1 / 40));
    }
    expectScores(dataInf(rows, asked, 0.2), written(middle, rows, asked));
  });

  it("DataInf takes the authors' λ by default: a tenth of the mean squared gradient of a parameter", () => {
    const squares = flatten(rows).data.reduce((sum, value) => sum + value * value, 0);
    expectScores(dataInf(rows, asked), referenceOf(dataInf(rows, asked, (0.1 * squares) / (40 * SIZE))));
  });

  it("gradient products and cosines", () => {
    expectScores(gradientDot(rows, asked), written(Reference.eye(SIZE, SIZE), rows, asked));
    const own = gradientCosine(rows, rows);
    for (let i = 0; i < 40; i++) expectClose(own.data[i * 41], 1, 1e-12);
    const zero = { ...asked, gradients: matrix(6, CLASSES - 1, new Float64Array(12)) };
    expect(gradientCosine(rows, zero).data.every((value) => value === 0)).to.equal(true);
  });

  it("LoGra with all lanes is K-FAC", () => {
    const { rows: phi, queries: psi } = lograEmbedding(rows, asked, [FEATURES, CLASSES - 1], 0.03, factors);
    expectScores(kfacInfluence(rows, asked, factors, 0.03), productOf(psi, phi));
  });

  it("LoGra with fewer lanes keeps the principal axes", () => {
    const { rows: phi, queries: psi } = lograEmbedding(rows, asked, [2, 1], 0.03, factors);
    expect([phi.columns, psi.columns]).to.deep.equal([2, 2]);
    expect(() => lograEmbedding(rows, asked, [FEATURES + 1, 1], 0.03, factors))
      .to.throw(ScorerError)
      .with.property("code", "out-of-range");
  });

  it("half-credited attribution with α = 1 is weighted K-FAC influence, against the gradient of the answered class", () => {
    const model = trainSoftmax(train.features, train.labels, CLASSES, {
      kind: "class-balanced-softmax",
      version: 1,
      lambda: LAMBDA,
    });
    const whitening = softmaxWhitening(model, train, LAMBDA);
    const phi = halfCreditedRows(model, whitening, train, 1);
    const psi = halfCreditedQueries(CLASSES, whitening, queries);
    const weights = Float64Array.from(train.labels, (label) => model.classWeights[label]!);
    const p = softmaxProbabilities(model.head, train.features);
    const weighted = kroneckerFactors(
      { activations: train.features, gradients: contrasts(p) },
      softmaxCurvature(p, contrastBasis(CLASSES), weights),
      weights,
    );
    const answers = matrix(
      6,
      CLASSES,
      Float64Array.from({ length: 18 }, (_, at) => (queries.labels[Math.floor(at / 3)] === at % 3 ? 1 : 0) - 1 / 3),
    );
    const expected = kfacInfluence(
      softmaxFactors(model.head, train),
      { activations: queries.features, gradients: contrasts(answers) },
      weighted,
      LAMBDA / 40,
    );
    const found = gradientDot(phi, psi);
    for (let at = 0; at < found.data.length; at++) {
      expectClose(found.data[at], -weights[at % 40]! * expected.data[at]!, 1e-9);
    }
    expect(() => halfCreditedRows(model, whitening, train, 1.1)).to.throw(ScorerError);
    expect(() => halfCreditedQueries(CLASSES, whitening, { ...queries, labels: [0, 0, 0, 0, 0, -1] })).to.throw(
      ScorerError,
    );
  });

  it("TRAK with more lanes than parameters ranks like its formula without projection", () => {
    const scores = trak([head], { train, queries, classes: CLASSES }, 64, new Random(3));
    const p = softmaxProbabilities(head, train.features);
    const pq = softmaxProbabilities(head, queries.features);
    const logOdds = (of: Matrix, { features, labels }: LabelledRows): Reference =>
      new Reference(
        Array.from({ length: features.rows }, (_, i) =>
          Array.from({ length: CLASSES * FEATURES }, (_unused, at) => {
            const c = Math.floor(at / FEATURES);
            const doubt = 1 - of.data[i * CLASSES + labels[i]!]!;
            const residual = (labels[i] === c ? 1 : 0) - of.data[i * CLASSES + c]!;
            return (residual * features.data[i * FEATURES + (at % FEATURES)]!) / doubt;
          }),
        ),
      );
    const phi = logOdds(p, train);
    const gram = phi.transpose().mmul(phi);
    const middle = inverse(gram.clone().add(Reference.eye(gram.rows, gram.rows).mul(1e-7 * gram.trace())));
    const expected = logOdds(pq, queries).mmul(middle).mmul(phi.transpose());
    let [dot, own, other] = [0, 0, 0];
    for (let q = 0; q < 6; q++) {
      for (let i = 0; i < 40; i++) {
        const value = expected.get(q, i) * (1 - p.data[i * CLASSES + train.labels[i]!]!);
        dot += value * scores.data[q * 40 + i]!;
        own += value * value;
        other += scores.data[q * 40 + i]! ** 2;
      }
    }
    expect(dot / Math.sqrt(own * other)).to.be.above(0.98);
  });

  it("damping above 0 is asked for", () => {
    for (const run of [
      () => kfacInfluence(rows, asked, factors, 0),
      () => dampedInverse(Number.NaN),
      () => dataInf(rows, asked, -1),
    ]) {
      expect(run).to.throw(ScorerError).with.property("code", "out-of-range");
    }
  });
});

function referenceOf({ rows, columns, data }: Matrix): Reference {
  return new Reference(Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]));
}

function productOf(a: Matrix, b: Matrix): Reference {
  return referenceOf(a).mmul(referenceOf(b).transpose());
}
