import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import {
  type Hex,
  indexLaneBytes,
  indexRow,
  indexTree,
  payableWeights,
  SumTree,
  toHex,
  type Weights,
} from "../../scorer/index.ts";
import { step } from "../../scripts/progress.ts";
import { madeUpStream } from "./stream.ts";

/** What a run took. */
export interface Figures {
  readonly contributions: number;
  readonly lanes: number;
  /** The weights of all lines. */
  readonly scoreSeconds: number;
  /** Their sum tree. */
  readonly treeSeconds: number;
  /** Filling the lanes, hashing the rows, and their positional tree. */
  readonly indexSeconds: number;
  /** The peer's tree over the same indexes and weights. */
  readonly peerTreeSeconds: number;
  /** The most memory that this process had until the sum tree stood, lanes included. */
  readonly rssMiB: number;
}

/** A scored stream, with all that a statement about one of its lines takes. */
export interface ScoredStream {
  readonly weights: Weights;
  readonly tree: SumTree;
  readonly q: Int16Array;
  /** Counted rows of all contributions. */
  readonly rows: bigint;
  readonly index: { readonly root: Hex; readonly lanes: number; readonly exponentBound: number };
  /** The line that is worth most. */
  readonly line: number;
  /** Its row of the index. */
  readonly row: {
    readonly rows: number;
    readonly exponent: number;
    readonly lanes: Hex;
    readonly proof: readonly Hex[];
  };
}

/** Scores a made-up stream of the given size, and has the peer build its tree over the same weights. */
export async function measure(
  contributions: number,
  lanes: number,
): Promise<{ readonly figures: Figures; readonly scored: ScoredStream }> {
  const { scored, rssMiB, ...own } = await score(contributions, lanes);
  const peerTreeSeconds = await step("Building the peer's tree", () => peerSeconds(scored.weights), seconds);
  return { figures: { contributions, lanes, ...own, peerTreeSeconds, rssMiB }, scored };
}

/** The index is out of reach when this returns: the peer need not share the machine's memory with it. */
async function score(contributions: number, lanes: number) {
  const built = await timed(`Building an index of ${contributions} × ${lanes} lanes`, () => {
    const stream = madeUpStream(contributions, lanes);
    return { stream, rowTree: indexTree(stream.index) };
  });
  const { index, rowCounts, q } = built.result.stream;
  const score = await timed("Scoring", () => payableWeights(index, rowCounts, q));
  const weights = score.result;
  const tree = await timed("Building the sum tree", () => new SumTree(weights));
  const rssMiB = Math.ceil(process.resourceUsage().maxRSS / 1024);
  const line = heaviest(weights);
  const { rowTree } = built.result;
  const scored: ScoredStream = {
    weights,
    tree: tree.result,
    q,
    rows: rowCounts.reduce((sum, rows) => sum + BigInt(rows), 0n),
    index: { root: rowTree.root, lanes, exponentBound: index.exponentBound },
    line,
    row: {
      rows: rowCounts[line] ?? 0,
      exponent: index.exponents[line] ?? 0,
      lanes: toHex(indexLaneBytes(indexRow(index, line))),
      proof: rowTree.proof(line),
    },
  };
  return {
    scored,
    scoreSeconds: score.seconds,
    treeSeconds: tree.seconds,
    indexSeconds: built.seconds,
    rssMiB,
  };
}

function heaviest(weights: Weights): number {
  let [line, most] = [0, 0n];
  let i = 0;
  for (const weight of weights) {
    if (weight > most) [line, most] = [i, weight];
    i++;
  }
  return line;
}

async function timed<T>(title: string, run: () => T): Promise<{ result: T; seconds: number }> {
  const measured = (): { result: T; seconds: number } => {
    const start = performance.now();
    const result = run();
    return { result, seconds: (performance.now() - start) / 1000 };
  };
  return step(
    title,
    () => Promise.resolve(measured()),
    (found) => seconds(found.seconds),
  );
}

/** 2^20 leaves of the peer take about 2 GiB, more than Node gives by itself on small machines. */
const PEER_HEAP_MIB = 4096;

async function peerSeconds(weights: Weights): Promise<number> {
  const program = fileURLToPath(new URL("peer.ts", import.meta.url));
  const child = spawn(process.execPath, [`--max-old-space-size=${PEER_HEAP_MIB}`, "--import=tsx", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  child.stdin.end(weights.bytes);
  const [printed, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`the peer's tree ended with code ${String(code)}`);
  return Number(printed);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
