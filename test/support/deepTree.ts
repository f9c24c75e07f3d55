import type { WorldSpec } from "./attributionWorld.ts";
import { randomFrom } from "./random.ts";

/** A tree of depth 10: a walk goes over levels 10, 2 and 0. The last node of level 2 covers two lines and padding. */
export const LINES = 598;
export const DEPTH = 10;
/** The line that walks in the deep tree lead to. */
export const LINE = 413;
export const TWIG = LINE >> 2;
export const LAST_TWIG = (LINES - 1) >> 2;

/** 598 contributions of eleven wallets. */
export function deepSpec(): Partial<WorldSpec> {
  const random = randomFrom(598);
  const lanes = () => Array.from({ length: 16 }, () => random.integer(-32_768, 32_767));
  return {
    rowCounts: Array.from({ length: LINES }, () => random.integer(1, 9)),
    rows: Array.from({ length: LINES }, () => ({ exponent: random.integer(0, 3), lanes: lanes() })),
    q: lanes(),
    exponentBound: 9,
  };
}
