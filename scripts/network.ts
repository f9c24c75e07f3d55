import { BrowserProvider, type Provider } from "ethers";
import { network } from "hardhat";
import { ClientError, explainError } from "../client/index.ts";
import { messageOf } from "./commandLine.ts";

/** A connection to one of the networks of hardhat.config.ts. */
export type Connection = Awaited<ReturnType<typeof network.create<"generic" | "l1">>>;

/** A chain to run on, and what can be done with its clock. */
export interface Chain {
  readonly connection: Connection;
  readonly provider: Provider;
  readonly chainId: number;
  /** The node's own name for itself. */
  readonly client: string;
}

/**
 * Connects to a network by its name in hardhat.config.ts and asks for its chain id.
 *
 * @throws ClientError `network` when the node can't be reached, `bad-input` for a name that the config doesn't have
 */
export async function connectChain(name: string): Promise<Chain> {
  const connection = await network.create(name).catch((cause: unknown) => {
    throw new ClientError(
      "bad-input",
      `there is no usable network "${name}" in hardhat.config.ts: ${messageOf(cause)}`,
      { cause },
    );
  });
  try {
    const chainId = Number(await connection.provider.request({ method: "eth_chainId" }));
    const client = String(await connection.provider.request({ method: "web3_clientVersion" }));
    const provider = new BrowserProvider(connection.provider, chainId, { cacheTimeout: -1, staticNetwork: true });
    return { connection, provider, chainId, client };
  } catch (error) {
    const explained = explainError(error, `connecting to "${name}"`);
    throw explained instanceof ClientError
      ? explained
      : new ClientError("bad-input", `connecting to "${name}" failed: ${messageOf(error)}`, { cause: error });
  }
}

/** Whether the chain's clock can be moved: a development node, by its own word. */
export function canMoveTime({ client, chainId }: Chain): boolean {
  return chainId === 31_337 && /hardhat|anvil/i.test(client);
}

/** Moves the clock of a development chain and mines a block there. */
export async function moveTime({ connection }: Chain, seconds: number): Promise<void> {
  await connection.provider.request({ method: "evm_increaseTime", params: [seconds] });
  await connection.provider.request({ method: "evm_mine", params: [] });
}

/** Gives an account of a development chain of Hardhat's a hundred coins for gas. */
export async function giveGas({ connection }: Chain, address: string): Promise<void> {
  await connection.provider.request({ method: "hardhat_setBalance", params: [address, "0x56bc75e2d63100000"] });
}
