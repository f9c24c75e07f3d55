import fastifySwagger from "@fastify/swagger";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from "fastify";
import { join } from "node:path";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { AccountQueries } from "./accounts.ts";
import { DueQueries } from "./due.ts";
import { IndexError, type IndexErrorCode } from "./errors.ts";
import { EarningsQueries } from "./earnings.ts";
import { FileFolder, serveFiles } from "./files.ts";
import { MoneyGraphs } from "./moneyGraph.ts";
import { OverviewQueries } from "./overview.ts";
import { PublishedStatements } from "./published.ts";
import { Queries } from "./queries.ts";
import { type Route, routesOf } from "./routes.ts";
import { SearchQueries } from "./search.ts";
import { HEALTH, SCHEMAS } from "./schemas.ts";
import { StreamBooks } from "./streamMoney.ts";
import type { SqliteStore } from "./store.ts";
import type { Step } from "./sync.ts";

/** How an index is served. */
export interface ApiOptions {
  readonly store: SqliteStore;
  /** Folder of published statement files; undefined for none. */
  readonly statements?: string | undefined;
  /** Folder of published files as services write them, to be served; statements are read from it, too. */
  readonly files?: string | undefined;
  /** Origins whose pages may read the API: `*` for all; none by default. */
  readonly origins?: readonly string[];
  readonly logger?: FastifyServerOptions["logger"];
  /** Blocks that the index may be behind before `/health` says so. */
  readonly mostBehind?: number;
}

/** A server and what it must be told. */
export interface IndexApi {
  readonly app: FastifyInstance;
  /** Tells of a step of the synchronisation, for metrics and health. */
  stepped(step: Step): void;
}

const STATUS: Readonly<Record<IndexErrorCode, number>> = {
  "bad-request": 400,
  "not-found": 404,
  "file-missing": 404,
  "file-altered": 502,
  "other-deployment": 503,
  corrupt: 503,
  inconsistent: 503,
  network: 503,
};
const MOST_BEHIND = 20;

/** The HTTP API over an index. */
export async function indexApi(options: ApiOptions): Promise<IndexApi> {
  const { store, statements, files, origins = [], logger = false, mostBehind = MOST_BEHIND } = options;
  const queries = new Queries(store);
  const folder = new FileFolder(files);
  const published = new PublishedStatements(
    store,
    statements ?? (files === undefined ? undefined : join(files, "sha256")),
  );
  const books = new StreamBooks(queries, published);
  const answering = {
    queries,
    accounts: new AccountQueries(queries, published),
    due: new DueQueries(queries, published, books),
    overview: new OverviewQueries(queries),
    search: new SearchQueries(queries),
    earnings: new EarningsQueries(queries, books),
    graphs: new MoneyGraphs(queries, books),
  };
  const meters = new Meters();
  const app = Fastify({ logger, forceCloseConnections: "idle", ajv: { customOptions: { removeAdditional: false } } });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tributary index",
        version: "1",
        description: "All state of a deployment, rebuilt from its logs. Every answer names the block that it is of.",
      },
    },
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof IndexError) return fail(reply, STATUS[error.code], error.code, error.message);
    const { statusCode = 500 } = error;
    if (statusCode < 500) return fail(reply, statusCode, "bad-request", `${error.message}: see /openapi.json`);
    request.log.error({ err: error }, "a request failed");
    return fail(reply, 500, "failed", "the index failed to answer: ask again, and look at its log");
  });
  app.setNotFoundHandler((_request, reply) =>
    fail(reply, 404, "not-found", "there is nothing here: see /openapi.json for what there is"),
  );
  allowOrigins(app, origins);
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    meters.requests.labels(route, String(reply.statusCode)).inc();
    meters.seconds.labels(route).observe(reply.elapsedTime / 1000);
    done();
  });
  for (const route of routesOf(answering)) serve(app, queries, route);
  serveFiles(app, folder);

  let head: number | undefined;
  app.get(
    "/health",
    { schema: { summary: "Whether the index serves, and how far it is", response: { 200: HEALTH, 503: HEALTH } } },
    (_request, reply) => {
      const indexedTo = queries.indexedTo();
      const behind = indexedTo === null || head === undefined ? null : Math.max(0, head - indexedTo.number);
      const status = indexedTo === null ? "starting" : behind !== null && behind > mostBehind ? "behind" : "ok";
      return reply.code(status === "ok" ? 200 : 503).send({ status, indexedTo, head: head ?? null, behind });
    },
  );
  app.get(
    "/metrics",
    {
      schema: {
        summary: "Metrics in Prometheus' text format",
        response: { 200: { description: "Metrics", content: { "text/plain": { schema: { type: "string" } } } } },
      },
    },
    async (_request, reply) => {
      reply.header("content-type", meters.registry.contentType);
      return meters.registry.metrics();
    },
  );
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  return {
    app,
    stepped: (step) => {
      if (step.kind === "rolledBack") meters.reorgs.inc();
      else {
        head = step.target;
        meters.head.set(step.target);
      }
      if (step.kind === "advanced") meters.events.inc(step.events);
      meters.block.set(queries.indexedTo()?.number ?? 0);
    },
  };
}

