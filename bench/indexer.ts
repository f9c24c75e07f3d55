import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { JsonRpcProvider } from "ethers";
import type { AddressBook } from "../client/index.ts";
import { progress } from "../cli/progress.ts";
import { options, run } from "../scripts/commandLine.ts";
import { step } from "../scripts/progress.ts";
import {
  DEFAULT_SYNC,
  type Deployment,
  EventDecoder,
  LogSource,
  readDeployment,
  RangeSize,
  type Rpc,
  SqliteStore,
  Synchroniser,
} from "../services/indexer/index.ts";
import { startNode, stopNode } from "../test/cli/support/node.ts";
import { fillChain } from "./indexer/world.ts";

const EVENTS = 200_000;
const QUICK = 5_000;
const ROUNDS = 3;
/** The least part of the baseline's rate that the index must reach. */
const RATIO_BAR = 0.5;

/** Events and what they took, in seconds. */
interface Measured {
  readonly events: number;
  readonly seconds: number;
}

async function main(): Promise<number> {
  const values = options({
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  });
  const wanted = values.quick ? QUICK : EVENTS;
  const folder = await mkdtemp(join(tmpdir(), "tributary-indexer-"));
  const node = await startNode();
  try {
    const suite = await step("Filling a local chain with contributions, payments and claims", (show) =>
      fillChain(node.url, wanted, progress(wanted, "events", show)),
    );
    const { book } = suite;
    const deployment = await readDeployment(suite);
    const rpc = new JsonRpcProvider(node.url, book.chainId, { staticNetwork: true, cacheTimeout: -1 });
    const rounds = await step("Reading it in turns: logs and decoding alone, and into the index", async (show) => {
      const measured = [];
      for (let round = 0; round < ROUNDS; round++) {
        show(`${round + 1}/${ROUNDS}`);
        const baseline = await readOnly(rpc, book);
        const index = await intoIndex(rpc, book, deployment, join(folder, `${round}.db`));
        measured.push({ baseline, index });
      }
      return measured;
    });
    rpc.destroy();
    const best = (all: readonly Measured[]): number => Math.max(...all.map(({ events, seconds }) => events / seconds));
    const eventsPerSecond = best(rounds.map(({ index }) => index));
    const baselineEventsPerSecond = best(rounds.map(({ baseline }) => baseline));
    const figures = {
      events: rounds[0]?.index.events ?? 0,
      eventsPerSecond: Math.round(eventsPerSecond),
      baselineEventsPerSecond: Math.round(baselineEventsPerSecond),
      ratio: Number((eventsPerSecond / baselineEventsPerSecond).toFixed(3)),
    };
    process.stdout.write(`${values.json ? JSON.stringify(figures) : table(figures)}\n`);
    return figures.events >= wanted && figures.ratio >= RATIO_BAR ? 0 : 1;
  } finally {
    await stopNode(node);
    await rm(folder, { recursive: true });
  }
}

/** What any index must do: ask for all logs and decode them. */
async function readOnly(rpc: Rpc, book: AddressBook): Promise<Measured> {
  const decoder = new EventDecoder(book);
  const source = new LogSource(rpc, decoder.addresses);
  const size = new RangeSize(DEFAULT_SYNC.maxRange);
  const started = performance.now();
  const head = await source.head();
  let events = 0;
  for (let from = book.fromBlock; from <= head;) {
    const to = Math.min(head, from + size.blocks - 1);
    const logs = await source.logs(from, to);
    let found = 0;
    for (const log of logs) if (decoder.decode(log) !== undefined) found++;
    size.took(found);
    events += found;
    from = to + 1;
  }
  return { events, seconds: (performance.now() - started) / 1000 };
}

/** All of the index, into a file that wasn't there before. */
async function intoIndex(rpc: Rpc, book: AddressBook, deployment: Deployment, path: string): Promise<Measured> {
  const decoder = new EventDecoder(book);
  const source = new LogSource(rpc, decoder.addresses);
  const started = performance.now();
  const store = SqliteStore.open(path, "bench");
  const sync = new Synchroniser({ source, decoder, store, deployment }, { ...DEFAULT_SYNC, fromBlock: book.fromBlock });
  await sync.catchUp();
  const seconds = (performance.now() - started) / 1000;
  const [counted] = store.all<{ events: number }>("SELECT count(*) AS events FROM events");
  store.close();
  return { events: counted?.events ?? 0, seconds };
}

function table(figures: Readonly<Record<string, number>>): string {
  const rows = new Table({
    head: [`${figures.events} events`, "measured", "bar"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  rows.push(
    ["into the index: events a second", figures.eventsPerSecond, ""],
    ["eth_getLogs and decoding alone", figures.baselineEventsPerSecond, ""],
    ["ratio", figures.ratio, `≥ ${RATIO_BAR}`],
  );
  return rows.toString();
}

await run(main);
