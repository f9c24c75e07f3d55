import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./commandLine.ts";

/** Folders whose tests take about as long as all others together. */
const FIRST = ["contracts", "indexer", "services"].map((name) => join("test", name));
/** Tests that take minutes, or a browser, and have commands of their own: `test:chaos`, `test:e2e` and so on. */
const OWN_COMMAND = [
  join("test", "chaos"),
  ...["demo", "everyRole"].map((name) => join("test", "e2e", `${name}.test.ts`)),
  ...["currencies", "disputes", "lineage", "money", "weights"].map((name) =>
    join("test", "attacks", `${name}.test.ts`),
  ),
  join("test", "explorer"),
];

interface Outcome {
  readonly name: string;
  /** Exit code, or the signal that ended the process. */
  readonly ended: number | string;
  readonly seconds: number;
  readonly output: string;
}

/**
 * Builds once and runs tests in two lanes side by side: Solidity's and then those of the contracts, the index and the
 * services; and all others but those with commands of their own.
 * The first output is shown as it comes, the others' after it, and what failed once more at the end.
 */
async function main(): Promise<number> {
  const build = await hardhat("build", ["build"], "shown");
  if (build.ended !== 0) return 1;
  const files = (await readdir("test", { recursive: true }))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", name))
    .filter((file) => !OWN_COMMAND.some((own) => file.startsWith(own)))
    .sort();
  const isFirst = (file: string): boolean => FIRST.some((folder) => file.startsWith(folder));
  const [contracts, others] = [files.filter(isFirst), files.filter((file) => !isFirst(file))];
  const inContracts = async (): Promise<Outcome[]> => [
    await hardhat("tests in Solidity", ["test", "solidity"], "shown"),
    await hardhat("tests of contracts, index and services", ["test", "mocha", "--no-compile", ...contracts], "shown"),
  ];
  const [first, second] = await Promise.all([
    inContracts(),
    hardhat("all other tests", ["test", "mocha", "--no-compile", ...others], "kept"),
  ]);
  process.stdout.write(second.output);
  const outcomes = [...first, second];
  for (const { name, ended, seconds, output } of outcomes) {
    const failed = ended !== 0;
    console.log(`${name}: ${failed ? `failed (${ended})` : "passed"} in ${seconds} s`);
    if (failed) console.log(failures(output));
  }
  return outcomes.every(({ ended }) => ended === 0) ? 0 : 1;
}

/** The part of a run's output that says what failed: from its summary on, or the last lines where it has none. */
function failures(output: string): string {
  const summary = output.search(/^\s*\d+ failing/m);
  return summary < 0 ? output.split("\n").slice(-40).join("\n") : output.slice(summary);
}

async function hardhat(name: string, args: readonly string[], show: "shown" | "kept"): Promise<Outcome> {
  const began = performance.now();
  const child = spawn("hardhat", args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const [stream, edge] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const)
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (show === "shown") edge.write(text);
    });
  const ended = await new Promise<number | string>((resolve, reject) =>
    child.on("error", reject).on("close", (code, signal) => resolve(code ?? signal ?? "ended")),
  );
  return { name, ended, seconds: Math.round((performance.now() - began) / 1_000), output };
}

await run(main);
