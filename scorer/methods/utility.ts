import { assertInteger } from "../core/integers.ts";

/**
 * The value of a model that was trained on some groups of rows only.
 *
 * @param included - 1 for each group that is in, 0 for each that is not, uint8 [groups]; the caller's, and changed by it
 * after the call
 */
export type Utility = (included: Uint8Array) => number;

/** What a value is estimated to be, from draws. */
export interface Estimate {
  /** float64 [groups] */
  readonly values: Float64Array;
  /** Standard error of each value, float64 [groups] */
  readonly standardErrors: Float64Array;
}

/** @throws ScorerError `out-of-range` */
export function assertGroups(groups: number): number {
  return assertInteger(groups, 1, 2 ** 24, "the number of groups");
}
