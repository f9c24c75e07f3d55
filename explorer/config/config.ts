import { type AddressBook, parseAddressBook } from "../../client/addressBook.ts";
import { ClientError } from "../../client/clientError.ts";

/** The name of the file beside `index.html` that says which deployment is shown. */
export const CONFIG_FILE = "config.json";

/** Which deployment is shown, and who is asked about it. */
export interface Config {
  readonly book: AddressBook;
  /** URL of the index's API. */
  readonly api: string;
  /** URL of a node, for what only the chain itself can say; without one a connected wallet's is asked. */
  readonly rpc: string | undefined;
  /** What the chain is called. */
  readonly chainName: string;
  /** What amounts are in; as the currency's contract says if it isn't given. */
  readonly currency: Currency | undefined;
  /** URL of a gateway that serves a model, for the snippet that calls it. */
  readonly gateway: string | undefined;
  /** URL before a content identifier, such as https://ipfs.io/ipfs/. */
  readonly ipfs: string | undefined;
  /** URL before a transaction's hash, of a block explorer. */
  readonly transactions: string | undefined;
}

export interface Currency {
  readonly symbol: string;
  /** Of the smallest unit: 6 when a dollar has a million of them. */
  readonly decimals: number;
}

/**
 * Reads which deployment is shown.
 *
 * @param base - URL of the page; addresses in the file may be relative to it
 * @throws ClientError `network` when the file can't be fetched, `bad-input` that names what is wrong in it
 */
export async function loadConfig(base: string): Promise<Config> {
  const given = asRecord(parse(await fetchText(new URL(CONFIG_FILE, base))), CONFIG_FILE);
  const address = (name: string): string | undefined => {
    const value = given[name];
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw bad(`"${name}" must be an address`);
    return new URL(value, base).href;
  };
  const { addressBook, chainName, currency } = given;
  const book = parseAddressBook(
    typeof addressBook === "string" ? await fetchText(new URL(addressBook, base)) : JSON.stringify(addressBook ?? null),
  );
  const api = address("api");
  if (api === undefined) throw bad('"api" is missing: the address at which the index is served');
  return {
    book,
    api,
    rpc: address("rpc"),
    chainName: typeof chainName === "string" ? chainName : `chain ${book.chainId}`,
    currency: currency === undefined ? undefined : currencyOf(currency),
    gateway: address("gateway"),
    ipfs: address("ipfs"),
    transactions: address("transactions"),
  };
}

function currencyOf(given: unknown): Currency {
  const { symbol, decimals } = asRecord(given, '"currency"');
  if (typeof symbol !== "string" || typeof decimals !== "number" || !Number.isInteger(decimals) || decimals < 0) {
    throw bad('"currency" must have a symbol and a whole number of decimals');
  }
  return { symbol, decimals };
}

async function fetchText(url: URL): Promise<string> {
  const response = await fetch(url, { cache: "no-cache" }).catch((cause: unknown) => {
    throw new ClientError("network", `${url.href} can't be fetched: check that it is served`, { cause });
  });
  if (!response.ok) {
    throw new ClientError("network", `${url.href} can't be fetched (status ${response.status}): put the file there`);
  }
  return response.text();
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ClientError("bad-input", `${CONFIG_FILE} is not JSON: docs/explorer.md has an example`, { cause });
  }
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw bad(`${what} must be an object`);
  return value as Record<string, unknown>;
}

function bad(what: string): ClientError {
  return new ClientError("bad-input", `${CONFIG_FILE}: ${what}; docs/explorer.md has an example`);
}
