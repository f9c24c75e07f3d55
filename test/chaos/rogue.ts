import { setTimeout as sleep } from "node:timers/promises";
import { type ContractTransaction, type Provider, Wallet } from "ethers";
import { readGame, readStatements, type Suite } from "../../client/index.ts";
import { ceilLog2, isOpen } from "../../scorer/index.ts";
import { favour, score } from "../../scripts/demo/attribution.ts";
import { keyNamed } from "../../scripts/demo/cast.ts";
import type { StackWorld } from "../../scripts/stack/world.ts";
import type { PublishedFiles } from "../../services/index.ts";
import type { Random } from "../support/random.ts";

const FEE_BPS = 200;
/** Milliseconds between two deeds */
const EVERY = 250;
/** An interval that was voided more often would take too long for a test. */
const MOST_VOIDS = 2n;

/** Proposes wrong statements, challenges right ones, and answers nothing. */
export class Rogue {
  readonly #world: StackWorld;
  readonly #files: PublishedFiles;
  readonly #random: Random;
  readonly #wallet: Wallet;
  proposed = 0;
  challenged = 0;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(world: StackWorld, files: PublishedFiles, random: Random, name: string) {
    [this.#world, this.#files, this.#random] = [world, files, random];
    this.#wallet = new Wallet(keyNamed(name));
  }

  get address(): string {
    return this.#wallet.address;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      // What it looked at may be taken back while it looks.
      await this.#act().catch(() => undefined);
      await sleep(EVERY);
    }
  }

  /** Calls the silence about a challenge that nobody answered in time: an honest scorer's bond is lost then. */
  async callSilence(): Promise<void> {
    const { suite, lineage } = this.#world;
    const { intervals } = await suite.usage.headOf(lineage.finetune);
    for (let interval = 0; interval < Number(intervals); interval++) {
      const live = (await readStatements(suite, lineage.stream, interval)).find(({ state }) => state === "live");
      if (live === undefined) continue;
      const { now, nodes } = await readGame(suite, live);
      const silent = nodes.find((node) => isOpen(node) && now >= node.deadline);
      if (silent === undefined) continue;
      const { level, position } = silent;
      await this.#send(
        suite.provider,
        await suite.challenges.callSilence.populateTransaction(live.statement, level, position),
      );
    }
  }

  /** Does one thing that comes to its mind, if there is any. */
  async #act(): Promise<void> {
    const { suite, lineage } = this.#world;
    const { intervals } = await suite.usage.headOf(lineage.finetune);
    for (let interval = Number(intervals) - 1; interval >= 0; interval--) {
      const { status, voids } = await suite.attribution.settlementOf(lineage.stream, interval);
      if (status === 0n && voids < MOST_VOIDS && this.#random.chance(0.5)) return this.#propose(interval);
      if (status === 1n && this.#random.chance(0.5)) return this.#challenge(interval);
    }
  }

  async #propose(interval: number): Promise<void> {
    const { suite, lineage, trained } = this.#world;
    if (BigInt(await suite.usage.reportHashOf(lineage.finetune, interval)) === 0n) return;
    const right = await score(suite, lineage.stream, interval, trained.indexFile, trained.indexRoot);
    if (right.total === 0n) return;
    const paid = right.lines.filter(({ payable }) => payable > 0n);
    const wrong = favour(right, this.#random.pick(paid).index);
    // Sometimes it publishes what it stated; else the watchtower has to ask for it.
    if (this.#random.chance(0.5)) await this.#files.publishStatement(wrong);
    const { stream, sumTreeRoot, total } = wrong;
    const call = suite.attribution.propose.populateTransaction(stream, interval, sumTreeRoot, total, FEE_BPS, "");
    if (await this.#send(suite.provider, await call)) this.proposed++;
  }

  async #challenge(interval: number): Promise<void> {
    const { suite, lineage } = this.#world;
    const live = (await readStatements(suite, lineage.stream, interval)).find(({ state }) => state === "live");
    if (live === undefined || live.scorer === this.address) return;
    const { nodes } = await readGame(suite, live);
    const lines = Number(live.statement.payout.lines);
    const depth = ceilLog2(lines);
    const root = nodes.find(({ level }) => level === depth);
    const { challenges } = suite;
    const call = await (root === undefined
      ? challenges.challenge.populateTransaction(live.statement, depth, 0)
      : isOpen(root)
        ? undefined
        : challenges.descend.populateTransaction(live.statement, depth, 0, this.#random.integer(0, lines - 1)));
    if (call !== undefined && (await this.#send(suite.provider, call))) this.challenged++;
  }

  /** Sends and doesn't look back. */
  async #send(provider: Provider, transaction: ContractTransaction): Promise<boolean> {
    const from = this.address;
    const gas = await provider.estimateGas({ ...transaction, from }).catch(() => undefined);
    if (gas === undefined) return false;
    const [nonce, { maxFeePerGas, maxPriorityFeePerGas }] = await Promise.all([
      provider.getTransactionCount(from, "latest"),
      provider.getFeeData(),
    ]);
    const { chainId } = this.#world.book;
    const fees = { maxFeePerGas: maxFeePerGas ?? 0n, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n };
    const raw = await this.#wallet.signTransaction({
      ...{ ...transaction, type: 2, chainId, nonce, gasLimit: 2n * gas, ...fees },
    });
    return provider.broadcastTransaction(raw).then(
      () => true,
      () => false,
    );
  }
}

/** Whether a suite has nothing left to decide for a model's stream. */
export async function isDecided(
  { usage, ledger, attribution }: Suite,
  model: bigint,
  stream: bigint,
): Promise<boolean> {
  const [{ to, intervals }, { fees }] = await Promise.all([usage.headOf(model), ledger.countersOf(model)]);
  if (to !== fees) return false;
  for (let interval = 0; interval < Number(intervals); interval++) {
    const { status } = await attribution.settlementOf(stream, interval);
    if (status < 2n) return false;
  }
  return true;
}
