/** What comes piece by piece: from memory, or from a disk that is read meanwhile. */
export type Pieces<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Cuts bytes that come in pieces of any size into a head and blocks of one size; only the last block may be shorter.
 * Each block has memory of its own.
 *
 * @param pieces - read once
 */
export class BlockReader {
  readonly #pieces: AsyncGenerator<Uint8Array, undefined>;
  #piece: Uint8Array = new Uint8Array();
  #offset = 0;

  constructor(pieces: Pieces<Uint8Array>) {
    this.#pieces = iterate(pieces);
  }

  /** Number of bytes that were taken so far. */
  get offset(): number {
    return this.#offset;
  }

  /** The next bytes: as many as asked for, or as there are. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const block = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#piece.length === 0 && !(await this.#next())) break;
      const part = this.#piece.subarray(0, length - filled);
      block.set(part, filled);
      filled += part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
    this.#offset += filled;
    return filled === length ? block : block.slice(0, filled);
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#pieces.next();
    if (done === true) return false;
    this.#piece = value;
    return true;
  }
}

/** Pieces of either kind as one that waits. */
export async function* iterate<T>(pieces: Pieces<T>): AsyncGenerator<T, undefined> {
  for await (const piece of pieces) yield piece;
}
