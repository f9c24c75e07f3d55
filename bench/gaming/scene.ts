import { amounts, DEFAULT_ALPHA, type Matrix, type PaidQuery, Random } from "../../scorer/index.ts";
import { ridgeCredits } from "../../scorer/methods/halfCredited.ts";
import { vectorScores } from "../../scorer/methods/halfWhitened.ts";
import { rowView } from "../../scorer/numeric/linalg.ts";
import type { Guard } from "./guard.ts";
import { byWallet, type Contribution, contributionsOf, labelledRows, type Market, type Row } from "./market.ts";
import {
  answers,
  FEE,
  halfCreditedRule,
  type LinearRule,
  paidQueries,
  payouts,
  type Sides,
  train,
  type Trained,
  walletShares,
  whitenedQuery,
} from "./money.ts";

/** The rule that is played against, unless another is. */
export const DEFAULT_RULE = halfCreditedRule(DEFAULT_ALPHA);

/** One attacker and all that is there before it plays. */
export interface HonestScene {
  /** Of what attacks draw */
  readonly seed: number;
  /** Everybody else's contributions are first; the attacker is the last wallet. */
  readonly market: Market;
  readonly attacker: number;
  /** The attacker's own honest rows */
  readonly own: readonly Row[];
  /** The rows of another wallet */
  readonly rival: readonly Row[];
  /** Honest rows that nobody has contributed */
  readonly spare: readonly Row[];
  /** Yesterday's queries, with the classes that were answered */
  readonly past: readonly Row[];
  /** The queries that will be paid for */
  readonly today: readonly Row[];
  /** Rows as an encoder sees them */
  readonly encode: (rows: readonly Row[]) => readonly Row[];
  /** What rows would have earned of yesterday's queries, one number each */
  readonly pastScores: (rows: readonly Row[]) => Float64Array;
  /** The part of the pool that the attacker would get of each row, if it were the only query */
  readonly askedAlone: (rows: readonly Row[]) => Float64Array;
  /** What the head of the honest market answers */
  readonly answersOf: (rows: readonly Row[]) => number[];
}

/** What an attack is decided by. */
export interface Scene extends HonestScene {
  /** Starts anew with each attack */
  readonly random: Random;
  /** The intake, as the attacker can run it: says of one row after the other whether it would be flagged */
  readonly intake: () => (row: Row) => boolean;
}

/** What the attacker contributes in place of its honest rows, and pays for itself. */
export interface Play {
  readonly contributions: readonly Contribution[];
  /** Queries that the attacker pays for, the same fee each, as a part of all fees */
  readonly washing?: { readonly queries: readonly Row[]; readonly part: number };
}

export type Attack = (scene: Scene) => Play;

/** One attacker's share of the money with an attack, over that with honest rows only. */
export interface Gain {
  readonly gain: number;
  /** The attacker's share with honest rows only: 0 … 1 */
  readonly honest: number;
  /** The rival's share with the attack over that without */
  readonly rival: number;
  /** The attacker's counted rows with the attack over those without: what the pro-rata part is divided by */
  readonly rows: number;
}

/** The market of a scene, without and with intake, and what the attacker gets there by honest means. */
export class Arena {
  readonly #scene: HonestScene;
  readonly #guard: Guard | undefined;
  readonly #rule: LinearRule;
  readonly #honest: Outcome;

  constructor(scene: HonestScene, guard: Guard | undefined, rule: LinearRule = DEFAULT_RULE) {
    this.#scene = scene;
    this.#guard = guard;
    this.#rule = rule;
    this.#honest = this.#play({ contributions: contributionsOf(scene.attacker, scene.own) });
  }

