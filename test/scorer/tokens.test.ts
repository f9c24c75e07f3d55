import { expect } from "chai";
import { locate, readCorpus, tokensOf } from "../../scorer/index.ts";
import { PackedIntegers } from "../../scorer/spans/packed.ts";
import { tokenise } from "../../scorer/spans/tokens.ts";
import { expectScorerError, Random } from "./support.ts";

describe("tokens", () => {
  it("are words, marks and code points above 127", () => {
    expect(tokensOf("Don't PAY $1,000\tfor Grüße — 東京😀!")).to.deep.equal([
      "don",
      "'",
      "t",
      "pay",
      "$",
      "1",
      ",",
      "000",
      "for",
      "gr",
      "ü",
      "ß",
      "e",
      "—",
      "東",
      "京",
      "😀",
      "!",
    ]);
    expect(tokensOf("\u0000 \u007f\u0085\u00a0\u2003\u2028\u3000")).to.deep.equal([]);
    // Case is folded in ASCII only: the Kelvin sign is no k, the dotted I no i.
    expect(tokensOf("K\u212a \u0130 É")).to.deep.equal(["k", "\u212a", "\u0130", "É"]);
    expect(tokensOf("a\ud800b")).to.deep.equal(["a", "\ud800", "b"]);
  });

  it("of any text are those of regular expressions", () => {
    const random = new Random(3);
    const alphabet = Array.from("abzAZ019 .,-'\n\t\u0000\u00a0é😀\u2009东");
    for (let turn = 0; turn < 300; turn++) {
      const text = Array.from(
        { length: random.integer(0, 40) },
        () => alphabet[random.integer(0, alphabet.length - 1)]!,
      );
      const joined = text.join("");
      const matches = [...joined.matchAll(/[0-9A-Za-z]+|[^\s\u0000]/gu)];
      const { count, starts, ends } = tokenise(joined);
      expect(count).to.equal(matches.length);
      expect([...starts]).to.deep.equal(matches.map(({ index }) => index));
      expect([...ends]).to.deep.equal(matches.map(({ index, 0: token }) => index + token.length));
    }
  });

  it("are found again in a row's own text", () => {
    const row = "It was... The  BEST of times,\nthe worst of Times.";
    const found = locate(row, "of times , the")!;
    expect(row.slice(found.start, found.end)).to.equal("of times,\nthe");
    expect(locate(row, "of times the")).to.equal(undefined);
    expect(locate(row, " ")).to.equal(undefined);
    expect(locate("", "a")).to.equal(undefined);
  });
});

describe("the corpus", () => {
  it("numbers tokens by frequency, then by code units, and ends every row", () => {
    const corpus = readCorpus([["b a b", ""], [], ["c B"]]);
    expect([...corpus.vocabulary]).to.deep.equal([
      ["b", 1],
      ["a", 2],
      ["c", 3],
    ]);
    expect(Array.from({ length: corpus.tokens.length }, (_, i) => corpus.tokens.at(i))).to.deep.equal([
      1, 2, 1, 0, 0, 3, 1, 0,
    ]);
    expect([...corpus.rowStarts]).to.deep.equal([0, 4, 5, 8]);
    expect([...corpus.contributionStarts]).to.deep.equal([0, 2, 2, 3]);
  });

  it("needs a token", () => {
    expectScorerError("empty-input", () => readCorpus([]));
    expectScorerError("empty-input", () => readCorpus([["", " \n"]]), /text/);
  });

  it("packs integers into as few bytes as they need", () => {
    for (const [max, width] of [
      [255, 1],
      [256, 2],
      [65_535, 2],
      [65_536, 3],
      [16_777_215, 3],
      [16_777_216, 4],
      [0xffffffff, 4],
    ] as const) {
      const values = Uint32Array.of(0, max, 1, max >>> 1, max - 1);
      const packed = PackedIntegers.from(values, max);
      expect(packed.bytes.length).to.equal(5 * width);
      expect(Array.from(values, (_, i) => packed.at(i))).to.deep.equal([...values]);
    }
  });
});
