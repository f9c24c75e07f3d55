import { expect } from "chai";
import { id } from "ethers";
import { item } from "../support/fixture.ts";
import { DAY, DOLLAR } from "../support/attributionWorld.ts";
import { qBytes } from "../support/formats.ts";
import { OPEN_TO_CHILDREN, registerModel, source } from "../support/lineage.ts";
import type { Random } from "../support/random.ts";
import { AttributionChain, type Outcome, type Question } from "./attributionChain.ts";
import { previewArguments } from "./attributionClaims.ts";
import { dutiesOf } from "./attributionDuties.ts";
import { dueOf } from "./attributionEnding.ts";
import { Game, type Move, type Proposal } from "./attributionGame.ts";
import { linesOf, type Rules, type Stream } from "./attributionGround.ts";
import { Journal, type Plain, Refusal } from "./attributionJournal.ts";
import * as moves from "./attributionMoves.ts";
import { deadlinesOf, type Pick, PICKS, type Sign } from "./attributionPicks.ts";
import { questionsOf } from "./attributionQuestions.ts";
import { type AttributionStage, RICH, STREAM_BPS } from "./attributionStage.ts";
import { LANES, type Usage } from "./attributionUsage.ts";
import { VaultReferee } from "./attributionVault.ts";
import { checkBooks, checkRowDust } from "./books.ts";
import { Lineage } from "./lineage.ts";
import { StreamReferee } from "./streams.ts";

const HOUR = 3_600;
/** The protocol's share of gross fees in a deployment by default. */
export const PROTOCOL_BPS = 100n;
/** Seconds that free bonds take to leave by default. */
export const WITHDRAWAL_DELAY = 7 * DAY;
/** Times and bonds of a deployment by default. */
export const RULES: Rules = {
  window: 3 * DAY,
  responseTime: DAY,
  fallbackTime: 14 * DAY,
  proposingPeriod: 5 * DAY,
  indexDelay: 2 * DAY,
  cuttingPeriod: DAY,
  bondFloor: 20n * DOLLAR,
  challengeBond: 10n * DOLLAR,
  rowBond: 5n * DOLLAR,
};
/** Response times that the last challenge may take after a window. */
const MAX_TURNS = 7;
const DIGEST = id("a file");
const USAGE_REPORT = [
  { name: "model", type: "uint256" },
  { name: "interval", type: "uint32" },
  { name: "from", type: "uint112" },
  { name: "to", type: "uint112" },
  { name: "receiptsRoot", type: "bytes32" },
  { name: "exponent", type: "int16" },
  { name: "q", type: "bytes" },
];

function total(amounts: Iterable<bigint>): bigint {
  return [...amounts].reduce((all, amount) => all + amount, 0n);
}

/**
 * A random history of everything that ends in a payout, played on the chain and before the referee at once by honest and
 * dishonest players. Every call must come out the same on both, with the same events or the same error; after every step
 * all states and balances must be the referee's, and what the protocol promises must hold.
 */
export class AttributionHistory {
  readonly #stage: AttributionStage;
  readonly #random: Random;
  readonly #chain: AttributionChain;
  readonly #game: Game;
  readonly #sign: Sign;
  /** How often each event and each error came about. */
  readonly met = new Map<string, number>();
  /** What happens once at most: lines that were paid, intervals that ended. */
  readonly #once = new Set<string>();
  #live: Proposal[] = [];
  #now: number;
  #silent = false;

