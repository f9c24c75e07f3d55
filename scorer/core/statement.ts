import { fromHex, type Hex, readUint, toHex, viewOf, writeUint } from "./bytes.ts";
import { canonicalJson } from "./canonicalJson.ts";
import { ScorerError } from "./errors.ts";
import { checkEnd, checkMagic, hasMagic, writeMagic } from "./fileHeader.ts";
import type { InfluenceIndex } from "./influenceIndex.ts";
import { assertRowCounts } from "./indexExponents.ts";
import { assertInteger, assertUint } from "./integers.ts";
import { arrayOf, asRecord, hexOf, integerOf, parseRecord } from "./jsonFields.ts";
import { amounts, payableWeights } from "./scoring.ts";
import { SumTree } from "./sumTree.ts";
import { readWeight, WEIGHT_BYTES, Weights, writeWeight } from "./weights.ts";

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
  /** The line's proof in the sum tree: 50 bytes for each sibling, bottom up. Made when it is asked for */
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
  const { index, rowCounts, q } = input;
  const weights = payableWeights(index, rowCounts, q);
  return statementOf({ ...input, exponents: index.exponents, weights });
}

/** What a statement says of weights that are known already. */
export interface WeighedInput extends Omit<StatementInput, "index" | "q"> {
  /** Of the index rows, uint8 [n] */
  readonly exponents: Uint8Array;
  /** The payable weight of each line */
  readonly weights: Weights;
}

/**
 * `buildStatement` from weights: of an index that isn't in memory.
 *
 * @throws ScorerError `bad-length` when wallets, counts, exponents and weights do not fit together, `out-of-range`
 */
export function statementOf(input: WeighedInput): Statement {
  const { stream, interval, indexRoot, reportHash, exponents, weights, contributors, rowCounts, pool } = input;
  assertRowCounts(rowCounts, weights.length);
  if (contributors.length !== weights.length || exponents.length !== weights.length) {
    throw new ScorerError(
      "bad-length",
      `${contributors.length} wallets and ${exponents.length} exponents for ${weights.length} contributions: give those of each`,
    );
  }
  const tree = new SumTree(weights);
  const lines = linesOf(tree, weights, pool, (i) => ({
    contributor: contributors[i]!,
    rows: rowCounts[i]!,
    exponent: exponents[i]!,
  }));
  return { stream, interval, indexRoot, reportHash, sumTreeRoot: tree.root, total: tree.total, pool, lines };
}

/** A line that makes its proof of the tree: all proofs of 2^20 lines would be 2 GB of hexadecimal. */
class TreeLine implements StatementLine {
  // Own and enumerable, so that a copy of a line has its proof; one getter for all lines keeps them small.
  static readonly #PROOF = {
    enumerable: true,
    get(this: TreeLine): Hex {
      return this.#tree.proof(this.index);
    },
  };

  readonly index: number;
  readonly contributor: Hex;
  readonly rows: number;
  readonly exponent: number;
  readonly payable: bigint;
  readonly amount: bigint;
  declare readonly proof: Hex;
  readonly #tree: SumTree;

  constructor(tree: SumTree, line: Omit<StatementLine, "proof">) {
    this.index = line.index;
    this.contributor = line.contributor;
    this.rows = line.rows;
    this.exponent = line.exponent;
    this.payable = line.payable;
    this.amount = line.amount;
    this.#tree = tree;
    Object.defineProperty(this, "proof", TreeLine.#PROOF);
  }
}

function linesOf(
  tree: SumTree,
  weights: Weights,
  pool: bigint,
  contribution: (i: number) => Pick<StatementLine, "contributor" | "rows" | "exponent">,
): StatementLine[] {
  const paid = amounts(weights, pool);
  return Array.from(
    weights,
    (payable, index) => new TreeLine(tree, { index, ...contribution(index), payable, amount: paid[index]! }),
  );
}

const FORMAT_VERSION = 1;
/** The most lines of a statement file in JSON: with their proofs, 30 MB. */
export const MAX_JSON_LINES = 2 ** 14;

/**
 * A statement as the file that is published: canonical JSON (RFC 8785), integers as decimal strings.
 *
 * @throws ScorerError `bad-length` for more than 2^14 lines, which are published packed; `inconsistent`,
 * `root-mismatch`, `out-of-range`, `bad-hex` for what `decodeStatement` would refuse
 */
export function encodeStatement(statement: Statement): string {
  if (statement.lines.length > MAX_JSON_LINES) {
    throw new ScorerError(
      "bad-length",
      `${statement.lines.length} lines are too many for JSON: publish the packed statement`,
    );
  }
  assertProofs(statement, assertConsistent(statement));
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
  assertProofs(statement, assertConsistent(statement));
  return statement;
}

const MAGIC = "TRST";
const PACKED_VERSION = 1;
const HEADER_BYTES = 176;
const LINE_BYTES = 47;

