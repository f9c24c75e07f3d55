import type { PublishedReceipt } from "../client/index.ts";
import { matrix, queriesOf, removalEffect } from "../scorer/index.ts";
import type { Context } from "./context.ts";
import type { Trained } from "./model.ts";
import { count } from "./style.ts";

/** What the paid answers of an interval would be without a contribution, as `--json` gives it. */
export type Removal = {
  /** Rows that are left out */
  readonly rows: number;
  readonly answers: number;
  /** Margins of the answers, added up: the centred output of the class that was answered */
  readonly margin: number;
  /** What they lose of it; below 0 where answers would be surer */
  readonly lost: number;
  /** Answers that would be others */
  readonly changed: number;
};

/**
 * Trains again without the rows of a contribution and asks the interval's queries again.
 *
 * @throws ScorerError `inconsistent` when the queries aren't of this model
 */
export async function withoutContribution(
  context: Context,
  { model, data }: Trained,
  answers: readonly PublishedReceipt[],
  contribution: number,
): Promise<Removal> {
  const left = data.rows.flatMap((row, i) => (row.contribution === contribution ? [i] : []));
  return context.step(`Training again without ${count(left.length, "row")}`, () => {
    if (answers.length === 0) return { rows: left.length, answers: 0, margin: 0, lost: 0, changed: 0 };
    const lanes = answers.map(({ query }) => Float64Array.from(query.lanes, (lane) => lane * 2 ** query.exponent));
    const psi = new Float64Array(answers.length * model.lanes);
    lanes.forEach((vector, r) => psi.set(vector.subarray(0, model.lanes), r * model.lanes));
    const queries = queriesOf(model, matrix(answers.length, model.lanes, psi));
    const { margins, without, changed } = removalEffect(model, data, left, queries);
    const margin = sum(margins);
    return { rows: left.length, answers: answers.length, margin, lost: margin - sum(without), changed: changed.length };
  });
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
