import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readFolder } from "../../metadata/folder.ts";
import { initDataset, parseCroissant, readRows } from "../../metadata/index.ts";
import { checkMetadataError, OPTIONS } from "./support.ts";

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a dataset's folder on the disk", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "tributary-metadata-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(directory, path, ".."), { recursive: true });
      await writeFile(join(directory, path), content);
    }
  }

  it("is read with its folders, without what is hidden", async () => {
    await write({ "b/c/é.txt": "e", "a.csv": "x\n1\n", ".git/config": "x", ".DS_Store": "x", "README.md": "# about" });
    const files = await readFolder(directory);
    expect(files.map(({ path }) => path)).to.have.members(["a.csv", "b/c/é.txt"]);
    expect(readRows(files).rows.map(({ file }) => file)).to.deep.equal(["a.csv", "b/c/é.txt"]);
  });

  it("becomes the same dataset again after its description was written into it", async () => {
    await write({ "train.csv": "text,label\nhello,1\nbye,0\n", "images/cat.png": new Uint8Array([137, 80, 78, 71]) });
    const first = initDataset(await readFolder(directory), OPTIONS);
    await write({ "croissant.json": first.croissantText, "rows.json": first.rowsFile });
    const second = initDataset(await readFolder(directory), OPTIONS);
    expect(second.croissantText).to.equal(first.croissantText);
    expect(parseCroissant(first.croissantText)).to.deep.equal(first.croissant);
    const listed = /"sha256": "([0-9a-f]{64})"\n {4}\},?\n {4}\{\n {6}"@type": "cr:FileSet"/.exec(
      first.croissantText,
    )?.[1];
    expect(listed).to.equal(createHash("sha256").update(first.rowsFile).digest("hex"));
  });

  describe("is unreadable", () => {
    it("where there is none", async () =>
      void checkMetadataError(await rejection(readFolder(join(directory, "none"))), "unreadable", /ENOENT/));

    it("where it is a file", async () => {
      await write({ "a.txt": "x" });
      checkMetadataError(await rejection(readFolder(join(directory, "a.txt"))), "unreadable", /ENOTDIR/);
    });

    it("with a link in it", async () => {
      await write({ "sub/a.txt": "x" });
      await symlink(join(directory, "sub/a.txt"), join(directory, "sub/b.txt"));
      checkMetadataError(await rejection(readFolder(directory)), "unreadable", /sub\/b\.txt is no file/);
    });

    it("with a name that isn't UTF-8", async function () {
      try {
        await writeFile(
          Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0x61, 0xff]), Buffer.from(".txt")]),
          "x",
        );
      } catch {
        // Some file systems refuse such names themselves.
        this.skip();
      }
      checkMetadataError(await rejection(readFolder(directory)), "unreadable", /isn't UTF-8/);
    });
  });
});
