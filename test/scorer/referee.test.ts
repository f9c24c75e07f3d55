import { expect } from "chai";
import {
  attributeContributions,
  buildIndex,
  buildStatement,
  encodeIndex,
  indexTree,
  intervalQuery,
  matrix,
  payables,
  predict,
  quantiseQuery,
  queryVector,
  toHex,
  trainRidge,
  ZERO_WORD,
} from "../../scorer/index.ts";
import { fromBits, ieee, nearest } from "./ieee754.ts";
import { answer, attribute, query, train } from "./ridgeReferee.ts";
import { indexFile, indexRoot, intervalLanes, quantised, quantiseRows, score } from "./scoringReferee.ts";
import { Random } from "./support.ts";

/** Equal to the bit, signs of zeros included. */
function expectSame(found: number, expected: number, what: string): void {
  expect(Object.is(found, expected), `${what}: ${found} instead of ${expected}`).to.equal(true);
}

describe("emulated float64", () => {
  const random = new Random(81);
  const bits = (count: number): bigint => BigInt(random.integer(0, 2 ** count - 1));
  /** Finite numbers of all magnitudes, subnormal ones and such with few digits among them. */
  const drawn = (): number => {
    const fraction = random.next() < 0.3 ? bits(3) << 49n : (bits(26) << 26n) | bits(26);
    const exponent = [0, 1, 2, 1022, 1023, 1024, 1075, 2046, random.integer(0, 2046)][random.integer(0, 8)]!;
    return fromBits((bits(1) << 63n) | (BigInt(exponent) << 52n) | fraction);
  };

  it("is what the processor computes, at all magnitudes", () => {
    for (let i = 0; i < 4000; i++) {
      const [a, b] = [drawn(), random.next() < 0.5 ? drawn() : 1 + random.next()];
      expectSame(a + b, ieee.add(a, b), `${a} + ${b}`);
      expectSame(a - b, ieee.subtract(a, b), `${a} − ${b}`);
      expectSame(a * b, ieee.multiply(a, b), `${a} · ${b}`);
      if (b !== 0) expectSame(a / b, ieee.divide(a, b), `${a} / ${b}`);
      if (i < 300) expectSame(Math.sqrt(Math.abs(a)), ieee.sqrt(Math.abs(a)), `√${Math.abs(a)}`);
    }
  });
  it("rounds ties to even, carries, and has signs of zero", () => {
    expect(nearest(2n ** 53n + 1n, 1n, false)).to.equal(2 ** 53);
    expect(nearest(2n ** 53n + 3n, 1n, false)).to.equal(2 ** 53 + 4);
    expect(nearest(2n ** 54n - 1n, 1n, false)).to.equal(2 ** 54);
    expect(nearest(-1n, 3n, false)).to.equal(-1 / 3);
    expect(nearest(1n, 2n ** 1075n, false)).to.equal(0);
    expect(nearest(3n, 2n ** 1075n, false)).to.equal(2 * Number.MIN_VALUE);
    expect(nearest(2n ** 1024n, 1n, false)).to.equal(Infinity);
    for (const a of [0, -0])
      for (const b of [0, -0, 1, -1]) {
        expectSame(a + b, ieee.add(a, b), `${a} + ${b}`);
        expectSame(a * b, ieee.multiply(a, b), `${a} · ${b}`);
        expectSame(b - b, ieee.subtract(b, b), `${b} − ${b}`);
      }
  });
});

