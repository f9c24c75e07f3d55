import { concat, type ContractTransaction, dataLength, toBeArray, toBeHex, zeroPadValue } from "ethers";
import { ceilLog2, type Hex } from "../scorer/index.ts";
import type { PayoutStruct } from "../typechain-types/attribution/AttributionRegistry.ts";
import { type linesOf, shortSumProof } from "./statements.ts";
import type { Suite } from "./suite.ts";

const HASH_BYTES = 32;

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

/** The transaction that claims lines; a single one by the call that takes it in one piece. */
export async function claimLines({ payouts }: Suite, claims: LineClaim[]): Promise<ContractTransaction> {
  const [first, second] = claims.flatMap(({ payout, lines }) => lines.map((line) => ({ payout, line })));
  if (first === undefined || second !== undefined) return payouts.claim.populateTransaction(claims);
  return payouts.claimSingleLine.populateTransaction(packedClaim(first));
}

/**
 * What `StreamPayouts.claimSingleLine` takes (docs/formats.md, *Packed claim*).
 *
 * @param line - its proof with sums of any one width
 */
export function packedClaim({
  payout,
  line,
}: {
  readonly payout: LineClaim["payout"];
  readonly line: LineClaim["lines"][number];
}): Hex {
  const depth = ceilLog2(Number(payout.lines));
  // Weight and sums have one width.
  const weight = toBeArray(line.weight);
  const stride = depth === 0 ? HASH_BYTES : dataLength(line.proof) / depth;
  const proof = shortSumProof(line.proof, stride, weight.length);
  const width = depth === 0 ? weight.length : dataLength(proof) / depth - HASH_BYTES;
  return concat([
    toBeHex(payout.stream, 7),
    toBeHex(payout.interval, 4),
    toBeHex(payout.dataset, 4),
    toBeHex(payout.lines, 3),
    toBeHex(payout.pool, 14),
    toBeHex(line.index, 3),
    zeroPadValue(weight, width),
    proof,
  ]) as Hex;
}

/** The transaction that claims pro-rata money; of a single contribution by the call that takes fewer words. */
export async function claimProRata({ payouts }: Suite, claims: ProRataClaim[]): Promise<ContractTransaction> {
  const [first, second] = claims.flatMap(({ stream, indexes }) => indexes.map((index) => ({ stream, index })));
  if (first === undefined || second !== undefined) return payouts.claimProRata.populateTransaction(claims);
  return payouts.claimProRataOf.populateTransaction(first.stream, first.index);
}
