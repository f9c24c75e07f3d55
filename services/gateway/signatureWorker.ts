import { parentPort, workerData } from "node:worker_threads";
import { doJobs } from "./signatureWork.ts";

// Runs as a worker thread of `Signatures`.
const key = workerData as Uint8Array;
parentPort?.on("message", (jobs: Uint8Array) => {
  const results = doJobs(jobs, key);
  parentPort?.postMessage(results, [results.buffer as ArrayBuffer]);
});
