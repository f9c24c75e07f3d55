import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { options, run } from "./commandLine.ts";
import { hasAnvil } from "./localNode.ts";
import { step } from "./progress.ts";

const TESTS = join("test", "contracts");

/**
 * Runs the contracts' tests and the demo on other engines than Hardhat's chain: Hardhat's OP-stack chain, and anvil,
 * which shares no code with it.
 */
async function main(): Promise<number> {
  const values = options({
    engine: { type: "string", default: "op,anvil" },
    only: { type: "string" },
    "skip-demo": { type: "boolean", default: false },
  });
  const names = (await readdir(TESTS)).filter((name) => name.endsWith(".test.ts")).sort();
  const tests = names.filter((name) => values.only === undefined || name === `${values.only}.test.ts`);
  const failed: string[] = [];
  for (const engine of values.engine.split(",")) {
    if (engine === "anvil" && !(await hasAnvil())) {
      process.stderr.write("anvil is left out: npm brings it for Linux x64 only\n");
      continue;
    }
    const env = { ...process.env, TRIBUTARY_CHAIN: engine };
    for (const name of tests) {
      const args = ["test", "mocha", "--no-compile", join(TESTS, name)];
      await step(`${name} on ${engine}`, () => passes(`${name} on ${engine}`, "hardhat", args, env, failed), ending);
    }
    // On anvil the demo is among the end-to-end tests.
    const demo = engine === "op" && !values["skip-demo"];
    const title = `The demo on ${engine}`;
    if (demo)
      await step(
        title,
        () => passes(title, "tsx", ["scripts/demo.ts", "--json", "--network", "op"], env, failed),
        ending,
      );
  }
  process.stdout.write(failed.length === 0 ? "all pass on every engine\n" : `failed: ${failed.join(", ")}\n`);
  return failed.length === 0 ? 0 : 1;
}

const ending = (passed: boolean): string => (passed ? "passes" : "fails");

/** Whether a program passes; where it fails, its output is shown and its name kept. */
function passes(
  title: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  failed: string[],
): Promise<boolean> {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env, maxBuffer: 2 ** 28 });
  if (status !== 0) {
    failed.push(title);
    process.stderr.write(`${stdout}${stderr}`);
  }
  return Promise.resolve(status === 0);
}

await run(main);
