import { expect } from "chai";
import { ZeroHash } from "ethers";
import type { FastifyInstance } from "fastify";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encodeStatement, type Hex, sha256, statementOf, Weights } from "../../scorer/index.ts";
import { type Hit, indexApi, type MoneyGraph } from "../../services/indexer/index.ts";
import { buildReportedWorld, DOLLAR, type Proposal, type World } from "../support/attributionWorld.ts";
import { ModelKind, OPEN_TO_CHILDREN, registerModel } from "../support/lineage.ts";
import { deploySuite, type Suite } from "../support/suite.ts";
import { indexOf, type TestIndex } from "./support.ts";

const ROYALTY_BPS = 2_000n;
const REQUEST = `0x${"5a".repeat(32)}`;

/** A model with a final and a live statement, a running interval, and a child that passes royalties up. */
describe("what the index says of the flow of money", function () {
  this.timeout(60_000);
  let suite: Suite;
  let world: World;
  let index: TestIndex;
  let app: FastifyInstance;
  let folder: string;
  let proposal: Proposal;
  let child: bigint;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-overview-"));
    suite = await deploySuite();
    world = await buildReportedWorld(suite, { rowCounts: [5, 3, 2] });
    const { attribution, ledger, payouts, networkHelpers, usage, market, model, stream, scorer, owner, payer } = world;
    child = await registerModel(suite, owner, {
      kind: ModelKind.Agent,
      parents: [{ model, shareBps: ROYALTY_BPS }],
      children: OPEN_TO_CHILDREN,
    });
    await market.connect(owner).list(child, DOLLAR);
    await market.connect(payer).pay(child, 1_000n * DOLLAR + 13n, REQUEST);
    await ledger.distribute(child);
    proposal = await world.propose();
    await world.challenge(proposal, 2, 0);
    await world.open(proposal, 2, 0);
    await world.descend(proposal, 2, 0, 0);
    await world.defend(proposal, 0);
    await networkHelpers.time.increase(2 * 86_400);
    await world.finalise(proposal);
    await ledger.distribute(model);
    await payouts.claimProRata([{ stream, indexes: [1] }]);
    await payouts.claim([world.claimOf(proposal, [2])]);
    await world.pay(world.spec.payment);
    await usage.cut(model);
    await world.report(1);
    await attribution.connect(scorer).proposeWeights(stream, 1, world.weights, 0);
    await world.pay(77n * DOLLAR);
    index = await indexOf(suite);
    await index.sync.catchUp();
    ({ app } = await indexApi({ store: index.store, files: folder }));
    await publishStatement();
  });
  after(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  /** Writes a file as the services do: under its digest, and under a name that the chain knows. */
  async function publish(name: string, content: string): Promise<string> {
    const digest = sha256(new TextEncoder().encode(content)).slice(2);
    const places: [string, string][] = [
      [`sha256/${digest}`, content],
      [name, `sha256:${digest}`],
    ];
    for (const [place, bytes] of places) {
      await mkdir(dirname(join(folder, place)), { recursive: true });
      await writeFile(join(folder, place), bytes);
    }
    return digest;
  }

  async function publishStatement(): Promise<{ digest: string; name: string; content: string }> {
    const { payout, indexRoot, reportHash } = proposal.statement;
    const content = encodeStatement(
      statementOf({
        stream: payout.stream,
        interval: Number(payout.interval),
        pool: payout.pool,
        contributors: world.contributors.map(({ address }) => address.toLowerCase() as Hex),
        rowCounts: world.spec.rowCounts,
        exponents: Uint8Array.from(world.spec.rows, ({ exponent }) => exponent),
        weights: Weights.from(proposal.tree.weights),
        indexRoot: indexRoot as Hex,
        reportHash: reportHash as Hex,
      }),
    );
    const name = `statement/${payout.stream}-${payout.interval}-${payout.root}`;
    return { digest: await publish(name, content), name, content };
  }

  async function data<T>(url: string): Promise<T> {
    const response = await app.inject({ url });
    expect(response.statusCode, `${url}: ${response.body}`).to.equal(200);
    return response.json<{ data: T }>().data;
  }

  /** What the contracts say that a place has earned, claimed or not. */
  async function earnedAt(place: number): Promise<bigint> {
    const { payouts, stream } = world;
    const line = await payouts.previewClaim(proposal.statement.payout, {
      index: place,
      weight: proposal.tree.weights[place]!,
      proof: proposal.tree.proof(place),
    });
    const waiting = await payouts.previewProRata(stream, place);
    return line.amount + waiting.amount + (await payouts.proRataClaimed(stream, place));
  }

  it("shares out among contributors what the contracts owe them, who earned most first", async () => {
    const earned = await Promise.all(
      world.contributors.map(async ({ address }, i) => [address, String(await earnedAt(i))] as const),
    );
    const expected = [...earned].sort(([, a], [, b]) => (BigInt(a) > BigInt(b) ? -1 : 1));
    interface Row {
      contributor: string;
      earned: string;
      claimed: string;
      share: number;
      rows: number;
    }
    const rows = await data<Row[]>("/datasets/1/contributors");
    expect(rows.map((row) => [row.contributor, row.earned])).to.deep.equal(expected);
    const total = expected.reduce((sum, [, amount]) => sum + BigInt(amount), 0n);
    for (const { contributor, share, claimed } of rows) {
      expect(share).to.equal(Number((BigInt(Object.fromEntries(earned)[contributor]!) * 1_000_000n) / total));
      const claims = await data<{ amount: string }[]>(`/accounts/${contributor}/claims`);
      expect(claimed).to.equal(String(claims.reduce((sum, { amount }) => sum + BigInt(amount), 0n)));
    }
    const pieces = await Promise.all(
      ["?limit=2", "?limit=2&cursor=2"].map((query) => data<Row[]>(`/datasets/1/contributors${query}`)),
    );
    expect(pieces.flat()).to.deep.equal(rows);
    const money = await data<{ earned: string; claimed: string; unread: string[] }>("/datasets/1/money");
    expect([money.earned, money.unread]).to.deep.equal([String(total), []]);
    expect(money.claimed).to.equal(String(rows.reduce((sum, { claimed }) => sum + BigInt(claimed), 0n)));
  });

  it("says which statements it can't read, and reads them when they come", async () => {
    const { digest } = await publishStatement();
    const whole = await data<{ lines: string }>("/datasets/1/money");
    await rm(join(folder, "sha256", digest));
    await world.ledger.distribute(world.model);
    await index.sync.catchUp();
    const { app: other } = await indexApi({ store: index.store, files: folder });
    const unread = (await other.inject({ url: "/datasets/1/money" })).json<{
      data: { lines: string; unread: string[] };
    }>();
    expect([unread.data.lines, unread.data.unread]).to.deep.equal(["0", [proposal.hash]]);
    const graph = (await other.inject({ url: "/models/1/money" })).json<{ data: MoneyGraph }>().data;
    const [hidden] = graph.links.filter(({ target }) => target === "unread");
    expect(hidden?.amount).to.equal(String(proposal.statement.payout.pool));
    await publishStatement();
    const again = (await other.inject({ url: "/datasets/1/money" })).json<{ data: { lines: string } }>();
    expect(again.data.lines).to.equal(whole.lines);
    await other.close();
  });

  /** In and out of each node. */
  function balances({ links }: MoneyGraph): Map<string, { in: bigint; out: bigint }> {
    const found = new Map<string, { in: bigint; out: bigint }>();
    const of = (id: string) => found.get(id) ?? { in: 0n, out: 0n };
    for (const { source, target, amount } of links) {
      found.set(source, { ...of(source), out: of(source).out + BigInt(amount) });
      found.set(target, { ...of(target), in: of(target).in + BigInt(amount) });
    }
    return found;
  }

  it("follows all money of a model, and loses no more than the dust of rounding", async () => {
    const graph = await data<MoneyGraph>("/models/1/money");
    const { gross } = await world.ledger.incomeOf(world.model);
    const { royalties } = await world.ledger.countersOf(world.model);
    expect(graph.income).to.equal(String(gross + royalties));
    const sums = balances(graph);
    expect(sums.get("model:1")?.in).to.equal(gross + royalties);
    expect(sums.get("model:1")?.out).to.equal(gross + royalties);
    const dataset = sums.get("dataset:1")!;
    expect(Number(dataset.in - dataset.out)).to.be.within(0, world.contributors.length);
    for (const [i, { address }] of world.contributors.entries()) {
      expect(sums.get(`contributor:${address}`)?.in ?? 0n).to.equal(await earnedAt(i));
    }
    expect(graph.nodes.find(({ role }) => role === "child")?.model).to.equal(Number(child));
    const named = new Set(graph.nodes.map(({ id }) => id));
    expect(graph.links.every(({ source, target }) => named.has(source) && named.has(target))).to.equal(true);
    expect(BigInt(graph.links.find(({ target }) => target === "open")!.amount) > 0n, "the running interval").to.equal(
      true,
    );
  });

  it("puts those that are too small to be shown together", async () => {
    const all = balances(await data<MoneyGraph>("/models/1/money"));
    const graph = await data<MoneyGraph>("/models/1/money?top=1");
    const others = graph.nodes.find(({ id }) => id === "contributor:others");
    expect(others?.count).to.equal(2);
    const sum = (of: Map<string, { in: bigint }>): bigint =>
      [...of].reduce((total, [id, { in: amount }]) => (id.startsWith("contributor:") ? total + amount : total), 0n);
    expect(sum(balances(graph))).to.equal(sum(all));
  });

  it("follows a child's money through its parent to contributors, by their rows", async () => {
    const graph = await data<MoneyGraph>(`/models/${child}/money`);
    const { fees } = await world.ledger.countersOf(child);
    const royalty = (fees * ROYALTY_BPS) / 10_000n;
    const share = (royalty * BigInt(world.spec.streamBps)) / 10_000n;
    const all = BigInt(world.spec.rowCounts.reduce((sum, rows) => sum + rows, 0));
    const sums = balances(graph);
    expect(sums.get("model:1")).to.deep.equal({ in: royalty, out: royalty });
    expect(sums.get("dataset:1")?.in).to.equal(share);
    for (const [i, { address }] of world.contributors.entries()) {
      expect(sums.get(`contributor:${address}`)?.in).to.equal((share * BigInt(world.spec.rowCounts[i]!)) / all);
    }
    const near = await data<MoneyGraph>(`/models/${child}/money?hops=0`);
    expect(near.nodes.some(({ role }) => role === "dataset")).to.equal(false);
    expect(balances(near).get("model:1")).to.deep.equal({ in: royalty, out: 0n });
  });

  it("finds everything by its number, address, hash or name", async () => {
    const { payout, indexRoot, reportHash } = proposal.statement;
    const { address } = world.payer;
    const found = async (q: string): Promise<string[]> =>
      (await data<Hit[]>(`/search?q=${encodeURIComponent(q)}`)).map(({ kind, matched }) => `${kind} by ${matched}`);
    expect(await found("1")).to.deep.equal(["dataset by id", "model by id"]);
    expect(await found("#256")).to.deep.equal(["stream by id"]);
    expect(await found(address.toLowerCase())).to.deep.equal(["account by address"]);
    expect(await found(proposal.hash.toUpperCase().replace("0X", "0x"))).to.deep.equal(["statement by hash"]);
    expect(await found(payout.root)).to.include("statement by root");
    expect(await found(indexRoot)).to.deep.equal(["index by root"]);
    expect(await found(reportHash)).to.deep.equal(["interval by reportHash"]);
    expect(await found(REQUEST)).to.deep.equal(["payment by requestDigest"]);
    expect(await found("1/0")).to.deep.equal(["interval by interval", "statement by interval"]);
    expect(await found(`0x${"77".repeat(32)}`)).to.deep.equal([]);
    const payments = await data<{ transactionHash: string; time: number }[]>(`/models/${child}/payments`);
    const [payment] = payments;
    const block = await world.ethers.provider.getBlock("latest");
    expect(payment!.time).to.be.within(1, block!.timestamp);
    const events = await data<Hit[]>(`/search?q=${payment!.transactionHash}`);
    expect(events.map(({ kind, name, model }) => [kind, name, model])).to.deep.equal([
      ["event", "FeesCredited", Number(child)],
      ["event", "InferencePaid", Number(child)],
    ]);
    const happened = await data<{ name: string }[]>(`/transactions/${payment!.transactionHash}`);
    expect(happened.map(({ name }) => name)).to.deep.equal(["FeesCredited", "InferencePaid"]);
    const refused = await app.inject({ url: "/search?q=anything" });
    expect([refused.statusCode, refused.json<{ message: string }>().message]).to.satisfy(
      ([status, message]: [number, string]) => status === 400 && message.includes('"anything" can\'t be searched for'),
    );
  });

  it("counts what there is as the tables have it", async () => {
    const { store } = index;
    const counted = (sql: string): number => Number(store.all(`SELECT count(*) AS n FROM ${sql}`)[0]?.n);
    const sum = (sql: string): string =>
      String(store.all<{ amount: string }>(sql).reduce((total, { amount }) => total + BigInt(amount), 0n));
    expect(await data("/totals")).to.deep.equal({
      contributors: new Set(world.contributors.map(({ address }) => address)).size,
      datasets: counted("datasets"),
      contributions: counted("contributions"),
      models: counted("models"),
      payments: counted("payments"),
      statements: 2,
      liveStatements: 1,
      challenges: counted("nodes"),
      openChallenges: 0,
      claims: counted("claims"),
      volume: sum("SELECT amount FROM payments"),
      claimed: sum("SELECT amount FROM claims"),
      developers: sum("SELECT amount FROM flows WHERE kind = 'developer'"),
      royalties: sum("SELECT amount FROM flows WHERE kind = 'royalty'"),
      scorers: sum("SELECT amount FROM flows WHERE kind = 'scorer'"),
      protocol: sum("SELECT amount FROM flows WHERE kind = 'protocol'"),
    });
  });

  it("shows a challenge in its walk, with the events that it is made of", async () => {
    interface View {
      challenge: { state: string };
      above: { level: number } | null;
      below: { level: number }[];
      events: { name: string }[];
    }
    const root = await data<View>(`/challenges/${proposal.hash}/2/0`);
    expect([root.above, root.below.map(({ level }) => level)]).to.deep.equal([null, [0]]);
    expect(root.events.map(({ name }) => name)).to.deep.equal(["NodeChallenged", "NodeOpened"]);
    const line = await data<View>(`/challenges/${proposal.hash}/0/0`);
    expect([line.challenge.state, line.above?.level, line.below]).to.deep.equal(["defended", 2, []]);
    const missing = await app.inject({ url: `/challenges/${proposal.hash}/1/0` });
    expect([missing.statusCode, missing.json<{ message: string }>().message]).to.satisfy(
      ([status, message]: [number, string]) => status === 404 && message.includes("wasn't challenged"),
    );
  });

  it("gives the challenges of a model or a statement, and no others", async () => {
    const places = async (query: string) =>
      (await data<{ level: number; model: number }[]>(`/challenges?${query}`)).map(({ level, model }) => [
        model,
        level,
      ]);
    const own = [
      [1, 2],
      [1, 0],
    ];
    expect(await places(`model=${world.model}`)).to.deep.equal(own);
    expect(await places(`statement=${proposal.hash}`)).to.deep.equal(own);
    expect(await places(`model=${world.model}&state=defended`)).to.deep.equal([[1, 0]]);
    expect(await places(`model=${child}`)).to.deep.equal([]);
    expect(await places(`statement=${ZeroHash}`)).to.deep.equal([]);
  });

  it("says what isn't an account's yet: of live statements, and of streams that aren't divided", async () => {
    const { address } = world.contributors[2]!;
    const url = `/accounts/${address}/pending`;
    const lines = await data<{ amount: string; interval: number }[]>(`${url}/lines`);
    const streams = await data<{ open: string; rows: number; allRows: number }[]>(`${url}/streams`);
    const sums = await data<{ lines: number; streams: number; totals: { lines: string } }>(url);
    const statement = (await suite.attribution.queryFilter(suite.attribution.filters.StatementProposed())).at(-1)!;
    const { pool, total } = statement.args.statement.payout;
    const before = world.weights.slice(0, 2).reduce((sum, weight) => sum + weight, 0n);
    const amount = (pool * (before + world.weights[2]!)) / total - (pool * before) / total;
    expect(lines.map((line) => [line.interval, line.amount])).to.deep.equal([[1, String(amount)]]);
    expect([sums.lines, sums.streams, sums.totals.lines]).to.deep.equal([1, 1, String(amount)]);
    expect(streams.map(({ rows, allRows }) => [rows, allRows])).to.deep.equal([[2, 10]]);
    expect(BigInt(streams[0]!.open) > pool, "the live statement's pool, and the running interval").to.equal(true);
    const models = await data<{ model: number; gross: string }[]>("/datasets/1/models");
    const { gross } = await world.ledger.incomeOf(world.model);
    expect(models.map((row) => [row.model, row.gross])).to.deep.equal([[1, String(gross)]]);
  });

  it("serves published files by digest and by name, and nothing else", async () => {
    const { digest, name, content } = await publishStatement();
    for (const url of [`/files/sha256/${digest}`, `/files/sha256/0x${digest}`, `/files/${name}`]) {
      const response = await app.inject({ url });
      expect([response.statusCode, response.body, response.headers.etag]).to.deep.equal([200, content, `"${digest}"`]);
      expect(response.headers["content-type"]).to.match(/^application\/json/);
      const held = await app.inject({ url, headers: { "if-none-match": `"${digest}"` } });
      expect([held.statusCode, held.body]).to.deep.equal([304, ""]);
    }
    const missing = await app.inject({ url: `/files/sha256/${"0".repeat(64)}` });
    expect([missing.statusCode, missing.json<{ error: string }>().error]).to.deep.equal([404, "file-missing"]);
    expect((await app.inject({ url: `/files/receipts/${ZeroHash}` })).statusCode).to.equal(404);
    for (const url of ["/files/statement/..%2F..%2Fpackage.json", "/files/keys/1-0", "/files/sha256/..%2Fsecret"]) {
      expect((await app.inject({ url })).statusCode, url).to.equal(400);
    }
    const { app: without } = await indexApi({ store: index.store });
    const refused = await without.inject({ url: `/files/sha256/${digest}` });
    expect(refused.json<{ message: string }>().message).to.match(/start with --files DIR/);
    await without.close();
  });
});
