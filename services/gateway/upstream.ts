import type { IncomingHttpHeaders } from "node:http";
import {
  DEFAULT_TEXT_CONFIG,
  type QuantisedVector,
  quantiseQuery,
  type TextConfig,
  textFeatures,
} from "../../scorer/index.ts";
import { type Backend, type InferenceRequest, type ModelRoute, RequestRefused } from "./ports.ts";
import { priceOf, type Pricing, quoteOf, readUsage, requestText, type TokenUsage } from "./pricing.ts";

/** An HTTP server that answers for the model. */
export interface UpstreamOptions {
  /** Requests go to this address with their own path behind it; it ends without a slash. */
  readonly url: string;
  readonly pricing: Pricing;
  /** The market's price, below which nothing is sold */
  readonly least: bigint;
  /** ψ of a request's text */
  readonly query: (text: string) => QuantisedVector;
  /** Headers that go along with every request, in place of the caller's: the operator's key */
  readonly headers?: Readonly<Record<string, string>>;
  /** Paths that are passed on; by default those of an OpenAI-compatible server */
  readonly routes?: readonly ModelRoute[];
  /** Milliseconds until the answer must have begun, and between two of its pieces */
  readonly patience?: number;
}

const PATIENCE = 60_000;
const ROUTES: readonly ModelRoute[] = [
  { methods: ["POST"], path: "/v1/*", summary: "Passed on to the model's server" },
];
/** The largest answer in one piece of which the usage is read. */
const MAX_JSON = 16 * 1024 * 1024;

/** Those of one connection only (RFC 9110, 7.6.1), and those that `fetch` writes itself. */
const HOP_BY_HOP = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Between caller and gateway only; the encoding is that of the answer as `fetch` found it. */
const OWN = new Set([
  "accept-encoding",
  "content-encoding",
  "payment-required",
  "payment-response",
  "payment-signature",
  "x-payment",
  "x-payment-response",
]);

/** ψ of a text by its features alone, for models without an influence method of their own. */
export function textQuery(text: string, config: TextConfig = DEFAULT_TEXT_CONFIG): QuantisedVector {
  return quantiseQuery(textFeatures([{ subject: "", body: text }], config).data);
}

/**
 * A model behind an HTTP server, as any OpenAI-compatible one. Answers are passed on as they come. An answer with an error
 * status costs nothing. One that its caller doesn't read to the end costs the quote, as nobody knows what it used.
 */
export function createUpstream(options: UpstreamOptions): Backend {
  const { pricing, least, query, patience = PATIENCE, routes = ROUTES } = options;
  const base = new URL(options.url);
  return {
    deterministic: false,
    routes,
    quote: ({ body }) => quoteOf(pricing, body, least),
    run: async (request) => {
      const vector = query(requestText(request.body));
      const quote = quoteOf(pricing, request.body, least);
      const target = targetOf(base, request.url);
      const clock = new Clock(patience);
      const signal = AbortSignal.any([request.signal, clock.signal]);
      const bodyless = request.method === "GET" || request.method === "HEAD";
      const response = await fetch(target, {
        method: request.method,
        headers: { ...passed(request.headers), ...options.headers },
        body: bodyless ? null : new Uint8Array(request.body),
        redirect: "manual",
        signal,
      }).catch((error: unknown) => {
        throw clock.explain(error);
      });
      const headers = passed(Object.fromEntries(response.headers));
      const meter = pricing.kind === "call" || !response.ok ? undefined : meterOf(headers["content-type"] ?? "");
      const settlement = new Settlement();
      const outcome = settlement.usage.then((usage) => ({
        price: response.ok ? priceOf(pricing, usage, quote, least) : 0n,
        query: vector,
      }));
      // Whoever doesn't wait for the outcome learns of a failure from the body.
      outcome.catch(() => undefined);
      return {
        status: response.status,
        headers,
        body: pieces(response, request, clock, meter, settlement),
        outcome,
      };
    },
  };
}

