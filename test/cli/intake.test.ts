import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { encode } from "fast-png";
import type { Sender } from "../../client/index.ts";
import { sha256 } from "../../scorer/index.ts";
import { fundGas, senderNamed } from "../../scripts/demo/cast.ts";
import { cliIn, expectFailure, jsonOf, type Run, type RunCli } from "./support/cli.ts";
import type { Node } from "../support/process.ts";
import { startNode, stopNode } from "./support/node.ts";
import { type Deployed, deployTo } from "./support/world.ts";

interface Pair {
  row: number;
  earlier: { contribution: string; row: number };
}
interface ReviewJson {
  contributions: {
    contributor: string;
    root: string;
    intake: {
      rowsAtHand: boolean;
      copies: Pair[];
      repeats: Pair[];
      near: (Pair & { likeness: { kind: string; jaccard?: number; distance?: number }; earlierShown: string })[];
      compared: number;
    } | null;
  }[];
}

const STORY = "we went down to the harbour before the sun was up and counted every boat that came in from the open sea";
const CSV = `id,text\n1,${STORY}\n2,nothing to see here\n3,third\n`;

describe("command line: intake", () => {
  let folder = "";
  let cli: RunCli;
  let node: Node;
  let deployed: Deployed;
  let owner: Sender;
  let ada: Sender;
  let grace: Sender;
  const file = (name: string): string => join(folder, name);
  const by = (sender: Sender, ...args: string[]): Promise<Run> =>
    cli(args, { TRIBUTARY_PRIVATE_KEY: sender.signer.privateKey });
  const contribute = async (sender: Sender, ...args: string[]): Promise<{ root: string; rows: number }> =>
    jsonOf(await by(sender, "contribute", "1", ...args, "--broadcast", "--json"));
  /** A picture of a slope, with a bright corner. */
  const png = (corner: number): Uint8Array =>
    encode({
      width: 40,
      height: 40,
      channels: 1,
      data: Uint8Array.from({ length: 1600 }, (_, i) => ((i % 40) * Math.floor(i / 40)) / 8 + (i < 200 ? corner : 0)),
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-intake-"));
    node = await startNode();
    cli = cliIn(folder, { TRIBUTARY_RPC_URL: node.url, TRIBUTARY_DEPLOYMENT: file("address-book.json") });
    deployed = await deployTo(node.url, folder);
    const { chain, suite, cast } = deployed;
    owner = cast.curator;
    [ada, grace] = [senderNamed(chain, "Ada"), senderNamed(chain, "Grace")];
    await fundGas(chain, [owner, ada, grace], () => undefined);
    const terms = {
      modality: 0,
      curation: 1,
      training: 0,
      streamBps: 5_000,
      proRataBps: 1_000,
      rowCap: 500,
      deposit: 0,
    };
    const digest = sha256(new Uint8Array(0));
    await owner.send("creating", suite.datasets.createDataset.populateTransaction(terms, "MIT", digest, ""));
    for (const name of ["ada", "grace", "published", "same", "full"]) await mkdir(file(name));
    await Promise.all([
      writeFile(file("ada/mails.csv"), CSV),
      writeFile(file("ada/slope.png"), png(0)),
      writeFile(file("grace/mails.csv"), `id,text\r\n2,nothing to see here\r\n9,"${STORY}, all day"\r\n3,third`),
      writeFile(file("grace/notes.txt"), "a note of her own"),
      writeFile(file("grace/slope.png"), png(40)),
      writeFile(file("same/mails.csv"), CSV),
      writeFile(file("lines.log"), "2,nothing to see here\nfourth\nfourth\n"),
      writeFile(file("full/x"), "x"),
    ]);
  });

  after(async () => {
    await deployed.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true, force: true });
  });

  it("finds nothing in the first contribution, and says when rows aren't at hand", async () => {
    const { root } = await contribute(ada, "ada", "--against", "published");
    const [none, plain] = await Promise.all([
      cli(["review", "1", "--rows", "published", "--json"]),
      cli(["review", "1", "--json"]),
    ]);
    expect(none.stderr).to.include("1 can't be compared");
    expect(jsonOf<ReviewJson>(none).contributions[0]?.intake?.rowsAtHand).to.be.false;
    expect(jsonOf<ReviewJson>(plain).contributions[0]?.intake).to.equal(null);
    await cp(file("ada"), file(`published/${root}`), { recursive: true });
    const [json, text] = await Promise.all([
      cli(["review", "1", "--rows", "published", "--json"]),
      cli(["review", "1", "--rows", "published"]),
    ]);
    const intake = { rowsAtHand: true, copies: [], repeats: [], near: [], compared: 4 };
    expect(jsonOf<ReviewJson>(json).contributions[0]?.intake).to.deep.equal(intake);
    expect(text.stdout)
      .to.match(/exact copies +none/)
      .and.to.match(/nearly copies +none of 4 rows/);
  });

  it("refuses rows that stand in earlier contributions, and says which", async () => {
    const [refused, all, only, missing] = await Promise.all([
      by(grace, "contribute", "1", "grace", "--against", "published"),
      by(grace, "contribute", "1", "same", "--against", "published"),
      by(grace, "contribute", "1", "grace", "--only-new", "new"),
      by(grace, "contribute", "1", "grace", "--against", "lines.log"),
    ]);
    expectFailure(refused, 1, "2 of the 5 rows of grace stand in", `2 rows of ${ada.address}/0x`, "(here rows 0, 2)");
    expectFailure(refused, 1, "contribute the 3 new ones with --only-new");
    expectFailure(all, 3, "all of 3 of the 3 rows");
    expectFailure(only, 2, "--against DIR");
    expectFailure(missing, 1, "lines.log is a file");
  });

  it("writes the new rows to a folder and contributes them", async () => {
    const { root, rows } = await contribute(grace, "grace", "--against", "published", "--only-new", "new");
    expect(rows).to.equal(3);
    expect((await readdir(file("new"))).sort()).to.deep.equal(["mails.csv", "notes.txt", "rows.json", "slope.png"]);
    expect(await readFile(file("new/mails.csv"), "utf8")).to.equal(`id,text\r\n9,"${STORY}, all day"\r\n`);
    await cp(file("new/rows.json"), file(`published/${root}.json`));
    const listed = await by(ada, "contribute", "1", "new", "--against", "published");
    expectFailure(listed, 3, `3 rows of ${grace.address}/`);
    await rm(file(`published/${root}.json`));
    await cp(file("new"), file(`published/${root}`), { recursive: true });
  });

  it("does so for lines, and leaves folders alone in which something lies", async () => {
    const [full, digests] = await Promise.all([
      by(ada, "contribute", "1", "lines.log", "--lines", "--against", "published", "--only-new", "full"),
      by(ada, "contribute", "1", "new/rows.json", "--against", "published", "--only-new", "listed"),
    ]);
    expectFailure(full, 1, "full isn't empty");
    expectFailure(digests, 3, "all of 3 of the 3 rows");
    const { root, rows } = await contribute(ada, "lines.log", "--lines", "--against", "published", "--only-new", "cut");
    expect(rows).to.equal(2);
    expect(await readFile(file("cut/lines.log"), "utf8")).to.equal("fourth\nfourth\n");
    await cp(file("cut/lines.log"), file(`published/${root}.log`));
  });

  it("shows the curator copies, and near-duplicates side by side", async () => {
    const [json, text] = await Promise.all([
      cli(["review", "1", "--rows", "published", "--json"]),
      cli(["review", "1", "--rows", "published"]),
    ]);
    const { contributions } = jsonOf<ReviewJson>(json);
    const [first, second, third] = contributions;
    const name = `${first?.contributor}/${first?.root}`;
    expect(first?.intake?.near).to.deep.equal([]);
    expect(second?.intake).to.deep.include({ rowsAtHand: true, copies: [], repeats: [], compared: 3 });
    const near = second?.intake?.near ?? [];
    expect(near.map(({ row, earlier, likeness }) => [row, earlier, likeness.kind])).to.deep.equal([
      [0, { contribution: name, row: 0 }, "text"],
      [2, { contribution: name, row: 3 }, "image"],
    ]);
    // 22 words and the id are 22 pairs; the copy has another id and two words more.
    expect(near[0]?.likeness.jaccard).to.equal(21 / 25);
    expect(near[0]?.earlierShown).to.equal(`1,${STORY}`);
    expect(near[1]?.earlierShown).to.equal("slope.png");
    expect(third?.intake?.repeats.map(({ row }) => row)).to.deep.equal([1]);
    expect(text.stdout).to.include("84 % alike").and.to.include("repeats itself").and.to.include("all day");
  });

  it("leaves out rows that aren't what the root commits to", async () => {
    const before = jsonOf<ReviewJson>(await cli(["review", "1", "--rows", "published", "--json"]));
    const altered = file(`published/${before.contributions[0]?.root}`);
    await writeFile(join(altered, "mails.csv"), CSV.replace("third", "other"));
    const run = await cli(["review", "1", "--rows", "published", "--json"]);
    expect(run.stderr).to.include("isn't what").and.to.include("1 can't be compared");
    expect(jsonOf<ReviewJson>(run).contributions.map(({ intake }) => intake?.rowsAtHand)).to.deep.equal([
      false,
      true,
      true,
    ]);
  });
});
