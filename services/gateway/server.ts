import { Readable } from "node:stream";
import fastifySwagger from "@fastify/swagger";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type HTTPMethods,
  LogController,
} from "fastify";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { RECEIPT_HEADER } from "../../client/index.ts";
import { type Calls, digestOf, type Paid, type Served, type Streamed } from "./calls.ts";
import {
  type Backend,
  type InferenceRequest,
  type ModelRoute,
  type PaymentMethod,
  PaymentRefused,
  RequestRefused,
} from "./ports.ts";
import { StoreError } from "./store.ts";

/** What a gateway bears. */
export interface Limits {
  /** Largest body of a request, in bytes */
  readonly bodyBytes: number;
  /** Most calls at a time */
  readonly concurrency: number;
  /** Longest that a call may take, in seconds, streams included */
  readonly seconds: number;
}

export const DEFAULT_LIMITS: Limits = { bodyBytes: 2 ** 20, concurrency: 256, seconds: 120 };

/** How to log, as Fastify takes it: `true`, options of pino, or a logger. Neither bodies nor payments are logged. */
export type Logging = NonNullable<FastifyServerOptions["logger"]> | FastifyBaseLogger;

/** The same by the names of Fastify's options. */
export function logOptions(logger: Logging): Pick<FastifyServerOptions, "logger" | "loggerInstance"> {
  return typeof logger === "object" && "child" in logger ? { loggerInstance: logger } : { logger };
}

const EVENT_STREAM = "text/event-stream";
const NO_BODY = Buffer.alloc(0);

/** Answers that carry nothing of a payment. */
interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, string>> | undefined;
}

/** Asks a model: what a route of it does. */
export type Ask = (request: InferenceRequest, reply: FastifyReply) => Promise<unknown>;

/** What the server counts. */
export class Meters {
  readonly registry = new Registry();
  readonly requests = new Counter({
    name: "tributary_requests_total",
    help: "Requests to the model, by the status of their answer",
    labelNames: ["status"],
    registers: [this.registry],
  });
  readonly seconds = new Histogram({
    name: "tributary_request_seconds",
    help: "Time of requests to the model, streams until their end",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.registry],
  });
  readonly running = new Gauge({
    name: "tributary_running_requests",
    help: "Requests to the model that run",
    registers: [this.registry],
  });
  readonly payments = new Counter({
    name: "tributary_payments_total",
    help: "Paid calls",
    labelNames: ["method"],
    registers: [this.registry],
  });
  readonly paid = new Counter({
    name: "tributary_paid_units_total",
    help: "What paid calls came to, in the currency's smallest unit",
    labelNames: ["method"],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}

/** What an HTTP server in front of a model is made of. */
export interface ServerOptions {
  readonly routes: readonly ModelRoute[];
  readonly limits: Limits;
  readonly logger: Logging;
  readonly meters: Meters;
  /** What `/metrics` has besides */
  readonly registries?: readonly Registry[] | undefined;
  readonly ask: Ask;
  /** Whether the routes take payments, for the OpenAPI document */
  readonly paid: boolean;
}

/**
 * An HTTP server in front of a model: limits, errors as JSON, a log line for each request, metrics. Paid or not is up to
 * `ask`.
 */
export async function httpServer(options: ServerOptions): Promise<FastifyInstance> {
  const { limits, logger, meters, registries = [], ask, routes, paid } = options;
  const app = Fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.seconds * 1000,
    forceCloseConnections: "idle",
    logController: new LogController({ disableRequestLogging: true }),
    ajv: { customOptions: { coerceTypes: false } },
    ...logOptions(logger),
  });
  // Bodies are the model's: they are hashed and passed on as they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500) request.log.error({ err: error }, "a request failed");
    return send(reply, refusal);
  });
  app.setNotFoundHandler((_request, reply) =>
    send(reply, { status: 404, error: "not_found", message: "there is nothing here: see /openapi.json" }),
  );
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tributary gateway",
        version: "1",
        description: "A model that is paid per call, by x402 version 2.",
      },
    },
  });
  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    done();
  });
  let running = 0;
  meters.running.set(0);
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (running >= limits.concurrency) {
      reply.header("retry-after", "1");
      throw new RequestRefused(503, "busy", `the gateway serves ${limits.concurrency} calls at a time: try again`);
    }
    meters.running.set(++running);
    const started = performance.now();
    const abort = new AbortController();
    const timer = setTimeout(() => {
      abort.abort(new RequestRefused(504, "timeout", `the model didn't answer within ${limits.seconds} seconds`));
    }, limits.seconds * 1000);
    reply.raw.once("close", () => {
      clearTimeout(timer);
      meters.running.set(--running);
      const seconds = (performance.now() - started) / 1000;
      const { statusCode } = reply.raw;
      meters.requests.labels(String(statusCode)).inc();
      meters.seconds.observe(seconds);
      request.log.info({ method: request.method, url: request.url, status: statusCode, seconds }, "request");
      // A connection that was busy when the server was closed would be kept alive.
      if (closing) setImmediate(() => app.server.closeIdleConnections());
      if (!reply.raw.writableFinished) abort.abort(new RequestRefused(499, "hung_up", "the caller hung up"));
    });
    const body = request.body instanceof Uint8Array ? request.body : NO_BODY;
    return ask(
      {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body,
        digest: digestOf(body),
        signal: abort.signal,
      },
      reply,
    );
  };
  for (const route of routes) {
    app.route({
      method: route.methods as HTTPMethods[],
      url: route.path,
      schema: modelSchema(route, paid),
      // The schemas are for the document: what a body must be like is the model's business.
      validatorCompiler: () => () => true,
      serializerCompiler: () => (data) => JSON.stringify(data),
      handler,
    });
  }
  app.get("/metrics", { schema: textSchema("Metrics in Prometheus' text format") }, async (_request, reply) => {
    reply.header("content-type", meters.registry.contentType);
    return Registry.merge([meters.registry, ...registries]).metrics();
  });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  return app;
}

