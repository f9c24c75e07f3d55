import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { buffer } from "node:stream/consumers";

/** A server that listens. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens at a free port. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listening> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/**
 * The part of Kubo's RPC interface that published files need, spoken over HTTP as its reference describes it
 * (https://docs.ipfs.tech/reference/kubo/rpc/, `/api/v0/files/…`): POST only, arguments in the query, bodies as
 * multipart/form-data, errors with status 500 and a JSON object. It speaks the protocol and keeps files in memory; it is no
 * IPFS node. Set TRIBUTARY_TEST_IPFS to the address of one to test against that instead.
 */
export function kuboWire(): Promise<Listening> {
  const files = new Map<string, Buffer>();
  const folders = new Set(["/"]);
  return listen(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://kubo");
    const body = await buffer(request);
    const fail = (message: string, status = 500): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ Message: message, Code: 0, Type: "error" }));
    };
    const path = searchParams.get("arg") ?? "";
    const asked = (name: string): boolean => searchParams.get(name) === "true";
    if (request.method !== "POST") return fail("405 - Method Not Allowed", 405);
    if (!path.startsWith("/")) return fail("paths must start with a leading slash");
    const found = files.get(path);
    switch (pathname) {
      case "/api/v0/files/read":
        if (found === undefined) return fail("file does not exist");
        response.writeHead(200, { "content-type": "text/plain", "x-stream-output": "1" }).end(found);
        return;
      case "/api/v0/files/rm":
        if (found === undefined) return fail("file does not exist");
        files.delete(path);
        response.end();
        return;
      case "/api/v0/files/write": {
        if (found === undefined && !asked("create")) return fail("file does not exist");
        if (!folders.has(dirname(path)) && !asked("parents")) return fail("file does not exist");
        for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
        const given = partOf(request.headers["content-type"] ?? "", body);
        if (given === undefined) return fail("file argument 'data' is required");
        const rest = asked("truncate") ? Buffer.alloc(0) : (found ?? Buffer.alloc(0)).subarray(given.length);
        files.set(path, Buffer.concat([given, rest]));
        response.end();
        return;
      }
      default:
        return fail("404 page not found", 404);
    }
  });
}

/** The content of a form's first part (RFC 7578): what is between its headers and the next boundary. */
function partOf(type: string, body: Buffer): Buffer | undefined {
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1];
  const begin = body.indexOf("\r\n\r\n");
  const end = body.indexOf(`\r\n--${boundary}`, begin);
  return boundary === undefined || begin < 0 || end < 0 ? undefined : body.subarray(begin + 4, end);
}
