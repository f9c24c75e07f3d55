import {
  type BlockWork,
  decodeIndexStream,
  hashIndex,
  indexFileBytes,
  type IndexScan,
  type IndexStream,
} from "../scorer/index.ts";
import { IndexWorkers } from "../services/workers/indexWorkers.ts";
import type { Context } from "./context.ts";
import { fileBytes, readPieces } from "./edges/files.ts";
import { progress } from "./progress.ts";

/** Bytes from which on a file takes seconds: threads are worth starting, and people are told how far it is. */
const LARGE = 2 ** 26;

/**
 * Reads an index file through, block by block: it need not fit into memory.
 *
 * @param scan - what to do with it: `hashIndex` or `scoreIndex`
 * @param show - told how far it is
 * @throws ScorerError as `decodeIndexStream` and `scan`, ClientError `bad-input` when the file can't be read
 */
export async function readIndexThrough<T>(
  path: string,
  show: (detail: string) => void,
  scan: (stream: IndexStream, work: BlockWork | undefined, done: (rows: number) => void) => Promise<T>,
): Promise<T> {
  const stream = await decodeIndexStream(readPieces(path, "the index"));
  const workers = indexFileBytes(stream.header) < LARGE ? undefined : new IndexWorkers();
  try {
    return await scan(stream, workers?.scan, progress(stream.header.size, "rows", show));
  } finally {
    await workers?.close();
  }
}

/** Hashes the rows of an index file of any size. */
export async function hashIndexFile({ step }: Context, path: string): Promise<IndexScan> {
  const hash = (show: (detail: string) => void): Promise<IndexScan> => readIndexThrough(path, show, hashIndex);
  const large = (await fileBytes(path, "the index")) >= LARGE;
  return large ? step("Hashing the rows", hash) : hash(() => undefined);
}
