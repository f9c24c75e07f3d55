import { readFileSync } from "node:fs";
import { expect } from "chai";
import { digestTree, proveRow, readRows } from "../../metadata/index.ts";
import type { Hex } from "../../scorer/index.ts";
import { folder } from "./support.ts";

interface FolderVector {
  readonly files: Readonly<Record<string, string>>;
  readonly rows: readonly { readonly file: string; readonly text: string; readonly digest: Hex }[];
  readonly contributor: Hex;
  readonly root: Hex;
  readonly index: number;
  readonly proof: readonly Hex[];
}

describe("the page on metadata", () => {
  const page = readFileSync(new URL("../../docs/metadata.md", import.meta.url), "utf8");
  const vector = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!) as FolderVector;

  it("has a folder's rows, root and proof right", () => {
    const { rows } = readRows(folder(vector.files));
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    expect(rows.map(({ file, bytes, digest }) => ({ file, text: text(bytes), digest }))).to.deep.equal(vector.rows);
    const digests = vector.rows.map(({ digest }) => digest);
    expect(digestTree(vector.contributor, digests).root).to.equal(vector.root);
    expect(proveRow(vector.contributor, digests, vector.index).proof).to.deep.equal(vector.proof);
  });
});