/**
 * A statement without what follows from its weights, as the file that is published of many lines (format "TRST",
 * version 1, big-endian): magic, version (uint8), three zero bytes, n (uint32), interval (uint32), stream (uint256),
 * index root, report hash and sum tree root (32 bytes each), S (uint144), P (uint112), then for each line the wallet
 * (20 bytes), its rows (uint64), exponent (uint8) and weight (uint144).
 *
 * @throws ScorerError `inconsistent`, `root-mismatch`, `out-of-range`, `bad-hex` for what `unpackStatement` would refuse
 */
export function packStatement(statement: Statement): Uint8Array {
  assertConsistent(statement);
  const { lines } = statement;
  const file = new Uint8Array(HEADER_BYTES + LINE_BYTES * lines.length);
  const view = viewOf(file);
  writeMagic(file, MAGIC, PACKED_VERSION);
  view.setUint32(8, lines.length);
  view.setUint32(12, statement.interval);
  writeUint(file, 16, 32, statement.stream);
  file.set(fromHex(statement.indexRoot, "the index root"), 48);
  file.set(fromHex(statement.reportHash, "the report's hash"), 80);
  file.set(fromHex(statement.sumTreeRoot, "the tree's root"), 112);
  writeWeight(view, 144, statement.total);
  writeUint(file, 162, 14, statement.pool);
  lines.forEach((line, i) => {
    const offset = HEADER_BYTES + LINE_BYTES * i;
    file.set(fromHex(line.contributor, `the contributor of line ${i}`), offset);
    view.setBigUint64(offset + 20, BigInt(line.rows));
    file[offset + 28] = line.exponent;
    writeWeight(view, offset + 29, line.payable);
  });
  return file;
}

/** Whether a file begins as a packed statement does. */
export function isPackedStatement(file: Uint8Array): boolean {
  return hasMagic(file, MAGIC);
}

/**
 * Reads a packed statement and computes all that it implies: tree, proofs and amounts. Root and total must be those of
 * the weights.
 *
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `empty-input` without lines, `out-of-range`,
 * `root-mismatch`, `inconsistent` (total)
 */
export function unpackStatement(file: Uint8Array): Statement {
  checkMagic(file, MAGIC, PACKED_VERSION, HEADER_BYTES);
  const view = viewOf(file);
  const size = view.getUint32(8);
  checkEnd(file, HEADER_BYTES + LINE_BYTES * size);
  const weights = new Uint8Array(WEIGHT_BYTES * size);
  for (let i = 0; i < size; i++) {
    const end = HEADER_BYTES + LINE_BYTES * (i + 1);
    weights.set(file.subarray(end - WEIGHT_BYTES, end), WEIGHT_BYTES * i);
  }
  const payable = new Weights(weights);
  const tree = new SumTree(payable);
  const pool = readUint(file, 162, 14);
  const head = {
    stream: readUint(file, 16, 32),
    interval: view.getUint32(12),
    indexRoot: toHex(file.subarray(48, 80)),
    reportHash: toHex(file.subarray(80, 112)),
    sumTreeRoot: toHex(file.subarray(112, 144)),
    total: readWeight(view, 144),
    pool,
  };
  assertTree(tree, head);
  const lines = linesOf(tree, payable, pool, (i) => {
    const offset = HEADER_BYTES + LINE_BYTES * i;
    return {
      contributor: toHex(file.subarray(offset, offset + 20)),
      rows: assertInteger(
        Number(view.getBigUint64(offset + 20)),
        0,
        Number.MAX_SAFE_INTEGER,
        `the rows at offset ${offset + 20}`,
      ),
      exponent: file[offset + 28]!,
    };
  });
  return { ...head, lines };
}

/** Everything that weights and pool imply, but for the proofs. */
function assertConsistent(statement: Statement): SumTree {
  assertUint(statement.stream, 256, "the stream");
  assertInteger(statement.interval, 0, 2 ** 32 - 1, "the interval");
  fromHex(statement.indexRoot, "the index root", 32);
  fromHex(statement.reportHash, "the report's hash", 32);
  const weights = Weights.from(statement.lines.map((line) => line.payable));
  const tree = new SumTree(weights);
  assertTree(tree, statement);
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
  });
  return tree;
}

function assertTree(tree: SumTree, { sumTreeRoot, total }: Pick<Statement, "sumTreeRoot" | "total">): void {
  if (tree.root !== sumTreeRoot) {
    throw new ScorerError(
      "root-mismatch",
      `the weights hash to ${tree.root}, not to the stated root ${sumTreeRoot}: reject the file`,
    );
  }
  if (tree.total !== total) {
    throw new ScorerError(
      "inconsistent",
      `the weights add up to ${tree.total}, not to the stated total ${total}: reject the file`,
    );
  }
}

/** With the root equal, the tree's own proof of a line is the only one that leads to it. */
function assertProofs(statement: Statement, tree: SumTree): void {
  statement.lines.forEach((line, i) => {
    if (line.proof !== tree.proof(i)) {
      throw new ScorerError("root-mismatch", `the proof of line ${i} does not lead to the root: reject the file`);
    }
  });
}
