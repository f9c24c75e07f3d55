import { toQuantity } from "ethers";
import { ClientError } from "../../client/clientError.ts";
import { explainError } from "../../client/errors.ts";
import type { Hex } from "../../client/indexApi/index.ts";
import type { Acting, Call, Message } from "./action.ts";
import { chainIdHex, type Eip1193, errorCodes, WALLET_ERRORS } from "./eip1193.ts";
import { gasLimit, gasOf } from "./simulate.ts";

/** A transaction that is in a block. */
export interface Mined {
  readonly hash: string;
  readonly block: number;
}

/** Told while transactions are on their way. */
export interface SendListener {
  /** The wallet's owner is asked about a call. */
  readonly asked: (place: number) => void;
  readonly sent: (place: number, hash: string) => void;
}

/** Whether a wallet takes several calls as one (EIP-5792). */
export async function takesBatches(wallet: Eip1193, account: string, chainId: number): Promise<boolean> {
  const chain = chainIdHex(chainId);
  const asked = { method: "wallet_getCapabilities", params: [account, [chain]] };
  const capabilities = (await wallet.request(asked).catch(() => ({}))) as Readonly<
    Record<string, { readonly atomic?: { readonly status?: string } } | undefined>
  >;
  const status = capabilities[chain]?.atomic?.status;
  return status === "supported" || status === "ready";
}

/**
 * Has the wallet send calls as one, or, where it refuses batches, one after the other; waits until all are mined.
 *
 * @param together - whether the wallet takes batches
 * @throws the wallet's error when its owner says no; ClientError `reverted` and others, as `explainError`
 */
export async function sendCalls(
  wallet: Eip1193,
  acting: Acting,
  calls: readonly Call[],
  together: boolean,
  listener: SendListener,
): Promise<readonly Mined[]> {
  if (together && calls.length > 1) {
    const mined = await sendBatch(wallet, acting, calls, listener);
    if (mined !== undefined) return mined;
  }
  const mined: Mined[] = [];
  for (const [place, call] of calls.entries()) mined.push(await sendOne(wallet, acting, call, place, listener));
  return mined;
}

async function sendOne(
  wallet: Eip1193,
  acting: Acting,
  call: Call,
  place: number,
  listener: SendListener,
): Promise<Mined> {
  const { to, data, value } = call.transaction;
  // What a call before has changed is only known now.
  const gas = gasLimit(await gasOf(acting, call));
  listener.asked(place);
  const transaction = {
    from: acting.account,
    to,
    data,
    gas: toQuantity(gas),
    ...(value === undefined ? {} : { value: toQuantity(value) }),
  };
  const hash = (await wallet.request({ method: "eth_sendTransaction", params: [transaction] })) as string;
  listener.sent(place, hash);
  return mined(acting, call, hash);
}

/** Waits for a transaction's block. */
async function mined({ suite, account }: Acting, { doing, transaction }: Call, hash: string): Promise<Mined> {
  for (let pause = 250; ; pause = Math.min(2_000, pause * 1.5)) {
    const receipt = await suite.provider.getTransactionReceipt(hash);
    if (receipt?.status === 1) return { hash, block: receipt.blockNumber };
    if (receipt !== null) {
      // The node keeps no reason for a mined failure: the same call on the block before tells it.
      await suite.provider
        .call({ ...transaction, from: account, blockTag: receipt.blockNumber - 1 })
        .catch((error: unknown) => {
          throw explainError(error, doing);
        });
      throw new ClientError("reverted", `${doing} failed in block ${receipt.blockNumber}: somebody else was faster`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

interface CallsStatus {
  readonly status: number;
  readonly receipts?: readonly { readonly transactionHash: string; readonly blockNumber: string }[];
}

/** All calls as one; undefined if the wallet doesn't take them so after all. */
async function sendBatch(
  wallet: Eip1193,
  { account, suite }: Acting,
  calls: readonly Call[],
  listener: SendListener,
): Promise<readonly Mined[] | undefined> {
  listener.asked(0);
  const asked = {
    version: "2.0.0",
    chainId: chainIdHex(suite.book.chainId),
    from: account,
    atomicRequired: true,
    calls: calls.map(({ transaction: { to, data, value } }) => ({
      to,
      data,
      ...(value === undefined ? {} : { value: toQuantity(value) }),
    })),
  };
  let id: string;
  try {
    ({ id } = (await wallet.request({ method: "wallet_sendCalls", params: [asked] })) as { id: string });
  } catch (error) {
    const codes = errorCodes(error);
    if (WALLET_ERRORS.noBatch.some((code) => codes.includes(code))) return undefined;
    throw error;
  }
  for (let pause = 250; ; pause = Math.min(2_000, pause * 1.5)) {
    const { status, receipts = [] } = (await wallet.request({
      method: "wallet_getCallsStatus",
      params: [id],
    })) as CallsStatus;
    if (status >= 400)
      throw new ClientError("reverted", `the wallet's batch failed (status ${status}): nothing of it was done`);
    if (status >= 200)
      return receipts.map((receipt) => ({ hash: receipt.transactionHash, block: Number(receipt.blockNumber) }));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Has the wallet's owner sign a message (EIP-712). */
export async function signMessage(wallet: Eip1193, account: string, message: Message): Promise<Hex> {
  const { TypedDataEncoder } = await import("ethers");
  const types = Object.fromEntries(Object.entries(message.types).map(([name, fields]) => [name, [...fields]]));
  const payload = TypedDataEncoder.getPayload(message.domain, types, { ...message.values }) as object;
  const text = JSON.stringify(payload, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  return (await wallet.request({ method: "eth_signTypedData_v4", params: [account, text] })) as Hex;
}
