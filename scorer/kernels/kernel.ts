import { ScorerError } from "../core/errors.ts";

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 65_536;
/** Vectors are loaded fastest from multiples of it. */
const ALIGNMENT = 16;

/** A WebAssembly module with a memory of its own. */
export interface Kernel<F> {
  /** What it exports, beside its memory. */
  readonly functions: F;
  /**
   * Lays out blocks one after the other from the start of the memory, which grows if need be. A block keeps what it
   * holds if it and those before it had the same sizes in the call before; other blocks of earlier calls are given up,
   * and views of any of them may be detached.
   *
   * @param sizes - of each block, in bytes
   * @returns the offset of each block, a multiple of 16
   * @throws ScorerError `out-of-memory` when they don't fit into 4 GiB or the machine has less
   */
  readonly layOut: (sizes: readonly number[]) => number[];
  /** The memory as it is now: asked for again after each `layOut`. */
  readonly memory: () => ArrayBuffer;
}

/**
 * @param base64 - the module, as the build made it
 */
export function instantiate<F>(base64: string): Kernel<F> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(fromBase64(base64)));
  const memory = instance.exports.memory as WebAssembly.Memory;
  return {
    functions: instance.exports as F,
    memory: () => memory.buffer,
    layOut: (sizes) => {
      let end = 0;
      const offsets = sizes.map((size) => {
        const offset = end;
        end += ALIGNMENT * Math.ceil(size / ALIGNMENT);
        return offset;
      });
      const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
      if (missing > 0) grow(memory, missing, end);
      return offsets;
    },
  };
}

function grow(memory: WebAssembly.Memory, pages: number, needed: number): void {
  try {
    memory.grow(pages);
  } catch {
    throw new ScorerError(
      "out-of-memory",
      `the computation needs ${Math.ceil(needed / 2 ** 20)} MiB at once: give it fewer rows at a time, or a larger machine`,
    );
  }
}

function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
