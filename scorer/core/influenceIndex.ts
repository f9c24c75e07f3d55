import { fromHex, type Hex, toHex, viewOf } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { checkEnd, checkMagic, writeMagic } from "./fileHeader.ts";
import { keccakBytes } from "./hash.ts";
import { assertInteger, ceilLog2, MAX_CONTRIBUTIONS } from "./integers.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { MerkleTree } from "./merkle.ts";
import { assertLaneCount, laneExponent, quantiseInto } from "./vector.ts";

/** The largest exponent that a row may have and still score. */
export const MAX_ROW_EXPONENT = 64;
/** The largest exponent bound E that the chain accepts. */
export const MAX_EXPONENT_BOUND = 40;

/**
 * The influence index of a stream: row i stands for the features of contribution i,
 * lanes_i · 2^(exponent_i + unitExponent). The unit is common to all rows and cancels in every share.
 */
export interface InfluenceIndex {
  /** n, the number of contributions, retired ones included: 1 … 2^20 */
  readonly size: number;
  /** k: a multiple of 16, 16 … 8,192 */
  readonly lanesPerRow: number;
  /** U, int32 */
  readonly unitExponent: number;
  /** E, 0 … 40: a row's exponent is at most min(64, ⌈log2 rows⌉ + E) */
  readonly exponentBound: number;
  /** uint8 [n] */
  readonly exponents: Uint8Array;
  /** int16, row-major [n × k] */
  readonly lanes: Int16Array;
}

/**
 * Quantises the features of all contributions with one exponent each, above a common unit. The unit is the smallest
 * exponent among the rows, unless the spread of the exponents is beyond what the chain accepts; then the faintest rows
 * lose lanes. A lane is off by at most half of 2^(exponent_i + unitExponent).
 *
 * @param features - φ, float64, row-major [n × k], row i for contribution i
 * @param rowCounts - counted data rows of each contribution; 0 if it is retired, which makes its row zeros
 * @throws ScorerError `bad-length` (lanes, contributions, counts), `out-of-range` (counts), `not-finite`
 */
export function buildIndex(features: Matrix, rowCounts: readonly number[]): InfluenceIndex {
  const { rows: size, columns: lanesPerRow, data } = features;
  assertLaneCount(lanesPerRow);
  assertContributions(size);
  assertRowCounts(rowCounts, size);
  const row = (i: number): Float64Array => data.subarray(i * lanesPerRow, (i + 1) * lanesPerRow);

  const raw = rowCounts.map((count, i) => (count === 0 ? undefined : laneExponent(row(i))));
  let lowest = Infinity;
  let needed = -Infinity;
  raw.forEach((exponent, i) => {
    if (exponent === undefined) return;
    lowest = Math.min(lowest, exponent);
    needed = Math.max(needed, exponent - Math.min(MAX_ROW_EXPONENT, ceilLog2(rowCounts[i]!) + MAX_EXPONENT_BOUND));
  });
  const unitExponent = lowest === Infinity ? 0 : Math.max(lowest, needed);

  const exponents = new Uint8Array(size);
  const lanes = new Int16Array(size * lanesPerRow);
  let exponentBound = 0;
  raw.forEach((exponent, i) => {
    if (exponent === undefined) return;
    const above = Math.max(0, exponent - unitExponent);
    exponents[i] = above;
    exponentBound = Math.max(exponentBound, above - ceilLog2(rowCounts[i]!));
    quantiseInto(row(i), unitExponent + above, lanes.subarray(i * lanesPerRow, (i + 1) * lanesPerRow));
  });
  return { size, lanesPerRow, unitExponent, exponentBound, exponents, lanes };
}

/**
 * The lanes of row i.
 *
 * @returns a view, int16 [k]
 * @throws ScorerError `out-of-range` when there is no such row
 */
export function indexRow(index: InfluenceIndex, i: number): Int16Array {
  assertInteger(i, 0, index.size - 1, "the row");
  return index.lanes.subarray(i * index.lanesPerRow, (i + 1) * index.lanesPerRow);
}

/** The lanes of an index row as bytes: lane 0 first, each big-endian. */
export function indexLaneBytes(lanes: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * lanes.length);
  writeLanes(viewOf(bytes), 0, lanes);
  return bytes;
}

/**
 * The leaf of row i: keccak256(abi.encode(uint256 i, uint256 exponent, bytes32 keccak256(lanes))).
 *
 * @param exponent - uint8
 */
export function indexLeaf(i: number, exponent: number, lanes: Int16Array): Hex {
  return toHex(leafBytes(i, exponent, lanes));
}

function leafBytes(i: number, exponent: number, lanes: Int16Array): Uint8Array {
  const words = new Uint8Array(96);
  const view = viewOf(words);
  view.setUint32(28, i);
  view.setUint32(60, exponent);
  words.set(keccakBytes(indexLaneBytes(lanes)), 64);
  return keccakBytes(words);
}

