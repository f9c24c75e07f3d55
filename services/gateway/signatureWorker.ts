import { parentPort } from "node:worker_threads";
import { recoverAll } from "./signatureWork.ts";

// Runs as a worker thread of `Signatures`.
parentPort?.on("message", (jobs: Uint8Array) => {
  const results = recoverAll(jobs);
  parentPort?.postMessage(results, [results.buffer as ArrayBuffer]);
});
