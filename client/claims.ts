import type { ContractTransaction } from "ethers";
import type { PayoutStruct } from "../typechain-types/attribution/AttributionRegistry.ts";
import type { linesOf } from "./statements.ts";
import type { Suite } from "./suite.ts";

/** Lines of one final statement. */
export interface LineClaim {
  readonly payout: PayoutStruct;
  readonly lines: ReturnType<typeof linesOf>;
}

/** Contributions of one stream. */
export interface ProRataClaim {
  readonly stream: bigint;
  readonly indexes: number[];
}

/** The transaction that claims lines; a single one by the call that takes fewer words. */
export async function claimLines({ payouts }: Suite, claims: LineClaim[]): Promise<ContractTransaction> {
  const [first, second] = claims.flatMap(({ payout, lines }) => lines.map((line) => ({ payout, line })));
  if (first === undefined || second !== undefined) return payouts.claim.populateTransaction(claims);
  const { payout, line } = first;
  return payouts.claimLine.populateTransaction(payout, line.index, line.weight, line.proof);
}

/** The transaction that claims pro-rata money; of a single contribution by the call that takes fewer words. */
export async function claimProRata({ payouts }: Suite, claims: ProRataClaim[]): Promise<ContractTransaction> {
  const [first, second] = claims.flatMap(({ stream, indexes }) => indexes.map((index) => ({ stream, index })));
  if (first === undefined || second !== undefined) return payouts.claimProRata.populateTransaction(claims);
  return payouts.claimProRataOf.populateTransaction(first.stream, first.index);
}
