import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { IndexClient } from "../../client/indexApi/index.ts";
import { itemsOf } from "../../client/indexApi/paging.ts";
import { amounts, SumTree } from "../../scorer/index.ts";
import { indexApi, type SqliteStore } from "../../services/indexer/index.ts";
import type { ContributionRow, NodeRow, StatementRow, StreamRow, VersionRow } from "../../services/indexer/rows.ts";
import { CONTRIBUTIONS, EVENTS, NODES, PLACES, STATEMENTS, STREAMS, VERSIONS } from "../../services/indexer/tables.ts";
import { buildReportedWorld } from "../support/attributionWorld.ts";
import { deploySuite } from "../support/suite.ts";
import { indexOf } from "./support.ts";

const ROWS = 100_000;
/** Of a model that has no other challenges. */
const OTHER_MODEL = 7;
const DATASET = 9;

/** An indexed chain, with rows as its events would leave them if one account had contributed 100,000 times. */
describe("an index with 100,000 rows of an account", function () {
  this.timeout(120_000);
  let store: SqliteStore;
  let app: FastifyInstance;
  let api: IndexClient;
  let account: string;
  let challenged: string;
  let paid: readonly bigint[];

  before(async () => {
    const world = await buildReportedWorld(await deploySuite(), { rowCounts: [5, 3, 2] });
    const proposal = await world.propose();
    challenged = proposal.hash;
    await world.challenge(proposal, 2, 0);
    const index = await indexOf(world);
    await index.sync.catchUp();
    ({ store } = index);
    account = world.contributors[0]!.address;
    fill();
    ({ app } = await indexApi({ store }));
    api = new IndexClient(await app.listen({ port: 0 }));
  });
  after(() => app.close());

  function fill(): void {
    const contribution = store.all<ContributionRow>("SELECT * FROM contributions LIMIT 1")[0]!;
    const version = store.all<VersionRow>("SELECT * FROM versions LIMIT 1")[0]!;
    const stream = store.all<StreamRow>("SELECT * FROM streams LIMIT 1")[0]!;
    const statement = store.all<StatementRow>("SELECT * FROM statements LIMIT 1")[0]!;
    const node = store.all<NodeRow>("SELECT * FROM nodes LIMIT 1")[0]!;
    const weights = Array.from({ length: ROWS }, (_, i) => BigInt(1 + (i % 97)));
    const tree = new SumTree(weights);
    const pool = 10n ** 12n;
    paid = amounts(weights, pool);
    const weightsEvent = statement.id + 1;
    const id = 2 ** 40;
    const hash = (i: number): string => `0x${i.toString(16).padStart(64, "0")}`;
    store.write(({ changes }) => {
      changes.put(VERSIONS, { ...version, dataset: DATASET, contributions: ROWS, rows: ROWS });
      changes.put(STREAMS, { ...stream, id: stream.id + 1, slot: 1, dataset: DATASET, version: version.version });
      changes.append(EVENTS, {
        ...{ id: weightsEvent, transactionHash: hash(1), transactionIndex: 0, contract: "attribution" },
        ...{ name: "WeightsPosted", args: JSON.stringify({ weights: weights.map(String) }) },
      });
      const stated = { stream: stream.id + 1, dataset: DATASET, lines: ROWS, weightsEvent, pool: String(pool) };
      const root = { root: tree.root, total: String(tree.total) };
      for (const [i, state] of (["live", "final"] as const).entries()) {
        changes.put(STATEMENTS, {
          ...{ ...statement, ...stated, ...root, state },
          ...{ hash: hash(10 + i), payoutHash: hash(20 + i), id: id + i },
        });
      }
      for (let i = 0; i < ROWS; i++) {
        const place = { dataset: DATASET, contributor: account, root: hash(ROWS + i), position: i };
        changes.put(CONTRIBUTIONS, {
          ...{ ...contribution, ...place, id: id + i, status: "accepted" },
          ...{ counted: 1, retiredFrom: null },
        });
        changes.put(PLACES, place);
        changes.put(NODES, { ...node, statementHash: hash(10), level: 0, position: i, id: id + i, model: OTHER_MODEL });
      }
    });
  }

  it("adds up all of what is claimable and pending, and gives it piece by piece", async () => {
    const began = performance.now();
    const [claimable, pending] = [(await api.claimable(account)).data, (await api.pending(account)).data];
    const first = performance.now() - began;
    const sum = paid.reduce((total, amount) => total + amount, 0n);
    const worth = paid.filter((amount) => amount > 0n).length;
    // The world's own live statement has a line of the account's, too.
    expect([claimable.lines, claimable.totals.lines]).to.deep.equal([worth, sum]);
    expect(pending.lines).to.equal(worth + 1);
    let [found, added] = [0, 0n];
    const times: number[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const asked = performance.now();
      const page = await api.pendingLines(account, { limit: 1_000, ...(cursor === "" ? {} : { cursor }) });
      times.push(performance.now() - asked);
      found += page.data.length;
      added += page.data.reduce((total, { amount }) => total + (amount ?? 0n), 0n);
      cursor = page.next;
    }
    expect([found, added]).to.deep.equal([pending.lines, pending.totals.lines]);
    const [median, last] = [times.toSorted((a, b) => a - b)[times.length >> 1]!, times.at(-1)!];
    process.stderr.write(
      `    sums over ${ROWS} lines: ${Math.round(first)} ms; then a piece of 1,000: ${Math.round(median)} ms, the last ${Math.round(last)} ms\n`,
    );
    expect(times.length).to.equal(Math.ceil(pending.lines / 1_000));
    const places: number[] = [];
    for await (const { line, stream } of itemsOf((paging) => api.claimableProRata(account, paging), { limit: 1_000 })) {
      if (stream === 257) places.push(line);
    }
    expect(places.length).to.be.at.most(ROWS);
    expect(new Set(places).size).to.equal(places.length);
  });

  it("finds the few challenges of one model among all", async () => {
    const own = await api.challenges({ model: 1, order: "desc" });
    expect(own.data.map(({ statementHash, model }) => [statementHash, model])).to.deep.equal([[challenged, 1]]);
    expect(own.next).to.equal(null);
    const other = await api.challenges({ model: OTHER_MODEL, limit: 25 });
    expect([other.data.length, other.next === null]).to.deep.equal([25, false]);
  });
});
