import { expect } from "chai";
import {
  answerScores,
  balanceOf,
  buildIndex,
  contributionScores,
  type InfluenceIndex,
  intervalQuery,
  matrix,
  payables,
  quantiseQuery,
  ratio,
  standingOf,
} from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { expectScorerError, Random } from "./support.ts";

describe("explanations", () => {
  const random = new Random(17);
  const SIZE = 7;
  const rowCounts = [4, 9, 1, 30, 2, 16, 5];
  const index: InfluenceIndex = buildIndex(
    matrix(
      SIZE,
      16,
      Float64Array.from({ length: SIZE * 16 }, (_, i) => random.gaussian() * (Math.floor(i / 16) === 3 ? 50 : 1)),
    ),
    rowCounts,
  );
  const queries = Array.from({ length: 12 }, (_, r) => ({
    amount: BigInt(100_000 * (1 + (r % 3))),
    query: quantiseQuery(Float64Array.from({ length: 16 }, () => random.gaussian() * (r === 0 ? 0.01 : 1))),
  }));
  const q = intervalQuery(queries);

  it("split a weight over the answers of the interval", () => {
    const weights = payables(index, rowCounts, q.lanes);
    for (let i = 0; i < SIZE; i++) {
      const scores = answerScores(index, i, rowCounts[i]!, queries, q.exponent);
      const sum = scores.reduce((a, b) => a + b, 0);
      // q is rounded once: by half a unit in each lane.
      const row = index.lanes.subarray(16 * i, 16 * (i + 1));
      const slack = 0.5 * row.reduce((a, lane) => a + Math.abs(lane), 0) * 2 ** index.exponents[i]!;
      expectClose(Math.max(0, sum), Number(weights[i]!), slack);
      expect(scores.some((score) => score !== 0)).to.equal(true);
    }
    expect(new Set(index.exponents).size, "rows of several exponents").to.be.above(1);
  });

  it("compare contributions for one answer by the inner products of what the lanes stand for", () => {
    const { query } = queries[4]!;
    const scores = contributionScores(index, rowCounts, query);
    scores.forEach((score, i) => {
      let expected = 0;
      for (let j = 0; j < 16; j++) expected += index.lanes[16 * i + j]! * query.lanes[j]!;
      expect(score).to.equal(expected * 2 ** index.exponents[i]!);
    });
  });

  it("give nothing to a retired contribution, nor to one beyond the exponent bound", () => {
    const retired = rowCounts.map((rows, i) => (i === 1 ? 0 : rows));
    expect([...answerScores(index, 1, 0, queries, q.exponent)]).to.deep.equal(new Array(12).fill(0));
    expect(contributionScores(index, retired, queries[4]!.query)[1]).to.equal(0);
    const beyond = { ...index, exponents: index.exponents.map((e, i) => (i === 2 ? 60 : e)) };
    expect(contributionScores(beyond, rowCounts, queries[4]!.query)[2]).to.equal(0);
    expect([...answerScores(beyond, 2, 1, queries, q.exponent)]).to.deep.equal(new Array(12).fill(0));
  });

  it("rank a line, and compare it with others of its size", () => {
    const weights = [50n, 10n, 0n, 10n, 30n, 7n, 0n];
    expect(standingOf(weights, rowCounts, 3)).to.deep.equal({
      weight: 10n,
      share: 10 / 107 - ((10 / 107) % 1e-12),
      rank: 3,
      paidLines: 5,
      // 30 rows: only contribution 5 has from 15 to 60.
      peers: { leastRows: 15, mostRows: 60, count: 1, medianWeight: 7n },
    });
    const { rank, peers } = standingOf(weights, rowCounts, 0);
    // 4 rows: contributions 4 and 6 have from 2 to 8.
    expect({ rank, peers }).to.deep.equal({
      rank: 1,
      peers: { leastRows: 2, mostRows: 8, count: 2, medianWeight: 15n },
    });
    expect(standingOf([0n, 0n], [1, 9], 0)).to.deep.include({ share: 0, rank: 1, paidLines: 0 });
    expect(standingOf([0n, 1n], [1, 9], 0).peers.medianWeight).to.equal(undefined);
    // A retired one has no peers, not even other retired ones.
    expect(standingOf([0n, 1n], [0, 0], 0).peers.count).to.equal(0);
  });

  it("keep twelve digits of a ratio of any integers", () => {
    expectClose(ratio(10n ** 40n, 3n * 10n ** 40n), 1 / 3, 1e-12);
    expect(ratio(2n ** 143n, 2n ** 143n)).to.equal(1);
  });

  it("sort what speaks for and against, of equals the first first", () => {
    expect(balanceOf(Float64Array.of(1, -2, 0, 3, -2, 1, -5))).to.deep.equal({
      support: 5,
      harm: 9,
      supporters: [3, 0, 5],
      opponents: [6, 1, 4],
    });
  });

  it("refuse what doesn't fit", () => {
    const short = { amount: 1n, query: { exponent: 0, lanes: new Int16Array(32) } };
    expectScorerError("bad-length", () => answerScores(index, 0, 1, [short], 0), /32 lanes, the index 16/);
    expectScorerError("bad-length", () => contributionScores(index, rowCounts, short.query));
    expectScorerError("bad-length", () => contributionScores(index, [1], queries[0]!.query));
    expectScorerError("out-of-range", () => answerScores(index, SIZE, 1, queries, 0));
    expectScorerError("out-of-range", () => standingOf([1n], [1], 1));
    expectScorerError("bad-length", () => standingOf([1n], [1, 2], 0));
  });
});
