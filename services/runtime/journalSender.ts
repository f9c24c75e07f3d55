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
  /** Ends once the transaction before is mined */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(transactor: Transactor) {
    this.#transactor = transactor;
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
    for (;;) {
      await this.#transactor.resume();
      const sent = await this.#transactor.send({ doing, transaction });
      switch (sent.kind) {
        case "mined":
          return sent.receipt;
        case "refused":
          throw sent.error;
        case "reverted":
          throw new ClientError("reverted", `${doing} failed in block ${sent.receipt.blockNumber}`);
        case "too-dear":
        case "waiting":
        case "lost":
          await pause(AGAIN_AFTER);
      }
    }
  }
}
