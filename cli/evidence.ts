import { ClientError, type ChainStatement, statementHash, type Suite } from "../client/index.ts";
import type { LineEvidenceStruct } from "../typechain-types/attribution/ChallengeRegistry.ts";

const KIND = "tributary-evidence";
const VERSION = 1;

/** Everything that `refute` takes: a statement, and the proof that one of its lines is wrong. */
export interface Evidence {
  readonly chainId: number;
  /** The attribution registry. */
  readonly attribution: string;
  readonly statementHash: string;
  readonly statement: ChainStatement;
  readonly line: LineEvidenceStruct;
}

/** Evidence as a file: JSON, integers as decimal strings. */
export function encodeEvidence(evidence: Evidence): string {
  const plain = (_name: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
  return `${JSON.stringify({ kind: KIND, version: VERSION, ...evidence }, plain, 2)}\n`;
}

/**
 * Reads evidence against a deployment.
 *
 * @param record - the file's content
 * @throws ClientError `bad-input` for a damaged file, or one of another deployment
 */
export function decodeEvidence(record: Record<string, unknown>, suite: Suite, path: string): Evidence {
  if (record.kind !== KIND || record.version !== VERSION) {
    throw new ClientError(
      "bad-input",
      `${path} isn't an evidence file of version ${VERSION}: "verify statement" writes them`,
    );
  }
  const evidence = record as unknown as Evidence;
  const { chainId, contracts } = suite.book;
  if (evidence.chainId !== chainId || evidence.attribution !== contracts.attribution) {
    throw new ClientError(
      "bad-input",
      `${path} is about the registry ${evidence.attribution} on chain ${evidence.chainId}, the deployment's is ${contracts.attribution} on chain ${chainId}`,
    );
  }
  if (hashOf(evidence, suite) !== evidence.statementHash) {
    throw new ClientError(
      "bad-input",
      `${path} is damaged: its statement doesn't have the hash that it names; make it again with "verify statement"`,
    );
  }
  return evidence;
}

/** The hash, if statement and line can be encoded at all. */
function hashOf({ statement, line }: Evidence, { challenges }: Suite): string | undefined {
  try {
    challenges.interface.encodeFunctionData("refute", [statement, line]);
    return statementHash(statement);
  } catch {
    return undefined;
  }
}
