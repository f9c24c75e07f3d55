import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fillChain } from "../../bench/indexer/world.ts";
import { suiteAt, type Suite } from "../../client/index.ts";
import {
  DEFAULT_SYNC,
  deploymentName,
  EventDecoder,
  LogSource,
  readDeployment,
  SqliteStore,
  Synchroniser,
} from "../../services/indexer/index.ts";
import { startNode, stopNode } from "../cli/support/node.ts";
import { execute, freePort, type Node, rpc } from "../support/process.ts";
import { contentOf, stateOf } from "./support.ts";

const EVENTS = 1_000;
/** Processes that are killed while they index. */
const KILLS = 2;

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

  /** Processes that come one after the other start faster with their compiled code at hand. */
  const environment = (): NodeJS.ProcessEnv => ({ ...process.env, NODE_COMPILE_CACHE: file("compiled") });

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

  /** The last block of an index that another process writes; 0 while there is none. */
  function tipOf(db: string): number {
    if (!existsSync(db)) return 0;
    const reader = new DatabaseSync(db, { readOnly: true, timeout: 1_000 });
    try {
      const tip = reader.prepare("SELECT value FROM meta WHERE name = 'tip'").get();
      return Number(tip?.value ?? 0);
    } catch {
      // Its tables aren't there yet.
      return 0;
    } finally {
      reader.close();
    }
  }

  /** What the index of the chain holds, read in this process. */
  async function expected(read = contentOf): Promise<Record<string, unknown[]>> {
    const { book } = suite;
    const decoder = new EventDecoder(book);
    const store = SqliteStore.open(":memory:", deploymentName(book));
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
    const tips: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, run("--db", db, "--once"), { stdio: "ignore", env: environment() });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      // As soon as it has written something: it is in the middle of its work then.
      while (tipOf(db) <= (tips.at(-1) ?? 0) && child.exitCode === null) await sleep(2);
      child.kill("SIGKILL");
      await ended;
      tips.push(tipOf(db));
    }
    expect(tips[0], "killed before it was done").to.be.lessThan(await provider.getBlockNumber());
    const last = await execute(process.execPath, run("--db", db, "--once", "--json"), environment());
    expect(last.code, last.stderr).to.equal(0);
    const result = JSON.parse(last.stdout) as { events: number };
    expect(result.events).to.be.at.least(EVENTS);
    const book = suite.book;
    const store = SqliteStore.open(db, deploymentName(book));
    expect(contentOf(store)).to.deep.equal(await expected());
    store.close();
  });

  it("serves, follows the chain through a reorganisation, and stops when it is told to", async () => {
    const port = await freePort();
    const db = file("served.db");
    const child = spawn(process.execPath, run("--db", db, "--port", String(port), "--every", "0.1"), {
      stdio: "ignore",
      env: environment(),
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const indexed = async (): Promise<{ number: number; hash: string } | null> => {
      const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      return response === undefined ? null : ((await response.json()) as { indexedTo: null }).indexedTo;
    };
    const reached = async (): Promise<void> => {
      for (let attempt = 0; attempt < 1_200; attempt++) {
        const block = await provider.getBlock("latest");
        if ((await indexed())?.hash === block?.hash) return;
        await sleep(50);
      }
      throw new Error("the index didn't reach the chain's last block within a minute");
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
    const store = SqliteStore.open(db, deploymentName(book));
    expect(stateOf(store)).to.deep.equal(await expected(stateOf));
    store.close();
  });

  it("refuses an index of another deployment", async () => {
    const db = file("other.db");
    SqliteStore.open(db, "another").close();
    const refused = await execute(process.execPath, run("--db", db, "--once"), environment());
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/another deployment: name another file with --db/);
  });
});
