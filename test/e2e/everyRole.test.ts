import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parquetReadObjects } from "hyparquet";
import { parse } from "csv-parse/sync";
import { readBooks, readStatement, Sender } from "../../client/index.ts";
import { COMMANDS } from "../../cli/table.ts";
import { readStatementFile } from "../../cli/chain.ts";
import { encodeSafetensors } from "../../scorer/index.ts";
import { senderNamed } from "../../scripts/demo/cast.ts";
import { expectFailure, jsonOf, type Run, type RunCli } from "../cli/support/cli.ts";
import { commandLine } from "../cli/support/inProcess.ts";
import { stopNode } from "../cli/support/node.ts";
import { type Serving, startServing } from "../cli/support/serving.ts";
import { type Deployed, deployTo, favouring, mail } from "../cli/support/world.ts";
import { hasAnvil, type Node, rpc, startAnvil } from "../support/process.ts";

const DAY = 86_400;
const NAMES = ["Ada", "Grace", "Cleo", "Mallory"] as const;
const ROWS_EACH = 6;
const PEOPLE = [
  ...NAMES,
  ...["owner", "curator", "developer", "operator", "caller", "scorer", "rogue", "challenger", "heir"],
] as const;
const FACTS =
  "--name Mails --licence CC-BY-4.0 --url https://example.org/mails --date 2026-01-31 --description Mails --creator Ada";
const TERMS = "--stream-bps 5000 --pro-rata-bps 1000 --row-cap 500";

/** Services that run until they are stopped have tests of their own. */
const LASTING = /^run /;

