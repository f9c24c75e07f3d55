import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TopLevelSpec } from "vega-lite";
import { fillPage, markdownTable } from "../marks.ts";
import { svgOf } from "../plots.ts";
import type { Spread } from "./figures.ts";
import { type AttributionReport, BARS, METHODS, summary } from "./report.ts";

const PAGE = "docs/attribution-quality.md";
const FOLDER = "docs/attribution-quality";

/** Writes tables and charts of a report into the page on them, and the summary into the README. */
export async function writeQualityPage(report: AttributionReport): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, spec] of Object.entries(charts(report))) {
    await writeFile(join(FOLDER, `${name}.svg`), await svgOf(spec));
  }
  const { mnist, best } = summary(report);
  const { convex, text, score, noise, wallets } = report;
  await fillPage(PAGE, {
    mnist: markdownTable(
      ["method", "LDS", "±"],
      [
        ...mnist.map(([key, { mean, deviation }]) => [METHODS[key] ?? key, three(mean), three(deviation)]),
        ["*best that dattri publishes*", `*${BARS.published}*`, ""],
      ],
    ),
    convex: markdownTable(
      ["", "exact influence", "EK-FAC"],
      [
        ["LDS", spread(convex.exactLds), spread(convex.kfacLds)],
        ["wallets, per query, Pearson", spread(convex.exactWalletPearson), spread(convex.kfacWalletPearson)],
        ["wallets, summed, Pearson", spread(convex.exactWalletPearsonSummed), spread(convex.kfacWalletPearsonSummed)],
      ],
    ),
    noise: markdownTable(
      ["method", "its own score", "against true classes", "against answered classes"],
      Object.entries(noise.auc).map(([method, { self, labelled, answered }]) => [
        method,
        ...[self, labelled, answered].map((found) => (found === undefined ? "" : spread(found))),
      ]),
    ),
    mails: markdownTable(
      ["rule", ...Object.keys(Object.values(wallets.mail.correlations)[0]!)],
      Object.entries(wallets.mail.correlations).map(([rule, truths]) => [
        rule,
        ...Object.values(truths).map(({ pearson, spearman }) => `${two(pearson.mean)} / ${two(spearman.mean)}`),
      ]),
    ),
    digits: markdownTable(
      ["rule", "per query", "summed"],
      Object.entries(wallets.digits.correlations).map(([rule, { queryPearson, sumPearson }]) => [
        rule,
        spread(queryPearson),
        spread(sumPearson),
      ]),
    ),
    text: markdownTable(
      ["", "measured", "bar"],
      [
        ["tokens in the index", text.tokens.toLocaleString("en"), ""],
        ["tokens indexed a second", Math.round(text.buildTokensPerSecond).toLocaleString("en"), "3,000,000"],
        ["bytes a token", two(text.bytesPerToken), "8"],
        ["BM25's, in addition", two(text.similarityBytesPerToken), ""],
        ["tracing 100 tokens, median", `${two(text.traceP50Ms)} ms`, ""],
        ["tracing 100 tokens, p99", `${two(text.traceP99Ms)} ms`, "1 ms"],
        ["source found first, nothing replaced", three(text.recall0), ""],
        ["10 % of the tokens replaced", three(text.recall10), ""],
        ["30 %", three(text.recall30), "0.99"],
        ["50 %", three(text.recall50), ""],
      ],
    ),
    speed: markdownTable(
      ["", "measured", "bar"],
      [
        [
          `K-FAC scores, ${score.rows.toLocaleString("en")} rows × ${score.queries} queries, ${score.features} features, ${score.classes} classes`,
          `${two(score.seconds)} s`,
          "0.3 s",
        ],
        ["times faster than plain TypeScript", `${score.plainTsRatio.toFixed(1)} ×`, ""],
      ],
    ),
  });
  await fillPage("README.md", {
    attribution: markdownTable(
      ["", "measured", "compared with"],
      [
        ["LDS, exact influence", spread(report.mnist.exact!), `DataInf ${three(report.mnist.datainf!.mean)}`],
        ["LDS, K-FAC", spread(report.mnist.kfac!), `TRAK, 10 models ${three(report.mnist.trak10!.mean)}`],
        [
          `LDS, best: ${METHODS[best.method] ?? best.method}`,
          spread(report.mnist[best.method]!),
          `best that dattri publishes ${BARS.published}`,
        ],
        ["convex head: LDS of exact influence", spread(convex.exactLds), ""],
        ["convex head: wallets, against refits without them", spread(convex.exactWalletPearson), "Pearson, per query"],
        ["text: source found first, 30 % of the tokens replaced", three(text.recall30), "50,000 reviews"],
      ],
    ),
  });
}

