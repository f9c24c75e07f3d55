import { ClientError, type Suite } from "../client/index.ts";
import {
  decodeIndex,
  decodeStatement,
  type Hex,
  type InfluenceIndex,
  type Statement,
  verifyIndex,
} from "../scorer/index.ts";
import { readBytes, readText } from "./edges/files.ts";
import type { Currency } from "./style.ts";

/** Names of IIndexRegistry.IndexStatus. */
export const INDEX_STATES = ["none", "committed", "rejected", "active"] as const;

/** An index as the chain has it. */
export interface CommittedIndex {
  readonly root: Hex;
  readonly exponentBound: number;
  readonly status: (typeof INDEX_STATES)[number];
  /** Fee counter from which it serves. */
  readonly activeFrom: bigint;
}

/** The index that a stream has now. */
export async function readCommittedIndex(suite: Suite, stream: bigint): Promise<CommittedIndex> {
  const { root, exponentBound, status, activeFrom } = await suite.indexes.indexOf(stream);
  return {
    root: root as Hex,
    exponentBound: Number(exponentBound),
    status: INDEX_STATES[Number(status)] ?? "none",
    activeFrom,
  };
}

/**
 * An index file that must be the committed one. The root doesn't cover the exponent bound, but weights depend on it: the
 * file must name the chain's.
 *
 * @throws ScorerError `root-mismatch`, ClientError `mismatch`
 */
export function checkIndex(
  file: Uint8Array,
  committed: { readonly root: Hex; readonly exponentBound: number },
): InfluenceIndex {
  const index = verifyIndex(file, committed.root);
  if (index.exponentBound !== committed.exponentBound) {
    throw new ClientError(
      "mismatch",
      `the index file has the exponent bound ${index.exponentBound}, the chain ${committed.exponentBound}: its header was altered; fetch the file from another source`,
    );
  }
  return index;
}

/** Reads an index file and makes sure that it is one. */
export async function readIndexFile(path: string): Promise<{ bytes: Uint8Array; index: InfluenceIndex }> {
  const bytes = await readBytes(path, "the index");
  return { bytes, index: decodeIndex(bytes) };
}

/** Reads a statement file; all that it implies is recomputed. */
export async function readStatementFile(path: string): Promise<Statement> {
  return decodeStatement(await readText(path, "the statement"));
}

/** Symbol and decimals of the deployment's currency. */
export async function readCurrency({ currency }: Suite): Promise<Currency> {
  const [symbol, decimals] = await Promise.all([currency.symbol(), currency.decimals()]);
  return { symbol, decimals: Number(decimals) };
}

/** Unix seconds → 2026-01-31 12:00:00 UTC */
export function utc(seconds: bigint | number): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
