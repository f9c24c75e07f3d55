import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  type DatasetRows,
  decodeRowsFile,
  encodeRowsFile,
  inferModality,
  MetadataError,
  readRows,
} from "../../metadata/index.ts";
import { expectMetadataError, folder, Random, utf8 } from "./support.ts";

function texts({ rows }: DatasetRows): string[] {
  return rows.map(({ bytes }) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
}

function sha256(bytes: Uint8Array): string {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}

describe("rows of a folder", () => {
  describe("a CSV file", () => {
    it("has a row for each record, without the header and the line breaks", () => {
      const rows = readRows(folder({ "a.csv": "id,name\n1,one\n2,two\n" }));
      expect(texts(rows)).to.deep.equal(["1,one", "2,two"]);
      expect(rows.rows.map(({ file, place }) => [file, place])).to.deep.equal([
        ["a.csv", 0],
        ["a.csv", 1],
      ]);
    });

    it("keeps the exact bytes of a record: quotes, spaces, line breaks in quotes", () => {
      const csv = 'a,b\r\n"x\r\ny", 1 \r\n"say ""hi""",é\r\n';
      expect(texts(readRows(folder({ "a.csv": csv })))).to.deep.equal(['"x\r\ny", 1 ', '"say ""hi""",é']);
    });

    it("needs no line break at the end, and its byte order mark is in no row", () => {
      const rows = readRows(folder({ "a.csv": "\uFEFFa,b\n1,2" }));
      expect(texts(rows)).to.deep.equal(["1,2"]);
      expect(rows.files[0]!.columns!.map(({ name }) => name)).to.deep.equal(["a", "b"]);
    });

    it("states a column's type only where every field has it", () => {
      const csv =
        "i,f,b,d,zip,mixed,none,big\n" +
        "1,1,true,2026-01-31,01234,1,,99999999999999999999\n-2,2.5e3,FALSE,2026-12-01,99999,x,,1\n,,,,,,,\n";
      const { files } = readRows(folder({ "a.csv": csv }));
      expect(files[0]!.columns!.map(({ dataType }) => dataType)).to.deep.equal([
        "sc:Integer",
        "sc:Float",
        "sc:Boolean",
        "sc:Date",
        "sc:Text",
        "sc:Text",
        "sc:Text",
        "sc:Text",
      ]);
    });

    it("is cut as written, whatever is quoted and however lines end (200 random tables)", () => {
      const random = new Random(11);
      const alphabet = ["a", "1", "é", "😀", " ", ",", '"', "\n", "\r\n", "-", "\u2028"];
      for (let round = 0; round < 200; round++) {
        const columns = random.integer(1, 4);
        const lineBreak = random.next() < 0.5 ? "\n" : "\r\n";
        const records = Array.from({ length: random.integer(1, 6) }, () => {
          const fields = Array.from({ length: columns }, () => {
            const text = Array.from(
              { length: random.integer(0, 6) },
              () => alphabet[random.integer(0, alphabet.length - 1)],
            ).join("");
            const mustQuote = /[",\r\n]/.test(text) || (columns === 1 && text === "");
            return mustQuote || random.next() < 0.2 ? `"${text.replaceAll('"', '""')}"` : text;
          });
          return fields.join(",");
        });
        const header = Array.from({ length: columns }, (_, i) => `c${i}`).join(",");
        const csv = [header, ...records].join(lineBreak) + (random.next() < 0.5 ? lineBreak : "");
        expect(texts(readRows(folder({ "a.csv": csv }))), csv).to.deep.equal(records);
      }
    });
  });

  describe("a JSONL file", () => {
    it("has a row for each line, white space included", () => {
      const rows = readRows(folder({ "a.jsonl": '{"a": 1}\n  {"a":2} \r\n{"a":3}' }));
      expect(texts(rows)).to.deep.equal(['{"a": 1}', '  {"a":2} \r', '{"a":3}']);
    });

    it("takes .ndjson for the same", () =>
      expect(texts(readRows(folder({ "a.ndjson": "1\n2\n" })))).to.deep.equal(["1", "2"]));

    it("has the members of its objects as columns, in the order in which they appear", () => {
      const lines = [
        { b: 1, a: null },
        { a: true, c: [1, 2.5] },
        { d: { e: 1 }, c: [], b: 2, m: 1, n: [1] },
        { m: "x", n: 1 },
      ];
      const { files } = readRows(folder({ "a.jsonl": lines.map((line) => JSON.stringify(line)).join("\n") }));
      expect(files[0]!.columns).to.deep.equal([
        { name: "b", dataType: "sc:Integer", isArray: false },
        { name: "a", dataType: "sc:Boolean", isArray: false },
        { name: "c", dataType: "sc:Float", isArray: true },
        { name: "d", dataType: "sc:Text", isArray: false },
        { name: "m", dataType: "sc:Text", isArray: false },
        { name: "n", dataType: "sc:Text", isArray: false },
      ]);
    });

    it("has one column without a name where a line is no object", () => {
      const { files } = readRows(folder({ "a.jsonl": '{"a":1}\n[2]' }));
      expect(files[0]!.columns).to.deep.equal([{ name: undefined, dataType: "sc:Text", isArray: false }]);
    });
  });

  describe("any other file", () => {
    it("is one row, whose digest is the file's", () => {
      const bytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);
      for (const path of ["a.png", "a.JPG", "a.jpeg", "a.webp", "a.gif", "a.wav", "a.mp3", "a.flac"]) {
        const { rows, files } = readRows(folder({ [path]: bytes }));
        expect(rows.map(({ digest }) => digest)).to.deep.equal([sha256(bytes)]);
        expect(files[0]!.sha256).to.equal(sha256(bytes));
      }
      expect(texts(readRows(folder({ "a.txt": "line\nline\n", "b.md": "# b" })))).to.deep.equal([
        "line\nline\n",
        "# b",
      ]);
    });
  });

  describe("all files", () => {
    it("are taken in the byte order of their paths, however they are given (50 random orders)", () => {
      const paths = [
        "a.txt",
        "B.txt",
        "a/z.txt",
        "a-b.txt",
        "é.txt",
        "\u{1F600}.txt",
        "\uFFFD.txt",
        "a/b/c.txt",
        "zz.txt",
      ];
      const expected = [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      // UTF-16 would put the surrogates of the emoji before U+FFFD.
      expect(expected).not.to.deep.equal([...paths].sort());
      const random = new Random(5);
      for (let round = 0; round < 50; round++) {
        const shuffled = paths.map((path) => ({ path, key: random.next() })).sort((a, b) => a.key - b.key);
        const files = folder(Object.fromEntries(shuffled.map(({ path }) => [path, path])));
        expect(texts(readRows(files))).to.deep.equal(expected);
      }
    });

    it("have the SHA-256 of each row's bytes", () => {
      const { rows } = readRows(folder({ "a.csv": "a\n1\n", "b.jsonl": "{}\n", "c.txt": "c" }));
      expect(rows.map(({ digest }) => digest)).to.deep.equal(["1", "{}", "c"].map((text) => sha256(utf8(text))));
    });

    it("report rows with the same bytes, over files too", () => {
      const { duplicates } = readRows(folder({ "a.csv": "a\n1\n2\n1\n", "b.txt": "1", "c.txt": "3" }));
      expect(duplicates).to.deep.equal([{ digest: sha256(utf8("1")), indices: [0, 2, 3] }]);
    });

    it("leave out hidden files and those that describe the dataset, at the top only", () => {
      const { rows, passedOver } = readRows(
        folder({
          ".DS_Store": "x",
          ".git/a.txt": "x",
          "sub/.hidden.txt": "x",
          "README.md": "x",
          LICENSE: "x",
          "croissant.json": "{}",
          "rows.json": "{}",
          "sub/README.md": "a row",
        }),
      );
      expect(rows.map(({ file }) => file)).to.deep.equal(["sub/README.md"]);
      expect(passedOver).to.have.members([
        ".DS_Store",
        ".git/a.txt",
        "sub/.hidden.txt",
        "README.md",
        "LICENSE",
        "croissant.json",
        "rows.json",
      ]);
    });
  });

  describe("throws", () => {
    const cases: [string, MetadataError["code"], Record<string, string | Uint8Array>, RegExp][] = [
      ["no files", "empty-folder", {}, /no file with rows/],
      ["only files that describe", "empty-folder", { "README.md": "x" }, /no file with rows/],
      [
        "a kind without rows",
        "unsupported-file",
        { "a.txt": "x", "b.parquet": "x", noending: "x" },
        /b\.parquet, noending/,
      ],
      ["an empty path", "bad-path", { "": "x" }, /empty/],
      ["a path out of the folder", "bad-path", { "a/../../b.txt": "x" }, /plain path/],
      ["an absolute path", "bad-path", { "/a.txt": "x" }, /plain path/],
      ["a backslash", "bad-path", { "a\\b.txt": "x" }, /backslash/],
      ["a control character", "bad-path", { "a\nb.txt": "x" }, /control/],
      ["half a surrogate pair", "bad-path", { "a\ud800.txt": "x" }, /Unicode/],
      [
        "text that isn't UTF-8",
        "invalid-utf8",
        { "a.txt": new Uint8Array([0x61, 0xc3, 0xa9, 0xff]) },
        /a\.txt .* byte 3 /,
      ],
      [
        "text that ends inside of a character",
        "invalid-utf8",
        { "a.csv": new Uint8Array([0x61, 0x0a, 0xc3]) },
        /a\.csv/,
      ],
      ["a JSONL file that isn't UTF-8", "invalid-utf8", { "a.jsonl": new Uint8Array([0x22, 0xff, 0x22]) }, /byte 1 /],
      ["a record with too few fields", "ragged-csv", { "a.csv": "a,b\n1,2\n3\n" }, /expect 2, got 1 on line 3/],
      ["a record with too many", "ragged-csv", { "a.csv": "a\n1,2\n" }, /expect 1, got 2/],
      ["an empty line in a table of several columns", "ragged-csv", { "a.csv": "a,b\n1,2\n\n" }, /line 3/],
      ["an empty line in a table of one column", "empty-row", { "a.csv": "a\n\n1\n" }, /record 1 of a\.csv/],
      ["an open quote", "bad-csv", { "a.csv": 'a\n"1\n' }, /Quote Not Closed/],
      ["a quote in the middle", "bad-csv", { "a.csv": 'a\n1"2"\n' }, /quote/i],
      ["a column without a name", "bad-csv", { "a.csv": "a, \n1,2\n" }, /column 2/],
      ["two columns of a name", "bad-csv", { "a.csv": "a,a\n1,2\n" }, /two columns "a"/],
      ["a header alone", "empty-row", { "a.csv": "a,b\n" }, /no rows/],
      ["an empty table", "empty-row", { "a.csv": "" }, /no rows/],
      ["a line that isn't JSON", "bad-jsonl", { "a.jsonl": "{}\n{a}\n" }, /line 2 of a\.jsonl/],
      ["a byte order mark before JSON", "bad-jsonl", { "a.jsonl": "\uFEFF{}" }, /byte order mark/],
      ["an empty line of JSON", "empty-row", { "a.jsonl": "{}\n\n{}\n" }, /line 2/],
      ["an empty JSONL file", "empty-row", { "a.jsonl": "" }, /no rows/],
      ["an empty text", "empty-row", { "a.txt": "" }, /empty/],
      ["an empty image", "empty-row", { "a.png": "" }, /empty/],
    ];
    for (const [what, code, files, says] of cases) {
      it(`${code} for ${what}`, () => void expectMetadataError(code, () => readRows(folder(files)), says));
    }
    it("duplicate-path for two files of a path", () => {
      const twice = [...folder({ "a.txt": "x" }), ...folder({ "a.txt": "y" })];
      expectMetadataError("duplicate-path", () => readRows(twice), /a\.txt/);
    });
  });
});

describe("the modality of a folder", () => {
  it("is that of its media; tables next to them describe them", () => {
    expect(inferModality(["csv", "jsonl"])).to.equal("tabular");
    expect(inferModality(["csv", "image", "image"])).to.equal("image");
    expect(inferModality(["text"])).to.equal("text");
    expect(inferModality(["audio", "jsonl"])).to.equal("audio");
  });
  it("can't be inferred from several media", () =>
    void expectMetadataError("mixed-modality", () => inferModality(["text", "image"]), /image and text/));
});

describe("rows.json", () => {
  const rows = readRows(folder({ "a.csv": "a\n1\n2\n", "b.txt": "b" }));

  it("is read as it was written", () => {
    const read = decodeRowsFile(encodeRowsFile(rows));
    expect(read.rows).to.deep.equal(rows.rows.map(({ digest }) => digest));
    expect(read.files).to.deep.equal(
      rows.files.map(({ path, sha256: digest, rows: n }) => ({ path, sha256: digest, rows: n })),
    );
  });

  describe("throws bad-rows-file for", () => {
    const good = JSON.parse(new TextDecoder().decode(encodeRowsFile(rows))) as Record<string, unknown>;
    const cases: [string, unknown, RegExp][] = [
      ["no object", [], /the file/],
      ["another version", { ...good, formatVersion: 2 }, /formatVersion/],
      ["no files", { ...good, files: {} }, /files/],
      ["no rows", { ...good, rows: "x" }, /rows/],
      ["a file that is no object", { ...good, files: [1] }, /files\[0\]/],
      ["a file without a path", { ...good, files: [{}] }, /files\[0\]\.path/],
      ["a file without rows", { ...good, files: [{ path: "a", rows: 0 }] }, /files\[0\]\.rows/],
      ["a digest in upper case", { ...good, rows: [`0x${"A".repeat(64)}`] }, /rows\[0\]/],
      ["counts that don't add up", { ...good, rows: [] }, /0 rows, but its files have 3/],
    ];
    for (const [what, value, says] of cases) {
      it(
        what,
        () => void expectMetadataError("bad-rows-file", () => decodeRowsFile(utf8(JSON.stringify(value))), says),
      );
    }
    it("what isn't JSON", () =>
      void expectMetadataError("bad-rows-file", () => decodeRowsFile(utf8("{")), /isn't JSON/));
  });
});
