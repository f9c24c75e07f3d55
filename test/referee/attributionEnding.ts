import { closesAt } from "./attributionDuties.ts";
import type { Game, Move } from "./attributionGame.ts";
import { INDEX_STATUS } from "./attributionIndexes.ts";
import * as moves from "./attributionMoves.ts";
import { STATUS } from "./attributionStatements.ts";

/** Something that anybody can do from a second on. */
export interface Due {
  readonly at: number;
  readonly move: Move;
}

/** The next thing that the anonymous caller can do to end what is open; undefined when nothing is. */
export function dueOf(game: Game): Due | undefined {
  return [...demandsDue(game), ...intervalsDue(game), ...cutsDue(game), ...bondsDue(game)].sort(
    (a, b) => a.at - b.at,
  )[0];
}

function demandsDue(game: Game): Due[] {
  const { anonymous } = game.cast;
  const demands = game.indexes.openDemands().map(({ stream, commitment, row, demand }) => {
    const index = game.indexes.indexOf(stream);
    const isRunning = commitment === index.commitment && index.status === INDEX_STATUS.committed;
    return isRunning
      ? { at: demand.deadline, move: moves.callIndexSilence(game, anonymous, stream, row) }
      : { at: 0, move: moves.releaseDemand(game, anonymous, stream, commitment, row) };
  });
  const activations = game.streams.flatMap((stream) => {
    const { status, openDemands, committedAt } = game.indexes.indexOf(stream.id);
    if (status !== INDEX_STATUS.committed || openDemands > 0) return [];
    const at = committedAt + game.ground.rules.indexDelay;
    return [{ at, move: moves.activateIndex(game, anonymous, stream) }];
  });
  return [...demands, ...activations];
}

function intervalsDue(game: Game): Due[] {
  const { anonymous } = game.cast;
  const statements = game.live.map((proposal) => {
    const open = game.walked(proposal).find(({ answer }) => answer === undefined);
    if (open !== undefined) {
      const { level, position, deadline } = open.challenge;
      return { at: deadline, move: moves.callSilence(game, anonymous, proposal, level, position) };
    }
    const { shownUntil } = game.challenges.walksOf(proposal.hash);
    const at = Math.max(closesAt(game, proposal), shownUntil);
    return { at, move: moves.finalise(game, anonymous, proposal) };
  });
  const fallbacks = game.keys.flatMap(({ stream, interval }) => {
    const { status, live } = game.statements.settlementOf(stream.id, interval);
    if (status !== STATUS.open || live !== undefined) return [];
    const at = game.statements.deadlineOf(stream.id, interval);
    return [{ at, move: moves.fallBack(game, anonymous, stream, interval) }];
  });
  return [...statements, ...fallbacks];
}

function cutsDue(game: Game): Due[] {
  return game.models.flatMap((model) => {
    const last = game.usage.piecesOf(model).at(-1);
    if (game.ground.lineage.fees(model) === (last?.to ?? 0n)) return [];
    return [{ at: game.usage.cuttableAt(model) ?? 0, move: moves.cut(game, game.cast.anonymous, model) }];
  });
}

/** Bonds of challenges whose statement was decided. */
function bondsDue(game: Game): Due[] {
  const { live } = game;
  return game.proposals
    .filter((proposal) => !live.includes(proposal))
    .flatMap((proposal) =>
      game
        .walked(proposal)
        .filter(({ challenge: { turns } }) => turns > 0)
        .map(({ challenge: { level, position } }) => ({
          at: 0,
          move: moves.settle(game, game.cast.anonymous, proposal, level, position),
        })),
    );
}
