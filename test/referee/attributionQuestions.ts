import { ZeroAddress, ZeroHash } from "ethers";
import type { ContractName, Question } from "./attributionChain.ts";
import type { Game, Proposal } from "./attributionGame.ts";
import { linesOf } from "./attributionGround.ts";
import type { Plain } from "./attributionJournal.ts";
import { payoutHash, STATUS } from "./attributionStatements.ts";

function ask(to: ContractName, method: string, args: readonly Plain[], expected: readonly Plain[]): Question {
  return { to, method, args, expected };
}

/**
 * What the chain must answer now: all bonds and counters, all intervals that are open, the nodes of their statements,
 * and some of what is owed by rows.
 *
 * @param all Balances, ended intervals and decided statements too
 */
export function questionsOf(game: Game, all: boolean): Question[] {
  return [...accounts(game, all), ...counters(game), ...indexes(game), ...settlements(game, all), ...rowMoney(game)];
}

function accounts(game: Game, all: boolean): Question[] {
  const { ground, money } = game;
  const { attribution, indexes } = ground.places;
  return game.accounts.flatMap((account) => [
    ...(all ? [attribution, indexes] : [attribution]).map((controller) => {
      const { free, locked, leaving, leavesAt } = ground.vault.bondOf(controller, account);
      return ask("vault", "bondOf", [controller, account], [free, locked, leaving, leavesAt]);
    }),
    ...(all
      ? [
          ask("ledger", "balanceOf", [account], [ground.lineage.balanceOf(account)]),
          ask("currency", "balanceOf", [account], [money.tokensOf(account)]),
        ]
      : []),
  ]);
}

function counters(game: Game): Question[] {
  const { lineage } = game.ground;
  return game.models.flatMap((model) => {
    const pieces = game.usage.piecesOf(model);
    const last = pieces.at(-1);
    return [
      ask("ledger", "countersOf", [model], [lineage.fees(model), lineage.royalties(model)]),
      ask("usage", "headOf", [model], [last?.to ?? 0n, last?.cutAt ?? 0, pieces.length]),
      ...pieces
        .slice(-3)
        .map((piece, i) =>
          ask("usage", "reportHashOf", [model, Math.max(0, pieces.length - 3) + i], [piece.report?.hash ?? ZeroHash]),
        ),
    ];
  });
}

function indexes(game: Game): Question[] {
  const states = game.streams.map(({ id }) => {
    const { root, bound, status, committedAt, activeFrom, openDemands, commitment } = game.indexes.indexOf(id);
    return ask("indexes", "indexOf", [id], [root, bound, status, committedAt, activeFrom, openDemands, commitment]);
  });
  const demands = [...game.indexes.demands()].map(({ stream, commitment, row, demand }) => {
    return ask("indexes", "demandOf", [stream, commitment, row], [demand.by, demand.deadline, demand.shown]);
  });
  return [...states, ...demands];
}

function settlements(game: Game, all: boolean): Question[] {
  const recent = new Set(game.proposals.slice(-4));
  const shown = game.proposals.filter((proposal) => {
    const isHeld = game.walked(proposal).some(({ challenge: { turns } }) => turns > 0);
    return all || isHeld || recent.has(proposal);
  });
  const keys = game.keys.filter(({ stream, interval }, i, list) => {
    const { status } = game.statements.settlementOf(stream.id, interval);
    return all || status === STATUS.open || i > list.length - 4;
  });
  return [
    ...keys.flatMap(({ stream, interval }) => {
      const { status, live, voids, open } = game.statements.settlementOf(stream.id, interval);
      const final = game.finals.find((proposal) => proposal.stream === stream && proposal.interval === interval);
      const deadline = game.statements.deadlineOf(stream.id, interval);
      const shortId = live === undefined ? ZeroHash : `${live.slice(0, 2 + 58)}000000`;
      const state = live === undefined ? status : STATUS.proposed;
      const key = [stream.id, interval];
      return [
        ask("attribution", "settlementOf", key, [state, voids, deadline, open, shortId]),
        ...(final === undefined ? [] : [ask("payouts", "isFinal", [payoutHash(final.statement)], [true])]),
        ...(all ? [ask("attribution", "bondFor", key, [game.statements.bondFor(stream.id, interval)])] : []),
      ];
    }),
    ...shown.flatMap((proposal) => nodes(game, proposal)),
  ];
}

function nodes(game: Game, proposal: Proposal): Question[] {
  const { hash } = proposal;
  return [
    ask("challenges", "shownUntilOf", [hash], [game.challenges.walksOf(hash).shownUntil]),
    ...game.walked(proposal).map(({ node, challenge, answer }) => {
      const { challenger, deadline, begunAt, parentLevel, turns } = challenge;
      const given = [answer?.by ?? ZeroAddress, answer?.shownUntil ?? 0];
      return ask("challenges", "nodeOf", [hash, node], [challenger, deadline, begunAt, parentLevel, turns, ...given]);
    }),
  ];
}

function rowMoney(game: Game): Question[] {
  const { random } = game;
  return game.streams.flatMap((stream) => {
    const { terms } = stream.money;
    return Array.from({ length: 2 }, () => {
      const index = random.integer(0, linesOf(stream) - 1);
      const expected = [terms.contributors[index] ?? ZeroAddress, stream.money.owedProRata(index)];
      return ask("payouts", "previewProRata", [stream.id, index], expected);
    });
  });
}
