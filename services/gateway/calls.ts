import { createHash, hash } from "node:crypto";
import type { SignedReceipt } from "../../client/index.ts";
import { type Hex, queryDigest } from "../../scorer/index.ts";
import {
  type Authorized,
  type Backend,
  type InferenceRequest,
  type InferenceResponse,
  type PaymentMethod,
  PaymentRefused,
  RequestRefused,
  type Taken,
} from "./ports.ts";
import type { ReceiptSigner } from "./receipts.ts";
import type { Answered, CallStore, PaidCall, StoredAnswer } from "./store.ts";

/** Answers of backends that can't answer the same again are kept up to this size, in bytes. */
const KEPT_ANSWER = 4_096;

/** A request with a payment that was taken before: its receipt, and the answer where it can be had. */
export interface Served {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Undefined for an answer that wasn't paid: the model's own error. */
  readonly paid: Paid | undefined;
}

/** An answer whose bytes go out as they come. */
export interface Streamed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends once the call is on the disk */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** What the call came to, once `pieces` has ended */
  readonly paid: () => Paid | undefined;
}

/** What a caller is told of its payment. */
export interface Paid {
  readonly network: string;
  readonly transaction: string;
  readonly receipt: SignedReceipt;
}

interface Running {
  readonly paymentDigest: Hex;
  readonly requestDigest: Hex;
  /** Resolves when the call is on the disk, or failed */
  readonly ended: Promise<unknown>;
}

/** What `Calls` is made of. */
export interface CallsOptions {
  readonly backend: Backend;
  readonly methods: readonly PaymentMethod[];
  readonly store: CallStore;
  readonly signer: ReceiptSigner;
  /** Told what went wrong where no caller is left to be told. */
  readonly onError: (error: unknown) => void;
  readonly onPaid: (method: string, amount: bigint) => void;
}

/** SHA-256 by the runtime's own code: several times faster than in JavaScript. */
export function digestOf(bytes: Uint8Array | string): Hex {
  return `0x${hash("sha256", bytes, "hex")}`;
}

/** Takes requests from payment to answer: each payment once, each paid call on the disk before its answer goes out. */
export class Calls {
  readonly #backend: Backend;
  readonly #methods: readonly PaymentMethod[];
  readonly #store: CallStore;
  readonly #signer: ReceiptSigner;
  readonly #onError: (error: unknown) => void;
  readonly #onPaid: (method: string, amount: bigint) => void;
  readonly #running = new Map<string, Running>();

  constructor({ backend, methods, store, signer, onError, onPaid }: CallsOptions) {
    this.#backend = backend;
    this.#methods = methods;
    this.#store = store;
    this.#signer = signer;
    this.#onError = onError;
    this.#onPaid = onPaid;
  }

