import { expect } from "chai";
import { sha256, toUtf8Bytes } from "ethers";
import { canonicalJson, jsonDigest } from "../../scorer/index.ts";
import { expectScorerError } from "./support.ts";

describe("canonical JSON", () => {
  it("writes the example of RFC 8785 §3.2.2", () => {
    const value: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(value)).to.equal(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts names by UTF-16 code units, as RFC 8785 §3.2.3", () => {
    const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"];
    const value = Object.fromEntries(sorted.toReversed().map((name) => [name, 0]));
    expect(canonicalJson(value)).to.equal(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(",")}}`);
  });

  it("does not depend on the order of members and leaves no white space", () => {
    expect(canonicalJson({ b: { d: 1, c: [] }, a: {} }))
      .to.equal(canonicalJson({ a: {}, b: { c: [], d: 1 } }))
      .and.to.equal('{"a":{},"b":{"c":[],"d":1}}');
  });

  it("writes −0 as 0", () => expect(canonicalJson([-0])).to.equal("[0]"));

  it("is committed by the SHA-256 of its UTF-8", () => {
    expect(jsonDigest({ b: "ü", a: 1 })).to.equal(sha256(toUtf8Bytes('{"a":1,"b":"ü"}')));
  });

  describe("throws bad-json, saying where, for", () => {
    const cases: [string, unknown, RegExp][] = [
      ["NaN", { a: [1, NaN] }, /\$\.a\[1\]/],
      ["infinity", Infinity, /\$/],
      ["undefined", { a: undefined }, /\$\.a/],
      ["a bigint", { a: 1n }, /\$\.a/],
      ["half a surrogate pair", ["\ud800"], /\$\[0\]/],
      ["half a surrogate pair in a name", { "\udc00": 1 }, /name/],
      ["what is no plain object", { a: new Date(0) }, /\$\.a/],
    ];
    for (const [what, value, says] of cases)
      it(what, () => expectScorerError("bad-json", () => canonicalJson(value), says));
  });
});
