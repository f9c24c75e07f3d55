import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Logging, logOptions } from "../gateway/server.ts";

/** A structured log: one line of JSON for each entry. */
export type ServiceLog = Pick<FastifyBaseLogger, "debug" | "info" | "warn" | "error">;

/** What a process counts that asks a node and sends transactions. */
export class SendingMeters {
  readonly registry = new Registry();
  readonly transactions = new Counter({
    name: "tributary_transactions_total",
    help: "Transactions, by what became of them",
    labelNames: ["outcome"],
    registers: [this.registry],
  });
  readonly gas = new Counter({
    name: "tributary_gas_used_total",
    help: "Gas that was used",
    registers: [this.registry],
  });
  readonly reorgs = new Counter({
    name: "tributary_reorged_transactions_total",
    help: "Transactions that a reorg took out of their block",
    registers: [this.registry],
  });
  readonly rpcFailures = new Counter({
    name: "tributary_rpc_failures_total",
    help: "Requests to the node that failed and were tried again",
    labelNames: ["reason"],
    registers: [this.registry],
  });
  readonly indexFallbacks = new Counter({
    name: "tributary_index_fallbacks_total",
    help: "Questions for past events that the node had to answer instead of the index",
    registers: [this.registry],
  });

  constructor() {
    // Counters are there from the start, at zero.
    for (const outcome of ["mined", "reverted", "refused", "too-dear", "lost"]) this.transactions.labels(outcome);
  }
}

/** What a service counts. */
export class Meters extends SendingMeters {
  readonly looks = new Counter({
    name: "tributary_looks_total",
    help: "Looks at the chain, by how they ended",
    labelNames: ["outcome"],
    registers: [this.registry],
  });
  readonly lookSeconds = new Histogram({
    name: "tributary_look_seconds",
    help: "Time of a look with all that it sent",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  });
  readonly block = new Gauge({
    name: "tributary_block",
    help: "Block of the last look",
    registers: [this.registry],
  });
  readonly problems = new Gauge({
    name: "tributary_problems",
    help: "Duties that the last look could not do: see the log",
    registers: [this.registry],
  });

  constructor() {
    super();
    collectDefaultMetrics({ register: this.registry });
    for (const outcome of ["ok", "failed"]) this.looks.labels(outcome);
  }
}

/** What `/health` says. */
export interface Health {
  readonly role: string;
  readonly address: string;
  /** Of the last look that ended well */
  readonly block: number | null;
  /** When it ended, ISO 8601 */
  readonly lookedAt: string | null;
  /** Looks in a row that failed since */
  readonly failures: number;
  /** What could not be done, and why */
  readonly problems: readonly string[];
  /** Whether the service does its work: it looked at the chain not long ago */
  readonly ok: boolean;
}

/** Health, metrics and the log of a service. */
export function telemetryServer(logger: Logging, meters: Meters, health: () => Health): FastifyInstance {
  const app = Fastify({
    ...logOptions(logger),
    forceCloseConnections: true,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.get("/health", (_request, reply) => {
    const { ok, ...rest } = health();
    return reply.code(ok ? 200 : 503).send({ status: ok ? "ok" : "failing", ...rest });
  });
  app.get("/metrics", async (_request, reply) => {
    reply.header("content-type", meters.registry.contentType);
    return meters.registry.metrics();
  });
  return app;
}
