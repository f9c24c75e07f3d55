import type { Hex } from "../core/bytes.ts";

/** Levels that opening a node shows at once, as the chain has it. */
export const LEVELS_SHOWN = 8;

/** How many levels below a node of this level its opening shows. */
export function levelsShown(level: number): number {
  return Math.min(LEVELS_SHOWN, level);
}

/** The place of a node in a statement's tree. */
export interface NodePlace {
  /** 0 for lines, ⌈log2 lines⌉ for the root */
  readonly level: number;
  /** From the left, from 0 */
  readonly position: number;
}

/** What a statement commits to. */
export interface StatedTree {
  readonly root: Hex;
  readonly total: bigint;
  /** Number of lines */
  readonly lines: number;
}

/** The answer to the challenge of a node. */
export interface NodeAnswer {
  /** Who gave it */
  readonly by: string;
  /** Until when the nodes that it shows can be challenged, in seconds, exclusive; 0 for a line */
  readonly shownUntil: number;
  /** The shown nodes, 50 bytes each; none for a line */
  readonly shown: Hex | undefined;
}

/** A node that was challenged, and what came of it. */
export interface ChallengedNode extends NodePlace {
  readonly challenger: string;
  /** From when silence can be called, in seconds */
  readonly deadline: number;
  /** When the walk began that led here, in seconds */
  readonly begunAt: number;
  /** Level of the node from which the challenge came down; its own if it began here */
  readonly parentLevel: number;
  /** Nodes that the bond has been put on so far; 0 once it has moved on or was settled */
  readonly turns: number;
  readonly answer: NodeAnswer | undefined;
}

/** The game about one statement, as the chain has it. */
export interface Game {
  /** `void` also for a statement that the dataset's owner rejected */
  readonly status: "live" | "final" | "void";
  /** Time of the latest block, in seconds */
  readonly now: number;
  /** End of the window, in seconds, exclusive */
  readonly windowEnds: number;
  /** In seconds */
  readonly responseTime: number;
  readonly nodes: readonly ChallengedNode[];
}

/** A name for a place, to find it by. */
export function placeKey({ level, position }: NodePlace): string {
  return `${level}/${position}`;
}

/** Whether two addresses are the same, whatever their case. */
export function sameAccount(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Whether somebody's challenge of a node waits for its answer. */
export function isOpen(node: ChallengedNode): boolean {
  return node.answer === undefined;
}

/**
 * The challenges of a decided statement whose settlement pays an account: if the statement stands, those on whose walk
 * it gave an answer, else its own.
 *
 * @param account - a challenger or a scorer
 */
export function settlementsDue(game: Game, account: string): NodePlace[] {
  if (game.status === "live") return [];
  const byPlace = new Map(game.nodes.map((node) => [placeKey(node), node]));
  const pays = (node: ChallengedNode): boolean => {
    if (game.status === "void") return sameAccount(node.challenger, account);
    let walked: ChallengedNode | undefined = node;
    for (let turns = node.turns; turns > 0 && walked !== undefined; turns--) {
      if (walked.answer !== undefined && sameAccount(walked.answer.by, account)) return true;
      const { level, position, parentLevel }: ChallengedNode = walked;
      walked = byPlace.get(placeKey({ level: parentLevel, position: position >> (parentLevel - level) }));
    }
    return false;
  };
  return game.nodes
    .filter((node) => node.turns !== 0 && pays(node))
    .map(({ level, position }) => ({ level, position }));
}
