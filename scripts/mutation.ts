import { readFile } from "node:fs/promises";
import { oneOf, options, run, wholeNumber } from "./commandLine.ts";
import { Campaign, type Tally } from "./mutation/campaign.ts";
import { Compiler } from "./mutation/compiler.ts";
import { changesOf } from "./mutation/solidity.ts";
import { type Mutant, Source } from "./mutation/mutants.ts";
import { page, PAGE, readReasons, unexplained, writePage } from "./mutation/report.ts";
import { Results, resultsPath } from "./mutation/results.ts";
import { TARGETS } from "./mutation/targets.ts";
import { SETTINGS } from "./solc.ts";

const FOLDER = ".mutation";
/** What must be killed of the sample. */
const BAR = 0.95;

/**
 * Changes the contracts that carry the money in one place at a time, and asks of each change that a test fails. A run
 * that is stopped goes on where it was; a survivor must have its reason in the committed page.
 */
async function main(): Promise<number> {
  const values = options({
    sample: { type: "string", default: "312" },
    seed: { type: "string", default: "tributary" },
    only: { type: "string" },
    jobs: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    kept: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
    "skip-unchanged": { type: "boolean", default: false },
    update: { type: "boolean", default: false },
  });
  const names = TARGETS.map(({ name }) => name);
  const only = values.only === undefined ? undefined : oneOf(values.only, "only", names);
  const targets = TARGETS.filter(({ name }) => only === undefined || name === only);
  const results = new Map<string, Results>();
  const compiler = new Compiler();
  try {
    const mutants = new Map<string, Mutant[]>();
    for (const { name, file } of targets) {
      const written = await readFile(file, "utf8");
      const source = new Source(written);
      results.set(name, new Results(resultsPath(FOLDER, name, written, SETTINGS)));
      const changes = changesOf(await compiler.tree(file), source);
      mutants.set(
        name,
        changes.map((change) => source.locate(file, change)),
      );
    }
    const campaign = await Campaign.create({
      folder: FOLDER,
      targets,
      mutants,
      results,
      compiler,
      seed: values.seed,
      sample: wholeNumber(values.sample, "sample", 1, 100_000),
      jobs: wholeNumber(values.jobs, "jobs", 1, 16),
      kept: values.kept,
      again: values.again,
      trusted: values["skip-unchanged"],
    });
    const tallies = await campaign.run();
    return await report(tallies, values);
  } finally {
    await compiler.close();
  }
}

async function report(
  tallies: readonly Tally[],
  { json, update, seed }: { readonly json: boolean; readonly update: boolean; readonly seed: string },
): Promise<number> {
  const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
  const [total, mutants, killed] = [
    sum((tally) => tally.total),
    sum((tally) => tally.mutants),
    sum((tally) => tally.killed),
  ];
  const ratio = mutants === 0 ? 0 : killed / mutants;
  const reasons = await readReasons();
  if (update) await writePage(tallies, reasons, seed);
  if (json) process.stdout.write(`${JSON.stringify({ total, mutants, killed, ratio })}\n`);
  else process.stdout.write(`${page(tallies, reasons, seed)}\n`);
  const open = unexplained(tallies, reasons);
  for (const { file, line, before, after } of open)
    process.stderr.write(`survived without a reason in ${PAGE}: ${file}:${line}\n  - ${before}\n  + ${after}\n`);
  return ratio >= BAR && open.length === 0 ? 0 : 1;
}

await run(main);
