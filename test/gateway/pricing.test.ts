import { expect } from "chai";
import { priceOf, type Pricing, quoteOf, readUsage, requestText } from "../../services/gateway/pricing.ts";

const CALL: Pricing = { kind: "call", price: 500n };
const TOKENS: Pricing = { kind: "tokens", inputRate: 3_000_000n, outputRate: 15_000_000n, maxOutputTokens: 1_000 };
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("pricing", () => {
  it("sells a call for its price, and nothing below the market's", () => {
    expect(quoteOf(CALL, bytes({}), 1n)).to.equal(500n);
    expect(quoteOf(CALL, bytes({}), 501n)).to.equal(501n);
    expect(priceOf(CALL, { input: 1, output: 1 }, 501n, 501n)).to.equal(501n);
  });

  it("quotes a token for each byte of the request, and what the answer may have", () => {
    const plain = bytes({ messages: [] });
    expect(quoteOf(TOKENS, plain, 0n)).to.equal(3n * BigInt(plain.length) + 15n * 1_000n);
    for (const member of ["max_tokens", "max_completion_tokens", "max_output_tokens"]) {
      const body = bytes({ [member]: 20 });
      expect(quoteOf(TOKENS, body, 0n), member).to.equal(3n * BigInt(body.length) + 15n * 20n);
    }
    const both = bytes({ max_tokens: 20, max_completion_tokens: 10, n: 3 });
    expect(quoteOf(TOKENS, both, 0n)).to.equal(3n * BigInt(both.length) + 15n * 30n);
    const wrong = bytes({ max_tokens: -5, n: "many" });
    expect(quoteOf(TOKENS, wrong, 0n)).to.equal(3n * BigInt(wrong.length) + 15n * 1_000n);
    expect(quoteOf(TOKENS, new TextEncoder().encode("no JSON"), 0n)).to.equal(3n * 7n + 15n * 1_000n);
    expect(quoteOf(TOKENS, plain, 10n ** 9n)).to.equal(10n ** 9n);
  });

  it("charges what was used, rounded up, between the market's price and the quote", () => {
    expect(priceOf(TOKENS, { input: 10, output: 4 }, 1_000n, 1n)).to.equal(90n);
    expect(priceOf(TOKENS, { input: 10, output: 4 }, 80n, 1n)).to.equal(80n);
    expect(priceOf(TOKENS, { input: 0, output: 0 }, 1_000n, 7n)).to.equal(7n);
    expect(priceOf(TOKENS, undefined, 1_000n, 1n)).to.equal(1_000n);
    const fine: Pricing = { ...TOKENS, inputRate: 1n, outputRate: 0n };
    expect(priceOf(fine, { input: 1, output: 0 }, 10n, 0n)).to.equal(1n);
    expect(priceOf(fine, { input: 1_000_000, output: 0 }, 10n, 0n)).to.equal(1n);
    expect(priceOf(fine, { input: 1_000_001, output: 0 }, 10n, 0n)).to.equal(2n);
  });

  it("reads the usage of both interfaces, and none where it isn't one", () => {
    const cases: [unknown, ReturnType<typeof readUsage>][] = [
      [{ usage: { prompt_tokens: 5, completion_tokens: 6 } }, { input: 5, output: 6 }],
      [{ usage: { input_tokens: 5, output_tokens: 6 } }, { input: 5, output: 6 }],
      [{ response: { usage: { input_tokens: 5, output_tokens: 6 } } }, { input: 5, output: 6 }],
      [{ usage: { prompt_tokens: 5 } }, { input: 5, output: 0 }],
      [{ usage: null }, undefined],
      [{ usage: { prompt_tokens: -5, completion_tokens: 6 } }, undefined],
      [{ usage: { prompt_tokens: "5", completion_tokens: 6 } }, undefined],
      [[1], undefined],
    ];
    for (const [answer, usage] of cases) expect(readUsage(JSON.stringify(answer))).to.deep.equal(usage);
    expect(readUsage("[DONE]")).to.equal(undefined);
  });

  it("finds the texts of a request", () => {
    const messages = [
      { role: "system", content: "be brief" },
      {
        role: "user",
        content: [
          { type: "text", text: "what is this?" },
          { type: "image_url", image_url: { url: "x" } },
        ],
      },
    ];
    expect(requestText(bytes({ model: "m", messages }))).to.equal("be brief\nwhat is this?");
    expect(requestText(bytes({ prompt: ["one", "two"] }))).to.equal("one\ntwo");
    expect(requestText(bytes({ instructions: "shout", input: "hello" }))).to.equal("shout\nhello");
    expect(requestText(bytes({ model: "m" }))).to.equal('{"model":"m"}');
    expect(requestText(new TextEncoder().encode("plain"))).to.equal("plain");
  });
});
