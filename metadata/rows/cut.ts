import { CsvError, type Info, parse } from "csv-parse/sync";
import { MetadataError } from "../errors.ts";
import { isJsonObject } from "../json.ts";
import { decodeUtf8 } from "../utf8.ts";
import { type Column, csvColumns, jsonColumns } from "./columns.ts";
import type { FileKind } from "./files.ts";

/** The rows of one file, each a view of its bytes. */
export interface CutFile {
  readonly rows: readonly Uint8Array[];
  /** Columns of a table, in order; undefined for a file that is one row. */
  readonly columns?: readonly Column[];
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The rows of a file: a record of a `.csv`, a line of a `.jsonl`, or the whole file.
 *
 * @param path - names the file in errors
 * @throws MetadataError `invalid-utf8`, `bad-csv`, `ragged-csv`, `bad-jsonl`, `empty-row`
 */
export function cutFile(kind: FileKind, bytes: Uint8Array, path: string): CutFile {
  switch (kind) {
    case "csv":
      return cutCsv(bytes, path);
    case "jsonl":
      return cutJsonLines(bytes, path);
    case "text":
      decodeUtf8(bytes, path);
      return cutWhole(bytes, path);
    case "image":
    case "audio":
      return cutWhole(bytes, path);
  }
}

function cutWhole(bytes: Uint8Array, path: string): CutFile {
  if (bytes.length === 0) throw new MetadataError("empty-row", `${path} is empty: remove it, or fill it`);
  return { rows: [bytes] };
}

/**
 * RFC 4180 with a header: a row is the exact bytes of a record without the line break that ends it, quotes included. The
 * header names the columns and is no row.
 */
function cutCsv(bytes: Uint8Array, path: string): CutFile {
  decodeUtf8(bytes, path);
  const records = parseCsv(bytes, path);
  const header = records[0]?.record;
  if (header === undefined || records.length < 2) {
    throw new MetadataError(
      "empty-row",
      `${path} has no rows: write a header and then one record a line, or remove the file`,
    );
  }
  assertHeader(header, path);
  let start = records[0]!.info.bytes;
  const rows = records.slice(1).map(({ info }, i) => {
    const row = withoutLineBreak(bytes.subarray(start, info.bytes));
    if (row.length === 0)
      throw new MetadataError("empty-row", `record ${i + 1} of ${path} is an empty line: remove it`);
    start = info.bytes;
    return row;
  });
  const fields = records.slice(1).map(({ record }) => record);
  return { rows, columns: csvColumns(header, fields) };
}

interface CsvRecord {
  readonly record: readonly string[];
  /** `bytes` counts up to the end of the record, line break included. */
  readonly info: Info;
}

function parseCsv(bytes: Uint8Array, path: string): CsvRecord[] {
  try {
    // The types of csv-parse don't know what `info` does to the result.
    return parse(bytes, { bom: true, info: true, record_delimiter: ["\r\n", "\n"] }) as unknown as CsvRecord[];
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    if (cause.code === "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH") {
      throw new MetadataError(
        "ragged-csv",
        `${path}: ${cause.message}: give every record as many fields as the header has`,
        { cause },
      );
    }
    throw new MetadataError("bad-csv", `${path} isn't CSV: ${cause.message}: quote fields as RFC 4180 says`, { cause });
  }
}

function assertHeader(header: readonly string[], path: string): void {
  header.forEach((name, i) => {
    if (name.trim() === "") {
      throw new MetadataError(
        "bad-csv",
        `column ${i + 1} of ${path} has no name: name it in the header, the first line`,
      );
    }
    if (header.indexOf(name) !== i) {
      throw new MetadataError("bad-csv", `${path} has two columns ${JSON.stringify(name)}: rename one of them`);
    }
  });
}

function withoutLineBreak(record: Uint8Array): Uint8Array {
  if (record.at(-1) !== NEWLINE) return record;
  return record.subarray(0, record.at(-2) === RETURN ? -2 : -1);
}

/** A row is the exact bytes of a line without its newline; a carriage return before it is the row's, and white space. */
function cutJsonLines(bytes: Uint8Array, path: string): CutFile {
  const text = decodeUtf8(bytes, path);
  if (text.startsWith("\uFEFF")) {
    throw new MetadataError("bad-jsonl", `${path} begins with a byte order mark, which JSON forbids: remove it`);
  }
  const rows: Uint8Array[] = [];
  const values: unknown[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const row = bytes.subarray(start, end);
    const place = `line ${rows.length + 1} of ${path}`;
    if (row.length === 0) throw new MetadataError("empty-row", `${place} is empty: remove it`);
    rows.push(row);
    values.push(parseLine(row, place));
    start = end + 1;
  }
  if (rows.length === 0) throw new MetadataError("empty-row", `${path} has no rows: write one JSON value a line`);
  return { rows, columns: jsonColumns(values.every(isJsonObject) ? values : undefined) };
}

function parseLine(row: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(decodeUtf8(row, place));
  } catch (cause) {
    throw new MetadataError(
      "bad-jsonl",
      `${place} isn't JSON: write one JSON value a line, without line breaks in it`,
      {
        cause,
      },
    );
  }
}
