import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { IndexError, type RawLog, type Rpc, SqliteStore, type Step } from "../../services/indexer/index.ts";
import { inOrder } from "../../services/indexer/source.ts";
import { buildWorld, DOLLAR, type World } from "../support/attributionWorld.ts";
import { deploySuite, type Suite } from "../support/suite.ts";
import { expectSameState } from "./state.ts";
import { contentOf, indexOf } from "./support.ts";

describe("synchronising an index", () => {
  let suite: Suite;
  let world: World;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-index-"));
    suite = await deploySuite();
    world = await buildWorld(suite);
    await world.activate();
    for (let i = 1n; i <= 4n; i++) await world.pay(i * DOLLAR);
  });
  after(() => rm(folder, { recursive: true }));

  /** What a node is asked, with a say in what it answers. */
  function between(say: (method: string, params: unknown[]) => unknown): Rpc {
    const { provider } = suite.ethers;
    return {
      send: async (method, params): Promise<unknown> =>
        (await say(method, params)) ?? (provider.send(method, params) as Promise<unknown>),
    };
  }

  it("takes back what a reorganisation undid, and is as one that never saw it", async () => {
    const { provider } = suite;
    const live = await indexOf(suite);
    await live.sync.catchUp();
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    await world.pay(77n * DOLLAR);
    await suite.ledger.distribute(world.model);
    await world.usage.cut(world.model);
    await live.sync.catchUp();
    const undone = live.store.tip();
    await provider.request({ method: "evm_revert", params: [snapshot] });
    await world.pay(5n * DOLLAR);
    await world.pay(6n * DOLLAR);
    await suite.ledger.distribute(world.model);
    await world.pay(7n * DOLLAR);
    const steps: Step[] = [];
    for (let step = await live.sync.step(); step.kind !== "current"; step = await live.sync.step()) steps.push(step);
    expect(steps[0]).to.deep.include({ kind: "rolledBack", from: undone });
    await expectSameState(suite, live.store);
    const fresh = await indexOf(suite);
    await fresh.sync.catchUp();
    expect(contentOf(live.store)).to.deep.equal(contentOf(fresh.store));
  });

  it("notices a chain that has only become shorter", async () => {
    const { provider } = suite;
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    const live = await indexOf(suite);
    await world.pay(9n * DOLLAR);
    await live.sync.catchUp();
    await provider.request({ method: "evm_revert", params: [snapshot] });
    await live.sync.catchUp();
    await expectSameState(suite, live.store);
  });

  it("starts anew when more was undone than it can take back", async () => {
    const { provider } = suite;
    const live = await indexOf(suite, { reorgDepth: 2 });
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    for (let i = 0; i < 5; i++) await world.pay(DOLLAR);
    await live.sync.catchUp();
    await provider.request({ method: "evm_revert", params: [snapshot] });
    for (let i = 0; i < 6; i++) await world.pay(2n * DOLLAR);
    expect((await live.sync.step()).kind).to.equal("rolledBack");
    expect(live.store.tip()).to.equal(undefined);
    await live.sync.catchUp();
    await expectSameState(suite, live.store);
  });

  it("holds the same whatever ranges it is read in, and when a node gives logs twice and out of order", async () => {
    const first = await indexOf(suite, { reorgDepth: 8 });
    await first.sync.catchUp();
    const shuffled = between(async (method, params) => {
      if (method !== "eth_getLogs") return undefined;
      const logs = (await suite.ethers.provider.send(method, params)) as RawLog[];
      return [...logs].reverse().concat(logs);
    });
    const second = await indexOf(suite, { reorgDepth: 8, maxRange: 3, rpc: shuffled });
    await second.sync.catchUp();
    expect(contentOf(second.store)).to.deep.equal(contentOf(first.store));
    await second.sync.catchUp();
    expect(contentOf(second.store)).to.deep.equal(contentOf(first.store));
  });

  it("asks for half as many blocks when a node refuses, and waits while it fails", async () => {
    const asked: number[] = [];
    const failures: number[] = [];
    const limited = between((method, params) => {
      if (method !== "eth_getLogs") return undefined;
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
      const blocks = Number(toBlock) - Number(fromBlock) + 1;
      asked.push(blocks);
      if (blocks > 5) throw new Error("query returned more than 10000 results");
      return undefined;
    });
    const listener = { failed: (_: unknown, attempt: number) => void failures.push(attempt) };
    const live = await indexOf(suite, { rpc: limited, maxRange: 64, tries: 10, listener });
    await live.sync.catchUp();
    expect(Math.max(...asked)).to.be.greaterThan(5);
    expect(failures).to.include.members([1, 2]);
    await expectSameState(suite, live.store);
  });

  it("gives up after so many tries, and says what to do", async () => {
    const dead = between(() => {
      throw new Error("ECONNREFUSED");
    });
    const live = await indexOf(suite, { rpc: dead, tries: 3 });
    const error = await live.sync.catchUp().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(IndexError).with.property("code", "network");
    expect(String(error)).to.match(/failed 3 times.*check the RPC address/);
  });

  it("doesn't take logs of one chain with headers of another", async () => {
    let changes = 2;
    const changing = between(async (method, params) => {
      if (method !== "eth_getLogs" || changes-- <= 0) return undefined;
      const logs = (await suite.ethers.provider.send(method, params)) as RawLog[];
      return logs.map((log, i) => (i === 0 ? { ...log, blockHash: `0x${"11".repeat(32)}` } : log));
    });
    const live = await indexOf(suite, { rpc: changing });
    await live.sync.catchUp();
    expect(changes).to.be.lessThan(0);
    await expectSameState(suite, live.store);
  });

  it("waits for confirmations", async () => {
    const live = await indexOf(suite, { confirmations: 3 });
    await live.sync.catchUp();
    expect(live.store.tip()?.number).to.equal((await suite.ethers.provider.getBlockNumber()) - 3);
  });

  it("keeps all of a range or nothing, and goes on from there", async () => {
    const path = join(folder, "killed.db");
    let ranges = 0;
    const dying = between((method) => {
      if (method === "eth_getLogs" && ++ranges > 3) throw new Error("killed");
      return undefined;
    });
    const first = await indexOf(suite, { path, rpc: dying, maxRange: 10, tries: 1 });
    await first.sync.catchUp().catch(() => undefined);
    const half = first.store.tip()?.number ?? 0;
    first.store.close();
    const again = await indexOf(suite, { path });
    expect(again.store.tip()?.number).to.equal(half);
    await again.sync.catchUp();
    await expectSameState(suite, again.store);
    again.store.close();
  });

  it("refuses the file of another deployment, and one that is no index", () => {
    const path = join(folder, "other.db");
    SqliteStore.open(path, "one").close();
    expect(() => SqliteStore.open(path, "another")).to.throw(IndexError, /another deployment.*--db/);
    const foreign = join(folder, "foreign.db");
    const db = new DatabaseSync(foreign);
    db.exec("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)");
    db.exec("INSERT INTO meta VALUES ('format', '0')");
    db.close();
    expect(() => SqliteStore.open(foreign, "one")).to.throw(IndexError, /another version/);
  });

  it("says so when events before its first block are missing", async () => {
    const live = await indexOf(suite, { fromBlock: (await suite.ethers.provider.getBlockNumber()) - 1 });
    await world.pay(DOLLAR);
    const error = await live.sync.catchUp().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(IndexError).with.property("code", "corrupt");
    expect(String(error)).to.match(/--from-block is above the deployment/);
  });

  it("puts logs into their order", () => {
    const log = (blockNumber: string, logIndex: string): RawLog => ({
      address: "",
      topics: [],
      data: "0x",
      blockNumber,
      blockHash: "",
      transactionHash: "",
      transactionIndex: "0x0",
      logIndex,
    });
    const given = [log("0xa", "0x1"), log("0x9", "0x10"), log("0x9", "0x2"), log("0xa", "0x1")];
    expect(inOrder(given)).to.deep.equal([given[2], given[1], given[0]]);
  });
});
