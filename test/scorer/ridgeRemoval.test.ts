import { expect } from "chai";
import {
  type AttributionTask,
  attributeContributions,
  DEFAULT_RIDGE_CONFIG,
  halfCredited,
  halfCreditedScores,
  halfCreditedSelfScores,
  leaveGroupOutScores,
  leaveOneOut,
  leaveOneOutScores,
  matrix,
  queryVector,
  Random,
  sumByGroup,
  trainRidge,
  whitenedProducts,
  whitenRidge,
} from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { refitOutputs, rowsOf, taskOf } from "./refits.ts";
import { expectScorerError } from "./support.ts";

const CONFIG = { ...DEFAULT_RIDGE_CONFIG, lambda: 0.4 };

/** Margins [queries] of the classes that the queries have. */
const refitMargins = (task: AttributionTask, kept: readonly number[], boost?: (row: number) => number): number[] =>
  refitOutputs(task, CONFIG.lambda, kept, boost).map((outputs, r) => outputs[task.queries.labels[r]!]!);

for (const classes of [2, 3, 5]) {
  describe(`rows taken from a ridge head of ${classes} classes`, () => {
    const task = taskOf(30, 8, 6, classes, classes);
    const { train, queries } = task;
    const every = Array.from({ length: 30 }, (_, i) => i);
    const full = refitMargins(task, every);
    const ridge = whitenRidge(trainRidge(train.features, train.labels, classes, CONFIG), train);
    const products = whitenedProducts(ridge, queries.features);

    it("one by one, change margins as refits do", () => {
      const scores = leaveOneOutScores(ridge, products, queries.labels);
      expect(leaveOneOut(CONFIG)(task)).to.deep.equal(scores);
      every.forEach((i) => {
        const without = refitMargins(
          task,
          every.filter((other) => other !== i),
        );
        full.forEach((margin, r) => expectClose(scores.data[r * 30 + i], margin - without[r]!, 1e-12));
      });
    });

    it("in groups, change margins as refits do, for groups of fewer and of more rows than features", () => {
      // Groups of 0, 1, 5, 6, 14 rows; four rows are of none.
      const sizes = [0, 1, 5, 6, 14];
      const groupOf = new Random(1).shuffle([
        ...sizes.flatMap((size, group) => new Array<number>(size).fill(group)),
        -1,
        -1,
        -1,
        -1,
      ]);
      const scores = leaveGroupOutScores(ridge, { groupOf, groups: sizes.length }, queries);
      expect([scores.rows, scores.columns]).to.deep.equal([8, 5]);
      sizes.forEach((_, group) => {
        const without = refitMargins(
          task,
          every.filter((i) => groupOf[i] !== group),
        );
        full.forEach((margin, r) => expectClose(scores.data[r * 5 + group], margin - without[r]!, 1e-12));
      });
    });

    it("as groups of one row, change what they change one by one", () => {
      const grouped = leaveGroupOutScores(ridge, { groupOf: every, groups: 30 }, queries);
      const single = leaveOneOutScores(ridge, products, queries.labels);
      grouped.data.forEach((score, at) => expectClose(score, single.data[at]!, 1e-13));
    });

    it("can all be taken", () => {
      const scores = leaveGroupOutScores(ridge, { groupOf: every.map(() => 0), groups: 1 }, queries);
      full.forEach((margin, r) => expectClose(scores.data[r], margin, 1e-10));
    });
  });

  describe(`half-credited scores of ${classes} classes`, () => {
    const task = taskOf(25, 7, 5, classes, 10 + classes);
    const { train, queries } = task;
    const every = Array.from({ length: 25 }, (_, i) => i);
    const model = trainRidge(train.features, train.labels, classes, CONFIG);
    const ridge = whitenRidge(model, train);

    for (const alpha of [0, 0.3, 0.5, 1]) {
      it(`are the inner products of the index, α = ${alpha}`, () => {
        const scores = halfCredited(alpha, CONFIG)(task);
        const rows = { ...train, contributionOf: every, contributions: 25 };
        const phi = attributeContributions(model, rows, alpha);
        rowsOf(queries.features).forEach((x, r) => {
          const psi = queryVector(model.whitening, classes, Float64Array.from(x), queries.labels[r]!);
          rowsOf(phi).forEach((row, i) => {
            const product = row.reduce((sum, value, lane) => sum + value * psi[lane]!, 0);
            expectClose(scores.data[r * 25 + i], (classes === 2 ? 2 : 1) * product, 1e-12);
          });
        });
      });

      it(`of rows for themselves are those for queries that equal them, α = ${alpha}`, () => {
        const products = whitenedProducts(ridge, train.features);
        const scores = halfCreditedScores(ridge, products, train.labels, alpha);
        halfCreditedSelfScores(ridge, alpha).forEach((score, i) => expectClose(score, scores.data[i * 26]!, 1e-12));
      });
    }

    it("add up to the margin for α = 0", () => {
      const sums = sumByGroup(halfCredited(0, CONFIG)(task), { groupOf: new Array<number>(25).fill(0), groups: 1 });
      refitMargins(task, every).forEach((margin, r) => expectClose(sums.data[r], margin, 1e-12));
    });

    it("for α = 1 are the derivatives of margins by the weights of rows", () => {
      const scores = halfCredited(1, CONFIG)(task);
      const step = 1e-5;
      for (let i = 0; i < 25; i++) {
        const [more, less] = [1 + step, 1 - step].map((factor) =>
          refitMargins(task, every, (row) => (row === i ? factor : 1)),
        );
        more!.forEach((margin, r) => expectClose(scores.data[r * 25 + i], (margin - less![r]!) / (2 * step), 1e-8));
      }
    });
  });
}

