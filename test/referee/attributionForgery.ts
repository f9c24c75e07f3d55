import { ceilLog2 } from "../support/formats.ts";
import type { Random } from "../support/random.ts";
import { type Lie, type WeightNode, WeightTree, widthOf } from "./attributionTrees.ts";

/** What a dishonest scorer proposes: root and total, and the tree that it has to show for them. */
export interface Forgery {
  readonly tree: WeightTree;
  readonly top: WeightNode;
}

/** Highest total that a statement can hold. */
const MOST = 2n ** 144n - 1n;

function fromTree(tree: WeightTree): Forgery {
  return { tree, top: tree.root };
}

function wrongWeights(random: Random, right: WeightTree): Forgery {
  const weights = [...right.weights];
  for (let left = random.integer(1, 3); left > 0; left--) {
    const line = random.integer(0, weights.length - 1);
    const weight = weights[line] ?? 0n;
    weights[line] = random.pick([weight + 1n, weight > 0n ? weight - 1n : 1n, 0n, 2n * weight, random.bits(90)]);
  }
  return fromTree(new WeightTree(weights));
}

/** An inner node, the root perhaps, whose sum or hash isn't that of its children. */
function inconsistentNode(random: Random, right: WeightTree): Forgery {
  const level = random.integer(0, right.depth);
  const position = random.integer(0, widthOf(right.weights.length, level) - 1);
  const { hash, sum } = right.at(level, position);
  const node = random.pick<WeightNode>([
    { hash, sum: sum + 1n },
    { hash, sum: sum / 2n },
    { hash: random.hex(32), sum },
  ]);
  return fromTree(new WeightTree(right.weights, [{ level, position, node }]));
}

/** Weight behind the last line. */
function filledPadding(random: Random, right: WeightTree): Forgery {
  const lines = right.weights.length;
  const lies: Lie[] = [];
  for (let level = 0; level < right.depth; level++) {
    const padding = 2 ** (right.depth - level) - widthOf(lines, level);
    if (padding === 0) continue;
    const position = widthOf(lines, level) + random.integer(0, padding - 1);
    lies.push({ level, position, node: { hash: random.hex(32), sum: random.bits(40) } });
  }
  return lies.length === 0
    ? inconsistentNode(random, right)
    : fromTree(new WeightTree(right.weights, [random.pick(lies)]));
}

/** A tree over more or fewer lines than there are. */
function wrongDepth(random: Random, right: WeightTree): Forgery {
  const lines = right.weights.length;
  const other = random.chance(0.5) ? 2 ** ceilLog2(lines) + 1 : Math.max(1, Math.floor(lines / 2));
  return fromTree(new WeightTree(Array.from({ length: other }, (_, i) => right.weights[i] ?? 0n)));
}

/** A root that belongs to no tree. */
function withheld(random: Random, right: WeightTree): Forgery {
  return { tree: right, top: { hash: random.hex(32), sum: random.chance(0.5) ? right.root.sum : random.bits(100) } };
}

/** A wrong tree of one of several kinds. By chance, or for want of anything to change, it may turn out right. */
export function forge(random: Random, right: WeightTree): Forgery {
  const kinds = [wrongWeights, wrongWeights, inconsistentNode, inconsistentNode, filledPadding, wrongDepth, withheld];
  const { tree, top } = random.pick(kinds)(random, right);
  return { tree, top: { hash: top.hash, sum: top.sum > MOST ? MOST : top.sum } };
}
