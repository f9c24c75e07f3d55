import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { mean, standardDeviation } from "../numeric/statistics.ts";
import type { Random } from "../numeric/random.ts";
import { assertGroups, type Estimate, type Utility } from "./utility.ts";

/**
 * Data Banzhaf values by the maximum-sample-reuse estimator (Wang & Jia, "Data Banzhaf: A Robust Data Valuation Framework
 * for Machine Learning", AISTATS 2023, eq. 5): over random sets that each group is in with probability ½, the mean
 * utility of those with the group less the mean of those without it. One call of the utility for each set.
 *
 * @param subsets - number of sets; about log₂(groups) + 20 are enough for every group to be in some and not in others
 * @throws ScorerError `out-of-range` for a number, `empty-input` when a group is in less than two sets, or missing in
 * less than two
 */
export function dataBanzhaf(utility: Utility, groups: number, subsets: number, random: Random): Estimate {
  assertGroups(groups);
  assertInteger(subsets, 1, 2 ** 32, "the number of subsets");
  const included = new Uint8Array(groups);
  const withGroup = Array.from({ length: groups }, (): number[] => []);
  const without = Array.from({ length: groups }, (): number[] => []);
  for (let draw = 0; draw < subsets; draw++) {
    random.signs(groups).forEach((sign, group) => (included[group] = sign > 0 ? 1 : 0));
    const value = utility(included);
    for (let group = 0; group < groups; group++) (included[group] === 1 ? withGroup : without)[group]!.push(value);
  }
  const values = new Float64Array(groups);
  const standardErrors = new Float64Array(groups);
  for (let group = 0; group < groups; group++) {
    const [inside, outside] = [withGroup[group]!, without[group]!];
    if (inside.length < 2 || outside.length < 2) {
      throw new ScorerError(
        "empty-input",
        `group ${group} is in ${inside.length} of ${subsets} subsets: draw more, so that each is in some and missing in others`,
      );
    }
    values[group] = mean(inside) - mean(outside);
    const [deviation, otherDeviation] = [standardDeviation(inside), standardDeviation(outside)];
    standardErrors[group] = Math.sqrt(
      (deviation * deviation) / inside.length + (otherDeviation * otherDeviation) / outside.length,
    );
  }
  return { values, standardErrors };
}
