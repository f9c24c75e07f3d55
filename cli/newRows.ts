import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { ClientError, type Suite } from "../client/index.ts";
import { readFolder } from "../metadata/folder.ts";
import { DigestIndex, encodeRowsFile, keepRows, readRows, ROWS_FILE } from "../metadata/index.ts";
import type { Context } from "./context.ts";
import { type ContributedRows, readContributedRows } from "./contributedRows.ts";
import { isFolder, makeFolder, readBytes, writeOut } from "./edges/files.ts";
import { NothingToDo } from "./exit.ts";
import { readPublished } from "./intake.ts";
import { contributionName, overlapText } from "./intakeReport.ts";
import { cutLines } from "./rows.ts";
import { count } from "./style.ts";
import { readSubmissions } from "./submissions.ts";

/** What is to be contributed, and what it is compared with. */
interface Compared {
  readonly dataset: bigint;
  readonly rows: ContributedRows;
  /** Where the rows were read from. */
  readonly path: string;
  readonly lines: boolean;
  /** Folder with the published rows of earlier contributions. */
  readonly against: string;
  /** Folder for the rows that are new. */
  readonly onlyNew: string | undefined;
}

/**
 * The rows of a contribution of which none stands in an earlier one: all of them, or those that are new, written to a
 * folder of their own.
 *
 * @throws ClientError `bad-input` when rows stand in earlier contributions and nobody asked to leave them out; NothingToDo
 * when none is new
 */
export async function newRows(context: Context, suite: Suite, compared: Compared): Promise<ContributedRows> {
  const { dataset, rows, path, against, onlyNew } = compared;
  const published = await readPublished(context, against, await readSubmissions(suite, dataset));
  const index = new DigestIndex();
  for (const { rows: earlier } of published) index.add(earlier?.digests ?? []);
  const copies = index.copiesIn(rows.digests).map(({ row, earlier }) => ({
    row,
    earlier: { contribution: contributionName(published, earlier.contribution), row: earlier.row },
  }));
  if (copies.length === 0) return rows;
  const overlap = `${copies.length} of the ${count(rows.digests.length, "row")} of ${path} stand in earlier contributions: ${overlapText(copies)}`;
  if (copies.length === rows.digests.length) throw new NothingToDo(`all of ${overlap}`);
  if (onlyNew === undefined) {
    throw new ClientError(
      "bad-input",
      `${overlap}; contribute the ${rows.digests.length - copies.length} new ones with --only-new DIR`,
    );
  }
  context.note(`${overlap}; they are left out.`);
  const copied = new Set(copies.map(({ row }) => row));
  return writeNew(context, compared, onlyNew, (row) => !copied.has(row));
}

/** Writes the rows that are kept, and reads them again: what is contributed is what lies there. */
async function writeNew(
  context: Context,
  { rows, path, lines }: Compared,
  folder: string,
  keep: (row: number) => boolean,
): Promise<ContributedRows> {
  if (rows.rows === undefined) {
    throw new ClientError("bad-input", `${path} lists digests: name the folder or file with the rows themselves`);
  }
  await makeFolder(folder, "the new rows");
  if ((await readdir(folder)).length > 0) {
    throw new ClientError(
      "bad-input",
      `${folder} isn't empty, and what lies there would be contributed: name another folder`,
    );
  }
  if (lines) {
    const file = join(folder, basename(path));
    const kept = cutLines(await readBytes(path, "the rows"), path).filter((_, row) => keep(row));
    await writeOut(file, Buffer.concat(kept.flatMap((row) => [row, Buffer.from("\n")])), "the new rows");
    return readContributedRows(context, file, true);
  }
  const files = (await isFolder(path, "the rows"))
    ? await readFolder(path)
    : [{ path: basename(path), bytes: await readBytes(path, "the rows") }];
  const kept = keepRows(files, keep);
  for (const file of kept) {
    await writeOut(join(folder, file.path), file.bytes, "the new rows");
  }
  await writeOut(join(folder, ROWS_FILE), encodeRowsFile(readRows(kept)), "the list of rows");
  return readContributedRows(context, folder, false);
}
