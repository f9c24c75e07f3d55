import { spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** What one process took. */
export interface ProcessFigures {
  readonly seconds: number;
  /** The most memory that it had. */
  readonly rssMiB: number;
}

/** With the roots that scoring found. */
interface Ran extends ProcessFigures {
  readonly root?: string;
  readonly sumTreeRoot?: string;
}

/** What building and scoring an index larger than memory took. */
export interface StreamingFigures {
  readonly contributions: number;
  readonly lanes: number;
  readonly fileMiB: number;
  /** Quantising features in two passes, and writing the file. */
  readonly build: ProcessFigures;
  /** Hashing and scoring the file, and the sum tree, by number of worker threads; 0 is without. */
  readonly score: Readonly<Record<string, ProcessFigures>>;
}

/** Contributions and lanes: 2 GiB, and 32 MiB. */
const SIZES = { full: [2 ** 19, 2048], quick: [2 ** 13, 2048] } as const;
/** Numbers of worker threads. */
const THREADS = [0, 1, 2];

/**
 * Builds, hashes and scores an index block by block, each in a process of its own.
 *
 * @param quick - a small one
 * @param show - told what is being done
 * @throws Error when runs with other numbers of threads differ in a byte
 */
export async function measureStreaming(quick: boolean, show: (detail: string) => void): Promise<StreamingFigures> {
  const [contributions, lanes] = quick ? SIZES.quick : SIZES.full;
  const folder = await mkdtemp(join(tmpdir(), "tributary-streaming-"));
  try {
    const file = join(folder, "index.trix");
    show("building an index block by block");
    const build = await runProcess("build", file, contributions, lanes);
    const score: Record<string, ProcessFigures> = {};
    const roots = new Set<string>();
    for (const threads of THREADS) {
      show(`scoring it with ${threads} worker threads`);
      const { seconds, rssMiB, root, sumTreeRoot } = await runProcess("score", file, threads);
      score[threads] = { seconds, rssMiB };
      roots.add(`${root} ${sumTreeRoot}`);
    }
    if (roots.size !== 1) throw new Error(`other numbers of threads give other roots: ${[...roots].join("; ")}`);
    const fileMiB = Math.ceil((await stat(file)).size / 2 ** 20);
    return { contributions, lanes, fileMiB, build: { seconds: build.seconds, rssMiB: build.rssMiB }, score };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runProcess(...task: (string | number)[]): Promise<Ran> {
  const program = fileURLToPath(new URL("streamingProcess.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import=tsx", program, ...task.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [printed, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`the task "${task.join(" ")}" ended with code ${String(code)}`);
  return JSON.parse(printed) as Ran;
}
