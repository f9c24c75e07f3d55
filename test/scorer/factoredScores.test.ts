import { expect } from "chai";
import {
  factoredScores,
  float64FactoredScores,
  type GradientFactors,
  matrix,
  plainFactoredScores,
  quantise,
} from "../../scorer/index.ts";
import { exactFraction, expectScorerError, Random } from "./support.ts";

/** A rational number: numerator / 2^SCALE, exact for the numbers of these tests. */
const SCALE = 400;
function exact(value: number): bigint {
  const { numerator, shift } = exactFraction(value);
  return shift <= SCALE ? numerator << BigInt(SCALE - shift) : numerator >> BigInt(shift - SCALE);
}
const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const times = (a: bigint, b: bigint): bigint => (a * b) >> BigInt(SCALE);

/** ⟨x, y⟩ without rounding, and the documented bound of its error when both are quantised. */
function exactProduct(x: Float64Array, y: Float64Array): { product: bigint; bound: bigint } {
  const [a, b] = [Array.from(x, exact), Array.from(y, exact)];
  const norm = (values: bigint[]): bigint => values.reduce((sum, value) => sum + abs(value), 0n);
  const half = (values: Float64Array): bigint => exact(2 ** (quantise(values).exponent - 1));
  const [u, v] = [half(x), half(y)];
  return {
    product: a.reduce((sum, value, l) => sum + times(value, b[l]!), 0n),
    bound: times(u, norm(b)) + times(v, norm(a)) + BigInt(x.length) * times(u, v),
  };
}

describe("factored scores", () => {
  const random = new Random(71);

  function drawn(rows: number, activations: number, gradients: number): GradientFactors {
    const filled = (columns: number) => {
      const data = new Float64Array(rows * columns);
      for (let i = 0; i < rows; i++) {
        const scale = random.next() < 0.1 ? 0 : 2 ** random.integer(-12, 12);
        for (let j = 0; j < columns; j++) data[i * columns + j] = random.gaussian() * scale;
      }
      return matrix(rows, columns, data);
    };
    return { activations: filled(activations), gradients: filled(gradients) };
  }

  const shapes = [
    [1, 1, 1, 1],
    [5, 3, 7, 2],
    [9, 8, 33, 10],
    [17, 6, 130, 1],
  ] as const;
  for (const [n, m, a, g] of shapes) {
    it(`of ${n} rows and ${m} queries are within the documented bound of exact arithmetic: ${a} × ${g}`, () => {
      const [rows, queries] = [drawn(n, a, g), drawn(m, a, g)];
      const scores = factoredScores(rows, queries);
      const unrounded = float64FactoredScores(rows, queries);
      expect([scores.rows, scores.columns, unrounded.rows, unrounded.columns]).to.deep.equal([m, n, m, n]);
      let [off, zero] = [0, 0];
      for (let q = 0; q < m; q++) {
        for (let i = 0; i < n; i++) {
          const part = (of: GradientFactors, factor: keyof GradientFactors, at: number): Float64Array =>
            of[factor].data.subarray(at * of[factor].columns, (at + 1) * of[factor].columns);
          const activation = exactProduct(part(rows, "activations", i), part(queries, "activations", q));
          const gradient = exactProduct(part(rows, "gradients", i), part(queries, "gradients", q));
          const score = times(activation.product, gradient.product);
          const bound =
            times(abs(activation.product), gradient.bound) +
            times(abs(gradient.product), activation.bound) +
            times(activation.bound, gradient.bound);
          const rounding = (abs(score) + bound) >> 53n;
          const found = scores.data[q * n + i]!;
          expect(abs(exact(found) - score) <= bound + rounding + 8n).to.equal(true);
          if (exact(found) !== score) off++;
          else zero++;
          // The float64 path rounds at every step: k roundings of sums of magnitudes.
          const norm = exactProduct(
            part(rows, "activations", i).map(Math.abs),
            part(queries, "activations", q).map(Math.abs),
          ).product;
          const gradientNorm = exactProduct(
            part(rows, "gradients", i).map(Math.abs),
            part(queries, "gradients", q).map(Math.abs),
          ).product;
          const slack = (times(norm, gradientNorm) * BigInt(2 * (a + g) + 2)) >> 53n;
          expect(abs(exact(unrounded.data[q * n + i]!) - score) <= slack + 8n).to.equal(true);
        }
      }
      expect(off + zero).to.equal(n * m);
      if (n > 1) expect(off).to.be.above(zero);
    });

    it(`of ${n} rows and ${m} queries are those of plain TypeScript, to the byte: ${a} × ${g}`, () => {
      const [rows, queries] = [drawn(n, a, g), drawn(m, a, g)];
      expect(factoredScores(rows, queries)).to.deep.equal(plainFactoredScores(rows, queries));
    });
  }

  it("are exact where numbers are small integers", () => {
    const rows = {
      activations: matrix(2, 2, Float64Array.of(3, -2, 0, 5)),
      gradients: matrix(2, 1, Float64Array.of(4, -1)),
    };
    const queries = { activations: matrix(1, 2, Float64Array.of(1, 7)), gradients: matrix(1, 1, Float64Array.of(2)) };
    expect([...factoredScores(rows, queries).data]).to.deep.equal([-11 * 8, 35 * -2]);
    expect([...float64FactoredScores(rows, queries).data]).to.deep.equal([-88, -70]);
  });
  it("are exact at magnitudes near the ends of what is taken", () => {
    for (const scale of [2 ** -205, 2 ** 205]) {
      const one = {
        activations: matrix(1, 1, Float64Array.of(3 * scale)),
        gradients: matrix(1, 1, Float64Array.of(scale)),
      };
      const other = { activations: matrix(1, 1, Float64Array.of(5)), gradients: matrix(1, 1, Float64Array.of(-1)) };
      expect([...factoredScores(one, other).data]).to.deep.equal([-15 * scale * scale]);
    }
  });

  describe("throw", () => {
    const [rows, queries] = [drawn(3, 4, 2), drawn(2, 4, 2)];
    for (const scores of [factoredScores, plainFactoredScores, float64FactoredScores]) {
      it(`bad-length when factors don't fit each other: ${scores.name}`, () => {
        const short = { ...rows, gradients: drawn(2, 4, 2).gradients };
        expectScorerError("bad-length", () => scores(short, queries), /3 rows of activations and 2/);
        expectScorerError("bad-length", () => scores(rows, short));
        expectScorerError("bad-length", () => scores(rows, drawn(2, 5, 2)), /activations of 4 numbers and of 5/);
        expectScorerError("bad-length", () => scores(rows, drawn(2, 4, 3)), /gradients of 2 numbers and of 3/);
      });
    }
    it("out-of-range for magnitudes that can't be multiplied", () => {
      const tiny = { ...queries, gradients: matrix(2, 2, new Float64Array(4).fill(1e-200)) };
      expectScorerError("out-of-range", () => factoredScores(rows, tiny), /row 0.*scale all gradients/);
    });
    it("not-finite", () => {
      const bad = { ...queries, gradients: { rows: 2, columns: 2, data: new Float64Array(4).fill(Number.NaN) } };
      expectScorerError("not-finite", () => factoredScores(rows, bad));
    });
  });
});
