import { type Hex, toHex } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import { parentNode, readNodes, sameNode } from "../core/sumNode.ts";
import { type SumNode, SumTree, verifySumProof } from "../core/sumTree.ts";
import { type ChallengedNode, levelsShown, type NodePlace, placeKey, type StatedTree } from "./game.ts";

/** A line that stands in a statement's tree with another weight than index and report give. */
export interface WrongLine {
  readonly index: number;
  readonly stated: bigint;
  readonly expected: bigint;
}

/**
 * What can be known of the tree that a statement's root stands for: all of it from the weights, if they hash to the
 * root, else the nodes that answers have shown. What stands below a node that is right is right too, because hashes
 * leave no other choice.
 */
export class KnownTree {
  readonly #stated: StatedTree;
  readonly #right: SumTree;
  readonly #complete: SumTree | undefined;
  /** By place; always with the root. */
  readonly #nodes = new Map<string, NodePlace & { readonly node: SumNode }>();

  /**
   * @param right - the tree of the right weights
   * @param weights - what the scorer published or posted; weights that don't hash to the root count as withheld
   * @param challenged - nodes with their answers
   * @throws ScorerError `bad-length` when the right tree has another number of lines than the statement or an answer
   * another number of nodes, `root-mismatch` when an answer doesn't add up to the node that it opens: no chain takes
   * such an answer
   */
  constructor(
    stated: StatedTree,
    right: SumTree,
    weights: readonly bigint[] | undefined,
    challenged: readonly ChallengedNode[],
  ) {
    if (right.size !== stated.lines) {
      throw new ScorerError("bad-length", `the index has ${right.size} rows, the statement ${stated.lines} lines`);
    }
    this.#stated = stated;
    this.#right = right;
    this.#complete = weights === undefined ? undefined : treeOf(stated, weights);
    const [root] = readNodes(`${stated.root}${stated.total.toString(16).padStart(36, "0")}`, 1, "root and total");
    this.#add({ level: right.depth, position: 0 }, root!);
    if (this.#complete !== undefined) return;
    for (const node of challenged.toSorted((a, b) => b.level - a.level)) this.#open(node);
  }

  /** Whether every weight is known. */
  get complete(): boolean {
    return this.#complete !== undefined;
  }

  /** The node at a place, if it is known. */
  node({ level, position }: NodePlace): SumNode | undefined {
    if (this.#complete !== undefined) return this.#complete.node(level, position);
    if (position * 2 ** level >= this.#stated.lines) return this.#right.node(level, position);
    const place = { level, position };
    for (let known; place.level <= this.#right.depth; place.level++, place.position >>= 1) {
      known = this.#nodes.get(placeKey(place))?.node;
      if (known === undefined) continue;
      if (place.level === level) return known;
      return sameNode(known, this.#right.node(place.level, place.position))
        ? this.#right.node(level, position)
        : undefined;
    }
    return undefined;
  }

  /** Whether the node at a place is known, and another one than it should be. */
  differs(place: NodePlace): boolean {
    const node = this.node(place);
    return node !== undefined && !sameNode(node, this.#right.node(place.level, place.position));
  }

  /** Nodes that answers have shown, and the root, that are others than they should be. */
  differing(): NodePlace[] {
    return [...this.#nodes.values()]
      .filter((place) => this.differs(place))
      .map(({ level, position }) => ({ level, position }));
  }

  /** The wrong lines that can be proved to stand in the tree. */
  wrongLines(): WrongLine[] {
    const indexes =
      this.#complete === undefined
        ? this.differing().flatMap(({ level, position }) => (level === 0 ? [position] : []))
        : Array.from({ length: this.#stated.lines }, (_, index) => index);
    return indexes
      .toSorted((a, b) => a - b)
      .flatMap((index) => {
        const stated = this.node({ level: 0, position: index })!.sum;
        const expected = this.#right.node(0, index).sum;
        return stated === expected || (!this.complete && this.proofOf(index) === undefined)
          ? []
          : [{ index, stated, expected }];
      });
  }

  /** The proof of a line, if all its siblings are known and its hash is that of its weight. */
  proofOf(index: number): Hex | undefined {
    if (this.#complete !== undefined) return this.#complete.proof(index);
    const line = this.node({ level: 0, position: index });
    if (line === undefined) return undefined;
    let proof: Hex = "0x";
    for (let level = 0; level < this.#right.depth; level++) {
      const sibling = this.node({ level, position: (index >> level) ^ 1 });
      if (sibling === undefined) return undefined;
      proof = `${proof}${toHex(sibling.hash).slice(2)}${sibling.sum.toString(16).padStart(36, "0")}`;
    }
    const { root, total, lines } = this.#stated;
    try {
      verifySumProof(root, total, lines, index, line.sum, proof);
      return proof;
    } catch (error) {
      if (error instanceof ScorerError && error.code === "root-mismatch") return undefined;
      throw error;
    }
  }

  #add(place: NodePlace, node: SumNode): void {
    const before = this.#nodes.get(placeKey(place))?.node;
    if (before !== undefined && !sameNode(before, node)) {
      throw new ScorerError(
        "root-mismatch",
        `answers show two nodes at position ${place.position} of level ${place.level}: read them from another node of the chain`,
      );
    }
    this.#nodes.set(placeKey(place), { ...place, node });
  }

  /** Takes in what an answer shows, and all nodes between. */
  #open({ level, position, answer }: ChallengedNode): void {
    if (answer?.shown === undefined) return;
    const generations = levelsShown(level);
    let nodes = readNodes(
      answer.shown,
      2 ** generations,
      `the nodes shown below position ${position} of level ${level}`,
    );
    let below = level - generations;
    for (;;) {
      const first = position * 2 ** (level - below);
      nodes.forEach((node, i) => {
        const place = { level: below, position: first + i };
        if (place.position * 2 ** below < this.#stated.lines) this.#add(place, node);
      });
      if (below === level) return;
      const shown = nodes;
      nodes = Array.from({ length: shown.length / 2 }, (_, i) => {
        const [left, right] = [shown[2 * i]!, shown[2 * i + 1]!];
        // A node that covers no line is empty on every level, not the hash of two empty ones.
        return (first + 2 * i) * 2 ** below < this.#stated.lines ? parentNode(left, right) : left;
      });
      below++;
    }
  }
}

/** The tree of these weights, if it is the stated one. */
function treeOf({ root, total, lines }: StatedTree, weights: readonly bigint[]): SumTree | undefined {
  if (weights.length !== lines) return undefined;
  try {
    const tree = new SumTree(weights);
    return tree.root === root.toLowerCase() && tree.total === total ? tree : undefined;
  } catch (error) {
    if (error instanceof ScorerError && error.code === "out-of-range") return undefined;
    throw error;
  }
}
