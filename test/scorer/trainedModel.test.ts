import { expect } from "chai";
import {
  answeringSoftmax,
  attributeContributions,
  CREDITING_RULES,
  configuredLambda,
  contributionVectors,
  DEFAULT_SOFTMAX_CONFIG,
  describeCrediting,
  embeddingScores,
  fitSoftmax,
  flatten,
  halfCredited,
  halfCreditedQueries,
  halfCreditedRows,
  HEAD_KINDS,
  headEmbedding,
  type HeadName,
  headWithout,
  largestOutputs,
  matrix,
  predict,
  quantiseQuery,
  queriesOf,
  queryVectors,
  RULE_ALPHAS,
  readAnsweringModel,
  removalEffect,
  rowScores,
  softmaxProbabilities,
  softmaxWhitening,
  trainedRidge,
  trainRidge,
  trainSoftmax,
  unitFeatures,
  whitenRidge,
} from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { refitOutputs, rowsOf, taskOf } from "./refits.ts";
import { expectScorerError } from "./support.ts";

const LAMBDA = 0.6;
const HEADS = Object.keys(HEAD_KINDS) as HeadName[];

/** Queries come with the class that the model answers, as paid ones do. */
function trainedOn(name: HeadName, classes: number) {
  const task = taskOf(40, 9, 6, classes, 5 * classes + 1);
  const model = HEAD_KINDS[name].train(task.train, classes, LAMBDA);
  const { features } = task.queries;
  const queries = { features, labels: largestOutputs(model.outputs(features)) };
  return { ...task, queries, model, contributionOf: Array.from({ length: 40 }, (_, i) => (i % 5) - 1) };
}

for (const name of HEADS) {
  for (const classes of [2, 3, 5]) {
    describe(`${name} heads of ${classes} classes as models`, () => {
      const { model, train, queries, contributionOf } = trainedOn(name, classes);

      it("have contributions that are the sums of their rows", () => {
        const sums = contributionVectors(model, { ...train, contributionOf, contributions: 5 }, 0.4);
        const each = contributionVectors(
          model,
          { ...train, contributionOf: contributionOf.map((_, i) => i), contributions: 40 },
          0.4,
        );
        expect([sums.rows, sums.columns]).to.deep.equal([5, model.lanes]);
        rowsOf(sums).forEach((sum, s) =>
          sum.forEach((lane, j) => {
            const own = rowsOf(each).filter((_, i) => contributionOf[i] === s);
            expectClose(
              lane,
              own.reduce((total, row) => total + row[j]!, 0),
              1e-11,
            );
          }),
        );
        // The last contribution has no rows.
        expect(rowsOf(sums)[4]!.every((lane) => lane === 0)).to.equal(true);
      });

      it("score rows as the inner products of their vectors", () => {
        const { rows, queries: psi } = { ...headEmbedding(name, LAMBDA, 0.4)({ train, queries, classes }) };
        const scores = embeddingScores({ rows, queries: psi });
        rowsOf(queryVectors(model, queries)).forEach((query, r) => {
          rowScores(model, train, 0.4, Float64Array.from(query)).forEach((score, i) =>
            expectClose(score, scores.data[r * 40 + i]!, 1e-11),
          );
        });
      });

      it("know queries again by their vectors, rounded to lanes", () => {
        const psi = queryVectors(model, queries);
        const rounded = rowsOf(psi).flatMap((row) => {
          const { lanes, exponent } = quantiseQuery(Float64Array.from(row));
          return Array.from(lanes, (lane) => lane * 2 ** exponent);
        });
        const found = queriesOf(model, matrix(psi.rows, psi.columns, Float64Array.from(rounded)));
        expect(Array.from(found.labels)).to.deep.equal(Array.from(queries.labels));
        found.features.data.forEach((value, at) => expectClose(value, queries.features.data[at]!, 2e-3));
      });

      it("refuse vectors that aren't queries of theirs", () => {
        const psi = queryVectors(model, queries);
        expectScorerError("bad-length", () =>
          queriesOf(model, matrix(1, psi.columns + 16, new Float64Array(psi.columns + 16))),
        );
        expectScorerError("inconsistent", () => queriesOf(model, { ...psi, data: psi.data.map((lane) => 3 * lane) }));
        expectScorerError("inconsistent", () => queriesOf(model, { ...psi, data: psi.data.map(() => 0) }));
      });

      it("are read again from their two files", () => {
        const read = readAnsweringModel(model.files.head, model.files.whitening);
        expect([read.head, read.classes, read.features, read.lanes]).to.deep.equal([name, classes, 6, model.lanes]);
        expect(queryVectors(read, queries)).to.deep.equal(queryVectors(model, queries));
        expect(read.outputs(queries.features)).to.deep.equal(model.outputs(queries.features));
      });

      it("lose nothing without no rows, and everything without all", () => {
        const none = removalEffect(model, train, [], queries);
        none.margins.forEach((margin, r) => expectClose(none.without[r], margin, 1e-6));
        expect(none.changed).to.deep.equal([]);
        const all = removalEffect(
          model,
          train,
          Array.from({ length: 40 }, (_, i) => i),
          queries,
        );
        all.without.forEach((margin) => expectClose(margin, 0, 1e-9));
      });
    });
  }
}