  /**
   * Answers a request.
   *
   * @returns undefined when it carries no payment
   * @throws PaymentRefused, RequestRefused, and whatever the backend throws
   */
  async serve(request: InferenceRequest): Promise<Served | Streamed | undefined> {
    const quote = this.#backend.quote(request);
    for (const method of this.#methods) {
      const id = method.identify(request);
      if (id === undefined) continue;
      const paymentDigest = digestOf(String(request.headers["payment-signature"]));
      for (let before = this.#running.get(id); before !== undefined; before = this.#running.get(id)) {
        if (before.paymentDigest !== paymentDigest || before.requestDigest !== request.digest) throw inUse();
        await before.ended;
      }
      if (this.#store.has(id)) return this.#again(id, request, paymentDigest);
      return this.#run(method, id, request, quote, paymentDigest);
    }
    return undefined;
  }

  /** A paid call with its receipt; undefined for a payment that isn't known. */
  async receipt(
    id: string,
  ): Promise<{ readonly receipt: SignedReceipt; readonly feesAfter: bigint | undefined } | undefined> {
    const call = await this.#store.paid(id);
    return call === undefined ? undefined : { receipt: this.#signer.receiptOf(call), feesAfter: call.feesAfter };
  }

  /**
   * Decides about all payments that were begun before a crash. What the chain can't be asked about now stays as it is.
   */
  async recover(): Promise<void> {
    for (const { id } of this.#store.begun()) {
      if (!this.#running.has(id)) await this.#recoverOne(id).catch(this.#onError);
    }
  }

  /** Waits for all calls that run. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #run(
    method: PaymentMethod,
    id: string,
    request: InferenceRequest,
    quote: bigint,
    paymentDigest: Hex,
  ): Promise<Served | Streamed> {
    let end: (value?: unknown) => void = () => undefined;
    const ended = new Promise((resolve) => (end = resolve));
    this.#running.set(id, { paymentDigest, requestDigest: request.digest, ended });
    const finish = (): void => {
      this.#running.delete(id);
      end();
    };
    let streams = false;
    try {
      const authorized = await method.authorize(request, quote);
      let response: InferenceResponse;
      try {
        response = await untilAborted(request.signal, this.#backend.run(request));
        if (response.status >= 400) {
          method.release(authorized);
          return { status: response.status, headers: response.headers, body: await whole(response), paid: undefined };
        }
        // Until it is taken such a payment can be withdrawn: the answer is held back until then.
        if (method.settlesOnChain) {
          response = { ...response, body: await untilAborted(request.signal, whole(response)) };
        }
      } catch (error) {
        method.release(authorized);
        throw error;
      }
      const { status, headers, body } = response;
      const settle = (responseDigest: Hex, outcome: Outcome, answer?: StoredAnswer): Promise<Paid> =>
        this.#settle(method, authorized, { request, paymentDigest, responseDigest, outcome, answer });
      if (!(body instanceof Uint8Array)) {
        streams = true;
        return this.#stream(method, authorized, response, body, request.signal, settle, finish);
      }
      let outcome: Outcome;
      try {
        outcome = await response.outcome;
      } catch (error) {
        method.release(authorized);
        throw error;
      }
      const keep = !this.#backend.deterministic && body.length <= KEPT_ANSWER;
      const answer = keep ? { status, headers, body: Buffer.from(body).toString("base64") } : undefined;
      const paid = await settle(digestOf(body), outcome, answer);
      return { status, headers, body, paid };
    } finally {
      if (!streams) finish();
    }
  }

  /** Takes the payment of an answered call and writes it down. */
  async #settle(
    method: PaymentMethod,
    authorized: Authorized,
    {
      request,
      paymentDigest,
      responseDigest,
      outcome,
      answer,
    }: {
      readonly request: InferenceRequest;
      readonly paymentDigest: Hex;
      readonly responseDigest: Hex;
      readonly outcome: Outcome;
      readonly answer: StoredAnswer | undefined;
    },
  ): Promise<Paid> {
    const { id, payer, limit } = authorized;
    const { query } = outcome;
    const price = outcome.price < limit ? outcome.price : limit;
    const answered: Answered = {
      id,
      method: method.name,
      payer,
      price,
      paymentDigest,
      requestDigest: request.digest,
      responseDigest,
      queryDigest: queryDigest(query),
      query,
      time: Math.floor(Date.now() / 1000),
      ...(answer === undefined ? {} : { answer }),
    };
    if (method.settlesOnChain) await this.#store.append({ kind: "begun", call: { ...answered, authorized } });
    let taken: Taken;
    try {
      taken = await method.take(authorized, price);
    } catch (error) {
      // Only a refusal says that nothing was taken; of anything else the chain is asked later.
      if (error instanceof PaymentRefused && method.settlesOnChain) await this.#store.append({ kind: "abandoned", id });
      if (error instanceof PaymentRefused) method.release(authorized);
      throw error;
    }
    return this.#paid(method, answered, taken);
  }

  async #paid(method: PaymentMethod, answered: Answered, taken: Taken): Promise<Paid> {
    const { amount, feesAfter, proof, transaction = "" } = taken;
    const signed = await this.#signer.sign({ ...answered, amount });
    const call: PaidCall = { ...answered, amount, feesAfter, proof, signed };
    await this.#store.append({ kind: "paid", call });
    this.#onPaid(method.name, amount);
    return { network: method.network, transaction, receipt: this.#signer.receiptOf(call) };
  }

  #stream(
    method: PaymentMethod,
    authorized: Authorized,
    { status, headers, outcome }: InferenceResponse,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
    settle: (responseDigest: Hex, outcome: Outcome) => Promise<Paid>,
    finish: () => void,
  ): Streamed {
    let paid: Paid | undefined;
    const onError = this.#onError;
    // Its failure is seen when it is awaited.
    outcome.catch(() => undefined);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      const sum = createHash("sha256");
      let state: "running" | "whole" | "failed" = "running";
      const charge = async (): Promise<void> => {
        paid = await settle(`0x${sum.digest("hex")}`, await outcome);
      };
      try {
        try {
          for await (const piece of body) {
            sum.update(piece);
            yield piece;
          }
          await charge();
          state = "whole";
        } catch (error) {
          state = "failed";
          if (paid === undefined) method.release(authorized);
          throw error;
        }
      } finally {
        // The caller hung up: it pays what the backend says that its part came to.
        if (state === "running") {
          await charge().catch((error: unknown) => {
            method.release(authorized);
            onError(error);
          });
        }
        finish();
      }
    }
    return { status, headers, pieces: abortable(pieces(), signal), paid: () => paid };
  }

