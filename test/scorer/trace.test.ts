import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  type Credit,
  creditByContribution,
  DEFAULT_TRACE_CONFIG,
  describeSources,
  indexTexts,
  locate,
  readCorpus,
  type Span,
  SpanIndex,
  sourcesOf,
  tokensOf,
  trace,
  type TraceConfig,
} from "../../scorer/index.ts";
import { plainSuffixArray } from "../../scorer/kernels/suffixArray.ts";
import { expectClose } from "./close.ts";
import { expectScorerError, Random } from "./support.ts";

const EVERYTHING: TraceConfig = {
  minTokens: 1,
  minRarity: 1e-9,
  maxOccurrences: 1e6,
  maxContributions: 1000,
  maxRows: 1000,
};

type Texts = readonly (readonly string[])[];

function occurrencesIn(tokens: readonly string[], part: readonly string[]): number {
  let found = 0;
  for (let i = 0; i + part.length <= tokens.length; i++) if (part.every((token, k) => tokens[i + k] === token)) found++;
  return found;
}

interface Expected extends Pick<Span, "firstToken" | "tokens" | "occurrences"> {
  readonly rarity: number;
  readonly holders: { contribution: number; rowCount: number; rows: number[] }[];
}

/** Every part of the output is looked for in every row. */
function naiveTrace(texts: Texts, output: string, prompt: string, config: TraceConfig): Expected[] {
  const rows = texts.map((contribution) => contribution.map(tokensOf));
  const all = rows.flat(2);
  const tokens = tokensOf(output);
  const found: Expected[] = [];
  for (let from = 0; from < tokens.length; from++) {
    for (let to = from + 1; to <= tokens.length; to++) {
      const part = tokens.slice(from, to);
      const holders = rows.flatMap((contribution, i) => {
        const holding = [...contribution.keys()].filter((row) => occurrencesIn(contribution[row]!, part) > 0);
        return holding.length === 0 ? [] : [{ contribution: i, rowCount: holding.length, rows: holding }];
      });
      if (holders.length === 0) continue;
      const occurrences = rows.flat().reduce((sum, row) => sum + occurrencesIn(row, part), 0);
      const rarity = part.reduce((sum, token) => sum - Math.log(occurrencesIn(all, [token]) / all.length), 0);
      found.push({ firstToken: from, tokens: to - from, occurrences, rarity, holders });
    }
  }
  const end = ({ firstToken, tokens: length }: Expected): number => firstToken + length;
  return found.filter(
    (span) =>
      !found.some((other) => other !== span && other.firstToken <= span.firstToken && end(other) >= end(span)) &&
      span.tokens >= config.minTokens &&
      span.rarity >= config.minRarity &&
      span.occurrences <= config.maxOccurrences &&
      occurrencesIn(tokensOf(prompt), tokens.slice(span.firstToken, end(span))) === 0,
  );
}

function naiveCredits(spans: readonly Expected[]): Credit[] {
  const total = spans.reduce((sum, { rarity }) => sum + rarity, 0);
  const credits = new Map<number, number>();
  for (const { rarity, holders } of spans) {
    for (const { contribution } of holders) {
      credits.set(contribution, (credits.get(contribution) ?? 0) + rarity / holders.length);
    }
  }
  return [...credits].map(([contribution, credit]) => ({ contribution, credit, share: credit / total }));
}

