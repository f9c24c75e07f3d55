import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Hex } from "../../../client/indexApi/index.ts";

/**
 * SHA-256 of a file of any size, read piece by piece: weights don't fit into memory.
 *
 * @param told - how much of it is read, from 0 to 1
 */
export async function fileDigest(file: File, told: (part: number) => void): Promise<Hex> {
  const hash = sha256.create();
  const reader = file.stream().getReader();
  let read = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    hash.update(value);
    read += value.length;
    told(file.size === 0 ? 1 : read / file.size);
  }
  return `0x${bytesToHex(hash.digest())}`;
}
