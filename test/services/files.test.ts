import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ClientError, reportOf } from "../../client/index.ts";
import { buildIndex, encodeIndex, type Hex, indexTree, matrix, queryDigest, sha256 } from "../../scorer/index.ts";
import { openFiles, type PublishedFiles } from "../../services/index.ts";

const LANES = 16;
const ROWS = 5;

async function refusal(act: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ClientError) return error;
  throw new Error(`expected a ClientError, got ${String(error)}`);
}

describe("published files in a folder", () => {
  const values = Float64Array.from({ length: ROWS * LANES }, (_, i) => ((i * 37) % 101) - 40);
  const index = buildIndex(matrix(ROWS, LANES, values), [1, 2, 3, 4, 5]);
  const { root } = indexTree(index);
  let folder: string;
  let files: PublishedFiles;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-files-"));
    files = await openFiles(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const alter = async (path: string): Promise<void> => {
    const bytes = await readFile(join(folder, path));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(folder, path), bytes);
  };

  it("lie under the SHA-256 of their content, and are found by what the chain has of them", async () => {
    const bytes = encodeIndex(index);
    const uri = await files.publishIndex(bytes, root);
    const digest = sha256(bytes).slice(2);
    expect(uri).to.equal(`sha256:${digest}`);
    expect(await readFile(join(folder, "sha256", digest))).to.deep.equal(Buffer.from(bytes));
    const found = await files.index(root, 7);
    expect(found.index.lanes).to.deep.equal(index.lanes);
    expect(found.index.exponentBound).to.equal(7);
    expect(found.tree.root).to.equal(root);
  });

  it("may be published twice, and leave no parts behind", async () => {
    const bytes = encodeIndex(index);
    await Promise.all([files.publishIndex(bytes, root), files.publishIndex(bytes, root)]);
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.endsWith(".part"))).to.deep.equal([]);
  });

  it("are named when they are missing", async () => {
    const error = await refusal(files.index(root, 3));
    expect(error.code).to.equal("mismatch");
    expect(error.message).to.include(root).and.to.include("isn't published at").and.to.include(folder);
    const digest = (await files.publishIndex(encodeIndex(index), root)).slice("sha256:".length);
    await rm(join(folder, "sha256", digest));
    expect((await refusal(files.index(root, 3))).message).to.include(`is missing at ${folder} (sha256/${digest})`);
  });

  it("never give a wrong weight when they were altered", async () => {
    const digest = (await files.publishIndex(encodeIndex(index), root)).slice("sha256:".length);
    await alter(`sha256/${digest}`);
    const error = await refusal(files.index(root, 3));
    expect(error.code).to.equal("mismatch");
    expect(error.message).to.include("was altered");
  });

  it("are checked against the chain's root even if pointer and digest agree", async () => {
    const other = buildIndex(
      matrix(
        ROWS,
        LANES,
        values.map((value) => value + 1),
      ),
      [1, 2, 3, 4, 5],
    );
    await files.publishIndex(encodeIndex(other), root);
    const error = await refusal(files.index(root, 3));
    expect(error.code).to.equal("mismatch");
    expect(error.message).to.include("isn't what the chain names");
  });

  it("are refused when the pointer is nonsense", async () => {
    await files.publishIndex(encodeIndex(index), root);
    await writeFile(join(folder, "index", root), "../../etc/passwd");
    expect((await refusal(files.index(root, 3))).code).to.equal("mismatch");
  });

  it("hold receipts, which are checked against the report", async () => {
    const query = { exponent: -3, lanes: Int16Array.from({ length: LANES }, (_, i) => i * 100 - 500) };
    const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
    const payer: Hex = `0x${"ab".repeat(20)}`;
    const receipt = {
      model: 2n,
      feesAfter: 990n,
      payer,
      amount: 1_000n,
      requestDigest: word("01"),
      responseDigest: word("02"),
      queryDigest: queryDigest(query),
    };
    const report = reportOf(2n, 0, { from: 0n, to: 990n }, [{ receipt, query }]);
    await files.publishReceipts(report.receiptsRoot, [{ receipt, query }]);
    expect(await files.receipts(report)).to.deep.equal([{ receipt, query }]);
    const zeros: Hex = `0x${"00".repeat(2 * LANES)}`;
    const crooked = { ...report, q: zeros };
    expect((await refusal(files.receipts(crooked))).message).to.include("isn't the sum of its receipts' queries");

    const signature = `0x${"cd".repeat(65)}`;
    expect(await files.report(2n, 0)).to.equal(undefined);
    await files.publishReport({ report, signature });
    expect(await files.report(2n, 0)).to.deep.equal({ report, signature });
    await writeFile(join(folder, "report", "2-1"), await readFile(join(folder, "report", "2-0")));
    expect((await refusal(files.report(2n, 1))).message).to.include("is that of another interval");
  });
});

describe("places of published files", () => {
  it("are refused in words when nobody knows them", async () => {
    for (const [name, said] of [
      ["ftp://host/files", "is no place for files"],
      ["s3://", "bucket"],
      ["ipfs+http://[", "isn't a URL"],
    ] as const) {
      const error = await refusal(openFiles(name));
      expect(error.code).to.equal("bad-input");
      expect(error.message, name).to.include(said);
    }
  });
});
