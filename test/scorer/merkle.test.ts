import { expect } from "chai";
import { concat, getBytes, id, keccak256 } from "ethers";
import { type Hex, MerkleTree, verifyMerkleProof, ZERO_WORD } from "../../scorer/index.ts";
import { expectScorerError, naiveMerkleNode } from "./support.ts";

const leavesOf = (n: number): Hex[] => Array.from({ length: n }, (_, i) => id(`leaf ${i}`) as Hex);

describe("positional Merkle tree", () => {
  for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33]) {
    describe(`over ${n} leaves`, () => {
      const leaves = leavesOf(n);
      const tree = new MerkleTree(leaves);

      it("has the root of the definition", () => {
        expect(tree.root).to.equal(naiveMerkleNode(leaves, 0, 2 ** tree.depth));
        expect(2 ** tree.depth)
          .to.be.at.least(n)
          .and.below(2 * n);
      });

      it("proves every leaf at its own position and at no other", () => {
        leaves.forEach((leaf, i) => {
          expect(verifyMerkleProof(tree.root, n, i, leaf, tree.proof(i))).to.equal(true);
          if (n > 1) expect(verifyMerkleProof(tree.root, n, (i + 1) % n, leaf, tree.proof(i))).to.equal(false);
        });
      });
    });
  }

  it("hashes no empty node: the root of three leaves is built of two hashes of pairs", () => {
    const [a, b, c] = leavesOf(3) as [Hex, Hex, Hex];
    const pair = (left: Hex, right: Hex): Hex => keccak256(left + right.slice(2)) as Hex;
    expect(new MerkleTree([a, b, c]).root).to.equal(pair(pair(a, b), pair(c, ZERO_WORD)));
  });

  it("takes its leaves as bytes, too, and does not keep them", () => {
    for (const n of [1, 2, 5, 8]) {
      const leaves = leavesOf(n);
      const bytes = getBytes(concat(leaves));
      const [tree, expected] = [new MerkleTree(bytes), new MerkleTree(leaves)];
      bytes.fill(1);
      expect([tree.root, tree.size, tree.proof(n - 1)]).to.deep.equal([expected.root, n, expected.proof(n - 1)]);
    }
  });

  it("has its single leaf as root and an empty proof for n = 1", () => {
    const [leaf] = leavesOf(1) as [Hex];
    const tree = new MerkleTree([leaf]);
    expect(tree.root).to.equal(leaf);
    expect(tree.proof(0)).to.deep.equal([]);
  });

  describe("refuses a proof", () => {
    const leaves = leavesOf(5);
    const tree = new MerkleTree(leaves);

    it("of another leaf", () => {
      expect(verifyMerkleProof(tree.root, 5, 2, leaves[3]!, tree.proof(2))).to.equal(false);
    });
    it("that is too short or too long", () => {
      expect(verifyMerkleProof(tree.root, 5, 2, leaves[2]!, tree.proof(2).slice(1))).to.equal(false);
      expect(verifyMerkleProof(tree.root, 5, 2, leaves[2]!, [...tree.proof(2), ZERO_WORD])).to.equal(false);
    });
    it("of a position beyond the last leaf", () => {
      expect(verifyMerkleProof(tree.root, 5, 5, ZERO_WORD, tree.proof(4))).to.equal(false);
    });
    it("with a sibling that covers no leaf but is not empty", () => {
      const hidden = leavesOf(6);
      const bigger = new MerkleTree(hidden);
      expect(verifyMerkleProof(bigger.root, 6, 4, hidden[4]!, bigger.proof(4))).to.equal(true);
      expect(verifyMerkleProof(bigger.root, 5, 4, hidden[4]!, bigger.proof(4))).to.equal(false);
    });
  });

  describe("throws", () => {
    it("empty-input without leaves", () => expectScorerError("empty-input", () => new MerkleTree([])));
    it("bad-hex for a leaf of another length", () =>
      expectScorerError("bad-hex", () => new MerkleTree(["0x1234"]), /leaf 0.*2 bytes/));
    it("bad-hex for a leaf that is not hexadecimal", () =>
      expectScorerError("bad-hex", () => new MerkleTree([`0x${"g".repeat(64)}`])));
    it("bad-length for bytes that are no whole number of leaves", () =>
      expectScorerError("bad-length", () => new MerkleTree(new Uint8Array(33).fill(1))));
    it("empty-input without bytes", () => expectScorerError("empty-input", () => new MerkleTree(new Uint8Array(0))));
    it("out-of-range for a leaf of zeros among bytes", () =>
      expectScorerError(
        "out-of-range",
        () => new MerkleTree(new Uint8Array(96).fill(1, 0, 65).fill(0, 32, 64)),
        /leaf 1/,
      ));
    it("out-of-range for a leaf of zeros", () => expectScorerError("out-of-range", () => new MerkleTree([ZERO_WORD])));
    it("out-of-range for the proof of a leaf that is not there", () => {
      expectScorerError("out-of-range", () => new MerkleTree(leavesOf(3)).proof(3));
    });
  });
});
