import { setTimeout as sleep } from "node:timers/promises";
import { rpc } from "../support/process.ts";

/** Milliseconds between two blocks. */
const EVERY = 250;

/** Makes the blocks of a development chain, whose days pass quickly, and takes some of them back. */
export class Blocks {
  readonly #url: string;
  #time: number;
  /** Seconds of the chain from block to block */
  step: number;
  #reorg: { readonly snapshot: unknown; left: number } | undefined;
  /** Last blocks that are to become other ones */
  #replaced = 0;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  /** How often blocks were taken back, and how often others came in their place at once */
  readonly reorgs = { taken: 0, replaced: 0 };
  /** Whether the node can put other blocks in the place of its last ones */
  readonly replaces: boolean;

  private constructor(url: string, time: number, step: number, replaces: boolean) {
    [this.#url, this.#time, this.step, this.replaces] = [url, time, step, replaces];
  }

  static async begin(url: string, step: number): Promise<Blocks> {
    const { timestamp } = (await rpc(url, "eth_getBlockByNumber", ["latest", false])) as { timestamp: string };
    const client = String(await rpc(url, "web3_clientVersion"));
    await rpc(url, "evm_setAutomine", [false]);
    const blocks = new Blocks(url, Number(timestamp), step, client.startsWith("anvil"));
    blocks.#running = blocks.#run();
    return blocks;
  }

  /** Lets the next few blocks be taken back, with the transactions in them. */
  async reorg(depth: number): Promise<void> {
    this.#reorg ??= { snapshot: await rpc(this.#url, "evm_snapshot"), left: depth };
  }

  /** Puts empty blocks in the place of the last few, as when another branch wins; takes them back on other nodes. */
  async replace(depth: number): Promise<void> {
    if (this.replaces) this.#replaced = depth;
    else await this.reorg(depth);
  }

  /** Waits until no block is about to be taken back: what is read of one that goes away is an error. */
  async settle(): Promise<void> {
    while (this.#reorg !== undefined || this.#replaced > 0) await sleep(EVERY);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await rpc(this.#url, "evm_setAutomine", [true]);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const begun = Date.now();
      // A block that came instead of another one is later, too.
      this.#time += this.step;
      await rpc(this.#url, "evm_setNextBlockTimestamp", [this.#time]);
      await rpc(this.#url, "evm_mine");
      if (this.#reorg !== undefined && --this.#reorg.left < 0) {
        await rpc(this.#url, "evm_revert", [this.#reorg.snapshot]);
        this.#reorg = undefined;
        this.reorgs.taken++;
      } else if (this.#reorg === undefined && this.#replaced > 0) {
        await rpc(this.#url, "anvil_reorg", [this.#replaced, []]);
        this.#replaced = 0;
        this.reorgs.replaced++;
      }
      await sleep(Math.max(0, EVERY - (Date.now() - begun)));
    }
  }
}
