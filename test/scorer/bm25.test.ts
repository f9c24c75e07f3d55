import { expect } from "chai";
import { Bm25Index, DEFAULT_BM25_CONFIG, readCorpus, tokensOf } from "../../scorer/index.ts";
import { expectClose } from "./close.ts";
import { expectScorerError, Random } from "./support.ts";

/** Robertson & Zaragoza 2009, eq. 3.15, row by row. */
function naiveScores(rows: readonly string[], query: string, k1: number, b: number): number[] {
  const documents = rows.map(tokensOf);
  const average = documents.reduce((sum, document) => sum + document.length, 0) / documents.length;
  return documents.map((document) => {
    let score = 0;
    for (const token of new Set(tokensOf(query))) {
      const df = documents.filter((other) => other.includes(token)).length;
      const tf = document.filter((other) => other === token).length;
      const weight = Math.log((documents.length - df + 0.5) / (df + 0.5));
      if (df === 0 || tf === 0 || weight <= 0) continue;
      score += (tf / (k1 * (1 - b + (b * document.length) / average) + tf)) * weight;
    }
    return score;
  });
}

describe("BM25", () => {
  const random = new Random(23);

  it("is the formula, for rows and contributions, ties by number", () => {
    let ties = 0;
    for (let turn = 0; turn < 60; turn++) {
      // Token frequencies and distances of one byte and of two.
      const count = turn % 20 === 0 ? 400 : random.integer(1, 30);
      const words = Array.from({ length: random.integer(2, 60) }, (_, i) => `w${i}`);
      const word = (): string => words[Math.floor(words.length * random.next() ** 3)]!;
      const texts = Array.from({ length: count }, () =>
        Array.from({ length: random.integer(0, 3) }, () =>
          Array.from({ length: turn % 20 === 0 && random.next() < 0.02 ? 400 : random.integer(0, 9) }, word).join(" "),
        ),
      );
      texts.push(["w1 w0", "w0", "w0", "w0"]);
      const query = Array.from({ length: random.integer(1, 12) }, () => `${word()} never`).join(" ");
      const { k1, b } = turn % 2 === 0 ? DEFAULT_BM25_CONFIG : { k1: 3 * random.next(), b: random.next() };
      const index = new Bm25Index(readCorpus(texts), { k1, b });
      const expected = naiveScores(texts.flat(), query, k1, b);
      const scores = index.scores(query);
      expect(scores.length).to.equal(expected.length);
      expected.forEach((score, row) => expectClose(scores[row], score, 1e-9));

      const places = texts.flatMap((rows, contribution) => rows.map((_, row) => ({ contribution, row })));
      const ranked = places.map((place, row) => ({ ...place, score: scores[row]! })).filter(({ score }) => score > 0);
      // Array's sort is stable.
      ranked.sort((x, y) => y.score - x.score);
      ties += ranked.filter(({ score }, i) => score === ranked[i + 1]?.score).length;
      const contributions: { contribution: number; score: number }[] = [];
      for (const { contribution, score } of ranked) {
        if (contributions.every((other) => other.contribution !== contribution))
          contributions.push({ contribution, score });
      }
      contributions.sort((x, y) => y.score - x.score || x.contribution - y.contribution);
      const k = random.integer(1, 12);
      expect(index.rank(query, k)).to.deep.equal({
        rows: ranked.slice(0, k),
        contributions: contributions.slice(0, k),
      });
    }
    expect(ties).to.be.above(50);
  });

  it("finds nothing by tokens that the corpus hasn't, or that half of the rows have", () => {
    const index = new Bm25Index(readCorpus([["a b"], ["a c"], ["d"], ["e"]]));
    expect(index.rank("", 3)).to.deep.equal({ rows: [], contributions: [] });
    expect(index.rank("x a", 3)).to.deep.equal({ rows: [], contributions: [] });
    expect(index.rank("d", 3).contributions.map(({ contribution }) => contribution)).to.deep.equal([2]);
  });

  it("refuses parameters that are none", () => {
    const corpus = readCorpus([["a"]]);
    for (const config of [
      { k1: -1, b: 0.5 },
      { k1: NaN, b: 0.5 },
      { k1: Infinity, b: 0.5 },
      { k1: 1, b: 1.1 },
      { k1: 1, b: -0.1 },
    ]) {
      expectScorerError("out-of-range", () => new Bm25Index(corpus, config), /k1/);
    }
    expectScorerError("out-of-range", () => new Bm25Index(corpus).rank("a", 0));
  });
});
