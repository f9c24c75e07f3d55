import { ZeroHash } from "ethers";
import { item } from "../support/fixture.ts";
import { ceilLog2 } from "../support/formats.ts";
import { closesAt } from "./attributionDuties.ts";
import { forge } from "./attributionForgery.ts";
import type { Game, Move, Proposal } from "./attributionGame.ts";
import { linesOf, type Stream } from "./attributionGround.ts";
import { INDEX_STATUS } from "./attributionIndexes.ts";
import * as moves from "./attributionMoves.ts";
import { type Sealed, STATUS } from "./attributionStatements.ts";
import { levelBelow, WeightTree, widthOf } from "./attributionTrees.ts";
import type { Usage } from "./attributionUsage.ts";

/** Signs a usage report; needed of the node, so a history brings it. */
export type Sign = (usage: Usage, signer: string) => Promise<string>;

/** Somebody's idea of a move; undefined when there is nothing to do. */
export type Pick = (game: Game, sign: Sign) => Promise<Move | undefined> | Move | undefined;

function anybody(game: Game): string {
  const { rogues, contributors, payer, watcher } = game.cast;
  return game.random.pick([...rogues, ...rogues, ...contributors, payer, watcher]);
}

function rogue(game: Game): string {
  return game.random.pick(game.cast.rogues);
}

function some<T>(game: Game, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : game.random.pick(list);
}

/** A recent one more often than an old one. */
function recent<T>(game: Game, list: readonly T[]): T | undefined {
  return some(game, game.random.chance(0.8) ? list.slice(-4) : list);
}

/** A live proposal, or now and then any; and now and then with something changed. */
function target(game: Game): { proposal: Proposal; sealed: Sealed } | undefined {
  const proposal = game.random.chance(0.9) ? some(game, game.live) : recent(game, game.proposals);
  if (proposal === undefined) return undefined;
  const sealed = game.random.chance(0.95) ? proposal : moves.alteredStatement(game.random, proposal);
  return { proposal, sealed };
}

/** Proofs of a tree that is too flat for its lines would be read beyond their end. */
function hasProofs({ tree, stream }: Proposal): boolean {
  return tree.depth >= ceilLog2(linesOf(stream));
}

/** A node: the root often, any other, or one that isn't there. */
function node(game: Game, { stream }: Proposal): { level: number; position: number } {
  const { random } = game;
  const lines = linesOf(stream);
  const depth = ceilLog2(lines);
  if (random.chance(0.4)) return { level: depth, position: 0 };
  if (random.chance(0.03)) return { level: depth + 1, position: 0 };
  const level = random.chance(0.5) ? 0 : random.integer(0, depth);
  return { level, position: random.integer(0, widthOf(lines, level) - (random.chance(0.97) ? 1 : 0)) };
}

function openKeys(game: Game): { stream: Stream; interval: number }[] {
  return game.keys.filter(({ stream, interval }) => {
    const { status, live } = game.statements.settlementOf(stream.id, interval);
    return status === STATUS.open && live === undefined;
  });
}

/** An open interval, mostly one that can be scored. */
function key(game: Game): { stream: Stream; interval: number } | undefined {
  const { random } = game;
  if (random.chance(0.03)) {
    const stream = random.pick(game.streams);
    return { stream, interval: game.usage.piecesOf(stream.model).length };
  }
  if (random.chance(0.05)) return some(game, game.keys);
  const open = openKeys(game);
  const scorable = open.filter(({ stream, interval }) => {
    return game.isScorable(stream, interval) && game.now < game.statements.deadlineOf(stream.id, interval);
  });
  return recent(game, scorable.length > 0 && random.chance(0.93) ? scorable : open);
}

const pay: Pick = (game) => {
  const { random } = game;
  const amount = random.chance(0.1) ? 1n : 1n + random.bits(random.pick([30, 34, 37, 40]));
  return moves.pay(game, random.pick(game.models), amount);
};

const distribute: Pick = (game) => moves.distribute(game, anybody(game), game.random.pick(game.models));

