import { keccak256, ZeroHash } from "ethers";
import { ceilLog2 } from "../support/formats.ts";
import { Refusal } from "./attributionJournal.ts";

/** A node of a tree of weights. */
export interface WeightNode {
  readonly hash: string;
  readonly sum: bigint;
}

/** What a dishonest scorer writes at a place of its tree, whatever stands below. */
export interface Lie {
  readonly level: number;
  readonly position: number;
  readonly node: WeightNode;
}

/** Levels that an answer shows at once. */
const LEVELS_SHOWN = 8;
const STEP = 50;
const EMPTY: WeightNode = { hash: ZeroHash, sum: 0n };

function word(value: bigint | number): string {
  return value.toString(16).padStart(64, "0");
}

export function leafOf(index: number, weight: bigint): WeightNode {
  return { hash: keccak256(keccak256(`0x${word(index)}${word(weight)}`)), sum: weight };
}

function isEmpty({ hash, sum }: WeightNode): boolean {
  return hash === ZeroHash && sum === 0n;
}

function join(left: WeightNode, right: WeightNode): WeightNode {
  if (isEmpty(left) && isEmpty(right)) return EMPTY;
  const preimage = `0x${left.hash.slice(2)}${word(left.sum)}${right.hash.slice(2)}${word(right.sum)}`;
  return { hash: keccak256(preimage), sum: left.sum + right.sum };
}

/** Number of a node: 2^(depth − level) + position. */
export function nodeNumber(lines: number, level: number, position: number): number {
  return 2 ** (ceilLog2(lines) - level) + position;
}

/** Level of the nodes that the answer for a node on `level` shows. */
export function levelBelow(level: number): number {
  return level - Math.min(LEVELS_SHOWN, level);
}

/** Positions on `level` that cover a line. */
export function widthOf(lines: number, level: number): number {
  return Math.ceil(lines / 2 ** level);
}

/** A scorer's tree of weights, with all its nodes; an honest one has no lies. */
export class WeightTree {
  readonly weights: readonly bigint[];
  readonly depth: number;
  readonly #levels: WeightNode[][] = [];

  constructor(weights: readonly bigint[], lies: readonly Lie[] = []) {
    this.weights = weights;
    this.depth = ceilLog2(weights.length);
    for (let level = 0; level <= this.depth; level++) {
      const nodes: WeightNode[] = [];
      for (let position = 0; position < 2 ** (this.depth - level); position++) {
        const weight = weights[position];
        if (level === 0) nodes.push(weight === undefined ? EMPTY : leafOf(position, weight));
        else nodes.push(join(this.at(level - 1, 2 * position), this.at(level - 1, 2 * position + 1)));
      }
      for (const lie of lies) if (lie.level === level) nodes[lie.position] = lie.node;
      this.#levels.push(nodes);
    }
  }

  get root(): WeightNode {
    return this.at(this.depth, 0);
  }

  at(level: number, position: number): WeightNode {
    return this.#levels[level]?.[position] ?? EMPTY;
  }

  /** The siblings from a node to the root. */
  proof(level: number, position: number): WeightNode[] {
    const steps: WeightNode[] = [];
    for (let above = level; above < this.depth; above++) {
      steps.push(this.at(above, Math.floor(position / 2 ** (above - level)) ^ 1));
    }
    return steps;
  }

  /** What the answer for a node shows. */
  shown(level: number, position: number): WeightNode[] {
    const below = levelBelow(level);
    const width = 2 ** (level - below);
    return Array.from({ length: width }, (_, i) => this.at(below, position * width + i));
  }
}

/** 50 bytes for each node. */
export function nodeBytes(nodes: readonly WeightNode[]): string {
  return `0x${nodes.map(({ hash, sum }) => hash.slice(2) + sum.toString(16).padStart(36, "0")).join("")}`;
}

/**
 * The root that a node's proof leads to, and the weights before what it covers.
 *
 * @throws Refusal, as the contract refuses a proof
 */
export function climb(
  node: WeightNode,
  level: number,
  position: number,
  lines: number,
  proof: readonly WeightNode[],
): { root: WeightNode; prefix: bigint } {
  if (position >= widthOf(lines, level)) throw new Refusal("LineOutOfRange", position * 2 ** level, lines);
  const siblings = readSteps(nodeBytes(proof), ceilLog2(lines) - level);
  const places = siblings.map((_, step) => Math.floor(position / 2 ** step));
  const filled = siblings.findLastIndex(
    (sibling, step) => places[step] === widthOf(lines, level + step) - 1 && places[step] % 2 === 0 && !isEmpty(sibling),
  );
  if (filled >= 0) throw new Refusal("PaddingNotEmpty", level + filled);
  let [root, prefix] = [node, 0n];
  siblings.forEach((sibling, step) => {
    if ((places[step] ?? 0) % 2 === 0) root = join(root, sibling);
    else {
      prefix += sibling.sum;
      root = join(sibling, root);
    }
  });
  return { root, prefix };
}

/** The steps of a proof: all of one length, 32 bytes of a hash and up to 18 of a sum. */
function readSteps(bytes: string, steps: number): WeightNode[] {
  const length = (bytes.length - 2) / 2;
  const stride = steps === 0 ? 0 : length / steps;
  if (length !== stride * steps || (steps > 0 && !(Number.isInteger(stride) && stride >= 32 && stride <= STEP))) {
    throw new Refusal("ProofLength", length, steps * STEP);
  }
  return Array.from({ length: steps }, (_, step) => {
    const text = bytes.slice(2 + 2 * stride * step, 2 + 2 * stride * (step + 1));
    return { hash: `0x${text.slice(0, 64)}`, sum: BigInt(`0x0${text.slice(64)}`) };
  });
}

/**
 * The node that shown descendants make.
 *
 * @throws Refusal, as the contract refuses them
 */
export function fold(nodes: readonly WeightNode[], level: number, position: number, lines: number): WeightNode {
  const below = levelBelow(level);
  const width = 2 ** (level - below);
  if (nodes.length !== width) throw new Refusal("ProofLength", nodes.length * STEP, width * STEP);
  const real = widthOf(lines, below) - position * width;
  if (nodes.some((node, i) => i >= real && !isEmpty(node))) throw new Refusal("PaddingNotEmpty", below);
  let row = [...nodes];
  while (row.length > 1) {
    const above: WeightNode[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(join(row[i] ?? EMPTY, row[i + 1] ?? EMPTY));
    row = above;
  }
  return row[0] ?? EMPTY;
}
