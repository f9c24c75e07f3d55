import { assertInteger } from "../core/integers.ts";
import type { Random } from "../numeric/random.ts";
import { assertGroups, type Estimate, type Utility } from "./utility.ts";

/**
 * Data Shapley values by sampling permutations (Ghorbani & Zou, "Data Shapley: Equitable Valuation of Data for Machine
 * Learning", ICML 2019, algorithm 1, without its truncation): the mean of what the utility gains when a group joins those
 * before it. Each permutation is also walked from its end (antithetic sampling; Mitchell et al., "Sampling Permutations
 * for Shapley Value Estimation", JMLR 23, 2022, §4.1), which makes the estimate exact where groups act alone or in pairs.
 * The values add up to U(all) − U(none). 2 + 2·pairs·(groups − 1) calls of the utility.
 *
 * @param pairs - number of permutations that are walked in both directions, 2 or more
 * @returns values, with standard errors over the pairs
 * @throws ScorerError `out-of-range` for a number
 */
export function dataShapley(utility: Utility, groups: number, pairs: number, random: Random): Estimate {
  assertGroups(groups);
  assertInteger(pairs, 2, 2 ** 32, "the number of pairs of permutations");
  const included = new Uint8Array(groups);
  const none = utility(included);
  const all = utility(included.fill(1));
  const values = new Float64Array(groups);
  const squares = new Float64Array(groups);
  const order = Int32Array.from({ length: groups }, (_, group) => group);
  const gains = new Float64Array(groups);
  const walk = (): void => {
    included.fill(0);
    let before = none;
    order.forEach((group, at) => {
      included[group] = 1;
      const after = at === groups - 1 ? all : utility(included);
      gains[group]! += (after - before) / 2;
      before = after;
    });
  };
  for (let pair = 1; pair <= pairs; pair++) {
    random.shuffle(order);
    gains.fill(0);
    walk();
    order.reverse();
    walk();
    // Welford's running mean and sum of squared deviations.
    for (let group = 0; group < groups; group++) {
      const deviation = gains[group]! - values[group]!;
      values[group]! += deviation / pair;
      squares[group]! += deviation * (gains[group]! - values[group]!);
    }
  }
  return { values, standardErrors: squares.map((sum) => Math.sqrt(sum / (pairs - 1) / pairs)) };
}
