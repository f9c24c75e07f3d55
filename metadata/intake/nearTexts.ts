import { MetadataError } from "../errors.ts";
import { mix, resemblanceOf, type Resemblance, shinglesOf } from "./shingles.ts";

/** How near-duplicate texts are looked for. */
export interface TextSearch {
  /** Words of a shingle. */
  readonly k: number;
  /** Bands of the signature: two texts are compared when they agree in one of them. */
  readonly bands: number;
  /** MinHash values of a band. */
  readonly rows: number;
  /** Least Jaccard index that is reported. */
  readonly jaccard: number;
  /** Least containment that is reported. */
  readonly containment: number;
  /** Fewest shingles of the smaller text for containment to say anything. */
  readonly leastShingles: number;
}

/** A text like another one. */
export interface NearText extends Resemblance {
  /** Number of the text, in the order of `add`. */
  readonly text: number;
}

/** Chosen from the curve of `bench/gaming/intake.ts`; docs/intake.md has it. */
export const DEFAULT_TEXT_SEARCH: TextSearch = {
  k: 2,
  bands: 64,
  rows: 2,
  jaccard: 0.15,
  containment: 0.7,
  leastShingles: 16,
};

/** Candidates that are compared with one text at the most, those that agree in most bands first. */
const MOST_CANDIDATES = 64;

/**
 * Finds texts like earlier ones: MinHash signatures (Broder 1997) in bands (locality-sensitive hashing; Leskovec,
 * Rajaraman, Ullman, "Mining of Massive Datasets", sections 3.3 and 3.4). A pair of Jaccard index `s` becomes a candidate
 * with probability 1 − (1 − s^rows)^bands; what is reported of a candidate is computed from the shingles themselves.
 */
export class NearTexts {
  readonly search: TextSearch;
  readonly #texts: string[] = [];
  /** For each band a chain of texts for each bucket: the last one in `heads`, 1 + its number, and before it `nexts`. */
  #heads: Uint32Array;
  #nexts: Uint32Array;
  #capacity = 1024;
  /** Hash of each text's band: [texts × bands]. */
  #keys: Uint32Array;
  readonly #multipliers: Uint32Array;
  readonly #increments: Uint32Array;

  /** @throws MetadataError `bad-search` for fewer than one word, band or row */
  constructor(search: TextSearch = DEFAULT_TEXT_SEARCH) {
    for (const [name, value] of Object.entries({ k: search.k, bands: search.bands, rows: search.rows })) {
      if (!Number.isSafeInteger(value) || value < 1 || value > 1024) {
        throw new MetadataError(
          "bad-search",
          `${name} of a search is ${value}, expected a whole number from 1 to 1024`,
        );
      }
    }
    this.search = search;
    const { bands } = search;
    this.#heads = new Uint32Array(bands * this.#capacity);
    this.#nexts = new Uint32Array(bands * this.#capacity);
    this.#keys = new Uint32Array(bands * this.#capacity);
    const functions = bands * search.rows;
    this.#multipliers = Uint32Array.from({ length: functions }, (_, i) => mix(2 * i + 1) | 1);
    this.#increments = Uint32Array.from({ length: functions }, (_, i) => mix(2 * i + 2));
  }

  /** Texts that were added. */
  get size(): number {
    return this.#texts.length;
  }

  /**
   * Adds a text after saying what it is like; its number is the `size` before.
   *
   * @returns as `near`
   */
  add(text: string): NearText[] {
    const shingles = shinglesOf(text, this.search.k);
    const keys = this.#keysOf(shingles);
    const found = this.#near(shingles, keys);
    const number = this.#texts.push(text) - 1;
    if (number === this.#capacity) this.#grow();
    if (keys !== undefined) {
      this.#keys.set(keys, number * this.search.bands);
      this.#chain(number);
    }
    return found;
  }

  /**
   * The added texts that are like one, the most alike first.
   *
   * @returns those that reach the search's Jaccard index or containment; where more than 64 agree in a band, those that
   * agree in most
   */
  near(text: string): NearText[] {
    const shingles = shinglesOf(text, this.search.k);
    return this.#near(shingles, this.#keysOf(shingles));
  }

  #near(shingles: Float64Array, keys: Uint32Array | undefined): NearText[] {
    if (keys === undefined) return [];
    const { jaccard, containment, leastShingles, k } = this.search;
    const found: NearText[] = [];
    for (const text of this.#candidates(keys)) {
      const other = shinglesOf(this.#texts[text]!, k);
      const resemblance = resemblanceOf(shingles, other);
      const contained =
        resemblance.containment >= containment && Math.min(shingles.length, other.length) >= leastShingles;
      if (resemblance.jaccard >= jaccard || contained) found.push({ text, ...resemblance });
    }
    return found.sort((a, b) => b.jaccard - a.jaccard || b.containment - a.containment || a.text - b.text);
  }

  /** Numbers of the texts that agree in a band, those that agree in most first. */
  #candidates(keys: Uint32Array): number[] {
    const { bands } = this.search;
    const agreeing = new Map<number, number>();
    for (let band = 0; band < bands; band++) {
      const key = keys[band]!;
      for (let at = this.#heads[this.#bucket(band, key)]!; at > 0; at = this.#nexts[(at - 1) * bands + band]!) {
        if (this.#keys[(at - 1) * bands + band] === key) agreeing.set(at - 1, (agreeing.get(at - 1) ?? 0) + 1);
      }
    }
    return [...agreeing]
      .sort(([a, inA], [b, inB]) => inB - inA || a - b)
      .slice(0, MOST_CANDIDATES)
      .map(([number]) => number);
  }

  /** One hash for each band's MinHash values; undefined without shingles. */
  #keysOf(shingles: Float64Array): Uint32Array | undefined {
    if (shingles.length === 0) return undefined;
    const { bands, rows } = this.search;
    const functions = bands * rows;
    const least = new Uint32Array(functions).fill(0xffffffff);
    for (const shingle of shingles) {
      const word = mix((shingle % 2 ** 32) ^ (shingle / 2 ** 32));
      for (let i = 0; i < functions; i++) {
        const hash = mix(Math.imul(word, this.#multipliers[i]!) + this.#increments[i]!);
        if (hash < least[i]!) least[i] = hash;
      }
    }
    const keys = new Uint32Array(bands);
    for (let band = 0; band < bands; band++) {
      let key = band;
      for (let row = 0; row < rows; row++) key = mix(Math.imul(key, 31) ^ least[band * rows + row]!);
      keys[band] = key;
    }
    return keys;
  }

  #bucket(band: number, key: number): number {
    return band * this.#capacity + (key & (this.#capacity - 1));
  }

  #chain(number: number): void {
    const { bands } = this.search;
    for (let band = 0; band < bands; band++) {
      const place = number * bands + band;
      const bucket = this.#bucket(band, this.#keys[place]!);
      this.#nexts[place] = this.#heads[bucket]!;
      this.#heads[bucket] = number + 1;
    }
  }

  /** A text without words has keys of zeros, which no text looks for: a key of words is hashed with its band. */
  #grow(): void {
    const { bands } = this.search;
    const before = this.#capacity;
    this.#capacity *= 2;
    const keys = new Uint32Array(bands * this.#capacity);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#heads = new Uint32Array(bands * this.#capacity);
    this.#nexts = new Uint32Array(bands * this.#capacity);
    for (let number = 0; number < before; number++) this.#chain(number);
  }
}
