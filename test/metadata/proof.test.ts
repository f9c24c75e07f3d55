import { expect } from "chai";
import { AbiCoder, concat, keccak256, sha256 } from "ethers";
import { digestTree, proveRow, readRows, verifyRow } from "../../metadata/index.ts";
import { contributionTree, type Hex } from "../../scorer/index.ts";
import { expectMetadataError, folder, Random, utf8 } from "./support.ts";

const WALLET: Hex = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

/** The root that a proof leads to, by ethers alone. */
function climb(wallet: string, index: number, row: Uint8Array, proof: readonly string[]): string {
  const leaf = AbiCoder.defaultAbiCoder().encode(["address", "uint256", "bytes32"], [wallet, index, sha256(row)]);
  return proof.reduce(
    (node, sibling, level) =>
      keccak256(Math.floor(index / 2 ** level) % 2 === 0 ? concat([node, sibling]) : concat([sibling, node])),
    keccak256(keccak256(leaf)),
  );
}

describe("a proof that a row was in a contribution", () => {
  const { rows } = readRows(
    folder({
      "a.csv": "a,b\n1,2\n3,4\n5,6\n",
      "b.jsonl": '{"x":1}\n{"x":2}\n',
      "c/d.png": new Uint8Array([1, 2]),
      "e.txt": "e",
    }),
  );
  const digests = rows.map(({ digest }) => digest);
  const { root } = digestTree(WALLET, digests);

  it("is over the tree that the contract's tools build from the rows' bytes", () =>
    expect(root).to.equal(
      contributionTree(
        WALLET,
        rows.map(({ bytes }) => bytes),
      ).root,
    ));

  it("leads to the root, recomputed with ethers' hashes, for every row", () => {
    rows.forEach(({ bytes }, i) => {
      const { proof } = proveRow(WALLET, digests, i);
      expect(climb(WALLET, i, bytes, proof)).to.equal(root);
      expect(verifyRow(root, rows.length, proveRow(WALLET, digests, i), bytes)).to.equal(true);
    });
  });

  it("holds for one row alone, which is the root", () => {
    const one = digests.slice(0, 1);
    expect(proveRow(WALLET, one, 0).proof).to.deep.equal([]);
    expect(verifyRow(digestTree(WALLET, one).root, 1, proveRow(WALLET, one, 0))).to.equal(true);
  });

  it("fails for any other row, place, wallet, count, root or sibling", () => {
    const proof = proveRow(WALLET, digests, 2);
    const good = rows[2]!.bytes;
    const zero: Hex = `0x${"00".repeat(32)}`;
    expect(verifyRow(root, rows.length, proof, utf8("another row"))).to.equal(false);
    expect(verifyRow(root, rows.length, { ...proof, index: 3 }, good)).to.equal(false);
    expect(verifyRow(root, rows.length, { ...proof, index: -1 }, good)).to.equal(false);
    expect(verifyRow(root, rows.length, { ...proof, index: 0.5 }, good)).to.equal(false);
    expect(verifyRow(root, rows.length, { ...proof, contributor: `0x${"b0".repeat(20)}` }, good)).to.equal(false);
    expect(verifyRow(root, 2, proof, good)).to.equal(false);
    expect(verifyRow(zero, rows.length, proof, good)).to.equal(false);
    expect(verifyRow(root, rows.length, { ...proof, proof: [zero, ...proof.proof.slice(1)] }, good)).to.equal(false);
  });

  it("holds for contributions of any size (40 random ones)", () => {
    const random = new Random(23);
    for (let round = 0; round < 40; round++) {
      const count = random.integer(1, 70);
      const texts = Array.from({ length: count }, (_, i) => `${i} ${random.next()}`);
      const cut = readRows(folder({ "a.jsonl": texts.map((text) => JSON.stringify(text)).join("\n") }));
      const all = cut.rows.map(({ digest }) => digest);
      const index = random.integer(0, count - 1);
      const tree = digestTree(WALLET, all);
      const { proof } = proveRow(WALLET, all, index);
      expect(climb(WALLET, index, utf8(JSON.stringify(texts[index])), proof)).to.equal(tree.root);
    }
  });

  it("can't be made for a row that isn't there", () =>
    void expectMetadataError("no-such-row", () => proveRow(WALLET, digests, digests.length), /has 7 rows/));
});
