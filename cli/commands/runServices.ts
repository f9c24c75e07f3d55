import { command, option, repeatedOption, requiredOption } from "../command.ts";
import { amount, decimal, feeBps, stream, text, whole } from "../readers.ts";
import { SERVICE } from "../serviceDefaults.ts";
import { SENDING } from "../transaction.ts";

/** How whatever runs for long sends transactions. */
export const LONG_RUNNING = {
  gasCap: option("GWEI", "most to offer for a unit of gas, unless a deadline is near", decimal(0, 1e9)),
  stuckAfter: option(
    "SECONDS",
    `after which a transaction is sent again for more (default: ${SERVICE.stuckAfter})`,
    decimal(1, 86_400),
  ),
};

/** The options of every service. */
const COMMON = {
  data: requiredOption("DIR", "folder of the service's journal; each service its own", text),
  files: requiredOption(
    "PLACE",
    "published files: a folder, s3://BUCKET/PREFIX[?endpoint=URL] or ipfs+http://HOST:PORT/FOLDER",
    text,
  ),
  host: option("HOST", `where health and metrics are served (default: ${SERVICE.host})`, text),
  port: option("PORT", "where health and metrics are served, 0 for any (default: 0)", whole(0, 65_535)),
  poll: option("SECONDS", `between looks at the chain (default: ${SERVICE.poll})`, decimal(0.05, 3_600)),
  ...LONG_RUNNING,
  confirmations: option(
    "N",
    `blocks after which no reorg is expected (default: ${SERVICE.confirmations})`,
    whole(0, 100_000),
  ),
  ...SENDING,
} as const;

const STREAMS = { stream: repeatedOption("ID", "a stream to serve (default: all)", stream) };

const HABITS =
  "Logs JSON lines to stdout; /health and /metrics tell how it is. May be killed at any time: what it sent is in its " +
  "journal, what is due is asked of the chain. Without --broadcast it looks once and says what it would send. Ends with " +
  "SIGINT or SIGTERM.";

export const runScorer = command({
  name: "run scorer",
  role: "scorer",
  summary: "state every reported interval, publish the lines, answer challenges, finalise and settle",
  details: `Its bonds must lie in the vault under the attribution registry. ${HABITS}`,
  arguments: {},
  options: { ...STREAMS, feeBps: option("BPS", "its fee (default: 200)", feeBps), ...COMMON },
  examples: [
    "run scorer --stream 512 --files published --data scorer --broadcast",
    "run scorer --files s3://bucket/tributary --data scorer --gas-cap 5 --broadcast",
  ],
  // A server's packages take half a second to load: not for every command.
  run: async (context, given) => (await import("../services.ts")).serveScorer(context, given),
});

export const runWatchtower = command({
  name: "run watchtower",
  role: "challenger or auditor",
  summary: "recompute every live statement; challenge, descend and refute what is wrong",
  details: `Its bonds must lie in the vault under the attribution registry. ${HABITS}`,
  arguments: {},
  options: { ...STREAMS, ...COMMON },
  examples: ["run watchtower --files published --data watchtower --broadcast"],
  run: async (context, given) => (await import("../services.ts")).serveWatchtower(context, given),
});

export const runKeeper = command({
  name: "run keeper",
  role: "model developer",
  summary: "activate indexes, cut, post signed reports, finalise, let intervals fall back, distribute",
  details: `Everything that anyone may send and somebody should; it needs gas, and no rights. ${HABITS}`,
  arguments: {},
  options: {
    cutFrom: option("AMOUNT", "fees that make an interval worth cutting (default: 1)", amount),
    distributeFrom: option("AMOUNT", "income that makes a model worth distributing (default: 10)", amount),
    ...COMMON,
  },
  examples: ["run keeper --files published --data keeper --broadcast"],
  run: async (context, given) => (await import("../services.ts")).serveKeeper(context, given),
});