describe("ridge heads as models", () => {
  for (const classes of [2, 4]) {
    it(`are what they were, with ${classes} classes`, () => {
      const { train, queries, contributionOf } = trainedOn("ridge", classes);
      const ridge = trainRidge(train.features, train.labels, classes, {
        kind: "class-balanced-ridge",
        version: 1,
        lambda: LAMBDA,
      });
      const rows = { ...train, contributionOf, contributions: 4 };
      expect(contributionVectors(trainedRidge(ridge), rows, 0.3)).to.deep.equal(
        attributeContributions(ridge, rows, 0.3),
      );
      const x = rowsOf(queries.features).map((row) => Float64Array.from(row));
      expect(x.map((row) => predict(ridge.head, row).label)).to.deep.equal(Array.from(queries.labels));
      const config = { kind: "class-balanced-ridge", version: 1, lambda: LAMBDA } as const;
      const scores = halfCredited(0.3, config)({ train, queries, classes });
      const embedded = embeddingScores(headEmbedding("ridge", LAMBDA, 0.3)({ train, queries, classes }));
      embedded.data.forEach((score, at) => expectClose((classes === 2 ? 2 : 1) * score, scores.data[at]!, 1e-12));
    });

    it(`change without rows as refits do, with ${classes} classes`, () => {
      const task = trainedOn("ridge", classes);
      for (const left of [[3], [0, 5, 9, 20], Array.from({ length: 25 }, (_, i) => i)]) {
        const { margins, without, changed } = removalEffect(task.model, task.train, left, task.queries);
        const kept = Array.from({ length: 40 }, (_, i) => i);
        const [before, after] = [kept, kept.filter((i) => !left.includes(i))].map((rows) =>
          refitOutputs(task, LAMBDA, rows),
        );
        const answers = after!.map((outputs) => outputs.indexOf(Math.max(...outputs)));
        before!.forEach((outputs, r) => expectClose(margins[r], outputs[task.queries.labels[r]!]!, 1e-11));
        after!.forEach((outputs, r) => expectClose(without[r], outputs[task.queries.labels[r]!]!, 1e-11));
        expect(changed).to.deep.equal([...answers.keys()].filter((r) => answers[r] !== task.queries.labels[r]));
      }
    });
  }

  it("keep their head without no rows", () => {
    const { train } = trainedOn("ridge", 3);
    const ridge = trainRidge(train.features, train.labels, 3);
    expect(headWithout(whitenRidge(ridge, train), [])).to.deep.equal(ridge.head);
  });
});