  private constructor(stage: AttributionStage, random: Random, chain: AttributionChain, game: Game, now: number) {
    [this.#stage, this.#random, this.#chain, this.#game, this.#now] = [stage, random, chain, game, now];
    this.#sign = (usage, signer) => this.#signed(usage, signer);
  }

  /** Registers models on the stage's datasets, fills the vault and commits indexes. */
  static async begin(stage: AttributionStage, random: Random): Promise<AttributionHistory> {
    const { suite, reader, cast, datasets } = stage;
    const { ethers, models, indexes, market, networkHelpers } = suite;
    const chain = await AttributionChain.connect(suite, reader);
    const [treasury, journal] = [suite.treasury.address, new Journal()];
    const lineage = new Lineage(treasury, PROTOCOL_BPS);
    const streams = new Map<bigint, Stream>();
    const modelOwners = new Map<number, string>();
    const parentsOf = new Map<number, number[]>();
    const small = random.shuffle(datasets.slice(0, -1));
    const sourcesOf = [
      small.slice(0, random.integer(1, 2)),
      [item(small, 2), ...(random.chance(0.4) ? datasets.slice(-1) : [])],
    ];
    for (const [i, named] of sourcesOf.entries()) {
      const [model, owner] = [i + 1, await ethers.getSigner(item(cast.modelOwners, i))];
      const sources = [...named]
        .sort((a, b) => a.id - b.id)
        .map((dataset) => ({ dataset, bps: BigInt(STREAM_BPS + random.integer(0, 2_000)) }));
      const parents = Array.from({ length: i }, (_, before) => ({ model: before + 1, bps: 700n }));
      await registerModel(suite, owner, {
        artifactDigest: DIGEST,
        operator: cast.operatorKey,
        children: OPEN_TO_CHILDREN,
        parents: parents.map(({ model: parent, bps }) => ({ model: parent, shareBps: bps })),
        sources: sources.map(({ dataset, bps }) => source(BigInt(dataset.id), bps)),
      });
      await indexes.connect(owner).commitBasis(model, { lanes: LANES, basisDigest: DIGEST, methodDigest: DIGEST }, "");
      await market.connect(owner).list(model, 1);
      lineage.register(owner.address, { parents, streams: sources });
      modelOwners.set(model, owner.address);
      parentsOf.set(
        model,
        parents.map(({ model: parent }) => parent),
      );
      for (const [slot, { dataset, bps }] of sources.entries()) {
        const { contributors, rows, proRataBps, owner: datasetOwner } = dataset;
        const terms = { model, bps, proRataBps: BigInt(proRataBps), contributors, rows, index: [], exponentBound: 0 };
        const stream = (BigInt(model) << 8n) | BigInt(slot);
        streams.set(stream, {
          id: stream,
          model,
          dataset: dataset.id,
          version: 1n,
          datasetOwner,
          money: new StreamReferee(lineage, terms),
        });
      }
    }
    if (Number(await models.modelCount()) !== sourcesOf.length) throw new Error("there were models before");
    const [vault, ledger, payouts] = [chain.addressOf("vault"), chain.addressOf("ledger"), chain.addressOf("payouts")];
    const places = {
      vault,
      ledger,
      payouts,
      indexes: chain.addressOf("indexes"),
      attribution: chain.addressOf("attribution"),
      treasury,
    };
    const ground = {
      journal,
      places,
      rules: RULES,
      lineage,
      vault: new VaultReferee(journal, vault, WITHDRAWAL_DELAY),
      streams,
      modelOwners,
    };
    const game = new Game(ground, random, cast, parentsOf);
    for (const model of game.models)
      game.usage.setOperator(model, { address: cast.operatorKey, key: cast.operatorKey });
    game.money.move(cast.payer, RICH);
    const history = new AttributionHistory(stage, random, chain, game, await networkHelpers.time.latest());
    await history.#prepare();
    return history;
  }

  async play(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      try {
        await this.#step();
        await this.#compare(step % 10 === 0);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`step ${step}: ${message}`, { cause: error });
      }
    }
    await this.#endEverything();
  }

  async #prepare(): Promise<void> {
    const { cast, ground, streams } = this.#game;
    const { attribution, indexes } = ground.places;
    for (const honest of [cast.honestScorer, cast.watcher]) {
      await this.#do(moves.deposit(this.#game, attribution, honest, 2n ** 60n), this.#now + 1);
    }
    for (const rogue of cast.rogues) {
      await this.#do(moves.deposit(this.#game, attribution, rogue, 2n ** 28n + this.#random.bits(34)), this.#now + 1);
      await this.#do(moves.deposit(this.#game, indexes, rogue, 40n * DOLLAR), this.#now + 1);
    }
    const owners = ground.modelOwners;
    const early = streams.filter(() => this.#random.chance(0.6));
    for (const stream of early) {
      await this.#do(moves.commitIndex(this.#game, owners.get(stream.model) ?? "", stream), this.#now + 1);
    }
    this.#now += RULES.indexDelay;
    for (const stream of early) {
      await this.#do(moves.activateIndex(this.#game, cast.anonymous, stream), this.#now + 1);
    }
    await this.#compare(true);
  }

