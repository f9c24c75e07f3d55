import { readFile, writeFile } from "node:fs/promises";
import Table from "cli-table3";
import { options, run } from "../scripts/commandLine.ts";
import { connectChain } from "../scripts/network.ts";
import { step } from "../scripts/progress.ts";
import { BARS, type Bar, type Operation } from "./gas/bars.ts";
import { measure } from "./gas/operations.ts";
import { World } from "./gas/world.ts";
import { fillPage } from "./marks.ts";

const SNAPSHOT = "bench/snapshots/gas.json";

async function main(): Promise<number> {
  const values = options({
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
  });
  const chain = await connectChain("bench");
  const gas = await step("Measuring gas on a local chain", async (show) => measure(await World.create(chain), show));
  const text = `${JSON.stringify(gas, null, 2)}\n`;
  process.stdout.write(values.json ? `${JSON.stringify(gas)}\n` : `${table(gas)}\n`);
  if (values.update) {
    await writeFile(SNAPSHOT, text);
    await updateReadme(gas);
  }
  if (values.check) {
    const snapshot = await readFile(SNAPSHOT, "utf8");
    if (snapshot !== text) {
      process.stderr.write(`gas differs from ${SNAPSHOT}:\n${difference(JSON.parse(snapshot) as Gas, gas)}\n`);
      process.stderr.write("If the change is meant, run: npm run bench:gas -- --update\n");
      return 1;
    }
  }
  return 0;
}

type Gas = Partial<Record<Operation, number>>;

function table(gas: Gas): string {
  const rows = new Table({
    head: ["operation", "key", "gas", "bar", "of bar", "peers"],
    colAligns: ["left", "left", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const [key, { title, bar, peers }] of Object.entries<Bar>(BARS)) {
    const used = gas[key as Operation];
    if (used === undefined) continue;
    const share = bar === undefined ? "" : `${((100 * used) / bar).toFixed(0)} %`;
    rows.push([title, key, used.toLocaleString("en"), bar?.toLocaleString("en") ?? "", share, peers ?? ""]);
  }
  return rows.toString();
}

/** Puts the figures between the marks in the README, so that they are those of the snapshot. */
async function updateReadme(gas: Gas): Promise<void> {
  const number = (value: number | undefined): string => value?.toLocaleString("en") ?? "";
  const rows = Object.entries<Bar>(BARS)
    .filter(([key]) => gas[key as Operation] !== undefined)
    .map(
      ([key, { title, bar, peers }]) =>
        `| ${title} | ${number(gas[key as Operation])} | ${number(bar)} | ${peers ?? ""} |`,
    );
  const table = ["| operation | gas | bar | peers |", "|---|---:|---:|---|", ...rows].join("\n");
  await fillPage("README.md", { gas: table });
}

function difference(before: Gas, after: Gas): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as Operation[];
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => `  ${key}: ${before[key] ?? "none"} → ${after[key] ?? "none"}`)
    .join("\n");
}

await run(main);
