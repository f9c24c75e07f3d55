import { concat, type ContractTransaction, dataLength, toBeArray, toBeHex, zeroPadValue } from "ethers";
import { ceilLog2, type Hex, SUM_NODE_BYTES } from "../scorer/index.ts";
import type { PayoutStruct } from "../typechain-types/attribution/AttributionRegistry.ts";
import { ClientError } from "./clientError.ts";
import { HASH_BYTES, type linesOf, shortSumProof } from "./statements.ts";
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

/** The transaction that claims lines; a single one by the call that takes it in one piece. */
export async function claimLines({ payouts }: Suite, claims: LineClaim[]): Promise<ContractTransaction> {
  const [first, second] = claims.flatMap(({ payout, lines }) => lines.map((line) => ({ payout, line })));
  if (first === undefined || second !== undefined) return payouts.claim.populateTransaction(claims);
  return payouts.claimSingleLine.populateTransaction(packedClaim(first));
}

/** One line of a final statement. */
export interface SingleClaim {
  readonly payout: Omit<PayoutStruct, "root" | "total">;
  /** With a proof whose sums have any one width. */
  readonly line: { readonly index: number; readonly weight: bigint; readonly proof: string };
}

/**
 * What `StreamPayouts.claimSingleLine` takes (docs/formats.md, *Packed claim*).
 *
 * @throws ClientError `bad-input` when the proof isn't one step of 32 to 50 bytes for each level of the tree
 */
export function packedClaim({ payout, line }: SingleClaim): Hex {
  const depth = ceilLog2(Number(payout.lines));
  // Weight and sums have one width.
  const weight = toBeArray(line.weight);
  const stride = depth === 0 ? HASH_BYTES : dataLength(line.proof) / depth;
  const fits = depth === 0 ? line.proof === "0x" : Number.isInteger(stride) && stride >= HASH_BYTES;
  if (!fits || stride > SUM_NODE_BYTES) {
    throw new ClientError("bad-input", `${dataLength(line.proof)} bytes are no proof in a tree of ${depth} levels`);
  }
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
  return payouts.claimProRataOf.populateTransaction(proRataPlace(first.stream, first.index));
}

/** A contribution of a stream in one word, as `StreamPayouts.claimProRataOf` takes it. */
export function proRataPlace(stream: bigint, index: number): bigint {
  return (stream << 32n) | BigInt(index);
}
