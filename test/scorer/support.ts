import { AbiCoder, getBytes, keccak256 } from "ethers";
import { expect } from "chai";
import { type Hex, ScorerError, type ScorerErrorCode } from "../../scorer/index.ts";

const abi = AbiCoder.defaultAbiCoder();

/** keccak256(abi.encode(…)) by ethers. */
export function abiHash(types: readonly string[], values: readonly unknown[]): Hex {
  return keccak256(abi.encode(types, values)) as Hex;
}

/** keccak256(keccak256(abi.encode(…))) by ethers. */
export function abiDoubleHash(types: readonly string[], values: readonly unknown[]): Hex {
  return keccak256(abiHash(types, values)) as Hex;
}

/** Expects a ScorerError of the given code whose message says something. */
export function expectScorerError(code: ScorerErrorCode, act: () => unknown, says?: RegExp): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `expected ${code}`).to.be.instanceOf(ScorerError);
  const error = thrown as ScorerError;
  expect(error.code).to.equal(code);
  expect(error.message.length).to.be.greaterThan(20);
  if (says !== undefined) expect(error.message).to.match(says);
}

/** Reproducible pseudo-random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [low, high]. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  lanes(k: number, magnitude = 32767): Int16Array {
    return Int16Array.from({ length: k }, () => this.integer(-magnitude, magnitude));
  }

  gaussian(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.next();
    return sum;
  }

  hex(bytes: number): Hex {
    return `0x${Array.from({ length: bytes }, () => this.integer(0, 255).toString(16).padStart(2, "0")).join("")}`;
  }
}

/** A fraction numerator / 2^shift that is exactly the given float64, read off its bits. */
export function exactFraction(value: number): { numerator: bigint; shift: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n);
  return { numerator: bits >> 63n ? -magnitude : magnitude, shift: 1075 - Math.max(1, biased) };
}

/** round(numerator / denominator), halves away from zero. */
export function roundFraction(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator;
  const whole = magnitude / denominator;
  const rounded = 2n * (magnitude - whole * denominator) >= denominator ? whole + 1n : whole;
  return numerator < 0n ? -rounded : rounded;
}

/** round(value / 2^exponent), halves away from zero. */
export function roundScaled(value: number, exponent: number): bigint {
  const { numerator, shift } = exactFraction(value);
  const power = shift + exponent;
  return power >= 0 ? roundFraction(numerator, 1n << BigInt(power)) : numerator << BigInt(-power);
}

/** Lanes as q carries them, word by word: the sixteen lanes of a word are one number, lane 0 in its lowest 16 bits. */
export function naivePackQ(lanes: ArrayLike<number>): Hex {
  let packed = "0x";
  for (let word = 0; word < lanes.length; word += 16) {
    let value = 0n;
    for (let j = 0; j < 16; j++) value |= BigInt.asUintN(16, BigInt(lanes[word + j]!)) << BigInt(16 * j);
    packed += value.toString(16).padStart(64, "0");
  }
  return packed as Hex;
}

/** Lanes as an index row hashes them. */
export function naiveLaneBytes(lanes: ArrayLike<number>): Hex {
  return `0x${Array.from(lanes, (lane) => BigInt.asUintN(16, BigInt(lane)).toString(16).padStart(4, "0")).join("")}`;
}

/** The node above the leaves [from, from + width) of a positional tree, by its definition. */
export function naiveMerkleNode(leaves: readonly Hex[], from: number, width: number): Hex {
  if (from >= leaves.length) return `0x${"00".repeat(32)}`;
  if (width === 1) return leaves[from]!;
  const left = naiveMerkleNode(leaves, from, width / 2);
  const right = naiveMerkleNode(leaves, from + width / 2, width / 2);
  return keccak256(`${left}${right.slice(2)}`) as Hex;
}

/** The node above the lines [from, from + width) of a sum tree, by its definition. */
export function naiveSumNode(payables: readonly bigint[], from: number, width: number): [hash: Hex, sum: bigint] {
  if (from >= payables.length) return [`0x${"00".repeat(32)}`, 0n];
  if (width === 1) return [abiDoubleHash(["uint256", "uint256"], [from, payables[from]]), payables[from]!];
  const [leftHash, leftSum] = naiveSumNode(payables, from, width / 2);
  const [rightHash, rightSum] = naiveSumNode(payables, from + width / 2, width / 2);
  return [
    abiHash(["bytes32", "uint256", "bytes32", "uint256"], [leftHash, leftSum, rightHash, rightSum]),
    leftSum + rightSum,
  ];
}

/** All nodes of a sum tree by its definition, level by level from the leaves, empty ones included. */
export function naiveSumLevels(payables: readonly bigint[]): [hash: Hex, sum: bigint][][] {
  const empty: [Hex, bigint] = [`0x${"00".repeat(32)}`, 0n];
  let level = payables.map((payable, i): [Hex, bigint] => [
    abiDoubleHash(["uint256", "uint256"], [i, payable]),
    payable,
  ]);
  while (level.length & (level.length - 1)) level.push(empty);
  const levels = [level];
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: below.length / 2 }, (_, i) => {
      const [left, right] = [below[2 * i]!, below[2 * i + 1]!];
      if (left === empty && right === empty) return empty;
      const hash = abiHash(["bytes32", "uint256", "bytes32", "uint256"], [...left, ...right]);
      return [hash, left[1] + right[1]];
    });
    levels.push(level);
  }
  return levels;
}

/** A node as calldata shows it. */
export function naiveShownNode([hash, sum]: readonly [Hex, bigint]): string {
  return hash.slice(2) + sum.toString(16).padStart(36, "0");
}

/** A sum tree's proof of a line, by its definition. */
export function naiveSumProof(payables: readonly bigint[], index: number): Hex {
  let proof = "0x";
  for (let width = 1; width < payables.length; width *= 2) {
    proof += naiveShownNode(naiveSumNode(payables, (Math.floor(index / width) ^ 1) * width, width));
  }
  return proof as Hex;
}

export function bytesOf(hex: Hex): Uint8Array {
  return getBytes(hex);
}