const cut: Pick = (game) => {
  const { random } = game;
  const model = random.pick(game.models);
  const isPaid = game.ground.lineage.fees(model) > (game.usage.piecesOf(model).at(-1)?.to ?? 0n);
  const isEarly = game.now < (game.usage.cuttableAt(model) ?? 0);
  return (isEarly || !isPaid) && random.chance(0.9) ? undefined : moves.cut(game, anybody(game), model);
};

const report: Pick = async (game, sign) => {
  const { random } = game;
  const model = random.pick(game.models);
  const pieces = game.usage.piecesOf(model);
  const missing = pieces.findIndex((piece) => piece.report === undefined);
  if (missing === -1 && random.chance(0.9)) return undefined;
  const interval = missing === -1 || random.chance(0.05) ? random.integer(0, pieces.length) : missing;
  const piece = pieces[interval];
  const { from = 0n, to = 1n } = piece ?? {};
  const usage: Usage = {
    model,
    interval,
    from: random.chance(0.97) ? from : from + 1n,
    to,
    receiptsRoot: random.hex(32),
    exponent: random.integer(-20, 20),
    lanes: moves.randomRow(random, random.chance(0.96) ? 16 : 32).lanes,
  };
  const signer = random.chance(0.95) ? game.cast.operatorKey : rogue(game);
  return moves.report(game, anybody(game), usage, await sign(usage, signer), signer);
};

const setOperator: Pick = (game) => moves.setOperator(game, game.random.pick(game.models));

const propose: Pick = (game) => {
  const { random, cast } = game;
  const found = key(game);
  if (found === undefined) return undefined;
  const { stream, interval } = found;
  const feeBps = random.chance(0.97) ? random.integer(0, 1_000) : 1_001;
  const scorable = game.usage.piecesOf(stream.model)[interval] !== undefined && game.isScorable(stream, interval);
  if (!scorable) {
    if (random.chance(0.7)) return undefined;
    const top = { hash: random.hex(32), sum: 7n };
    const draft = { tree: new WeightTree([7n]), top, published: false, honest: false };
    return moves.propose(game, rogue(game), stream, interval, draft, 0);
  }
  const right = game.rightTree(stream, interval);
  // Weights that add up to nothing make no statement.
  if (right.root.sum === 0n && random.chance(0.9)) return undefined;
  const honest = random.chance(0.4);
  const from = honest ? cast.honestScorer : rogue(game);
  const { tree, top } = honest || random.chance(0.15) ? { tree: right, top: right.root } : forge(random, right);
  const consistent = tree.root.hash === top.hash && tree.root.sum === top.sum;
  if (random.chance(0.3) && consistent && (!honest || linesOf(stream) <= 256)) {
    return moves.proposeWeights(game, from, stream, interval, tree.weights, feeBps, honest);
  }
  return moves.propose(game, from, stream, interval, { tree, top, published: random.chance(0.5), honest }, feeBps);
};

const finalise: Pick = (game) => {
  const found = target(game);
  return found && moves.finalise(game, anybody(game), { ...found.proposal, ...found.sealed });
};

const fallBack: Pick = (game) => {
  const found = key(game);
  return found && moves.fallBack(game, anybody(game), found.stream, found.interval);
};

const rejectInterval: Pick = (game) => {
  const found = key(game);
  if (found === undefined) return undefined;
  const from = moves.mostly(game.random, found.stream.datasetOwner, game.cast.rogues);
  return moves.rejectInterval(game, from, found.stream, found.interval);
};

const rejectStatement: Pick = (game) => {
  const found = target(game);
  if (found === undefined) return undefined;
  const from = moves.mostly(game.random, found.proposal.stream.datasetOwner, game.cast.rogues);
  return moves.rejectStatement(game, from, found.sealed);
};

const challenge: Pick = (game) => {
  const found = target(game);
  if (found === undefined) return undefined;
  if (game.now >= closesAt(game, found.proposal) && game.random.chance(0.9)) return undefined;
  const { level, position } = node(game, found.proposal);
  return moves.challenge(game, rogue(game), found.sealed, level, position);
};

