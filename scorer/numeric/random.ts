import { assertInteger } from "../core/integers.ts";

const TWO_32 = 2 ** 32;
const MASK_64 = 2n ** 64n - 1n;

/**
 * A seeded generator of random numbers: xoshiro128** 1.1 (Blackman & Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 47(4), 2021), its state filled by SplitMix64 (Steele, Lea & Flood 2014) as its authors advise.
 * Everything is made of 32-bit integers, and of float64 with exact operations: the same numbers on every engine. For
 * sampling, not for secrets.
 */
export class Random {
  readonly #state: Uint32Array;

  /**
   * @param seed - an integer from 0 to 2^53 − 1
   * @throws ScorerError `out-of-range`
   */
  constructor(seed: number) {
    assertInteger(seed, 0, Number.MAX_SAFE_INTEGER, "the seed");
    this.#state = new Uint32Array(4);
    let counter = BigInt(seed);
    for (let i = 0; i < 4; i += 2) {
      counter = (counter + 0x9e3779b97f4a7c15n) & MASK_64;
      let z = counter;
      z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
      z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
      z ^= z >> 31n;
      this.#state[i] = Number(z & 0xffffffffn);
      this.#state[i + 1] = Number(z >> 32n);
    }
  }

  /** 32 random bits, as an integer from 0 to 2^32 − 1. */
  bits(): number {
    const state = this.#state;
    const [s0, s1, s2, s3] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const scrambled = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    state[0] = s0 ^ t3;
    state[1] = s1 ^ t2;
    state[2] = t2 ^ (s1 << 9);
    state[3] = rotateLeft(t3, 11);
    return scrambled;
  }

  /** A multiple of 2^-53 from 0 to 1, 1 excluded, each as likely as the others. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * An integer from 0 to n − 1, each exactly as likely as the others: draws beyond the largest multiple of n are made
   * again.
   *
   * @param n - 1 to 2^32
   * @throws ScorerError `out-of-range`
   */
  below(n: number): number {
    assertInteger(n, 1, TWO_32, "the number of choices");
    const end = TWO_32 - (TWO_32 % n);
    let draw = this.bits();
    while (draw >= end) draw = this.bits();
    return draw % n;
  }

  /** True half of the time. */
  coin(): boolean {
    return this.bits() >= 2 ** 31;
  }

  /**
   * Rademacher signs, −1 or 1.
   *
   * @returns float64 [count]
   * @throws ScorerError `out-of-range`
   */
  signs(count: number): Float64Array {
    const signs = new Float64Array(assertInteger(count, 0, TWO_32 - 1, "the number of signs"));
    for (let i = 0, word = 0; i < count; i++, word >>>= 1) {
      if (i % 32 === 0) word = this.bits();
      signs[i] = (word & 1) === 1 ? 1 : -1;
    }
    return signs;
  }

  /** Permutes in place, every order exactly as likely as the others (Fisher & Yates; Knuth, TAOCP 2, algorithm P). */
  shuffle<T extends { [index: number]: unknown; readonly length: number }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  /**
   * Distinct integers from 0 to n − 1, every ordered choice exactly as likely as the others.
   *
   * @returns int32 [count]
   * @throws ScorerError `out-of-range` when there are not so many
   */
  sample(n: number, count: number): Int32Array {
    assertInteger(n, 0, 2 ** 31 - 1, "the number of items");
    assertInteger(count, 0, n, "the number of items to draw");
    const items = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < count; i++) {
      const j = i + this.below(n - i);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items.slice(0, count);
  }

  /**
   * A number of the standard normal distribution, without logarithm or exponential: only comparisons of uniforms
   * (Karney, "Sampling Exactly from the Normal Distribution", ACM TOMS 42(1), 2016, algorithm N).
   */
  normal(): number {
    for (;;) {
      const k = this.#wholePart();
      if (k === undefined) continue;
      const x = this.uniform();
      let accepted = true;
      for (let test = 0; test <= k && accepted; test++) accepted = this.#decays(x, (2 * k + x) / (2 * k + 2));
      if (accepted) return this.coin() ? k + x : -(k + x);
    }
  }

  /** Standard normal numbers, float64 [count]. */
  normals(count: number): Float64Array {
    return Float64Array.from({ length: assertInteger(count, 0, TWO_32 - 1, "the number of normals") }, () =>
      this.normal(),
    );
  }

  /** k ≥ 0 with a probability in proportion to exp(−k²/2), or undefined to try again (steps N1 and N2). */
  #wholePart(): number | undefined {
    let k = 0;
    while (this.#decays(0.5, 1)) k++;
    for (let test = 0; test < k * (k - 1); test++) if (!this.#decays(0.5, 1)) return undefined;
    return k;
  }

  /**
   * True with probability exp(−x·f), for x and f from 0 to 1: whether a falling run x > z₁ > z₂ > …, each of whose steps
   * also passes with probability f, has an even length (von Neumann 1951; Karney's algorithms H and B).
   */
  #decays(x: number, f: number): boolean {
    let last = x;
    for (let even = true; ; even = !even) {
      const z = this.uniform();
      if (z >= last || (f < 1 && this.uniform() >= f)) return even;
      last = z;
    }
  }
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
