import { setTimeout as sleep } from "node:timers/promises";
import { applyBlock } from "./apply/index.ts";
import type { Deployment } from "./deployment.ts";
import { IndexError } from "./errors.ts";
import type { ChainEvent, EventDecoder, RawLog } from "./events.ts";
import { RangeSize } from "./ranges.ts";
import type { Header, LogSource } from "./source.ts";
import type { Block, IndexStore } from "./store.ts";

/** How an index follows its chain. */
export interface SyncOptions {
  /** The first block that may hold an event of the deployment. */
  readonly fromBlock: number;
  /** Blocks that must stand on one before it is indexed. */
  readonly confirmations: number;
  /** Blocks below the last indexed one that can be taken back; a deeper reorganisation starts the index anew. */
  readonly reorgDepth: number;
  /** Most blocks of one `eth_getLogs`. */
  readonly maxRange: number;
  /** Tries of one request before the index gives up; Infinity for a service. */
  readonly tries: number;
  /** Milliseconds of the first pause after a failure; each further one is twice as long, up to half a minute. */
  readonly pause: number;
}

export const DEFAULT_SYNC: Omit<SyncOptions, "fromBlock"> = {
  confirmations: 0,
  reorgDepth: 128,
  maxRange: 50_000,
  tries: 8,
  pause: 250,
};

const LONGEST_PAUSE = 30_000;

/** What one step has done. */
export type Step =
  | { readonly kind: "current"; readonly tip: Block | undefined; readonly target: number }
  | { readonly kind: "advanced"; readonly tip: Block; readonly target: number; readonly events: number }
  | { readonly kind: "rolledBack"; readonly from: Block; readonly to: Block | undefined };

/** Told of every step, and of failures that are waited out. */
export interface SyncListener {
  step?(step: Step): void;
  failed?(error: unknown, attempt: number): void;
}

/** Brings the events of a chain into a store, one range of blocks after the other, and takes back what was undone. */
export class Synchroniser {
  readonly #source: LogSource;
  readonly #decoder: EventDecoder;
  readonly #store: IndexStore;
  readonly #deployment: Deployment;
  readonly #options: SyncOptions;
  readonly #listener: SyncListener;
  readonly #size: RangeSize;

