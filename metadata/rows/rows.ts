import { type Hex, sha256 } from "../../scorer/index.ts";
import type { Column } from "./columns.ts";
import { cutFile } from "./cut.ts";
import { type DatasetFile, type FileKind, orderFiles } from "./files.ts";

/** One row of a dataset. */
export interface DatasetRow {
  /** Path of the file that it was cut from. */
  readonly file: string;
  /** Place in that file, from 0; a CSV file's header isn't counted. */
  readonly place: number;
  /** The bytes that are hashed; a view of the file's. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes; that of the file where the file is one row. */
  readonly digest: Hex;
}

/** One file that holds rows. */
export interface RowFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly encodingFormat: string;
  /** SHA-256 of the file. */
  readonly sha256: Hex;
  /** Bytes of the file. */
  readonly size: number;
  /** Rows cut from it. */
  readonly rows: number;
  /** Columns of a table; undefined for a file that is one row. */
  readonly columns: readonly Column[] | undefined;
}

/** Rows with the same bytes. */
export interface DuplicateRows {
  readonly digest: Hex;
  /** Places in the contribution, ascending; at least two. */
  readonly indices: readonly number[];
}

/** The rows of a folder: what a contribution commits to. */
export interface DatasetRows {
  /** Files that hold rows, in the byte order of their paths. */
  readonly files: readonly RowFile[];
  /** All rows: file by file, in each file in the order of its bytes. Row `i` is row `i` of the contribution. */
  readonly rows: readonly DatasetRow[];
  /** Rows that occur more than once: a curator may reject a contribution for them. */
  readonly duplicates: readonly DuplicateRows[];
  /** Files that hold no rows by their names: hidden ones and those that describe the dataset. */
  readonly passedOver: readonly string[];
}

/**
 * Cuts the rows of a folder; the same files give the same rows on every machine, in whatever order they are given.
 *
 * @throws MetadataError `bad-path`, `duplicate-path`, `unsupported-file`, `empty-folder`, `invalid-utf8`, `bad-csv`,
 * `ragged-csv`, `bad-jsonl`, `empty-row`
 */
export function readRows(folder: readonly DatasetFile[]): DatasetRows {
  const { holding, passedOver } = orderFiles(folder);
  const rows: DatasetRow[] = [];
  const files = holding.map(({ path, bytes, kind, encodingFormat }): RowFile => {
    const cut = cutFile(kind, bytes, path);
    const fileDigest = sha256(bytes);
    cut.rows.forEach((row, place) => {
      rows.push({ file: path, place, bytes: row, digest: cut.columns === undefined ? fileDigest : sha256(row) });
    });
    return {
      path,
      kind,
      encodingFormat,
      sha256: fileDigest,
      size: bytes.length,
      rows: cut.rows.length,
      columns: cut.columns,
    };
  });
  return { files, rows, duplicates: duplicatesOf(rows.map(({ digest }) => digest)), passedOver };
}

/** Digests that occur more than once, in the order of their first place. */
export function duplicatesOf(digests: readonly Hex[]): DuplicateRows[] {
  const places = new Map<Hex, number[]>();
  digests.forEach((digest, i) => {
    const indices = places.get(digest);
    if (indices === undefined) places.set(digest, [i]);
    else indices.push(i);
  });
  return [...places].filter(([, indices]) => indices.length > 1).map(([digest, indices]) => ({ digest, indices }));
}
