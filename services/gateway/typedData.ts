import { utf8ToBytes } from "@noble/hashes/utils.js";
import { abiWords, fromHex, keccakBytes } from "../../scorer/index.ts";

const DOMAIN_TYPE = keccakBytes(
  utf8ToBytes("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
);

/** EIP-712 digests of one type under one domain; what is the same for all is hashed once. */
export class TypedDigest {
  readonly #domain: Uint8Array;
  readonly #type: Uint8Array;

  /** @param type - as `encodeType` of EIP-712, with members of one word each */
  constructor(chainId: number, verifyingContract: string, type: string) {
    this.#type = typeHash(type);
    this.#domain = keccakBytes(
      abiWords(
        DOMAIN_TYPE,
        keccakBytes(utf8ToBytes("Tributary")),
        keccakBytes(utf8ToBytes("1")),
        BigInt(chainId),
        fromHex(verifyingContract, "the verifying contract", 20),
      ),
    );
  }

  /** @param words - the members in order */
  of(...words: readonly (bigint | Uint8Array)[]): Uint8Array {
    const preimage = new Uint8Array(66);
    preimage[0] = 0x19;
    preimage[1] = 0x01;
    preimage.set(this.#domain, 2);
    preimage.set(structHash(this.#type, words), 34);
    return keccakBytes(preimage);
  }
}

/** Hash of a type. */
export function typeHash(type: string): Uint8Array {
  return keccakBytes(utf8ToBytes(type));
}

/** @param words - the members in order, one word each */
export function structHash(type: Uint8Array, words: readonly (bigint | Uint8Array)[]): Uint8Array {
  return keccakBytes(abiWords(type, ...words));
}
