import type { CroissantIssue } from "./croissant/validate.ts";

/**
 * What kind of thing went wrong, for callers that branch on it.
 *
 * Files and rows:
 * - `empty-folder`: no file that holds rows;
 * - `bad-path`: a path that is empty, absolute, climbs out of the folder, or has characters that no name should have;
 * - `duplicate-path`: two files of the same path;
 * - `unreadable`: a name or file that can't be read from the disk;
 * - `unsupported-file`: a file of a kind that has no rows;
 * - `mixed-modality`: files from which no modality follows;
 * - `invalid-utf8`: text that isn't UTF-8;
 * - `bad-csv`, `ragged-csv`: a file that isn't CSV, or whose records have different numbers of fields;
 * - `bad-jsonl`: a line that isn't JSON;
 * - `empty-row`: a row without bytes, or a table without rows;
 * - `bad-rows-file`: a `rows.json` that isn't one;
 * - `no-such-row`: a row that the contribution doesn't have.
 *
 * Intake:
 * - `bad-search`: a search for near-duplicates with parameters out of range;
 * - `bad-image`: pixels that don't make an image;
 * - `bad-vector`: an embedding of another length, or with a value that isn't finite.
 *
 * Croissant:
 * - `bad-json`: text that isn't JSON;
 * - `invalid-croissant`: a document that isn't of the published shape; `issues` holds every finding;
 * - `bad-licence`: neither an SPDX id nor an address.
 *
 * Model cards:
 * - `no-front-matter`: a card without its two fences;
 * - `bad-yaml`: front matter that isn't YAML;
 * - `wrong-type`: a key whose value is of another type than the specification says;
 * - `unknown-relation`, `unknown-kind`: a word that isn't one of the known ones;
 * - `inconsistent`: keys that contradict each other;
 * - `unwritable`: front matter that can't be edited without losing something.
 */
export type MetadataErrorCode =
  | "empty-folder"
  | "bad-path"
  | "duplicate-path"
  | "unreadable"
  | "unsupported-file"
  | "mixed-modality"
  | "invalid-utf8"
  | "bad-csv"
  | "ragged-csv"
  | "bad-jsonl"
  | "empty-row"
  | "bad-rows-file"
  | "no-such-row"
  | "bad-search"
  | "bad-image"
  | "bad-vector"
  | "bad-json"
  | "invalid-croissant"
  | "bad-licence"
  | "no-front-matter"
  | "bad-yaml"
  | "wrong-type"
  | "unknown-relation"
  | "unknown-kind"
  | "inconsistent"
  | "unwritable";

/** Every error that this folder throws on purpose; the message says what was wrong and what to do about it. */
export class MetadataError extends Error {
  override readonly name = "MetadataError";
  readonly code: MetadataErrorCode;
  /** Findings of the validator; empty but for `invalid-croissant`. */
  readonly issues: readonly CroissantIssue[];

  constructor(
    code: MetadataErrorCode,
    message: string,
    options: { cause?: unknown; issues?: readonly CroissantIssue[] } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.issues = options.issues ?? [];
  }
}
