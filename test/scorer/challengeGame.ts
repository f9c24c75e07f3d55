import {
  type Answer,
  ceilLog2,
  type ChallengedNode,
  type Game,
  type Hex,
  type LineProof,
  type NodePlace,
  type StatedTree,
  type Step,
  type SumTree,
  toHex,
} from "../../scorer/index.ts";
import { abiDoubleHash, abiHash, naiveShownNode } from "./support.ts";

type Node = readonly [hash: Hex, sum: bigint];

const EMPTY: Node = [`0x${"00".repeat(32)}`, 0n];

function parent([leftHash, leftSum]: Node, [rightHash, rightSum]: Node): Node {
  const words = ["bytes32", "uint256", "bytes32", "uint256"];
  return [abiHash(words, [leftHash, leftSum, rightHash, rightSum]), leftSum + rightSum];
}

function keyOf(level: number, position: number): string {
  return `${level}/${position}`;
}

/** Hash and sum of the leaf of a line. */
export function leaf(index: number, weight: bigint): Node {
  return [abiDoubleHash(["uint256", "uint256"], [index, weight]), weight];
}

/** A tree of which some nodes, padding too, are other ones than those below them add up to. */
export class CrookedTree {
  readonly #tree: SumTree;
  readonly #nodes = new Map<string, Node>();

  constructor(tree: SumTree, changes: readonly (NodePlace & { node: Node })[]) {
    this.#tree = tree;
    const changed = new Map(changes.map(({ level, position, node }) => [keyOf(level, position), node]));
    for (let level = 0; level <= tree.depth; level++) {
      const positions = new Set<number>();
      for (const change of changes) {
        if (change.level <= level) positions.add(change.position >> (level - change.level));
      }
      for (const position of positions) {
        const node =
          changed.get(keyOf(level, position)) ??
          parent(this.node(level - 1, 2 * position), this.node(level - 1, 2 * position + 1));
        this.#nodes.set(keyOf(level, position), node);
      }
    }
  }

  node(level: number, position: number): Node {
    const changed = this.#nodes.get(keyOf(level, position));
    if (changed !== undefined) return changed;
    const { hash, sum } = this.#tree.node(level, position);
    return [toHex(hash), sum];
  }

