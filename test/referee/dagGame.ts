import { expect } from "chai";
import { type BigNumberish, concat, id, Interface, toBeHex, ZeroAddress } from "ethers";
import type {
  BatchReader,
  ModelRegistry,
  RevenueLedger,
  ScriptedWallet,
  StreamPayouts,
} from "../../typechain-types/index.ts";
import { item } from "../support/fixture.ts";
import { contribute, createDataset, registration, source, streamOf } from "../support/lineage.ts";
import { type Call, deployTill, type Mintable, script } from "../support/payments.ts";
import type { Random } from "../support/random.ts";
import type { Suite } from "../support/suite.ts";
import { type PlannedModel, randomDag } from "./dags.ts";
import { Lineage } from "./lineage.ts";
import { StreamReferee } from "./streams.ts";

const PROTOCOL_BPS = 137n;
const ERC20 = new Interface([
  "function transfer(address to, uint256 amount)",
  "function balanceOf(address account) view returns (uint256)",
]);
/** Enough for every transaction of a game: nothing is estimated. */
const FEES = { gas: toBeHex(30_000_000), gasPrice: toBeHex(10n ** 11n) };
/** Rows of the contributions to each dataset; every second dataset's last one is retired. */
const DATASETS: readonly { readonly proRataBps: bigint; readonly rows: readonly bigint[] }[] = [
  { proRataBps: 0n, rows: [1n] },
  { proRataBps: 10_000n, rows: [1n, 1n, 1n] },
  { proRataBps: 9_999n, rows: [4_294_967_295n, 1n, 7n, 3_000n] },
  { proRataBps: 1n, rows: [2n, 3n, 5n, 7n, 11n] },
  { proRataBps: 2_500n, rows: [13n, 4_294_967_295n] },
];

/** The numbers in an answer. */
function wordsOf(answer: string): bigint[] {
  return (answer.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));
}

interface PlayedStream {
  readonly id: bigint;
  readonly referee: StreamReferee;
}

/** What all games of a chain start from. */
export interface Board {
  readonly suite: Suite;
  readonly currency: Mintable & { balanceOf(account: string): Promise<bigint> };
  readonly models: ModelRegistry;
  readonly ledger: RevenueLedger;
  readonly payouts: StreamPayouts;
  readonly reader: BatchReader;
  readonly payer: ScriptedWallet;
  /** Contract wallets, so that one transaction does what several owners do. */
  readonly owners: readonly ScriptedWallet[];
  /** Wallets of each dataset's contributions, and the rows that each counts. */
  readonly datasets: readonly { proRataBps: bigint; contributors: string[]; rows: number[] }[];
}

/** Datasets of all kinds, owners, and a ledger whose currency has no cap. */
export async function setUpBoard(suite: Suite): Promise<Board> {
  const { ethers, wallets, datasets } = suite;
  const currency = await ethers.deployContract("HookToken");
  const till = await deployTill(suite, currency, PROTOCOL_BPS);
  await currency.mint(await till.payer.getAddress(), 2n ** 111n);
  const owners: ScriptedWallet[] = [];
  for (let i = 0; i < 4; i++) owners.push(await ethers.deployContract("ScriptedWallet"));
  const curator = item(wallets, 0);
  const made: Board["datasets"][number][] = [];
  for (const [d, { proRataBps, rows }] of DATASETS.entries()) {
    const dataset = await createDataset(suite, curator, { streamBps: 0n, proRataBps, rowCap: 2n ** 32n - 1n });
    const contributors = rows.map((_, i) => item(wallets, 1 + ((d + i) % 5)));
    for (const [i, contributor] of contributors.entries()) {
      const submission = await contribute(suite, dataset, contributor, item(rows, i), `rows ${i}`);
      await datasets.connect(curator).accept(dataset, [submission]);
    }
    const last = rows.length - 1;
    const retired = d % 2 === 1;
    if (retired) await datasets.connect(item(contributors, last)).retire(dataset, last);
    await datasets.connect(curator).freeze(dataset);
    made.push({
      proRataBps,
      contributors: contributors.map(({ address }) => address),
      rows: rows.map((count, i) => (retired && i === last ? 0 : Number(count))),
    });
  }
  const reader = await ethers.deployContract("BatchReader");
  return { suite, models: suite.models, ...till, currency, owners, datasets: made, reader };
}

