import { spawnSync } from "node:child_process";
import { sha256 } from "../scorer/index.ts";
import { options, run } from "./commandLine.ts";
import { step } from "./progress.ts";

/** The Node versions whose engines must agree; each comes from npm. */
const VERSIONS = ["20", "22", "24"];
const ENTRY = "dist/scripts/determinism/digest.js";

/** Compiles the scorer, runs it on the demo's mails under several Node versions, and compares every digest. */
async function main(): Promise<number> {
  const values = options({ json: { type: "boolean", default: false } });
  await step("Compiling the scorer", () => Promise.resolve(check("tsc", ["-p", "tsconfig.determinism.json"])));
  const results: Record<string, string> = {};
  for (const version of VERSIONS) {
    const args = ["--yes", "--package", `node@${version}`, "--", "node"];
    const found = await step(`Scoring under Node ${version}`, () => {
      const engine = check("npx", [...args, "--version"]).trim();
      if (!engine.startsWith(`v${version}.`)) throw new Error(`npx ran Node ${engine}, not ${version}`);
      return Promise.resolve({ engine, digests: check("npx", [...args, ENTRY]) });
    });
    results[found.engine] = found.digests;
  }
  const [reference, ...others] = Object.values(results);
  const equal = others.every((digests) => digests === reference);
  if (values.json) process.stdout.write(`${JSON.stringify({ equal, results })}\n`);
  else {
    for (const [version, digests] of Object.entries(results)) {
      process.stdout.write(`${version.padEnd(10)} ${sha256(new TextEncoder().encode(digests))}\n`);
      if (!equal) process.stdout.write(`${digests}\n`);
    }
    process.stdout.write(equal ? "same inputs, same bytes\n" : "the digests DIFFER\n");
  }
  return equal ? 0 : 1;
}

/** Runs a program of which the output is needed; its failure ends the comparison. */
function check(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}${stdout}`);
  return stdout;
}

await run(main);
