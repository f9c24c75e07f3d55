import type { AddressBook, Suite } from "../../client/index.ts";

/** What is fixed for the life of a deployment and stands in no event: it is asked of the contracts once. */
export interface Deployment {
  readonly treasury: string;
  readonly protocolFeeBps: number;
  /** Seconds to answer a challenge, and to challenge what an answer shows. */
  readonly responseTime: number;
  /** Seconds from an interval's cut to its fallback to pro-rata. */
  readonly fallbackTime: number;
  /** Who bonds and deposits are under. */
  readonly controllers: { readonly attribution: string; readonly indexes: string; readonly datasets: string };
}

/** Names a deployment by its chain and contracts: an index of another one is refused. */
export function deploymentName({ chainId, contracts }: AddressBook): string {
  return JSON.stringify([chainId, contracts]);
}

/** Asks the contracts for what no event says. */
export async function readDeployment({ ledger, attribution, book }: Suite): Promise<Deployment> {
  const [treasury, feeBps, responseTime, fallbackTime] = await Promise.all([
    ledger.TREASURY(),
    ledger.PROTOCOL_FEE_BPS(),
    attribution.RESPONSE_TIME(),
    attribution.FALLBACK_TIME(),
  ]);
  const { attribution: scorers, indexes, datasets } = book.contracts;
  return {
    treasury,
    protocolFeeBps: Number(feeBps),
    responseTime: Number(responseTime),
    fallbackTime: Number(fallbackTime),
    controllers: { attribution: scorers, indexes, datasets },
  };
}
