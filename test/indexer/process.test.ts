import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fillChain } from "../../bench/indexer/world.ts";
import { suiteAt, type Suite } from "../../client/index.ts";
import {
  DEFAULT_SYNC,
  EventDecoder,
  LogSource,
  readDeployment,
  SqliteStore,
  Synchroniser,
} from "../../services/indexer/index.ts";
import { startNode, stopNode } from "../cli/support/node.ts";
import { execute, freePort, type Node, rpc } from "../support/process.ts";
import { contentOf, stateOf } from "./support.ts";

const EVENTS = 2_000;

describe("tributary run indexer", function () {
  this.timeout(240_000);
  let node: Node;
  let suite: Suite;
  let provider: JsonRpcProvider;
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const run = (...more: string[]): string[] => [
    "cli/tributary.mjs",
    "run",
    "indexer",
    "--rpc",
    node.url,
    "--deployment",
    file("book.json"),
    ...more,
  ];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-run-indexer-"));
    node = await startNode();
    const { book } = await fillChain(node.url, EVENTS, () => undefined);
    await writeFile(file("book.json"), JSON.stringify(book));
    provider = new JsonRpcProvider(node.url, book.chainId, { staticNetwork: true, cacheTimeout: -1 });
    suite = suiteAt(book, provider);
  });
  after(async () => {
    provider.destroy();
    await stopNode(node);
    await rm(folder, { recursive: true });
  });

  /** What the index of the chain holds, read in this process. */
  async function expected(read = contentOf): Promise<Record<string, unknown[]>> {
    const { book } = suite;
    const decoder = new EventDecoder(book);
    const store = SqliteStore.open(":memory:", JSON.stringify([book.chainId, book.contracts]));
    const source = new LogSource(provider, decoder.addresses);
    const deployment = await readDeployment(suite);
    await new Synchroniser(
      { source, decoder, store, deployment },
      { ...DEFAULT_SYNC, fromBlock: book.fromBlock },
    ).catchUp();
    return read(store);
  }

  it("is killed again and again, goes on, and has what one that wasn't has", async () => {
    const db = file("killed.db");
    for (const wait of [700, 1_100, 1_500, 1_900]) {
      const child = spawn(process.execPath, run("--db", db, "--once"), { stdio: "ignore" });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await sleep(wait);
      child.kill("SIGKILL");
      await ended;
    }
    const last = await execute(process.execPath, run("--db", db, "--once", "--json"));
    expect(last.code, last.stderr).to.equal(0);
    const result = JSON.parse(last.stdout) as { events: number };
    expect(result.events).to.be.at.least(EVENTS);
    const book = suite.book;
    const store = SqliteStore.open(db, JSON.stringify([book.chainId, book.contracts]));
    expect(contentOf(store)).to.deep.equal(await expected());
    store.close();
  });

  it("serves, follows the chain through a reorganisation, and stops when it is told to", async () => {
    const port = await freePort();
    const db = file("served.db");
    const child = spawn(process.execPath, run("--db", db, "--port", String(port), "--every", "1"), { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const indexed = async (): Promise<{ number: number; hash: string } | null> => {
      const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      return response === undefined ? null : ((await response.json()) as { indexedTo: null }).indexedTo;
    };
    const reached = async (): Promise<void> => {
      for (let attempt = 0; attempt < 120; attempt++) {
        const block = await provider.getBlock("latest");
        if ((await indexed())?.hash === block?.hash) return;
        await sleep(250);
      }
      throw new Error("the index didn't reach the chain's last block within thirty seconds");
    };
    const distribute = async (): Promise<void> => {
      const signer = await provider.getSigner();
      await (await suite.ledger.connect(signer).distribute(1n)).wait();
      await rpc(node.url, "evm_mine");
    };
    await reached();
    const snapshot = await rpc(node.url, "evm_snapshot");
    await distribute();
    await distribute();
    await reached();
    await rpc(node.url, "evm_revert", [snapshot]);
    await rpc(node.url, "evm_mine");
    await reached();
    child.kill("SIGTERM");
    expect(await ended).to.equal(0);
    const book = suite.book;
    const store = SqliteStore.open(db, JSON.stringify([book.chainId, book.contracts]));
    expect(stateOf(store)).to.deep.equal(await expected(stateOf));
    store.close();
  });

  it("refuses an index of another deployment", async () => {
    const db = file("other.db");
    SqliteStore.open(db, "another").close();
    const refused = await execute(process.execPath, run("--db", db, "--once"));
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/another deployment: name another file with --db/);
  });
});
