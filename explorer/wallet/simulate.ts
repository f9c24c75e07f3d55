import { isError, JsonRpcApiProvider } from "ethers";
import { ClientError } from "../../client/clientError.ts";
import { explainError } from "../../client/errors.ts";
import type { Acting, Call } from "./action.ts";

/** A call as the chain would take it now. */
export interface Simulated extends Call {
  /** Undefined where the call builds on one before it and the node can't simulate both. */
  readonly gas: bigint | undefined;
}

/** What a storage slot costs that somebody empties between a transaction's estimate and its block (EIP-2200). */
const FRESH_SLOT = 20_000n;

/** The gas limit that a call is sent with. */
export function gasLimit(gas: bigint): bigint {
  return (gas * 5n) / 4n + FRESH_SLOT;
}

/**
 * Runs calls on the chain's last block without sending them.
 *
 * @throws ClientError `reverted` with the decoded error of the call that would fail
 */
export async function simulate({ suite, account }: Acting, calls: readonly Call[]): Promise<readonly Simulated[]> {
  const [first, ...rest] = calls;
  if (first === undefined) return [];
  if (rest.length > 0 && suite.provider instanceof JsonRpcApiProvider) {
    const gas = await simulateAll(suite.provider, account, calls);
    if (gas !== undefined) return calls.map((call, i) => ({ ...call, gas: gas[i] }));
  }
  return [
    { ...first, gas: await gasOf({ suite, account }, first) },
    ...rest.map((call) => ({ ...call, gas: undefined })),
  ];
}

/**
 * What a call would cost now.
 *
 * @throws ClientError `reverted`, `no-funds`, `network`
 */
export async function gasOf({ suite, account }: Acting, { doing, transaction }: Call): Promise<bigint> {
  const request = { ...transaction, from: account };
  try {
    // A call tells the error that an estimate may hide.
    await suite.provider.call(request);
    return await suite.provider.estimateGas(request);
  } catch (error) {
    throw explainError(error, doing);
  }
}

interface SimulatedCall {
  readonly status: string;
  readonly gasUsed: string;
  readonly returnData: string;
  readonly error?: { readonly message?: string; readonly data?: string };
}

/** All calls one after the other on the same state; undefined where the node doesn't know eth_simulateV1. */
async function simulateAll(
  provider: JsonRpcApiProvider,
  account: string,
  calls: readonly Call[],
): Promise<readonly bigint[] | undefined> {
  const asked = {
    blockStateCalls: [{ calls: calls.map(({ transaction: { to, data } }) => ({ from: account, to, data })) }],
    validation: false,
  };
  let blocks: readonly { readonly calls: readonly SimulatedCall[] }[];
  try {
    blocks = (await provider.send("eth_simulateV1", [asked, "latest"])) as typeof blocks;
  } catch (error) {
    if (isError(error, "NETWORK_ERROR")) throw explainError(error, "simulating");
    return undefined;
  }
  return blocks[0]?.calls.map(({ status, gasUsed, returnData, error }, i) => {
    if (BigInt(status) === 1n) return BigInt(gasUsed);
    const doing = calls[i]?.doing ?? "simulating";
    const data = returnData === "0x" ? (error?.data ?? "0x") : returnData;
    const explained = explainError({ data }, doing);
    throw explained instanceof ClientError
      ? explained
      : new ClientError("reverted", `${doing} would fail: ${error?.message ?? "no reason"}`);
  });
}
