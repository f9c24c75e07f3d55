#!/usr/bin/env node
// Plain JavaScript with nothing but Node's own modules until all checks are done: an old Node or an unfinished install
// must end in a sentence, not in a stack trace.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MINIMUM = [22, 13];

function problem() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if ((major - MINIMUM[0] || minor - MINIMUM[1]) < 0) {
    return `Tributary needs Node ${MINIMUM.join(".")} or newer, this is ${process.versions.node}: run "npx tributary", which uses the Node that "npm install" brings`;
  }
  const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (!existsSync(at("typechain-types/index.ts"))) {
    return `the contracts are not built: run "npx hardhat build" in ${at("")}`;
  }
  return undefined;
}

async function start() {
  try {
    const { register } = await import("tsx/esm/api");
    register();
  } catch (error) {
    if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
    process.stderr.write('error: dependencies are missing: run "npm install"\n');
    return 1;
  }
  const { main } = await import("./main.ts");
  return main(process.argv.slice(2));
}

const found = problem();
if (found !== undefined) process.stderr.write(`error: ${found}\n`);
const exitCode = found === undefined ? await start() : 1;
// A request that timed out may still hold a socket; what was printed goes out first.
process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
