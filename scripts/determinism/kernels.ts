import {
  factoredScores,
  type GradientFactors,
  type Hex,
  int16Products,
  matrix,
  plainProducts,
  sha256,
} from "../../scorer/index.ts";
import { lanes, numbers } from "./numbers.ts";

/** Vector instructions beside plain TypeScript, with lanes over the whole of int16. */
export function kernelDigests(): Record<string, Hex> {
  const a = { rows: 37, lanes: 1037, data: lanes(37 * 1037, 1) };
  const b = { rows: 90, lanes: 1037, data: lanes(90 * 1037, 2) };
  const factors = (rows: number, seed: number): GradientFactors => ({
    activations: matrix(rows, 197, numbers(rows * 197, seed)),
    gradients: matrix(rows, 10, numbers(rows * 10, seed + 1)),
  });
  return {
    int16: digest(int16Products(a, b)),
    int16Plain: digest(plainProducts(a, b)),
    factoredScores: digest(factoredScores(factors(120, 3), factors(70, 5)).data),
  };
}

export function digest(values: Float64Array): Hex {
  return sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
