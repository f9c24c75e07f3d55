import { canonicalJson, type Hex } from "../../scorer/index.ts";
import { MetadataError } from "../errors.ts";
import { isJsonObject, shown } from "../json.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";
import { ROWS_FILE } from "./files.ts";
import type { DatasetRows } from "./rows.ts";

/** What `rows.json` says: enough to rebuild a contribution's tree without the data. */
export interface RowsFile {
  readonly formatVersion: 1;
  /** Files that hold rows, in order. */
  readonly files: readonly { readonly path: string; readonly sha256: Hex; readonly rows: number }[];
  /** SHA-256 of each row, in order. */
  readonly rows: readonly Hex[];
}

/** The bytes of `rows.json`: canonical JSON (RFC 8785), so that equal rows have equal files. */
export function encodeRowsFile({ files, rows }: Pick<DatasetRows, "files" | "rows">): Uint8Array {
  return encodeUtf8(
    canonicalJson({
      formatVersion: 1,
      files: files.map((file) => ({ path: file.path, sha256: file.sha256, rows: file.rows })),
      rows: rows.map(({ digest }) => digest),
    }),
  );
}

/**
 * Reads a `rows.json`.
 *
 * @throws MetadataError `bad-rows-file`, `invalid-utf8`
 */
export function decodeRowsFile(bytes: Uint8Array): RowsFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeUtf8(bytes, ROWS_FILE));
  } catch (cause) {
    if (cause instanceof MetadataError) throw cause;
    throw new MetadataError("bad-rows-file", `${ROWS_FILE} isn't JSON: make it again from the data`, { cause });
  }
  if (!isJsonObject(parsed)) throw complaint("the file", parsed, "an object");
  const { formatVersion, files, rows } = parsed;
  if (formatVersion !== 1) throw complaint("formatVersion", formatVersion, "1");
  if (!Array.isArray(files)) throw complaint("files", files, "a list");
  if (!Array.isArray(rows)) throw complaint("rows", rows, "a list");
  const read: RowsFile = {
    formatVersion: 1,
    files: (files as readonly unknown[]).map((file, i) => {
      if (!isJsonObject(file)) throw complaint(`files[${i}]`, file, "an object");
      if (typeof file.path !== "string") throw complaint(`files[${i}].path`, file.path, "a path");
      if (!Number.isSafeInteger(file.rows) || Number(file.rows) < 1) {
        throw complaint(`files[${i}].rows`, file.rows, "a positive integer");
      }
      return { path: file.path, sha256: digest(file.sha256, `files[${i}].sha256`), rows: Number(file.rows) };
    }),
    rows: (rows as readonly unknown[]).map((row, i) => digest(row, `rows[${i}]`)),
  };
  const counted = read.files.reduce((sum, file) => sum + file.rows, 0);
  if (counted !== read.rows.length) {
    throw new MetadataError(
      "bad-rows-file",
      `${ROWS_FILE} lists ${read.rows.length} rows, but its files have ${counted}: make it again from the data`,
    );
  }
  return read;
}

function digest(value: unknown, place: string): Hex {
  if (typeof value !== "string" || !/^0x[0-9a-f]{64}$/.test(value)) {
    throw complaint(place, value, "0x and 64 hexadecimal digits in lower case");
  }
  return value as Hex;
}

function complaint(place: string, value: unknown, expected: string): MetadataError {
  return new MetadataError(
    "bad-rows-file",
    `${place} of ${ROWS_FILE} is ${shown(value)}, expected ${expected}: make it again from the data`,
  );
}
