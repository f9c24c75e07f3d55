import { expect } from "chai";
import fc from "fast-check";
import { id, TypedDataEncoder, Wallet } from "ethers";
import {
  checkReceipts,
  ClientError,
  decodeRevert,
  PAID_CALL_TYPES,
  PAID_CALLS_TYPES,
  parseAddressBook,
  parseReceipts,
  parseSignedReceipt,
  type PublishedReceipt,
  receiptsFile,
  receiptSigner,
  reportOf,
  ROLES,
} from "../../client/index.ts";
import { parseRows } from "../../cli/rows.ts";
import { fromHex, type Hex, quantiseQuery, queryDigest, toHex, usageReportHash } from "../../scorer/index.ts";
import { decodeReport, encodeReport } from "../../services/files/signedReport.ts";
import { readAuthorization } from "../../services/gateway/eip3009.ts";
import { quoteOf, readUsage } from "../../services/gateway/pricing.ts";
import { accepted, bytesNear, fuzz, jsonNear, textNear } from "./fuzzing.ts";

const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
const address = (byte: string): Hex => `0x${byte.repeat(20)}`;

const BOOK = {
  chainId: 31_337,
  fromBlock: 0,
  contracts: Object.fromEntries(ROLES.map((role, i) => [role, address(String(10 + i))])),
};

const QUERY = quantiseQuery(Float64Array.from({ length: 16 }, (_, i) => i - 7.25));
const PUBLISHED: PublishedReceipt[] = [1n, 2n, 5n].map((amount, i) => ({
  receipt: {
    model: 3n,
    feesAfter: 10n + BigInt(i),
    payer: address("aa"),
    amount,
    requestDigest: word("01"),
    responseDigest: word("02"),
    queryDigest: queryDigest(QUERY),
  },
  query: QUERY,
}));
const REPORT = reportOf(3n, 0, { from: 0n, to: 12n }, PUBLISHED);

