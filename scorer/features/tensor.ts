import { viewOf } from "../core/bytes.ts";
import { ScorerError } from "../core/errors.ts";
import { type Matrix, matrix } from "../numeric/linalg.ts";

/** Types of numbers that the readers of tensor files understand. */
export type TensorType =
  "float16" | "bfloat16" | "float32" | "float64" | "int8" | "int16" | "int32" | "int64" | "uint8";

/** A tensor in a file: what its header says, and the bytes that hold its numbers, not read yet. */
export interface StoredTensor {
  readonly type: TensorType;
  /** The sides, the slowest first; a scalar has none */
  readonly shape: readonly number[];
  readonly littleEndian: boolean;
  /** Whether the first side runs fastest (Fortran order) instead of the last */
  readonly columnMajor: boolean;
  /** The bytes of its numbers, as many as shape and type ask for */
  readonly bytes: Uint8Array;
  /** Where they begin in the file: errors name places by it */
  readonly offset: number;
}

/** Bytes of one number of a type. */
export const TYPE_BYTES: Readonly<Record<TensorType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
};

/**
 * The bytes that a tensor of this shape takes.
 *
 * @param place - names in errors what says the shape, with its offset
 * @throws ScorerError `out-of-range` for a side that is not an integer of at least 0, or for more bytes than 2^53
 */
export function tensorBytes(type: TensorType, shape: readonly number[], place: string): number {
  let bytes = TYPE_BYTES[type];
  for (const side of shape) {
    if (!(Number.isSafeInteger(side) && side >= 0)) {
      throw new ScorerError("out-of-range", `${place} has a side of ${side}: sides are integers of at least 0`);
    }
    bytes *= side;
    if (!Number.isSafeInteger(bytes)) {
      throw new ScorerError("out-of-range", `${place} is ${shape.join(" × ")}, more than any file holds`);
    }
  }
  return bytes;
}

/**
 * A tensor of two or more sides as a matrix: a row for each place of the first side, all others one after the other.
 * Every type but int64 fits float64 exactly.
 *
 * @param what - names the tensor in errors: "the features"
 * @returns float64, row-major [first side × product of the others]
 * @throws ScorerError `bad-length` for fewer sides, `empty-input` for a side of 0, `not-finite` for NaN and infinities,
 * `out-of-range` for an int64 that float64 doesn't hold
 */
export function tensorMatrix(tensor: StoredTensor, what: string): Matrix {
  const [rows, ...others] = tensor.shape;
  if (rows === undefined || others.length === 0) {
    throw new ScorerError(
      "bad-length",
      `${what} at offset ${tensor.offset} has ${tensor.shape.length} sides: give a row for each data row, two sides or more`,
    );
  }
  return matrix(
    rows,
    others.reduce((product, side) => product * side, 1),
    tensorNumbers(tensor, what),
  );
}

/**
 * A tensor of one side as integers.
 *
 * @param least - the smallest that is allowed, int32
 * @param most - the largest that is allowed, int32
 * @param what - names the tensor in errors: "the labels"
 * @returns int32 [n]
 * @throws ScorerError `bad-length` for another number of sides, `bad-type` for a type of floating-point numbers,
 * `out-of-range`
 */
export function tensorIntegers(tensor: StoredTensor, least: number, most: number, what: string): Int32Array {
  if (tensor.shape.length !== 1) {
    throw new ScorerError(
      "bad-length",
      `${what} at offset ${tensor.offset} has ${tensor.shape.length} sides: give one number for each data row`,
    );
  }
  if (tensor.type.includes("float")) {
    throw new ScorerError(
      "bad-type",
      `${what} at offset ${tensor.offset} is ${tensor.type}: store it as int32 or int64`,
    );
  }
  return Int32Array.from(tensorNumbers(tensor, what), (value, i) => {
    if (!(value >= least && value <= most)) {
      throw new ScorerError(
        "out-of-range",
        `${what} has ${value} at place ${i}, offset ${offsetOf(tensor, i)}: it must be from ${least} to ${most}`,
      );
    }
    return value;
  });
}

/** The numbers of a tensor, the last side running fastest. */
function tensorNumbers(tensor: StoredTensor, what: string): Float64Array {
  const view = viewOf(tensor.bytes);
  const width = TYPE_BYTES[tensor.type];
  const read = READERS[tensor.type];
  const stored = new Float64Array(tensor.bytes.length / width);
  for (let i = 0; i < stored.length; i++) {
    const value = read(view, i * width, tensor.littleEndian);
    // Infinity − Infinity and NaN − NaN are NaN.
    if (value - value !== 0) {
      throw new ScorerError(
        "not-finite",
        `${what} holds ${value} at offset ${offsetOf(tensor, i)}: leave the row out, or mend what computed it`,
      );
    }
    if (tensor.type === "int64" && !Number.isSafeInteger(value)) {
      throw new ScorerError(
        "out-of-range",
        `${what} holds ${value} at offset ${offsetOf(tensor, i)}: integers up to 2^53 can be read`,
      );
    }
    stored[i] = value;
  }
  return tensor.columnMajor ? rowMajor(stored, tensor.shape) : stored;
}

/** Turns numbers whose first side runs fastest into numbers whose last side does. */
function rowMajor(stored: Float64Array, shape: readonly number[]): Float64Array {
  const strides: number[] = [];
  let stride = 1;
  for (const side of shape) {
    strides.push(stride);
    stride *= side;
  }
  const numbers = new Float64Array(stored.length);
  const place = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let i = 0; i < numbers.length; i++) {
    numbers[i] = stored[from]!;
    for (let side = shape.length - 1; side >= 0; side--) {
      from += strides[side]!;
      place[side]!++;
      if (place[side]! < shape[side]!) break;
      from -= strides[side]! * shape[side]!;
      place[side] = 0;
    }
  }
  return numbers;
}

function offsetOf(tensor: StoredTensor, i: number): number {
  return tensor.offset + i * TYPE_BYTES[tensor.type];
}

type Reader = (view: DataView, at: number, littleEndian: boolean) => number;

const READERS: Readonly<Record<TensorType, Reader>> = {
  float16: (view, at, little) => fromHalf(view.getUint16(at, little)),
  bfloat16: (view, at, little) => fromBrain(view.getUint16(at, little)),
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
  int8: (view, at) => view.getInt8(at),
  int16: (view, at, little) => view.getInt16(at, little),
  int32: (view, at, little) => view.getInt32(at, little),
  int64: (view, at, little) => Number(view.getBigInt64(at, little)),
  uint8: (view, at) => view.getUint8(at),
};

/** 2^(e − 25) for the exponents e of binary16, 0 standing for the subnormal numbers' 2^-24. */
const HALF_SCALES = Float64Array.from({ length: 31 }, (_, exponent) => {
  let scale = 1;
  for (let i = exponent; i < 25; i++) scale /= 2;
  for (let i = 25; i < exponent; i++) scale *= 2;
  return exponent === 0 ? scale * 2 : scale;
});

/** binary16 of IEEE 754. */
function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits >> 15 === 0 ? 1 : -1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction : 1024 + fraction) * HALF_SCALES[exponent]!;
}

const WORD = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a binary32. */
function fromBrain(bits: number): number {
  WORD.setUint16(0, bits);
  return WORD.getFloat32(0);
}
