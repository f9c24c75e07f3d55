import type { ContractTransaction, TransactionReceipt } from "ethers";
import { ClientError } from "../../client/index.ts";
import { pause } from "./rpc.ts";
import type { Transactor } from "./transactor.ts";

/** Milliseconds between two tries of what gas is too dear for, or lost its nonce. */
const AGAIN_AFTER = 1_000;

/**
 * Sends as `Sender` does, through a transactor: what a reorg takes away or a node forgets is sent again, if the chain
 * still takes it.
 */
export class JournalSender {
  readonly #transactor: Transactor;
  readonly #signal: AbortSignal | undefined;
  /** Ends once the transaction before is mined */
  #turn: Promise<unknown> = Promise.resolve();

  /** The wallet's address. */
  get address(): string {
    return this.#transactor.address;
  }

  /** @param signal - ends all waiting: what is on its way is found again after a restart */
  constructor(transactor: Transactor, signal?: AbortSignal) {
    this.#transactor = transactor;
    this.#signal = signal;
  }

  /**
   * Sends a transaction and waits until it is mined.
   *
   * @throws ClientError as `Sender.send`
   */
  async send(
    doing: string,
    transaction: Promise<ContractTransaction> | ContractTransaction,
  ): Promise<TransactionReceipt> {
    const populated = await transaction;
    const sent = this.#turn.then(() => this.#send(doing, populated));
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  async #send(doing: string, transaction: ContractTransaction): Promise<TransactionReceipt> {
    /** Transactions with this call that may be mined after all */
    const sent = new Set<string>();
    while (this.#signal?.aborted !== true) {
      await this.#transactor.resume();
      const mined = await this.#transactor.minedOf(sent);
      if (mined !== undefined) return succeeded(doing, mined);
      const outcome = await this.#transactor.send({ doing, transaction }, this.#signal);
      switch (outcome.kind) {
        case "mined":
        case "reverted":
          return succeeded(doing, outcome.receipt);
        case "refused":
          // It may have been mined between the two questions: then it is refused because it is done.
          return succeeded(doing, (await this.#transactor.minedOf(sent)) ?? outcome.error);
        case "waiting":
        case "lost":
          sent.add(outcome.hash);
      }
      await pause(AGAIN_AFTER, this.#signal);
    }
    throw new ClientError("network", `${doing} was stopped: what is on its way is found again`);
  }
}

function succeeded(doing: string, outcome: TransactionReceipt | ClientError): TransactionReceipt {
  if (outcome instanceof ClientError) throw outcome;
  if (outcome.status !== 0) return outcome;
  throw new ClientError("reverted", `${doing} failed in block ${outcome.blockNumber}`);
}
