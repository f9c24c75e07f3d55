import { ClientError, type ClientErrorCode } from "../clientError.ts";
import { SHAPES } from "./answers.ts";
import { anything } from "./shapes.ts";

/** What a query says; undefined members are left out. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** How the index is asked: `fetch` of the platform unless another one is given. */
export type Fetch = typeof globalThis.fetch;

/** Errors of the API by the codes of the client. */
const CODES: Readonly<Record<string, ClientErrorCode>> = {
  "bad-request": "bad-input",
  "not-found": "not-found",
  "file-missing": "file-missing",
  "file-altered": "file-altered",
};

/**
 * Asks an index with GET.
 *
 * @param accepted - statuses whose body is an answer; any other one is an error of the API
 * @throws ClientError `network` when it doesn't answer or can't now, `not-found`, `file-missing`, `file-altered`,
 *   `bad-input`, `mismatch` when something else than the API answers
 */
export async function getJson(
  fetch: Fetch,
  url: string,
  {
    accepted = [200],
    signal,
  }: { readonly accepted?: readonly number[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await get(fetch, url, "application/json", signal);
  const parsed = parse(url, status, new TextDecoder().decode(body));
  if (accepted.includes(status)) return anything.read(parsed, "an answer");
  throw failure(parsed);
}

/**
 * A file of an index.
 *
 * @throws ClientError as `getJson`
 */
export async function getBytes(
  fetch: Fetch,
  url: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const { status, body } = await get(fetch, url, "*/*", signal);
  if (status === 200) return body;
  throw failure(parse(url, status, new TextDecoder().decode(body)));
}

interface Got {
  readonly status: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

async function get(fetch: Fetch, url: string, accept: string, signal: AbortSignal | undefined): Promise<Got> {
  try {
    const response = await fetch(url, { headers: { accept }, ...(signal ? { signal } : {}) });
    return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
  } catch (cause) {
    // Who gave up waiting isn't told of a fault.
    if (signal?.aborted === true) throw cause;
    throw new ClientError(
      "network",
      `the index at ${originOf(url)} doesn't answer: check its address and that it runs, and that it allows this origin`,
      { cause },
    );
  }
}

function parse(url: string, status: number, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new ClientError(
      "mismatch",
      `what answers at ${originOf(url)} (status ${status}) is not an index of the chain: check its address`,
      { cause },
    );
  }
}

function failure(answer: unknown): ClientError {
  const { error, message } = SHAPES.Error.read(answer, "error");
  return new ClientError(CODES[error] ?? "network", message);
}

/** A path with its query. */
export function urlOf(base: string, path: string, query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) given.append(name, String(one));
  }
  return `${base}${path}${given.size === 0 ? "" : `?${given.toString()}`}`;
}

function originOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return url;
  }
}
