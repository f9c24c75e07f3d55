import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";
import { ClientError } from "../client/index.ts";
import { type DatasetRow, digestTree, type Findings, Intake, type RowContent } from "../metadata/index.ts";
import type { Hex } from "../scorer/index.ts";
import type { Context } from "./context.ts";
import { type ContributedRows, readRowsAt } from "./contributedRows.ts";
import { isFolder } from "./edges/files.ts";
import { readGreyPng } from "./edges/images.ts";
import { count } from "./style.ts";
import { nameOf, type Submission } from "./submissions.ts";

/** A contribution with its rows as they were published. */
export interface PublishedContribution {
  readonly submission: Submission;
  /** Undefined where there is nothing, or where it isn't what the root commits to. */
  readonly rows: ContributedRows | undefined;
}

/**
 * Reads the published rows of contributions from a folder that has for each a folder or file by the name of its root: the
 * rows' folder, a `.csv`, `.jsonl` or other file of rows, or their `rows.json` as `ROOT.json`. What doesn't hash to the
 * root is left out, with a note.
 *
 * @throws ClientError `bad-input` when there is no such folder
 */
export async function readPublished(
  context: Context,
  folder: string,
  submissions: readonly Submission[],
): Promise<PublishedContribution[]> {
  if (!(await isFolder(folder, "the published rows"))) {
    throw new ClientError(
      "bad-input",
      `${folder} is a file: name the folder that has a folder, a file or a rows.json for each contribution, by its root`,
    );
  }
  const paths = new Map((await readdir(folder)).map((name) => [parse(name).name.toLowerCase(), join(folder, name)]));
  const published: PublishedContribution[] = [];
  for (const submission of submissions) {
    const path = paths.get(submission.root);
    const rows = path === undefined ? undefined : await readOf(submission, path);
    if (path !== undefined && rows === undefined) {
      context.note(`${path} isn't what ${nameOf(submission)} committed to: its rows are left out.`);
    }
    published.push({ submission, rows });
  }
  const missing = published.filter(({ rows }) => rows === undefined).length;
  if (missing > 0) {
    context.note(
      `Of ${count(submissions.length, "contribution")}, ${missing} can't be compared: no rows in ${folder}.`,
    );
  }
  return published;
}

/** The rows under a path if they are a contribution's; whether lines are rows, the root says. */
async function readOf({ contributor, root }: Submission, path: string): Promise<ContributedRows | undefined> {
  for (const lines of [false, true]) {
    try {
      const rows = await readRowsAt(path, lines);
      if (digestTree(contributor.toLowerCase() as Hex, rows.digests).root === root) return rows;
    } catch {
      // Rows that can't be read one way may be read the other way; if neither is right, the caller says so.
    }
  }
  return undefined;
}

/** What was found of one contribution. */
export interface Examined extends PublishedContribution {
  /** Undefined without rows. */
  readonly findings: Findings | undefined;
}

/** Compares contributions with those before them, in the order in which they are given. */
export async function examine(context: Context, published: readonly PublishedContribution[]): Promise<Examined[]> {
  return context.step(`Comparing ${count(published.length, "contribution")}`, async () => {
    const intake = new Intake();
    const examined: Examined[] = [];
    for (const one of published) {
      // Every contribution is added, so that numbers are places in the list; those without rows are empty.
      const contents = await Promise.all((one.rows?.rows ?? []).map(contentOf));
      const findings = intake.add(one.rows?.digests ?? [], (row) => contents[row]);
      examined.push({ ...one, findings: one.rows === undefined ? undefined : findings });
    }
    return examined;
  });
}

/** What a row is compared by: text, or the brightness of a PNG. Other media are compared by their bytes only. */
async function contentOf({ file, bytes }: DatasetRow): Promise<RowContent | undefined> {
  if (/\.(jpe?g|webp|gif|wav|mp3|flac)$/i.test(file)) return undefined;
  if (!/\.png$/i.test(file)) return { kind: "text", text: new TextDecoder().decode(bytes) };
  const image = await readGreyPng(bytes);
  return image === undefined ? undefined : { kind: "image", image };
}
