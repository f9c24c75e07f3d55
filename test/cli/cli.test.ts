import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { encryptKeystoreJsonSync, formatUnits } from "ethers";
import { checkStatementFile, readStatement, type Sender, statementHash } from "../../client/index.ts";
import { contributionTree, decodeStatement, type Hex, sha256 } from "../../scorer/index.ts";
import { cliIn, ENTRY, expectFailure, jsonOf, type Run, type RunCli } from "./support/cli.ts";
import { execute, type Finished, type Node } from "../support/process.ts";
import { moveTime } from "../../scripts/network.ts";
import { startNode, stopNode } from "./support/node.ts";
import { buildWorld, CONTRIBUTIONS, favouring, ROWS_EACH, STREAM, type World } from "./support/world.ts";

interface TrainJson {
  rows: number;
  contributions: number;
  classes: number;
  trainingAccuracy: number;
  digests: Record<"head" | "whitening" | "method" | "text" | "ridge", string>;
}
interface IndexJson {
  root: string;
  exponentBound: number;
  lanes: number;
  contributions: number;
}
interface SentJson {
  to: string;
  function: string;
  arguments: Record<string, string>;
  from: string;
  gas: string;
  hash: string | null;
}
interface ErrorJson {
  error: { code: string; message: string; exitCode: number; revert?: { name: string; args: Record<string, string> } };
}

/** Roots of rows of nothing: 32 bytes that no file hashes to. */
const OTHER_ROOT = `0x${"12".repeat(32)}`;