/** Passes an answer's body on and settles its outcome at the end of it. */
async function* pieces(
  response: Response,
  request: InferenceRequest,
  clock: Clock,
  meter: Meter | undefined,
  settlement: Settlement,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    clock.restart();
    for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      meter?.add(piece);
      clock.stop();
      yield piece;
      clock.restart();
    }
    settlement.settle(meter?.end());
  } catch (error) {
    if (!callerLeft(request)) {
      const explained = clock.explain(error);
      settlement.fail(explained);
      throw explained;
    }
  } finally {
    clock.stop();
    // Where the outcome is settled already this does nothing: it is for callers who stop reading.
    settlement.settle(undefined);
  }
}

/** What is known of an answer's usage once it has ended; the first word counts. */
class Settlement {
  readonly usage: Promise<TokenUsage | undefined>;
  settle: (usage: TokenUsage | undefined) => void = () => undefined;
  fail: (error: RequestRefused) => void = () => undefined;

  constructor() {
    this.usage = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
  }
}

/** Whether it was the caller who gave up, and not the gateway's time limit. */
function callerLeft({ signal }: InferenceRequest): boolean {
  return signal.aborted && !(signal.reason instanceof RequestRefused && signal.reason.status === 504);
}

/** Ends a request to an upstream that says nothing for too long. */
class Clock {
  private readonly controller = new AbortController();
  private readonly patience: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(patience: number) {
    this.patience = patience;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  restart(): void {
    this.stop();
    this.timer = setTimeout(() => this.controller.abort(), this.patience);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  explain(error: unknown): RequestRefused {
    this.stop();
    if (error instanceof RequestRefused) return error;
    const timedOut = this.signal.aborted;
    const what = timedOut ? `said nothing for ${this.patience} ms` : "can't be reached, or broke off its answer";
    return new RequestRefused(timedOut ? 504 : 502, timedOut ? "model_timeout" : "model_failed", `the model ${what}`);
  }
}

/** Reads the usage out of an answer that is passed on. */
interface Meter {
  add(piece: Uint8Array): void;
  end(): TokenUsage | undefined;
}

function meterOf(contentType: string): Meter {
  return contentType.startsWith("text/event-stream") ? new EventMeter() : new JsonMeter();
}

/** Of an answer in one piece. */
class JsonMeter implements Meter {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  add(piece: Uint8Array): void {
    this.length += piece.length;
    if (this.length <= MAX_JSON) this.pieces.push(piece);
    else this.pieces.length = 0;
  }

  end(): TokenUsage | undefined {
    return this.length > MAX_JSON ? undefined : readUsage(Buffer.concat(this.pieces).toString("utf8"));
  }
}

/** Of a stream of server-sent events: the last one that states a usage. */
class EventMeter implements Meter {
  private readonly decoder = new TextDecoder();
  private line = "";
  private data = "";
  private usage: TokenUsage | undefined;

  add(piece: Uint8Array): void {
    const lines = (this.line + this.decoder.decode(piece, { stream: true })).split(/\r?\n/);
    this.line = lines.pop() ?? "";
    for (const line of lines) this.take(line);
  }

  end(): TokenUsage | undefined {
    this.take(this.line);
    this.take("");
    return this.usage;
  }

  private take(line: string): void {
    if (line.startsWith("data:")) {
      this.data += `${line.slice(5)}\n`;
    } else if (line === "") {
      this.usage = readUsage(this.data) ?? this.usage;
      this.data = "";
    }
  }
}

/**
 * The request's path behind the upstream's address. It is put together as text: as a relative reference, `//host/` would
 * name another server.
 */
function targetOf(base: URL, path: string): URL {
  const target = new URL(`${base.origin}${base.pathname.replace(/\/$/, "")}${path}`);
  if (!path.startsWith("/") || target.origin !== base.origin) {
    throw new RequestRefused(404, "not_found", `"${path}" is no path of the model's server`);
  }
  return target;
}

/** Headers without those of the connection and of the payment. */
function passed(headers: IncomingHttpHeaders): Record<string, string> {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  const dropped = new Set([...HOP_BY_HOP, ...OWN, ...named]);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name, value]) => value !== undefined && !dropped.has(name.toLowerCase()))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]),
  );
}
