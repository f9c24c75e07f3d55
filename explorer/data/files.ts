import { ClientError } from "../../client/clientError.ts";
import type { IndexClient } from "../../client/indexApi/index.ts";
import type { Config } from "../config/config.ts";

/**
 * A published file: from the index's server by what the chain has of it, or else from where the chain says it is.
 * It is whoever's word; what is made of it must be checked.
 *
 * @param name - such as `index/ROOT`
 * @param uri - from the chain: `sha256:…`, `ipfs://…` or `https://…`
 * @throws ClientError `file-missing` that says where it was looked for
 */
export async function publishedFile(
  api: IndexClient,
  { ipfs }: Config,
  name: string,
  uri: string | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await api.file(name);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== "file-missing") throw error;
    const digest = /^sha256:([0-9a-f]{64})$/.exec(uri ?? "")?.[1];
    if (digest !== undefined) return api.file(`sha256/${digest}`);
    const url = webAddress(uri, ipfs);
    const response = url === undefined ? undefined : await fetch(url).catch(() => undefined);
    if (response?.ok === true) return new Uint8Array(await response.arrayBuffer());
    const also = uri === undefined || uri === "" ? "" : `, nor was it found at ${uri}`;
    throw new ClientError(
      "file-missing",
      `the index's server has no ${name}${also}: choose the file yourself if you have it`,
    );
  }
}

/** Where a browser finds what an address from the chain names; undefined if it can't. */
export function webAddress(uri: string | undefined, ipfs: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  if (/^https?:\/\//.test(uri)) return uri;
  const path = /^ipfs:\/\/(.+)$/.exec(uri)?.[1];
  return path === undefined || ipfs === undefined ? undefined : ipfs + path;
}
