import { pearson, Random } from "../../scorer/index.ts";
import { type Show, type Spread, spreads } from "../attribution/figures.ts";
import { labelledRows } from "./market.ts";
import { type LinearRule, train } from "./money.ts";
import { linearPay, walletPay } from "./rules.ts";
import { FULL_SIZE, QUICK_SIZE, type SettingName, SETTINGS } from "./settings.ts";
import { FULL_EFFORT, QUICK_EFFORT, rightAnswers, truthsOf } from "./truths.ts";

/** Pearson correlations of what wallets are paid with what they are worth. */
export interface ValueReport {
  /** By setting, rule and truth */
  readonly correlations: Record<string, Record<string, Record<string, Spread>>>;
  /** Part of the held-out rows that each setting's head answers right */
  readonly accuracy: Record<string, Spread>;
}

/** Settings in which other rules are compared, too. */
const COMPARED: readonly SettingName[] = ["unequal", "twoClasses", "rare"];

/**
 * @param seeds - one run of every setting each
 * @param others - rules that are compared in the settings with digits
 */
export function measureValue(
  seeds: readonly number[],
  quick: boolean,
  others: Readonly<Record<string, LinearRule>>,
  show: Show,
): ValueReport {
  const names = Object.keys(SETTINGS) as SettingName[];
  const correlations: ValueReport["correlations"] = {};
  const accuracy: Record<string, Spread> = {};
  names.forEach((name, at) => {
    const runs = seeds.map((seed, run) => {
      show(`what wallets are worth: ${name}`, at * seeds.length + run, names.length * seeds.length);
      return valueOf(name, seed, quick, COMPARED.includes(name) ? others : {});
    });
    const { accuracy: ofHead, ...figures } = spreads(runs);
    accuracy[name] = ofHead!;
    for (const [key, spread] of Object.entries(figures)) {
      const [rule, truth] = key.split("/") as [string, string];
      ((correlations[name] ??= {})[rule] ??= {})[truth] = spread;
    }
  });
  return { correlations, accuracy };
}

function valueOf(
  name: SettingName,
  seed: number,
  quick: boolean,
  others: Readonly<Record<string, LinearRule>>,
): Record<string, number> {
  const setting = SETTINGS[name](quick ? QUICK_SIZE : FULL_SIZE, new Random(seed));
  const trained = train(setting.market);
  const truths = truthsOf(trained, setting, quick ? QUICK_EFFORT : FULL_EFFORT, seed);
  const figures: Record<string, number> = {
    accuracy: rightAnswers(trained.model.head, labelledRows(setting.heldOut)),
  };
  const paid = { ...walletPay(trained, setting), ...linearPay(trained, setting, others) };
  for (const [rule, pay] of Object.entries(paid)) {
    // A rule that gives everybody the same, as row count gives equals, correlates with nothing.
    const constant = pay.every((amount) => amount === pay[0]);
    for (const [truth, values] of Object.entries(truths)) {
      figures[`${rule}/${truth}`] = constant ? 0 : pearson(pay, values);
    }
  }
  return figures;
}
