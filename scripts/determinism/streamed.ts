import {
  decodeIndexStream,
  encodeIndexStream,
  type Hex,
  type Matrix,
  matrix,
  scoreIndex,
  sha256,
  streamIndex,
  SumTree,
} from "../../scorer/index.ts";
import { IndexWorkers } from "../../services/workers/indexWorkers.ts";
import { lanes, numbers } from "./numbers.ts";

const [ROWS, LANES, AT_ONCE] = [6000, 512, 700];

/** An index that is built, written, read, hashed and scored block by block, in some worker threads. */
export async function streamedDigests(threads: number): Promise<Record<string, Hex>> {
  const rowCounts = Array.from({ length: ROWS }, (_, i) => i % 97);
  const file: Uint8Array[] = [];
  for await (const piece of encodeIndexStream(await streamIndex(features, rowCounts))) file.push(piece);
  const workers = new IndexWorkers(threads);
  try {
    const stream = await decodeIndexStream(file);
    const { exponentBound } = stream.header;
    const scoring = { rowCounts, q: lanes(LANES, 11), exponentBound };
    const { root, weights } = await scoreIndex(stream, scoring, workers.scan);
    return {
      index: sha256(Buffer.concat(file)),
      indexRoot: root,
      weights: sha256(weights.bytes),
      sumTreeRoot: new SumTree(weights).root,
    };
  } finally {
    await workers.close();
  }
}

function* features(): Generator<Matrix> {
  for (let first = 0; first < ROWS; first += AT_ONCE) {
    const rows = Math.min(AT_ONCE, ROWS - first);
    yield matrix(rows, LANES, numbers(rows * LANES, 100 + first));
  }
}
