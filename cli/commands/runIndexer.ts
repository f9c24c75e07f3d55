import { command, flag, option, repeatedOption, requiredOption } from "../command.ts";
import { decimal, text, whole } from "../readers.ts";

const HOST = "127.0.0.1";
const PORT = 8403;

export const runIndexer = command({
  name: "run indexer",
  role: "challenger or auditor",
  summary: "rebuild all state of the deployment from its logs, keep it current, and serve it over HTTP",
  details:
    "The index is one SQLite file: a killed process goes on where it stopped, and what a reorganisation undid is taken " +
    "back. /openapi.json describes the API. Ends with SIGINT or SIGTERM; with --once as soon as the index is current.",
  arguments: {},
  options: {
    db: requiredOption("FILE", "the index; made if it isn't there", text),
    port: option("N", `where to listen, 0 for any (default: ${PORT})`, whole(0, 65_535)),
    host: option("HOST", `where to listen (default: ${HOST})`, text),
    fromBlock: option("N", "where the deployment begins (default: the address book's)", whole(0, 2 ** 40)),
    confirmations: option("N", "blocks that must stand on one before it is indexed (default: 0)", whole(0, 10_000)),
    reorgDepth: option("N", "blocks that can be taken back (default: 128)", whole(1, 100_000)),
    every: option("SECONDS", "how often to look for new blocks (default: 2)", decimal(0.05, 3_600)),
    statements: option("DIR", "published statement files, for lines with proofs", text),
    files: option("DIR", "the services' published files: served by digest, and read for lines", text),
    origin: repeatedOption("ORIGIN", "web pages that may read the API, * for all", text),
    once: flag("end when the index is current, without serving"),
  },
  examples: ["run indexer --db index.db", "run indexer --db index.db --port 8403 --files published --origin '*'"],
  // A server's packages take half a second to load: not for every command.
  run: async (context, given) =>
    (await import("../indexer.ts")).serveIndex(context, {
      ...given,
      host: given.host ?? HOST,
      port: given.port ?? PORT,
    }),
});
