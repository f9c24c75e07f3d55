import { abiWords, fromHex, type Hex, readUint, toHex, writeUint } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { doubleKeccak256, keccakBytes } from "./hash.ts";
import { assertInteger, assertUint, ceilLog2, MAX_CONTRIBUTIONS } from "./integers.ts";
import { siblingOf } from "./merkle.ts";

/** Bytes of one node as shown in calldata: its hash (32), its sum (18, a uint144). */
export const SUM_NODE_BYTES = 50;
const SUM_BITS = 144;

/** A node of a sum tree. The empty node is the zero hash with the sum 0. */
export interface SumNode {
  readonly hash: Uint8Array;
  /** uint144 */
  readonly sum: bigint;
}

const EMPTY: SumNode = { hash: new Uint8Array(32), sum: 0n };

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
  /** Level by level from the leaves, only nodes that cover a line. */
  readonly #levels: SumNode[][];

  /**
   * @param payables - the weight of each line, uint144, in order
   * @throws ScorerError `empty-input` without lines, `bad-length` beyond 2^20 of them, `out-of-range` for a weight or
   * a total that is not a uint144
   */
  constructor(payables: readonly bigint[]) {
    if (payables.length === 0) throw new ScorerError("empty-input", "a sum tree needs at least one line");
    if (payables.length > MAX_CONTRIBUTIONS) {
      throw new ScorerError(
        "bad-length",
        `${payables.length} lines are more than the ${MAX_CONTRIBUTIONS} of a stream`,
      );
    }
    this.size = payables.length;
    this.depth = ceilLog2(payables.length);
    let level = payables.map((payable, i) => ({
      hash: sumLeafHash(i, payable),
      sum: assertUint(payable, SUM_BITS, `payable ${i}`),
    }));
    this.#levels = [level];
    while (level.length > 1) {
      const parents: SumNode[] = [];
      for (let i = 0; i < level.length; i += 2) parents.push(parentOf(level[i]!, level[i + 1] ?? EMPTY));
      level = parents;
      this.#levels.push(level);
    }
    assertUint(this.total, SUM_BITS, "the total");
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
    assertInteger(level, 0, this.depth, "the node's level");
    assertInteger(position, 0, 2 ** (this.depth - level) - 1, "the node's position");
    return this.#levels[level]![position] ?? EMPTY;
  }

  /**
   * The siblings on the path from a node to the root, bottom up, 50 bytes each.
   *
   * @param level - the node's level; 0, the default, for a line
   * @throws ScorerError `out-of-range` for a place outside of the tree
   */
  proof(position: number, level = 0): Hex {
    this.node(level, position);
    const siblings: SumNode[] = [];
    for (let up = level; up < this.depth; up++) siblings.push(this.node(up, siblingOf(position, up - level)));
    return packNodes(siblings);
  }

  /**
   * All descendants of a node `generations` levels below it, from left to right, 50 bytes each: what opening it shows.
   *
   * @throws ScorerError `out-of-range` for a place outside of the tree or more generations than there are
   */
  descendants(level: number, position: number, generations: number): Hex {
    this.node(level, position);
    assertInteger(generations, 0, level, "the number of generations");
    const width = 2 ** generations;
    return packNodes(Array.from({ length: width }, (_, i) => this.node(level - generations, position * width + i)));
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
  assertUint(payable, SUM_BITS, `the payable of line ${index}`);
  let node: SumNode = { hash: sumLeafHash(index, payable), sum: payable };
  let prefix = 0n;
  for (let level = 0; level < depth; level++) {
    const sibling = readNode(steps, SUM_NODE_BYTES * level);
    const position = siblingOf(index, level);
    if (position * 2 ** level >= size && !isEmpty(sibling)) {
      throw new ScorerError(
        "root-mismatch",
        `step ${level} of the proof of line ${index} covers no line but is not empty: reject the statement`,
      );
    }
    if (position % 2 === 0) {
      prefix += sibling.sum;
      node = parentOf(sibling, node);
    } else {
      node = parentOf(node, sibling);
    }
  }
  if (toHex(node.hash) !== root.toLowerCase() || node.sum !== total) {
    throw new ScorerError(
      "root-mismatch",
      `the proof of line ${index} leads to another root or total: reject the statement, or fetch the right tree`,
    );
  }
  return { prefix };
}

function sumLeafHash(index: number, payable: bigint): Uint8Array {
  return doubleKeccak256(abiWords(BigInt(index), payable));
}

function parentOf(left: SumNode, right: SumNode): SumNode {
  return { hash: keccakBytes(abiWords(left.hash, left.sum, right.hash, right.sum)), sum: left.sum + right.sum };
}

function isEmpty(node: SumNode): boolean {
  return node.sum === 0n && node.hash.every((byte) => byte === 0);
}

function packNodes(nodes: readonly SumNode[]): Hex {
  const packed = new Uint8Array(SUM_NODE_BYTES * nodes.length);
  nodes.forEach((node, i) => {
    packed.set(node.hash, SUM_NODE_BYTES * i);
    writeUint(packed, SUM_NODE_BYTES * i + 32, SUM_NODE_BYTES - 32, node.sum);
  });
  return toHex(packed);
}

function readNode(packed: Uint8Array, offset: number): SumNode {
  return {
    hash: packed.slice(offset, offset + 32),
    sum: readUint(packed, offset + 32, SUM_NODE_BYTES - 32),
  };
}
