import { mean, standardDeviation } from "../../scorer/index.ts";

/** Where a measurement is: what is being done, and how much of it. */
export type Show = (what: string, done: number, of: number) => void;

/** One figure over runs that differ in their seed. */
export interface Spread {
  readonly mean: number;
  /** Of the runs, with n − 1 in the denominator; 0 for a single run */
  readonly deviation: number;
  readonly runs: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { mean: mean(values), deviation: values.length > 1 ? standardDeviation(values) : 0, runs: values.length };
}

/** Figures by name, from runs that all have the same names. */
export function spreads<Name extends string>(runs: readonly Readonly<Record<Name, number>>[]): Record<Name, Spread> {
  const names = Object.keys(runs[0] ?? {}) as Name[];
  return Object.fromEntries(names.map((name) => [name, spreadOf(runs.map((run) => run[name]))])) as Record<
    Name,
    Spread
  >;
}
