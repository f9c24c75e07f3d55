import { expect } from "chai";
import { sha256 } from "ethers";
import {
  attributeContributions,
  buildIndex,
  DEFAULT_RIDGE_CONFIG,
  decodeHead,
  decodeWhitening,
  encodeHead,
  encodeWhitening,
  halfCreditedMethod,
  headDigest,
  intervalQuery,
  jsonDigest,
  laneCount,
  type Matrix,
  matrix,
  payables,
  predict,
  quantiseQuery,
  queryVector,
  type RidgeModel,
  type TrainingRows,
  trainRidge,
  whiteningDigest,
} from "../../scorer/index.ts";
import { expectScorerError, Random } from "./support.ts";
import { expectClose } from "./close.ts";

const LAMBDA = 0.3;
const CONFIG = { ...DEFAULT_RIDGE_CONFIG, lambda: LAMBDA };

interface Sample {
  readonly features: Matrix;
  readonly labels: number[];
}

function sampleOf(n: number, d: number, classes: number, seed: number): Sample {
  const random = new Random(seed);
  // Unbalanced on purpose: class c has about c + 1 parts.
  const pattern = Array.from({ length: classes }, (_, c) => new Array<number>(c + 1).fill(c)).flat();
  const labels = Array.from({ length: n }, (_, i) => pattern[i % pattern.length]!);
  const data = Float64Array.from({ length: n * d }, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d];
    return j === d - 1 ? 1 : random.next() < 0.4 ? 0 : random.gaussian() + (j % classes === labels[i] ? 0.8 : 0);
  });
  return { features: matrix(n, d, data), labels };
}

const rowOf = ({ features }: Sample, i: number): Float64Array =>
  features.data.subarray(i * features.columns, (i + 1) * features.columns);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, j) => sum + value * b[j]!, 0);

/** A = Σ w x xᵀ + λI, by its definition. */
function naiveGram(sample: Sample, weights: readonly number[]): number[][] {
  const d = sample.features.columns;
  return Array.from({ length: d }, (_, a) =>
    Array.from({ length: d }, (_, b) =>
      weights.reduce(
        (sum, weight, i) => sum + weight * rowOf(sample, i)[a]! * rowOf(sample, i)[b]!,
        a === b ? LAMBDA : 0,
      ),
    ),
  );
}

/** Gauss–Jordan elimination with pivoting: nothing in common with a Cholesky factor. */
function naiveSolve(gram: readonly (readonly number[])[], right: readonly number[]): number[] {
  const d = right.length;
  const system = gram.map((row, a) => [...row, right[a]!]);
  for (let p = 0; p < d; p++) {
    const best = system
      .slice(p)
      .reduce((at, row, i) => (Math.abs(row[p]!) > Math.abs(system[at]![p]!) ? p + i : at), p);
    [system[p], system[best]] = [system[best]!, system[p]!];
    for (let a = 0; a < d; a++) {
      if (a === p) continue;
      const factor = system[a]![p]! / system[p]![p]!;
      for (let b = p; b <= d; b++) system[a]![b]! -= factor * system[p]![b]!;
    }
  }
  return system.map((row, a) => row[d]! / row[a]!);
}

/** One output column of the ridge solution. */
function naiveRidge(sample: Sample, weights: readonly number[], targets: readonly number[]): number[] {
  const right = Array.from({ length: sample.features.columns }, (_, a) =>
    weights.reduce((sum, weight, i) => sum + weight * rowOf(sample, i)[a]! * targets[i]!, 0),
  );
  return naiveSolve(naiveGram(sample, weights), right);
}

const naiveWeights = (labels: readonly number[], classes: number): number[] =>
  labels.map((label) => labels.length / (classes * labels.filter((other) => other === label).length));
const naiveTargets = (labels: readonly number[], column: number, classes: number): number[] =>
  labels.map((label) => (label === column ? 1 : 0) - 1 / classes);

