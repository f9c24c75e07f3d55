import { MetadataError } from "../errors.ts";
import { encodeUtf8 } from "../utf8.ts";

/** One file of a dataset's folder. */
export interface DatasetFile {
  /** Path inside of the folder, its parts joined by `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** How a file's rows are cut. */
export type FileKind = "csv" | "jsonl" | "text" | "image" | "audio";

/** What the rows of a dataset are, in the words of the dataset registry. */
export type Modality = "text" | "image" | "audio" | "tabular";

interface FileType {
  readonly kind: FileKind;
  /** Media type, as Croissant's tools know it. */
  readonly encodingFormat: string;
}

const TYPES: Readonly<Record<string, FileType>> = {
  csv: { kind: "csv", encodingFormat: "text/csv" },
  jsonl: { kind: "jsonl", encodingFormat: "application/jsonlines" },
  ndjson: { kind: "jsonl", encodingFormat: "application/jsonlines" },
  txt: { kind: "text", encodingFormat: "text/plain" },
  md: { kind: "text", encodingFormat: "text/markdown" },
  png: { kind: "image", encodingFormat: "image/png" },
  jpg: { kind: "image", encodingFormat: "image/jpeg" },
  jpeg: { kind: "image", encodingFormat: "image/jpeg" },
  webp: { kind: "image", encodingFormat: "image/webp" },
  gif: { kind: "image", encodingFormat: "image/gif" },
  wav: { kind: "audio", encodingFormat: "audio/wav" },
  mp3: { kind: "audio", encodingFormat: "audio/mpeg" },
  flac: { kind: "audio", encodingFormat: "audio/flac" },
};

/** Names of the files that describe a dataset; where they lie at the top of the folder, they hold no rows of it. */
export const CROISSANT_FILE = "croissant.json";
export const ROWS_FILE = "rows.json";
const DESCRIBING = new Set([CROISSANT_FILE, ROWS_FILE, "README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"]);

/** Whether a file is passed over: hidden, in a hidden folder, or at the top of the folder and describing the dataset. */
export function isPassedOver(path: string): boolean {
  return DESCRIBING.has(path) || path.split("/").some((part) => part.startsWith("."));
}

/**
 * The files that hold rows, in the byte order of their paths' UTF-8.
 *
 * @throws MetadataError `bad-path`, `duplicate-path`, `unsupported-file`, `empty-folder`
 */
export function orderFiles(files: readonly DatasetFile[]): {
  holding: (DatasetFile & FileType)[];
  passedOver: string[];
} {
  const sorted = files
    .map((file) => ({ file, key: encodeUtf8(file.path) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ file }) => file);
  sorted.forEach(({ path }, i) => {
    assertPath(path);
    if (sorted[i - 1]?.path === path) {
      throw new MetadataError("duplicate-path", `there are two files ${path}: leave out one of them`);
    }
  });
  const passedOver = sorted.filter(({ path }) => isPassedOver(path)).map(({ path }) => path);
  const holding = sorted
    .filter(({ path }) => !isPassedOver(path))
    .map((file) => ({ ...file, type: typeOf(file.path) }));
  const unsupported = holding.filter(({ type }) => type === undefined).map(({ path }) => path);
  if (unsupported.length > 0) {
    throw new MetadataError(
      "unsupported-file",
      `no rows can be cut from ${listed(unsupported)}: convert to one of ${Object.keys(TYPES).join(", ")}, or move out of the folder`,
    );
  }
  if (holding.length === 0) {
    throw new MetadataError(
      "empty-folder",
      `the folder has no file with rows: put ${Object.keys(TYPES).join(", ")} files into it`,
    );
  }
  return { holding: holding.map(({ path, bytes, type }) => ({ path, bytes, ...type! })), passedOver };
}

/**
 * What the rows are: the medium of the files, or tabular where there are only tables. Tables next to files of one medium
 * describe them.
 *
 * @throws MetadataError `mixed-modality` for files of several media
 */
export function inferModality(kinds: Iterable<FileKind>): Modality {
  const media = new Set<Modality>();
  for (const kind of kinds) if (kind !== "csv" && kind !== "jsonl") media.add(kind);
  if (media.size > 1) {
    throw new MetadataError(
      "mixed-modality",
      `the folder has ${[...media].sort().join(" and ")} files: make a dataset of each, or say which modality it is`,
    );
  }
  return [...media][0] ?? "tabular";
}

/** Orders byte strings as memcmp does, a prefix first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function typeOf(path: string): FileType | undefined {
  const ending = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}

function assertPath(path: string): void {
  const complaint =
    path === ""
      ? "is empty"
      : /\p{Surrogate}/u.test(path)
        ? "isn't Unicode"
        : /\p{Cc}/u.test(path)
          ? "has a control character"
          : path.includes("\\")
            ? "has a backslash"
            : path.split("/").some((part) => part === "" || part === "." || part === "..")
              ? "isn't a plain path inside of the folder"
              : undefined;
  if (complaint !== undefined) {
    throw new MetadataError("bad-path", `the path ${JSON.stringify(path)} ${complaint}: rename the file`);
  }
}

function listed(paths: readonly string[]): string {
  const more = paths.length - 5;
  return paths.slice(0, 5).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