/** Charts of the figures as the tables have them, to three digits. */
export function charts(
  report: Pick<AttributionReport, "mnist" | "noise" | "wallets" | "text">,
): Record<string, TopLevelSpec> {
  const { mnist } = summary(report);
  const lds = mnist.map(([key, { mean, deviation }]) => ({
    method: METHODS[key] ?? key,
    lds: digits(mean),
    low: digits(digits(mean) - digits(deviation)),
    high: digits(digits(mean) + digits(deviation)),
  }));
  const auc = Object.entries(report.noise.auc).flatMap(([method, kinds]) =>
    Object.entries(kinds).map(([kind, { mean }]) => ({ method, score: KINDS[kind] ?? kind, auc: digits(mean) })),
  );
  const wallets = Object.entries(report.wallets.digits.correlations).flatMap(([rule, { queryPearson, sumPearson }]) => [
    { rule, of: "per query", pearson: digits(queryPearson.mean) },
    { rule, of: "summed", pearson: digits(sumPearson.mean) },
  ]);
  const text = ([0, 10, 30, 50] as const).map((replaced) => ({
    replaced,
    recall: digits(report.text[`recall${replaced}`]),
  }));
  return {
    lds: {
      width: 420,
      data: { values: lds },
      layer: [
        {
          mark: { type: "bar", color: "#4c78a8" },
          encoding: {
            y: { field: "method", type: "nominal", sort: null, title: null, axis: { labelLimit: 420 } },
            x: { field: "lds", type: "quantitative", title: "linear datamodeling score" },
          },
        },
        {
          mark: { type: "rule", color: "black" },
          encoding: {
            y: { field: "method", type: "nominal", sort: null },
            x: { field: "low", type: "quantitative" },
            x2: { field: "high" },
          },
        },
        {
          mark: { type: "rule", color: "#e45756", strokeDash: [4, 3] },
          encoding: { x: { datum: BARS.published } },
        },
      ],
    },
    noise: {
      data: { values: auc },
      mark: { type: "point", filled: true, size: 80 },
      width: 420,
      encoding: {
        y: { field: "method", type: "nominal", sort: null, title: null },
        x: { field: "auc", type: "quantitative", title: "area under the ROC curve", scale: { domain: [0.4, 1] } },
        color: { field: "score", type: "nominal", title: "scored", legend: { labelLimit: 240 } },
        shape: { field: "score", type: "nominal" },
      },
    },
    wallets: {
      data: { values: wallets },
      mark: { type: "bar" },
      width: 420,
      encoding: {
        y: { field: "rule", type: "nominal", sort: null, title: null },
        yOffset: { field: "of", type: "nominal" },
        x: { field: "pearson", type: "quantitative", title: "Pearson correlation with refits without the wallet" },
        color: { field: "of", type: "nominal", title: null },
      },
    },
    text: {
      data: { values: text },
      width: 420,
      height: 200,
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "replaced", type: "quantitative", title: "tokens replaced, %" },
        y: {
          field: "recall",
          type: "quantitative",
          title: "source found first",
          scale: { domain: [0.9, 1], zero: false },
        },
      },
    },
  };
}

const KINDS: Readonly<Record<string, string>> = {
  self: "by itself",
  labelled: "against true classes",
  answered: "against answered classes",
};

function spread({ mean, deviation }: Spread): string {
  return `${three(mean)} ± ${three(deviation)}`;
}

function digits(value: number): number {
  return Number(value.toFixed(3));
}

function three(value: number): string {
  return value.toFixed(3);
}

function two(value: number): string {
  return value.toFixed(2);
}
