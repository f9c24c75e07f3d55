import type { Random } from "../../scorer/index.ts";
import { MNIST_CLASSES } from "../attribution/mnist.ts";
import { DigitSource } from "./digitRows.ts";
import { flipMails, senders } from "./mailRows.ts";
import { type Contribution, contributionsOf, type Market, type Row } from "./market.ts";

/** Public data as if wallets had contributed it, and what is asked of the model that is trained on it. */
export interface Setting {
  readonly market: Market;
  /** Whose answers are paid for */
  readonly paid: readonly Row[];
  /** Others, by which the wallets' true value is measured */
  readonly heldOut: readonly Row[];
}

export interface Size {
  readonly rows: number;
  readonly wallets: number;
  readonly paid: number;
  readonly heldOut: number;
  /** Most of the senders' domains that are taken */
  readonly senders: number;
}

export const FULL_SIZE: Size = { rows: 5000, wallets: 50, paid: 1000, heldOut: 2000, senders: Infinity };
export const QUICK_SIZE: Size = { rows: 1000, wallets: 20, paid: 200, heldOut: 300, senders: 20 };

const LAMBDA = 1;

/** Half of the wallets have wrong labels, up to this part of them. */
const MOST_WRONG = 0.8;
/** Half of the senders have wrong labels where some have: this part of them. */
const FLIPPED_MAILS = 0.3;

/** By name, a way to draw each setting. */
export const SETTINGS = {
  /** Sizes from 1 to 9, and every other wallet, by chance, has up to 80 % wrong labels. */
  unequal: (size: Size, random: Random): Setting => {
    const source = new DigitSource(random);
    const sizes = Array.from({ length: size.wallets }, () => 0.2 + 1.6 * random.uniform());
    const total = sizes.reduce((sum, one) => sum + one, 0);
    return digits(size, source, (wallet) => {
      const rows = source.rows(Math.round((sizes[wallet]! / total) * size.rows));
      return mislabelled(rows, random.coin() ? MOST_WRONG * random.uniform() : 0, random);
    });
  },
  /** All alike, but for the rows that each happens to have. */
  equals: (size: Size, random: Random): Setting => {
    const source = new DigitSource(random);
    return digits(size, source, () => source.rows(size.rows / size.wallets));
  },
  /** Each wallet has two digits. */
  twoClasses: (size: Size, random: Random): Setting => {
    const source = new DigitSource(random);
    const [every, rest] = [Array.from({ length: MNIST_CLASSES }, (_, label) => label), size.rows / size.wallets];
    return digits(size, source, (wallet) => {
      // The first wallets share out all digits, so that none is missing.
      const pair = wallet < MNIST_CLASSES / 2 ? every.slice(2 * wallet, 2 * wallet + 2) : [...random.sample(10, 2)];
      return pair.flatMap((label) => source.rows(rest / 2, [label]));
    });
  },
  /** One wallet has all rows of one digit, and only these. */
  rare: (size: Size, random: Random): Setting => {
    const source = new DigitSource(random);
    const rare = random.below(MNIST_CLASSES);
    const others = Array.from({ length: MNIST_CLASSES }, (_, label) => label).filter((label) => label !== rare);
    return digits(size, source, (wallet) => source.rows(size.rows / size.wallets, wallet === 0 ? [rare] : others));
  },
  /** Real mails by sender's domain. */
  senders: (size: Size, random: Random): Setting => mails(size, random, (rows) => rows),
  /** The same, and every other domain, by chance, has 30 % wrong labels. */
  sendersWithFlips: (size: Size, random: Random): Setting =>
    mails(size, random, (rows) => flipMails(rows, random.coin() ? FLIPPED_MAILS : 0, random)),
} satisfies Record<string, (size: Size, random: Random) => Setting>;

export type SettingName = keyof typeof SETTINGS;

function digits(size: Size, source: DigitSource, rowsOf: (wallet: number) => readonly Row[]): Setting {
  const contributions: Contribution[] = [];
  for (let wallet = 0; wallet < size.wallets; wallet++) contributions.push(...contributionsOf(wallet, rowsOf(wallet)));
  return {
    market: { classes: MNIST_CLASSES, lambda: LAMBDA, wallets: size.wallets, contributions },
    paid: source.queries(size.paid),
    heldOut: source.queries(size.heldOut),
  };
}

/** Half of the held-out mails are paid for, at random; the others measure. */
function mails(size: Size, random: Random, change: (rows: readonly Row[]) => readonly Row[]): Setting {
  const all = senders().slice(0, size.senders);
  const heldOut = random.shuffle(all.flatMap((sender) => sender.heldOut));
  const half = Math.floor(heldOut.length / 2);
  return {
    market: {
      classes: 2,
      lambda: LAMBDA,
      wallets: all.length,
      contributions: all.flatMap(({ rows }, wallet) => contributionsOf(wallet, change(rows))),
    },
    paid: heldOut.slice(0, half),
    heldOut: heldOut.slice(half),
  };
}

/** Rows of which some have another label, each other one as likely. */
export function mislabelled(rows: readonly Row[], part: number, random: Random, classes = MNIST_CLASSES): Row[] {
  return rows.map((row) =>
    random.uniform() < part ? { ...row, label: (row.label + 1 + random.below(classes - 1)) % classes } : row,
  );
}
