/**
 * Dense float64 linear algebra. Every sum runs over its terms one by one in a stated order, two sums side by side in a
 * vector register, so that the results are those of plain loops to the last bit.
 */

/** Rows and columns of the tiles that stay in registers. */
const TILE: i32 = 4;
/** Terms that are packed at a time. */
const DEPTH: i32 = 256;
/** Columns that are packed at a time. */
const WIDTH: i32 = 256;
/** Columns of a factor that are made at a time. */
const BLOCK: i32 = 64;

/** Four vectors side by side: packed[4 · l + r] = source(r, l), 0 beyond `rows`. */
function pack(source: usize, rowStride: isize, termStride: isize, rows: i32, depth: i32, packed: usize): void {
  for (let r = 0; r < TILE; r++) {
    let to = packed + <usize>r * 8;
    if (r >= rows) {
      for (let l = 0; l < depth; l++, to += 32) store<f64>(to, 0);
      continue;
    }
    let from = source + <usize>(<isize>r * rowStride);
    for (let l = 0; l < depth; l++, to += 32, from += <usize>termStride) store<f64>(to, load<f64>(from));
  }
}

/** A tile of C, in registers from the first term to the last. */
function tile(a: usize, b: usize, depth: i32, c: usize, rowStride: usize, rows: i32, columns: i32, spare: usize): void {
  const whole = rows === TILE && columns === TILE;
  const target = whole ? c : spare;
  const stride = whole ? rowStride : <usize>32;
  if (!whole) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        store<f64>(spare + <usize>(i * 32 + j * 8), load<f64>(c + <usize>i * rowStride + <usize>j * 8));
      }
    }
  }
  const row1 = target + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let c00 = v128.load(target);
  let c01 = v128.load(target, 16);
  let c10 = v128.load(row1);
  let c11 = v128.load(row1, 16);
  let c20 = v128.load(row2);
  let c21 = v128.load(row2, 16);
  let c30 = v128.load(row3);
  let c31 = v128.load(row3, 16);
  for (let l = 0; l < depth; l++, a += 32, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(a0, b0));
    c01 = f64x2.add(c01, f64x2.mul(a0, b1));
    const a1 = v128.load64_splat(a, 8);
    c10 = f64x2.add(c10, f64x2.mul(a1, b0));
    c11 = f64x2.add(c11, f64x2.mul(a1, b1));
    const a2 = v128.load64_splat(a, 16);
    c20 = f64x2.add(c20, f64x2.mul(a2, b0));
    c21 = f64x2.add(c21, f64x2.mul(a2, b1));
    const a3 = v128.load64_splat(a, 24);
    c30 = f64x2.add(c30, f64x2.mul(a3, b0));
    c31 = f64x2.add(c31, f64x2.mul(a3, b1));
  }
  v128.store(target, c00);
  v128.store(target, c01, 16);
  v128.store(row1, c10);
  v128.store(row1, c11, 16);
  v128.store(row2, c20);
  v128.store(row2, c21, 16);
  v128.store(row3, c30);
  v128.store(row3, c31, 16);
  if (!whole) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        store<f64>(c + <usize>i * rowStride + <usize>j * 8, load<f64>(spare + <usize>(i * 32 + j * 8)));
      }
    }
  }
}

/** Bytes of scratch memory that the functions below take. */
export function scratchBytes(): i32 {
  return 8 * (DEPTH * WIDTH + DEPTH * TILE + TILE * TILE);
}

/**
 * C[i, j] += Σ_l A(i, l) · B(j, l), terms in the order of l. A(i, l) stands at a + i·aRow + l·aTerm, in bytes; B alike.
 *
 * @param c - float64, rows cRow bytes apart
 * @param negate - subtracts the terms instead
 * @param offset - with `lower`, only tiles with an element j ≤ i + offset
 */
export function multiplyAdd(
  c: usize,
  cRow: isize,
  a: usize,
  aRow: isize,
  aTerm: isize,
  b: usize,
  bRow: isize,
  bTerm: isize,
  m: i32,
  n: i32,
  k: i32,
  negate: bool,
  lower: bool,
  offset: i32,
  scratch: usize,
): void {
  const packedA = scratch + <usize>(8 * DEPTH * WIDTH);
  const spare = packedA + <usize>(8 * DEPTH * TILE);
  for (let left = 0; left < n; left += WIDTH) {
    const width = min(WIDTH, n - left);
    for (let from = 0; from < k; from += DEPTH) {
      const depth = min(DEPTH, k - from);
      for (let j = 0; j < width; j += TILE) {
        const source = b + <usize>(<isize>(left + j) * bRow + <isize>from * bTerm);
        pack(source, bRow, bTerm, min(TILE, width - j), depth, scratch + <usize>(8 * DEPTH * j));
      }
      for (let i = 0; i < m; i += TILE) {
        const rows = min(TILE, m - i);
        const last = lower ? min(width, i + rows + offset - left) : width;
        if (last <= 0) continue;
        pack(a + <usize>(<isize>i * aRow + <isize>from * aTerm), aRow, aTerm, rows, depth, packedA);
        if (negate) negateAll(packedA, depth * TILE);
        for (let j = 0; j < last; j += TILE) {
          tile(
            packedA,
            scratch + <usize>(8 * DEPTH * j),
            depth,
            c + <usize>(<isize>i * cRow + <isize>(left + j) * 8),
            <usize>cRow,
            rows,
            min(TILE, width - j),
            spare,
          );
        }
      }
    }
  }
}

