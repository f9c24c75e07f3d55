import type { Hex } from "../../scorer/index.ts";
import {
  abiHash,
  exactFraction,
  naiveLaneBytes,
  naiveMerkleNode,
  naiveSumNode,
  roundFraction,
  roundScaled,
} from "./support.ts";
import { keccak256 } from "ethers";

/** An index by docs/formats.md, in integers of any size. */
export interface RefereeIndex {
  readonly unit: number;
  readonly bound: number;
  readonly exponents: readonly number[];
  readonly lanes: readonly (readonly bigint[])[];
}

/** The smallest e with |round(max|v| / 2^e)| ≤ 32,767; nothing for zeros. */
function rawExponent(values: readonly number[]): number | undefined {
  const fits = (e: number): boolean => values.every((value) => abs(roundScaled(value, e)) <= 32767n);
  const largest = values.reduce((most, value) => {
    const { numerator, shift } = exactFraction(value);
    return numerator === 0n ? most : Math.max(most, abs(numerator).toString(2).length - shift);
  }, -Infinity);
  if (largest === -Infinity) return undefined;
  // The largest is below 2^largest: at 2^(largest − 14) it fits, and what is searched is at most two below.
  let exponent = largest - 14;
  while (fits(exponent - 1)) exponent--;
  return exponent;
}

/** Lanes and exponents of all rows, padded with zeros. */
export function quantiseRows(rows: readonly (readonly number[])[], counts: readonly number[]): RefereeIndex {
  const raw = rows.map((row, i) => (counts[i] === 0 ? undefined : rawExponent(row)));
  const known = raw.flatMap((exponent, i) => (exponent === undefined ? [] : [{ exponent, log: ceilLog(counts[i]!) }]));
  const unit =
    known.length === 0
      ? 0
      : Math.max(
          Math.min(...known.map(({ exponent }) => exponent)),
          ...known.map(({ exponent, log }) => exponent - log - 40),
          ...known.map(({ exponent }) => exponent - 64),
        );
  const exponents = raw.map((exponent) => (exponent === undefined ? 0 : Math.max(0, exponent - unit)));
  const bound = Math.max(
    0,
    ...raw.flatMap((exponent, i) => (exponent === undefined ? [] : [exponents[i]! - ceilLog(counts[i]!)])),
  );
  const lanes = rows.map((row, i) =>
    padded(raw[i] === undefined ? row.map(() => 0n) : row.map((value) => roundScaled(value, unit + exponents[i]!))),
  );
  return { unit, bound, exponents, lanes };
}

/** The file of an index, written as hexadecimal. */
export function indexFile({ unit, bound, exponents, lanes }: RefereeIndex): Hex {
  const word = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
  const rows = lanes.map(
    (row, i) => exponents[i]!.toString(16).padStart(2, "0") + naiveLaneBytes(row.map(Number)).slice(2),
  );
  return `0x5452495801000000${word(lanes.length)}${word(lanes[0]!.length)}${word(unit)}${word(bound)}${rows.join("")}`;
}

export function indexRoot({ exponents, lanes }: RefereeIndex): Hex {
  const leaves = lanes.map((row, i) =>
    abiHash(["uint256", "uint256", "bytes32"], [i, exponents[i], keccak256(naiveLaneBytes(row.map(Number)))]),
  );
  return naiveMerkleNode(leaves, 0, 2 ** ceilLog(leaves.length));
}

/** A vector as lanes and exponent, padded with zeros. */
export function quantised(values: readonly number[]): { exponent: number; lanes: bigint[] } {
  const exponent = rawExponent(values) ?? 0;
  return { exponent, lanes: padded(values.map((value) => roundScaled(value, exponent))) };
}

/** q of paid queries: summed as integers, rounded once. */
export function intervalLanes(
  queries: readonly { amount: bigint; exponent: number; lanes: readonly bigint[] }[],
): bigint[] {
  const lowest = Math.min(...queries.map(({ exponent }) => exponent));
  const sums = queries[0]!.lanes.map((_, j) =>
    queries.reduce(
      (sum, { amount, exponent, lanes }) => sum + amount * lanes[j]! * 2n ** BigInt(exponent - lowest),
      0n,
    ),
  );
  for (let shift = 0n; ; shift++) {
    const rounded = sums.map((sum) => roundFraction(sum, 2n ** shift));
    if (rounded.every((lane) => abs(lane) <= 32767n)) return rounded;
  }
}

/** What each line weighs and is paid, and the tree over the weights. */
export function score(
  index: RefereeIndex,
  counts: readonly number[],
  q: readonly bigint[],
  pool: bigint,
): { weights: bigint[]; amounts: bigint[]; root: Hex; total: bigint } {
  const weights = index.lanes.map((lanes, i) => {
    const exponent = index.exponents[i]!;
    if (counts[i] === 0 || exponent > 64 || exponent > ceilLog(counts[i]!) + index.bound) return 0n;
    const product = lanes.reduce((sum, lane, j) => sum + lane * q[j]!, 0n);
    return product > 0n ? product * 2n ** BigInt(exponent) : 0n;
  });
  const [root, total] = naiveSumNode(weights, 0, 2 ** ceilLog(weights.length));
  const before = (line: number): bigint => weights.slice(0, line).reduce((sum, weight) => sum + weight, 0n);
  const amounts = weights.map((_, i) => (pool * before(i + 1)) / total - (pool * before(i)) / total);
  return { weights, amounts, root, total };
}

/** Lanes to a multiple of sixteen. */
function padded(lanes: readonly bigint[]): bigint[] {
  return Array.from({ length: 16 * Math.ceil(lanes.length / 16) }, (_, j) => lanes[j] ?? 0n);
}

function ceilLog(count: number): number {
  return (count - 1).toString(2).length - (count === 1 ? 1 : 0);
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
