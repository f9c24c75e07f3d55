import { ClientError, type Suite } from "../client/index.ts";
import {
  DEFAULT_SYNC,
  deploymentName,
  EventDecoder,
  indexApi,
  LogSource,
  readDeployment,
  type Rpc,
  SqliteStore,
  type Step,
  Synchroniser,
} from "../services/indexer/index.ts";
import type { Outcome } from "./command.ts";
import type { Context } from "./context.ts";
import { whenReached } from "./longRunning.ts";
import { progress, seldom } from "./progress.ts";
import { untilStopped } from "./stopping.ts";
import { fields } from "./style.ts";

/** What is said of an index on the command line. */
export interface IndexerOptions {
  readonly db: string;
  readonly host: string;
  readonly port: number;
  readonly fromBlock: number | undefined;
  readonly confirmations: number | undefined;
  readonly reorgDepth: number | undefined;
  /** Seconds */
  readonly every: number | undefined;
  readonly statements: string | undefined;
  readonly files: string | undefined;
  readonly origin: readonly string[];
  readonly once: boolean;
}

const EVERY = 2;

/** Brings an index up to the chain's last block, and keeps and serves it until the process is told to stop. */
export async function serveIndex(context: Context, given: IndexerOptions): Promise<Outcome> {
  const { db, host, port, statements, files, origin, once, every = EVERY } = given;
  const { suite, deployment } = await whenReached(context, !once, async () => {
    const connected = await context.suite();
    return { suite: connected, deployment: await readDeployment(connected) };
  });
  const decoder = new EventDecoder(suite.book);
  const store = SqliteStore.open(db, deploymentName(suite.book));
  const fromBlock = given.fromBlock ?? suite.book.fromBlock;
  const listeners: ((step: Step) => void)[] = [];
  const warn = seldom(context.note);
  const sync = new Synchroniser(
    { source: new LogSource(rpcOf(suite), decoder.addresses), decoder, store, deployment },
    {
      ...DEFAULT_SYNC,
      fromBlock,
      confirmations: given.confirmations ?? DEFAULT_SYNC.confirmations,
      reorgDepth: given.reorgDepth ?? DEFAULT_SYNC.reorgDepth,
      // A service waits until its node is back.
      tries: once ? DEFAULT_SYNC.tries : Number.POSITIVE_INFINITY,
    },
    {
      step: (step) => {
        if (step.kind === "rolledBack") {
          context.note(
            `The chain was reorganised below block ${step.from.number}: went back to block ${step.to?.number ?? "none"}`,
          );
        }
        for (const listener of listeners) listener(step);
      },
      failed: (error, attempt) => warn(`The node failed, try ${attempt}: ${messageOf(error)}`),
    },
  );
  const stop = new AbortController();
  try {
    const api = once ? undefined : await indexApi({ store, statements, files, origins: origin });
    if (api !== undefined) {
      listeners.push((step) => api.stepped(step));
      const url = await api.app.listen({ host, port });
      context.note(`Serving the index at ${url}; its description is at ${url}/openapi.json`);
      void untilStopped().then(() => stop.abort());
    }
    await context.step("Indexing", (show) =>
      catchUp(sync, store.tip()?.number ?? fromBlock - 1, listeners, show, stop.signal),
    );
    if (api !== undefined) {
      await sync.follow(stop.signal, every * 1000);
      context.note("Stopping: running requests are finished");
      await api.app.close();
    }
    const tip = store.tip();
    const [counted] = store.all<{ events: number }>("SELECT count(*) AS events FROM events");
    const events = counted?.events ?? 0;
    return {
      data: { db, events, indexedTo: tip === undefined ? null : { ...tip } },
      render: (style) =>
        fields(style, [
          ["index", db],
          ["events", String(events)],
          ["indexed to block", tip === undefined ? "none" : `${tip.number} (${tip.hash})`],
        ]),
    };
  } finally {
    stop.abort();
    store.close();
  }
}

/** Until the index is current, saying how far it is. */
async function catchUp(
  sync: Synchroniser,
  begun: number,
  listeners: ((step: Step) => void)[],
  show: (detail: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let report: ((done: number) => void) | undefined;
  const tell = (step: Step): void => {
    if (step.kind !== "advanced") return;
    report ??= progress(step.target - begun, "blocks", show);
    report(step.tip.number - begun);
  };
  listeners.push(tell);
  try {
    await sync.catchUp(signal);
  } finally {
    listeners.splice(listeners.indexOf(tell), 1);
  }
}

function rpcOf({ provider }: Suite): Rpc {
  if ("send" in provider && typeof provider.send === "function") return provider as unknown as Rpc;
  throw new ClientError("bad-input", "the node can't be asked by JSON-RPC: name an HTTP address with --rpc");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
