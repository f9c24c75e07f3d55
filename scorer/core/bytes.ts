import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ScorerError } from "./errors.ts";

/** 0x-prefixed hexadecimal bytes; what the scorer returns is in lower case. */
export type Hex = `0x${string}`;

/** 32 zero bytes: the empty node of every tree. */
export const ZERO_WORD: Hex = `0x${"00".repeat(32)}`;

/** The 0x-prefixed lower-case hexadecimal of some bytes. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * The bytes of a 0x-prefixed hexadecimal string, in either case.
 *
 * @param what - names the string in the error
 * @param length - the number of bytes it must have, if that is fixed
 * @throws ScorerError `bad-hex`
 */
export function fromHex(hex: string, what: string, length?: number): Uint8Array {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(hex)) {
    throw new ScorerError("bad-hex", `${what} is not 0x-prefixed hexadecimal of whole bytes`);
  }
  if (length !== undefined && hex.length !== 2 + 2 * length) {
    throw new ScorerError("bad-hex", `${what} has ${hex.length / 2 - 1} bytes: it needs ${length}`);
  }
  return hexToBytes(hex.slice(2));
}

/**
 * Static ABI words one after the other (Solidity ABI specification, "Formal specification of the encoding").
 *
 * @param words - an unsigned integer, a negative one (two's complement of 256 bits), 32 bytes as they are,
 * or fewer bytes (an address), padded with zeros on the left
 */
export function abiWords(...words: readonly (bigint | Uint8Array)[]): Uint8Array {
  const encoded = new Uint8Array(32 * words.length);
  words.forEach((word, i) => {
    if (typeof word === "bigint") writeUint(encoded, 32 * i, 32, word);
    else encoded.set(word, 32 * (i + 1) - word.length);
  });
  return encoded;
}

/** Writes a big-endian integer of `width` bytes; a negative one as two's complement. */
export function writeUint(target: Uint8Array, offset: number, width: number, value: bigint): void {
  let rest = value;
  for (let i = offset + width - 1; i >= offset; i--) {
    target[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

/** Reads an unsigned big-endian integer of `width` bytes. */
export function readUint(source: Uint8Array, offset: number, width: number): bigint {
  let value = 0n;
  for (let i = offset; i < offset + width; i++) value = (value << 8n) | BigInt(source[i]!);
  return value;
}

/** A view of the same bytes; typed arrays may start anywhere in their buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
