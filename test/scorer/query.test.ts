import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  intervalQuery,
  type PaidQuery,
  packQ,
  queryDigest,
  quantiseQuery,
  toHex,
  unpackQ,
} from "../../scorer/index.ts";
import { expectScorerError, naivePackQ, Random, roundFraction } from "./support.ts";

function naiveIntervalQuery(queries: readonly PaidQuery[]): { exponent: number; lanes: number[] } {
  const lowest = Math.min(...queries.map(({ query }) => query.exponent));
  const sums = Array.from(queries[0]!.query.lanes, (_, j) =>
    queries.reduce(
      (sum, { amount, query }) => sum + amount * BigInt(query.lanes[j]!) * 2n ** BigInt(query.exponent - lowest),
      0n,
    ),
  );
  if (sums.every((sum) => sum === 0n)) return { exponent: 0, lanes: sums.map(() => 0) };
  for (let s = 0; ; s++) {
    const lanes = sums.map((sum) => roundFraction(sum, 2n ** BigInt(s)));
    if (lanes.every((lane) => lane >= -32767n && lane <= 32767n))
      return { exponent: lowest + s, lanes: lanes.map(Number) };
  }
}

const query = (exponent: number, ...lanes: number[]): PaidQuery["query"] => ({
  exponent,
  lanes: Int16Array.from({ length: 16 }, (_, j) => lanes[j] ?? 0),
});
const lanesOf = (queries: readonly PaidQuery[]): { exponent: number; lanes: number[] } => {
  const { exponent, lanes } = intervalQuery(queries);
  return { exponent, lanes: Array.from(lanes) };
};

describe("lanes in the order of q", () => {
  const random = new Random(11);

  it("reverse the lanes of every word", () => {
    for (const k of [16, 32, 512]) {
      const lanes = random.lanes(k);
      expect(toHex(packQ(lanes))).to.equal(naivePackQ(lanes));
    }
    expect(toHex(packQ(Int16Array.from({ length: 16 }, (_, j) => j))).startsWith("0x000f000e")).to.equal(true);
  });

  it("come back as they were", () => {
    const lanes = Int16Array.of(...random.lanes(8190), 32767, -32768);
    expect(unpackQ(packQ(lanes))).to.deep.equal(lanes);
  });

  it("throw bad-length unless they are whole words", () => {
    for (const k of [0, 15, 17, 8208]) expectScorerError("bad-length", () => packQ(new Int16Array(k)));
    for (const bytes of [0, 30, 33, 16416]) expectScorerError("bad-length", () => unpackQ(new Uint8Array(bytes)));
  });
});

describe("query of a receipt", () => {
  it("has the digest of its exponent as one byte and its lanes in the order of q", () => {
    for (const exponent of [-128, -3, 0, 127]) {
      const vector = query(exponent, 5, -6, 7);
      const byte = ((exponent + 256) % 256).toString(16).padStart(2, "0");
      expect(queryDigest(vector)).to.equal(keccak256(`0x${byte}${naivePackQ(vector.lanes).slice(2)}`));
    }
  });

  it("throws out-of-range for an exponent that is not an int8", () => {
    expectScorerError("out-of-range", () => queryDigest(query(128, 1)));
    expectScorerError("out-of-range", () => quantiseQuery(Float64Array.from({ length: 16 }, () => 1e-60)));
  });
  it("throws bad-length for lanes that are not whole words", () =>
    expectScorerError("bad-length", () => quantiseQuery(new Float64Array(10))));
  it("throws not-finite", () => expectScorerError("not-finite", () => quantiseQuery(new Float64Array(16).fill(NaN))));
});

describe("query of an interval", () => {
  it("agrees with exact arithmetic on random receipts", () => {
    const random = new Random(12);
    for (let round = 0; round < 40; round++) {
      const queries = Array.from({ length: random.integer(1, 12) }, () => ({
        amount: BigInt(random.integer(0, 2 ** 30)) << BigInt(random.integer(0, round)),
        query: { exponent: random.integer(-40, -20 + round), lanes: random.lanes(32, 2 ** random.integer(0, 15) - 1) },
      }));
      expect(lanesOf(queries)).to.deep.equal(naiveIntervalQuery(queries));
    }
  });

  it("does not shift what fits", () => {
    expect(lanesOf([{ amount: 1n, query: query(-5, 32767, -3) }])).to.deep.include({ exponent: -5 });
  });

  it("rounds halves away from zero, on both sides", () => {
    const { exponent, lanes } = lanesOf([{ amount: 3n, query: query(0, 16383, 1, -1, 3, -3) }]);
    expect(exponent).to.equal(1);
    expect(lanes.slice(0, 5)).to.deep.equal([24575, 2, -2, 5, -5]);
  });

  it("shifts once more when rounding would give 32,768", () => {
    const { exponent, lanes } = lanesOf([
      { amount: 1n, query: query(0, 32767) },
      { amount: 1n, query: query(0, 32767) },
      { amount: 1n, query: query(0, 1) },
    ]);
    expect([exponent, lanes[0]]).to.deep.equal([2, 16384]);
  });

  it("has the exponent 0 when everything cancels", () => {
    expect(
      lanesOf([
        { amount: 2n, query: query(-9, 7) },
        { amount: 2n, query: query(-9, -7) },
      ]),
    ).to.deep.equal({ exponent: 0, lanes: new Array<number>(16).fill(0) });
  });

  it("does not depend on the order of the receipts", () => {
    const queries = [
      { amount: 5n, query: query(-9, 700, 2) },
      { amount: 2n ** 100n, query: query(3, -7) },
      { amount: 1n, query: query(0, 9) },
    ];
    expect(lanesOf(queries.toReversed())).to.deep.equal(lanesOf(queries));
  });

  describe("throws", () => {
    it("empty-input without receipts", () => expectScorerError("empty-input", () => intervalQuery([])));
    it("bad-length for receipts of different lanes", () => {
      const wide = { exponent: 0, lanes: new Int16Array(32) };
      expectScorerError(
        "bad-length",
        () =>
          intervalQuery([
            { amount: 1n, query: query(0) },
            { amount: 1n, query: wide },
          ]),
        /query 1/,
      );
    });
    it("out-of-range for an amount that is not a uint112", () => {
      expectScorerError("out-of-range", () => intervalQuery([{ amount: 2n ** 112n, query: query(0) }]));
      expectScorerError("out-of-range", () => intervalQuery([{ amount: -1n, query: query(0) }]));
    });
    it("out-of-range for an exponent that is not an int8", () =>
      expectScorerError("out-of-range", () => intervalQuery([{ amount: 1n, query: query(-129) }])));
  });
});
