import { id, ZeroAddress, ZeroHash } from "ethers";
import { indexTree, type IndexRow, laneBytes, qBytes } from "../support/formats.ts";
import { item } from "../support/fixture.ts";
import type { Random } from "../support/random.ts";
import type { Evidence } from "./attributionChallenges.ts";
import { claimArguments, rowClaimArguments } from "./attributionClaims.ts";
import type { Game, Move, Proposal } from "./attributionGame.ts";
import { linesOf, type Stream } from "./attributionGround.ts";
import type { LineClaims, RowClaims } from "./attributionMoney.ts";
import { type Sealed, seal } from "./attributionStatements.ts";
import { nodeBytes, type WeightNode, WeightTree } from "./attributionTrees.ts";
import { LANES, type Usage } from "./attributionUsage.ts";

/** The calls that players send, honest and not: arguments for the chain, and the same for the referee. */

const REASON = id("a note");

/** A row of an index, or the lanes of a query. */
export function randomRow(random: Random, lanes = LANES): IndexRow {
  const extreme = random.chance(0.2);
  const lane = (): number => (extreme ? random.pick([-32_768, 0, 1, 32_767]) : random.integer(-32_768, 32_767));
  return { exponent: random.integer(0, 24), lanes: Array.from({ length: lanes }, lane) };
}

export function pay(game: Game, model: number, amount: bigint): Move {
  const from = game.cast.payer;
  return {
    from,
    to: "market",
    method: "pay",
    args: [model, amount, REASON],
    play: () => game.money.pay(model, amount, from),
  };
}

export function distribute(game: Game, from: string, model: number): Move {
  const play = () => game.money.distribute(model, game.parentsOf.get(model) ?? []);
  return { from, to: "ledger", method: "distribute", args: [model], play };
}

export function cut(game: Game, from: string, model: number): Move {
  return { from, to: "usage", method: "cut", args: [model], play: (now) => game.usage.cut(model, now) };
}

/** @param signature Of whatever was signed by `signedBy`. */
export function report(game: Game, from: string, usage: Usage, signature: string, signedBy: string): Move {
  const { lanes, ...rest } = usage;
  return {
    from,
    to: "usage",
    method: "report",
    args: [{ ...rest, q: qBytes(lanes) }, signature],
    play: () => game.usage.report(usage, signedBy),
  };
}

export function setOperator(game: Game, model: number): Move {
  const from = game.ground.modelOwners.get(model) ?? "";
  const { operatorKey, operatorContract } = game.cast;
  const address = game.random.pick([operatorKey, operatorContract]);
  return {
    from,
    to: "models",
    method: "setOperator",
    args: [model, address],
    play: () => game.usage.setOperator(model, { address, key: operatorKey }),
  };
}

export function commitIndex(game: Game, from: string, stream: Stream): Move {
  const { random } = game;
  const rows = Array.from({ length: linesOf(stream) }, () => randomRow(random));
  const [tree, bound] = [indexTree(rows), random.chance(0.95) ? random.integer(5, 40) : 41];
  const root = random.chance(0.97) ? tree.root : ZeroHash;
  return {
    from,
    to: "indexes",
    method: "commitIndex",
    args: [stream.id, root, bound, ""],
    play: (now) => {
      game.indexes.commit(stream.id, root, bound, from, now);
      game.files.set(root, { rows, bound, tree });
    },
  };
}

export function rejectIndex(game: Game, from: string, stream: Stream): Move {
  const play = () => game.indexes.reject(stream.id, REASON, from);
  return { from, to: "indexes", method: "rejectIndex", args: [stream.id, REASON], play };
}

export function demandRow(game: Game, from: string, stream: Stream, row: number): Move {
  const play = (now: number) => game.indexes.demand(stream.id, row, from, now);
  return { from, to: "indexes", method: "demandRow", args: [stream.id, row], play };
}

export function showRow(game: Game, from: string, stream: Stream, place: number, row: IndexRow, proof: string[]): Move {
  return {
    from,
    to: "indexes",
    method: "showRow",
    args: [stream.id, place, row.exponent, laneBytes(row.lanes), proof],
    play: (now) => game.indexes.show(stream.id, place, row, proof, from, now),
  };
}

export function callIndexSilence(game: Game, from: string, stream: bigint, row: number): Move {
  const play = (now: number) => game.indexes.callSilence(stream, row, now);
  return { from, to: "indexes", method: "callSilence", args: [stream, row], play };
}

export function releaseDemand(game: Game, from: string, stream: bigint, commitment: number, row: number): Move {
  const play = () => game.indexes.release(stream, commitment, row);
  return { from, to: "indexes", method: "releaseDemand", args: [stream, commitment, row], play };
}

