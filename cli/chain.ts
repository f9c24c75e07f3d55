import { type Interface, parseUnits } from "ethers";
import { ClientError, type ProposedStatement, type Suite } from "../client/index.ts";
import {
  assertIndexRoot,
  decodeStatement,
  encodeStatement,
  type Hex,
  isPackedStatement,
  MAX_JSON_LINES,
  packStatement,
  scoreIndex,
  type Scoring,
  type Statement,
  unpackStatement,
  type VerifiedIndex,
  verifyIndex,
} from "../scorer/index.ts";
import type { ScoredIndex } from "../services/scorer.ts";
import { readBytes, textOf } from "./edges/files.ts";
import { UsageError } from "./exit.ts";
import { readIndexThrough } from "./indexFile.ts";
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
): VerifiedIndex {
  const verified = verifyIndex(file, committed.root);
  requireSameBound(verified.index, committed);
  return verified;
}

/**
 * Checks and scores an index file, of any size, that must be the committed one.
 *
 * @param show - told how far it is
 * @throws ScorerError `root-mismatch`, ClientError `mismatch`, and what reading the file throws
 */
export async function scoreIndexFile(
  path: string,
  committed: { readonly root: Hex; readonly exponentBound: number },
  scoring: Omit<Scoring, "exponentBound">,
  show: (detail: string) => void,
): Promise<ScoredIndex> {
  const { exponentBound } = committed;
  const scored = await readIndexThrough(path, show, (stream, work, done) =>
    scoreIndex(stream, { ...scoring, exponentBound }, work, done),
  );
  assertIndexRoot(scored.root, committed.root);
  requireSameBound(scored.header, committed);
  return scored;
}

function requireSameBound(file: { readonly exponentBound: number }, chain: { readonly exponentBound: number }): void {
  if (file.exponentBound !== chain.exponentBound) {
    throw new ClientError(
      "mismatch",
      `the index file has the exponent bound ${file.exponentBound}, the chain ${chain.exponentBound}: its header was altered; fetch the file from another source`,
    );
  }
}

/** Reads an index file that must be the one that a statement names. */
export async function readStatedIndex({ statement }: ProposedStatement, path: string): Promise<VerifiedIndex> {
  return checkIndex(await readBytes(path, "the index"), {
    root: String(statement.indexRoot) as Hex,
    exponentBound: Number(statement.exponentBound),
  });
}

/** Reads a statement file, in JSON or packed; all that it implies is recomputed. */
export async function readStatementFile(path: string): Promise<Statement> {
  const bytes = await readBytes(path, "the statement");
  return isPackedStatement(bytes) ? unpackStatement(bytes) : decodeStatement(textOf(bytes, path, "the statement"));
}

/** A statement as the file to publish: JSON, or packed if it has more lines than JSON can hold. */
export function statementFile(statement: Statement): string | Uint8Array {
  return statement.lines.length > MAX_JSON_LINES ? packStatement(statement) : encodeStatement(statement);
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

/** The chain's own time: that of its last block. */
export async function chainTime({ provider }: Suite): Promise<bigint> {
  const block = await provider.getBlock("latest");
  if (block === null) throw new ClientError("network", "the node has no last block: ask another node");
  return BigInt(block.timestamp);
}

/** The SPDX id of a dataset's licence: frozen terms are edited without naming it again. */
export async function readLicence({ datasets, book }: Suite, dataset: bigint): Promise<string | undefined> {
  const events = await datasets.queryFilter(datasets.filters.TermsSet(dataset), book.fromBlock);
  return events.map(({ args }) => args.licence).findLast((licence) => licence !== "");
}

/** An amount of the deployment's currency in its smallest unit. */
export function parseMoney(amount: string, { symbol, decimals }: Currency): bigint {
  const fraction = amount.split(".")[1] ?? "";
  if (fraction.length > decimals) {
    throw new UsageError(`${amount} is finer than ${symbol} can be divided: write at most ${decimals} decimals`);
  }
  return parseUnits(amount, decimals);
}

/** A member of the event that a transaction left, such as the number that a registry gave. */
export function eventMember(
  abi: Interface,
  logs: readonly { readonly topics: readonly string[]; readonly data: string }[],
  event: string,
  member: string,
): bigint | null {
  for (const log of logs) {
    const parsed = abi.parseLog(log);
    if (parsed?.name === event) return parsed.args.getValue(member) as bigint;
  }
  return null;
}