  constructor(
    parts: { source: LogSource; decoder: EventDecoder; store: IndexStore; deployment: Deployment },
    options: SyncOptions,
    listener: SyncListener = {},
  ) {
    [this.#source, this.#decoder, this.#store] = [parts.source, parts.decoder, parts.store];
    [this.#deployment, this.#options, this.#listener] = [parts.deployment, options, listener];
    this.#size = new RangeSize(options.maxRange);
  }

  /**
   * Goes on until the index has every block that is confirmed.
   *
   * @throws IndexError `network` when the node keeps failing, `corrupt` when events don't fit together
   */
  async catchUp(signal?: AbortSignal): Promise<Block | undefined> {
    while (signal?.aborted !== true) {
      const step = await this.step(signal);
      if (step.kind === "current") return step.tip;
    }
    return this.#store.tip();
  }

  /** Catches up again and again until it is told to stop. */
  async follow(signal: AbortSignal, everyMs: number): Promise<void> {
    while (!signal.aborted) {
      await this.catchUp(signal);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One range, or one reorganisation; failures of the node are waited out. */
  async step(signal?: AbortSignal): Promise<Step> {
    for (let attempt = 1; ; attempt++) {
      try {
        const step = await this.#once();
        this.#listener.step?.(step);
        return step;
      } catch (error) {
        if (error instanceof IndexError && error.code === "corrupt") throw error;
        this.#size.failed();
        this.#listener.failed?.(error, attempt);
        if (attempt >= this.#options.tries || signal?.aborted === true) throw gaveUp(error, attempt);
        const pause = Math.min(LONGEST_PAUSE, this.#options.pause * 2 ** (attempt - 1));
        await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      }
    }
  }

  async #once(): Promise<Step> {
    const { confirmations, reorgDepth, fromBlock } = this.#options;
    const tip = this.#store.tip();
    const target = (await this.#source.head()) - confirmations;
    if (tip !== undefined && (await this.#source.header(tip.number))?.hash !== tip.hash) return this.#goBack(tip);
    const from = tip === undefined ? fromBlock : tip.number + 1;
    if (from > target) return { kind: "current", tip, target };
    // Blocks up to this one can't be taken back any more: they need no headers and no undo.
    const settled = target - reorgDepth;
    const last = from <= settled ? settled : target;
    const to = Math.min(last, from + this.#size.blocks - 1);
    const found = await this.#read(tip, from, to, to > settled);
    const step: Step = { kind: "advanced", tip: found.tip, target, events: found.events };
    this.#store.write((writer) => {
      for (const { header, events } of found.blocks) {
        applyBlock(writer.changes, this.#deployment, events, header.time);
        if (header.number > settled) writer.flush(header.number);
        writer.note(header, events.length);
      }
      writer.flush(undefined);
      writer.advance(found.tip, Math.max(settled, fromBlock - 1));
    });
    this.#size.took(found.events);
    return step;
  }

  /** Blocks of a range with their events; with all headers where blocks can still be taken back. */
  async #read(tip: Block | undefined, from: number, to: number, recent: boolean) {
    // The last header before and after the logs: else logs of one chain could be taken for another's.
    const before = await this.#source.header(to);
    const logs = await this.#source.logs(from, to);
    const byBlock = new Map<number, RawLog[]>();
    for (const log of logs) {
      const number = Number(log.blockNumber);
      const list = byBlock.get(number);
      if (list === undefined) byBlock.set(number, [log]);
      else list.push(log);
    }
    const headers = await this.#headers(byBlock, from, to, recent);
    const last = await this.#source.header(to);
    if (last === undefined || last.hash !== before?.hash) throw changed(to);
    let parent = tip;
    for (const header of headers) {
      const gap = parent === undefined || header.number !== parent.number + 1;
      if (!gap && "parent" in header && header.parent !== parent?.hash) throw changed(header.number);
      parent = header;
    }
    let events = 0;
    const blocks = headers.map((header) => {
      const decoded: ChainEvent[] = [];
      for (const log of byBlock.get(header.number) ?? []) {
        if (log.blockHash !== header.hash) throw changed(header.number);
        const one = this.#decoder.decode(log);
        if (one !== undefined) decoded.push(this.#decoder.event(one));
      }
      events += decoded.length;
      return { header, events: decoded };
    });
    if (blocks.at(-1)?.header.number !== to) blocks.push({ header: last, events: [] });
    return { blocks, events, tip: last as Block };
  }

  /** Of all blocks, or only of those with logs: their time stands in the logs of some nodes. */
  async #headers(
    byBlock: ReadonlyMap<number, readonly RawLog[]>,
    from: number,
    to: number,
    recent: boolean,
  ): Promise<(Header | Block)[]> {
    if (recent) return this.#source.headers(Array.from({ length: to - from + 1 }, (_, i) => from + i));
    const timed = [...byBlock].map(([number, [log]]): Block | number =>
      log?.blockTimestamp == null ? number : { number, hash: log.blockHash, time: Number(log.blockTimestamp) },
    );
    const asked = await this.#source.headers(timed.filter((one) => typeof one === "number"));
    const headers = new Map(asked.map((header) => [header.number, header]));
    return timed.map((one) => (typeof one === "number" ? headers.get(one)! : one));
  }

  /** Takes back what isn't on the chain any more: to the last block that both know. */
  async #goBack(from: Block): Promise<Step> {
    for (const block of this.#store.recentBlocks()) {
      if (block.number >= from.number) continue;
      if ((await this.#source.header(block.number))?.hash !== block.hash) continue;
      this.#store.rollBack(block);
      return { kind: "rolledBack", from, to: block };
    }
    this.#store.reset();
    return { kind: "rolledBack", from, to: undefined };
  }
}

function changed(block: number): IndexError {
  return new IndexError("inconsistent", `the chain changed around block ${block} while it was read`);
}

function gaveUp(error: unknown, attempts: number): IndexError {
  const reason = error instanceof Error ? error.message : String(error);
  return new IndexError(
    "network",
    `the node failed ${attempts} times (${reason}): check the RPC address, or ask another node; the index goes on where it stopped`,
    { cause: error },
  );
}
