import { ldsOnConvexHead } from "./ldsConvex.ts";
import { ldsOnMnist } from "./ldsMnist.ts";
import { measureNoise } from "./noise.ts";
import { measureSpeed } from "./speed.ts";
import { measureText } from "./text.ts";
import { measureWallets } from "./wallets.ts";

/** What is measured on its own, in a process of its own. Each takes seeds; what doesn't depend on them ignores them. */
export const PARTS = {
  mnist: (seeds: readonly number[], quick: boolean, show: (note: string) => void) =>
    ldsOnMnist(seeds[0] ?? 0, quick, show),
  convex: (seeds: readonly number[], quick: boolean, show: (note: string) => void) =>
    ldsOnConvexHead(seeds[0] ?? 0, quick, show),
  noise: (seeds: readonly number[], quick: boolean, show: (note: string) => void) =>
    measureNoise(seeds, quick, (what, done, of) => show(`${what} ${done}/${of}`)),
  wallets: (seeds: readonly number[], quick: boolean, show: (note: string) => void) =>
    measureWallets(seeds, quick, (what, done, of) => show(`${what} ${done}/${of}`)),
  text: (_seeds: readonly number[], quick: boolean, show: (note: string) => void) => measureText(quick, show),
  score: (_seeds: readonly number[], quick: boolean, show: (note: string) => void) => measureSpeed(quick, show),
};

export type Part = keyof typeof PARTS;
export type Figures<P extends Part> = Awaited<ReturnType<(typeof PARTS)[P]>>;

/** What a part's process is asked for, and what it answers. */
export interface Request {
  readonly part: Part;
  readonly seeds: readonly number[];
  readonly quick: boolean;
}

export type Answer = { readonly note: string } | { readonly figures: unknown };
