import { spawnSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import Table from "cli-table3";
import { options, run } from "./commandLine.ts";

const TESTS = "test/contracts";
const REPORT = "coverage/lcov.info";

/** A line that no test reaches says why, in a comment on it or above it. */
const REASON = /\/\/ not covered: /;

interface FileCoverage {
  readonly file: string;
  readonly lines: number;
  readonly missed: readonly number[];
}

/**
 * Runs the contracts' tests on instrumented contracts and asks for every line of `contracts/` (but the doubles of
 * tests), or for a reason why not. Statements are Hardhat's unit below a line: a line counts as reached when all of its
 * statements were.
 */
async function main(): Promise<number> {
  const values = options({ json: { type: "boolean", default: false } });
  const tests = (await readdir(TESTS)).filter((name) => name.endsWith(".test.ts")).map((name) => join(TESTS, name));
  const { status } = spawnSync("hardhat", ["test", "mocha", "--coverage", ...tests], {
    stdio: ["ignore", process.stderr.fd, process.stderr.fd],
  });
  if (status !== 0) throw new Error("the tests failed: coverage says nothing then");
  const files = await withReasons(parse(await readFile(REPORT, "utf8")).filter(({ file }) => !/\/mocks\//.test(file)));
  const missed = files.reduce((sum, { missed: lines }) => sum + lines.length, 0);
  const total = files.reduce((sum, { lines }) => sum + lines, 0);
  if (values.json) process.stdout.write(`${JSON.stringify({ lines: total, missed, files })}\n`);
  else process.stdout.write(`${table(files)}\n${total - missed} of ${total} lines are reached, or say why not\n`);
  return missed === 0 ? 0 : 1;
}

/** lcov: `SF:` names a file, `DA:line,hits` one line of it. */
function parse(report: string): FileCoverage[] {
  return report
    .split("end_of_record")
    .filter((record) => record.includes("SF:"))
    .map((record) => {
      const hits = [...record.matchAll(/^DA:(\d+),(\d+)$/gm)].map(([, line, count]) => [Number(line), Number(count)]);
      return {
        file: /^SF:(.*)$/m.exec(record)?.[1] ?? "",
        lines: hits.length,
        missed: hits.filter(([, count]) => count === 0).map(([line]) => line ?? 0),
      };
    })
    .sort((a, b) => a.file.localeCompare(b.file));
}

async function withReasons(files: readonly FileCoverage[]): Promise<FileCoverage[]> {
  return Promise.all(
    files.map(async (coverage) => {
      const source = (await readFile(coverage.file, "utf8")).split("\n");
      const excused = (line: number): boolean =>
        REASON.test(source[line - 1] ?? "") || REASON.test(source[line - 2] ?? "");
      return { ...coverage, missed: coverage.missed.filter((line) => !excused(line)) };
    }),
  );
}

function table(files: readonly FileCoverage[]): string {
  const rows = new Table({
    head: ["file", "lines", "reached", "missed lines"],
    colAligns: ["left", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const { file, lines, missed } of files) {
    rows.push([
      file,
      lines,
      `${((100 * (lines - missed.length)) / Math.max(lines, 1)).toFixed(1)} %`,
      missed.join(", "),
    ]);
  }
  return rows.toString();
}

await run(main);
