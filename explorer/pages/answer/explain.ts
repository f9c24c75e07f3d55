import { ClientError } from "../../../client/clientError.ts";
import { type Contribution, itemsOf, type Stream } from "../../../client/indexApi/index.ts";
import { type Balance, balanceOf, contributionScores } from "../../../scorer/audit/explanation.ts";
import { verifyIndex } from "../../../scorer/core/influenceIndex.ts";
import type { QuantisedVector } from "../../../scorer/core/vector.ts";
import { publishedFile } from "../../data/files.ts";
import type { Sources } from "./receipt.ts";

/** What contributions of one stream did for an answer. */
export interface Explanation extends Balance {
  readonly stream: Stream;
  /** float64, one for each place. */
  readonly scores: Float64Array;
  /** The contribution at each place of the version. */
  readonly contributions: readonly Contribution[];
}

/** Contributions that a page scores. */
const MOST = 20_000;
const AT_ONCE = 1_000;

/**
 * What every contribution did for one answer: the inner products of the committed rows with the answer's query vector.
 *
 * @throws ClientError `file-missing` without the index, `bad-input` beyond what a page should fetch; ScorerError
 * `root-mismatch` when the file isn't the committed index
 */
export async function explainAnswer(
  { api, config, suite }: Sources,
  stream: Stream,
  query: QuantisedVector,
): Promise<Explanation> {
  const { root, exponentBound } = await suite.indexes.indexOf(stream.id);
  const file = await publishedFile(api, config, `index/${root}`, stream.index?.uri);
  const { index } = verifyIndex(file, root as `0x${string}`);
  if (index.size > MOST) {
    throw new ClientError(
      "bad-input",
      `${index.size} contributions are too many for a page: use tributary explain receipt`,
    );
  }
  const contributions: Contribution[] = [];
  const accepted = itemsOf((paging) => api.contributions(stream.dataset, { status: "accepted", ...paging }), {
    limit: AT_ONCE,
  });
  for await (const contribution of accepted) {
    const { position } = contribution;
    if (position !== null && position < index.size) contributions[position] = contribution;
  }
  const rows = contributions.map(({ counted, retiredFrom }) =>
    retiredFrom !== null && retiredFrom <= stream.version ? 0 : (counted ?? 0),
  );
  const scores = contributionScores({ ...index, exponentBound: Number(exponentBound) }, rows, query);
  return { stream, scores, contributions, ...balanceOf(scores) };
}
