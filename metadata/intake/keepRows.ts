import { cutFile } from "../rows/cut.ts";
import { type DatasetFile, orderFiles } from "../rows/files.ts";

/**
 * The files of a folder with some of their rows only: what a contributor publishes and contributes when other rows stand in
 * earlier contributions. Every row that is kept has the same bytes as before, and the rows have the same order; tables keep
 * their header, files without a row are left out.
 *
 * @param keep - by the row's place in the whole folder, as `readRows` numbers them
 * @throws MetadataError as `readRows`
 */
export function keepRows(folder: readonly DatasetFile[], keep: (row: number) => boolean): DatasetFile[] {
  let row = 0;
  return orderFiles(folder).holding.flatMap(({ path, bytes, kind }) => {
    const { rows, columns } = cutFile(kind, bytes, path);
    // Rows are views of the file: a row's line break, and the header, is what lies between them.
    const starts = rows.map((cut) => cut.byteOffset - bytes.byteOffset);
    const pieces = starts.flatMap((start, i) => (keep(row++) ? [bytes.subarray(start, starts[i + 1])] : []));
    if (pieces.length === 0) return [];
    return [{ path, bytes: join(columns === undefined ? pieces : [bytes.subarray(0, starts[0]), ...pieces]) }];
  });
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
