import type { Challenge } from "../../../client/indexApi/index.ts";

/** Nodes of one level that stand below another node. */
export interface NodesBelow {
  readonly level: number;
  readonly first: number;
  /** The last that covers a line. */
  readonly last: number;
}

/** The nodes some levels below one, without those that cover no line of the statement. */
export function nodesBelow(
  { level, position }: Pick<Challenge, "level" | "position">,
  lines: number,
  generations: number,
): NodesBelow {
  const first = position * 2 ** generations;
  const covered = Math.ceil(lines / 2 ** (level - generations));
  return { level: level - generations, first, last: Math.min(first + 2 ** generations, covered) - 1 };
}
