import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Wallet } from "ethers";
import { connectSuite, parseAddressBook, Sender } from "../../client/index.ts";
import { fromHex, readAnsweringModel } from "../../scorer/index.ts";
import {
  CallStore,
  closeInterval,
  createGateway,
  ExactMethod,
  Signatures,
  spamFilter,
  VoucherMethod,
} from "../../services/gateway/index.ts";
import { openFiles } from "../../services/index.ts";
import { Journal } from "../../services/runtime/journal.ts";
import { JournalSender } from "../../services/runtime/journalSender.ts";
import { patientProvider, reasonOf } from "../../services/runtime/rpc.ts";
import { Meters } from "../../services/runtime/telemetry.ts";
import { Transactor } from "../../services/runtime/transactor.ts";
import { PRICES } from "../demo/lineage.ts";

// The gateway of a local network in a process of its own: serves the demo's filter, brings in vouchers every few seconds,
// and publishes receipts and signed reports for the keeper. Prints its address; ends with SIGINT or SIGTERM.

/** What the process is told, as JSON in its only argument; its operator's key is in TRIBUTARY_PRIVATE_KEY. */
export interface GatewayProcessOptions {
  readonly rpc: string;
  /** Paths: address book, folder of the filter, published files, folder of the gateway's data */
  readonly book: string;
  readonly filter: string;
  readonly published: string;
  readonly data: string;
  readonly model: string;
  readonly port: number;
  /** Seconds between two closings */
  readonly closeEvery: number;
  readonly confirmations: number;
}

const options = JSON.parse(process.argv[2] ?? "") as GatewayProcessOptions;
const { confirmations, data } = options;
const model = BigInt(options.model);
const operator = new Wallet(process.env.TRIBUTARY_PRIVATE_KEY ?? "");
const book = parseAddressBook(await readFile(options.book, "utf8"));
const meters = new Meters();
const provider = patientProvider(options.rpc, book.chainId, {
  onFailure: (reason) => meters.rpcFailures.labels(reason).inc(),
});
const suite = await connectSuite(book, provider);
await mkdir(data, { recursive: true });
const store = await CallStore.open(join(data, "calls"));
const signatures = new Signatures(fromHex(operator.privateKey, "the key"), 0);
const vouchers = await VoucherMethod.open({ suite, model, store, signatures, confirmations });
const exact = await ExactMethod.open({ suite, model, store, sender: new Sender(operator, provider) });
const filter = readAnsweringModel(
  await readFile(join(options.filter, "head.bin")),
  await readFile(join(options.filter, "whitening.bin")),
);
const gateway = await createGateway({
  suite,
  model,
  backend: spamFilter(filter, PRICES.finetune),
  methods: [vouchers, exact],
  store,
  operator,
  signatures,
  logger: { level: "warn" },
  lookEvery: 1,
});
const genesis = (await provider.getBlock(0))?.hash ?? "";
const journal = Journal.open(join(data, "journal.sqlite"), { address: operator.address, genesis });
const { log } = gateway.server;
const fees = {};
const transactor = new Transactor({
  wallet: operator,
  provider,
  chainId: book.chainId,
  journal,
  fees,
  stuckAfter: 5_000,
  log,
  meters,
});
const abort = new AbortController();
const sender = new JournalSender(transactor, abort.signal);
const files = await openFiles(options.published);
const publish = (): Promise<void> => Promise.resolve();
const closing = { suite, model, store, operator, vouchers, exact, sender, files, publish, confirmations };

let running: Promise<void> = Promise.resolve();
const closeOnce = async (): Promise<void> => {
  if (abort.signal.aborted) return;
  await closeInterval(closing).catch((error: unknown) =>
    log.error({ reason: reasonOf(error, "closing the interval") }, "the interval could not be closed"),
  );
};
const timer = setInterval(() => {
  running = running.then(closeOnce);
}, options.closeEvery * 1000);

process.stdout.write(`${await gateway.listen({ host: "127.0.0.1", port: options.port })}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    abort.abort();
    clearInterval(timer);
    void running
      .then(() => gateway.close())
      .then(() => {
        journal.close();
        provider.destroy();
        // A connection to a node that hangs is not waited for.
        process.exit(0);
      });
  });
}
