import { type ContractTransaction, formatEther, type Interface, type ParamType } from "ethers";
import { type Role, Sender, type Suite } from "../client/index.ts";
import { explainError } from "../client/index.ts";
import { BATCH_FORMATS } from "./batch.ts";
import { flag, type Json, type JsonObject, option, type Outcome } from "./command.ts";
import type { Context } from "./context.ts";
import { chooseWallet, type ChosenWallet, type WalletChoice } from "./edges/wallet.ts";
import { address, oneOf, text } from "./readers.ts";
import { count, fields, shortHex, type Style } from "./style.ts";

/** The options of every command that needs a wallet. */
export const WALLET = {
  broadcast: flag("really send; without it the command only says what it would send"),
  keystore: option(
    "FILE",
    "encrypted JSON wallet, or hardhat:NAME for a key of Hardhat's keystore; its password comes from TRIBUTARY_KEYSTORE_PASSWORD or is asked for",
    text,
  ),
  from: option("ADDRESS", "who would send it, for a preview without a key", address),
};

/** The options of every command whose transactions somebody else can send, too. */
export const SENDING = {
  ...WALLET,
  output: option(
    "FORMAT",
    `print the transactions for somebody else to send: ${BATCH_FORMATS.join(", or ")} (a batch for Safe's Transaction Builder)`,
    oneOf(BATCH_FORMATS),
  ),
};

/** A call that is to be sent. */
export interface Plan {
  /** What it does, for people: "the contribution". */
  readonly doing: string;
  readonly contract: Role;
  readonly transaction: ContractTransaction;
  /** Can only be estimated once those before it are mined. */
  readonly dependent?: boolean;
}

/** A transaction, before or after it was sent. */
export interface Sent extends JsonObject {
  readonly contract: string;
  readonly to: string;
  readonly function: string;
  readonly arguments: JsonObject;
  readonly from: string;
  /** In the chain's smallest coin. */
  readonly value: bigint;
  readonly data: string;
  /** Estimate before, gas used after; null where it follows from transactions that aren't mined. */
  readonly gas: bigint | null;
  /** Null until it was sent. */
  readonly hash: string | null;
  readonly block: number | null;
}

/** The transactions of a command, with what their logs say. */
export interface Sending {
  readonly transactions: readonly Sent[];
  readonly logs: readonly { readonly topics: readonly string[]; readonly data: string }[];
}

/**
 * Estimates, and with a key sends, transactions one after the other. Each is described before it is sent.
 *
 * @throws ClientError `reverted` with the decoded custom error, also when only an estimate was asked for; `no-funds`
 */
export async function transact(
  context: Context,
  suite: Suite,
  chosen: ChosenWallet,
  plans: readonly Plan[],
): Promise<Sending> {
  const previews: Sent[] = [];
  for (const plan of plans) previews.push(await preview(suite, chosen.address, plan));
  const { wallet } = chosen;
  if (wallet === undefined) {
    await warnOfEmptyWallet(context, suite, chosen.address, previews);
    return { transactions: previews, logs: [] };
  }
  const sender = new Sender(wallet, suite.provider);
  const transactions: Sent[] = [];
  const logs: Sending["logs"][number][] = [];
  for (const [i, plan] of plans.entries()) {
    const planned = previews[i];
    if (planned === undefined) continue;
    context.note(`Sending ${plan.doing}:\n${renderOne(planned)}`);
    const told = (hash: string): void => context.note(`Transaction ${hash}`);
    const receipt = await sender.send(plan.doing, plan.transaction, undefined, told);
    transactions.push({ ...planned, gas: receipt.gasUsed, hash: receipt.hash, block: receipt.blockNumber });
    logs.push(...receipt.logs);
  }
  return { transactions, logs };
}

/** What a command that only sends transactions wants to send, and says of it. */
export interface Action {
  readonly plans: readonly Plan[];
  /** The result, but for `broadcast` and `transactions`. */
  readonly data: JsonObject;
  /** The same for people, above the transactions. */
  readonly pairs?: readonly (readonly [name: string, value: string | number | bigint])[];
  /** What one may want to do once it was sent. */
  readonly next: string;
}

/**
 * Runs a command that only sends transactions.
 *
 * @param prepare - what to send, by whom it is sent
 * @throws what `chooseWallet`, `prepare` and `transact` throw
 */