/** x + (−a)·b is x − a·b to the last bit. */
function negateAll(values: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count * 8; at += 16) {
    v128.store(values + at, f64x2.neg(v128.load(values + at)));
  }
}

/**
 * The Cholesky factor of a symmetric positive definite matrix in place: A = L Lᵀ.
 *
 * @param a - float64 [d × d], lower triangle A on entry and L on return; above the diagonal nothing is read or written,
 * except within tiles
 * @returns −1, or the first pivot that is not above 0
 */
export function cholesky(a: usize, d: i32, scratch: usize): i32 {
  const row = <isize>d * 8;
  for (let start = 0; start < d; start += BLOCK) {
    const size = min(BLOCK, d - start);
    const rows = a + <usize>(<isize>start * row);
    const block = rows + <usize>start * 8;
    multiplyAdd(block, row, rows, row, 8, rows, row, 8, d - start, size, start, true, false, 0, scratch);
    for (let i = 0; i < d - start; i++) {
      const rowI = block + <usize>(<isize>i * row);
      for (let j = 0; j < min(i + 1, size); j++) {
        const rowJ = block + <usize>(<isize>j * row);
        let sum = load<f64>(rowI + <usize>j * 8);
        for (let l = 0; l < j; l++) sum -= load<f64>(rowI + <usize>l * 8) * load<f64>(rowJ + <usize>l * 8);
        if (i !== j) {
          store<f64>(rowI + <usize>j * 8, sum / load<f64>(rowJ + <usize>j * 8));
        } else {
          if (!(sum > 0)) {
            store<f64>(rowI + <usize>j * 8, sum);
            return start + i;
          }
          store<f64>(rowI + <usize>j * 8, sqrt(sum));
        }
      }
    }
  }
  return -1;
}

/**
 * Solves L y = b for many right-hand sides in place.
 *
 * @param factor - L, float64 [d × d]
 * @param sides - float64 [m × d], a right-hand side in each row
 */
export function forwardSolve(factor: usize, sides: usize, d: i32, m: i32, scratch: usize): void {
  const row = <isize>d * 8;
  for (let start = 0; start < d; start += BLOCK) {
    const size = min(BLOCK, d - start);
    const rows = factor + <usize>(<isize>start * row);
    multiplyAdd(sides + <usize>start * 8, row, sides, row, 8, rows, row, 8, m, size, start, true, false, 0, scratch);
    for (let i = 0; i < m; i++) {
      const side = sides + <usize>(<isize>i * row) + <usize>start * 8;
      for (let j = 0; j < size; j++) {
        const line = rows + <usize>(<isize>j * row) + <usize>start * 8;
        let sum = load<f64>(side + <usize>j * 8);
        for (let l = 0; l < j; l++) sum -= load<f64>(line + <usize>l * 8) * load<f64>(side + <usize>l * 8);
        store<f64>(side + <usize>j * 8, sum / load<f64>(line + <usize>j * 8));
      }
    }
  }
}

/** Solves Lᵀ y = b likewise; terms from the last one down. */
export function backwardSolve(factor: usize, sides: usize, d: i32, m: i32, scratch: usize): void {
  const row = <isize>d * 8;
  for (let end = d; end > 0;) {
    const size = ((end - 1) % BLOCK) + 1;
    const start = end - size;
    const last = d - 1;
    multiplyAdd(
      sides + <usize>start * 8,
      row,
      sides + <usize>last * 8,
      row,
      -8,
      factor + <usize>(<isize>last * row) + <usize>start * 8,
      8,
      -row,
      m,
      size,
      d - end,
      true,
      false,
      0,
      scratch,
    );
    for (let i = 0; i < m; i++) {
      const side = sides + <usize>(<isize>i * row);
      for (let j = end - 1; j >= start; j--) {
        let sum = load<f64>(side + <usize>j * 8);
        for (let l = end - 1; l > j; l--) {
          sum -= load<f64>(factor + <usize>(<isize>l * row) + <usize>j * 8) * load<f64>(side + <usize>l * 8);
        }
        store<f64>(side + <usize>j * 8, sum / load<f64>(factor + <usize>(<isize>j * row) + <usize>j * 8));
      }
    }
    end = start;
  }
}
