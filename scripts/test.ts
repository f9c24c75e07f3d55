import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./commandLine.ts";

/** Folders whose tests take about as long as all others together. */
const FIRST = ["contracts", "indexer", "services"].map((name) => join("test", name));
/** Minutes by themselves: they have commands of their own, `test:chaos` and `test:e2e`. */
const LONG = [join("test", "chaos", "services.test.ts"), join("test", "e2e", "everyRole.test.ts")];

/**
 * Builds once and runs tests in two processes side by side: those of the contracts, Solidity's first, the
 * index and the services, and all others but the longest.
 * The first output is shown as it comes, the others' after it.
 */
async function main(): Promise<number> {
  if ((await hardhat(["build"], "shown")).code !== 0) return 1;
  const files = (await readdir("test", { recursive: true }))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", name))
    .sort();
  const isFirst = (file: string): boolean => FIRST.some((folder) => file.startsWith(folder));
  const [contracts, others] = [files.filter(isFirst), files.filter((file) => !isFirst(file) && !LONG.includes(file))];
  const solidity = await hardhat(["test", "solidity"], "shown");
  const [first, second] = await Promise.all([
    hardhat(["test", "mocha", "--no-compile", ...contracts], "shown"),
    hardhat(["test", "mocha", "--no-compile", ...others], "kept"),
  ]);
  process.stdout.write(second.output);
  return [solidity, first, second].every(({ code }) => code === 0) ? 0 : 1;
}

async function hardhat(
  args: readonly string[],
  output: "shown" | "kept",
): Promise<{ code: number | null; output: string }> {
  const stdio = output === "shown" ? "inherit" : "pipe";
  const child = spawn("hardhat", args, { stdio: ["ignore", stdio, stdio] });
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (kept += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, output: kept };
}

await run(main);
