import { abiWords, fromHex, type Hex, toHex } from "./bytes.ts";
import { doubleKeccak256, sha256 } from "./hash.ts";
import { assertUint } from "./integers.ts";
import { MerkleTree } from "./merkle.ts";

/**
 * The leaf of one dataset row: keccak256(keccak256(abi.encode(address contributor, uint256 rowIndex, bytes32 digest))).
 * The wallet is in the leaf, so that nobody can contribute another's root as its own.
 *
 * @param contributor - 20 bytes
 * @param digest - SHA-256 of the row's bytes
 * @throws ScorerError `bad-hex`, `out-of-range`
 */
export function rowLeaf(contributor: Hex, rowIndex: bigint, digest: Hex): Hex {
  return toHex(
    doubleKeccak256(
      abiWords(
        fromHex(contributor, "the contributor", 20),
        assertUint(rowIndex, 256, "the row's index"),
        fromHex(digest, "the row's digest", 32),
      ),
    ),
  );
}

/**
 * The tree of one contribution; its root is what the wallet signs.
 *
 * @param rows - the bytes of each row, in order
 * @throws ScorerError `empty-input` without rows, `bad-hex` for a contributor that is not 20 bytes
 */
export function contributionTree(contributor: Hex, rows: readonly Uint8Array[]): MerkleTree {
  return new MerkleTree(rows.map((row, i) => rowLeaf(contributor, BigInt(i), sha256(row))));
}
