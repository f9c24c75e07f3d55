import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { log } from "../numeric/elementary.ts";
import { type Corpus, idsOf, placeOfRow, ROW_END, rowCount, type RowPlace } from "./corpus.ts";

/** The parameters of BM25's term weight. */
export interface Bm25Config {
  /** How soon more occurrences of a token stop to count */
  readonly k1: number;
  /** How much a row's length counts, 0 to 1 */
  readonly b: number;
}

/** The middle of what Robertson & Zaragoza recommend: k1 in 1.2 … 2, b in 0.5 … 0.8. */
export const DEFAULT_BM25_CONFIG: Bm25Config = { k1: 1.2, b: 0.75 };

export interface RowScore extends RowPlace {
  readonly score: number;
}

export interface ContributionScore {
  readonly contribution: number;
  /** That of its best row */
  readonly score: number;
}

/** Both by falling score, equal ones in the order of the corpus; scores of 0 are left out. */
export interface Bm25Ranking {
  readonly rows: readonly RowScore[];
  readonly contributions: readonly ContributionScore[];
}

/**
 * Rows by what they share with a text in single tokens, in any order: BM25 (Robertson & Zaragoza, "The Probabilistic
 * Relevance Framework: BM25 and Beyond", 2009, eq. 3.15), summed over the different tokens of the text:
 *
 * tf / (k1 ((1 − b) + b · dl / avdl) + tf) · ln((N − df + 0.5) / (df + 0.5))
 *
 * with tf a token's occurrences in the row, dl the row's tokens, avdl their average, N rows of which df hold the token.
 * Tokens in half of all rows or more, whose last factor is not above 0, are left out.
 */
export class Bm25Index {
  readonly #corpus: Corpus;
  readonly #config: Bm25Config;
  /**
   * For each token its rows, ascending: the distance from the one before (from −1 for the first) doubled, plus 1 when
   * tf is above 1, and then tf; as bytes of 7 bits, the lowest first, all but the last with the high bit set (LEB128).
   */
  readonly #postings: Uint8Array;
  /** uint32 [ids + 1]: where each id's postings begin, and their end */
  readonly #starts: Uint32Array;
  /** uint32 [ids]: the rows that hold each */
  readonly #rowFrequencies: Uint32Array;

  /** @throws ScorerError `out-of-range` for parameters that are none */
  constructor(corpus: Corpus, config: Bm25Config = DEFAULT_BM25_CONFIG) {
    if (!(config.k1 >= 0 && config.k1 < Infinity && config.b >= 0 && config.b <= 1)) {
      throw new ScorerError(
        "out-of-range",
        `k1 = ${config.k1}, b = ${config.b}: k1 must be a number from 0 and b one from 0 to 1`,
      );
    }
    this.#corpus = corpus;
    this.#config = config;
    const symbols = corpus.vocabulary.size + 1;
    this.#rowFrequencies = new Uint32Array(symbols);
    this.#starts = new Uint32Array(symbols + 1);
    const lastRows = new Int32Array(symbols).fill(-1);
    forEachPosting(corpus, (id, row, tf) => {
      this.#rowFrequencies[id]!++;
      this.#starts[id + 1]! += postingBytes(row - lastRows[id]!, tf);
      lastRows[id] = row;
    });
    for (let id = 0; id < symbols; id++) this.#starts[id + 1]! += this.#starts[id]!;
    this.#postings = new Uint8Array(this.#starts[symbols]!);
    const places = this.#starts.slice();
    lastRows.fill(-1);
    forEachPosting(corpus, (id, row, tf) => {
      const distance = row - lastRows[id]!;
      let to = writeVarint(this.#postings, places[id]!, 2 * distance + (tf > 1 ? 1 : 0));
      if (tf > 1) to = writeVarint(this.#postings, to, tf);
      places[id] = to;
      lastRows[id] = row;
    });
  }

  /** Bytes of all arrays but the corpus's. */
  get byteLength(): number {
    return this.#postings.byteLength + this.#starts.byteLength + this.#rowFrequencies.byteLength;
  }

  /**
   * @returns float64 [rows of the corpus]; tokens are added in the order of their ids
   */
  scores(text: string): Float64Array {
    const rows = rowCount(this.#corpus);
    const scores = new Float64Array(rows);
    for (const id of new Set(idsOf(this.#corpus, text).sort())) {
      const df = this.#rowFrequencies[id] ?? 0;
      if (df > 0 && 2 * df < rows) this.#add(scores, id, log((rows - df + 0.5) / (df + 0.5)));
    }
    return scores;
  }

  /**
   * The best rows and contributions for a text.
   *
   * @param k - how many of each at most
   * @throws ScorerError `out-of-range` for a k below 1
   */
  rank(text: string, k: number): Bm25Ranking {
    assertInteger(k, 1, 2 ** 31 - 1, "the number of rows and contributions to rank");
    const scores = this.scores(text);
    const { contributionStarts } = this.#corpus;
    const best = new Float64Array(contributionStarts.length - 1);
    for (let contribution = 0; contribution < best.length; contribution++) {
      for (let row = contributionStarts[contribution]!; row < contributionStarts[contribution + 1]!; row++) {
        best[contribution] = Math.max(best[contribution]!, scores[row]!);
      }
    }
    return {
      rows: largest(scores, k).map((row) => ({ ...placeOfRow(this.#corpus, row), score: scores[row]! })),
      contributions: largest(best, k).map((contribution) => ({ contribution, score: best[contribution]! })),
    };
  }

  #add(scores: Float64Array, id: number, weight: number): void {
    const { k1, b } = this.#config;
    const { rowStarts, tokens } = this.#corpus;
    const average = (tokens.length - scores.length) / scores.length;
    const postings = this.#postings;
    const end = this.#starts[id + 1]!;
    let row = -1;
    let at = this.#starts[id]!;
    const next = (): number => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = postings[at++]!;
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    };
    while (at < end) {
      const head = next();
      row += Math.floor(head / 2);
      const tf = head % 2 === 1 ? next() : 1;
      const length = rowStarts[row + 1]! - rowStarts[row]! - 1;
      scores[row]! += (tf / (k1 * (1 - b + (b * length) / average) + tf)) * weight;
    }
  }
}

/** The indices of the k largest values above 0, by falling value, equal ones ascending. */
function largest(values: Float64Array, k: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value > 0) || (found.length === k && value <= values[found[k - 1]!]!)) continue;
    if (found.length === k) found.pop();
    let to = found.length;
    while (to > 0 && values[found[to - 1]!]! < value) to--;
    found.splice(to, 0, i);
  }
  return found;
}

/** Calls `use` for every row and every different token of it, by row. */
function forEachPosting(corpus: Corpus, use: (id: number, row: number, tf: number) => void): void {
  const counts = new Uint32Array(corpus.vocabulary.size + 1);
  for (let row = 0; row < rowCount(corpus); row++) {
    const from = corpus.rowStarts[row]!;
    const end = corpus.rowStarts[row + 1]!;
    for (let i = from; i < end; i++) counts[corpus.tokens.at(i)]!++;
    for (let i = from; i < end; i++) {
      const id = corpus.tokens.at(i);
      if (id !== ROW_END && counts[id]! > 0) use(id, row, counts[id]!);
      counts[id] = 0;
    }
  }
}

function postingBytes(distance: number, tf: number): number {
  return tf > 1 ? varintBytes(2 * distance + 1) + varintBytes(tf) : varintBytes(2 * distance);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** @returns one past the last byte */
function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let to = offset;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) target[to++] = 128 + (rest % 128);
  target[to++] = rest;
  return to;
}