/** What the paid server is made of besides. */
export interface GatewayServerOptions {
  readonly backend: Backend;
  readonly methods: readonly PaymentMethod[];
  readonly calls: Calls;
  readonly limits: Limits;
  readonly logger: Logging;
  readonly meters: Meters;
  readonly registries?: readonly Registry[] | undefined;
  /** Shown by `/health` */
  readonly model: bigint;
  readonly recorded: () => number;
}

/** The HTTP server of a gateway: asks for payment, serves who pays, shows receipts. */
export async function gatewayServer(options: GatewayServerOptions): Promise<FastifyInstance> {
  const { backend, methods, calls, limits, logger, meters, registries, model, recorded } = options;
  const ask: Ask = async (request, reply) => {
    let served: Served | Streamed | undefined;
    try {
      served = await calls.serve(request);
    } catch (error) {
      if (!(error instanceof PaymentRefused)) throw error;
      return askForPayment(request, reply, error);
    }
    if (served === undefined) return askForPayment(request, reply, undefined);
    reply.code(served.status).headers(served.headers);
    if ("pieces" in served) return stream(reply, served);
    if (served.paid !== undefined) {
      reply
        .header(RECEIPT_HEADER, base64(served.paid.receipt))
        .header("payment-response", paymentResponse(served.paid));
    }
    return reply.send(served.body);
  };
  const askForPayment = async (
    request: InferenceRequest,
    reply: FastifyReply,
    refused: PaymentRefused | undefined,
  ): Promise<unknown> => {
    const url = `${reply.request.protocol}://${reply.request.host}${request.url}`;
    const price = backend.quote(request);
    const error = refused?.reason ?? "payment_required";
    const message = refused?.message ?? "this model is paid per call: see PAYMENT-REQUIRED";
    const required = {
      x402Version: 2,
      error: refused === undefined ? message : error,
      resource: { url, description: `Model ${model}`, mimeType: "" },
      accepts: await Promise.all(methods.map((method) => method.requirements(price, url))),
    };
    reply.header("payment-required", base64(required));
    return send(reply, { status: 402, error, message, details: refused?.details });
  };
  const app = await httpServer({ routes: backend.routes, limits, logger, meters, registries, ask, paid: true });
  app.get("/health", { schema: healthSchema }, () => ({ status: "ok", model: String(model), calls: recorded() }));
  app.get<{ Params: { id: string } }>("/receipts/:id", { schema: receiptSchema }, async (request, reply) => {
    const found = await calls.receipt(request.params.id);
    if (found === undefined) {
      return send(reply, { status: 404, error: "not_found", message: "there is no such payment" });
    }
    return { ...found.receipt, feesAfter: found.feesAfter === undefined ? null : String(found.feesAfter) };
  });
  return app;
}

