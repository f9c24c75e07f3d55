import { ScorerError } from "../core/errors.ts";
import { assertFinite } from "./linalg.ts";

/** A = V diag(λ) Vᵀ. */
export interface Eigen {
  /** λ, float64 [d], ascending */
  readonly values: Float64Array;
  /** Vᵀ: eigenvector j is row j, float64, row-major [d × d] */
  readonly vectors: Float64Array;
}

/** Sweeps of the QL algorithm for one eigenvalue; it takes about two. */
const MOST_SWEEPS = 60;
const EPSILON = 2 ** -52;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonalisation and the implicit QL algorithm
 * (Golub & Van Loan, Matrix Computations, §8.3; Bowdler, Martin, Reinsch & Wilkinson 1968). Only + − × ÷ √ in a fixed
 * order: the same bytes on every machine.
 *
 * @param symmetric - the lower triangle, float64, row-major [d × d]
 * @throws ScorerError `not-finite`, `not-converged`
 */
export function symmetricEigen(symmetric: Float64Array, d: number): Eigen {
  assertFinite(symmetric, "the matrix");
  const { vectors, diagonal, offDiagonal } = tridiagonalise(symmetric, d);
  diagonalise(vectors, diagonal, offDiagonal, d);
  return ascending(vectors, diagonal, d);
}

interface Tridiagonal {
  /** Qᵀ with A = Q T Qᵀ, row-major [d × d] */
  readonly vectors: Float64Array;
  readonly diagonal: Float64Array;
  /** offDiagonal[i] couples i and i + 1 */
  readonly offDiagonal: Float64Array;
}

/** Reflections from the first column on; T's couplings and diagonal are what is left. */
function tridiagonalise(symmetric: Float64Array, d: number): Tridiagonal {
  const a = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      a[i * d + j] = symmetric[i * d + j]!;
      a[j * d + i] = symmetric[i * d + j]!;
    }
  }
  const offDiagonal = new Float64Array(d);
  // Row k of `reflectors` is the unit vector u of the reflection I − 2 u uᵀ that clears column k.
  const reflectors = new Float64Array(d * d);
  const p = new Float64Array(d);
  for (let k = 0; k + 2 < d; k++) {
    let squares = 0;
    for (let i = k + 1; i < d; i++) squares += a[k * d + i]! * a[k * d + i]!;
    const norm = Math.sqrt(squares);
    const head = a[k * d + k + 1]!;
    offDiagonal[k] = head;
    let tail = 0;
    for (let i = k + 2; i < d; i++) tail += a[k * d + i]! * a[k * d + i]!;
    if (tail === 0) continue;
    const alpha = head > 0 ? -norm : norm;
    offDiagonal[k] = alpha;
    const u = reflectors.subarray(k * d, (k + 1) * d);
    for (let i = k + 1; i < d; i++) u[i] = a[k * d + i]!;
    u[k + 1]! -= alpha;
    let length = 0;
    for (let i = k + 1; i < d; i++) length += u[i]! * u[i]!;
    const inverse = 1 / Math.sqrt(length);
    for (let i = k + 1; i < d; i++) u[i]! *= inverse;
    // A ← A − 2 (u wᵀ + w uᵀ) with p = A u and w = p − (uᵀp) u.
    let projection = 0;
    for (let i = k + 1; i < d; i++) {
      const row = i * d;
      let sum = 0;
      for (let j = k + 1; j < d; j++) sum += a[row + j]! * u[j]!;
      p[i] = sum;
      projection += sum * u[i]!;
    }
    for (let i = k + 1; i < d; i++) p[i]! -= projection * u[i]!;
    for (let i = k + 1; i < d; i++) {
      const row = i * d;
      const ui = 2 * u[i]!;
      const pi = 2 * p[i]!;
      for (let j = k + 1; j < d; j++) a[row + j]! -= ui * p[j]! + pi * u[j]!;
    }
  }
  if (d > 1) offDiagonal[d - 2] = a[(d - 2) * d + d - 1]!;
  const diagonal = Float64Array.from({ length: d }, (_, i) => a[i * d + i]!);
  return { vectors: accumulate(reflectors, d), diagonal, offDiagonal };
}

