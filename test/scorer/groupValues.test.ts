import { expect } from "chai";
import {
  type AnswerValue,
  type AttributionTask,
  dataBanzhaf,
  dataShapley,
  DEFAULT_RIDGE_CONFIG,
  knnShapley,
  leaveOut,
  leadValue,
  logLikelihoodValue,
  marginValue,
  matrix,
  perQueryPositive,
  positivePart,
  Random,
  randomScores,
  RidgeSubsets,
  ridgeUtility,
  rowCount,
  squaredErrorValue,
  sumByGroup,
  sumOverQueries,
  trainRidge,
  type Utility,
} from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { refitOutputs, rowsOf, taskOf } from "./refits.ts";
import { expectScorerError } from "./support.ts";

const subsetsOf = (n: number): number[][] =>
  Array.from({ length: 2 ** n }, (_, mask) => Array.from({ length: n }, (_, i) => i).filter((i) => (mask >> i) & 1));
const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** Semivalues by their definition: the weighted gains of joining every subset of the others. */
function naiveSemivalue(
  n: number,
  value: (set: readonly number[]) => number,
  weight: (size: number) => number,
): number[] {
  return Array.from({ length: n }, (_, g) =>
    subsetsOf(n)
      .filter((set) => !set.includes(g))
      .reduce((sum, set) => sum + weight(set.length) * (value([...set, g]) - value(set)), 0),
  );
}
const naiveShapley = (n: number, value: (set: readonly number[]) => number): number[] =>
  naiveSemivalue(n, value, (size) => (factorial(size) * factorial(n - size - 1)) / factorial(n));
const naiveBanzhaf = (n: number, value: (set: readonly number[]) => number): number[] =>
  naiveSemivalue(n, value, () => 1 / 2 ** (n - 1));

/** A game with interactions of all orders, its values kept by mask. */
function gameOf(n: number, seed: number): (set: readonly number[]) => number {
  const values = new Random(seed).normals(2 ** n);
  return (set) => values[set.reduce((mask, g) => mask | (1 << g), 0)]!;
}
const members = (included: Uint8Array): number[] => [...included.keys()].filter((g) => included[g] === 1);
const utilityOf =
  (value: (set: readonly number[]) => number): Utility =>
  (included) =>
    value(members(included));

