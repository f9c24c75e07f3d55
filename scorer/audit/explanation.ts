import { ScorerError } from "../core/errors.ts";
import { type InfluenceIndex, indexRow } from "../core/influenceIndex.ts";
import { assertRowCounts } from "../core/indexExponents.ts";
import { assertInteger } from "../core/integers.ts";
import type { PaidQuery } from "../core/query.ts";
import { isScored } from "../core/scoring.ts";
import { innerProduct } from "../kernels/int16.ts";
import { powerOfTwo, type QuantisedVector } from "../core/vector.ts";

/** Where a contribution stands among all of an interval. */
export interface Standing {
  /** Of the line, uint144 */
  readonly weight: bigint;
  /** Part of all weights, 0 … 1; 0 where all weights are */
  readonly share: number;
  /** 1 + the number of lines that weigh more */
  readonly rank: number;
  /** Lines with a weight above 0 */
  readonly paidLines: number;
  /** The other contributions of its size: from half to twice its rows */
  readonly peers: {
    readonly leastRows: number;
    readonly mostRows: number;
    readonly count: number;
    /** Their median weight, rounded down; undefined without peers */
    readonly medianWeight: bigint | undefined;
  };
}

/**
 * Where a contribution stands among all of an interval.
 *
 * @param weights - the weight of every line
 * @param rowCounts - the counted rows of every contribution, 0 for a retired one
 * @throws ScorerError `bad-length`, `out-of-range`
 */
export function standingOf(weights: readonly bigint[], rowCounts: readonly number[], contribution: number): Standing {
  assertRowCounts(rowCounts, weights.length);
  assertInteger(contribution, 0, weights.length - 1, "the contribution");
  const weight = weights[contribution]!;
  const rows = rowCounts[contribution]!;
  const leastRows = Math.max(1, Math.ceil(rows / 2));
  const mostRows = 2 * rows;
  let total = 0n;
  let heavier = 0;
  let paidLines = 0;
  const peers: bigint[] = [];
  weights.forEach((other, i) => {
    total += other;
    if (other > weight) heavier++;
    if (other > 0n) paidLines++;
    if (i !== contribution && rowCounts[i]! >= leastRows && rowCounts[i]! <= mostRows) peers.push(other);
  });
  return {
    weight,
    share: total === 0n ? 0 : ratio(weight, total),
    rank: heavier + 1,
    paidLines,
    peers: { leastRows, mostRows, count: peers.length, medianWeight: median(peers) },
  };
}

/** One number over another as float64, to about twelve digits. */
export function ratio(numerator: bigint, denominator: bigint): number {
  const SCALE = 10n ** 12n;
  return Number((numerator * SCALE) / denominator) / Number(SCALE);
}

function median(values: readonly bigint[]): bigint | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const upper = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2n;
}

/**
 * What each paid answer of an interval adds to the weight of a contribution, before the weight is cut off at 0:
 * amount · ⟨φ_S, ψ_r⟩, in the unit of the line's weight. The sum over all answers is the weight but for the rounding of q.
 *
 * @param rows - counted data rows of the contribution, 0 if it is retired
 * @param queries - the interval's, in the order of its receipts
 * @param exponent - of the report's q
 * @returns float64 [queries]; below 0 where the contribution spoke against the answer
 * @throws ScorerError `out-of-range` for the contribution, `bad-length` for queries of another model
 */
export function answerScores(
  index: InfluenceIndex,
  contribution: number,
  rows: number,
  queries: readonly PaidQuery[],
  exponent: number,
): Float64Array {
  const lanes = indexRow(index, contribution);
  if (!isScored(index.exponents[contribution]!, rows, index.exponentBound)) return new Float64Array(queries.length);
  const own = powerOfTwo(index.exponents[contribution]!);
  return Float64Array.from(queries, ({ amount, query }) => {
    assertLanes(index, query);
    return Number(amount) * innerProduct(lanes, query.lanes) * own * powerOfTwo(query.exponent - exponent);
  });
}

/**
 * What every contribution did for one answer: ⟨φ_S, ψ⟩, in a unit of no meaning beyond their comparison.
 *
 * @param rowCounts - counted data rows of every contribution, 0 for a retired one
 * @returns float64 [contributions]; below 0 where a contribution spoke against the answer
 * @throws ScorerError `bad-length`, `out-of-range`
 */
export function contributionScores(
  index: InfluenceIndex,
  rowCounts: readonly number[],
  query: QuantisedVector,
): Float64Array {
  assertRowCounts(rowCounts, index.size);
  assertLanes(index, query);
  return Float64Array.from(rowCounts, (rows, i) =>
    isScored(index.exponents[i]!, rows, index.exponentBound)
      ? innerProduct(indexRow(index, i), query.lanes) * powerOfTwo(index.exponents[i]!)
      : 0,
  );
}

function assertLanes(index: InfluenceIndex, { lanes }: QuantisedVector): void {
  if (lanes.length !== index.lanesPerRow) {
    throw new ScorerError(
      "bad-length",
      `the query has ${lanes.length} lanes, the index ${index.lanesPerRow}: they are not of the same model`,
    );
  }
}

/** Scores that speak for something, and those against it, each from the largest on. */
export interface Balance {
  readonly support: number;
  /** Above 0 */
  readonly harm: number;
  /** Places of the scores above 0, the largest first */
  readonly supporters: readonly number[];
  /** Places of the scores below 0, the most negative first */
  readonly opponents: readonly number[];
}

/** Splits scores by their sign. Of equals the one that stands first comes first. */
export function balanceOf(scores: Float64Array): Balance {
  let support = 0;
  let harm = 0;
  const supporters: number[] = [];
  const opponents: number[] = [];
  scores.forEach((score, i) => {
    if (score > 0) {
      support += score;
      supporters.push(i);
    } else if (score < 0) {
      harm -= score;
      opponents.push(i);
    }
  });
  supporters.sort((a, b) => scores[b]! - scores[a]! || a - b);
  opponents.sort((a, b) => scores[a]! - scores[b]! || a - b);
  return { support, harm, supporters, opponents };
}
