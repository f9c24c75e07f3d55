import {
  type Hex,
  payables,
  SumTree,
  unpackQ,
  type UsageReport,
  type VerifiedIndex,
  verifyIndex,
} from "../scorer/index.ts";
import { type ProposedStatement, reportQuery } from "./statements.ts";
import { modelOfStream, readMembers } from "./streams.ts";
import type { Suite } from "./suite.ts";
import { readUsageReport } from "./usage.ts";

/** What a statement must say, with all that proves it. */
export interface Recomputed {
  /** The tree of the right weights */
  readonly right: SumTree;
  readonly committed: VerifiedIndex;
  readonly report: UsageReport;
}

/**
 * The index that a statement names, of a published file.
 *
 * @throws ScorerError `root-mismatch` when the index file isn't the committed one
 */
export function statedIndex({ statement }: ProposedStatement, indexFile: Uint8Array): VerifiedIndex {
  const { index, tree } = verifyIndex(indexFile, String(statement.indexRoot) as Hex);
  // The bound stands beside the root on the chain, not under it.
  return { index: { ...index, exponentBound: Number(statement.exponentBound) }, tree };
}

/**
 * Recomputes the weights of a statement, from the index that it names and from the report and the registries on the
 * chain.
 */
export async function recompute(
  suite: Suite,
  { statement: { payout } }: ProposedStatement,
  committed: VerifiedIndex,
): Promise<Recomputed> {
  const stream = BigInt(payout.stream);
  const [report, { rowCounts }] = await Promise.all([
    readUsageReport(suite, modelOfStream(stream), Number(payout.interval)),
    readMembers(suite, stream),
  ]);
  const right = new SumTree(payables(committed.index, rowCounts, unpackQ(reportQuery(report))));
  return { right, committed, report };
}
