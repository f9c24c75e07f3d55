import { expect } from "chai";
import { keccak256 } from "ethers";
import {
  buildIndex,
  decodeIndex,
  encodeIndex,
  type InfluenceIndex,
  indexRow,
  indexTree,
  matrix,
  verifyIndex,
} from "../../scorer/index.ts";
import { abiHash, expectScorerError, naiveLaneBytes, naiveMerkleNode, Random, roundScaled } from "./support.ts";

const K = 16;

function indexOf(rows: readonly (readonly number[])[], rowCounts: readonly number[]): InfluenceIndex {
  return buildIndex(matrix(rows.length, K, Float64Array.from(rows.flat())), rowCounts);
}

/** A row whose largest lane has the raw exponent `exponent`. */
const rowAt = (exponent: number): number[] => [
  20000 * 2 ** exponent,
  -(2 ** exponent),
  ...new Array<number>(K - 2).fill(0),
];

/** The definition, over the raw exponents of rows that are not zero. */
function naiveUnit(raw: readonly number[], rowCounts: readonly number[]): number {
  const logs = rowCounts.map((count) => Math.ceil(Math.log2(count)));
  return Math.max(
    Math.min(...raw),
    Math.max(...raw.map((exponent, i) => exponent - logs[i]! - 40)),
    Math.max(...raw.map((exponent) => exponent - 64)),
  );
}