export function activateIndex(game: Game, from: string, stream: Stream): Move {
  const play = (now: number) => game.indexes.activate(stream.id, now);
  return { from, to: "indexes", method: "activateIndex", args: [stream.id], play };
}

/** What a proposal is made of beside stream and interval. */
export interface Draft {
  readonly tree: WeightTree;
  readonly top: WeightNode;
  readonly published: boolean;
  readonly honest: boolean;
}

function remember(game: Game, sealed: Sealed, stream: Stream, interval: number, draft: Draft): void {
  const right = game.rightTree(stream, interval).root;
  const isRight = right.hash === draft.top.hash && right.sum === draft.top.sum;
  game.proposals.push({ ...sealed, ...draft, stream, interval, right: isRight });
}

export function propose(
  game: Game,
  from: string,
  stream: Stream,
  interval: number,
  draft: Draft,
  feeBps: number,
): Move {
  const { hash, sum } = draft.top;
  return {
    from,
    to: "attribution",
    method: "propose",
    args: [stream.id, interval, hash, sum, feeBps, draft.published ? "ipfs://weights" : ""],
    play: (now) => {
      const sealed = game.statements.propose(stream.id, interval, hash, sum, feeBps, from, now);
      remember(game, sealed, stream, interval, draft);
    },
  };
}

export function proposeWeights(
  game: Game,
  from: string,
  stream: Stream,
  interval: number,
  weights: readonly bigint[],
  feeBps: number,
  honest: boolean,
): Move {
  return {
    from,
    to: "attribution",
    method: "proposeWeights",
    args: [stream.id, interval, weights, feeBps],
    play: (now) => {
      const sealed = game.statements.proposeWeights(stream.id, interval, weights, feeBps, from, now);
      const tree = new WeightTree(weights);
      remember(game, sealed, stream, interval, { tree, top: tree.root, published: true, honest });
    },
  };
}

export function finalise(game: Game, from: string, proposal: Proposal): Move {
  return {
    from,
    to: "attribution",
    method: "finalise",
    args: [proposal.statement],
    play: (now) => {
      const { shownUntil } = game.challenges.walksOf(proposal.hash);
      game.statements.finalise(proposal, shownUntil, () => game.amountsOf(proposal), now);
      game.money.open(proposal);
      game.finals.push(proposal);
    },
  };
}

export function fallBack(game: Game, from: string, stream: Stream, interval: number): Move {
  const play = (now: number) => game.statements.fallBack(stream.id, interval, now);
  return { from, to: "attribution", method: "fallBack", args: [stream.id, interval], play };
}

export function rejectInterval(game: Game, from: string, stream: Stream, interval: number): Move {
  const play = () => game.statements.rejectInterval(stream.id, interval, REASON, from);
  return { from, to: "attribution", method: "rejectInterval", args: [stream.id, interval, REASON], play };
}

export function rejectStatement(game: Game, from: string, sealed: Sealed): Move {
  const play = () => game.statements.rejectStatement(sealed, REASON, from);
  return { from, to: "attribution", method: "rejectStatement", args: [sealed.statement, REASON], play };
}

export function challenge(game: Game, from: string, sealed: Sealed, level: number, position: number): Move {
  return {
    from,
    to: "challenges",
    method: "challenge",
    args: [sealed.statement, level, position],
    play: (now) => game.challenges.challenge(sealed, level, position, from, now),
  };
}

export function descend(
  game: Game,
  from: string,
  sealed: Sealed,
  level: number,
  position: number,
  shown: number,
): Move {
  return {
    from,
    to: "challenges",
    method: "descend",
    args: [sealed.statement, level, position, shown],
    play: (now) => game.challenges.descend(sealed, level, position, shown, from, now),
  };
}

/** Answers for a node as the proposal's tree has it. */
export function answer(game: Game, from: string, proposal: Proposal, level: number, position: number): Move {
  if (level === 0) return defend(game, from, proposal, game.evidence(proposal, position));
  const { tree } = proposal;
  return open(game, from, proposal, level, position, tree.shown(level, position), tree.proof(level, position));
}

export function open(
  game: Game,
  from: string,
  sealed: Sealed,
  level: number,
  position: number,
  nodes: readonly WeightNode[],
  proof: readonly WeightNode[],
): Move {
  return {
    from,
    to: "challenges",
    method: "open",
    args: [sealed.statement, level, position, nodeBytes(nodes), nodeBytes(proof)],
    play: (now) => game.challenges.open(sealed, level, position, nodes, proof, from, now),
  };
}

