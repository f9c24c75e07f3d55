/**
 * exp and log by + − × ÷ on float64 in a fixed order: the same bits on every engine, which ECMA-262 does not ask of the
 * built-in ones. Both reduce the argument by ln 2 in two parts (Cody & Waite, Software Manual for the Elementary
 * Functions, 1980) and add up a Taylor series, whose rest is below 2^-57 of the result.
 */

/** ⌊2^32 ln 2⌋ / 2^32: its products with integers below 2^21 are exact. */
const LN2_HIGH = 2977044471 / 4294967296;
/** ln 2 − LN2_HIGH */
const LN2_LOW = 1.908214929270587816e-10;
const INVERSE_LN2 = 1.4426950408889634074;
const SQRT2 = 1.4142135623730950488;

/** From here on exp is above the largest float64. */
const OVERFLOW = 709.782712893384;
/** From here down exp is below half of the smallest float64. */
const UNDERFLOW = -745.1332191019412;

/** 2^-1022 */
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** A float64 and its bits. */
const scratch = new DataView(new ArrayBuffer(8));

/**
 * e^x, off by less than 2 units in the last place (of the result; where that is subnormal, of 2^-1074).
 *
 * @returns Infinity above 709.78, 0 below −745.13, NaN for NaN
 */
export function exp(x: number): number {
  if (x !== x) return x;
  if (x > OVERFLOW) return Infinity;
  if (x < UNDERFLOW) return 0;
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  // The first difference is exact. |r| ≤ 0.347, where r^14 / 14! is below 2^-57.
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 1 / 6227020800;
  series = series * r + 1 / 479001600;
  series = series * r + 1 / 39916800;
  series = series * r + 1 / 3628800;
  series = series * r + 1 / 362880;
  series = series * r + 1 / 40320;
  series = series * r + 1 / 5040;
  series = series * r + 1 / 720;
  series = series * r + 1 / 120;
  series = series * r + 1 / 24;
  series = series * r + 1 / 6;
  series = series * r + 0.5;
  const power = 1 + (r + r * r * series);
  // 2^k itself may be beyond the normal numbers.
  if (k > 1023) return power * 2 * powerOfTwo(k - 1);
  if (k < -1022) return power * powerOfTwo(k + 64) * powerOfTwo(-64);
  return power * powerOfTwo(k);
}

/**
 * ln x, off by less than 2 units in the last place of the result.
 *
 * @returns −Infinity for 0, Infinity for Infinity, NaN for NaN and below 0
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let exponent = 0;
  let scaled = x;
  if (x < SMALLEST_NORMAL) {
    // 2^54
    scaled = x * 18014398509481984;
    exponent = -54;
  }
  // x = m · 2^exponent with √½ < m ≤ √2.
  scratch.setFloat64(0, scaled);
  const high = scratch.getUint32(0);
  exponent += (high >>> 20) - 1023;
  scratch.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let m = scratch.getFloat64(0);
  if (m > SQRT2) {
    m /= 2;
    exponent++;
  }
  // ln(1 + f) = 2 artanh s = 2s + s·rest with s = f / (2 + f), and 2s = f − s·f. s² ≤ 0.0295.
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let rest = 2 / 23;
  rest = rest * z + 2 / 21;
  rest = rest * z + 2 / 19;
  rest = rest * z + 2 / 17;
  rest = rest * z + 2 / 15;
  rest = rest * z + 2 / 13;
  rest = rest * z + 2 / 11;
  rest = rest * z + 2 / 9;
  rest = rest * z + 2 / 7;
  rest = rest * z + 2 / 5;
  rest = rest * z + 2 / 3;
  rest *= z;
  return exponent * LN2_HIGH - (s * (f - rest) - exponent * LN2_LOW - f);
}

/** 2^k for −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  scratch.setUint32(0, (k + 1023) << 20);
  scratch.setUint32(4, 0);
  return scratch.getFloat64(0);
}