describe("fuzzing what clients and services read", () => {
  fuzz("address books name a checked address for each contract, or are refused", jsonNear(BOOK), async (json) => {
    const read = await accepted(() => parseAddressBook(json));
    if (read !== undefined) expect(parseAddressBook(JSON.stringify(read.value))).to.deep.equal(read.value);
  });

  it("signed receipts and reports beyond their types' ranges are refused, as is a place beyond the proof", () => {
    const receipt = {
      model: "3",
      payer: address("aa"),
      amount: "1",
      payment: "a",
      time: 1,
      index: 0,
      proof: [word("04")],
    };
    const digests = { requestDigest: word("01"), responseDigest: word("02"), queryDigest: word("03") };
    const right = { ...receipt, ...digests, signature: `0x${"ab".repeat(65)}` };
    expect(parseSignedReceipt(JSON.stringify(right))).to.deep.equal(right);
    for (const wrong of [
      { model: String(2n ** 256n) },
      { amount: String(2n ** 112n) },
      { time: 2 ** 40 },
      { index: 2 },
      { index: 2 ** 32 },
      { payment: "\ud800" },
    ]) {
      expect(() => parseSignedReceipt(JSON.stringify({ ...right, ...wrong })), JSON.stringify(wrong)).to.throw(
        ClientError,
        "no signed receipt",
      );
    }
    const report = JSON.parse(encodeReport({ report: REPORT, signature: "0x" })) as object;
    for (const wrong of [
      { interval: -1 },
      { interval: 2 ** 32 },
      { exponent: 40_000 },
      { to: String(2n ** 112n) },
      { q: "0xab" },
    ]) {
      expect(() => decodeReport(JSON.stringify({ ...report, ...wrong })), JSON.stringify(wrong)).to.throw(
        ClientError,
        "no signed usage report",
      );
    }
    for (const data of ["0x", "0x1a", "0x08c379a0", `0x4e487b71${"ff".repeat(31)}`]) {
      expect(decodeRevert(data), data).to.equal(undefined);
    }
  });

  describe("signed receipts", () => {
    const operator = new Wallet(id("operator"));
    const suite = { book: parseAddressBook(JSON.stringify(BOOK)) };
    const call = {
      model: "3",
      payer: address("aa"),
      amount: "100",
      payment: "voucher-1",
      requestDigest: word("01"),
      responseDigest: word("02"),
      queryDigest: word("03"),
      time: 1_700_000_000,
    };
    const { chainId, contracts } = suite.book;
    const domain = { name: "Tributary", version: "1", chainId, verifyingContract: contracts.usage };
    const root = TypedDataEncoder.hashStruct("PaidCall", PAID_CALL_TYPES, call);
    const digest = TypedDataEncoder.hash(domain, PAID_CALLS_TYPES, { root });
    const receipt = { ...call, index: 0, proof: [], signature: operator.signingKey.sign(digest).serialized };

    fuzz("have their operator's name only if nothing of them was changed", jsonNear(receipt), async (json) => {
      const signer = await accepted(() => {
        const read = parseSignedReceipt(json);
        return { read, by: receiptSigner(suite, read) };
      });
      if (signer?.value.by !== operator.address) return;
      expect(signer.value.read).to.deep.equal(receipt);
    });
  });

  fuzz("receipts files are what the report counts, or are refused", jsonNear(receiptsFile(PUBLISHED)), async (json) => {
    const read = await accepted(() => {
      const published = parseReceipts(json);
      return { published, tree: checkReceipts(published, REPORT) };
    });
    if (read !== undefined) expect(read.value.published).to.deep.equal(PUBLISHED);
  });

  fuzz(
    "signed reports can be hashed as the chain does, or are refused",
    jsonNear(JSON.parse(encodeReport({ report: REPORT, signature: `0x${"ab".repeat(65)}` }))),
    async (json) => {
      const read = await accepted(() => decodeReport(json));
      if (read === undefined) return;
      expect(usageReportHash(read.value.report)).to.match(/^0x[0-9a-f]{64}$/);
      expect(decodeReport(encodeReport(read.value))).to.deep.equal(read.value);
    },
  );

  fuzz(
    "authorizations have members of their types, or are none",
    jsonNear({
      signature: `0x${"ab".repeat(65)}`,
      authorization: {
        from: address("11"),
        to: address("22"),
        value: "100",
        validAfter: "0",
        validBefore: "99999999999",
        nonce: word("33"),
      },
    }),
    (json) => {
      let payload: unknown;
      try {
        payload = JSON.parse(json);
      } catch {
        return;
      }
      if (typeof payload !== "object" || payload === null) return;
      const read = readAuthorization(payload as Record<string, unknown>);
      if (read === undefined) return;
      const { value, validAfter, validBefore, nonce } = read.authorization;
      for (const number of [value, validAfter, validBefore]) expect(BigInt(number) < 2n ** 256n).to.equal(true);
      expect(nonce).to.match(/^0x[0-9a-f]{64}$/);
    },
  );

  it("authorizations of more than 2^256 - 1 are none", () => {
    const authorization = {
      from: address("11"),
      to: address("22"),
      value: String(2n ** 256n - 1n),
      validAfter: "0",
      validBefore: "99999999999",
      nonce: word("33"),
    };
    const signature = `0x${"ab".repeat(65)}`;
    expect(readAuthorization({ signature, authorization })?.authorization.value).to.equal(authorization.value);
    for (const member of ["value", "validAfter", "validBefore"]) {
      const beyond = { ...authorization, [member]: String(2n ** 256n) };
      expect(readAuthorization({ signature, authorization: beyond }), member).to.equal(undefined);
    }
  });

  const rows =
    '{"contribution": 0, "subject": "a", "body": "b", "label": 1}\n{"contribution": 3, "subject": "", "body": "", "label": 0}\n';
  fuzz("training rows have contributions and labels in range, or are refused", textNear(rows), async (text) => {
    const read = await accepted(() => parseRows(text, "rows.jsonl"));
    for (const { contribution, label } of read?.value ?? []) {
      expect(contribution).to.be.within(0, 2 ** 20 - 1);
      expect(label).to.be.within(0, 2 ** 16 - 1);
    }
  });

  const answer = { id: "x", usage: { prompt_tokens: 10, completion_tokens: 20 }, choices: [{ text: "a" }] };
  fuzz("usage that an answer states is counts of tokens, or none", jsonNear(answer, { response: answer }), (json) => {
    const usage = readUsage(json);
    if (usage === undefined) return;
    for (const count of [usage.input, usage.output]) expect(Number.isSafeInteger(count) && count >= 0).to.equal(true);
  });

  const asked = { model: "m", messages: [{ role: "user", content: "hello" }], max_tokens: 100, n: 2 };
  fuzz("quotes are prices, whatever a request says", jsonNear(asked), (json) => {
    const pricing = { kind: "tokens" as const, inputRate: 3_000n, outputRate: 5_000n, maxOutputTokens: 1_000 };
    const quote = quoteOf(pricing, new TextEncoder().encode(json), 7n);
    expect(quote >= 7n && quote < 2n ** 112n).to.equal(true);
  });

  const reverts = [
    "0x08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000026162000000000000000000000000000000000000000000000000000000000000",
    "0x4e487b710000000000000000000000000000000000000000000000000000000000000011",
    TypedDataEncoder.hashStruct("PaidCalls", PAID_CALLS_TYPES, { root: word("01") }),
  ].map((data) => fromHex(data as Hex, "revert data"));
  fuzz("revert data are an error's name and arguments, or nothing", fc.oneof(bytesNear(...reverts)), (bytes) => {
    const revert = decodeRevert(toHex(bytes));
    if (revert !== undefined) expect(revert.name).to.match(/^\w+$/);
  });
});
