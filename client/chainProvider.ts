import {
  type FetchRequest,
  type Filter,
  type FilterByBlockHash,
  Interface,
  isError,
  JsonRpcProvider,
  type JsonRpcApiProviderOptions,
  Log,
  type Networkish,
  type ParamType,
  type Provider,
} from "ethers";
import { type AddressBook, type Role, ROLES } from "./addressBook.ts";
import { interfaceOf } from "./interfaces.ts";

/** Contracts of whose events an index of the chain is made: of the currency nothing is needed. */
export type IndexedRole = Exclude<Role, "currency">;

/** Which events of a contract are wanted. */
export interface EventQuery {
  readonly contract: IndexedRole;
  /** Of the event */
  readonly name: string;
  /** Blocks, both included */
  readonly fromBlock: number;
  readonly toBlock: number;
  /** Arguments that must have a value: `dataset:12` */
  readonly match: readonly string[];
}

/** An event as an index of the chain tells of it. */
export interface IndexedEvent {
  /** block · 2^20 + place of the log in the block */
  readonly id: number;
  readonly block: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  /** Place of the transaction in its block */
  readonly transactionIndex: number;
  /** By name: numbers as decimal text, tuples as objects */
  readonly args: Readonly<Record<string, unknown>>;
}

/** Events of a deployment that somebody has collected already. */
export interface EventIndex {
  /** All that fit, in the chain's order, and the block up to which there are all; undefined while there are none. */
  events(query: EventQuery): Promise<FoundEvents | undefined>;
}

/** What an index has of a question. */
export interface FoundEvents {
  readonly events: readonly IndexedEvent[];
  readonly indexedTo: { readonly number: number; readonly hash: string };
}

/** A deployment's index, and who is told when it can't be used. */
export interface IndexSource {
  readonly index: EventIndex;
  readonly book: AddressBook;
  readonly onFallback: (reason: string) => void;
}

const LOGS_PER_BLOCK = 2 ** 20;

/**
 * A node whose logs can be asked for from a deployment's first block on: old ones come from an index of the chain where
 * one is named, the others from the node in ranges of blocks that it doesn't refuse.
 *
 * The index is believed only as far as the node has the block that it ends at. Everything that a transaction rests on is
 * asked of the contracts, and what they have and the index lacks is read from the node.
 */
export class ChainProvider extends JsonRpcProvider {
  #source: IndexSource | undefined;
  /** How many read without the index now */
  #alone = 0;

  constructor(url: string | FetchRequest, network: Networkish, options: JsonRpcApiProviderOptions = {}) {
    super(url, network, { ...options, staticNetwork: true, cacheTimeout: -1 });
  }

  /** Takes the events of a deployment from an index from now on. */
  useIndex(source: IndexSource): void {
    this.#source = source;
  }

