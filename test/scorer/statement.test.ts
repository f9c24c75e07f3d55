import { expect } from "chai";
import {
  amounts,
  buildStatement,
  decodeStatement,
  encodeStatement,
  type InfluenceIndex,
  indexTree,
  isPackedStatement,
  MAX_JSON_LINES,
  packStatement,
  payables,
  type ScorerErrorCode,
  type StatementInput,
  unpackStatement,
  verifySumProof,
} from "../../scorer/index.ts";
import { expectScorerError, naiveSumNode, naiveSumProof, Random } from "./support.ts";

const random = new Random(41);

function inputOf(n: number): StatementInput {
  const index: InfluenceIndex = {
    size: n,
    lanesPerRow: 16,
    unitExponent: -3,
    exponentBound: 6,
    exponents: Uint8Array.from({ length: n }, () => random.integer(0, 5)),
    lanes: random.lanes(16 * n),
  };
  return {
    stream: 2n ** 200n + 1n,
    interval: 4,
    index,
    indexRoot: indexTree(index).root,
    reportHash: random.hex(32),
    // The first line scores its own square: some line always has a weight.
    q: index.lanes.slice(0, 16),
    contributors: Array.from({ length: n }, () => random.hex(20)),
    rowCounts: Array.from({ length: n }, () => random.integer(1, 99)),
    pool: 10n ** 30n,
  };
}

