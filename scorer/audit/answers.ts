import type { Hex } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import type { VerifiedIndex } from "../core/influenceIndex.ts";
import type { SumTree } from "../core/sumTree.ts";
import { type Game, isOpen, levelsShown, type StatedTree } from "./game.ts";
import { type LineProof, lineProof } from "./lineProof.ts";

/** The answer to an open challenge: what `open` takes for a node, what `defend` takes for a line. */
export type Answer =
  | {
      readonly kind: "open";
      readonly level: number;
      readonly position: number;
      /** The node's descendants min(8, level) levels below, 50 bytes each */
      readonly nodes: Hex;
      /** From the node to the root, 50 bytes each */
      readonly proof: Hex;
      /** Before when it must be given, in seconds */
      readonly deadline: number;
    }
  | { readonly kind: "defend"; readonly line: LineProof; readonly deadline: number };

/**
 * The answers to all open challenges of a live statement that can still be answered, the most urgent first.
 *
 * @param tree - the scorer's tree
 * @param committed - the index that the statement names
 * @throws ScorerError `root-mismatch` when the tree isn't the stated one: the chain would take none of its answers
 */
export function answersDue(game: Game, stated: StatedTree, tree: SumTree, committed: VerifiedIndex): Answer[] {
  if (tree.root !== stated.root.toLowerCase() || tree.total !== stated.total) {
    throw new ScorerError("root-mismatch", "the weights aren't those of the statement: answer with the published ones");
  }
  if (game.status !== "live") return [];
  return game.nodes
    .filter((node) => isOpen(node) && game.now < node.deadline)
    .toSorted((a, b) => a.deadline - b.deadline)
    .map(({ level, position, deadline }): Answer => {
      if (level === 0) {
        const weight = tree.node(0, position).sum;
        return { kind: "defend", line: lineProof(committed, position, weight, tree.proof(position)), deadline };
      }
      const nodes = tree.descendants(level, position, levelsShown(level));
      return { kind: "open", level, position, nodes, proof: tree.proof(position, level), deadline };
    });
}
