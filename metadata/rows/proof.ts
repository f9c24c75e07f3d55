import { type Hex, MerkleTree, rowLeaf, sha256, verifyMerkleProof } from "../../scorer/index.ts";
import { MetadataError } from "../errors.ts";

/** Shows that a row is in a contribution, to whoever has the contribution's root and row count from the chain. */
export interface RowProof {
  /** Wallet that contributed; it is in the leaf. */
  readonly contributor: Hex;
  /** Place of the row in the contribution, from 0. */
  readonly index: number;
  /** SHA-256 of the row's bytes. */
  readonly digest: Hex;
  /** Siblings from the leaf up. */
  readonly proof: readonly Hex[];
}

/**
 * The tree of a contribution from its rows' digests: the same as `contributionTree` builds from their bytes.
 *
 * @param digests - SHA-256 of each row, in order
 * @throws ScorerError `empty-input` without rows, `bad-hex`
 */
export function digestTree(contributor: Hex, digests: readonly Hex[]): MerkleTree {
  return new MerkleTree(digests.map((digest, i) => rowLeaf(contributor, BigInt(i), digest)));
}

/**
 * @param digests - SHA-256 of each row of the contribution, in order: of `readRows`, or of `rows.json`
 * @param index - place of the row, from 0
 * @throws MetadataError `no-such-row`
 * @throws ScorerError `bad-hex`
 */
export function proveRow(contributor: Hex, digests: readonly Hex[], index: number): RowProof {
  const digest = digests[index];
  if (digest === undefined) {
    throw new MetadataError(
      "no-such-row",
      `there is no row ${index}: the contribution has ${digests.length} rows, counted from 0`,
    );
  }
  return { contributor, index, digest, proof: digestTree(contributor, digests).proof(index) };
}

/**
 * Whether a row is in a contribution.
 *
 * @param root - the contribution's root, from the chain
 * @param rows - its row count, from the chain
 * @param bytes - the row itself; without it only its digest is checked
 * @throws ScorerError `bad-hex` for a proof whose parts have the wrong length
 */
export function verifyRow(root: Hex, rows: number, proof: RowProof, bytes?: Uint8Array): boolean {
  if (!Number.isSafeInteger(proof.index) || proof.index < 0) return false;
  if (bytes !== undefined && sha256(bytes) !== proof.digest.toLowerCase()) return false;
  const leaf = rowLeaf(proof.contributor, BigInt(proof.index), proof.digest);
  return verifyMerkleProof(root, rows, proof.index, leaf, proof.proof);
}
