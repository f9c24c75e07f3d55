import { ClientError, type ClientErrorCode, refusalHint, type Revert } from "../client/index.ts";
import { MetadataError, type MetadataErrorCode } from "../metadata/index.ts";
import { ScorerError, type ScorerErrorCode } from "../scorer/index.ts";
import { StoreError } from "../services/gateway/store.ts";
import { IndexError, type IndexErrorCode } from "../services/indexer/errors.ts";

/** How the command line ends; scripts branch on it. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  nothingToDo: 3,
  reverted: 4,
  network: 5,
  mismatch: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means, for help and documentation. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: "done",
  [EXIT.error]: "error: bad input, wrong chain, no funds, …",
  [EXIT.usage]: "usage: unknown command or option, argument missing or out of range",
  [EXIT.nothingToDo]: "nothing to do",
  [EXIT.reverted]: "refused by a contract, with its custom error decoded",
  [EXIT.network]: "the node can't be reached",
  [EXIT.mismatch]: "verification failed: a file and the chain, its root or its format differ",
};

/** An argument or option that can't be read. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** There is nothing to do, and why. */
export class NothingToDo extends Error {
  override readonly name = "NothingToDo";
}

const CLIENT_EXITS: Readonly<Record<ClientErrorCode, ExitCode>> = {
  network: EXIT.network,
  "wrong-chain": EXIT.error,
  "no-deployment": EXIT.error,
  "no-funds": EXIT.error,
  reverted: EXIT.reverted,
  mismatch: EXIT.mismatch,
  "too-expensive": EXIT.error,
  refused: EXIT.error,
  "bad-input": EXIT.error,
  "not-found": EXIT.error,
  "file-missing": EXIT.error,
  "file-altered": EXIT.mismatch,
  behind: EXIT.network,
};

/** What says that a file was altered; all other codes are about files and numbers that can't be used at all. */
const SCORER_MISMATCHES: ReadonlySet<ScorerErrorCode> = new Set(["root-mismatch", "inconsistent"]);

const INDEX_EXITS: Readonly<Record<IndexErrorCode, ExitCode>> = {
  "other-deployment": EXIT.error,
  corrupt: EXIT.error,
  inconsistent: EXIT.network,
  network: EXIT.network,
  "bad-request": EXIT.error,
  "not-found": EXIT.error,
  "file-missing": EXIT.error,
  "file-altered": EXIT.mismatch,
};

/** What the reading of descriptions and rows ends with. */
const METADATA_EXITS: Readonly<Record<MetadataErrorCode, ExitCode>> = {
  "empty-folder": EXIT.error,
  "bad-path": EXIT.error,
  "duplicate-path": EXIT.error,
  unreadable: EXIT.error,
  "unsupported-file": EXIT.error,
  "mixed-modality": EXIT.error,
  "invalid-utf8": EXIT.error,
  "bad-csv": EXIT.error,
  "ragged-csv": EXIT.error,
  "bad-jsonl": EXIT.error,
  "empty-row": EXIT.error,
  "bad-rows-file": EXIT.error,
  "no-such-row": EXIT.usage,
  "bad-search": EXIT.usage,
  "bad-image": EXIT.error,
  "bad-vector": EXIT.error,
  "bad-json": EXIT.error,
  "invalid-croissant": EXIT.mismatch,
  "bad-licence": EXIT.error,
  "no-front-matter": EXIT.error,
  "bad-yaml": EXIT.error,
  "wrong-type": EXIT.error,
  "unknown-relation": EXIT.error,
  "unknown-kind": EXIT.error,
  inconsistent: EXIT.error,
  unwritable: EXIT.error,
};

/** What the command line says of a failure. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** The client's, scorer's or metadata's code, or `usage`, `nothing-to-do`, `unexpected`. */
  readonly code: string;
  readonly message: string;
  readonly revert?: Revert;
}

/** The one place where errors become exit codes. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ClientError) {
    const { revert } = error;
    const hint = revert === undefined ? undefined : refusalHint(revert.name);
    const message = hint === undefined ? error.message : `${error.message}: ${hint}`;
    return {
      exitCode: CLIENT_EXITS[error.code],
      code: error.code,
      message,
      ...(revert === undefined ? {} : { revert }),
    };
  }
  if (error instanceof ScorerError) {
    const exitCode = SCORER_MISMATCHES.has(error.code) ? EXIT.mismatch : EXIT.error;
    return { exitCode, code: error.code, message: error.message };
  }
  if (error instanceof MetadataError)
    return { exitCode: METADATA_EXITS[error.code], code: error.code, message: error.message };
  if (error instanceof IndexError) {
    return { exitCode: INDEX_EXITS[error.code], code: error.code, message: error.message };
  }
  if (error instanceof StoreError) return { exitCode: EXIT.error, code: error.code, message: error.message };
  if (error instanceof UsageError) return { exitCode: EXIT.usage, code: "usage", message: error.message };
  if (error instanceof NothingToDo)
    return { exitCode: EXIT.nothingToDo, code: "nothing-to-do", message: error.message };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: EXIT.error, code: "unexpected", message: `unexpected: ${message}` };
}
