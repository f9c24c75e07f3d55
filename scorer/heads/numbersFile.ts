import { viewOf } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import { checkEnd, checkMagic, writeMagic } from "../core/fileHeader.ts";
import { assertFinite } from "../numeric/linalg.ts";

const VERSION = 1;
const HEADER_BYTES = 16;

/**
 * Two sides and numbers as a file, little-endian: four letters, version 1 (uint8), three zero bytes, the sides (uint32
 * each), the numbers (float64).
 */
export function encodeNumbers(
  magic: string,
  sides: readonly [number, number],
  parts: readonly Float64Array[],
): Uint8Array {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  const file = new Uint8Array(HEADER_BYTES + 8 * count);
  const view = viewOf(file);
  writeMagic(file, magic, VERSION);
  view.setUint32(8, sides[0], true);
  view.setUint32(12, sides[1], true);
  let offset = HEADER_BYTES;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++, offset += 8) view.setFloat64(offset, part[i]!, true);
  }
  return file;
}

/**
 * Reads such a file. How many numbers it must hold is told when its sides are known.
 *
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, `not-finite`
 */
export function decodeNumbers(
  magic: string,
  file: Uint8Array,
): { readonly sides: readonly [number, number]; readonly numbers: (count: number) => Float64Array } {
  checkMagic(file, magic, VERSION, HEADER_BYTES);
  const view = viewOf(file);
  const numbers = (count: number): Float64Array => {
    checkEnd(file, HEADER_BYTES + 8 * count);
    const values = Float64Array.from({ length: count }, (_, i) => view.getFloat64(HEADER_BYTES + 8 * i, true));
    assertFinite(values, "the file");
    return values;
  };
  return { sides: [view.getUint32(8, true), view.getUint32(12, true)], numbers };
}

/** Entries of a lower triangle. */
export function triangleSize(d: number): number {
  return (d * (d + 1)) / 2;
}

/** The lower triangle of L, row by row: float64 [d(d + 1)/2]. */
export function packTriangle(factor: Float64Array, d: number): Float64Array {
  const triangle = new Float64Array(triangleSize(d));
  for (let i = 0, at = 0; i < d; at += ++i) triangle.set(factor.subarray(i * d, i * d + i + 1), at);
  return triangle;
}

/**
 * L of its lower triangle: float64, row-major [d × d].
 *
 * @throws ScorerError `not-positive-definite` when the diagonal of L is not above 0
 */
export function unpackTriangle(triangle: Float64Array, d: number): Float64Array {
  const factor = new Float64Array(d * d);
  for (let i = 0, at = 0; i < d; at += ++i) {
    factor.set(triangle.subarray(at, at + i + 1), i * d);
    if (!(factor[i * d + i]! > 0)) {
      throw new ScorerError(
        "not-positive-definite",
        `the diagonal of the factor is ${factor[i * d + i]} in row ${i}: fetch the file again`,
      );
    }
  }
  return factor;
}