const descend: Pick = (game) => {
  const { random } = game;
  const opened = game.live.flatMap((proposal) =>
    game
      .walked(proposal)
      .filter(({ challenge: { level }, answer }) => level > 0 && (answer !== undefined || random.chance(0.1)))
      .map((walked) => ({ proposal, ...walked })),
  );
  const found = recent(game, opened);
  if (found === undefined) return undefined;
  const { proposal } = found;
  const { level, position, challenger } = found.challenge;
  const below = levelBelow(level);
  const first = position * 2 ** (level - below);
  const last = Math.min(first + 2 ** (level - below), widthOf(linesOf(proposal.stream), below));
  const shown = random.integer(first, last - (random.chance(0.95) ? 1 : 0));
  return moves.descend(game, moves.mostly(random, challenger, game.cast.rogues), proposal, level, position, shown);
};

/** Answers an open challenge for a proposal whose tree is about, or a node that needs none, or with something wrong. */
const answer: Pick = (game) => {
  const { random } = game;
  const found = target(game);
  if (found === undefined || !hasProofs(found.proposal)) return undefined;
  const { proposal, sealed } = found;
  const open = game.walked(proposal).filter(({ answer: given }) => given === undefined);
  const place = random.chance(0.85) ? some(game, open)?.challenge : node(game, proposal);
  if (place === undefined) return undefined;
  const { level, position } = place;
  const from = moves.mostly(random, proposal.statement.scorer, [...game.cast.rogues, game.cast.watcher]);
  const stated = { ...proposal, ...sealed };
  if (position >= widthOf(linesOf(proposal.stream), level)) return undefined;
  if (level === 0) {
    if (random.chance(0.1)) return moves.open(game, from, sealed, 0, position, [], []);
    const evidence = game.evidence(stated, position);
    const given = random.chance(0.9) ? evidence : moves.alteredEvidence(random, evidence);
    return moves.defend(game, from, sealed, given);
  }
  if (random.chance(0.9)) return moves.answer(game, from, stated, level, position);
  const [nodes, proof] = [proposal.tree.shown(level, position), proposal.tree.proof(level, position)];
  const spoilt = { hash: ZeroHash, sum: 1n };
  return random.pick([
    () => moves.open(game, from, sealed, level, position, [...nodes.slice(0, -1), spoilt], proof),
    () => moves.open(game, from, sealed, level, position, nodes.slice(1), proof),
    () => moves.open(game, from, sealed, level, position, nodes, [...proof, spoilt]),
  ])();
};

const refute: Pick = (game) => {
  const { random } = game;
  const found = target(game);
  if (found === undefined || !hasProofs(found.proposal)) return undefined;
  const { proposal, sealed } = found;
  const right = game.rightTree(proposal.stream, proposal.interval);
  const lines = linesOf(proposal.stream);
  const wrong = right.weights.findIndex((weight, i) => weight !== proposal.tree.weights[i]);
  const index = wrong === -1 || random.chance(0.4) ? random.integer(0, lines - 1) : wrong;
  // Wrong statements are voided by rogues not too often: the watcher is to have its work.
  if (index === wrong && random.chance(0.4)) return undefined;
  const evidence = game.evidence({ ...proposal, ...sealed }, index);
  const given = random.chance(0.8) ? evidence : moves.alteredEvidence(random, evidence);
  return moves.refute(game, anybody(game), sealed, given);
};

const callSilence: Pick = (game) => {
  const found = target(game);
  if (found === undefined) return undefined;
  const walked = some(game, game.walked(found.proposal));
  const { level, position } = walked === undefined ? node(game, found.proposal) : walked.challenge;
  return moves.callSilence(game, anybody(game), found.sealed, level, position);
};

const settle: Pick = (game) => {
  const held = game.proposals.flatMap((proposal) =>
    game
      .walked(proposal)
      .filter(({ challenge: { turns } }) => turns > 0 || game.random.chance(0.02))
      .map(({ challenge: placed }) => ({ proposal, placed })),
  );
  const found = some(game, held);
  return found && moves.settle(game, anybody(game), found.proposal, found.placed.level, found.placed.position);
};

