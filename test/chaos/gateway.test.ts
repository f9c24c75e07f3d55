import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { Connection } from "../../bench/gateway/httpClient.ts";
import { keyNamed, PRICE } from "../../bench/gateway/names.ts";
import { voucherHeaders } from "../../bench/gateway/payments.ts";
import { type Served, startServer } from "../../bench/gateway/processes.ts";
import { buildGatewayWorld, type GatewayWorld } from "../../bench/gateway/world.ts";
import { fromHex } from "../../scorer/index.ts";
import { CallStore, type PaidCall, Signatures, VoucherMethod } from "../../services/gateway/index.ts";
import { digestOf } from "../../services/gateway/calls.ts";
import { startNode, stopNode } from "../cli/support/node.ts";
import { smallFilter } from "../support/filter.ts";
import type { Node } from "../support/process.ts";
import { randomFrom } from "../support/random.ts";

/** How often the gateway is killed; `npm run test:chaos` does it more often. */
const KILLS = Number(process.env.TRIBUTARY_CHAOS_KILLS ?? 5);
const PAYERS = 6;
/** More calls than any payer makes between two kills. */
const CALLS_EACH = 5_000;
/** Longest time under load before a kill, in milliseconds. */
const LONGEST = 700;

/** What a caller knows of a call. */
interface Call {
  readonly cumulative: bigint;
  readonly body: Buffer;
  answer: string | undefined;
  receipt: string | undefined;
}

