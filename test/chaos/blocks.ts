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
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  /** How often blocks were taken back */
  taken = 0;

  private constructor(url: string, time: number, step: number) {
    [this.#url, this.#time, this.step] = [url, time, step];
  }

  static async begin(url: string, step: number): Promise<Blocks> {
    const { timestamp } = (await rpc(url, "eth_getBlockByNumber", ["latest", false])) as { timestamp: string };
    await rpc(url, "evm_setAutomine", [false]);
    const blocks = new Blocks(url, Number(timestamp), step);
    blocks.#running = blocks.#run();
    return blocks;
  }

  /** Lets the next few blocks be taken back, with the transactions in them. */
  async reorg(depth: number): Promise<void> {
    this.#reorg ??= { snapshot: await rpc(this.#url, "evm_snapshot"), left: depth };
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
        this.taken++;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY - (Date.now() - begun))));
    }
  }
}