describe("influence index", () => {
  describe("exponents", () => {
    it("count from the smallest raw exponent", () => {
      const index = indexOf([rowAt(-7), rowAt(-10), rowAt(-9)], [1, 1, 1]);
      expect([index.unitExponent, ...index.exponents]).to.deep.equal([-10, 3, 0, 1]);
      expect(index.exponentBound).to.equal(3);
    });

    it("leave to the row counts what they explain: the bound is what is beyond ⌈log2 rows⌉", () => {
      expect(indexOf([rowAt(0), rowAt(5)], [1, 32]).exponentBound).to.equal(0);
      expect(indexOf([rowAt(0), rowAt(5)], [1, 17]).exponentBound).to.equal(0);
      expect(indexOf([rowAt(0), rowAt(5)], [1, 16]).exponentBound).to.equal(1);
    });

    it("never need a bound above 40: the faintest rows lose lanes instead", () => {
      const index = indexOf([rowAt(0), rowAt(50), rowAt(9)], [1, 8, 1]);
      expect([index.unitExponent, ...index.exponents, index.exponentBound]).to.deep.equal([7, 0, 43, 2, 40]);
      expect(Array.from(indexRow(index, 0)).slice(0, 2)).to.deep.equal([156, 0]);
    });

    it("never exceed 64", () => {
      const index = indexOf([rowAt(0), rowAt(100)], [1, 2 ** 30]);
      expect([index.unitExponent, ...index.exponents, index.exponentBound]).to.deep.equal([36, 0, 64, 34]);
    });

    it("are 0 for rows of zeros and of retired contributions, which do not move the unit", () => {
      const index = indexOf([rowAt(-7), new Array<number>(K).fill(0), rowAt(-30)], [1, 5, 0]);
      expect([index.unitExponent, ...index.exponents]).to.deep.equal([-7, 0, 0, 0]);
      expect(Array.from(index.lanes.subarray(K)).every((lane) => lane === 0)).to.equal(true);
    });

    it("are 0 when all rows are zeros", () => {
      const index = indexOf([new Array<number>(K).fill(0)], [3]);
      expect([index.unitExponent, index.exponentBound, ...index.exponents]).to.deep.equal([0, 0, 0]);
    });

    it("agree with the definition on random indexes, lanes included", () => {
      const random = new Random(3);
      for (let round = 0; round < 30; round++) {
        const n = random.integer(1, 9);
        const raw = Array.from({ length: n }, () => random.integer(-60, round % 2 === 0 ? -40 : 60));
        const counts = raw.map(() => random.integer(1, 3000));
        const rows = raw.map((exponent) =>
          Array.from({ length: K }, (_, j) => (j === 3 ? 32000 : random.gaussian() * 3000) * 2 ** exponent),
        );
        const index = indexOf(rows, counts);
        const unit = naiveUnit(raw, counts);
        expect(index.unitExponent).to.equal(unit);
        const exponents = raw.map((exponent) => Math.max(0, exponent - unit));
        expect(Array.from(index.exponents)).to.deep.equal(exponents);
        expect(index.exponentBound).to.equal(
          Math.max(0, ...exponents.map((exponent, i) => exponent - Math.ceil(Math.log2(counts[i]!)))),
        );
        expect(index.exponentBound).to.be.at.most(40);
        rows.forEach((row, i) => {
          expect(Array.from(indexRow(index, i))).to.deep.equal(
            row.map((value) => Number(roundScaled(value, unit + exponents[i]!))),
          );
        });
      }
    });
  });

  const random = new Random(5);
  const sample: InfluenceIndex = {
    size: 5,
    lanesPerRow: 32,
    unitExponent: -21,
    exponentBound: 4,
    exponents: Uint8Array.of(0, 3, 255, 1, 7),
    lanes: random.lanes(5 * 32),
  };
  const leaves = Array.from(sample.exponents, (exponent, i) =>
    abiHash(
      ["uint256", "uint256", "bytes32"],
      [i, exponent, keccak256(naiveLaneBytes(sample.lanes.subarray(32 * i, 32 * i + 32)))],
    ),
  );

  it("has the root of the definition", () => {
    expect(indexTree(sample).root).to.equal(naiveMerkleNode(leaves, 0, 8));
  });

  describe("file", () => {
    const file = encodeIndex(sample);
    const changed = (offset: number, ...bytes: number[]): Uint8Array => {
      const copy = file.slice();
      copy.set(bytes, offset);
      return copy;
    };

    it("is laid out as documented", () => {
      const hex = (part: Uint8Array): string => Buffer.from(part).toString("hex");
      expect(hex(file.subarray(0, 24))).to.equal(
        "54524958" + "01000000" + "00000005" + "00000020" + "ffffffeb" + "00000004",
      );
      expect(hex(file.subarray(24 + 65, 24 + 130))).to.equal(
        "03" + naiveLaneBytes(sample.lanes.subarray(32, 64)).slice(2),
      );
      expect(file.length).to.equal(24 + 5 * 65);
    });

    it("comes back as it was, also from the middle of a buffer", () => {
      expect(decodeIndex(file)).to.deep.equal(sample);
      const shifted = new Uint8Array(file.length + 3);
      shifted.set(file, 3);
      expect(decodeIndex(shifted.subarray(3))).to.deep.equal(sample);
    });

    it("is accepted with the committed root in either case", () => {
      const { root } = indexTree(sample);
      expect(verifyIndex(file, root).index).to.deep.equal(sample);
      const verified = verifyIndex(file, `0x${root.slice(2).toUpperCase()}`);
      expect(verified.index).to.deep.equal(sample);
      expect(verified.tree.root).to.equal(root);
    });

    describe("throws", () => {
      it("root-mismatch for one changed lane", () => {
        expectScorerError("root-mismatch", () => verifyIndex(changed(200, file[200]! ^ 1), indexTree(sample).root));
      });
      it("bad-hex for an expected root that is none", () =>
        expectScorerError("bad-hex", () => verifyIndex(file, "0x12")));
      it("bad-magic", () => expectScorerError("bad-magic", () => decodeIndex(changed(0, 0x55)), /offset 0/));
      it("bad-version", () =>
        expectScorerError("bad-version", () => decodeIndex(changed(4, 2)), /version 2 at offset 4/));
      it("bad-length for a file without a whole header", () =>
        expectScorerError("bad-length", () => decodeIndex(file.subarray(0, 23)), /23/));
      it("bad-length for a file cut short", () =>
        expectScorerError("bad-length", () => decodeIndex(file.subarray(0, -1)), /offset 348/));
      it("bad-length for a file that goes on", () =>
        expectScorerError("bad-length", () => decodeIndex(Uint8Array.of(...file, 0))));
      it("bad-length for a number of lanes that is not a multiple of 16", () =>
        expectScorerError("bad-length", () => decodeIndex(changed(12, 0, 0, 0, 33))));
      it("out-of-range for reserved bytes", () =>
        expectScorerError("out-of-range", () => decodeIndex(changed(6, 1)), /offset 6/));
      it("out-of-range for no rows", () =>
        expectScorerError("out-of-range", () => decodeIndex(changed(8, 0, 0, 0, 0)), /offset 8/));
      it("out-of-range for more than 2^20 rows", () =>
        expectScorerError("out-of-range", () => decodeIndex(changed(8, 0, 0x10, 0, 1)), /offset 8/));
      it("out-of-range for a bound above 40", () =>
        expectScorerError("out-of-range", () => decodeIndex(changed(20, 0, 0, 0, 41)), /offset 20/));
    });
  });

  describe("buildIndex throws", () => {
    it("bad-length for lanes that are not whole words", () => {
      expectScorerError("bad-length", () => buildIndex(matrix(1, 17, new Float64Array(17)), [1]), /17 lanes/);
      expectScorerError("bad-length", () => buildIndex(matrix(1, 8208, new Float64Array(8208)), [1]));
    });
    it("bad-length for another number of counts", () =>
      expectScorerError("bad-length", () => indexOf([rowAt(0)], [1, 2])));
    it("out-of-range for a count that is no count", () => {
      for (const count of [-1, 1.5, NaN])
        expectScorerError("out-of-range", () => indexOf([rowAt(0)], [count]), /contribution 0/);
    });
    it("not-finite for a feature that is not finite", () => {
      const features = matrix(1, K, new Float64Array(K));
      features.data[2] = NaN;
      expectScorerError("not-finite", () => buildIndex(features, [1]));
    });
  });

  it("indexRow throws out-of-range for a row that is not there", () =>
    expectScorerError("out-of-range", () => indexRow(sample, 5)));
});
