import { viewOf } from "./bytes.ts";
import { checkMagic, hasMagic, writeMagic } from "./fileHeader.ts";
import { keccakBytes } from "./hash.ts";
import { assertInteger, MAX_CONTRIBUTIONS } from "./integers.ts";
import { assertLaneCount } from "./vector.ts";

/** The largest exponent bound E that the chain accepts. */
export const MAX_EXPONENT_BOUND = 40;

/** What an influence index says of itself before its rows. */
export interface IndexHeader {
  /** n, the number of contributions, retired ones included: 1 … 2^20 */
  readonly size: number;
  /** k: a multiple of 16, 16 … 8,192 */
  readonly lanesPerRow: number;
  /** U, int32 */
  readonly unitExponent: number;
  /** E, 0 … 40: a row's exponent is at most min(64, ⌈log2 rows⌉ + E) */
  readonly exponentBound: number;
}

/** Rows with their lanes as numbers. */
export interface IndexRows {
  /** uint8 [rows] */
  readonly exponents: Uint8Array;
  /** int16, row-major [rows × k] */
  readonly lanes: Int16Array;
}

const MAGIC = "TRIX";
const VERSION = 1;
/** Bytes of an index file before its rows. */
export const INDEX_HEADER_BYTES = 24;

/** Bytes of a row in a file: its exponent (uint8) and k lanes (int16). */
export function indexRowBytes(lanesPerRow: number): number {
  return 1 + 2 * lanesPerRow;
}

/** Bytes of a whole index file. */
export function indexFileBytes({ size, lanesPerRow }: IndexHeader): number {
  return INDEX_HEADER_BYTES + size * indexRowBytes(lanesPerRow);
}

/** Writes the header at the start of an index file. */
export function writeIndexHeader(file: Uint8Array, header: IndexHeader): void {
  const view = viewOf(file);
  writeMagic(file, MAGIC, VERSION);
  view.setUint32(8, header.size);
  view.setUint32(12, header.lanesPerRow);
  view.setInt32(16, header.unitExponent);
  view.setUint32(20, header.exponentBound);
}

/**
 * Reads the header at the start of an index file.
 *
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, with the offset of what is wrong
 */
export function readIndexHeader(file: Uint8Array): IndexHeader {
  checkMagic(file, MAGIC, VERSION, INDEX_HEADER_BYTES);
  const view = viewOf(file);
  const size = assertInteger(view.getUint32(8), 1, MAX_CONTRIBUTIONS, "the number of rows at offset 8");
  const lanesPerRow = view.getUint32(12);
  assertLaneCount(lanesPerRow);
  const unitExponent = view.getInt32(16);
  const exponentBound = assertInteger(view.getUint32(20), 0, MAX_EXPONENT_BOUND, "the exponent bound at offset 20");
  return { size, lanesPerRow, unitExponent, exponentBound };
}

/** Whether a file begins as an index does. */
export function isIndex(file: Uint8Array): boolean {
  return hasMagic(file, MAGIC);
}

/**
 * Writes rows one after the other as a file has them.
 *
 * @param offset - where in `target` the first one begins
 */
export function writeIndexRows(target: Uint8Array, offset: number, lanesPerRow: number, rows: IndexRows): void {
  const view = viewOf(target);
  rows.exponents.forEach((exponent, i) => {
    const at = offset + i * indexRowBytes(lanesPerRow);
    target[at] = exponent;
    writeLanes(view, at + 1, rows.lanes.subarray(i * lanesPerRow, (i + 1) * lanesPerRow));
  });
}

/** Reads rows that stand one after the other as a file has them. */
export function readIndexRows(encoded: Uint8Array, lanesPerRow: number): IndexRows {
  const rowBytes = indexRowBytes(lanesPerRow);
  const count = encoded.length / rowBytes;
  const view = viewOf(encoded);
  const exponents = new Uint8Array(count);
  const lanes = new Int16Array(count * lanesPerRow);
  for (let i = 0; i < count; i++) {
    exponents[i] = encoded[i * rowBytes]!;
    const first = i * rowBytes + 1;
    for (let j = 0; j < lanesPerRow; j++) lanes[i * lanesPerRow + j] = view.getInt16(first + 2 * j);
  }
  return { exponents, lanes };
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
 * @param laneBytes - the lanes as a file has them
 * @returns 32 bytes
 */
export function indexLeafBytes(i: number, exponent: number, laneBytes: Uint8Array): Uint8Array {
  const words = new Uint8Array(96);
  const view = viewOf(words);
  view.setUint32(28, i);
  view.setUint32(60, exponent);
  words.set(keccakBytes(laneBytes), 64);
  return keccakBytes(words);
}

function writeLanes(view: DataView, offset: number, lanes: Int16Array): void {
  for (let j = 0; j < lanes.length; j++) view.setInt16(offset + 2 * j, lanes[j]!);
}
