import { readFileSync } from "node:fs";
import type { AddressBook } from "../../client/index.ts";
import { Connection } from "./httpClient.ts";
import { PRICE } from "./names.ts";
import { voucherHeaders } from "./payments.ts";

// Load on a server, from a process of its own. What came of it goes out on stdout.

/** What the process is told, as JSON in its only argument. */
export interface LoadOptions {
  readonly address: string;
  readonly connections: number;
  readonly seconds: number;
  /** JSON array of texts */
  readonly bodies: string;
  /** Undefined: without payment */
  readonly paid?: {
    readonly book: AddressBook;
    readonly model: string;
    /** What each payer's channel has paid already, in prices */
    readonly from: number;
    /** Vouchers that each payer signs before the load begins */
    readonly vouchers: number;
  };
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of each request */
  readonly latencies: readonly number[];
  /** Most calls that one payer made */
  readonly most: number;
}

const options = JSON.parse(process.argv[2] ?? "") as LoadOptions;
const { address, connections, seconds, paid } = options;
const bodies = (JSON.parse(readFileSync(options.bodies, "utf8")) as string[]).map((text) => Buffer.from(text));
const { host } = new URL(address);
const HEAD = `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: text/plain`;

const heads = Array.from({ length: connections }, (_, payer) => {
  if (paid === undefined) return undefined;
  const header = voucherHeaders(paid.book, BigInt(paid.model), payer);
  return Array.from(
    { length: paid.vouchers },
    (__, i) => `${HEAD}\r\nPAYMENT-SIGNATURE: ${header(PRICE * BigInt(paid.from + i + 1))}`,
  );
});
const sockets = await Promise.all(Array.from({ length: connections }, () => Connection.open(address)));
const latencies: number[] = [];
let most = 0;
const started = performance.now();
const until = started + seconds * 1000;
await Promise.all(
  sockets.map(async (socket, c) => {
    const mine = heads[c];
    let done = 0;
    for (; performance.now() < until; done++) {
      const head = mine === undefined ? HEAD : mine[done];
      if (head === undefined) throw new Error("the vouchers have run out: sign more before the load begins");
      const at = performance.now();
      const { status, header, body } = await socket.post(head, bodies[(c * 997 + done) % bodies.length]!);
      if (status !== 200 || (mine !== undefined && header("tributary-receipt") === undefined)) {
        throw new Error(`the server answered ${status}: ${body.toString("utf8")}`);
      }
      latencies.push(performance.now() - at);
    }
    most = Math.max(most, done);
  }),
);
const result: LoadResult = {
  requests: latencies.length,
  seconds: (performance.now() - started) / 1000,
  latencies,
  most,
};
for (const socket of sockets) socket.close();
process.stdout.write(JSON.stringify(result));
