import { ClientError } from "../client/index.ts";
import { MAX_CONTRIBUTIONS, type Text } from "../scorer/index.ts";

/** One row to train on. */
export interface TrainingRow extends Text {
  /** Place of the contribution that it belongs to in the dataset version. */
  readonly contribution: number;
  /** 0 … C − 1; undefined where labels come from another file. */
  readonly label: number | undefined;
}

/** What rows must have beside their contribution. */
export interface RowNeeds {
  /** Whether features are made of their text; else subject and body may be missing. */
  readonly text: boolean;
  readonly label: boolean;
}

/** More classes than a head can have. */
const LABELS = 2 ** 16;

/**
 * Reads training rows: one JSON object a line.
 *
 * @param text - JSON Lines
 * @param path - names the file in errors
 * @throws ClientError `bad-input` with the number of the first bad line
 */
export function parseRows(text: string, path: string, needs: RowNeeds = { text: true, label: true }): TrainingRow[] {
  const rows = lines(text).map((line, i) => parseRow(line, `line ${i + 1} of ${path}`, needs));
  if (rows.length === 0) throw new ClientError("bad-input", `${path} has no rows: write one JSON object a line`);
  return rows;
}

/** Number of rows of each contribution, up to the last one that has any. */
export function countRows(rows: readonly Pick<TrainingRow, "contribution">[]): number[] {
  const counts: number[] = [];
  for (const { contribution } of rows) {
    while (counts.length <= contribution) counts.push(0);
    counts[contribution] = (counts[contribution] ?? 0) + 1;
  }
  return counts;
}

function parseRow(line: string, place: string, needs: RowNeeds): TrainingRow {
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
  const wrong = (name: string, value: unknown, expected: string): ClientError =>
    new ClientError("bad-input", `${place}: "${name}" is ${shown(value)}, expected ${expected}`);
  if (!isBelow(contribution, MAX_CONTRIBUTIONS)) {
    throw wrong("contribution", contribution, `a whole number from 0 to ${MAX_CONTRIBUTIONS - 1}`);
  }
  const textOf = (name: string, value: unknown): string => {
    if (value === undefined && !needs.text) return "";
    if (typeof value !== "string") throw wrong(name, value, "a string");
    return value;
  };
  const named = { contribution, subject: textOf("subject", subject), body: textOf("body", body) };
  if (label === undefined && !needs.label) return { ...named, label };
  if (!isBelow(label, LABELS)) throw wrong("label", label, `a whole number from 0 to ${LABELS - 1}`);
  return { ...named, label };
}

function isBelow(value: unknown, bound: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < bound;
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
