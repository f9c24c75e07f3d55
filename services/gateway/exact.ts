import type { PaymentRequirements } from "@x402/core/types";
import { ClientError, type Sender, type Suite } from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";
import {
  authorizationId,
  Authorizations,
  networkOf,
  readAuthorization,
  REASONS,
  type Settlement,
  type SignedAuthorization,
  X402_VERSION,
} from "./eip3009.ts";
import {
  type Authorized,
  type InferenceRequest,
  type PaymentMethod,
  paymentPayload,
  PaymentRefused,
  type Taken,
} from "./ports.ts";
import type { CallStore } from "./store.ts";

/** A verified payment of x402's scheme "exact". */
export interface ExactAuthorized extends Authorized {
  readonly signed: SignedAuthorization;
}

/** What the store keeps of a payment: where its money arrived. */
export type ExactProof = Settlement;

/** A sweep of the model's receiver, and what it credited. */
export interface Sweep {
  readonly transaction: Hex;
  readonly block: number;
  /** All that was credited, in the currency's smallest unit, before the protocol fee */
  readonly amount: bigint;
  /** The model's fee counter after it: that of the receipts of all payments that it credited */
  readonly feesAfter: bigint;
  /** Ids of the payments that it credited, in the order in which they arrived */
  readonly credited: readonly string[];
  /** The part of `amount` that came without a payment that was known then: income without a receipt */
  readonly unknown: bigint;
}

/** How the scheme is served. */
export interface ExactOptions {
  readonly suite: Suite;
  readonly model: bigint;
  readonly store: CallStore;
  /** Pays the gas of transfers and sweeps; the operator's wallet or a relayer's */
  readonly sender: Pick<Sender, "address" | "send">;
  /**
   * Seconds that an authorization must still hold when it comes: the longest answer, and some blocks for the transfer.
   */
  readonly settleWithin?: number;
  /** Seconds that clients are asked to let it hold */
  readonly maxTimeout?: number;
}

type Place = Pick<Settlement, "block" | "logIndex">;

interface Arrived {
  readonly id: string;
  readonly amount: bigint;
  readonly proof: ExactProof;
}

const SETTLE_WITHIN = 60;
const MAX_TIMEOUT = 300;

/**
 * x402's scheme "exact" (version 2) with EIP-3009 authorizations: the payer signs a transfer to the model's receiver, the
 * gateway sends it. The scheme ties a payment to no request, so an authorization that somebody else sent to the token is
 * as good as an unsent one, as long as it still holds and the store doesn't know it: the money is at the receiver.
 */
export class ExactMethod implements PaymentMethod<ExactAuthorized> {
  readonly name = "exact";
  readonly settlesOnChain = true;
  readonly network: string;
  readonly #suite: Suite;
  readonly #model: bigint;
  readonly #store: CallStore;
  readonly #sender: Pick<Sender, "address" | "send">;
  readonly #settleWithin: number;
  readonly #maxTimeout: number;
  readonly #receiver: string;
  readonly #authorizations: Authorizations;
  /** Payments that no sweep has credited yet */
  #open: Arrived[] = [];
  /** First block whose sweeps weren't looked at */
  #nextBlock: number;
  #looking: Promise<Sweep[]> | undefined;

  private constructor(options: ExactOptions, receiver: string) {
    const { suite, model, store, sender, settleWithin = SETTLE_WITHIN, maxTimeout = MAX_TIMEOUT } = options;
    this.network = networkOf(suite);
    this.#suite = suite;
    this.#model = model;
    this.#store = store;
    this.#sender = sender;
    this.#settleWithin = settleWithin;
    this.#maxTimeout = maxTimeout;
    this.#receiver = receiver;
    this.#authorizations = new Authorizations(suite, sender);
    this.#nextBlock = suite.book.fromBlock;
  }

  /** Reads which payments of the store aren't credited, and looks whether sweeps have credited them since. */
  static async open(options: ExactOptions): Promise<ExactMethod> {
    const method = new ExactMethod(options, await options.suite.receivers.receiverOf(options.model));
    for await (const { id, method: name, amount, feesAfter, proof } of options.store.calls()) {
      if (name !== method.name || feesAfter !== undefined) continue;
      method.#open.push({ id, amount, proof: proof as ExactProof });
    }
    await method.look();
    return method;
  }

  requirements(price: bigint): Promise<PaymentRequirements> {
    return this.#authorizations.requirements(this.#receiver, price, this.#maxTimeout);
  }

  identify(request: InferenceRequest): string | undefined {
    const found = paymentPayload(request, "exact");
    return found === undefined ? undefined : authorizationId(signedOf(found.payload));
  }

