import { JsonRpcProvider, parseUnits } from "ethers";
import { ClientError, explainError, type Suite } from "../client/index.ts";
import {
  backOff,
  type Call,
  KeeperRole,
  openFiles,
  pause,
  type PublishedFiles,
  type Role,
  ScorerRole,
  type ServiceOptions,
  type Sight,
  startService,
  WatchtowerRole,
} from "../services/index.ts";
import { parseMoney, readCurrency } from "./chain.ts";
import type { Outcome } from "./command.ts";
import type { Context } from "./context.ts";
import { chooseWallet, type WalletChoice } from "./edges/wallet.ts";
import { KEEPER, SERVICE } from "./serviceDefaults.ts";
import { count, fields } from "./style.ts";

/** What is said of any service on the command line; times in seconds, gas in gwei. */
export interface RunOptions extends WalletChoice {
  readonly data: string;
  readonly files: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly poll: number | undefined;
  readonly gasCap: number | undefined;
  readonly stuckAfter: number | undefined;
  readonly confirmations: number | undefined;
}

/** Streams that a service is told to serve; all if there are none. */
interface Streams {
  readonly stream: readonly bigint[];
}

/** Runs a scorer until the process is told to stop. */
export async function serveScorer(
  context: Context,
  given: RunOptions & Streams & { readonly feeBps: number | undefined },
): Promise<Outcome> {
  const { stream, feeBps = SERVICE.feeBps, confirmations } = given;
  return serve(context, given, (files) => new ScorerRole({ files, feeBps, confirmations, streams: named(stream) }));
}

/** Runs a watchtower until the process is told to stop. */
export async function serveWatchtower(context: Context, given: RunOptions & Streams): Promise<Outcome> {
  const { stream, confirmations } = given;
  return serve(context, given, (files) => new WatchtowerRole({ files, confirmations, streams: named(stream) }));
}

/** Runs a keeper until the process is told to stop. */
export async function serveKeeper(
  context: Context,
  given: RunOptions & { readonly cutFrom: string | undefined; readonly distributeFrom: string | undefined },
): Promise<Outcome> {
  const currency = await whenReached(context, given, async () => readCurrency(await context.suite()));
  const cutFrom = parseMoney(given.cutFrom ?? KEEPER.cutFrom, currency);
  const distributeFrom = parseMoney(given.distributeFrom ?? KEEPER.distributeFrom, currency);
  const { confirmations } = given;
  return serve(context, given, (files) => new KeeperRole({ files, cutFrom, distributeFrom, confirmations }));
}

async function serve(context: Context, given: RunOptions, roleOver: (files: PublishedFiles) => Role): Promise<Outcome> {
  const suite = await whenReached(context, given, () => context.suite());
  const role = roleOver(await openFiles(given.files));
  const { wallet, address } = await chooseWallet(context, given);
  if (wallet === undefined) return preview(suite, role, address);
  const { data, host = SERVICE.host, port = 0, poll = SERVICE.poll, gasCap, confirmations } = given;
  const options: ServiceOptions = {
    role,
    rpc: addressOf(suite),
    book: suite.book,
    api: context.api,
    wallet,
    data,
    host,
    port,
    pollEvery: poll * 1000,
    stuckAfter: (given.stuckAfter ?? SERVICE.stuckAfter) * 1000,
    confirmations: confirmations ?? SERVICE.confirmations,
    fees: gasCap === undefined ? {} : { cap: parseUnits(gasCap.toFixed(9), "gwei") },
  };
  const service = await whenReached(context, given, () => startService(options));
  context.note(`The ${role.name} runs as ${address}; see ${service.url}/health and ${service.url}/metrics`);
  await untilStopped();
  context.note("Stopping: the step that runs is finished");
  await service.stop();
  return {
    data: { broadcast: true, role: role.name, address, url: service.url },
    render: (style) => fields(style, [["stopped", `${role.name} of ${address}`]]),
  };
}

/** A service waits for its node; who only looks is told that there is none. */
async function whenReached<T>(context: Context, { broadcast }: RunOptions, act: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await act();
    } catch (error) {
      const explained = explainError(error, "connecting");
      if (!broadcast || !(explained instanceof ClientError) || explained.code !== "network") throw error;
      context.note(`${explained.message}; trying again`);
      await pause(backOff(failures));
    }
  }
}

/** Looks once, and says what would be sent. */
async function preview(suite: Suite, role: Role, account: string): Promise<Outcome> {
  const head = await suite.provider.getBlock("latest");
  if (head === null) throw new ClientError("network", "the node has no last block: ask another node");
  const problems: string[] = [];
  const ignore = (): void => undefined;
  const sight: Sight = {
    suite,
    block: head.number,
    now: head.timestamp,
    account,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    problem: (doing, error) =>
      void problems.push(`${doing}: ${error instanceof Error ? error.message : String(error)}`),
  };
  const calls: Call[] = [];
  for await (const call of role.look(sight)) calls.push(call);
  return {
    data: { broadcast: false, role: role.name, address: account, due: calls.map(({ doing }) => doing), problems },
    render: (style) =>
      fields(style, [
        ["would run as", account],
        ["due now", count(calls.length, "transaction")],
        ...calls.map(({ doing }): [string, string] => ["", doing]),
        ...problems.map((problem): [string, string] => ["problem", problem]),
      ]),
    next: "add --broadcast to run it",
  };
}

function named(streams: readonly bigint[]): readonly bigint[] | undefined {
  return streams.length === 0 ? undefined : streams;
}

/** A service connects by itself, to the same node: its requests are tried again where a command's fail. */
function addressOf({ provider }: Suite): string {
  if (provider instanceof JsonRpcProvider) return provider._getConnection().url;
  throw new Error("the command line connects by HTTP");
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
