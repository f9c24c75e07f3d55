import { basename, join } from "node:path";
import { ClientError } from "../client/index.ts";
import { readFolder } from "../metadata/folder.ts";
import {
  type DatasetRow,
  type DatasetRows,
  decodeRowsFile,
  duplicatesOf,
  MetadataError,
  readRows,
  ROWS_FILE,
} from "../metadata/index.ts";
import { type Hex, sha256 } from "../scorer/index.ts";
import type { Context } from "./context.ts";
import { isFolder, readBytes, readBytesIfThere } from "./edges/files.ts";
import { UsageError } from "./exit.ts";
import { cutLines } from "./rows.ts";
import { count } from "./style.ts";

/** The rows of a contribution: what its tree is made of. */
export interface ContributedRows {
  /** SHA-256 of each row, in order. */
  readonly digests: readonly Hex[];
  /** Where each row was cut from; undefined where only digests are at hand. */
  readonly rows: readonly DatasetRow[] | undefined;
  /** Files that hold the rows. */
  readonly files: number;
}

const RETURN = 0x0d;

/**
 * Reads the rows of a contribution: of a folder, a file, or a list of digests (`rows.json`).
 *
 * @param lines - one row a line, whatever the kind of the file
 * @throws ClientError `mismatch` for a folder whose `rows.json` lists other rows; MetadataError as `readRows`
 */
export async function readContributedRows(context: Context, path: string, lines: boolean): Promise<ContributedRows> {
  const isDirectory = await isFolder(path, "the rows");
  if (lines && isDirectory) throw new UsageError(`--lines is for a file, and ${path} is a folder`);
  const read = await context.step(`Reading ${path}`, () =>
    isDirectory ? readDirectory(context.note, path) : readFile(path, lines),
  );
  const twice = duplicatesOf(read.digests).reduce((sum, { indices }) => sum + indices.length - 1, 0);
  if (twice > 0) context.note(`${count(twice, "row")} of ${path} repeat others: a curator may reject them for it.`);
  if (read.rows?.some(({ bytes, file }) => bytes.at(-1) === RETURN && (lines || /\.(jsonl|ndjson)$/i.test(file)))) {
    context.note(`Lines of ${path} end in a carriage return, which is part of the row.`);
  }
  return read;
}

/**
 * Reads rows as they were published, without a word on them.
 *
 * @param path - a folder, a file of rows, or a `rows.json` by whatever name
 * @param lines - one row a line; in a folder of the only file
 * @throws as `readContributedRows`
 */
export async function readRowsAt(path: string, lines: boolean): Promise<ContributedRows> {
  if (await isFolder(path, "the rows")) {
    if (!lines) return readDirectory(() => undefined, path);
    const [only, ...more] = await readFolder(path);
    if (only === undefined || more.length > 0) throw new UsageError(`${path} has not one file, whose lines are rows`);
    return readFile(join(path, only.path), lines);
  }
  if (!lines && path.endsWith(".json")) return listedRows(await readBytes(path, "the rows"));
  return readFile(path, lines);
}

async function readDirectory(note: Context["note"], path: string): Promise<ContributedRows> {
  const listed = await readBytesIfThere(join(path, ROWS_FILE), "the list of rows");
  const stated = listed === undefined ? undefined : decodeRowsFile(listed);
  let found: DatasetRows;
  try {
    found = readRows(await readFolder(path));
  } catch (error) {
    if (stated === undefined || !(error instanceof MetadataError) || error.code !== "empty-folder") throw error;
    note(`${path} has no rows beside their digests in ${ROWS_FILE}, which are taken as they are.`);
    return { digests: stated.rows, rows: undefined, files: stated.files.length };
  }
  const digests = found.rows.map(({ digest }) => digest);
  if (stated !== undefined) requireSame(stated.rows, digests, path);
  return { digests, rows: found.rows, files: found.files.length };
}

async function readFile(path: string, lines: boolean): Promise<ContributedRows> {
  const bytes = await readBytes(path, "the rows");
  const name = basename(path);
  if (lines) {
    const rows = cutLines(bytes, path).map((row, place) => ({ file: name, place, bytes: row, digest: sha256(row) }));
    return { digests: rows.map(({ digest }) => digest), rows, files: 1 };
  }
  if (name === ROWS_FILE) return listedRows(bytes);
  try {
    const { rows } = readRows([{ path: name, bytes }]);
    return { digests: rows.map(({ digest }) => digest), rows, files: 1 };
  } catch (error) {
    if (!(error instanceof MetadataError)) throw error;
    if (error.code === "empty-folder") {
      throw new ClientError(
        "bad-input",
        `${path} holds no rows by its name (hidden, or describing a dataset): rename it, or say --lines`,
        { cause: error },
      );
    }
    if (error.code === "unsupported-file") {
      throw new MetadataError(error.code, `${error.message}; with --lines, each line of any file is a row`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** The digests that a `rows.json` lists. */
function listedRows(bytes: Uint8Array): ContributedRows {
  const { rows, files } = decodeRowsFile(bytes);
  return { digests: rows, rows: undefined, files: files.length };
}

function requireSame(stated: readonly Hex[], found: readonly Hex[], path: string): void {
  const differing = found.findIndex((digest, i) => digest !== stated[i]);
  if (differing < 0 && stated.length === found.length) return;
  const what =
    stated.length === found.length
      ? `row ${differing} is another one`
      : `it lists ${count(stated.length, "row")}, and the files have ${found.length}`;
  throw new ClientError(
    "mismatch",
    `${ROWS_FILE} in ${path} isn't of these files: ${what}; get the files again, or run "dataset init" again if they are right`,
  );
}
