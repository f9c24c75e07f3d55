import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Sender } from "../../client/index.ts";
import { decodeRowsFile, digestTree, exportModelCard, importModelCard } from "../../metadata/index.ts";
import { contributionTree, type Hex, sha256 } from "../../scorer/index.ts";
import { fundDollars, fundGas, senderNamed } from "../../scripts/demo/cast.ts";
import { moveTime } from "../../scripts/network.ts";
import { cliIn, expectFailure, jsonOf, type Run, type RunCli } from "./support/cli.ts";
import { type Node, rpc } from "../support/process.ts";
import { startNode, stopNode } from "./support/node.ts";
import { type Deployed, deployTo } from "./support/world.ts";

interface InitJson {
  files: { path: string; kind: string; rows: number; sha256: string }[];
  rows: number;
  duplicates: { digest: string; indices: number[] }[];
  passedOver: string[];
  modality: string;
  metadataDigest: string;
}
interface SentJson {
  function: string;
  arguments: Record<string, unknown>;
  hash: string | null;
}
interface ContributeJson {
  root: Hex;
  rows: number;
  status: string;
  transactions: SentJson[];
}
interface ReviewJson {
  contributions: {
    contributor: string;
    root: string;
    rows: string;
    deposit: string;
    opened: boolean;
    age: string;
    status: string;
  }[];
}
interface RegisterJson {
  model: string | null;
  kind: string;
  developerBps: number;
  recipeDigest: string | null;
  transactions: SentJson[];
}

const FACTS = [
  ..."--name Mails --licence cc-by-4.0 --url https://example.org/mails --date 2026-01-31 --description".split(" "),
  "Mails with labels",
];
const TERMS = "--stream-bps 5000 --pro-rata-bps 1000 --row-cap 500 --curation curated --training anyone".split(" ");
const ROWS = ["1,offer", "2,notes", "2,notes"];
const CARD = `---
# what we made of it
license: apache-2.0
base_model: example/base
datasets:
  - tributary:dataset/1@1
tags: [mail]
---
# A filter
`;