describe("softmax heads as models", () => {
  const { train, queries, classes } = trainedOn("softmax", 3);
  const softmax = trainSoftmax(train.features, train.labels, classes, { ...DEFAULT_SOFTMAX_CONFIG, lambda: LAMBDA });
  const whitening = softmaxWhitening(softmax, train, LAMBDA);

  it("have the inner products of whitened factors", () => {
    const { rows, queries: psi } = headEmbedding("softmax", LAMBDA)({ train, queries, classes });
    const expected = embeddingScores({
      rows: flatten(halfCreditedRows(softmax, whitening, train)),
      queries: flatten(halfCreditedQueries(classes, whitening, queries)),
    });
    embeddingScores({ rows, queries: psi }).data.forEach((score, at) => expectClose(score, expected.data[at]!, 1e-10));
    // Lane k·d + j, filled up with zeros.
    const lanes = rowsOf(flatten(halfCreditedRows(softmax, whitening, train)));
    rowsOf(rows).forEach((row, i) => row.forEach((lane, j) => expectClose(lane, j < 12 ? lanes[i]![j]! : 0, 1e-10)));
  });

  it("change without rows as training from zero does", () => {
    const { model } = trainedOn("softmax", 3);
    const left = [0, 4, 7, 8, 22];
    const weights = Float64Array.from(train.labels, (label, i) =>
      left.includes(i) ? 0 : softmax.classWeights[label]!,
    );
    const again = fitSoftmax(train.features, train.labels, classes, weights, LAMBDA);
    const p = softmaxProbabilities(again, queries.features);
    const { without, changed } = removalEffect(model, train, left, queries);
    const answers = largestOutputs(p);
    without.forEach((margin, r) => {
      const logs = Array.from(p.data.subarray(r * 3, r * 3 + 3), Math.log);
      expectClose(margin, logs[queries.labels[r]!]! - (logs[0]! + logs[1]! + logs[2]!) / 3, 1e-6);
    });
    expect(changed).to.deep.equal([...answers.keys()].filter((r) => answers[r] !== queries.labels[r]));
  });

  it("are refused with another model's whitening, and files that are no heads", () => {
    const { files } = answeringSoftmax(softmax.head, whitening);
    const ridge = trainedRidge(trainRidge(train.features, train.labels, classes));
    const narrow = HEAD_KINDS.softmax.train(
      { features: unitFeatures(matrix(4, 2, Float64Array.of(1, 2, 3, 4, 4, 3, 2, 1))), labels: [0, 1, 2, 0] },
      3,
      1,
    );
    expectScorerError("bad-magic", () => readAnsweringModel(files.head, ridge.files.whitening), /TRKW/);
    expectScorerError("bad-magic", () => readAnsweringModel(files.whitening, files.whitening), /no head/);
    expectScorerError("bad-length", () => readAnsweringModel(files.head, narrow.files.whitening), /6 features/);
    const binary = trainedOn("softmax", 2).model;
    expectScorerError("bad-length", () => readAnsweringModel(files.head, binary.files.whitening));
  });
});

describe("rules", () => {
  const sides = { classes: 3, features: 6, lanes: 16 };

  it("say their α, and refuse another", () => {
    for (const rule of CREDITING_RULES) {
      const alpha = rule === "half-credited" ? 0.3 : RULE_ALPHAS[rule];
      expect(describeCrediting(rule, alpha, "softmax", 2, sides)).to.deep.equal({
        rule,
        version: 1,
        alpha,
        whitening: "kfac",
        head: "softmax",
        lambda: 2,
        ...sides,
      });
    }
    expectScorerError("inconsistent", () => describeCrediting("hat", 1, "ridge", 1, sides), /alpha 0/);
    expectScorerError("out-of-range", () => describeCrediting("half-credited", 1.5, "ridge", 1, sides));
  });

  it("configurations of heads are read, others refused", () => {
    for (const name of HEADS) {
      const config = HEAD_KINDS[name].config(0.25);
      expect(configuredLambda(HEAD_KINDS[name], { ...config })).to.equal(0.25);
      for (const wrong of [
        { ...config, version: 2 },
        { ...config, more: 1 },
        { ...config, lambda: "1" },
      ])
        expectScorerError("bad-version", () => configuredLambda(HEAD_KINDS[name], wrong));
    }
    expectScorerError("bad-version", () => configuredLambda(HEAD_KINDS.ridge, { ...HEAD_KINDS.softmax.config() }));
  });
});
