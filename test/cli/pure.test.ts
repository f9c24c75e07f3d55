import { expect } from "chai";
import { ClientError, type ClientErrorCode } from "../../client/index.ts";
import { optionFlag, ROLES } from "../../cli/command.ts";
import { EXIT, failureOf, NothingToDo, UsageError } from "../../cli/exit.ts";
import { address, id, root, stream, whole } from "../../cli/readers.ts";
import { countRows, cutRows, parseRows } from "../../cli/rows.ts";
import { feeOfPool, poolAfterFee } from "../../cli/statements.ts";
import { count, fields, money, percent, shortHex, styleFor } from "../../cli/style.ts";
import { COMMANDS } from "../../cli/table.ts";
import { ScorerError } from "../../scorer/index.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("command line, without processes", () => {
  describe("command table", () => {
    it("has names that are used once, known roles, summaries and examples of the command itself", () => {
      expect(new Set(COMMANDS.map(({ name }) => name)).size).to.equal(COMMANDS.length);
      for (const { name, role, summary, examples } of COMMANDS) {
        expect(ROLES, name).to.include(role);
        expect(summary, name).to.match(/^[a-z].*[^.]$/);
        expect(examples, name).not.to.be.empty;
        for (const example of examples)
          expect(`${example} `, name).to.satisfy((text: string) => text.startsWith(`${name} `));
      }
    });

    it("offers --broadcast only together with wallets, and no option that takes a key", () => {
      for (const { name, options } of COMMANDS) {
        expect("broadcast" in options, name).to.equal("keystore" in options);
        for (const option of Object.keys(options)) expect(option, name).not.to.match(/private|secret|password/i);
      }
    });
  });

  describe("exit codes", () => {
    const cases: [ClientErrorCode, number][] = [
      ["network", EXIT.network],
      ["wrong-chain", EXIT.error],
      ["no-deployment", EXIT.error],
      ["no-funds", EXIT.error],
      ["reverted", EXIT.reverted],
      ["mismatch", EXIT.mismatch],
      ["bad-input", EXIT.error],
    ];
    for (const [code, exitCode] of cases) {
      it(`is ${exitCode} for the client's "${code}"`, () => {
        expect(failureOf(new ClientError(code, "text"))).to.deep.equal({ exitCode, code, message: "text" });
      });
    }

    it("is 6 for a scorer's mismatch, 1 for its other errors", () => {
      expect(failureOf(new ScorerError("root-mismatch", "")).exitCode).to.equal(6);
      expect(failureOf(new ScorerError("inconsistent", "")).exitCode).to.equal(6);
      expect(failureOf(new ScorerError("bad-length", "")).exitCode).to.equal(1);
    });

    it("is 2 for usage, 3 for nothing to do, 1 with a stack for what nobody expected", () => {
      expect(failureOf(new UsageError("")).exitCode).to.equal(2);
      expect(failureOf(new NothingToDo("")).exitCode).to.equal(3);
      const { exitCode, code, message } = failureOf(new TypeError("oops"));
      expect({ exitCode, code }).to.deep.equal({ exitCode: 1, code: "unexpected" });
      expect(message).to.match(/unexpected: TypeError: oops\n +at /);
    });

    it("adds what to do about a known custom error", () => {
      const revert = { name: "ModelNotFound", args: { model: "9" } };
      expect(failureOf(new ClientError("reverted", "refused", { revert })).message).to.equal(
        "refused: models are numbered from 1",
      );
    });
  });

  describe("arguments", () => {
    it("reads a stream as a number or as MODEL/PLACE", () => {
      expect([stream("512"), stream("2/0"), stream("2/15"), stream("0513")]).to.deep.equal([512n, 512n, 527n, 513n]);
      for (const bad of ["", "255", "0/1", "2/16", "2/", "-1", "1e3", "0x200", String(2n ** 56n)]) {
        expect(() => stream(bad), bad).to.throw(UsageError);
      }
    });

    it("reads whole numbers, ids, roots and addresses inside their bounds only", () => {
      expect(whole(0, 10)("10")).to.equal(10);
      for (const bad of ["11", "-1", "1.5", "", " 1", "1e1"]) expect(() => whole(0, 10)(bad), bad).to.throw(UsageError);
      expect(id(32)("4294967295")).to.equal(2n ** 32n - 1n);
      for (const bad of ["0", "4294967296", "x"]) expect(() => id(32)(bad), bad).to.throw(UsageError);
      expect(root(`0x${"AB".repeat(32)}`)).to.equal(`0x${"ab".repeat(32)}`);
      expect(() => root("0xab")).to.throw(UsageError);
      const checksummed = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
      expect(address(checksummed.toLowerCase())).to.equal(checksummed);
      for (const bad of [checksummed.replace("C8", "c8"), checksummed.slice(2), `${checksummed}0`]) {
        expect(() => address(bad), bad).to.throw(UsageError);
      }
    });

    it("writes options with dashes", () => {
      expect(optionFlag("feeBps")).to.equal("--fee-bps");
    });
  });

  describe("rows", () => {
    it("cuts a file at newlines and nowhere else", () => {
      const text = (file: string, path = "rows.txt"): string[] =>
        cutRows(bytes(file), path).rows.map((row) => new TextDecoder().decode(row));
      expect(text("a\nb\n")).to.deep.equal(["a", "b"]);
      expect(text("a\nb")).to.deep.equal(["a", "b"]);
      expect(text(" a \r\nb\u2028c\n")).to.deep.equal([" a \r", "b\u2028c"]);
      expect(cutRows(bytes("a\r\n"), "rows.txt").endInReturn).to.be.true;
      expect(() => text("\n")).to.throw("line 1 of rows.txt is empty");
      expect(() => text("a\n", "rows.jsonl")).to.throw("line 1 of rows.jsonl isn't JSON");
    });

    it("names the line and the member of a training row that is wrong", () => {
      const good = { contribution: 0, subject: "a", body: "b", label: 1 };
      const cases: [object, string][] = [
        [{ label: 2 }, '"label" is 2, expected 0 or 1'],
        [{ label: true }, '"label" is true, expected 0 or 1'],
        [{ contribution: -1 }, '"contribution" is -1, expected a whole number from 0 to 1048575'],
        [{ contribution: 2 ** 20 }, '"contribution" is 1048576, expected'],
        [{ contribution: "0" }, '"contribution" is "0", expected'],
        [{ subject: undefined }, '"subject" is missing, expected a string'],
        [{ body: null }, '"body" is null, expected a string'],
      ];
      for (const [change, message] of cases) {
        const text = [good, { ...good, ...change }].map((row) => JSON.stringify(row)).join("\n");
        expect(() => parseRows(text, "rows.jsonl"), message).to.throw(ClientError, `line 2 of rows.jsonl: ${message}`);
      }
      expect(() => parseRows("[1]", "rows.jsonl")).to.throw("isn't a JSON object");
      expect(() => parseRows("", "rows.jsonl")).to.throw("has no rows");
    });

    it("counts the rows of each contribution, also of those without any", () => {
      const row = (contribution: number): string => JSON.stringify({ contribution, subject: "", body: "", label: 0 });
      expect(countRows(parseRows([0, 3, 3, 1].map(row).join("\n"), "rows.jsonl"))).to.deep.equal([1, 1, 0, 2]);
    });
  });

  describe("pools", () => {
    it("finds the fee that a pool was made with, or a lower one that costs the same", () => {
      expect(feeOfPool(53_460_000n, poolAfterFee(53_460_000n, 200), 1_000)).to.equal(200);
      expect(feeOfPool(100n, poolAfterFee(100n, 150), 1_000)).to.equal(100);
      expect(feeOfPool(1_000n, 1_001n, 1_000)).to.equal(undefined);
      expect(feeOfPool(1_000n, 0n, 1_000)).to.equal(undefined);
    });
  });

  describe("style", () => {
    it("colours terminals only, and none with NO_COLOR", () => {
      expect(styleFor({ isTTY: true }, {}).red("x")).to.include("\u001b[31m");
      for (const [sink, env] of [
        [{ isTTY: false }, {}],
        [{}, { FORCE_COLOR: "1" }],
        [{ isTTY: true }, { NO_COLOR: "1" }],
        [{ isTTY: true }, { TERM: "dumb" }],
      ] as const) {
        expect(styleFor(sink, env).red("x")).to.equal("x");
      }
    });

    it("writes amounts, shares, counts and long bytes for people", () => {
      expect(money(1_234_567n, { symbol: "DUSD", decimals: 6 })).to.equal("1.234567 DUSD");
      expect(money(10n ** 18n, { symbol: "OPEN", decimals: 18 })).to.equal("1.000000000000000000 OPEN");
      expect(money(7n, { symbol: "X", decimals: 0 })).to.equal("7 X");
      expect(percent(250n)).to.equal("2.5 %");
      expect([count(1, "row"), count(2, "row")]).to.deep.equal(["1 row", "2 rows"]);
      expect(shortHex(`0x${"ab".repeat(100)}`)).to.equal("0xabababababababab… (100 bytes)");
      expect(
        fields(undefined, [
          ["a", 1],
          ["long", "x"],
        ]),
      ).to.equal("a     1\nlong  x");
    });
  });
});
