import { expect } from "chai";
import fc from "fast-check";
import {
  decodeRowsFile,
  digestTree,
  encodeRowsFile,
  exportModelCard,
  importModelCard,
  initDataset,
  licenceOfUrl,
  licenceUrl,
  parseCroissant,
  proveRow,
  readRows,
  type RowProof,
  validateCroissant,
  verifyRow,
  writeCroissant,
} from "../../metadata/index.ts";
import { type Hex } from "../../scorer/index.ts";
import * as cards from "../metadata/cards.ts";
import { folder, OPTIONS, utf8 } from "../metadata/support.ts";
import { accepted, bytesNear, fuzz, jsonNear, textNear } from "./fuzzing.ts";

const CARDS = Object.values(cards).filter((card): card is string => typeof card === "string");
const WALLET: Hex = `0x${"1f".repeat(20)}`;

const DATASET = initDataset(
  folder({
    "weather.csv": 'harbour,degrees\nNorth,"3.5"\n"South, old",4\n',
    "notes.jsonl": '{"a": 1}\n{"a": [2], "b": "x"}\n',
    "readme.txt": "rows of words",
  }),
  OPTIONS,
);

describe("fuzzing metadata", () => {
  describe("Croissant files", () => {
    const document = DATASET.croissant;

    fuzz("are valid and written as they were read, or refused with what is wrong", jsonNear(document), async (text) => {
      const read = await accepted(() => parseCroissant(text));
      if (read === undefined) return;
      expect(parseCroissant(writeCroissant(read.value))).to.deep.equal(read.value);
    });

    fuzz(
      "are looked through whatever JSON they are",
      fc.oneof(fc.jsonValue(), jsonNear(document).map(parsed)),
      (value) => {
        for (const { path, message } of validateCroissant(value)) expect(`${path}${message}`).to.match(/./);
      },
    );
  });

  describe("model cards", () => {
    fuzz("are read or refused, and written as they were where nothing changes", textNear(...CARDS), async (text) => {
      const card = (await accepted(() => importModelCard(text)))?.value;
      if (card === undefined) return;
      const same = await accepted(() => exportModelCard(card, { card }));
      if (same !== undefined) expect(same.value).to.equal(text);
    });

    fuzz("in bytes are text, or refused", bytesNear(...CARDS.map(utf8)), (bytes) =>
      accepted(() => importModelCard(bytes)),
    );
  });

  describe("rows", () => {
    const tables = ['a,b\n1,"x ""y""\nz"\n2,\n', "a;b\r\n1;2\r\n", '\ufeffa,b\n"1","2"'];
    fuzz("of a CSV file are its records, or refused", textNear(...tables), (text) => expectRows("data.csv", text));

    const lines = ['{"a": 1}\n{"a": 2, "b": []}\n', '"x"\n3\nnull\n'];
    fuzz("of a JSONL file are its lines, or refused", textNear(...lines), (text) => expectRows("data.jsonl", text));

    fuzz("of bytes are refused or read", bytesNear(utf8(tables[0] ?? "")), async (bytes) => {
      for (const path of ["data.csv", "data.jsonl", "data.txt"]) {
        await accepted(() => readRows([{ path, bytes }]));
      }
    });

    async function expectRows(path: string, text: string): Promise<void> {
      const bytes = utf8(text);
      const read = await accepted(() => readRows([{ path, bytes }]));
      if (read === undefined) return;
      let from = 0;
      for (const row of read.value.rows) {
        const at = Buffer.from(bytes).indexOf(row.bytes, from);
        expect(at, "a row is a piece of its file, in order").to.be.at.least(from);
        from = at + row.bytes.length;
      }
    }
  });

  describe("rows.json", () => {
    const file = JSON.parse(new TextDecoder().decode(DATASET.rowsFile)) as unknown;
    fuzz("is read as it was written, or refused", jsonNear(file), async (text) => {
      const read = await accepted(() => decodeRowsFile(utf8(text)));
      if (read === undefined) return;
      const rows = read.value.rows.map((digest) => ({ digest, file: "", place: 0, bytes: new Uint8Array() }));
      const files = read.value.files.map((file) => ({
        ...file,
        kind: "text" as const,
        encodingFormat: "",
        size: 0,
        columns: undefined,
      }));
      const again = encodeRowsFile({ files, rows });
      expect(decodeRowsFile(again)).to.deep.equal(read.value);
    });
  });

  describe("proofs of rows", () => {
    const digests = Array.from({ length: 5 }, (_, i): Hex => `0x${String(i + 1).repeat(64)}`);
    const tree = digestTree(WALLET, digests);
    const proofs = digests.map((_, index) => proveRow(WALLET, digests, index));

    fuzz("prove the row that they are of, and nothing near it", jsonNear(...proofs), async (text) => {
      const proof = parsed(text);
      if (!isProof(proof)) return;
      const proven = await accepted(() => verifyRow(tree.root, 5, proof));
      if (proven?.value !== true) return;
      const right = proofs.find(({ index }) => index === proof.index);
      for (const name of ["contributor", "digest", "proof"] as const) expect(proof[name]).to.deep.equal(right?.[name]);
    });
  });

  fuzz(
    "licences become addresses and come back, or are refused",
    textNear("CC-BY-4.0", "https://a.example/licence"),
    async (text) => {
      const url = await accepted(() => licenceUrl(text));
      const back = url && licenceOfUrl(url.value);
      if (back !== undefined) expect(licenceUrl(back)).to.equal(url?.value);
    },
  );
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Whether a value has the types of a proof; what they say is up to its check. */
function isProof(value: unknown): value is RowProof {
  if (typeof value !== "object" || value === null) return false;
  const { contributor, digest, index, proof } = value as Partial<Record<keyof RowProof, unknown>>;
  const texts = [contributor, digest, ...(Array.isArray(proof) ? (proof as unknown[]) : [undefined])];
  return typeof index === "number" && texts.every((text) => typeof text === "string");
}
