import { ScorerError } from "../core/errors.ts";

/**
 * The arithmetic mean.
 *
 * @param values - one or more
 * @throws ScorerError `empty-input`
 */
export function mean(values: ArrayLike<number>): number {
  assertLeast(values, 1, "a mean");
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * The standard deviation of a sample, with n − 1 in the denominator; around the mean, in two passes.
 *
 * @param values - two or more
 * @throws ScorerError `empty-input`
 */
export function standardDeviation(values: ArrayLike<number>): number {
  assertLeast(values, 2, "a standard deviation");
  return Math.sqrt(squaredDeviations(values, mean(values)) / (values.length - 1));
}

/**
 * Standard deviation over mean, in the unit of neither.
 *
 * @param values - two or more, whose mean is not 0
 * @throws ScorerError `empty-input`, `out-of-range` when the mean is 0
 */
export function coefficientOfVariation(values: ArrayLike<number>): number {
  const deviation = standardDeviation(values);
  const average = mean(values);
  if (average === 0) throw new ScorerError("out-of-range", "the mean is 0: a coefficient of variation divides by it");
  return deviation / average;
}

/**
 * Pearson's correlation coefficient, −1 … 1.
 *
 * @param a - two or more
 * @param b - as many as `a`
 * @throws ScorerError `bad-length`, `empty-input`, `out-of-range` when one side does not vary
 */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertPaired(a, b);
  assertLeast(a, 2, "a correlation");
  const [meanA, meanB] = [mean(a), mean(b)];
  let products = 0;
  for (let i = 0; i < a.length; i++) products += (a[i]! - meanA) * (b[i]! - meanB);
  const scale = Math.sqrt(squaredDeviations(a, meanA)) * Math.sqrt(squaredDeviations(b, meanB));
  if (!(scale > 0)) {
    throw new ScorerError("out-of-range", "one side of the correlation does not vary: leave it out of the comparison");
  }
  return Math.max(-1, Math.min(1, products / scale));
}

/**
 * Spearman's rank correlation, −1 … 1: Pearson's, of the ranks; ties have the mean of their ranks.
 *
 * @throws ScorerError as `pearson`, `not-finite` for a NaN
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertPaired(a, b);
  return pearson(ranks(a), ranks(b));
}

/**
 * Ranks from 1 for the least value; ties have the mean of their ranks.
 *
 * @returns float64 [n]
 * @throws ScorerError `not-finite` for a NaN
 */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = ascending(values);
  const result = new Float64Array(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) result[order[at]!] = (from + 1 + to) / 2;
  }
  return result;
}

/**
 * The area under the ROC curve: how likely a positive has a larger score than a negative, ties counting half (Hanley &
 * McNeil 1982; from rank sums, Mann & Whitney 1947).
 *
 * @param scores - [n]
 * @param positive - whether each is a positive; 0 and 1 serve too, [n]
 * @throws ScorerError `bad-length`, `empty-input` without positives or without negatives, `not-finite` for a NaN
 */
export function rocAuc(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  assertPaired(scores, positive);
  const scoreRanks = ranks(scores);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < scores.length; i++) {
    if (!positive[i]) continue;
    positives++;
    rankSum += scoreRanks[i]!;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new ScorerError(
      "empty-input",
      `${positives} positives and ${negatives} negatives: an AUC needs some of both`,
    );
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * The Gini coefficient, 0 for equals … 1 − 1/n for one that has all: the mean absolute difference of all pairs, over
 * twice the mean.
 *
 * @param values - one or more, none negative, not all 0
 * @throws ScorerError `empty-input`, `out-of-range`, `not-finite` for a NaN
 */
export function gini(values: ArrayLike<number>): number {
  assertLeast(values, 1, "a Gini coefficient");
  const order = ascending(values);
  if (values[order[0]!]! < 0) throw new ScorerError("out-of-range", "a Gini coefficient has no negative values");
  const n = values.length;
  let sum = 0;
  let weighted = 0;
  order.forEach((index, at) => {
    sum += values[index]!;
    weighted += (2 * at + 1 - n) * values[index]!;
  });
  if (sum === 0) throw new ScorerError("out-of-range", "all values are 0: a Gini coefficient divides by their sum");
  return weighted / (n * sum);
}

/**
 * A quantile, linear between the two nearest order statistics (Hyndman & Fan 1996, definition 7).
 *
 * @param values - one or more
 * @param part - 0 … 1; ½ is the median
 * @throws ScorerError `empty-input`, `out-of-range`, `not-finite` for a NaN
 */
export function quantile(values: ArrayLike<number>, part: number): number {
  assertLeast(values, 1, "a quantile");
  if (!(part >= 0 && part <= 1))
    throw new ScorerError("out-of-range", `${part} is no quantile: give a part from 0 to 1`);
  const order = ascending(values);
  const place = part * (values.length - 1);
  const low = Math.floor(place);
  const below = values[order[low]!]!;
  const above = values[order[Math.min(low + 1, values.length - 1)]!]!;
  // At a whole place the neighbour doesn't count, even if it is infinite.
  return place === low ? below : below + (place - low) * (above - below);
}

/** Indices by ascending value, ties by index, int32 [n]. */
function ascending(values: ArrayLike<number>): Int32Array {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) {
      throw new ScorerError("not-finite", `value ${i} is NaN and has no rank: leave it out, or mend what computed it`);
    }
  }
  return Int32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => {
    const [left, right] = [values[a]!, values[b]!];
    return left < right ? -1 : left > right ? 1 : a - b;
  });
}

function squaredDeviations(values: ArrayLike<number>, from: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - from) * (values[i]! - from);
  return sum;
}

function assertLeast(values: ArrayLike<number>, least: number, what: string): void {
  if (values.length < least) {
    throw new ScorerError("empty-input", `${what} needs at least ${least} values, not ${values.length}`);
  }
}

function assertPaired(a: ArrayLike<unknown>, b: ArrayLike<unknown>): void {
  if (a.length !== b.length) {
    throw new ScorerError("bad-length", `${a.length} values do not pair with ${b.length}: give as many of both`);
  }
}
