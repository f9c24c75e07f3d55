import { readGame, statedTree } from "../../../client/challenges.ts";
import { ClientError } from "../../../client/clientError.ts";
import type { Challenge, Statement } from "../../../client/indexApi/index.ts";
import { type Recomputed, recompute, statedIndex } from "../../../client/recompute.ts";
import { evidenceOf, type ProposedStatement, readStatements } from "../../../client/statements.ts";
import { modelOfStream } from "../../../client/streams.ts";
import type { Suite } from "../../../client/suite.ts";
import { readUsageReport } from "../../../client/usage.ts";
import { levelsShown } from "../../../scorer/audit/game.ts";
import { KnownTree } from "../../../scorer/audit/knownTree.ts";
import { lineProof } from "../../../scorer/audit/lineProof.ts";
import type { LineEvidenceStruct } from "../../../typechain-types/attribution/ChallengeRegistry.ts";
import { type FileSources, indexFileOf } from "../../data/statedFiles.ts";
import { nodesBelow } from "./nodes.ts";

/** A statement on the chain, and what it must say. */
export interface RecomputedStatement {
  readonly suite: Suite;
  readonly proposed: ProposedStatement;
  readonly recomputed: Recomputed;
}

/** A node that an answer has shown, and that isn't what index and report give. */
export interface WrongNode {
  readonly position: number;
  readonly claimed: bigint;
  readonly expected: bigint;
  /** Whether somebody has challenged it already. */
  readonly challenged: boolean;
  /** What refutes it, where it is a line that can be proved wrong at once. */
  readonly evidence: LineEvidenceStruct | undefined;
}

/**
 * Recomputes all weights of a statement from the index that it names, and from the report and the registry on the chain.
 *
 * @throws ClientError `mismatch` when the node doesn't know the statement, `file-missing`, `bad-input` for an index that
 * is too large; ScorerError `root-mismatch` when the file isn't the committed index
 */
export async function recomputeStatement(
  suite: Suite,
  sources: FileSources,
  statement: Statement,
): Promise<RecomputedStatement> {
  const { hash, stream, interval } = statement;
  const proposed = (await readStatements(suite, BigInt(stream), interval)).find((one) => one.hash === hash);
  if (proposed === undefined) {
    throw new ClientError("mismatch", `the node has no statement ${hash}: index and node are of different chains`);
  }
  const { q } = await readUsageReport(suite, modelOfStream(BigInt(stream)), interval);
  const committed = statedIndex(proposed, await indexFileOf(sources, statement, (q.length - 2) / 4));
  return { suite, proposed, recomputed: await recompute(suite, proposed, committed) };
}

/**
 * The wrong nodes among those that the answer to a challenge has shown, as the chain's events have them; from the left.
 * What stands below a node that is right is right too, so a wrong statement has one at least.
 */
export async function wrongNodes(
  { suite, proposed, recomputed }: RecomputedStatement,
  challenge: Pick<Challenge, "level" | "position">,
): Promise<readonly WrongNode[]> {
  const { right, committed, report } = recomputed;
  const stated = statedTree(proposed);
  const { nodes } = await readGame(suite, proposed);
  const known = new KnownTree(stated, right, undefined, nodes);
  const { level, first, last } = nodesBelow(challenge, stated.lines, levelsShown(challenge.level));
  const places = Array.from({ length: last - first + 1 }, (_, i) => ({ level, position: first + i }));
  return places.flatMap((place): WrongNode[] => {
    const node = known.differs(place) ? known.node(place) : undefined;
    if (node === undefined) return [];
    const { position } = place;
    const proof = level === 0 ? known.proofOf(position) : undefined;
    return [
      {
        position,
        claimed: node.sum,
        expected: right.node(level, position).sum,
        challenged: nodes.some((other) => other.level === level && other.position === position),
        evidence:
          proof === undefined || node.sum === right.node(level, position).sum
            ? undefined
            : evidenceOf(lineProof(committed, position, node.sum, proof), report),
      },
    ];
  });
}
