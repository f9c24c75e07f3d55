import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  buildCroissant,
  CONTEXT,
  decodeRowsFile,
  describeCroissant,
  initDataset,
  type Json,
  type JsonObject,
  parseCroissant,
  updateCroissant,
  validateCroissant,
  writeCroissant,
} from "../../metadata/index.ts";
import { expectMetadataError, folder, OPTIONS, Random } from "./support.ts";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
const FOLDER = folder({
  "train/part 1.csv": "id,text\n1,one\n2,two\n",
  "train/part#2.csv": "id,text\n3.5,three\n",
  "labels.jsonl": '{"id":1,"tags":["a"],"a b":null}\n{"id":2,"tags":[]}\n',
  "images/cat.png": PNG,
  "images/dog.JPG": new Uint8Array([0xff, 0xd8]),
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("a dataset made of a folder", () => {
  const dataset = initDataset(FOLDER, OPTIONS);
  const described = describeCroissant(dataset.croissant);

  it("is valid, without a warning", () => expect(validateCroissant(dataset.croissant)).to.deep.equal([]));

  it("has the published context, type and version", () => {
    expect(dataset.croissant["@context"]).to.deep.equal(CONTEXT);
    expect(dataset.croissant["@type"]).to.equal("sc:Dataset");
    expect(dataset.croissant.conformsTo).to.equal("http://mlcommons.org/croissant/1.1");
    expect(dataset.croissant.license).to.equal("https://spdx.org/licenses/CC-BY-4.0");
  });

  it("says what the caller said", () => {
    const { modality, rowCount, rowDigests, files, fileSets, recordSets, ...facts } = described;
    expect(facts).to.deep.equal(OPTIONS);
    expect([modality, rowCount, rowDigests]).to.deep.equal(["image", 7, "rows.json"]);
    expect([files.length, fileSets.length, recordSets.length]).to.deep.equal([6, 2, 3]);
  });

  it("lists every file with its size and SHA-256, over the bytes that the rows were cut from", () => {
    for (const { path, bytes } of FOLDER) {
      const file = described.files.find(({ name }) => name === path)!;
      expect(file.sha256).to.equal(`0x${sha256(bytes)}`);
      expect(file.size).to.equal(bytes.length);
      expect(decodeURIComponent(file.contentUrl)).to.equal(path);
    }
    const image = described.files.find(({ name }) => name === "images/cat.png")!;
    const row = dataset.rows.rows.find(({ file }) => file === "images/cat.png")!;
    expect(row.digest).to.equal(image.sha256);
  });

  it("lists rows.json with its SHA-256, and rows.json lists the rows' digests", () => {
    const file = described.files.find(({ id }) => id === described.rowDigests)!;
    expect(file.sha256).to.equal(`0x${sha256(dataset.rowsFile)}`);
    expect(decodeRowsFile(dataset.rowsFile).rows).to.deep.equal(dataset.digests);
    expect(dataset.digests).to.deep.equal(dataset.rows.rows.map(({ bytes }) => `0x${sha256(bytes)}`));
  });

  it("reads tables of the same columns as one record set, columns typed over all of them", () => {
    const table = described.recordSets.find(({ name }) => name === "train/part 1")!;
    expect(table.rowCount).to.equal(3);
    expect(table.fields.map(({ name, dataTypes, source }) => [name, dataTypes, source?.extract])).to.deep.equal([
      ["id", ["sc:Float"], { column: "id" }],
      ["text", ["sc:Text"], { column: "text" }],
    ]);
    const fileSet = described.fileSets.find(({ id }) => id === table.fields[0]!.source!.id)!;
    expect(fileSet.includes).to.deep.equal(["train/part 1.csv", "train/part#2.csv"]);
    expect(fileSet.manifest).to.deep.equal({ file: "rows.json", jsonPath: "$.files[*].path" });
  });

  it("reads lines of JSON by JSONPath, lists as arrays", () => {
    const table = described.recordSets.find(({ name }) => name === "labels")!;
    expect(
      table.fields.map(({ name, dataTypes, isArray, source }) => ({ name, dataTypes, isArray, source })),
    ).to.deep.equal([
      { name: "id", dataTypes: ["sc:Integer"], isArray: undefined, source: from("$.id") },
      { name: "tags", dataTypes: ["sc:Text"], isArray: true, source: from("$.tags") },
      { name: "a b", dataTypes: ["sc:Text"], isArray: undefined, source: from('$["a b"]') },
    ]);
    function from(jsonPath: string) {
      return { in: "fileObject", id: "labels.jsonl", extract: { jsonPath } };
    }
  });

  it("reads images by file", () => {
    const images = described.recordSets.find(({ name }) => name === "images")!;
    expect(images.fields.map(({ dataTypes, source }) => [dataTypes, source?.extract])).to.deep.equal([
      [["sc:ImageObject"], { fileProperty: "content" }],
      [["sc:Text"], { fileProperty: "fullpath" }],
    ]);
    const fileSet = described.fileSets.find(({ id }) => id === images.fields[0]!.source!.id)!;
    expect(fileSet.includes).to.deep.equal(["**/*.JPG", "**/*.png", "*.JPG", "*.png"]);
    expect(fileSet.encodingFormats).to.deep.equal(["image/jpeg", "image/png"]);
  });

  it("has the SHA-256 of its text for the registry", () =>
    expect(dataset.metadataDigest).to.equal(`0x${sha256(Buffer.from(dataset.croissantText))}`));

  it("gives text, audio and bare values their classes", () => {
    const first = (files: Record<string, string>) => {
      const { croissant, modality } = initDataset(folder(files), OPTIONS);
      expect(validateCroissant(croissant)).to.deep.equal([]);
      return [modality, describeCroissant(croissant).recordSets[0]!.fields[0]!.dataTypes[0]];
    };
    expect(first({ "a.txt": "x" })).to.deep.equal(["text", "sc:Text"]);
    expect(first({ "a.wav": "x" })).to.deep.equal(["audio", "sc:AudioObject"]);
    expect(first({ "a.jsonl": "1\n2" })).to.deep.equal(["tabular", "sc:Text"]);
  });

  it("names files under the address where they will be published", () => {
    const { croissant } = initDataset(FOLDER, { ...OPTIONS, baseUrl: "https://data.example/v1/" });
    const urls = describeCroissant(croissant).files.map(({ contentUrl }) => contentUrl);
    expect(urls).to.include("https://data.example/v1/train/part%232.csv");
    expect(urls).to.include("https://data.example/v1/rows.json");
  });

  it("has ids of its own where names collide", () => {
    const { croissant } = initDataset(
      folder({
        "a.csv": "b.csv,c\n1,2\n",
        "a/b.csv": "x\n1\n",
        "a.jsonl": '{"q":1}\n',
        "images.csv": "i\n1\n",
        "x.png": "x",
      }),
      OPTIONS,
    );
    expect(validateCroissant(croissant)).to.deep.equal([]);
  });

  it("takes the caller's word for the modality", () => {
    const files = folder({ "a.txt": "x", "b.png": "x" });
    expectMetadataError("mixed-modality", () => initDataset(files, OPTIONS));
    expect(initDataset(files, { ...OPTIONS, modality: "image" }).modality).to.equal("image");
  });

  it("is the same bytes whatever the order of the files", () => {
    const again = initDataset(FOLDER.toReversed(), OPTIONS);
    expect(again.croissantText).to.equal(dataset.croissantText);
    expect(again.rowsFile).to.deep.equal(dataset.rowsFile);
  });

  describe("throws for options that the specification doesn't allow:", () => {
    const cases: [string, Partial<typeof OPTIONS>, string][] = [
      ["no description", { description: " " }, "$.description"],
      ["no creator", { creators: [] }, "$.creator"],
      ["a creator without a name", { creators: [{ type: "Person", name: "" }] }, "$.creator[0].name"],
      ["no licence", { licences: [] }, "$.license"],
      ["an url without a scheme", { url: "example.com" }, "$.url"],
      ["a date of another form", { datePublished: "31.1.2026" }, "$.datePublished"],
    ];
    for (const [what, change, path] of cases) {
      it(what, () => {
        const error = expectMetadataError("invalid-croissant", () => initDataset(FOLDER, { ...OPTIONS, ...change }));
        expect(error.issues.map((issue) => issue.path)).to.deep.equal([path]);
      });
    }
    it("a licence that is none", () =>
      void expectMetadataError("bad-licence", () => initDataset(FOLDER, { ...OPTIONS, licences: ["my own"] })));
  });
});

/** A file as another tool writes it: other context, single objects, full names, and properties unknown here. */
const FOREIGN = `{
  "@context": {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "schema": "https://schema.org/",
    "ml": "http://mlcommons.org/croissant/",
    "name": { "@container": "@language" },
    "prov": "http://www.w3.org/ns/prov#"
  },
  "@type": ["schema:Dataset", "prov:Entity"],
  "@id": "https://example.org/movies",
  "dct:conformsTo": ["http://mlcommons.org/croissant/RAI/1.0", "http://mlcommons.org/croissant/1.0"],
  "name": { "en": "Movies", "fr": "Films" },
  "description": "Ratings of movies.",
  "license": { "@type": "CreativeWork", "url": "https://creativecommons.org/licenses/by-sa/4.0/" },
  "creator": { "@type": "schema:Organization", "name": "GroupLens", "url": { "@id": "https://grouplens.org" } },
  "url": "https://example.org/movies",
  "version": 1.5,
  "datePublished": "2019-12",
  "keywords": "movies",
  "inLanguage": ["en", "fr"],
  "prov:wasDerivedFrom": { "@id": "urn:dataset:tmdb", "odd": [1, null, { "deep": true }] },
  "isLiveDataset": true,
  "distribution": {
    "@type": "ml:FileObject",
    "@id": "ratings.csv",
    "contentUrl": "https://example.org/ratings.csv",
    "encodingFormat": ["text/csv"],
    "contentSize": "12 KB",
    "sha256": "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
    "prov:wasAttributedTo": { "@type": "prov:Agent" }
  },
  "http://mlcommons.org/croissant/recordSet": {
    "@type": "http://mlcommons.org/croissant/RecordSet",
    "@id": "ratings",
    "key": [{ "@id": "ratings/movie" }, "user"],
    "dataType": { "@id": "wd:Q11424" },
    "field": [
      {
        "@type": "cr:Field",
        "@id": "ratings/movie",
        "dataType": ["sc:Integer", "wd:Q11424"],
        "source": { "fileObject": { "@id": "ratings.csv" }, "extract": { "column": "movieId" } },
        "annotation": { "@type": "cr:Field", "@id": "ratings/movie/by", "value": "grouplens" }
      },
      {
        "@type": "cr:Field",
        "@id": "ratings/user",
        "source": {
          "fileObject": { "@id": "ratings.csv" },
          "extract": { "column": "userId" },
          "transform": [{ "regex": "(.*)" }, { "separator": "," }]
        },
        "references": { "field": { "@id": "ratings/movie" } },
        "unheardOf": 1
      }
    ]
  }
}`;

describe("a Croissant file of others", () => {
  const document = parseCroissant(FOREIGN);

  it("is valid, however its terms are abbreviated", () =>
    expect(validateCroissant(document).filter(({ severity }) => severity === "error")).to.deep.equal([]));

  it("is described in this project's words", () => {
    const { files, recordSets, ...facts } = describeCroissant(document);
    expect(facts).to.deep.equal({
      name: "Movies",
      description: "Ratings of movies.",
      licences: ["CC-BY-SA-4.0"],
      creators: [{ type: "Organization", name: "GroupLens", url: "https://grouplens.org" }],
      url: "https://example.org/movies",
      version: "1.5",
      datePublished: "2019-12",
      keywords: ["movies"],
      fileSets: [],
    });
    expect(files[0]).to.deep.include({ id: "ratings.csv", sha256: `0x${"abcdef0123456789".repeat(4)}` });
    expect(files[0]).not.to.have.property("size");
    expect(recordSets[0]!.fields.map(({ id }) => id)).to.deep.equal(["ratings/movie", "ratings/user"]);
  });

  it("keeps every property when it is read and written, in its order", () => {
    const written = writeCroissant(document);
    expect(JSON.parse(written)).to.deep.equal(JSON.parse(FOREIGN));
    expect(JSON.stringify(JSON.parse(written))).to.equal(JSON.stringify(JSON.parse(FOREIGN)));
    expect(writeCroissant(parseCroissant(written))).to.equal(written);
  });

  it("keeps all others when some facts are replaced", () => {
    const changed = updateCroissant(document, { version: "2.0.0", licences: ["MIT"] });
    expect(changed).to.deep.equal({ ...document, version: "2.0.0", license: "https://spdx.org/licenses/MIT" });
    expect(Object.keys(changed)).to.deep.equal(Object.keys(document));
    expect(validateCroissant(changed).filter(({ severity }) => severity === "error")).to.deep.equal([]);
  });

  it("is refused with every finding where it isn't JSON or not valid", () => {
    expectMetadataError("bad-json", () => parseCroissant("{"), /isn't JSON/);
    const error = expectMetadataError(
      "invalid-croissant",
      () => parseCroissant("{}"),
      /\$\['@context'\] is missing.*more/,
    );
    expect(error.issues.length).to.be.above(8);
    expectMetadataError("invalid-croissant", () => parseCroissant("[]"), /one JSON object/);
  });
});

describe("round trips of Croissant files", () => {
  it("describe(build(x)) is x, and unknown properties anywhere survive parse and write (100 random datasets)", () => {
    const random = new Random(31);
    for (let round = 0; round < 100; round++) {
      const dataset = initDataset(randomFolder(random), { ...OPTIONS, modality: "text", name: `set ${round}` });
      const description = describeCroissant(dataset.croissant);
      expect(buildCroissant(description)).to.deep.equal(dataset.croissant);
      expect(describeCroissant(buildCroissant(description))).to.deep.equal(description);
      expect(parseCroissant(dataset.croissantText)).to.deep.equal(dataset.croissant);

      const sprinkled = sprinkle(dataset.croissant, random) as JsonObject;
      const text = writeCroissant(sprinkled);
      expect(writeCroissant(parseCroissant(text))).to.equal(text);
      expect(describeCroissant(sprinkled)).to.deep.equal(description);
      const updated = updateCroissant(sprinkled, { name: "another" });
      expect(updated).to.deep.equal({ ...sprinkled, name: "another" });
    }
  });
});

function randomFolder(random: Random) {
  const files: Record<string, string> = {};
  const count = random.integer(1, 6);
  for (let i = 0; i < count; i++) {
    const name = `${["a", "b c", "d#e", "é", "x/y", "[z]*"][random.integer(0, 5)]!}${i}`;
    switch (random.integer(0, 3)) {
      case 0:
        files[`${name}.csv`] = `${random.next() < 0.5 ? "p,q" : "p,r s"}\n${random.integer(0, 9)},${random.next()}\n`;
        break;
      case 1:
        files[`${name}.jsonl`] = JSON.stringify({ k: random.integer(0, 9), 'a"b': [random.next()], n: null });
        break;
      case 2:
        files[`${name}.txt`] = `text ${random.next()}`;
        break;
      default:
        files[`${name}.png`] = `image ${random.next()}`;
    }
  }
  return folder(files);
}

/** Adds properties of other vocabularies to the nodes of a document. */
function sprinkle(value: Json, random: Random): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => sprinkle(item, random));
  if (typeof value !== "object" || value === null) return value;
  const node = value as JsonObject;
  const entries: [string, Json][] = Object.entries(node).map(([name, member]) => [
    name,
    name === "@context" ? { ...(member as JsonObject), prov: "http://www.w3.org/ns/prov#" } : sprinkle(member, random),
  ]);
  if ("@type" in node && random.next() < 0.5) {
    const at = random.integer(0, entries.length);
    const extra: [string, Json] = [
      `prov:p${random.integer(0, 99)}`,
      [random.next(), null, { "@id": "urn:x", nested: [true, "é"] }][random.integer(0, 2)]!,
    ];
    entries.splice(at, 0, extra);
  }
  return Object.fromEntries(entries);
}
