import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id } from "ethers";
import { type Hex, intervalQuery, quantiseQuery, receiptsTree, unpackQ, usageReportHash } from "../../scorer/index.ts";
import { type CallStore, reportIntervals, type VoucherMethod } from "../../services/gateway/index.ts";
import { openFiles } from "../../services/index.ts";
import { useFixture } from "../support/fixture.ts";
import { buildGatewayWorld, openVouchers, PRICE, requestWith, voucherHeader } from "../support/gateway.ts";

const LANES = 16;

async function build() {
  const world = await buildGatewayWorld();
  const basis = { lanes: LANES, basisDigest: id("basis"), methodDigest: id("method") };
  await world.indexes.connect(world.owner).commitBasis(world.model, basis, "ipfs://method");
  return world;
}

describe("intervals at the gateway", () => {
  const at = useFixture(build);
  let opened: Awaited<ReturnType<typeof openVouchers>>;
  let store: CallStore;
  let vouchers: VoucherMethod;
  let published: Map<string, string>;

  beforeEach(async () => {
    opened = await openVouchers(at());
    ({ store, vouchers } = await opened.open());
    published = new Map();
  });

  afterEach(async () => {
    await store.close();
    await opened.remove();
  });

  const queryOf = (n: bigint) => quantiseQuery(Float64Array.from({ length: LANES }, (_, i) => i - Number(n) / 3));

  /** A paid call, written down. */
  async function call(payer: "alice" | "bob", n: bigint): Promise<void> {
    const header = await voucherHeader(at(), at()[payer], n * PRICE);
    const authorized = await vouchers.authorize(requestWith(header), PRICE);
    const { amount, feesAfter, proof } = await vouchers.take(authorized, PRICE);
    const word = (name: string): Hex => id(`${payer} ${n} ${name}`) as Hex;
    const digests = {
      paymentDigest: word("payment"),
      requestDigest: word("request"),
      responseDigest: word("response"),
      queryDigest: word("query"),
    };
    const signed = { index: 0, proof: [], signature: "0x" } as const;
    const common = { signed, id: authorized.id, payer: authorized.payer, method: "voucher", price: PRICE, time: 1 };
    await store.append({
      kind: "paid",
      call: { ...common, ...digests, query: queryOf(n), amount, feesAfter, proof },
    });
  }

  const report = () => {
    const { suite, model, operator } = at();
    const publish = (name: string, json: string): Promise<void> => {
      published.set(name, json);
      return Promise.resolve();
    };
    return reportIntervals({ suite, model, store, operator, sender: opened.sender(), publish });
  };

  it("reports each interval with the calls that were credited in it, once", async () => {
    const { alice, bob, prepay, usage, model, networkHelpers, wallets } = at();
    for (const { address } of [alice, bob]) await prepay(address, 20n * PRICE);
    await call("alice", 1n);
    await call("bob", 1n);
    await vouchers.redeemLatest(opened.sender());
    await call("alice", 2n);
    await vouchers.redeemLatest(opened.sender());
    await usage.connect(wallets[5]).cut(model);
    // Served before the cut would have been possible, and redeemed after it.
    await call("bob", 2n);
    await vouchers.redeemLatest(opened.sender());

    const [posted, ...others] = await report();
    expect(others).to.deep.equal([]);
    if (posted === undefined) throw new Error("nothing was posted");
    const { from, to } = await usage.intervalAt(model, 0);
    expect([posted.from, posted.to]).to.deep.equal([from, to]);
    expect(await usage.reportHashOf(model, 0)).to.equal(usageReportHash(posted));
    const file = JSON.parse(published.get("receipts-0.json") ?? "") as Record<string, string>[];
    expect(file.map(({ payer }) => payer)).to.deep.equal(
      [alice, bob, alice].map(({ address }) => address.toLowerCase()),
    );
    const receipts = file.map((entry) => ({
      model: BigInt(entry.model ?? ""),
      feesAfter: BigInt(entry.feesAfter ?? ""),
      payer: entry.payer as Hex,
      amount: BigInt(entry.amount ?? ""),
      requestDigest: entry.requestDigest as Hex,
      responseDigest: entry.responseDigest as Hex,
      queryDigest: entry.queryDigest as Hex,
    }));
    expect(receipts[0]?.feesAfter).to.equal(receipts[1]?.feesAfter);
    expect(receipts[2]?.feesAfter).to.equal(to);
    expect(receiptsTree(receipts).root).to.equal(posted.receiptsRoot);
    const q = intervalQuery([1n, 1n, 2n].map((n) => ({ amount: PRICE, query: queryOf(n) })));
    expect(posted.exponent).to.equal(q.exponent);
    expect(unpackQ(Buffer.from(posted.q.slice(2), "hex"))).to.deep.equal(q.lanes);
    expect(await report(), "a second time").to.deep.equal([]);

    await networkHelpers.time.increase(await usage.CUTTING_PERIOD());
    await usage.connect(wallets[5]).cut(model);
    expect((await report()).map(({ interval }) => interval)).to.deep.equal([1]);
    expect(JSON.parse(published.get("receipts-1.json") ?? "")).to.have.length(1);
  });

  it("leaves an interval without receipts to be divided pro-rata", async () => {
    const { currency, market, usage, model, wallets, owner } = at();
    await currency.mint(owner, PRICE);
    await currency.connect(owner).approve(market, PRICE);
    await market.connect(owner).pay(model, PRICE, id("a request that this gateway never saw"));
    await usage.connect(wallets[5]).cut(model);
    expect(await report()).to.deep.equal([]);
    expect(published.size).to.equal(0);
  });

  it("publishes receipts and signed reports for a keeper, who can post them without the operator's key", async () => {
    const { alice, prepay, usage, suite, model, operator, wallets } = at();
    await prepay(alice.address, 20n * PRICE);
    await call("alice", 1n);
    await call("alice", 2n);
    await vouchers.redeemLatest(opened.sender());
    await usage.connect(wallets[5]).cut(model);
    const folder = await mkdtemp(join(tmpdir(), "tributary-published-"));
    try {
      const files = await openFiles(folder);
      const sender = { send: () => Promise.reject(new Error("the gateway sends nothing")) };
      const publish = () => Promise.resolve();
      const reporting = { suite, model, store, operator, sender, publish, files };
      expect(await reportIntervals(reporting, 0), "nothing is confirmed").to.deep.equal([]);
      expect(await files.report(model, 0)).to.equal(undefined);
      const [report] = await reportIntervals(reporting, 1);
      const signed = await files.report(model, 0);
      expect(signed?.report).to.deep.equal(report);
      await usage.connect(wallets[6]).report(signed!.report, signed!.signature);
      expect(await usage.reportHashOf(model, 0)).to.equal(usageReportHash(signed!.report));
      expect(await reportIntervals(reporting, 1), "once it is posted").to.deep.equal([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("marks calls as credited once no reorg is expected to take that back", async () => {
    const { alice, prepay, networkHelpers } = at();
    await prepay(alice.address, 20n * PRICE);
    await store.close();
    await opened.remove();
    opened = await openVouchers(at(), { confirmations: 3 });
    ({ store, vouchers } = await opened.open());
    await call("alice", 1n);
    const snapshot = await networkHelpers.takeSnapshot();
    await vouchers.redeemLatest(opened.sender());
    const [id] = await idsOf(store);
    await networkHelpers.mine(2);
    await vouchers.look();
    expect(store.creditedAt(id!), "after two blocks").to.equal(undefined);
    await snapshot.restore();
    await call("alice", 2n);
    await vouchers.redeemLatest(opened.sender());
    await networkHelpers.mine(3);
    await vouchers.look();
    const [first, second] = await idsOf(store);
    // In the chain that stayed, both were credited together.
    expect(store.creditedAt(first!)).to.equal(2n * PRICE - (2n * PRICE) / 100n);
    expect(store.creditedAt(second!)).to.equal(store.creditedAt(first!));
  });
});

async function idsOf(store: CallStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.calls()) ids.push(id);
  return ids;
}