describe("values of groups from draws", () => {
  const n = 6;
  const game = gameOf(n, 1);

  it("Shapley values come within their standard errors of those of all subsets, and add up", () => {
    const { values, standardErrors } = dataShapley(utilityOf(game), n, 4000, new Random(2));
    naiveShapley(n, game).forEach((value, g) => {
      expect(standardErrors[g]).to.be.within(0.002, 0.05);
      expectClose(values[g], value, 4 * standardErrors[g]!);
    });
    const total = game([0, 1, 2, 3, 4, 5]) - game([]);
    expectClose(
      values.reduce((sum, value) => sum + value, 0),
      total,
      1e-10,
    );
  });

  it("Shapley values are exact at once where groups act in pairs at most", () => {
    const weights = new Random(3).normals(n * n);
    const pairwise = (set: readonly number[]): number =>
      set.reduce((sum, a) => sum + set.filter((b) => b >= a).reduce((part, b) => part + weights[a * n + b]!, 0), 0);
    const { values, standardErrors } = dataShapley(utilityOf(pairwise), n, 2, new Random(4));
    naiveShapley(n, pairwise).forEach((value, g) => expectClose(values[g], value, 1e-12));
    standardErrors.forEach((error) => expectClose(error, 0, 1e-12));
  });

  it("Shapley values are means of what joining gains, over permutations and their reverses", () => {
    const walked: number[][] = [];
    const { values, standardErrors } = dataShapley(
      (included) => (walked.push(members(included)), game(members(included))),
      n,
      3,
      new Random(5),
    );
    expect(walked.length).to.equal(2 + 2 * 3 * (n - 1));
    const orders = Array.from({ length: 6 }, (_, walk) => {
      const sets = [...walked.slice(2 + walk * (n - 1), 2 + (walk + 1) * (n - 1)), [0, 1, 2, 3, 4, 5]];
      return sets.map((set, at) => set.find((g) => at === 0 || !sets[at - 1]!.includes(g))!);
    });
    orders.forEach((order, walk) => {
      expect([...order].sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
      if (walk % 2 === 1) expect(order).to.deep.equal([...orders[walk - 1]!].reverse());
    });
    const gain = (order: number[], g: number): number => {
      const before = order.slice(0, order.indexOf(g));
      return game([...before, g]) - game(before);
    };
    values.forEach((value, g) => {
      const pairs = [0, 2, 4].map((walk) => (gain(orders[walk]!, g) + gain(orders[walk + 1]!, g)) / 2);
      const average = pairs.reduce((sum, pair) => sum + pair, 0) / 3;
      expectClose(value, average, 1e-12);
      const variance = pairs.reduce((sum, pair) => sum + (pair - average) ** 2, 0) / 2;
      expectClose(standardErrors[g], Math.sqrt(variance / 3), 1e-12);
    });
  });

  it("Banzhaf values come within their standard errors of those of all subsets", () => {
    const { values, standardErrors } = dataBanzhaf(utilityOf(game), n, 20_000, new Random(6));
    naiveBanzhaf(n, game).forEach((value, g) => {
      expect(standardErrors[g]).to.be.within(0.002, 0.05);
      expectClose(values[g], value, 4 * standardErrors[g]!);
    });
  });

  it("Banzhaf values use every subset for every group", () => {
    const drawn: number[][] = [];
    const { values, standardErrors } = dataBanzhaf(
      (included) => (drawn.push(members(included)), game(members(included))),
      n,
      50,
      new Random(7),
    );
    expect(drawn.length).to.equal(50);
    values.forEach((value, g) => {
      const average = (sets: number[][]): number => sets.reduce((sum, set) => sum + game(set), 0) / sets.length;
      const inside = drawn.filter((set) => set.includes(g));
      const outside = drawn.filter((set) => !set.includes(g));
      expectClose(value, average(inside) - average(outside), 1e-12);
      const varianceOfMean = (sets: number[][]): number =>
        sets.reduce((sum, set) => sum + (game(set) - average(sets)) ** 2, 0) / (sets.length - 1) / sets.length;
      expectClose(standardErrors[g], Math.sqrt(varianceOfMean(inside) + varianceOfMean(outside)), 1e-12);
    });
  });

  it("leaving out is what all are worth less all but one", () => {
    const all = [0, 1, 2, 3, 4, 5];
    leaveOut(utilityOf(game), n).forEach((loss, g) =>
      expectClose(loss, game(all) - game(all.filter((other) => other !== g)), 1e-15),
    );
  });

  it("the same seed gives the same numbers, another seed others", () => {
    for (const estimate of [dataBanzhaf, dataShapley]) {
      const run = (seed: number): number[] => [...estimate(utilityOf(game), n, 40, new Random(seed)).values];
      expect(run(1)).to.deep.equal(run(1));
      expect(run(1)).to.not.deep.equal(run(2));
    }
  });

  it("refuse too few draws and no groups", () => {
    const utility = utilityOf(game);
    expectScorerError("out-of-range", () => dataBanzhaf(utility, 0, 10, new Random(1)));
    expectScorerError("out-of-range", () => dataBanzhaf(utility, n, 0, new Random(1)));
    expectScorerError("empty-input", () => dataBanzhaf(utility, n, 2, new Random(1)), /draw more/);
    expectScorerError("out-of-range", () => dataShapley(utility, 0, 10, new Random(1)));
    expectScorerError("out-of-range", () => dataShapley(utility, n, 1, new Random(1)));
    expectScorerError("out-of-range", () => leaveOut(utility, 0));
  });
});

describe("KNN-Shapley", () => {
  /** The nearest first, by sorting whole rows. */
  const nearestOf = ({ train, queries }: AttributionTask, r: number): number[] => {
    const [rows, query] = [rowsOf(train.features), rowsOf(queries.features)[r]!];
    const distance = (i: number): number => rows[i]!.reduce((sum, value, j) => sum + (value - query[j]!) ** 2, 0);
    return [...rows.keys()]
      .map((i) => [distance(i), i] as const)
      .sort(([a, i], [b, j]) => a - b || i - j)
      .map(([, i]) => i);
  };
  const utilityOfSet = (task: AttributionTask, r: number, k: number, set: readonly number[]): number =>
    nearestOf(task, r)
      .filter((i) => set.includes(i))
      .slice(0, k)
      .filter((i) => task.train.labels[i] === task.queries.labels[r]).length / k;

  for (const k of [1, 3, 8, 12]) {
    it(`is the Shapley value over all 2^8 subsets, K = ${k}`, () => {
      const task = taskOf(8, 3, 2, 2, 5);
      const scores = knnShapley(k)(task);
      for (let r = 0; r < 3; r++) {
        naiveShapley(8, (set) => utilityOfSet(task, r, k, set)).forEach((value, i) =>
          expectClose(scores.data[r * 8 + i], value, 1e-12),
        );
      }
    });
  }

  it("takes of equally far rows the one with the lower index", () => {
    const features = matrix(4, 1, Float64Array.of(1, -1, 1, -1));
    const task = {
      train: { features, labels: [0, 1, 1, 0] },
      queries: { features: matrix(1, 1, Float64Array.of(0)), labels: [1] },
      classes: 2,
    };
    expect(nearestOf(task, 0)).to.deep.equal([0, 1, 2, 3]);
    const scores = knnShapley(1)(task).data;
    naiveShapley(4, (set) => utilityOfSet(task, 0, 1, set)).forEach((value, i) => expectClose(scores[i], value, 1e-12));
  });

  it("refuses no neighbours and rows that do not fit", () => {
    const task = taskOf(8, 3, 2, 2, 5);
    expectScorerError("out-of-range", () => knnShapley(0));
    expectScorerError("bad-length", () => knnShapley()({ ...task, queries: { ...task.queries, labels: [0] } }));
    expectScorerError("out-of-range", () => knnShapley()({ ...task, classes: 1 }));
  });
});

for (const classes of [2, 4]) {
  describe(`ridge heads of subsets, ${classes} classes`, () => {
    const lambda = 0.7;
    const config = { ...DEFAULT_RIDGE_CONFIG, lambda };
    const task = taskOf(26, 5, 4, classes, 30 + classes);
    const { train, queries } = task;
    // Three rows belong to no group and are always in.
    const groupOf = Array.from({ length: 26 }, (_, i) => (i < 3 ? -1 : i % 4));
    const subsets = new RidgeSubsets(trainRidge(train.features, train.labels, classes, config), config, train, {
      groupOf,
      groups: 4,
    });
    const answered = Array.from(queries.labels);
    const values: [string, AnswerValue, (outputs: number[], r: number) => number][] = [
      ["margin", marginValue, (outputs, r) => outputs[answered[r]!]!],
      [
        "lead",
        leadValue,
        (outputs, r) => outputs[answered[r]!]! - Math.max(...outputs.filter((_, c) => c !== answered[r])),
      ],
      [
        "squared error",
        squaredErrorValue,
        (outputs, r) =>
          -outputs.reduce((sum, output, c) => sum + (output - (c === answered[r] ? 1 : 0) + 1 / classes) ** 2, 0),
      ],
      [
        "log-likelihood",
        logLikelihoodValue(4),
        (outputs, r) =>
          Math.log(
            Math.exp(4 * outputs[answered[r]!]!) / outputs.reduce((sum, output) => sum + Math.exp(4 * output), 0),
          ),
      ],
    ];
    for (const [name, value, naive] of values) {
      it(`have the mean ${name} of refits`, () => {
        const utility = ridgeUtility(subsets, queries, value);
        for (const set of subsetsOf(4)) {
          const kept = [...groupOf.keys()].filter((i) => groupOf[i] === -1 || set.includes(groupOf[i]!));
          const outputs = refitOutputs(task, lambda, kept);
          const included = Uint8Array.from({ length: 4 }, (_, g) => (set.includes(g) ? 1 : 0));
          expectClose(utility(included), outputs.reduce((sum, row, r) => sum + naive(row, r), 0) / 5, 1e-12);
        }
      });
    }

    it("refuse marks for other groups", () => {
      expect(subsets.groups).to.equal(4);
      expectScorerError("bad-length", () => subsets.head(new Uint8Array(3)));
    });
  });
}

describe("baselines", () => {
  const task = taskOf(9, 4, 3, 2, 40);

  it("of row counts pay each row the same, groups by their rows", () => {
    const sums = sumByGroup(rowCount(task), { groupOf: [0, 0, 1, 1, 1, 1, 2, -1, -1], groups: 4 });
    expect([...sumOverQueries(sums)]).to.deep.equal([8, 16, 4, 0]);
  });

  it("of random numbers come from the seed alone", () => {
    const scores = randomScores(3)(task);
    expect([scores.rows, scores.columns]).to.deep.equal([4, 9]);
    expect([...scores.data]).to.deep.equal([...new Random(3).normals(36)]);
  });

  it("of positive parts drop what is below 0", () => {
    const scores = randomScores(3)(task);
    const expected = [...scores.data].map((score) => (score > 0 ? score : 0));
    expect([...perQueryPositive(randomScores(3))(task).data]).to.deep.equal(expected);
    expect([...positivePart(scores).data]).to.deep.equal(expected);
    expect(expected.filter((score) => score === 0).length).to.be.within(5, 31);
  });
});
