import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import { type PlainStatement, plain } from "../support/attributionWorld.ts";
import { type IndexRow, indexTree, qBytes, type SumTree, sumTree } from "../support/formats.ts";
import { LICENCE, OPEN_TO_CHILDREN, registerModel, source, TERMS } from "../support/lineage.ts";
import type { Random } from "../support/random.ts";
import type { Suite } from "../support/suite.ts";
import { checkBooks, checkRowDust } from "./books.ts";
import { Lineage } from "./lineage.ts";
import { StreamReferee } from "./streams.ts";

const DAY = 86_400;
const LANES = 16;
const PROTOCOL_BPS = 100n;
const DIGEST = id("a file");
/** Half of all demo dollars that there can be. */
const RICH = 2n ** 79n;
const DEPOSIT = 2n ** 77n;

interface Dataset {
  readonly contributors: HardhatEthersSigner[];
  readonly rows: number[];
  readonly streamBps: number;
  readonly proRataBps: number;
}

interface Live {
  readonly tree: SumTree;
  readonly statement: PlainStatement;
  readonly feeBps: bigint;
  readonly closesAt: bigint;
}

interface Interval {
  readonly from: bigint;
  readonly to: bigint;
  readonly q: readonly number[];
  reported: boolean;
}

interface Stream {
  readonly id: bigint;
  readonly referee: StreamReferee;
  readonly open: Set<number>;
  readonly live: Map<number, Live>;
  readonly final: Map<number, { readonly payout: PlainStatement["payout"]; readonly tree: SumTree }>;
}

/**
 * A random history, played on the chain and before the referee at once: a lineage of models on datasets, payments down to
 * one wei, distributions in any order, intervals, statements, fallbacks, claims, withdrawals, sales and payout addresses of
 * models. After every step all counters and balances must be the referee's.
 */
export class History {
  readonly #suite: Suite;
  readonly #random: Random;
  readonly #lineage: Lineage;
  readonly #owners: HardhatEthersSigner[];
  readonly #operator: HardhatEthersSigner;
  readonly #payer: HardhatEthersSigner;
  readonly #scorer: HardhatEthersSigner;
  readonly #contributors: HardhatEthersSigner[];
  readonly #ownerOf = new Map<number, HardhatEthersSigner>();
  readonly #datasets: Dataset[] = [];
  readonly #streams: Stream[] = [];
  readonly #intervals = new Map<number, Interval[]>();
  /** Tokens that each account was paid out. */
  readonly #tokens = new Map<string, bigint>();
  #paidIn = 0n;

