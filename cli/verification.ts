import { type ProposedStatement, readGame, readPostedWeights, recompute, type Suite } from "../client/index.ts";
import type { Statement, SumTree, WrongLine } from "../scorer/index.ts";
import { inspect } from "../services/watchtower.ts";
import { readStatedIndex } from "./chain.ts";
import type { Context } from "./context.ts";
import { writeOut } from "./edges/files.ts";
import { encodeEvidence } from "./evidence.ts";

/** What the recomputation of a statement found. */
export interface Verified {
  readonly right: boolean;
  /** Undefined when the weights aren't known. */
  readonly wrongLines: readonly WrongLine[] | undefined;
  /** Where evidence was written; undefined without any. */
  readonly evidence: string | undefined;
  readonly expected: SumTree;
}

/** The files that a statement is verified with. */
export interface VerifiedWith {
  /** Path of the published index. */
  readonly index: string;
  /** The statement's file, already checked against the chain; without it what the scorer posted on the chain. */
  readonly published: Statement | undefined;
  /** Where evidence is written. */
  readonly evidencePath: string;
}

/**
 * Recomputes every line of a statement, and writes evidence against it where one can be proved wrong.
 *
 * @throws ScorerError `root-mismatch`, ClientError `mismatch` when the index isn't the one that the statement names
 */
export async function verifyAgainst(
  context: Context,
  suite: Suite,
  proposed: ProposedStatement,
  { index, published, evidencePath }: VerifiedWith,
): Promise<Verified> {
  const committed = await readStatedIndex(proposed, index);
  const recomputed = await context.step("Recomputing every line", () => recompute(suite, proposed, committed));
  const weights = published?.lines.map(({ payable }) => payable) ?? (await readPostedWeights(suite, proposed));
  const { nodes } = await readGame(suite, proposed);
  const { right, wrongLines, evidence } = inspect(proposed, recomputed, weights, nodes);
  if (evidence !== undefined) {
    const { chainId, contracts } = suite.book;
    const content = encodeEvidence({
      chainId,
      attribution: contracts.attribution,
      statementHash: proposed.hash,
      statement: proposed.statement,
      line: evidence,
    });
    await writeOut(evidencePath, content, "the evidence");
    context.note(`Evidence against line ${evidence.index} is in ${evidencePath}`);
  }
  return {
    right,
    wrongLines,
    evidence: evidence === undefined ? undefined : evidencePath,
    expected: recomputed.right,
  };
}
