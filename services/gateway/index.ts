import type { Wallet } from "ethers";
import type { FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import type { Suite } from "../../client/index.ts";
import { Calls } from "./calls.ts";
import type { Backend, PaymentMethod } from "./ports.ts";
import { ReceiptSigner } from "./receipts.ts";
import { DEFAULT_LIMITS, gatewayServer, type Limits, type Logging, Meters } from "./server.ts";
import { Signatures } from "./signatures.ts";
import type { CallStore } from "./store.ts";

export { collectInterval, type CollectedInterval, reportIntervals, type Reporting } from "./intervals.ts";
export {
  type Authorized,
  type Backend,
  type InferenceRequest,
  type InferenceResponse,
  type ModelRoute,
  type PaymentMethod,
  paymentPayload,
  PaymentRefused,
  RequestRefused,
  type Taken,
} from "./ports.ts";
export { PAID_CALL_TYPES, RECEIPT_HEADER, type SignedReceipt, VOUCHER_SCHEME } from "../../client/index.ts";
export { type Closed, closeInterval, type Closing } from "./closing.ts";
export { type ExactAuthorized, ExactMethod, type ExactOptions, type Sweep } from "./exact.ts";
export { facilitator, type FacilitatorOptions } from "./facilitator.ts";
export { type Pricing } from "./pricing.ts";
export { DEFAULT_LIMITS, type Limits, type Logging } from "./server.ts";
export { Signatures } from "./signatures.ts";
export { spamFilter } from "./spamFilter.ts";
export { CallStore, type PaidCall, StoreError, type StoreErrorCode } from "./store.ts";
export { createUpstream, textQuery, type UpstreamOptions } from "./upstream.ts";
export { type AuthorizedVoucher, VoucherMethod, type VoucherOptions } from "./vouchers.ts";

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly suite: Suite;
  readonly model: bigint;
  readonly backend: Backend;
  /** Ways of paying, the preferred one first */
  readonly methods: readonly PaymentMethod[];
  /** Closed with the gateway */
  readonly store: CallStore;
  /** Whose key signs receipts: the model's operator */
  readonly operator: Pick<Wallet, "privateKey">;
  /** Threads for signatures, if there are any that are shared with a payment method */
  readonly signatures?: Signatures;
  readonly limits?: Partial<Limits>;
  /** By default nothing is logged */
  readonly logger?: Logging;
  /** Further metrics, shown with the gateway's */
  readonly registries?: readonly Registry[];
  /** Seconds between two looks of the payment methods at the chain */
  readonly lookEvery?: number;
}

/** A gateway that is ready to listen. */
export interface Gateway {
  readonly server: FastifyInstance;
  /**
   * Listens.
   *
   * @returns the address
   */
  listen(options: { readonly host: string; readonly port: number }): Promise<string>;
  /** Takes no more requests, finishes those that run, and closes the store. */
  close(): Promise<void>;
}

/** Puts a gateway in front of a model; what a crash left undecided is decided first. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { suite, model, backend, methods, store, operator, logger = false, registries, lookEvery = 4 } = options;
  const signatures = options.signatures ?? new Signatures(Buffer.from(operator.privateKey.slice(2), "hex"));
  const meters = new Meters();
  const calls = new Calls({
    backend,
    methods,
    store,
    signer: new ReceiptSigner(suite.book.chainId, suite.book.contracts.usage, model, signatures),
    onError: (err) => server.log.error({ err }, "a payment waits"),
    onPaid: (method, amount) => {
      meters.payments.labels(method).inc();
      meters.paid.labels(method).inc(Number(amount));
    },
  });
  const server = await gatewayServer({
    backend,
    methods,
    calls,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    logger,
    meters,
    registries,
    model,
    recorded: () => store.size,
  });
  await server.ready();
  await calls.recover();
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    for (const method of methods) {
      await method.look?.().catch((err: unknown) => server.log.error({ err }, "the chain wasn't reached"));
    }
    await calls.recover();
    looking = undefined;
  };
  const timer = setInterval(() => void (looking ??= look()), lookEvery * 1000);
  timer.unref();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await server.close();
    await calls.settled();
    await looking;
    await store.close();
    await signatures.close();
  };
  return {
    server,
    listen: (address) => server.listen(address),
    close: () => (closing ??= close()),
  };
}
