import type { TypedDataDomain, TypedDataField } from "ethers";
import { type Hex, sha256 } from "../scorer/index.ts";
import { ClientError } from "./clientError.ts";
import { marketDomain, VOUCHER_SCHEME, VOUCHER_TYPES } from "./payments.ts";
import { parseSignedReceipt, RECEIPT_HEADER, receiptSigner, type SignedReceipt } from "./receipts.ts";
import type { Suite } from "./suite.ts";

/** A key that signs vouchers: a wallet of ethers, or of a browser. */
export interface VoucherSigner {
  readonly address: string;
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    message: Record<string, unknown>,
  ): Promise<string>;
}

/** What a caller must not forget. */
export interface CallerStore {
  /**
   * Raises the amount that a channel's vouchers are over. The new one is on the disk when this resolves, and is signed
   * after that only, so that no crash makes a smaller one or the same twice. One at a time.
   *
   * @param next - the new amount from the one that stands there (0 for none); what it throws leaves all as it is
   */
  raise(channel: string, next: (signed: bigint) => bigint): Promise<bigint>;
  /** What a channel's receipts come to so far, in the currency's smallest unit. */
  paid(channel: string): Promise<bigint>;
  /** Keeps a receipt; the same one twice is once. */
  keep(channel: string, receipt: SignedReceipt): Promise<void>;
}

/** A request to a model. */
export interface ModelRequest {
  readonly url: string;
  /** POST unless given */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A model's answer, paid. */
export interface PaidAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Checked: it is of this call, and signed by the model's operator */
  readonly receipt: SignedReceipt;
  /** What the voucher is over, in the currency's smallest unit */
  readonly cumulative: bigint;
}

/** What a caller works with. */
export interface CallerOptions {
  readonly suite: Suite;
  readonly payer: VoucherSigner;
  readonly store: CallerStore;
  readonly fetch?: typeof fetch;
}

/** Calls models over HTTP and pays by vouchers over a prepaid balance. Runs in browsers, too. */
export class Caller {
  readonly #suite: Suite;
  readonly #payer: VoucherSigner;
  readonly #store: CallerStore;
  readonly #fetch: typeof fetch;
  /** What calls that run may come to, by channel */
  readonly #running = new Map<string, bigint>();

  constructor({ suite, payer, store, fetch: own = fetch }: CallerOptions) {
    this.#suite = suite;
    this.#payer = payer;
    this.#store = store;
    this.#fetch = own;
  }

  /** What a request would cost at most, in the currency's smallest unit. */
  async quote(model: bigint, request: ModelRequest): Promise<bigint> {
    return this.#priceOf(model, await this.#send(request));
  }

