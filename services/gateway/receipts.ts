import { utf8ToBytes } from "@noble/hashes/utils.js";
import { PAID_CALL_TYPES, type SignedReceipt } from "../../client/index.ts";
import { abiWords, fromHex, keccakBytes } from "../../scorer/index.ts";
import type { Signatures } from "./signatures.ts";
import type { PaidCall } from "./store.ts";
import { TypedDigest } from "./typedData.ts";

const PAID_CALL_TYPE = `PaidCall(${PAID_CALL_TYPES.PaidCall.map(({ name, type }) => `${type} ${name}`).join(",")})`;

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
