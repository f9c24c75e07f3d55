import { expect } from "chai";
import { DEFAULT_TEXT_CONFIG, type Text, type TextConfig, textFeatures } from "../../scorer/index.ts";
import { expectScorerError } from "./support.ts";
import { expectClose } from "./close.ts";

/** FNV-1a in BigInt, finished as in MurmurHash3. */
function naiveHash(bytes: readonly number[]): number {
  let hash = 0x811c9dc5n;
  for (const byte of bytes) hash = BigInt.asUintN(32, (hash ^ BigInt(byte)) * 0x01000193n);
  hash ^= hash >> 16n;
  hash = BigInt.asUintN(32, hash * 0x85ebca6bn);
  hash ^= hash >> 13n;
  hash = BigInt.asUintN(32, hash * 0xc2b2ae35n);
  return Number(hash ^ (hash >> 16n));
}

function naiveTokens(text: string, config: TextConfig): string[] {
  const latin = Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const marks = config.marks.replace(/[\]\\^-]/g, "\\$&");
  const tokens = latin.match(new RegExp(`[a-z0-9]+|[${marks}\\x80-\\xff]`, "g")) ?? [];
  return config.maskDigits ? tokens.map((token) => token.replace(/\d/g, "0")) : [...tokens];
}

function naiveFeatures(text: Text, config: TextConfig): number[] {
  const grams = [text.subject, text.body].flatMap((part) => {
    const tokens = naiveTokens(part, config);
    return config.order === 1 ? tokens : [...tokens, ...tokens.slice(1).map((token, i) => `${tokens[i]} ${token}`)];
  });
  const row = new Array<number>(config.features - 1).fill(0);
  for (const gram of new Set(grams)) {
    const hash = naiveHash([...Buffer.from(gram, "latin1")]);
    const count = grams.filter((other) => other === gram).length;
    row[Math.floor(hash / 2) % row.length]! +=
      (hash % 2 === 1 ? 1 : -1) * (config.termFrequency === "sqrt" ? Math.sqrt(count) : 1);
  }
  const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return [...row.map((value) => (norm === 0 ? 0 : value / norm)), 1];
}

const TEXTS: Text[] = [
  { subject: "Re: FREE money!!!", body: "Get $1,000 now, now, NOW!\nCall 555-0199." },
  { subject: "", body: "Grüße aus Köln — 東京 😀" },
  { subject: "a", body: "a a a b" },
];

describe("text features", () => {
  const configs: [string, TextConfig][] = [
    ["by default", DEFAULT_TEXT_CONFIG],
    [
      "with bigrams, digits and binary frequencies",
      { ...DEFAULT_TEXT_CONFIG, order: 2, maskDigits: false, termFrequency: "binary", features: 97, marks: "!$]-" },
    ],
    ["with bigrams", { ...DEFAULT_TEXT_CONFIG, order: 2, features: 33 }],
  ];
  for (const [what, config] of configs) {
    it(`are those of the definition ${what}`, () => {
      const { rows, columns, data } = textFeatures(TEXTS, config);
      expect([rows, columns]).to.deep.equal([3, config.features]);
      TEXTS.forEach((text, i) => {
        naiveFeatures(text, config).forEach((value, j) => expectClose(data[i * columns + j], value, 1e-15));
      });
    });
  }

  it("have norm 1 beside the constant 1", () => {
    const { columns, data } = textFeatures(TEXTS);
    const row = data.subarray(0, columns);
    expect(row[columns - 1]).to.equal(1);
    expectClose(
      row.reduce((sum, value) => sum + value * value, 0),
      2,
      1e-12,
    );
  });

  it("of a text without words are the constant alone", () => {
    const { columns, data } = textFeatures([{ subject: " ", body: "...\n" }]);
    expect(Array.from(data)).to.deep.equal([...new Array<number>(columns - 1).fill(0), 1]);
  });

  it("depend on words, not on case, digits or white space", () => {
    const [a, b, c] = [
      { subject: "Pay 10", body: "a  B" },
      { subject: "pay 99", body: "A b" },
      { subject: "pay 9", body: "A b" },
    ].map((text) => textFeatures([text]).data);
    expect(a).to.deep.equal(b);
    expect(a).not.to.deep.equal(c);
  });

  describe("throw", () => {
    it("empty-input without texts", () => expectScorerError("empty-input", () => textFeatures([])));
    it("out-of-range for fewer than two features", () =>
      expectScorerError("out-of-range", () => textFeatures(TEXTS, { ...DEFAULT_TEXT_CONFIG, features: 1 })));
    it("bad-version for another featurizer", () => {
      expectScorerError("bad-version", () => textFeatures(TEXTS, { ...DEFAULT_TEXT_CONFIG, version: 2 as 1 }));
      expectScorerError("bad-version", () =>
        textFeatures(TEXTS, { ...DEFAULT_TEXT_CONFIG, kind: "other" as "signed-hashed-ngrams" }),
      );
    });
  });
});