for (const classes of [2, 3, 5]) {
  const sample = sampleOf(60, 9, classes, classes);
  const { features, labels } = sample;
  const d = features.columns;
  const model = trainRidge(features, labels, classes, CONFIG);
  const weights = naiveWeights(labels, classes);
  /** The output column c of the full head, by the naive solver. */
  const naiveColumns = Array.from({ length: classes }, (_, c) =>
    naiveRidge(sample, weights, naiveTargets(labels, c, classes)),
  );

  describe(`ridge head of ${classes} classes`, () => {
    it("solves the class-balanced normal equations", () => {
      const blocks = classes === 2 ? [naiveColumns[1]!] : naiveColumns;
      blocks.flat().forEach((value, at) => expectClose(model.head.coefficients[at], value, 1e-10));
      expect(model.head.coefficients.length).to.equal(blocks.length * d);
    });

    it("answers the class with the largest centred output", () => {
      for (let i = 0; i < features.rows; i++) {
        const outputs = naiveColumns.map((column) => dot(column, rowOf(sample, i)));
        const { label, margin } = predict(model.head, rowOf(sample, i));
        expect(label).to.equal(outputs.indexOf(Math.max(...outputs)));
        expectClose(margin, Math.max(...outputs), 1e-10);
      }
    });

    it("answers the lowest class when nothing speaks for another", () => {
      expect(predict(model.head, new Float64Array(d))).to.deep.equal({ label: 0, margin: 0 });
    });

    it("whitens: inner products of whitened vectors are those under A⁻¹", () => {
      const whiten = (x: Float64Array): Float64Array => queryVector(model.whitening, classes, x, 1).subarray(0, d);
      const [a, b] = [rowOf(sample, 0), rowOf(sample, 7)];
      // queryVector multiplies both sides by the target of one column.
      const target = (classes === 2 ? 1 : 0) - 1 / classes;
      const expected = dot(a, naiveSolve(naiveGram(sample, weights), Array.from(b)));
      expectClose(dot(whiten(a), whiten(b)) / target ** 2, expected, 1e-10);
    });

    it("comes back from its artifact as it was, with the digest of its bytes", () => {
      expect(decodeHead(encodeHead(model.head))).to.deep.equal(model.head);
      expect(decodeWhitening(encodeWhitening(model.whitening))).to.deep.equal(model.whitening);
      expect(headDigest(model.head)).to.equal(sha256(encodeHead(model.head)));
      expect(whiteningDigest(model.whitening)).to.equal(sha256(encodeWhitening(model.whitening)));
    });
  });

  describe(`half-credited attribution over ${classes} classes`, () => {
    const everyRow = labels.map((_, i) => i);
    const query = sampleOf(5, d, classes, 99);
    const answers = Array.from({ length: 5 }, (_, r) => {
      const x = rowOf(query, r);
      const { label, margin } = predict(model.head, x);
      return { x, label, margin, psi: queryVector(model.whitening, classes, x, label) };
    });
    // One lane a feature for two classes: the other column would add the same again.
    const kept = classes === 2 ? 0.5 : 1;

    it("α = 0: the scores of all rows add up to the margin of the answer", () => {
      const phi = attribute(model, sample, everyRow, labels.length, 0);
      for (const { margin, psi } of answers) {
        const scores = everyRow.map((i) => dot(phi.data.subarray(i * phi.columns, (i + 1) * phi.columns), psi));
        expectClose(
          scores.reduce((a, b) => a + b),
          kept * margin,
          1e-10,
        );
      }
    });

    it("α = 0: a row's score is w · xᵀA⁻¹x_r · ⟨target, target of the answer⟩ of the definition", () => {
      const phi = attribute(model, sample, everyRow, labels.length, 0);
      const { x, label, psi } = answers[0]!;
      for (const i of [0, 1, 2, 17]) {
        // A⁻¹ w x_i is the ridge solution when row i alone has a target.
        const column = naiveRidge(
          sample,
          weights,
          labels.map((_, r) => (r === i ? 1 : 0)),
        );
        const targets = Array.from(
          { length: classes },
          (_, c) => naiveTargets([labels[i]!], c, classes)[0]! * naiveTargets([label], c, classes)[0]!,
        );
        expectClose(
          dot(phi.data.subarray(i * phi.columns, (i + 1) * phi.columns), psi),
          kept * dot(column, x) * targets.reduce((a, b) => a + b),
          1e-10,
        );
      }
    });

    it("α = 1: a row's score is the influence of its weight on the margin, by finite differences of refits", () => {
      const phi = attribute(model, sample, everyRow, labels.length, 1);
      const { x, label, psi } = answers[1]!;
      const step = 1e-5;
      for (const i of [0, 4, 11]) {
        const marginAt = (change: number): number => {
          const changed = weights.map((weight, r) => (r === i ? weight * (1 + change) : weight));
          return dot(naiveRidge(sample, changed, naiveTargets(labels, label, classes)), x);
        };
        const slope = (marginAt(step) - marginAt(-step)) / (2 * step);
        expectClose(dot(phi.data.subarray(i * phi.columns, (i + 1) * phi.columns), psi), kept * slope, 1e-7);
      }
    });

    it("α = 1: all rows together are λ times the head, by the normal equations", () => {
      const phi = attribute(
        model,
        sample,
        everyRow.map(() => 0),
        1,
        1,
      );
      for (const { x, label, psi } of answers) {
        const columns = naiveColumns.map((column, c) => {
          const right = column.map((value) => LAMBDA * value);
          return naiveTargets([label], c, classes)[0]! * dot(naiveSolve(naiveGram(sample, weights), right), x);
        });
        expectClose(dot(phi.data, psi), kept * columns.reduce((a, b) => a + b), 1e-10);
      }
    });

    it("α = ½ is halfway between", () => {
      const [zero, half, one] = [0, 0.5, 1].map(
        (alpha) => attribute(model, sample, everyRow, labels.length, alpha).data,
      );
      half!.forEach((value, at) => expectClose(value, (zero![at]! + one![at]!) / 2, 1e-12));
    });

    it("a contribution is the sum of its rows, and rows of none are left out", () => {
      const single = attribute(model, sample, everyRow, labels.length, 0.5);
      const groups = everyRow.map((i) => (i % 7 === 6 ? -1 : i % 3));
      const grouped = attribute(model, sample, groups, 4, 0.5);
      for (let s = 0; s < 4; s++) {
        for (let j = 0; j < grouped.columns; j++) {
          const sum = groups.reduce(
            (total, group, i) => total + (group === s ? single.data[i * single.columns + j]! : 0),
            0,
          );
          expectClose(grouped.data[s * grouped.columns + j], sum, 1e-12);
        }
      }
    });

    it("fills up to whole words of lanes with zeros", () => {
      const phi = attribute(model, sample, everyRow, labels.length, 0.5);
      const used = d * (classes === 2 ? 1 : classes);
      expect(phi.columns)
        .to.equal(laneCount(d, classes))
        .and.to.equal(Math.ceil(used / 16) * 16);
      expect(answers[0]!.psi.length).to.equal(phi.columns);
      expect(phi.data.subarray(used, phi.columns).every((value) => value === 0)).to.equal(true);
    });

    it("survives quantisation: shares by integers are shares by float64 to one in a thousand", () => {
      const groups = everyRow.map((i) => i % 6);
      const counts = new Array<number>(6).fill(10);
      const phi = attribute(model, sample, groups, 6, 0.5);
      const exact = counts.map((_, s) =>
        Math.max(
          0,
          answers.reduce(
            (sum, { psi }, r) => sum + (r + 1) * dot(phi.data.subarray(s * phi.columns, (s + 1) * phi.columns), psi),
            0,
          ),
        ),
      );
      const q = intervalQuery(answers.map(({ psi }, r) => ({ amount: BigInt(r + 1), query: quantiseQuery(psi) })));
      const weightsPaid = payables(buildIndex(phi, counts), counts, q.lanes).map(Number);
      const shares = (values: number[]): number[] => values.map((value) => value / values.reduce((a, b) => a + b));
      shares(weightsPaid).forEach((share, s) => expectClose(share, shares(exact)[s]!, 1e-3));
    });
  });
}

