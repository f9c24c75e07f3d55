import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { BlockResult, BlockTask, BlockWork } from "../../scorer/core/indexScan.ts";

/** Blocks that a thread has at once: while one comes back it does the next. */
const AHEAD = 2;
/** More threads wait for the disk, and each has an engine of its own in memory. */
const MOST_WORKERS = 4;

/** What a block leaves behind in a thread's heap is small; by itself an engine would take eight times as much. */
const YOUNG_MIB = 4;

interface Asked {
  readonly done: (result: BlockResult) => void;
  readonly failed: (error: Error) => void;
}

interface Hand {
  readonly worker: Worker;
  /** What it was given, oldest first */
  readonly doing: Asked[];
}

/** Hashes and scores the blocks of an index in worker threads. Any number of them gives the same bytes. */
export class IndexWorkers {
  readonly #hands: readonly Hand[];
  #failure: Error | undefined;

  /**
   * @param workers - number of threads, at least 1; by default one for each core, at most 4
   */
  constructor(workers = Math.min(MOST_WORKERS, availableParallelism())) {
    this.#hands = Array.from({ length: workers }, () => this.#hire());
  }

  /**
   * Takes tasks as fast as the threads do them, and gives results in the order of the tasks. The memory of a task's rows
   * goes over to a thread.
   *
   * @throws Error that a thread ended with
   */
  readonly scan: BlockWork = (tasks) => this.#scan(tasks);

  /** Ends the threads, which keep the process alive until then. */
  async close(): Promise<void> {
    await Promise.all(this.#hands.map(({ worker }) => worker.terminate()));
  }

  async *#scan(tasks: AsyncIterable<BlockTask>): AsyncGenerator<BlockResult, undefined> {
    const pending: Promise<BlockResult>[] = [];
    let next = 0;
    for await (const task of tasks) {
      const result = this.#ask(this.#hands[next++ % this.#hands.length]!, task);
      // Its failure is thrown when its turn comes.
      result.catch(() => undefined);
      pending.push(result);
      if (pending.length >= AHEAD * this.#hands.length) yield await pending.shift()!;
    }
    for (const result of pending) yield await result;
  }

  #ask({ worker, doing }: Hand, task: BlockTask): Promise<BlockResult> {
    return new Promise((done, failed) => {
      if (this.#failure !== undefined) return failed(this.#failure);
      doing.push({ done, failed });
      worker.postMessage(task, [task.encoded.buffer]);
    });
  }

  #hire(): Hand {
    // Compiled, this file and the thread's own are JavaScript.
    const program = import.meta.url.endsWith(".ts") ? "./indexWorker.ts" : "./indexWorker.js";
    const worker = new Worker(new URL(program, import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    const doing: Asked[] = [];
    worker.on("message", (result: BlockResult) => doing.shift()?.done(result));
    worker.on("error", (error: Error) => {
      this.#failure = error;
      for (const { failed } of this.#hands.flatMap((hand) => hand.doing.splice(0))) failed(error);
    });
    return { worker, doing };
  }
}