describe("the referee", () => {
  const [n, d, contributions, alpha, lambda] = [70, 9, 11, 0.5, 0.75];

  for (const classes of [2, 3, 5]) {
    it(`finds the same bytes from training to amounts: ${classes} classes`, () => {
      const random = new Random(90 + classes);
      // Sparse, as text is, and of several magnitudes.
      const drawRow = (): number[] =>
        Array.from({ length: d }, (_, j) => (random.next() < 0.4 ? 0 : random.gaussian() * 10 ** (j % 3)));
      const rows = Array.from({ length: n }, drawRow);
      const labels = rows.map((_, i) => (i < classes ? i : random.integer(0, classes - 1)));
      const contributionOf = rows.map((_, i) => (i % 13 === 0 ? -1 : random.integer(0, contributions - 1)));
      const counts = Array.from({ length: contributions }, (_, s) =>
        s === 4 ? 0 : 1 + contributionOf.filter((other) => other === s).length,
      );
      const asked = Array.from({ length: 6 }, drawRow);
      const pool = 1_234_567_891n;

      const features = matrix(n, d, Float64Array.from(rows.flat()));
      const model = trainRidge(features, labels, classes, { kind: "class-balanced-ridge", version: 1, lambda });
      const expected = train(rows, labels, classes, lambda);
      expect([...model.classWeights]).to.deep.equal(expected.classWeights);
      expected.factor.flat().forEach((value, at) => expectSame(model.whitening.factor[at]!, value, `L at ${at}`));
      expected.coefficients
        .flat()
        .forEach((value, at) => expectSame(model.head.coefficients[at]!, value, `β at ${at}`));

      const phi = attributeContributions(model, { features, labels, contributionOf, contributions }, alpha);
      const expectedPhi = attribute(expected, rows, labels, contributionOf, contributions, alpha);
      expectedPhi.forEach((row, s) =>
        row.forEach((value, j) => expectSame(phi.data[s * phi.columns + j]!, value, `φ of ${s} at ${j}`)),
      );

      const index = buildIndex(phi, counts);
      const expectedIndex = quantiseRows(expectedPhi, counts);
      expect(toHex(encodeIndex(index))).to.equal(indexFile(expectedIndex));
      expect(indexTree(index).root).to.equal(indexRoot(expectedIndex));

      const queries = asked.map((x, i) => {
        const { label } = predict(model.head, Float64Array.from(x));
        expect(label).to.equal(answer(expected, x));
        const psi = queryVector(model.whitening, classes, Float64Array.from(x), label);
        query(expected, x, label).forEach((value, j) => expectSame(psi[j]!, value, `ψ of ${i} at ${j}`));
        return { amount: 1000n + BigInt(i) ** 9n, query: quantiseQuery(psi) };
      });
      const q = intervalQuery(queries).lanes;
      const expectedQ = intervalLanes(
        asked.map((x, i) => ({ amount: queries[i]!.amount, ...quantised(query(expected, x, answer(expected, x))) })),
      );
      expect(Array.from(q, BigInt)).to.deep.equal(expectedQ);

      const statement = buildStatement({
        stream: 256n,
        interval: 0,
        index,
        indexRoot: indexTree(index).root,
        reportHash: ZERO_WORD,
        q,
        contributors: counts.map(() => `0x${"11".repeat(20)}` as const),
        rowCounts: counts,
        pool,
      });
      const { weights, amounts, root, total } = score(expectedIndex, counts, expectedQ, pool);
      expect(statement.lines.map(({ payable }) => payable)).to.deep.equal(weights);
      expect(statement.lines.map(({ amount }) => amount)).to.deep.equal(amounts);
      expect([statement.sumTreeRoot, statement.total]).to.deep.equal([root, total]);
      expect(weights.filter((weight) => weight > 0n)).not.to.be.empty;
      expect(amounts.reduce((sum, amount) => sum + amount)).to.equal(pool);
    });
  }

  it("finds the same bytes of features of all magnitudes, up to what the exponents hold and beyond", () => {
    for (const spread of [0, 10, 50, 120, 900]) {
      const random = new Random(100 + spread);
      const counts = Array.from({ length: 23 }, (_, i) => (i === 7 ? 0 : random.integer(1, 3000)));
      const rows = counts.map((_, i) => {
        const scale = 2 ** random.integer(-spread, spread);
        return Array.from({ length: 32 }, () => (i === 5 ? 0 : random.gaussian() * scale));
      });
      const index = buildIndex(matrix(23, 32, Float64Array.from(rows.flat())), counts);
      const expectedIndex = quantiseRows(rows, counts);
      expect(toHex(encodeIndex(index))).to.equal(indexFile(expectedIndex));
      const q = random.lanes(32, 32768);
      const { weights } = score(expectedIndex, counts, Array.from(q, BigInt), 1n);
      expect(payables(index, counts, q)).to.deep.equal(weights);
    }
  });
});