  get stated(): StatedTree {
    const [root, total] = this.node(this.#tree.depth, 0);
    return { root, total, lines: this.#tree.size };
  }

  /** What opening a node shows, whether or not it adds up. */
  opening(level: number, position: number): Omit<Extract<Answer, { kind: "open" }>, "deadline"> {
    const generations = Math.min(8, level);
    const shown = Array.from({ length: 2 ** generations }, (_, i) =>
      naiveShownNode(this.node(level - generations, position * 2 ** generations + i)),
    );
    const proof: string[] = [];
    for (let up = level; up < this.#tree.depth; up++) {
      proof.push(naiveShownNode(this.node(up, (position >> (up - level)) ^ 1)));
    }
    return { kind: "open", level, position, nodes: `0x${shown.join("")}`, proof: `0x${proof.join("")}` };
  }
}

/** Thrown where the chain would revert. */
export class Refused extends Error {}

function require(condition: boolean, why: string): void {
  if (!condition) throw new Refused(why);
}

function nodesIn(bytes: Hex): Node[] {
  const nodes: Node[] = [];
  for (let at = 2; at < bytes.length; at += 100) {
    nodes.push([`0x${bytes.slice(at, at + 64)}`, BigInt(`0x${bytes.slice(at + 64, at + 100)}`)]);
  }
  return nodes;
}

type Placed = { -readonly [K in keyof ChallengedNode]: ChallengedNode[K] };

/** The rules of ChallengeRegistry for one statement, written a second time from its interface. */
export class Referee {
  now: number;
  status: Game["status"] = "live";
  /** Who got the reward. */
  rewarded: string | undefined;
  readonly stated: StatedTree;
  readonly windowEnds: number;
  readonly responseTime: number;
  readonly #expected: (index: number) => bigint;
  readonly #depth: number;
  readonly #placed = new Map<string, Placed>();
  #shownUntil = 0;

  constructor(stated: StatedTree, expected: (index: number) => bigint, window: number, responseTime: number) {
    this.stated = stated;
    this.#expected = expected;
    this.#depth = ceilLog2(stated.lines);
    this.now = 1_000;
    this.windowEnds = this.now + window;
    this.responseTime = responseTime;
  }

  get game(): Game {
    const { status, now, windowEnds, responseTime } = this;
    return { status, now, windowEnds, responseTime, nodes: [...this.#placed.values()].map((node) => ({ ...node })) };
  }

  /** Sends a watchtower's step. */
  send(by: string, step: Step): void {
    switch (step.kind) {
      case "challenge":
        return this.challenge(by, step);
      case "descend":
        return this.descend(by, step, step.shown);
      case "refute":
        return this.refute(by, step.line);
      case "callSilence":
        return this.callSilence(step);
      case "settle":
        this.settle(step);
    }
  }

  challenge(by: string, { level, position }: NodePlace): void {
    require(this.now < this.windowEnds, "WindowClosed");
    this.#place({ level, position, challenger: by, begunAt: this.now, parentLevel: level, turns: 1 });
  }

  descend(by: string, { level, position }: NodePlace, shown: number): void {
    const opened = this.#placed.get(keyOf(level, position));
    if (opened?.answer === undefined) throw new Refused("NodeNotOpened");
    require(this.now < opened.answer.shownUntil, "ShownTooLongAgo");
    const generations = Math.min(8, level);
    require(shown >> generations === position, "NodeOutOfRange");
    const below = { level: level - generations, position: shown, challenger: by };
    if (opened.challenger === by && opened.turns !== 0) {
      this.#place({ ...below, begunAt: opened.begunAt, parentLevel: level, turns: opened.turns + 1 });
      opened.turns = 0;
    } else {
      this.#place({ ...below, begunAt: this.now, parentLevel: below.level, turns: 1 });
    }
  }

  open(by: string, { level, position, nodes, proof }: Omit<Extract<Answer, { kind: "open" }>, "deadline">): void {
    require(level > 0, "LineIsDefended");
    const placed = this.#answerable(level, position);
    const generations = Math.min(8, level);
    let shown = nodesIn(nodes);
    require(shown.length === 2 ** generations, "ProofLength");
    shown.forEach((node, i) => {
      const covered = (position * 2 ** generations + i) * 2 ** (level - generations) < this.stated.lines;
      require(covered || (node[0] === EMPTY[0] && node[1] === 0n), "PaddingNotEmpty");
    });
    while (shown.length > 1) {
      const below = level - Math.log2(shown.length);
      shown = Array.from({ length: shown.length / 2 }, (_, i) => {
        const first = (position * shown.length + 2 * i) * 2 ** below;
        return first < this.stated.lines ? parent(shown[2 * i]!, shown[2 * i + 1]!) : EMPTY;
      });
    }
    require(this.#leadsToRoot(shown[0]!, level, position, proof), "NodeNotInStatement");
    placed.answer = { by, shownUntil: this.now + this.responseTime, shown: nodes };
    this.#shownUntil = this.now + this.responseTime;
  }

  defend(by: string, line: LineProof): void {
    require(this.#leadsToRoot(leaf(line.index, line.weight), 0, line.index, line.sumProof), "LineNotInStatement");
    require(line.weight === this.#expected(line.index), "LineIsWrong");
    this.#answerable(0, line.index).answer = { by, shownUntil: 0, shown: undefined };
  }

  refute(by: string, line: LineProof): void {
    require(this.status === "live", "StatementNotLive");
    require(this.#leadsToRoot(leaf(line.index, line.weight), 0, line.index, line.sumProof), "LineNotInStatement");
    require(line.weight !== this.#expected(line.index), "LineIsRight");
    let first: Placed | undefined;
    for (let level = 0; level <= this.#depth; level++) {
      const placed = this.#placed.get(keyOf(level, line.index >> level));
      if (placed === undefined || placed.answer !== undefined) continue;
      if (placed.deadline === this.now + this.responseTime) continue;
      if (first === undefined || placed.begunAt < first.begunAt) first = placed;
    }
    this.#void(first?.challenger ?? by);
  }

  callSilence({ level, position }: NodePlace): void {
    require(this.status === "live", "StatementNotLive");
    const placed = this.#placed.get(keyOf(level, position));
    if (placed === undefined) throw new Refused("ChallengeNotFound");
    require(placed.answer === undefined, "AlreadyAnswered");
    require(this.now >= placed.deadline, "ResponseTimeRunning");
    this.#void(placed.challenger);
  }

  finalise(): void {
    require(this.status === "live", "StatementNotLive");
    require(this.now >= this.windowEnds, "WindowOpen");
    require([...this.#placed.values()].every(({ answer }) => answer !== undefined), "ChallengesOpen");
    require(this.now >= this.#shownUntil, "NodesShown");
    this.status = "final";
  }

  /** Whose answers on the walk the bond pays, or else to whom it goes back. */
  settle({ level, position }: NodePlace): string[] {
    require(this.status !== "live", "StatementUndecided");
    let placed = this.#placed.get(keyOf(level, position));
    if (placed === undefined || placed.turns === 0) throw new Refused("ChallengeNotFound");
    const { turns } = placed;
    placed.turns = 0;
    if (this.status === "void") return [placed.challenger];
    const paid: string[] = [];
    for (let turn = 0; turn < turns; turn++) {
      paid.push(placed.answer!.by);
      if (turn + 1 < turns) {
        placed = this.#placed.get(keyOf(placed.parentLevel, placed.position >> (placed.parentLevel - placed.level)))!;
      }
    }
    return paid;
  }

  #void(rewarded: string): void {
    [this.status, this.rewarded] = ["void", rewarded];
  }

  #place(node: Omit<Placed, "deadline" | "answer">): void {
    require(this.status === "live", "StatementNotLive");
    const { level, position } = node;
    require(level <= this.#depth && position * 2 ** level < this.stated.lines, "NodeOutOfRange");
    require(!this.#placed.has(keyOf(level, position)), "AlreadyChallenged");
    this.#placed.set(keyOf(level, position), { ...node, deadline: this.now + this.responseTime, answer: undefined });
  }

  #answerable(level: number, position: number): Placed {
    require(this.status === "live", "StatementNotLive");
    const placed = this.#placed.get(keyOf(level, position));
    if (placed === undefined) throw new Refused("ChallengeNotFound");
    require(placed.answer === undefined, "AlreadyAnswered");
    require(this.now < placed.deadline, "ResponseTimeOver");
    return placed;
  }

  #leadsToRoot(node: Node, level: number, position: number, proof: Hex): boolean {
    const siblings = nodesIn(proof);
    require(siblings.length === this.#depth - level, "ProofLength");
    let [climbed, at] = [node, position];
    siblings.forEach((sibling, i) => {
      const covered = (at ^ 1) * 2 ** (level + i) < this.stated.lines;
      require(covered || (sibling[0] === EMPTY[0] && sibling[1] === 0n), "PaddingNotEmpty");
      climbed = at % 2 === 0 ? parent(climbed, sibling) : parent(sibling, climbed);
      at >>= 1;
    });
    return climbed[0] === this.stated.root && climbed[1] === this.stated.total;
  }
}
