import { MetadataError } from "./errors.ts";

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text of some bytes, byte order mark included.
 *
 * @param what - names the bytes in the error
 * @throws MetadataError `invalid-utf8` with the place of the first byte that isn't UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return STRICT.decode(bytes);
  } catch (cause) {
    throw new MetadataError(
      "invalid-utf8",
      `${what} isn't UTF-8 from byte ${firstBadByte(bytes)} on: save it as UTF-8 and try again`,
      { cause },
    );
  }
}

export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A prefix that ends inside of a character is still good, so the good prefixes are those up to one length. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle - 1;
    }
  }
  return good;
}