  play(attack: Attack): Gain {
    const intake = (): ((row: Row) => boolean) => this.#guard?.visitor() ?? (() => false);
    const outcome = this.#play(attack({ ...this.#scene, random: new Random(this.#scene.seed), intake }));
    const of = (key: keyof Outcome): number => outcome[key] / this.#honest[key];
    return { gain: of("attacker"), honest: this.#honest.attacker, rival: of("rival"), rows: of("rows") };
  }

  #play({ contributions, washing }: Play): Outcome {
    const { market, attacker, today } = this.#scene;
    const others = this.#guard?.first ?? market.contributions.filter(({ wallet }) => wallet !== attacker);
    const played = this.#guard?.admit(contributions) ?? contributions;
    const trained = train({
      ...market,
      // Wallets beyond the attacker's are the attacker's, too.
      contributions: [...others, ...played.map((contribution) => ({ ...contribution, wallet: attacker }))],
    });
    const sides = this.#rule(trained);
    const paid = paidQueries(trained, sides, labelledRows(today).features);
    if (washing !== undefined) paid.push(...washed(trained, sides, washing, today.length));
    const shares = byWallet(trained.market, payouts(trained, sides, paid).map(Number));
    const all = shares.reduce((sum, share) => sum + share, 0);
    const counted = (of: readonly Contribution[]): number => of.reduce((sum, { rows }) => sum + rows.length, 0);
    return {
      attacker: shares[attacker]! / all,
      rival: shares[0]! / all,
      rows: counted(played) / (counted(played) + counted(others)),
    };
  }
}

interface Outcome {
  readonly attacker: number;
  readonly rival: number;
  readonly rows: number;
}

/** Fees such that `part` of all fees is the attacker's. */
function washed(
  trained: Trained,
  sides: Sides,
  { queries, part }: NonNullable<Play["washing"]>,
  honest: number,
): PaidQuery[] {
  const { features } = labelledRows(queries);
  const total = (FEE * BigInt(honest) * BigInt(Math.round(100 * part))) / BigInt(Math.round(100 * (1 - part)));
  // Divided among the queries to the last unit.
  return paidQueries(
    trained,
    sides,
    features,
    amounts(
      queries.map(() => 1n),
      total,
    ),
  );
}

/** Adds what an attacker can compute, as model and data are public. */
export function sceneOf(
  market: Market,
  seed: number,
  encode: HonestScene["encode"],
  rows: Pick<HonestScene, "own" | "rival" | "spare" | "past" | "today">,
): HonestScene {
  const trained = train(market);
  const attacker = market.wallets - 1;
  const asked = labelledRows(rows.past).features;
  const answersOf = (given: readonly Row[]): number[] => answers(trained, labelledRows(given).features);
  const past = answersOf(rows.past).map((label, i) => ({ ...rows.past[i]!, label }));
  return {
    ...rows,
    past,
    seed,
    market,
    encode,
    attacker,
    askedAlone: (given) => sharesOf(trained, attacker, given),
    answersOf,
    pastScores: (given) => scoresOf(trained, given, asked),
  };
}

/** Each row's half-credited score, of a head that may not have been trained on it, against queries of equal fees. */
function scoresOf(trained: Trained, rows: readonly Row[], asked: Matrix): Float64Array {
  const psi = whitenedQuery(trained.model);
  const sum = answers(trained, asked)
    .map((answer, r) => psi(rowView(asked, r), answer))
    .reduce((total, one) => total.map((value, j) => value + one[j]!));
  const labelled = labelledRows(rows);
  const gradients = ridgeCredits(trained.model, labelled, DEFAULT_ALPHA);
  return vectorScores({ activations: labelled.features, gradients, factor: trained.model.whitening.factor }, sum);
}

/** The part of the pool that a wallet would get of each query alone, [rows]. */
function sharesOf(trained: Trained, wallet: number, rows: readonly Row[]): Float64Array {
  const sides = DEFAULT_RULE(trained);
  return Float64Array.from(
    paidQueries(trained, sides, labelledRows(rows).features),
    (query) => walletShares(trained, sides, [query])[wallet]!,
  );
}
