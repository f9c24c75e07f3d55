import { expect } from "chai";
import { type CroissantRule, initDataset, isErroneous, type Json, validateCroissant } from "../../metadata/index.ts";
import { folder, OPTIONS } from "./support.ts";

type Node = Record<string, Json>;

/** A valid document to break, with each class in it. */
function valid(): Node {
  const files = folder({ "a.csv": "id,name\n1,x\n", "b.png": "x" });
  return JSON.parse(initDataset(files, OPTIONS).croissantText) as Node;
}

const at = (document: Node, path: string): Node =>
  path.split(".").reduce<Node>((node, step) => node[step] as unknown as Node, document);

/** Distribution: 0 a.csv, 1 b.png, 2 rows.json, 3 image-files. Record sets: 0 a, 1 images. */
const RULES: [string, CroissantRule, string, (document: Node) => void][] = [
  ...[
    "@context",
    "name",
    "description",
    "license",
    "url",
    "creator",
    "datePublished",
    "conformsTo",
    "distribution",
  ].map((name): [string, CroissantRule, string, (document: Node) => void] => [
    `no ${name}`,
    "missing",
    name.startsWith("@") ? `$['${name}']` : `$.${name}`,
    (document) => void Reflect.deleteProperty(document, name),
  ]),
  ["a context that is a number", "wrong-type", "$['@context']", (d) => (d["@context"] = 1)],
  ["a dataset of another type", "wrong-type", "$['@type']", (d) => (d["@type"] = "sc:Book")],
  ["another version", "wrong-value", "$.conformsTo", (d) => (d.conformsTo = "http://mlcommons.org/croissant/0.8")],
  ["a name that is a number", "wrong-type", "$.name", (d) => (d.name = 5)],
  ["an empty name", "wrong-value", "$.name", (d) => (d.name = "")],
  ["a licence that is a number", "wrong-type", "$.license", (d) => (d.license = 1)],
  ["a licence that is no address", "wrong-value", "$.license[1]", (d) => (d.license = ["https://x.example", "mit"])],
  ["a licence without an address", "missing", "$.license", (d) => (d.license = { "@type": "CreativeWork" })],
  ["two urls", "wrong-type", "$.url", (d) => (d.url = ["https://a.example", "https://b.example"])],
  ["a relative url", "wrong-value", "$.url", (d) => (d.url = "/data")],
  ["a creator that is text", "wrong-type", "$.creator[0]", (d) => (d.creator = ["Ada"])],
  [
    "a creator of another type",
    "wrong-type",
    "$.creator['@type']",
    (d) => (d.creator = { "@type": "Thing", name: "x" }),
  ],
  ["a creator without a name", "missing", "$.creator.name", (d) => (d.creator = { "@type": "Person" })],
  ["a date that is a number", "wrong-type", "$.datePublished", (d) => (d.datePublished = 2026)],
  ["a date of another form", "wrong-value", "$.datePublished", (d) => (d.datePublished = "March")],
  ["a version that is an object", "wrong-type", "$.version", (d) => (d.version = {})],
  [
    "an empty distribution",
    "missing",
    "$.distribution",
    (d) => {
      d.distribution = [];
      Reflect.deleteProperty(d, "recordSet");
    },
  ],
  ["a distribution of texts", "wrong-type", "$.distribution[4]", (d) => (d.distribution as Json[]).push("a.csv")],
  [
    "a file of another type",
    "wrong-type",
    "$.distribution[2]['@type']",
    (d) => {
      (d.distribution as Json[])[2] = { "@type": "DataDownload", "@id": "rows2.json" };
      d.recordSet = [];
      (d.distribution as Json[]).pop();
    },
  ],
  [
    "a file without an id",
    "missing",
    "$.distribution[4]['@id']",
    (d) => {
      const file = { ...at(d, "distribution.0") };
      Reflect.deleteProperty(file, "@id");
      (d.distribution as Json[]).push(file);
    },
  ],
  [
    "an id that is a number",
    "wrong-type",
    "$.distribution[4]['@id']",
    (d) => (d.distribution as Json[]).push({ ...at(d, "distribution.0"), "@id": 7 }),
  ],
  [
    "a file without an address",
    "missing",
    "$.distribution[0].contentUrl",
    (d) => Reflect.deleteProperty(at(d, "distribution.0"), "contentUrl"),
  ],
  [
    "a file without a format",
    "missing",
    "$.distribution[0].encodingFormat",
    (d) => Reflect.deleteProperty(at(d, "distribution.0"), "encodingFormat"),
  ],
  [
    "a format that is a number",
    "wrong-type",
    "$.distribution[0].encodingFormat",
    (d) => (at(d, "distribution.0").encodingFormat = 1),
  ],
  [
    "a short checksum",
    "bad-checksum",
    "$.distribution[0].sha256",
    (d) => (at(d, "distribution.0").sha256 = "0b033707ea49365a5ffdd14615825511"),
  ],
  [
    "a checksum with 0x",
    "bad-checksum",
    "$.distribution[0].sha256",
    (d) => (at(d, "distribution.0").sha256 = `0x${"ab".repeat(31)}`),
  ],
  [
    "a checksum that is an address",
    "bad-checksum",
    "$.distribution[0].sha256",
    (d) => (at(d, "distribution.0").sha256 = "https://github.com/mlcommons/croissant/issues/80"),
  ],
  [
    "a size in words",
    "wrong-value",
    "$.distribution[0].contentSize",
    (d) => (at(d, "distribution.0").contentSize = "big"),
  ],
  [
    "patterns that are numbers",
    "wrong-type",
    "$.distribution[3].includes[0]",
    (d) => (at(d, "distribution.3").includes = [1]),
  ],
  [
    "two files of an id",
    "duplicate-id",
    "$.distribution[4]['@id']",
    (d) => (d.distribution as Json[]).push({ ...at(d, "distribution.0") }),
  ],
  [
    "a field with a file's id",
    "duplicate-id",
    "$.recordSet[0].field[0]['@id']",
    (d) => (at(d, "recordSet.0.field.0")["@id"] = "a.csv"),
  ],
  [
    "a container that isn't there",
    "unresolved",
    "$.distribution[0].containedIn",
    (d) => (at(d, "distribution.0").containedIn = { "@id": "x.zip" }),
  ],
  [
    "a container that is text",
    "wrong-type",
    "$.distribution[0].containedIn",
    (d) => (at(d, "distribution.0").containedIn = "x.zip"),
  ],
  [
    "a container that is a record set",
    "unresolved",
    "$.distribution[0].containedIn",
    (d) => (at(d, "distribution.0").containedIn = { "@id": "images" }),
  ],
  [
    "a manifest that isn't there",
    "unresolved",
    "$.distribution[3].containedIn.fileObject",
    (d) => (at(d, "distribution.3.containedIn").fileObject = { "@id": "x" }),
  ],
  [
    "files that contain each other",
    "cycle",
    "$.distribution[0].containedIn",
    (d) => {
      at(d, "distribution.0").containedIn = { "@id": "b.png" };
      at(d, "distribution.1").containedIn = { "@id": "a.csv" };
    },
  ],
  [
    "a record set of another type",
    "wrong-type",
    "$.recordSet[0]['@type']",
    (d) => (at(d, "recordSet.0")["@type"] = "sc:Table"),
  ],
  [
    "a record set without an id",
    "missing",
    "$.recordSet[0]['@id']",
    (d) => Reflect.deleteProperty(at(d, "recordSet.0"), "@id"),
  ],
  ["a record set without fields", "missing", "$.recordSet[0].field", (d) => (at(d, "recordSet.0").field = [])],
  [
    "a field that is text",
    "wrong-type",
    "$.recordSet[0].field[2]",
    (d) => (at(d, "recordSet.0").field as unknown as Json[]).push("id"),
  ],
  [
    "a field of another type",
    "wrong-type",
    "$.recordSet[0].field[0]['@type']",
    (d) => (at(d, "recordSet.0.field.0")["@type"] = "Column"),
  ],
  [
    "a field without an id",
    "missing",
    "$.recordSet[0].field[0]['@id']",
    (d) => Reflect.deleteProperty(at(d, "recordSet.0.field.0"), "@id"),
  ],
  [
    "a data type that is a number",
    "wrong-type",
    "$.recordSet[0].field[0].dataType[1]",
    (d) => (at(d, "recordSet.0.field.0").dataType = ["sc:Text", 4]),
  ],
  ["data that is text", "wrong-type", "$.recordSet[0].data[0]", (d) => (at(d, "recordSet.0").data = ["x"])],
  [
    "a key that isn't there",
    "unresolved",
    "$.recordSet[0].key",
    (d) => (at(d, "recordSet.0").key = { "@id": "a/none" }),
  ],
  ["a key in words that isn't there", "unresolved", "$.recordSet[0].key", (d) => (at(d, "recordSet.0").key = "none")],
  [
    "a key that is a file",
    "unresolved",
    "$.recordSet[0].key[0]",
    (d) => (at(d, "recordSet.0").key = [{ "@id": "a.csv" }]),
  ],
  [
    "a source that is text",
    "wrong-type",
    "$.recordSet[0].field[0].source",
    (d) => (at(d, "recordSet.0.field.0").source = "a.csv"),
  ],
  [
    "a source that isn't there",
    "unresolved",
    "$.recordSet[0].field[0].source.fileObject",
    (d) => (at(d, "recordSet.0.field.0.source").fileObject = { "@id": "none.csv" }),
  ],
  [
    "a file set where a file should be",
    "unresolved",
    "$.recordSet[0].field[0].source.fileObject",
    (d) => (at(d, "recordSet.0.field.0.source").fileObject = { "@id": "image-files" }),
  ],
  [
    "a source by text",
    "wrong-type",
    "$.recordSet[0].field[0].source.fileObject",
    (d) => (at(d, "recordSet.0.field.0.source").fileObject = "a.csv"),
  ],
  [
    "a source of nothing",
    "missing",
    "$.recordSet[0].field[0].source",
    (d) => Reflect.deleteProperty(at(d, "recordSet.0.field.0.source"), "fileObject"),
  ],
  [
    "a source of two",
    "wrong-value",
    "$.recordSet[0].field[0].source",
    (d) => (at(d, "recordSet.0.field.0.source").fileSet = { "@id": "image-files" }),
  ],
  [
    "a shorthand source that isn't there",
    "unresolved",
    "$.recordSet[0].field[0].source",
    (d) => (at(d, "recordSet.0.field.0").source = { "@id": "none/id" }),
  ],
  [
    "an extract that is text",
    "wrong-type",
    "$.recordSet[0].field[0].source.extract",
    (d) => (at(d, "recordSet.0.field.0.source").extract = "id"),
  ],
  [
    "a column that is a number",
    "wrong-type",
    "$.recordSet[0].field[0].source.extract.column",
    (d) => (at(d, "recordSet.0.field.0.source").extract = { column: 1 }),
  ],
  [
    "an unknown file property",
    "wrong-value",
    "$.recordSet[1].field[0].source.extract.fileProperty",
    (d) => (at(d, "recordSet.1.field.0.source").extract = { fileProperty: "pixels" }),
  ],
  [
    "a JSONPath that is none",
    "wrong-value",
    "$.recordSet[0].field[0].source.extract.jsonPath",
    (d) => (at(d, "recordSet.0.field.0.source").extract = { jsonPath: "" }),
  ],
  [
    "two ways to extract",
    "wrong-value",
    "$.recordSet[0].field[0].source.extract",
    (d) => (at(d, "recordSet.0.field.0.source").extract = { column: "id", jsonPath: "$.id" }),
  ],
  [
    "a transform that is text",
    "wrong-type",
    "$.recordSet[0].field[0].source.transform",
    (d) => (at(d, "recordSet.0.field.0.source").transform = "lower"),
  ],
  [
    "a reference to no field",
    "unresolved",
    "$.recordSet[0].field[0].references",
    (d) => (at(d, "recordSet.0.field.0").references = { "@id": "movies/id" }),
  ],
  [
    "a nested reference to no field",
    "unresolved",
    "$.recordSet[0].field[0].references.field",
    (d) => (at(d, "recordSet.0.field.0").references = { field: { "@id": "movies/id" } }),
  ],
  [
    "an unresolved sub-field's source",
    "unresolved",
    "$.recordSet[0].field[0].subField.source",
    (d) =>
      (at(d, "recordSet.0.field.0").subField = { "@type": "cr:Field", "@id": "a/id/x", source: { "@id": "none" } }),
  ],
  [
    "isArray in words",
    "wrong-type",
    "$.recordSet[0].field[0].isArray",
    (d) => (at(d, "recordSet.0.field.0").isArray = "yes"),
  ],
  [
    "a shape without isArray",
    "missing",
    "$.recordSet[0].field[0].isArray",
    (d) => (at(d, "recordSet.0.field.0").arrayShape = "3,-1"),
  ],
  [
    "a shape in words",
    "wrong-value",
    "$.recordSet[0].field[0].arrayShape",
    (d) => Object.assign(at(d, "recordSet.0.field.0"), { isArray: true, arrayShape: "three" }),
  ],
  ["a row count that isn't whole", "wrong-type", "$['tributary:rowCount']", (d) => (d["tributary:rowCount"] = 1.5)],
  ["row counts that don't add up", "wrong-count", "$['tributary:rowCount']", (d) => (d["tributary:rowCount"] = 3)],
];

