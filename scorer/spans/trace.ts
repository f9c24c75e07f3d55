import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { log } from "../numeric/elementary.ts";
import { type Corpus, idsOf, placeOfRow, rowCount } from "./corpus.ts";
import type { Interval, SpanIndex } from "./spanIndex.ts";
import { tokenise } from "./tokens.ts";

const MAX_COUNT = 2 ** 32;

/** What counts as a span, and how much of what holds it is listed. */
export interface TraceConfig {
  /** Tokens that a span has at least */
  readonly minTokens: number;
  /** Nats of rarity, see `Span.rarity`, that a span has at least, above 0 */
  readonly minRarity: number;
  /** Times that a span stands in the corpus at most: what stands there more often is a turn of phrase */
  readonly maxOccurrences: number;
  /** Contributions that are listed for a span at most, those with the smallest numbers */
  readonly maxContributions: number;
  /** Rows that are listed for a contribution at most, the first ones */
  readonly maxRows: number;
}

/**
 * Four words of which one is rare, or six common ones; shorter and more common ones are in too many rows to show where
 * they came from.
 */
export const DEFAULT_TRACE_CONFIG: TraceConfig = {
  minTokens: 4,
  minRarity: 25,
  maxOccurrences: 1000,
  maxContributions: 10,
  maxRows: 3,
};

/** A contribution that holds a span. */
export interface Holder {
  /** Its place in the dataset version */
  readonly contribution: number;
  /** How many of its rows hold the span, all of them */
  readonly rowCount: number;
  /** The first ones, counted within the contribution */
  readonly rows: readonly number[];
}

/** A part of an output that stands in the corpus word for word, and in no longer such part. */
export interface Span {
  /** In UTF-16 code units of the output, end exclusive */
  readonly start: number;
  readonly end: number;
  /** In tokens of the output */
  readonly firstToken: number;
  readonly tokens: number;
  /** −Σ ln p over its tokens, in nats, p a token's share of all tokens of the corpus */
  readonly rarity: number;
  /** How often it stands in the corpus */
  readonly occurrences: number;
  /** How many rows hold it */
  readonly rowCount: number;
  /** How many contributions hold it: each gets rarity / contributionCount */
  readonly contributionCount: number;
  /** The first of them, ascending */
  readonly holders: readonly Holder[];
  /** All of them, for `creditByContribution` */
  readonly interval: Interval;
}

/** A contribution and its credit. */
export interface Credit {
  readonly contribution: number;
  /** In nats of rarity */
  readonly credit: number;
  /** Of all credit, 0 to 1 */
  readonly share: number;
}

/**
 * The parts of an output that stand word for word in the corpus (OLMoTrace: Liu et al., "OLMoTrace: Tracing Language
 * Model Outputs Back to Trillions of Training Tokens", 2025, §3): the longest match from each token, but for those inside
 * of others, too short, too common, or in the prompt as well. Every one comes with what holds it.
 *
 * @param prompt - what the model was given: repeating it is no evidence of training
 * @returns in the order of the output; they may overlap
 * @throws ScorerError `out-of-range` for a configuration that is none
 */
export function trace(index: SpanIndex, output: string, prompt = "", config = DEFAULT_TRACE_CONFIG): Span[] {
  assertConfig(config);
  const ids = idsOf(index.corpus, output);
  const promptIds = idsOf(index.corpus, prompt);
  const { starts, ends } = tokenise(output);
  const rarities = raritiesOf(index, ids);
  const spans: Span[] = [];
  let covered = 0;
  for (let at = 0; at < ids.length && covered < ids.length; at++) {
    const { length, rank } = index.longestMatch(ids, at);
    if (at + length <= covered) continue;
    covered = at + length;
    let rarity = 0;
    for (let i = at; i < covered; i++) rarity += rarities[i]!;
    if (length < config.minTokens || rarity < config.minRarity) continue;
    if (includes(promptIds, ids.subarray(at, covered))) continue;
    const interval = index.interval(rank, length);
    if (interval.to - interval.from > config.maxOccurrences) continue;
    spans.push({
      start: starts[at]!,
      end: ends[covered - 1]!,
      firstToken: at,
      tokens: length,
      rarity,
      occurrences: interval.to - interval.from,
      ...holdersOf(index, interval, config),
      interval,
    });
  }
  return spans;
}

