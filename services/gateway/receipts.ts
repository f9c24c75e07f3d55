import { utf8ToBytes } from "@noble/hashes/utils.js";
import { abiWords, fromHex, type Hex, keccakBytes } from "../../scorer/index.ts";
import type { Signatures } from "./signatures.ts";
import type { PaidCall } from "./store.ts";
import { TypedDigest } from "./typedData.ts";

/** EIP-712 type of what a caller gets for its payment: the operator's word that the call is among the model's receipts. */
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

const PAID_CALL_TYPE = `PaidCall(${PAID_CALL_TYPES.PaidCall.map(({ name, type }) => `${type} ${name}`).join(",")})`;

/** A receipt as callers get it; integers are decimal strings. */
export interface SignedReceipt {
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
  readonly signature: Hex;
}

/** Signs what callers get for their payments. The same call always gets the same receipt. */
export class ReceiptSigner {
  readonly #model: bigint;
  readonly #modelWord: Uint8Array;
  readonly #signatures: Signatures;
  readonly #digest: TypedDigest;

  /** @param usage - address of the usage registry, where the receipts' report goes */
  constructor(chainId: number, usage: string, model: bigint, signatures: Signatures) {
    this.#model = model;
    this.#modelWord = abiWords(model);
    this.#signatures = signatures;
    this.#digest = new TypedDigest(chainId, usage, PAID_CALL_TYPE);
  }

  async sign(call: Omit<PaidCall, "proof" | "feesAfter">): Promise<SignedReceipt> {
    const { payer, amount, id, requestDigest, responseDigest, queryDigest, time } = call;
    const digest = this.#digest.of(
      this.#modelWord,
      fromHex(payer, "the payer", 20),
      amount,
      keccakBytes(utf8ToBytes(id)),
      fromHex(requestDigest, "the request's digest", 32),
      fromHex(responseDigest, "the response's digest", 32),
      fromHex(queryDigest, "the query's digest", 32),
      BigInt(time),
    );
    const signature = await this.#signatures.sign(digest);
    return {
      model: String(this.#model),
      payer,
      amount: String(amount),
      payment: id,
      requestDigest,
      responseDigest,
      queryDigest,
      time,
      signature,
    };
  }
}
