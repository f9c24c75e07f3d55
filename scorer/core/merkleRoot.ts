import { type Hex, toHex } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { keccakBytes } from "./hash.ts";

/**
 * The root of a positional Merkle tree whose leaves come one after the other: the same as of a `MerkleTree`, from
 * 32 bytes for each level instead of 64 for each leaf, but without proofs.
 */
export class MerkleRoot {
  /** Of each level from the leaves the left node that waits for its sibling, if there is one. */
  readonly #waiting: (Uint8Array | undefined)[] = [];
  #size = 0;

  /**
   * Takes the next leaves.
   *
   * @param leaves - 32 bytes each, in order
   * @throws ScorerError `bad-length` for no whole number of leaves, `out-of-range` for a leaf of zeros
   */
  add(leaves: Uint8Array): void {
    if (leaves.length % 32 !== 0)
      throw new ScorerError("bad-length", `${leaves.length} bytes are no whole number of leaves: a leaf has 32`);
    for (let at = 0; at < leaves.length; at += 32) {
      const leaf = leaves.slice(at, at + 32);
      if (leaf.every((byte) => byte === 0))
        throw new ScorerError("out-of-range", `leaf ${this.#size} is zero, which means "no leaf": hash its content`);
      this.#place(leaf);
      this.#size++;
    }
  }

  /**
   * The root over all leaves so far.
   *
   * @throws ScorerError `empty-input` when there are none
   */
  root(): Hex {
    if (this.#size === 0) throw new ScorerError("empty-input", "a Merkle tree needs at least one leaf");
    const levels = this.#waiting.length;
    let right: Uint8Array | undefined;
    for (let level = 0; level < levels; level++) {
      const left = this.#waiting[level];
      // The highest node covers all leaves when nothing stands to its right.
      if (level === levels - 1 && right === undefined && left !== undefined) return toHex(left);
      if (left !== undefined) right = parent(left, right ?? EMPTY);
      else if (right !== undefined) right = parent(right, EMPTY);
    }
    return toHex(right ?? EMPTY);
  }

  #place(leaf: Uint8Array): void {
    let node = leaf;
    let level = 0;
    for (; this.#waiting[level] !== undefined; level++) {
      node = parent(this.#waiting[level]!, node);
      this.#waiting[level] = undefined;
    }
    this.#waiting[level] = node;
  }
}

const EMPTY = new Uint8Array(32);

function parent(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(64);
  pair.set(left);
  pair.set(right, 32);
  return keccakBytes(pair);
}
