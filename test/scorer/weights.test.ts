import { expect } from "chai";
import { Weights } from "../../scorer/index.ts";
import { expectScorerError, Random } from "./support.ts";

describe("weights", () => {
  const random = new Random(51);
  const integers = [
    0n,
    1n,
    255n,
    256n,
    2n ** 64n - 1n,
    2n ** 64n,
    2n ** 107n,
    2n ** 128n,
    2n ** 144n - 1n,
    ...Array.from({ length: 50 }, () => BigInt(random.integer(0, 2 ** 50)) << BigInt(random.integer(0, 94))),
  ];

  it("come back as they went in, in order and one by one", () => {
    const weights = Weights.from(integers);
    expect([...weights]).to.deep.equal(integers);
    expect(integers.map((_, i) => weights.at(i))).to.deep.equal(integers);
    expect([weights.at(-1), weights.at(integers.length)]).to.deep.equal([undefined, undefined]);
  });

  it("are 18 bytes each, big-endian", () => {
    const { bytes } = Weights.from(integers);
    const hex = integers.map((weight) => weight.toString(16).padStart(36, "0")).join("");
    expect(Buffer.from(bytes).toString("hex")).to.equal(hex);
  });

  it("are read where they start in a larger buffer", () => {
    const { bytes } = Weights.from([7n, 8n, 2n ** 100n]);
    expect([...new Weights(bytes.subarray(18))]).to.deep.equal([8n, 2n ** 100n]);
  });

  it("throw out-of-range for what is not a uint144, and bad-length for parts of one", () => {
    expectScorerError("out-of-range", () => Weights.from([1n, -1n]), /payable 1/);
    expectScorerError("out-of-range", () => Weights.from([2n ** 144n]), /payable 0/);
    expectScorerError("bad-length", () => new Weights(new Uint8Array(35)));
  });
});
