import { type Result, ZeroAddress } from "ethers";
import { streamOf } from "./attributionGround.ts";
import { Refusal } from "./attributionJournal.ts";
import * as moves from "./attributionMoves.ts";
import type { Sealed } from "./attributionStatements.ts";
import { WeightTree } from "./attributionTrees.ts";
import { claimsOf, evidenceOf, lanesOf, nodesOf, packedClaimOf, sealedOf, usageOf } from "./replayDecoder.ts";
import type { Operation, ReplayReferee } from "./replayReferee.ts";

/** What the referee makes of a call. It throws a Refusal where the contract must refuse. */
type Judgement = (referee: ReplayReferee, operation: Operation) => void;

function bigints(args: Result): bigint[] {
  return [...args] as bigint[];
}

function pay(referee: ReplayReferee, payer: string, model: bigint, amount: bigint): void {
  referee.prepaid.requirePrice(Number(model), amount);
  referee.pay(Number(model), amount, payer);
}

function prepay(referee: ReplayReferee, from: string, payer: string, model: bigint, amount: bigint): void {
  referee.prepaid.deposit(payer, Number(model), amount);
  referee.game.money.move(from, -amount);
}

function claimLines(referee: ReplayReferee, claims: ReturnType<typeof claimsOf>): void {
  referee.game.money.claim(claims.map((claim) => ({ sealed: referee.statementOf(claim), lines: claim.lines })));
}

function remember(
  { game }: ReplayReferee,
  sealed: Sealed,
  weights: readonly bigint[],
  top: { readonly hash: string; readonly sum: bigint },
): void {
  const { stream, interval } = sealed.statement.payout;
  const [of, at] = [game.streamOf(stream), Number(interval)];
  const right = game.rightTree(of, at).root;
  const isRight = right.hash === top.hash && right.sum === top.sum;
  const tree = new WeightTree(weights);
  game.proposals.push({ ...sealed, stream: of, interval: at, tree, right: isRight, published: true, honest: false });
}

function distribute(referee: ReplayReferee, model: bigint): void {
  referee.game.money.distribute(Number(model), referee.parentsOf(Number(model)));
}

/** A controller can take no more than is locked for it. */
function requireLocked({ game }: ReplayReferee, controller: string, account: string, amount: bigint): void {
  const { locked } = game.ground.vault.bondOf(controller, account);
  if (locked < amount) throw new Refusal("InsufficientBond", controller, account, locked, amount);
}

