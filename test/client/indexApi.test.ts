import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientError } from "../../client/index.ts";
import { HEALTH, IndexClient, itemsOf, type Kind, pagesOf, SHAPES } from "../../client/indexApi/index.ts";
import { sha256 } from "../../scorer/index.ts";
import { indexApi } from "../../services/indexer/index.ts";
import { HEALTH as HEALTH_SCHEMA, type Schema, SCHEMAS } from "../../services/indexer/schemas.ts";
import { buildReportedWorld, type Proposal, type World } from "../support/attributionWorld.ts";
import { deploySuite, type Suite } from "../support/suite.ts";
import { indexOf, type TestIndex } from "../indexer/support.ts";

/** What a schema says, in the words of shapes. */
function kindOf(schema: Schema): Kind {
  const {
    type,
    enum: words,
    pattern,
    anyOf,
    items,
    properties,
  } = schema as {
    type?: string;
    enum?: (string | number)[];
    pattern?: string;
    anyOf?: [Schema, Schema];
    items?: Schema;
    properties?: Record<string, Schema>;
  };
  if (anyOf !== undefined) {
    expect(anyOf[1]).to.deep.equal({ type: "null" });
    return { is: "maybe", of: kindOf(anyOf[0]) };
  }
  if (type === "integer") return { is: "whole" };
  if (type === "boolean") return { is: "flag" };
  if (type === "array") return { is: "list", of: kindOf(items!) };
  if (type === "object") {
    if (properties === undefined) return { is: "anything" };
    const members = Object.entries(properties).map(([name, member]) => [name, kindOf(member)] as const);
    return { is: "record", members: Object.fromEntries(members) };
  }
  expect(type).to.equal("string");
  if (words !== undefined) return { is: "word", words: words as string[] };
  if (pattern === undefined) return { is: "text" };
  return { is: pattern.startsWith("^0x") ? "hex" : "amount" };
}

