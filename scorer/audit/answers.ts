import type { Hex } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import type { VerifiedIndex } from "../core/influenceIndex.ts";
import type { SumTree } from "../core/sumTree.ts";
import { type ChallengedNode, type Game, isOpen, levelsShown, type StatedTree } from "./game.ts";
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

/** An answer of one kind. */
export type Opening = Answer & { readonly kind: "open" };
export type Defence = Answer & { readonly kind: "defend" };

/**
 * The answers to all open challenges of a live statement that can still be answered, the most urgent first.
 *
 * @param tree - the scorer's tree
 * @param committed - the index that the statement names
 * @throws ScorerError `root-mismatch` when the tree isn't the stated one: the chain would take none of its answers
 */
export function answersDue(game: Game, stated: StatedTree, tree: SumTree, committed: VerifiedIndex): Answer[] {
  const answers: Answer[] = [...openingsDue(game, stated, tree), ...defencesDue(game, stated, tree, committed)];
  return answers.toSorted(byDeadline);
}

/**
 * The answers to the open challenges of nodes above the lines, which take the scorer's tree alone; the most urgent first.
 *
 * @throws ScorerError `root-mismatch` as `answersDue`
 */
export function openingsDue(game: Game, stated: StatedTree, tree: SumTree): Opening[] {
  return waiting(game, stated, tree)
    .filter(({ level }) => level > 0)
    .map(({ level, position, deadline }) => {
      const nodes = tree.descendants(level, position, levelsShown(level));
      return { kind: "open", level, position, nodes, proof: tree.proof(position, level), deadline };
    });
}

/**
 * The answers to the open challenges of lines, the most urgent first.
 *
 * @throws ScorerError `root-mismatch` as `answersDue`
 */
export function defencesDue(game: Game, stated: StatedTree, tree: SumTree, committed: VerifiedIndex): Defence[] {
  return waiting(game, stated, tree)
    .filter(({ level }) => level === 0)
    .map(({ position, deadline }) => {
      const weight = tree.node(0, position).sum;
      return { kind: "defend", line: lineProof(committed, position, weight, tree.proof(position)), deadline };
    });
}

/** Open challenges that can still be answered, the most urgent first. */
function waiting(game: Game, stated: StatedTree, tree: SumTree): ChallengedNode[] {
  if (tree.root !== stated.root.toLowerCase() || tree.total !== stated.total) {
    throw new ScorerError("root-mismatch", "the weights aren't those of the statement: answer with the published ones");
  }
  if (game.status !== "live") return [];
  return game.nodes.filter((node) => isOpen(node) && game.now < node.deadline).toSorted(byDeadline);
}

function byDeadline(a: { readonly deadline: number }, b: { readonly deadline: number }): number {
  return a.deadline - b.deadline;
}
