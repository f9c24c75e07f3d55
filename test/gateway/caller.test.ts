import { join } from "node:path";
import { expect } from "chai";
import {
  Caller,
  ClientError,
  isReceiptOf,
  type ModelRequest,
  readUsageReport,
  verifyReceipt,
} from "../../client/index.ts";
import { CallerFile } from "../../client/callerFile.ts";
import { fundDollars } from "../../scripts/demo/cast.ts";
import { PRICES } from "../../scripts/demo/lineage.ts";
import { moveTime } from "../../scripts/network.ts";
import { answeringRidge, receiptsTree } from "../../scorer/index.ts";
import {
  CallStore,
  collectInterval,
  createGateway,
  type Gateway,
  reportIntervals,
  Signatures,
  spamFilter,
  VoucherMethod,
} from "../../services/gateway/index.ts";
import { type GatewayWorld, startWorld } from "./support.ts";

const PRICE = PRICES.finetune;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("caller", () => {
  let world: GatewayWorld;
  let store: CallStore;
  let vouchers: VoucherMethod;
  let gateway: Gateway;
  let url = "";
  let file: CallerFile;
  let caller: Caller;
  let model = 0n;

  before(async () => {
    world = await startWorld();
    const { suite, cast, trained } = world;
    model = world.lineage.finetune;
    store = await CallStore.open(join(world.folder, "calls"));
    const signatures = new Signatures(Buffer.from(cast.tuner.signer.privateKey.slice(2), "hex"));
    vouchers = await VoucherMethod.open({ suite, model, store, signatures });
    const backend = spamFilter(answeringRidge(trained.model), PRICE);
    const operator = cast.tuner.signer;
    gateway = await createGateway({ suite, model, backend, methods: [vouchers], store, operator, signatures });
    url = `${await gateway.listen({ host: "127.0.0.1", port: 0 })}/`;
    const { market } = suite.book.contracts;
    await fundDollars(suite, cast.agentMaker, 100n * PRICE, market);
    const deposit = suite.market.deposit.populateTransaction(cast.agentMaker.address, model, 20n * PRICE);
    await cast.agentMaker.send("prepaying", deposit);
    file = new CallerFile(join(world.folder, "caller"));
    caller = new Caller({ suite, payer: cast.agentMaker.signer, store: file });
  });

  after(async () => {
    file.close();
    await gateway.close();
    await world.tearDown();
  });

  const ask = (text: string): ModelRequest => ({ url, body: encode(text) });
  const failure = async (promise: Promise<unknown>, code: string): Promise<ClientError> => {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(ClientError).and.to.have.property("code", code);
    return error as ClientError;
  };

  it("pays by vouchers that rise by the price, and keeps the receipts", async () => {
    const first = await caller.call(model, ask("free offer: cheap money"), { maxPrice: PRICE });
    expect(new TextDecoder().decode(first.body)).to.equal('{"verdict":"spam"}');
    const second = await caller.call(model, ask("meeting notes"), { maxPrice: PRICE });
    expect([first.cumulative, second.cumulative]).to.deep.equal([PRICE, 2n * PRICE]);
    expect(file.receipts()).to.deep.equal([first.receipt, second.receipt]);
    expect((await vouchers.outstanding()).amount).to.equal(2n * PRICE);
  });

  it("pays for several calls at once", async () => {
    const texts = ["one", "two", "three"];
    const answers = await Promise.all(texts.map((text) => caller.call(model, ask(text), { maxPrice: 3n * PRICE })));
    expect(new Set(answers.map(({ cumulative }) => cumulative)).size).to.equal(3);
    expect((await vouchers.outstanding()).amount).to.be.greaterThanOrEqual(5n * PRICE);
  });

  it("refuses what is too dear, before anything is signed", async () => {
    const before = (await vouchers.outstanding()).amount;
    await failure(caller.call(model, ask("dear"), { maxPrice: PRICE - 1n }), "too-expensive");
    expect((await vouchers.outstanding()).amount).to.equal(before);
  });

  it("attack 16: never signs the same or a smaller amount again, whatever becomes of the answer", async () => {
    const sent: bigint[] = [];
    let lost = 0;
    const losing: typeof fetch = async (input, init) => {
      const payment = new Headers(init?.headers).get("payment-signature");
      const response = await fetch(input, init);
      if (payment === null) return response;
      const { payload } = JSON.parse(atob(payment)) as { payload: { cumulative: string } };
      sent.push(BigInt(payload.cumulative));
      if (lost++ < 2) throw new TypeError("the connection broke");
      return response;
    };
    const { suite, cast } = world;
    const unlucky = new Caller({ suite, payer: cast.agentMaker.signer, store: file, fetch: losing });
    await failure(unlucky.call(model, ask("lost"), { maxPrice: PRICE }), "network");
    expect(sent).to.have.length(2);
    expect(sent[0]).to.equal(sent[1]);
    const reopened = new CallerFile(join(world.folder, "caller"));
    const later = new Caller({ suite, payer: cast.agentMaker.signer, store: reopened });
    const { cumulative } = await later.call(model, ask("after the loss"), { maxPrice: PRICE });
    reopened.close();
    expect(cumulative).to.be.greaterThan(sent[1] ?? 0n);
    expect(cumulative - (sent[1] ?? 0n)).to.be.lessThanOrEqual(PRICE);
  });

  it("adds no more than its most in one call, whatever the gateway says that it counts", async () => {
    const sent: bigint[] = [];
    const greedy: typeof fetch = async (input, init) => {
      const payment = new Headers(init?.headers).get("payment-signature");
      if (payment === null) return fetch(input, init);
      const { payload } = JSON.parse(atob(payment)) as { payload: { cumulative: string } };
      sent.push(BigInt(payload.cumulative));
      const cumulative = String(BigInt(payload.cumulative) + PRICE);
      return Response.json({ error: "voucher_too_low", details: { cumulative } }, { status: 402 });
    };
    const { suite, cast } = world;
    const cheated = new Caller({ suite, payer: cast.agentMaker.signer, store: file, fetch: greedy });
    await failure(cheated.call(model, ask("greed"), { maxPrice: PRICE }), "too-expensive");
    expect(sent).to.have.length(1);
  });

  it("gets the answer that was lost once by the same voucher", async () => {
    let lost = false;
    const losing: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (lost || new Headers(init?.headers).get("payment-signature") === null) return response;
      lost = true;
      throw new TypeError("the connection broke");
    };
    const calls = store.size;
    const unlucky = new Caller({ suite: world.suite, payer: world.cast.agentMaker.signer, store: file, fetch: losing });
    await unlucky.call(model, ask("lost once"), { maxPrice: PRICE });
    expect(store.size).to.equal(calls + 1);
  });

  it("notices receipts of another call, another price and another signer", async () => {
    const forge =
      (change: Record<string, unknown>): typeof fetch =>
      async (input, init) => {
        const response = await fetch(input, init);
        const encoded = response.headers.get("tributary-receipt");
        if (encoded === null) return response;
        const headers = new Headers(response.headers);
        const receipt = { ...(JSON.parse(atob(encoded)) as object), ...change };
        headers.set("tributary-receipt", btoa(JSON.stringify(receipt)));
        return new Response(response.body, { status: response.status, headers });
      };
    const { suite, cast } = world;
    for (const [change, message] of [
      [{ requestDigest: `0x${"12".repeat(32)}` }, /names requestDigest/],
      [{ responseDigest: `0x${"12".repeat(32)}` }, /names responseDigest/],
      [{ amount: String(PRICE + 1n) }, /more than/],
      [{ time: 1 }, /isn't signed by the operator/],
    ] as const) {
      const cheated = new Caller({ suite, payer: cast.agentMaker.signer, store: file, fetch: forge(change) });
      const error = await failure(cheated.call(model, ask("forged"), { maxPrice: PRICE }), "mismatch");
      expect(error.message).to.match(message);
    }
  });

  it("says what the gateway refuses", async () => {
    const { suite, chain } = world;
    const pauper = new Caller({ suite, payer: world.pauper.signer, store: file });
    expect((await failure(pauper.call(model, ask("poor"), { maxPrice: PRICE }), "refused")).message).to.include(
      "insufficient_funds",
    );
    expect((await failure(caller.call(model + 1n, ask("other"), { maxPrice: PRICE }), "refused")).message).to.include(
      "takes no vouchers",
    );
    const nowhere = { url: "http://127.0.0.1:1/", body: encode("") };
    await failure(caller.call(model, nowhere, { maxPrice: PRICE }), "network");
    expect(chain.chainId).to.equal(31_337);
  });

  it("finds its receipts in the report of the interval", async () => {
    const { suite, cast, chain } = world;
    await vouchers.redeemLatest(cast.tuner);
    await moveTime(chain, Number(await suite.usage.CUTTING_PERIOD()));
    await cast.tuner.send("cutting", suite.usage.cut.populateTransaction(model));
    await vouchers.look();
    const publish = (): Promise<void> => Promise.resolve();
    const operator = cast.tuner.signer;
    await reportIntervals({ suite, model, store, operator, sender: cast.tuner, publish });
    const report = await readUsageReport(suite, model, 0);
    const receipts = (await collectInterval(suite, model, 0, store))?.receipts.map(({ receipt }) => receipt) ?? [];
    const tree = receiptsTree(receipts);
    const kept = file.receipts();
    expect(kept).to.have.length.greaterThan(5);
    for (const signed of kept) {
      const index = receipts.findIndex((receipt) => isReceiptOf(receipt, signed));
      const receipt = receipts[index];
      if (receipt === undefined) throw new Error(`payment ${signed.payment} isn't reported`);
      const proven = { receipt, index, size: receipts.length, proof: tree.proof(index) };
      verifyReceipt(proven, report, signed);
      expect(() => verifyReceipt({ ...proven, index: index + 1 }, report)).to.throw(ClientError, /proof/);
      expect(() => verifyReceipt(proven, { ...report, to: receipt.feesAfter - 1n })).to.throw(ClientError, /counter/);
      expect(() => verifyReceipt(proven, { ...report, model: 9n })).to.throw(ClientError, /of model/);
      const other = { ...signed, amount: "1" };
      expect(() => verifyReceipt(proven, report, other)).to.throw(ClientError, /another call/);
    }
  });
});
