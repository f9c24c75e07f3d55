import { join } from "node:path";
import { type Logger, pino } from "pino";
import { ClientError, type Suite } from "../client/index.ts";
import { DEFAULT_TEXT_CONFIG, readAnsweringModel, sha256 } from "../scorer/index.ts";
import {
  type Backend,
  CallStore,
  closeInterval,
  type Closed,
  createGateway,
  createUpstream,
  ExactMethod,
  type Pricing,
  Signatures,
  spamFilter,
  textQuery,
  VoucherMethod,
} from "../services/gateway/index.ts";
import { openFiles } from "../services/files/open.ts";
import { connect, openSending, unindexedIn } from "../services/runtime/connection.ts";
import { JournalSender } from "../services/runtime/journalSender.ts";
import { reasonOf, untilReached } from "../services/runtime/rpc.ts";
import { SendingMeters } from "../services/runtime/telemetry.ts";
import { parseMoney, readCurrency } from "./chain.ts";
import type { Outcome } from "./command.ts";
import type { Context } from "./context.ts";
import { makeFolder, readBytes, writeOut } from "./edges/files.ts";
import { chooseWallet, type ChosenWallet, type WalletChoice } from "./edges/wallet.ts";
import { UsageError } from "./exit.ts";
import { FILTER, HOST, LOG_LEVEL, type LogLevel, MAX_OUTPUT_TOKENS, PORT } from "./gatewayDefaults.ts";
import { addressOf, type SendingChoice, sendingOf, whenReached } from "./longRunning.ts";
import { noteConcentration } from "./selfPayment.ts";
import { unlessStopped, untilStopped } from "./stopping.ts";
import { count, type Currency, fields, money } from "./style.ts";

/** What is said of a gateway on the command line. */
export interface ServeOptions extends WalletChoice, ReportingOptions, SendingChoice {
  readonly model: bigint;
  readonly backend: string;
  readonly data: string;
  readonly filter: string | undefined;
  readonly price: string | undefined;
  readonly inputPrice: string | undefined;
  readonly outputPrice: string | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Hours */
  readonly closeEvery: number | undefined;
  /** Seconds */
  readonly poll: number | undefined;
  readonly logLevel: LogLevel | undefined;
}

/** How intervals are reported. */
export interface ReportingOptions {
  /** Where receipts and signed reports go, for a keeper to post; without it the operator posts reports */
  readonly files: string | undefined;
  /** Blocks after which no reorg is expected; none by default */
  readonly confirmations: number | undefined;
}

/** Whose interval is closed, and where its calls are. */
export interface CloseOptions extends WalletChoice, ReportingOptions {
  readonly model: bigint;
  readonly data: string;
}

/** Serves a model until the process is told to stop; without `broadcast` it only checks everything. */
export async function serveModel(context: Context, given: ServeOptions): Promise<Outcome> {
  const { model, backend: behind, data: folder, host = HOST, port = PORT, closeEvery, poll, ...rest } = given;
  const { broadcast, keystore, from } = rest;
  const { suite, currency, pricing, backend, operator } = await whenReached(context, given.broadcast, () =>
    prepare(context, given),
  );
  const { wallet, address } = await chooseOperator(context, operator, model, { broadcast, keystore, from });
  const described: [string, string | bigint][] = [
    ["model", model],
    ["backend", behind],
    ["operator", address],
    ["price", pricingText(pricing, currency)],
    ["data", folder],
  ];
  const data = { broadcast, model, backend: behind, operator: address, folder, pricing: { ...pricing } };
  if (wallet === undefined) {
    return {
      data: { ...data, calls: null },
      render: (style) => fields(style, described),
      next: "add --broadcast to serve",
    };
  }
  const stopped = untilStopped();
  // What the command prints goes to stdout, everything else to stderr.
  const log = pino({ level: rest.logLevel ?? LOG_LEVEL }, pino.destination(2));
  const starting = async () => {
    const parts = await openParts(suite, { ...given, api: context.api }, wallet, log);
    const { vouchers, exact, meters } = parts;
    const lookEvery = poll === undefined ? {} : { lookEvery: poll };
    const methods = [vouchers, exact];
    const registries = [meters.registry];
    const gateway = await createGateway({ ...parts, backend, methods, logger: log, registries, ...lookEvery });
    return { parts, gateway };
  };
  const started = await unlessStopped(starting(), stopped);
  if (started === undefined) return { data: { ...data, calls: null }, render: (style) => fields(style, described) };
  const { parts, gateway } = started;
  const url = await gateway.listen({ host, port });
  context.note(`Serving model ${model} at ${url}; its description is at ${url}/openapi.json`);
  const closing = closeEvery === undefined ? undefined : closeRegularly(parts, closeEvery, log);
  await stopped;
  context.note("Stopping: calls that run are finished");
  parts.abort.abort();
  await closing?.stop();
  const { size } = parts.store;
  await gateway.close();
  parts.close();
  return {
    data: { ...data, calls: size },
    render: (style) => fields(style, [...described, ["calls in all", String(size)]]),
    next: `tributary usage close --model ${model} --data ${folder}`,
  };
}