describe(`a gateway that is killed ${KILLS} times under load`, function () {
  this.timeout(60_000 + KILLS * 30_000);
  const random = randomFrom(8_020);
  let node: Node;
  let world: GatewayWorld;
  let folder: string;
  let store: string;
  /** Of each payer, in the order of calling; only the last one may be without an answer */
  const calls: Call[][] = Array.from({ length: PAYERS }, () => []);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-chaos-"));
    store = join(folder, "calls.log");
    const { files } = smallFilter();
    await writeFile(join(folder, "head.bin"), files.head);
    await writeFile(join(folder, "whitening.bin"), files.whitening);
    node = await startNode();
    world = await buildGatewayWorld(node.url, PAYERS, CALLS_EACH * (KILLS + 1));
  });

  after(async () => {
    await stopNode(node);
    await rm(folder, { recursive: true });
  });

  const start = (): Promise<Served> =>
    startServer({
      head: join(folder, "head.bin"),
      whitening: join(folder, "whitening.bin"),
      paid: { url: node.url, book: world.book, model: String(world.model), store },
    });

  /** Calls one after the other until the connection is lost; first again what got no answer. */
  async function callOn(address: string, payer: number, until: () => boolean): Promise<void> {
    const header = voucherHeaders(world.book, world.model, payer);
    const mine = calls[payer]!;
    const connection = await Connection.open(address);
    try {
      while (!until()) {
        let call = mine.at(-1);
        if (call === undefined || call.answer !== undefined) {
          const body = Buffer.from(
            `call ${mine.length} of payer ${payer}: ${random.integer(0, 1) ? "free money" : "notes"}`,
          );
          call = { cumulative: PRICE * BigInt(mine.length + 1), body, answer: undefined, receipt: undefined };
          mine.push(call);
        }
        const head = `POST / HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/plain\r\nPAYMENT-SIGNATURE: ${header(call.cumulative)}`;
        const answer = await connection.post(head, call.body);
        expect(answer.status, answer.body.toString()).to.equal(200);
        call.answer = answer.body.toString();
        call.receipt = answer.header("tributary-receipt");
        expect(call.receipt, "a receipt").to.be.a("string");
      }
    } finally {
      connection.close();
    }
  }

  /** A caller whose gateway is gone tries again later; anything else is a failure. */
  const unlessLost = (error: unknown): void => {
    const { code, message } = error as { code?: string; message: string };
    const lost = ["ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(code ?? "") || /connection was closed/.test(message);
    if (!lost) throw error;
  };

  /** Compares the store with what callers know and with the chain. */
  async function check(): Promise<void> {
    const opened = await CallStore.open(store);
    const signatures = new Signatures(fromHex(keyNamed("operator"), "the key"), 0);
    try {
      // Marks what a kill left unmarked, as a restart does.
      await VoucherMethod.open({ suite: world.suite, model: world.model, store: opened, signatures });
      const recorded = new Map<string, PaidCall>();
      for await (const call of opened.calls()) {
        expect(recorded.has(call.id), `${call.id} twice`).to.equal(false);
        recorded.set(call.id, call);
      }
      let answered = 0;
      world.payers.forEach(({ address }, payer) => {
        for (const { cumulative, body, answer, receipt } of calls[payer]!) {
          const id = `voucher-${address.toLowerCase()}-${world.model}-${cumulative}`;
          const call = recorded.get(id);
          if (answer === undefined) continue;
          answered++;
          expect(call, id).not.to.equal(undefined);
          expect(call?.amount).to.equal(PRICE);
          expect(call?.requestDigest).to.equal(digestOf(body));
          expect(call?.responseDigest).to.equal(digestOf(answer));
          const told = JSON.parse(Buffer.from(receipt ?? "", "base64").toString()) as Record<string, string>;
          expect(told.payment).to.equal(id);
          expect(told.responseDigest).to.equal(call?.responseDigest);
        }
      });
      // What isn't known to a caller was recorded when its answer was on the way: one for each payer at most.
      expect(recorded.size - answered).to.be.within(0, PAYERS);
      await agreesWithChain([...recorded.values()]);
    } finally {
      await opened.close();
      await signatures.close();
    }
  }

  async function agreesWithChain(recorded: readonly PaidCall[]): Promise<void> {
    const { market } = world.suite;
    const events = await market.queryFilter(market.filters.VouchersCredited(world.model), world.book.fromBlock);
    const credited = new Map<bigint, bigint>();
    for (const { amount, feesAfter } of recorded) {
      if (feesAfter !== undefined) credited.set(feesAfter, (credited.get(feesAfter) ?? 0n) + amount);
    }
    const onChain = new Map(events.map(({ args }) => [args.feesAfter, args.amount]));
    expect(credited).to.deep.equal(onChain);
    for (const { address } of world.payers) {
      const { spent } = await market.channelOf(address, world.model);
      const paid = recorded
        .filter(({ payer, feesAfter }) => payer === address.toLowerCase() && feesAfter !== undefined)
        .reduce((sum, { amount }) => sum + amount, 0n);
      expect(spent).to.equal(paid);
    }
  }

  it("keeps every answered call once, and redeems what its receipts say", async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const server = await start();
      let killed = false;
      const redeems = random.integer(0, 2) > 0 ? server.redeem().catch(() => undefined) : undefined;
      const load = calls.map((_, payer) => callOn(server.address, payer, () => killed).catch(unlessLost));
      await new Promise((resolve) => setTimeout(resolve, random.integer(5, LONGEST)));
      const ended = new Promise((resolve) => server.process.once("exit", resolve));
      server.process.kill("SIGKILL");
      killed = true;
      await ended;
      await Promise.all(load);
      await redeems;
      await check();
    }
  });

  it("answers all that was lost, and redeems all of it", async () => {
    const server = await start();
    await Promise.all(
      calls.map((mine, payer) => callOn(server.address, payer, () => mine.every(({ answer }) => answer !== undefined))),
    );
    await server.redeem();
    expect(await server.redeem(), "redeemed twice").to.equal(0n);
    await server.stop();
    await check();
    const { ledger } = world.suite;
    const { spent } = await world.suite.market.channelOf(new Wallet(keyNamed("payer 0")).address, world.model);
    expect(spent).to.equal(PRICE * BigInt(calls[0]!.length));
    const total = calls.reduce((sum, mine) => sum + mine.length, 0);
    const { fees } = await ledger.countersOf(world.model);
    const gross = PRICE * BigInt(total);
    expect(fees).to.equal(gross - (gross * (await ledger.PROTOCOL_FEE_BPS())) / 10_000n);
    expect(total).to.be.greaterThan(KILLS);
  });
});