/**
 * What each contribution gets of the credit of spans: for each span that it holds, rarity / contributionCount, however
 * often it holds it. Every holder counts, listed or not.
 *
 * @param spans - of a trace over the same index
 * @returns by falling credit, equal ones by number
 */
export function creditByContribution(index: SpanIndex, spans: readonly Span[]): Credit[] {
  const credits = new Map<number, number>();
  let total = 0;
  for (const { interval, rarity, contributionCount } of spans) {
    total += rarity;
    for (const { contribution } of groupRows(index.corpus, index.rowsOf(interval))) {
      credits.set(contribution, (credits.get(contribution) ?? 0) + rarity / contributionCount);
    }
  }
  return [...credits]
    .sort(([a, creditA], [b, creditB]) => creditB - creditA || a - b)
    .map(([contribution, credit]) => ({ contribution, credit, share: credit / total }));
}

/** −ln p of each token; 0 where the corpus hasn't it. */
function raritiesOf(index: SpanIndex, ids: Int32Array): Float64Array {
  const { corpus } = index;
  const total = corpus.tokens.length - rowCount(corpus);
  return Float64Array.from(ids, (id) => (id > 0 ? log(total / index.frequency(id)) : 0));
}

function includes(sequence: Int32Array, part: Int32Array): boolean {
  for (let i = 0; i + part.length <= sequence.length; i++) {
    let k = 0;
    while (k < part.length && sequence[i + k] === part[k]) k++;
    if (k === part.length) return true;
  }
  return false;
}

function holdersOf(
  index: SpanIndex,
  interval: Interval,
  { maxContributions, maxRows }: TraceConfig,
): Pick<Span, "rowCount" | "contributionCount" | "holders"> {
  const rows = index.rowsOf(interval);
  const holders: Holder[] = [];
  let contributionCount = 0;
  for (const { contribution, first, from, to } of groupRows(index.corpus, rows)) {
    contributionCount++;
    if (holders.length < maxContributions) {
      const listed = Array.from(rows.subarray(from, Math.min(to, from + maxRows)), (row) => row - first);
      holders.push({ contribution, rowCount: to - from, rows: listed });
    }
  }
  return { rowCount: rows.length, contributionCount, holders };
}

interface RowGroup {
  readonly contribution: number;
  /** The contribution's first row in the corpus */
  readonly first: number;
  /** rows[from … to − 1] are its rows. */
  readonly from: number;
  readonly to: number;
}

/** @param rows - ascending, counted through the corpus */
function* groupRows(corpus: Corpus, rows: Uint32Array): Generator<RowGroup> {
  let to = 0;
  while (to < rows.length) {
    const from = to;
    const { contribution, row } = placeOfRow(corpus, rows[from]!);
    const end = corpus.contributionStarts[contribution + 1]!;
    while (to < rows.length && rows[to]! < end) to++;
    yield { contribution, first: rows[from]! - row, from, to };
  }
}

function assertConfig({ minRarity, ...counts }: TraceConfig): void {
  assertInteger(counts.minTokens, 1, MAX_COUNT, "the least number of tokens of a span");
  assertInteger(counts.maxOccurrences, 1, MAX_COUNT, "the largest number of occurrences of a span");
  assertInteger(counts.maxContributions, 0, MAX_COUNT, "the number of contributions to list");
  assertInteger(counts.maxRows, 0, MAX_COUNT, "the number of rows to list");
  if (!(minRarity > 0)) {
    throw new ScorerError("out-of-range", `the least rarity of a span is ${minRarity}: it must be above 0 nats`);
  }
}
