import { ScorerError } from "./errors.ts";

/** Bytes that every file of the scorer begins with: a magic of four letters, the version (uint8), three zero bytes. */
const PREFIX_BYTES = 8;

/** Writes magic and version at the start of a file. */
export function writeMagic(file: Uint8Array, magic: string, version: number): void {
  for (let i = 0; i < magic.length; i++) file[i] = magic.charCodeAt(i);
  file[magic.length] = version;
}

/** Whether a file begins with a magic. */
export function hasMagic(file: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) if (file[i] !== magic.charCodeAt(i)) return false;
  return true;
}

/**
 * Checks the start of a file.
 *
 * @param headerBytes - the length of its whole header
 * @throws ScorerError `bad-length`, `bad-magic`, `bad-version`, `out-of-range`, with the offset of what is wrong
 */
export function checkMagic(file: Uint8Array, magic: string, version: number, headerBytes: number): void {
  if (file.length < headerBytes) {
    throw new ScorerError(
      "bad-length",
      `a ${magic} file has a header of ${headerBytes} bytes, this one ends at offset ${file.length}: fetch it again`,
    );
  }
  if (!hasMagic(file, magic)) {
    throw new ScorerError("bad-magic", `no "${magic}" at offset 0: this is another kind of file`);
  }
  const found = file[magic.length];
  if (found !== version) {
    throw new ScorerError(
      "bad-version",
      `version ${found} at offset ${magic.length}: this scorer reads version ${version} of ${magic}`,
    );
  }
  for (let offset = magic.length + 1; offset < PREFIX_BYTES; offset++) {
    if (file[offset] !== 0)
      throw new ScorerError(
        "out-of-range",
        `the byte at offset ${offset} is reserved and must be 0: write the file again`,
      );
  }
}

/** @throws ScorerError `bad-length` unless the file ends exactly where its header says */
export function checkEnd(file: { readonly length: number }, expected: number): void {
  if (file.length !== expected) {
    throw new ScorerError(
      "bad-length",
      `the file ends at offset ${file.length}, by its header it ends at ${expected}: fetch it again`,
    );
  }
}
