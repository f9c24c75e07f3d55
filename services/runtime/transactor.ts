import { keccak256, type Provider, type TransactionReceipt, type Wallet } from "ethers";
import { ClientError, explainError } from "../../client/index.ts";
import type { Call } from "../calls.ts";
import { type FeePolicy, feesFor } from "./fees.ts";
import type { Attempt, Journal } from "./journal.ts";
import { pause, reasonOf } from "./rpc.ts";
import type { SendingMeters, ServiceLog } from "./telemetry.ts";

/** What became of a call. */
export type Sent =
  | { readonly kind: "mined"; readonly receipt: TransactionReceipt }
  /** In a block, and reverted: somebody was faster */
  | { readonly kind: "reverted"; readonly receipt: TransactionReceipt }
  /** The chain would refuse it; nothing was sent */
  | { readonly kind: "refused"; readonly error: ClientError }
  /** Gas costs more than the cap, and no deadline is near; nothing was sent */
  | { readonly kind: "too-dear" }
  /** On its way; the next look sends it again for more, if it is still due */
  | { readonly kind: "waiting"; readonly hash: string }
  /** Its nonce was used by another transaction of the wallet, which may be an earlier one with the same call */
  | { readonly kind: "lost"; readonly hash: string };

/** What a transactor is made of. */
export interface TransactorOptions {
  readonly wallet: Wallet;
  readonly provider: Provider;
  readonly chainId: number;
  readonly journal: Journal;
  readonly fees: FeePolicy;
  /** Milliseconds after which a transaction that isn't mined is sent again for more */
  readonly stuckAfter?: number | undefined;
  /** Blocks after which no reorg is expected */
  readonly confirmations?: number | undefined;
  readonly log: ServiceLog;
  readonly meters: SendingMeters;
}

const STUCK_AFTER = 60_000;
const CONFIRMATIONS = 64;
/** What a storage slot costs that somebody empties between a transaction's estimate and its block (EIP-2200). */
const FRESH_SLOT = 20_000n;
const FIRST_POLL = 20;
const LONGEST_POLL = 2_000;

/**
 * Sends a wallet's transactions, one at a time and each with the chain's next nonce. All that can be waiting under
 * this nonce excludes each other, and what is due is asked of the chain each time: so a restart or a reorg can neither
 * send anything twice nor leave a gap.
 */
export class Transactor {
  readonly address: string;
  readonly #options: TransactorOptions;
  readonly #stuckAfter: number;
  readonly #confirmations: number;

  constructor(options: TransactorOptions) {
    this.#options = options;
    this.address = options.wallet.address;
    this.#stuckAfter = options.stuckAfter ?? STUCK_AFTER;
    this.#confirmations = options.confirmations ?? CONFIRMATIONS;
  }

  /**
   * Asks the chain what became of all that was sent before: what was mined meanwhile, what a reorg took away, what
   * lost its nonce.
   *
   * @returns whether a reorg was noticed
   */
  async resume(): Promise<boolean> {
    const { provider, journal, log, meters } = this.#options;
    const head = await provider.getBlockNumber();
    let reorg = false;
    for (const { hash, doing, blockHash } of journal.minedSince(head - this.#confirmations)) {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt?.blockHash === blockHash) continue;
      reorg = true;
      meters.reorgs.inc();
      log.warn({ hash, doing, blockHash }, "a reorg took a transaction away");
      if (receipt === null) journal.vanished(hash);
      else journal.mined(hash, receipt.blockNumber, receipt.blockHash);
    }
    for (const attempt of journal.unfinished()) await this.#settle(attempt);
    return reorg;
  }

  /**
   * Sends a call unless the chain would refuse it, and waits until it is mined, for a time.
   *
   * @param signal - ends the waiting: what is on its way is found again after a restart
   * @throws ClientError `network`, `no-funds`
   */
  async send(call: Call, signal?: AbortSignal): Promise<Sent> {
    const { doing, transaction } = call;
    const { provider, log, meters } = this.#options;
    // The nonce first: if anything of this wallet is mined from here on, this transaction can't be.
    const nonce = await provider.getTransactionCount(this.address, "latest");
    let gas: bigint;
    try {
      gas = await provider.estimateGas({ ...transaction, from: this.address });
    } catch (error) {
      const explained = explainError(error, doing);
      if (explained instanceof ClientError && explained.code === "reverted") {
        meters.transactions.labels("refused").inc();
        log.info({ doing, reason: explained.message }, "not sent: the chain would refuse it");
        return { kind: "refused", error: explained };
      }
      throw explained;
    }
    const attempt = await this.#attempt(call, nonce, (gas * 5n) / 4n + FRESH_SLOT);
    if (attempt === undefined) {
      meters.transactions.labels("too-dear").inc();
      log.warn({ doing }, "not sent: gas is above the cap");
      return { kind: "too-dear" };
    }
    const refusal = await this.#broadcast(attempt);
    if (refusal === "nonce") {
      await this.#settle(attempt);
      return { kind: "lost", hash: attempt.hash };
    }
    return this.#follow(attempt, signal);
  }

  /** The receipt of one of several transactions; undefined if none is in a block. */
  async minedOf(hashes: Iterable<string>): Promise<TransactionReceipt | undefined> {
    for (const hash of hashes) {
      const receipt = await this.#options.provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
    }
    return undefined;
  }

  /** The attempt that is on its way with this call already, or a new one, written down; undefined if gas is too dear. */
  async #attempt(
    { doing, transaction, deadline }: Call,
    nonce: number,
    gasLimit: bigint,
  ): Promise<Attempt | undefined> {
    const { provider, wallet, journal, fees: policy, chainId } = this.#options;
    const before = journal.outbid(nonce);
    const [last] = before;
    const { to, data } = transaction;
    const fresh = last !== undefined && Date.now() - last.signedAt < this.#stuckAfter;
    if (fresh && last.to === to && last.data === data) {
      journal.note(last);
      return last;
    }
    const fees = await feesFor(provider, policy, deadline, before);
    if (fees === undefined) return undefined;
    const raw = await wallet.signTransaction({ ...transaction, type: 2, chainId, nonce, gasLimit, ...fees });
    const attempt = { hash: keccak256(raw), nonce, doing, to, data, raw, ...fees, signedAt: Date.now() };
    journal.note(attempt);
    return attempt;
  }

