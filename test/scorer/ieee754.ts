import { exactFraction } from "./support.ts";

/**
 * Arithmetic of float64 by its definition (IEEE 754-2019, §4.3.1 and §5.4.1): the exact result as a fraction of
 * integers, rounded once to the nearest float64, ties to the even one. Operands are finite.
 */
export const ieee = {
  add: (a: number, b: number): number => {
    const [x, y] = [fractionOf(a), fractionOf(b)];
    // Of zeros, only −0 + −0 is −0 (§6.3).
    return nearest(x.over * y.under + y.over * x.under, x.under * y.under, isNegative(a) && isNegative(b));
  },
  subtract: (a: number, b: number): number => ieee.add(a, -b),
  multiply: (a: number, b: number): number => {
    const [x, y] = [fractionOf(a), fractionOf(b)];
    return nearest(x.over * y.over, x.under * y.under, isNegative(a) !== isNegative(b));
  },
  /** b is not 0 */
  divide: (a: number, b: number): number => {
    const [x, y] = [fractionOf(a), fractionOf(b)];
    const sign = y.over < 0n ? -1n : 1n;
    return nearest(sign * x.over * y.under, sign * x.under * y.over, isNegative(a) !== isNegative(b));
  },
  /** a is at least 0 */
  sqrt: (a: number): number => {
    const { over, under } = fractionOf(a);
    // √(over / under) = √(over · under) / under, in so many more bits that what is left can only say "a little more".
    const scaled = (over * under) << (2n * EXTRA_BITS);
    const root = integerRoot(scaled);
    const rest = root * root === scaled ? 0n : 1n;
    return nearest(2n * root + rest, (2n * under) << EXTRA_BITS, false);
  },
};

/** Beyond those of any float64. */
const EXTRA_BITS = 1200n;
const SMALLEST_EXPONENT = -1074;
const LARGEST_EXPONENT = 971;
const HIDDEN_BIT = 1n << 52n;

/** over / under, under > 0 */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

function fractionOf(value: number): Fraction {
  const { numerator, shift } = exactFraction(value);
  return shift >= 0
    ? { over: numerator, under: 1n << BigInt(shift) }
    : { over: numerator << BigInt(-shift), under: 1n };
}

function isNegative(value: number): boolean {
  return bitsOf(value) >> 63n === 1n;
}

/** The float64 nearest to over / under, under > 0. */
export function nearest(over: bigint, under: bigint, negativeZero: boolean): number {
  if (over === 0n) return fromBits(negativeZero ? 1n << 63n : 0n);
  const sign = over < 0n ? 1n << 63n : 0n;
  const magnitude = over < 0n ? -over : over;
  let exponent = Math.max(SMALLEST_EXPONENT, bitLength(magnitude) - bitLength(under) - 53);
  let [significand, tie] = divided(magnitude, under, exponent);
  // The estimate is one too low, or right.
  if (significand >= 2n * HIDDEN_BIT) [significand, tie] = divided(magnitude, under, ++exponent);
  if (tie > 0 || (tie === 0 && significand % 2n === 1n)) significand++;
  if (significand === 2n * HIDDEN_BIT) {
    significand = HIDDEN_BIT;
    exponent++;
  }
  if (exponent > LARGEST_EXPONENT) return sign === 0n ? Infinity : -Infinity;
  if (significand < HIDDEN_BIT) return fromBits(sign | significand);
  return fromBits(sign | (BigInt(exponent + 1075) << 52n) | (significand - HIDDEN_BIT));
}

/** ⌊magnitude / (under · 2^exponent)⌋, and whether what is left is below (−1), at (0) or above (1) one half. */
function divided(magnitude: bigint, under: bigint, exponent: number): [quotient: bigint, tie: number] {
  const over = exponent < 0 ? magnitude << BigInt(-exponent) : magnitude;
  const divisor = exponent < 0 ? under : under << BigInt(exponent);
  const twice = 2n * (over % divisor);
  return [over / divisor, twice < divisor ? -1 : twice === divisor ? 0 : 1];
}

/** ⌊√value⌋ by Newton's iteration from above. */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(bitLength(value) / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** The float64 of 64 bits. */
export function fromBits(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