describe("command line", () => {
  let folder = "";
  let cli: RunCli;
  let node: Node;
  let world: World;
  let trained: TrainJson;
  let index: IndexJson;
  const file = (name: string): string => join(folder, name);
  const keyOf = ({ signer }: Sender): Record<string, string> => ({ TRIBUTARY_PRIVATE_KEY: signer.privateKey });
  const contributor = (place: number): Sender => {
    const member = world.members[place];
    if (member === undefined) throw new Error(`there is no contributor ${place}`);
    return member.sender;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-cli-"));
    node = await startNode();
    cli = cliIn(folder, { TRIBUTARY_RPC_URL: node.url, TRIBUTARY_DEPLOYMENT: file("address-book.json") });
    world = await buildWorld(node.url, folder);
    trained = jsonOf(await cli(["train", "rows.jsonl", "--out", "model", "--json"]));
    index = jsonOf(await cli(["index", "build", "rows.jsonl", "--model", "model", "--out", "built.trix", "--json"]));
  });

  after(async () => {
    await world.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true, force: true });
  });

  describe("help and usage", () => {
    it("shows every command with --help, grouped by role, and the exit codes", async () => {
      const { code, stdout, stderr } = await cli(["--help"]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      for (const text of [
        "For the contributor:",
        "index verify FILE",
        "claim [STATEMENT.json…]",
        "For the challenger or auditor:",
        "Exit codes:",
      ]) {
        expect(stdout).to.include(text);
      }
    });

    it("shows arguments, options and examples of a command", async () => {
      const { code, stdout } = await cli(["score", "--help"]);
      expect(code).to.equal(0);
      for (const text of ["<STREAM> <INTERVAL>", "--fee-bps <N>", "--rpc <URL>", "$ tributary score 2/0 0"])
        expect(stdout).to.include(text);
    });

    it("shows help on stderr and exits 2 without a command", async () => {
      const [none, group] = await Promise.all([cli([]), cli(["index"])]);
      expectFailure(none, 2, "Usage: tributary");
      expectFailure(group, 2, "Usage: tributary index");
    });

    it("exits 2 for unknown commands and options, and suggests the right ones", async () => {
      const runs = await Promise.all([
        cli(["indx"]),
        cli(["index", "verfy", "index.trix"]),
        cli(["model", "show", "2", "--jsn"]),
        cli(["model", "show", "2", "2"]),
        cli(["train", "rows.jsonl"]),
        cli(["model", "show"]),
      ]);
      expectFailure(runs[0], 2, "unknown command 'indx'", "Did you mean index?");
      expectFailure(runs[1], 2, "unknown command 'verfy'", "Did you mean verify?");
      expectFailure(runs[2], 2, "unknown option '--jsn'", "Did you mean --json?");
      expectFailure(runs[3], 2, "too many arguments");
      expectFailure(runs[4], 2, "required option '--out <DIR>'");
      expectFailure(runs[5], 2, "missing required argument 'ID'");
    });

    it("exits 2 for arguments out of range, and says what is expected", async () => {
      const runs = await Promise.all([
        cli(["model", "show", "0"]),
        cli(["score", "12", "0", "--index", "index.trix", "--out", "x.json"]),
        cli(["score", "2/0", "0", "--index", "index.trix", "--out", "x.json", "--fee-bps", "1001"]),
        cli(["claim", "x.json", "--contributor", "0x1234"]),
        cli(["model", "show", "2", "--rpc", "localhost:8545"]),
        cli(["index", "verify", "index.trix"]),
      ]);
      expectFailure(runs[0], 2, 'ID is "0"', "from 1 on");
      expectFailure(runs[1], 2, 'STREAM is "12"', "MODEL/PLACE");
      expectFailure(runs[2], 2, '--fee-bps N is "1001"', "from 0 to 1000");
      expectFailure(runs[3], 2, '--contributor ADDRESS is "0x1234"', "40 hexadecimal digits");
      expectFailure(runs[4], 2, "http://");
      expectFailure(runs[5], 2, "--root ROOT", "--stream STREAM");
    });

    it("prints usage errors as one JSON object with --json", async () => {
      const { error } = jsonOf<ErrorJson>(await cli(["model", "show", "x", "--json"]), 2);
      expect(error).to.include({ code: "usage", exitCode: 2 });
    });
  });

  describe("on a terminal", () => {
    /** Runs a command at a terminal of 80 columns, which `script` of util-linux makes. */
    const atTerminal = (args: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> =>
      execute("script", ["-qec", `stty cols 80; "${process.execPath}" "${ENTRY}" ${args}`, "/dev/null"], env);

    it("colours results and suggests what to do next; NO_COLOR is respected", async function () {
      if ((await execute("script", ["--version"]).catch(() => undefined))?.code !== 0) this.skip();
      const args = `index verify ${file("index.trix")} --root ${index.root}`;
      const [coloured, plain] = await Promise.all([
        atTerminal(args, { NO_COLOR: "", TERM: "xterm" }),
        atTerminal(args, { NO_COLOR: "1" }),
      ]);
      expect(coloured.stdout).to.include("\u001b[32m").and.to.include("Next: ");
      expect(plain.stdout).to.include("Next: ").and.not.to.include("\u001b[");
    });
  });

  describe("train", () => {
    it("writes the model's files and prints their digests", async () => {
      expect(trained).to.include({
        rows: CONTRIBUTIONS * ROWS_EACH,
        contributions: CONTRIBUTIONS,
        classes: 2,
        trainingAccuracy: 1,
      });
      const digests = {
        "head.bin": "head",
        "whitening.bin": "whitening",
        "method.json": "method",
        "text.json": "text",
        "ridge.json": "ridge",
      } as const;
      for (const [name, key] of Object.entries(digests)) {
        expect(sha256(new Uint8Array(await readFile(file(`model/${name}`)))), name).to.equal(trained.digests[key]);
      }
    });

    it("names the line that is wrong, the file that is missing, and the class without rows", async () => {
      const row = '{"contribution":0,"subject":"a","body":"b","label":1}\n';
      await Promise.all([writeFile(file("half.txt"), `${row}not json\n`), writeFile(file("one-class.jsonl"), row)]);
      const train = (name: string): Promise<Run> => cli(["train", name, "--out", "bad-model"]);
      const [noJson, missing, oneClass] = await Promise.all(
        ["half.txt", "missing.jsonl", "one-class.jsonl"].map(train),
      );
      expectFailure(noJson as Run, 1, "line 2 of half.txt isn't JSON");
      expectFailure(missing as Run, 1, "missing.jsonl: there is no such file");
      expectFailure(oneClass as Run, 1, "class 0 has no training rows");
    });
  });

  describe("index", () => {
    it("builds the very file that the model's owner committed", async () => {
      const [built, committed] = await Promise.all([readFile(file("built.trix")), readFile(file("index.trix"))]);
      expect(built.equals(committed)).to.be.true;
      const { root, exponentBound } = await world.suite.indexes.indexOf(STREAM);
      expect(index).to.include({
        root,
        exponentBound: Number(exponentBound),
        lanes: 512,
        contributions: CONTRIBUTIONS,
      });
    });

    it("refuses rows that the model wasn't trained on", async () => {
      const [, ...others] = (await readFile(file("rows.jsonl"), "utf8")).split("\n");
      await writeFile(file("other-rows.jsonl"), others.join("\n"));
      const run = await cli(["index", "build", "other-rows.jsonl", "--model", "model", "--out", "other.trix"]);
      expectFailure(run, 6, "another head.bin");
    });

    it("verifies a file against a root and against the chain", async () => {
      const [byRoot, byStream] = await Promise.all([
        cli(["index", "verify", "index.trix", "--root", index.root]),
        cli(["index", "verify", "index.trix", "--stream", "2/0", "--json"]),
      ]);
      expect({ code: byRoot.code, stderr: byRoot.stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(byRoot.stdout).to.include(index.root);
      expect(jsonOf(byStream)).to.deep.include({ matches: true, status: "active", contributions: CONTRIBUTIONS });
    });

    it("exits 6 for a corrupted file, an altered header and another root; 1 for a truncated one", async () => {
      const bytes = await readFile(file("index.trix"));
      const lane = Buffer.from(bytes);
      lane.writeUInt8(lane.readUInt8(100) ^ 1, 100);
      await writeFile(file("lane.trix"), lane);
      const header = Buffer.from(bytes);
      header.writeUInt32BE(header.readUInt32BE(20) + 1, 20);
      await writeFile(file("header.trix"), header);
      await writeFile(file("short.trix"), bytes.subarray(0, 500));
      const runs = await Promise.all([
        cli(["index", "verify", "lane.trix", "--stream", "512", "--json"]),
        cli(["index", "verify", "header.trix", "--stream", "512", "--json"]),
        cli(["index", "verify", "index.trix", "--root", OTHER_ROOT]),
        cli(["index", "verify", "short.trix", "--stream", "512"]),
        cli(["score", "2/0", "0", "--index", "lane.trix", "--out", "never.json"]),
        cli(["verify", "statement", "2/0", "0", "--index", "rows.jsonl"]),
      ]);
      for (const run of runs.slice(0, 2)) expect(jsonOf(run, 6)).to.deep.include({ matches: false });
      expect(runs[2].code).to.equal(6);
      expect(runs[2].stdout).to.include("NOT the expected index").and.to.include(OTHER_ROOT);
      expectFailure(runs[3], 1, "ends at offset 500", "fetch it again");
      expectFailure(runs[4], 6, "not to the committed", "fetch the file from another source");
      expectFailure(runs[5], 1, "another kind of file");
    });
  });

  describe("the chain", () => {
    it("shows models and datasets", async () => {
      const [model, dataset, modelText, datasetText] = await Promise.all([
        cli(["model", "show", "2", "--json"]),
        cli(["--json", "dataset", "show", "1"]),
        cli(["model", "show", "2"]),
        cli(["dataset", "show", "1"]),
      ]);
      const shown = jsonOf<{
        receiver: string;
        income: { gross: string };
        streams: { stream: string; index: { status: string } }[];
      }>(model);
      expect(shown).to.deep.include({ kind: "finetune", developerBps: "3000", artifactDigest: trained.digests.head });
      expect(shown.income.gross).to.equal("200000");
      expect(shown.receiver).to.equal(await world.suite.receivers.receiverOf(2n));
      expect(shown.streams[0]).to.deep.include({ stream: "512", dataset: "1" });
      expect(shown.streams[0]?.index.status).to.equal("active");
      expect(jsonOf(dataset)).to.deep.include({
        contributions: {
          submitted: CONTRIBUTIONS,
          pending: 0,
          accepted: CONTRIBUTIONS,
          rejected: 0,
          withdrawn: 0,
          retired: 0,
        },
      });
      expect(modelText.stdout)
        .to.include("0.200000 DUSD")
        .and.to.include(shown.receiver)
        .and.to.match(/always pro-rata/);
      expect(datasetText.stdout).to.include("asks of models").and.to.include("50 %");
    });

    it("exits 4 with the decoded custom error for what doesn't exist", async () => {
      const [text, json] = await Promise.all([cli(["model", "show", "9"]), cli(["model", "show", "9", "--json"])]);
      expectFailure(text, 4, "ModelNotFound(model = 9)");
      const { error } = jsonOf<ErrorJson>(json, 4);
      expect(error).to.deep.include({ code: "reverted", revert: { name: "ModelNotFound", args: { model: "9" } } });
    });

    it("exits 5 within seconds when no node answers, or something else than a node", async () => {
      const started = Date.now();
      const runs = await Promise.all([
        cli(["model", "show", "2", "--rpc", "http://127.0.0.1:9"]),
        cli(["model", "show", "2", "--rpc", "http://user:secret@127.0.0.1:9/key", "--json"]),
      ]);
      expectFailure(runs[0], 5, "no node answers at http://127.0.0.1:9", "--rpc URL");
      const { error } = jsonOf<ErrorJson>(runs[1], 5);
      expect(error.code).to.equal("network");
      expect(runs[1].stdout + runs[1].stderr).not.to.match(/secret|key/);
      expect(Date.now() - started).to.be.below(8_000);
    });

    it("exits 1 on another chain, without a deployment, and with an address book that isn't one", async () => {
      const book = JSON.parse(await readFile(file("address-book.json"), "utf8")) as Record<string, unknown>;
      await writeFile(file("other-chain.json"), JSON.stringify({ ...book, chainId: 1 }));
      await writeFile(
        file("nobody.json"),
        JSON.stringify({
          ...book,
          contracts: { ...(book.contracts as object), datasets: world.pauper.address },
        }),
      );
      await writeFile(file("no-json.json"), "{");
      const runs = await Promise.all(
        ["other-chain.json", "nobody.json", "no-json.json", "missing.json"].map((name) =>
          cli(["model", "show", "2", "--deployment", name]),
        ),
      );
      expectFailure(runs[0] as Run, 1, "the node is on chain 31337, the address book is for chain 1");
      expectFailure(runs[1] as Run, 1, "there is no contract at");
      expectFailure(runs[2] as Run, 1, "no-json.json isn't JSON");
      expectFailure(runs[3] as Run, 1, "there is no such file", "--deployment FILE");
    });
  });

  describe("contribute", () => {
    const rows = ['{"a":1}', '{"b":2}', '{"ü":3}'];
    const contribute = (by: Sender, ...args: string[]): Promise<Run> =>
      cli(["contribute", "1", "mine.jsonl", ...args], keyOf(by));

    before(() => writeFile(file("mine.jsonl"), `${rows.join("\n")}\n`));

    it("sends nothing without --broadcast, but says what it would send", async () => {
      const wallet = contributor(0);
      const [text, json] = await Promise.all([contribute(contributor(0)), contribute(contributor(0), "--json")]);
      expect(text.stdout)
        .to.include("Not sent, add --broadcast")
        .and.to.include("contribute(dataset, root, rows, uri)");
      const data = jsonOf<{ root: string; rows: number; status: string; transactions: SentJson[] }>(json);
      const { root } = contributionTree(
        wallet.address as Hex,
        rows.map((row) => new TextEncoder().encode(row)),
      );
      expect(data).to.deep.include({ broadcast: false, root, rows: 3, status: "none" });
      const [planned] = data.transactions;
      expect(planned).to.deep.include({ to: world.suite.book.contracts.datasets, from: wallet.address, hash: null });
      expect(planned?.arguments).to.deep.equal({ dataset: "1", root, rows: "3", uri: "" });
      expect(Number(planned?.gas)).to.be.greaterThan(40_000);
    });

    it("sends with --broadcast, and exits 4 with AlreadyContributed the second time", async () => {
      const first = await contribute(contributor(0), "--broadcast", "--json");
      const data = jsonOf<{ root: string; status: string; transactions: SentJson[] }>(first);
      expect(data.status).to.equal("pending");
      expect(first.stderr).to.match(/Sending the contribution:[^]*function[^]*Transaction 0x[0-9a-f]{64}/);
      expect(first.stderr).to.include(`Transaction ${data.transactions[0]?.hash ?? "none"}`);
      const { address } = contributor(0);
      const again = await contribute(contributor(0), "--broadcast");
      expectFailure(again, 4, `AlreadyContributed(dataset = 1, contributor = ${address}, root = ${data.root})`);
    });

    it("exits 1 for a wallet without funds, no wallet, and a key that isn't one, which it doesn't print", async () => {
      const [poor, none, bad, dataset] = await Promise.all([
        contribute(world.pauper, "--broadcast"),
        cli(["contribute", "1", "mine.jsonl", "--broadcast"]),
        cli(["contribute", "1", "mine.jsonl"], { TRIBUTARY_PRIVATE_KEY: "0xsecret" }),
        cli(["contribute", "7", "mine.jsonl"], keyOf(contributor(0))),
      ]);
      expectFailure(poor, 1, "the wallet has no funds for gas");
      expectFailure(none, 1, "no wallet to send or sign with: set TRIBUTARY_PRIVATE_KEY");
      expectFailure(bad, 1, "TRIBUTARY_PRIVATE_KEY isn't a private key");
      expect(bad.stderr).not.to.include("secret");
      expectFailure(dataset, 4, "DatasetNotFound(dataset = 7)");
    });

    it("takes an encrypted wallet with its password from the environment", async () => {
      const { address, privateKey } = contributor(1).signer;
      await writeFile(
        file("wallet.json"),
        encryptKeystoreJsonSync({ address, privateKey }, "open sesame", { scrypt: { N: 1024 } }),
      );
      const args = ["contribute", "1", "mine.jsonl", "--keystore", "wallet.json"];
      const [preview, wrong, none, notOne] = await Promise.all([
        cli([...args, "--json"]),
        cli([...args, "--broadcast"], { TRIBUTARY_KEYSTORE_PASSWORD: "wrong" }),
        cli([...args, "--broadcast"]),
        cli(["contribute", "1", "mine.jsonl", "--keystore", "mine.jsonl"]),
      ]);
      expect(jsonOf<{ contributor: string }>(preview).contributor).to.equal(address);
      expectFailure(wrong, 1, "wrong password");
      expectFailure(none, 1, "set TRIBUTARY_KEYSTORE_PASSWORD");
      expectFailure(notOne, 1, "isn't an encrypted JSON wallet");
      const sent = await cli([...args, "--broadcast", "--json"], { TRIBUTARY_KEYSTORE_PASSWORD: "open sesame" });
      expect(jsonOf(sent)).to.deep.include({ contributor: address, status: "pending" });
    });

    it("refuses files without rows, empty lines and lines of a .jsonl that aren't JSON", async () => {
      await Promise.all([
        writeFile(file("none.txt"), ""),
        writeFile(file("gap.txt"), "a\n\nb\n"),
        writeFile(file("half.jsonl"), '{"a":1}\n{"a"\n'),
      ]);
      const runs = await Promise.all(
        [["none.txt"], ["gap.txt", "--lines"], ["half.jsonl"], [".", "--lines"], ["model"]].map((args) =>
          cli(["contribute", "1", ...args], keyOf(contributor(0))),
        ),
      );
      expectFailure(runs[0] as Run, 1, "none.txt is empty");
      expectFailure(runs[1] as Run, 1, "line 2 of gap.txt is empty");
      expectFailure(runs[2] as Run, 1, "line 2 of half.jsonl isn't JSON");
      expectFailure(runs[3] as Run, 2, "--lines is for a file");
      expectFailure(runs[4] as Run, 1, "no rows can be cut from head.bin");
    });
  });

  describe("from score to claim", () => {
    const propose = (by: Sender, interval: string, path: string, ...args: string[]): Promise<Run> =>
      cli(["propose", "2/0", interval, "--file", path, ...args], keyOf(by));

    it("scores an interval from chain and index", async () => {
      const [zero, one, none] = await Promise.all([
        cli([
          "score",
          "2/0",
          "0",
          "--index",
          "index.trix",
          "--out",
          "out/statement-0.json",
          "--fee-bps",
          "200",
          "--json",
        ]),
        cli(["score", "512", "1", "--index", "index.trix", "--out", "statement-1.json"]),
        cli(["score", "2/0", "2", "--index", "index.trix", "--out", "statement-2.json"]),
      ]);
      // 99 % of 0.1 dollars, 60 % of it to the stream, 90 % of that by influence.
      expect(jsonOf(zero)).to.deep.include({
        lines: CONTRIBUTIONS,
        grossPool: "53460",
        fee: "1069",
        pool: "52391",
        state: "open",
      });
      expect(one.stdout).to.include("0.053460 DUSD");
      expectFailure(none, 4, "IntervalNotFound(model = 2, interval = 2)");
    });

    it("says what a proposal would send, and sends it with --broadcast", async () => {
      const { attribution } = world.suite;
      const [preview, otherFee, otherInterval, noBond] = await Promise.all([
        propose(world.cast.scorer, "0", "out/statement-0.json", "--json"),
        propose(world.cast.scorer, "0", "out/statement-0.json", "--fee-bps", "100"),
        propose(world.cast.scorer, "1", "out/statement-0.json"),
        propose(world.cast.watchtower, "0", "out/statement-0.json"),
      ]);
      const statement = decodeStatement(await readFile(file("out/statement-0.json"), "utf8"));
      const [planned] = jsonOf<{ transactions: SentJson[] }>(preview).transactions;
      expect(planned?.arguments).to.deep.include({
        stream: "512",
        interval: "0",
        root: statement.sumTreeRoot,
        feeBps: "200",
        uri: "statement-0.json",
      });
      expectFailure(otherFee, 6, "no fee of 100 basis points");
      expectFailure(otherInterval, 6, "is the statement of stream 512, interval 0");
      expectFailure(noBond, 4, "InsufficientBond(", "deposit a bond");
      expect((await attribution.settlementOf(STREAM, 0)).status).to.equal(0n);
      const sent = await propose(world.cast.scorer, "0", "out/statement-0.json", "--broadcast");
      expect(sent.code, sent.stderr).to.equal(0);
      expect(sent.stdout).to.match(/Sent: 1 transaction[^]*transaction +0x[0-9a-f]{64}/);
      const proposed = await readStatement(world.suite, STREAM, 0);
      const { statementId } = await attribution.settlementOf(STREAM, 0);
      expect(statementHash(proposed.statement).slice(0, 60)).to.equal(statementId);
      expect(await checkStatementFile(world.suite, proposed, statement)).to.equal(CONTRIBUTIONS);
    });

    it("finds a right statement right, with and without the published file", async () => {
      const { address } = contributor(2);
      const [blind, full, proof, stranger] = await Promise.all([
        cli(["verify", "statement", "2/0", "0", "--index", "index.trix"]),
        cli(["verify", "statement", "2/0", "0", "--index", "index.trix", "--file", "out/statement-0.json", "--json"]),
        cli(["proof", "check", "out/statement-0.json", "--contributor", address]),
        cli(["proof", "check", "out/statement-0.json", "--contributor", world.pauper.address]),
      ]);
      expect(blind.code, blind.stderr).to.equal(0);
      expect(blind.stdout).to.include("The statement is right: 4 lines recomputed");
      expect(blind.stderr).to.include(`${world.cast.agentMaker.address} paid for 100.0 % of interval 0: the weights`);
      expect(jsonOf(full)).to.deep.include({ right: true, state: "live", wrongLines: [], evidence: null });
      expect(proof.stdout).to.include("4 lines proved").and.to.include("│    2 │");
      expectFailure(stranger, 1, "didn't contribute");
    });

    it("finds a crooked statement wrong, writes evidence, and refutes it", async () => {
      await writeFile(file("crooked.json"), favouring(await readFile(file("statement-1.json"), "utf8"), 0));
      jsonOf(await propose(world.cast.dishonestScorer, "1", "crooked.json", "--broadcast", "--json"));
      const [blind, full, honestFile, otherStatement] = await Promise.all([
        cli(["verify", "statement", "2/0", "1", "--index", "index.trix"]),
        cli([
          "verify",
          "statement",
          "2/0",
          "1",
          "--index",
          "index.trix",
          "--file",
          "crooked.json",
          "--evidence",
          "evidence.json",
          "--json",
        ]),
        cli(["proof", "check", "statement-1.json"]),
        cli(["verify", "statement", "2/0", "1", "--index", "index.trix", "--file", "out/statement-0.json"]),
      ]);
      expect(blind.code).to.equal(6);
      expect(blind.stdout).to.include("The statement is WRONG");
      expect(blind.stderr).to.include("give them with --file");
      const verdict = jsonOf<{ wrongLines: { index: number }[] }>(full, 6);
      expect(verdict.wrongLines.map(({ index: line }) => line)).to.deep.equal([0]);
      expect(full.stderr).to.include("Refute it: tributary refute evidence.json --broadcast");
      expectFailure(honestFile, 6, "the file is of another statement: its root is");
      expectFailure(otherStatement, 6, "is the statement of stream 512, interval 0");

      const preview = await cli(["refute", "evidence.json", "--json"], keyOf(world.cast.watchtower));
      expect(jsonOf<{ transactions: SentJson[] }>(preview).transactions[0]?.function).to.match(/^refute\(/);
      const refuted = await cli(["refute", "evidence.json", "--broadcast"], keyOf(world.cast.watchtower));
      expect(refuted.stdout).to.match(
        new RegExp(`is void; \\d+\\.000000 DUSD of its bond went to ${world.cast.watchtower.address}`),
      );
      const [again, check] = await Promise.all([
        cli(["refute", "evidence.json"], keyOf(world.cast.watchtower)),
        cli(["verify", "statement", "2/0", "1", "--index", "index.trix"]),
      ]);
      expectFailure(again, 4, "StatementNotLive(");
      expectFailure(check, 1, "no live or final statement for interval 1");
    });

    it("refuses evidence that is damaged, or no evidence", async () => {
      const evidence = await readFile(file("evidence.json"), "utf8");
      await writeFile(file("damaged.json"), evidence.replace(/"bond": "\d+"/, '"bond": "1"'));
      await writeFile(file("foreign.json"), evidence.replace('"chainId": 31337', '"chainId": 1'));
      const runs = await Promise.all(
        ["damaged.json", "foreign.json", "out/statement-0.json", "rows.jsonl"].map((name) =>
          cli(["refute", name], keyOf(world.cast.watchtower)),
        ),
      );
      expectFailure(runs[0] as Run, 1, "damaged.json is damaged");
      expectFailure(runs[1] as Run, 1, "on chain 1");
      expectFailure(runs[2] as Run, 1, "isn't an evidence file");
      expectFailure(runs[3] as Run, 1, "isn't JSON");
    });

    it("exits 6 for a statement file that was altered, 1 for one that isn't a statement", async () => {
      const statement = await readFile(file("out/statement-0.json"), "utf8");
      await writeFile(file("altered.json"), statement.replace(/"amount":"[1-9]\d*"/, '"amount":"1"'));
      const runs = await Promise.all(
        ["altered.json", "rows.jsonl", "address-book.json"].map((name) => cli(["proof", "check", name])),
      );
      expectFailure(runs[0] as Run, 6, "reject the file");
      expectFailure(runs[1] as Run, 1, "not JSON");
      expectFailure(runs[2] as Run, 1, "formatVersion");
    });

    it("exports one contributor's claim, and checks it with and without a chain", async () => {
      const { address } = contributor(0);
      const exported = ["proof", "export", "out/statement-0.json", "--contributor", address, "--out", "claim-0.json"];
      const { root } = jsonOf<{ root: Hex }>(await cli([...exported, "--json"]));
      const deadNode = ["--rpc", "http://127.0.0.1:1"];
      const [online, offline, otherRoot, otherWallet, statement] = await Promise.all([
        cli(["proof", "check", "claim-0.json", "--json"]),
        cli(["proof", "check", "claim-0.json", "--root", root, "--json", ...deadNode]),
        cli(["proof", "check", "claim-0.json", "--root", OTHER_ROOT, ...deadNode]),
        cli(["proof", "check", "claim-0.json", "--contributor", world.pauper.address]),
        cli(["proof", "check", "out/statement-0.json", "--root", root, ...deadNode]),
      ]);
      const checked = { kind: "claim", matches: true, lines: 1, root, contributor: address.toLowerCase() };
      expect(jsonOf(online)).to.deep.include({ ...checked, online: true, state: "live" });
      expect(jsonOf(offline)).to.deep.include({ ...checked, online: false, state: null });
      expectFailure(otherRoot, 6, "the file is of another statement: its root is");
      expectFailure(otherWallet, 1, "claim-0.json is the claim of");
      expect(statement.stdout).to.include("4 lines proved");
      const bent = (await readFile(file("claim-0.json"), "utf8")).replace(/"weight":"/, '"weight":"1');
      await writeFile(file("bent.json"), bent);
      expectFailure(await cli(["proof", "check", "bent.json", "--root", root, ...deadNode]), 6, "another root");
    });

    it("has nothing but pro-rata to claim before the statement is final", async () => {
      const { address } = contributor(1);
      const run = await cli(["claim", "out/statement-0.json", "--contributor", address, "--json"]);
      const data = jsonOf<{ lines: unknown[]; proRata: unknown[]; transactions: SentJson[] }>(run);
      expect(data.lines).to.deep.equal([]);
      expect(data.proRata).to.have.length(1);
      expect(run.stderr).to.include("isn't final: its window closes");
    });

    it("claims lines and pro-rata money, to the wei, once", async () => {
      jsonOf(await propose(world.cast.scorer, "1", "statement-1.json", "--broadcast", "--json"));
      const { chain, suite, cast } = world;
      await moveTime(chain, Number(await suite.attribution.WINDOW()));
      for (const interval of [0, 1]) {
        const { statement } = await readStatement(suite, STREAM, interval);
        // By somebody that the command line doesn't send for: a Sender counts its own nonces.
        await cast.baseLab.send("finalising", suite.attribution.finalise.populateTransaction(statement));
      }
      const files = ["out/statement-0.json", "statement-1.json", "statement-1.json"];
      const claims = ["claim-0.json", "claim-0.json", "statement-1.json"];
      const statements = await Promise.all(
        files.slice(0, 2).map(async (name) => decodeStatement(await readFile(file(name), "utf8"))),
      );
      const owed = statements.map(({ lines }) => lines[0]?.amount ?? 0n).reduce((sum, amount) => sum + amount);
      // By row count, a quarter each: 10 % of the stream's fees of 0.1188 dollars, and its royalties of 0.04752.
      const expected = owed + 14_850n;
      const { address } = contributor(0);
      const preview = await cli(["claim", ...files, "--contributor", address]);
      expect(preview.stdout).to.include(formatUnits(expected, 6).padEnd(8, "0")).and.to.include("claimProRataOf");
      const ofClaim = jsonOf<{ claimable: string }>(
        await cli(["claim", ...claims, "--contributor", address, "--json"]),
      );
      expect(ofClaim.claimable, "with a claim for a statement").to.equal(String(expected));
      expect(await world.suite.currency.balanceOf(address)).to.equal(0n);

      const sent = await cli(["claim", ...files, "--broadcast", "--json"], keyOf(contributor(0)));
      const data = jsonOf<{ paid: string; failed: string; transactions: SentJson[] }>(sent);
      expect(data).to.deep.include({
        paid: String(expected),
        failed: "0",
        claimable: String(expected),
        contributor: address,
      });
      expect(await world.suite.currency.balanceOf(address)).to.equal(expected);
      const [again, stranger, json] = await Promise.all([
        cli(["claim", ...files, "--broadcast"], keyOf(contributor(0))),
        cli(["claim", ...files, "--contributor", world.pauper.address]),
        cli(["claim", ...files, "--contributor", address, "--json"]),
      ]);
      expectFailure(again, 3, `nothing is claimable for ${address}`);
      expectFailure(stranger, 3, "nothing is claimable");
      expect(jsonOf<ErrorJson>(json, 3).error.code).to.equal("nothing-to-do");
    });

    it("says that a final interval can't be proposed again", async () => {
      const run = await propose(world.cast.scorer, "0", "out/statement-0.json", "--broadcast");
      expectFailure(run, 4, "WrongSettlementStatus(stream = 512, interval = 0, status = 2)");
    });
  });
});
