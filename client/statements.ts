import {
  AbiCoder,
  type BigNumberish,
  type BytesLike,
  concat,
  dataLength,
  keccak256,
  ParamType,
  stripZerosLeft,
  zeroPadValue,
} from "ethers";
import {
  fromHex,
  type Hex,
  type LineProof,
  lineProof,
  SUM_NODE_BYTES,
  type Statement as ScoredStatement,
  type UsageReport,
  type VerifiedIndex,
  verifySumProof,
} from "../scorer/index.ts";
import { AttributionRegistry__factory } from "../typechain-types/index.ts";
import type {
  PayoutStruct,
  StatementStruct,
  StatementStructOutput,
} from "../typechain-types/attribution/AttributionRegistry.ts";
import type { LineEvidenceStruct } from "../typechain-types/attribution/ChallengeRegistry.ts";
import { completely } from "./chainProvider.ts";
import { ClientError } from "./clientError.ts";
import type { Statement as IndexedStatement } from "./indexApi/index.ts";
import { readMembers } from "./streams.ts";
import type { Suite } from "./suite.ts";

/** A statement's struct as the contracts take it, all members plain. */
export type ChainStatement = StatementStruct & { readonly payout: PayoutStruct };

/** A statement that was proposed, with what became of it. */
export interface ProposedStatement {
  readonly hash: string;
  readonly scorer: string;
  readonly statement: ChainStatement;
  /** Where the scorer published the weights. */
  readonly uri: string;
  readonly state: StatementState;
}

/** What became of a statement; `void` also if the dataset's owner rejected it. */
export type StatementState = "live" | "final" | "void";

const statementType = ParamType.from(
  AttributionRegistry__factory.createInterface().getFunction("finalise").inputs[0] ?? raiseMissingType(),
);
const payoutType = statementType.components?.[0] ?? raiseMissingType();
const coder = AbiCoder.defaultAbiCoder();

/** The hash of a node of a sum tree comes before its sum: its bytes. */
export const HASH_BYTES = 32;

/** Hash under which the chain keeps a live statement: keccak256(abi.encode(statement)). */
export function statementHash(statement: ChainStatement): string {
  return keccak256(coder.encode([statementType], [statement]));
}

/** Hash under which the chain keeps a final statement's payout: keccak256(abi.encode(payout)). */
export function payoutHash(payout: PayoutStruct): string {
  return keccak256(coder.encode([payoutType], [payout]));
}

/**
 * The struct of a statement as an index of the chain has it, for calls on the contracts.
 *
 * @throws ClientError `mismatch` when the index's own parts don't hash to the statement's hash
 */
export function statementStruct(indexed: IndexedStatement): ChainStatement {
  const struct = structOf(indexed, indexed);
  if (statementHash(struct) !== indexed.hash) {
    throw new ClientError("mismatch", `the index's statement doesn't hash to ${indexed.hash}: ask another index`);
  }
  return struct;
}

/**
 * All statements that were proposed for an interval of a stream, oldest first. Their events are checked against the
 * hashes on the chain, so a node can leave one out but not change the live or final one.
 */
export async function readStatements(suite: Suite, stream: bigint, interval: number): Promise<ProposedStatement[]> {
  const { attribution, book, provider } = suite;
  const filter = attribution.filters.StatementProposed(stream, interval);
  const read = async (): Promise<ProposedStatement[]> => {
    const events = await attribution.queryFilter(filter, book.fromBlock);
    if (events.length === 0) return [];
    const stateOf = await readStates(suite, stream, interval);
    return Promise.all(
      events.map(async ({ args }) => {
        const statement = plainStatement(args.statement);
        const hash = statementHash(statement);
        return { hash, scorer: args.statement.scorer, statement, uri: args.uri, state: await stateOf(statement, hash) };
      }),
    );
  };
  return completely(provider, read, async (found) => {
    const { status } = await attribution.settlementOf(stream, interval);
    const wanted = COUNTING.get(status);
    return wanted === undefined || found.some(({ state }) => state === wanted);
  });
}

/** State of the statement that an interval of some state has, by the contract's enum. */
const COUNTING: ReadonlyMap<bigint, StatementState> = new Map([
  [1n, "live"],
  [2n, "final"],
]);

/**
 * What became of the statements of an interval.
 *
 * @param blockTag - as of this block; the latest one by default
 * @returns the state of one of them, given with its hash
 */
export async function readStates(
  { attribution, payouts }: Suite,
  stream: bigint,
  interval: number,
  blockTag: number | "latest" = "latest",
): Promise<(statement: ChainStatement, hash: string) => Promise<StatementState>> {
  const { statementId, voids } = await attribution.settlementOf(stream, interval, { blockTag });
  return async (statement, hash) => {
    if (hash.startsWith(statementId)) return "live";
    // A statement may say the same as one that was voided before it.
    if (BigInt(statement.attempt) !== voids) return "void";
    return (await payouts.isFinal(payoutHash(statement.payout), { blockTag })) ? "final" : "void";
  };
}

/**
 * The statement of an interval that counts: the live one, or the final one.
 *
 * @throws ClientError `bad-input` when there is none
 */
export async function readStatement(suite: Suite, stream: bigint, interval: number): Promise<ProposedStatement> {
  const found = (await readStatements(suite, stream, interval)).filter(({ state }) => state !== "void").at(-1);
  if (found === undefined) {
    throw new ClientError("bad-input", `stream ${stream} has no live or final statement for interval ${interval}`);
  }
  return found;
}

