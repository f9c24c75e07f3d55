import { ClientError, type Suite } from "../client/index.ts";
import {
  type Call,
  KeeperRole,
  openFiles,
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
import { addressOf, type SendingChoice, sendingOf, whenReached } from "./longRunning.ts";
import { KEEPER, SERVICE } from "./serviceDefaults.ts";
import { untilStopped } from "./stopping.ts";
import { count, fields } from "./style.ts";

/** What is said of any service on the command line; times in seconds. */
export interface RunOptions extends WalletChoice, SendingChoice {
  readonly data: string;
  readonly files: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly poll: number | undefined;
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
  const currency = await whenReached(context, given.broadcast, async () => readCurrency(await context.suite()));
  const cutFrom = parseMoney(given.cutFrom ?? KEEPER.cutFrom, currency);
  const distributeFrom = parseMoney(given.distributeFrom ?? KEEPER.distributeFrom, currency);
  const { confirmations } = given;
  return serve(context, given, (files) => new KeeperRole({ files, cutFrom, distributeFrom, confirmations }));
}

async function serve(context: Context, given: RunOptions, roleOver: (files: PublishedFiles) => Role): Promise<Outcome> {
  const suite = await whenReached(context, given.broadcast, () => context.suite());
  const role = roleOver(await openFiles(given.files));
  const { wallet, address } = await chooseWallet(context, given);
  if (wallet === undefined) return preview(suite, role, address);
  const { data, host = SERVICE.host, port = 0, poll = SERVICE.poll, confirmations } = given;
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
    ...sendingOf(given),
    confirmations: confirmations ?? SERVICE.confirmations,
  };
  const service = await startService(options);
  context.note(`The ${role.name} runs as ${address}; see ${service.url}/health and ${service.url}/metrics`);
  await untilStopped();
  context.note("Stopping: the step that runs is finished");
  await service.stop();
  return {
    data: { broadcast: true, role: role.name, address, url: service.url },
    render: (style) => fields(style, [["stopped", `${role.name} of ${address}`]]),
  };
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
