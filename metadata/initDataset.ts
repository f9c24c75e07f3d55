import { type Hex, sha256 } from "../scorer/index.ts";
import { assertCroissant, writeCroissant } from "./croissant/document.ts";
import {
  buildCroissant,
  type CroissantField,
  type CroissantFile,
  type CroissantFileSet,
  type CroissantRecordSet,
  type DatasetFacts,
  type Extract,
} from "./croissant/description.ts";
import type { JsonObject } from "./json.ts";
import { type Column, mergeColumns } from "./rows/columns.ts";
import { type DatasetFile, type FileKind, inferModality, type Modality, ROWS_FILE } from "./rows/files.ts";
import { type DatasetRows, readRows, type RowFile } from "./rows/rows.ts";
import { encodeRowsFile } from "./rows/rowsFile.ts";
import { encodeUtf8 } from "./utf8.ts";

/** What can't be read off the files. */
export interface DatasetOptions extends DatasetFacts {
  /** What the rows are; without it, what follows from the files. */
  readonly modality?: Modality;
  /** Address under which the folder will be published; without it, files are named relative to the Croissant file. */
  readonly baseUrl?: string;
}

/** A folder made into a dataset. */
export interface InitialisedDataset {
  /** The Croissant document. */
  readonly croissant: JsonObject;
  /** Its text, for `croissant.json` in the folder. */
  readonly croissantText: string;
  /** SHA-256 of that text in UTF-8: the metadata digest that the dataset registry keeps. */
  readonly metadataDigest: Hex;
  readonly rows: DatasetRows;
  /** SHA-256 of each row, in order: what `digestTree` and `proveRow` take. */
  readonly digests: readonly Hex[];
  /** The bytes of `rows.json`, which the document lists with their SHA-256. */
  readonly rowsFile: Uint8Array;
  readonly modality: Modality;
}

/**
 * Makes a dataset of a folder: its rows, the list of their digests, and the Croissant 1.1 document over both. The same
 * files and options give the same bytes.
 *
 * @throws MetadataError as `readRows`; `mixed-modality`, `bad-licence`; `invalid-croissant` for options that the
 * specification doesn't allow (no description, an url without https://, a date that isn't one)
 */
export function initDataset(folder: readonly DatasetFile[], options: DatasetOptions): InitialisedDataset {
  const rows = readRows(folder);
  const modality = options.modality ?? inferModality(rows.files.map(({ kind }) => kind));
  const rowsFile = encodeRowsFile(rows);
  const { recordSets, fileSets } = structure(rows.files);
  const croissant = buildCroissant({
    ...options,
    version: options.version ?? "1.0.0",
    modality,
    rowCount: rows.rows.length,
    rowDigests: ROWS_FILE,
    files: [
      ...rows.files.map((file) => dataFile(file, options.baseUrl)),
      {
        id: ROWS_FILE,
        name: ROWS_FILE,
        contentUrl: contentUrl(ROWS_FILE, options.baseUrl),
        encodingFormats: ["application/json"],
        sha256: sha256(rowsFile),
        size: rowsFile.length,
      },
    ],
    fileSets,
    recordSets,
  });
  assertCroissant(croissant);
  const croissantText = writeCroissant(croissant);
  return {
    croissant,
    croissantText,
    metadataDigest: sha256(encodeUtf8(croissantText)),
    rows,
    digests: rows.rows.map(({ digest }) => digest),
    rowsFile,
    modality,
  };
}

function dataFile(file: RowFile, baseUrl: string | undefined): CroissantFile {
  return {
    id: idOf(file.path),
    name: file.path,
    contentUrl: contentUrl(file.path, baseUrl),
    encodingFormats: [file.encodingFormat],
    sha256: file.sha256,
    size: file.size,
    rowCount: file.rows,
  };
}

/** Files of the same kind and the same columns: they hold the same sort of rows. */
interface Group {
  readonly kind: FileKind;
  readonly files: RowFile[];
  columns: readonly Column[] | undefined;
}

