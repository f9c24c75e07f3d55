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
  const node = (level: number, position: number): string => {
    if (position * 2 ** level >= leaves.length) return ZeroHash;
    if (level === 0) return leaves[position] ?? ZeroHash;
    return keccak256(concat([node(level - 1, 2 * position), node(level - 1, 2 * position + 1)]));
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

export interface SumTree {
  readonly weights: readonly bigint[];
  readonly root: string;
  readonly total: bigint;
  /** Siblings bottom up, 50 bytes each. */
  proof(index: number): string;
  siblings(index: number): SumNode[];
}

/** The steps of a proof as bytes: hash ‖ sum as 18 bytes. */
export function sumProof(siblings: readonly SumNode[]): string {
  return siblings.length === 0 ? "0x" : concat(siblings.flatMap(({ hash, sum }) => [hash, toBeHex(sum, 18)]));
}

export function sumTree(weights: readonly bigint[]): SumTree {
  const depth = ceilLog2(weights.length);
  const node = (level: number, position: number): SumNode => {
    const weight = weights[position];
    if (position * 2 ** level >= weights.length) return { hash: ZeroHash, sum: 0n };
    if (level === 0 && weight !== undefined) {
      return { hash: keccak256(keccak256(coder.encode(["uint256", "uint256"], [position, weight]))), sum: weight };
    }
    const [left, right] = [node(level - 1, 2 * position), node(level - 1, 2 * position + 1)];
    return {
      hash: keccak256(
        coder.encode(["bytes32", "uint256", "bytes32", "uint256"], [left.hash, left.sum, right.hash, right.sum]),
      ),
      sum: left.sum + right.sum,
    };
  };
  const siblings = (index: number): SumNode[] =>
    Array.from({ length: depth }, (_, level) => node(level, Math.floor(index / 2 ** level) ^ 1));
  const top = node(depth, 0);
  return { weights, root: top.hash, total: top.sum, siblings, proof: (index) => sumProof(siblings(index)) };
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