function expectSpans(texts: Texts, index: SpanIndex, output: string, prompt: string, config: TraceConfig): number {
  const spans = trace(index, output, prompt, config);
  const expected = naiveTrace(texts, output, prompt, config);
  expect(
    spans.map(({ firstToken, tokens, occurrences, holders }) => ({ firstToken, tokens, occurrences, holders })),
  ).to.deep.equal(
    expected.map(({ firstToken, tokens, occurrences, holders }) => ({ firstToken, tokens, occurrences, holders })),
  );
  spans.forEach((span, i) => {
    expectClose(span.rarity, expected[i]!.rarity, 1e-9);
    expect(span.contributionCount).to.equal(expected[i]!.holders.length);
    expect(span.rowCount).to.equal(expected[i]!.holders.reduce((sum, { rowCount }) => sum + rowCount, 0));
    const tokens = tokensOf(output).slice(span.firstToken, span.firstToken + span.tokens);
    expect(tokensOf(output.slice(span.start, span.end))).to.deep.equal(tokens);
  });
  const credits = creditByContribution(index, spans);
  const byNumber = (list: readonly Credit[]): Credit[] => [...list].sort((a, b) => a.contribution - b.contribution);
  const naive = byNumber(naiveCredits(expected));
  byNumber(credits).forEach((credit, i) => {
    expect(credit.contribution).to.equal(naive[i]!.contribution);
    expectClose(credit.credit, naive[i]!.credit, 1e-9);
    expectClose(credit.share, naive[i]!.share, 1e-9);
  });
  expect(credits.length).to.equal(naive.length);
  return spans.length;
}

