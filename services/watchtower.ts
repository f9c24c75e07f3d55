import { lineEvidence, modelOfStream, type ProposedStatement, readUsageReport, type Suite } from "../client/index.ts";
import { type Hex, type Statement, verifyIndex } from "../scorer/index.ts";
import type { LineEvidenceStruct } from "../typechain-types/attribution/ChallengeRegistry.ts";
import { computeStatement } from "./scorer.ts";

/** A line whose weight isn't what index and report give. */
export interface WrongLine {
  readonly index: number;
  readonly stated: bigint;
  readonly expected: bigint;
}

/** What a watchtower found out about a statement. */
export type Verdict =
  | { readonly right: true; readonly expected: Statement }
  | {
      readonly right: false;
      readonly expected: Statement;
      readonly wrongLines: readonly WrongLine[];
      /** What `refute` takes, for the first wrong line. */
      readonly evidence: LineEvidenceStruct;
    };

/**
 * Recomputes what a statement must say, from the published index and the report on the chain.
 *
 * @param indexFile - the published index file; it is checked against the root on the chain
 * @throws ScorerError `root-mismatch` when the index file isn't the committed one
 */
export async function recompute(suite: Suite, proposed: ProposedStatement, indexFile: Uint8Array): Promise<Statement> {
  const { payout, exponentBound } = proposed.statement;
  const indexRoot = String(proposed.statement.indexRoot) as Hex;
  // The bound stands beside the root on the chain, not under it.
  const index = { ...verifyIndex(indexFile, indexRoot), exponentBound: Number(exponentBound) };
  return computeStatement(suite, BigInt(payout.stream), Number(payout.interval), index, indexRoot, BigInt(payout.pool));
}

/** Lines in which two statements differ. */
export function compareLines(stated: Statement, expected: Statement): WrongLine[] {
  return expected.lines.flatMap(({ index, payable }) => {
    const given = stated.lines[index]?.payable ?? 0n;
    return given === payable ? [] : [{ index, stated: given, expected: payable }];
  });
}

/**
 * Recomputes a statement and, if it is wrong, makes the evidence that voids it in one transaction.
 *
 * @param published - the weights that the scorer published, already checked against the statement's root
 */
export async function inspect(
  suite: Suite,
  proposed: ProposedStatement,
  published: Statement,
  indexFile: Uint8Array,
): Promise<Verdict> {
  const expected = await recompute(suite, proposed, indexFile);
  const wrongLines = compareLines(published, expected);
  const [first] = wrongLines;
  if (first === undefined) return { right: true, expected };
  const report = await readUsageReport(suite, modelOfStream(expected.stream), expected.interval);
  const index = verifyIndex(indexFile, expected.indexRoot);
  return { right: false, expected, wrongLines, evidence: lineEvidence(published, index, report, first.index) };
}
