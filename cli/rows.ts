import { ClientError } from "../client/index.ts";
import { MAX_CONTRIBUTIONS, type Text } from "../scorer/index.ts";

/** One row to train on. */
export interface LabelledRow extends Text {
  /** Place of the contribution that it belongs to in the dataset version. */
  readonly contribution: number;
  readonly label: 0 | 1;
}

/**
 * Reads training rows: one JSON object a line.
 *
 * @param text - JSON Lines
 * @param path - names the file in errors
 * @throws ClientError `bad-input` with the number of the first bad line
 */
export function parseRows(text: string, path: string): LabelledRow[] {
  const rows = lines(text).map((line, i) => parseRow(line, `line ${i + 1} of ${path}`));
  if (rows.length === 0) throw new ClientError("bad-input", `${path} has no rows: write one JSON object a line`);
  return rows;
}

/** Number of rows of each contribution, up to the last one that has any. */
export function countRows(rows: readonly LabelledRow[]): number[] {
  const counts: number[] = [];
  for (const { contribution } of rows) {
    while (counts.length <= contribution) counts.push(0);
    counts[contribution] = (counts[contribution] ?? 0) + 1;
  }
  return counts;
}

function parseRow(line: string, place: string): LabelledRow {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw new ClientError(
      "bad-input",
      `${place} isn't JSON: write {"contribution": 0, "subject": "…", "body": "…", "label": 0}`,
      { cause },
    );
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ClientError("bad-input", `${place} isn't a JSON object`);
  }
  const { contribution, subject, body, label } = parsed as Record<string, unknown>;
  if (
    typeof contribution !== "number" ||
    !Number.isInteger(contribution) ||
    contribution < 0 ||
    contribution >= MAX_CONTRIBUTIONS
  ) {
    throw new ClientError(
      "bad-input",
      `${place}: "contribution" is ${shown(contribution)}, expected a whole number from 0 to ${MAX_CONTRIBUTIONS - 1}`,
    );
  }
  if (typeof subject !== "string")
    throw new ClientError("bad-input", `${place}: "subject" is ${shown(subject)}, expected a string`);
  if (typeof body !== "string")
    throw new ClientError("bad-input", `${place}: "body" is ${shown(body)}, expected a string`);
  if (label !== 0 && label !== 1)
    throw new ClientError("bad-input", `${place}: "label" is ${shown(label)}, expected 0 or 1`);
  return { contribution, subject, body, label };
}

function lines(text: string): string[] {
  const all = text.split("\n");
  if (all.at(-1) === "") all.pop();
  return all;
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 40);
}

const NEWLINE = 0x0a;

/**
 * Cuts a file of any kind at its newlines: a row is the exact bytes of a line without its newline.
 *
 * @param path - names the file in errors
 * @throws ClientError `bad-input` for an empty file or an empty line
 */
export function cutLines(file: Uint8Array, path: string): Uint8Array[] {
  const rows: Uint8Array[] = [];
  let start = 0;
  while (start < file.length) {
    const found = file.indexOf(NEWLINE, start);
    const end = found < 0 ? file.length : found;
    const row = file.subarray(start, end);
    if (row.length === 0) {
      throw new ClientError("bad-input", `line ${rows.length + 1} of ${path} is empty: each line is a row; remove it`);
    }
    rows.push(row);
    start = end + 1;
  }
  if (rows.length === 0) throw new ClientError("bad-input", `${path} is empty: write one row a line`);
  return rows;
}
