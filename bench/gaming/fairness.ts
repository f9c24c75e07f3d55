import { coefficientOfVariation, mean, Random } from "../../scorer/index.ts";
import { type Show, type Spread, spreads } from "../attribution/figures.ts";
import { labelledRows } from "./market.ts";
import { type LinearRule, paidQueries, train, walletShares } from "./money.ts";
import { FULL_SIZE, QUICK_SIZE, SETTINGS } from "./settings.ts";

/** Reports after which pay is added up. */
export const REPORTS = [1, 10, 50] as const;
/** Each of queries of its own: 50 reports take all digits of the test file. */
const QUERIES = 200;
const QUICK_QUERIES = 50;

/** Honest wallets that are all alike: how differently they are paid. */
export interface Fairness {
  /** Standard deviation of pay over its mean */
  readonly spread: Spread;
  /** Part of the wallets that are paid less than a quarter of the mean */
  readonly underQuarter: Spread;
}

/** By rule, then by number of reports. */
export type FairnessReport = Record<string, Record<string, Fairness>>;

export function measureFairness(
  seeds: readonly number[],
  quick: boolean,
  rules: Readonly<Record<string, LinearRule>>,
  show: Show,
): FairnessReport {
  const report: FairnessReport = {};
  const runs = seeds.map((seed, at) => {
    show("equals", at, seeds.length);
    return fairnessOf(seed, quick, rules);
  });
  const figures = spreads(runs);
  for (const rule of Object.keys(rules)) {
    report[rule] = Object.fromEntries(
      REPORTS.map((reports) => [
        reports,
        { spread: figures[`${rule}/${reports}/spread`]!, underQuarter: figures[`${rule}/${reports}/underQuarter`]! },
      ]),
    );
  }
  return report;
}

/** `rule/reports/spread` and `rule/reports/underQuarter` of one market of equals. */
function fairnessOf(seed: number, quick: boolean, rules: Readonly<Record<string, LinearRule>>): Record<string, number> {
  const queries = quick ? QUICK_QUERIES : QUERIES;
  const size = { ...(quick ? QUICK_SIZE : FULL_SIZE), paid: Math.max(...REPORTS) * queries, heldOut: 0 };
  const { market, paid } = SETTINGS.equals(size, new Random(seed));
  const trained = train(market);
  const { features } = labelledRows(paid);
  const figures: Record<string, number> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const sides = rule(trained);
    const receipts = paidQueries(trained, sides, features);
    const pay = new Float64Array(market.wallets);
    for (let report = 1; report <= Math.max(...REPORTS); report++) {
      const shares = walletShares(trained, sides, receipts.slice((report - 1) * queries, report * queries));
      shares.forEach((share, wallet) => (pay[wallet]! += share));
      if (!REPORTS.includes(report as (typeof REPORTS)[number])) continue;
      figures[`${name}/${report}/spread`] = coefficientOfVariation(pay);
      figures[`${name}/${report}/underQuarter`] =
        pay.filter((amount) => amount < mean(pay) / 4).length / market.wallets;
    }
  }
  return figures;
}
