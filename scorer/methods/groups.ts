import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { type Matrix, matrix } from "../numeric/linalg.ts";

/** Which rows belong together, and would be left out together. */
export interface Grouping {
  /** The group of each row, 0 … groups − 1; −1 for none, [n] */
  readonly groupOf: ArrayLike<number>;
  /** Number of groups */
  readonly groups: number;
}

/**
 * The rows of each group, in ascending order.
 *
 * @throws ScorerError `bad-length` unless there is one group for each of `rows` rows, `out-of-range` for a group
 */
export function rowsOfGroups({ groupOf, groups }: Grouping, rows: number): number[][] {
  if (groupOf.length !== rows) {
    throw new ScorerError("bad-length", `${groupOf.length} groups for ${rows} rows: give one for each, or −1`);
  }
  assertInteger(groups, 1, Number.MAX_SAFE_INTEGER, "the number of groups");
  const members = Array.from({ length: groups }, (): number[] => []);
  for (let i = 0; i < rows; i++) {
    const group = assertInteger(groupOf[i]!, -1, groups - 1, `the group of row ${i}`);
    if (group >= 0) members[group]!.push(i);
  }
  return members;
}

/**
 * Every query's scores, summed over the rows of each group.
 *
 * @param scores - [queries × rows]
 * @returns float64, row-major [queries × groups]
 * @throws ScorerError `bad-length`, `out-of-range`
 */
export function sumByGroup(scores: Matrix, grouping: Grouping): Matrix {
  const members = rowsOfGroups(grouping, scores.columns);
  const sums = new Float64Array(scores.rows * members.length);
  for (let r = 0; r < scores.rows; r++) {
    members.forEach((rows, group) => {
      let sum = 0;
      for (const i of rows) sum += scores.data[r * scores.columns + i]!;
      sums[r * members.length + group] = sum;
    });
  }
  return matrix(scores.rows, members.length, sums);
}

/** Sums over the queries: of [queries × k], float64 [k]. */
export function sumOverQueries({ rows, columns, data }: Matrix): Float64Array {
  const sums = new Float64Array(columns);
  for (let r = 0; r < rows; r++) for (let i = 0; i < columns; i++) sums[i]! += data[r * columns + i]!;
  return sums;
}
