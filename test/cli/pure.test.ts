import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ClientError, type ClientErrorCode } from "../../client/index.ts";
import { type Given, optionFlag, ROLES } from "../../cli/command.ts";
import { parseMoney, readStatementFile, statementFile } from "../../cli/chain.ts";
import { EXIT, failureOf, NothingToDo, UsageError } from "../../cli/exit.ts";
import {
  address,
  amount,
  date,
  decimal,
  id,
  kinds,
  licence,
  parentShare,
  root,
  sourceShare,
  stream,
  submission,
  time,
  whole,
} from "../../cli/readers.ts";
import { countRows, cutLines, parseRows } from "../../cli/rows.ts";
import { nameEdges, requireCovered } from "../../cli/lineageNames.ts";
import { treeLines } from "../../cli/commands/lineage.ts";
import { feeOfPool } from "../../cli/statements.ts";
import { count, fields, money, percent, shortHex, styleFor } from "../../cli/style.ts";
import { COMMANDS } from "../../cli/table.ts";
import { MetadataError, type MetadataErrorCode } from "../../metadata/index.ts";
import {
  buildStatement,
  encodeStatement,
  type Hex,
  MAX_JSON_LINES,
  packStatement,
  ScorerError,
  type Statement,
  ZERO_WORD,
} from "../../scorer/index.ts";
import { poolAfterFee } from "../../services/scorer.ts";

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
        // An invitation is signed, and nobody sends it; the others only ask whose wallet it is.
        const sendsNothing = ["dataset invite", "bond show", "earnings"].includes(name);
        expect("broadcast" in options, name).to.equal("keystore" in options && !sendsNothing);
        for (const option of Object.keys(options)) expect(option, name).not.to.match(/private|secret|password/i);
      }
    });
  });

  describe("options that don't go together", () => {
    const run = (name: string, given: Readonly<Record<string, Given>>): Promise<unknown> => {
      const found = COMMANDS.find((command) => command.name === name);
      const nothing = (): never => {
        throw new Error("nothing is asked for");
      };
      const context = { env: {}, api: undefined, suite: nothing, note: nothing, step: nothing };
      return found?.run(context, given) ?? Promise.reject(new Error(`there is no ${name}`));
    };
    const cases: [string, Readonly<Record<string, Given>>, string][] = [
      ["train", { rows: "x", out: "y", rule: "hat", alpha: "0.5" }, "--alpha is for --rule half-credited"],
      ["train", { rows: "x", out: "y", features: "pixels" }, "pixels need --images FILE"],
      ["train", { rows: "x", out: "y", images: "z" }, "--images is for features of pixels"],
      ["train", { rows: "x", out: "y", features: "words" }, "expected ngrams, minilm, pixels, or a file"],
      ["index build", { rows: "x", out: "y" }, "give ROWS.jsonl and --model DIR, or --factors PATH"],
      ["index build", { model: "x", out: "y" }, "give ROWS.jsonl and --model DIR, or --factors PATH"],
      ["index build", { model: "x", factors: "z", out: "y" }, "--factors brings everything"],
      ["index verify", { file: "x", root: `0x${"00".repeat(32)}`, factors: "z" }, "give one of --root ROOT"],
      ["explain receipt", { receipt: "0", index: "x", receipts: "y", model: "z" }, "give ROWS.jsonl and --model DIR"],
      ["contribute", { dataset: "1", path: "x", sign: "y.json", broadcast: true }, "leave --broadcast out"],
      ["contribute", { dataset: "1", path: "x", deadline: "2099-01-01" }, "--deadline is for --sign"],
      ["lineage", { model: "1", children: true, depth: "2" }, "--depth is for ancestors"],
      ["lineage", { model: "1", limit: "2" }, "--offset and --limit are for --children"],
      ["model register", { artifact: "x" }, "no kind: name a CARD.md, or add --kind"],
      ["model register", { artifact: "x", kind: "merge", parent: ["1:1", "1:2"] }, "--parent names model 1 twice"],
      ["model register", { artifact: "x", kind: "merge", parent: ["1:6000", "2:6000"] }, "12000 basis points together"],
      ["model register", { artifact: "x", kind: "base", parent: ["1:1"] }, "a base model has no parents"],
      ["model register", { artifact: "x", kind: "base", childBps: "1" }, "add --child-kinds"],
      [
        "dataset init",
        { folder: "x", name: "n", description: "d", licence: "MIT", url: "https://a.example", date: "2026-01-31" },
        "--creator NAME",
      ],
    ];
    for (const [name, given, message] of cases) {
      it(`are refused: ${name}, ${message}`, async () => {
        const error = await run(name, given).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).to.be.instanceOf(UsageError);
        expect((error as UsageError).message).to.include(message);
      });
    }
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
      ["not-found", EXIT.error],
      ["file-missing", EXIT.error],
      ["file-altered", EXIT.mismatch],
      ["behind", EXIT.network],
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

    it("is 6 for a Croissant file of another shape, 2 for a row that isn't there, 1 for metadata's other errors", () => {
      const of = (code: MetadataErrorCode): number => failureOf(new MetadataError(code, "")).exitCode;
      expect([of("invalid-croissant"), of("no-such-row"), of("bad-csv"), of("bad-yaml")]).to.deep.equal([6, 2, 1, 1]);
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

    it("reads decimal numbers inside their bounds only", () => {
      expect([
        decimal(0, 1)("0.25"),
        decimal(0, 1)("1"),
        decimal(Number.MIN_VALUE, Number.MAX_VALUE)("3"),
      ]).to.deep.equal([0.25, 1, 3]);
      for (const bad of ["1.01", "-0", "1e-3", ".5", "1.", "", "NaN"])
        expect(() => decimal(0, 1)(bad), bad).to.throw(UsageError);
      expect(() => decimal(Number.MIN_VALUE, Number.MAX_VALUE)("0")).to.throw(UsageError, "above 0");
    });

    it("reads shares of parents and of dataset versions", () => {
      expect(parentShare("7:1000")).to.deep.equal({ model: 7n, shareBps: 1_000 });
      expect(sourceShare("1/2:6000")).to.deep.equal({ dataset: 1n, version: 2, shareBps: 6_000 });
      for (const bad of ["7", "7:", ":1", "0:1", "7:10001", "7:1:2", "7:1.5"]) {
        expect(() => parentShare(bad), bad).to.throw(UsageError);
      }
      for (const bad of ["1:6000", "1/0:1", "1/65535:1", "1/2", "1/2:10001", "0/1:1", "1/2/3:1"]) {
        expect(() => sourceShare(bad), bad).to.throw(UsageError);
      }
    });

    it("reads days, times, kinds, amounts, licences and contributions", () => {
      expect(date("2028-02-29")).to.equal("2028-02-29");
      for (const bad of ["2026-02-29", "2026-13-01", "2026-1-1", "today"]) {
        expect(() => date(bad), bad).to.throw(UsageError);
      }
      expect([time("1769860800"), time("2026-01-31"), time("2026-01-31T13:00:00+01:00")]).to.deep.equal([
        1_769_860_800n,
        1_769_817_600n,
        1_769_860_800n,
      ]);
      for (const bad of ["", "soon", "2026-02-30", "2026-01-31T12:00"])
        expect(() => time(bad), bad).to.throw(UsageError);
      expect([kinds("all").length, kinds("none"), kinds("agent,base")]).to.deep.equal([6, [], ["base", "agent"]]);
      expect(() => kinds("base,foo")).to.throw(UsageError, '"foo" is no kind');
      expect([amount("2"), amount("0.25")]).to.deep.equal(["2", "0.25"]);
      for (const bad of ["", "-1", "1.", ".5", "1e3", "1,5"]) expect(() => amount(bad), bad).to.throw(UsageError);
      expect([licence("MIT"), licence("https://example.org/terms")]).to.have.length(2);
      expect(() => licence("my own")).to.throw(UsageError);
      const contributor = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
      const digest = `0x${"ab".repeat(32)}`;
      expect(submission(`${contributor}/${digest}`)).to.deep.equal({ contributor, root: digest });
      for (const bad of [contributor, `${contributor}/0x12`, `${contributor}/${digest}/1`]) {
        expect(() => submission(bad), bad).to.throw(UsageError);
      }
    });

    it("writes options with dashes", () => {
      expect(optionFlag("feeBps")).to.equal("--fee-bps");
    });
  });

  describe("rows", () => {
    it("cuts a file of any kind at newlines and nowhere else", () => {
      const text = (file: string): string[] =>
        cutLines(bytes(file), "rows.txt").map((row) => new TextDecoder().decode(row));
      expect(text("a\nb\n")).to.deep.equal(["a", "b"]);
      expect(text("a\nb")).to.deep.equal(["a", "b"]);
      expect(text(" a \r\nb\u2028c\n")).to.deep.equal([" a \r", "b\u2028c"]);
      expect(() => text("\n")).to.throw("line 1 of rows.txt is empty");
      expect(() => text("")).to.throw("rows.txt is empty");
    });

    it("names the line and the member of a training row that is wrong", () => {
      const good = { contribution: 0, subject: "a", body: "b", label: 1 };
      const cases: [object, string][] = [
        [{ label: -1 }, '"label" is -1, expected a whole number from 0 to 65535'],
        [{ label: 1.5 }, '"label" is 1.5, expected a whole number'],
        [{ label: true }, '"label" is true, expected a whole number'],
        [{ label: undefined }, '"label" is missing, expected a whole number'],
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

    it("needs no text or label where features and labels come from elsewhere", () => {
      const bare = { contribution: 2, subject: "", body: "" };
      const read = (text: string): unknown => parseRows(text, "rows.jsonl", { text: false, label: false });
      expect(read('{"contribution":2}')).to.deep.equal([{ ...bare, label: undefined }]);
      expect(read('{"contribution":2,"label":9}')).to.deep.equal([{ ...bare, label: 9 }]);
      expect(() => read('{"contribution":2,"subject":1}')).to.throw('"subject" is 1');
      expect(() => read('{"contribution":2,"label":"9"}')).to.throw('"label" is "9"');
    });

    it("counts the rows of each contribution, also of those without any", () => {
      const row = (contribution: number): string => JSON.stringify({ contribution, subject: "", body: "", label: 0 });
      expect(countRows(parseRows([0, 3, 3, 1].map(row).join("\n"), "rows.jsonl"))).to.deep.equal([1, 1, 0, 2]);
    });
  });

  describe("names of lineage", () => {
    const edges = [1, 2].map((model) => ({ name: `tributary:model/${model}`, id: String(model) }));
    const [one, two] = ["tributary:model/1", "tributary:model/2"];

    it("are the card's where they can be matched, else the chain's", () => {
      const cases: [string[], string[]][] = [
        [[], [one, two]],
        [
          ["a/x", "b/y"],
          ["a/x", "b/y"],
        ],
        [
          ["a/x", two],
          ["a/x", two],
        ],
        [[two], [two, one]],
        [
          [two, one, "not/registered"],
          [two, one, "not/registered"],
        ],
      ];
      for (const [names, expected] of cases) expect(nameEdges("parent", names, edges)).to.deep.equal(expected);
    });

    it("are refused where the card names what the chain doesn't have, or can't be matched", () => {
      expect(() => nameEdges("parent", ["tributary:model/9"], edges)).to.throw(ClientError, "tributary:model/9, which");
      expect(() => nameEdges("parent", ["a/x"], edges)).to.throw(ClientError, "tributary:model/1, tributary:model/2");
    });

    it("need a share where they are the chain's, and a note where they aren't", () => {
      expect(requireCovered("parent", [one, "a/x"], edges)).to.equal(undefined);
      expect(requireCovered("parent", [one, "a/x", "b/y"], edges)).to.include("a/x, b/y");
      expect(() => requireCovered("parent", ["tributary:model/9"], edges)).to.throw(ClientError, "--parent ID:BPS");
    });
  });

  describe("lineage", () => {
    it("prints a diamond's shared ancestor on each path, and its parents once", () => {
      const edge = (child: bigint, parent: bigint, shareBps: number) => ({ child, parent, shareBps });
      const parents = new Map([
        [5n, [edge(5n, 3n, 1_000), edge(5n, 4n, 2_000)]],
        [3n, [edge(3n, 2n, 5_000)]],
        [4n, [edge(4n, 2n, 2_500)]],
        [2n, [edge(2n, 1n, 100)]],
      ]);
      expect(treeLines(parents, 5n, String, String)).to.deep.equal([
        "├─ 3  10 %",
        "│  └─ 2  50 %, 5 % of 5's",
        "│     └─ 1  1 %, 0.05 % of 5's",
        "└─ 4  20 %",
        "   └─ 2  25 %, 5 % of 5's  (see above)",
      ]);
    });
  });

  describe("statement files", () => {
    const statementOf = (size: number): Statement =>
      buildStatement({
        stream: 512n,
        interval: 0,
        index: {
          size,
          lanesPerRow: 16,
          unitExponent: 0,
          exponentBound: 0,
          exponents: new Uint8Array(size),
          lanes: new Int16Array(16 * size).fill(1),
        },
        indexRoot: ZERO_WORD,
        reportHash: ZERO_WORD,
        q: new Int16Array(16).fill(1),
        contributors: new Array<Hex>(size).fill("0x70997970c51812dc3a010c7d01b50e0d17dc79c8"),
        rowCounts: new Array<number>(size).fill(1),
        pool: 10n ** 18n,
      });

    it("are JSON of few lines, packed of more than JSON holds, and read either way", async function () {
      this.timeout(30_000);
      const few = statementOf(3);
      const many = statementOf(MAX_JSON_LINES + 1);
      expect(statementFile(few)).to.equal(encodeStatement(few));
      expect(statementFile(many)).to.deep.equal(packStatement(many));
      const folder = await mkdtemp(join(tmpdir(), "tributary-"));
      try {
        const path = join(folder, "statement");
        for (const content of [encodeStatement(few), packStatement(few)]) {
          await writeFile(path, content);
          expect(await readStatementFile(path)).to.deep.equal(few);
        }
        await writeFile(path, new Uint8Array([0xff, 0xfe]));
        const refused = await readStatementFile(path).catch((error: unknown) => error);
        expect(refused).to.be.instanceOf(ClientError).with.property("message").that.includes("isn't UTF-8");
      } finally {
        await rm(folder, { recursive: true });
      }
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
      expect(parseMoney("2.5", { symbol: "DUSD", decimals: 6 })).to.equal(2_500_000n);
      expect(() => parseMoney("0.01", { symbol: "X", decimals: 1 })).to.throw(UsageError, "at most 1 decimals");
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
