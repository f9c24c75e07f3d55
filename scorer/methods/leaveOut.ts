import { assertGroups, type Utility } from "./utility.ts";

/**
 * What is lost without each group, U(N) − U(N ∖ g): one call of the utility for each group, and one for all.
 *
 * @returns float64 [groups]
 * @throws ScorerError `out-of-range` for the number of groups
 */
export function leaveOut(utility: Utility, groups: number): Float64Array {
  const included = new Uint8Array(assertGroups(groups)).fill(1);
  const full = utility(included);
  return Float64Array.from({ length: groups }, (_, group) => {
    included[group] = 0;
    const loss = full - utility(included);
    included[group] = 1;
    return loss;
  });
}
