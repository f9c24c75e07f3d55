import { readFileSync } from "node:fs";
import { JsonRpcProvider, Wallet } from "ethers";
import { type AddressBook, Sender, suiteAt } from "../../client/index.ts";
import { fromHex, readAnsweringModel } from "../../scorer/index.ts";
import {
  CallStore,
  createGateway,
  DEFAULT_LIMITS,
  type Logging,
  Signatures,
  spamFilter,
  VoucherMethod,
} from "../../services/gateway/index.ts";
import { httpServer, Meters } from "../../services/gateway/server.ts";
import { keyNamed, PRICE } from "./names.ts";

// A spam filter's server in a process of its own, with payment or without. It prints its port, redeems when it is told
// to on stdin, and ends when stdin does.

/** What the process is told, as JSON in its only argument. */
export interface ServeOptions {
  /** Files of the trained filter */
  readonly head: string;
  readonly whitening: string;
  /** Undefined: the same server without payment and receipts */
  readonly paid?: {
    readonly url: string;
    readonly book: AddressBook;
    readonly model: string;
    readonly store: string;
  };
}

const options = JSON.parse(process.argv[2] ?? "") as ServeOptions;
const filter = readAnsweringModel(readFileSync(options.head), readFileSync(options.whitening));
const backend = spamFilter(filter, PRICE);
const LOGGING: Logging = { level: "info", file: "/dev/null" };
const ADDRESS = { host: "127.0.0.1", port: 0 };

async function servePlain(): Promise<void> {
  const app = await httpServer({
    routes: backend.routes,
    limits: DEFAULT_LIMITS,
    logger: LOGGING,
    meters: new Meters(),
    paid: false,
    ask: async (request, reply) => {
      const { status, headers, body } = await backend.run(request);
      return reply.code(status).headers(headers).send(body);
    },
  });
  tell({ address: await app.listen(ADDRESS) });
  process.stdin.on("end", () => void app.close()).resume();
}

async function servePaid({ url, book, model, store: path }: NonNullable<ServeOptions["paid"]>): Promise<void> {
  const provider = new JsonRpcProvider(url, book.chainId, { staticNetwork: true, cacheTimeout: -1 });
  const suite = suiteAt(book, provider);
  const operator = new Wallet(keyNamed("operator"));
  const signatures = new Signatures(fromHex(operator.privateKey, "the key"));
  const store = await CallStore.open(path);
  const vouchers = await VoucherMethod.open({ suite, model: BigInt(model), store, signatures });
  const gateway = await createGateway({
    suite,
    model: BigInt(model),
    backend,
    methods: [vouchers],
    store,
    operator,
    signatures,
    logger: LOGGING,
    lookEvery: 1,
  });
  tell({ address: await gateway.listen(ADDRESS) });
  const sender = new Sender(operator, provider);
  let redeeming = Promise.resolve();
  process.stdin.on("data", () => {
    redeeming = redeeming.then(async () => {
      const amount = await vouchers.redeemLatest(sender);
      tell({ redeemed: String(amount) });
    });
  });
  process.stdin.on("end", () => {
    void redeeming.then(async () => {
      await gateway.close();
      provider.destroy();
    });
  });
}

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await (options.paid === undefined ? servePlain() : servePaid(options.paid));
