import { parentPort } from "node:worker_threads";
import { type BlockTask, scanBlock } from "../../scorer/core/indexScan.ts";

// Runs as a worker thread of `IndexWorkers`.
parentPort?.on("message", (task: BlockTask) => {
  const result = scanBlock(task);
  const memory = [result.exponents, result.leaves, result.weights].flatMap((bytes) => bytes?.buffer ?? []);
  parentPort?.postMessage(result, memory);
});
