import { FetchRequest, isError, Network } from "ethers";
import { ChainProvider, ClientError, connectSuite, parseAddressBook, type Suite } from "../../client/index.ts";
import { useIndexAt } from "../../client/indexApi/index.ts";
import { readJsonObject } from "./files.ts";

/** Milliseconds in which a node must say which chain it is on, and in which it must answer anything else. */
const FIRST_TIMEOUT = 4_000;
const TIMEOUT = 30_000;

/** Where a deployment is. */
export interface Place {
  /** URL of the node */
  readonly rpc: string;
  /** Path of the address book */
  readonly deployment: string;
  /** URL of an index of the chain, for past events */
  readonly api?: string;
}

/**
 * Connects to the deployment that an address book names.
 *
 * @param note - told once when the index can't be used: past events then come from the node
 */
export async function openSuite({ rpc, deployment, api }: Place, note: (text: string) => void): Promise<Suite> {
  const book = parseAddressBook(JSON.stringify(await readDeployment(deployment)));
  const provider = await openProvider(rpc);
  if (api !== undefined) {
    let told = false;
    useIndexAt(provider, api, book, (reason) => {
      if (!told) note(`The index at ${withoutSecrets(api)} can't be used: ${reason}. Past events come from the node`);
      told = true;
    });
  }
  return connectSuite(book, provider);
}

async function readDeployment(path: string): Promise<Record<string, unknown>> {
  try {
    return await readJsonObject(path, "the address book");
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    throw new ClientError(
      "bad-input",
      `${error.message}. Name the deployment's address book with --deployment FILE or TRIBUTARY_DEPLOYMENT`,
      { cause: error },
    );
  }
}

/**
 * A provider that knows its chain from the start. Left to itself, ethers asks for the chain again and again, forever,
 * and logs to the console while it does.
 *
 * @throws ClientError `network` within a few seconds when there is no node
 */
async function openProvider(rpc: string): Promise<ChainProvider> {
  const chainId = await askChainId(rpc);
  const request = new FetchRequest(rpc);
  request.timeout = TIMEOUT;
  return new ChainProvider(request, Network.from(chainId));
}

async function askChainId(rpc: string): Promise<bigint> {
  const request = new FetchRequest(rpc);
  request.timeout = FIRST_TIMEOUT;
  request.body = { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] };
  try {
    const response = await request.send();
    response.assertOk();
    return BigInt((response.bodyJson as { result: string }).result);
  } catch (cause) {
    throw new ClientError(
      "network",
      `no node answers at ${withoutSecrets(rpc)} (${shortReason(cause)}): start one, or name it with --rpc URL or TRIBUTARY_RPC_URL`,
      { cause },
    );
  }
}

/** Providers put API keys into the path, the query and the user part: none of that belongs into a log. */
function withoutSecrets(rpc: string): string {
  return new URL(rpc).origin;
}

function shortReason(cause: unknown): string {
  if (isError(cause, "SERVER_ERROR")) return `HTTP status ${cause.response?.statusCode ?? "unknown"}`;
  if (isError(cause, "TIMEOUT")) return `no answer in ${FIRST_TIMEOUT / 1000} s`;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  return /^E[A-Z_]+$/.test(code) ? code : "its answer isn't a chain id";
}
