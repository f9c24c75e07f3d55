import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import Fastify, { type FastifyInstance } from "fastify";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
  /** Whether its name has its content's hash. */
  readonly hashed: boolean;
}

/** Where the page's configuration is. */
export const CONFIG_PATH = "/config.json";

/** A server of the built page: files with a hash in their name are kept for ever, all of them compressed once. */
export async function pageServer(folder: string, config: object): Promise<FastifyInstance> {
  const assets = new Map<string, Asset>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length).split(sep).join("/").replace(/^\/*/, "/");
    assets.set(name, await assetOf(name, await readFile(path)));
  }
  const index = assets.get("/index.html");
  if (index === undefined) throw new Error(`${folder} has no index.html: build the page first`);
  const app = Fastify({ forceCloseConnections: true });
  app.get(CONFIG_PATH, (_request, reply) => reply.header("cache-control", "no-cache").send(config));
  app.get("/*", (request, reply) => {
    const { pathname } = new URL(request.url, "http://page");
    const found = assets.get(pathname === "/" ? "/index.html" : pathname);
    if (found === undefined) return reply.code(404).type("text/plain").send("there is nothing here");
    const accepted = String(request.headers["accept-encoding"]);
    const encoding = /\bbr\b/.test(accepted) ? "br" : /\bgzip\b/.test(accepted) ? "gzip" : undefined;
    if (encoding !== undefined) reply.header("content-encoding", encoding);
    return reply
      .header("vary", "accept-encoding")
      .header("cache-control", found.hashed ? "public, max-age=31536000, immutable" : "no-cache")
      .type(found.type)
      .send(found[encoding ?? "plain"]);
  });
  return app;
}

async function assetOf(name: string, plain: Buffer): Promise<Asset> {
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    promisify(gzip)(plain),
  ]);
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return { type, plain, br, gzip: gz, hashed: name.startsWith("/assets/") };
}