  /**
   * Asks a model and pays for its answer.
   *
   * @param maxPrice - in the currency's smallest unit: nothing dearer is bought, and the voucher of this call is over no
   * more than this above the one before
   * @throws ClientError `too-expensive`, `refused` by the gateway or the model, `mismatch` for a receipt that isn't of this
   * call (which was paid all the same), `network`
   */
  async call(model: bigint, request: ModelRequest, { maxPrice }: { readonly maxPrice: bigint }): Promise<PaidAnswer> {
    const price = await this.quote(model, request);
    if (price > maxPrice) {
      throw new ClientError("too-expensive", `the model asks for ${price}, more than ${maxPrice}: nothing was paid`);
    }
    const channel = this.#channelOf(model);
    const spent = await this.#spent(model);
    this.#add(channel, price);
    try {
      const paid = await this.#store.paid(channel);
      const used = (paid > spent ? paid : spent) + (this.#running.get(channel) ?? price);
      const first = await this.#raise(channel, spent, used, maxPrice);
      let { cumulative } = first;
      let response = await this.#pay(model, request, cumulative);
      const least = await leastOf(response);
      if (least !== undefined) {
        // The gateway counts calls whose answers were lost on their way here.
        ({ cumulative } = await this.#raise(channel, spent, least, maxPrice - first.by));
        response = await this.#pay(model, request, cumulative);
      }
      if (!response.ok) throw await refusal(response);
      return await this.#receive(model, request, response, cumulative, price);
    } finally {
      this.#add(channel, -price);
    }
  }

  #channelOf(model: bigint): string {
    const { chainId, contracts } = this.#suite.book;
    return [chainId, contracts.market, this.#payer.address, model].join("-").toLowerCase();
  }

  #add(channel: string, amount: bigint): void {
    this.#running.set(channel, (this.#running.get(channel) ?? 0n) + amount);
  }

  async #spent(model: bigint): Promise<bigint> {
    return (await this.#suite.market.channelOf(this.#payer.address, model)).spent;
  }

  /**
   * The amount of the next voucher: what the calls come to, and more than any before.
   *
   * @param most - by how much more it may be
   */
  async #raise(
    channel: string,
    spent: bigint,
    least: bigint,
    most: bigint,
  ): Promise<{ readonly cumulative: bigint; readonly by: bigint }> {
    let by = 0n;
    const cumulative = await this.#store.raise(channel, (signed) => {
      const before = signed > spent ? signed : spent;
      by = least > before ? least - before : 1n;
      if (by <= most) return before + by;
      throw new ClientError(
        "too-expensive",
        `the gateway wants a voucher over ${before + by}, ${by} above the last one, and ${most} may be added: it counts calls that this caller doesn't know`,
      );
    });
    return { cumulative, by };
  }

  /** Sends a request with its voucher. If the answer is lost it is sent once more: the same payment, the same answer. */
  async #pay(model: bigint, request: ModelRequest, cumulative: bigint): Promise<Response> {
    const payer = this.#payer.address.toLowerCase();
    const message = { payer, model, cumulative };
    const signature = await this.#payer.signTypedData(marketDomain(this.#suite), VOUCHER_TYPES, message);
    const payment = {
      x402Version: 2,
      accepted: { scheme: VOUCHER_SCHEME, network: this.#network() },
      payload: { payer, model: String(model), cumulative: String(cumulative), signature },
    };
    const headers = { ...request.headers, "payment-signature": btoa(JSON.stringify(payment)) };
    const send = (): Promise<Response> => this.#send({ ...request, headers });
    return send().catch(send);
  }

  async #send({ url, method = "POST", headers, body }: ModelRequest): Promise<Response> {
    const bodyless = method === "GET" || method === "HEAD";
    return this.#fetch(url, {
      method,
      headers: { ...headers },
      body: bodyless ? null : new Uint8Array(body),
      redirect: "error",
    }).catch((cause: unknown) => {
      throw new ClientError("network", `${new URL(url).origin} can't be reached: is the gateway running?`, { cause });
    });
  }

  #network(): string {
    return `eip155:${this.#suite.book.chainId}`;
  }

  /** The price in a 402 answer, for this model in this deployment. */
  #priceOf(model: bigint, response: Response): bigint {
    if (response.status !== 402) {
      const what = `${response.url} answered ${response.status} instead of asking for payment`;
      throw new ClientError("refused", `${what}: is it a gateway's, and the path the model's?`);
    }
    const { market, currency } = this.#suite.book.contracts;
    const accepts = objectOf(decode(response.headers.get("payment-required") ?? ""))?.accepts;
    for (const entry of Array.isArray(accepts) ? (accepts as unknown[]) : []) {
      const { scheme, network, asset, payTo, amount, extra } = objectOf(entry) ?? {};
      const fits =
        scheme === VOUCHER_SCHEME &&
        network === this.#network() &&
        String(asset).toLowerCase() === currency.toLowerCase() &&
        String(payTo).toLowerCase() === market.toLowerCase() &&
        objectOf(extra)?.model === String(model);
      if (fits && typeof amount === "string" && /^\d{1,34}$/.test(amount)) return BigInt(amount);
    }
    throw new ClientError("refused", `${response.url} takes no vouchers for model ${model} of this deployment`);
  }

  async #receive(
    model: bigint,
    request: ModelRequest,
    response: Response,
    cumulative: bigint,
    price: bigint,
  ): Promise<PaidAnswer> {
    const contentType = response.headers.get("content-type") ?? "";
    const whole = new Uint8Array(await response.arrayBuffer());
    const { body, encoded } = splitEvents(contentType, whole);
    const payer = this.#payer.address.toLowerCase() as Hex;
    const payment = `voucher-${payer}-${model}-${cumulative}`;
    const inHeader = response.headers.get(RECEIPT_HEADER) ?? encoded;
    const json = inHeader === undefined ? await this.#askReceipt(request.url, payment) : atob(inHeader);
    const receipt = parseSignedReceipt(json);
    const expected = {
      model: String(model),
      payer,
      payment,
      requestDigest: sha256(request.body),
      responseDigest: sha256(body),
    };
    for (const [name, value] of Object.entries(expected) as [keyof typeof expected, string][]) {
      if (receipt[name] !== value) throw badReceipt(`names ${name} ${receipt[name]}, and not ${value}`);
    }
    if (BigInt(receipt.amount) > price) throw badReceipt(`is over ${receipt.amount}, more than the ${price} asked for`);
    const operator = await this.#suite.models.operatorOf(model);
    if (receiptSigner(this.#suite, receipt) !== operator) throw badReceipt(`isn't signed by the operator ${operator}`);
    await this.#store.keep(this.#channelOf(model), receipt);
    return { status: response.status, contentType, body, receipt, cumulative };
  }

  /** A body that isn't one of events has its receipt in a trailer, which `fetch` doesn't show. */
  async #askReceipt(url: string, payment: string): Promise<string> {
    const response = await this.#send({ url: new URL(`/receipts/${payment}`, url).href, method: "GET", body: EMPTY });
    if (!response.ok) throw badReceipt("isn't there");
    return response.text();
  }
}

