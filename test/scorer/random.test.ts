import { expect } from "chai";
import { Random } from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { expectScorerError } from "./support.ts";

const MASK = 2n ** 64n - 1n;

/** SplitMix64 and xoshiro128** in BigInts, written from their definitions. */
function* naiveWords(seed: bigint, state?: bigint[]): Generator<number, never> {
  let counter = seed;
  const splitMix = (): bigint => {
    counter = (counter + 0x9e3779b97f4a7c15n) & MASK;
    const first = ((counter ^ (counter >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    const second = ((first ^ (first >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return second ^ (second >> 31n);
  };
  const word = (value: bigint): bigint => value & 0xffffffffn;
  const rotate = (value: bigint, by: bigint): bigint => word((value << by) | (value >> (32n - by)));
  const [a, b] = [splitMix(), splitMix()];
  const s = state ?? [word(a), a >> 32n, word(b), b >> 32n];
  for (;;) {
    const result = word(rotate(word(s[1]! * 5n), 7n) * 9n);
    const shifted = word(s[1]! << 9n);
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = rotate(s[3]!, 11n);
    yield Number(result);
  }
}

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe("random numbers", () => {
  it("are those of xoshiro128** after SplitMix64", () => {
    // The published vector of the generator, for the state 1, 2, 3, 4.
    const published = naiveWords(0n, [1n, 2n, 3n, 4n]);
    expect(draw(10, () => published.next().value)).to.deep.equal([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
    for (const seed of [0, 1, 42, Number.MAX_SAFE_INTEGER]) {
      const [random, naive] = [new Random(seed), naiveWords(BigInt(seed))];
      expect(draw(1000, () => random.bits())).to.deep.equal(draw(1000, () => naive.next().value));
    }
  });

  it("uniforms have 53 bits of two words", () => {
    const [random, naive] = [new Random(7), naiveWords(7n)];
    for (let i = 0; i < 1000; i++) {
      const [high, low] = [BigInt(naive.next().value), BigInt(naive.next().value)];
      expect(random.uniform()).to.equal(Number(((high >> 5n) << 26n) | (low >> 6n)) / 2 ** 53);
    }
  });

  it("below chooses every number alike, and makes draws beyond the last multiple again", () => {
    const random = new Random(1);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]!++;
    // χ² of 6 degrees of freedom is below 22.5 but once in a thousand times.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).to.be.below(22.5);

    const n = 3 * 2 ** 30; // a quarter of all words is beyond the only multiple
    const [biased, naive] = [new Random(2), naiveWords(2n)];
    const kept = draw(400, () => naive.next().value).filter((word) => word < n);
    expect(kept.length).to.be.within(250, 350);
    expect(draw(kept.length, () => biased.below(n))).to.deep.equal(kept);
  });

  it("below takes 1 to 2^32 choices", () => {
    expect(new Random(3).below(1)).to.equal(0);
    expect(new Random(3).below(2 ** 32)).to.equal(new Random(3).bits());
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) {
      expectScorerError("out-of-range", () => new Random(3).below(n));
    }
  });

  it("signs are the bits of words, from the lowest", () => {
    const [random, naive] = [new Random(4), naiveWords(4n)];
    const words = draw(3, () => naive.next().value);
    expect([...random.signs(70)]).to.deep.equal(
      draw(70, () => 0).map((_, i) => (((words[i >> 5] ?? 0) >>> (i & 31)) & 1 ? 1 : -1)),
    );
    expect(random.signs(0).length).to.equal(0);
    expectScorerError("out-of-range", () => random.signs(-1));
  });

  it("shuffle makes every order alike", () => {
    const random = new Random(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.shuffle(["a", "b", "c", "d"]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).to.equal(24);
    // χ² of 23 degrees of freedom, once in a thousand times.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).to.be.below(49.7);
  });

  it("sample draws distinct items, every choice alike", () => {
    const random = new Random(6);
    const counts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const pair = [...random.sample(5, 2)];
      expect(pair[0]).to.not.equal(pair[1]);
      counts.set(pair.join(), (counts.get(pair.join()) ?? 0) + 1);
    }
    expect(counts.size).to.equal(20);
    // χ² of 19 degrees of freedom, once in a thousand times.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).to.be.below(43.8);
    expect([...random.sample(9, 9)].sort()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...random.sample(0, 0)]).to.deep.equal([]);
    expectScorerError("out-of-range", () => random.sample(3, 4));
  });

  it("normals have the distribution function of the normal distribution", () => {
    const n = 40_000;
    const sorted = new Random(8).normals(n).sort();
    /** Φ by Simpson's rule from 0. */
    const phi = (x: number): number => {
      const steps = 200;
      const h = x / steps;
      let sum = 0;
      for (let i = 0; i <= steps; i++) {
        sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2);
      }
      return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
    };
    let distance = 0;
    sorted.forEach((x, i) => (distance = Math.max(distance, Math.abs(phi(x) - (i + 0.5) / n))));
    // Kolmogorov & Smirnov, once in a thousand times.
    expect(distance).to.be.below(1.95 / Math.sqrt(n));
    expect(sorted[0]).to.be.below(-3.5);
    expectClose(sorted.reduce((sum, x) => sum + x ** 4, 0) / n, 3, 0.25);
  });

  it("refuse a seed that is no integer from 0 to 2^53 − 1", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) expectScorerError("out-of-range", () => new Random(seed));
  });
});
