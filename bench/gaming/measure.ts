import type { Show } from "../attribution/figures.ts";
import { ALTERNATIVES } from "./alternatives.ts";
import { measureFairness } from "./fairness.ts";
import type { GamingReport } from "./figures.ts";
import { measureDigitAttacks, measureGains, measureMailAttacks } from "./measureAttacks.ts";
import { COMPARED_ATTACKS } from "./report.ts";
import { INNER_PRODUCTS } from "./rules.ts";
import { measureValue } from "./value.ts";

/** Seeds of the report. Whatever was chosen, was chosen on others. */
export const SEEDS = [1, 2, 3, 4, 5];
export const QUICK_SEEDS = [1, 2];

/** Rules that a quick run compares. */
const QUICK_OTHERS = ["α = 0.5", "left-out outputs", "heads of halves"];

/** Measures everything that is measured off the chain. @param quick - small, to see that it runs */
export function measure(seeds: readonly number[], quick: boolean, show: Show): GamingReport {
  const others = Object.fromEntries(
    Object.entries(ALTERNATIVES).filter(([rule]) => !quick || QUICK_OTHERS.includes(rule)),
  );
  return {
    seeds,
    value: measureValue(seeds, quick, others, show),
    fairness: measureFairness(seeds, quick, { ...INNER_PRODUCTS, ...others }, show),
    digits: measureDigitAttacks(seeds, quick, show),
    mails: measureMailAttacks(seeds, quick, show),
    others: measureGains(seeds, quick, COMPARED_ATTACKS, others, show),
  };
}
