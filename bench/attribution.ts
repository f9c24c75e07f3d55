import Table from "cli-table3";
import { options, run } from "../scripts/commandLine.ts";
import { step } from "../scripts/progress.ts";
import { spreads } from "./attribution/figures.ts";
import type { Figures } from "./attribution/part.ts";
import { type AttributionReport, BARS, METHODS, rounded, summary } from "./attribution/report.ts";
import { inParallel, measurePart } from "./attribution/run.ts";
import { writeQualityPage } from "./attribution/page.ts";
import { measureStreaming, type ProcessFigures, type StreamingFigures } from "./attribution/streaming.ts";

const SEEDS = [1, 2, 3, 4, 5];

async function main(): Promise<number> {
  const values = options({
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
    streaming: { type: "boolean", default: false },
  });
  if (values.streaming) {
    const figures = await step("Streaming an index", (show) => measureStreaming(values.quick, show));
    process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${streamingTable(figures)}\n`);
    return 0;
  }
  const report = await measureAll(values.quick);
  process.stdout.write(values.json ? `${JSON.stringify(rounded(report))}\n` : `${tables(report)}\n`);
  if (values.update) await writeQualityPage(report);
  return 0;
}

async function measureAll(quick: boolean): Promise<AttributionReport> {
  const seeds = quick ? SEEDS.slice(0, 1) : SEEDS;
  const bySeed = <P extends "mnist" | "convex">(part: P, title: string): Promise<Figures<P>[]> =>
    step(title, (show) =>
      inParallel(seeds.map((seed) => () => measurePart(part, [seed], quick, (note) => show(`(seed ${seed}) ${note}`)))),
    );
  const mnist = await bySeed("mnist", "Retraining on halves of MNIST, by SGD");
  const convex = await bySeed("convex", "Refitting a convex head on MNIST");
  const [noise, wallets] = await step("Flipped labels, and wallets", (show) =>
    Promise.all([measurePart("noise", seeds, quick, show), measurePart("wallets", seeds, quick, show)]),
  );
  // Speed is measured with nothing beside it.
  const text = await step("Attributing texts", (show) => measurePart("text", seeds, quick, show));
  const score = await step("Scoring by K-FAC", (show) => measurePart("score", seeds, quick, show));
  return { quick, seeds, mnist: spreads(mnist), convex: spreads(convex), noise, wallets, text, score };
}

function streamingTable({ contributions, lanes, fileMiB, build, score }: StreamingFigures): string {
  const shown = new Table({
    head: [`${contributions.toLocaleString("en")} × ${lanes.toLocaleString("en")} lanes, ${fileMiB} MiB`, "s", "MiB"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const row = (what: string, { seconds, rssMiB }: ProcessFigures): void =>
    void shown.push([what, seconds.toFixed(1), Math.round(rssMiB)]);
  row("building it", build);
  for (const [threads, figures] of Object.entries(score)) {
    row(`hashing, scoring, sum tree, ${threads === "0" ? "no worker threads" : `worker threads: ${threads}`}`, figures);
  }
  return shown.toString();
}

function tables(report: AttributionReport): string {
  const { mnist, best } = summary(report);
  // Bars are for the full size.
  const bar = (text: string): string => (report.quick ? "" : text);
  const lds = new Table({
    head: ["MNIST-10, logistic regression by SGD", "LDS", "±", bar("bar")],
    colAligns: ["left", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const [key, { mean, deviation }] of mnist) {
    lds.push([METHODS[key] ?? key, mean.toFixed(3), deviation.toFixed(3), bar(BARS.mnist[key]?.toFixed(2) ?? "")]);
  }
  const others = new Table({
    head: ["", "measured", bar("bar")],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const { convex, text, score } = report;
  others.push(
    ["best method", `${METHODS[best.method] ?? best.method}: ${best.lds.toFixed(3)}`, bar(`> ${BARS.published}`)],
    ["K-FAC over DataInf", `${(report.mnist.kfac!.mean / report.mnist.datainf!.mean).toFixed(1)} ×`, bar("≥ 2 ×")],
    ["convex head, exact influence, LDS", convex.exactLds.mean.toFixed(3), bar(`≥ ${BARS.convexLds}`)],
    [
      "convex head, exact influence of wallets",
      convex.exactWalletPearson.mean.toFixed(3),
      bar(`≥ ${BARS.walletPearson}`),
    ],
    ["text index, tokens a second", Math.round(text.buildTokensPerSecond).toLocaleString("en"), bar("≥ 3,000,000")],
    ["text index, bytes a token", text.bytesPerToken.toFixed(2), bar("≤ 8")],
    ["tracing 100 tokens, p99", `${text.traceP99Ms.toFixed(2)} ms`, bar("≤ 1 ms")],
    ["source found, 30 % of the tokens replaced", text.recall30.toFixed(3), bar("≥ 0.99")],
    [
      `K-FAC scores of ${score.rows.toLocaleString("en")} × ${score.queries.toLocaleString("en")}`,
      `${score.seconds.toFixed(2)} s`,
      bar("≤ 0.3 s"),
    ],
    ["times plain TypeScript", `${score.plainTsRatio.toFixed(1)} ×`, ""],
  );
  const sizes = report.quick ? "quick: a small sample\n" : "";
  return `${lds.toString()}\n${others.toString()}\n${sizes}seeds ${report.seeds.join(", ")}`;
}

await run(main);