describe("the validator of Croissant files", () => {
  it("finds nothing in a valid document", () => expect(validateCroissant(valid())).to.deep.equal([]));

  describe("finds", () => {
    for (const [what, rule, path, spoil] of RULES) {
      it(`${rule}: ${what}`, () => {
        const document = valid();
        spoil(document);
        const errors = validateCroissant(document).filter(isErroneous);
        const found = errors.find((issue) => issue.path === path && issue.rule === rule);
        expect(found, JSON.stringify(errors, undefined, 1)).not.to.equal(undefined);
        expect(found!.message).to.match(/: /);
      });
    }
    it("wrong-type: what is no object", () =>
      expect(validateCroissant("x").map(({ path, rule }) => [path, rule])).to.deep.equal([["$", "wrong-type"]]));
  });

  describe("warns of", () => {
    const cases: [string, string, (document: Node) => void][] = [
      ["no version", "$.version", (d) => Reflect.deleteProperty(d, "version")],
      ["a version of two numbers", "$.version", (d) => (d.version = "1.0")],
      [
        "a file without a checksum",
        "$.distribution[0].sha256",
        (d) => Reflect.deleteProperty(at(d, "distribution.0"), "sha256"),
      ],
      [
        "a field without a source",
        "$.recordSet[0].field[0].source",
        (d) => Reflect.deleteProperty(at(d, "recordSet.0.field.0"), "source"),
      ],
    ];
    for (const [what, path, spoil] of cases) {
      it(what, () => {
        const document = valid();
        spoil(document);
        expect(validateCroissant(document).map((issue) => [issue.path, issue.severity])).to.deep.equal([
          [path, "warning"],
        ]);
      });
    }
    it("nothing where a live dataset has no checksums", () => {
      const document = { ...valid(), isLiveDataset: true };
      Reflect.deleteProperty(at(document, "distribution.0"), "sha256");
      expect(validateCroissant(document)).to.deep.equal([]);
    });
  });

  it("allows a file in an archive, a record set with its data, a shaped array and a joined field", () => {
    const document = valid();
    Object.assign(at(document, "distribution.0"), { containedIn: { "@id": "image-files" }, contentSize: "12 KB" });
    (document.recordSet as Json[]).push({
      "@type": "cr:RecordSet",
      "@id": "splits",
      "tributary:rowCount": 0,
      key: "name",
      field: {
        "@type": "cr:Field",
        "@id": "splits/name",
        dataType: "sc:Text",
        isArray: true,
        arrayShape: "(-1,)",
        references: { "@id": "a/name" },
      },
      data: [{ "splits/name": "train" }],
    });
    at(document, "recordSet.0.field.0").source = { "@id": "splits/name" };
    expect(validateCroissant(document)).to.deep.equal([]);
  });

  it("isn't led in circles by a context that is one", () => {
    const document = { ...valid(), "@context": { name: "title", title: "name" } };
    expect(() => validateCroissant(document)).not.to.throw();
  });
});