function attribute(
  model: RidgeModel,
  sample: Sample,
  contributionOf: readonly number[],
  contributions: number,
  alpha: number,
): Matrix {
  return attributeContributions(model, { ...sample, contributionOf, contributions }, alpha);
}

describe("training", () => {
  const { features, labels } = sampleOf(30, 5, 2, 77);

  it("is the same bytes again", () => {
    expect(headDigest(trainRidge(features, labels, 2).head)).to.equal(headDigest(trainRidge(features, labels, 2).head));
  });

  it("weighs classes, not rows: repeating one class's rows changes nothing", () => {
    const extra = labels.flatMap((label, i) => (label === 1 ? [i] : []));
    const d = features.columns;
    const data = Float64Array.from([
      ...features.data,
      ...extra.flatMap((i) => [...features.data.subarray(i * d, (i + 1) * d)]),
    ]);
    const all = [...labels, ...extra.map(() => 1)];
    // The weights add up to the number of rows, so λ has to grow with it.
    const before = trainRidge(features, labels, 2, { ...CONFIG, lambda: labels.length });
    const after = trainRidge(matrix(all.length, d, data), all, 2, { ...CONFIG, lambda: all.length });
    after.head.coefficients.forEach((value, j) => expectClose(value, before.head.coefficients[j]!, 1e-12));
  });

  describe("throws", () => {
    it("missing-class", () => expectScorerError("missing-class", () => trainRidge(features, labels, 3), /class 2/));
    it("bad-length for another number of labels", () =>
      expectScorerError("bad-length", () => trainRidge(features, labels.slice(1), 2)));
    it("out-of-range for a label beyond the classes", () => {
      for (const label of [2, -1, 0.5, NaN])
        expectScorerError("out-of-range", () => trainRidge(features, labels.with(3, label), 2), /row 3/);
    });
    it("out-of-range for fewer than two classes", () =>
      expectScorerError("out-of-range", () =>
        trainRidge(
          features,
          labels.map(() => 0),
          1,
        ),
      ));
    it("out-of-range for a lambda that is not above 0", () => {
      for (const lambda of [0, -1, NaN, Infinity])
        expectScorerError("out-of-range", () => trainRidge(features, labels, 2, { ...CONFIG, lambda }));
    });
    it("not-finite for features that are not", () => {
      const broken = matrix(30, 5, features.data.slice());
      broken.data[7] = Infinity;
      expectScorerError("not-finite", () => trainRidge(broken, labels, 2), /position 7/);
      expectScorerError("not-finite", () => matrix(1, 1, Float64Array.of(NaN)));
    });
    it("not-positive-definite when rounding swallows lambda", () => {
      const twins = matrix(2, 2, Float64Array.of(1e9, 1e9, 1e9, 1e9));
      expectScorerError(
        "not-positive-definite",
        () => trainRidge(twins, [0, 1], 2, { ...CONFIG, lambda: 1e-9 }),
        /lambda/,
      );
    });
    it("bad-version for another head", () => {
      expectScorerError("bad-version", () => trainRidge(features, labels, 2, { ...CONFIG, version: 2 as 1 }));
      expectScorerError("bad-version", () =>
        trainRidge(features, labels, 2, { ...CONFIG, kind: "softmax" as "class-balanced-ridge" }),
      );
    });
    it("empty-input and bad-length for a matrix without rows or of another size", () => {
      expectScorerError("empty-input", () => matrix(0, 3, new Float64Array(0)));
      expectScorerError("bad-length", () => matrix(2, 3, new Float64Array(5)));
    });
  });

  describe("artifacts throw", () => {
    const model = trainRidge(features, labels, 2, CONFIG);
    const head = encodeHead(model.head);
    const whitening = encodeWhitening(model.whitening);
    const changed = (file: Uint8Array, offset: number, ...bytes: number[]): Uint8Array => {
      const copy = file.slice();
      copy.set(bytes, offset);
      return copy;
    };

    it("bad-magic when one is taken for the other", () => {
      expectScorerError("bad-magic", () => decodeHead(whitening));
      expectScorerError("bad-magic", () => decodeWhitening(head));
    });
    it("bad-version", () => expectScorerError("bad-version", () => decodeHead(changed(head, 4, 9))));
    it("bad-length for a file cut short or going on", () => {
      for (const file of [head.subarray(0, 9), head.subarray(0, -1), Uint8Array.of(...head, 0)])
        expectScorerError("bad-length", () => decodeHead(file));
      expectScorerError("bad-length", () => decodeWhitening(whitening.subarray(0, -8)));
    });
    it("out-of-range for reserved bytes, classes and features", () => {
      expectScorerError("out-of-range", () => decodeHead(changed(head, 5, 1)));
      expectScorerError("out-of-range", () => decodeHead(changed(head, 8, 1)), /offset 8/);
      expectScorerError("out-of-range", () => decodeHead(changed(head, 12, 0)), /offset 12/);
      expectScorerError("out-of-range", () => decodeWhitening(changed(whitening, 12, 1)), /offset 12/);
    });
    it("not-finite for a number that is not", () =>
      expectScorerError("not-finite", () => decodeHead(changed(head, 16, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f))));
    it("not-positive-definite for a factor with a negative diagonal", () => {
      expectScorerError("not-positive-definite", () => decodeWhitening(changed(whitening, 23, whitening[23]! | 0x80)));
    });
  });

  describe("prediction and attribution throw", () => {
    const model = trainRidge(features, labels, 2, CONFIG);
    const rows: TrainingRows = { features, labels, contributionOf: labels.map(() => 0), contributions: 1 };

    it("bad-length for another number of features", () => {
      expectScorerError("bad-length", () => predict(model.head, new Float64Array(4)));
      expectScorerError("bad-length", () => queryVector(model.whitening, 2, new Float64Array(4), 0));
      expectScorerError("bad-length", () =>
        attributeContributions(model, { ...rows, features: matrix(30, 4, new Float64Array(120)) }),
      );
    });
    it("bad-length for another number of labels or contributions", () => {
      expectScorerError("bad-length", () => attributeContributions(model, { ...rows, labels: [0] }));
      expectScorerError("bad-length", () => attributeContributions(model, { ...rows, contributionOf: [0] }));
    });
    it("out-of-range for a class, a contribution or an α that is none", () => {
      expectScorerError("out-of-range", () => queryVector(model.whitening, 2, new Float64Array(5), 2));
      expectScorerError("out-of-range", () => attributeContributions(model, { ...rows, labels: labels.with(0, 2) }));
      expectScorerError("out-of-range", () =>
        attributeContributions(model, { ...rows, contributionOf: labels.map(() => 1) }),
      );
      expectScorerError("out-of-range", () => attributeContributions(model, { ...rows, contributions: 0 }));
      for (const alpha of [-0.1, 1.1, NaN])
        expectScorerError("out-of-range", () => attributeContributions(model, rows, alpha));
      expectScorerError("out-of-range", () => halfCreditedMethod(model, LAMBDA, 2));
    });
    it("not-finite for a query that is not", () =>
      expectScorerError("not-finite", () => predict(model.head, new Float64Array(5).fill(NaN))));
  });

  it("a method names its rule and parameters, and its digest changes with any of them", () => {
    const model = trainRidge(features, labels, 2, CONFIG);
    const method = halfCreditedMethod(model, LAMBDA);
    expect(method).to.deep.equal({
      rule: "half-credited",
      version: 1,
      alpha: 0.5,
      whitening: "cholesky",
      head: "ridge",
      lambda: LAMBDA,
      classes: 2,
      features: 5,
      lanes: 16,
    });
    expect(jsonDigest(method)).not.to.equal(jsonDigest(halfCreditedMethod(model, LAMBDA, 0.25)));
  });
});
