import { MetadataError } from "../errors.ts";

/** A vector like another one. */
export interface NearVector {
  /** Number of the vector, in the order of `add`. */
  readonly vector: number;
  /** The cosine of the angle between them, from −1 to 1. */
  readonly cosine: number;
}

/** Chosen from the curve of `bench/gaming/intake.ts` for MiniLM; other embeddings have other scales. */
export const DEFAULT_COSINE = 0.8;

/**
 * Finds vectors that point the way of earlier ones: embeddings of whatever the rows are. Every earlier vector is
 * compared. A vector of zeros is like none.
 */
export class NearVectors {
  readonly cosine: number;
  readonly length: number;
  #units: Float64Array;
  #size = 0;

  /**
   * @param length - of every vector, from 1
   * @param cosine - least cosine that is reported
   * @throws MetadataError `bad-search` for a cosine outside of −1 to 1, or a length below 1
   */
  constructor(length: number, cosine = DEFAULT_COSINE) {
    if (!Number.isSafeInteger(length) || length < 1) {
      throw new MetadataError("bad-search", `vectors of length ${length} can't be compared: expected 1 or more`);
    }
    if (!(cosine >= -1 && cosine <= 1)) {
      throw new MetadataError("bad-search", `the cosine is ${cosine}, expected a number from -1 to 1`);
    }
    this.length = length;
    this.cosine = cosine;
    this.#units = new Float64Array(64 * length);
  }

  /** Vectors that were added. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a vector after saying what it is like; its number is the `size` before.
   *
   * @param vector - float64, as long as the others
   * @returns the earlier vectors within the cosine, the nearest first
   * @throws MetadataError `bad-vector`
   */
  add(vector: ArrayLike<number>): NearVector[] {
    const unit = this.#unitOf(vector);
    const found = this.#near(unit);
    if ((this.#size + 1) * this.length > this.#units.length) {
      const units = new Float64Array(2 * this.#units.length);
      units.set(this.#units);
      this.#units = units;
    }
    this.#units.set(unit, this.#size++ * this.length);
    return found;
  }

  /** The added vectors within the cosine of one, the nearest first. @throws MetadataError `bad-vector` */
  near(vector: ArrayLike<number>): NearVector[] {
    return this.#near(this.#unitOf(vector));
  }

  #near(unit: Float64Array): NearVector[] {
    const found: NearVector[] = [];
    for (let number = 0; number < this.#size; number++) {
      const start = number * this.length;
      let cosine = 0;
      for (let i = 0; i < this.length; i++) cosine += unit[i]! * this.#units[start + i]!;
      if (cosine >= this.cosine) found.push({ vector: number, cosine: Math.min(1, cosine) });
    }
    return found.sort((a, b) => b.cosine - a.cosine || a.vector - b.vector);
  }

  #unitOf(vector: ArrayLike<number>): Float64Array {
    if (vector.length !== this.length) {
      throw new MetadataError(
        "bad-vector",
        `a vector has ${vector.length} values, expected ${this.length}: embed all rows with one model`,
      );
    }
    const unit = Float64Array.from(vector);
    let squares = 0;
    for (const value of unit) squares += value * value;
    if (!Number.isFinite(squares)) {
      throw new MetadataError("bad-vector", "a vector has a value that isn't finite: embed its row again");
    }
    if (squares === 0) return unit;
    const norm = Math.sqrt(squares);
    return unit.map((value) => value / norm);
  }
}