  /** Sends the signed bytes; all but a used nonce is found out by waiting. */
  async #broadcast({ hash, raw, doing, nonce, maxFeePerGas }: Attempt): Promise<"nonce" | undefined> {
    const { provider, log } = this.#options;
    log.info({ doing, hash, nonce, maxFeePerGas: String(maxFeePerGas) }, "sending");
    try {
      await provider.broadcastTransaction(raw);
    } catch (error) {
      const said = messagesOf(error);
      if (/nonce.{0,20}(too low|expired|already been used)/i.test(said)) return "nonce";
      const explained = explainError(error, doing);
      if (explained instanceof ClientError && explained.code === "no-funds") throw explained;
      log.warn({ doing, hash, reason: reasonOf(error, doing) }, "the node didn't take it");
    }
    return undefined;
  }

  async #follow(attempt: Attempt, signal: AbortSignal | undefined): Promise<Sent> {
    const { doing, hash } = attempt;
    const until = Date.now() + this.#stuckAfter;
    for (let wait = FIRST_POLL; Date.now() < until; wait = Math.min(2 * wait, LONGEST_POLL)) {
      const found = await this.#settle(attempt);
      if (found !== "waiting") return found === "lost" ? { kind: "lost", hash } : found;
      if (signal?.aborted === true) break;
      await pause(wait, signal);
    }
    this.#options.log.warn({ doing, hash }, "not mined yet");
    return { kind: "waiting", hash };
  }

  /** What the chain says of an attempt now; written down when it is decided. */
  async #settle({ hash, nonce, doing }: Attempt): Promise<Extract<Sent, { receipt: unknown }> | "waiting" | "lost"> {
    const { provider, journal, log, meters } = this.#options;
    // The count before the receipt: a nonce that was used by then has its receipt by now.
    const next = await provider.getTransactionCount(this.address, "latest");
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt !== null) {
      journal.mined(hash, receipt.blockNumber, receipt.blockHash);
      const kind = receipt.status === 0 ? "reverted" : "mined";
      meters.transactions.labels(kind).inc();
      meters.gas.inc(Number(receipt.gasUsed));
      log.info({ doing, hash, block: receipt.blockNumber, gas: String(receipt.gasUsed) }, kind);
      return { kind, receipt };
    }
    if (next <= nonce) return "waiting";
    journal.lost(hash);
    meters.transactions.labels("lost").inc();
    log.info({ doing, hash, nonce }, "its nonce was used by another transaction");
    return "lost";
  }
}

/** All that an error and its causes say: nodes and ethers put the reason in different places. */
function messagesOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { message, code, info, cause } = error as { message?: unknown; code?: unknown; info?: object; cause?: unknown };
  const nested = info !== undefined && "error" in info ? messagesOf(info.error) : "";
  const words = code === "NONCE_EXPIRED" ? "nonce too low" : "";
  return `${String(message)} ${words} ${nested} ${cause === undefined ? "" : messagesOf(cause)}`;
}
