import { ClientError } from "../../client/clientError.ts";
import type { IndexClient } from "../../client/indexApi/index.ts";
import type { Config } from "../config/config.ts";

/**
 * A published file: from the index's server by what the chain has of it, or else from where the chain says it is.
 * It is whoever's word; what is made of it must be checked.
 *
 * @param name - such as `index/ROOT`; undefined for what is known by its address only
 * @param uri - from the chain: `sha256:…`, `ipfs://…` or `https://…`
 * @throws ClientError `file-missing` that says where it was looked for
 */
export async function publishedFile(
  api: IndexClient,
  { ipfs }: Pick<Config, "ipfs">,
  name: string | undefined,
  uri: string | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const digest = /^sha256:([0-9a-f]{64})$/.exec(uri ?? "")?.[1];
  const names = [...(name === undefined ? [] : [name]), ...(digest === undefined ? [] : [`sha256/${digest}`])];
  for (const known of names) {
    try {
      return await api.file(known);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "file-missing") throw error;
    }
  }
  const url = webAddress(uri, ipfs);
  const response = url === undefined ? undefined : await fetch(url).catch(() => undefined);
  if (response?.ok === true) return new Uint8Array(await response.arrayBuffer());
  const asked = names.length === 0 ? "" : `the index's server has no ${names.join(" and no ")}; `;
  throw new ClientError(
    "file-missing",
    `${asked}${uri === undefined || uri === "" ? "the chain names no address of it" : `a browser finds nothing at ${uri}`}: get the file from whoever published it`,
  );
}

/** Where a browser finds what an address from the chain names; undefined if it can't. */
export function webAddress(uri: string | undefined, ipfs: string | undefined): string | undefined {
  if (uri === undefined) return undefined;
  if (/^https?:\/\//.test(uri)) return uri;
  const path = /^ipfs:\/\/(.+)$/.exec(uri)?.[1];
  return path === undefined || ipfs === undefined ? undefined : ipfs + path;
}
