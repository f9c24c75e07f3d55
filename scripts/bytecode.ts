import { spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FutureType } from "@nomicfoundation/ignition-core";
import { localTributaryModule } from "../ignition/modules/Tributary.ts";
import { sha256 } from "../scorer/index.ts";
import { options, run } from "./commandLine.ts";
import { nodeOf } from "./nodeVersions.ts";
import { step } from "./progress.ts";

const SNAPSHOT = "bench/snapshots/bytecode.json";
const BUILD = fileURLToPath(new URL("./bytecode/build.ts", import.meta.url));

/** sha-256 of the creation code of each contract that a deployment sends, which holds what it deploys in turn. */
type Hashes = Readonly<Record<string, string>>;

/**
 * Compares what `npm run build` made with the committed hashes, then builds again under other Node versions: everybody
 * who builds this commit must get the bytes that were tested.
 */
async function main(): Promise<number> {
  const values = options({
    node: { type: "string", default: "20,22,24" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  const artifacts = await deployedArtifacts();
  const built = hashesOf(artifacts.map(({ name, bytecode }) => [name, bytecode] as const));
  if (values.write) await writeFile(SNAPSHOT, `${JSON.stringify(built, undefined, 2)}\n`);
  const committed = JSON.parse(await readFile(SNAPSHOT, "utf8")) as Hashes;
  const wrong = differences("the build", built, committed);
  const contracts = artifacts.map(({ contract }) => contract);
  const versions = values.node.split(",").filter((version) => version !== "");
  for (const version of versions) {
    const again = await step(`Building under Node ${version}`, async () =>
      buildUnder(await nodeOf(version), contracts),
    );
    wrong.push(...differences(`the build under Node ${version}`, again, committed));
  }
  const hash = sha256(new TextEncoder().encode(JSON.stringify(committed)));
  const equal = wrong.length === 0;
  if (values.json) process.stdout.write(`${JSON.stringify({ equal, hash, versions, contracts: committed })}\n`);
  else process.stdout.write(equal ? `${hash}: the bytecode of ${contracts.length} contracts, as committed\n` : "");
  for (const line of wrong) process.stderr.write(`${line}\n`);
  return equal ? 0 : 1;
}

/** What the deployment deploys, as the build made it. */
async function deployedArtifacts(): Promise<{ name: string; contract: string; bytecode: string }[]> {
  const names = [
    ...localTributaryModule.futures,
    ...[...localTributaryModule.submodules].flatMap(({ futures }) => [...futures]),
  ]
    .filter(({ type }) => type === FutureType.NAMED_ARTIFACT_CONTRACT_DEPLOYMENT)
    .map((future) => ("contractName" in future ? future.contractName : ""))
    .sort();
  const files = await readdir(join("artifacts", "contracts"), { recursive: true });
  return Promise.all(
    names.map(async (name) => {
      const file = files.find((path) => basename(path) === `${name}.json`);
      if (file === undefined) throw new Error(`artifacts/ holds no ${name}: run npm run build first`);
      const artifact = JSON.parse(await readFile(join("artifacts", "contracts", file), "utf8")) as {
        sourceName: string;
        bytecode: string;
      };
      return { name, contract: `${artifact.sourceName}:${name}`, bytecode: artifact.bytecode };
    }),
  );
}

function hashesOf(codes: readonly (readonly [name: string, bytecode: string])[]): Hashes {
  return Object.fromEntries(codes.map(([name, bytecode]) => [name, sha256(Buffer.from(bytecode.slice(2), "hex"))]));
}

/** Compiles contracts in a process of another Node. */
function buildUnder(node: string, contracts: readonly string[]): Hashes {
  const { status, stdout, stderr } = spawnSync(node, ["--import=tsx", BUILD, ...contracts], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
  return hashesOf(Object.entries(JSON.parse(stdout) as Record<string, string>));
}

function differences(what: string, hashes: Hashes, committed: Hashes): string[] {
  const names = [...new Set([...Object.keys(hashes), ...Object.keys(committed)])].sort();
  return names
    .filter((name) => hashes[name] !== committed[name])
    .map((name) => `${what} differs from ${SNAPSHOT} in ${name}: if the contracts were meant to change, --write`);
}

await run(main);
