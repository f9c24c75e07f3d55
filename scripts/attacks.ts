import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attackFiles, attacksIn, readCases, testPath } from "./attacks/list.ts";
import { options, run } from "./commandLine.ts";

/** What mocha's JSON reporter tells of a test, or of a hook that failed. */
interface Outcome {
  readonly fullTitle: string;
  readonly err: { readonly message?: string };
}

interface Report {
  readonly passes: readonly Outcome[];
  readonly failures: readonly Outcome[];
}

/**
 * Runs exactly the tests whose titles name an attack of `docs/attacks.md`, and says of each case of that list whether
 * all of its tests passed. A case without a test that ran is missing. Exit code 1 unless all survived.
 */
async function main(): Promise<number> {
  const { json } = options({ json: { type: "boolean", default: false } });
  const cases = await readCases();
  const { passes, failures } = await runTests([...(await attackFiles()).keys()].map(testPath));
  const lines: string[] = [];
  let survived = 0;
  for (const { number, name } of cases) {
    const [passed, failed] = [passes, failures].map((list) =>
      list.filter((test) => attacksIn(test.fullTitle).has(number)),
    );
    const outcome = failed?.length ? "failed" : passed?.length ? "survived" : "missing";
    if (outcome === "survived") survived++;
    lines.push(`${outcome.padEnd(8)} ${String(number).padStart(2)}  ${name}`);
    for (const test of failed ?? [])
      lines.push(`${" ".repeat(13)}✘ ${test.fullTitle}: ${test.err.message ?? "failed"}`);
    for (const test of passed ?? []) lines.push(`${" ".repeat(13)}✔ ${test.fullTitle}`);
  }
  // Whatever failed belongs to some case; a hook of a suite may have a title without one.
  for (const test of failures.filter(({ fullTitle }) => attacksIn(fullTitle).size === 0)) {
    lines.push(`failed       ${test.fullTitle}: ${test.err.message ?? "failed"}`);
  }
  lines.push(`${survived} of ${cases.length} cases survived, in ${passes.length + failures.length} tests`);
  if (json) process.stdout.write(`${JSON.stringify({ cases: cases.length, survived })}\n`);
  else process.stdout.write(`${lines.join("\n")}\n`);
  if (json && failures.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
  return survived === cases.length && failures.length === 0 ? 0 : 1;
}

/** Runs the named files' tests of attacks; what they print goes to stderr. */
async function runTests(files: readonly string[]): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-attacks-"));
  try {
    const output = join(folder, "report.json");
    const reporter = ["--reporter", "json", "--reporter-option", `output=${output}`];
    const args = ["--import=tsx", "--timeout", "120000", "--exit", ...reporter, "--grep", "attack \\d+:", ...files];
    const { error } = spawnSync("mocha", args, { stdio: ["ignore", process.stderr.fd, process.stderr.fd] });
    if (error !== undefined) throw error;
    return JSON.parse(await readFile(output, "utf8")) as Report;
  } finally {
    await rm(folder, { recursive: true });
  }
}

await run(main);
