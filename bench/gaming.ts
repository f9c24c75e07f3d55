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
    const rows = new Table({ head: ["figure", "measured", "bar"], style: { head: [], border: [], compact: true } });
    for (const { figure, value, bar, met } of checked)
      rows.push([figure, value.toFixed(3), met ? bar : `${bar} missed`]);
    process.stdout.write(`${rows.toString()}\n`);
  }
  if (values.update) {
    await mkdir(PLOTS, { recursive: true });
    for (const [name, spec] of Object.entries(plots(report))) {
      await writeFile(`${PLOTS}/${name}.svg`, await svgOf(spec));
    }
    await fillPage(PAGE, { ...tables(report), ...chainTables(chain) });
  }
  // Few rows and seeds say nothing about the bars.
  return values.quick || checked.every(({ met }) => met) ? 0 : 1;
}

await run(main);