export async function act(
  context: Context,
  sending: WalletChoice,
  prepare: (suite: Suite, sender: string) => Promise<Action>,
): Promise<Outcome> {
  const suite = await context.suite();
  const chosen = await chooseWallet(context, sending);
  const { plans, data, pairs = [], next } = await prepare(suite, chosen.address);
  const { transactions } = await transact(context, suite, chosen, plans);
  return {
    data: { broadcast: sending.broadcast, ...data, transactions },
    render: (style) =>
      [...(pairs.length === 0 ? [] : [fields(style, pairs)]), renderTransactions(style, transactions)].join("\n"),
    next: sending.broadcast ? next : "add --broadcast to send it",
  };
}

/** Transactions for people. */
export function renderTransactions(style: Style, transactions: readonly Sent[]): string {
  const sent = transactions.some(({ hash }) => hash !== null);
  const title = `${sent ? "Sent" : "Not sent, add --broadcast to send"}: ${count(transactions.length, "transaction")}`;
  return [style.bold(title), ...transactions.map((transaction) => renderOne(transaction, style))].join("\n");
}

function renderOne(sent: Sent, style?: Style): string {
  const pairs: [string, string | number | bigint][] = [
    ["to", `${sent.to} (${sent.contract})`],
    ["function", `${sent.function.slice(0, sent.function.indexOf("("))}(${Object.keys(sent.arguments).join(", ")})`],
    ...Object.entries(sent.arguments)
      .flatMap(([name, value]) => flatten(name, value))
      .map(([path, value]): [string, string] => [`  ${path}`, value]),
    ["from", sent.from],
    [sent.hash === null ? "gas, estimated" : "gas used", sent.gas ?? "known once the transactions before it are mined"],
  ];
  if (sent.hash !== null) pairs.push(["transaction", sent.hash], ["block", sent.block ?? 0]);
  return fields(style, pairs)
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

/** Items of an array that people are shown; `--json` gives all. */
const SHOWN_ITEMS = 3;

/** An argument by the paths of its members: `claims[0].payout.stream`. */
function flatten(path: string, value: Json): [path: string, value: string][] {
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    const shown = items.slice(0, SHOWN_ITEMS).flatMap((item, i) => flatten(`${path}[${i}]`, item));
    return items.length > SHOWN_ITEMS ? [...shown, [path, `… ${items.length} in all`]] : shown;
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, member]: [string, Json]) => flatten(`${path}.${name}`, member));
  }
  if (typeof value === "string") return [[path, value.startsWith("0x") ? shortHex(value) : JSON.stringify(value)]];
  return [[path, String(value)]];
}

async function preview(suite: Suite, from: string, plan: Plan): Promise<Sent> {
  const { doing, contract, transaction, dependent = false } = plan;
  const { to, data, value = 0n } = transaction;
  const { name, args } = decodeCall(suite[contract].interface, data);
  const estimate = (): Promise<bigint> =>
    suite.provider.estimateGas({ ...transaction, from }).catch((error: unknown) => {
      throw explainError(error, doing);
    });
  const gas = dependent ? null : await estimate();
  return { contract, to, function: name, arguments: args, from, value, data, gas, hash: null, block: null };
}

/** What the bytes that would be sent say, read back from them. */
function decodeCall(abi: Interface, data: string): { name: string; args: JsonObject } {
  const call = abi.parseTransaction({ data });
  if (call === null) throw new Error("the ABI doesn't know the call that is to be sent: build again");
  const args = call.fragment.inputs.map((input, i): [string, Json] => [input.name, plainArgument(input, call.args[i])]);
  return { name: call.signature, args: Object.fromEntries(args) };
}

function plainArgument(type: ParamType, value: unknown): Json {
  if (type.arrayChildren !== null) {
    const child = type.arrayChildren;
    return Array.from(value as Iterable<unknown>, (item) => plainArgument(child, item));
  }
  if (type.components !== null) {
    const items = Array.from(value as Iterable<unknown>);
    return Object.fromEntries(
      type.components.map((component, i) => [component.name, plainArgument(component, items[i])]),
    );
  }
  return typeof value === "bigint" || typeof value === "boolean" ? value : String(value);
}

async function warnOfEmptyWallet(
  context: Context,
  { provider }: Suite,
  from: string,
  previews: readonly Sent[],
): Promise<void> {
  const [balance, { maxFeePerGas }] = await Promise.all([provider.getBalance(from), provider.getFeeData()]);
  const cost = previews.reduce((sum, { gas }) => sum + (gas ?? 0n), 0n) * (maxFeePerGas ?? 0n);
  if (balance < cost)
    context.note(`${from} has ${formatEther(balance)} of the chain's coin; this may cost up to ${formatEther(cost)}`);
}