  /**
   * Reads something from past events, and again from the node alone if that isn't all that the contracts have: an index
   * may leave something out.
   *
   * @param isWhole - whether what was read agrees with the contracts' state
   */
  async completely<T>(read: () => Promise<T>, isWhole: (found: T) => Promise<boolean>): Promise<T> {
    const found = await read();
    if (this.#source === undefined || (await isWhole(found))) return found;
    this.#source.onFallback("it lacks events that the contracts know of");
    this.#alone++;
    try {
      return await read();
    } finally {
      this.#alone--;
    }
  }

  override async getLogs(filter: Filter | FilterByBlockHash): Promise<Log[]> {
    if ("blockHash" in filter && filter.blockHash !== undefined) return super.getLogs(filter);
    const wanted: Filter = filter;
    const [from, to] = await Promise.all([this.#number(wanted.fromBlock), this.#number(wanted.toBlock)]);
    if (this.#source === undefined || this.#alone > 0) return this.#fromNode(wanted, from, to);
    const { book } = this.#source;
    const query = queryOf(book, wanted, from, to);
    if (query === undefined) return this.#fromNode(wanted, from, to);
    const { events, next } = await this.#fromIndex(this.#source, query);
    const logs = events.map((event) => new Log(logOf(query, event, book.contracts[query.contract]), this));
    return next > to ? logs : [...logs, ...(await this.#fromNode(wanted, next, to))];
  }

  /** What the index has, and the first block that it doesn't. */
  async #fromIndex(
    { index, onFallback }: IndexSource,
    query: EventQuery,
  ): Promise<{ events: readonly IndexedEvent[]; next: number }> {
    const nothing = { events: [], next: query.fromBlock };
    try {
      const found = await index.events(query);
      if (found === undefined) {
        onFallback("it has nothing yet");
        return nothing;
      }
      const { events, indexedTo } = found;
      const block = await this.getBlock(indexedTo.number);
      if (block?.hash === indexedTo.hash) return { events, next: Math.max(query.fromBlock, indexedTo.number + 1) };
      onFallback(`the node doesn't have its block ${indexedTo.number}`);
      return nothing;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      onFallback(error.message);
      return nothing;
    }
  }

  /**
   * Reads ranges of blocks: halved when the node refuses one, an eighth longer when it doesn't, so that a node that takes
   * no more than so many is seldom asked for more.
   */
  async #fromNode(filter: Filter, from: number, to: number): Promise<Log[]> {
    let logs: Log[] = [];
    let size = to - from + 1;
    for (let first = from; first <= to;) {
      const last = Math.min(to, first + size - 1);
      try {
        logs = logs.concat(await super.getLogs({ ...filter, fromBlock: first, toBlock: last }));
        first = last + 1;
        size += Math.ceil(size / 8);
      } catch (error) {
        if (size <= 1 || !refusesRange(error)) throw error;
        size = Math.floor((last - first + 1) / 2);
      }
    }
    return logs;
  }

  async #number(tag: Filter["fromBlock"]): Promise<number> {
    if (typeof tag === "number" || typeof tag === "bigint") return Number(tag);
    if (tag !== undefined && /^0x[0-9a-f]+$/i.test(tag)) return Number(tag);
    if (tag === "earliest") return 0;
    if (tag === undefined || tag === "latest") return this.getBlockNumber();
    const block = await this.getBlock(tag);
    return block?.number ?? 0;
  }
}

/** `ChainProvider.completely` where past events may come from an index. */
export function completely<T>(
  provider: Provider,
  read: () => Promise<T>,
  isWhole: (found: T) => Promise<boolean>,
): Promise<T> {
  return provider instanceof ChainProvider ? provider.completely(read, isWhole) : read();
}

/** Whether a node answered, and said that a range has too many blocks or logs: all say it in other words. */
function refusesRange(error: unknown): boolean {
  if (isError(error, "TIMEOUT")) return true;
  if (isError(error, "SERVER_ERROR")) return [400, 413, 504].includes(error.response?.statusCode ?? 0);
  if (!isError(error, "UNKNOWN_ERROR")) return false;
  const words = JSON.stringify({ ...error, message: error.message }).toLowerCase();
  return /range|block|result|limit|response size|timeout|too (many|large|big)/.test(words);
}

/** The question to an index; undefined for logs that it can't be asked for. */
function queryOf({ contracts }: AddressBook, filter: Filter, from: number, to: number): EventQuery | undefined {
  const { address, topics } = filter;
  const role = ROLES.filter((one) => one !== "currency").find((one) => contracts[one] === address);
  const [first, ...rest] = topics ?? [];
  if (role === undefined || typeof first !== "string") return undefined;
  const fragment = interfaceOf(role).getEvent(first);
  if (fragment === null) return undefined;
  const indexed = fragment.inputs.filter((input) => input.indexed === true);
  const match: string[] = [];
  for (const [i, topic] of rest.entries()) {
    const input = indexed[i];
    if (topic === null) continue;
    if (input === undefined || typeof topic !== "string") return undefined;
    match.push(`${input.name}:${String(decoded(input, topic))}`);
  }
  return { contract: role, name: fragment.name, fromBlock: from, toBlock: to, match };
}

/** The value of an indexed argument. */
function decoded(input: ParamType, topic: string): unknown {
  return Interface.from([]).getAbiCoder().decode([input], topic)[0];
}

/** The log that left an event. */
function logOf({ contract, name }: EventQuery, event: IndexedEvent, address: string) {
  const face = interfaceOf(contract);
  const fragment = face.getEvent(name);
  if (fragment === null) throw new Error(`${contract} has no event ${name}`);
  const values = fragment.inputs.map((input) => event.args[input.name]);
  const { data, topics } = face.encodeEventLog(fragment, values);
  return {
    ...{ address, data, topics, removed: false },
    blockNumber: event.block,
    blockHash: event.blockHash,
    transactionHash: event.transactionHash,
    transactionIndex: event.transactionIndex,
    index: event.id % LOGS_PER_BLOCK,
  };
}