  constructor(suite: Suite, random: Random) {
    this.#suite = suite;
    this.#random = random;
    const [operator, payer, scorer, ...others] = suite.wallets;
    if (operator === undefined || payer === undefined || scorer === undefined) throw new Error("too few wallets");
    [this.#operator, this.#payer, this.#scorer] = [operator, payer, scorer];
    this.#owners = others.slice(0, 3);
    // Owners contribute too: an account can be paid for several things.
    this.#contributors = others.slice(2, 8);
    this.#lineage = new Lineage(suite.treasury.address, PROTOCOL_BPS);
  }

  async play(steps: number): Promise<void> {
    await this.#prepare();
    for (let step = 0; step < steps; step++) {
      await this.#step();
      await this.#compare();
    }
    await this.#settleEverything();
    await this.#closeTheBooks();
  }

  async #prepare(): Promise<void> {
    const { currency, ledger, market, vault, attribution } = this.#suite;
    await currency.mint(this.#payer.address, RICH);
    for (const spender of [ledger, market, vault]) await currency.connect(this.#payer).approve(spender, RICH);
    await vault.connect(this.#payer).deposit(attribution, this.#scorer.address, DEPOSIT);
    for (let left = this.#random.integer(1, 3); left > 0; left--) await this.#createDataset();
    for (let left = this.#random.integer(2, 6); left > 0; left--) await this.#registerModel();
    await this.#suite.networkHelpers.time.increase(2 * DAY);
    for (const { id: stream } of this.#streams) await this.#suite.indexes.activateIndex(stream);
    for (let model = 1; model <= this.#lineage.count; model++) await this.#pay(model);
  }

  async #createDataset(): Promise<void> {
    const { datasets } = this.#suite;
    const random = this.#random;
    const [streamBps, proRataBps] = [
      random.integer(0, 1_500),
      random.pick([0, 1, 500, 3_333, random.integer(0, 10_000)]),
    ];
    const curator = random.pick(this.#owners);
    const rowCap = random.integer(50, 5_000);
    await datasets.connect(curator).createDataset({ ...TERMS, streamBps, proRataBps, rowCap }, LICENCE, DIGEST, "");
    const dataset = this.#datasets.length + 1;
    const contributors = Array.from({ length: random.integer(1, 6) }, () => random.pick(this.#contributors));
    const rows = contributors.map(() => random.integer(1, 6_000));
    const submissions: { contributor: string; root: string }[] = [];
    for (const [i, contributor] of contributors.entries()) {
      const root = random.hex(32);
      await datasets.connect(contributor).contribute(dataset, root, rows[i] ?? 0, "");
      submissions.push({ contributor: contributor.address, root });
    }
    await datasets.connect(curator).accept(dataset, submissions);
    const counted = rows.map((count) => Math.min(count, rowCap));
    const retired = random.integer(0, contributors.length - 1);
    if (retired > 0 && random.chance(0.5)) {
      const contributor = contributors[retired];
      if (contributor !== undefined) await datasets.connect(contributor).retire(dataset, retired);
      counted[retired] = 0;
    }
    await datasets.connect(curator).freeze(dataset);
    this.#datasets.push({ contributors, rows: counted, streamBps, proRataBps });
  }

  async #registerModel(): Promise<void> {
    const { market, indexes } = this.#suite;
    const random = this.#random;
    const owner = random.pick(this.#owners);
    const parents: { model: number; bps: bigint }[] = [];
    for (let parent = 1; parent <= this.#lineage.count; parent++) {
      if (random.chance(0.5)) parents.push({ model: parent, bps: BigInt(random.pick([1, 137, 500, 999])) });
    }
    const sources = this.#datasets.flatMap(({ streamBps }, i) =>
      random.chance(0.7) ? [{ dataset: i + 1, bps: BigInt(streamBps + random.integer(0, 120)) }] : [],
    );
    const model = this.#lineage.register(owner.address, { parents, streams: sources });
    await registerModel(this.#suite, owner, {
      artifactDigest: DIGEST,
      operator: this.#operator.address,
      children: { ...OPEN_TO_CHILDREN, leastBps: 1 },
      parents: parents.map(({ model: parent, bps }) => ({ model: parent, shareBps: bps })),
      sources: sources.map(({ dataset, bps }) => source(BigInt(dataset), bps)),
    });
    await market.connect(owner).list(model, 1);
    this.#ownerOf.set(model, owner);
    this.#intervals.set(model, []);
    await indexes.connect(owner).commitBasis(model, { lanes: LANES, basisDigest: DIGEST, methodDigest: DIGEST }, "");
    for (const [slot, { dataset, bps }] of sources.entries()) {
      const { contributors, rows, proRataBps } = this.#dataset(dataset);
      const index = rows.map(() => this.#randomRow());
      const exponentBound = random.integer(0, 10);
      const stream = (BigInt(model) << 8n) | BigInt(slot);
      await indexes.connect(owner).commitIndex(stream, indexTree(index).root, exponentBound, "");
      const referee = new StreamReferee(this.#lineage, {
        model,
        bps,
        proRataBps: BigInt(proRataBps),
        contributors: contributors.map(({ address }) => address),
        rows,
        index,
        exponentBound,
      });
      this.#streams.push({ id: stream, referee, open: new Set(), live: new Map(), final: new Map() });
    }
  }

  async #step(): Promise<void> {
    const model = this.#random.integer(1, this.#lineage.count);
    const steps: [number, () => Promise<void>][] = [
      [8, () => this.#pay(model)],
      [4, () => this.#distribute(model)],
      [3, () => this.#cutSome()],
      [6, () => this.#propose()],
      [3, () => this.#finalise()],
      [1, () => this.#fallBack()],
      [2, () => this.#claim()],
      [2, () => this.#claimProRata()],
      [1, () => this.#withdraw()],
      [1, () => this.#sell(model)],
      [1, () => this.#redirect(model)],
    ];
    const step = this.#random.pick(
      steps.flatMap(([weight, play]) => new Array<() => Promise<void>>(weight).fill(play)),
    );
    await step();
  }

  async #pay(model: number): Promise<void> {
    const random = this.#random;
    const amount = random.chance(0.4) ? 1n : 1n + random.bits(random.pick([3, 16, 40, 70]));
    await this.#suite.market.connect(this.#payer).pay(model, amount, DIGEST);
    this.#lineage.pay(model, amount);
    this.#paidIn += amount;
  }

  async #distribute(model: number): Promise<void> {
    await this.#suite.ledger.distribute(model);
    this.#lineage.distribute(model);
  }

  async #cutSome(): Promise<void> {
    await this.#suite.networkHelpers.time.increase(DAY);
    for (let model = 1; model <= this.#lineage.count; model++) if (this.#random.chance(0.6)) await this.#cut(model);
  }

  async #cut(model: number): Promise<void> {
    const pieces = this.#intervalsOf(model);
    const from = pieces.at(-1)?.to ?? 0n;
    const to = this.#lineage.fees(model);
    if (from === to) return;
    await this.#suite.usage.cut(model);
    const interval = pieces.length;
    const q = this.#randomRow().lanes;
    const piece = { from, to, q, reported: this.#random.chance(0.85) };
    pieces.push(piece);
    for (const stream of this.#streamsOf(model)) stream.open.add(interval);
    if (piece.reported) await this.#report(model, interval, piece);
  }

  async #report(model: number, interval: number, { from, to, q }: Interval): Promise<void> {
    const { usage, models, ethers } = this.#suite;
    const owner = this.#ownerOf.get(model);
    if (owner === undefined) throw new Error("a model without owner");
    await models.connect(owner).setOperator(model, this.#operator);
    const stated = { model, interval, from, to, receiptsRoot: ZeroHash, exponent: -3, q: qBytes(q) };
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: "Tributary", version: "1", chainId, verifyingContract: await usage.getAddress() };
    const signature = await this.#operator.signTypedData(
      domain,
      {
        UsageReport: [
          { name: "model", type: "uint256" },
          { name: "interval", type: "uint32" },
          { name: "from", type: "uint112" },
          { name: "to", type: "uint112" },
          { name: "receiptsRoot", type: "bytes32" },
          { name: "exponent", type: "int16" },
          { name: "q", type: "bytes" },
        ],
      },
      stated,
    );
    await usage.report(stated, signature);
  }

  async #propose(): Promise<void> {
    for (const { stream, interval } of this.#openIntervals()) {
      if (this.#random.chance(0.6)) await this.#proposeOne(stream, interval);
    }
  }

  async #proposeOne(stream: Stream, interval: number): Promise<void> {
    const { attribution } = this.#suite;
    const piece = this.#interval(stream, interval);
    const pool = stream.referee.pool(piece.from, piece.to);
    const tree = sumTree(stream.referee.weights(piece.q));
    const { deadline } = await attribution.settlementOf(stream.id, interval);
    const now = BigInt(await this.#suite.networkHelpers.time.latest());
    expect(await attribution.poolOf(stream.id, interval), "pool").to.equal(pool);
    if (!piece.reported || pool === 0n || tree.total === 0n || now + 1n >= deadline) return;
    const feeBps = this.#random.integer(0, 1_000);
    const arguments_ = [stream.id, interval, tree.root, tree.total, feeBps, ""] as const;
    await attribution.connect(this.#scorer).propose(...arguments_);
    const [event] = await attribution.queryFilter(attribution.filters.StatementProposed(stream.id, interval), "latest");
    if (event === undefined) throw new Error("nothing was proposed");
    stream.open.delete(interval);
    const statement = plain(event.args.statement);
    stream.live.set(interval, {
      tree,
      statement,
      feeBps: BigInt(feeBps),
      closesAt: statement.proposedAt + BigInt(3 * DAY),
    });
  }

  #openIntervals(): { stream: Stream; interval: number }[] {
    return this.#streams.flatMap((stream) => [...stream.open].map((interval) => ({ stream, interval })));
  }

  async #finalise(): Promise<void> {
    for (const stream of this.#streams) {
      for (const [interval, live] of [...stream.live]) {
        if (this.#random.chance(0.7)) await this.#finaliseOne(stream, interval, live);
      }
    }
  }

  async #finaliseOne(stream: Stream, interval: number, live: Live): Promise<void> {
    const { attribution, networkHelpers } = this.#suite;
    if (BigInt(await networkHelpers.time.latest()) < live.closesAt) await networkHelpers.time.increaseTo(live.closesAt);
    await attribution.finalise(live.statement);
    const { from, to, q } = this.#interval(stream, interval);
    const { referee } = stream;
    const fee = referee.finalise(interval, referee.pool(from, to), referee.weights(q), live.feeBps);
    this.#lineage.credit(this.#scorer.address, fee);
    stream.live.delete(interval);
    stream.final.set(interval, { payout: live.statement.payout, tree: live.tree });
  }

  async #fallBack(): Promise<void> {
    const candidates = this.#openIntervals();
    if (candidates.length === 0) return;
    const { stream, interval } = this.#random.pick(candidates);
    await this.#fallBackOne(stream, interval);
  }

  async #fallBackOne(stream: Stream, interval: number): Promise<void> {
    const { attribution, networkHelpers } = this.#suite;
    const { deadline } = await attribution.settlementOf(stream.id, interval);
    if (BigInt(await networkHelpers.time.latest()) < deadline) await networkHelpers.time.increaseTo(deadline);
    await attribution.fallBack(stream.id, interval);
    const { from, to } = this.#interval(stream, interval);
    stream.referee.fallBack(stream.referee.pool(from, to));
    stream.open.delete(interval);
  }

  async #claim(): Promise<void> {
    const claims = this.#streams.flatMap((stream) =>
      [...stream.final].flatMap(([interval, { payout, tree }]) => {
        const lines = this.#random.shuffle(tree.weights.map((_, i) => i)).filter(() => this.#random.chance(0.5));
        return this.#random.chance(0.6) ? [{ stream, interval, payout, tree, lines }] : [];
      }),
    );
    await this.#claimLines(claims);
  }

  async #claimLines(
    claims: { stream: Stream; interval: number; payout: PlainStatement["payout"]; tree: SumTree; lines: number[] }[],
  ): Promise<void> {
    const { payouts } = this.#suite;
    const calls = claims.map(({ payout, tree, lines }) => ({
      payout,
      lines: lines.map((index) => ({ index, weight: tree.weights[index] ?? 0n, proof: tree.proof(index) })),
    }));
    const paid = await payouts.claim.staticCall(calls);
    await payouts.claim(calls);
    let expected = 0n;
    for (const { stream, interval, lines } of claims) {
      for (const line of lines) {
        const amount = stream.referee.claim(interval, line);
        this.#receive(stream.referee.terms.contributors[line] ?? "", amount);
        expected += amount;
      }
    }
    expect(paid, "claimed lines").to.equal(expected);
  }

  async #claimProRata(): Promise<void> {
    await this.#claimByRows(
      this.#streams
        .filter(() => this.#random.chance(0.6))
        .map((stream) => ({
          stream,
          indexes: stream.referee.terms.rows.map((_, i) => i).filter(() => this.#random.chance(0.6)),
        })),
    );
  }

  async #claimByRows(claims: { stream: Stream; indexes: number[] }[]): Promise<void> {
    const { payouts } = this.#suite;
    const calls = claims.map(({ stream, indexes }) => ({ stream: stream.id, indexes }));
    const paid = await payouts.claimProRata.staticCall(calls);
    await payouts.claimProRata(calls);
    let expected = 0n;
    for (const { stream, indexes } of claims) {
      for (const index of indexes) {
        const amount = stream.referee.claimProRata(index);
        this.#receive(stream.referee.terms.contributors[index] ?? "", amount);
        expected += amount;
      }
    }
    expect(paid, "claimed pro-rata").to.equal(expected);
  }

  async #withdraw(): Promise<void> {
    const account = this.#random.pick([...this.#owners, this.#scorer, this.#suite.treasury]);
    const amount = this.#lineage.withdraw(account.address);
    if (amount === 0n) return;
    await this.#suite.ledger.connect(account).withdraw(account.address);
    this.#receive(account.address, amount);
  }

  /** Sells a model: later shares are the new owner's, the shares already credited stay with the old one. */
  async #sell(model: number): Promise<void> {
    const { models } = this.#suite;
    const [seller, buyer] = [this.#ownerOf.get(model), this.#random.pick(this.#owners)];
    if (seller === undefined || seller === buyer) return;
    await models.connect(seller).transferFrom(seller, buyer, model);
    this.#ownerOf.set(model, buyer);
    this.#lineage.transfer(model, buyer.address);
  }

  /** Sends the developer's later shares elsewhere, or to the owner again. */
  async #redirect(model: number): Promise<void> {
    const owner = this.#ownerOf.get(model);
    const payout = this.#random.chance(0.3) ? undefined : this.#random.pick(this.#owners);
    if (owner === undefined) throw new Error("a model without owner");
    await this.#suite.models.connect(owner).setPayout(model, payout ?? ZeroAddress);
    this.#lineage.redirect(model, payout?.address);
  }

  /** Every counter and every balance, on the chain and with the referee. */
  async #compare(): Promise<void> {
    const { ledger, currency, treasury } = this.#suite;
    for (let model = 1; model <= this.#lineage.count; model++) {
      const [fees, royalties] = await ledger.countersOf(model);
      expect([fees, royalties], `counters of model ${model}`).to.deep.equal([
        this.#lineage.fees(model),
        this.#lineage.royalties(model),
      ]);
    }
    for (const account of new Set([...this.#owners, this.#scorer, treasury, ...this.#contributors])) {
      const balance = await ledger.balanceOf(account);
      expect(balance, "balance in the ledger").to.equal(this.#lineage.balanceOf(account.address));
      expect(await currency.balanceOf(account), "tokens").to.equal(this.#tokens.get(account.address) ?? 0n);
    }
  }

  /** Distributes children before parents, ends all intervals and claims everything. */
  async #settleEverything(): Promise<void> {
    for (let model = this.#lineage.count; model >= 1; model--) await this.#distribute(model);
    for (const stream of this.#streams) {
      for (const [interval, live] of [...stream.live]) await this.#finaliseOne(stream, interval, live);
      for (const interval of [...stream.open]) if (this.#random.chance(0.7)) await this.#fallBackOne(stream, interval);
      const indexes = stream.referee.terms.rows.map((_, i) => i);
      await this.#claimByRows([{ stream, indexes }]);
      for (const [interval, { payout, tree }] of stream.final) {
        const lines = indexes.filter(() => this.#random.chance(0.8));
        await this.#claimLines([{ stream, interval, payout, tree, lines }]);
      }
    }
    await this.#compare();
  }

  /** What the contracts hold is what they owe, and the dust that is documented. */
  async #closeTheBooks(): Promise<void> {
    const { currency, ledger, payouts } = this.#suite;
    const total = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((all, amount) => all + amount, 0n);
    const referees = this.#streams.map(({ referee }) => referee);
    const held = await currency.balanceOf(ledger);
    const open = await currency.balanceOf(payouts);
    expect(held + open + total(this.#tokens.values()), "no wei is lost or invented").to.equal(this.#paidIn);
    checkBooks(this.#lineage, referees, held, open);
    checkRowDust(referees);
  }

  #receive(account: string, amount: bigint): void {
    this.#tokens.set(account, (this.#tokens.get(account) ?? 0n) + amount);
  }

  #randomRow(): IndexRow {
    const random = this.#random;
    const extreme = random.chance(0.2);
    const lane = (): number => (extreme ? random.pick([-32_768, -1, 0, 1, 32_767]) : random.integer(-32_768, 32_767));
    return { exponent: random.integer(0, 24), lanes: Array.from({ length: LANES }, lane) };
  }

  #dataset(dataset: number): Dataset {
    const found = this.#datasets[dataset - 1];
    if (found === undefined) throw new Error(`no dataset ${dataset}`);
    return found;
  }

  #intervalsOf(model: number): Interval[] {
    const pieces = this.#intervals.get(model);
    if (pieces === undefined) throw new Error(`no model ${model}`);
    return pieces;
  }

  #interval(stream: Stream, interval: number): Interval {
    const piece = this.#intervalsOf(stream.referee.terms.model)[interval];
    if (piece === undefined) throw new Error(`no interval ${interval}`);
    return piece;
  }

  #streamsOf(model: number): Stream[] {
    return this.#streams.filter(({ referee }) => referee.terms.model === model);
  }
}
