import type { Random } from "../../../scorer/index.ts";
import { openStream } from "./admission.ts";
import { type Crowd, seat } from "./crowd.ts";
import { answer, anyLabel, type Digit, otherLabel, pastScores, PIXELS, type Trained } from "./digits.ts";
import { type Earnings, earned, type Paid, settleHonestly, totalOf } from "./settlement.ts";
import { dollars, type Stage } from "./stage.ts";
import { askAll, type Stream } from "./world.ts";

/** What an attack with rows came to, in dollars of one interval. */
export interface RowAttack {
  /** What the attacker's wallets got together */
  readonly attacker: number;
  /** Of that, by influence */
  readonly byInfluence: number;
  /** What the honest attacker got for the same questions */
  readonly honest: number;
  /** `attacker` over `honest` */
  readonly gain: number;
  /** The same of influence alone */
  readonly influenceGain: number;
  /** What the rival got over what it gets from an honest attacker */
  readonly rival: number;
  /** Rows that the intake refused */
  readonly refusedRows: number;
}

const WITHOUT = " without intake";

/**
 * One wallet games the rows that it contributes; all others, the questions, the operator and the scorer are honest. Each
 * attack is a dataset, a model and an interval of their own.
 *
 * @param chosen - names of attacks; all if left out
 */
export async function playRowAttacks(
  stage: Stage,
  crowd: Crowd,
  show: (note: string) => void,
  chosen?: readonly string[],
): Promise<{ readonly accuracy: number; readonly attacks: Readonly<Record<string, RowAttack>> }> {
  show("honest rows");
  const honest = await playHonest(stage, crowd);
  const attacks: Record<string, RowAttack> = {};
  for (const [name, attack] of Object.entries(attacksOf(crowd, honest))) {
    if (chosen !== undefined && !chosen.includes(name)) continue;
    show(name);
    const { hands, mine, repeats = false, nearly = false } = attack;
    const contributions = await seat(stage, name, hands);
    const stream = await openStream(stage, contributions, {
      compared: name.endsWith(WITHOUT) ? "nothing" : nearly ? "images" : "bytes",
    });
    const paid = await settleHonestly(
      stage,
      stream,
      await askAll(stage, stream, repeats ? crowd.yesterday : crowd.today),
    );
    const before = repeats ? honest.yesterday : honest.today;
    const wallets = mine.map((i) => contributions[i]!.wallet);
    const rival = contributions[hands.indexOf(crowd.hands[1]!)]!.wallet;
    attacks[name] = {
      ...compare(earned(paid, ...wallets), before.attacker),
      rival: Number(totalOf(earned(paid, rival))) / Number(totalOf(before.rival)),
      refusedRows: stream.refusedRows,
    };
  }
  return { accuracy: honest.accuracy, attacks };
}

/** What rows are in a world, and whose the attacker is. */
interface Attack {
  readonly hands: readonly (readonly Digit[])[];
  /** Places of the attacker's hands */
  readonly mine: readonly number[];
  /** Whether today's callers ask what yesterday's asked */
  readonly repeats?: boolean;
  /** Whether the curator compares images, too */
  readonly nearly?: boolean;
}

