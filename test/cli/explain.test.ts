import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  attributeContributions,
  decodeIndex,
  decodeStatement,
  fromHex,
  type Hex,
  innerProduct,
  indexRow,
  textFeatures,
  unpackQ,
} from "../../scorer/index.ts";
import type { Node } from "../support/process.ts";
import { cliIn, expectFailure, jsonOf, type RunCli } from "./support/cli.ts";
import { startNode, stopNode } from "./support/node.ts";
import { buildWorld, CONTRIBUTIONS, favouring, mail, ROWS_EACH, type World } from "./support/world.ts";

interface AnswerJson {
  receipt: number;
  score: number;
  part: number;
  requestDigest: string;
}
interface ContributionJson {
  weight: string;
  total: string;
  share: number;
  amount: string;
  rank: number;
  state: string;
  matches: boolean | null;
  peers: { count: number; medianWeight: string };
  answers: {
    count: number;
    supported: number;
    opposed: number;
    support: number;
    harm: number;
    mostSupported: AnswerJson[];
    mostOpposed: AnswerJson[];
  } | null;
}
interface ScoredJson {
  contribution: number;
  contributor: string;
  score: number;
  part: number;
  mostRows: { row: number; score: number; label: number; excerpt: string }[] | null;
}
interface ReceiptJson {
  interval: number;
  receipt: number;
  supporting: number;
  opposing: number;
  mostSupporting: ScoredJson[];
  mostOpposing: ScoredJson[];
}