describe("spans of an output", () => {
  const random = new Random(17);
  const text = (words: readonly string[], length: number): string =>
    Array.from({ length }, () => words[Math.floor(words.length * random.next() ** 2)]!).join(" ");

  it("are those of a search of every part in every row", () => {
    let found = 0;
    for (let turn = 0; turn < 120; turn++) {
      const words = Array.from("abcdefgh").slice(0, random.integer(1, 8));
      const texts = Array.from({ length: random.integer(1, 5) }, () =>
        Array.from({ length: random.integer(0, 4) }, () => text(words, random.integer(0, 12))),
      );
      texts.push([text(words, 3)]);
      const index = new SpanIndex(readCorpus(texts), turn % 2 === 0 ? undefined : plainSuffixArray);
      const output = text([...words, "?"], random.integer(0, 25));
      found += expectSpans(texts, index, output, "", EVERYTHING);
      const strict = {
        ...EVERYTHING,
        minTokens: random.integer(1, 4),
        minRarity: 0.1 + 5 * random.next(),
        maxOccurrences: random.integer(1, 9),
      };
      found += expectSpans(texts, index, output, text(words, random.integer(0, 30)), strict);
    }
    expect(found).to.be.above(500);
  });

  it("in many rows are counted by the bits of the rows", () => {
    const texts = Array.from({ length: 40 }, () => Array.from({ length: 3 }, () => text(["a", "b", "c"], 9)));
    const index = new SpanIndex(readCorpus(texts));
    expectSpans(texts, index, "a b ? a c b ? b ? c c c c", "", EVERYTHING);
  });

  const TEXTS = [
    ["The quick brown fox jumps over the lazy dog.", "A quick brown fox."],
    ["See how the Quick Brown Fox jumps!", "Nothing."],
    ["quick brown", "foxes jump over the lazy dog"],
  ];
  const index = indexTexts(TEXTS);

  it("end with the row", () => {
    const spans = trace(index.spans, "lazy dog. A quick", "", EVERYTHING);
    expect(spans.map(({ start, end }) => [start, end])).to.deep.equal([
      [0, 9],
      [10, 17],
    ]);
  });

  it("are listed up to a number, and counted in full", () => {
    const config = { ...EVERYTHING, maxContributions: 1, maxRows: 1 };
    const [span] = trace(index.spans, "quick, brown — QUICK BROWN", "quick ,", { ...config, minTokens: 2 });
    expect(span).to.include({ start: 15, end: 26, firstToken: 4, tokens: 2, rowCount: 4, contributionCount: 3 });
    expect(span!.holders).to.deep.equal([{ contribution: 0, rowCount: 2, rows: [0] }]);
    const credits = creditByContribution(index.spans, [span!]);
    expect(credits.map(({ contribution }) => contribution)).to.deep.equal([0, 1, 2]);
    for (const { share } of credits) expectClose(share, 1 / 3, 1e-15);
    expect(trace(index.spans, "lazy dog", "", { ...config, maxContributions: 0 })[0]!.holders).to.deep.equal([]);
  });

  it("that the prompt has are no evidence, longer ones are", () => {
    const config = { ...EVERYTHING, minTokens: 3 };
    const output = "a quick brown fox jumps over";
    expect(
      trace(index.spans, output, "Tell me of a QUICK brown fox", config).map(({ firstToken }) => firstToken),
    ).to.deep.equal([1]);
    expect(trace(index.spans, output, "a quick brown fox jumps over", config)).to.deep.equal([]);
  });

  it("are none of an output without known tokens", () => {
    expect(trace(index.spans, "", "", EVERYTHING)).to.deep.equal([]);
    expect(trace(index.spans, "xyzzy ? 東", "", EVERYTHING)).to.deep.equal([]);
    expect(creditByContribution(index.spans, [])).to.deep.equal([]);
  });

  it("come before similar contributions, and read as text", () => {
    const output = "They saw how the quick brown fox jumps\nover foxes and over the lazy dog.";
    const found = sourcesOf(index, output, "", { ...EVERYTHING, minTokens: 5 }, 3);
    expect(found.sources.map(({ kind, contribution }) => [kind, contribution])).to.deep.equal([
      ["verbatim", 0],
      ["verbatim", 1],
      ["similar", 2],
    ]);
    expect(describeSources(output, found, 1).split("\n")).to.deep.equal([
      '"how the quick brown fox jumps"',
      "  characters 10 to 38 of the answer, 6 tokens, 35.5 % of the credit",
      "  in 1 row of 1 contribution: 1 (row 0)",
      '"the quick brown fox jumps over"',
      "  characters 14 to 43 of the answer, 6 tokens, 33.9 % of the credit",
      "  in 1 row of 1 contribution: 0 (row 0)",
      '"over the lazy dog."',
      "  characters 55 to 72 of the answer, 5 tokens, 30.6 % of the credit",
      "  in 1 row of 1 contribution: 0 (row 0)",
      "Credit:",
      "  contribution 0: 64.5 %",
      "  and 1 more contribution",
      "Similar, without credit:",
      "  contribution 2: 1.34",
      "",
    ]);
    const short = { ...EVERYTHING, minTokens: 2, maxContributions: 1, maxRows: 1 };
    expect(describeSources("brown fox?", sourcesOf(index, "brown fox?", "", short))).to.match(
      /^"brown fox"\n.* 100\.0 % of the credit\n {2}in 3 rows of 2 contributions: 0 \(row 0 and 1 more\); and 1 more\n/,
    );
    expect(describeSources("foxes saw", sourcesOf(index, "foxes saw", "", EVERYTHING), 0)).to.match(/^"foxes"/);
    expect(describeSources("foxes saw", sourcesOf(index, "foxes saw"))).to.match(
      /^No part [^"]*contribution 2: 0\.57\n$/,
    );
  });

  it("can be shown in the rows that hold them", () => {
    const output = "the quick brown fox jumps";
    const [span] = trace(index.spans, output, "", EVERYTHING);
    const { contribution, rows } = span!.holders[1]!;
    const row = TEXTS[contribution]![rows[0]!]!;
    const { start, end } = locate(row, output.slice(span!.start, span!.end))!;
    expect(row.slice(start, end)).to.equal("the Quick Brown Fox jumps");
  });

  it("are described as in docs/text-attribution.md", () => {
    const example = indexTexts([
      ["The quick brown fox jumps over the lazy dog."],
      ["Foxes jump.", "See how the quick brown fox jumps!"],
      ["A saw is no hammer.", "Dogs sleep."],
    ]);
    const answer = "I saw how the quick brown fox jumps over the lazy dog.";
    const found = sourcesOf(example, answer, "What did you see?", { ...DEFAULT_TRACE_CONFIG, minRarity: 10 });
    const page = readFileSync(new URL("../../docs/text-attribution.md", import.meta.url), "utf8");
    expect(page).to.include(`\`\`\`text\n${describeSources(answer, found)}\`\`\``);
    expect(page).to.include(answer);
  });

  it("refuse configurations that are none", () => {
    for (const wrong of [
      { minTokens: 0 },
      { minRarity: 0 },
      { minRarity: NaN },
      { maxOccurrences: 0 },
      { maxContributions: -1 },
      { maxRows: 1.5 },
    ]) {
      expectScorerError("out-of-range", () => trace(index.spans, "a", "", { ...EVERYTHING, ...wrong }));
    }
  });
});
