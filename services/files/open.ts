import { ClientError } from "../../client/index.ts";
import { Directory } from "./directory.ts";
import { PublishedFiles } from "./published.ts";
import type { Storage } from "./storage.ts";

/**
 * Opens the place of published files by its name: a folder; `s3://BUCKET/PREFIX`, with `?endpoint=URL` for stores other
 * than Amazon's and `&region=NAME`; or `ipfs+http://HOST:PORT/FOLDER` (`ipfs+https:`), an IPFS node's HTTP interface.
 * The clients of the latter two are loaded when they are named, and only then.
 *
 * @throws ClientError `bad-input` when the name can't be read, or the client isn't installed
 */
export async function openFiles(name: string): Promise<PublishedFiles> {
  return new PublishedFiles(await openStorage(name));
}

async function openStorage(name: string): Promise<Storage> {
  if (!/^[a-z0-9+]+:\/\//i.test(name)) return new Directory(name);
  const url = URL.parse(name);
  if (url === null) throw new ClientError("bad-input", `"${name}" is no place for files: it isn't a URL`);
  const path = url.pathname.replace(/^\/+|\/+$/g, "");
  switch (url.protocol) {
    case "s3:": {
      const [endpoint, region] = ["endpoint", "region"].map((key) => url.searchParams.get(key) ?? undefined);
      if (url.hostname === "") throw new ClientError("bad-input", `"${name}" names no bucket: s3://BUCKET/PREFIX`);
      const { S3Bucket } = await loaded("@aws-sdk/client-s3", () => import("./s3.ts"));
      return new S3Bucket({ bucket: url.hostname, prefix: path, endpoint, region });
    }
    case "ipfs+http:":
    case "ipfs+https:": {
      const { IpfsFolder } = await loaded("kubo-rpc-client", () => import("./ipfs.ts"));
      const origin = `${url.protocol.slice("ipfs+".length)}//${url.host}`;
      return new IpfsFolder({ url: origin, folder: path === "" ? "tributary" : path });
    }
    default:
      throw new ClientError(
        "bad-input",
        `"${name}" is no place for files: a folder, s3://BUCKET/PREFIX or ipfs+http://HOST:PORT/FOLDER`,
      );
  }
}

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ClientError("bad-input", `the client ${name} can't be loaded: npm install ${name}`, { cause });
  }
}