/**
 * Checks every line of a published statement file against the chain: it must be the file of this statement, each
 * weight must stand in its tree, and each wallet must be the one that the registry names.
 *
 * @returns number of lines that were checked
 * @throws ClientError `mismatch` that says what differs
 */
export async function checkStatementFile(
  suite: Suite,
  proposed: ProposedStatement,
  file: ScoredStatement,
): Promise<number> {
  const { payout } = proposed.statement;
  const expected: readonly (readonly [string, BigNumberish | BytesLike, BigNumberish])[] = [
    ["stream", payout.stream, file.stream],
    ["interval", payout.interval, file.interval],
    ["root", payout.root, file.sumTreeRoot],
    ["total", payout.total, file.total],
    ["pool", payout.pool, file.pool],
    ["lines", payout.lines, file.lines.length],
    ["index root", proposed.statement.indexRoot, file.indexRoot],
    ["report", proposed.statement.reportHash, file.reportHash],
  ];
  for (const [what, onChain, inFile] of expected) {
    if (String(onChain).toLowerCase() !== String(inFile).toLowerCase()) {
      throw new ClientError(
        "mismatch",
        `the file is of another statement: its ${what} is ${String(inFile)}, the chain has ${String(onChain)}`,
      );
    }
  }
  const members = await readMembers(suite, file.stream);
  for (const line of file.lines) {
    verifySumProof(file.sumTreeRoot, file.total, file.lines.length, line.index, line.payable, line.proof);
    const contributor = members.contributors[line.index];
    if (contributor !== line.contributor) {
      throw new ClientError("mismatch", `line ${line.index} names ${line.contributor}, the registry ${contributor}`);
    }
  }
  return file.lines.length;
}

/** Everything that proves one line: the weight that the statement holds for it, its row, and the report. */
export function lineEvidence(
  file: ScoredStatement,
  committed: VerifiedIndex,
  report: UsageReport,
  line: number,
): LineEvidenceStruct {
  const stated = file.lines[line];
  if (stated === undefined)
    throw new ClientError("bad-input", `the statement has ${file.lines.length} lines: there is no line ${line}`);
  return evidenceOf(lineProof(committed, line, stated.payable, stated.proof), report);
}

/** A line's proof with the usage report, as `defend` and `refute` take it. */
export function evidenceOf({ indexProof, ...line }: LineProof, report: UsageReport): LineEvidenceStruct {
  return { ...line, indexProof: [...indexProof], usage: report };
}

/** The lines of a final statement that one wallet can claim, with proofs as short as claims take them. */
export function linesOf(file: ScoredStatement, contributor: string): { index: number; weight: bigint; proof: Hex }[] {
  return file.lines
    .filter((line) => line.contributor === contributor.toLowerCase() && line.amount > 0n)
    .map(({ index, payable, proof }) => ({ index, weight: payable, proof: shortSumProof(proof) }));
}

/**
 * A proof in a sum tree without the leading zero bytes that all of its sums have in common. The contracts take it like
 * the long one; its calldata costs less.
 *
 * @param proof - steps of `stride` bytes: hash (32) ‖ sum
 * @param stride - 32 to 50
 * @param least - bytes that each sum has at least
 */
export function shortSumProof(proof: string, stride = SUM_NODE_BYTES, least = 0): Hex {
  const bytes = fromHex(proof, "proof");
  const steps = Array.from({ length: bytes.length / stride }, (_, i) => bytes.subarray(i * stride, (i + 1) * stride));
  const sums = steps.map((step) => stripZerosLeft(step.subarray(HASH_BYTES)));
  const width = Math.max(least, ...sums.map(dataLength));
  return concat(
    steps.flatMap((step, i) => [step.subarray(0, HASH_BYTES), zeroPadValue(sums[i] ?? "0x", width)]),
  ) as Hex;
}

/**
 * What `StreamPayouts.weightOf` takes as proof: the payout, 7 words, and the line's steps (docs/formats.md, *Weight
 * proof*).
 *
 * @param line - its proof as a statement file has it
 */
export function weightProof(payout: PayoutStruct, line: { readonly proof: Hex }): Hex {
  return concat([coder.encode([payoutType], [payout]), shortSumProof(line.proof)]) as Hex;
}

/** ethers gives structs as frozen arrays with names; contracts take plain objects. */
function plainStatement(output: StatementStructOutput): ChainStatement {
  return structOf(output, output.payout);
}

/** A plain struct of what has its members. */
function structOf(statement: Omit<ChainStatement, "payout">, payout: ChainStatement["payout"]): ChainStatement {
  const { scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash } = statement;
  const { stream, interval, dataset, lines, root, total, pool } = payout;
  return {
    payout: { stream, interval, dataset, lines, root, total, pool },
    scorer,
    fee,
    bond,
    proposedAt,
    attempt,
    version,
    exponentBound,
    indexRoot,
    reportHash,
  };
}

/** Bytes of q of a report. */
export function reportQuery(report: UsageReport): Uint8Array {
  return fromHex(report.q, "q of the usage report");
}

function raiseMissingType(): never {
  throw new Error("the ABI of AttributionRegistry has changed: build again");
}
