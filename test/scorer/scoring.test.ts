import { expect } from "chai";
import { amounts, type InfluenceIndex, payables, payableWeights, Weights } from "../../scorer/index.ts";
import { expectScorerError, Random } from "./support.ts";

function naivePayable(lanes: Int16Array, q: Int16Array, exponent: number, rows: number, bound: number): bigint {
  if (rows === 0 || exponent > 64 || exponent > Math.ceil(Math.log2(rows)) + bound) return 0n;
  const product = lanes.reduce((sum, lane, j) => sum + BigInt(lane) * BigInt(q[j]!), 0n);
  return product > 0n ? product * 2n ** BigInt(exponent) : 0n;
}

describe("payable weights", () => {
  const random = new Random(31);

  it("agree with BigInt arithmetic on random indexes", () => {
    for (let round = 0; round < 20; round++) {
      const [n, k] = [random.integer(1, 9), 16 * random.integer(1, 40)];
      const index: InfluenceIndex = {
        size: n,
        lanesPerRow: k,
        unitExponent: 0,
        exponentBound: random.integer(0, 40),
        exponents: Uint8Array.from({ length: n }, () => random.integer(0, 70)),
        lanes: random.lanes(n * k),
      };
      const q = random.lanes(k);
      const rows = Array.from({ length: n }, () => random.integer(0, 5000));
      const expected = rows.map((count, i) =>
        naivePayable(index.lanes.subarray(i * k, i * k + k), q, index.exponents[i]!, count, index.exponentBound),
      );
      expect(payables(index, rows, q)).to.deep.equal(expected);
    }
  });

  const oneLane = (exponents: number[], exponentBound: number): InfluenceIndex => ({
    size: exponents.length,
    lanesPerRow: 16,
    unitExponent: 0,
    exponentBound,
    exponents: Uint8Array.from(exponents),
    lanes: new Int16Array(16 * exponents.length).fill(1),
  });
  const q = new Int16Array(16).fill(1);

  it("are exact in bytes at every exponent, up to 2^107", () => {
    const exponents = Uint8Array.from({ length: 65 }, (_, exponent) => exponent);
    const size = exponents.length;
    const counts = new Array<number>(size).fill(2 ** 40);
    const full = { size, lanesPerRow: 8192, unitExponent: 0, exponentBound: 40, exponents };
    const lanes = new Int16Array(8192).fill(-32768);
    const largest = payableWeights({ ...full, lanes: new Int16Array(size * 8192).fill(-32768) }, counts, lanes);
    expect([...largest]).to.deep.equal(Array.from(exponents, (exponent) => 2n ** BigInt(43 + exponent)));
    lanes[0] = -32767;
    const odd = payableWeights({ ...full, lanes: new Int16Array(size * 8192).fill(-32767) }, counts, lanes);
    const product = 8191n * 32767n * 32768n + 32767n ** 2n;
    expect([...odd]).to.deep.equal(Array.from(exponents, (exponent) => product << BigInt(exponent)));
  });
  it("agree with BigInt arithmetic where rows are scored in several blocks", () => {
    const [n, k] = [3 * 2 ** 14 + 5, 16];
    const index = { ...oneLane(new Array<number>(n).fill(3), 40), lanes: random.lanes(n * k) };
    const q = random.lanes(k);
    const expected = Array.from({ length: n }, (_, i) =>
      naivePayable(index.lanes.subarray(i * k, i * k + k), q, 3, 1, 40),
    );
    expect(payables(index, new Array<number>(n).fill(1), q)).to.deep.equal(expected);
  });
  it("are 0 where the exponent is above ⌈log2 rows⌉ + E, by one", () => {
    expect(payables(oneLane([7, 8, 6, 7], 4), [8, 8, 4, 5], q)).to.deep.equal([16n << 7n, 0n, 16n << 6n, 16n << 7n]);
  });
  it("are 0 where the exponent is above 64, whatever the rows", () => {
    expect(payables(oneLane([64, 65], 40), [2 ** 40, 2 ** 40], q)).to.deep.equal([16n << 64n, 0n]);
  });
  it("are 0 for retired contributions and for negative products", () => {
    expect(payables(oneLane([0, 0], 0), [0, 1], q)).to.deep.equal([0n, 16n]);
    expect(
      payables(
        oneLane([0, 0], 0),
        [1, 1],
        q.map((lane) => -lane),
      ),
    ).to.deep.equal([0n, 0n]);
  });

  describe("throw", () => {
    it("bad-length when q has other lanes than the index", () =>
      expectScorerError("bad-length", () => payables(oneLane([0], 0), [1], new Int16Array(32))));
    it("bad-length when a count is missing", () =>
      expectScorerError("bad-length", () => payables(oneLane([0, 0], 0), [1], q)));
    it("out-of-range for a count that is none", () =>
      expectScorerError("out-of-range", () => payables(oneLane([0], 0), [-1], q)));
  });
});

describe("amounts", () => {
  const random = new Random(32);

  it("add up to the pool exactly, and each is less than one unit off its share", () => {
    for (let round = 0; round < 50; round++) {
      const weights = Array.from({ length: random.integer(1, 40) }, () =>
        random.next() < 0.2 ? 0n : BigInt(random.integer(1, 2 ** 50)) << BigInt(random.integer(0, 60)),
      );
      weights.push(1n);
      const pool = BigInt(random.integer(0, 2 ** 50)) << BigInt(random.integer(0, 60));
      const total = weights.reduce((a, b) => a + b);
      const paid = amounts(weights, pool);
      expect(amounts(Weights.from(weights), pool)).to.deep.equal(paid);
      expect(paid.reduce((a, b) => a + b)).to.equal(pool);
      paid.forEach((amount, i) => {
        const off = amount * total - weights[i]! * pool;
        expect(off < total && off > -total).to.equal(true);
        if (weights[i] === 0n) expect(amount).to.equal(0n);
      });
    }
  });

  it("are the differences of rounded prefixes", () => {
    expect(amounts([1n, 1n, 1n], 100n)).to.deep.equal([33n, 33n, 34n]);
    expect(amounts([0n, 5n, 0n], 7n)).to.deep.equal([0n, 7n, 0n]);
  });
  it("are 0 when nothing weighs anything", () => expect(amounts([0n, 0n], 100n)).to.deep.equal([0n, 0n]));
  it("throw out-of-range for a pool that is not a uint112", () => {
    expectScorerError("out-of-range", () => amounts([1n], 2n ** 112n));
    expectScorerError("out-of-range", () => amounts([1n], -1n));
  });
});
