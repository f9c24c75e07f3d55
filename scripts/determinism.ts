import { sha256 } from "../scorer/index.ts";
import { options, run } from "./commandLine.ts";
import { check, nodeOf } from "./nodeVersions.ts";
import { step } from "./progress.ts";

/** The Node versions whose engines must agree; each comes from npm. */
const VERSIONS = ["20", "22", "24"];
const ENTRY = "dist/scripts/determinism/digest.js";

/** How the scorer is run: flags of the engine, of which a version takes those it knows, and worker threads. */
const MODES = [
  { name: "as it comes", flags: [], threads: 1 },
  { name: "without optimiser", flags: ["--no-opt", "--no-maglev", "--max-lazy", "--liftoff-only"], threads: 1 },
  { name: "all optimised", flags: ["--always-turbofan", "--no-liftoff"], threads: 3 },
] as const;

/** Compiles the scorer, runs it under several Node versions in several modes, and compares every digest. */
async function main(): Promise<number> {
  const values = options({ json: { type: "boolean", default: false } });
  await step("Compiling the scorer", () => Promise.resolve(check("tsc", ["-p", "tsconfig.determinism.json"])));
  const results: Record<string, string> = {};
  for (const version of VERSIONS) {
    const path = await step(`Fetching Node ${version}`, () => nodeOf(version));
    const node = (...args: string[]): string => check(path, args);
    const engine = node("--version").trim();
    const known = node("--v8-options");
    for (const { name, flags, threads } of MODES) {
      const taken = flags.filter((flag) => known.includes(`${flag.replace("--no-", "--")} (`));
      const title = `Node ${engine} ${name}: ${[...taken, `worker threads: ${threads}`].join(", ")}`;
      results[`${engine} ${name}`] = await step(title, () => Promise.resolve(node(...taken, ENTRY, String(threads))));
    }
  }
  const [reference, ...others] = Object.values(results);
  const equal = others.every((digests) => digests === reference);
  if (values.json) process.stdout.write(`${JSON.stringify({ equal, results })}\n`);
  else {
    for (const [run, digests] of Object.entries(results)) {
      process.stdout.write(`${run.padEnd(30)} ${sha256(new TextEncoder().encode(digests))}\n`);
      if (!equal) process.stdout.write(`${digests}\n`);
    }
    process.stdout.write(equal ? "same inputs, same bytes\n" : "the digests DIFFER\n");
  }
  return equal ? 0 : 1;
}

await run(main);
