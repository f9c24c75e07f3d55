import { checkClaim, checkStatementFile, type ProposedStatement, type Suite } from "../client/index.ts";
import {
  type Claim,
  decodeClaim,
  decodeStatement,
  isClaim,
  isPackedStatement,
  type Statement,
  unpackStatement,
} from "../scorer/index.ts";
import { readBytes, textOf } from "./edges/files.ts";

/** What can be checked: a whole statement, or one contributor's lines of it. All that they imply is recomputed. */
export type Proofs =
  { readonly kind: "statement"; readonly file: Statement } | { readonly kind: "claim"; readonly file: Claim };

/**
 * Reads a statement or claim file.
 *
 * @throws ClientError `bad-input`, ScorerError as `decodeStatement` and `decodeClaim`
 */
export async function readProofs(path: string): Promise<Proofs> {
  const bytes = await readBytes(path, "the statement or claim");
  if (isPackedStatement(bytes)) return { kind: "statement", file: unpackStatement(bytes) };
  const content = textOf(bytes, path, "the statement or claim");
  return isClaim(content)
    ? { kind: "claim", file: decodeClaim(content) }
    : { kind: "statement", file: decodeStatement(content) };
}

/** The interval that proofs are of. */
export function intervalOf(proofs: Proofs): { readonly stream: bigint; readonly interval: number } {
  return proofs.kind === "claim" ? proofs.file.payout : proofs.file;
}

/**
 * Checks proofs against the statement on the chain.
 *
 * @throws ClientError `mismatch` that says what differs
 */
export async function checkOnChain(suite: Suite, proposed: ProposedStatement, proofs: Proofs): Promise<void> {
  if (proofs.kind === "claim") await checkClaim(suite, proposed, proofs.file);
  else await checkStatementFile(suite, proposed, proofs.file);
}
