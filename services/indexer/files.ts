import type { FastifyInstance, FastifyReply } from "fastify";
import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { IndexError } from "./errors.ts";
import { INPUT } from "./schemas.ts";

/** What is looked up by a name from the chain: docs/services.md has the layout of the folder. */
const KINDS = ["contribution", "index", "receipts", "statement", "report", "list"] as const;
/** A root; stream, interval and root; model and interval. */
const KEY = "^(0x[0-9a-f]{64}|[0-9]{1,16}-[0-9]{1,16}(-0x[0-9a-f]{64})?)$";
const DIGEST = "^(0x)?[0-9a-f]{64}$";
const BLOB = /^sha256:([0-9a-f]{64})$/;

/** Published files in a folder, as the services write them. */
export class FileFolder {
  readonly #folder: string | undefined;

  /** @param folder - undefined for none */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /**
   * The digest that a name from the chain points to.
   *
   * @throws IndexError `file-missing`
   */
  async digestOf(kind: string, key: string): Promise<string> {
    const name = `${kind}/${key}`;
    const pointer = await readFile(join(this.#need(name), name), "utf8").catch(() => "");
    const digest = BLOB.exec(pointer)?.[1];
    if (digest === undefined) throw this.missing(name);
    return digest;
  }

  /** Where the file with a digest would lie. */
  pathOf(digest: string): string {
    const name = `sha256/${digest.replace(/^0x/, "")}`;
    return join(this.#need(name), name);
  }

  #need(name: string): string {
    if (this.#folder === undefined) throw this.missing(name);
    return this.#folder;
  }

  /** What to say of a file that isn't there. */
  missing(name: string): IndexError {
    const folder = this.#folder;
    return new IndexError(
      "file-missing",
      folder === undefined
        ? "no folder of published files is configured: start with --files DIR"
        : `${folder} has no ${name}: put it there, or ask another server`,
    );
  }
}

/** Serves files by their digest, and by what the chain has of them. Who reads them checks them. */
export function serveFiles(app: FastifyInstance, files: FileFolder): void {
  const answers = {
    200: {
      description: "The file's bytes; ETag is its SHA-256",
      content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
    },
    304: { description: "The reader has it", type: "null" },
  };
  app.get<{ Params: { digest: string } }>(
    "/files/sha256/:digest",
    {
      schema: {
        summary: "The file with a SHA-256",
        params: { type: "object", properties: { digest: { type: "string", pattern: DIGEST } }, required: ["digest"] },
        response: answers,
      },
    },
    (request, reply) => send(reply, files, request.params.digest, request.headers["if-none-match"], true),
  );
  app.get<{ Params: { kind: string; key: string } }>(
    "/files/:kind/:key",
    {
      schema: {
        summary: "A published file by what the chain has of it",
        params: {
          type: "object",
          properties: { kind: INPUT.oneOf(...KINDS), key: { type: "string", pattern: KEY } },
          required: ["kind", "key"],
        },
        response: answers,
      },
    },
    async (request, reply) => {
      const { kind, key } = request.params;
      return send(reply, files, await files.digestOf(kind, key), request.headers["if-none-match"], false);
    },
  );
}

async function send(
  reply: FastifyReply,
  files: FileFolder,
  digest: string,
  held: string | undefined,
  immutable: boolean,
): Promise<FastifyReply> {
  const tag = `"${digest.replace(/^0x/, "")}"`;
  const path = files.pathOf(digest);
  const file = await open(path).catch(() => undefined);
  if (file === undefined) throw files.missing(`file with the SHA-256 ${digest}`);
  const { size } = await file.stat();
  const first = Buffer.alloc(1);
  await file.read(first, 0, 1, 0);
  await file.close();
  const type = /[{[]/.test(first.toString("latin1")) ? "application/json; charset=utf-8" : "application/octet-stream";
  reply
    .header("etag", tag)
    .header("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache")
    // A file is data, whatever it looks like.
    .header("x-content-type-options", "nosniff")
    .header("content-security-policy", "default-src 'none'; sandbox");
  if (held === tag) return reply.code(304).send();
  return reply.header("content-type", type).header("content-length", size).send(createReadStream(path));
}
