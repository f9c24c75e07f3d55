import type { BaseContract, BytesLike, Interface, LogParams, Result } from "ethers";
import type { BatchReader } from "../../typechain-types/index.ts";
import type { Suite } from "../support/suite.ts";
import { describeCall, type Plain } from "./attributionJournal.ts";

/** Contracts that a history calls or hears of. */
export const CONTRACTS = [
  "currency",
  "vault",
  "models",
  "ledger",
  "market",
  "indexes",
  "usage",
  "attribution",
  "challenges",
  "payouts",
] as const;
export type ContractName = (typeof CONTRACTS)[number];

/** A transaction. */
export interface Sent {
  readonly from: string;
  readonly to: ContractName;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What became of a call: its events in order, or the error that refused it. */
export interface Outcome {
  readonly events: readonly string[];
  readonly refused: string | undefined;
}

/** A view, with the words that it must return. */
export interface Question {
  readonly to: ContractName;
  readonly method: string;
  readonly args: readonly Plain[];
  readonly expected: readonly Plain[];
}

const GAS = "0x1000000";
/** Events of contracts and of the market tell nothing about anybody's money that others don't. */
const SILENT: readonly ContractName[] = ["market", "models"];

/** 32 bytes; hexadecimal of full length is taken as it is, for left-aligned bytes too. */
function word(value: Plain): string {
  if (typeof value === "string" && value.length === 66) return value.slice(2);
  return BigInt(value).toString(16).padStart(64, "0");
}

/** The parts of decoded values that compare as text: no structs, no text, no bytes of other lengths than a word. */
function plainOf(values: Result): Plain[] {
  return [...values].filter(
    (value): value is Plain =>
      typeof value === "bigint" ||
      typeof value === "boolean" ||
      (typeof value === "string" && /^0x([0-9a-fA-F]{40}|[0-9a-f]{64})$/.test(value)),
  );
}

/** Sends what a history asks for straight to the node, and tells what came of it as text. */
export class AttributionChain {
  readonly #suite: Suite;
  readonly #reader: BatchReader;
  readonly #contracts = new Map<ContractName, { address: string; face: Interface }>();
  readonly #names = new Map<string, ContractName>();
  readonly #selectors = new Map<string, string>();

