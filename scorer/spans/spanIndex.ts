import { plainSuffixArray, suffixArray } from "../kernels/suffixArray.ts";
import { type Corpus, rowCount } from "./corpus.ts";
import { PackedIntegers } from "./packed.ts";

/** Positions of one entry of the table that leads from positions to rows. */
const BLOCK = 256;

/** Suffixes of a corpus that begin with the same tokens: those of ranks from … to − 1. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * The suffix array over a corpus (infini-gram: Liu et al., "Infini-gram: Scaling Unbounded n-gram Language Models to a
 * Trillion Tokens", 2024), to find any sequence of tokens and all rows that hold it.
 */
export class SpanIndex {
  readonly corpus: Corpus;
  /** Positions [n] in the order of the suffixes that begin there. */
  readonly #suffixes: PackedIntegers;
  /** uint32 [ids + 1]: the first rank of each id, and n */
  readonly #buckets: Uint32Array;
  /** uint32 [⌈n / 256⌉]: the row at every 256th position */
  readonly #blockRows: Uint32Array;

  /**
   * @param sort - makes the suffix array: the kernel, or its plain twin
   * @throws ScorerError `out-of-memory`
   */
  constructor(corpus: Corpus, sort: typeof plainSuffixArray = suffixArray) {
    this.corpus = corpus;
    const { tokens, rowStarts } = corpus;
    const n = tokens.length;
    const symbols = corpus.vocabulary.size + 1;
    const text = new Uint32Array(n);
    const buckets = new Uint32Array(symbols + 1);
    for (let i = 0; i < n; i++) {
      text[i] = tokens.at(i);
      buckets[text[i]! + 1]!++;
    }
    for (let id = 0; id < symbols; id++) buckets[id + 1]! += buckets[id]!;
    this.#buckets = buckets;
    this.#suffixes = PackedIntegers.from(sort(text, symbols), n - 1);
    this.#blockRows = new Uint32Array(Math.ceil(n / BLOCK));
    for (let block = 0, row = 0; block < this.#blockRows.length; block++) {
      while (rowStarts[row + 1]! <= block * BLOCK) row++;
      this.#blockRows[block] = row;
    }
  }

  /** Bytes of all arrays, those of the corpus among them; the vocabulary's strings are not. */
  get byteLength(): number {
    const { tokens, rowStarts, contributionStarts } = this.corpus;
    const tables = [rowStarts, contributionStarts, this.#buckets, this.#blockRows];
    return tables.reduce((sum, table) => sum + table.byteLength, tokens.bytes.length + this.#suffixes.bytes.length);
  }

  /** How often a token of the corpus occurs. */
  frequency(id: number): number {
    return this.#buckets[id + 1]! - this.#buckets[id]!;
  }

  /**
   * The longest beginning of ids[at …] that the corpus holds within a row.
   *
   * @param ids - see `idsOf`
   * @returns its length, and the rank of one suffix that begins with it, for `interval`
   */
  longestMatch(ids: Int32Array, at: number): { readonly length: number; readonly rank: number } {
    const id = ids[at]!;
    let length = 0;
    let rank = 0;
    if (id <= 0) return { length, rank };
    let low = this.#buckets[id]!;
    let high = this.#buckets[id + 1]!;
    // What is shared with the suffixes next to the gap is shared with all between.
    let sharedLow = 1;
    let sharedHigh = 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = this.#suffixes.at(middle);
      let shared = Math.min(sharedLow, sharedHigh);
      while (at + shared < ids.length && this.corpus.tokens.at(start + shared) === ids[at + shared]) shared++;
      if (shared > length) {
        length = shared;
        rank = middle;
      }
      if (at + shared === ids.length) break;
      if (this.corpus.tokens.at(start + shared) < ids[at + shared]!) {
        low = middle + 1;
        sharedLow = shared;
      } else {
        high = middle;
        sharedHigh = shared;
      }
    }
    return { length, rank };
  }

  /** All suffixes that begin with the same `length` tokens as the one of a rank. */
  interval(rank: number, length: number): Interval {
    const first = this.#suffixes.at(rank);
    return { from: this.#edge(rank, first, length, -1), to: this.#edge(rank, first, length, 1) + 1 };
  }

  /** The last rank in a direction whose suffix begins as the one at `first` does. */
  #edge(rank: number, first: number, length: number, direction: 1 | -1): number {
    const id = this.corpus.tokens.at(first);
    const bound = direction > 0 ? this.#buckets[id + 1]! - 1 : this.#buckets[id]!;
    // Most spans are rare: steps double from the known one.
    let inside = rank;
    let step = 1;
    let outside = bound + direction;
    while (direction * (outside - inside) > 1) {
      const probe =
        step > 0 && direction * (outside - inside) > step ? inside + direction * step : (inside + outside) >> 1;
      if (this.#sameStart(this.#suffixes.at(probe), first, length)) {
        inside = probe;
        step *= 2;
      } else {
        outside = probe;
        step = 0;
      }
    }
    return inside;
  }

  #sameStart(a: number, b: number, length: number): boolean {
    const { tokens } = this.corpus;
    for (let k = 0; k < length; k++) if (tokens.at(a + k) !== tokens.at(b + k)) return false;
    return true;
  }

  /** The different rows of an interval's suffixes, ascending, counted through the corpus. */
  rowsOf({ from, to }: Interval): Uint32Array {
    const rows = new Uint32Array(to - from);
    for (let rank = from; rank < to; rank++) rows[rank - from] = this.#rowAt(this.#suffixes.at(rank));
    const total = rowCount(this.corpus);
    return rows.length * 32 > total ? sortByBits(rows, total) : sortFew(rows);
  }

  #rowAt(position: number): number {
    const { rowStarts } = this.corpus;
    let row = this.#blockRows[Math.floor(position / BLOCK)]!;
    while (rowStarts[row + 1]! <= position) row++;
    return row;
  }
}

/** Ascending and each once. */
function sortFew(values: Uint32Array): Uint32Array {
  values.sort();
  let count = 0;
  for (const value of values) if (count === 0 || values[count - 1] !== value) values[count++] = value;
  return values.subarray(0, count);
}

/** The same where values are many of those below `limit`. */
function sortByBits(values: Uint32Array, limit: number): Uint32Array {
  const bits = new Uint32Array(Math.ceil(limit / 32));
  for (const value of values) bits[value >>> 5]! |= 1 << (value & 31);
  let count = 0;
  for (let word = 0; word < bits.length; word++) {
    for (let rest = bits[word]!, value = 32 * word; rest !== 0; rest >>>= 1, value++) {
      if ((rest & 1) === 1) values[count++] = value;
    }
  }
  return values.subarray(0, count);
}
