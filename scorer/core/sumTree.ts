import { fromHex, type Hex, toHex, viewOf } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { doubleKeccak256 } from "./hash.ts";
import { assertInteger, assertUint, ceilLog2, MAX_CONTRIBUTIONS } from "./integers.ts";
import { siblingOf } from "./merkle.ts";
import { HASH_BYTES, SUM_NODE_BYTES, type SumNode, writeParent } from "./sumNode.ts";
import { readWeight, WEIGHT_BITS, WEIGHT_BYTES, Weights, writeWeight } from "./weights.ts";

/**
 * The sum tree of a statement: every node carries the sum of the payable weights below it. The root commits to every
 * weight and to their total, and the left siblings of a proof add up to the weights before its line.
 * A leaf is keccak256(keccak256(abi.encode(uint256 index, uint256 payable))), a node
 * keccak256(abi.encode(leftHash, leftSum, rightHash, rightSum)); nodes that cover no line are empty.
 */
export class SumTree {
  /** Number of lines. */
  readonly size: number;
  /** ⌈log2 size⌉ */
  readonly depth: number;
  /** Level by level from the leaves; nodes as calldata shows them, filled up with empty nodes to whole pairs. */
  readonly #levels: Uint8Array[];

  /**
   * @param payables - the weight of each line, uint144, in order
   * @throws ScorerError `empty-input` without lines, `bad-length` beyond 2^20 of them, `out-of-range` for a weight or
   * a total that is not a uint144
   */
  constructor(payables: Weights | readonly bigint[]) {
    if (payables.length === 0) throw new ScorerError("empty-input", "a sum tree needs at least one line");
    if (payables.length > MAX_CONTRIBUTIONS) {
      throw new ScorerError(
        "bad-length",
        `${payables.length} lines are more than the ${MAX_CONTRIBUTIONS} of a stream`,
      );
    }
    this.size = payables.length;
    this.depth = ceilLog2(payables.length);
    let level = leavesOf(payables instanceof Weights ? payables : Weights.from(payables));
    this.#levels = [level];
    for (let width = this.size; width > 1;) {
      width = Math.ceil(width / 2);
      const parents = emptyPairs(width);
      for (let i = 0; i < width; i++) {
        const fits = writeParent(parents, SUM_NODE_BYTES * i, level, 2 * SUM_NODE_BYTES * i);
        if (!fits) throw new ScorerError("out-of-range", `the total of the weights is beyond a uint${WEIGHT_BITS}`);
      }
      level = parents;
      this.#levels.push(level);
    }
  }

  get root(): Hex {
    return toHex(this.node(this.depth, 0).hash);
  }

  /** S, the sum of all payable weights, uint144. */
  get total(): bigint {
    return this.node(this.depth, 0).sum;
  }

  /**
   * @param level - 0 for the lines, `depth` for the root
   * @returns the empty node where no line is covered
   * @throws ScorerError `out-of-range` for a place outside of the tree
   */
  node(level: number, position: number): SumNode {
    this.#assertPlace(level, position);
    const shown = this.#shown(level, position, 1);
    return { hash: shown.subarray(0, HASH_BYTES), sum: readWeight(viewOf(shown), HASH_BYTES) };
  }

