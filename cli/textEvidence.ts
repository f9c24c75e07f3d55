import { ClientError } from "../client/index.ts";
import {
  describeSources,
  embeddedText,
  type Hex,
  indexTexts,
  sha256,
  type Sources,
  sourcesOf,
  type StatementLine,
} from "../scorer/index.ts";
import type { Context } from "./context.ts";
import { readBytes, readText, textOf } from "./edges/files.ts";
import { UsageError } from "./exit.ts";
import { parseRows } from "./rows.ts";

/** Files with the words of an answer, and those that it may have them from. */
export interface AnswerTexts {
  readonly rows: string;
  readonly answer: string;
  readonly prompt: string | undefined;
}

/** @throws UsageError when a part is missing */
export function answerTexts(
  rows: string | undefined,
  answer: string | undefined,
  prompt: string | undefined,
): AnswerTexts | undefined {
  if (answer === undefined) {
    if (prompt !== undefined) throw new UsageError("--prompt is for --answer FILE");
    return undefined;
  }
  if (rows === undefined) throw new UsageError("--answer needs --rows ROWS.jsonl, the rows to look for its words in");
  return { rows, answer, prompt };
}

/** Where the words of an answer stand, as `--json` gives it. */
export type Evidence = {
  /** Whether the answer's file is, to the byte, the response that the receipt signs */
  readonly isResponse: boolean;
  readonly spans: readonly {
    readonly text: string;
    /** In UTF-16 code units of the answer, end exclusive */
    readonly start: number;
    readonly end: number;
    readonly tokens: number;
    readonly rarity: number;
    /** Of the rarity of all spans */
    readonly share: number;
    /** Rows and contributions that hold it, all of them */
    readonly rows: number;
    readonly contributions: number;
    /** The first contributions, with their first rows, counted within each from 0 */
    readonly holders: readonly { readonly contribution: number; readonly rows: readonly number[] }[];
  }[];
  /** Those with spans, by falling credit; then similar ones, by falling score */
  readonly contributions: readonly {
    readonly contribution: number;
    readonly contributor: string;
    readonly kind: "verbatim" | "similar";
    /** Of all credit; null for similar ones */
    readonly share: number | null;
    /** BM25; null for verbatim ones */
    readonly score: number | null;
  }[];
};

/**
 * Looks for the words of an answer in the rows of all contributions.
 *
 * @param lines - of the interval's statement, one for each contribution
 * @param responseDigest - of the receipt
 * @returns the evidence, and the same for people
 * @throws ClientError `bad-input` for rows that are none, or of another stream
 */
export async function textEvidence(
  context: Context,
  files: AnswerTexts,
  lines: readonly StatementLine[],
  responseDigest: Hex,
): Promise<{ readonly data: Evidence; readonly described: string }> {
  const rows = parseRows(await readText(files.rows, "the rows"), files.rows, { text: true, label: false });
  const bytes = await readBytes(files.answer, "the answer");
  const answer = textOf(bytes, files.answer, "the answer");
  const prompt = files.prompt === undefined ? "" : await readText(files.prompt, "the prompt");
  const texts = lines.map((): string[] => []);
  for (const row of rows) {
    const own = texts[row.contribution];
    if (own === undefined) {
      throw new ClientError(
        "bad-input",
        `there are rows of contribution ${row.contribution}, and the stream has ${lines.length}: give the rows of its dataset version`,
      );
    }
    own.push(embeddedText(row));
  }
  const sources = await context.step("Looking for the answer's words in the rows", () =>
    sourcesOf(indexTexts(texts), answer, prompt),
  );
  const isResponse = sha256(bytes) === responseDigest;
  if (!isResponse) {
    context.note(
      "The answer's file isn't, to the byte, the response that the receipt signs: its text is taken as it is.",
    );
  }
  return {
    data: evidenceOf(answer, sources, lines, isResponse),
    described: describeSources(answer, sources).trimEnd(),
  };
}

function evidenceOf(
  answer: string,
  { spans, sources }: Sources,
  lines: readonly StatementLine[],
  isResponse: boolean,
): Evidence {
  const whole = spans.reduce((sum, { rarity }) => sum + rarity, 0);
  return {
    isResponse,
    spans: spans.map(({ start, end, tokens, rarity, rowCount, contributionCount, holders }) => ({
      text: answer.slice(start, end),
      start,
      end,
      tokens,
      rarity,
      share: rarity / whole,
      rows: rowCount,
      contributions: contributionCount,
      holders: holders.map(({ contribution, rows }) => ({ contribution, rows: [...rows] })),
    })),
    contributions: sources.map((source) => ({
      contribution: source.contribution,
      contributor: lines[source.contribution]!.contributor,
      kind: source.kind,
      share: source.kind === "verbatim" ? source.share : null,
      score: source.kind === "similar" ? source.score : null,
    })),
  };
}