/** Qᵀ as the product of the reflections, the last one first. */
function accumulate(reflectors: Float64Array, d: number): Float64Array {
  const q = new Float64Array(d * d);
  for (let i = 0; i < d; i++) q[i * d + i] = 1;
  const p = new Float64Array(d);
  for (let k = d - 3; k >= 0; k--) {
    const u = reflectors.subarray(k * d, (k + 1) * d);
    // Q ← (I − 2 u uᵀ) Q, kept transposed: each row loses twice its projection on u.
    for (let r = k + 1; r < d; r++) {
      const row = r * d;
      let sum = 0;
      for (let j = k + 1; j < d; j++) sum += q[row + j]! * u[j]!;
      p[r] = 2 * sum;
    }
    for (let r = k + 1; r < d; r++) {
      const row = r * d;
      const twice = p[r]!;
      if (twice === 0) continue;
      for (let j = k + 1; j < d; j++) q[row + j]! -= twice * u[j]!;
    }
  }
  return q;
}

/** Implicit QL with Wilkinson's shift; rotations are applied to the rows of `vectors`. */
function diagonalise(vectors: Float64Array, diagonal: Float64Array, offDiagonal: Float64Array, d: number): void {
  // Couplings are dropped when they are lost in the rounding of the whole matrix: eigenvalues near 0 have none of their own.
  let largest = 0;
  for (let i = 0; i < d; i++) largest = Math.max(largest, Math.abs(diagonal[i]!) + Math.abs(offDiagonal[i]!));
  const negligible = EPSILON * largest;
  for (let l = 0; l < d; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < d - 1 && Math.abs(offDiagonal[m]!) > negligible) m++;
      if (m === l) break;
      if (sweep >= MOST_SWEEPS) {
        throw new ScorerError("not-converged", `eigenvalue ${l} doesn't converge: scale the matrix`);
      }
      let g = (diagonal[l + 1]! - diagonal[l]!) / (2 * offDiagonal[l]!);
      let r = Math.sqrt(g * g + 1);
      g = diagonal[m]! - diagonal[l]! + offDiagonal[l]! / (g + (g < 0 ? -r : r));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = sine * offDiagonal[i]!;
        const b = cosine * offDiagonal[i]!;
        r = Math.sqrt(f * f + g * g);
        offDiagonal[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1]! -= shift;
          offDiagonal[m] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = diagonal[i + 1]! - shift;
        r = (diagonal[i]! - g) * sine + 2 * cosine * b;
        shift = sine * r;
        diagonal[i + 1] = g + shift;
        g = cosine * r - b;
        rotate(vectors, i * d, (i + 1) * d, d, cosine, sine);
      }
      if (r === 0 && i >= l) continue;
      diagonal[l]! -= shift;
      offDiagonal[l] = g;
      offDiagonal[m] = 0;
    }
  }
}

function rotate(vectors: Float64Array, row: number, next: number, d: number, cosine: number, sine: number): void {
  for (let j = 0; j < d; j++) {
    const upper = vectors[next + j]!;
    const lower = vectors[row + j]!;
    vectors[next + j] = sine * lower + cosine * upper;
    vectors[row + j] = cosine * lower - sine * upper;
  }
}

function ascending(vectors: Float64Array, diagonal: Float64Array, d: number): Eigen {
  const order = Array.from({ length: d }, (_, i) => i).sort((i, j) => diagonal[i]! - diagonal[j]! || i - j);
  const sorted = new Float64Array(d * d);
  order.forEach((from, to) => sorted.set(vectors.subarray(from * d, (from + 1) * d), to * d));
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors: sorted };
}
