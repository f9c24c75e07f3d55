import Table from "cli-table3";
import { options, run, wholeNumber } from "../scripts/commandLine.ts";
import { step } from "../scripts/progress.ts";
import { BARS, FULL_SIZE } from "./scale/bars.ts";
import type { GameGas } from "./scale/game.ts";
import { type Figures, measure } from "./scale/measure.ts";

async function main(): Promise<number> {
  const values = options({
    json: { type: "boolean", default: false },
    contributions: { type: "string", default: String(FULL_SIZE.contributions) },
    lanes: { type: "string", default: String(FULL_SIZE.lanes) },
  });
  const contributions = wholeNumber(values.contributions, "contributions", 1, FULL_SIZE.contributions);
  const lanes = wholeNumber(values.lanes, "lanes", 16, 8192, 16);
  const { figures, scored } = await measure(contributions, lanes);
  // Hardhat's memory is not the scorer's: it comes in when that has been measured.
  const { playStatement } = await import("./scale/game.ts");
  const gas = await step("Playing a statement on a local chain", (show) => playStatement(scored, show));
  process.stdout.write(
    values.json ? `${JSON.stringify({ ...rounded(figures), gas })}\n` : `${table(figures)}\n${gasTable(gas)}\n`,
  );
  return 0;
}

/** Milliseconds are all that a clock can tell two runs apart by. */
function rounded(figures: Figures): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([key, value]: [string, number]) => [key, Number(value.toFixed(3))]),
  );
}

function table(figures: Figures): string {
  const { contributions, lanes, scoreSeconds, treeSeconds, indexSeconds, peerTreeSeconds, rssMiB } = figures;
  const seconds = (value: number): string => `${value.toFixed(2)} s`;
  const rows = new Table({
    head: [`${contributions.toLocaleString("en")} × ${lanes} lanes`, "measured", "bar"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  rows.push(
    ["index: lanes, row hashes, positional tree", seconds(indexSeconds), ""],
    ["score: weights of all lines", seconds(scoreSeconds), ""],
    ["sum tree", seconds(treeSeconds), ""],
    ["score and sum tree", seconds(scoreSeconds + treeSeconds), `≤ ${BARS.seconds} s`],
    ["peak memory, lanes included", `${rssMiB.toLocaleString("en")} MiB`, `≤ ${BARS.rssMiB.toLocaleString("en")} MiB`],
    ["@openzeppelin/merkle-tree", seconds(peerTreeSeconds), ""],
    ["times faster than it", `${(peerTreeSeconds / treeSeconds).toFixed(1)} ×`, `≥ ${BARS.ratio} ×`],
  );
  const notes = [
    `Bars are for ${FULL_SIZE.contributions.toLocaleString("en")} × ${FULL_SIZE.lanes} lanes on two cores.`,
    'The peer is StandardMerkleTree.of over (index, weight) as ["uint256", "uint144"], in a process of its own. It has its',
    "own leaf format and carries no sums: it sorts the hashed leaves and hashes pairs of 64 bytes, not nodes of 128.",
  ];
  return `${rows.toString()}\n${notes.join("\n")}`;
}

function gasTable(gas: GameGas): string {
  const rows = new Table({
    head: ["one statement over all of them, on a local chain", "gas"],
    colAligns: ["left", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const [what, used] of Object.entries(gas)) rows.push([what, used.toLocaleString("en")]);
  return rows.toString();
}

await run(main);