describe("every role on the command line, from an empty chain", function () {
  this.timeout(180_000);
  this.bail(true);
  let folder = "";
  let node: Node;
  let deployed: Deployed;
  let cli: RunCli;
  const played = new Set<string>();
  const people = new Map<string, Sender>();

  const file = (name: string): string => join(folder, name);
  const person = (name: string): Sender => people.get(name)!;
  /** A sender that asks for its nonce: what the command line sends, the others didn't count. */
  const freshSender = (name: string): Sender => new Sender(person(name).signer, deployed.suite.provider);
  const addressOf = (name: string): string => person(name).address;
  const by = async (name: string, words: string, ...more: readonly string[]): Promise<Run> => {
    const args = [...words.split(" ").map((word) => word.replace(/^@/, `${folder}/`)), ...more];
    const run = await cli(args, { TRIBUTARY_PRIVATE_KEY: person(name).signer.privateKey });
    const names = COMMANDS.map((command) => command.name).filter((known) => `${words} `.startsWith(`${known} `));
    const longest = names.sort((a, b) => b.length - a.length)[0];
    if (longest !== undefined && (run.code === 0 || run.code === 6)) played.add(longest);
    return run;
  };
  const shown = async <T = Record<string, unknown>>(name: string, words: string, ...more: string[]): Promise<T> =>
    jsonOf<T>(await by(name, words, ...more, "--json"));
  const sent = async <T = Record<string, unknown>>(name: string, words: string, ...more: string[]): Promise<T> => {
    const run = await by(name, words, ...more, "--broadcast", "--json");
    const data = jsonOf<T & { transactions?: { hash: string | null }[] }>(run);
    for (const { hash } of data.transactions ?? []) expect(hash, words).to.match(/^0x/);
    return data;
  };
  const wait = async (seconds: number): Promise<void> => {
    await rpc(node.url, "evm_increaseTime", [seconds]);
    await rpc(node.url, "evm_mine");
  };
  const served = async (use: (serving: Serving) => Promise<void>): Promise<void> => {
    const args = "serve --model 2 --backend spam-filter --filter model --data gateway".split(" ");
    const serving = await startServing(folder, args, {
      TRIBUTARY_RPC_URL: node.url,
      TRIBUTARY_DEPLOYMENT: file("address-book.json"),
      TRIBUTARY_PRIVATE_KEY: person("operator").signer.privateKey,
    });
    try {
      await use(serving);
    } finally {
      serving.process.kill("SIGTERM");
    }
    expect((await serving.ended).code).to.equal(0);
    played.add("serve");
  };
  /** Asks about some mails, and ends the interval with its report. */
  const interval = async (number: number, mails: readonly string[]): Promise<void> => {
    await served(async ({ url }) => {
      for (const [i, name] of mails.entries()) {
        const receipt = `@receipt-${number}-${i}.json`;
        const asked = `call 2 --max-price 0.1 --data @calls.sqlite --input @${name} --gateway ${url}`;
        await sent("caller", `${asked} --receipt ${receipt}`);
      }
    });
    await wait(DAY);
    const closed = await sent("operator", "usage close --model 2 --data @gateway");
    expect(closed).to.deep.include({ cut: number, reports: [number] });
  };

  before(async function () {
    if (!(await hasAnvil())) {
      console.warn("anvil's npm package has no binary for this platform: every role is not played");
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "tributary-roles-"));
    node = await startAnvil();
    deployed = await deployTo(node.url, folder);
    cli = commandLine(["--rpc", node.url, "--deployment", file("address-book.json")]);
    const { chain, suite } = deployed;
    for (const name of PEOPLE) {
      const sender = senderNamed(chain, `role ${name}`);
      people.set(name, sender);
      await rpc(node.url, "anvil_setBalance", [sender.address, "0x8ac7230489e80000"]);
      await sender.send("minting", suite.currency.mint.populateTransaction(sender.address, 1_000_000_000n));
    }
    const lines: string[] = [];
    for (const [who, name] of NAMES.entries()) {
      const rows = Array.from({ length: ROWS_EACH }, (_, i) => {
        const { subject, body, label } = mail(who, i, i % 2 === 0 ? 1 : 0);
        return { subject, body, label };
      });
      await mkdir(file(name));
      await writeFile(file(`${name}/mails.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      // Mallory's rows are rejected.
      if (who < 3) lines.push(...rows.map((row) => JSON.stringify({ contribution: who, ...row })));
    }
    await writeFile(file("rows.jsonl"), `${lines.join("\n")}\n`);
    await writeFile(file("spam.txt"), "free offer: cheap money, click");
    await writeFile(file("ham.txt"), "re: notes of the meeting, patch review");
    await writeFile(file("why.md"), "these are not mails");
    await writeFile(file("base.bin"), "weights");
  });

  after(async () => {
    // Without anvil nothing was started.
    if (people.size === 0) return;
    await deployed.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true });
  });

  it("contributors and dataset owner: a dataset from a folder to a frozen version", async () => {
    await shown("owner", `dataset init @Ada ${FACTS}`);
    await shown("owner", "dataset validate @Ada/croissant.json");
    const create = `dataset create @Ada/croissant.json ${TERMS} --curation curated --training approval`;
    expect((await sent<{ dataset: string }>("owner", create)).dataset).to.equal("1");
    await sent("owner", "dataset terms 1 --stream-bps 5500");
    await sent("owner", "dataset describe 1 @Ada/croissant.json --uri ipfs://mails");
    await sent("owner", `dataset curators 1 --appoint ${addressOf("curator")}`);
    expect(await shown("owner", "dataset curators 1")).to.deep.include({ curators: [addressOf("curator")] });

    const roots = new Map<string, string>();
    roots.set("Ada", (await sent<{ root: string }>("Ada", "contribute 1 @Ada/mails.jsonl")).root);
    const signed = `contribute 1 @Grace --sign @grace.json --deadline 2099-01-01`;
    roots.set("Grace", (await shown<{ root: string }>("Grace", signed)).root);
    await sent("owner", "contribute relay @grace.json");
    for (const name of ["Cleo", "Mallory"]) {
      roots.set(name, (await sent<{ root: string }>(name, `contribute 1 @${name}`)).root);
    }
    const named = (name: string): string => `${addressOf(name)}/${roots.get(name)}`;
    expect((await shown<{ contributions: unknown[] }>("curator", "review 1")).contributions).to.have.length(4);
    await sent("curator", `review open 1 --contributor ${addressOf("Ada")} --rows @Ada/mails.jsonl`);
    await sent("curator", `review accept 1 ${["Ada", "Grace", "Cleo"].map(named).join(" ")}`);
    await sent("curator", `review reject 1 ${named("Mallory")} --reason @why.md`);
    expect(await sent("owner", "freeze 1")).to.deep.include({ version: "1", contributions: "3" });
    expectFailure(await by("Ada", "freeze 1 --broadcast"), 4, "NotDatasetOwner");
    await sent("owner", `dataset approve 1 ${addressOf("developer")}`);
    expect(await shown("owner", "dataset show 1")).to.deep.nested.include({
      "terms.streamBps": "5500",
      "contributions.rejected": 1,
    });
    const proven = `proof row @Ada/mails.jsonl 3 --contributor ${addressOf("Ada")} --dataset 1`;
    expect(await shown("Ada", proven)).to.include({ matches: true });
  });

  it("contributors and dataset owner: lists, invitations, deposits, and a contribution that is taken back", async () => {
    const create = `dataset create @Ada/croissant.json ${TERMS} --training anyone`;
    expect(await sent("owner", `${create} --curation allow-list`)).to.include({ dataset: "2" });
    await writeFile(file("list.txt"), `${addressOf("Ada")}\n`);
    await sent("owner", "dataset allow 2 --contributors @list.txt");
    await shown("owner", `dataset invite 2 ${addressOf("Cleo")} --deadline 2099-01-01 --out @invitation.json`);
    await sent("Cleo", "contribute 2 @Cleo --invitation @invitation.json");
    expectFailure(await by("Grace", "contribute 2 @Grace --broadcast"), 4, "NotAdmitted");

    expect(await sent("owner", `${create} --curation curated --deposit 2`)).to.include({ dataset: "3" });
    expectFailure(await by("Cleo", "contribute 3 @Cleo"), 4, "InsufficientBond");
    await sent("Cleo", "bond deposit datasets 5");
    const { root } = await sent<{ root: string }>("Cleo", "contribute 3 @Cleo");
    expectFailure(await by("Cleo", `contribution withdraw 3 ${root} --broadcast`), 4, "ReviewTimeRunning");
    await wait(14 * DAY);
    await sent("Cleo", `contribution withdraw 3 ${root}`);
    expect(await sent("Cleo", "bond withdraw datasets")).to.include({ step: "asked for", amount: "5000000" });
    expectFailure(await by("Cleo", "bond withdraw datasets --broadcast"), 3, "run it again then");
    await wait(7 * DAY);
    expect(await sent("Cleo", "bond withdraw datasets")).to.include({ step: "paid out", amount: "5000000" });
    expect(await deployed.suite.currency.balanceOf(addressOf("Cleo"))).to.equal(1_000_000_000n);
    await sent("owner", `dataset transfer 2 ${addressOf("heir")}`);
    expect(await shown("owner", "dataset show 2")).to.include({ owner: addressOf("heir") });
  });

  it("model developer: models, their lineage and their indexes", async () => {
    await shown("developer", "train @rows.jsonl --out @model");
    const built = await shown<{ root: string }>(
      "developer",
      "index build @rows.jsonl --model @model --out @published/index.trix",
    );
    await shown("challenger", `index verify @published/index.trix --root ${built.root}`);
    // Of a model of another framework: its own features of three answers.
    const phi = { shape: [3, 32], data: Float32Array.from({ length: 96 }, (_, i) => i - 48) };
    await writeFile(
      file("asked.safetensors"),
      encodeSafetensors({ phi }, { format: "tributary-factors", version: "1" }),
    );
    const queries = await shown<object>("developer", "index queries --factors @asked.safetensors --out @queries.jsonl");
    expect(queries).to.include({ queries: 3, lanes: 32 });
    await sent("owner", "model register --kind base --artifact @base.bin --child-kinds all --child-bps 1000");
    const register =
      "model register --kind finetune --artifact @model/head.bin --recipe @model/ridge.json --parent 1:1000";
    expect(await sent("developer", `${register} --source 1/1:6000`)).to.include({ model: "2", developerBps: 3_000 });
    await sent("developer", `${register} --source 1/1:5500`);
    await sent("developer", `model set-operator 2 ${addressOf("operator")}`);
    await sent("developer", "model set-terms 2 --child-kinds agent --child-bps 500");
    await sent("developer", `set-payout 2 ${addressOf("heir")}`);
    await sent("owner", `model transfer 1 ${addressOf("heir")}`);
    expect(await shown("developer", "model show 2")).to.deep.include({
      operator: addressOf("operator"),
      payout: addressOf("heir"),
      children: { kinds: ["agent"], leastBps: "500" },
    });
    await shown("developer", "model export-card 2 --out @CARD.md");
    expect(await shown("developer", "model import-card @CARD.md")).to.include({ kind: "finetune" });
    expect((await shown<{ edges: unknown[] }>("caller", "lineage 2")).edges).to.have.length(1);

    const committed = await sent<{ transactions: { function: string }[] }>(
      "developer",
      "index commit 2/0 @published/index.trix --model @model",
    );
    expect(committed.transactions.map(({ function: called }) => called.split("(")[0])).to.deep.equal([
      "commitBasis",
      "commitIndex",
    ]);
    expectFailure(
      await by("developer", "index commit 2/0 @published/index.trix --model @model"),
      3,
      "committed already",
    );
    await sent("challenger", "bond deposit indexes 10");
    await sent("challenger", "index demand 2/0 1");
    expect(await shown("developer", "index show 2/0")).to.include({ status: "committed", openDemands: "1" });
    await sent("developer", "index show 2/0 --row 1 --index @published/index.trix");
    expect(await shown("developer", "bond show")).to.deep.nested.include({ "bonds[1].free": "5000000" });

    await sent("developer", "index commit 3/0 @published/index.trix --model @model");
    await sent("owner", "index reject 3/0 --reason @why.md");
    await sent("developer", "index commit 3/0 @published/index.trix");
    await sent("challenger", "bond deposit indexes 5");
    for (const row of [0, 1]) await sent("challenger", `index demand 3/0 ${row}`);
    expectFailure(await by("challenger", "index release 3/0"), 3, "no bond of a rejected index");
    expectFailure(await by("challenger", "index call-silence 3/0 0"), 4, "ResponseTimeRunning");
    await wait(DAY);
    await sent("challenger", "index call-silence 3/0 0");
    expect(await shown("developer", "index show 3/0")).to.include({ status: "rejected" });
    expect(await sent("heir", "index release 3/0")).to.deep.nested.include({
      "demands[0].row": 1,
      "demands[0].by": addressOf("challenger"),
    });
    expect(await shown("challenger", "bond show")).to.deep.nested.include({ "bonds[1].free": "10000000" });
  });

  it("operator and caller: prices, prepaid money, calls, reports and receipts", async () => {
    await sent("operator", "price list 2 0.1").then(
      () => expect.fail("only the owner lists"),
      () => undefined,
    );
    await sent("developer", "price list 2 0.1");
    await sent("developer", "price list 3 0.1");
    await sent("developer", "price delist 3");
    await sent("caller", "prepay 2 5");
    // Before the index serves: by row count.
    await interval(0, ["spam.txt"]);
    expect(await sent("Ada", "fallback 2/0 0")).to.include({ pool: "53460" });
    await sent("Ada", "index activate 2/0");
    await interval(1, ["spam.txt", "ham.txt"]);
    const verify = "receipt verify @receipt-1-0.json --receipts @gateway/receipts-1.json";
    expect(await shown("caller", verify)).to.include({ interval: 1, index: 0 });
    const explain = "explain receipt @receipt-1-0.json --receipts @gateway/receipts-1.json";
    await shown("caller", `${explain} --index @published/index.trix`);
    expect(await sent("caller", "withdraw prepaid 2")).to.include({ step: "asked for", amount: "4700000" });
    await sent("caller", "withdraw prepaid 2 --cancel");
  });

  it("scorer and challenger: an honest statement is challenged, opened, descended, defended, and final", async () => {
    for (const name of ["scorer", "rogue", "challenger"]) await sent(name, "bond deposit attribution 200");
    const scored = "score 2/0 1 --index @published/index.trix --out @published/statement-1.json --fee-bps 200";
    expect(await shown("scorer", scored)).to.include({ grossPool: "106920", fee: "2138", lines: 3 });
    await sent("scorer", "propose 2/0 1 --file @published/statement-1.json --fee-bps 200");
    expectFailure(await by("Ada", "finalise 2/0 1"), 3, "from");
    await sent("challenger", "challenge 2/0 1");
    expectFailure(await by("challenger", "descend 2/0 1 --node 2/0 --shown 1"), 4, "NodeNotOpened");
    await sent("scorer", "open 2/0 1 --file @published/statement-1.json");
    expectFailure(await by("scorer", "open 2/0 1 --file @published/statement-1.json"), 3, "no node above the lines");
    await sent("challenger", "descend 2/0 1 --node 2/0 --shown 1");
    const right = "descend 2/0 1 --index @published/index.trix --file @published/statement-1.json";
    expectFailure(await by("challenger", right), 3, "is right");
    await sent("scorer", "defend 2/0 1 --index @published/index.trix --file @published/statement-1.json");
    expectFailure(await by("challenger", "call-silence 2/0 1"), 3, "no challenge is overdue");
    await wait(3 * DAY);
    await sent("Ada", "finalise 2/0 1");
    const settled = await sent<{ settled: unknown[] }>("scorer", "settle 2/0 1");
    expect(settled.settled).to.have.length(1);
    expectFailure(await by("challenger", "settle 2/0 1"), 3, "no bond");
    await shown(
      "challenger",
      "verify statement 2/0 1 --index @published/index.trix --file @published/statement-1.json",
    );
    await shown("challenger", "verify all --files @published");
  });

  it("scorer and challenger: wrong statements are refuted, walked down to, and called silent", async () => {
    await interval(2, ["ham.txt", "spam.txt", "ham.txt"]);
    await shown("rogue", "score 2/0 2 --index @published/index.trix --out @right.json");
    const wrong = favouring(await readFile(file("right.json"), "utf8"), 0);
    await mkdir(file("crooked"));
    await writeFile(file("crooked/statement.json"), wrong);
    await writeFile(file("crooked/index.trix"), await readFile(file("published/index.trix")));
    const propose = "propose 2/0 2 --file @crooked/statement.json";
    await sent("rogue", propose);
    const verify = "verify statement 2/0 2 --index @published/index.trix --evidence @evidence.json";
    expect(jsonOf(await by("challenger", `${verify} --json`), 6)).to.deep.include({ right: false, evidence: null });
    const found = jsonOf(await by("challenger", `${verify} --file @crooked/statement.json --json`), 6);
    expect(found).to.deep.include({ right: false, evidence: file("evidence.json") });
    const all = "verify all --files @crooked --evidence @found --json";
    const { statements } = jsonOf<{ statements: { verdict: string; evidence: string | null }[] }>(
      await by("challenger", all),
      6,
    );
    expect(statements.map(({ verdict }) => verdict)).to.deep.equal(["right", "wrong"]);
    expect(statements[1]?.evidence).to.equal(file("found/evidence-512-2.json"));
    const refuted = await sent("challenger", "refute @evidence.json");
    expect(refuted).to.include({ reward: "10000000", rewarded: addressOf("challenger") });

    // The same again, and nobody is shown the weights.
    await sent("rogue", propose);
    await sent("challenger", "challenge 2/0 2");
    const descend = "descend 2/0 2 --index @published/index.trix";
    expectFailure(await by("challenger", descend), 3, "waits for an answer");
    await sent("rogue", "open 2/0 2 --file @crooked/statement.json");
    const defence = await by("rogue", "defend 2/0 2 --index @published/index.trix --file @crooked/statement.json");
    expectFailure(defence, 3, "no line waits");
    expectFailure(await by("challenger", descend), 3, "a wrong line is known");
    expect(jsonOf(await by("challenger", `${verify} --json`), 6)).to.deep.include({ evidence: file("evidence.json") });
    expect(await sent("challenger", "refute @evidence.json")).to.include({ reward: "20000000" });

    // And once more, without any answer.
    await sent("rogue", propose);
    await sent("challenger", "challenge 2/0 2 --node 0/0");
    expectFailure(
      await by("rogue", "defend 2/0 2 --index @published/index.trix --file @crooked/statement.json"),
      4,
      "LineIsWrong",
    );
    await wait(DAY);
    expectFailure(await by("challenger", descend), 3, "call-silence");
    await sent("challenger", "call-silence 2/0 2");
    await sent("challenger", "settle 2/0 2");

    const honest = "score 2/0 2 --index @published/index.trix --out @published/statement-2.json";
    await shown("scorer", honest);
    await sent("scorer", "propose 2/0 2 --file @published/statement-2.json");
    await interval(3, ["spam.txt"]);
    await sent("owner", "interval reject 2/0 3 --reason @why.md");
    await wait(3 * DAY);
    await sent("scorer", "finalise 2/0 2");
  });

  it("contributors: earnings, proofs and claims, to the wei", async () => {
    const ada = addressOf("Ada");
    const before = await shown<{ totals: { unknown: number } }>("Ada", "earnings");
    expect(before.totals.unknown).to.equal(2);
    const known = await shown<{ totals: Record<string, string> }>("Ada", "earnings --files @published");
    expect(known.totals).to.include({ paid: "0", unknown: 0 });
    await shown("Ada", `proof check @published/statement-1.json --contributor ${ada}`);
    await shown("Ada", `proof export @published/statement-1.json --contributor ${ada} --out @claim-1.json`);
    await shown("Ada", `explain contribution 2/0 1 ${ada} --index @published/index.trix`);
    await sent("Ada", `set-recipient ${addressOf("heir")}`);
    expectFailure(await by("Ada", `set-recipient ${addressOf("heir")}`), 3, "so already");
    const held = await deployed.suite.currency.balanceOf(addressOf("heir"));
    const one = await sent<{ paid: string }>("Ada", "claim @claim-1.json");
    const all = await sent<{ paid: string }>("Ada", "claim --all --files @published");
    const paid = BigInt(one.paid) + BigInt(all.paid);
    expect(paid).to.equal(BigInt(known.totals.claimable!));
    expect((await deployed.suite.currency.balanceOf(addressOf("heir"))) - held).to.equal(paid);
    expectFailure(await by("Ada", "claim --all --files @published"), 3, "nothing is claimable");
    expect(await shown("Ada", "earnings --files @published")).to.deep.nested.include({
      "totals.paid": String(paid),
      "totals.claimable": "0",
    });
    // Anyone claims for anyone.
    for (const name of ["Grace", "Cleo"]) {
      await sent("Ada", `claim --all --files @published --contributor ${addressOf(name)}`);
    }
    await sent("Ada", "contribution retire 1 0");
  });

  it("developers and scorers: income is divided and taken, bonds and prepaid money come back", async () => {
    const { suite } = deployed;
    expectFailure(await by("heir", "sweep 3"), 3, "nothing waits");
    await freshSender("rogue").send(
      "a plain transfer",
      suite.currency.transfer.populateTransaction(await suite.receivers.receiverOf(3n), 700_000n),
    );
    expect(await sent("heir", "sweep 3")).to.include({ amount: "700000" });
    await sent("heir", "distribute 2");
    const waiting = await shown<{ balance: { undistributed: unknown[] } }>("heir", "earnings");
    expect(waiting.balance.undistributed).to.have.length(1);
    expect(await sent("heir", "withdraw")).to.include({ amount: "207900" });
    await sent("heir", "claim --all");
    expect(await suite.ledger.balanceOf(addressOf("heir"))).to.equal(0n);
    expect(await sent("scorer", "withdraw", "--to", addressOf("Cleo"))).to.include({ amount: "2138" });
    await sent("scorer", "bond withdraw attribution");
    await sent("caller", "withdraw prepaid 2");
    await wait(7 * DAY);
    await sent("scorer", "bond withdraw attribution");
    expect(await sent("caller", "withdraw prepaid 2")).to.include({ step: "paid out", amount: "4300000" });
    expect(await suite.currency.balanceOf(addressOf("caller"))).to.equal(999_300_000n);
  });

  it("anybody: an interval is cut", async () => {
    const { suite } = deployed;
    const receiver = await suite.receivers.receiverOf(2n);
    const { currency, receivers } = suite;
    const caller = freshSender("caller");
    await caller.send("paying", currency.transfer.populateTransaction(receiver, 100_000n));
    await caller.send("sweeping", receivers.sweep.populateTransaction(2n));
    expect(await sent("Ada", "cut 2")).to.include({ interval: "4", fees: "99000" });
    expectFailure(await by("Ada", "cut 2"), 3, "no fees");
    expectFailure(await by("Ada", "fallback 2/0 4"), 4, "FallbackNotDue");
  });

  it("multisigs: batches do what --broadcast would", async () => {
    const lines = await by("Ada", "set-recipient none --output calldata");
    expect(lines.code).to.equal(0);
    const call = JSON.parse(lines.stdout) as { to: string; value: string; data: string };
    await freshSender("Ada").send("what was printed", Promise.resolve({ to: call.to, data: call.data }));
    expect(await deployed.suite.payouts.recipientOf(addressOf("Ada"))).to.match(/^0x0+$/);
    const batch = await shown<{ chainId: string; transactions: unknown[]; meta: Record<string, string> }>(
      "Ada",
      "bond deposit datasets 1 --output safe",
    );
    expect(batch).to.deep.include({ chainId: "31337" });
    expect(batch.transactions).to.have.length(2);
    expect(batch.meta.createdFromSafeAddress).to.equal(addressOf("Ada"));
    expectFailure(await by("Ada", "set-recipient none --output safe --broadcast"), 2, "leave --broadcast out");
  });

  it("auditor: everything is recomputed, and exported", async () => {
    const { suite } = deployed;
    expect(await shown("challenger", "verify all --files @published")).to.include({ wrong: 0, unchecked: 0 });
    await writeFile(file("crooked/index.trix"), "TRIX and nothing else");
    const partly = jsonOf(await by("challenger", "verify all --files @crooked --json"), 1);
    expect(partly).to.include({ wrong: 0, unchecked: 2 });
    const exported = await shown<{ rows: Record<string, number> }>(
      "challenger",
      "export --csv @tables --parquet @tables --prov @prov.json",
    );
    expect(exported.rows).to.include({ contributions: 6, statements: 5, payments: 6 });
    type Payment = { amount: string; kind: string };
    const csv = parse<Payment>(await readFile(file("tables/payments.csv")), { columns: true });
    const total = csv.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const incomes = await Promise.all([2n, 3n].map((model) => suite.ledger.incomeOf(model)));
    expect(total).to.equal(incomes.reduce((sum, { gross }) => sum + gross, 0n));
    const bytes = new Uint8Array(await readFile(file("tables/claims.parquet")));
    const claims = await parquetReadObjects({ file: bytes.buffer });
    const finals = await Promise.all(
      [1, 2].map(async (number) => ({
        statement: (await readStatement(suite, 512n, number)).statement,
        lines: (await readStatementFile(file(`published/statement-${number}.json`))).lines,
      })),
    );
    const books = await readBooks(suite, finals);
    expect(claims.reduce((sum, { amount }) => sum + Number(amount), 0)).to.equal(Number(books.claimed));
    expect(books.accounted).to.equal(books.paidIn);
    const prov = JSON.parse(await readFile(file("prov.json"), "utf8")) as Record<string, Record<string, object>>;
    expect(Object.values(prov.wasDerivedFrom!)).to.deep.include({
      "prov:generatedEntity": "t:model/2",
      "prov:usedEntity": "t:model/1",
      "t:shareBps": { $: "1000", type: "xsd:integer" },
    });
    const rows = (await readFile(file("Ada/mails.jsonl"), "utf8")).trimEnd().split("\n").length;
    expect(prov.entity!["t:contribution/1/0"]).to.deep.include({ "t:rows": { $: String(rows), type: "xsd:integer" } });
  });

  it("everybody: manual and completion; and no command of the table was left out", async () => {
    const { page } = await shown<{ page: string }>("Ada", "docs");
    expect(await readFile("docs/cli.md", "utf8")).to.equal(page);
    expect((await by("Ada", "completion bash")).stdout).to.include("complete -o default -F _tributary tributary");
    const missing = COMMANDS.map(({ name }) => name).filter((name) => !played.has(name) && !LASTING.test(name));
    expect(missing).to.deep.equal([]);
  });
});
