import { ScorerError } from "../core/errors.ts";
import { float64 } from "./generated.ts";
import { instantiate } from "./kernel.ts";

interface Functions {
  readonly scratchBytes: () => number;
  readonly multiplyAdd: (
    c: number,
    cRow: number,
    a: number,
    aRow: number,
    aTerm: number,
    b: number,
    bRow: number,
    bTerm: number,
    m: number,
    n: number,
    k: number,
    negate: boolean,
    lower: boolean,
    offset: number,
    scratch: number,
  ) => void;
  readonly cholesky: (a: number, d: number, scratch: number) => number;
  readonly forwardSolve: (factor: number, sides: number, d: number, m: number, scratch: number) => void;
  readonly backwardSolve: (factor: number, sides: number, d: number, m: number, scratch: number) => void;
}

const kernel = instantiate<Functions>(float64);
const { functions } = kernel;
const SCRATCH = functions.scratchBytes();
/** Bytes of a number. */
const WIDE = 8;

/** How the terms of a product lie in memory. */
export type Layout = "rows" | "columns";

/**
 * C = Σ_l A(i, l) · B(j, l), terms in the order of l. With "rows", A is [m × k] and l runs along a row; with "columns", A
 * is [k × m] and l runs down a column: no transposed copy is needed for either side.
 *
 * @param lower - computes j ≤ i only; above the diagonal there is no meaning in the result
 * @returns float64, row-major [m × n]
 */
export function kernelProduct(
  a: Float64Array,
  aLayout: Layout,
  b: Float64Array,
  bLayout: Layout,
  [m, n, k]: readonly [number, number, number],
  lower = false,
): Float64Array {
  const [atA, atB, atC, scratch] = layOut([a.length, b.length, m * n]);
  view(atA, a.length).set(a);
  view(atB, b.length).set(b);
  const c = view(atC, m * n).fill(0);
  const [aRow, aTerm] = aLayout === "rows" ? [WIDE * k, WIDE] : [WIDE, WIDE * m];
  const [bRow, bTerm] = bLayout === "rows" ? [WIDE * k, WIDE] : [WIDE, WIDE * n];
  functions.multiplyAdd(atC, WIDE * n, atA, aRow, aTerm, atB, bRow, bTerm, m, n, k, false, lower, 0, scratch);
  return c.slice();
}

/**
 * @param gram - the lower triangle of A, float64, row-major [d × d]
 * @returns L with A = L Lᵀ, float64, row-major [d × d]; above the diagonal it is 0
 * @throws ScorerError `not-positive-definite` when a pivot is not above 0
 */
export function kernelCholesky(gram: Float64Array, d: number): Float64Array {
  const [at, scratch] = layOut([d * d]);
  const factor = view(at, d * d);
  factor.set(gram);
  const bad = functions.cholesky(at, d, scratch);
  if (bad >= 0) {
    throw new ScorerError(
      "not-positive-definite",
      `pivot ${bad} of the Cholesky factor is ${factor[bad * d + bad]}: use a larger lambda`,
    );
  }
  for (let i = 0; i < d; i++) factor.fill(0, i * d + i + 1, (i + 1) * d);
  return factor.slice();
}

/**
 * Solves L y = b, Lᵀ y = b, or both one after the other (A y = b), for many right-hand sides in place.
 *
 * @param factor - lower triangular L, float64, row-major [d × d]
 * @param sides - b on entry, y on return, float64, row-major [m × d]: a right-hand side in each row
 */
export function kernelSolve(
  factor: Float64Array,
  sides: Float64Array,
  d: number,
  which: "forward" | "backward" | "both",
): void {
  const m = sides.length / d;
  const [atFactor, atSides, scratch] = layOut([d * d, sides.length]);
  view(atFactor, d * d).set(factor);
  view(atSides, sides.length).set(sides);
  if (which !== "backward") functions.forwardSolve(atFactor, atSides, d, m, scratch);
  if (which !== "forward") functions.backwardSolve(atFactor, atSides, d, m, scratch);
  sides.set(view(atSides, sides.length));
}

/** Blocks of float64 numbers, and scratch memory after them. */
function layOut<const L extends readonly number[]>(lengths: L): [...{ [K in keyof L]: number }, number] {
  return kernel.layOut([...lengths.map((length) => WIDE * length), SCRATCH]) as [...{ [K in keyof L]: number }, number];
}

function view(offset: number, length: number): Float64Array<ArrayBuffer> {
  return new Float64Array(kernel.memory(), offset, length);
}
