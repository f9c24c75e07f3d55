import type { Provider } from "ethers";

/** What a service pays for gas. */
export interface FeePolicy {
  /**
   * The most that it offers for a unit of gas, in wei, tip included; what has a deadline that is near goes above it.
   * Undefined: whatever the chain asks for.
   */
  readonly cap?: bigint | undefined;
  /** Seconds of the chain's clock before a deadline from which on it counts as near */
  readonly urgentWithin?: number | undefined;
}

/** What a transaction offers for a unit of gas, in wei. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Four hours: eight answers of a walk, each mined late, still fit into a day. */
const URGENT_WITHIN = 4 * 3_600;

/** Nodes replace a waiting transaction for a tenth more (geth's `txpool.pricebump`), some for an eighth. */
const bumped = (fee: bigint): bigint => (fee * 5n) / 4n + 1n;

/**
 * What a transaction offers: twice the base fee and the tip that the node suggests, and a quarter more than what waits
 * under the same nonce.
 *
 * @param deadline - by when it must be in a block, in seconds of the chain's clock
 * @param before - offers under the same nonce that may still wait somewhere
 * @returns undefined when the chain asks for more than the cap, and no deadline is near: wait
 */
export async function feesFor(
  provider: Provider,
  { cap, urgentWithin = URGENT_WITHIN }: FeePolicy,
  deadline: number | undefined,
  before: readonly Fees[],
): Promise<Fees | undefined> {
  const [{ maxPriorityFeePerGas: suggested }, block] = await Promise.all([
    provider.getFeeData(),
    provider.getBlock("latest"),
  ]);
  const base = block?.baseFeePerGas ?? 0n;
  let tip = suggested ?? 0n;
  // Twice the base fee covers six full blocks in a row.
  let most = 2n * base + tip;
  let least = base + tip;
  for (const { maxFeePerGas, maxPriorityFeePerGas } of before) {
    tip = max(tip, bumped(maxPriorityFeePerGas));
    least = max(least, bumped(maxFeePerGas));
  }
  most = max(most, least);
  const urgent = deadline !== undefined && block !== null && deadline - block.timestamp <= urgentWithin;
  if (cap === undefined || urgent || most <= cap) return { maxFeePerGas: max(most, tip), maxPriorityFeePerGas: tip };
  if (least > cap) return undefined;
  return { maxFeePerGas: cap, maxPriorityFeePerGas: tip < cap ? tip : cap };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
