import { type EventFragment, type Interface, type ParamType, type Result, ZeroAddress } from "ethers";
import { type AddressBook, type IndexedRole, interfaceOf, ROLES } from "../../client/index.ts";
import { IndexError } from "./errors.ts";
import { firstIdOf, LOGS_PER_BLOCK } from "./tables.ts";

/** A log as a node gives it. */
export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string;
  readonly blockHash: string;
  /** Some nodes only */
  readonly blockTimestamp?: string | null;
  readonly transactionHash: string;
  readonly transactionIndex: string;
  readonly logIndex: string;
}

/** A value of an event: tuples as objects, numbers as bigints. */
export type EventValue = string | bigint | boolean | readonly EventValue[] | { readonly [name: string]: EventValue };

/** A log, decoded. */
export interface DecodedLog {
  readonly log: RawLog;
  readonly role: IndexedRole;
  readonly fragment: EventFragment;
  readonly values: Result;
}

/** An event of the suite. */
export interface ChainEvent {
  readonly id: number;
  readonly block: number;
  readonly transactionHash: string;
  /** Place of the transaction in its block. */
  readonly transactionIndex: number;
  readonly role: IndexedRole;
  readonly name: string;
  /** By name, typed as typechain's output objects. */
  readonly args: unknown;
  /** Every account that it names, once. */
  readonly accounts: readonly string[];
}

interface Known {
  readonly role: IndexedRole;
  readonly face: Interface;
  readonly fragments: ReadonlyMap<string, EventFragment>;
}

/** Decodes the logs of one deployment. */
export class EventDecoder {
  /** Where logs come from. */
  readonly addresses: readonly string[];
  readonly #known = new Map<string, Known>();
  readonly #own: ReadonlySet<string>;

  constructor({ contracts }: AddressBook) {
    for (const role of ROLES.filter((one) => one !== "currency")) {
      const face = interfaceOf(role);
      const fragments = new Map<string, EventFragment>();
      face.forEachEvent((fragment) => fragments.set(fragment.topicHash, fragment));
      this.#known.set(contracts[role].toLowerCase(), { role, face, fragments });
    }
    this.addresses = [...this.#known.keys()];
    this.#own = new Set([...Object.values(contracts), ZeroAddress]);
  }

  /** Decodes a log; undefined for an event that the contracts don't declare. */
  decode(log: RawLog): DecodedLog | undefined {
    const known = this.#known.get(log.address.toLowerCase());
    const fragment = known?.fragments.get(log.topics[0] ?? "");
    if (known === undefined || fragment === undefined) return undefined;
    return { log, role: known.role, fragment, values: known.face.decodeEventLog(fragment, log.data, log.topics) };
  }

  /** The event of a decoded log. */
  event({ log, role, fragment, values }: DecodedLog): ChainEvent {
    const accounts = new Set<string>();
    const args = plainTuple(fragment.inputs, values, accounts);
    for (const account of this.#own) accounts.delete(account);
    const block = Number(log.blockNumber);
    const place = Number(log.logIndex);
    if (place >= LOGS_PER_BLOCK) throw new IndexError("inconsistent", `block ${block} has a log ${place}`);
    const { transactionHash } = log;
    const transactionIndex = Number(log.transactionIndex);
    return {
      id: firstIdOf(block) + place,
      block,
      transactionHash,
      transactionIndex,
      role,
      name: fragment.name,
      args,
      accounts: [...accounts],
    };
  }
}

/** JSON of an event's arguments: numbers as decimal text. */
export function argsJson(args: unknown): string {
  return JSON.stringify(args, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

function plainTuple(
  params: readonly ParamType[],
  values: Result,
  accounts: Set<string>,
): Readonly<Record<string, EventValue>> {
  const args: Record<string, EventValue> = {};
  // A result's members are decoded when they are looked at; as an array they are plain.
  const list = values.toArray() as unknown[];
  params.forEach((param, i) => {
    args[param.name] = plain(param, list[i], accounts);
  });
  return args;
}

function plain(param: ParamType, value: unknown, accounts: Set<string>): EventValue {
  if (param.baseType === "address") accounts.add(value as string);
  else if (param.baseType === "array" && param.arrayChildren !== null) {
    const of = param.arrayChildren;
    return (value as Result).toArray().map((each: unknown) => plain(of, each, accounts));
  } else if (param.baseType === "tuple" && param.components !== null) {
    return plainTuple(param.components, value as Result, accounts);
  }
  return value as EventValue;
}

/** A block's number as a node takes it. */
export function quantity(block: number): string {
  return `0x${block.toString(16)}`;
}
