import { type LabelledRows, type Matrix, type TrainingRows, unitFeatures } from "../../scorer/index.ts";
import type { RowContent } from "../../metadata/index.ts";

/** A row as somebody contributes it. */
export interface Row {
  /** What the encoder makes of it, before the row is normalised: float64 [d − 1] */
  readonly features: Float64Array;
  readonly label: number;
  /** What intake compares */
  readonly content: RowContent;
}

export interface Contribution {
  readonly wallet: number;
  readonly rows: readonly Row[];
}

/** Everything that a model is trained on, by whom. */
export interface Market {
  readonly classes: number;
  /** λ of the head */
  readonly lambda: number;
  /** Wallets are 0 … wallets − 1 */
  readonly wallets: number;
  readonly contributions: readonly Contribution[];
}

/** Rows of a contribution, as long as there are so many. */
export const CONTRIBUTION_ROWS = 20;

/** A wallet's rows in contributions of some rows each. */
export function contributionsOf(wallet: number, rows: readonly Row[], size = CONTRIBUTION_ROWS): Contribution[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => ({
    wallet,
    rows: rows.slice(i * size, (i + 1) * size),
  }));
}

/** The features of rows as the payout rule takes them, [n × d], with their labels. */
export function labelledRows(rows: readonly Row[]): LabelledRows {
  return {
    features: unitFeatures(stacked(rows.map(({ features }) => features))),
    labels: rows.map((row) => row.label),
  };
}

/** The rows of all contributions, in order. */
export function trainingRows({ contributions }: Market): TrainingRows {
  return {
    ...labelledRows(contributions.flatMap(({ rows }) => rows)),
    contributionOf: contributions.flatMap(({ rows }, contribution) => rows.map(() => contribution)),
    contributions: contributions.length,
  };
}

/** Sums over the contributions of each wallet, float64 [wallets]. */
export function byWallet({ contributions, wallets }: Market, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(wallets);
  contributions.forEach(({ wallet }, i) => (sums[wallet]! += values[i]!));
  return sums;
}

/** Vectors of one length as the rows of a matrix. */
export function stacked(vectors: readonly Float64Array[]): Matrix {
  const columns = vectors[0]?.length ?? 0;
  const data = new Float64Array(vectors.length * columns);
  vectors.forEach((vector, i) => data.set(vector, i * columns));
  return { rows: vectors.length, columns, data };
}
