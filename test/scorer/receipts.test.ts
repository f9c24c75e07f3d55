import { expect } from "chai";
import { TypedDataEncoder, id } from "ethers";
import {
  packQ,
  type Receipt,
  receiptLeaf,
  receiptsTree,
  toHex,
  USAGE_REPORT_TYPE,
  USAGE_REPORT_TYPES,
  type UsageReport,
  usageReportHash,
} from "../../scorer/index.ts";
import { abiDoubleHash, expectScorerError, naiveMerkleNode, Random } from "./support.ts";

const random = new Random(21);
const RECEIPT_TYPES = ["uint256", "uint112", "address", "uint112", "bytes32", "bytes32", "bytes32"];

const receiptAt = (feesAfter: bigint): Receipt => ({
  model: 2n ** 255n + 3n,
  feesAfter,
  payer: random.hex(20),
  amount: 17n,
  requestDigest: random.hex(32),
  responseDigest: random.hex(32),
  queryDigest: random.hex(32),
});
const naiveLeaf = (receipt: Receipt) =>
  abiDoubleHash(RECEIPT_TYPES, [
    receipt.model,
    receipt.feesAfter,
    receipt.payer,
    receipt.amount,
    receipt.requestDigest,
    receipt.responseDigest,
    receipt.queryDigest,
  ]);

describe("receipts", () => {
  it("a leaf is the double hash of the receipt's words", () => {
    const receipt = receiptAt(2n ** 112n - 1n);
    expect(receiptLeaf(receipt)).to.equal(naiveLeaf(receipt));
  });

  it("the root is the positional tree in order of payment; equal counters are in order", () => {
    const receipts = [5n, 5n, 9n].map(receiptAt);
    expect(receiptsTree(receipts).root).to.equal(naiveMerkleNode(receipts.map(naiveLeaf), 0, 4));
  });

  describe("throws", () => {
    it("empty-input without receipts", () => expectScorerError("empty-input", () => receiptsTree([])));
    it("unordered-receipts when the fee counter decreases", () => {
      expectScorerError(
        "unordered-receipts",
        () => receiptsTree([receiptAt(5n), receiptAt(9n), receiptAt(8n)]),
        /receipt 2/,
      );
    });
    it("out-of-range for numbers beyond their types", () => {
      for (const change of [{ model: -1n }, { feesAfter: 2n ** 112n }, { amount: 2n ** 112n }]) {
        expectScorerError("out-of-range", () => receiptLeaf({ ...receiptAt(1n), ...change }));
      }
    });
    it("bad-hex for digests and payers of another length", () => {
      const short = { payer: "0x01", requestDigest: "0x01", responseDigest: "0x01", queryDigest: "0x01" } as const;
      for (const name of Object.keys(short) as (keyof typeof short)[]) {
        expectScorerError("bad-hex", () => receiptLeaf({ ...receiptAt(1n), [name]: short[name] }));
      }
    });
  });
});

describe("usage report", () => {
  const report: UsageReport = {
    model: 12n,
    interval: 2 ** 32 - 1,
    from: 0n,
    to: 2n ** 112n - 1n,
    receiptsRoot: random.hex(32),
    exponent: -300,
    q: toHex(packQ(random.lanes(48))),
  };

  it("has the EIP-712 struct hash", () => {
    expect(usageReportHash(report)).to.equal(
      TypedDataEncoder.hashStruct("UsageReport", { ...USAGE_REPORT_TYPES }, report),
    );
    expect(usageReportHash({ ...report, exponent: 300 })).to.equal(
      TypedDataEncoder.hashStruct("UsageReport", { ...USAGE_REPORT_TYPES }, { ...report, exponent: 300 }),
    );
  });

  it("has the type of the contract", () => {
    const type =
      "UsageReport(uint256 model,uint32 interval,uint112 from,uint112 to,bytes32 receiptsRoot,int16 exponent,bytes q)";
    expect(USAGE_REPORT_TYPE).to.equal(type);
    expect(TypedDataEncoder.from({ ...USAGE_REPORT_TYPES }).encodeType("UsageReport")).to.equal(type);
    expect(id(USAGE_REPORT_TYPE)).to.have.length(66);
  });

  describe("throws", () => {
    it("out-of-range for numbers beyond their types", () => {
      for (const change of [
        { model: 2n ** 256n },
        { interval: 2 ** 32 },
        { interval: -1 },
        { from: -1n },
        { to: 2n ** 112n },
        { exponent: 32768 },
        { exponent: -32769 },
      ]) {
        expectScorerError("out-of-range", () => usageReportHash({ ...report, ...change }));
      }
    });
    it("bad-hex for a root or a q that is none", () => {
      expectScorerError("bad-hex", () => usageReportHash({ ...report, receiptsRoot: "0x" }));
      expectScorerError("bad-hex", () => usageReportHash({ ...report, q: "0x123" }));
    });
    it("bad-length for a q that is not whole words of lanes", () =>
      expectScorerError("bad-length", () => usageReportHash({ ...report, q: "0x1234" })));
  });
});