const EMPTY = new Uint8Array(0);

function badReceipt(what: string): ClientError {
  return new ClientError("mismatch", `the receipt ${what}: keep the answer, and don't call this gateway again`);
}

/** The least amount that a gateway takes a voucher over, if it refused one for being too low. */
async function leastOf(response: Response): Promise<bigint | undefined> {
  if (response.status !== 402) return undefined;
  const { error, details } = objectOf(parse(await response.clone().text())) ?? {};
  const cumulative = objectOf(details)?.cumulative;
  if (error !== "voucher_too_low" || typeof cumulative !== "string" || !/^\d{1,34}$/.test(cumulative)) return undefined;
  return BigInt(cumulative);
}

async function refusal(response: Response): Promise<ClientError> {
  const { error, message } = objectOf(parse(await response.text())) ?? {};
  const said = typeof message === "string" ? `: ${message}` : "";
  const what = typeof error === "string" ? ` (${error})` : "";
  return new ClientError("refused", `${response.url} answered ${response.status}${what}${said}`);
}

/** Takes the receipt off the end of a stream of events. */
function splitEvents(contentType: string, whole: Uint8Array): { body: Uint8Array; encoded: string | undefined } {
  if (!contentType.startsWith("text/event-stream")) return { body: whole, encoded: undefined };
  // One character for each byte, so that places in the text are places in the body.
  const text = new TextDecoder("latin1").decode(whole);
  const event = new RegExp(`event: ${RECEIPT_HEADER}\\ndata: ([A-Za-z0-9+/=]+)\\n\\n$`).exec(text);
  return event === null
    ? { body: whole, encoded: undefined }
    : { body: whole.subarray(0, event.index), encoded: event[1] };
}

function decode(base64: string): unknown {
  try {
    return parse(atob(base64));
  } catch {
    return undefined;
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
