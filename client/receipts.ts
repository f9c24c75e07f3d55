import { concat, keccak256, TypedDataEncoder, verifyTypedData } from "ethers";
import type { Hex } from "../scorer/index.ts";
import type { Suite } from "./suite.ts";

/** EIP-712 type of a paid call, of which a leaf is the struct hash. */
export const PAID_CALL_TYPES = {
  PaidCall: [
    { name: "model", type: "uint256" },
    { name: "payer", type: "address" },
    { name: "amount", type: "uint112" },
    { name: "payment", type: "string" },
    { name: "requestDigest", type: "bytes32" },
    { name: "responseDigest", type: "bytes32" },
    { name: "queryDigest", type: "bytes32" },
    { name: "time", type: "uint40" },
  ],
};

/** EIP-712 type of what an operator signs: the root over calls that were answered together. */
export const PAID_CALLS_TYPES = { PaidCalls: [{ name: "root", type: "bytes32" }] };

/** What a gateway gives its caller for a payment: the operator's word that the call is among the model's receipts. */
export interface SignedReceipt {
  /** Decimal, as `amount` */
  readonly model: string;
  readonly payer: Hex;
  readonly amount: string;
  /** The payment's id */
  readonly payment: string;
  readonly requestDigest: Hex;
  readonly responseDigest: Hex;
  readonly queryDigest: Hex;
  /** Seconds */
  readonly time: number;
  /** Place of the call among those that were signed together */
  readonly index: number;
  /** Siblings of its leaf, bottom up */
  readonly proof: readonly Hex[];
  readonly signature: Hex;
}

/**
 * Who signed a receipt.
 *
 * @returns the address, in mixed case: compare it with the model's operator
 */
export function receiptSigner({ book }: Pick<Suite, "book">, receipt: SignedReceipt): string {
  const { index, proof, signature, ...call } = receipt;
  const domain = {
    name: "Tributary",
    version: "1",
    chainId: book.chainId,
    verifyingContract: book.contracts.usage,
  };
  const root = proof.reduce(
    (node, sibling, level) =>
      keccak256(((index >> level) & 1) === 0 ? concat([node, sibling]) : concat([sibling, node])),
    TypedDataEncoder.hashStruct("PaidCall", PAID_CALL_TYPES, call),
  );
  return verifyTypedData(domain, PAID_CALLS_TYPES, { root }, signature);
}
