import { viewOf } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import { type StoredTensor, type TensorType, tensorBytes } from "./tensor.ts";

const TYPES: Readonly<Record<number, TensorType>> = {
  0x08: "uint8",
  0x09: "int8",
  0x0b: "int16",
  0x0c: "int32",
  0x0d: "float32",
  0x0e: "float64",
};

/** Whether a file may be an IDX file: two zero bytes, then the code of a type. */
export function isIdx(file: Uint8Array): boolean {
  return file[0] === 0 && file[1] === 0 && file[2] !== undefined && file[2] in TYPES && (file[3] ?? 0) > 0;
}

/**
 * Reads an IDX file (LeCun, Cortes and Burges, "The MNIST database of handwritten digits", "The IDX file format"): two
 * zero bytes, the type's code, the number of sides, each side (uint32, big-endian), then the numbers, big-endian.
 *
 * @throws ScorerError `bad-magic`, `bad-length`, `out-of-range`, with the offset
 */
export function decodeIdx(file: Uint8Array): StoredTensor {
  const type = TYPES[file[2] ?? 0];
  const sides = file[3] ?? 0;
  if (!isIdx(file) || type === undefined) {
    throw new ScorerError("bad-magic", "no two zero bytes, type and number of sides at offset 0: this is no IDX file");
  }
  const offset = 4 + 4 * sides;
  const cutOff = (expected: number): ScorerError =>
    new ScorerError(
      "bad-length",
      `the file ends at offset ${file.length}, by its header it ends at ${expected}: is it whole and unpacked?`,
    );
  if (file.length < offset) throw cutOff(offset);
  const view = viewOf(file);
  const shape = Array.from({ length: sides }, (_, side) => view.getUint32(4 + 4 * side));
  const end = offset + tensorBytes(type, shape, "the shape at offset 4");
  if (file.length !== end) throw cutOff(end);
  return { type, shape, littleEndian: false, columnMajor: false, bytes: file.subarray(offset), offset };
}
