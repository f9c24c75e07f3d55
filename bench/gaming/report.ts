import type { TopLevelSpec } from "vega-lite";
import type { Spread } from "../attribution/figures.ts";
import { REPORTS } from "./fairness.ts";
import { bars, type GamingReport, headline } from "./figures.ts";
import type { AttackReport } from "./measureAttacks.ts";

/** Part of every stream that is divided by row count in the tables: an example, terms may say otherwise. */
const PRO_RATA = 0.1;

const SETTING_TITLES: Readonly<Record<string, string>> = {
  unequal: "unequal wallets",
  equals: "equals",
  twoClasses: "two classes each",
  rare: "rare specialist",
  senders: "senders",
  sendersWithFlips: "senders, with flips",
};

const TRUTH_TITLES: Readonly<Record<string, string>> = {
  banzhaf: "Data Banzhaf",
  shapley: "Data Shapley",
  leaveOut: "leave wallet out",
  banzhafAccuracy: "Data Banzhaf of right answers",
};

const RULES = ["half-credited", "influence", "hat", "half-credited softmax", "k-fac", "knn-shapley", "row-count", "positive-influence"]; // prettier-ignore

/** Attacks of which the gain under other rules is shown. */
export const COMPARED_ATTACKS = ["queryFrozen", "recut", "flip20", "noiseJunk", "duplicate", "near: noise of 25 of 255", "synthetic", "cherryPick"]; // prettier-ignore

/** The tables, in Markdown, that stand between the marks of docs/gaming.md, by the name of the mark. */
export function tables(report: GamingReport): Record<string, string> {
  const { value, fairness, digits, mails, seeds } = report;
  return {
    bars: [
      `Means over ${seeds.length} seeds, intake on.`,
      "",
      table(
        ["figure", "measured", "bar"],
        bars(headline(report)).map((bar) => [bar.figure, number(bar.value), bar.met ? bar.bar : `${bar.bar}, missed`]),
      ),
    ].join("\n"),
    value: Object.entries(TRUTH_TITLES)
      .map(([truth, title]) =>
        [
          `**${title}**`,
          "",
          table(
            ["rule", ...Object.values(SETTING_TITLES)],
            RULES.map((rule) => [
              rule,
              ...Object.keys(SETTING_TITLES).map((setting) => both(value.correlations[setting]![rule]![truth]!)),
            ]),
          ),
        ].join("\n"),
      )
      .join("\n\n"),
    fairness: table(
      ["rule", ...REPORTS.flatMap((reports) => [`spread, ${reports}`, `under a quarter, ${reports}`])],
      Object.entries(fairness)
        .filter(([rule]) => RULES.includes(rule))
        .map(([rule, by]) => [
          rule,
          ...REPORTS.flatMap((reports) => [both(by[reports]!.spread), percent(by[reports]!.underQuarter.mean)]),
        ]),
    ),
    attacks: attackTable(digits),
    mails: attackTable(mails),
    washing: table(
      ["washed part of the pool", "share with / without", "of each dollar spent comes back"],
      [5, 10, 20, 40].map((part) => {
        const { gain, honest } = digits.withIntake[`wash${part}`]!;
        // The share of the larger pool less what the smaller one would have paid.
        const back = (honest.mean * (gain.mean - 1 + part / 100)) / (part / 100);
        return [`${part} %`, both(gain), number(back)];
      }),
    ),
    others: table(
      ["rule", "unequal", "two classes", "rare", "spread, 10", ...COMPARED_ATTACKS],
      Object.entries(report.others).map(([rule, gains]) => [
        rule,
        ...["unequal", "twoClasses", "rare"].map((setting) => both(value.correlations[setting]![rule]!["banzhaf"]!)),
        both(fairness[rule]!["10"]!.spread),
        ...COMPARED_ATTACKS.map((attack) => both(gains[attack]!)),
      ]),
    ),
  };
}

function attackTable({ without, withIntake, honestLeftOut }: AttackReport): string {
  return [
    table(
      ["attack", "without intake", "with intake", "with intake and pro-rata", "rival, without", "rival, with"],
      Object.keys(without).map((name) => {
        const [off, on] = [without[name]!, withIntake[name]!];
        const divided = (1 - PRO_RATA) * on.gain.mean + PRO_RATA * on.rows.mean;
        return [name, both(off.gain), both(on.gain), number(divided), number(off.rival.mean), number(on.rival.mean)];
      }),
    ),
    "",
    `Honest rows that the intake keeps out: ${percent(honestLeftOut.mean)}.`,
  ].join("\n");
}

/** The plots, by the name of their file. */
export function plots({ value, fairness, digits, others }: GamingReport): Record<string, TopLevelSpec> {
  return {
    value: {
      title: "Pay against worth: Pearson with Data Banzhaf",
      data: {
        values: Object.entries(SETTING_TITLES).flatMap(([setting, title]) =>
          ["half-credited", "influence", "hat", "knn-shapley", "row-count"].map((rule) => ({
            setting: title,
            rule,
            pearson: value.correlations[setting]![rule]!["banzhaf"]!.mean,
          })),
        ),
      },
      width: { step: 14 },
      height: 220,
      mark: "bar",
      encoding: {
        x: { field: "setting", type: "nominal", sort: null, title: null, axis: { labelAngle: -20 } },
        xOffset: { field: "rule", type: "nominal", sort: null },
        y: { field: "pearson", type: "quantitative", title: "Pearson" },
        color: { field: "rule", type: "nominal", sort: null, title: "rule" },
      },
    },
    attacks: {
      title: "Share of an attacker with 2 % of the rows, with / without the attack",
      data: {
        values: Object.keys(digits.without).flatMap((attack) => [
          { attack, intake: "without intake", gain: digits.without[attack]!.gain.mean },
          { attack, intake: "with intake", gain: digits.withIntake[attack]!.gain.mean },
        ]),
      },
      width: 420,
      height: { step: 16 },
      layer: [
        {
          mark: { type: "point", filled: true, size: 60 },
          encoding: {
            x: { field: "gain", type: "quantitative", title: "gain" },
            y: { field: "attack", type: "nominal", sort: null, title: null, axis: { labelLimit: 300 } },
            color: { field: "intake", type: "nominal", sort: null, title: null },
          },
        },
        { mark: { type: "rule", strokeDash: [4, 4] }, encoding: { x: { datum: 1 } } },
      ],
    },
    others: {
      title: "Rules that were tried: worth against fairness",
      data: {
        values: Object.keys(others).map((rule) => ({
          rule,
          spread: fairness[rule]!["10"]!.spread.mean,
          pearson: value.correlations["unequal"]![rule]!["banzhaf"]!.mean,
        })),
      },
      width: 420,
      height: 300,
      // Many lie too near each other for labels beside them.
      mark: { type: "point", filled: true, size: 90, opacity: 0.9 },
      encoding: {
        x: {
          field: "spread",
          type: "quantitative",
          scale: { zero: false },
          title: "spread among equals after 10 reports (less is fairer)",
        },
        y: {
          field: "pearson",
          type: "quantitative",
          scale: { zero: false },
          title: "Pearson with Data Banzhaf, unequal wallets",
        },
        color: {
          field: "rule",
          type: "nominal",
          sort: null,
          title: "rule",
          scale: { scheme: "tableau20" },
          legend: { labelLimit: 300 },
        },
        shape: { field: "rule", type: "nominal", sort: null },
      },
    },
  };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

function number(value: number): string {
  return value.toFixed(2);
}

function both({ mean, deviation }: Spread): string {
  return `${number(mean)} ± ${number(deviation)}`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
