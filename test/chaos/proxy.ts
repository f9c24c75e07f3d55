import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../support/random.ts";

/** What happens to a request on its way to the node. */
export const FATES = ["refused", "lost", "limited", "limitedInBody", "unavailable", "nonsense", "late"] as const;
export type Fate = (typeof FATES)[number];

/** A node behind a bad line. */
export interface BadLine {
  readonly url: string;
  /** Share of requests that something happens to, from 0 to 1 */
  trouble: number;
  /** What may happen */
  fates: readonly Fate[];
  /** How often each thing happened */
  readonly met: ReadonlyMap<Fate, number>;
  close(): Promise<void>;
}

/** Puts a bad line in front of a node: it drops requests and answers, delays them, and answers that it was asked too much. */
export async function badLine(node: string, random: Random): Promise<BadLine> {
  const met = new Map<Fate, number>();
  const forward = async (body: Buffer): Promise<string> => {
    const answer = await fetch(node, { method: "POST", headers: { "content-type": "application/json" }, body });
    return answer.text();
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (random.chance(line.trouble)) {
      const fate = random.pick(line.fates);
      met.set(fate, (met.get(fate) ?? 0) + 1);
      switch (fate) {
        case "refused":
          request.socket.destroy();
          return;
        case "lost":
          // The node has done it, and nobody is told.
          await forward(body);
          request.socket.destroy();
          return;
        case "limited":
          response.writeHead(429, { "retry-after": "1" }).end("too many requests");
          return;
        case "limitedInBody":
          response.writeHead(200, { "content-type": "application/json" }).end(limitedAnswer(body));
          return;
        case "unavailable":
          response.writeHead(503).end("try again");
          return;
        case "nonsense":
          response.writeHead(200, { "content-type": "application/json" }).end('{"jsonrpc":"2.0","id":');
          return;
        case "late":
          await sleep(random.integer(50, 600));
      }
    }
    const answer = await forward(body);
    response.writeHead(200, { "content-type": "application/json" }).end(answer);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const line: BadLine = { url: `http://127.0.0.1:${port}`, trouble: 0, fates: FATES, met, close };
  return line;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function limitedAnswer(body: Buffer): string {
  const asked = JSON.parse(body.toString()) as { id: number } | { id: number }[];
  const error = { code: -32_005, message: "rate limit exceeded" };
  const answer = ({ id }: { id: number }): object => ({ jsonrpc: "2.0", id, error });
  return JSON.stringify(Array.isArray(asked) ? asked.map(answer) : answer(asked));
}
