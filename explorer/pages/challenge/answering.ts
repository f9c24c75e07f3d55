import type { Challenge, Statement } from "../../../client/indexApi/index.ts";
import { evidenceOf, statementStruct } from "../../../client/statements.ts";
import type { Suite } from "../../../client/suite.ts";
import { levelsShown } from "../../../scorer/audit/game.ts";
import { lineProof } from "../../../scorer/audit/lineProof.ts";
import type { SumTree } from "../../../scorer/core/sumTree.ts";
import type { LineEvidenceStruct } from "../../../typechain-types/attribution/ChallengeRegistry.ts";
import { type FileSources, weightTreeOf } from "../../data/statedFiles.ts";
import type { Action } from "../../wallet/action.ts";
import { nodesBelow } from "./nodes.ts";
import { recomputeStatement } from "./recomputed.ts";

type Place = Pick<Challenge, "level" | "position">;

/** What answers a challenge, from the published files. */
export type PreparedAnswer =
  | {
      readonly kind: "open";
      /** The nodes that are shown, those that cover a line. */
      readonly shown: readonly { readonly position: number; readonly sum: bigint }[];
      readonly level: number;
      readonly tree: SumTree;
    }
  | {
      readonly kind: "defend";
      readonly weight: bigint;
      /** What index and report give: the chain refuses to let another weight be defended. */
      readonly expected: bigint;
      readonly evidence: LineEvidenceStruct;
    };

/**
 * Prepares the answer to a challenged node: what is below it, or the proof of the line. Anybody may give it.
 *
 * @throws ClientError `file-missing` without the weights or, for a line, the index; `mismatch` when they aren't the
 * statement's
 */
export async function prepareAnswer(
  suite: Suite,
  sources: FileSources,
  statement: Statement,
  place: Place,
): Promise<PreparedAnswer> {
  const tree = await weightTreeOf(sources, statement);
  if (place.level > 0) {
    const { level, first, last } = nodesBelow(place, statement.lines, levelsShown(place.level));
    const shown = Array.from({ length: last - first + 1 }, (_, i) => ({
      position: first + i,
      sum: tree.node(level, first + i).sum,
    }));
    return { kind: "open", shown, level, tree };
  }
  const { right, committed, report } = (await recomputeStatement(suite, sources, statement)).recomputed;
  const weight = tree.node(0, place.position).sum;
  return {
    kind: "defend",
    weight,
    expected: right.node(0, place.position).sum,
    evidence: evidenceOf(lineProof(committed, place.position, weight, tree.proof(place.position)), report),
  };
}

/**
 * Answers a challenged node.
 *
 * @param prepared - undefined while it isn't known: there is nothing to send then
 */
export function answerAction(
  statement: Statement,
  { level, position }: Place,
  prepared: PreparedAnswer | undefined,
): Action {
  return {
    title: level === 0 ? "Defend the line" : "Open the node",
    meaning:
      level === 0
        ? "Proves on the chain that the line’s weight follows from its row and the report. If the statement stands, a part of the challenger’s bond is yours."
        : "Shows the nodes below from the published weights. If the statement stands, a part of the challenger’s bond is yours.",
    prepare: async ({ suite }) => {
      if (prepared === undefined) return [];
      const struct = statementStruct(statement);
      if (prepared.kind === "defend") {
        const transaction = await suite.challenges.defend.populateTransaction(struct, prepared.evidence);
        return [{ doing: "defending the line", transaction }];
      }
      const nodes = prepared.tree.descendants(level, position, levelsShown(level));
      const proof = prepared.tree.proof(position, level);
      const transaction = await suite.challenges.open.populateTransaction(struct, level, position, nodes, proof);
      return [{ doing: "opening the node", transaction }];
    },
  };
}