  /**
   * The siblings on the path from a node to the root, bottom up, 50 bytes each.
   *
   * @param level - the node's level; 0, the default, for a line
   * @throws ScorerError `out-of-range` for a place outside of the tree
   */
  proof(position: number, level = 0): Hex {
    this.#assertPlace(level, position);
    const siblings = new Uint8Array(SUM_NODE_BYTES * (this.depth - level));
    for (let up = level; up < this.depth; up++) {
      siblings.set(this.#shown(up, siblingOf(position, up - level), 1), SUM_NODE_BYTES * (up - level));
    }
    return toHex(siblings);
  }

  /**
   * All descendants of a node `generations` levels below it, from left to right, 50 bytes each: what opening it shows.
   *
   * @throws ScorerError `out-of-range` for a place outside of the tree or more generations than there are
   */
  descendants(level: number, position: number, generations: number): Hex {
    this.#assertPlace(level, position);
    assertInteger(generations, 0, level, "the number of generations");
    const width = 2 ** generations;
    return toHex(this.#shown(level - generations, position * width, width));
  }

  #assertPlace(level: number, position: number): void {
    assertInteger(level, 0, this.depth, "the node's level");
    assertInteger(position, 0, 2 ** (this.depth - level) - 1, "the node's position");
  }

  /** A copy of some neighbours as calldata shows them; the empty node where no line is covered. */
  #shown(level: number, position: number, width: number): Uint8Array {
    const nodes = new Uint8Array(SUM_NODE_BYTES * width);
    nodes.set(this.#levels[level]!.subarray(SUM_NODE_BYTES * position, SUM_NODE_BYTES * (position + width)));
    return nodes;
  }
}

/** A line whose proof leads to the root. */
export interface ProvenLine {
  /** C_i: the sum of the payable weights before the line. */
  readonly prefix: bigint;
}

/**
 * Follows the proof of a line to the root, as the chain does.
 *
 * @param size - number of lines of the tree
 * @param proof - the siblings, bottom up, 50 bytes each
 * @returns C_i, read off the left siblings
 * @throws ScorerError `bad-hex`, `out-of-range` (index, payable), `bad-length` (number of steps), `root-mismatch` when a sibling
 * that covers no line is not empty, or root or total come out otherwise
 */
export function verifySumProof(
  root: Hex,
  total: bigint,
  size: number,
  index: number,
  payable: bigint,
  proof: Hex,
): ProvenLine {
  assertInteger(index, 0, size - 1, "the line's index");
  const depth = ceilLog2(size);
  const steps = fromHex(proof, `the proof of line ${index}`);
  if (steps.length !== SUM_NODE_BYTES * depth) {
    throw new ScorerError(
      "bad-length",
      `the proof of line ${index} has ${steps.length} bytes: a tree of ${size} lines needs ${SUM_NODE_BYTES * depth}`,
    );
  }
  assertUint(payable, WEIGHT_BITS, `the payable of line ${index}`);
  const node = new Uint8Array(SUM_NODE_BYTES);
  const words = new Uint8Array(LEAF_BYTES);
  writeWeight(viewOf(words), LEAF_BYTES - WEIGHT_BYTES, payable);
  writeLeaf(node, 0, words, index);
  const pair = new Uint8Array(2 * SUM_NODE_BYTES);
  let prefix = 0n;
  let fits = true;
  for (let level = 0; level < depth; level++) {
    const sibling = steps.subarray(SUM_NODE_BYTES * level, SUM_NODE_BYTES * (level + 1));
    const position = siblingOf(index, level);
    if (position * 2 ** level >= size && sibling.some((byte) => byte !== 0)) {
      throw new ScorerError(
        "root-mismatch",
        `step ${level} of the proof of line ${index} covers no line but is not empty: reject the statement`,
      );
    }
    const siblingIsRight = position % 2;
    if (siblingIsRight === 0) prefix += readWeight(viewOf(sibling), HASH_BYTES);
    pair.set(sibling, SUM_NODE_BYTES * siblingIsRight);
    pair.set(node, SUM_NODE_BYTES * (1 - siblingIsRight));
    fits &&= writeParent(node, 0, pair, 0);
  }
  const reached = readWeight(viewOf(node), HASH_BYTES);
  if (!fits || toHex(node.subarray(0, HASH_BYTES)) !== root.toLowerCase() || reached !== total) {
    throw new ScorerError(
      "root-mismatch",
      `the proof of line ${index} leads to another root or total: reject the statement, or fetch the right tree`,
    );
  }
  return { prefix };
}

/** Bytes of the preimage of a leaf: two words. */
const LEAF_BYTES = 64;
function leavesOf(weights: Weights): Uint8Array {
  const leaves = emptyPairs(weights.length);
  const words = new Uint8Array(LEAF_BYTES);
  for (let i = 0; i < weights.length; i++) {
    words.set(weights.bytes.subarray(WEIGHT_BYTES * i, WEIGHT_BYTES * (i + 1)), LEAF_BYTES - WEIGHT_BYTES);
    writeLeaf(leaves, SUM_NODE_BYTES * i, words, i);
  }
  return leaves;
}

/**
 * Writes a leaf as a shown node.
 *
 * @param words - abi.encode(index, payable), of which the index is still to be written
 */
function writeLeaf(target: Uint8Array, offset: number, words: Uint8Array, index: number): void {
  viewOf(words).setUint32(28, index);
  target.set(doubleKeccak256(words), offset);
  target.set(words.subarray(LEAF_BYTES - WEIGHT_BYTES), offset + HASH_BYTES);
}

/** Room for the nodes of a level, and for the empty one that pairs with the last if their number is odd. */
function emptyPairs(width: number): Uint8Array {
  return new Uint8Array(2 * SUM_NODE_BYTES * Math.ceil(width / 2));
}
