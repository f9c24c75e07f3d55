import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { mkdir, open, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClientError } from "../../client/index.ts";
import type { Hex } from "../../scorer/index.ts";

/** Bytes that are read from a large file at once. */
const PIECE_BYTES = 2 ** 18;

/**
 * Reads a file.
 *
 * @param what - names it in errors: "the index"
 * @throws ClientError `bad-input` that says why it can't be read and what to do
 */
export async function readBytes(path: string, what: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new ClientError("bad-input", `${what} can't be read from ${path}: ${reason(cause)}`, { cause });
  }
}

/** The first bytes of a file, at most as many as asked for. */
export async function readStart(path: string, bytes: number, what: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new ClientError("bad-input", `${what} can't be read from ${path}: ${reason(cause)}`, { cause });
  }
}

/** Reads a file as UTF-8, and refuses one that isn't. */
export async function readText(path: string, what: string): Promise<string> {
  return textOf(await readBytes(path, what), path, what);
}

/** The text of a file that was read from `path`; refuses what isn't UTF-8. */
export function textOf(bytes: Uint8Array, path: string, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ClientError("bad-input", `${what} in ${path} isn't UTF-8 text: is it another file?`, { cause });
  }
}

/** Reads a file with one JSON object in it. */
export async function readJsonObject(path: string, what: string): Promise<Record<string, unknown>> {
  const text = await readText(path, what);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new ClientError("bad-input", `${what} in ${path} isn't JSON: make or fetch the file again`, { cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ClientError("bad-input", `${what} in ${path} isn't a JSON object: is it another file?`);
  }
  return { ...parsed };
}

/** Reads a file if there is one. */
export async function readBytesIfThere(path: string, what: string): Promise<Uint8Array | undefined> {
  try {
    await stat(path);
  } catch {
    return undefined;
  }
  return readBytes(path, what);
}

/** SHA-256 of a file that may be larger than memory, as weights are. */
export async function digestFile(path: string, what: string): Promise<Hex> {
  const hash = createHash("sha256");
  for await (const piece of readPieces(path, what)) hash.update(piece);
  return `0x${hash.digest("hex")}`;
}

/** A file that may be larger than memory, piece by piece. */
export async function* readPieces(path: string, what: string): AsyncGenerator<Uint8Array, undefined> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) yield piece as Uint8Array;
  } catch (cause) {
    throw new ClientError("bad-input", `${what} can't be read from ${path}: ${reason(cause)}`, { cause });
  }
}

/** Whether a path is a folder; it must be there. */
export async function isFolder(path: string, what: string): Promise<boolean> {
  return (await statOf(path, what)).isDirectory();
}

/** Bytes of a file; it must be there. */
export async function fileBytes(path: string, what: string): Promise<number> {
  return (await statOf(path, what)).size;
}

async function statOf(path: string, what: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    throw new ClientError("bad-input", `${what} can't be read from ${path}: ${reason(cause)}`, { cause });
  }
}

/** The paths of a folder's files, parts joined by `/`; of a hidden folder only its own, with a `/` at its end. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ClientError("bad-input", `the folder ${folder} can't be read: ${reason(cause)}`, { cause });
  });
  const listed = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name];
      if (entry.name.startsWith(".")) return [`${entry.name}/`];
      return (await listFiles(join(folder, entry.name))).map((path) => `${entry.name}/${path}`);
    }),
  );
  return listed.flat().sort();
}

/** Writes a file, and the folders above it where they are missing. */
export async function writeOut(path: string, content: Uint8Array | string, what: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (cause) {
    throw new ClientError("bad-input", `${what} can't be written to ${path}: ${reason(cause)}`, { cause });
  }
}

/** Makes a folder, and those above it, where they are missing. */
export async function makeFolder(path: string, what: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new ClientError("bad-input", `${what} can't be kept in ${path}: ${reason(cause)}`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file; check the path",
  EISDIR: "it is a folder; name a file",
  ENOTDIR: "part of the path is a file; name a folder",
  EEXIST: "part of the path is a file; name a folder",
  EACCES: "permission denied; change the file's permissions, or name another one",
  EROFS: "the file system is read-only; name another place",
  ENOSPC: "the disk is full",
  ERR_FS_FILE_TOO_LARGE: "it is larger than the 2 GiB that are read at once; split it into several files",
};

function reason(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  return REASONS[code] ?? String(cause);
}
