import { mkdir, writeFile } from "node:fs/promises";
import Table from "cli-table3";
import { options, run } from "../scripts/commandLine.ts";
import { step } from "../scripts/progress.ts";
import { playOnChain } from "./gaming/chain.ts";
import { chainTables } from "./gaming/chainReport.ts";
import { bars, headline, rounded } from "./gaming/figures.ts";
import { measure, QUICK_SEEDS, SEEDS } from "./gaming/measure.ts";
import { plots, tables } from "./gaming/report.ts";
import { fillPage } from "./marks.ts";
import { svgOf } from "./plots.ts";

const PAGE = "docs/gaming.md";
const PLOTS = "docs/gaming";

async function main(): Promise<number> {
  const values = options({
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
  });
  const report = await step("Playing against the payout rule", (show) =>
    Promise.resolve(
      measure(values.quick ? QUICK_SEEDS : SEEDS, values.quick, (what, done, of) => show(`${what} ${done}/${of}`)),
    ),
  );
  const chain = await step("Playing on a chain", (show) => playOnChain(values.quick, show));
  const figures = headline(report);
  const checked = bars(figures);
  if (values.json) {
    const attacks = { ...figures.attacks, queryAfter: chain.queryAfter.outcome };
    process.stdout.write(
      `${JSON.stringify({ ...figures, attacks, chain: rounded(chain), detail: rounded(report) })}\n`,
    );
  } else {
    // Few rows and seeds say nothing about the bars.
    const bar = (text: string): string => (values.quick ? "" : text);
    const rows = new Table({
      head: ["figure", "measured", bar("bar")],
      style: { head: [], border: [], compact: true },
    });
    for (const found of checked)
      rows.push([found.figure, found.value.toFixed(3), bar(found.met ? found.bar : `${found.bar} missed`)]);
    process.stdout.write(`${rows.toString()}\n${values.quick ? "quick: a small sample\n" : ""}`);
  }
  if (values.update) {
    await mkdir(PLOTS, { recursive: true });
    for (const [name, spec] of Object.entries(plots(report))) {
      await writeFile(`${PLOTS}/${name}.svg`, await svgOf(spec));
    }
    await fillPage(PAGE, { ...tables(report), ...chainTables(chain) });
  }
  return values.quick || checked.every(({ met }) => met) ? 0 : 1;
}

await run(main);
