import { fromHex, type Hex, toHex } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { checkEnd } from "./fileHeader.ts";
import { assertRowCounts, indexExponents } from "./indexExponents.ts";
import {
  INDEX_HEADER_BYTES,
  type IndexHeader,
  type IndexRows,
  indexFileBytes,
  indexLaneBytes,
  indexLeafBytes,
  readIndexHeader,
  readIndexRows,
  writeIndexHeader,
  writeIndexRows,
} from "./indexRows.ts";
import { assertInteger } from "./integers.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { MerkleTree } from "./merkle.ts";
import { assertLaneCount, laneExponent, quantiseInto } from "./vector.ts";

/**
 * The influence index of a stream: row i stands for the features of contribution i,
 * lanes_i · 2^(exponent_i + unitExponent). The unit is common to all rows and cancels in every share.
 */
export interface InfluenceIndex extends IndexHeader, IndexRows {}

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
  const row = (i: number): Float64Array => data.subarray(i * lanesPerRow, (i + 1) * lanesPerRow);
  assertRowCounts(rowCounts, size);
  const raw = rowCounts.map((count, i) => (count === 0 ? undefined : laneExponent(row(i))));
  const plan = indexExponents(raw, rowCounts);
  const lanes = new Int16Array(size * lanesPerRow);
  raw.forEach((exponent, i) => {
    if (exponent === undefined) return;
    const common = plan.unitExponent + plan.exponents[i]!;
    quantiseInto(row(i), common, lanes.subarray(i * lanesPerRow, (i + 1) * lanesPerRow));
  });
  return { size, lanesPerRow, ...plan, lanes };
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

/**
 * The leaf of row i: keccak256(abi.encode(uint256 i, uint256 exponent, bytes32 keccak256(lanes))).
 *
 * @param exponent - uint8
 */
export function indexLeaf(i: number, exponent: number, lanes: Int16Array): Hex {
  return toHex(indexLeafBytes(i, exponent, indexLaneBytes(lanes)));
}

/** The positional Merkle tree over the rows of an index; its root is what the model's owner commits. */
export function indexTree(index: InfluenceIndex): MerkleTree {
  const leaves = new Uint8Array(32 * index.size);
  for (let i = 0; i < index.size; i++) {
    leaves.set(indexLeafBytes(i, index.exponents[i]!, indexLaneBytes(indexRow(index, i))), 32 * i);
  }
  return new MerkleTree(leaves);
}

/**
 * An index as a file (format "TRIX", version 1, big-endian): magic, version (uint8), three zero bytes, n (uint32),
 * k (uint32), U (int32), E (uint32), then for each row its exponent (uint8) and its lanes (int16).
 */
export function encodeIndex(index: InfluenceIndex): Uint8Array {
  const file = new Uint8Array(indexFileBytes(index));
  writeIndexHeader(file, index);
  writeIndexRows(file, INDEX_HEADER_BYTES, index.lanesPerRow, index);
  return file;
}

/**
 * Reads an index file. Row exponents and lanes are taken as they are: the chain accepts every value there and scores
 * what is beyond the bound 0.
 *
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, with the offset of what is wrong
 */
export function decodeIndex(file: Uint8Array): InfluenceIndex {
  const header = readIndexHeader(file);
  checkEnd(file, indexFileBytes(header));
  return { ...header, ...readIndexRows(file.subarray(INDEX_HEADER_BYTES), header.lanesPerRow) };
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
  assertIndexRoot(tree.root, expectedRoot);
  return { index, tree };
}

/** @throws ScorerError `root-mismatch` when an index hashes to another root than the committed one */
export function assertIndexRoot(found: Hex, expected: Hex): void {
  if (found !== expected.toLowerCase()) {
    throw new ScorerError(
      "root-mismatch",
      `the index hashes to ${found}, not to the committed ${expected}: fetch the file from another source`,
    );
  }
}
