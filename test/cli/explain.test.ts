import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Matrix as Dense, solve } from "ml-matrix";
import pico from "picocolors";
import type { Given, Outcome } from "../../cli/command.ts";
import { EXIT } from "../../cli/exit.ts";
import {
  attributeContributions,
  decodeIndex,
  decodeStatement,
  encodeSafetensors,
  fromHex,
  type Hex,
  innerProduct,
  indexRow,
  predict,
  textFeatures,
  unpackQ,
} from "../../scorer/index.ts";
import type { Node } from "../support/process.ts";
import { cliIn, type RunCli } from "./support/cli.ts";
import { failure, runCommand } from "./support/inProcess.ts";
import { startNode, stopNode } from "./support/node.ts";
import { buildWorld, favouring, mail, type World } from "./support/world.ts";

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
interface WithoutJson {
  without: { rows: number; answers: number; margin: number; lost: number; changed: number } | null;
  repeats: {
    rows: number;
    copies: number;
    own: number;
    near: number;
    part: number;
    peersPart: number | null;
  } | null;
}
interface EvidenceJson {
  evidence: {
    isResponse: boolean;
    spans: {
      text: string;
      start: number;
      end: number;
      share: number;
      rows: number;
      contributions: number;
      holders: { contribution: number; rows: number[] }[];
    }[];
    contributions: { contribution: number; contributor: string; kind: string; share: number | null }[];
  } | null;
}
interface ScoredJson {
  contribution: number;
  contributor: string;
  score: number;
  part: number;
  mostRows: { row: number; score: number; part: number; label: number; excerpt: string }[] | null;
}
interface ReceiptJson {
  interval: number;
  receipt: number;
  supporting: number;
  opposing: number;
  mostSupporting: ScoredJson[];
  mostOpposing: ScoredJson[];
}

/** Rows of each contribution; the last one has all labels the wrong way round. */
const SIZES = [6, 8, 5, 3, 4];
const CONTRIBUTED = SIZES.map((size, who) => ({
  name: `contributor ${who}`,
  rows: Array.from({ length: size }, (_, i) => {
    const made = mail(who % 4, i, i % 2 === 0 ? 1 : 0);
    return who === SIZES.length - 1 ? { ...made, label: made.label === 1 ? (0 as const) : (1 as const) } : made;
  }),
  heldOut: [],
}));

