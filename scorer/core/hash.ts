import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Hex, toHex } from "./bytes.ts";

/** Keccak-256 as the EVM computes it (the Keccak submission's padding, not FIPS 202's). */
export function keccak256(bytes: Uint8Array): Hex {
  return toHex(keccak_256(bytes));
}

/** SHA-256 (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Hex {
  return toHex(nobleSha256(bytes));
}

/** keccak256 of keccak256: a leaf can never be mistaken for an inner node, whatever the length of its preimage. */
export function doubleKeccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(keccak_256(bytes));
}

export { keccak_256 as keccakBytes } from "@noble/hashes/sha3.js";
