import { join } from "node:path";
import { type Hex, isIndex, isPackedStatement } from "../scorer/index.ts";
import type { Context } from "./context.ts";
import { listFiles, readBytes, readStart, textOf } from "./edges/files.ts";
import { hashIndexFile } from "./indexFile.ts";
import { readProofs } from "./proofs.ts";

/** A statement or claim file, by what it says it is of; nothing of it is checked yet. */
export interface PublishedProofs {
  readonly path: string;
  readonly kind: "statement" | "claim";
  readonly stream: bigint;
  readonly interval: number;
  /** Of the statement's tree */
  readonly root: string;
  /** Lower case; null for a whole statement */
  readonly contributor: string | null;
}

/** The files of a folder that proofs and indexes can be read from. */
export interface PublishedFiles {
  readonly proofs: readonly PublishedProofs[];
  /** The path of an index file, by its root; its rows were hashed. */
  readonly indexes: ReadonlyMap<Hex, string>;
}

/** Bytes that tell the formats apart. */
const START = 16;

/**
 * Looks through a folder, and those in it, for statements, claims and, where they are wanted, indexes. Other files are
 * passed over, damaged ones are named in a note.
 *
 * @throws ClientError `bad-input` when the folder can't be read
 */
export async function scanPublished(context: Context, folder: string, withIndexes: boolean): Promise<PublishedFiles> {
  const proofs: PublishedProofs[] = [];
  const indexes = new Map<Hex, string>();
  for (const name of await listFiles(folder)) {
    if (name.endsWith("/")) continue;
    const path = join(folder, name);
    const start = await readStart(path, START, "a published file");
    try {
      if (isIndex(start)) {
        if (withIndexes) indexes.set((await hashIndexFile(context, path)).root, path);
      } else if (isPackedStatement(start) || start[0] === OPENING_BRACE) {
        const found = await describe(path);
        if (found !== undefined) proofs.push(found);
      }
    } catch (error) {
      context.note(`${path} is passed over: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { proofs, indexes };
}

const OPENING_BRACE = 0x7b;

async function describe(path: string): Promise<PublishedProofs | undefined> {
  const bytes = await readBytes(path, "a published file");
  if (isPackedStatement(bytes)) return describeProofs(path);
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(textOf(bytes, path, "a published file")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  return "sumTreeRoot" in parsed || parsed.kind === "tributary-claim" ? describeProofs(path) : undefined;
}

async function describeProofs(path: string): Promise<PublishedProofs> {
  const proofs = await readProofs(path);
  if (proofs.kind === "claim") {
    const { payout, contributor } = proofs.file;
    return { path, kind: "claim", stream: payout.stream, interval: payout.interval, root: payout.root, contributor };
  }
  const { stream, interval, sumTreeRoot } = proofs.file;
  return { path, kind: "statement", stream, interval, root: sumTreeRoot, contributor: null };
}
