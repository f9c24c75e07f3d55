import { expect } from "chai";
import {
  coefficientOfVariation,
  gini,
  mean,
  pearson,
  quantile,
  Random,
  ranks,
  rocAuc,
  spearman,
  standardDeviation,
} from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { expectScorerError } from "./support.ts";

const random = new Random(20);
/** Coarse numbers, so that there are ties. */
const coarse = (n: number): number[] => Array.from({ length: n }, () => random.below(8));
const smooth = (n: number): number[] => [...random.normals(n)].map((value) => 3 + value);
const pairs = <T>(items: readonly T[]): [T, T][] => items.flatMap((a) => items.map((b): [T, T] => [a, b]));
const sum = (items: readonly number[]): number => items.reduce((total, item) => total + item, 0);

/** Half of the mean squared difference of all pairs: a variance without a mean. */
const naiveVariance = (items: readonly number[]): number =>
  sum(pairs(items).map(([a, b]) => (a - b) ** 2)) / (2 * items.length * (items.length - 1));
/** Signs and sizes of the differences of all pairs: a correlation without means. */
const naivePearson = (a: readonly number[], b: readonly number[]): number => {
  const both = pairs(a.map((_, i) => i));
  const products = (x: readonly number[], y: readonly number[]): number =>
    sum(both.map(([i, j]) => (x[i]! - x[j]!) * (y[i]! - y[j]!)));
  return products(a, b) / Math.sqrt(products(a, a) * products(b, b));
};
const naiveRanks = (items: readonly number[]): number[] =>
  items.map(
    (item) => items.filter((other) => other < item).length + (items.filter((other) => other === item).length + 1) / 2,
  );

describe("statistics", () => {
  for (const [name, sample] of [
    ["with ties", coarse],
    ["without ties", smooth],
  ] as const) {
    describe(name, () => {
      const a = sample(40);
      const b = sample(40);

      it("standard deviation and coefficient of variation", () => {
        expectClose(standardDeviation(a) ** 2, naiveVariance(a), 1e-12);
        expectClose(coefficientOfVariation(a), (Math.sqrt(naiveVariance(a)) * 40) / sum(a), 1e-12);
      });

      it("ranks are one more than the smaller values and half of the equal ones", () => {
        expect([...ranks(a)]).to.deep.equal(naiveRanks(a));
      });

      it("Pearson and Spearman", () => {
        expectClose(pearson(a, b), naivePearson(a, b), 1e-12);
        expectClose(spearman(a, b), naivePearson(naiveRanks(a), naiveRanks(b)), 1e-12);
        expectClose(pearson(a, a), 1, 1e-15);
        expectClose(
          pearson(
            a,
            a.map((x) => 1 - 2 * x),
          ),
          -1,
          1e-15,
        );
        expectClose(
          spearman(
            a,
            a.map((x) => x ** 3),
          ),
          1,
          1e-15,
        );
      });

      it("AUC counts the pairs in the right order, ties half", () => {
        const positive = b.map((value) => value > 3);
        const won = a.flatMap((score, i) =>
          positive[i]
            ? a.flatMap((other, j) => (positive[j] ? [] : score > other ? 1 : score === other ? 0.5 : 0))
            : [],
        );
        expectClose(rocAuc(a, positive), sum(won) / won.length, 1e-12);
        expectClose(
          rocAuc(
            a.map((score) => -score),
            positive,
          ),
          1 - sum(won) / won.length,
          1e-12,
        );
        expect(rocAuc(a, positive.map(Number))).to.equal(rocAuc(a, positive));
      });

      it("Gini is the mean difference of pairs over twice the mean", () => {
        const values = a.map(Math.abs);
        const difference = sum(pairs(values).map(([x, y]) => Math.abs(x - y))) / 40 ** 2;
        expectClose(gini(values), (difference * 40) / (2 * sum(values)), 1e-12);
      });
    });
  }

  it("of known numbers", () => {
    expect(mean([1, 2, 6])).to.equal(3);
    expect(standardDeviation([1, 2, 6])).to.equal(Math.sqrt(7));
    expect(gini([0, 0, 0, 5])).to.equal(0.75);
    expect(gini([2, 2])).to.equal(0);
    expect(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).to.equal(0.75);
    const values = [30, 10, 20, 40];
    expect([0, 0.25, 0.5, 0.9, 1].map((part) => quantile(values, part))).to.deep.equal([10, 17.5, 25, 37, 40]);
    expect(quantile([7], 0.3)).to.equal(7);
    expect(quantile([1, 2, Infinity], 0.5)).to.equal(2);
  });

  it("refuse what has no answer", () => {
    expectScorerError("empty-input", () => mean([]));
    expectScorerError("empty-input", () => standardDeviation([1]));
    expectScorerError("empty-input", () => pearson([1], [2]));
    expectScorerError("empty-input", () => gini([]));
    expectScorerError("empty-input", () => quantile([], 0.5));
    expectScorerError("empty-input", () => rocAuc([1, 2], [true, true]), /2 positives and 0 negatives/);
    expectScorerError("bad-length", () => pearson([1, 2], [1]));
    expectScorerError("bad-length", () => spearman([1, 2], [1]));
    expectScorerError("bad-length", () => rocAuc([1, 2], [true]));
    expectScorerError("out-of-range", () => pearson([1, 2], [3, 3]));
    expectScorerError("out-of-range", () => coefficientOfVariation([1, -1]));
    expectScorerError("out-of-range", () => gini([1, -1]));
    expectScorerError("out-of-range", () => gini([0, 0]));
    expectScorerError("out-of-range", () => quantile([1], 1.5));
    expectScorerError("out-of-range", () => quantile([1], Number.NaN));
    expectScorerError("not-finite", () => ranks([1, Number.NaN]), /value 1/);
  });
});
