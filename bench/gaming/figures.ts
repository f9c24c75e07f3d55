import type { Spread } from "../attribution/figures.ts";
import type { FairnessReport } from "./fairness.ts";
import type { AttackReport } from "./measureAttacks.ts";
import type { ValueReport } from "./value.ts";

/** Everything that is measured off the chain. */
export interface GamingReport {
  readonly seeds: readonly number[];
  readonly value: ValueReport;
  readonly fairness: FairnessReport;
  readonly digits: AttackReport;
  readonly mails: AttackReport;
  /** Gains under other rules without intake, by rule and attack */
  readonly others: Record<string, Record<string, Spread>>;
}

/** Copies of digits that the intake's searches are made for, and of mails. Turning by 10° and replacing half are not. */
const NEAR_DIGITS = ["noise of 10 of 255", "noise of 25 of 255", "moved by a pixel", "moved by a pixel both ways", "turned by 3°", "turned by 6°"]; // prettier-ignore
const NEAR_MAILS = [5, 10, 20, 30].map((percent) => `${percent} % of words replaced`);

/** The figures that are promised, with the intake on; `queryAfter` is an outcome on a chain and not among them. */
export function headline({ value, fairness, digits, mails }: GamingReport) {
  const pearson = (setting: string, rule = "half-credited"): number =>
    value.correlations[setting]![rule]!["banzhaf"]!.mean;
  const equals = fairness["half-credited"]!["10"]!;
  const gain = (attack: string): number => digits.withIntake[attack]!.gain.mean;
  return rounded({
    value: {
      unequalPearson: pearson("unequal"),
      twoClassPearson: pearson("twoClasses"),
      rarePearson: pearson("rare"),
      spamPearson: pearson("senders"),
      spamWithFlipsPearson: pearson("sendersWithFlips"),
      rowCountUnequalPearson: pearson("unequal", "row-count"),
    },
    fairness: { spread: equals.spread.mean, underQuarter: equals.underQuarter.mean },
    attacks: {
      split: gain("split"),
      recut: gain("recut"),
      flip100: gain("flip100"),
      flip20: gain("flip20"),
      noiseJunk: gain("noiseJunk"),
      labelJunk: gain("labelJunk"),
      scale: gain("scale"),
      duplicate: gain("duplicate"),
      // The worst of all distances.
      nearDuplicate: Math.max(
        ...NEAR_DIGITS.map((name) => gain(`near: ${name}`)),
        ...NEAR_MAILS.map((name) => mails.withIntake[`near: ${name}`]!.gain.mean),
      ),
      copyRival: gain("copyRival"),
      queryFrozen: gain("queryFrozen"),
      cherryPick: gain("cherryPick"),
      wash20: gain("wash20"),
    },
  });
}

export type Headline = ReturnType<typeof headline>;

/** What a figure has to reach, and whether it does. */
export interface Bar {
  readonly figure: string;
  readonly value: number;
  readonly bar: string;
  readonly met: boolean;
}

export function bars({ value, fairness, attacks }: Headline): Bar[] {
  const least = (figure: string, found: number, bar: number): Bar => ({
    figure,
    value: found,
    bar: `≥ ${bar}`,
    met: found >= bar,
  });
  const most = (figure: string, found: number, bar: number): Bar => ({
    figure,
    value: found,
    bar: `≤ ${bar}`,
    met: found <= bar,
  });
  const gains = (names: readonly (keyof Headline["attacks"])[], bar: number): Bar[] =>
    names.map((name) => most(name, attacks[name], bar));
  const twice = Number((2 * value.rowCountUnequalPearson).toFixed(4));
  return [
    least("unequalPearson", value.unequalPearson, Math.max(0.7, twice)),
    least("twoClassPearson", value.twoClassPearson, 0.6),
    least("rarePearson", value.rarePearson, 0.9),
    most("spread", fairness.spread, 0.12),
    most("underQuarter", fairness.underQuarter, 0.01),
    ...gains(["split", "scale", "duplicate", "copyRival"], 1.02),
    ...gains(["recut", "noiseJunk", "labelJunk", "nearDuplicate"], 1.15),
    ...gains(["flip100"], 0.05),
    ...gains(["queryFrozen"], 1.35),
  ];
}

/** Numbers to four decimals, at any depth. */
export function rounded<T>(report: T): T {
  return JSON.parse(
    JSON.stringify(report, (_, value: unknown) => (typeof value === "number" ? Number(value.toFixed(4)) : value)),
  ) as T;
}
