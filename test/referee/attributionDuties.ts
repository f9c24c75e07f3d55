import type { Game, Move, Proposal } from "./attributionGame.ts";
import { linesOf } from "./attributionGround.ts";
import { answer, challenge, descend, refute } from "./attributionMoves.ts";
import { levelBelow, widthOf } from "./attributionTrees.ts";

/** What an honest player must have done by a second, that one included. */
export interface Duty {
  readonly by: number;
  move(now: number): Move;
}

/** When a statement can become final at the earliest. */
export function closesAt(game: Game, { statement }: Proposal): number {
  return Number(statement.proposedAt) + game.ground.rules.window;
}

/** All that honest players have to do now, the most urgent first. */
export function dutiesOf(game: Game): Duty[] {
  const duties = game.live.flatMap((proposal) => {
    if (proposal.honest) return answersDue(game, proposal);
    const duty = game.isWatched(proposal.stream, proposal.interval) && !proposal.right && watch(game, proposal);
    return duty === false || duty === undefined ? [] : [duty];
  });
  return duties.sort((a, b) => a.by - b.by);
}

/** The honest scorer answers every challenge of its statements. */
function answersDue(game: Game, proposal: Proposal): Duty[] {
  return game.walked(proposal).flatMap(({ challenge: { level, position, deadline }, answer: given }) => {
    if (given !== undefined) return [];
    return [{ by: deadline - 1, move: () => answer(game, game.cast.honestScorer, proposal, level, position) }];
  });
}

/** The watcher refutes a line of a published tree, or else walks from the root to what is wrong. */
function watch(game: Game, proposal: Proposal): Duty | undefined {
  const { stream, interval, tree, published } = proposal;
  const right = game.rightTree(stream, interval);
  if (published) {
    const wrong = tree.weights.findIndex((weight, i) => weight !== right.weights[i] && game.proves(proposal, i));
    if (wrong !== -1) {
      const move = () => refute(game, game.cast.watcher, proposal, game.evidence(proposal, wrong));
      return { by: closesAt(game, proposal) - 1, move };
    }
  }
  return walk(game, proposal, right.depth, 0, undefined);
}

/** @param above The opened node that showed this one, if any. */
function walk(
  game: Game,
  proposal: Proposal,
  level: number,
  position: number,
  above: { level: number; position: number; shownUntil: number } | undefined,
): Duty | undefined {
  const given = game.answerOf(proposal, level, position);
  if (given === undefined) {
    // Somebody has to answer for the node, and nobody can for all that is below.
    if (game.challengeOf(proposal, level, position) !== undefined) return undefined;
    const until = Math.max(closesAt(game, proposal), above?.shownUntil ?? 0);
    const { watcher } = game.cast;
    const move = (now: number) =>
      above !== undefined && now < above.shownUntil
        ? descend(game, watcher, proposal, above.level, above.position, position)
        : challenge(game, watcher, proposal, level, position);
    return { by: until - 1, move };
  }
  if (level === 0) throw new Error(`line ${position} is wrong and was defended`);
  const right = game.rightTree(proposal.stream, proposal.interval);
  const below = levelBelow(level);
  const first = position * 2 ** (level - below);
  const wrong = given.shown.findIndex(({ hash, sum }, i) => {
    const expected = right.at(below, first + i);
    return hash !== expected.hash || sum !== expected.sum;
  });
  if (wrong === -1 || first + wrong >= widthOf(linesOf(proposal.stream), below)) {
    throw new Error("a wrong node was opened to right ones");
  }
  return walk(game, proposal, below, first + wrong, { level, position, shownUntil: given.shownUntil });
}
