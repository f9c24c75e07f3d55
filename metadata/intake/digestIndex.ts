import { fromHex, type Hex } from "../../scorer/index.ts";

/** Where a row stands. */
export interface RowPlace {
  /** Number of its contribution, in the order of `add`. */
  readonly contribution: number;
  /** Its place there, from 0. */
  readonly row: number;
}

/** A row that stands somewhere before. */
export interface RowCopy {
  /** Place of the copy in its contribution. */
  readonly row: number;
  /** The earliest row with the same bytes. */
  readonly earlier: RowPlace;
}

const DIGEST_BYTES = 32;
/** Digests of a block: blocks are never copied when there are more. */
const BLOCK = 2 ** 14;

/**
 * The row digests of a dataset's contributions, from the earliest on: says of each row where the same bytes stood first.
 * A hash table with linear probing over the digests themselves, which are uniform: 32 bytes and some 10 for each row, where
 * a Map over hexadecimal takes four times as much.
 */
export class DigestIndex {
  readonly #blocks: Uint8Array[] = [];
  /** Of each digest its place in its contribution. */
  readonly #rows: Uint32Array[] = [];
  /** Number of the first digest of each contribution. */
  readonly #starts: number[] = [];
  #size = 0;
  /** 1 + number of a digest, or 0. */
  #slots = new Uint32Array(2 * BLOCK);

  /** Contributions that were added. */
  get contributions(): number {
    return this.#starts.length;
  }

  /** Different digests that were added. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds the rows of the next contribution, after saying which of them stand in earlier ones, or before in itself.
   * Contributions are added by the time of their roots, the earliest first: the earliest owns a row.
   *
   * @param digests - SHA-256 of each row, in order
   * @returns copies by their place; `earlier.contribution` is the number of the added one for a row that repeats its own
   * @throws ScorerError `bad-hex`; nothing is added then
   */
  add(digests: readonly Hex[]): RowCopy[] {
    const bytes = digests.map((digest, row) => fromHex(digest, `the digest of row ${row}`, DIGEST_BYTES));
    this.#starts.push(this.#size);
    const copies: RowCopy[] = [];
    bytes.forEach((digest, row) => {
      const slot = this.#slotOf(digest);
      const found = this.#slots[slot]!;
      if (found > 0) copies.push({ row, earlier: this.#placeOf(found - 1) });
      else this.#insert(digest, row, slot);
    });
    return copies;
  }

  /**
   * Which rows stand in the added contributions; nothing is added.
   *
   * @throws ScorerError `bad-hex`
   */
  copiesIn(digests: readonly Hex[]): RowCopy[] {
    return digests.flatMap((digest, row) => {
      const found = this.#slots[this.#slotOf(fromHex(digest, `the digest of row ${row}`, DIGEST_BYTES))]!;
      return found === 0 ? [] : [{ row, earlier: this.#placeOf(found - 1) }];
    });
  }

  /** The slot that holds a digest, or the empty one where it belongs. */
  #slotOf(digest: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) & mask;
    for (let found = this.#slots[slot]!; found > 0 && !this.#holds(found - 1, digest); found = this.#slots[slot]!) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #holds(number: number, digest: Uint8Array): boolean {
    const block = this.#blocks[Math.floor(number / BLOCK)]!;
    const start = (number % BLOCK) * DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i++) if (block[start + i] !== digest[i]) return false;
    return true;
  }

  #insert(digest: Uint8Array, row: number, slot: number): void {
    const number = this.#size++;
    const block = Math.floor(number / BLOCK);
    this.#blocks[block] ??= new Uint8Array(BLOCK * DIGEST_BYTES);
    this.#rows[block] ??= new Uint32Array(BLOCK);
    this.#blocks[block].set(digest, (number % BLOCK) * DIGEST_BYTES);
    this.#rows[block][number % BLOCK] = row;
    this.#slots[slot] = number + 1;
    if (2 * this.#size > this.#slots.length) this.#grow();
  }

  #grow(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#size; number++) {
      const start = (number % BLOCK) * DIGEST_BYTES;
      const digest = this.#blocks[Math.floor(number / BLOCK)]!.subarray(start, start + DIGEST_BYTES);
      this.#slots[this.#slotOf(digest)] = number + 1;
    }
  }

  #placeOf(number: number): RowPlace {
    let low = 0;
    let high = this.#starts.length - 1;
    // The last contribution that starts at or before the digest; those that only repeat others start where the next does.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#starts[middle]! <= number) low = middle;
      else high = middle - 1;
    }
    return { contribution: low, row: this.#rows[Math.floor(number / BLOCK)]![number % BLOCK]! };
  }
}
