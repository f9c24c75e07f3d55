import type { Pieces } from "./blocks.ts";
import type { Hex } from "./bytes.ts";
import { indexLeafBytes, indexRowBytes, type IndexHeader, readIndexRows } from "./indexRows.ts";
import type { IndexBlock, IndexStream } from "./indexStream.ts";
import { MerkleRoot } from "./merkleRoot.ts";
import { assertScorable, rowWeights } from "./scoring.ts";
import { WEIGHT_BYTES, Weights } from "./weights.ts";

/** What the rows of an index are scored with. */
export interface Scoring {
  /** Counted data rows of each contribution, 0 if it is retired */
  readonly rowCounts: readonly number[];
  /** int16 [k] */
  readonly q: Int16Array;
  /** E as the chain has it; a file's header is nobody's word */
  readonly exponentBound: number;
}

/** What is to be done with one block: plain data, so that it can be handed to another thread. */
export interface BlockTask extends IndexBlock {
  readonly lanesPerRow: number;
  /** With the counts of the block's own rows; nothing when they are only to be hashed */
  readonly scoring: Scoring | undefined;
}

/** What came of one block. */
export interface BlockResult {
  /** uint8, one for each row */
  readonly exponents: Uint8Array<ArrayBuffer>;
  /** 32 bytes for each row */
  readonly leaves: Uint8Array<ArrayBuffer>;
  /** `WEIGHT_BYTES` for each row; nothing when they were only hashed */
  readonly weights: Uint8Array<ArrayBuffer> | undefined;
}

/** Does all blocks of an index, and gives what came of them in the same order: here, or in several threads. */
export type BlockWork = (tasks: AsyncIterable<BlockTask>) => AsyncIterable<BlockResult>;

/** An index that was read through. */
export interface IndexScan {
  readonly header: IndexHeader;
  /** What its rows hash to */
  readonly root: Hex;
  /** uint8 [n] */
  readonly exponents: Uint8Array;
}

/** Hashes, and scores, the rows of one block. Every block by itself: any number of threads gives the same bytes. */
export function scanBlock({ first, encoded, lanesPerRow, scoring }: BlockTask): BlockResult {
  const rowBytes = indexRowBytes(lanesPerRow);
  const count = encoded.length / rowBytes;
  const exponents = new Uint8Array(count);
  const leaves = new Uint8Array(32 * count);
  for (let i = 0; i < count; i++) {
    exponents[i] = encoded[i * rowBytes]!;
    const lanes = encoded.subarray(i * rowBytes + 1, (i + 1) * rowBytes);
    leaves.set(indexLeafBytes(first + i, exponents[i]!, lanes), 32 * i);
  }
  if (scoring === undefined) return { exponents, leaves, weights: undefined };
  const { rowCounts, exponentBound, q } = scoring;
  const weights = rowWeights(readIndexRows(encoded, lanesPerRow), rowCounts, exponentBound, q);
  return { exponents, leaves, weights };
}

/** Does one block after the other in this thread. */
export async function* scanHere(tasks: Pieces<BlockTask>): AsyncGenerator<BlockResult, undefined> {
  for await (const task of tasks) yield scanBlock(task);
}

/**
 * Reads an index through and hashes its rows.
 *
 * @param work - by default in this thread
 * @param done - told how many rows are done
 */
export async function hashIndex(
  stream: IndexStream,
  work: BlockWork = scanHere,
  done: (rows: number) => void = () => undefined,
): Promise<IndexScan> {
  return scan(stream, undefined, work, () => undefined, done);
}

/**
 * Reads an index through once, hashes its rows and scores them: the weights of `payableWeights`. They are worth
 * something only if the root is the committed one.
 *
 * @param work - by default in this thread
 * @param done - told how many rows are done
 * @throws ScorerError `bad-length` when q or the counts do not fit the index, `out-of-range` for a count
 */
export async function scoreIndex(
  stream: IndexStream,
  scoring: Scoring,
  work: BlockWork = scanHere,
  done: (rows: number) => void = () => undefined,
): Promise<IndexScan & { readonly weights: Weights }> {
  assertScorable(stream.header, scoring.rowCounts, scoring.q);
  const weights = new Uint8Array(WEIGHT_BYTES * stream.header.size);
  const found = await scan(stream, scoring, work, (some, first) => weights.set(some, WEIGHT_BYTES * first), done);
  return { ...found, weights: new Weights(weights) };
}

async function scan(
  { header, blocks }: IndexStream,
  scoring: Scoring | undefined,
  work: BlockWork,
  weigh: (weights: Uint8Array, first: number) => void,
  done: (rows: number) => void,
): Promise<IndexScan> {
  const exponents = new Uint8Array(header.size);
  const root = new MerkleRoot();
  let first = 0;
  for await (const result of work(tasksOf(blocks, header.lanesPerRow, scoring))) {
    exponents.set(result.exponents, first);
    root.add(result.leaves);
    if (result.weights !== undefined) weigh(result.weights, first);
    first += result.exponents.length;
    done(first);
  }
  return { header, root: root.root(), exponents };
}

async function* tasksOf(
  blocks: Pieces<IndexBlock>,
  lanesPerRow: number,
  scoring: Scoring | undefined,
): AsyncGenerator<BlockTask, undefined> {
  for await (const { first, encoded } of blocks) {
    const last = first + encoded.length / indexRowBytes(lanesPerRow);
    const own = scoring && { ...scoring, rowCounts: scoring.rowCounts.slice(first, last) };
    yield { first, encoded, lanesPerRow, scoring: own };
  }
}
