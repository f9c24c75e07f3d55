import { viewOf } from "../core/bytes.ts";
import { checkEnd, checkMagic, writeMagic } from "../core/fileHeader.ts";
import { assertInteger } from "../core/integers.ts";
import { MAX_LANES } from "../core/vector.ts";
import { MAX_SIDE } from "../heads/classes.ts";
import { matrix, type Matrix } from "../numeric/linalg.ts";
import type { KroneckerProjection } from "./logra.ts";

const MAGIC = "TRKP";
const VERSION = 1;
const HEADER_BYTES = 16;
const LAYER_BYTES = 16;

/**
 * Projections as a file, little-endian: "TRKP", version 1 (uint8), three zero bytes, the number of layers (uint32), 0
 * (uint32); for each layer its lanes k_a, k_g and its widths d_a, d_g (uint32 each); then for each layer its two matrices
 * (float64), [k_a × d_a] and [k_g × d_g], row by row. Whoever states queries projects their factors with it.
 */
export function encodeProjections(projections: readonly KroneckerProjection[]): Uint8Array {
  const sides = projections.map(({ activations, gradients }) => [activations, gradients] as const);
  const count = sides.flat().reduce((sum, { data }) => sum + data.length, 0);
  const file = new Uint8Array(HEADER_BYTES + LAYER_BYTES * sides.length + 8 * count);
  const view = viewOf(file);
  writeMagic(file, MAGIC, VERSION);
  view.setUint32(8, sides.length, true);
  let offset = HEADER_BYTES;
  for (const [a, g] of sides) {
    for (const side of [a.rows, g.rows, a.columns, g.columns]) {
      view.setUint32(offset, side, true);
      offset += 4;
    }
  }
  for (const { data } of sides.flat()) {
    for (let i = 0; i < data.length; i++, offset += 8) view.setFloat64(offset, data[i]!, true);
  }
  return file;
}

/** @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, `not-finite` */
export function decodeProjections(file: Uint8Array): KroneckerProjection[] {
  checkMagic(file, MAGIC, VERSION, HEADER_BYTES);
  const view = viewOf(file);
  const layers = assertInteger(view.getUint32(8, true), 1, MAX_LANES, "the number of layers at offset 8");
  assertInteger(view.getUint32(12, true), 0, 0, "the reserved number at offset 12");
  const start = HEADER_BYTES + LAYER_BYTES * layers;
  // So that the sides below are there; the end is checked when they are known.
  if (file.length < start) checkEnd(file, start);
  const shapes = Array.from({ length: layers }, (_, layer) => {
    const side = (place: number, most: number, what: string): number => {
      const at = HEADER_BYTES + LAYER_BYTES * layer + 4 * place;
      return assertInteger(view.getUint32(at, true), 1, most, `${what} at offset ${at}`);
    };
    return {
      activations: [side(0, MAX_LANES, "lanes"), side(2, MAX_SIDE, "a width")] as const,
      gradients: [side(1, MAX_LANES, "lanes"), side(3, MAX_SIDE, "a width")] as const,
    };
  });
  checkEnd(
    file,
    start + 8 * shapes.reduce((sum, { activations, gradients }) => sum + area(activations) + area(gradients), 0),
  );
  let offset = start;
  const take = (shape: readonly [number, number]): Matrix => {
    const data = Float64Array.from({ length: area(shape) }, (_, i) => view.getFloat64(offset + 8 * i, true));
    offset += 8 * data.length;
    return matrix(shape[0], shape[1], data);
  };
  return shapes.map(({ activations, gradients }) => ({ activations: take(activations), gradients: take(gradients) }));
}

function area([rows, columns]: readonly [number, number]): number {
  return rows * columns;
}