function attacksOf(
  { hands, spare, random, yesterday }: Crowd,
  { answered, trained }: { readonly answered: readonly Digit[]; readonly trained: Trained },
): Record<string, Attack> {
  const [own, ...others] = hands as [readonly Digit[], ...(readonly Digit[])[]];
  const rival = others[0]!;
  const instead = (rows: readonly Digit[]): Attack => ({ hands: [rows, ...others], mine: [0] });
  // More rows come last, as a contribution of a second wallet.
  const more = (rows: readonly Digit[]): Attack => ({ hands: [...hands, rows], mine: [0, hands.length] });
  const pieces = Array.from({ length: 10 }, (_, i) => own.filter((_, row) => row % 10 === i));
  const byPast = (rows: readonly Digit[]): Digit[] => {
    const scores = pastScores(trained, rows, yesterday);
    return rows
      .map((_, row) => row)
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .map((row) => rows[row]!);
  };
  const cut = (rows: readonly Digit[]): Digit[][] =>
    Array.from({ length: 10 }, (_, i) => rows.slice((i * rows.length) / 10, ((i + 1) * rows.length) / 10));
  const noise = own.map(() => ({
    pixels: Uint8Array.from({ length: PIXELS }, () => random.below(256)),
    label: anyLabel(random),
  }));
  // As many rows as before, so that only what they are is compared.
  const queries = own.map((_, i) => answered[i % answered.length]!);
  return {
    "more honest rows": more(spare),
    split: { hands: [...others, ...pieces], mine: pieces.map((_, i) => others.length + i) },
    flip100: instead(own.map((row) => ({ ...row, label: otherLabel(row.label, random) }))),
    duplicate: more(own),
    [`duplicate${WITHOUT}`]: more(own),
    copyRival: more(rival),
    [`copyRival${WITHOUT}`]: more(rival),
    noiseJunk: more(noise),
    flip20: instead(own.map((row, i) => (i % 5 === 0 ? { ...row, label: otherLabel(row.label, random) } : row))),
    scale: instead(own.map(({ pixels, label }) => ({ pixels: pixels.map((pixel) => pixel >> 1), label }))),
    recut: { hands: [...others, ...cut(byPast(own))], mine: pieces.map((_, i) => others.length + i) },
    cherryPick: instead(byPast([...own, ...spare]).slice(0, own.length)),
    nearDuplicate: { ...more(own.map((row) => noisy(row, random))), nearly: true },
    [`nearDuplicate${WITHOUT}`]: more(own.map((row) => noisy(row, random))),
    prototypes: instead(own.map((row) => meanOf(own, row, 5, random))),
    synthetic: more(
      own.map((row) => {
        const mixed = meanOf(own, row, 2, random);
        return { ...mixed, label: answer(trained, mixed).label };
      }),
    ),
    labelJunk: more(spare.map((row) => ({ ...row, label: anyLabel(random) }))),
    queryFrozen: instead(queries),
    queryRepeated: { ...instead(queries), repeats: true },
  };
}

/** A copy with up to 25 of 255 added to each pixel, or taken from it. */
function noisy({ pixels, label }: Digit, random: Random): Digit {
  return { pixels: pixels.map((pixel) => Math.min(255, Math.max(0, pixel + random.below(51) - 25))), label };
}

/** The mean of a row and others of its label. */
function meanOf(rows: readonly Digit[], row: Digit, count: number, random: Random): Digit {
  const same = rows.filter(({ label }) => label === row.label);
  const chosen = [row, ...Array.from({ length: count - 1 }, () => same[random.below(same.length)]!)];
  const mean = (at: number): number => chosen.reduce((sum, { pixels }) => sum + pixels[at]!, 0) / count;
  return { pixels: row.pixels.map((_, at) => mean(at)), label: row.label };
}

/** Yesterday and today of a world without an attacker. */
async function playHonest(stage: Stage, { hands, yesterday, today }: Crowd) {
  const contributions = await seat(stage, "honest", hands);
  const stream = await openStream(stage, contributions);
  const [attacker, rival] = contributions.map(({ wallet }) => wallet);
  const of = (paid: Paid) => ({ attacker: earned(paid, attacker!), rival: earned(paid, rival!) });
  const answered = yesterday.map((digit) => ({ ...digit, label: answer(stream.trained, digit).label }));
  return {
    answered,
    trained: stream.trained,
    accuracy: accuracy(stream, [...yesterday, ...today]),
    yesterday: of(await settleHonestly(stage, stream, await askAll(stage, stream, yesterday))),
    today: of(await settleHonestly(stage, stream, await askAll(stage, stream, today))),
  };
}

function accuracy({ trained }: Stream, digits: readonly Digit[]): number {
  return digits.filter((digit) => answer(trained, digit).label === digit.label).length / digits.length;
}

function compare(attacker: Earnings, honest: Earnings): Omit<RowAttack, "rival" | "refusedRows"> {
  return {
    attacker: dollars(totalOf(attacker)),
    byInfluence: dollars(attacker.influence),
    honest: dollars(totalOf(honest)),
    gain: Number(totalOf(attacker)) / Number(totalOf(honest)),
    influenceGain: Number(attacker.influence) / Number(honest.influence),
  };
}
