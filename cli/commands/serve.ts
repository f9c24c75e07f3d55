import { command, option, requiredOption } from "../command.ts";
import { FILTER, HOST, LOG_LEVEL, LOG_LEVELS, MAX_OUTPUT_TOKENS, PORT } from "../gatewayDefaults.ts";
import { amount, decimal, id, oneOf, text, webUrl, whole } from "../readers.ts";
import { WALLET } from "../transaction.ts";
import { LONG_RUNNING } from "./runServices.ts";

const MODEL = requiredOption("ID", "number of the model", id(48));
const DATA = requiredOption("DIR", "folder of the paid calls and the published receipts; one gateway at a time", text);

const REPORTING = {
  files: option("PLACE", "publish receipts and signed reports there, for a keeper to post (see run keeper)", text),
  confirmations: option("N", "blocks after which no reorg is expected (default: 0)", whole(0, 100_000)),
} as const;

/** The demo's filter, or an HTTP server's address. */
const backendReader = (given: string): string => (given === FILTER ? given : webUrl(given));

export const serve = command({
  name: "serve",
  role: "operator",
  summary: "serve a model over HTTP, paid per call",
  details:
    `Callers pay by vouchers over a prepaid balance, or by x402's scheme exact. The wallet is the model's operator: it signs ` +
    `receipts and pays the gas of payments. A server behind the gateway gets TRIBUTARY_UPSTREAM_KEY as its bearer token. ` +
    "Logs JSON lines to stderr; what it sends is in a journal in --data, so that it may be killed at any time. " +
    "Without --broadcast everything is checked, and nothing is served. Ends with SIGINT or SIGTERM, once running calls have ended.",
  arguments: {},
  options: {
    model: MODEL,
    backend: requiredOption("BACKEND", `${FILTER}, or the address of an OpenAI-compatible server`, backendReader),
    data: DATA,
    filter: option("DIR", `folder with head.bin and whitening.bin, for ${FILTER}`, text),
    price: option("AMOUNT", "of one call, in whole units of the currency (default: the market's)", amount),
    inputPrice: option("AMOUNT", "of 1,000,000 tokens of requests, in place of --price", amount),
    outputPrice: option("AMOUNT", "of 1,000,000 tokens of answers", amount),
    maxOutputTokens: option(
      "N",
      `of an answer whose request sets none (default: ${MAX_OUTPUT_TOKENS})`,
      whole(1, 10 ** 7),
    ),
    host: option("HOST", `where to listen (default: ${HOST})`, text),
    port: option("PORT", `where to listen, 0 for any (default: ${PORT})`, whole(0, 65_535)),
    closeEvery: option("HOURS", "bring in payments, cut and report as often as this", decimal(0.0001, 8_760)),
    poll: option("SECONDS", "between looks at the chain (default: 4)", decimal(0.05, 3_600)),
    logLevel: option(
      "LEVEL",
      `of the log on stderr: ${LOG_LEVELS.join(", ")} (default: ${LOG_LEVEL})`,
      oneOf(LOG_LEVELS),
    ),
    ...LONG_RUNNING,
    ...REPORTING,
    ...WALLET,
  },
  examples: [
    "serve --model 2 --backend spam-filter --filter model --data gateway --broadcast",
    "serve --model 2 --backend http://127.0.0.1:8000 --input-price 0.5 --output-price 2 --data gateway --broadcast",
  ],
  // A server's packages take half a second to load: not for every command.
  run: async (context, given) => (await import("../gateway.ts")).serveModel(context, given),
});

export const usageClose = command({
  name: "usage close",
  role: "operator",
  summary: "bring in what callers have paid, cut the interval, and post its usage report",
  details:
    "Redeems vouchers and sweeps the model's receiver first. What can't be cut yet is left for later; reports that are " +
    "missing are posted, their receipts written to --data. A gateway that runs on the same folder does it itself (--close-every).",
  arguments: {},
  options: { model: MODEL, data: DATA, ...REPORTING, ...WALLET },
  examples: ["usage close --model 2 --data gateway", "usage close --model 2 --data gateway --broadcast"],
  run: async (context, given) => (await import("../gateway.ts")).closeUsage(context, given),
});
