import { expect } from "chai";
import { quantise, roundHalfAway } from "../../scorer/index.ts";
import { expectScorerError, Random, roundScaled } from "./support.ts";

/** The definition, by search: from an exponent that surely fits down to the last one that does. */
function naiveQuantise(values: readonly number[]): { exponent: number; lanes: number[] } {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (largest === 0) return { exponent: 0, lanes: values.map(() => 0) };
  let exponent = 1024;
  while (roundScaled(largest, exponent - 1) <= 32767n) exponent--;
  return { exponent, lanes: values.map((value) => Number(roundScaled(value, exponent))) };
}

function expectQuantised(values: readonly number[]): void {
  const { exponent, lanes } = quantise(Float64Array.from(values));
  expect({ exponent, lanes: Array.from(lanes) }).to.deep.equal(naiveQuantise(values));
}

describe("quantisation", () => {
  it("agrees with exact rational arithmetic on random vectors of all magnitudes", () => {
    const random = new Random(1);
    for (let round = 0; round < 60; round++) {
      const scale = 2 ** random.integer(-1050, 1000);
      expectQuantised(Array.from({ length: 16 }, () => random.gaussian() * scale * 2 ** random.integer(-20, 0)));
    }
  });

  it("agrees at the ends of float64", () => {
    expectQuantised([Number.MIN_VALUE]);
    expectQuantised([Number.MAX_VALUE, Number.MIN_VALUE, -1]);
    expectQuantised([2 ** -1022, -(2 ** -1073)]);
  });

  it("uses the full range of lanes: the largest is above 16,383", () => {
    for (const value of [1, 0.7, 3e-200, 12345.6789]) {
      expect(quantise(Float64Array.of(value)).lanes[0]).to.be.above(16383);
    }
  });

  it("raises the exponent only when the largest would round to 32,768", () => {
    expect(quantise(Float64Array.of(32767.499))).to.deep.equal({ exponent: 0, lanes: Int16Array.of(32767) });
    expect(quantise(Float64Array.of(32767.5))).to.deep.equal({ exponent: 1, lanes: Int16Array.of(16384) });
    expect(quantise(Float64Array.of(-32767.5))).to.deep.equal({ exponent: 1, lanes: Int16Array.of(-16384) });
  });

  it("gives zeros the exponent 0", () => {
    expect(quantise(new Float64Array(16))).to.deep.equal({ exponent: 0, lanes: new Int16Array(16) });
    expect(quantise(Float64Array.of(-0))).to.deep.equal({ exponent: 0, lanes: new Int16Array(1) });
  });

  it("rounds halves away from zero and nothing else", () => {
    const cases: [number, number][] = [
      [0.5, 1],
      [-0.5, -1],
      [1.5, 2],
      [2.5, 3],
      [-2.5, -3],
      [0.49999999999999994, 0],
      [-0.49999999999999994, 0],
      [2.4999999999999996, 2],
      [32766.5, 32767],
    ];
    for (const [value, rounded] of cases)
      expect(Object.is(roundHalfAway(value), rounded), String(value)).to.equal(true);
  });

  it("throws not-finite", () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      expectScorerError("not-finite", () => quantise(Float64Array.of(1, value)), /position 1/);
    }
  });
});
