import { fromHex, type Hex } from "./bytes.ts";
import { canonicalJson } from "./canonicalJson.ts";
import { ScorerError } from "./errors.ts";
import type { InfluenceIndex } from "./influenceIndex.ts";
import { assertInteger, assertUint } from "./integers.ts";
import { arrayOf, asRecord, hexOf, integerOf, parseRecord } from "./jsonFields.ts";
import { amounts, payables } from "./scoring.ts";
import { SumTree } from "./sumTree.ts";

/** What a statement says of one contribution. */
export interface StatementLine {
  /** Position in the dataset version, 0 … n − 1 */
  readonly index: number;
  /** The wallet that the registry names, 20 bytes */
  readonly contributor: Hex;
  /** Counted data rows; 0 for a retired contribution */
  readonly rows: number;
  /** Of the index row, uint8 */
  readonly exponent: number;
  /** The line's weight, uint144 */
  readonly payable: bigint;
  /** uint112, in the currency's smallest unit */
  readonly amount: bigint;
  /** The line's proof in the sum tree: 50 bytes for each sibling, bottom up */
  readonly proof: Hex;
}

/** A statement with all that its contributors need to claim, and anybody to check it. */
export interface Statement {
  /** uint256 */
  readonly stream: bigint;
  /** uint32 */
  readonly interval: number;
  /** Root of the stream's influence index */
  readonly indexRoot: Hex;
  /** `usageReportHash` of the interval's report */
  readonly reportHash: Hex;
  readonly sumTreeRoot: Hex;
  /** S, uint144 */
  readonly total: bigint;
  /** P, uint112, in the currency's smallest unit */
  readonly pool: bigint;
  readonly lines: readonly StatementLine[];
}

/** What a statement is computed from. */
export interface StatementInput {
  readonly stream: bigint;
  readonly interval: number;
  readonly index: InfluenceIndex;
  /** The committed root of the index, as `verifyIndex` has checked it */
  readonly indexRoot: Hex;
  readonly reportHash: Hex;
  /** The lanes of the report's q, int16 [k] */
  readonly q: Int16Array;
  /** The wallet of each contribution */
  readonly contributors: readonly Hex[];
  /** The counted rows of each contribution; 0 for a retired one */
  readonly rowCounts: readonly number[];
  readonly pool: bigint;
}

/**
 * Scores an interval: payable weights, their sum tree, amounts and proofs.
 *
 * @returns with S = 0 all amounts are 0, and the interval is to be divided pro-rata
 * @throws ScorerError `bad-length` when wallets, counts, q and index do not fit together, `out-of-range`
 */
export function buildStatement(input: StatementInput): Statement {
  const { stream, interval, index, indexRoot, reportHash, q, contributors, rowCounts, pool } = input;
  if (contributors.length !== index.size) {
    throw new ScorerError(
      "bad-length",
      `${contributors.length} wallets for ${index.size} contributions: give the wallet of each`,
    );
  }
  const weights = payables(index, rowCounts, q);
  const paid = amounts(weights, pool);
  const tree = new SumTree(weights);
  const lines = contributors.map((contributor, i) => ({
    index: i,
    contributor,
    rows: rowCounts[i]!,
    exponent: index.exponents[i]!,
    payable: weights[i]!,
    amount: paid[i]!,
    proof: tree.proof(i),
  }));
  return { stream, interval, indexRoot, reportHash, sumTreeRoot: tree.root, total: tree.total, pool, lines };
}

const FORMAT_VERSION = 1;

/**
 * A statement as the file that is published: canonical JSON (RFC 8785), integers as decimal strings.
 *
 * @throws ScorerError `inconsistent`, `root-mismatch`, `out-of-range`, `bad-hex` for what `decodeStatement` would refuse
 */