/**
 * A random lineage, played on the chain and before the referee at once: payments down to one wei, distributions in any
 * order, sales, payout addresses, withdrawals, and claims by rows. After every step all counters, balances and tokens must
 * be the referee's.
 */
export class DagGame {
  readonly #board: Board;
  readonly #random: Random;
  readonly #plan: readonly PlannedModel[];
  readonly #lineage: Lineage;
  readonly #streams: PlayedStream[] = [];
  readonly #owners: string[] = [];
  readonly #ownerOf: number[];
  readonly #tokens = new Map<string, bigint>();
  #watched: { target: string; data: string; what: string; expected: () => readonly bigint[] }[] = [];
  /** The call that reads all that is watched. */
  #question: { to: string; data: string } | undefined;
  #paidIn = 0n;
  #paidOut = 0n;

  constructor(board: Board, random: Random) {
    this.#board = board;
    this.#random = random;
    this.#plan = randomDag(random, board.owners.length, board.datasets.length);
    this.#ownerOf = this.#plan.map(({ owner }) => owner);
    this.#lineage = new Lineage(board.suite.treasury.address, PROTOCOL_BPS);
  }

  async play(steps: number): Promise<void> {
    for (const owner of this.#board.owners) this.#owners.push(await owner.getAddress());
    await this.#register();
    await this.#watch();
    await this.#pay();
    for (let step = 0; step < steps; step++) {
      await this.#step();
      await this.#compare(`step ${step}`);
    }
    await this.#divideEverything();
    await this.#compare("all divided");
    await this.#payEverybody();
    await this.#compare("all paid");
    this.#closeTheBooks();
  }

  /** All models in one transaction. */
  async #register(): Promise<void> {
    const { models, datasets } = this.#board;
    const target = await models.getAddress();
    const calls: Call[] = [];
    this.#plan.forEach(({ owner, parents, sources }, i) => {
      const data = models.interface.encodeFunctionData("register", [
        registration({
          artifactDigest: id(`model ${i}`),
          parents: parents.map(({ model, bps }) => ({ model, shareBps: bps })),
          sources: sources.map(({ dataset, bps }) => source(BigInt(dataset), bps)),
        }),
      ]);
      calls.push(this.#as(owner, [{ target, data }]));
      const model = this.#lineage.register(item(this.#owners, owner), { parents, streams: sources });
      for (const [slot, { dataset, bps }] of sources.entries()) {
        const terms = { model, bps, index: [], exponentBound: 0, ...item(datasets, dataset - 1) };
        const referee = new StreamReferee(this.#lineage, terms);
        this.#streams.push({ id: streamOf(BigInt(model), BigInt(slot)), referee });
      }
    });
    await this.#run(calls);
    for (const [i, { parents, sources }] of this.#plan.entries()) {
      const split = await models.splitOf(i + 1);
      expect(split, `model ${i + 1}`).to.deep.equal([
        item(this.#owners, item(this.#ownerOf, i)),
        this.#lineage.developerBps(i + 1),
        parents.map(({ model, bps }) => [BigInt(model), bps]),
      ]);
      expect(await models.streamsOf(i + 1), `streams of model ${i + 1}`).to.deep.equal(
        sources.map(({ dataset, bps }) => [BigInt(dataset), 1n, bps, item(datasets, dataset - 1).proRataBps]),
      );
    }
  }

  async #step(): Promise<void> {
    const steps: [number, () => Promise<void>][] = [
      [6, () => this.#pay()],
      [4, () => this.#distribute(this.#model())],
      [2, () => this.#distributeMany()],
      [1, () => this.#sell()],
      [1, () => this.#redirect()],
      [1, () => this.#withdraw()],
      [1, () => this.#withdrawMany(this.#accounts().filter(() => this.#random.chance(0.5)))],
      [2, () => this.#claim(this.#streams.filter(() => this.#random.chance(0.5)))],
    ];
    const step = this.#random.pick(
      steps.flatMap(([weight, play]) => new Array<() => Promise<void>>(weight).fill(play)),
    );
    await step();
  }

  async #pay(): Promise<void> {
    const { ledger, payer } = this.#board;
    const random = this.#random;
    const model = this.#model();
    const amounts = random.chance(0.5)
      ? new Array<bigint>(random.integer(1, 9)).fill(1n)
      : [1n + random.bits(random.pick([3, 16, 40, 80, 100]))];
    const [target, currency] = [await ledger.getAddress(), await this.#board.currency.getAddress()];
    const calls = amounts.map((amount) => {
      const transfer = { target: currency, data: ERC20.encodeFunctionData("transfer", [target, amount]) };
      return { target, data: ledger.interface.encodeFunctionData("credit", [model, amount, script([transfer])]) };
    });
    await this.#run(calls, payer);
    for (const amount of amounts) {
      this.#lineage.pay(model, amount);
      this.#paidIn += amount;
    }
  }

  async #distribute(model: number): Promise<void> {
    const { ledger } = this.#board;
    await this.#send(await ledger.getAddress(), ledger.interface.encodeFunctionData("distribute", [model]));
    this.#lineage.distribute(model);
  }

  async #distributeMany(): Promise<void> {
    const models = Array.from({ length: this.#random.integer(0, 2 * this.#plan.length) }, () => this.#model());
    await this.#distributeAll(models);
  }

  async #distributeAll(models: readonly number[]): Promise<void> {
    const { ledger } = this.#board;
    await this.#send(await ledger.getAddress(), ledger.interface.encodeFunctionData("distributeMany", [[...models]]));
    for (const model of models) this.#lineage.distribute(model);
  }

  /** Later income goes to the buyer, whatever payout the seller had set. */
  async #sell(): Promise<void> {
    const { models } = this.#board;
    const model = this.#model();
    const [seller, buyer] = [item(this.#ownerOf, model - 1), this.#random.integer(0, this.#owners.length - 1)];
    const [from, to] = [item(this.#owners, seller), item(this.#owners, buyer)];
    const data = models.interface.encodeFunctionData("transferFrom", [from, to, model]);
    await this.#run([this.#as(seller, [{ target: await models.getAddress(), data }])]);
    this.#ownerOf[model - 1] = buyer;
    this.#lineage.transfer(model, to);
  }

  async #redirect(): Promise<void> {
    const { models } = this.#board;
    const model = this.#model();
    const payout = this.#random.pick([ZeroAddress, ...this.#accounts()]);
    const data = models.interface.encodeFunctionData("setPayout", [model, payout]);
    await this.#run([this.#as(item(this.#ownerOf, model - 1), [{ target: await models.getAddress(), data }])]);
    this.#lineage.redirect(model, payout === ZeroAddress ? undefined : payout);
  }

  async #withdraw(): Promise<void> {
    const { ledger } = this.#board;
    const owner = this.#random.integer(0, this.#owners.length - 1);
    const to = this.#random.pick(this.#accounts());
    const amount = this.#lineage.withdraw(item(this.#owners, owner));
    if (amount === 0n) return;
    const data = ledger.interface.encodeFunctionData("withdraw", [to]);
    await this.#run([this.#as(owner, [{ target: await ledger.getAddress(), data }])]);
    this.#receive(to, amount);
  }

  async #withdrawMany(accounts: readonly string[]): Promise<void> {
    const { ledger } = this.#board;
    const data = ledger.interface.encodeFunctionData("withdrawMany", [[...accounts]]);
    await this.#send(await ledger.getAddress(), data);
    for (const account of accounts) this.#receive(account, this.#lineage.withdraw(account));
  }

  async #claim(streams: readonly PlayedStream[]): Promise<void> {
    const { payouts } = this.#board;
    const claims = streams.map(({ id: stream, referee }) => ({
      stream,
      indexes: referee.terms.rows.map((_, index) => index),
    }));
    await this.#send(await payouts.getAddress(), payouts.interface.encodeFunctionData("claimProRata", [claims]));
    for (const { referee } of streams) {
      for (const [index, contributor] of referee.terms.contributors.entries()) {
        this.#receive(contributor, referee.claimProRata(index));
      }
    }
  }

  /** Children before their parents: nothing is left to divide. */
  async #divideEverything(): Promise<void> {
    const models = this.#plan.map((_, i) => i + 1).reverse();
    await this.#distributeAll(models);
  }

  async #payEverybody(): Promise<void> {
    await this.#withdrawMany(this.#accounts());
    await this.#claim(this.#streams);
  }

  /** What is left in the ledger waits for the end of intervals, or is dust of a known size. */
  #closeTheBooks(): void {
    let dust = this.#paidIn - this.#paidOut;
    let bound = 0n;
    for (const { referee } of this.#streams) {
      dust -= referee.waiting;
      bound += BigInt(referee.terms.rows.length) - 1n;
    }
    for (let model = 1; model <= this.#plan.length; model++) bound += 2n * (this.#lineage.parties(model) - 1n);
    expect(dust >= 0n && dust <= bound, `dust: ${dust} wei of at most ${bound}`).to.equal(true);
  }

  /** Everything that must be the referee's. */
  async #watch(): Promise<void> {
    const { ledger, currency } = this.#board;
    const [target, token] = [await ledger.getAddress(), await currency.getAddress()];
    const view = (name: "incomeOf" | "countersOf" | "balanceOf", argument: BigNumberish | string) => ({
      target,
      data: concat([ledger.interface.getFunction(name).selector, toBeHex(argument, 32)]),
    });
    const lineage = this.#lineage;
    for (let model = 1; model <= this.#plan.length; model++) {
      this.#watched.push({
        ...view("incomeOf", model),
        what: `income of model ${model}`,
        expected: () => [lineage.gross(model), lineage.royalties(model), ...lineage.divided(model)],
      });
      this.#watched.push({
        ...view("countersOf", model),
        what: `counters of model ${model}`,
        expected: () => [lineage.fees(model), lineage.royalties(model)],
      });
    }
    for (const account of this.#accounts()) {
      this.#watched.push({
        ...view("balanceOf", account),
        what: `balance of ${account}`,
        expected: () => [lineage.balanceOf(account)],
      });
      this.#watched.push({
        target: token,
        data: ERC20.encodeFunctionData("balanceOf", [account]),
        what: `tokens of ${account}`,
        expected: () => [this.#tokens.get(account) ?? 0n],
      });
    }
    this.#watched.push({
      target: token,
      data: ERC20.encodeFunctionData("balanceOf", [target]),
      what: "tokens of the ledger",
      expected: () => [this.#paidIn - this.#paidOut],
    });
  }

  async #compare(when: string): Promise<void> {
    const { reader, suite } = this.#board;
    this.#question ??= {
      to: await reader.getAddress(),
      data: reader.interface.encodeFunctionData("read", [this.#watched.map(({ target, data }) => ({ target, data }))]),
    };
    const answer: unknown = await suite.provider.request({ method: "eth_call", params: [this.#question, "latest"] });
    const [answers] = reader.interface.decodeFunctionResult("read", answer as string) as unknown as [string[]];
    for (const [i, { what, expected }] of this.#watched.entries()) {
      const [found, wanted] = [wordsOf(item(answers, i)), expected()];
      // The text of an assertion is dear, and almost never needed.
      if (found.join() !== wanted.join()) expect(found, `${what} after ${when}`).to.deep.equal(wanted);
    }
  }

  /** Everybody who can have a balance. */
  #accounts(): string[] {
    const contributors = this.#board.datasets.flatMap((dataset) => dataset.contributors);
    return [...new Set([this.#board.suite.treasury.address, ...this.#owners, ...contributors])];
  }

  #model(): number {
    return this.#random.integer(1, this.#plan.length);
  }

  #receive(account: string, amount: bigint): void {
    this.#tokens.set(account, (this.#tokens.get(account) ?? 0n) + amount);
    this.#paidOut += amount;
  }

  /** The call that makes an owner make calls. */
  #as(owner: number, calls: Call[]): Call {
    const wallet = item(this.#board.owners, owner);
    return { target: item(this.#owners, owner), data: wallet.interface.encodeFunctionData("run", [calls]) };
  }

  /** Several calls in one transaction. */
  async #run(calls: readonly Call[], wallet = item(this.#board.owners, 0)): Promise<void> {
    await this.#send(await wallet.getAddress(), wallet.interface.encodeFunctionData("run", [[...calls]]));
  }

  async #send(to: string, data: string): Promise<void> {
    const { provider, deployer } = this.#board.suite;
    await provider.request({ method: "eth_sendTransaction", params: [{ from: deployer.address, to, data, ...FEES }] });
  }
}