describe("the client of the index's API", () => {
  let suite: Suite;
  let world: World;
  let index: TestIndex;
  let app: FastifyInstance;
  let api: IndexClient;
  let folder: string;
  let proposal: Proposal;

  before(async () => {
    suite = await deploySuite();
    world = await buildReportedWorld(suite);
    const { attribution, ledger, model, networkHelpers, payouts, scorer, stream, usage } = world;
    proposal = await world.propose();
    await world.challenge(proposal, 2, 0);
    await world.open(proposal, 2, 0);
    await world.descend(proposal, 2, 0, 0);
    await world.defend(proposal, 0);
    await networkHelpers.time.increase(2 * 86_400);
    await world.finalise(proposal);
    await ledger.distribute(model);
    await payouts.claimProRata([{ stream, indexes: [1] }]);
    await world.pay(world.spec.payment);
    await usage.cut(model);
    await world.report(1);
    await attribution.connect(scorer).proposeWeights(stream, 1, world.weights, 0);
    index = await indexOf(suite);
    await index.sync.catchUp();
    folder = await mkdtemp(join(tmpdir(), "tributary-index-client-"));
    ({ app } = await indexApi({ store: index.store, files: folder }));
    api = new IndexClient(`${await app.listen({ port: 0 })}/`);
  });
  after(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  /** The client's error of a request. */
  async function failure(request: Promise<unknown>): Promise<ClientError> {
    const error = await request.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ClientError)) throw new Error("no ClientError", { cause: error });
    return error;
  }

  it("reads what the API's schemas say, member by member", () => {
    expect(Object.keys(SHAPES)).to.deep.equal(Object.keys(SCHEMAS));
    for (const [name, schema] of Object.entries(SCHEMAS)) {
      expect(SHAPES[name as keyof typeof SHAPES].kind, name).to.deep.equal(kindOf(schema));
    }
    expect(HEALTH.kind).to.deep.equal(kindOf(HEALTH_SCHEMA));
  });

  it("has a method for every route, and each gives what the route does", async () => {
    const contributor = world.contributors[1]!.address;
    const heaviest =
      world.contributors[world.weights.indexOf(world.weights.reduce((a, b) => (a > b ? a : b)))]!.address;
    const posted = (await api.statements({ interval: 1 })).data[0]!.hash;
    const transaction = (await api.payments()).data[0]!.transactionHash;
    const id = Number(world.stream);
    const asked: [string, Promise<{ data: unknown; indexedTo: unknown }>][] = [
      ["/datasets?limit=1", api.datasets({ limit: 1 })],
      ["/datasets/1", api.dataset(1)],
      ["/datasets/1/versions", api.versions(1)],
      ["/datasets/1/contributions?status=accepted", api.contributions(1, { status: "accepted" })],
      ["/datasets/1/contributions/2", api.contribution(1, 2)],
      ["/models", api.models()],
      ["/models/1", api.model(1)],
      ["/models/1/lineage", api.lineage(1)],
      ["/models/1/intervals", api.intervals(1)],
      ["/models/1/payments?order=desc", api.modelPayments(1, { order: "desc" })],
      [`/streams/${id}`, api.stream(id)],
      [`/streams/${id}/settlements`, api.settlements(id)],
      [`/streams/${id}/demands`, api.demands(id)],
      [`/streams/${id}/claims`, api.streamClaims(id)],
      ["/payments?way=wallet", api.payments({ way: "wallet", payer: undefined })],
      ["/statements?state=final", api.statements({ state: "final" })],
      [`/statements/${proposal.hash}`, api.statement(proposal.hash)],
      [`/statements/${posted}/lines`, api.lines(posted)],
      [`/statements/${posted}/lines/1`, api.line(posted, 1)],
      [`/statements/${proposal.hash}/challenges`, api.statementChallenges(proposal.hash)],
      ["/challenges?state=defended", api.challenges({ state: "defended" })],
      [`/accounts/${contributor}`, api.account(contributor)],
      [`/accounts/${contributor}/claimable`, api.claimable(contributor)],
      [`/accounts/${contributor}/claimable/lines`, api.claimableLines(contributor)],
      [`/accounts/${contributor}/claimable/pro-rata?limit=5`, api.claimableProRata(contributor, { limit: 5 })],
      [`/accounts/${contributor}/contributions`, api.accountContributions(contributor)],
      [`/accounts/${contributor}/claims`, api.accountClaims(contributor)],
      [`/accounts/${contributor}/history`, api.history(contributor)],
      [
        "/events?contract=datasets&name=ContributionAccepted&match=dataset:1&fromBlock=1&toBlock=99999",
        api.events({
          contract: "datasets",
          name: "ContributionAccepted",
          match: ["dataset:1"],
          fromBlock: 1,
          toBlock: 99_999,
        }),
      ],
      [`/accounts/${contributor}/pending`, api.pending(contributor)],
      [`/accounts/${heaviest}/pending/lines`, api.pendingLines(heaviest)],
      [`/accounts/${contributor}/pending/streams`, api.pendingStreams(contributor)],
      ["/flows/model:1", api.flows("model:1")],
      ["/search?q=1", api.search("1")],
      ["/totals", api.totals()],
      ["/datasets/1/models", api.datasetModels(1)],
      ["/datasets/1/contributors?limit=1", api.contributors(1, { limit: 1 })],
      ["/datasets/1/money", api.datasetMoney(1)],
      ["/models/1/money?top=2", api.moneyGraph(1, { top: 2 })],
      [`/challenges/${proposal.hash}/2/0`, api.challenge(proposal.hash, 2, 0)],
      [`/transactions/${transaction}`, api.transaction(transaction)],
    ];
    const empty = new Set([`/streams/${id}/demands`]);
    for (const [url, request] of asked) {
      const { data, indexedTo } = await request;
      const raw = (await app.inject({ url })).json<{ data: unknown; indexedTo: unknown }>();
      expect(indexedTo, url).to.deep.equal(raw.indexedTo);
      // Amounts are integers here and text there; all else is the same.
      const plain = JSON.stringify(data, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
      expect(JSON.parse(plain), url).to.deep.equal(raw.data);
      if (Array.isArray(data) && !empty.has(url)) expect(data, url).to.not.have.lengthOf(0);
    }
    const { paths } = (await app.inject({ url: "/openapi.json" })).json<{ paths: Record<string, unknown> }>();
    const left = Object.keys(paths).filter((path) => {
      const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}(\\?.*)?$`);
      return !asked.some(([url]) => pattern.test(url));
    });
    expect(left).to.have.members(["/health", "/metrics", "/files/sha256/{digest}", "/files/{kind}/{key}"]);
  });

  it("fetches published files by what the chain has of them", async () => {
    const bytes = Uint8Array.of(0, 255, 10);
    const digest = sha256(bytes);
    const root = `0x${"ab".repeat(32)}`;
    await mkdir(join(folder, "sha256"));
    await mkdir(join(folder, "index"));
    await writeFile(join(folder, "sha256", digest.slice(2)), bytes);
    await writeFile(join(folder, "index", root), `sha256:${digest.slice(2)}`);
    expect(await api.file(`sha256/${digest}`)).to.deep.equal(bytes);
    expect(await api.file(`index/${root}`)).to.deep.equal(bytes);
    expect((await failure(api.file(`index/${digest}`))).code).to.equal("file-missing");
  });

  it("reads amounts as integers", async () => {
    const { data } = await api.statement(proposal.hash);
    expect(data.pool).to.equal(proposal.statement.payout.pool);
  });

  it("gives lists as pieces and as items", async () => {
    const whole = (await api.contributions(1)).data;
    const ask = (paging: object) => api.contributions(1, paging);
    const pages = [];
    for await (const { data, next } of pagesOf(ask, { limit: 2 })) pages.push([data.length, next === null]);
    expect(pages).to.deep.equal([
      [2, false],
      [1, true],
    ]);
    const items = [];
    for await (const item of itemsOf(ask, { limit: 1, order: "desc" })) items.push(item);
    expect(items).to.deep.equal([...whole].reverse());
  });

  it("fails with codes that programs branch on, in the index's own words", async () => {
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => api.dataset(99), "not-found", /no dataset 99/],
      [() => api.lines(proposal.hash), "file-missing", /ipfs:\/\/weights/],
      [() => api.account("0x12"), "bad-input", /openapi/],
      [() => api.datasets({ limit: 100_000 }), "bad-input", /<= 1000/],
    ];
    for (const [ask, code, message] of cases) {
      const error = await failure(ask());
      expect(error.code, error.message).to.equal(code);
      expect(error.message).to.match(message);
    }
    const altered = new IndexClient("http://index.example", {
      fetch: () => Promise.resolve(Response.json({ error: "file-altered", message: "of another" }, { status: 502 })),
    });
    expect((await failure(altered.line(proposal.hash, 0))).code).to.equal("file-altered");
    const nowhere = new IndexClient("http://127.0.0.1:9");
    expect(await failure(nowhere.models())).to.deep.include({ code: "network" });
  });

  it("refuses what is no index, or another version of it", async () => {
    const bodies = ["<html>", "null", '{"data":[]}', '{"indexedTo":null,"data":[{"id":1}],"next":null}'];
    const server = createServer((_request, response) => response.end(bodies.shift()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const other = new IndexClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const said = [];
    while (bodies.length > 0) said.push(await failure(other.datasets()));
    server.close();
    expect(said.map(({ code }) => code)).to.deep.equal(Array(4).fill("mismatch"));
    expect(said[0]!.message).to.match(/is not an index of the chain/);
    expect(said[3]!.message).to.match(/data\[0\]\.owner that isn't hexadecimal/);
  });

  it("says how far the index is, and waits for a block", async () => {
    const tip = index.store.tip()!;
    const { status, indexedTo } = await api.health();
    expect([status, indexedTo]).to.deep.equal(["ok", { ...tip }]);
    expect((await api.untilIndexed(tip.number, 1)).number).to.equal(tip.number);
    expect(await failure(api.untilIndexed(tip.number + 1, 0.3))).to.deep.include({ code: "behind" });
  });

  it("ends with its signal, as any other request does", async () => {
    const end = new AbortController();
    const request = api.until(end.signal).models();
    end.abort();
    const error: unknown = await request.catch((thrown: unknown) => thrown);
    expect(error).to.have.property("name", "AbortError");
  });
});
