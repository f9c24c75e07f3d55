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
   * What is known once the body has ended: the price that the answer came to, and the query vector ψ of its receipt.
   */
  readonly outcome: Promise<{ readonly price: bigint; readonly query: QuantisedVector }>;
}

/** A model behind the gateway: the demo's spam filter in this process, or any HTTP server. */
export interface Backend {
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
  /** Whatever the method needs to get the money, as JSON. */
  readonly proof: unknown;
}

/** A way of paying for a request over HTTP. */
export interface PaymentMethod<A extends Authorized = Authorized> {
  readonly name: string;
  /** What a 402 answer says of this method for a price: an entry of x402's `accepts`. */
  requirements(price: bigint, url: string): Promise<object>;
  /**
   * Reads and verifies the payment of a request.
   *
   * @returns undefined when the request carries no payment of this method
   * @throws PaymentRefused
   */
  authorize(request: InferenceRequest, price: bigint): Promise<A | undefined>;
  /** Takes the money, or makes sure that it can be taken later. Called once, after the answer is known. */
  take(authorized: A, price: bigint): Promise<Taken>;
  /** Whether a payment that was begun before a crash went through; undefined if it never did. */
  recover(authorized: A): Promise<Taken | undefined>;
}

/** Thrown when a payment can't be accepted; the caller gets it with status 402. */
export class PaymentRefused extends Error {
  override readonly name = "PaymentRefused";
  /** One of x402's error reasons, or one of ours. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
