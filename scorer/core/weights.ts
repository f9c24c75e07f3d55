import { viewOf } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { assertUint } from "./integers.ts";

/** Bits of a weight and of every sum of weights: a uint144. */
export const WEIGHT_BITS = 144;
/** Bytes of a weight. */
export const WEIGHT_BYTES = 18;

/**
 * The payable weights of a statement's lines without an object for each: a statement can have 2^20 of them. Integers
 * are made of them one by one, by index or in order.
 */
export class Weights implements Iterable<bigint> {
  /** Number of weights. */
  readonly length: number;
  /** uint144 each, big-endian, in order: 18 bytes each. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /**
   * @param bytes - 18 for each weight; they are not copied
   * @throws ScorerError `bad-length` when they are no whole number of weights
   */
  constructor(bytes: Uint8Array) {
    if (bytes.length % WEIGHT_BYTES !== 0) {
      throw new ScorerError(
        "bad-length",
        `${bytes.length} bytes are no whole number of weights: each has ${WEIGHT_BYTES}`,
      );
    }
    this.length = bytes.length / WEIGHT_BYTES;
    this.bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** @throws ScorerError `out-of-range` for a weight that is not a uint144 */
  static from(weights: readonly bigint[]): Weights {
    const bytes = new Uint8Array(WEIGHT_BYTES * weights.length);
    const view = viewOf(bytes);
    weights.forEach((weight, i) => {
      if (weight < 0n || weight >> BigInt(WEIGHT_BITS) !== 0n) assertUint(weight, WEIGHT_BITS, `payable ${i}`);
      writeWeight(view, WEIGHT_BYTES * i, weight);
    });
    return new Weights(bytes);
  }

  /** Weight i, uint144; nothing beyond the last one. */
  at(i: number): bigint | undefined {
    return i >= 0 && i < this.length ? readWeight(this.#view, WEIGHT_BYTES * i) : undefined;
  }

  *[Symbol.iterator](): Generator<bigint, undefined, undefined> {
    for (let offset = 0; offset < this.bytes.length; offset += WEIGHT_BYTES) yield readWeight(this.#view, offset);
  }
}

/** Reads a big-endian uint144. */
export function readWeight(view: DataView, offset: number): bigint {
  const high = (BigInt(view.getUint16(offset)) << 64n) | view.getBigUint64(offset + 2);
  return (high << 64n) | view.getBigUint64(offset + 10);
}

/** Writes a big-endian uint144. */
export function writeWeight(view: DataView, offset: number, weight: bigint): void {
  view.setUint16(offset, Number(weight >> 128n));
  view.setBigUint64(offset + 2, BigInt.asUintN(64, weight >> 64n));
  view.setBigUint64(offset + 10, BigInt.asUintN(64, weight));
}