describe("command line: explanations", () => {
  let folder = "";
  let cli: RunCli;
  let node: Node;
  let world: World;
  const file = (name: string): string => join(folder, name);
  const contribution = (which: string, ...more: string[]): ReturnType<RunCli> =>
    cli(["explain", "contribution", "2/0", "0", which, "--index", "index.trix", ...more]);
  const receipt = (which: string, ...more: string[]): ReturnType<RunCli> =>
    cli(["explain", "receipt", which, "--receipts", "receipts-0.json", "--index", "index.trix", ...more]);
  const receipts = async (): Promise<{ amount: string; query: { exponent: number; lanes: Hex } }[]> =>
    JSON.parse(await readFile(file("receipts-0.json"), "utf8")) as [];

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), "tributary-explain-"));
    node = await startNode();
    cli = cliIn(folder, { TRIBUTARY_RPC_URL: node.url, TRIBUTARY_DEPLOYMENT: file("address-book.json") });
    world = await buildWorld(node.url, folder, [[mail(0, 0, 1), mail(1, 1, 0), mail(0, 2, 1)]]);
    jsonOf(await cli(["train", "rows.jsonl", "--out", "model", "--json"]));
    jsonOf(await cli(["score", "2/0", "0", "--index", "index.trix", "--out", "statement.json", "--json"]));
  });

  after(async () => {
    await world.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true, force: true });
  });

  it("of a contribution have the statement's weight and amount, and a rank by weight", async () => {
    const { lines, total } = decodeStatement(await readFile(file("statement.json"), "utf8"));
    const runs = await Promise.all(lines.map(({ index }) => contribution(String(index), "--json")));
    const explained = runs.map((run) => jsonOf<ContributionJson>(run));
    lines.forEach(({ payable, amount }, i) => {
      const shown = explained[i]!;
      expect(shown).to.deep.include({ weight: String(payable), total: String(total), amount: String(amount) });
      expect(shown).to.deep.include({ state: "open", matches: null, answers: null });
      expect(shown.share).to.be.within(Number(payable) / Number(total) - 1e-9, Number(payable) / Number(total) + 1e-9);
      expect(shown.rank).to.equal(1 + lines.filter((other) => other.payable > payable).length);
      const others = lines.filter((other) => other.index !== i).map((other) => other.payable);
      const [, median] = others.sort((a, b) => (a < b ? -1 : 1));
      expect(shown.peers).to.deep.include({ count: CONTRIBUTIONS - 1, medianWeight: String(median) });
    });
    expect(explained.reduce((sum, { share }) => sum + share, 0)).to.be.within(1 - 1e-9, 1);
  });

  it("of a contribution say which answers it supported, by its contributor's address too", async () => {
    const { address } = world.members[0]!.sender;
    const [byPlace, byAddress] = await Promise.all([
      contribution("0", "--receipts", "receipts-0.json", "--json"),
      contribution(address, "--receipts", "receipts-0.json", "--json", "--top", "1"),
    ]);
    const { answers, weight } = jsonOf<ContributionJson>(byPlace);
    const index = decodeIndex(new Uint8Array(await readFile(file("index.trix"))));
    const own = indexRow(index, 0);
    const signs = (await receipts()).map(({ query }) =>
      Math.sign(innerProduct(own, unpackQ(fromHex(query.lanes, "lanes")))),
    );
    expect(answers?.count).to.equal(3);
    expect(answers?.supported).to.equal(signs.filter((sign) => sign > 0).length);
    expect(answers?.opposed).to.equal(signs.filter((sign) => sign < 0).length);
    const net = (answers?.support ?? 0) - (answers?.harm ?? 0);
    expect(Math.abs(net / Number(weight) - 1)).to.be.below(1e-2);
    const parts = answers?.mostSupported.map(({ part }) => part) ?? [];
    expect(Math.abs(parts.reduce((a, b) => a + b, 0) - 1)).to.be.below(1e-12);
    expect(parts).to.deep.equal([...parts].sort((a, b) => b - a));
    expect(jsonOf<ContributionJson>(byAddress).answers?.mostSupported).to.deep.equal(
      answers?.mostSupported.slice(0, 1),
    );
  });

  it("of a contribution are in plain words", async () => {
    const { code, stdout } = await contribution("0", "--receipts", "receipts-0.json");
    expect(code).to.equal(0);
    expect(stdout)
      .to.include("Contribution 0 of stream 512 in interval 0")
      .and.to.match(/It would earn \d+\.\d{6} DUSD, \d+\.\d\d % of what influence divides: rank \d of 4/)
      .and.to.match(/Of 3 other contributions of 3 to 12 rows, the median weighs/)
      .and.to.match(/It supported \d of 3 paid answers/);
  });

  it("of a receipt have the inner products with the index, the largest first", async () => {
    const explained = jsonOf<ReceiptJson>(await receipt("1", "--json"));
    const index = decodeIndex(new Uint8Array(await readFile(file("index.trix"))));
    const { query } = (await receipts())[1]!;
    const scores = world.members.map(
      (_, i) => innerProduct(indexRow(index, i), unpackQ(fromHex(query.lanes, "lanes"))) * 2 ** index.exponents[i]!,
    );
    expect(explained).to.deep.include({ interval: 0, receipt: 1 });
    expect(explained.supporting).to.equal(scores.filter((score) => score > 0).length);
    const shown = [...explained.mostSupporting, ...explained.mostOpposing];
    expect(shown).to.have.length(CONTRIBUTIONS);
    for (const { contribution: place, score, contributor, mostRows } of shown) {
      expect(score).to.equal(scores[place]);
      expect(contributor).to.equal(world.members[place]?.sender.address.toLowerCase());
      expect(mostRows).to.equal(null);
    }
    const ordered = explained.mostSupporting.map(({ score }) => score);
    expect(ordered).to.deep.equal([...ordered].sort((a, b) => b - a));
  });

  it("of a receipt name the rows that matter most, scored as if each were a contribution", async () => {
    const run = await receipt("0", "--rows", "rows.jsonl", "--model", "model", "--json");
    const { mostSupporting } = jsonOf<ReceiptJson>(run);
    const mails = world.members.flatMap(({ contributor }) => contributor.rows);
    const labels = mails.map(({ label }) => label);
    const each = attributeContributions(world.trained.model, {
      features: textFeatures(mails),
      labels,
      contributionOf: mails.map((_, i) => i),
      contributions: mails.length,
    });
    const { query } = (await receipts())[0]!;
    const psi = unpackQ(fromHex(query.lanes, "lanes"));
    const unit = 2 ** world.trained.index.unitExponent;
    expect(mostSupporting.length).to.be.above(0);
    for (const { contribution: place, mostRows } of mostSupporting) {
      const expected = Array.from({ length: ROWS_EACH }, (_, i) => place * ROWS_EACH + i)
        .map((row) => {
          let score = 0;
          psi.forEach((lane, j) => (score += lane * each.data[row * each.columns + j]!));
          return { row, score: score / unit };
        })
        .sort((a, b) => b.score - a.score)
        .slice(0, 3);
      expect(mostRows).to.have.length(3);
      mostRows?.forEach(({ row, score, label, excerpt }, i) => {
        expect(Math.abs(score - expected[i]!.score)).to.be.below(1e-6 * Math.abs(expected[0]!.score));
        expect(label).to.equal(labels[row]);
        expect(excerpt).to.equal(mails[row]?.subject);
        expect(Math.floor(row / ROWS_EACH)).to.equal(place);
      });
    }
    const text = await receipt("0", "--rows", "rows.jsonl", "--model", "model");
    expect(text.stdout).to.include("free offer").and.to.include("speaks for it");
  });

  it("refuse rows, models and receipts of others", async () => {
    const rows = (await readFile(file("rows.jsonl"), "utf8")).trimEnd().split("\n");
    await writeFile(file("other.jsonl"), rows.slice(1).join("\n"));
    jsonOf(await cli(["train", "other.jsonl", "--out", "other", "--json"]));
    await writeFile(file("swapped.jsonl"), rows.join("\n").replaceAll('"contribution":0', '"contribution":1'));
    const published = await receipts();
    await writeFile(file("receipts-short.json"), JSON.stringify(published.slice(1)));
    const runs = await Promise.all([
      receipt("0", "--rows", "other.jsonl", "--model", "model"),
      receipt("0", "--rows", "other.jsonl", "--model", "other"),
      receipt("0", "--rows", "swapped.jsonl", "--model", "model"),
      receipt("3"),
      cli(["explain", "receipt", "0", "--receipts", "receipts-short.json", "--index", "index.trix"]),
      contribution("4"),
      contribution(world.pauper.address),
      contribution("0", "--receipts", "receipts-short.json"),
    ]);
    expectFailure(runs[0], 6, "another head.bin");
    expectFailure(runs[1], 6, "model 2 committed");
    expectFailure(runs[2], 6, "don't add up to its score");
    expectFailure(runs[3], 1, "3 receipts: there is no 3");
    expectFailure(runs[4], 6, "isn't that of interval 0");
    expectFailure(runs[5], 1, "4 contributions: there is no 4");
    expectFailure(runs[6], 1, "didn't contribute");
    expectFailure(runs[7], 6, "isn't that of interval 0");
  });

  it("say so when the statement on the chain is another", async () => {
    const { cast } = world;
    await writeFile(file("crooked.json"), favouring(await readFile(file("statement.json"), "utf8"), 2));
    const propose = ["propose", "2/0", "0", "--file", "crooked.json", "--broadcast", "--json"];
    jsonOf(await cli(propose, { TRIBUTARY_PRIVATE_KEY: cast.dishonestScorer.signer.privateKey }));
    const run = await contribution("2", "--json");
    expect(jsonOf<ContributionJson>(run, 6)).to.deep.include({ state: "live", matches: false });
    expect(run.stderr).to.include("says otherwise");
  });
});