describe("command line: datasets, reviews and models", () => {
  let folder = "";
  let cli: RunCli;
  let node: Node;
  let deployed: Deployed;
  let owner: Sender;
  let ada: Sender;
  let grace: Sender;
  let developer: Sender;
  const file = (name: string): string => join(folder, name);
  const keyOf = ({ signer }: Sender): Record<string, string> => ({ TRIBUTARY_PRIVATE_KEY: signer.privateKey });
  const by = (sender: Sender, ...args: string[]): Promise<Run> => cli(args, keyOf(sender));
  const sent = async <T>(sender: Sender, ...args: string[]): Promise<T> =>
    jsonOf<T>(await by(sender, ...args, "--broadcast", "--json"));
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-cli-"));
    node = await startNode();
    cli = cliIn(folder, { TRIBUTARY_RPC_URL: node.url, TRIBUTARY_DEPLOYMENT: file("address-book.json") });
    deployed = await deployTo(node.url, folder);
    const { chain, suite, cast } = deployed;
    [owner, developer] = [cast.curator, cast.tuner];
    [ada, grace] = [senderNamed(chain, "Ada"), senderNamed(chain, "Grace")];
    await fundGas(chain, [owner, developer, ada, grace], () => undefined);
    for (const contributor of [ada, grace]) {
      await fundDollars(suite, contributor, 5_000_000n, suite.book.contracts.vault);
      const { datasets } = suite.book.contracts;
      const deposit = suite.vault.deposit.populateTransaction(datasets, contributor.address, 5_000_000n);
      await contributor.send("depositing", deposit);
    }
    for (const name of ["ada", "grace"]) await mkdir(file(name));
    await Promise.all([
      writeFile(file("ada/mails.csv"), `id,text\n${ROWS.join("\n")}\n`),
      writeFile(file("ada/note.txt"), "one row\nof two lines\n"),
      writeFile(file("ada/README.md"), "about"),
      writeFile(file("ada/.hidden"), "x"),
      writeFile(file("grace/more.jsonl"), '{"a":1}\n{"a":2}\n'),
    ]);
  });

  after(async () => {
    await deployed.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true, force: true });
  });

  describe("dataset init and validate", () => {
    let made: InitJson;

    before(async () => {
      const args = ["dataset", "init", "ada", ...FACTS, "--creator", "Ada", "--creator", "Bob", "--keyword", "spam"];
      made = jsonOf(await cli([...args, "--organisation", "Example", "--json"]));
    });

    it("writes a Croissant file and the list of rows, and says what is in them", async () => {
      expect(made).to.deep.include({ rows: 4, passedOver: [".hidden", "README.md"], modality: "text" });
      expect(made.files.map(({ path, rows }) => [path, rows])).to.deep.equal([
        ["mails.csv", 3],
        ["note.txt", 1],
      ]);
      expect(made.duplicates.map(({ indices }) => indices)).to.deep.equal([[1, 2]]);
      const croissant = await readFile(file("ada/croissant.json"));
      expect(sha256(new Uint8Array(croissant))).to.equal(made.metadataDigest);
      expect(JSON.parse(croissant.toString())).to.deep.include({
        license: "https://spdx.org/licenses/CC-BY-4.0",
        keywords: ["spam"],
        creator: [
          { "@type": "sc:Person", name: "Ada" },
          { "@type": "sc:Person", name: "Bob" },
          { "@type": "sc:Organization", name: "Example" },
        ],
      });
      const { rows } = decodeRowsFile(new Uint8Array(await readFile(file("ada/rows.json"))));
      expect(rows[0]).to.equal(sha256(utf8("1,offer")));
    });

    it("names what is missing or wrong, and writes over no Croissant file of others", async () => {
      await Promise.all(["odd", "mixed", "foreign"].map((name) => mkdir(file(name))));
      await Promise.all([
        writeFile(file("odd/data.parquet"), "x"),
        writeFile(file("mixed/a.txt"), "a"),
        writeFile(file("mixed/b.png"), "b"),
        writeFile(file("foreign/a.txt"), "a"),
        writeFile(file("foreign/croissant.json"), "{}"),
      ]);
      const init = (...args: string[]): Promise<Run> => cli(["dataset", "init", ...args, "--creator", "Ada"]);
      const [date, odd, mixed, foreign, notFolder, said] = await Promise.all([
        init("ada", ...FACTS, "--date", "2026-02-30"),
        init("odd", ...FACTS),
        init("mixed", ...FACTS),
        init("foreign", ...FACTS),
        init("ada/note.txt", ...FACTS),
        init("mixed", ...FACTS, "--modality", "image", "--json"),
      ]);
      expectFailure(date, 2, '--date YYYY-MM-DD is "2026-02-30"');
      expectFailure(odd, 1, "data.parquet");
      expectFailure(mixed, 1, "say which modality");
      expectFailure(foreign, 1, "wasn't written by this command");
      expectFailure(notFolder, 1, "is a file");
      expect(jsonOf(said)).to.deep.include({ modality: "image", rows: 2 });
    });

    it("finds a valid file valid, and exits 6 with every finding for another", async () => {
      const document = JSON.parse(await readFile(file("ada/croissant.json"), "utf8")) as Record<string, unknown>;
      await writeFile(file("broken.json"), JSON.stringify({ ...document, license: undefined, datePublished: "soon" }));
      const [valid, broken, text, noJson] = await Promise.all([
        cli(["dataset", "validate", "ada/croissant.json"]),
        cli(["dataset", "validate", "broken.json", "--json"]),
        cli(["dataset", "validate", "broken.json"]),
        cli(["dataset", "validate", "ada/note.txt"]),
      ]);
      expect({ code: valid.code, stdout: valid.stdout }).to.deep.equal({
        code: 0,
        stdout: "ada/croissant.json is valid\n",
      });
      const found = jsonOf<{ valid: boolean; errors: number; issues: { path: string }[] }>(broken, 6);
      expect(found).to.deep.include({ valid: false, errors: 2 });
      expect(found.issues.map(({ path }) => path)).to.include.members(["$.license", "$.datePublished"]);
      expect(text.code).to.equal(6);
      expect(text.stdout).to.include("NOT valid: 2 errors").and.to.include("$.license");
      expectFailure(noJson, 1, "isn't JSON");
    });
  });

  describe("dataset create", () => {
    const create = (...args: string[]): Promise<Run> =>
      by(owner, "dataset", "create", "ada/croissant.json", ...TERMS, ...args);

    it("takes licence, modality and digest from the file, and sends nothing without --broadcast", async () => {
      const [json, text] = await Promise.all([create("--deposit", "2.5", "--json"), create()]);
      const { transactions } = jsonOf<{ transactions: SentJson[] }>(json);
      expect(transactions[0]?.arguments).to.deep.equal({
        terms: {
          modality: "0",
          curation: "1",
          training: "0",
          streamBps: "5000",
          proRataBps: "1000",
          rowCap: "500",
          deposit: "2500000",
        },
        licence: "CC-BY-4.0",
        metadataDigest: sha256(new Uint8Array(await readFile(file("ada/croissant.json")))),
        uri: "",
      });
      expect(text.stdout).to.include("Not sent, add --broadcast").and.to.include("not created yet");
      expect(await deployed.suite.datasets.datasetCount()).to.equal(0n);
    });

    it("refuses files that are broken or silent on what the rows are, and terms out of range", async () => {
      const document = JSON.parse(await readFile(file("ada/croissant.json"), "utf8")) as Record<string, unknown>;
      await writeFile(file("silent.json"), JSON.stringify({ ...document, "tributary:modality": undefined }));
      const [broken, silent, contradicted, curation] = await Promise.all([
        by(owner, "dataset", "create", "broken.json", ...TERMS),
        by(owner, "dataset", "create", "silent.json", ...TERMS),
        create("--modality", "audio"),
        create("--curation", "closed"),
      ]);
      expectFailure(broken, 6, "is not valid");
      expectFailure(silent, 1, "--modality text|image|audio|tabular");
      expectFailure(contradicted, 6, "says that the rows are text");
      expectFailure(curation, 2, "expected one of open, curated, allow-list");
    });

    it("creates the dataset, which shows its terms", async () => {
      const created = await sent<{ dataset: string }>(
        owner,
        "dataset",
        "create",
        "ada/croissant.json",
        ...TERMS,
        "--deposit",
        "2.5",
      );
      expect(created.dataset).to.equal("1");
      const [json, text] = await Promise.all([cli(["dataset", "show", "1", "--json"]), cli(["dataset", "show", "1"])]);
      expect(jsonOf<{ terms: unknown }>(json).terms).to.deep.equal({
        licence: "CC-BY-4.0",
        modality: "text",
        curation: "curated",
        training: "anyone",
        streamBps: "5000",
        proRataBps: "1000",
        rowCap: "500",
        deposit: "2500000",
      });
      expect(text.stdout).to.include("2.500000 DUSD for each contribution").and.to.include("CC-BY-4.0");
    });
  });

  describe("contribute", () => {
    it("has one and the same root for a folder, its rows.json, and whoever hashes the rows", async () => {
      const [whole, listed] = await Promise.all([
        by(ada, "contribute", "1", "ada", "--json"),
        by(ada, "contribute", "1", "ada/rows.json", "--json"),
      ]);
      const rows = [...ROWS, "one row\nof two lines\n"].map(utf8);
      const { root } = contributionTree(ada.address as Hex, rows);
      for (const run of [whole, listed]) expect(jsonOf(run)).to.deep.include({ root, rows: 4, status: "none" });
      expect(whole.stderr).to.include("1 row of ada repeat others");
    });

    it("cuts a text file into lines only with --lines", async () => {
      const [one, lines] = await Promise.all([
        by(ada, "contribute", "1", "ada/note.txt", "--json"),
        by(ada, "contribute", "1", "ada/note.txt", "--lines", "--json"),
      ]);
      expect([jsonOf<ContributeJson>(one).rows, jsonOf<ContributeJson>(lines).rows]).to.deep.equal([1, 2]);
    });

    it("exits 6 for a folder whose rows.json lists other rows, 4 without a deposit", async () => {
      await mkdir(file("altered"));
      await Promise.all([
        writeFile(file("altered/mails.csv"), `id,text\n${ROWS.join("\n")}\n`),
        writeFile(file("altered/rows.json"), await readFile(file("ada/rows.json"))),
      ]);
      const [altered, poor] = await Promise.all([
        by(ada, "contribute", "1", "altered"),
        by(developer, "contribute", "1", "ada"),
      ]);
      expectFailure(altered, 6, "it lists 4 rows, and the files have 3");
      expectFailure(poor, 4, "InsufficientBond(", "deposit a bond into the vault");
    });

    it("is sent by its contributor, and waits for the curator", async () => {
      const data = await sent<ContributeJson>(ada, "contribute", "1", "ada", "--uri", "ipfs://ada");
      expect(data.status).to.equal("pending");
    });
  });

  describe("signed contributions", () => {
    const sign = (...args: string[]): Promise<Run> => by(grace, "contribute", "1", "grace", "--sign", ...args);

    it("are signed off the chain, for a time that isn't over", async () => {
      const [json, over, stranger] = await Promise.all([
        sign("grace.json", "--uri", "ipfs://grace", "--json"),
        sign("over.json", "--deadline", "2020-01-01"),
        by(developer, "contribute", "1", "grace", "--sign", "stranger.json"),
      ]);
      const data = jsonOf<{ signed: { nonce: string; deadline: string; file: string }; root: Hex }>(json);
      expect(data.signed.file).to.equal("grace.json");
      expect(BigInt(data.signed.nonce)).to.be.greaterThan(2n ** 128n);
      const digests = ['{"a":1}', '{"a":2}'].map((row) => sha256(utf8(row)));
      expect(data.root).to.equal(digestTree(grace.address as Hex, digests).root);
      expectFailure(over, 2, "--deadline is 2020-01-01 00:00:00 UTC");
      expectFailure(stranger, 4, "InsufficientBond(");
      const [status] = await deployed.suite.datasets.submissionOf(1, grace.address, data.root);
      expect(status).to.equal(0n);
    });

    it("are relayed by anyone; what the chain would refuse is left out, and exit is 4", async () => {
      const signed = await readFile(file("grace.json"), "utf8");
      await Promise.all([
        writeFile(file("forged.json"), signed.replace('"rows": "2"', '"rows": "3"').replace('"rows": 2', '"rows": 3')),
        writeFile(file("elsewhere.json"), signed.replace('"chainId": 31337', '"chainId": 1')),
        writeFile(file("damaged.json"), signed.replace(/"root": "0x[0-9a-f]{4}/, '"root": "0x')),
      ]);
      const relay = (...args: string[]): Promise<Run> => by(developer, "contribute", "relay", ...args);
      const [preview, elsewhere, damaged, other] = await Promise.all([
        relay("grace.json", "--json"),
        relay("elsewhere.json"),
        relay("damaged.json"),
        relay("ada/croissant.json"),
      ]);
      expect(jsonOf<{ contributions: { state: string }[] }>(preview).contributions[0]?.state).to.equal("ready");
      expectFailure(elsewhere, 1, "on chain 1");
      expectFailure(damaged, 1, "damaged.json is damaged");
      expectFailure(other, 1, "isn't a signed contribution");

      const both = await relay("grace.json", "forged.json", "--broadcast", "--json");
      const data = jsonOf<{ contributions: { state: string; reason: string | null }[]; transactions: SentJson[] }>(
        both,
        4,
      );
      expect(data.contributions.map(({ state }) => state)).to.deep.equal(["sent", "refused"]);
      expect(data.contributions[1]?.reason).to.include("InvalidSignature(");
      expect(data.transactions).to.have.length(1);
      const again = await relay("grace.json");
      expect(again.code).to.equal(4);
      expect(again.stderr).to.include("NonceUsed(").and.to.include("it was sent or cancelled before");
    });
  });

  describe("review", () => {
    let contributions: ReviewJson["contributions"];
    const named = (place: number): string => {
      const { contributor, root } = contributions[place]!;
      return `${contributor}/${root}`;
    };

    it("lists what is pending with rows, deposit and age", async () => {
      await moveTime(deployed.chain, 90_061);
      const [json, text, unknown] = await Promise.all([
        cli(["review", "1", "--json"]),
        cli(["review", "1"]),
        cli(["review", "9"]),
      ]);
      ({ contributions } = jsonOf<ReviewJson>(json));
      expect(contributions.map(({ contributor }) => contributor)).to.deep.equal([ada.address, grace.address]);
      expect(contributions[0]).to.deep.include({ rows: "4", deposit: "2500000", opened: false, status: "pending" });
      expect(Number(contributions[0]?.age)).to.be.within(90_061, 90_061 + 600);
      expect(text.stdout).to.include(named(0)).and.to.include("1 d 1 h").and.to.include("ipfs://ada");
      expectFailure(unknown, 4, "DatasetNotFound(dataset = 9)");
    });

    it("opens the last row of a contribution, for whoever has its rows", async () => {
      const open = (rows: string, ...args: string[]): Promise<Run> =>
        by(developer, "review", "open", "1", "--contributor", ada.address, "--rows", rows, ...args);
      const [preview, other, lines] = await Promise.all([
        open("ada"),
        open("grace"),
        open("ada/rows.json", "--uri", "x"),
      ]);
      expect(preview.stdout).to.include("review(dataset, submission, digest, proof)");
      expectFailure(other, 6, "has no contribution of these rows");
      expectFailure(lines, 2, "unknown option '--uri'");
      const opened = await open("ada/rows.json", "--broadcast", "--json");
      expect(jsonOf(opened)).to.deep.include({ rows: 4, root: contributions[0]?.root });
      const [again, list] = await Promise.all([open("ada"), cli(["review", "1", "--json"])]);
      expectFailure(again, 4, "AlreadyOpened(");
      expect(jsonOf<ReviewJson>(list).contributions[0]?.opened).to.be.true;
    });

    it("accepts and rejects as a curator only, and releases the deposits", async () => {
      await writeFile(file("why.md"), "not mails\n");
      const [stranger, notOne, accept] = await Promise.all([
        by(developer, "review", "accept", "1", named(0)),
        by(owner, "review", "accept", "1", ada.address),
        by(owner, "review", "accept", "1", named(0), "--json"),
      ]);
      expectFailure(stranger, 4, "NotCurator(", "only the dataset's owner");
      expectFailure(notOne, 2, "expected CONTRIBUTOR/ROOT");
      expect(jsonOf<{ transactions: SentJson[] }>(accept).transactions[0]?.hash).to.equal(null);
      await sent(owner, "review", "accept", "1", named(0));
      const rejected = await sent<{ reason: string }>(owner, "review", "reject", "1", named(1), "--reason", "why.md");
      expect(rejected.reason).to.equal(sha256(utf8("not mails\n")));
      const [again, list] = await Promise.all([by(owner, "review", "accept", "1", named(1)), cli(["review", "1"])]);
      expectFailure(again, 4, "NotPending(", "3 rejected");
      expect(list.stdout).to.equal("nothing waits in dataset 1\n");
      const { vault, book } = deployed.suite;
      for (const contributor of [ada, grace]) {
        expect((await vault.bondOf(book.contracts.datasets, contributor.address)).locked).to.equal(0n);
      }
    });

    it("freezes a version", async () => {
      const [stranger, preview] = await Promise.all([by(developer, "freeze", "1"), by(owner, "freeze", "1", "--json")]);
      expectFailure(stranger, 4, "NotDatasetOwner(");
      expect(jsonOf(preview)).to.deep.include({ broadcast: false, version: null });
      expect(await sent(owner, "freeze", "1")).to.deep.include({ version: "1", contributions: "1", rows: "4" });
    });
  });

  describe("open datasets", () => {
    it("take contributions at once, and release a deposit for each row when the last one is opened", async () => {
      const open = "--stream-bps 5000 --pro-rata-bps 0 --row-cap 9 --curation open --training approval --deposit 0.5";
      const created = await sent(owner, "dataset", "create", "ada/croissant.json", ...open.split(" "));
      expect(created).to.deep.include({ dataset: "2" });
      const contributed = await sent<ContributeJson>(grace, "contribute", "2", "grace");
      expect(contributed.status).to.equal("accepted");
      const waiting = jsonOf<ReviewJson>(await cli(["review", "2", "--json"])).contributions;
      expect(waiting).to.have.length(1);
      expect(waiting[0]).to.deep.include({ status: "accepted", deposit: "1000000", root: contributed.root });
      const opening = ["review", "open", "2", "--contributor", grace.address, "--rows", "grace"];
      expectFailure(await by(grace, ...opening), 4, "ReviewTimeRunning(");
      await rpc(node.url, "evm_increaseTime", [Number(await deployed.suite.datasets.REVIEW_TIME())]);
      await rpc(node.url, "evm_mine");
      await sent(grace, ...opening);
      const { contributions } = jsonOf<ReviewJson>(await cli(["review", "2", "--json"]));
      expect(contributions).to.deep.equal([]);
    });
  });

  describe("proof row", () => {
    it("proves a row to the chain, and exits 6 for one of somebody else", async () => {
      const prove = (...args: string[]): Promise<Run> => cli(["proof", "row", "ada", ...args]);
      const [blind, right, wrong, none] = await Promise.all([
        prove("3", "--contributor", ada.address),
        prove("3", "--contributor", ada.address, "--dataset", "1", "--json"),
        prove("3", "--contributor", grace.address, "--dataset", "1"),
        prove("4", "--contributor", ada.address),
      ]);
      expect(blind.stdout).to.include("note.txt, place 0").and.to.include("sibling 1");
      expect(jsonOf(right)).to.deep.include({ matches: true, file: "note.txt", rows: 4 });
      expect(wrong.code).to.equal(6);
      expect(wrong.stdout).to.include("NOT in a contribution");
      expectFailure(none, 2, "counted from 0");
    });
  });

  describe("models", () => {
    const register = (...args: string[]): Promise<Run> =>
      by(developer, "model", "register", ...args, "--artifact", "ada/mails.csv");

    before(() =>
      Promise.all([
        writeFile(file("card.md"), CARD),
        writeFile(file("said.md"), CARD.replace("datasets:", "base_model_relation: adapter\ndatasets:")),
        writeFile(file("no-card.md"), "# nothing"),
      ]),
    );

    it("are registered from options", async () => {
      const preview = await register(
        ..."--kind base --child-kinds finetune,agent --child-bps 1000 --price-hint 0.05 --json".split(" "),
      );
      const { transactions, model } = jsonOf<RegisterJson>(preview);
      expect(model).to.equal(null);
      expect(transactions[0]?.arguments.registration).to.deep.include({
        children: { kinds: String(0b100010), leastBps: "1000" },
        priceHint: "50000",
      });
      const args = ["model", "register", "--kind", "base", "--artifact", "ada/mails.csv"];
      const base = await sent<RegisterJson>(
        developer,
        ...args,
        "--child-kinds",
        "finetune,agent",
        "--child-bps",
        "1000",
      );
      expect(base).to.deep.include({ model: "1", kind: "base", developerBps: 10_000, recipeDigest: null });
    });

    it("are registered from a card, whose lineage must have its shares", async () => {
      const lineage = ["--parent", "1:1000", "--source", "1/1:6000"];
      const [noSource, cheap, adapter, contradicted, preview] = await Promise.all([
        register("card.md", "--parent", "1:1000"),
        register("card.md", "--parent", "1:999", "--source", "1/1:6000"),
        register("said.md", ...lineage),
        register("said.md", ...lineage, "--kind", "finetune"),
        register("card.md", ...lineage, "--recipe", "card.md", "--json"),
      ]);
      expectFailure(noSource, 6, "tributary:dataset/1@1, and no share is given");
      expectFailure(cheap, 4, "ShareBelowTerms(", "at least what it asks for");
      expectFailure(adapter, 4, "ParentClosed(");
      expectFailure(contradicted, 6, "of kind adapter, and --kind finetune");
      expect(jsonOf<RegisterJson>(preview)).to.deep.include({ kind: "finetune", developerBps: 3_000 });
      expect(preview.stderr).to.include("finetune is inferred");
      const finetune = await sent<RegisterJson>(
        developer,
        "model",
        "register",
        "card.md",
        ...lineage,
        "--artifact",
        "ada/mails.csv",
        "--recipe",
        "card.md",
        "--child-kinds",
        "all",
        "--operator",
        owner.address,
      );
      expect(finetune).to.deep.include({ model: "2", recipeDigest: sha256(utf8(CARD)) });
      const merged = await sent<RegisterJson>(
        developer,
        ..."model register --kind agent --parent 2:2000 --parent 1:1000 --supersedes 2 --artifact ada/note.txt".split(
          " ",
        ),
      );
      expect(merged).to.deep.include({ model: "3", developerBps: 7_000 });
    });

    it("show child terms, payout and successor", async () => {
      const [base, finetune, text] = await Promise.all([
        cli(["model", "show", "1", "--json"]),
        cli(["model", "show", "2", "--json"]),
        cli(["model", "show", "2"]),
      ]);
      expect(jsonOf(base)).to.deep.include({
        children: { kinds: ["finetune", "agent"], leastBps: "1000" },
        payout: null,
        supersededBy: null,
      });
      expect(jsonOf(finetune)).to.deep.include({ operator: owner.address, supersededBy: "3" });
      expect(text.stdout).to.match(/superseded by +3/);
      expect(text.stdout).to.match(/share goes to +the owner/);
    });

    it("are imported from cards, which say whether the kind was inferred", async () => {
      const [inferred, said, none] = await Promise.all([
        cli(["model", "import-card", "card.md"]),
        cli(["model", "import-card", "said.md", "--json"]),
        cli(["model", "import-card", "no-card.md"]),
      ]);
      expect(inferred.code).to.equal(0);
      expect(inferred.stdout).to.include("finetune (INFERRED").and.to.include("Apache-2.0");
      expect(jsonOf(said)).to.deep.include({
        kind: "adapter",
        kindSource: "relation",
        parents: ["example/base"],
        datasets: ["tributary:dataset/1@1"],
        licences: ["apache-2.0"],
        spdx: ["Apache-2.0"],
        otherKeys: ["tags"],
      });
      expectFailure(none, 1, "no front matter");
    });

    it("are exported to cards, and nothing is lost on the way", async () => {
      const [fresh, kept, wrong, agent] = await Promise.all([
        cli(["model", "export-card", "2", "--out", "fresh.md", "--json"]),
        cli(["model", "export-card", "2", "--card", "card.md", "--out", "kept.md"]),
        cli(["model", "export-card", "1", "--card", "card.md", "--out", "wrong.md"]),
        cli(["model", "export-card", "3", "--out", "agent.md"]),
      ]);
      expect(jsonOf(fresh)).to.deep.include({
        kind: "finetune",
        parents: ["tributary:model/1"],
        datasets: ["tributary:dataset/1@1"],
      });
      expectFailure(wrong, 6, "tributary:dataset/1@1, which the model doesn't have");
      expect([kept.code, agent.code], kept.stderr + agent.stderr).to.deep.equal([0, 0]);
      expect(importModelCard(await readFile(file("agent.md"), "utf8"))).to.deep.include({
        kind: "agent",
        parents: ["tributary:model/1", "tributary:model/2"],
        datasets: [],
      });
      const card = importModelCard(await readFile(file("kept.md"), "utf8"));
      expect(card).to.deep.include({ kind: "finetune", parents: ["example/base"], licences: ["apache-2.0"] });
      expect(card.source).to.include("# what we made of it").and.to.include("# A filter");
      expect(card.unknown).to.deep.equal({ tags: ["mail"] });
      expect(card.tributary).to.deep.include({
        model: 2,
        recipeDigest: sha256(utf8(CARD)),
        parents: [{ model: 1, shareBps: 1_000 }],
        sources: [{ dataset: 1, version: 1, shareBps: 6_000 }],
      });
      expect(exportModelCard(card, { card })).to.equal(card.source);
      const again = await cli(["model", "export-card", "2", "--card", "kept.md", "--out", "again.md", "--json"]);
      expect(jsonOf(again)).to.deep.include({ changed: false });
      expect(await readFile(file("again.md"), "utf8")).to.equal(card.source);
    });

    it("have a lineage of ancestors and of children", async () => {
      const [tree, json, shallow, children, page] = await Promise.all([
        cli(["lineage", "3"]),
        cli(["lineage", "3", "--json"]),
        cli(["lineage", "3", "--depth", "1", "--json"]),
        cli(["lineage", "1", "--children"]),
        cli(["lineage", "1", "--children", "--offset", "1", "--json"]),
      ]);
      expect(tree.stdout.split("\n")).to.deep.equal([
        "3 agent",
        "├─ 1 base  10 %",
        "└─ 2 finetune  20 %",
        "   └─ 1 base  10 %, 2 % of 3's",
        "",
      ]);
      const { edges, truncated } = jsonOf<{ edges: unknown[]; truncated: boolean }>(json);
      expect(edges).to.have.length(3);
      expect(truncated).to.be.false;
      expect(jsonOf<{ edges: unknown[]; truncated: boolean }>(shallow)).to.deep.include({ truncated: true });
      expect(children.stdout).to.include("2 of 2 children");
      const listed = jsonOf<{ total: number; children: unknown[] }>(page);
      expect(listed).to.deep.include({ total: 2, children: [{ model: "3", kind: "agent", shareBps: 1_000 }] });
    });
  });
});
