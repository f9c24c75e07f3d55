import { expect } from "chai";
import type { AttributionChain, Outcome } from "./attributionChain.ts";
import { dueOf } from "./attributionEnding.ts";
import type { Move } from "./attributionGame.ts";
import * as moves from "./attributionMoves.ts";
import { checkRowDust } from "./books.ts";
import type { ReplayReferee } from "./replayReferee.ts";

/**
 * Everybody is silent but one account: time alone must bring everybody's money, whatever happened before. Ends all
 * intervals, and has all that is owed claimed, withdrawn and paid back; every call must go through, as the referee says.
 *
 * @param now Time of the last call, in seconds
 * @returns the time of the last call
 */
export async function endReplay(chain: AttributionChain, referee: ReplayReferee, now: number): Promise<number> {
  const { game, prepaid } = referee;
  const { journal } = game.ground;
  let time = now;
  const must = async (move: Move, at: number): Promise<void> => {
    time = Math.max(time + 1, at);
    move.play(time);
    const expected: Outcome = { events: journal.take(), refused: undefined };
    expect(await chain.send(move, time), `${move.to}.${move.method} after the silence`).to.deep.equal(expected);
  };
  const { anonymous } = game.cast;
  for (let due = dueOf(game); due !== undefined; due = dueOf(game)) await must(due.move, due.at);
  for (const model of [...game.models].reverse()) {
    const play = () => game.money.distribute(model, referee.parentsOf(model));
    await must({ from: anonymous, to: "ledger", method: "distribute", args: [model], play }, 0);
  }
  for (const { id, money } of game.streams) {
    const indexes = money.terms.rows.map((_, index) => index);
    await must(moves.claimProRata(game, anonymous, [{ stream: id, indexes }]), 0);
  }
  for (const proposal of game.finals) {
    const lines = proposal.tree.weights.map((_, index) => index).filter((index) => game.proves(proposal, index));
    if (lines.length === 0) continue;
    const claims = [{ sealed: proposal, lines: lines.map((index) => game.line(proposal, index)) }];
    await must(moves.claim(game, anonymous, claims), 0);
  }
  await must(moves.withdrawMany(game, anonymous, game.accounts), 0);
  for (const model of game.models) {
    for (const payer of referee.places.actors.filter((actor) => prepaid.channelOf(actor, model).balance !== 0n)) {
      const ask = { from: payer, to: "market", method: "requestWithdrawal", args: [model] } as const;
      await must({ ...ask, play: (at) => prepaid.requestWithdrawal(payer, model, at) }, 0);
      const take = { from: payer, to: "market", method: "withdraw", args: [model, payer] } as const;
      const play = (at: number): void => {
        const amount = prepaid.withdraw(payer, model, at);
        game.money.move(payer, amount);
        journal.note("currency.Transfer", game.ground.places.ledger, payer, amount);
      };
      await must({ ...take, play }, prepaid.channelOf(payer, model).leavesAt);
    }
  }
  checkRowDust(game.streams.map(({ money }) => money));
  expect(prepaid.held, "prepaid money that stays").to.equal(0n);
  for (const account of game.accounts) {
    expect(game.ground.lineage.balanceOf(account), "a balance that stays").to.equal(0n);
    for (const controller of [game.ground.places.attribution, game.ground.places.indexes]) {
      expect(game.ground.vault.bondOf(controller, account).locked, "a bond that stays locked").to.equal(0n);
    }
  }
  return time;
}
