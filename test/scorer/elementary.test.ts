import { expect } from "chai";
import { exp, log } from "../../scorer/index.ts";
import { exactFraction, Random } from "./support.ts";

/** Fixed point with 256 bits behind the point. */
const BITS = 256n;
const ONE = 1n << BITS;
const LN2 = naturalLog(2n * ONE);

/** A finite float64, cut off below 2^-256. */
function fixed(value: number): bigint {
  const { numerator, shift } = exactFraction(value);
  const up = BITS - BigInt(shift);
  return up >= 0n ? numerator << up : numerator >> -up;
}

/** 2 artanh((x − 1) / (x + 1)), term by term. */
function naturalLog(x: bigint): bigint {
  const s = ((x - ONE) << BITS) / (x + ONE);
  const square = (s * s) >> BITS;
  let sum = 0n;
  let power = s;
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = (power * square) >> BITS;
  }
  return 2n * sum;
}

/** e^x = result · 2^k with result in fixed point, 1 ≤ result < 2. */
function exponential(x: bigint): { result: bigint; k: bigint } {
  let k = x / LN2;
  if (x < 0n) k--;
  const r = x - k * LN2;
  let sum = 0n;
  let term = ONE;
  for (let n = 1n; term !== 0n; n++) {
    sum += term;
    term = ((term * r) >> BITS) / n;
  }
  return { result: sum, k };
}

/** |value − 2^k · expected| in units of value's last place. */
function errorInPlaces(value: number, expected: bigint, k: bigint): number {
  // A float64 is a whole number of its last places, 2^-shift each.
  const { numerator, shift } = exactFraction(value);
  const up = k + BigInt(shift);
  const exact = up >= 0n ? expected << up : expected >> -up;
  const difference = (numerator << BITS) - exact;
  return Number((difference < 0n ? -difference : difference) >> (BITS - 14n)) / 2 ** 14;
}

describe("elementary functions", () => {
  const random = new Random(11);
  const between = (low: number, high: number): number => low + (high - low) * random.next();

  it("exp is within 2 units in the last place", () => {
    const points = [1, -1, 0.5, 1e-20, -1e-20, 709.782712893384, -708.4, -744, -745.13, 0.34657359027997264];
    for (let i = 0; i < 3000; i++) points.push(between(-1, 1), between(-708, 709), between(-745, -700));
    let worst = 0;
    for (const x of points) {
      const { result, k } = exponential(fixed(x));
      worst = Math.max(worst, errorInPlaces(exp(x), result, k));
    }
    expect(worst).to.be.below(2).and.above(0.4);
  });

  it("log is within 2 units in the last place", () => {
    const points = [2, 0.5, 10, Math.SQRT2, Math.SQRT1_2, 1 + 2 ** -52, 1 - 2 ** -53, Number.MAX_VALUE, 5e-324, 1e-310];
    for (let i = 0; i < 2000; i++) {
      points.push(between(0.5, 2), between(0.99, 1.01), between(0, 1000), 2 ** between(-1070, 1020));
    }
    let worst = 0;
    for (const x of points) {
      let scaled = x;
      let k = 0n;
      for (; scaled >= 1.5; scaled /= 2) k++;
      for (; scaled < 0.75; scaled *= 2) k--;
      worst = Math.max(worst, errorInPlaces(log(x), naturalLog(fixed(scaled)) + k * LN2, 0n));
    }
    expect(worst).to.be.below(2).and.above(0.4);
  });

  it("both have their values at the ends", () => {
    expect([exp(0), exp(-Infinity), exp(Infinity), exp(709.79), exp(-745.14)]).to.deep.equal([
      1,
      0,
      Infinity,
      Infinity,
      0,
    ]);
    expect(exp(NaN)).to.be.NaN;
    expect([log(1), log(0), log(-0), log(Infinity)]).to.deep.equal([0, -Infinity, -Infinity, Infinity]);
    expect(log(-1)).to.be.NaN;
    expect(log(NaN)).to.be.NaN;
  });

  it("exp neither overflows nor vanishes before float64 does", () => {
    expect(exp(709.782712893384)).to.be.above(1.797e308).and.below(Infinity);
    expect(exp(-745.1332191019411)).to.equal(5e-324);
  });
});