  async #again(id: string, request: InferenceRequest, paymentDigest: Hex): Promise<Served> {
    const call = (await this.#store.paid(id)) ?? (await this.#recoverOne(id));
    if (call === undefined)
      throw new PaymentRefused("payment_failed", "this payment did not go through: make a new one");
    if (call.requestDigest !== request.digest || call.paymentDigest !== paymentDigest) throw inUse();
    const paid: Paid = {
      network: this.#methods.find(({ name }) => name === call.method)?.network ?? "",
      transaction: "",
      receipt: this.#signer.receiptOf(call),
    };
    if (call.answer !== undefined) {
      const { status, headers, body } = call.answer;
      return { status, headers, body: Buffer.from(body, "base64"), paid };
    }
    if (this.#backend.deterministic) {
      const response = await untilAborted(request.signal, this.#backend.run(request));
      const body = await whole(response);
      if (digestOf(body) === call.responseDigest) {
        return { status: response.status, headers: response.headers, body, paid };
      }
    }
    const gone = { error: "answer_gone", message: "this payment was answered before, and the answer wasn't kept" };
    const headers = { "content-type": "application/json" };
    return { status: 409, headers, body: Buffer.from(JSON.stringify(gone)), paid };
  }

  async #recoverOne(id: string): Promise<PaidCall | undefined> {
    const call = this.#store.begun().find((begun) => begun.id === id);
    if (call === undefined) return this.#store.paid(id);
    const method = this.#methods.find(({ name }) => name === call.method);
    if (method === undefined) throw new Error(`payment ${id} was begun with the method ${call.method}: configure it`);
    const { authorized, ...answered } = call;
    const taken = await method.recover(authorized as Authorized);
    // Somebody else may have decided meanwhile.
    if (!this.#store.begun().includes(call)) return this.#store.paid(id);
    if (taken === undefined) {
      await this.#store.append({ kind: "abandoned", id });
      return undefined;
    }
    await this.#paid(method, answered, taken);
    return this.#store.paid(id);
  }
}

type Outcome = Awaited<InferenceResponse["outcome"]>;

function inUse(): RequestRefused {
  return new RequestRefused(409, "payment_in_use", "this payment was made with another request: make a new one");
}

async function whole({ body }: InferenceResponse): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What a promise gives, unless the signal comes first. */
function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const aborted = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

/** Ends an iteration when the signal comes, even if its source doesn't heed it. */
async function* abortable<T>(source: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    for (;;) {
      const next = await untilAborted(signal, source.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that hangs would hold this one.
    void source.return(undefined).catch(() => undefined);
  }
}
