import type { IncomingHttpHeaders } from "node:http";
import { decodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import { ClientError, type Sender, type Suite } from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";
import {
  authorizationId,
  Authorizations,
  isPayment,
  readAuthorization,
  REASONS,
  type Settlement,
  type SignedAuthorization,
  X402_VERSION,
} from "./eip3009.ts";
import { type Authorized, type InferenceRequest, type PaymentMethod, PaymentRefused, type Taken } from "./ports.ts";

/** A verified payment of x402's scheme "exact". Besides `limit` it is plain JSON. */
export interface ExactAuthorized extends Authorized {
  readonly signed: SignedAuthorization;
}

/** What is kept of a payment that was taken: where its money arrived. */
export interface ExactProof extends Settlement {
  readonly network: string;
}

/** A payment whose money may still lie at the model's receiver. */
export interface ArrivedPayment {
  readonly id: string;
  readonly amount: bigint;
  readonly proof: ExactProof;
}

/** A place on the chain: of a transfer or a sweep. */
export type Place = Pick<Settlement, "block" | "logIndex">;

/** A sweep, and what it credited. */
export interface Sweep extends Place {
  readonly transaction: Hex;
  /** All that was credited, in the currency's smallest unit, before the protocol fee */
  readonly amount: bigint;
  /** The model's fee counter after it: that of the receipts of all payments that it credited */
  readonly feesAfter: bigint;
  /** Ids of the payments that it credited, in the order in which they arrived */
  readonly credited: readonly string[];
  /** The part of `amount` that came without a known payment: income without a receipt */
  readonly unknown: bigint;
}

/** Limits of the scheme, in seconds. */
export interface ExactLimits {
  /** How long an authorization must still hold when it comes: the longest answer, and a block for the transfer */
  readonly settleWithin: number;
  /** How long clients are asked to let it hold */
  readonly maxTimeout: number;
}

export const EXACT_LIMITS: ExactLimits = { settleWithin: 60, maxTimeout: 300 };

/**
 * x402's scheme "exact" (version 2) with EIP-3009 authorizations: the payer signs a transfer to the model's receiver, the
 * gateway sends it. The scheme ties a payment to no request, so an authorization that somebody else sent to the token is
 * as good as an unsent one, as long as it still holds and its id wasn't taken: the money is at the receiver.
 */
export class ExactMethod implements PaymentMethod<ExactAuthorized> {
  readonly name = "exact";
  private readonly suite: Suite;
  private readonly model: bigint;
  private readonly sender: Sender;
  private readonly limits: ExactLimits;
  private readonly authorizations: Authorizations;
  private receiver: Promise<string> | undefined;

  /** @param sender - pays the gas of transfers and sweeps; the operator's wallet or a relayer's */
  constructor(suite: Suite, model: bigint, sender: Sender, limits: ExactLimits = EXACT_LIMITS) {
    this.suite = suite;
    this.model = model;
    this.sender = sender;
    this.limits = limits;
    this.authorizations = new Authorizations(suite, sender);
  }

  async requirements(price: bigint): Promise<PaymentRequirements> {
    const receiver = await (this.receiver ??= this.suite.receivers.receiverOf(this.model));
    return this.authorizations.requirements(receiver, price, this.limits.maxTimeout);
  }

  async authorize({ headers }: InferenceRequest, price: bigint): Promise<ExactAuthorized | undefined> {
    const payment = readPayment(headers);
    if (payment?.accepted.scheme !== "exact") return undefined;
    const signed = readAuthorization(payment.payload);
    if (signed === undefined) throw new PaymentRefused(REASONS.malformed, "the payment has no EIP-3009 authorization");
    const { isValid, invalidReason = REASONS.malformed } = await this.authorizations.verify(
      payment,
      await this.requirements(price),
    );
    const arrived = invalidReason === REASONS.nonceUsed && (await this.authorizations.settlementOf(signed));
    if (!isValid && (arrived === false || arrived === undefined)) {
      throw new PaymentRefused(invalidReason, `the payment is refused: ${invalidReason}`);
    }
    const { from, value, validBefore } = signed.authorization;
    if (BigInt(validBefore) < BigInt(Math.ceil(Date.now() / 1_000) + this.limits.settleWithin)) {
      throw new PaymentRefused(
        REASONS.validBefore,
        `the authorization ends before an answer can be made: let it hold ${this.limits.maxTimeout} s`,
      );
    }
    return { id: authorizationId(signed), payer: from, limit: BigInt(value), signed };
  }

  /** Takes the whole authorization: the scheme knows no less. */
  async take({ signed, limit }: ExactAuthorized): Promise<Taken> {
    const requirements = await this.requirements(limit);
    const settlement = await this.authorizations.settle(
      { x402Version: X402_VERSION, accepted: requirements, payload: { ...signed } },
      requirements,
    );
    return this.taken(limit, settlement);
  }

  async recover({ signed, limit }: ExactAuthorized): Promise<Taken | undefined> {
    await this.authorizations.quiet();
    const settlement = await this.authorizations.settlementOf(signed);
    return settlement === undefined ? undefined : this.taken(limit, settlement);
  }

  /**
   * Credits the model with what lies at its receiver, and tells which sweeps, this one or one that somebody else sent
   * before, credited which payments.
   *
   * @param open - the payments that were taken and aren't known to be credited
   * @param after - the last sweep that is known; undefined if none is
   * @returns every sweep since then, in order
   */
  async sweepReceiver(open: readonly ArrivedPayment[], after?: Place): Promise<Sweep[]> {
    const { receivers, currency, book } = this.suite;
    const receiver = await receivers.receiverOf(this.model);
    if ((await currency.balanceOf(receiver)) > 0n) {
      try {
        await this.sender.send("sweeping the receiver", receivers.sweep.populateTransaction(this.model));
      } catch (error) {
        // Somebody was faster: the events below have it.
        if (!(error instanceof ClientError && error.revert?.name === "NothingToSweep")) throw error;
      }
    }
    const swept = await receivers.queryFilter(receivers.filters.Swept(this.model), after?.block ?? book.fromBlock);
    const events = swept.filter((event) => after === undefined || compare(after, placeOf(event)) < 0);
    const waiting = [...open].sort((a, b) => compare(a.proof, b.proof));
    return events.map((event) => {
      const place = placeOf(event);
      const count = waiting.filter(({ proof }) => compare(proof, place) < 0).length;
      const credited = waiting.splice(0, count);
      const { amount, feesAfter } = event.args;
      return {
        ...place,
        transaction: event.transactionHash as Hex,
        amount,
        feesAfter,
        credited: credited.map(({ id }) => id),
        unknown: credited.reduce((rest, payment) => rest - payment.amount, amount),
      };
    });
  }

  private taken(amount: bigint, settlement: Settlement): Taken {
    const proof: ExactProof = { ...settlement, network: `eip155:${this.suite.book.chainId}` };
    return { amount, feesAfter: undefined, proof };
  }
}

/**
 * The payment of a request, in version 2's header.
 *
 * @returns undefined when there is none
 * @throws PaymentRefused when it isn't one of x402
 */
export function readPayment(headers: IncomingHttpHeaders): PaymentPayload | undefined {
  const header = headers["payment-signature"];
  if (typeof header !== "string") return undefined;
  let payment: unknown;
  try {
    payment = decodePaymentSignatureHeader(header);
  } catch {
    throw new PaymentRefused(REASONS.malformed, "PAYMENT-SIGNATURE isn't JSON in base64");
  }
  if (!isPayment(payment))
    throw new PaymentRefused(REASONS.malformed, "PAYMENT-SIGNATURE isn't a payment of x402 version 2");
  return payment;
}

/** Order on the chain. */
function compare(a: Place, b: Place): number {
  return a.block - b.block || a.logIndex - b.logIndex;
}

function placeOf({ blockNumber, index }: { readonly blockNumber: number; readonly index: number }): Place {
  return { block: blockNumber, logIndex: index };
}
