import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { oneOf, options, run } from "./commandLine.ts";
import { hasAnvil } from "./localNode.ts";
import { step } from "./progress.ts";

const TESTS = join("test", "contracts");
const ENDING = ".test.ts";
const ENGINES = ["op", "anvil"];

/**
 * Runs the contracts' tests and the demo on other engines than Hardhat's chain: Hardhat's OP-stack chain, and anvil,
 * which shares no code with it.
 */
async function main(): Promise<number> {
  const values = options({
    engine: { type: "string", default: ENGINES.join(",") },
    only: { type: "string" },
    "skip-demo": { type: "boolean", default: false },
  });
  const engines = values.engine.split(",").map((engine) => oneOf(engine, "engine", ENGINES));
  const all = (await readdir(TESTS))
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
  const tests = values.only === undefined ? all : [oneOf(values.only, "only", all)];
  const failed: string[] = [];
  const check = async (title: string, command: string, args: readonly string[], engine: string): Promise<void> => {
    const passed = await step(title, () => Promise.resolve(passes(command, args, engine)), ending);
    if (!passed) failed.push(title);
  };
  for (const engine of engines) {
    if (engine === "anvil" && !(await hasAnvil())) {
      process.stderr.write("anvil is left out: npm brings it for Linux x64 only\n");
      continue;
    }
    for (const name of tests) {
      const args = ["test", "mocha", "--no-compile", join(TESTS, `${name}${ENDING}`)];
      await check(`${name} on ${engine}`, "hardhat", args, engine);
    }
    // On anvil the demo is among the end-to-end tests.
    if (engine === "op" && !values["skip-demo"])
      await check(`The demo on ${engine}`, "tsx", ["scripts/demo.ts", "--json", "--network", engine], engine);
  }
  process.stdout.write(failed.length === 0 ? "all pass on every engine\n" : `failed: ${failed.join(", ")}\n`);
  return failed.length === 0 ? 0 : 1;
}

const ending = (passed: boolean): string => (passed ? "passes" : "fails");

/** Whether a program passes on an engine; where it fails, its output is shown. */
function passes(command: string, args: readonly string[], engine: string): boolean {
  const env = { ...process.env, TRIBUTARY_CHAIN: engine };
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env, maxBuffer: 2 ** 28 });
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
  return status === 0;
}

await run(main);