const claim: Pick = (game) => {
  const { random } = game;
  const finals = random.shuffle(game.finals.filter(hasProofs)).slice(0, random.integer(1, 3));
  if (finals.length === 0) return undefined;
  const claims = finals.map((proposal) => {
    const lines = proposal.stream.money.terms.rows.map((_, i) => i);
    const honest = random.chance(0.95);
    const provable = random
      .shuffle(lines)
      .slice(0, 20)
      .filter((i) => !honest || proposal.right || game.proves(proposal, i));
    return { sealed: proposal, lines: provable.map((i) => game.line(proposal, i)) };
  });
  const other = recent(game, game.proposals);
  if (other !== undefined && hasProofs(other) && random.chance(0.05) && !finals.includes(other)) {
    claims.push({ sealed: other, lines: [game.line(other, 0)] });
  }
  return moves.claim(game, anybody(game), claims);
};

const claimProRata: Pick = (game) => {
  const { random } = game;
  const streams = game.streams.filter(() => random.chance(0.6));
  const claims = streams.map((stream) => {
    const lines = linesOf(stream);
    const indexes = Array.from({ length: 8 }, () => random.integer(0, lines - (random.chance(0.99) ? 1 : 0)));
    return { stream: stream.id, indexes };
  });
  return moves.claimProRata(game, anybody(game), claims);
};

const setRecipient: Pick = (game) => {
  const { random, cast } = game;
  const recipient = random.chance(0.4) ? undefined : random.pick([...cast.contributors, ...cast.rogues]);
  return moves.setRecipient(game, random.pick(cast.contributors), recipient);
};

function controller(game: Game): string {
  const { attribution, indexes } = game.ground.places;
  return game.random.chance(0.7) ? attribution : indexes;
}

const deposit: Pick = (game) => {
  const { random } = game;
  const amount = random.chance(0.03) ? 0n : random.bits(random.pick([24, 28, 34]));
  return moves.deposit(game, controller(game), rogue(game), amount);
};

const requestWithdrawal: Pick = (game) => {
  const { random } = game;
  const [from, place] = [rogue(game), controller(game)];
  const { free } = game.ground.vault.bondOf(place, from);
  const amount = random.pick([free / 8n, free + 1n, random.bits(20)]);
  return moves.requestWithdrawal(game, from, place, amount);
};

const withdrawBond: Pick = (game) => moves.withdrawBond(game, rogue(game), controller(game), anybody(game));

const withdraw: Pick = (game) => {
  const { modelOwners, honestScorer } = game.cast;
  const from = game.random.pick([...modelOwners, honestScorer, rogue(game), game.ground.places.treasury]);
  return moves.withdraw(game, from, anybody(game));
};

const withdrawMany: Pick = (game) => moves.withdrawMany(game, anybody(game), game.accounts.slice(0, 8));

const indexMove: Pick = (game) => {
  const { random, ground } = game;
  const pending = game.streams.filter(({ id }) => game.indexes.indexOf(id).status !== INDEX_STATUS.active);
  const stream = random.chance(0.95) ? some(game, pending) : random.pick(game.streams);
  if (stream === undefined) return undefined;
  const { status, root, commitment } = game.indexes.indexOf(stream.id);
  const owner = ground.modelOwners.get(stream.model) ?? "";
  if (status === INDEX_STATUS.none || status === INDEX_STATUS.rejected || random.chance(0.03)) {
    return moves.commitIndex(game, moves.mostly(random, owner, game.cast.rogues), stream);
  }
  const demands = game.indexes.openDemands().filter(({ stream: of }) => of === stream.id);
  const row = random.chance(0.7) ? (some(game, demands)?.row ?? 0) : random.integer(0, linesOf(stream));
  const file = game.files.get(root);
  const asked = some(game, demands);
  if (file !== undefined && asked !== undefined && random.chance(0.4)) {
    const { row: place } = asked;
    return moves.showRow(game, rogue(game), stream, place, item(file.rows, place), file.tree.proof(place));
  }
  return random.pick([
    () =>
      moves.demandRow(game, rogue(game), stream, random.integer(0, linesOf(stream) - (random.chance(0.95) ? 1 : 0))),
    () => {
      if (file === undefined || row >= linesOf(stream)) return undefined;
      const shown = random.chance(0.9) ? item(file.rows, row) : moves.randomRow(random, random.pick([16, 32]));
      return moves.showRow(
        game,
        moves.mostly(random, owner, game.cast.rogues),
        stream,
        row,
        shown,
        file.tree.proof(row),
      );
    },
    () => {
      if (file === undefined || row >= linesOf(stream)) return undefined;
      return moves.showRow(game, owner, stream, row, item(file.rows, row), file.tree.proof(row));
    },
    () => moves.callIndexSilence(game, anybody(game), stream.id, row),
    () => moves.releaseDemand(game, anybody(game), stream.id, commitment, row),
    () => moves.activateIndex(game, anybody(game), stream),
    () =>
      random.chance(0.2)
        ? moves.rejectIndex(game, moves.mostly(random, stream.datasetOwner, game.cast.rogues), stream)
        : undefined,
  ])();
};