/** Passes a body through; the receipt comes as its last event, or as a trailer. */
function stream(reply: FastifyReply, streamed: Streamed): FastifyReply {
  const receipt = (): string => {
    const paid = streamed.paid();
    return paid === undefined ? "" : base64(paid.receipt);
  };
  const type = Object.entries(streamed.headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (!type.startsWith(EVENT_STREAM)) {
    reply.trailer(RECEIPT_HEADER, () => Promise.resolve(receipt()));
    return reply.send(Readable.from(streamed.pieces, { objectMode: false }));
  }
  async function* events(): AsyncGenerator<Uint8Array> {
    yield* streamed.pieces;
    yield Buffer.from(`event: ${RECEIPT_HEADER}\ndata: ${receipt()}\n\n`);
  }
  return reply.send(Readable.from(events(), { objectMode: false }));
}

function paymentResponse({ network, transaction, receipt: { payer, amount } }: Paid): string {
  return base64({ success: true, transaction, network, payer, amount });
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}

function send(reply: FastifyReply, { status, error, message, details }: Refusal): FastifyReply {
  return reply
    .code(status)
    .header("content-type", "application/json; charset=utf-8")
    .send(JSON.stringify({ error, message, ...(details === undefined ? {} : { details }) }));
}

/** What a caller is told of an error; of what it didn't cause it is told no more than that. */
function refusalOf(error: Error & { code?: unknown; statusCode?: unknown }): Refusal {
  if (error instanceof RequestRefused) return { status: error.status, error: error.reason, message: error.message };
  if (error instanceof StoreError) {
    return { status: 503, error: "unavailable", message: "the gateway can't record payments now: try again later" };
  }
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return { status: 413, error: "body_too_large", message: "the body is larger than the gateway takes" };
  }
  const { statusCode } = error;
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, error: "bad_request", message: error.message };
  }
  return { status: 502, error: "failed", message: "the model or the gateway failed: nothing is lost, ask again" };
}

const ERROR_SCHEMA = {
  type: "object",
  properties: {
    error: { type: "string", description: "What went wrong, for programs" },
    message: { type: "string", description: "What went wrong, for people" },
    details: { type: "object", additionalProperties: { type: "string" } },
  },
  required: ["error", "message"],
} as const;

const RECEIPT_PROPERTIES = {
  model: { type: "string" },
  payer: { type: "string" },
  amount: { type: "string" },
  payment: { type: "string" },
  requestDigest: { type: "string" },
  responseDigest: { type: "string" },
  queryDigest: { type: "string" },
  time: { type: "integer" },
  index: { type: "integer" },
  proof: { type: "array", items: { type: "string" } },
  signature: { type: "string" },
  feesAfter: {
    type: ["string", "null"],
    description: "The model's fee counter once the call is credited on the chain",
  },
} as const;

const healthSchema = {
  summary: "Whether the gateway serves",
  response: {
    200: {
      description: "It does",
      type: "object",
      properties: { status: { type: "string" }, model: { type: "string" }, calls: { type: "integer" } },
      required: ["status", "model", "calls"],
    },
  },
} as const;

const receiptSchema = {
  summary: "The receipt of a payment",
  params: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
  response: {
    200: {
      description: "The receipt, as its caller got it",
      type: "object",
      properties: RECEIPT_PROPERTIES,
      required: Object.keys(RECEIPT_PROPERTIES),
    },
    404: { description: "There is no such payment", ...ERROR_SCHEMA },
  },
} as const;

function textSchema(summary: string): object {
  return {
    summary,
    response: { 200: { description: summary, content: { "text/plain": { schema: { type: "string" } } } } },
  };
}

function modelSchema({ summary, takes, gives }: ModelRoute, paid: boolean): object {
  const contentOf = (schemas: Readonly<Record<string, object>>): object =>
    Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]));
  const failure = (description: string): object => ({
    description,
    content: { "application/json": { schema: ERROR_SCHEMA } },
  });
  const header = (description: string): object => ({ type: "string", description });
  return {
    summary,
    ...(takes === undefined ? {} : { body: { content: contentOf(takes) } }),
    ...(paid
      ? { headers: { type: "object", properties: { "PAYMENT-SIGNATURE": header("The payment, JSON in base64") } } }
      : {}),
    response: {
      200: {
        description: "The answer",
        ...(paid
          ? {
              headers: {
                "PAYMENT-RESPONSE": header("What became of the payment, JSON in base64"),
                "TRIBUTARY-RECEIPT": header(
                  "The receipt, JSON in base64; of a streamed body its trailer or last event",
                ),
              },
            }
          : {}),
        content: contentOf(gives ?? { "*/*": {} }),
      },
      ...(paid ? { 402: failure("To be paid, as PAYMENT-REQUIRED says"), 409: failure("The payment was used") } : {}),
      413: failure("The body is too large"),
      502: failure("The model failed"),
      503: failure("Too much at a time"),
      504: failure("The model took too long"),
    },
  };
}
