import { Random } from "../../../scorer/index.ts";
import { type Digit, drawDigits } from "./digits.ts";
import type { Stage } from "./stage.ts";
import type { Contribution } from "./world.ts";

/** How large a world is. */
export interface Size {
  readonly wallets: number;
  /** Of each wallet */
  readonly rows: number;
  /** Paid answers of an interval */
  readonly queries: number;
}

/** Equal wallets with rows drawn at random, and questions that nobody has seen. */
export interface Crowd {
  /** Rows of each wallet; the attacker's are the first, its rival's the second */
  readonly hands: readonly (readonly Digit[])[];
  /** As many rows more as a wallet has, which nobody contributes */
  readonly spare: readonly Digit[];
  readonly yesterday: readonly Digit[];
  readonly today: readonly Digit[];
  readonly random: Random;
}

export function drawCrowd({ wallets, rows, queries }: Size, seed: number): Crowd {
  const random = new Random(seed);
  const drawn = drawDigits("train", (wallets + 1) * rows, random);
  const hand = (i: number): Digit[] => drawn.slice(i * rows, (i + 1) * rows);
  const asked = drawDigits("t10k", 2 * queries, random);
  return {
    hands: Array.from({ length: wallets }, (_, i) => hand(i)),
    spare: hand(wallets),
    yesterday: asked.slice(0, queries),
    today: asked.slice(queries),
    random,
  };
}

/** Hands of rows, each with a wallet of its own that is named after a world. */
export async function seat(stage: Stage, world: string, hands: readonly (readonly Digit[])[]): Promise<Contribution[]> {
  const contributions: Contribution[] = [];
  for (const [i, rows] of hands.entries()) {
    contributions.push({ wallet: await stage.wallet(`${world} ${i}`), rows });
  }
  return contributions;
}