/** One record set for each group; a group of several files is read through a file set. */
function structure(files: readonly RowFile[]): { recordSets: CroissantRecordSet[]; fileSets: CroissantFileSet[] } {
  const groups = new Map<string, Group>();
  for (const file of files) {
    const key = JSON.stringify([file.kind, file.columns?.map(({ name }) => name ?? null)]);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { kind: file.kind, files: [file], columns: file.columns });
    } else {
      group.files.push(file);
      group.columns = group.columns && mergeColumns(group.columns, file.columns!);
    }
  }
  const ids = new Ids([ROWS_FILE, ...files.map(({ path }) => idOf(path))]);
  const recordSets: CroissantRecordSet[] = [];
  const fileSets: CroissantFileSet[] = [];
  for (const group of groups.values()) {
    const name = groupName(group);
    const id = ids.take(name);
    const isOneFile = group.columns !== undefined && group.files.length === 1;
    const source = isOneFile
      ? ({ in: "fileObject", id: idOf(group.files[0]!.path) } as const)
      : ({ in: "fileSet", id: ids.take(`${group.columns === undefined ? group.kind : name}-files`) } as const);
    if (!isOneFile) fileSets.push(fileSet(source.id, group));
    const fields = fieldsOf(group).map(({ extract, ...field }): CroissantField => {
      return { id: ids.take(`${id}/${field.name}`), ...field, source: { ...source, extract } };
    });
    const rowCount = group.files.reduce((sum, file) => sum + file.rows, 0);
    recordSets.push({ id, name, rowCount, fields });
  }
  return { recordSets, fileSets };
}

/** A table is named for its first file, so that several tables have names of their own. */
function groupName({ kind, files, columns }: Group): string {
  if (columns !== undefined) return files[0]!.path.replace(/\.[^./]+$/, "");
  return kind === "image" ? "images" : kind;
}

function fieldsOf({ kind, columns }: Group): (Omit<CroissantField, "id" | "source"> & { extract: Extract })[] {
  if (columns === undefined) {
    const content = { text: "sc:Text", image: "sc:ImageObject", audio: "sc:AudioObject", csv: "", jsonl: "" }[kind];
    return [
      { name: "content", dataTypes: [content], extract: { fileProperty: "content" } },
      { name: "path", dataTypes: ["sc:Text"], extract: { fileProperty: "fullpath" } },
    ];
  }
  return columns.map(({ name, dataType, isArray }) => ({
    name: name ?? "value",
    dataTypes: [dataType],
    ...(isArray ? { isArray } : {}),
    extract: kind === "csv" ? { column: name! } : { jsonPath: jsonPath(name) },
  }));
}

/** The files are those that `rows.json` lists; the patterns pick the group's out of it. */
function fileSet(id: string, { files, columns }: Group): CroissantFileSet {
  // All files of a medium are one group, so their endings are enough; tables of other columns may have the same ending.
  const patterns = files.flatMap(({ path }) => {
    if (columns !== undefined) return [path.replace(/[*?[\]{}!]/g, "[$&]")];
    const ending = path.slice(path.lastIndexOf("."));
    return [`*${ending}`, `**/*${ending}`];
  });
  return {
    id,
    encodingFormats: [...new Set(files.map(({ encodingFormat }) => encodingFormat))].sort(),
    includes: [...new Set(patterns)].sort(),
    manifest: { file: ROWS_FILE, jsonPath: "$.files[*].path" },
  };
}

function jsonPath(name: string | undefined): string {
  if (name === undefined) return "$";
  if (/^[A-Za-z_]\w*$/.test(name)) return `$.${name}`;
  return `$[${JSON.stringify(name)}]`;
}

/** Ids are read as relative IRIs, so what would end a path or begin a scheme is escaped. */
function idOf(path: string): string {
  return path.replace(/[\s%#?:@<>"{}|\\^`]/g, (character) => encodeURIComponent(character));
}

function contentUrl(path: string, baseUrl: string | undefined): string {
  const relative = path.split("/").map(encodeURIComponent).join("/");
  return baseUrl === undefined ? relative : `${baseUrl.replace(/\/+$/, "")}/${relative}`;
}

/** Hands out ids that no other node has. */
class Ids {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  take(name: string): string {
    const wanted = idOf(name);
    let id = wanted;
    for (let n = 2; this.#taken.has(id); n++) id = `${wanted}-${n}`;
    this.#taken.add(id);
    return id;
  }
}