/** The positional Merkle tree over the rows of an index; its root is what the model's owner commits. */
export function indexTree(index: InfluenceIndex): MerkleTree {
  const { size, lanesPerRow, exponents, lanes } = index;
  const leaves = new Uint8Array(32 * size);
  for (let i = 0; i < size; i++) {
    leaves.set(leafBytes(i, exponents[i]!, lanes.subarray(i * lanesPerRow, (i + 1) * lanesPerRow)), 32 * i);
  }
  return new MerkleTree(leaves);
}

const MAGIC = "TRIX";
const VERSION = 1;
const HEADER_BYTES = 24;

/**
 * An index as a file (format "TRIX", version 1, big-endian): magic, version (uint8), three zero bytes, n (uint32),
 * k (uint32), U (int32), E (uint32), then for each row its exponent (uint8) and its lanes (int16).
 */
export function encodeIndex(index: InfluenceIndex): Uint8Array {
  const rowBytes = 1 + 2 * index.lanesPerRow;
  const file = new Uint8Array(HEADER_BYTES + index.size * rowBytes);
  const view = viewOf(file);
  writeMagic(file, MAGIC, VERSION);
  view.setUint32(8, index.size);
  view.setUint32(12, index.lanesPerRow);
  view.setInt32(16, index.unitExponent);
  view.setUint32(20, index.exponentBound);
  for (let i = 0; i < index.size; i++) {
    const offset = HEADER_BYTES + i * rowBytes;
    file[offset] = index.exponents[i]!;
    writeLanes(view, offset + 1, indexRow(index, i));
  }
  return file;
}

/**
 * Reads an index file. Row exponents and lanes are taken as they are: the chain accepts every value there and scores
 * what is beyond the bound 0.
 *
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, with the offset of what is wrong
 */
export function decodeIndex(file: Uint8Array): InfluenceIndex {
  checkMagic(file, MAGIC, VERSION, HEADER_BYTES);
  const view = viewOf(file);
  const size = assertInteger(view.getUint32(8), 1, MAX_CONTRIBUTIONS, "the number of rows at offset 8");
  const lanesPerRow = view.getUint32(12);
  assertLaneCount(lanesPerRow);
  const unitExponent = view.getInt32(16);
  const exponentBound = assertInteger(view.getUint32(20), 0, MAX_EXPONENT_BOUND, "the exponent bound at offset 20");
  const rowBytes = 1 + 2 * lanesPerRow;
  checkEnd(file, HEADER_BYTES + size * rowBytes);
  const exponents = new Uint8Array(size);
  const lanes = new Int16Array(size * lanesPerRow);
  for (let i = 0; i < size; i++) {
    const offset = HEADER_BYTES + i * rowBytes;
    exponents[i] = file[offset]!;
    for (let j = 0; j < lanesPerRow; j++) lanes[i * lanesPerRow + j] = view.getInt16(offset + 1 + 2 * j);
  }
  return { size, lanesPerRow, unitExponent, exponentBound, exponents, lanes };
}

/** An index with the tree that its root stands for. */
export interface VerifiedIndex {
  readonly index: InfluenceIndex;
  readonly tree: MerkleTree;
}

/**
 * Reads an index file that must have the committed root. The root does not cover U and E: U cancels, E is on the chain.
 *
 * @throws ScorerError as `decodeIndex`, `bad-hex`, and `root-mismatch` when the rows hash to another root
 */
export function verifyIndex(file: Uint8Array, expectedRoot: Hex): VerifiedIndex {
  fromHex(expectedRoot, "the expected root", 32);
  const index = decodeIndex(file);
  const tree = indexTree(index);
  if (tree.root !== expectedRoot.toLowerCase()) {
    throw new ScorerError(
      "root-mismatch",
      `the index hashes to ${tree.root}, not to the committed ${expectedRoot}: fetch the file from another source`,
    );
  }
  return { index, tree };
}

/**
 * @throws ScorerError `bad-length` unless there is a count for each contribution, `out-of-range` for one that is not an
 * integer of at least 0
 */
export function assertRowCounts(rowCounts: readonly number[], size: number): void {
  if (rowCounts.length !== size) {
    throw new ScorerError(
      "bad-length",
      `${rowCounts.length} row counts for ${size} contributions: give one for each, 0 for a retired one`,
    );
  }
  rowCounts.forEach((count, i) => {
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new ScorerError(
        "out-of-range",
        `the row count of contribution ${i} is ${count}: it must be an integer of at least 0`,
      );
    }
  });
}

function assertContributions(size: number): void {
  if (size > MAX_CONTRIBUTIONS) {
    throw new ScorerError("bad-length", `${size} contributions are more than the ${MAX_CONTRIBUTIONS} of a stream`);
  }
}

function writeLanes(view: DataView, offset: number, lanes: Int16Array): void {
  for (let j = 0; j < lanes.length; j++) view.setInt16(offset + 2 * j, lanes[j]!);
}
