import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id, JsonRpcProvider, Wallet } from "ethers";
import type { Call } from "../../services/calls.ts";
import { feesFor } from "../../services/runtime/fees.ts";
import { Journal } from "../../services/runtime/journal.ts";
import { JournalSender } from "../../services/runtime/journalSender.ts";
import { patientProvider } from "../../services/runtime/rpc.ts";
import { Meters, type ServiceLog } from "../../services/runtime/telemetry.ts";
import { Transactor, type TransactorOptions } from "../../services/runtime/transactor.ts";
import { badLine } from "../chaos/proxy.ts";
import { startNode, stopNode } from "../cli/support/node.ts";
import { type Node, rpc } from "../support/process.ts";
import { randomFrom } from "../support/random.ts";

const CHAIN = 31_337;
const SINK = `0x${"99".repeat(20)}`;
/** Code that reverts whatever it is sent. */
const REFUSING = `0x${"77".repeat(20)}`;
const NOTHING = (): void => undefined;
const SILENT: ServiceLog = { debug: NOTHING, info: NOTHING, warn: NOTHING, error: NOTHING };

describe("sending through a journal", function () {
  this.timeout(60_000);
  let node: Node;
  let provider: JsonRpcProvider;
  let folder: string;
  let journal: Journal;
  let wallet: Wallet;
  let genesis: string;
  let tests = 0;

  before(async () => {
    node = await startNode();
    provider = patientProvider(node.url, CHAIN);
    genesis = (await provider.getBlock(0))?.hash ?? "";
    await rpc(node.url, "hardhat_setCode", [REFUSING, "0x5f5ffd"]);
  });
  after(async () => {
    provider.destroy();
    await stopNode(node);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-transactor-"));
    wallet = new Wallet(id(`transactor ${tests++}`));
    await rpc(node.url, "hardhat_setBalance", [wallet.address, "0x56bc75e2d63100000"]);
    journal = open();
  });
  afterEach(async () => {
    await rpc(node.url, "evm_setAutomine", [true]);
    await rpc(node.url, "evm_mine");
    journal.close();
    await rm(folder, { recursive: true });
  });

  const open = (name = "journal"): Journal => Journal.open(join(folder, name), { address: wallet.address, genesis });
  const transactor = (changes: Partial<TransactorOptions> = {}): Transactor =>
    new Transactor({
      ...{ wallet, provider, chainId: CHAIN, journal, fees: {}, stuckAfter: 400, log: SILENT, meters: new Meters() },
      ...changes,
    });
  const call = (data: string, changes: Partial<Call> = {}): Call => ({
    doing: "a test",
    transaction: { to: SINK, data },
    ...changes,
  });
  const sentBy = (): Promise<number> => provider.getTransactionCount(wallet.address, "latest");

  it("writes down what it sends, and what became of it", async () => {
    const sent = await transactor().send(call("0x01"));
    expect(sent.kind).to.equal("mined");
    const [mined] = journal.minedSince(0);
    expect(mined).to.include({ nonce: 0, to: SINK, data: "0x01", doing: "a test" });
    expect(journal.counts()).to.deep.equal({ sent: 0, mined: 1, lost: 0 });
  });

  it("sends nothing that the chain would refuse", async () => {
    const sent = await transactor().send({ doing: "a test", transaction: { to: REFUSING, data: "0x01" } });
    expect(sent.kind).to.equal("refused");
    expect(journal.counts()).to.deep.equal({ sent: 0, mined: 0, lost: 0 });
    expect(await sentBy()).to.equal(0);
  });

  it("sends the same bytes after a restart, and never twice", async () => {
    await rpc(node.url, "evm_setAutomine", [false]);
    const abort = new AbortController();
    abort.abort();
    const slow = { stuckAfter: 60_000 };
    expect((await transactor(slow).send(call("0x01"), abort.signal)).kind).to.equal("waiting");
    const [before] = journal.unfinished();
    journal.close();
    journal = open();
    const again = transactor(slow);
    await again.resume();
    expect((await again.send(call("0x01"), abort.signal)).kind).to.equal("waiting");
    expect(journal.unfinished()).to.deep.equal([before]);
    await rpc(node.url, "evm_mine");
    await again.resume();
    expect(journal.unfinished()).to.deep.equal([]);
    expect(journal.minedSince(0).map(({ hash }) => hash)).to.deep.equal([before?.hash]);
    expect(await sentBy()).to.equal(1);
  });

  it("puts what is due now in the place of what is stuck, for more", async () => {
    await rpc(node.url, "evm_setAutomine", [false]);
    expect((await transactor().send(call("0x01"))).kind).to.equal("waiting");
    expect((await transactor().send(call("0x02"))).kind).to.equal("waiting");
    const [second, first] = journal.unfinished();
    expect([first?.data, second?.data]).to.deep.equal(["0x01", "0x02"]);
    expect(second!.maxFeePerGas >= (first!.maxFeePerGas * 5n) / 4n).to.equal(true);
    await rpc(node.url, "evm_mine");
    await transactor().resume();
    expect(journal.counts()).to.deep.equal({ sent: 0, mined: 1, lost: 1 });
    expect(journal.minedSince(0)[0]?.data).to.equal("0x02");
    expect(await sentBy()).to.equal(1);
  });

  it("waits while gas is above the cap, unless a deadline is near", async () => {
    const fees = { cap: 1n, urgentWithin: 100 };
    const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
    const capped = transactor({ fees });
    expect((await capped.send(call("0x01"))).kind).to.equal("too-dear");
    expect((await capped.send(call("0x01", { deadline: now + 1_000_000 }))).kind).to.equal("too-dear");
    expect(await sentBy()).to.equal(0);
    expect((await capped.send(call("0x01", { deadline: now + 100 }))).kind).to.equal("mined");
    expect((await capped.send(call("0x02", { deadline: now - 1 }))).kind).to.equal("mined");
  });

  it("offers the cap where the chain asks for less now, and outbids itself up to it", async () => {
    const base = (await provider.getBlock("latest"))?.baseFeePerGas ?? 0n;
    const tip = (await provider.getFeeData()).maxPriorityFeePerGas ?? 0n;
    const cap = base + tip + 1n;
    expect(await feesFor(provider, { cap }, undefined, [])).to.deep.equal({
      maxFeePerGas: cap < 2n * base + tip ? cap : 2n * base + tip,
      maxPriorityFeePerGas: tip,
    });
    const before = [{ maxFeePerGas: cap, maxPriorityFeePerGas: tip }];
    expect(await feesFor(provider, { cap }, undefined, before)).to.equal(undefined);
  });

  it("notices a reorg, and sends again what it took away", async () => {
    const snapshot = await rpc(node.url, "evm_snapshot");
    const sender = transactor();
    await sender.send(call("0x01"));
    expect(await sender.resume()).to.equal(false);
    await rpc(node.url, "evm_revert", [snapshot]);
    expect(await sender.resume()).to.equal(true);
    expect(await sentBy()).to.equal(0);
    expect((await sender.send(call("0x01"))).kind).to.equal("mined");
    expect(await sentBy()).to.equal(1);
    expect(await sender.resume()).to.equal(false);
  });

  it("gives way to another process with the same wallet", async () => {
    const other = open("other");
    await rpc(node.url, "evm_setAutomine", [false]);
    expect((await transactor().send(call("0x01"))).kind).to.equal("waiting");
    await transactor({ journal: other, stuckAfter: 50 }).send(call("0x02"));
    await transactor({ journal: other, stuckAfter: 50 }).send(call("0x02"));
    await rpc(node.url, "evm_mine");
    await transactor().resume();
    await transactor({ journal: other }).resume();
    const [mine, theirs] = [journal.counts(), other.counts()];
    expect(mine.mined + theirs.mined).to.equal(1);
    expect(mine.sent + theirs.sent).to.equal(0);
    expect(await sentBy()).to.equal(1);
    other.close();
  });

  it("isn't sent again when it is mined after all", async () => {
    await rpc(node.url, "evm_setAutomine", [false]);
    const sending = new JournalSender(transactor({ stuckAfter: 100 })).send("a test", { to: SINK, data: "0x01" });
    let noted = 0;
    // Waited for, given up, and replaced by one that offers more.
    while (noted < 2) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      noted = journal.outbid(0).length;
    }
    await rpc(node.url, "evm_mine");
    await rpc(node.url, "evm_setAutomine", [true]);
    expect((await sending).status).to.equal(1);
    expect(await sentBy()).to.equal(1);
    const alone = new JournalSender(transactor({ stuckAfter: 100 }));
    await rpc(node.url, "evm_setAutomine", [false]);
    const second = alone.send("a test", { to: SINK, data: "0x02" });
    while (journal.unfinished().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    // Later than it is waited for, before it would be sent again.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await rpc(node.url, "evm_mine");
    await rpc(node.url, "evm_setAutomine", [true]);
    expect((await second).status).to.equal(1);
    expect(await sentBy()).to.equal(2);
  });

  it("gets through a bad line, each transaction once", async () => {
    const line = await badLine(node.url, randomFrom(3));
    line.trouble = 0.15;
    let failures = 0;
    const patient = patientProvider(line.url, CHAIN, { onFailure: () => failures++, tries: 12, timeout: 2_000 });
    const sender = new JournalSender(transactor({ provider: patient }));
    const sent = await Promise.all(
      Array.from({ length: 5 }, (_, i) => sender.send("a test", { to: SINK, data: `0x0${i}` })),
    );
    expect(sent.map(({ status }) => status)).to.deep.equal(sent.map(() => 1));
    expect(await sentBy()).to.equal(5);
    expect(failures).to.be.greaterThan(0);
    patient.destroy();
    await line.close();
  });
});