describe("removals and scores refuse", () => {
  const task = taskOf(12, 3, 4, 2, 3);
  const { train, queries } = task;
  const model = trainRidge(train.features, train.labels, 2, CONFIG);
  const ridge = whitenRidge(model, train);
  const products = whitenedProducts(ridge, queries.features);

  it("what does not fit together", () => {
    expectScorerError("bad-length", () => whitenRidge(model, { features: train.features, labels: [0, 1] }));
    expectScorerError("bad-length", () => whitenedProducts(ridge, matrix(1, 3, new Float64Array(3))));
    expectScorerError("bad-length", () => halfCreditedScores(ridge, products, [0, 1], 0.5));
    expectScorerError("bad-length", () => leaveGroupOutScores(ridge, { groupOf: [0], groups: 1 }, queries));
    const groupOf = new Array<number>(12).fill(0);
    expectScorerError("bad-length", () =>
      leaveGroupOutScores(ridge, { groupOf, groups: 1 }, { ...queries, labels: [0] }),
    );
    expectScorerError("out-of-range", () => leaveGroupOutScores(ridge, { groupOf, groups: 0 }, queries));
    expectScorerError("bad-length", () => sumByGroup(products, { groupOf: [0], groups: 1 }));
  });

  it("classes, groups and α out of range", () => {
    const groupOf = new Array<number>(12).fill(2);
    expectScorerError("out-of-range", () => leaveGroupOutScores(ridge, { groupOf, groups: 2 }, queries), /row 0/);
    expectScorerError("out-of-range", () => whitenRidge(model, { ...train, labels: new Array<number>(12).fill(2) }));
    expectScorerError("out-of-range", () => leaveOneOutScores(ridge, products, [0, 1, 2]), /query 2/);
    expectScorerError("out-of-range", () => halfCredited(1.1));
    expectScorerError("out-of-range", () => halfCreditedScores(ridge, products, queries.labels, Number.NaN));
    expectScorerError("out-of-range", () => halfCreditedSelfScores(ridge, -0.1));
  });
});