/** All of the chain that is asked before serving. */
async function prepare(context: Context, given: ServeOptions) {
  const { model, backend: behind, filter } = given;
  const suite = await context.suite();
  const [currency, least] = await Promise.all([readCurrency(suite), suite.market.priceOf(model)]);
  if (least === 0n) {
    throw new ClientError("bad-input", `model ${model} isn't for sale: tributary price list ${model} AMOUNT`);
  }
  const pricing = pricingOf({ ...given, currency, least });
  const backend = await openBackend(context, suite, { model, behind, filter, pricing, least });
  return { suite, currency, pricing, backend, operator: await suite.models.operatorOf(model) };
}

/** Brings in what callers have paid, cuts the interval and reports it; without `broadcast` it only looks. */
export async function closeUsage(
  context: Context,
  { model, data, files, confirmations, ...sending }: CloseOptions,
): Promise<Outcome> {
  const suite = await context.suite();
  const currency = await readCurrency(suite);
  const operator = await suite.models.operatorOf(model);
  const { wallet, address } = await chooseOperator(context, operator, model, sending);
  if (wallet === undefined) {
    const receiver = await suite.receivers.receiverOf(model);
    const [swept, { fees }, { to }] = await Promise.all([
      suite.currency.balanceOf(receiver),
      suite.ledger.countersOf(model),
      suite.usage.headOf(model),
    ]);
    return {
      data: { broadcast: false, model, operator: address, atReceiver: swept, unreported: fees - to },
      render: (style) =>
        fields(style, [
          ["model", model],
          ["at the receiver", money(swept, currency)],
          ["fees since the last cut", money(fees - to, currency)],
        ]),
      next: "add --broadcast to close the interval",
    };
  }
  const how = { model, data, files, confirmations, gasCap: undefined, stuckAfter: undefined };
  const parts = await openParts(suite, { ...how, api: context.api }, wallet, pino({ level: "silent" }));
  try {
    const closed = await context.step("Closing the interval", () => closeInterval(parts));
    const { redeemed, swept, cut, reports } = closed;
    for (const { interval } of reports) await noteConcentration(context, suite, model, interval);
    const said = { broadcast: true, model, operator: address, redeemed, swept, cut: cut ?? null };
    return {
      data: { ...said, reports: reports.map(({ interval }) => interval) },
      render: (style) => fields(style, closedPairs(closed, currency)),
      ...(cut === undefined ? { next: "nothing came in since the last cut, or the cutting period still runs" } : {}),
    };
  } finally {
    await parts.store.close();
    await parts.signatures.close();
    parts.close();
  }
}

/** What serving and closing work with: one sender for all, whose journal lies beside the calls. */
async function openParts(
  suite: Suite,
  given: SendingChoice & Pick<ServeOptions, "model" | "data" | "files" | "confirmations"> & Pick<Context, "api">,
  operator: NonNullable<ChosenWallet["wallet"]>,
  log: Logger,
) {
  const { model, data, files: place, confirmations = 0, api } = given;
  const publish = (name: string, json: string): Promise<void> => writeOut(join(data, name), json, "the receipts");
  await makeFolder(data, "the gateway's data");
  const store = await CallStore.open(join(data, "calls"));
  const signatures = new Signatures(Buffer.from(operator.privateKey.slice(2), "hex"));
  const meters = new SendingMeters();
  const waiting = (reason: string): void => log.warn({ reason }, "waiting for the node");
  const connection = await connect({
    rpc: addressOf(suite),
    book: suite.book,
    api,
    meters,
    waiting,
    unindexed: unindexedIn(log),
  });
  const sending = { wallet: operator, data, log, meters, ...sendingOf(given) };
  const { journal, transactor } = openSending(connection, sending);
  const abort = new AbortController();
  const sender = new JournalSender(transactor, abort.signal);
  const served = { suite: connection.suite, model, store };
  const opening = async () => ({
    vouchers: await VoucherMethod.open({ ...served, signatures, confirmations }),
    exact: await ExactMethod.open({ ...served, sender }),
  });
  const methods = await untilReached("reading what was paid", opening, waiting);
  const files = place === undefined ? {} : { files: await openFiles(place) };
  const close = (): void => {
    journal.close();
    connection.provider.destroy();
  };
  return {
    ...served,
    ...methods,
    ...files,
    signatures,
    operator,
    sender,
    publish,
    confirmations,
    meters,
    abort,
    close,
  };
}

