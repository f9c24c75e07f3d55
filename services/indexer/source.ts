import { IndexError } from "./errors.ts";
import { quantity, type RawLog } from "./events.ts";
import type { Block } from "./store.ts";

/** A node, as JSON-RPC speaks with it: ethers' `JsonRpcProvider` is one. */
export interface Rpc {
  send(method: string, params: unknown[]): Promise<unknown>;
}

/** A block's header, as far as the index looks at it. */
export interface Header extends Block {
  readonly parent: string;
}

/** Headers that are asked for at once. */
const AT_ONCE = 64;

/** The chain as a node tells of it. */
export class LogSource {
  readonly #rpc: Rpc;
  readonly #addresses: readonly string[];

  /** @param addresses - whose logs are wanted */
  constructor(rpc: Rpc, addresses: readonly string[]) {
    this.#rpc = rpc;
    this.#addresses = addresses;
  }

  /** Number of the last block. */
  async head(): Promise<number> {
    return Number(await this.#rpc.send("eth_blockNumber", []));
  }

  /** The header of a block; undefined if the node has none of that number. */
  async header(number: number): Promise<Header | undefined> {
    const block = (await this.#rpc.send("eth_getBlockByNumber", [quantity(number), false])) as RawHeader | null;
    if (block === null) return undefined;
    return { number: Number(block.number), hash: block.hash, time: Number(block.timestamp), parent: block.parentHash };
  }

  /**
   * Headers of many blocks, in the given order.
   *
   * @throws IndexError `inconsistent` when the node has one of them no longer
   */
  async headers(numbers: readonly number[]): Promise<Header[]> {
    const found: Header[] = [];
    for (let from = 0; from < numbers.length; from += AT_ONCE) {
      const some = await Promise.all(numbers.slice(from, from + AT_ONCE).map((number) => this.header(number)));
      for (const [i, header] of some.entries()) {
        if (header === undefined) throw new IndexError("inconsistent", `the node has lost block ${numbers[from + i]}`);
        found.push(header);
      }
    }
    return found;
  }

  /** Logs of blocks `from` to `to`, in their order, each once. */
  async logs(from: number, to: number): Promise<RawLog[]> {
    const filter = { address: this.#addresses, fromBlock: quantity(from), toBlock: quantity(to) };
    const logs = (await this.#rpc.send("eth_getLogs", [filter])) as RawLog[];
    return inOrder(logs);
  }
}

interface RawHeader {
  readonly number: string;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: string;
}

/** Sorts logs as they are in their blocks, and leaves out what a node gave twice. */
export function inOrder(logs: readonly RawLog[]): RawLog[] {
  const placed = logs.map((log) => ({ log, block: Number(log.blockNumber), place: Number(log.logIndex) }));
  placed.sort((a, b) => a.block - b.block || a.place - b.place);
  return placed
    .filter(({ block, place }, i) => {
      const before = placed[i - 1];
      return before === undefined || before.block !== block || before.place !== place;
    })
    .map(({ log }) => log);
}