  /** One call, at a time of somebody's choosing; or what an honest player can't put off any longer. */
  async #step(): Promise<void> {
    const random = this.#random;
    const { at, pick } = this.#chooseTime();
    this.#game.now = at;
    const duties = dutiesOf(this.#game);
    const [urgent] = duties;
    // When the first duty must be done so that the others can follow, a second each.
    const last = Math.min(...duties.map(({ by }, before) => by - before));
    if (urgent !== undefined && (at >= last || random.chance(0.08))) {
      if (last <= this.#now) throw new Error("an honest player has no second left");
      const time = Math.max(this.#now + 1, Math.min(at, last));
      const { refused } = await this.#do(urgent.move(time), time);
      if (refused !== undefined) throw new Error(`an honest player was refused: ${refused}`);
      return;
    }
    if (random.chance(0.02) && (await this.#overtake(at))) return;
    let move = random.chance(0.8) ? await pick?.(this.#game, this.#sign) : undefined;
    while (move === undefined) {
      const picks = PICKS.flatMap(([weight, one]) => new Array<typeof one>(weight).fill(one));
      move = await random.pick(picks)(this.#game, this.#sign);
    }
    await this.#do(move, at);
  }

  /** Mostly soon; now and then when something begins or ends, a second before or after that, with a move to match. */
  #chooseTime(): { at: number; pick: Pick | undefined } {
    const random = this.#random;
    const soon = { at: this.#now + random.integer(1, random.chance(0.8) ? 600 : 4 * HOUR), pick: undefined };
    if (random.chance(0.86)) return soon;
    const most = random.chance(0.9) ? 2 * DAY : RULES.fallbackTime;
    const ahead = deadlinesOf(this.#game).filter(({ at }) => at > this.#now + 1 && at < this.#now + most);
    if (ahead.length === 0) return soon;
    const next = ahead.sort((a, b) => a.at - b.at).slice(0, 4);
    const { at, picks } = random.pick(next);
    return { at: at + random.pick([-1, -1, 0, 0, 1]), pick: random.pick(picks) };
  }

  /** Somebody sees a refutation coming and challenges the line before it, in the same block. */
  async #overtake(at: number): Promise<boolean> {
    const { ground, cast, live } = this.#game;
    const rogue = this.#random.pick(cast.rogues);
    if (ground.vault.bondOf(ground.places.attribution, rogue).free < RULES.challengeBond) return false;
    for (const proposal of live) {
      const right = this.#game.rightTree(proposal.stream, proposal.interval);
      const line = proposal.tree.weights.findIndex(
        (weight, i) => weight !== right.weights[i] && this.#game.proves(proposal, i),
      );
      if (line === -1 || at >= Number(proposal.statement.proposedAt) + RULES.window) continue;
      if (this.#game.challengeOf(proposal, 0, line) !== undefined) continue;
      const calls = [
        moves.challenge(this.#game, rogue, proposal, 0, line),
        moves.refute(this.#game, cast.anonymous, proposal, this.#game.evidence(proposal, line)),
      ];
      for (const call of calls) call.play(at);
      this.#match(
        "overtaking",
        { events: ground.journal.take(), refused: undefined },
        await this.#chain.sendTogether(calls, at),
      );
      this.#now = at;
      return true;
    }
    return false;
  }

  /** Plays a call before the referee and sends it to the chain: the outcomes must be the same. */
  async #do(move: Move, at: number): Promise<Outcome> {
    const expected = this.#expect(move, at);
    const given = await this.#chain.send(move, at);
    this.#now = at;
    const time = this.#silent ? "after the silence" : "in play";
    this.#match(`${move.to}.${move.method} of ${move.from} at ${at}, ${time}`, expected, given);
    return given;
  }

  #expect(move: Move, at: number): Outcome {
    const { journal } = this.#game.ground;
    try {
      move.play(at);
      return { events: journal.take(), refused: undefined };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      journal.take();
      return { events: [], refused: error.message };
    }
  }

  #match(call: string, expected: Outcome, given: Outcome): void {
    expect(given, call).to.deep.equal(expected);
    if (given.refused !== undefined) this.#meet(given.refused.split("(")[0] ?? "");
    for (const event of given.events) {
      const [name = "", values = ""] = event.slice(0, -1).split("(");
      this.#meet(name);
      const [stream, interval] = values.split(", ");
      const end = name === "attribution.StatementFinalised" || name === "attribution.FellBack";
      if (end) this.#happensOnce(`end of interval ${interval} of stream ${stream}`);
      if (name === "payouts.LineClaimed") {
        const [payout, , index] = values.split(", ");
        this.#happensOnce(`line ${index} of payout ${payout}`);
      }
    }
    this.#checkPromises();
  }

  #meet(name: string): void {
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
  }

  #happensOnce(what: string): void {
    if (this.#once.has(what)) throw new Error(`twice: ${what}`);
    this.#once.add(what);
  }

  /** As long as the honest act in time, none of them loses a bond and nothing wrong that they watch becomes final. */
  #checkPromises(): void {
    const live = this.#game.live;
    for (const proposal of this.#silent ? [] : this.#live) {
      if (live.includes(proposal)) continue;
      const { stream, interval, statement } = proposal;
      const isVoid = this.#game.statements.settlementOf(stream.id, interval).voids > Number(statement.attempt);
      if (proposal.honest && isVoid) throw new Error("an honest scorer was slashed");
      const isFinal = this.#game.finals.includes(proposal);
      if (!proposal.right && isFinal && this.#game.isWatched(stream, interval)) {
        throw new Error("a wrong statement became final under the eyes of the watcher");
      }
    }
    this.#live = live;
  }

  async #compare(all: boolean): Promise<void> {
    const { ground, money, random, finals, streams } = this.#game;
    const questions: Question[] = questionsOf(this.#game, all);
    await this.#chain.compare(questions);
    const final = finals.length === 0 ? undefined : random.pick(finals);
    if (final !== undefined && final.tree.weights.length === linesOf(final.stream)) {
      const line = this.#game.line(final, random.integer(0, linesOf(final.stream) - 1));
      const shown = await this.#chain.view(
        "payouts",
        "previewClaim",
        previewArguments({ sealed: final, lines: [line] }),
      );
      expect(shown, "preview of a line").to.deep.equal(this.#preview(final, line));
    }
    const held = await this.#balanceOf(ground.places.ledger);
    const open = await this.#balanceOf(ground.places.payouts);
    checkBooks(
      ground.lineage,
      streams.map(({ money: of }) => of),
      held,
      open,
    );
    expect(await this.#balanceOf(ground.places.vault), "the vault holds what it owes").to.equal(ground.vault.owed);
    const paidOut = total(this.#game.accounts.map((account) => money.tokensOf(account)));
    expect(held + open + ground.vault.owed + paidOut, "no wei is lost or invented").to.equal(RICH);
  }

  #preview(final: Proposal, line: Parameters<Game["money"]["worthOf"]>[1]): readonly Plain[] | string {
    try {
      const { contributor, amount } = this.#game.money.worthOf(final, line);
      return [contributor, amount, final.stream.money.isClaimed(final.interval, line.index)];
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
  }

  async #balanceOf(account: string): Promise<bigint> {
    const answer = await this.#chain.view("currency", "balanceOf", [account]);
    return BigInt(String(answer[0]));
  }

  /** Everybody is silent but one without rights or bonds: time alone must bring everybody's money. */
  async #endEverything(): Promise<void> {
    this.#silent = true;
    const { cast, ground, streams, finals, accounts, models } = this.#game;
    const begun = this.#now;
    for (let due = dueOf(this.#game); due !== undefined; due = dueOf(this.#game)) {
      await this.#must(due.move, Math.max(this.#now + 1, due.at));
    }
    const { cuttingPeriod, fallbackTime, window, responseTime, proposingPeriod } = RULES;
    const longest = cuttingPeriod + fallbackTime + window + MAX_TURNS * responseTime + proposingPeriod;
    expect(this.#now - begun < longest, "everything ends in time").to.equal(true);
    for (const { stream, interval } of this.#game.keys) {
      const what = `end of interval ${interval} of stream ${stream.id}`;
      expect(this.#once.has(what), what).to.equal(true);
    }
    for (const model of [...models].reverse())
      await this.#must(moves.distribute(this.#game, cast.anonymous, model), this.#now + 1);
    for (const stream of streams) {
      const indexes = stream.money.terms.rows.map((_, i) => i);
      await this.#must(moves.claimProRata(this.#game, cast.anonymous, [{ stream: stream.id, indexes }]), this.#now + 1);
    }
    for (const proposal of finals) await this.#claimLines(proposal);
    await this.#must(moves.withdrawMany(this.#game, cast.anonymous, accounts), this.#now + 1);
    checkRowDust(streams.map(({ money }) => money));
    await this.#compare(true);
    await this.#emptyTheVault(ground.places.attribution);
    await this.#emptyTheVault(ground.places.indexes);
    await this.#compare(true);
    expect(await this.#balanceOf(ground.places.vault), "what stays in the vault").to.equal(0n);
  }

  /** Claims what can be proved; of a large statement forty lines. */
  async #claimLines(proposal: Proposal): Promise<void> {
    const all = proposal.stream.money.terms.rows.map((_, i) => i);
    const lines = (all.length > 40 ? this.#random.shuffle(all).slice(0, 40) : all)
      .filter((i) => proposal.right || this.#game.proves(proposal, i))
      .map((i) => this.#game.line(proposal, i));
    await this.#must(moves.claim(this.#game, this.#game.cast.anonymous, [{ sealed: proposal, lines }]), this.#now + 1);
    for (const { index, weight } of lines) {
      const isPaid = weight === 0n || proposal.stream.money.isClaimed(proposal.interval, index);
      const isDust = proposal.statement.payout.pool * weight < 2n * proposal.statement.payout.total;
      expect(isPaid || isDust, "a line of a final statement is paid").to.equal(true);
    }
  }

  /** No bond is locked for ever: everybody takes its own out. */
  async #emptyTheVault(controller: string): Promise<void> {
    const { vault } = this.#game.ground;
    const held = this.#game.accounts.filter((account) => {
      const { free, locked } = vault.bondOf(controller, account);
      expect(locked, "a bond that stays locked").to.equal(0n);
      return free > 0n;
    });
    for (const account of held) {
      const { free } = vault.bondOf(controller, account);
      await this.#must(moves.requestWithdrawal(this.#game, account, controller, free), this.#now + 1);
    }
    this.#now += WITHDRAWAL_DELAY;
    for (const account of this.#game.accounts) {
      if (vault.bondOf(controller, account).leaving === 0n) continue;
      await this.#must(moves.withdrawBond(this.#game, account, controller, account), this.#now + 1);
    }
  }

  async #must(move: Move, at: number): Promise<void> {
    const { refused } = await this.#do(move, at);
    if (refused !== undefined) throw new Error(`${move.to}.${move.method} was refused: ${refused}`);
  }

  async #signed({ lanes, ...rest }: Usage, signer: string): Promise<string> {
    const { ethers, usage } = this.#stage.suite;
    const domain = {
      name: "Tributary",
      version: "1",
      chainId: (await ethers.provider.getNetwork()).chainId,
      verifyingContract: await usage.getAddress(),
    };
    const wallet = await ethers.getSigner(signer);
    return wallet.signTypedData(domain, { UsageReport: USAGE_REPORT }, { ...rest, q: qBytes(lanes) });
  }
}
