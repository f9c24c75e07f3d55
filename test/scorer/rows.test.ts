import { expect } from "chai";
import { sha256, toUtf8Bytes } from "ethers";
import { contributionTree, type Hex, rowLeaf, verifyMerkleProof } from "../../scorer/index.ts";
import { abiDoubleHash, expectScorerError, naiveMerkleNode } from "./support.ts";

const WALLET: Hex = "0x00000000000000000000000000000000000A11cE";
const TYPES = ["address", "uint256", "bytes32"];

describe("dataset rows", () => {
  it("a row's leaf is the double hash of wallet, index and SHA-256", () => {
    const digest = sha256(toUtf8Bytes("a row")) as Hex;
    expect(rowLeaf(WALLET, 2n ** 200n, digest)).to.equal(
      abiDoubleHash(TYPES, [WALLET.toLowerCase(), 2n ** 200n, digest]),
    );
  });

  it("a contribution's root is the positional tree over its rows", () => {
    const rows = ["one", "two", "three", "", "five"].map((text) => toUtf8Bytes(text));
    const tree = contributionTree(WALLET, rows);
    const leaves = rows.map((row, i) => abiDoubleHash(TYPES, [WALLET.toLowerCase(), i, sha256(row)]));
    expect(tree.root).to.equal(naiveMerkleNode(leaves, 0, 8));
    expect(verifyMerkleProof(tree.root, 5, 4, leaves[4]!, tree.proof(4))).to.equal(true);
  });

  it("another wallet's contribution of the same rows has another root", () => {
    const rows = [toUtf8Bytes("one")];
    expect(contributionTree(WALLET, rows).root).not.to.equal(contributionTree(`0x${"b0".repeat(20)}`, rows).root);
  });

  describe("throws", () => {
    const digest: Hex = `0x${"11".repeat(32)}`;
    it("bad-hex for a wallet that is not 20 bytes", () =>
      expectScorerError("bad-hex", () => rowLeaf("0x12", 0n, digest), /contributor/));
    it("bad-hex for a digest that is not 32 bytes", () =>
      expectScorerError("bad-hex", () => rowLeaf(WALLET, 0n, "0x12"), /digest/));
    it("out-of-range for a negative index", () =>
      expectScorerError("out-of-range", () => rowLeaf(WALLET, -1n, digest)));
    it("empty-input without rows", () => expectScorerError("empty-input", () => contributionTree(WALLET, [])));
  });
});
