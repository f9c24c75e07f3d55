import { BlockReader, type Pieces } from "./blocks.ts";
import { ScorerError } from "./errors.ts";
import { checkEnd } from "./fileHeader.ts";
import { assertRowCounts, type IndexExponents, indexExponents } from "./indexExponents.ts";
import {
  INDEX_HEADER_BYTES,
  type IndexHeader,
  type IndexRows,
  indexFileBytes,
  indexRowBytes,
  readIndexHeader,
  writeIndexHeader,
  writeIndexRows,
} from "./indexRows.ts";
import type { InfluenceIndex } from "./influenceIndex.ts";
import type { Matrix } from "../numeric/linalg.ts";
import { assertLaneCount, laneExponent, quantiseInto } from "./vector.ts";

/** Some neighbouring rows of an index. */
export interface IndexBlock {
  /** Position of the first one */
  readonly first: number;
  /** The rows as an index file has them, see `indexRowBytes` */
  readonly encoded: Uint8Array<ArrayBuffer>;
}

/** An index whose rows come block by block, and need not fit into memory. */
export interface IndexStream {
  readonly header: IndexHeader;
  /** All rows in order; to be gone through once */
  readonly blocks: Pieces<IndexBlock>;
}

/** Bytes of a block, about: small beside memory, large beside what handing it over costs. */
const BLOCK_BYTES = 2 ** 20;

/**
 * `buildIndex` for features that don't fit into memory: the same index. They are gone through twice, once for the
 * exponents and once, while blocks are taken, for the lanes.
 *
 * @param features - called twice; φ of all contributions in order, in matrices of any number of rows [… × k], float64
 * @param rowCounts - counted data rows of each contribution; 0 if it is retired, which makes its row zeros
 * @throws ScorerError `bad-length` (lanes, contributions, counts), `out-of-range` (counts), `not-finite`,
 * `empty-input` without rows; while blocks are taken `inconsistent` when the second pass isn't the first
 */
export async function streamIndex(features: () => Pieces<Matrix>, rowCounts: readonly number[]): Promise<IndexStream> {
  const raw: (number | undefined)[] = [];
  let lanesPerRow: number | undefined;
  for await (const matrix of features()) {
    lanesPerRow ??= matrix.columns;
    assertLaneCount(matrix.columns);
    assertSameWidth(matrix, lanesPerRow);
    for (let i = 0; i < matrix.rows; i++) {
      raw.push(rowCounts[raw.length] === 0 ? undefined : laneExponent(rowOf(matrix, i)));
    }
  }
  if (lanesPerRow === undefined) throw new ScorerError("empty-input", "an index needs at least one row");
  assertRowCounts(rowCounts, raw.length);
  const plan = indexExponents(raw, rowCounts);
  const { unitExponent, exponentBound } = plan;
  return {
    header: { size: raw.length, lanesPerRow, unitExponent, exponentBound },
    blocks: quantisedBlocks(features(), lanesPerRow, plan, raw),
  };
}

async function* quantisedBlocks(
  features: Pieces<Matrix>,
  k: number,
  plan: IndexExponents,
  raw: readonly (number | undefined)[],
): AsyncGenerator<IndexBlock, undefined> {
  let first = 0;
  for await (const matrix of features) {
    assertSameWidth(matrix, k);
    const lanes = new Int16Array(matrix.rows * k);
    for (let i = 0; i < matrix.rows; i++) {
      const expected = raw[first + i];
      if (first + i >= raw.length || (expected !== undefined && laneExponent(rowOf(matrix, i)) !== expected))
        throw differentPass(first + i);
      if (expected === undefined) continue;
      const exponent = plan.unitExponent + plan.exponents[first + i]!;
      quantiseInto(rowOf(matrix, i), exponent, lanes.subarray(i * k, (i + 1) * k));
    }
    const exponents = plan.exponents.subarray(first, first + matrix.rows);
    yield* encodedBlocks({ exponents, lanes }, k, first);
    first += matrix.rows;
  }
  if (first !== raw.length) throw differentPass(first);
}

/** An index in memory, block by block. */
export function indexBlocks(index: InfluenceIndex): IndexStream {
  const { size, lanesPerRow, unitExponent, exponentBound } = index;
  return {
    header: { size, lanesPerRow, unitExponent, exponentBound },
    blocks: encodedBlocks(index, lanesPerRow, 0),
  };
}

function* encodedBlocks(rows: IndexRows, k: number, first: number): Generator<IndexBlock, undefined> {
  const step = rowsPerBlock(k);
  for (let from = 0; from < rows.exponents.length; from += step) {
    const to = Math.min(rows.exponents.length, from + step);
    const encoded = new Uint8Array((to - from) * indexRowBytes(k));
    const some = { exponents: rows.exponents.subarray(from, to), lanes: rows.lanes.subarray(from * k, to * k) };
    writeIndexRows(encoded, 0, k, some);
    yield { first: first + from, encoded };
  }
}

/** The file of an index, piece by piece: joined, they are what `encodeIndex` gives. */
export async function* encodeIndexStream({ header, blocks }: IndexStream): AsyncGenerator<Uint8Array, undefined> {
  const head = new Uint8Array(INDEX_HEADER_BYTES);
  writeIndexHeader(head, header);
  yield head;
  for await (const { encoded } of blocks) yield encoded;
}

/**
 * `decodeIndex` for files that don't fit into memory.
 *
 * @param file - its bytes in pieces of any size, read once; no further than a block ahead
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, with the offset of what is wrong; a
 * wrong end shows while blocks are taken
 */
export async function decodeIndexStream(file: Pieces<Uint8Array>): Promise<IndexStream> {
  const reader = new BlockReader(file);
  try {
    const header = readIndexHeader(await reader.take(INDEX_HEADER_BYTES));
    return { header, blocks: rowBlocks(reader, header) };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function* rowBlocks(reader: BlockReader, header: IndexHeader): AsyncGenerator<IndexBlock, undefined> {
  try {
    const rowBytes = indexRowBytes(header.lanesPerRow);
    const step = rowsPerBlock(header.lanesPerRow);
    for (let first = 0; first < header.size; first += step) {
      const rows = Math.min(step, header.size - first);
      const encoded = await reader.take(rows * rowBytes);
      if (encoded.length < rows * rowBytes) checkEnd({ length: reader.offset }, indexFileBytes(header));
      yield { first, encoded };
    }
    await reader.take(1);
    checkEnd({ length: reader.offset }, indexFileBytes(header));
  } finally {
    await reader.close();
  }
}

function rowsPerBlock(lanesPerRow: number): number {
  return Math.ceil(BLOCK_BYTES / indexRowBytes(lanesPerRow));
}

function rowOf({ columns, data }: Matrix, i: number): Float64Array {
  return data.subarray(i * columns, (i + 1) * columns);
}

function assertSameWidth({ columns }: Matrix, lanesPerRow: number): void {
  if (columns !== lanesPerRow) {
    throw new ScorerError(
      "bad-length",
      `a row has ${columns} lanes, the first one ${lanesPerRow}: all must be of the same model`,
    );
  }
}

function differentPass(row: number): ScorerError {
  return new ScorerError(
    "inconsistent",
    `the features of row ${row} differ between the first pass and the second: give the same ones twice`,
  );
}
