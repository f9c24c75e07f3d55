import { expect } from "chai";
import { keccak256 as ethersKeccak256 } from "ethers";
import { keccak256 } from "../../scorer/index.ts";
import { Random } from "./support.ts";

describe("keccak256", () => {
  const random = new Random(11);
  const agrees = (length: number): void => {
    const bytes = Uint8Array.from({ length }, () => random.integer(0, 255));
    expect(keccak256(bytes), `${length} bytes`).to.equal(ethersKeccak256(bytes));
  };

  it("is that of ethers for every length around one, two and three blocks of 136 bytes", () => {
    for (let length = 0; length <= 3 * 136 + 1; length++) agrees(length);
  });

  it("is that of ethers for inputs longer than what WebAssembly takes at once", () => {
    for (const length of [16_383, 16_384, 16_385, 40_000]) agrees(length);
  });

  it("hashes the part of a buffer that it is given", () => {
    const buffer = Uint8Array.from({ length: 100 }, (_, i) => i);
    expect(keccak256(buffer.subarray(7, 71))).to.equal(ethersKeccak256(buffer.slice(7, 71)));
  });
});
