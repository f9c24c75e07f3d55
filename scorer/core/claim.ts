import { fromHex, type Hex } from "./bytes.ts";
import { canonicalJson } from "./canonicalJson.ts";
import { ScorerError } from "./errors.ts";
import { assertInteger, assertUint, MAX_CONTRIBUTIONS } from "./integers.ts";
import { arrayOf, asRecord, hexOf, integerOf, parseRecord } from "./jsonFields.ts";
import { paidUntil } from "./scoring.ts";
import { verifySumProof } from "./sumTree.ts";

/** One line of a statement as its contributor claims it. */
export interface ClaimLine {
  /** Position in the dataset version */
  readonly index: number;
  /** uint144 */
  readonly weight: bigint;
  /** uint112, in the currency's smallest unit */
  readonly amount: bigint;
  /** 50 bytes for each sibling, bottom up */
  readonly proof: Hex;
}

/** All that a contributor needs to claim its lines of one statement, and anybody to check them. */
export interface Claim {
  readonly chainId: number;
  /** The contract that pays, StreamPayouts */
  readonly payouts: Hex;
  readonly contributor: Hex;
  /** The members of the contracts' struct Payout */
  readonly payout: {
    readonly stream: bigint;
    readonly interval: number;
    readonly dataset: bigint;
    /** Lines of the whole statement */
    readonly lines: number;
    readonly root: Hex;
    readonly total: bigint;
    readonly pool: bigint;
  };
  /** The contributor's lines, in order */
  readonly lines: readonly ClaimLine[];
}

const KIND = "tributary-claim";
const FORMAT_VERSION = 1;

/**
 * A claim as a file: canonical JSON (RFC 8785), integers as decimal strings.
 *
 * @throws ScorerError as `decodeClaim`
 */
export function encodeClaim(claim: Claim): string {
  assertConsistent(claim);
  const { payout } = claim;
  return canonicalJson({
    kind: KIND,
    formatVersion: FORMAT_VERSION,
    chainId: String(claim.chainId),
    payouts: claim.payouts,
    contributor: claim.contributor,
    payout: {
      stream: String(payout.stream),
      interval: String(payout.interval),
      dataset: String(payout.dataset),
      lines: String(payout.lines),
      root: payout.root,
      total: String(payout.total),
      pool: String(payout.pool),
    },
    lines: claim.lines.map(({ index, weight, amount, proof }) => ({
      index: String(index),
      weight: String(weight),
      amount: String(amount),
      proof,
    })),
  });
}

/** Whether a file says of itself that it is a claim. */
export function isClaim(json: string): boolean {
  try {
    return parseRecord(json, "the file").kind === KIND;
  } catch (error) {
    if (error instanceof ScorerError) return false;
    throw error;
  }
}

/**
 * Reads a claim file and recomputes what follows from it: every proof must lead to root and total, and every amount
 * must be the weight's part of the pool. Pool and wallet are the file's word; the chain's hash of the payout covers the
 * one, the dataset registry names the other.
 *
 * @throws ScorerError `bad-json`, `bad-version`, `bad-hex`, `bad-length`, `out-of-range`, `empty-input` without lines,
 * `inconsistent` (order, amount), `root-mismatch`
 */
export function decodeClaim(json: string): Claim {
  const file = parseRecord(json, "the claim");
  if (file.kind !== KIND || file.formatVersion !== FORMAT_VERSION) {
    throw new ScorerError(
      "bad-version",
      `the file is of kind ${String(file.kind)}, formatVersion ${String(file.formatVersion)}: this scorer reads claims of version ${FORMAT_VERSION}`,
    );
  }
  const payout = asRecord(file.payout, "the claim's payout");
  const claim: Claim = {
    chainId: Number(integerOf(file, "chainId")),
    payouts: hexOf(file, "payouts"),
    contributor: hexOf(file, "contributor"),
    payout: {
      stream: integerOf(payout, "stream"),
      interval: Number(integerOf(payout, "interval")),
      dataset: integerOf(payout, "dataset"),
      lines: Number(integerOf(payout, "lines")),
      root: hexOf(payout, "root"),
      total: integerOf(payout, "total"),
      pool: integerOf(payout, "pool"),
    },
    lines: arrayOf(file, "lines").map((entry, i) => {
      const line = asRecord(entry, `line ${i} of the claim`);
      return {
        index: Number(integerOf(line, "index")),
        weight: integerOf(line, "weight"),
        amount: integerOf(line, "amount"),
        proof: hexOf(line, "proof"),
      };
    }),
  };
  assertConsistent(claim);
  return claim;
}

function assertConsistent({ chainId, payouts, contributor, payout, lines }: Claim): void {
  const { stream, interval, dataset, root, total, pool } = payout;
  assertInteger(chainId, 1, Number.MAX_SAFE_INTEGER, "the chain's id");
  fromHex(payouts, "the contract's address", 20);
  fromHex(contributor, "the contributor", 20);
  assertUint(stream, 256, "the stream");
  assertInteger(interval, 0, 2 ** 32 - 1, "the interval");
  assertUint(dataset, 256, "the dataset");
  assertInteger(payout.lines, 1, MAX_CONTRIBUTIONS, "the number of lines");
  fromHex(root, "the root", 32);
  assertUint(total, 144, "the total");
  assertUint(pool, 112, "the pool");
  if (total === 0n) throw new ScorerError("out-of-range", "the total is 0: such an interval is divided pro-rata");
  if (lines.length === 0) throw new ScorerError("empty-input", "the claim has no lines");
  lines.forEach(({ index, weight, amount, proof }, i) => {
    if (i > 0 && index <= lines[i - 1]!.index) {
      throw new ScorerError(
        "inconsistent",
        `line ${index} comes after line ${lines[i - 1]!.index}: put lines in order`,
      );
    }
    const { prefix } = verifySumProof(root, total, payout.lines, index, weight, proof);
    const owed = paidUntil(prefix + weight, total, pool) - paidUntil(prefix, total, pool);
    if (amount !== owed) {
      throw new ScorerError(
        "inconsistent",
        `line ${index} pays ${amount}: its weight's part of the pool is ${owed}; reject the file`,
      );
    }
  });
}
