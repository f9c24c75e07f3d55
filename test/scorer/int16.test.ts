import { expect } from "chai";
import { int16Products, type LaneMatrix, plainProducts } from "../../scorer/kernels/int16.ts";
import { expectScorerError, Random } from "./support.ts";

/** By definition, with integers of any size. */
function exactProducts(a: LaneMatrix, b: LaneMatrix): bigint[] {
  const row = ({ data, lanes }: LaneMatrix, i: number): bigint[] =>
    Array.from(data.subarray(i * lanes, (i + 1) * lanes), BigInt);
  return Array.from({ length: a.rows * b.rows }, (_, at) => {
    const right = row(b, at % b.rows);
    return row(a, Math.floor(at / b.rows)).reduce((sum, lane, l) => sum + lane * right[l]!, 0n);
  });
}

function filled(rows: number, lanes: number, value: number): LaneMatrix {
  return { rows, lanes, data: new Int16Array(rows * lanes).fill(value) };
}

describe("int16 products", () => {
  const random = new Random(41);
  const drawn = (rows: number, lanes: number): LaneMatrix => ({ rows, lanes, data: random.lanes(rows * lanes, 32768) });

  function expectAllEqual(a: LaneMatrix, b: LaneMatrix): void {
    const found = int16Products(a, b);
    expect(Array.from(found, BigInt)).to.deep.equal(exactProducts(a, b));
    expect(plainProducts(a, b)).to.deep.equal(found);
  }

  it("are those of BigInt arithmetic, and of the plain twin, at random sizes", () => {
    for (let round = 0; round < 60; round++) {
      const lanes = random.integer(1, 70);
      expectAllEqual(drawn(random.integer(1, 9), lanes), drawn(random.integer(1, 9), lanes));
    }
  });
  it("are so at lanes around whole steps, and at every odd and even number of rows", () => {
    for (const lanes of [1, 7, 8, 9, 15, 16, 17, 1023, 1024, 1025, 2048, 2055]) {
      for (const [m, n] of [
        [1, 1],
        [1, 2],
        [2, 1],
        [3, 3],
        [2, 5],
      ] as const)
        expectAllEqual(drawn(m, lanes), drawn(n, lanes));
    }
  });
  it("are so where rows of b come in several blocks, with one row left over", () => {
    const lanes = 2048;
    for (const n of [15, 16, 17, 33]) expectAllEqual(drawn(3, lanes), drawn(n, lanes));
  });

  describe("at the ends of int16", () => {
    const ends = [-32768, -32767, -129, -128, -127, -1, 0, 1, 127, 128, 129, 32767];
    it("for all pairs, in every lane at once", () => {
      for (const a of ends) for (const b of ends) expectAllEqual(filled(1, 1030, a), filled(1, 1030, b));
    });
    it("for 2^20 lanes of -32768", () => {
      const full = filled(1, 2 ** 20, -32768);
      expect([...int16Products(full, full)]).to.deep.equal([2 ** 50]);
      expect([...plainProducts(full, full)]).to.deep.equal([2 ** 50]);
    });
    it("for signs that alternate", () => {
      const data = Int16Array.from({ length: 4096 }, (_, i) => (i % 2 === 0 ? -32768 : 32767));
      const opposite = data.map((lane) => -lane - 1);
      expectAllEqual({ rows: 1, lanes: 4096, data }, { rows: 1, lanes: 4096, data: opposite });
    });
  });

  it("are 0 without lanes, and none without rows", () => {
    const empty = { rows: 2, lanes: 0, data: new Int16Array() };
    for (const products of [int16Products, plainProducts]) {
      expect([...products(empty, { ...empty, rows: 3 })]).to.deep.equal(new Array(6).fill(0));
      expect(products({ rows: 0, lanes: 8, data: new Int16Array() }, drawn(3, 8))).to.have.length(0);
      expect(products(drawn(3, 8), { rows: 0, lanes: 8, data: new Int16Array() })).to.have.length(0);
    }
  });
  it("don't depend on what was computed before", () => {
    const [a, b] = [drawn(3, 9), drawn(4, 9)];
    const before = int16Products(a, b);
    int16Products(filled(20, 333, -32768), filled(20, 333, 32767));
    expect(int16Products(a, b)).to.deep.equal(before);
    expect(before).to.deep.equal(plainProducts(a, b));
  });

  describe("throw", () => {
    for (const products of [int16Products, plainProducts]) {
      describe(products.name, () => {
        it("bad-length for lanes that differ", () =>
          expectScorerError("bad-length", () => products(drawn(1, 8), drawn(1, 9)), /1 × 8 and 1 × 9/));
        it("bad-length for rows that aren't all there", () => {
          expectScorerError("bad-length", () => products({ ...drawn(1, 8), rows: 2 }, drawn(1, 8)));
          expectScorerError("bad-length", () => products(drawn(1, 8), { ...drawn(2, 8), rows: 1 }));
        });
        it("out-of-range for sides that are none", () => {
          const none = { rows: 0, lanes: 0, data: new Int16Array() };
          expectScorerError("out-of-range", () => products({ ...none, rows: -1 }, none), /rows is -1/);
          expectScorerError("out-of-range", () => products(none, { ...none, rows: 0.5 }));
        });
        it("out-of-range beyond 2^20 lanes, where sums may round", () =>
          expectScorerError("out-of-range", () => products(filled(1, 2 ** 20 + 1, 0), filled(1, 2 ** 20 + 1, 0))));
      });
    }
    it("out-of-memory for more than the machine can lay out", () => {
      const lanes = { rows: 2 ** 16, lanes: 0, data: new Int16Array() };
      expectScorerError("out-of-memory", () => int16Products(lanes, lanes), /MiB at once/);
    });
  });
});
