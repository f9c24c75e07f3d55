import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { createKeccak } from "hash-wasm";
import { type Hex, toHex } from "./bytes.ts";

// WebAssembly: a tree of 2^20 lines takes three million hashes, ten times slower in plain JavaScript. One state serves
// all of them, as every hash is begun and ended within one call.
const keccak = await createKeccak(256);

/** Keccak-256 as the EVM computes it (the Keccak submission's padding, not FIPS 202's), as 32 bytes. */
export function keccakBytes(bytes: Uint8Array): Uint8Array {
  return keccak.init().update(bytes).digest("binary");
}

/** Keccak-256 as hexadecimal. */
export function keccak256(bytes: Uint8Array): Hex {
  return toHex(keccakBytes(bytes));
}

/** SHA-256 (FIPS 180-4). */
export function sha256(bytes: Uint8Array): Hex {
  return toHex(nobleSha256(bytes));
}

/** keccak256 of keccak256: a leaf can never be mistaken for an inner node, whatever the length of its preimage. */
export function doubleKeccak256(bytes: Uint8Array): Uint8Array {
  return keccakBytes(keccakBytes(bytes));
}
