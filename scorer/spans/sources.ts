import { type Bm25Config, Bm25Index, DEFAULT_BM25_CONFIG } from "./bm25.ts";
import { readCorpus } from "./corpus.ts";
import { SpanIndex } from "./spanIndex.ts";
import {
  type Credit,
  creditByContribution,
  DEFAULT_TRACE_CONFIG,
  type Span,
  trace,
  type TraceConfig,
} from "./trace.ts";

/** Both indexes over the rows of the same contributions. */
export interface SourceIndex {
  readonly spans: SpanIndex;
  readonly similarity: Bm25Index;
}

/** A contribution that holds words of the output as they are. */
export interface VerbatimSource extends Credit {
  readonly kind: "verbatim";
}

/** A contribution that holds none of the spans, but a row with many of the same tokens. */
export interface SimilarSource {
  readonly kind: "similar";
  readonly contribution: number;
  /** BM25 of its best row: comparable with other scores for the same output, and with nothing else */
  readonly score: number;
}

/** Where an output comes from, as far as texts show it. */
export interface Sources {
  /** The evidence, in the order of the output */
  readonly spans: readonly Span[];
  /** First those that hold spans, by falling credit, then the similar ones, by falling score */
  readonly sources: readonly (VerbatimSource | SimilarSource)[];
}

/**
 * Indexes the texts of contributions, in the order of a dataset version.
 *
 * @param contributions - the texts of each one's rows
 * @throws ScorerError `empty-input` when there is not a single token, `out-of-memory`, `out-of-range` for parameters of
 * BM25 that are none
 */
export function indexTexts(
  contributions: readonly (readonly string[])[],
  config: Bm25Config = DEFAULT_BM25_CONFIG,
): SourceIndex {
  const corpus = readCorpus(contributions);
  return { spans: new SpanIndex(corpus), similarity: new Bm25Index(corpus, config) };
}

/**
 * The contributions that an output comes from: those that hold parts of it word for word, and behind them the most
 * similar others, for what was put in other words.
 *
 * @param prompt - what the model was given; spans that it has too don't count
 * @param similar - contributions to rank by similarity
 * @throws ScorerError `out-of-range` for a configuration that is none, and for `similar` below 1
 */
export function sourcesOf(
  index: SourceIndex,
  output: string,
  prompt = "",
  config: TraceConfig = DEFAULT_TRACE_CONFIG,
  similar = 10,
): Sources {
  const spans = trace(index.spans, output, prompt, config);
  const credits = creditByContribution(index.spans, spans);
  const credited = new Set(credits.map(({ contribution }) => contribution));
  const others = index.similarity
    .rank(output, similar)
    .contributions.filter(({ contribution }) => !credited.has(contribution));
  return {
    spans,
    sources: [
      ...credits.map((credit) => ({ kind: "verbatim" as const, ...credit })),
      ...others.map((other) => ({ kind: "similar" as const, ...other })),
    ],
  };
}

/**
 * The evidence as text for people: every span in quotes, its place in the output, what it is worth, and who holds it;
 * then what each contribution gets, and the similar ones.
 *
 * @param listed - sources to list of each kind at most
 */
export function describeSources(output: string, { spans, sources }: Sources, listed = 10): string {
  const total = spans.reduce((sum, { rarity }) => sum + rarity, 0);
  const verbatim = sources.filter((source) => source.kind === "verbatim");
  const similar = sources.filter((source) => source.kind === "similar");
  const lines =
    spans.length === 0
      ? ["No part of the answer that is long and rare enough stands in the contributions word for word."]
      : [];
  for (const span of spans) {
    lines.push(
      `"${oneLine(output.slice(span.start, span.end))}"`,
      `  characters ${span.start + 1} to ${span.end} of the answer, ${span.tokens} tokens, ${percent(span.rarity / total)} of the credit`,
      `  in ${count(span.rowCount, "row")} of ${count(span.contributionCount, "contribution")}: ${holders(span)}`,
    );
  }
  if (verbatim.length > 0) lines.push("Credit:");
  for (const { contribution, share } of verbatim.slice(0, listed)) {
    lines.push(`  contribution ${contribution}: ${percent(share)}`);
  }
  lines.push(...rest(verbatim.length - listed));
  if (similar.length > 0) lines.push("Similar, without credit:");
  for (const { contribution, score } of similar.slice(0, listed)) {
    lines.push(`  contribution ${contribution}: ${score.toFixed(2)}`);
  }
  lines.push(...rest(similar.length - listed));
  return `${lines.join("\n")}\n`;
}

function holders({ holders, contributionCount }: Span): string {
  const named = holders.map(({ contribution, rowCount, rows }) => {
    const more = rowCount > rows.length ? ` and ${rowCount - rows.length} more` : "";
    return `${contribution} (row ${rows.join(", ")}${more})`;
  });
  const more = contributionCount - holders.length;
  return named.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function rest(more: number): string[] {
  return more > 0 ? [`  and ${count(more, "more contribution")}`] : [];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function oneLine(text: string): string {
  return text.replace(/[\t\n\r ]+/g, " ");
}
