import type { IncomingHttpHeaders } from "node:http";
import type { Hex, QuantisedVector } from "../../scorer/index.ts";

/** A request for an inference, read completely. */
export interface InferenceRequest {
  readonly method: string;
  /** Path and query string */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** SHA-256 of the body */
  readonly digest: Hex;
  /** Aborted when the caller goes away or the gateway's time limit is over */
  readonly signal: AbortSignal;
}

/** What a model answered. */
export interface InferenceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** All of it, or its pieces as they come */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * What is known once the body has ended: the price that the answer came to, and the query vector ψ of its receipt. A
   * body whose caller hung up ends there, with the price of what it got; if this is rejected, nothing is paid.
   */
  readonly outcome: Promise<{ readonly price: bigint; readonly query: QuantisedVector }>;
}

/** Where a model is asked, for the server's routes and its OpenAPI document. */
export interface ModelRoute {
  /** Upper case */
  readonly methods: readonly string[];
  /** `/classify`, or `/v1/*` for all that is below */
  readonly path: string;
  readonly summary: string;
  /** JSON schema of what the route takes, by content type */
  readonly takes?: Readonly<Record<string, object>>;
  /** JSON schema of what it answers, by content type */
  readonly gives?: Readonly<Record<string, object>>;
}

/** A model behind the gateway: the demo's spam filter in this process, or any HTTP server. */
export interface Backend {
  /** Whether the same request always gets the same bytes: a caller that lost its answer gets it by running it again. */
  readonly deterministic: boolean;
  /** Paths of the model; they must not be those of the gateway itself. */
  readonly routes: readonly ModelRoute[];
  /** The most that this request can cost, in the currency's smallest unit; at least the market's price. */
  quote(request: InferenceRequest): bigint;
  run(request: InferenceRequest): Promise<InferenceResponse>;
}

/** A payment that a request carries, verified: the money is there, and can be taken without asking the payer again. */
export interface Authorized {
  /** Identifies the payment for ever: the same one is never taken twice. */
  readonly id: string;
  readonly payer: Hex;
  /** The most that may be taken, in the currency's smallest unit. */
  readonly limit: bigint;
}

/** A payment as it is taken: what the store keeps of it to get the money, and what the caller's receipt says. */
export interface Taken {
  readonly amount: bigint;
  /** The model's fee counter after the payment; undefined as long as it isn't credited on the chain. */
  readonly feesAfter: bigint | undefined;
  /** Whatever the method needs to get the money, as JSON; bigints may be in it. */
  readonly proof: unknown;
  /** Hash of the transaction, if there was one. */
  readonly transaction?: Hex;
}

/** A way of paying for a request over HTTP. */
export interface PaymentMethod<A extends Authorized = Authorized> {
  readonly name: string;
  /** The chain in the form of CAIP-2, as x402 names it. */
  readonly network: string;
  /**
   * Whether `take` sends something to the chain. What is about to be taken is then on the disk before, and `recover`
   * decides about it after a crash.
   */
  readonly settlesOnChain: boolean;
  /** What a 402 answer says of this method for a price: an entry of x402's `accepts`. */
  requirements(price: bigint, url: string): Promise<object>;
  /**
   * The id that the payment of a request will have, read off without verifying anything: a payment that was taken before
   * is not authorized again, its caller gets the same receipt.
   *
   * @returns undefined when the request carries no payment of this method
   * @throws PaymentRefused when what it carries can't be read
   */
  identify(request: InferenceRequest): string | undefined;
  /**
   * Verifies the payment of a request and reserves its money until `take` or `release`.
   *
   * @param price - the backend's quote for the request
   * @throws PaymentRefused
   */
  authorize(request: InferenceRequest, price: bigint): Promise<A>;
  /** Takes the money, or makes sure that it can be taken later. Called once, after the answer is known. */
  take(authorized: A, price: bigint): Promise<Taken>;
  /** Gives up what `authorize` reserved: there was no answer. */
  release(authorized: A): void;
  /**
   * Whether a payment that was begun before a crash went through; undefined if it never did, and never will.
   *
   * @param authorized - as `authorize` gave it, written to JSON and read again, with its bigints
   */
  recover(authorized: A): Promise<Taken | undefined>;
  /** Looks at the chain; the gateway calls it every few seconds. */
  look?(): Promise<void>;
}

/** Thrown by a backend for a request that it won't take; the caller gets it with its status, and pays nothing. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * The `PAYMENT-SIGNATURE` header of x402 version 2, decoded.
 *
 * @returns undefined when the request has none, or one of another scheme
 * @throws PaymentRefused `invalid_payload`
 */
export function paymentPayload(
  { headers }: Pick<InferenceRequest, "headers">,
  scheme: string,
): { readonly accepted: Record<string, unknown>; readonly payload: Record<string, unknown> } | undefined {
  const header = headers["payment-signature"];
  if (header === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(String(header), "base64").toString("utf8"));
  } catch {
    throw new PaymentRefused("invalid_payload", "PAYMENT-SIGNATURE is not JSON in base64");
  }
  const { x402Version, accepted, payload } = (parsed ?? {}) as Record<string, unknown>;
  if (x402Version !== 2 || !isRecord(accepted) || !isRecord(payload)) {
    throw new PaymentRefused("invalid_payload", "PAYMENT-SIGNATURE is not a payment of x402 version 2");
  }
  return accepted.scheme === scheme ? { accepted, payload } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Thrown when a payment can't be accepted; the caller gets it with status 402. */
export class PaymentRefused extends Error {
  override readonly name = "PaymentRefused";
  /** One of x402's error reasons, or one of ours. */
  readonly reason: string;
  /** What the caller needs to know to pay better, as JSON. */
  readonly details: Readonly<Record<string, string>> | undefined;

  constructor(reason: string, message: string, details?: Readonly<Record<string, string>>) {
    super(message);
    this.reason = reason;
    this.details = details;
  }
}
