import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { readPieces } from "../../cli/edges/files.ts";
import { progress, seldom } from "../../cli/progress.ts";
import {
  decodeIndexStream,
  encodeIndexStream,
  type Matrix,
  matrix,
  scoreIndex,
  streamIndex,
  SumTree,
} from "../../scorer/index.ts";
import { IndexWorkers } from "../../services/workers/indexWorkers.ts";
import { xorshift32 } from "../scale/stream.ts";

// A process of its own, whose memory is that of one task alone: `build FILE CONTRIBUTIONS LANES`, or
// `score FILE THREADS`, 0 for none. One line of JSON goes out on stdout.

/** Rows of features that are made at once. */
const ROWS = 1024;

/** The same features on every machine and in both passes: one block of numbers, scaled by another power of two each time. */
function* madeUpFeatures(contributions: number, lanes: number): Generator<Matrix> {
  const next = xorshift32(0x7121b07a);
  const numbers = Float64Array.from({ length: ROWS * lanes }, () => next() / 2 ** 31);
  for (let first = 0; first < contributions; first += ROWS) {
    const rows = Math.min(ROWS, contributions - first);
    const scale = 2 ** ((first / ROWS) % 30);
    yield matrix(
      rows,
      lanes,
      numbers.subarray(0, rows * lanes).map((number) => number * scale),
    );
  }
}

function countsOf(contributions: number): number[] {
  return Array.from({ length: contributions }, (_, i) => 1 + (i % 1000));
}

async function build(path: string, contributions: number, lanes: number): Promise<Record<string, string>> {
  const stream = await streamIndex(() => madeUpFeatures(contributions, lanes), countsOf(contributions));
  await pipeline(encodeIndexStream(stream), createWriteStream(path));
  return {};
}

async function score(path: string, workers: IndexWorkers | undefined): Promise<Record<string, string>> {
  const stream = await decodeIndexStream(readPieces(path, "the index"));
  const { size, lanesPerRow, exponentBound } = stream.header;
  const next = xorshift32(0x0771ce55);
  const q = Int16Array.from({ length: lanesPerRow }, () => next());
  const log = seldom((detail) => process.stderr.write(`${detail}\n`));
  const scoring = { rowCounts: countsOf(size), q, exponentBound };
  const { root, weights } = await scoreIndex(stream, scoring, workers?.scan, progress(size, "rows", log));
  await workers?.close();
  return { root, sumTreeRoot: new SumTree(weights).root };
}

const [task, path = "", first = "0", second = "0"] = process.argv.slice(2);
const start = performance.now();
const workers = task === "score" && first !== "0" ? new IndexWorkers(Number(first)) : undefined;
const roots = await (task === "build" ? build(path, Number(first), Number(second)) : score(path, workers));
const seconds = (performance.now() - start) / 1000;
process.stdout.write(JSON.stringify({ seconds, rssMiB: Math.ceil(process.resourceUsage().maxRSS / 1024), ...roots }));