async function chooseOperator(
  context: Context,
  operator: string,
  model: bigint,
  choice: WalletChoice,
): Promise<ChosenWallet> {
  const chosen = await chooseWallet(context, choice, operator);
  if (chosen.address === operator) return chosen;
  throw new ClientError("bad-input", `the wallet is ${chosen.address}, the operator of model ${model} is ${operator}`);
}

interface Prices extends Pick<ServeOptions, "price" | "inputPrice" | "outputPrice" | "maxOutputTokens"> {
  readonly currency: Currency;
  readonly least: bigint;
}

/** What calls cost, by the options. */
function pricingOf({ price, inputPrice, outputPrice, maxOutputTokens, currency, least }: Prices): Pricing {
  if ((inputPrice === undefined) !== (outputPrice === undefined)) {
    throw new UsageError("tokens have two prices: give --input-price and --output-price");
  }
  if (inputPrice === undefined || outputPrice === undefined) {
    if (maxOutputTokens !== undefined) throw new UsageError("--max-output-tokens is for prices per token");
    const perCall = price === undefined ? least : parseMoney(price, currency);
    if (perCall >= least) return { kind: "call", price: perCall };
    throw new UsageError(`--price is below the market's, ${money(least, currency)}: lower that one first (price list)`);
  }
  if (price !== undefined) throw new UsageError("give --price, or prices per token");
  return {
    kind: "tokens",
    inputRate: parseMoney(inputPrice, currency),
    outputRate: parseMoney(outputPrice, currency),
    maxOutputTokens: maxOutputTokens ?? MAX_OUTPUT_TOKENS,
  };
}

function pricingText(pricing: Pricing, currency: Currency): string {
  if (pricing.kind === "call") return `${money(pricing.price, currency)} a call`;
  const { inputRate, outputRate } = pricing;
  return `${money(inputRate, currency)} in, ${money(outputRate, currency)} out, for 1,000,000 tokens`;
}

interface Behind {
  readonly model: bigint;
  readonly behind: string;
  readonly filter: string | undefined;
  readonly pricing: Pricing;
  readonly least: bigint;
}

async function openBackend(
  { env }: Context,
  suite: Suite,
  { model, behind, filter, pricing, least }: Behind,
): Promise<Backend> {
  if (behind !== FILTER) {
    if (filter !== undefined) throw new UsageError(`--filter is for --backend ${FILTER}`);
    const key = env.TRIBUTARY_UPSTREAM_KEY ?? "";
    const headers: Record<string, string> = key === "" ? {} : { authorization: `Bearer ${key}` };
    return createUpstream({ url: behind, pricing, least, headers, query: (given) => textQuery(given) });
  }
  if (filter === undefined) throw new UsageError(`--backend ${FILTER} needs --filter DIR, the folder that train wrote`);
  if (pricing.kind !== "call") throw new UsageError("the filter counts no tokens: give --price");
  const trained = readAnsweringModel(
    await readBytes(join(filter, "head.bin"), "the filter's head.bin"),
    await readBytes(join(filter, "whitening.bin"), "the filter's whitening.bin"),
  );
  const { classes, features, files } = trained;
  if (classes !== 2 || features !== DEFAULT_TEXT_CONFIG.features) {
    throw new ClientError(
      "bad-input",
      `head.bin in ${filter} has ${classes} classes and ${features} features: a filter has 2 classes, and n-grams as features`,
    );
  }
  const { artifactDigest } = await suite.models.modelOf(model);
  if (sha256(files.head) !== artifactDigest) {
    throw new ClientError("mismatch", `head.bin in ${filter} isn't what model ${model} was registered with`);
  }
  return spamFilter(trained, pricing.price);
}

/** Closes intervals now and then; what fails is tried again next time. */
function closeRegularly(
  parts: Awaited<ReturnType<typeof openParts>>,
  hours: number,
  log: Logger,
): { readonly stop: () => Promise<void> } {
  const { signal } = parts.abort;
  let running: Promise<void> | undefined;
  const once = async (): Promise<void> => {
    try {
      const { redeemed, swept, cut, reports } = await closeInterval(parts);
      const intervals = reports.map(({ interval }) => interval);
      if (redeemed + swept > 0n || cut !== undefined || intervals.length > 0) {
        log.info({ redeemed: String(redeemed), swept: String(swept), cut, reports: intervals }, "closed the interval");
      }
    } catch (error) {
      if (signal.aborted) return;
      log.error({ reason: reasonOf(error, "closing the interval") }, "the interval could not be closed");
    } finally {
      running = undefined;
    }
  };
  const timer = setInterval(() => {
    running ??= once();
  }, hours * 3_600_000);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function closedPairs({ redeemed, swept, cut, reports }: Closed, currency: Currency): [string, string][] {
  return [
    ["redeemed vouchers", money(redeemed, currency)],
    ["swept payments", money(swept, currency)],
    ["interval cut", cut === undefined ? "none" : String(cut)],
    ["reports posted", reports.length === 0 ? "none" : count(reports.length, "report")],
  ];
}
