import type { ContractTransaction, TransactionReceipt } from "ethers";
import type { Sender } from "../client/index.ts";

/** A transaction that a service would send. */
export interface Call {
  /** What it does, for people */
  readonly doing: string;
  readonly transaction: ContractTransaction;
  /** By when it must be in a block, in seconds of the chain's clock; undefined if it can wait */
  readonly deadline?: number | undefined;
}

/** What a service found when it looked once. */
export interface Look {
  /** To be sent now, in this order; none if it isn't its turn */
  readonly calls: readonly Call[];
  /** When to look again at the latest, in seconds; undefined once nothing is left to do */
  readonly lookAgainAt: number | undefined;
}

/**
 * Sends what a service found, one after the other, each once the one before is mined.
 *
 * @throws ClientError as `Sender.send`; what was sent before stays sent, and another look finds what is left
 */
export async function sendCalls(sender: Sender, { calls }: Look): Promise<TransactionReceipt[]> {
  const receipts: TransactionReceipt[] = [];
  for (const { doing, transaction } of calls) receipts.push(await sender.send(doing, transaction));
  return receipts;
}
