import { AbiCoder, concat, getBytes, hexlify, keccak256, toBeHex, ZeroHash } from "ethers";

/**
 * The formats of the protocol, written a second time for tests: straight from their definitions, on ethers only, with
 * recursion and BigInt where the contracts and the scorer have loops and packed words.
 */

/** One row of an influence index. */
export interface IndexRow {
  readonly exponent: number;
  /** int16 each */
  readonly lanes: readonly number[];
}

const coder = AbiCoder.defaultAbiCoder();

/** ⌈log2 n⌉ of an integer from 1. */
export function ceilLog2(n: number): number {
  return n <= 1 ? 0 : 1 + ceilLog2(Math.ceil(n / 2));
}

function int16(value: number): string {
  return toBeHex(BigInt.asUintN(16, BigInt(value)), 2);
}

/** Lanes of an index row: big-endian, lane 0 first. */
export function laneBytes(lanes: readonly number[]): string {
  return lanes.length === 0 ? "0x" : concat(lanes.map(int16));
}

/** Lanes of q: lane 16w + j at bytes 32w + 30 − 2j. */
export function qBytes(lanes: readonly number[]): string {
  const bytes = new Uint8Array(2 * lanes.length);
  lanes.forEach((lane, i) => {
    const [word, j] = [Math.floor(i / 16), i % 16];
    bytes.set(getBytes(int16(lane)), 32 * word + 30 - 2 * j);
  });
  return hexlify(bytes);
}

export function rowLeaf(contributor: string, rowIndex: number, digest: string): string {
  return keccak256(keccak256(coder.encode(["address", "uint256", "bytes32"], [contributor, rowIndex, digest])));
}

export function indexLeaf(index: number, row: IndexRow): string {
  return keccak256(
    coder.encode(["uint256", "uint256", "bytes32"], [index, row.exponent, keccak256(laneBytes(row.lanes))]),
  );
}

export interface PositionalTree {
  readonly root: string;
  proof(index: number): string[];
}

export function positionalTree(leaves: readonly string[]): PositionalTree {
  const depth = ceilLog2(leaves.length);
  const known = new Map<string, string>();
  const node = (level: number, position: number): string => {
    if (position * 2 ** level >= leaves.length) return ZeroHash;
    if (level === 0) return leaves[position] ?? ZeroHash;
    const key = `${level}/${position}`;
    const found =
      known.get(key) ?? keccak256(concat([node(level - 1, 2 * position), node(level - 1, 2 * position + 1)]));
    known.set(key, found);
    return found;
  };
  return {
    root: node(depth, 0),
    proof: (index) => Array.from({ length: depth }, (_, level) => node(level, Math.floor(index / 2 ** level) ^ 1)),
  };
}

export function indexTree(rows: readonly IndexRow[]): PositionalTree {
  return positionalTree(rows.map((row, i) => indexLeaf(i, row)));
}

/** A node of a sum tree. */
export interface SumNode {
  readonly hash: string;
  readonly sum: bigint;
}

const EMPTY: SumNode = { hash: ZeroHash, sum: 0n };

/** Levels that an answer to a challenge shows at once. */
export const LEVELS_SHOWN = 8;

/** A node of a tree that is not what it should be; everything above commits to it. */
export interface WrongNode {
  readonly level: number;
  readonly position: number;
  readonly instead: (right: SumNode) => SumNode;
}

export interface SumTree {
  readonly weights: readonly bigint[];
  readonly depth: number;
  readonly root: string;
  readonly total: bigint;
  node(level: number, position: number): SumNode;
  /** What opening a node shows: its descendants min(8, level) levels below, 50 bytes each. */
  descendants(level: number, position: number): string;
  /** Siblings from a line, or from a node of another level, to the root, 50 bytes each. */
  proof(position: number, level?: number): string;
  siblings(position: number, level?: number): SumNode[];
}

/** Nodes as bytes: hash ‖ sum as 18 bytes. */
export function sumProof(nodes: readonly SumNode[]): string {
  return nodes.length === 0 ? "0x" : concat(nodes.flatMap(({ hash, sum }) => [hash, toBeHex(sum, 18)]));
}

/** What abi.encode makes of words; so many are hashed in a large tree that its coder would be slow. */
function abiWords(...words: (string | bigint)[]): string {
  return concat(words.map((word) => (typeof word === "string" ? word : toBeHex(word, 32))));
}

/** Hash and sum of a line. */
export function sumLeaf(index: number, weight: bigint): SumNode {
  return { hash: keccak256(keccak256(abiWords(BigInt(index), weight))), sum: weight };
}

/** The sum tree over weights; with wrong nodes or another depth, one that no honest scorer has. */
export function sumTree(
  weights: readonly bigint[],
  wrong: readonly WrongNode[] = [],
  depth = ceilLog2(weights.length),
): SumTree {
  const known = new Map<string, SumNode>();
  const stands = (level: number, position: number): boolean =>
    position * 2 ** level < weights.length ||
    wrong.some((node) => node.level <= level && Math.floor(node.position / 2 ** (level - node.level)) === position);
  const made = (level: number, position: number): SumNode => {
    const weight = weights[position];
    if (!stands(level, position)) return EMPTY;
    if (level === 0) return weight === undefined ? EMPTY : sumLeaf(position, weight);
    const [left, right] = [node(level - 1, 2 * position), node(level - 1, 2 * position + 1)];
    return { hash: keccak256(abiWords(left.hash, left.sum, right.hash, right.sum)), sum: left.sum + right.sum };
  };
  const node = (level: number, position: number): SumNode => {
    const key = `${level}/${position}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const change = wrong.find((one) => one.level === level && one.position === position);
    const right = made(level, position);
    const found = change === undefined ? right : change.instead(right);
    known.set(key, found);
    return found;
  };
  const siblings = (position: number, level = 0): SumNode[] =>
    Array.from({ length: depth - level }, (_, up) => node(level + up, Math.floor(position / 2 ** up) ^ 1));
  const top = node(depth, 0);
  return {
    weights,
    depth,
    root: top.hash,
    total: top.sum,
    node,
    siblings,
    proof: (position, level) => sumProof(siblings(position, level)),
    descendants: (level, position) => {
      const generations = Math.min(LEVELS_SHOWN, level);
      const width = 2 ** generations;
      return sumProof(Array.from({ length: width }, (_, i) => node(level - generations, position * width + i)));
    },
  };
}

/** ⟨a, b⟩. */
export function innerProduct(a: readonly number[], b: readonly number[]): bigint {
  return a.reduce((sum, lane, j) => sum + BigInt(lane) * BigInt(b[j] ?? 0), 0n);
}

/**
 * max(0, ⟨φ, q⟩) · 2^e; 0 for a contribution without counted rows, and for a row beyond its exponent bound or with
 * another number of lanes than q.
 */
export function payableOf(row: IndexRow, q: readonly number[], rowCount: number, exponentBound: number): bigint {
  if (row.lanes.length !== q.length) return 0n;
  if (rowCount === 0 || row.exponent > Math.min(64, ceilLog2(rowCount) + exponentBound)) return 0n;
  const product = innerProduct(row.lanes, q);
  return product > 0n ? product * 2n ** BigInt(row.exponent) : 0n;
}

/** ⌊P·C_{i+1}/S⌋ − ⌊P·C_i/S⌋ for every line. */
export function lineAmounts(pool: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  return weights.map((weight, i) => {
    const before = weights.slice(0, i).reduce((sum, earlier) => sum + earlier, 0n);
    return (pool * (before + weight)) / total - (pool * before) / total;
  });
}
