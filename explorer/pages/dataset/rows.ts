import { type DatasetFile, type DatasetRows, readRows } from "../../../metadata/index.ts";

/** Bytes that are read into memory at most: a browser's tab has not much more. */
const MOST_BYTES = 512 * 1024 * 1024;

/**
 * Cuts the rows of files that were chosen in the browser, as the command line does of a folder.
 *
 * @throws MetadataError as `readRows`; Error for more than the browser can hold
 */
export async function rowsOfFiles(files: readonly File[]): Promise<DatasetRows> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_BYTES) {
    throw new Error("these files have more than 512 MB: use tributary contribute, which reads them one by one");
  }
  const read = await Promise.all(
    files.map(async (file): Promise<DatasetFile> => ({
      path: pathOf(file),
      bytes: new Uint8Array(await file.arrayBuffer()),
    })),
  );
  return readRows(read);
}

/** The path inside of the folder that was chosen. */
function pathOf({ webkitRelativePath, name }: File): string {
  return webkitRelativePath === "" ? name : webkitRelativePath.slice(webkitRelativePath.indexOf("/") + 1);
}
