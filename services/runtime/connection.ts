import { join } from "node:path";
import type { JsonRpcProvider, Wallet } from "ethers";
import { type AddressBook, ClientError, connectSuite, type Suite } from "../../client/index.ts";
import { useIndexAt } from "../../client/indexApi/index.ts";
import type { FeePolicy } from "./fees.ts";
import { Journal } from "./journal.ts";
import { patientProvider, type RpcOptions, untilReached } from "./rpc.ts";
import type { SendingMeters, ServiceLog } from "./telemetry.ts";
import { Transactor } from "./transactor.ts";

/** A node as a process has it that runs for long. */
export interface Connection {
  readonly suite: Suite;
  readonly provider: JsonRpcProvider;
  /** Hash of the chain's first block */
  readonly genesis: string;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly rpc: string;
  readonly book: AddressBook;
  /** URL of an index of the chain, for past events */
  readonly api?: string | undefined;
  readonly meters: SendingMeters;
  readonly rpcOptions?: Omit<RpcOptions, "onFailure"> | undefined;
  /** Told why it isn't connected yet */
  readonly waiting?: ((reason: string) => void) | undefined;
  /** Told each time, and why, that past events come from the node in place of the index */
  readonly unindexed?: ((reason: string) => void) | undefined;
}

/**
 * Connects to a deployment by a provider that asks again, and waits with growing pauses as long as it is the node that
 * fails.
 *
 * @throws ClientError `wrong-chain`, `no-deployment`
 */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { rpc, book, api, meters, rpcOptions, waiting = () => undefined, unindexed = () => undefined } = options;
  const provider = patientProvider(rpc, book.chainId, {
    ...rpcOptions,
    onFailure: (reason) => meters.rpcFailures.labels(reason).inc(),
  });
  if (api !== undefined) {
    useIndexAt(provider, api, book, (reason) => {
      meters.indexFallbacks.inc();
      unindexed(reason);
    });
  }
  try {
    return await untilReached(`connecting to ${new URL(rpc).origin}`, () => lookAround(provider, book), waiting);
  } catch (error) {
    provider.destroy();
    throw error;
  }
}

async function lookAround(provider: JsonRpcProvider, book: AddressBook): Promise<Connection> {
  // The provider has the chain from the address book, and asks nobody.
  const chain: unknown = await provider.send("eth_chainId", []);
  if (typeof chain !== "string" || !/^0x[0-9a-f]+$/i.test(chain)) {
    throw new ClientError("network", "the node doesn't say which chain it is on: ask another node");
  }
  if (BigInt(chain) !== BigInt(book.chainId)) {
    throw new ClientError(
      "wrong-chain",
      `the node is on chain ${BigInt(chain)}, the address book is for chain ${book.chainId}: use the other RPC address, or the other address book`,
    );
  }
  const suite = await connectSuite(book, provider);
  const first = await provider.getBlock(0);
  if (first?.hash == null) throw new ClientError("network", "the node has no first block: ask another node");
  return { suite, provider, genesis: first.hash };
}

/** How a wallet's transactions are sent. */
export interface SendingOptions {
  readonly wallet: Wallet;
  /** Folder of the journal */
  readonly data: string;
  readonly fees?: FeePolicy | undefined;
  /** Milliseconds after which a transaction that isn't mined is sent again for more */
  readonly stuckAfter?: number | undefined;
  /** Blocks after which no reorg is expected */
  readonly confirmations?: number | undefined;
  readonly log: ServiceLog;
  readonly meters: SendingMeters;
}

/**
 * Opens a wallet's journal, and what sends through it.
 *
 * @throws ClientError `bad-input` when the journal is another's
 */
export function openSending(
  { provider, suite, genesis }: Connection,
  { data, fees = {}, ...options }: SendingOptions,
): { readonly journal: Journal; readonly transactor: Transactor } {
  const journal = Journal.open(join(data, "journal.sqlite"), { address: options.wallet.address, genesis });
  const { chainId } = suite.book;
  return { journal, transactor: new Transactor({ ...options, fees, provider, chainId, journal }) };
}

/** Milliseconds between two lines of a log about an index that can't be used. */
const SAID_EVERY = 60_000;

/** Logs that the node is asked in place of the index, now and then. */
export function unindexedIn(log: ServiceLog): (reason: string) => void {
  let said = -Infinity;
  return (reason) => {
    if (performance.now() - said < SAID_EVERY) return;
    said = performance.now();
    log.warn({ reason }, "the index can't be used: past events come from the node");
  };
}
