import { ZeroAddress } from "ethers";
import type { Changes } from "../changes.ts";
import type { Deployment } from "../deployment.ts";
import { IndexError } from "../errors.ts";
import type { ChainEvent } from "../events.ts";
import type { AccountRow } from "../rows.ts";
import { ACCOUNTS, FLOWS, TOTALS } from "../tables.ts";

/** What a handler knows of its event. */
export interface Happening {
  readonly event: ChainEvent;
  /** Time of its block, in seconds */
  readonly time: number;
  /** The events of its block, and its place among them. */
  readonly events: readonly ChainEvent[];
  readonly place: number;
  /** The suite's events right before and after it, in the same transaction and without a log between. */
  readonly previous: ChainEvent | undefined;
  readonly next: ChainEvent | undefined;
  readonly deployment: Deployment;
  readonly changes: Changes;
}

/** Changes the index as one event changed the chain. */
export type Handler = (happening: Happening) => void;

/** A handler that says which of typechain's types its event's arguments have. */
export function on(handle: (happening: Happening, args: never) => void): Handler {
  return (happening) => handle(happening, happening.event.args as never);
}

/** Ids and times are counted up from 1 by transactions, and stay below 2^53. */
export function whole(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new IndexError("corrupt", `${value} is beyond what the index can hold`);
  return number;
}

/** Sum of an amount as the index keeps it and another. */
export function plus(kept: string, amount: bigint): string {
  return String(BigInt(kept) + amount);
}

/** Null for the zero address, which means nobody. */
export function somebody(address: string): string | null {
  return address === ZeroAddress ? null : address;
}

/** The ways of money, from where to where. Accounts are addresses; `model:1` and `stream:256` are what they say. */
export type FlowKind = "payment" | "developer" | "royalty" | "protocol" | "scorer" | "line" | "proRata" | "withdrawal";

export function modelNode(model: number): string {
  return `model:${model}`;
}

export function streamNode(stream: number): string {
  return `stream:${stream}`;
}

/** Where payments come from of which the chain doesn't know the payer. */
export const UNKNOWN_PAYER = "unknown";

/** Adds to what has gone one way. */
export function flow(
  { changes, event }: Happening,
  kind: FlowKind,
  source: string,
  target: string,
  amount: bigint,
): void {
  changes.upsert(FLOWS, { kind, source, target, amount: "0", times: 0, lastEvent: 0 }, (row) => ({
    amount: plus(row.amount, amount),
    times: row.times + 1,
    lastEvent: event.id,
  }));
}

/** What is counted on the whole deployment. */
export type TotalName =
  | "datasets"
  | "contributions"
  | "contributors"
  | "models"
  | "payments"
  | "statements"
  | "challenges"
  | "claims"
  | "developers"
  | "royalties"
  | "scorers"
  | "protocol";

/** Counts one more of something, and the money in it. */
export function count({ changes }: Happening, name: TotalName, amount = 0n): void {
  changes.upsert(TOTALS, { name, count: 0, amount: "0" }, (row) => ({
    count: row.count + 1,
    amount: plus(row.amount, amount),
  }));
}

/** Changes what is known of an account. */
export function account(
  { changes }: Happening,
  address: string,
  change: (row: AccountRow) => Partial<AccountRow>,
): void {
  const blank: AccountRow = {
    account: address,
    balance: "0",
    withdrawn: "0",
    developer: "0",
    scorer: "0",
    protocol: "0",
    lines: "0",
    proRata: "0",
    paid: "0",
    contributions: 0,
    recipient: null,
  };
  changes.upsert(ACCOUNTS, blank, change);
}