function evidenceArgument({ index, weight, proof, row, indexProof, usage: { lanes, ...rest } }: Evidence) {
  return {
    index,
    weight,
    sumProof: nodeBytes(proof),
    exponent: row.exponent,
    lanes: laneBytes(row.lanes),
    indexProof,
    usage: { ...rest, q: qBytes(lanes) },
  };
}

export function defend(game: Game, from: string, sealed: Sealed, evidence: Evidence): Move {
  const play = (now: number) => game.challenges.defend(sealed, evidence, from, now);
  const args = [sealed.statement, evidenceArgument(evidence)];
  return { from, to: "challenges", method: "defend", args, play };
}

export function refute(game: Game, from: string, sealed: Sealed, evidence: Evidence): Move {
  const play = (now: number) => game.challenges.refute(sealed, evidence, from, now);
  const args = [sealed.statement, evidenceArgument(evidence)];
  return { from, to: "challenges", method: "refute", args, play };
}

export function callSilence(game: Game, from: string, sealed: Sealed, level: number, position: number): Move {
  const play = (now: number) => game.challenges.callSilence(sealed, level, position, now);
  return { from, to: "challenges", method: "callSilence", args: [sealed.statement, level, position], play };
}

export function settle(game: Game, from: string, sealed: Sealed, level: number, position: number): Move {
  const play = () => game.challenges.settle(sealed, level, position);
  return { from, to: "challenges", method: "settle", args: [sealed.statement, level, position], play };
}

export function claim(game: Game, from: string, claims: readonly LineClaims[]): Move {
  const play = () => game.money.claim(claims);
  return { from, to: "payouts", method: "claim", args: claimArguments(claims), play };
}

export function claimProRata(game: Game, from: string, claims: readonly RowClaims[]): Move {
  const play = () => game.money.claimProRata(claims);
  return { from, to: "payouts", method: "claimProRata", args: rowClaimArguments(claims), play };
}

export function setRecipient(game: Game, from: string, recipient: string | undefined): Move {
  const to = recipient ?? ZeroAddress;
  return {
    from,
    to: "payouts",
    method: "setRecipient",
    args: [to],
    play: () => game.money.setRecipient(from, to),
  };
}

export function deposit(game: Game, controller: string, account: string, amount: bigint): Move {
  const { payer } = game.cast;
  return {
    from: payer,
    to: "vault",
    method: "deposit",
    args: [controller, account, amount],
    play: () => {
      game.ground.vault.deposit(controller, account, payer, amount);
      game.money.move(payer, -amount);
    },
  };
}

export function requestWithdrawal(game: Game, from: string, controller: string, amount: bigint): Move {
  const play = (now: number) => game.ground.vault.requestWithdrawal(controller, from, amount, now);
  return { from, to: "vault", method: "requestWithdrawal", args: [controller, amount], play };
}

export function withdrawBond(game: Game, from: string, controller: string, to: string): Move {
  return {
    from,
    to: "vault",
    method: "withdraw",
    args: [controller, to],
    play: (now) => game.money.move(to, game.ground.vault.withdraw(controller, from, to, now)),
  };
}

export function withdraw(game: Game, from: string, to: string): Move {
  return { from, to: "ledger", method: "withdraw", args: [to], play: () => game.money.withdraw(from, to) };
}

export function withdrawMany(game: Game, from: string, accounts: readonly string[]): Move {
  const play = () => game.money.withdrawMany(accounts);
  return { from, to: "ledger", method: "withdrawMany", args: [accounts], play };
}

/** A statement that isn't what was proposed. */
export function alteredStatement(random: Random, { statement }: Sealed): Sealed {
  return random.pick([
    seal({ ...statement, bond: statement.bond + 1n }),
    seal({ ...statement, scorer: ZeroAddress }),
    seal({ ...statement, payout: { ...statement.payout, pool: statement.payout.pool + 1n } }),
  ]);
}

/** Evidence with one part changed. */
export function alteredEvidence(random: Random, evidence: Evidence): Evidence {
  const { usage, row, proof, indexProof } = evidence;
  return random.pick<Evidence>([
    { ...evidence, weight: evidence.weight + 1n },
    { ...evidence, usage: { ...usage, exponent: usage.exponent + 1 } },
    { ...evidence, row: { ...row, exponent: row.exponent + 1 } },
    { ...evidence, indexProof: [...indexProof, ZeroHash] },
    { ...evidence, proof: [...proof, { hash: ZeroHash, sum: 0n }] },
  ]);
}

/** A wallet of a list, or anybody. */
export function mostly(random: Random, wallet: string, others: readonly string[]): string {
  return random.chance(0.75) ? wallet : item(others, random.integer(0, others.length - 1));
}
