import { createHash } from "node:crypto";
import type { Mutant } from "./mutants.ts";

/** A mutant by what it changes: the same in every run over the same source. */
export function nameOf({ file, operator, start, length, replacement }: Mutant): string {
  return [file, operator, start, length, replacement].join("|");
}

/** Mutants in an order that the seed alone decides. */
export function shuffled(mutants: readonly Mutant[], seed: string): Mutant[] {
  const rank = (mutant: Mutant): string =>
    createHash("sha256")
      .update(`${seed}|${nameOf(mutant)}`)
      .digest("hex");
  return mutants
    .map((mutant) => ({ mutant, rank: rank(mutant) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ mutant }) => mutant);
}

/**
 * How many to take of each stratum: as many of each as there are, and where a stratum has fewer, the others more.
 *
 * @param sizes - how many each stratum has
 * @param count - how many are taken in all, if there are as many
 */
export function quotas(sizes: readonly number[], count: number): number[] {
  const taken = sizes.map(() => 0);
  for (
    let left = Math.min(
      count,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    left > 0;
    left--
  ) {
    const open = [...sizes.keys()].filter((i) => taken[i]! < sizes[i]!);
    const least = open.reduce((best, i) => (taken[i]! < taken[best]! ? i : best));
    taken[least]!++;
  }
  return taken;
}