describe("statement", () => {
  for (const n of [1, 2, 3, 5, 8]) {
    it(`of ${n} lines carries weights, amounts and proofs of the definition`, () => {
      const input = inputOf(n);
      const statement = buildStatement(input);
      const weights = payables(input.index, input.rowCounts, input.q);
      const [root, total] = naiveSumNode(weights, 0, 2 ** Math.ceil(Math.log2(n)));
      expect([statement.sumTreeRoot, statement.total]).to.deep.equal([root, total]);
      expect(statement.lines).to.deep.equal(
        weights.map((payable, index) => ({
          index,
          contributor: input.contributors[index],
          rows: input.rowCounts[index],
          exponent: input.index.exponents[index],
          payable,
          amount: amounts(weights, input.pool)[index],
          proof: naiveSumProof(weights, index),
        })),
      );
    });

    it(`of ${n} lines comes back from its file as it was`, () => {
      const statement = buildStatement(inputOf(n));
      expect(decodeStatement(encodeStatement(statement))).to.deep.equal(statement);
    });

    it(`of ${n} lines comes back from its packed file as it was`, () => {
      const statement = buildStatement(inputOf(n));
      const file = packStatement(statement);
      expect(unpackStatement(file)).to.deep.equal(statement);
      expect(isPackedStatement(file)).to.equal(true);
      expect(isPackedStatement(new TextEncoder().encode(encodeStatement(statement)))).to.equal(false);
    });
  }

  it("keeps the proof of a line in copies of it", () => {
    const { lines } = buildStatement(inputOf(3));
    const [line] = lines;
    expect({ ...line }.proof)
      .to.equal(line!.proof)
      .and.have.lengthOf(2 + 2 * 50 * 2);
    expect(Object.keys(line!)).to.include("proof");
  });

  describe("of more lines than JSON holds", function () {
    this.timeout(60_000);
    const n = MAX_JSON_LINES + 1;
    const small = inputOf(1);
    const lanes = random.lanes(16 * n);
    const index = { ...small.index, size: n, exponents: new Uint8Array(n), lanes };
    const contributors = Array.from({ length: n }, () => small.contributors[0]!);
    const input = { ...small, index, contributors, rowCounts: new Array<number>(n).fill(1) };

    it("is refused as JSON: bad-length", () => {
      expectScorerError("bad-length", () => encodeStatement(buildStatement(input)), /packed/);
    });

    it("comes back packed, with lines that lead to its root", () => {
      const statement = unpackStatement(packStatement(buildStatement(input)));
      expect(statement.lines.length).to.equal(n);
      for (const i of [0, 1, n - 2, n - 1]) {
        const { payable, proof, amount } = statement.lines[i]!;
        const { prefix } = verifySumProof(statement.sumTreeRoot, statement.total, n, i, payable, proof);
        const paidUpTo = (weight: bigint): bigint => (statement.pool * weight) / statement.total;
        expect(amount).to.equal(paidUpTo(prefix + payable) - paidUpTo(prefix));
      }
    });
  });

  it("pays nothing when no line has a weight", () => {
    const input = inputOf(3);
    const statement = buildStatement({ ...input, q: new Int16Array(16) });
    expect([statement.total, ...statement.lines.map((line) => line.amount)]).to.deep.equal([0n, 0n, 0n, 0n]);
    expect(decodeStatement(encodeStatement(statement))).to.deep.equal(statement);
  });

  it("throws bad-length when a wallet is missing", () => {
    const input = inputOf(3);
    expectScorerError("bad-length", () => buildStatement({ ...input, contributors: input.contributors.slice(1) }));
  });

  it("is not encoded when it contradicts itself", () => {
    const statement = buildStatement(inputOf(2));
    expectScorerError("inconsistent", () => encodeStatement({ ...statement, pool: statement.pool + 1n }));
  });

  describe("packed file", () => {
    const statement = buildStatement(inputOf(3));
    const file = packStatement(statement);
    const changed = (edit: (bytes: Uint8Array) => void): Uint8Array => {
      const bytes = file.slice();
      edit(bytes);
      return bytes;
    };
    const refused: [code: ScorerErrorCode, what: string, bytes: Uint8Array][] = [
      ["bad-magic", "of another kind", changed((bytes) => bytes.set([0x58], 3))],
      ["bad-version", "of another version", changed((bytes) => bytes.set([2], 4))],
      ["out-of-range", "with a reserved byte set", changed((bytes) => bytes.set([1], 5))],
      ["bad-length", "that ends in its header", file.slice(0, 175)],
      ["bad-length", "that is cut off", file.slice(0, -1)],
      ["bad-length", "with a byte too many", new Uint8Array([...file, 0])],
      ["bad-length", "with a line more in its header", changed((bytes) => bytes.set([4], 11))],
      ["empty-input", "without lines", changed((bytes) => bytes.set([0], 11)).slice(0, 176)],
      ["root-mismatch", "with another weight", changed((bytes) => bytes.set([file.at(-1)! ^ 1], file.length - 1))],
      ["root-mismatch", "with another root", changed((bytes) => bytes.set([file[112]! ^ 1], 112))],
      ["inconsistent", "with another total", changed((bytes) => bytes.set([file[161]! ^ 1], 161))],
      ["out-of-range", "with more rows than are counted exactly", changed((bytes) => bytes.set([0, 32], 196))],
    ];
    for (const [code, what, bytes] of refused) {
      it(`is refused ${what}: ${code}`, () => expectScorerError(code, () => unpackStatement(bytes)));
    }

    it("is not written of a statement that contradicts itself", () => {
      expectScorerError("inconsistent", () => packStatement({ ...statement, pool: statement.pool + 1n }));
      expectScorerError("inconsistent", () => packStatement({ ...statement, total: statement.total + 1n }));
      expectScorerError("root-mismatch", () => packStatement({ ...statement, sumTreeRoot: statement.indexRoot }));
    });
  });

  describe("file", () => {
    const file = encodeStatement(buildStatement(inputOf(3)));
    type Json = Record<string, unknown> & { lines: Record<string, unknown>[] };
    const edited = (edit: (json: Json) => void): string => {
      const json = JSON.parse(file) as Json;
      edit(json);
      return JSON.stringify(json);
    };
    const plusOne = (value: unknown): string => String(BigInt(String(value)) + 1n);

    it("is JSON with the documented members, numbers as decimal strings", () => {
      const json = JSON.parse(file) as Json;
      expect(Object.keys(json).sort()).to.deep.equal([
        "formatVersion",
        "indexRoot",
        "interval",
        "lines",
        "pool",
        "reportHash",
        "stream",
        "sumTreeRoot",
        "total",
      ]);
      expect(json.formatVersion).to.equal(1);
      expect(json.stream).to.equal(String(2n ** 200n + 1n));
      expect(Object.keys(json.lines[0]!).sort()).to.deep.equal([
        "amount",
        "contributor",
        "exponent",
        "index",
        "payable",
        "proof",
        "rows",
      ]);
      expect(Object.values(json.lines[0]!).every((value) => typeof value === "string")).to.equal(true);
    });

    it("may have its hexadecimal in upper case", () => {
      expect(
        decodeStatement(
          edited((json) => {
            json.sumTreeRoot = `0x${String(json.sumTreeRoot).slice(2).toUpperCase()}`;
          }),
        ),
      ).to.deep.equal(decodeStatement(file));
    });

    const refused: [code: ScorerErrorCode, what: string, text: string][] = [
      ["bad-json", "that is not JSON", file.slice(1)],
      ["bad-json", "that is not an object", "[]"],
      [
        "bad-version",
        "of another version",
        edited((json) => {
          json.formatVersion = 2;
        }),
      ],
      [
        "bad-json",
        "without lines",
        edited((json) => {
          delete (json as Record<string, unknown>).lines;
        }),
      ],
      [
        "bad-json",
        "with a line that is no object",
        edited((json) => {
          json.lines[1] = null as unknown as Record<string, unknown>;
        }),
      ],
      [
        "bad-json",
        "with a number instead of a decimal string",
        edited((json) => {
          json.pool = 5;
        }),
      ],
      [
        "bad-json",
        "with a negative number",
        edited((json) => {
          json.total = "-1";
        }),
      ],
      [
        "bad-json",
        "with a leading zero",
        edited((json) => {
          json.total = `0${String(json.total)}`;
        }),
      ],
      [
        "bad-json",
        "with a root that is not hexadecimal",
        edited((json) => {
          json.indexRoot = "0xzz";
        }),
      ],
      [
        "bad-hex",
        "with a root that is too short",
        edited((json) => {
          json.indexRoot = "0x12";
        }),
      ],
      [
        "bad-hex",
        "with a wallet that is too short",
        edited((json) => {
          json.lines[0]!.contributor = "0x12";
        }),
      ],
      [
        "empty-input",
        "with no line at all",
        edited((json) => {
          json.lines = [];
        }),
      ],
      [
        "out-of-range",
        "with an interval beyond uint32",
        edited((json) => {
          json.interval = String(2 ** 32);
        }),
      ],
      [
        "out-of-range",
        "with a stream beyond uint256",
        edited((json) => {
          json.stream = String(2n ** 256n);
        }),
      ],
      [
        "out-of-range",
        "with an exponent beyond uint8",
        edited((json) => {
          json.lines[0]!.exponent = "256";
        }),
      ],
      [
        "out-of-range",
        "with a pool beyond uint112",
        edited((json) => {
          json.pool = String(2n ** 112n);
        }),
      ],
      [
        "out-of-range",
        "with a count of rows beyond 2^53",
        edited((json) => {
          json.lines[0]!.rows = String(2n ** 53n);
        }),
      ],
      [
        "inconsistent",
        "with another total",
        edited((json) => {
          json.total = plusOne(json.total);
        }),
      ],
      [
        "inconsistent",
        "with another amount",
        edited((json) => {
          json.lines[2]!.amount = plusOne(json.lines[2]!.amount);
        }),
      ],
      [
        "inconsistent",
        "with lines renumbered",
        edited((json) => {
          json.lines[2]!.index = "1";
        }),
      ],
      [
        "root-mismatch",
        "with another weight",
        edited((json) => {
          json.lines[1]!.payable = plusOne(json.lines[1]!.payable);
        }),
      ],
      [
        "root-mismatch",
        "with a line missing",
        edited((json) => {
          json.lines.pop();
        }),
      ],
      [
        "root-mismatch",
        "with another line's proof",
        edited((json) => {
          json.lines[1]!.proof = json.lines[0]!.proof;
        }),
      ],
      [
        "root-mismatch",
        "with another root",
        edited((json) => {
          json.sumTreeRoot = json.indexRoot;
        }),
      ],
    ];
    for (const [code, what, text] of refused) {
      it(`is refused ${what}: ${code}`, () => expectScorerError(code, () => decodeStatement(text)));
    }
  });
});
