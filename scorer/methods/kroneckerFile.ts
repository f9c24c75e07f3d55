import { assertInteger } from "../core/integers.ts";
import { MAX_SIDE } from "../heads/classes.ts";
import { decodeNumbers, encodeNumbers, packTriangle, triangleSize, unpackTriangle } from "../heads/numbersFile.ts";
import type { KroneckerWhitening } from "./kfac.ts";

const MAGIC = "TRKW";

/**
 * A whitening of both sides as a file, little-endian: "TRKW", version 1 (uint8), three zero bytes, k_a (uint32), k_g
 * (uint32), then the lower triangles of L_A and of L_G (float64), each row by row. SHA-256 of it is what a softmax model
 * commits as its query basis.
 */
export function encodeKroneckerWhitening({ activations, gradients }: KroneckerWhitening): Uint8Array {
  const [a, g] = [Math.sqrt(activations.length), Math.sqrt(gradients.length)];
  return encodeNumbers(MAGIC, [a, g], [packTriangle(activations, a), packTriangle(gradients, g)]);
}

/**
 * @throws ScorerError `bad-magic`, `bad-version`, `bad-length`, `out-of-range`, `not-finite`, `not-positive-definite` when
 * the diagonal of a factor is not above 0
 */
export function decodeKroneckerWhitening(file: Uint8Array): KroneckerWhitening {
  const { sides, numbers } = decodeNumbers(MAGIC, file);
  const a = assertInteger(sides[0], 1, MAX_SIDE, "the side of the activations at offset 8");
  const g = assertInteger(sides[1], 1, MAX_SIDE, "the side of the gradients at offset 12");
  const triangles = numbers(triangleSize(a) + triangleSize(g));
  return {
    activations: unpackTriangle(triangles.subarray(0, triangleSize(a)), a),
    gradients: unpackTriangle(triangles.subarray(triangleSize(a)), g),
  };
}
