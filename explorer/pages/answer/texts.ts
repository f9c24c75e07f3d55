import { ClientError } from "../../../client/clientError.ts";
import type { Contribution } from "../../../client/indexApi/index.ts";
import { contributionTree } from "../../../scorer/core/rows.ts";
import { sha256 } from "../../../scorer/core/hash.ts";
import { embeddedText } from "../../../scorer/features/embedding.ts";
import { indexTexts, sourcesOf } from "../../../scorer/spans/sources.ts";
import type { Span } from "../../../scorer/spans/trace.ts";
import { publishedFile } from "../../data/files.ts";
import type { Sources } from "./receipt.ts";

/** Words of an answer that stand in contributions as they are. */
export interface Evidence {
  readonly spans: readonly Span[];
  /** Texts of the rows of each contribution that could be read. */
  readonly texts: readonly (readonly string[])[];
  /** Contributions whose rows were read, and checked against their roots. */
  readonly read: number;
}

/** Bytes of rows that are fetched for one answer. */
const MOST_BYTES = 32_000_000;

/**
 * The text with a digest.
 *
 * @returns undefined when the index's server doesn't have it
 * @throws ClientError `file-altered` when what it has isn't it
 */
export async function textOf({ api }: Sources, digest: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await api.file(`sha256/${digest}`);
  } catch (error) {
    if (error instanceof ClientError && error.code === "file-missing") return undefined;
    throw error;
  }
  if (sha256(bytes) !== digest.toLowerCase()) {
    throw new ClientError("file-altered", `what the server gave for ${digest} has another SHA-256: ask another server`);
  }
  return new TextDecoder().decode(bytes);
}

/**
 * Looks for the words of an answer in the rows of contributions whose files are published.
 *
 * @param contributions - by their places
 * @param order - places, those that are read first
 */
export async function findWords(
  sources: Sources,
  contributions: readonly Contribution[],
  order: readonly number[],
  answer: string,
  request: string,
): Promise<Evidence> {
  const texts: (readonly string[])[] = contributions.map(() => []);
  let bytes = 0;
  let read = 0;
  for (const place of order) {
    const contribution = contributions[place];
    if (contribution === undefined || bytes > MOST_BYTES) continue;
    const file = await rowsOf(sources, contribution);
    if (file === undefined) continue;
    bytes += file.bytes;
    read++;
    texts[place] = file.texts;
  }
  if (read === 0) return { spans: [], texts, read };
  return { spans: sourcesOf(indexTexts(texts), answer, request).spans, texts, read };
}

/** The rows of a contribution; undefined if they aren't published, or aren't those of its root. */
async function rowsOf(
  { api, config }: Sources,
  { contributor, root, uri }: Contribution,
): Promise<{ readonly texts: readonly string[]; readonly bytes: number } | undefined> {
  const file = await publishedFile(api, config, undefined, uri).catch(() => undefined);
  if (file === undefined) return undefined;
  const rows = new TextDecoder()
    .decode(file)
    .split("\n")
    .filter((row) => row !== "");
  const encoder = new TextEncoder();
  const tree = contributionTree(
    contributor,
    rows.map((row) => encoder.encode(row)),
  );
  if (tree.root !== root) return undefined;
  return { texts: rows.map(textOfRow), bytes: file.length };
}

/** What of a row is read by people: its subject and body if it has them. */
function textOfRow(row: string): string {
  try {
    const { subject, body } = JSON.parse(row) as Record<string, unknown>;
    if (typeof body !== "string") return row;
    return embeddedText({ subject: typeof subject === "string" ? subject : "", body });
  } catch {
    return row;
  }
}
