import { expect } from "chai";

/** |value − expected| ≤ tolerance. Hardhat's matchers replace chai's `closeTo` by one for integers. */
export function expectClose(value: number | undefined, expected: number, tolerance: number): void {
  expect(value, "a number is there").to.be.a("number");
  expect(
    Math.abs((value ?? Number.NaN) - expected),
    `${value} is not within ${tolerance} of ${expected}`,
  ).to.be.at.most(tolerance);
}
