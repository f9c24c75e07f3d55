import { abiWords, fromHex, type Hex, toHex } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { doubleKeccak256 } from "./hash.ts";
import { assertUint } from "./integers.ts";
import { MerkleTree } from "./merkle.ts";

/** One paid inference. */
export interface Receipt {
  /** uint256 */
  readonly model: bigint;
  /** The model's net fee counter after the payment, uint112: it says to which interval the receipt belongs. */
  readonly feesAfter: bigint;
  /** 20 bytes */
  readonly payer: Hex;
  /** uint112, in the currency's smallest unit */
  readonly amount: bigint;
  /** SHA-256 of the bytes of the request */
  readonly requestDigest: Hex;
  /** SHA-256 of the bytes of the response */
  readonly responseDigest: Hex;
  /** `queryDigest` of the query vector */
  readonly queryDigest: Hex;
}

/**
 * keccak256(keccak256(abi.encode(model, feesAfter, payer, amount, requestDigest, responseDigest, queryDigest))).
 *
 * @throws ScorerError `out-of-range`, `bad-hex`
 */
export function receiptLeaf(receipt: Receipt): Hex {
  return toHex(
    doubleKeccak256(
      abiWords(
        assertUint(receipt.model, 256, "the receipt's model"),
        assertUint(receipt.feesAfter, 112, "the receipt's fee counter"),
        fromHex(receipt.payer, "the receipt's payer", 20),
        assertUint(receipt.amount, 112, "the receipt's amount"),
        fromHex(receipt.requestDigest, "the request's digest", 32),
        fromHex(receipt.responseDigest, "the response's digest", 32),
        fromHex(receipt.queryDigest, "the query's digest", 32),
      ),
    ),
  );
}

/**
 * The positional Merkle tree over the receipts of an interval; its root is in the usage report.
 *
 * @param receipts - in order of payment
 * @throws ScorerError `empty-input` without receipts, `unordered-receipts` when the fee counter decreases,
 * `out-of-range`, `bad-hex`
 */
export function receiptsTree(receipts: readonly Receipt[]): MerkleTree {
  receipts.forEach((receipt, r) => {
    const before = receipts[r - 1];
    if (before !== undefined && receipt.feesAfter < before.feesAfter) {
      throw new ScorerError(
        "unordered-receipts",
        `receipt ${r} has the fee counter ${receipt.feesAfter}, the one before it ${before.feesAfter}: sort them by payment`,
      );
    }
  });
  return new MerkleTree(receipts.map(receiptLeaf));
}
