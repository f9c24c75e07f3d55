import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Answer, Figures, Part, Request } from "./part.ts";

const PROGRAM = fileURLToPath(new URL("partProcess.ts", import.meta.url));
/** The exact Hessian of MNIST, its factor and the kernel's copy of it. */
const HEAP_MIB = 6144;

/** Measures one part in a process of its own. */
export function measurePart<P extends Part>(
  part: P,
  seeds: readonly number[],
  quick: boolean,
  show: (note: string) => void,
): Promise<Figures<P>> {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, { execArgv: ["--import=tsx", `--max-old-space-size=${HEAP_MIB}`] });
    let figures: Figures<P> | undefined;
    child.on("message", (answer: Answer) => {
      if ("note" in answer) show(answer.note);
      else figures = answer.figures as Figures<P>;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (figures !== undefined) resolve(figures);
      else reject(new Error(`measuring ${part} ended with code ${String(code)}`));
    });
    child.send({ part, seeds, quick } satisfies Request);
  });
}

/** Runs jobs on as many processors as there are, and gives their results in order. */
export async function inParallel<T>(jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results = new Array<T>(jobs.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const job = next++;
      results[job] = await jobs[job]!();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, worker));
  return results;
}
