import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { keyNamed } from "../demo/cast.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Milliseconds that a process has to end by itself. */
const PATIENCE = 15_000;

/** A process of a local network. */
export interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** Where its output goes */
  readonly log: string;
  /** Resolves with how it ended */
  readonly ended: Promise<string>;
}

/** Where a service finds everything. */
export interface ServicePlaces {
  readonly rpc: string;
  /** Path of the address book */
  readonly book: string;
  readonly published: string;
  /** Folder of logs and journals */
  readonly folder: string;
  /** URL of the index of the chain, for past events */
  readonly api?: string;
}

/** What `tributary run` is told besides. */
export interface RunSettings {
  readonly role: "scorer" | "watchtower" | "keeper";
  /** Of the process and of its folder; several of a role have different ones */
  readonly name: string;
  /** Whose key it has, as `keyNamed` */
  readonly wallet: string;
  readonly port: number;
  readonly options?: readonly string[];
}

/** How the index of the chain is served. */
export interface IndexerSettings {
  readonly port: number;
  /** Whose pages may read it; `*` for all */
  readonly origins: readonly string[];
}

/** The command line of a process, at the places of a network. */
function tributary({ rpc, book, api }: ServicePlaces, ...command: readonly string[]): readonly string[] {
  const past = api === undefined ? [] : ["--api", api];
  return ["cli/tributary.mjs", ...command, "--rpc", rpc, "--deployment", book, ...past];
}

/** Starts a role by its command. */
export async function startRole(places: ServicePlaces, settings: RunSettings): Promise<Child> {
  const { published, folder } = places;
  const { role, name, wallet, port, options = [] } = settings;
  const args = [
    ...tributary(places, "run", role, "--broadcast"),
    ...["--files", published, "--data", join(folder, name), "--port", String(port), ...options],
  ];
  return start(name, args, folder, keyNamed(wallet));
}

/** Starts the index of the chain and its API, with the statements of a folder of published files. */
export async function startIndexer(places: ServicePlaces, { port, origins }: IndexerSettings): Promise<Child> {
  const { published, folder } = places;
  const args = [
    ...tributary(places, "run", "indexer", "--every", "1"),
    ...["--db", join(folder, "index.db"), "--files", published, "--port", String(port)],
    ...origins.flatMap((origin) => ["--origin", origin]),
  ];
  return start("indexer", args, folder);
}

/** What `tributary serve` is told besides. */
export interface GatewaySettings {
  readonly model: bigint;
  /** Folder of the trained filter */
  readonly filter: string;
  /** The operator, as `keyNamed` */
  readonly wallet: string;
  readonly port: number;
  /** Seconds between two closings */
  readonly closeEvery: number;
  readonly confirmations: number;
}

/** Starts a gateway before the demo's filter: it publishes receipts and signed reports for the keeper. */
export async function startGateway(places: ServicePlaces, settings: GatewaySettings): Promise<Child> {
  const { published, folder } = places;
  const { model, filter, wallet, port, closeEvery, confirmations } = settings;
  const hours = (closeEvery / 3_600).toFixed(9);
  const args = [
    ...tributary(places, "serve", "--broadcast", "--model", String(model)),
    ...["--backend", "spam-filter", "--filter", filter, "--files", published, "--data", join(folder, "gateway")],
    ...["--port", String(port), "--close-every", hours, "--confirmations", String(confirmations)],
    ...["--poll", "1", "--stuck-after", "5", "--log-level", "warn"],
  ];
  return start("gateway", args, folder, keyNamed(wallet));
}

/** @param key - of its wallet, if it has one */
async function start(name: string, args: readonly string[], folder: string, key?: string): Promise<Child> {
  await mkdir(folder, { recursive: true });
  const log = join(folder, `${name}.log`);
  const out = createWriteStream(log, { flags: "a" });
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    // A process that is started again and again starts in half the time with its compiled code at hand.
    env: {
      ...process.env,
      ...(key === undefined ? {} : { TRIBUTARY_PRIVATE_KEY: key }),
      NO_COLOR: "1",
      NODE_COMPILE_CACHE: join(folder, "cache"),
    },
    stdio: ["ignore", "pipe", "pipe"],
    // Out of the terminal's reach: Ctrl-C is for whoever started it, and ends it in order.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(out, { end: false });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      out.end();
      resolve(signal ?? `exit code ${String(code)}`);
    });
  });
  return { name, process: child, log, ended };
}

/** Ends a process as an operator would, and after a time without asking. */
export async function stop({ process: child, ended }: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  await ended;
  clearTimeout(timer);
}

/** Waits until a server answers at a path. */
export async function untilAnswers(url: string, seconds: number): Promise<boolean> {
  for (let attempt = 0; attempt < 10 * seconds; attempt++) {
    const answered = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