  private constructor(suite: Suite, reader: BatchReader) {
    [this.#suite, this.#reader] = [suite, reader];
  }

  static async connect(suite: Suite, reader: BatchReader): Promise<AttributionChain> {
    const chain = new AttributionChain(suite, reader);
    for (const name of CONTRACTS) {
      const contract: BaseContract = suite[name];
      const address = await contract.getAddress();
      chain.#contracts.set(name, { address, face: contract.interface });
      chain.#names.set(address.toLowerCase(), name);
    }
    return chain;
  }

  addressOf(name: ContractName): string {
    return this.#contract(name).address;
  }

  /** Sends one transaction in a block of its own at a given second. */
  async send(call: Sent, at: number): Promise<Outcome> {
    await this.#request("evm_setNextBlockTimestamp", [at]);
    try {
      const hash = await this.#request("eth_sendTransaction", [this.#transaction(call)]);
      return { events: await this.#eventsOf(hash), refused: undefined };
    } catch (error) {
      return { events: [], refused: this.#errorIn(error) };
    }
  }

  /** Sends transactions in one block, all of which must go through. */
  async sendTogether(calls: readonly Sent[], at: number): Promise<Outcome> {
    await this.#request("evm_setAutomine", [false]);
    try {
      const hashes: unknown[] = [];
      for (const call of calls) hashes.push(await this.#request("eth_sendTransaction", [this.#transaction(call)]));
      await this.#request("evm_setNextBlockTimestamp", [at]);
      await this.#request("evm_mine", []);
      const events: string[] = [];
      for (const hash of hashes) events.push(...(await this.#eventsOf(hash)));
      return { events, refused: undefined };
    } finally {
      await this.#request("evm_setAutomine", [true]);
    }
  }

  /** Asks all questions in one call; the first wrong answer throws. */
  async compare(questions: readonly Question[]): Promise<void> {
    const calls = questions.map(({ to, method, args }) => ({
      target: this.addressOf(to).slice(2),
      data: this.#selector(to, method) + args.map(word).join(""),
    }));
    const answers = await this.#ask(calls);
    questions.forEach(({ to, method, args, expected }, i) => {
      const given = answers[i] ?? "";
      if (given === expected.map(word).join("")) return;
      const found = this.#contract(to).face.decodeFunctionResult(method, `0x${given}`);
      const asked = `${to}.${describeCall(method, args)}`;
      throw new Error(`${asked} is ${String(found)}, the referee says ${expected.map(String).join(",")}`);
    });
  }

  /** What a view returns, or the error that refuses it. */
  async view(to: ContractName, method: string, args: readonly unknown[]): Promise<readonly Plain[] | string> {
    const { address, face } = this.#contract(to);
    try {
      const data = face.encodeFunctionData(method, args);
      const returned = (await this.#request("eth_call", [{ to: address, data }, "latest"])) as BytesLike;
      return [...face.decodeFunctionResult(method, returned)] as Plain[];
    } catch (error) {
      return this.#errorIn(error);
    }
  }

  /** The batch reader's `read`, encoded and decoded by hand: it is asked a hundred things after every step. */
  async #ask(calls: readonly { target: string; data: string }[]): Promise<string[]> {
    let [heads, tails] = ["", ""];
    for (const { target, data } of calls) {
      const bytes = data.length / 2;
      heads += word(32 * calls.length + tails.length / 2);
      tails += `${word(`0x${target}`)}${word(64)}${word(bytes)}${data.padEnd(Math.ceil(bytes / 32) * 64, "0")}`;
    }
    const selector = this.#reader.interface.getFunction("read").selector;
    const data = `${selector}${word(32)}${word(calls.length)}${heads}${tails}`;
    const to = await this.#reader.getAddress();
    const returned = String(await this.#request("eth_call", [{ to, data }, "latest"])).slice(2 + 128);
    return calls.map((_, i) => {
      const at = 2 * Number(`0x${returned.slice(64 * i, 64 * i + 64)}`);
      const bytes = Number(`0x${returned.slice(at, at + 64)}`);
      return returned.slice(at + 64, at + 64 + 2 * bytes);
    });
  }

  async #eventsOf(hash: unknown): Promise<string[]> {
    const receipt = (await this.#request("eth_getTransactionReceipt", [hash])) as {
      status: string;
      logs: readonly Pick<LogParams, "address" | "topics" | "data">[];
    };
    if (receipt.status !== "0x1") throw new Error("a transaction that goes through alone fails in a block");
    return receipt.logs.flatMap(({ address, topics, data }) => {
      const name = this.#names.get(address.toLowerCase());
      if (name === undefined || SILENT.includes(name)) return [];
      const event = this.#contract(name).face.parseLog({ topics, data });
      return event === null ? [] : [describeCall(`${name}.${event.name}`, plainOf(event.args))];
    });
  }

  #errorIn(error: unknown): string {
    const data = error instanceof Error && "data" in error ? error.data : undefined;
    if (typeof data !== "string") throw error;
    for (const { face } of this.#contracts.values()) {
      const parsed = face.parseError(data);
      if (parsed !== null) return describeCall(parsed.name, plainOf(parsed.args));
    }
    return data;
  }

  #transaction({ from, to, method, args }: Sent) {
    const { address, face } = this.#contract(to);
    return { from, to: address, data: face.encodeFunctionData(method, args), gas: GAS };
  }

  #selector(to: ContractName, method: string): string {
    const key = `${to}.${method}`;
    const known = this.#selectors.get(key) ?? this.#contract(to).face.getFunction(method)?.selector.slice(2);
    if (known === undefined) throw new Error(`there is no ${key}`);
    this.#selectors.set(key, known);
    return known;
  }

  #contract(name: ContractName): { address: string; face: Interface } {
    const contract = this.#contracts.get(name);
    if (contract === undefined) throw new Error(`no contract ${name}`);
    return contract;
  }

  #request(method: string, params: unknown[]): Promise<unknown> {
    return this.#suite.provider.request({ method, params });
  }
}
