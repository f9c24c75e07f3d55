import { fromHex, type Hex, toHex, ZERO_WORD } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { keccakBytes } from "./hash.ts";
import { assertInteger, ceilLog2 } from "./integers.ts";

/**
 * The positional Merkle tree over n leaves: leaf i sits at position i of level 0, a node is
 * keccak256(left ‖ right), and a node that covers no leaf is 32 zero bytes on every level. A proof thus shows
 * where its leaf is, and with n known nothing can hide beyond the last leaf.
 */
export class MerkleTree {
  /** Number of leaves. */
  readonly size: number;
  /** ⌈log2 size⌉: the length of every proof. */
  readonly depth: number;
  /** Level by level from the leaves; 32 bytes a node, filled up with empty nodes to whole pairs. */
  readonly #levels: Uint8Array[];

  /**
   * @param leaves - 32 bytes each, in the order of their positions: as hexadecimal, or one after the other
   * @throws ScorerError `empty-input` without leaves, `bad-hex` or `bad-length` for leaves that are not 32 bytes,
   * `out-of-range` for a leaf of zeros, which is the empty node
   */
  constructor(leaves: readonly Hex[] | Uint8Array) {
    const bytes = leaves instanceof Uint8Array ? leaves : joinedLeaves(leaves);
    if (bytes.length === 0) throw new ScorerError("empty-input", "a Merkle tree needs at least one leaf");
    if (bytes.length % 32 !== 0)
      throw new ScorerError("bad-length", `${bytes.length} bytes are no whole number of leaves: a leaf has 32`);
    this.size = bytes.length / 32;
    this.depth = ceilLog2(this.size);
    let level = emptyPairs(this.size);
    level.set(bytes);
    for (let i = 0; i < this.size; i++) {
      if (level.subarray(32 * i, 32 * i + 32).every((byte) => byte === 0))
        throw new ScorerError("out-of-range", `leaf ${i} is zero, which means "no leaf": hash its content`);
    }
    this.#levels = [level];
    for (let width = this.size; width > 1;) {
      width = Math.ceil(width / 2);
      const parents = emptyPairs(width);
      for (let i = 0; i < width; i++) parents.set(keccakBytes(level.subarray(64 * i, 64 * i + 64)), 32 * i);
      level = parents;
      this.#levels.push(level);
    }
  }

  get root(): Hex {
    return this.#node(this.depth, 0);
  }

  /**
   * The siblings of leaf `index`, bottom up.
   *
   * @throws ScorerError `out-of-range` when there is no such leaf
   */
  proof(index: number): Hex[] {
    assertInteger(index, 0, this.size - 1, "the leaf's index");
    return Array.from({ length: this.depth }, (_, level) => this.#node(level, siblingOf(index, level)));
  }

  #node(level: number, position: number): Hex {
    const nodes = this.#levels[level]!;
    return 32 * position < nodes.length ? toHex(nodes.subarray(32 * position, 32 * position + 32)) : ZERO_WORD;
  }
}

function joinedLeaves(leaves: readonly Hex[]): Uint8Array {
  const joined = new Uint8Array(32 * leaves.length);
  leaves.forEach((leaf, i) => joined.set(fromHex(leaf, `leaf ${i}`, 32), 32 * i));
  return joined;
}

/** Room for the nodes of a level, and for the empty one that pairs with the last if their number is odd. */
function emptyPairs(width: number): Uint8Array {
  return new Uint8Array(64 * Math.ceil(width / 2));
}

/** Position, on its level, of the sibling of the node above leaf `index`. */
export function siblingOf(index: number, level: number): number {
  return Math.floor(index / 2 ** level) ^ 1;
}

/**
 * Whether a proof leads from a leaf to a root: right length, right path, and empty siblings exactly where no leaf is.
 *
 * @param size - number of leaves of the tree
 * @param proof - siblings, bottom up
 * @throws ScorerError `bad-hex` when a leaf or sibling is not 32 bytes
 */
export function verifyMerkleProof(root: Hex, size: number, index: number, leaf: Hex, proof: readonly Hex[]): boolean {
  if (index < 0 || index >= size || proof.length !== ceilLog2(size)) return false;
  let node = fromHex(leaf, "the leaf", 32);
  const pair = new Uint8Array(64);
  for (const [level, siblingHex] of proof.entries()) {
    const position = siblingOf(index, level);
    if (position * 2 ** level >= size && siblingHex !== ZERO_WORD) return false;
    const sibling = fromHex(siblingHex, `sibling ${level}`, 32);
    const siblingIsRight = position % 2;
    pair.set(sibling, 32 * siblingIsRight);
    pair.set(node, 32 * (1 - siblingIsRight));
    node = keccakBytes(pair);
  }
  return toHex(node) === root.toLowerCase();
}
