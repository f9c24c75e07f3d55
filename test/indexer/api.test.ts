import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeStatement, statementOf, Weights } from "../../scorer/index.ts";
import { indexApi } from "../../services/indexer/index.ts";
import { buildReportedWorld, type Proposal, type World } from "../support/attributionWorld.ts";
import { deploySuite, type Suite } from "../support/suite.ts";
import { indexOf, type TestIndex } from "./support.ts";

interface Answer {
  readonly status: number;
  readonly etag: unknown;
  readonly body: { data: never; next?: string | null; indexedTo: unknown; error?: string; message?: string };
}

describe("the HTTP API of an index", () => {
  let suite: Suite;
  let world: World;
  let index: TestIndex;
  let app: FastifyInstance;
  let folder: string;
  let proposal: Proposal;
  let posted: string;
  let document: { paths: Record<string, { get: { responses: Record<string, Response> } }> };
  const visited = new Set<string>();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });

  interface Response {
    readonly content?: { readonly "application/json"?: { readonly schema: object } };
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-api-"));
    suite = await deploySuite();
    world = await buildReportedWorld(suite);
    const { attribution, challenges, ledger, payouts, networkHelpers, usage, model, stream, scorer } = world;
    proposal = await world.propose();
    await world.challenge(proposal, 2, 0);
    await world.open(proposal, 2, 0);
    await world.descend(proposal, 2, 0, 0);
    await world.defend(proposal, 0);
    await networkHelpers.time.increase(2 * 86_400);
    await world.finalise(proposal);
    await challenges.settle(proposal.statement, 0, 0);
    await ledger.distribute(model);
    await payouts.claimProRata([{ stream, indexes: [1] }]);
    await payouts.claim([world.claimOf(proposal, [2])]);
    await world.pay(world.spec.payment);
    await usage.cut(model);
    await world.report(1);
    await attribution.connect(scorer).proposeWeights(stream, 1, world.weights, 0);
    index = await indexOf(suite);
    await index.sync.catchUp();
    posted = String(index.store.all("SELECT hash FROM statements ORDER BY id DESC LIMIT 1")[0]?.hash);
    ({ app } = await indexApi({ store: index.store, statements: folder, origins: ["https://explorer.example"] }));
    document = (await app.inject({ url: "/openapi.json" })).json();
  });
  after(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  /** Asks a route, and holds the answer against the document's schema for it. */
  async function ask(path: string, url: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await app.inject({ url, headers });
    const described = document.paths[path]?.get.responses[String(response.statusCode)];
    expect(described, `${path} with ${response.statusCode}: ${response.body}`).to.not.equal(undefined);
    const body = (response.body === "" ? {} : response.json()) as Answer["body"];
    const schema = described?.content?.["application/json"]?.schema;
    if (schema !== undefined) {
      const check = ajv.compile(schema);
      expect(check(body), `${url}: ${ajv.errorsText(check.errors)} in ${response.body}`).to.equal(true);
    }
    if (response.statusCode === 200) visited.add(path);
    return { status: response.statusCode, etag: response.headers.etag, body };
  }

  /** The statement file that a scorer would publish. */
  function published(): string {
    const { payout, indexRoot, reportHash } = proposal.statement;
    const weights = Weights.from(proposal.tree.weights);
    return encodeStatement(
      statementOf({
        stream: payout.stream,
        interval: Number(payout.interval),
        pool: payout.pool,
        contributors: world.contributors.map(({ address }) => address.toLowerCase() as `0x${string}`),
        rowCounts: world.spec.rowCounts,
        exponents: Uint8Array.from(world.spec.rows, ({ exponent }) => exponent),
        weights,
        indexRoot: indexRoot as `0x${string}`,
        reportHash: reportHash as `0x${string}`,
      }),
    );
  }

  it("is OpenAPI 3.1", async () => {
    const found = (await app.inject({ url: "/openapi.json" })).json<{ openapi: string }>();
    expect(found.openapi).to.equal("3.1.0");
  });

  it("answers every route as its document says, and names the block", async () => {
    const { address } = world.contributors[0]!;
    const { hash } = proposal;
    await writeFile(join(folder, "statement.json"), published());
    const transaction = String(index.store.all("SELECT transactionHash FROM events LIMIT 1")[0]?.transactionHash);
    const plain: [string, string][] = [
      ["/datasets", "/datasets"],
      ["/datasets/{dataset}", "/datasets/1"],
      ["/datasets/{dataset}/versions", "/datasets/1/versions"],
      ["/datasets/{dataset}/contributions", "/datasets/1/contributions?status=accepted&limit=2"],
      ["/datasets/{dataset}/contributions/{position}", "/datasets/1/contributions/2"],
      ["/models", "/models"],
      ["/models/{model}", "/models/1"],
      ["/models/{model}/lineage", "/models/1/lineage"],
      ["/models/{model}/intervals", "/models/1/intervals"],
      ["/models/{model}/payments", "/models/1/payments?order=desc"],
      ["/streams/{stream}", "/streams/256"],
      ["/streams/{stream}/settlements", "/streams/256/settlements"],
      ["/streams/{stream}/demands", "/streams/256/demands"],
      ["/streams/{stream}/claims", "/streams/256/claims"],
      ["/payments", `/payments?way=wallet&payer=${world.payer.address}`],
      ["/statements", "/statements?state=final"],
      ["/statements/{hash}", `/statements/${hash}`],
      ["/statements/{hash}/lines", `/statements/${hash}/lines`],
      ["/statements/{hash}/lines/{line}", `/statements/${hash}/lines/1`],
      ["/statements/{hash}/challenges", `/statements/${hash}/challenges`],
      ["/challenges", `/challenges?state=defended&model=1&statement=${hash}`],
      ["/accounts/{address}", `/accounts/${address}`],
      ["/accounts/{address}/claimable", `/accounts/${address}/claimable`],
      ["/accounts/{address}/claimable/lines", `/accounts/${address}/claimable/lines`],
      ["/accounts/{address}/claimable/pro-rata", `/accounts/${address}/claimable/pro-rata?limit=1`],
      ["/accounts/{address}/contributions", `/accounts/${address}/contributions`],
      ["/accounts/{address}/claims", `/accounts/${world.contributors[2]!.address}/claims`],
      ["/accounts/{address}/history", `/accounts/${address}/history?limit=1`],
      ["/events", "/events?contract=payouts&name=LineClaimed&match=index:2"],
      ["/accounts/{address}/pending", `/accounts/${address}/pending`],
      ["/accounts/{address}/pending/lines", `/accounts/${address}/pending/lines`],
      ["/accounts/{address}/pending/streams", `/accounts/${address}/pending/streams`],
      ["/datasets/{dataset}/models", "/datasets/1/models"],
      ["/datasets/{dataset}/contributors", "/datasets/1/contributors"],
      ["/datasets/{dataset}/money", "/datasets/1/money"],
      ["/models/{model}/money", "/models/1/money?top=1"],
      ["/challenges/{hash}/{level}/{position}", `/challenges/${hash}/2/0`],
      ["/transactions/{hash}", `/transactions/${transaction}`],
      ["/search", "/search?q=1"],
      ["/totals", "/totals"],
      ["/flows/{node}", "/flows/model:1"],
      ["/health", "/health"],
    ];
    const tip = index.store.tip();
    for (const [path, url] of plain) {
      const { status, body } = await ask(path, url);
      expect(status, url).to.equal(200);
      expect(body.indexedTo, url).to.deep.equal({ ...tip });
      if (Array.isArray(body.data) && path !== "/streams/{stream}/demands") {
        expect(body.data, url).to.not.have.lengthOf(0);
      }
    }
    const known = Object.keys(document.paths).filter((path) => path !== "/metrics" && !path.startsWith("/files/"));
    expect([...visited]).to.have.members(known);
  });

  it("finds what it is asked for by keys, and reads no table from end to end", async () => {
    const asked = new Set<string>();
    const { store } = index;
    const all = store.all.bind(store);
    store.all = (sql, ...values) => {
      asked.add(sql);
      return all(sql, ...values);
    };
    const { address } = world.contributors[0]!;
    const { hash } = proposal;
    for (const url of [
      "/datasets/1",
      `/datasets/1/contributions?contributor=${address}`,
      `/datasets?owner=${address}`,
      "/datasets/1/contributions/2",
      "/models/1/lineage",
      "/models/1/payments?order=desc&cursor=9",
      `/payments?payer=${address}`,
      "/statements?stream=256&interval=0",
      `/statements?scorer=${address}&state=final`,
      `/statements/${hash}/lines/1`,
      `/statements/${hash}/challenges`,
      `/challenges?challenger=${address}`,
      "/challenges?model=1&order=desc&cursor=9",
      `/challenges?statement=${hash}&state=open`,
      ...["", "/claimable/lines", "/contributions", "/claims", "/history"].map((of) => `/accounts/${address}${of}`),
      "/streams/256/claims",
      "/events?contract=payouts&name=LineClaimed&match=index:2&fromBlock=3&cursor=9",
      "/events?fromBlock=3&toBlock=9",
      "/flows/model:1",
      ...["models", "contributors", "money"].map((of) => `/datasets/1/${of}`),
      "/models/1/money",
      `/accounts/${address}/pending`,
      `/challenges/${hash}/2/0`,
      `/transactions/${hash}`,
      ...[1, address, hash, "1/0"].map((q) => `/search?q=${encodeURIComponent(q)}`),
    ]) {
      expect((await app.inject({ url })).statusCode, url).to.equal(200);
    }
    store.all = all;
    const slow = [...asked].flatMap((sql) =>
      all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .filter(({ detail }) => /^SCAN (?!near|CONSTANT)/.test(detail))
        .map(({ detail }) => `${detail}: ${sql}`),
    );
    expect(asked.size).to.be.greaterThan(30);
    expect(slow).to.deep.equal([]);
  });

  it("serves lines with proofs that the contracts take, claimed or not", async () => {
    await writeFile(join(folder, "statement.json"), published());
    const { payout } = proposal.statement;
    for (const hash of [proposal.hash, posted]) {
      const { body } = await ask("/statements/{hash}/lines", `/statements/${hash}/lines`);
      const lines = body.data as { line: number; weight: string; amount: string; proof: string; claimed: boolean }[];
      expect(lines.map(({ weight }) => BigInt(weight))).to.deep.equal(world.weights);
      if (hash === posted) continue;
      for (const { line, weight, amount, proof, claimed } of lines) {
        const shown = await suite.payouts.previewClaim(payout, { index: line, weight, proof });
        expect([amount, claimed]).to.deep.equal([String(shown.amount), shown.claimed]);
      }
    }
  });

  it("says exactly which file is missing, altered or another's", async () => {
    const path = join(folder, "statement.json");
    const url = `/statements/${proposal.hash}/lines/0`;
    const asked = async () => ask("/statements/{hash}/lines/{line}", url);
    await writeFile(path, published());
    expect((await asked()).status).to.equal(200);
    const text = await readFile(path, "utf8");
    await writeFile(
      path,
      text.replace(/"payable":"(\d)/, (_, digit: string) => `"payable":"${(Number(digit) + 1) % 10}`),
    );
    const altered = await asked();
    expect([altered.status, altered.body.error]).to.deep.equal([502, "file-altered"]);
    expect(altered.body.message).to.match(/statement\.json.*fetch it again from ipfs:\/\/weights/s);
    await rm(path);
    const missing = await asked();
    expect([missing.status, missing.body.error]).to.deep.equal([404, "file-missing"]);
    expect(missing.body.message)
      .to.include(proposal.hash)
      .and.to.match(/fetch it from ipfs:\/\/weights/);
    // Sums of another account are known already, as of this block.
    const { address } = world.contributors[1]!;
    const { body } = await ask("/accounts/{address}/claimable/lines", `/accounts/${address}/claimable/lines`);
    expect((body.data as { amount: null; missing: string }[])[0]).to.deep.include({ amount: null });
    const sums = (await ask("/accounts/{address}/claimable", `/accounts/${address}/claimable`)).body.data as {
      unread: number;
      missing: string;
      totals: { lines: string };
    };
    expect([sums.unread, sums.totals.lines]).to.deep.equal([1, "0"]);
    expect(sums.missing).to.match(/fetch it from ipfs:\/\/weights/);
    const swapped = published().replaceAll(
      world.contributors[0]!.address.toLowerCase(),
      world.contributors[1]!.address.toLowerCase(),
    );
    await writeFile(path, swapped);
    expect((await asked()).body.message).to.match(/in line 0, the registry/);
  });

  it("computes what is claimable as the contracts do", async () => {
    await writeFile(join(folder, "statement.json"), published());
    for (const [i, { address }] of world.contributors.entries()) {
      const url = `/accounts/${address}/claimable`;
      const { totals } = (await ask("/accounts/{address}/claimable", url)).body.data as {
        totals: { lines: string; proRata: string };
      };
      const proRata = (await ask("/accounts/{address}/claimable/pro-rata", `${url}/pro-rata`)).body.data as {
        line: number;
        claimable: string;
      }[];
      const lines = (await ask("/accounts/{address}/claimable/lines", `${url}/lines`)).body.data as {
        line: number;
        amount: string;
      }[];
      const preview = await suite.payouts.previewProRata(world.stream, i);
      const owed = preview.amount === 0n ? [] : [[i, String(preview.amount)]];
      expect(proRata.map(({ line, claimable }) => [line, claimable])).to.deep.equal(owed);
      expect(totals.proRata).to.equal(String(preview.amount));
      const shown = await suite.payouts.previewClaim(proposal.statement.payout, {
        index: i,
        weight: proposal.tree.weights[i]!,
        proof: proposal.tree.proof(i),
      });
      const left = shown.claimed || shown.amount === 0n ? [] : [String(shown.amount)];
      expect(lines.map(({ amount }) => amount)).to.deep.equal(left);
      expect(totals.lines).to.equal(left[0] ?? "0");
    }
  });

  it("gives lists in pieces that join up, in both orders", async () => {
    const all = (await ask("/datasets/{dataset}/contributions", "/datasets/1/contributions")).body.data as {
      id: number;
    }[];
    for (const order of ["asc", "desc"]) {
      const joined: number[] = [];
      for (let cursor: string | null | undefined = ""; cursor !== null && cursor !== undefined;) {
        const url: string = `/datasets/1/contributions?limit=2&order=${order}${cursor === "" ? "" : `&cursor=${cursor}`}`;
        const { body } = await ask("/datasets/{dataset}/contributions", url);
        joined.push(...(body.data as { id: number }[]).map(({ id }) => id));
        cursor = body.next;
      }
      const ids = all.map(({ id }) => id);
      expect(joined).to.deep.equal(order === "asc" ? ids : ids.reverse());
    }
  });

  it("tells a reader that has the answer already", async () => {
    const first = await ask("/models/{model}", "/models/1");
    const again = await app.inject({ url: "/models/1", headers: { "if-none-match": String(first.etag) } });
    expect([again.statusCode, again.body]).to.deep.equal([304, ""]);
    const lines = await app.inject({ url: `/statements/${posted}/lines` });
    expect(lines.headers.etag, "files come and go without a block").to.equal(undefined);
  });

  it("refuses what it can't answer, and says what to do", async () => {
    const cases: [string, string, number, RegExp][] = [
      ["/datasets/{dataset}", "/datasets/99", 404, /no dataset 99 up to block \d+/],
      ["/datasets/{dataset}", "/datasets/first", 400, /params\/dataset must be integer.*openapi/],
      ["/datasets", "/datasets?colour=red", 400, /must NOT have additional properties/],
      ["/datasets", "/datasets?limit=100000", 400, /must be <= 1000/],
      ["/accounts/{address}", `/accounts/0x${"Ab".repeat(20)}`, 400, /no address/],
      ["/statements/{hash}/lines/{line}", `/statements/${posted}/lines/7`, 404, /has 3 lines/],
    ];
    for (const [path, url, status, message] of cases) {
      const answer = await ask(path, url);
      expect(answer.status, url).to.equal(status);
      expect(answer.body.message, url).to.match(message);
    }
    const nowhere = await app.inject({ url: "/nowhere" });
    expect(nowhere.json()).to.deep.include({ error: "not-found" });
  });

  it("lets only pages of the named origins read it", async () => {
    const allowed = await app.inject({ url: "/models/1", headers: { origin: "https://explorer.example" } });
    expect(allowed.headers["access-control-allow-origin"]).to.equal("https://explorer.example");
    const refused = await app.inject({ url: "/models/1", headers: { origin: "https://elsewhere.example" } });
    expect(refused.headers["access-control-allow-origin"]).to.equal(undefined);
    const before = await app.inject({
      method: "OPTIONS",
      url: "/models/1",
      headers: { origin: "https://explorer.example" },
    });
    expect([before.statusCode, before.headers["access-control-allow-methods"]]).to.deep.equal([204, "GET"]);
  });

  it("counts requests", async () => {
    await ask("/models/{model}", "/models/1");
    const { body } = await app.inject({ url: "/metrics" });
    expect(body).to.match(/tributary_index_requests_total\{route="\/models\/:model",status="200"\} \d+/);
  });
});
