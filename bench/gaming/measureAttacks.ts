import { Random } from "../../scorer/index.ts";
import { type Show, type Spread, spreads } from "../attribution/figures.ts";
import { MNIST_CLASSES } from "../attribution/mnist.ts";
import { DIGIT_ATTACKS } from "./attacks.ts";
import { DigitSource } from "./digitRows.ts";
import { Guard, LENIENT, type Policy, STRICT } from "./guard.ts";
import { type Contribution, contributionsOf, type Market, type Row } from "./market.ts";
import { mailScene, MAIL_ATTACKS } from "./mailAttacks.ts";
import type { LinearRule } from "./money.ts";
import { Arena, type Attack, type Gain, type HonestScene, sceneOf } from "./scene.ts";

/** Of one attack */
export type AttackFigures = Record<keyof Gain, Spread>;

export interface AttackReport {
  /** By attack */
  readonly without: Record<string, AttackFigures>;
  readonly withIntake: Record<string, AttackFigures>;
  /** Part of honest rows that the intake leaves out */
  readonly honestLeftOut: Spread;
}

const FULL = { wallets: 50, rows: 100, queries: 2000 };
const QUICK = { wallets: 12, rows: 40, queries: 200 };
const LAMBDA = 1;
/** Rows that an attacker chooses from, its own among them, by its own. */
const CHOICE = 10;

/** Every attack on digits by a wallet with 2 % of the rows, without and with intake. */
export function measureDigitAttacks(seeds: readonly number[], quick: boolean, show: Show): AttackReport {
  return measured(seeds, DIGIT_ATTACKS, (seed) => digitScene(seed, quick), STRICT, "attacks with digits", show);
}

/** Copies of texts, by the sender whose mails are nearest to 2 % of all. */
export function measureMailAttacks(seeds: readonly number[], quick: boolean, show: Show): AttackReport {
  return measured(seeds, MAIL_ATTACKS, (seed) => mailScene(seed, quick), LENIENT, "attacks with mails", show);
}

function measured(
  seeds: readonly number[],
  attacks: Readonly<Record<string, Attack>>,
  drawn: (seed: number) => HonestScene,
  policy: Policy,
  what: string,
  show: Show,
): AttackReport {
  const runs = seeds.map((seed, at) => {
    show(what, at, seeds.length);
    const scene = drawn(seed);
    const guard = new Guard(othersIn(scene), policy);
    const figures: Record<string, number> = { leftOut: guard.leftOut };
    for (const [side, arena] of [
      ["without", new Arena(scene, undefined)],
      ["withIntake", new Arena(scene, guard)],
    ] as const) {
      for (const [name, attack] of Object.entries(attacks)) {
        for (const [key, figure] of Object.entries(arena.play(attack)))
          figures[`${side}/${name}/${key}`] = figure as number;
      }
    }
    return figures;
  });
  const { leftOut, ...others } = spreads(runs);
  const report: AttackReport = { without: {}, withIntake: {}, honestLeftOut: leftOut! };
  for (const [key, spread] of Object.entries(others)) {
    const [side, name, figure] = key.split("/") as ["without" | "withIntake", string, keyof Gain];
    report[side][name] = { ...report[side][name]!, [figure]: spread };
  }
  return report;
}

/** Gains of some attacks on digits under other rules, without intake: by rule, then by attack. */
export function measureGains(
  seeds: readonly number[],
  quick: boolean,
  attacks: readonly string[],
  rules: Readonly<Record<string, LinearRule>>,
  show: Show,
): Record<string, Record<string, Spread>> {
  const names = Object.keys(rules);
  const runs = seeds.map((seed, at) => {
    const scene = digitScene(seed, quick);
    const figures: Record<string, number> = {};
    names.forEach((name, done) => {
      show("attacks on other rules", at * names.length + done, seeds.length * names.length);
      const arena = new Arena(scene, undefined, rules[name]);
      for (const attack of attacks) figures[`${name}/${attack}`] = arena.play(DIGIT_ATTACKS[attack]!).gain;
    });
    return figures;
  });
  const figures = spreads(runs);
  return Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(attacks.map((attack) => [attack, figures[`${name}/${attack}`]!]))]),
  );
}

function othersIn({ market, attacker }: HonestScene): Contribution[] {
  return market.contributions.filter(({ wallet }) => wallet !== attacker);
}

/** Identical honest wallets, the last of which attacks. */
export function digitScene(seed: number, quick: boolean): HonestScene {
  const { wallets, rows, queries } = quick ? QUICK : FULL;
  const random = new Random(seed);
  const source = new DigitSource(random);
  const byWallet = Array.from({ length: wallets }, () => source.rows(rows));
  const market: Market = {
    classes: MNIST_CLASSES,
    lambda: LAMBDA,
    wallets,
    contributions: byWallet.flatMap((own, wallet) => contributionsOf(wallet, own)),
  };
  const images = (given: readonly Row[]) =>
    source.encode(
      given.flatMap(({ content, label }) => (content.kind === "image" ? [{ image: content.image, label }] : [])),
    );
  return sceneOf(market, seed, images, {
    own: byWallet[wallets - 1]!,
    rival: byWallet[0]!,
    spare: source.rows((CHOICE - 1) * rows),
    past: source.queries(queries),
    today: source.queries(queries),
  });
}