  async authorize(request: InferenceRequest, price: bigint): Promise<ExactAuthorized> {
    const found = paymentPayload(request, "exact");
    if (found === undefined) throw new PaymentRefused(REASONS.malformed, "the request carries no such payment");
    const signed = signedOf(found.payload);
    const requirements = await this.requirements(price);
    const { network } = found.accepted;
    const accepted = { ...requirements, network: network as PaymentRequirements["network"] };
    const { isValid, invalidReason = REASONS.malformed } = await this.#authorizations.verify(
      { x402Version: X402_VERSION, accepted, payload: found.payload },
      requirements,
    );
    if (!isValid && !(invalidReason === REASONS.nonceUsed && (await this.#authorizations.settlementOf(signed)))) {
      throw new PaymentRefused(invalidReason, `the payment is refused: ${invalidReason}`);
    }
    const { from, value, validBefore } = signed.authorization;
    if (BigInt(validBefore) < BigInt(Math.ceil(Date.now() / 1_000) + this.#settleWithin)) {
      throw new PaymentRefused(
        REASONS.validBefore,
        `the authorization ends before an answer can be made: let it hold ${this.#maxTimeout} s`,
      );
    }
    return { id: authorizationId(signed), payer: from, limit: BigInt(value), signed };
  }

  /**
   * Takes the whole authorization: the scheme knows no less.
   *
   * @throws PaymentRefused when the token refuses the transfer: the payer has cancelled, or has spent its money
   */
  async take(authorized: ExactAuthorized): Promise<Taken> {
    try {
      return await this.#settle(authorized);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "reverted") throw error;
      throw new PaymentRefused(REASONS.failed, error.message);
    }
  }

  /** Nothing is reserved: the authorization holds for whoever sends it first. */
  release(): void {
    // The token itself takes each authorization once.
  }

  /** The call was answered, so what was begun is brought to its end; undefined if the token refuses it. */
  async recover(authorized: ExactAuthorized): Promise<Taken | undefined> {
    await this.#authorizations.quiet();
    try {
      return await this.#settle(authorized);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "reverted") throw error;
      return undefined;
    }
  }

  /**
   * Credits the model with what lies at its receiver, and marks the payments that were credited.
   *
   * @returns all sweeps since the last look, this one and those of others
   */
  async sweepReceiver(): Promise<Sweep[]> {
    const { receivers, currency } = this.#suite;
    if ((await currency.balanceOf(this.#receiver)) > 0n) {
      try {
        await this.#sender.send("sweeping the receiver", receivers.sweep.populateTransaction(this.#model));
      } catch (error) {
        // Somebody was faster: its event says so.
        if (!(error instanceof ClientError && error.revert?.name === "NothingToSweep")) throw error;
      }
    }
    await this.#looking;
    return this.#lookOnce();
  }

  async look(): Promise<void> {
    await this.#lookOnce();
  }

  #lookOnce(): Promise<Sweep[]> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Marks the payments that sweeps have credited, whoever sent them. */
  async #look(): Promise<Sweep[]> {
    const block = await this.#suite.provider.getBlockNumber();
    const from = this.#nextBlock;
    if (block < from) return [];
    // A payment that is taken from here on looks for its sweep itself.
    this.#nextBlock = block + 1;
    try {
      return await this.#credit(from, block);
    } catch (error) {
      this.#nextBlock = from;
      throw error;
    }
  }

  /** Credits what the sweeps of some blocks swept. */
  async #credit(from: number, to: number): Promise<Sweep[]> {
    const { receivers } = this.#suite;
    const events = await receivers.queryFilter(receivers.filters.Swept(this.#model), from, to);
    const sweeps: Sweep[] = [];
    for (const { args, transactionHash, ...log } of events) {
      const place = placeOf(log);
      const arrived = this.#open.filter(({ proof }) => compare(proof, place) < 0);
      arrived.sort((a, b) => compare(a.proof, b.proof));
      const ids = arrived.map(({ id }) => id);
      const { amount, feesAfter } = args;
      if (ids.length > 0) {
        await this.#store.append({ kind: "credited", credited: { ids, feesAfter, block: place.block } });
        this.#open = this.#open.filter((payment) => !arrived.includes(payment));
      }
      const unknown = arrived.reduce((rest, payment) => rest - payment.amount, amount);
      sweeps.push({
        transaction: transactionHash as Hex,
        block: place.block,
        amount,
        feesAfter,
        credited: ids,
        unknown,
      });
    }
    return sweeps;
  }

  async #settle({ id, signed, limit: amount }: ExactAuthorized): Promise<Taken> {
    const proof: ExactProof = await this.#authorizations.settle(signed);
    const { transaction } = proof;
    for (let looked = 0; looked !== this.#nextBlock;) {
      looked = this.#nextBlock;
      if (proof.block >= looked) break;
      // It may have been swept before anything was known of it; and others may be looked at while this asks.
      const { receivers } = this.#suite;
      const swept = await receivers.queryFilter(receivers.filters.Swept(this.#model), proof.block);
      const sweep = swept.find((event) => compare(proof, placeOf(event)) < 0);
      if (sweep !== undefined) return { amount, feesAfter: sweep.args.feesAfter, proof, transaction };
    }
    this.#open.push({ id, amount, proof });
    return { amount, feesAfter: undefined, proof, transaction };
  }
}

/** @throws PaymentRefused for anything but an EIP-3009 authorization */
function signedOf(payload: Readonly<Record<string, unknown>>): SignedAuthorization {
  const signed = readAuthorization(payload);
  if (signed === undefined) throw new PaymentRefused(REASONS.malformed, "the payment has no EIP-3009 authorization");
  return signed;
}

/** Order on the chain. */
function compare(a: Place, b: Place): number {
  return a.block - b.block || a.logIndex - b.logIndex;
}

function placeOf({ blockNumber, index }: { readonly blockNumber: number; readonly index: number }): Place {
  return { block: blockNumber, logIndex: index };
}