describe("command line: explanations", () => {
  let folder = "";
  let cli: RunCli;
  let node: Node;
  let world: World;
  const file = (name: string): string => join(folder, name);
  const run = (name: string, given: Readonly<Record<string, Given>>, notes: string[] = []): Promise<Outcome> =>
    runCommand(name, given, notes, world.suite);
  const contribution = (which: string, more: Readonly<Record<string, Given>> = {}): Promise<Outcome> =>
    run("explain contribution", {
      stream: "2/0",
      interval: "0",
      contribution: which,
      index: file("index.trix"),
      ...more,
    });
  const receipt = (which: string, more: Readonly<Record<string, Given>> = {}): Promise<Outcome> =>
    run("explain receipt", { receipt: which, receipts: file("receipts-0.json"), index: file("index.trix"), ...more });
  /** What --json prints. */
  // The caller knows what its command prints.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  const jsonOf = <T>({ data }: Outcome): T =>
    JSON.parse(JSON.stringify(data, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))) as T;
  const textOf = ({ render }: Outcome): string => render(pico.createColors(false));
  const receipts = async (): Promise<
    (Record<"model" | "payer" | "amount" | "requestDigest" | "responseDigest" | "queryDigest", string> & {
      query: { exponent: number; lanes: Hex };
    })[]
  > => JSON.parse(await readFile(file("receipts-0.json"), "utf8")) as [];

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), "tributary-explain-"));
    node = await startNode();
    cli = cliIn(folder, { TRIBUTARY_RPC_URL: node.url, TRIBUTARY_DEPLOYMENT: file("address-book.json") });
    world = await buildWorld(node.url, folder, [[mail(0, 0, 1), mail(1, 1, 0), mail(0, 2, 1)]], CONTRIBUTED);
    await run("train", { rows: file("rows.jsonl"), out: file("model") });
    await run("score", { stream: "2/0", interval: "0", index: file("index.trix"), out: file("statement.json") });
  });

  after(async () => {
    await world.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true, force: true });
  });

  it("of a contribution have the statement's weight and amount, and a rank by weight", async () => {
    const { lines, total } = decodeStatement(await readFile(file("statement.json"), "utf8"));
    const runs = await Promise.all(lines.map(({ index }) => contribution(String(index))));
    const explained = runs.map((outcome) => jsonOf<ContributionJson>(outcome));
    lines.forEach(({ payable, amount }, i) => {
      const shown = explained[i]!;
      expect(shown).to.deep.include({ weight: String(payable), total: String(total), amount: String(amount) });
      expect(shown).to.deep.include({ state: "open", matches: null, answers: null });
      expect(shown.share).to.be.within(Number(payable) / Number(total) - 1e-9, Number(payable) / Number(total) + 1e-9);
      expect(shown.rank).to.equal(1 + lines.filter((other) => other.payable > payable).length);
      const peers = lines
        .filter(({ index, rows }) => index !== i && rows >= SIZES[i]! / 2 && rows <= 2 * SIZES[i]!)
        .map((other) => other.payable)
        .sort((x, y) => (x < y ? -1 : 1));
      const [low, high] = [peers[Math.ceil(peers.length / 2) - 1]!, peers[Math.floor(peers.length / 2)]!];
      expect(shown.peers).to.deep.include({ count: peers.length, medianWeight: String((low + high) / 2n) });
    });
    expect(explained.reduce((sum, { share }) => sum + share, 0)).to.be.within(1 - 1e-9, 1);
  });

  it("of a contribution say which answers it supported, by its contributor's address too", async () => {
    const { address } = world.members[0]!.sender;
    const [byPlace, byAddress] = await Promise.all([
      contribution("0", { receipts: file("receipts-0.json") }),
      contribution(address, { receipts: file("receipts-0.json"), top: "1" }),
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
    expect(textOf(await contribution("0", { receipts: file("receipts-0.json") })))
      .to.include("Contribution 0 of stream 512 in interval 0")
      .and.to.match(
        /It would earn \d+\.\d{6} DUSD, \d+\.\d\d % of what influence divides: rank \d of 5, 4 of which are paid/,
      )
      .and.to.match(/It weighs \d\.\d\d times the median of 4 other contributions of 3 to 12 rows/)
      .and.to.match(/It supported \d of 3 paid answers/);
    const flipped = textOf(await contribution("4", { receipts: file("receipts-0.json") }));
    expect(flipped)
      .to.include("It would earn nothing by influence.")
      .and.to.include("It supported 0 of 3 paid answers and spoke against 3")
      .and.to.include("of its harm");
  });

  it("of a contribution say what training without it changes, as training on the other rows has it", async () => {
    const mails = world.members.flatMap(({ contributor }, owner) => contributor.rows.map((row) => ({ ...row, owner })));
    const asked = [mail(0, 0, 1), mail(1, 1, 0), mail(0, 2, 1)];
    const { head, classWeights } = world.trained.model;
    const answers = asked.map((one) => predict(head, textFeatures([one]).data));
    const given = { receipts: file("receipts-0.json"), rows: file("rows.jsonl"), model: file("model") };
    const d = head.features;
    for (const place of [1, 4]) {
      const outcome = await contribution(String(place), given);
      const { without } = jsonOf<WithoutJson>(outcome);
      expect(without).to.deep.include({ rows: SIZES[place], answers: 3 });
      const margin = answers.reduce((sum, one) => sum + one.margin, 0);
      expect(Math.abs(without!.margin - margin)).to.be.below(1e-3);

      // Ridge regression without the rows, by ml-matrix: the classes' weights stay.
      const kept = mails.filter(({ owner }) => owner !== place);
      const x = textFeatures(kept);
      const rows = new Dense(Array.from({ length: x.rows }, (_, i) => [...x.data.subarray(i * d, (i + 1) * d)]));
      const weights = kept.map(({ label }) => classWeights[label]!);
      const weighted = new Dense(rows.to2DArray().map((row, i) => row.map((value) => value * weights[i]!)));
      const gram = weighted.transpose().mmul(rows).add(Dense.eye(d, d));
      const beta = solve(gram, weighted.transpose().mmul(Dense.columnVector(kept.map(({ label }) => label - 0.5))));
      const after = asked.map((one) => {
        const features = textFeatures([one]).data;
        return Dense.rowVector(features).mmul(beta).get(0, 0);
      });
      const margins = after.map((output, r) => (answers[r]!.label === 1 ? output : -output));
      const lost = margin - margins.reduce((sum, one) => sum + one, 0);
      expect(Math.abs(without!.lost - lost)).to.be.below(2e-3);
      expect(without!.changed).to.equal(margins.filter((one) => one < 0).length);
      // What speaks for the answers makes them surer, what is labelled the wrong way round does not.
      expect(Math.sign(without!.lost)).to.equal(place === 4 ? -1 : 1);
      expect(textOf(outcome))
        .to.include(place === 4 ? "% more sure in all" : "% less sure in all")
        .and.to.include(`and ${without!.changed} of 3 would be another answer`);
    }
  });

  it("of a contribution say how many of its rows aren't new", async () => {
    const lines = (await readFile(file("rows.jsonl"), "utf8")).trimEnd().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as { contribution: number; subject: string; body: string });
    const texts = rows.map(({ subject, body }) => `${subject}\n${body}`);
    const outcome = await contribution("1", { rows: file("rows.jsonl") });
    const { repeats, without } = jsonOf<WithoutJson>(outcome);
    const own = [...rows.keys()].filter((row) => rows[row]!.contribution === 1);
    const same = (row: number, before: (other: number) => boolean): boolean =>
      texts.some((other, at) => at < row && before(at) && other === texts[row]);
    const copies = own.filter((row) => same(row, (at) => rows[at]!.contribution < 1));
    const repeated = own.filter((row) => !copies.includes(row) && same(row, (at) => rows[at]!.contribution === 1));
    expect(without).to.equal(null);
    expect(repeats).to.deep.include({ rows: SIZES[1], copies: copies.length, own: repeated.length });
    expect(repeated.length).to.be.above(0);
    const part = (repeats!.copies + repeats!.own + repeats!.near) / SIZES[1]!;
    expect(repeats!.part).to.equal(part);
    expect(repeats!.peersPart).to.be.within(0, 1);
    expect(textOf(outcome)).to.include("are not new. Of contributions of its size, half have");

    const changed = rows.map((row, i) =>
      i === 0 ? { ...row, subject: "entirely", body: "other words than the rest" } : row,
    );
    await writeFile(file("new.jsonl"), changed.map((row) => JSON.stringify(row)).join("\n"));
    expect(jsonOf<WithoutJson>(await contribution("0", { rows: file("new.jsonl") })).repeats).not.to.deep.equal(
      jsonOf<WithoutJson>(await contribution("0", { rows: file("rows.jsonl") })).repeats,
    );
    await writeFile(
      file("numbers.jsonl"),
      rows.map(({ contribution: owner }) => JSON.stringify({ contribution: owner })).join("\n"),
    );
    expect(jsonOf<WithoutJson>(await contribution("0", { rows: file("numbers.jsonl") })).repeats).to.equal(null);
  });

  it("of a receipt show where the words of a text stand", async () => {
    const rows = Array.from({ length: 5 }, (_, contribution) => ({
      contribution,
      subject: `letter ${contribution}`,
      body: [
        "The heron stood in the shallows until the evening mist came up from the weir below the mill.",
        "Nobody counted the barges that went down the canal during the long and silent winter of that year.",
        "Bread was baked on Fridays, and the whole street smelt of rye and caraway until the following noon.",
        "A clockmaker from the next valley repaired the tower bell with a spring made of an old scythe.",
        "Salt, tallow, two bolts of linen and a cracked mirror were all that the pedlar had left to sell.",
      ][contribution],
    }));
    await writeFile(file("letters.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
    const copied = "the evening mist came up from the weir below the mill";
    const quoted = "two bolts of linen and a cracked mirror were all that the pedlar had left to sell";
    const answer = `They wrote that ${copied}, and that ${quoted}.`;
    await writeFile(file("answer.txt"), answer);
    await writeFile(file("prompt.txt"), `Who wrote this? ${quoted}.`);
    const notes: string[] = [];
    const given = { receipts: file("receipts-0.json"), index: file("index.trix"), rows: file("letters.jsonl") };
    const explain = (more: Readonly<Record<string, Given>>): Promise<Outcome> =>
      run("explain receipt", { receipt: "0", ...given, ...more }, notes);
    const outcome = await explain({ answer: file("answer.txt") });
    const { evidence } = jsonOf<EvidenceJson>(outcome);
    expect(evidence?.isResponse).to.equal(false);
    expect(notes.join("\n")).to.include("isn't, to the byte, the response");
    expect(evidence?.spans.map(({ holders }) => holders)).to.deep.equal([
      [{ contribution: 0, rows: [0] }],
      [{ contribution: 4, rows: [0] }],
    ]);
    for (const [i, words] of [copied, quoted].entries()) {
      const span = evidence!.spans[i]!;
      expect(answer.slice(span.start, span.end)).to.equal(span.text);
      expect(span.text).to.include(words);
      expect([span.rows, span.contributions]).to.deep.equal([1, 1]);
    }
    const verbatim = evidence!.contributions.filter(({ kind }) => kind === "verbatim");
    expect(verbatim.map(({ contribution: place }) => place).sort()).to.deep.equal([0, 4]);
    expect(Math.abs(verbatim.reduce((sum, { share }) => sum + (share ?? 0), 0) - 1)).to.be.below(1e-12);
    verbatim.forEach(({ contribution: place, contributor }) => {
      expect(contributor).to.equal(world.members[place]?.sender.address.toLowerCase());
    });
    expect(textOf(outcome)).to.include("Its words in the contributions:").and.to.include(copied);
    // What the question has too is no evidence.
    const asked = jsonOf<EvidenceJson>(await explain({ answer: file("answer.txt"), prompt: file("prompt.txt") }));
    expect(asked.evidence?.spans.map(({ holders }) => holders[0]?.contribution)).to.deep.equal([0]);
    expect(jsonOf<EvidenceJson>(await receipt("0")).evidence).to.equal(null);

    await writeFile(file("response.json"), '{"verdict":"spam"}');
    const response = jsonOf<EvidenceJson>(await explain({ answer: file("response.json") }));
    expect(response.evidence).to.deep.include({ isResponse: true, spans: [] });

    const refused: [Readonly<Record<string, Given>>, string][] = [
      [{ rows: undefined, answer: file("answer.txt") }, "--answer needs --rows"],
      [{ prompt: file("prompt.txt") }, "--prompt is for --answer"],
      [{}, "give ROWS.jsonl and --model DIR"],
    ];
    for (const [more, message] of refused) {
      const failed = await failure(explain(more));
      expect([failed.exitCode, failed.message.includes(message)], failed.message).to.deep.equal([EXIT.usage, true]);
    }
    await writeFile(file("beyond.jsonl"), JSON.stringify({ contribution: 5, subject: "", body: "words" }));
    const beyond = await failure(explain({ rows: file("beyond.jsonl"), answer: file("answer.txt") }));
    expect(beyond.message).to.include("rows of contribution 5, and the stream has 5");
    expect((await failure(contribution("0", { rows: file("beyond.jsonl") }))).message).to.include("the stream has 5");
    expect((await failure(contribution("0", { model: file("model") }))).exitCode).to.equal(EXIT.usage);
  });

  it("of a receipt have the inner products with the index, the largest first", async () => {
    const explained = jsonOf<ReceiptJson>(await receipt("1"));
    const index = decodeIndex(new Uint8Array(await readFile(file("index.trix"))));
    const { query } = (await receipts())[1]!;
    const scores = world.members.map(
      (_, i) => innerProduct(indexRow(index, i), unpackQ(fromHex(query.lanes, "lanes"))) * 2 ** index.exponents[i]!,
    );
    expect(explained).to.deep.include({ interval: 0, receipt: 1 });
    expect(explained.supporting).to.equal(scores.filter((score) => score > 0).length);
    const shown = [...explained.mostSupporting, ...explained.mostOpposing];
    expect(shown).to.have.length(SIZES.length);
    expect(explained.mostOpposing.map((one) => one.contribution)).to.deep.equal([SIZES.length - 1]);
    for (const { contribution: place, score, contributor, mostRows } of shown) {
      expect(score).to.equal(scores[place]);
      expect(contributor).to.equal(world.members[place]?.sender.address.toLowerCase());
      expect(mostRows).to.equal(null);
    }
    const ordered = explained.mostSupporting.map(({ score }) => score);
    expect(ordered).to.deep.equal([...ordered].sort((a, b) => b - a));
  });

  it("of a receipt name the rows that matter most, scored as if each were a contribution", async () => {
    const outcome = await receipt("0", { rows: file("rows.jsonl"), model: file("model") });
    const { mostSupporting, mostOpposing } = jsonOf<ReceiptJson>(outcome);
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
    expect([mostSupporting.length, mostOpposing.length]).to.deep.equal([4, 1]);
    const first = SIZES.map((_, who) => SIZES.slice(0, who).reduce((sum, size) => sum + size, 0));
    for (const { contribution: place, mostRows } of [...mostSupporting, ...mostOpposing]) {
      const scores = Array.from({ length: SIZES[place]! }, (_, i) => {
        const row = first[place]! + i;
        let score = 0;
        psi.forEach((lane, j) => (score += lane * each.data[row * each.columns + j]!));
        return { row, score: score / unit };
      });
      const whole = scores.reduce((sum, { score }) => sum + score, 0);
      // The largest speak for the answer, or against it.
      const sign = whole > 0 ? 1 : -1;
      const expected = scores.sort((a, b) => sign * (b.score - a.score)).slice(0, 3);
      expect(mostRows).to.have.length(3);
      mostRows?.forEach(({ row, score, part, label, excerpt }, i) => {
        expect(Math.abs(score - expected[i]!.score)).to.be.below(1e-6 * Math.abs(expected[0]!.score));
        expect(Math.abs(part - score / whole)).to.be.below(1e-6);
        expect(label).to.equal(labels[row]);
        expect(excerpt).to.equal(mails[row]?.subject);
        expect(scores.map((one) => one.row)).to.include(row);
      });
    }
    // The same features as a file of another framework would have them.
    const contribution = Int32Array.from(SIZES.flatMap((size, who) => new Array<number>(size).fill(who)));
    const phi = { shape: [each.rows, each.columns], data: each.data };
    const tensors = { phi, contribution: { shape: [each.rows], data: contribution } };
    await writeFile(file("phi.safetensors"), encodeSafetensors(tensors));
    const ofFile = jsonOf<ReceiptJson>(await receipt("0", { factors: file("phi.safetensors") }));
    const rowsOf = ({ mostRows }: ScoredJson): unknown => mostRows?.map(({ row, part }) => [row, part.toFixed(9)]);
    expect(ofFile.mostSupporting.map(rowsOf)).to.deep.equal(mostSupporting.map(rowsOf));
    expect(ofFile.mostOpposing.map(rowsOf)).to.deep.equal(mostOpposing.map(rowsOf));
    expect(textOf(outcome))
      .to.include("free offer")
      .and.to.include("speaks for it")
      .and.to.include("speaks against it");
  });

  it("of a receipt are the same by its place and by what the gateway gave", async () => {
    const place = 2;
    const { model, payer, amount, requestDigest, responseDigest, queryDigest } = (await receipts())[place]!;
    const call = { model, payer, amount, payment: "1", requestDigest, responseDigest, queryDigest, time: 1 };
    const signed = { ...call, index: 0, proof: [], signature: `0x${"00".repeat(65)}` };
    await writeFile(file("receipt.json"), JSON.stringify(signed));
    const [byFile, byPlace] = [await receipt(file("receipt.json")), await receipt(String(place))];
    expect(byFile.data).to.deep.equal(byPlace.data);
    await writeFile(file("unknown.json"), JSON.stringify({ ...signed, amount: "1" }));
    const failed = await failure(receipt(file("unknown.json")));
    expect(failed.exitCode).to.equal(EXIT.mismatch);
    expect(failed.message).to.include("doesn't have this receipt");
  });

  it("refuse rows, models and receipts of others", async () => {
    const rows = (await readFile(file("rows.jsonl"), "utf8")).trimEnd().split("\n");
    await writeFile(file("other.jsonl"), rows.slice(1).join("\n"));
    await run("train", { rows: file("other.jsonl"), out: file("other") });
    await writeFile(file("swapped.jsonl"), rows.join("\n").replaceAll('"contribution":0', '"contribution":1'));
    await writeFile(file("receipts-short.json"), JSON.stringify((await receipts()).slice(1)));
    const short = { receipts: file("receipts-short.json") };
    const cases: [() => Promise<Outcome>, number, string][] = [
      [() => receipt("0", { rows: file("other.jsonl"), model: file("model") }), EXIT.mismatch, "another head.bin"],
      [() => receipt("0", { rows: file("other.jsonl"), model: file("other") }), EXIT.mismatch, "model 2 committed"],
      [
        () => receipt("0", { rows: file("swapped.jsonl"), model: file("model") }),
        EXIT.mismatch,
        "don't add up to its score",
      ],
      [() => receipt("3"), EXIT.error, "3 receipts: there is no 3"],
      [() => receipt("0", short), EXIT.mismatch, "isn't that of interval 0"],
      [() => contribution("5"), EXIT.error, "5 contributions: there is no 5"],
      [() => contribution(world.pauper.address), EXIT.error, "didn't contribute"],
      [() => contribution("0", short), EXIT.mismatch, "isn't that of interval 0"],
      [() => contribution("0x12"), EXIT.usage, "40 hexadecimal digits"],
    ];
    for (const [act, exitCode, message] of cases) {
      const failed = await failure(act());
      expect(failed.message).to.include(message);
      expect(failed.exitCode, message).to.equal(exitCode);
    }
  });

  it("say so when the statement on the chain is another", async () => {
    const { cast } = world;
    await writeFile(file("crooked.json"), favouring(await readFile(file("statement.json"), "utf8"), 2));
    const propose = ["propose", "2/0", "0", "--file", "crooked.json", "--broadcast"];
    await cli(propose, { TRIBUTARY_PRIVATE_KEY: cast.dishonestScorer.signer.privateKey });
    const explained = await cli(["explain", "contribution", "2/0", "0", "2", "--index", "index.trix", "--json"]);
    expect(explained.code).to.equal(EXIT.mismatch);
    expect(JSON.parse(explained.stdout)).to.deep.include({ state: "live", matches: false });
    expect(explained.stderr).to.include("says otherwise");
  });
});
