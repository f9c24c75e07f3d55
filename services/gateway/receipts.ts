import { utf8ToBytes } from "@noble/hashes/utils.js";
import { PAID_CALL_TYPES, type SignedReceipt } from "../../client/index.ts";
import { abiWords, fromHex, type Hex, keccakBytes, MerkleTree } from "../../scorer/index.ts";
import type { Signatures } from "./signatures.ts";
import type { PaidCall } from "./store.ts";
import { structHash, typeHash, TypedDigest } from "./typedData.ts";

const PAID_CALL_TYPE = typeHash(
  `PaidCall(${PAID_CALL_TYPES.PaidCall.map(({ name, type }) => `${type} ${name}`).join(",")})`,
);

interface Waiting {
  readonly leaf: Uint8Array;
  readonly resolve: (signed: PaidCall["signed"]) => void;
  readonly reject: (error: unknown) => void;
}

/** Signs what callers get for their payments: all that are ready at a time with one signature, over a Merkle root. */
export class ReceiptSigner {
  readonly #model: bigint;
  readonly #modelWord: Uint8Array;
  readonly #signatures: Signatures;
  readonly #digest: TypedDigest;
  #waiting: Waiting[] = [];

  /** @param usage - address of the usage registry, where the receipts' report goes */
  constructor(chainId: number, usage: string, model: bigint, signatures: Signatures) {
    this.#model = model;
    this.#modelWord = abiWords(model);
    this.#signatures = signatures;
    this.#digest = new TypedDigest(chainId, usage, "PaidCalls(bytes32 root)");
  }

  sign(call: Omit<PaidCall, "proof" | "feesAfter" | "signed">): Promise<PaidCall["signed"]> {
    const { payer, amount, id, requestDigest, responseDigest, queryDigest, time } = call;
    const leaf = structHash(PAID_CALL_TYPE, [
      this.#modelWord,
      fromHex(payer, "the payer", 20),
      amount,
      keccakBytes(utf8ToBytes(id)),
      fromHex(requestDigest, "the request's digest", 32),
      fromHex(responseDigest, "the response's digest", 32),
      fromHex(queryDigest, "the query's digest", 32),
      BigInt(time),
    ]);
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ leaf, resolve, reject }) === 1) setImmediate(() => this.#signAll());
    });
  }

  /** A call's receipt: always the same. */
  receiptOf(call: Omit<PaidCall, "proof" | "feesAfter">): SignedReceipt {
    const { payer, amount, id, requestDigest, responseDigest, queryDigest, time, signed } = call;
    return {
      model: String(this.#model),
      payer,
      amount: String(amount),
      payment: id,
      requestDigest,
      responseDigest,
      queryDigest,
      time,
      ...signed,
    };
  }

  #signAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const tree = new MerkleTree(Buffer.concat(waiting.map(({ leaf }) => leaf)));
      const signature: Hex = this.#signatures.sign(this.#digest.of(fromHex(tree.root, "the root", 32)));
      waiting.forEach(({ resolve }, index) => resolve({ index, proof: tree.proof(index), signature }));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