/** What the server counts. */
class Meters {
  readonly registry = new Registry();
  readonly block = this.#gauge("tributary_index_block", "Last indexed block");
  readonly head = this.#gauge("tributary_index_head", "Last confirmed block of the node");
  readonly events = this.#counter("tributary_index_events_total", "Indexed events");
  readonly reorgs = this.#counter("tributary_index_reorganisations_total", "Reorganisations that were taken back");
  readonly requests = new Counter({
    name: "tributary_index_requests_total",
    help: "Requests, by route and status",
    labelNames: ["route", "status"],
    registers: [this.registry],
  });
  readonly seconds = new Histogram({
    name: "tributary_index_request_seconds",
    help: "Time of requests",
    labelNames: ["route"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}

function serve(
  app: FastifyInstance,
  queries: Queries,
  { path, summary, params, query, answer, indexed, ask }: Route,
): void {
  const failure = (description: string): object => ({ description, ...SCHEMAS.Error });
  app.get<{ Params: Record<string, string>; Querystring: Record<string, string> }>(
    path,
    {
      schema: {
        summary,
        ...(Object.keys(params).length === 0
          ? {}
          : { params: { type: "object", properties: params, required: Object.keys(params) } }),
        ...(Object.keys(query).length === 0
          ? {}
          : { querystring: { type: "object", properties: query, additionalProperties: false } }),
        response: {
          200: { description: summary, ...answer },
          304: { description: "Nothing was indexed since the answer with this ETag", type: "null" },
          400: failure("What was asked can't be answered"),
          404: failure("There is no such thing, or no published file of it"),
          502: failure("A published file was altered"),
          503: failure("The index can't answer now"),
        },
      },
      // The schemas are the document's, and tests hold answers against them: no member is left out on the way.
      serializerCompiler: () => (data) => JSON.stringify(data),
    },
    async (request, reply) => {
      reply.header("cache-control", "no-cache");
      if (indexed) {
        const tag = `"${queries.indexedTo()?.hash ?? "nothing"}"`;
        reply.header("etag", tag);
        if (request.headers["if-none-match"] === tag) return reply.code(304).send();
      }
      const found = await ask({ ...request.query, ...request.params });
      return { indexedTo: queries.indexedTo(), ...found };
    },
  );
}

function fail(reply: FastifyReply, status: number, error: string, message: string): FastifyReply {
  return reply
    .code(status)
    .header("content-type", "application/json; charset=utf-8")
    .serializer(String)
    .send(JSON.stringify({ error, message }));
}

/** Lets pages of some origins read the API. */
function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  app.addHook("onRequest", (request, reply, done) => {
    const { origin } = request.headers;
    const allowed = origins.includes("*") ? "*" : origin !== undefined && origins.includes(origin) ? origin : undefined;
    if (allowed !== undefined) {
      reply.header("access-control-allow-origin", allowed).header("access-control-expose-headers", "etag");
      if (allowed !== "*") reply.header("vary", "origin");
      if (request.method === "OPTIONS") {
        void reply
          .code(204)
          .header("access-control-allow-methods", "GET")
          .header("access-control-allow-headers", "if-none-match")
          .send();
        return;
      }
    }
    done();
  });
}