/** Calls whose outcome the referee foretells, money to the wei and refusals too. */
export const JUDGEMENTS: Readonly<Record<string, Judgement>> = {
  "ledger.credit": (referee, { args: [model, amount] }) => referee.pay(Number(model), amount as bigint),
  "ledger.distribute": (referee, { args: [model] }) => distribute(referee, model as bigint),
  "ledger.distributeMany": (referee, { args: [models] }) => {
    for (const model of models as bigint[]) distribute(referee, model);
  },
  "ledger.withdraw": ({ game }, { from, args: [to] }) => game.money.withdraw(from, to as string),
  "ledger.withdrawMany": ({ game }, { args: [accounts] }) => game.money.withdrawMany([...(accounts as string[])]),

  "market.pay": (referee, { from, args: [model, amount] }) => pay(referee, from, model as bigint, amount as bigint),
  "market.payFor": (referee, { from, args: [, model, amount] }) =>
    pay(referee, from, model as bigint, amount as bigint),
  "market.payWithPermit": (referee, { from, args: [model, amount] }) =>
    pay(referee, from, model as bigint, amount as bigint),
  "market.payWithAuthorization": (referee, { args: [model, , authorization] }) => {
    const [payer, amount] = authorization as [string, bigint];
    pay(referee, payer, model as bigint, amount);
  },
  "market.deposit": (referee, { from, args: [payer, model, amount] }) =>
    prepay(referee, from, payer as string, model as bigint, amount as bigint),
  "market.depositWithPermit": (referee, { from, args: [payer, model, amount] }) =>
    prepay(referee, from, payer as string, model as bigint, amount as bigint),
  "market.payPrepaid": (referee, { from, args }) => {
    const [model = 0n, amount = 0n] = bigints(args);
    referee.prepaid.spend(from, Number(model), amount);
    referee.pay(Number(model), amount);
  },
  "market.charge": (referee, { args: [payer, model, cumulative] }) =>
    referee.pay(Number(model), referee.prepaid.charge(payer as string, Number(model), cumulative as bigint)),
  "market.redeem": (referee, { args: [model, list] }) => {
    const vouchers = (list as [string, bigint][]).map(([payer, cumulative]) => ({ payer, cumulative }));
    referee.pay(Number(model), referee.prepaid.redeem(Number(model), vouchers));
  },
  "market.redeemSigned": (referee, { args: [model, payer, cumulative] }) => {
    const vouchers = [{ payer: payer as string, cumulative: cumulative as bigint }];
    referee.pay(Number(model), referee.prepaid.redeem(Number(model), vouchers));
  },
  "market.requestWithdrawal": ({ prepaid }, { from, now, args: [model] }) =>
    prepaid.requestWithdrawal(from, Number(model), now),
  "market.cancelWithdrawal": ({ prepaid }, { from, args: [model] }) => prepaid.cancelWithdrawal(from, Number(model)),
  "market.withdraw": ({ game, prepaid }, { from, now, args: [model, to] }) =>
    game.money.move(to as string, prepaid.withdraw(from, Number(model), now)),
  "market.list": ({ prepaid }, { args: [model, price] }) => prepaid.list(Number(model), price as bigint),
  "market.delist": ({ prepaid }, { args: [model] }) => prepaid.delist(Number(model)),
  "receivers.sweep": (referee, { args: [model] }) => {
    const receiver = referee.places.receiverOf(Number(model));
    referee.pay(Number(model), referee.game.money.tokensOf(receiver), receiver);
  },

  "vault.deposit": ({ game }, { from, args: [controller, account, amount] }) => {
    game.ground.vault.deposit(controller as string, account as string, from, amount as bigint);
    game.money.move(from, -(amount as bigint));
  },
  "vault.requestWithdrawal": ({ game }, { from, now, args: [controller, amount] }) =>
    game.ground.vault.requestWithdrawal(controller as string, from, amount as bigint, now),
  "vault.withdraw": ({ game }, { from, now, args: [controller, to] }) =>
    game.money.move(to as string, game.ground.vault.withdraw(controller as string, from, to as string, now)),
  "vault.lock": ({ game }, { from, args: [account, amount] }) =>
    game.ground.vault.lock(from, account as string, amount as bigint),
  "vault.unlock": (referee, { from, args: [account, amount] }) => {
    requireLocked(referee, from, account as string, amount as bigint);
    referee.game.ground.vault.unlock(from, account as string, amount as bigint);
  },
  "vault.slash": (referee, { from, args: [account, to, amount] }) => {
    requireLocked(referee, from, account as string, amount as bigint);
    referee.game.ground.vault.slash(from, account as string, to as string, amount as bigint);
  },

  "indexes.commitBasis": (referee, { args: [model] }) => {
    if (referee.bases.has(Number(model))) throw new Refusal("BasisAlreadyCommitted", model as bigint);
    referee.bases.add(Number(model));
  },
  "indexes.commitIndex": (referee, { from, now, args: [id, root, bound] }) => {
    const stream = referee.game.streamOf(id as bigint);
    if (!referee.bases.has(stream.model)) throw new Refusal("BasisMissing", stream.model);
    referee.game.indexes.commit(stream.id, root as string, Number(bound), from, now);
    referee.rememberIndex(stream, root as string);
  },
  "indexes.rejectIndex": ({ game }, { from, args: [stream, reason] }) =>
    game.indexes.reject(stream as bigint, reason as string, from),
  "indexes.demandRow": ({ game }, { from, now, args: [stream, row] }) =>
    game.indexes.demand(stream as bigint, Number(row), from, now),
  "indexes.showRow": ({ game }, { from, now, args: [stream, row, exponent, lanes, proof] }) => {
    const shown = { exponent: Number(exponent), lanes: lanesOf(lanes as string) };
    game.indexes.show(stream as bigint, Number(row), shown, [...(proof as string[])], from, now);
  },
  "indexes.callSilence": ({ game }, { now, args: [stream, row] }) =>
    game.indexes.callSilence(stream as bigint, Number(row), now),
  "indexes.releaseDemand": ({ game }, { args: [stream, commitment, row] }) =>
    game.indexes.release(stream as bigint, Number(commitment), Number(row)),
  "indexes.activateIndex": ({ game }, { now, args: [stream] }) => game.indexes.activate(stream as bigint, now),
  "usage.cut": ({ game }, { now, args: [model] }) => game.usage.cut(Number(model), now),
  "usage.report": (referee, { args: [report] }) => {
    const usage = usageOf(report as Result);
    if (!referee.bases.has(usage.model)) throw new Refusal("WrongLanes", 2 * usage.lanes.length, 0);
    const { address } = referee.game.usage.operatorOf(usage.model);
    // That a wrong signature is refused has been checked before: this one is the operator's, if there is one.
    referee.game.usage.report(usage, address === ZeroAddress ? "" : address);
  },

  "attribution.propose": (referee, { from, now, weights, args: [stream, interval, root, total, feeBps] }) => {
    const top = { hash: root as string, sum: total as bigint };
    const key = [stream as bigint, Number(interval)] as const;
    const { statements } = referee.game;
    remember(referee, statements.propose(...key, top.hash, top.sum, Number(feeBps), from, now), weights, top);
  },
  "attribution.proposeWeights": (referee, { from, now, args: [stream, interval, list, feeBps] }) => {
    const weights = [...(list as bigint[])];
    const key = [stream as bigint, Number(interval)] as const;
    const sealed = referee.game.statements.proposeWeights(...key, weights, Number(feeBps), from, now);
    remember(referee, sealed, weights, new WeightTree(weights).root);
  },
  "attribution.finalise": (referee, { from, now, args: [statement] }) =>
    moves.finalise(referee.game, from, referee.proposalOf(sealedOf(statement as Result))).play(now),
  "attribution.fallBack": ({ game }, { now, args: [stream, interval] }) =>
    game.statements.fallBack(stream as bigint, Number(interval), now),
  "attribution.rejectInterval": ({ game }, { from, args: [stream, interval, reason] }) =>
    game.statements.rejectInterval(stream as bigint, Number(interval), reason as string, from),
  "attribution.rejectStatement": ({ game }, { from, args: [statement, reason] }) =>
    game.statements.rejectStatement(sealedOf(statement as Result), reason as string, from),

  "challenges.challenge": ({ game }, { from, now, args: [statement, level, position] }) =>
    game.challenges.challenge(sealedOf(statement as Result), Number(level), Number(position), from, now),
  "challenges.descend": ({ game }, { from, now, args: [statement, level, position, shown] }) => {
    const sealed = sealedOf(statement as Result);
    game.challenges.descend(sealed, Number(level), Number(position), Number(shown), from, now);
  },
  "challenges.open": ({ game }, { from, now, args: [statement, level, position, shown, proof] }) => {
    const [sealed, nodes] = [sealedOf(statement as Result), nodesOf(shown as string)];
    game.challenges.open(sealed, Number(level), Number(position), nodes, nodesOf(proof as string), from, now);
  },
  "challenges.defend": ({ game }, { from, now, args: [statement, evidence] }) =>
    game.challenges.defend(sealedOf(statement as Result), evidenceOf(evidence as Result), from, now),
  "challenges.refute": ({ game }, { from, now, args: [statement, evidence] }) =>
    game.challenges.refute(sealedOf(statement as Result), evidenceOf(evidence as Result), from, now),
  "challenges.callSilence": ({ game }, { now, args: [statement, level, position] }) =>
    game.challenges.callSilence(sealedOf(statement as Result), Number(level), Number(position), now),
  "challenges.settle": ({ game }, { args: [statement, level, position] }) =>
    game.challenges.settle(sealedOf(statement as Result), Number(level), Number(position)),

  "payouts.claim": (referee, { args: [claims] }) => claimLines(referee, claimsOf(claims as Result[])),
  "payouts.claimSingleLine": (referee, { args: [line] }) => claimLines(referee, [packedClaimOf(line as string)]),
  "payouts.claimProRata": ({ game }, { args: [claims] }) =>
    game.money.claimProRata(
      (claims as [bigint, bigint[]][]).map(([stream, indexes]) => ({ stream, indexes: indexes.map(Number) })),
    ),
  "payouts.claimProRataOf": ({ game }, { args: [place] }) => {
    const [stream, index] = [(place as bigint) >> 32n, Number((place as bigint) & 0xffffffffn)];
    game.money.claimProRata([{ stream, indexes: [index] }]);
  },
  "payouts.setRecipient": ({ game }, { from, args: [recipient] }) => game.money.setRecipient(from, recipient as string),
  "payouts.touch": ({ game }, { args: [stream] }) => {
    streamOf(game.ground, stream as bigint);
  },
};
