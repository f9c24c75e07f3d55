/**
 * Inner products of int16 vectors, exact: out[i × n + j] = ⟨a_i, b_j⟩ as float64.
 * a·b = a·bHigh·256 + a·bLow with bLow in −128 … 127 keeps both int32 sums of 1,024 lanes from overflowing.
 */

/** Lanes that are summed in int32 before they are added up in int64. */
const CHUNK: i32 = 1024;

/**
 * Splits int16 lanes into 256·high + low, low in −128 … 127.
 *
 * @param count - a multiple of 8
 */
export function split(source: usize, high: usize, low: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>(2 * count); at += 16) {
    const value = v128.load(source + at);
    const lowByte = i16x8.shr_s(i16x8.shl(value, 8), 8);
    v128.store(low + at, lowByte);
    // value − low is a multiple of 256; halving first keeps 32,767 + 1 from wrapping around.
    const upper = i16x8.shr_s(value, 8);
    const carry = i16x8.shr_u(v128.and(value, i16x8.splat(128)), 7);
    v128.store(high + at, i16x8.add(upper, carry));
  }
}

function sumLanes(sums: v128): i64 {
  return (
    <i64>i32x4.extract_lane(sums, 0) +
    <i64>i32x4.extract_lane(sums, 1) +
    <i64>i32x4.extract_lane(sums, 2) +
    <i64>i32x4.extract_lane(sums, 3)
  );
}

function join(high: v128, low: v128): i64 {
  return (sumLanes(high) << 8) + sumLanes(low);
}

/**
 * Two rows of `a` with two of `b` at a time: each load then serves two products. At an odd end a row is taken twice.
 *
 * @param a - int16 [m × k]
 * @param bHigh - int16 [n × k], see `split`
 * @param bLow - int16 [n × k]
 * @param out - float64 [m × n]
 * @param k - a multiple of 8
 * @param block - rows of `b` that are worked through before the next: as many as the processor keeps near
 */
export function products(a: usize, bHigh: usize, bLow: usize, out: usize, m: i32, n: i32, k: i32, block: i32): void {
  for (let from = 0; from < n; from += block) {
    const to = min(n, from + block);
    for (let i = 0; i < m; i += 2) {
      for (let j = from; j < to; j += 2) tile(a, bHigh, bLow, out, i, min(i + 1, m - 1), j, min(j + 1, to - 1), n, k);
    }
  }
}

/** The products of rows i0 and i1 of `a` with rows j0 and j1 of `b`. */
function tile(
  a: usize,
  bHigh: usize,
  bLow: usize,
  out: usize,
  i0: i32,
  i1: i32,
  j0: i32,
  j1: i32,
  n: i32,
  k: i32,
): void {
  const stride = <usize>(2 * k);
  const row0 = a + <usize>i0 * stride;
  const row1 = a + <usize>i1 * stride;
  const column0 = <usize>j0 * stride;
  const column1 = <usize>j1 * stride;
  let total00: i64 = 0;
  let total01: i64 = 0;
  let total10: i64 = 0;
  let total11: i64 = 0;
  for (let from = 0; from < k; from += CHUNK) {
    const to = <usize>(2 * min(k, from + CHUNK));
    let high00 = i32x4.splat(0);
    let high01 = i32x4.splat(0);
    let high10 = i32x4.splat(0);
    let high11 = i32x4.splat(0);
    let low00 = i32x4.splat(0);
    let low01 = i32x4.splat(0);
    let low10 = i32x4.splat(0);
    let low11 = i32x4.splat(0);
    for (let at = <usize>(2 * from); at < to; at += 16) {
      const lanes0 = v128.load(row0 + at);
      const lanes1 = v128.load(row1 + at);
      let column = v128.load(bHigh + column0 + at);
      high00 = i32x4.add(high00, i32x4.dot_i16x8_s(lanes0, column));
      high10 = i32x4.add(high10, i32x4.dot_i16x8_s(lanes1, column));
      column = v128.load(bLow + column0 + at);
      low00 = i32x4.add(low00, i32x4.dot_i16x8_s(lanes0, column));
      low10 = i32x4.add(low10, i32x4.dot_i16x8_s(lanes1, column));
      column = v128.load(bHigh + column1 + at);
      high01 = i32x4.add(high01, i32x4.dot_i16x8_s(lanes0, column));
      high11 = i32x4.add(high11, i32x4.dot_i16x8_s(lanes1, column));
      column = v128.load(bLow + column1 + at);
      low01 = i32x4.add(low01, i32x4.dot_i16x8_s(lanes0, column));
      low11 = i32x4.add(low11, i32x4.dot_i16x8_s(lanes1, column));
    }
    total00 += join(high00, low00);
    total01 += join(high01, low01);
    total10 += join(high10, low10);
    total11 += join(high11, low11);
  }
  store<f64>(out + <usize>(i0 * n + j0) * 8, <f64>total00);
  store<f64>(out + <usize>(i0 * n + j1) * 8, <f64>total01);
  store<f64>(out + <usize>(i1 * n + j0) * 8, <f64>total10);
  store<f64>(out + <usize>(i1 * n + j1) * 8, <f64>total11);
}
