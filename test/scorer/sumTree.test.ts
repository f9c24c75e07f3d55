import { expect } from "chai";
import { type Hex, SUM_NODE_BYTES, SumTree, toHex, verifySumProof, Weights } from "../../scorer/index.ts";
import { expectScorerError, naiveShownNode, naiveSumLevels, naiveSumNode, naiveSumProof, Random } from "./support.ts";

describe("sum tree", () => {
  const random = new Random(7);
  for (const n of [1, 2, 3, 4, 5, 8, 9, 16, 17, 31]) {
    describe(`over ${n} lines`, () => {
      const payables = Array.from({ length: n }, () =>
        random.next() < 0.3 ? 0n : BigInt(random.integer(0, 2 ** 40)) << BigInt(random.integer(0, 64)),
      );
      const tree = new SumTree(payables);
      const width = 2 ** tree.depth;

      it("has root and total of the definition", () => {
        const [root, total] = naiveSumNode(payables, 0, width);
        expect(tree.root).to.equal(root);
        expect(tree.total).to.equal(total);
      });

      it("proves every line, and its proof gives the weights before it", () => {
        let prefix = 0n;
        payables.forEach((payable, i) => {
          const proof = tree.proof(i);
          expect(proof).to.equal(naiveSumProof(payables, i));
          expect(verifySumProof(tree.root, tree.total, n, i, payable, proof).prefix).to.equal(prefix);
          prefix += payable;
        });
      });

      it("shows the descendants of every node as the definition has them", () => {
        for (let level = 0; level <= tree.depth; level++) {
          for (let position = 0; position < width / 2 ** level; position++) {
            const generations = Math.min(2, level);
            const step = 2 ** (level - generations);
            const shown = Array.from({ length: 2 ** generations }, (_, i) =>
              naiveShownNode(naiveSumNode(payables, position * 2 ** level + i * step, step)),
            );
            expect(tree.descendants(level, position, generations)).to.equal(`0x${shown.join("")}`);
          }
        }
      });
    });
  }

  for (const n of [1, 2, 3, 5, 64, 1000]) {
    it(`agrees with a naive tree of ${n} lines on every node, proof and opening, at every level`, function () {
      this.timeout(20_000);
      const payables = Array.from(
        { length: n },
        () =>
          [0n, 1n, 2n ** 107n, BigInt(random.integer(1, 2 ** 43)) << BigInt(random.integer(0, 64))][
            random.integer(0, 3)
          ]!,
      );
      const levels = naiveSumLevels(payables);
      const tree = new SumTree(n % 2 === 0 ? payables : Weights.from(payables));
      expect(tree.depth).to.equal(levels.length - 1);
      levels.forEach((nodes, level) => {
        nodes.forEach(([hash, sum], position) => {
          const node = tree.node(level, position);
          if (toHex(node.hash) !== hash || node.sum !== sum) expect.fail(`node ${position} of level ${level}`);
          const path = levels.slice(level, -1).map((above, up) => naiveShownNode(above[(position >> up) ^ 1]!));
          if (tree.proof(position, level) !== `0x${path.join("")}`) {
            expect.fail(`the proof of node ${position} of level ${level}`);
          }
          for (let generations = 0; generations <= level; generations++) {
            const from = position * 2 ** generations;
            const below = levels[level - generations]!.slice(from, from + 2 ** generations).map(naiveShownNode);
            if (tree.descendants(level, position, generations) !== `0x${below.join("")}`) {
              expect.fail(`${generations} generations below node ${position} of level ${level}`);
            }
          }
        });
      });
      for (let level = 0; level <= tree.depth; level++) {
        for (const position of [-1, 0.5, levels[level]!.length]) {
          expectScorerError("out-of-range", () => tree.node(level, position));
          expectScorerError("out-of-range", () => tree.proof(position, level));
          expectScorerError("out-of-range", () => tree.descendants(level, position, 0));
        }
        expectScorerError("out-of-range", () => tree.descendants(level, 0, level + 1));
        expectScorerError("out-of-range", () => tree.descendants(level, 0, -1));
      }
      for (const level of [-1, tree.depth + 1]) expectScorerError("out-of-range", () => tree.node(level, 0));
    });
  }

  it("gives copies of its nodes: whoever writes to one leaves the tree alone", () => {
    const tree = new SumTree([1n, 2n, 3n]);
    const { root } = tree;
    tree.node(tree.depth, 0).hash.fill(0);
    expect(tree.root).to.equal(root);
  });

  it("accepts lines that all weigh nothing", () => {
    const tree = new SumTree([0n, 0n, 0n]);
    expect(tree.total).to.equal(0n);
    expect(tree.root).not.to.equal(`0x${"00".repeat(32)}`);
    expect(verifySumProof(tree.root, 0n, 3, 2, 0n, tree.proof(2)).prefix).to.equal(0n);
  });

  it("proves an inner node: a line's proof is its parent's after the first step", () => {
    const tree = new SumTree([1n, 2n, 3n, 4n, 5n]);
    expect(tree.proof(1, 1)).to.equal(`0x${tree.proof(2).slice(2 + 2 * SUM_NODE_BYTES)}`);
  });

  it("has the empty node where no line is", () => {
    const { hash, sum } = new SumTree([1n, 2n, 3n, 4n, 5n]).node(1, 3);
    expect([toHex(hash), sum]).to.deep.equal([`0x${"00".repeat(32)}`, 0n]);
  });

  describe("verifySumProof refuses", () => {
    const payables = [10n, 20n, 30n, 40n, 50n];
    const tree = new SumTree(payables);
    const verify = (payable: bigint, index: number, proof: Hex, total = tree.total, size = 5): unknown =>
      verifySumProof(tree.root, total, size, index, payable, proof);

    it("another weight", () => expectScorerError("root-mismatch", () => verify(21n, 1, tree.proof(1))));
    it("another index", () => expectScorerError("root-mismatch", () => verify(20n, 0, tree.proof(1))));
    it("another total", () => expectScorerError("root-mismatch", () => verify(20n, 1, tree.proof(1), 151n)));
    it("a changed sum of a sibling", () => {
      const proof = tree.proof(1).replace(/a(?=.{200}$)/, "b") as Hex;
      expect(proof).not.to.equal(tree.proof(1));
      expectScorerError("root-mismatch", () => verify(20n, 1, proof));
    });
    it("a sibling that covers no line but is not empty", () => {
      const bigger = new SumTree([...payables, 60n]);
      expect(verifySumProof(bigger.root, bigger.total, 6, 4, 50n, bigger.proof(4)).prefix).to.equal(100n);
      expectScorerError(
        "root-mismatch",
        () => verifySumProof(bigger.root, bigger.total, 5, 4, 50n, bigger.proof(4)),
        /covers no line/,
      );
    });
    it("a sibling whose sum carries the total over uint144", () => {
      const two = new SumTree([5n, 2n ** 143n]);
      expect(verifySumProof(two.root, two.total, 2, 1, 2n ** 143n, two.proof(1)).prefix).to.equal(5n);
      const over = two.proof(1).replace(/.{36}$/, "f".repeat(36)) as Hex;
      expectScorerError("root-mismatch", () => verifySumProof(two.root, two.total, 2, 1, 2n ** 143n, over));
    });
    it("a proof of another length", () =>
      expectScorerError("bad-length", () => verify(20n, 1, `0x${tree.proof(1).slice(102)}`)));
    it("a proof that is not hexadecimal", () => expectScorerError("bad-hex", () => verify(20n, 1, "0xzz")));
    it("an index beyond the last line", () => expectScorerError("out-of-range", () => verify(0n, 5, tree.proof(4))));
    it("a weight that is not a uint144", () => expectScorerError("out-of-range", () => verify(-20n, 1, tree.proof(1))));
  });

  describe("throws", () => {
    it("empty-input without lines", () => expectScorerError("empty-input", () => new SumTree([])));
    it("bad-length beyond 2^20 lines", () =>
      expectScorerError("bad-length", () => new SumTree(new Array<bigint>(2 ** 20 + 1).fill(0n))));
    it("out-of-range for a negative weight", () =>
      expectScorerError("out-of-range", () => new SumTree([1n, -1n]), /payable 1/));
    it("out-of-range for a total beyond uint144", () => {
      expect(new SumTree([2n ** 144n - 1n, 0n]).total).to.equal(2n ** 144n - 1n);
      expectScorerError("out-of-range", () => new SumTree([2n ** 144n - 1n, 1n]), /total/);
    });
    it("out-of-range for a place outside of the tree", () => {
      const tree = new SumTree([1n, 2n, 3n]);
      expectScorerError("out-of-range", () => tree.node(3, 0));
      expectScorerError("out-of-range", () => tree.node(1, 2));
      expectScorerError("out-of-range", () => tree.proof(4));
      expectScorerError("out-of-range", () => tree.descendants(1, 0, 2));
    });
  });
});