const releaseDemand: Pick = (game) => {
  const found = some(game, game.indexes.openDemands());
  return found && moves.releaseDemand(game, anybody(game), found.stream, found.commitment, found.row);
};

/** What anybody may think of at any time, and how often. */
export const PICKS: readonly (readonly [weight: number, pick: Pick])[] = [
  [8, pay],
  [2, distribute],
  [9, cut],
  [11, report],
  [1, setOperator],
  [16, propose],
  [4, finalise],
  [3, fallBack],
  [1, rejectInterval],
  [1, rejectStatement],
  [14, challenge],
  [9, descend],
  [13, answer],
  [5, refute],
  [5, callSilence],
  [4, settle],
  [4, claim],
  [3, claimProRata],
  [1, setRecipient],
  [2, deposit],
  [2, requestWithdrawal],
  [2, withdrawBond],
  [2, withdraw],
  [1, withdrawMany],
  [25, indexMove],
  [1, releaseDemand],
];

/** A second at which something begins or ends, and what players try around it. */
export interface Deadline {
  readonly at: number;
  readonly picks: readonly Pick[];
}

/** All deadlines that lie ahead or have just passed. */
export function deadlinesOf(game: Game): Deadline[] {
  const { rules, vault, places } = game.ground;
  const deadlines: Deadline[] = [];
  for (const proposal of game.live) {
    const own =
      <T>(pick: (of: Proposal) => T) =>
      () =>
        pick(proposal);
    const end = own((of) => moves.finalise(game, anybody(game), of));
    const begin = own((of) => {
      const { level, position } = node(game, of);
      return moves.challenge(game, rogue(game), of, level, position);
    });
    deadlines.push({ at: closesAt(game, proposal), picks: [end, begin] });
    deadlines.push({ at: game.challenges.walksOf(proposal.hash).shownUntil, picks: [end, descend] });
    for (const { challenge: placed, answer: given } of game.walked(proposal)) {
      if (given !== undefined) continue;
      const { level, position, deadline } = placed;
      const silence = () => moves.callSilence(game, anybody(game), proposal, level, position);
      const reply = () =>
        hasProofs(proposal) ? moves.answer(game, proposal.statement.scorer, proposal, level, position) : undefined;
      deadlines.push({ at: deadline, picks: [silence, silence, reply] });
    }
  }
  for (const { stream, interval } of openKeys(game)) {
    const end = () => moves.fallBack(game, anybody(game), stream, interval);
    deadlines.push({ at: game.statements.deadlineOf(stream.id, interval), picks: [end, propose] });
  }
  for (const { stream, row, demand } of game.indexes.openDemands()) {
    const silence = () => moves.callIndexSilence(game, anybody(game), stream, row);
    deadlines.push({ at: demand.deadline, picks: [silence, indexMove] });
  }
  for (const stream of game.streams) {
    const { status, committedAt } = game.indexes.indexOf(stream.id);
    if (status !== INDEX_STATUS.committed) continue;
    const activate = () => moves.activateIndex(game, anybody(game), stream);
    const demand = () => moves.demandRow(game, rogue(game), stream, 0);
    deadlines.push({ at: committedAt + rules.indexDelay, picks: [activate, activate, activate, demand] });
  }
  for (const model of game.models) {
    deadlines.push({ at: game.usage.cuttableAt(model) ?? 0, picks: [cut] });
  }
  for (const place of [places.attribution, places.indexes]) {
    for (const account of game.cast.rogues) {
      const { leaving, leavesAt } = vault.bondOf(place, account);
      const take = () => moves.withdrawBond(game, account, place, account);
      if (leaving > 0n) deadlines.push({ at: leavesAt, picks: [take] });
    }
  }
  return deadlines;
}
