import {
  amounts,
  attributeContributions,
  buildIndex,
  intervalQuery,
  type Matrix,
  type PaidQuery,
  payableWeights,
  predict,
  quantiseQuery,
  queryVector,
  type RidgeModel,
  trainRidge,
  type TrainingRows,
} from "../../scorer/index.ts";
import { rowView } from "../../scorer/numeric/linalg.ts";
import { byWallet, type Market, trainingRows } from "./market.ts";

/** A query costs one dollar, in millionths. */
export const FEE = 1_000_000n;

/** A market with the head that is trained on it. */
export interface Trained {
  readonly market: Market;
  readonly rows: TrainingRows;
  readonly model: RidgeModel;
}

export function train(market: Market): Trained {
  const rows = trainingRows(market);
  const config = { kind: "class-balanced-ridge", version: 1, lambda: market.lambda } as const;
  return { market, rows, model: trainRidge(rows.features, rows.labels, market.classes, config) };
}

/** The class that the head answers to each query, [queries]. */
export function answers({ model }: Trained, queries: Matrix): number[] {
  return Array.from({ length: queries.rows }, (_, r) => predict(model.head, rowView(queries, r)).label);
}

/** Both sides of the inner products that a rule pays by, for one trained head. */
export interface Sides {
  /** φ of every contribution: [contributions × k] */
  readonly phi: Matrix;
  /** ψ of a query with its answer: float64 [k] */
  readonly psi: (x: Float64Array, answer: number) => Float64Array;
}

export type LinearRule = (trained: Trained) => Sides;

/** The sides of half-credited attribution: α = 0 is the hat matrix, 1 is influence. */
export function halfCreditedRule(alpha: number): LinearRule {
  return ({ model, rows }) => ({ phi: attributeContributions(model, rows, alpha), psi: whitenedQuery(model) });
}

export function whitenedQuery({ whitening, head }: RidgeModel): Sides["psi"] {
  return (x, answer) => queryVector(whitening, head.classes, x, answer);
}

/** Queries as their receipts state them. @param fees - of each, FEE by default */
export function paidQueries(trained: Trained, { psi }: Sides, queries: Matrix, fees?: readonly bigint[]): PaidQuery[] {
  return answers(trained, queries).map((answer, r) => ({
    amount: fees?.[r] ?? FEE,
    query: quantiseQuery(psi(rowView(queries, r), answer)),
  }));
}

/**
 * What one interval pays every contribution out of its influence pool: index, interval query, weights and amounts are
 * those of the chain, integers throughout.
 *
 * @returns in millionths of a dollar; all 0 where no weight is above 0
 */
export function payouts({ market }: Trained, { phi }: Sides, paid: readonly PaidQuery[]): bigint[] {
  const counts = market.contributions.map(({ rows }) => rows.length);
  const weights = payableWeights(buildIndex(phi, counts), counts, intervalQuery(paid).lanes);
  return amounts(
    weights,
    paid.reduce((sum, { amount }) => sum + amount, 0n),
  );
}

/** The part of an interval's pool that each wallet is paid, float64 [wallets]: 0 … 1. */
export function walletShares(trained: Trained, sides: Sides, paid: readonly PaidQuery[]): Float64Array {
  const paidOut = payouts(trained, sides, paid).map(Number);
  const total = paidOut.reduce((sum, amount) => sum + amount, 0);
  return byWallet(trained.market, paidOut).map((amount) => (total === 0 ? 0 : amount / total));
}
