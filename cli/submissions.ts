import type { Suite } from "../client/index.ts";
import type { Hex } from "../scorer/index.ts";
import { SUBMISSION_STATES, wordOf } from "./words.ts";

/** A contribution as it stands on the chain. */
export interface Submission {
  readonly contributor: string;
  readonly root: Hex;
  readonly uri: string;
  readonly status: (typeof SUBMISSION_STATES)[number] | "unknown";
  /** Rows that it declares. */
  readonly rows: bigint;
  readonly submittedAt: bigint;
  readonly opened: boolean;
  readonly deposit: bigint;
}

/** What names a submission in commands: `CONTRIBUTOR/ROOT`. */
export function nameOf({ contributor, root }: Pick<Submission, "contributor" | "root">): string {
  return `${contributor}/${root}`;
}

/**
 * The pending and accepted contributions of a dataset by the time of their roots: block, then place in it. A root commits
 * to its rows before anybody can see them.
 */
export async function readSubmissions({ datasets, book }: Suite, dataset: bigint): Promise<Submission[]> {
  const from = book.fromBlock;
  const [submitted, rejected, withdrawn] = await Promise.all([
    datasets.queryFilter(datasets.filters.ContributionSubmitted(dataset), from),
    datasets.queryFilter(datasets.filters.ContributionRejected(dataset), from),
    datasets.queryFilter(datasets.filters.ContributionWithdrawn(dataset), from),
  ]);
  const over = new Set([...rejected, ...withdrawn].map(({ args }) => `${args.contributor}/${args.root}`));
  return Promise.all(
    submitted
      .filter(({ args }) => !over.has(`${args.contributor}/${args.root}`))
      .sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index)
      .map(async ({ args: { contributor, root, uri } }): Promise<Submission> => {
        const [status, rows, submittedAt, , opened, deposit] = await datasets.submissionOf(dataset, contributor, root);
        return {
          contributor,
          root: root as Hex,
          uri,
          status: wordOf(SUBMISSION_STATES, status),
          rows,
          submittedAt,
          opened,
          deposit,
        };
      }),
  );
}