export function encodeStatement(statement: Statement): string {
  assertConsistent(statement);
  return canonicalJson({
    formatVersion: FORMAT_VERSION,
    stream: String(statement.stream),
    interval: String(statement.interval),
    indexRoot: statement.indexRoot,
    reportHash: statement.reportHash,
    sumTreeRoot: statement.sumTreeRoot,
    total: String(statement.total),
    pool: String(statement.pool),
    lines: statement.lines.map((line) => ({
      index: String(line.index),
      contributor: line.contributor,
      rows: String(line.rows),
      exponent: String(line.exponent),
      payable: String(line.payable),
      amount: String(line.amount),
      proof: line.proof,
    })),
  });
}

/**
 * Reads a statement file and recomputes all that it implies: tree, root, total, every proof and every amount.
 * Whether the weights themselves are right takes the index and q: compare with `buildStatement`.
 *
 * @throws ScorerError `bad-json` (syntax, a member missing or of another type), `bad-version`, `bad-hex`, `empty-input`
 * without lines, `out-of-range`, `inconsistent` (order, total, amount), `root-mismatch` (root, proof)
 */
export function decodeStatement(json: string): Statement {
  const file = parseRecord(json, "the statement");
  if (file.formatVersion !== FORMAT_VERSION) {
    throw new ScorerError(
      "bad-version",
      `the statement's formatVersion is ${String(file.formatVersion)}: this scorer reads ${FORMAT_VERSION}`,
    );
  }
  const statement: Statement = {
    stream: integerOf(file, "stream"),
    interval: Number(integerOf(file, "interval")),
    indexRoot: hexOf(file, "indexRoot"),
    reportHash: hexOf(file, "reportHash"),
    sumTreeRoot: hexOf(file, "sumTreeRoot"),
    total: integerOf(file, "total"),
    pool: integerOf(file, "pool"),
    lines: arrayOf(file, "lines").map((entry, i) => {
      const line = asRecord(entry, `line ${i}`);
      return {
        index: Number(integerOf(line, "index")),
        contributor: hexOf(line, "contributor"),
        rows: Number(integerOf(line, "rows")),
        exponent: Number(integerOf(line, "exponent")),
        payable: integerOf(line, "payable"),
        amount: integerOf(line, "amount"),
        proof: hexOf(line, "proof"),
      };
    }),
  };
  assertConsistent(statement);
  return statement;
}

function assertConsistent(statement: Statement): void {
  assertUint(statement.stream, 256, "the stream");
  assertInteger(statement.interval, 0, 2 ** 32 - 1, "the interval");
  fromHex(statement.indexRoot, "the index root", 32);
  fromHex(statement.reportHash, "the report's hash", 32);
  const weights = statement.lines.map((line) => line.payable);
  const tree = new SumTree(weights);
  if (tree.root !== statement.sumTreeRoot) {
    throw new ScorerError(
      "root-mismatch",
      `the weights hash to ${tree.root}, not to the stated root ${statement.sumTreeRoot}: reject the file`,
    );
  }
  if (tree.total !== statement.total) {
    throw new ScorerError(
      "inconsistent",
      `the weights add up to ${tree.total}, not to the stated total ${statement.total}: reject the file`,
    );
  }
  const paid = amounts(weights, statement.pool);
  statement.lines.forEach((line, i) => {
    if (line.index !== i)
      throw new ScorerError(
        "inconsistent",
        `line ${i} has the index ${line.index}: lines must be complete and in order`,
      );
    fromHex(line.contributor, `the contributor of line ${i}`, 20);
    assertInteger(line.rows, 0, Number.MAX_SAFE_INTEGER, `the rows of line ${i}`);
    assertInteger(line.exponent, 0, 255, `the exponent of line ${i}`);
    if (line.amount !== paid[i]) {
      throw new ScorerError(
        "inconsistent",
        `line ${i} pays ${line.amount}: its weight's part of the pool is ${paid[i]}; reject the file`,
      );
    }
    // With the root equal, the tree's own proof is the only one that leads to it.
    if (line.proof !== tree.proof(i)) {
      throw new ScorerError("root-mismatch", `the proof of line ${i} does not lead to the root: reject the file`);
    }
  });
}
