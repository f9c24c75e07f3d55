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
 * @param a - int16 [m × k]
 * @param bHigh - int16 [n × k], see `split`
 * @param bLow - int16 [n × k]
 * @param out - float64 [m × n]
 * @param k - a multiple of 8
 */
export function products(a: usize, bHigh: usize, bLow: usize, out: usize, m: i32, n: i32, k: i32): void {
  const stride = <usize>(2 * k);
  for (let i = 0; i < m; i++) {
    const rowA = a + <usize>i * stride;
    let j = 0;
    for (; j + 2 <= n; j += 2) {
      let total0: i64 = 0;
      let total1: i64 = 0;
      const b0 = <usize>j * stride;
      const b1 = b0 + stride;
      for (let from = 0; from < k; from += CHUNK) {
        const to = <usize>(2 * min(k, from + CHUNK));
        let high0 = i32x4.splat(0);
        let low0 = i32x4.splat(0);
        let high1 = i32x4.splat(0);
        let low1 = i32x4.splat(0);
        for (let at = <usize>(2 * from); at < to; at += 16) {
          const lanes = v128.load(rowA + at);
          high0 = i32x4.add(high0, i32x4.dot_i16x8_s(lanes, v128.load(bHigh + b0 + at)));
          low0 = i32x4.add(low0, i32x4.dot_i16x8_s(lanes, v128.load(bLow + b0 + at)));
          high1 = i32x4.add(high1, i32x4.dot_i16x8_s(lanes, v128.load(bHigh + b1 + at)));
          low1 = i32x4.add(low1, i32x4.dot_i16x8_s(lanes, v128.load(bLow + b1 + at)));
        }
        total0 += join(high0, low0);
        total1 += join(high1, low1);
      }
      store<f64>(out + <usize>(i * n + j) * 8, <f64>total0);
      store<f64>(out + <usize>(i * n + j + 1) * 8, <f64>total1);
    }
    for (; j < n; j++) {
      let total: i64 = 0;
      const b0 = <usize>j * stride;
      for (let from = 0; from < k; from += CHUNK) {
        const to = <usize>(2 * min(k, from + CHUNK));
        let high0 = i32x4.splat(0);
        let low0 = i32x4.splat(0);
        for (let at = <usize>(2 * from); at < to; at += 16) {
          const lanes = v128.load(rowA + at);
          high0 = i32x4.add(high0, i32x4.dot_i16x8_s(lanes, v128.load(bHigh + b0 + at)));
          low0 = i32x4.add(low0, i32x4.dot_i16x8_s(lanes, v128.load(bLow + b0 + at)));
        }
        total += join(high0, low0);
      }
      store<f64>(out + <usize>(i * n + j) * 8, <f64>total);
    }
  }
}
