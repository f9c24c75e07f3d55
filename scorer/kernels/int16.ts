import { ScorerError } from "../core/errors.ts";
import { assertInteger } from "../core/integers.ts";
import { int16 } from "./generated.ts";
import { instantiate } from "./kernel.ts";

/** int16 vectors, row-major [rows × lanes]. */
export interface LaneMatrix {
  readonly rows: number;
  /** k */
  readonly lanes: number;
  /** int16 [rows × k] */
  readonly data: Int16Array;
}

interface Functions {
  readonly split: (source: number, high: number, low: number, count: number) => void;
  readonly products: (
    a: number,
    bHigh: number,
    bLow: number,
    out: number,
    m: number,
    n: number,
    k: number,
    block: number,
  ) => void;
}

const kernel = instantiate<Functions>(int16);
/** Lanes that the kernel takes at a time. */
const STEP = 8;
/** The most lanes whose products add up exactly in float64. */
const MAX_KERNEL_LANES = 2 ** 20;
/** Bytes of split rows that are worked through at a time: what stays in a core's own cache. */
const BLOCK_BYTES = 2 ** 17;

/**
 * All inner products ⟨a_i, b_j⟩ of int16 vectors, exactly, on the processor's vector unit: the same numbers as
 * `plainProducts`.
 *
 * @param a - int16 [m × k], k up to 2^20
 * @param b - int16 [n × k]
 * @returns float64, row-major [m × n]
 * @throws ScorerError `bad-length` when the lanes differ in number, `out-of-range` for sides that are none,
 * `out-of-memory`
 */
export function int16Products(a: LaneMatrix, b: LaneMatrix): Float64Array {
  assertSameLanes(a, b);
  const k = STEP * Math.ceil(a.lanes / STEP);
  const [left, right, high, low, out] = kernel.layOut([
    2 * a.rows * k,
    2 * b.rows * k,
    2 * b.rows * k,
    2 * b.rows * k,
    8 * a.rows * b.rows,
  ]) as [number, number, number, number, number];
  copyIn(a, left, k);
  copyIn(b, right, k);
  const block = Math.max(2, Math.floor(BLOCK_BYTES / (4 * Math.max(1, k))));
  kernel.functions.split(right, high, low, b.rows * k);
  kernel.functions.products(left, high, low, out, a.rows, b.rows, k, block);
  return new Float64Array(kernel.memory(), out, a.rows * b.rows).slice();
}

/** The same in plain TypeScript: what the kernel is measured by, and compared with. */
export function plainProducts(a: LaneMatrix, b: LaneMatrix): Float64Array {
  assertSameLanes(a, b);
  const k = a.lanes;
  const out = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    const row = a.data.subarray(i * k, (i + 1) * k);
    for (let j = 0; j < b.rows; j++) out[i * b.rows + j] = innerProduct(row, b.data.subarray(j * k, (j + 1) * k));
  }
  return out;
}

/** One inner product of int16 vectors of equal length: exact, as 2^20 products below 2^30 stay below 2^53. */
export function innerProduct(a: Int16Array, b: Int16Array): number {
  let sum = 0;
  for (let l = 0; l < a.length; l++) sum += a[l]! * b[l]!;
  return sum;
}

function assertSameLanes(a: LaneMatrix, b: LaneMatrix): void {
  for (const { rows, lanes } of [a, b]) {
    assertInteger(rows, 0, Number.MAX_SAFE_INTEGER, "the number of rows");
    assertInteger(lanes, 0, MAX_KERNEL_LANES, "the number of lanes");
  }
  if (a.lanes !== b.lanes || a.data.length !== a.rows * a.lanes || b.data.length !== b.rows * b.lanes) {
    throw new ScorerError(
      "bad-length",
      `${a.rows} × ${a.lanes} and ${b.rows} × ${b.lanes} lanes in ${a.data.length} and ${b.data.length} numbers do not fit each other`,
    );
  }
}

/** Rows are filled up with zeros to whole steps. */
function copyIn(matrix: LaneMatrix, offset: number, k: number): void {
  const target = new Int16Array(kernel.memory(), offset, matrix.rows * k);
  if (k === matrix.lanes) return target.set(matrix.data);
  target.fill(0);
  for (let i = 0; i < matrix.rows; i++) {
    target.set(matrix.data.subarray(i * matrix.lanes, (i + 1) * matrix.lanes), i * k);
  }
}
