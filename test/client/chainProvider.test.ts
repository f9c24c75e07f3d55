import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ChainProvider, type Suite as ClientSuite, suiteAt } from "../../client/index.ts";
import { eventIndexAt, IndexClient, useIndexAt } from "../../client/indexApi/index.ts";
import { indexApi } from "../../services/indexer/index.ts";
import { indexOf, type TestIndex } from "../indexer/support.ts";
import { AttributionHistory } from "../referee/attributionHistory.ts";
import { prepareStage } from "../referee/attributionStage.ts";
import { randomFrom } from "../support/random.ts";
import { deploySuite, type Suite } from "../support/suite.ts";

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly params: readonly { readonly fromBlock?: string; readonly toBlock?: string }[];
}

/** A test chain behind HTTP, as nodes are; it refuses ranges of blocks as many of them do. */
class NodeServer {
  readonly asked: Asked[] = [];
  mostBlocks = Number.MAX_SAFE_INTEGER;
  readonly #suite: Suite;
  readonly #server: Server;

  constructor(suite: Suite) {
    this.#suite = suite;
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const given = JSON.parse(body) as Asked | Asked[];
        void Promise.all([given].flat().map((one) => this.#answer(one))).then((answers) =>
          response.end(JSON.stringify(Array.isArray(given) ? answers : answers[0])),
        );
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Ranges of logs that it was asked for since the last time. */
  ranges(): [number, number][] {
    const logs = this.asked.filter(({ method }) => method === "eth_getLogs");
    this.asked.length = 0;
    return logs.map(({ params: [filter] }) => [Number(filter?.fromBlock), Number(filter?.toBlock)]);
  }

  async #answer(asked: Asked): Promise<object> {
    this.asked.push(asked);
    const { id, method, params } = asked;
    const [filter] = params;
    if (method === "eth_getLogs" && Number(filter?.toBlock) - Number(filter?.fromBlock) >= this.mostBlocks) {
      return { jsonrpc: "2.0", id, error: { code: -32_602, message: `block range is above ${this.mostBlocks}` } };
    }
    return { jsonrpc: "2.0", id, result: (await this.#suite.ethers.provider.send(method, [...params])) as unknown };
  }
}

describe("a node whose past events come from an index", () => {
  let suite: Suite;
  let node: NodeServer;
  let provider: ChainProvider;
  let index: TestIndex;
  let app: FastifyInstance;
  let api: string;
  let client: ClientSuite;
  const fallbacks: string[] = [];

  before(async function () {
    this.timeout(60_000);
    suite = await deploySuite();
    const stage = await prepareStage(suite);
    const history = await AttributionHistory.begin(stage, randomFrom(11));
    await history.play(60);
    index = await indexOf(suite, { reorgDepth: 16 });
    await index.sync.catchUp();
    ({ app } = await indexApi({ store: index.store }));
    api = await app.listen({ port: 0 });
    node = new NodeServer(suite);
    provider = new ChainProvider(await node.listen(), 31_337);
    useIndexAt(provider, api, index.book, (reason) => fallbacks.push(reason));
    client = suiteAt(index.book, provider);
  });
  beforeEach(() => {
    node.ranges();
    node.mostBlocks = Number.MAX_SAFE_INTEGER;
    fallbacks.length = 0;
  });
  after(async () => {
    provider.destroy();
    node.close();
    await app.close();
  });

  const plain = (logs: readonly { toJSON(): unknown }[]): unknown[] => logs.map((log) => log.toJSON());

  it("gives every event of every contract as the node's logs have it", async () => {
    const { currency, ...contracts } = suiteAt(index.book, suite.ethers.provider);
    let compared = 0;
    for (const [role, contract] of Object.entries(contracts)) {
      if (!("interface" in contract)) continue;
      const own = client[role as keyof ClientSuite] as typeof contract;
      const names: string[] = [];
      contract.interface.forEachEvent(({ name }) => names.push(name));
      for (const name of names) {
        const [wanted, found] = await Promise.all([
          contract.queryFilter(name as never, 0),
          own.queryFilter(name as never, 0),
        ]);
        expect(plain(found), `${role}.${name}`).to.deep.equal(plain(wanted));
        compared += wanted.length;
        expect(node.ranges(), `${role}.${name} was asked of the node`).to.deep.equal([]);
      }
    }
    expect(compared).to.be.greaterThan(300);
    expect(await currency.getAddress()).to.equal(index.book.contracts.currency);
    expect(fallbacks).to.deep.equal([]);
  });

  it("finds events by their indexed arguments: addresses, numbers, hashes", async () => {
    const wanted = suiteAt(index.book, suite.ethers.provider);
    const [proposed, accepted, submitted] = await Promise.all([
      wanted.attribution.queryFilter(wanted.attribution.filters.StatementProposed(), 0),
      wanted.datasets.queryFilter(wanted.datasets.filters.ContributionAccepted(), 0),
      wanted.datasets.queryFilter(wanted.datasets.filters.ContributionSubmitted(), 0),
    ]);
    const [statement, acceptance, submission] = [proposed.at(-1)!.args, accepted.at(-1)!.args, submitted.at(-1)!.args];
    const pairs = await Promise.all(
      [wanted, client].map(({ attribution, datasets }) =>
        Promise.all([
          attribution.queryFilter(
            attribution.filters.StatementProposed(statement.stream, statement.interval, statement.statementHash),
            0,
          ),
          datasets.queryFilter(datasets.filters.ContributionAccepted(undefined, undefined, acceptance.contributor), 0),
          datasets.queryFilter(datasets.filters.ContributionSubmitted(submission.dataset), 3, 40),
        ]),
      ),
    );
    const [expected, found] = pairs.map((lists) => lists.map(plain));
    expect(found).to.deep.equal(expected);
    expect(found?.slice(0, 2).every((list) => list.length > 0)).to.equal(true);
    expect(node.ranges()).to.deep.equal([]);
  });

  it("asks the node for the blocks that the index doesn't have yet", async () => {
    const tip = index.store.tip()!.number;
    await suite.networkHelpers.mine(5);
    const { datasets } = client;
    await datasets.queryFilter(datasets.filters.ContributionSubmitted(), 0);
    expect(node.ranges()).to.deep.equal([[tip + 1, tip + 5]]);
    await datasets.queryFilter(datasets.filters.ContributionSubmitted(), 0, tip);
    expect(node.ranges()).to.deep.equal([]);
    expect(fallbacks).to.deep.equal([]);
  });

  it("asks the node for all when it doesn't have the block that the index ends at", async () => {
    const { datasets } = client;
    const { events } = eventIndexAt(new IndexClient(api));
    const hash = `0x${"12".repeat(32)}`;
    const reorged = new ChainProvider(provider._getConnection().url, 31_337);
    reorged.useIndex({
      book: index.book,
      onFallback: (reason) => fallbacks.push(reason),
      index: {
        events: async (query) => {
          const found = await events(query);
          return found && { ...found, indexedTo: { ...found.indexedTo, hash } };
        },
      },
    });
    const wanted = await suiteAt(index.book, suite.ethers.provider).datasets.queryFilter(
      datasets.filters.ContributionSubmitted(),
      0,
    );
    const found = await suiteAt(index.book, reorged).datasets.queryFilter(datasets.filters.ContributionSubmitted(), 0);
    expect(plain(found)).to.deep.equal(plain(wanted));
    expect(fallbacks).to.have.length(1);
    expect(fallbacks[0]).to.match(/the node doesn't have its block \d+/);
    reorged.destroy();
  });

  it("says that there is no index, and goes on without", async () => {
    const alone = new ChainProvider(provider._getConnection().url, 31_337);
    useIndexAt(alone, "http://127.0.0.1:9", index.book, (reason) => fallbacks.push(reason));
    const { datasets } = suiteAt(index.book, alone);
    expect(await datasets.queryFilter(datasets.filters.ContributionSubmitted(), 0)).to.not.have.length(0);
    expect(fallbacks).to.have.length(1);
    expect(fallbacks[0]).to.match(/doesn't answer/);
    alone.destroy();
  });

  it("reads in smaller ranges from a node that refuses large ones", async () => {
    node.mostBlocks = 10;
    const alone = new ChainProvider(provider._getConnection().url, 31_337);
    const { datasets } = suiteAt(index.book, alone);
    const wanted = await suiteAt(index.book, suite.ethers.provider).datasets.queryFilter(
      datasets.filters.ContributionSubmitted(),
      0,
    );
    expect(plain(await datasets.queryFilter(datasets.filters.ContributionSubmitted(), 0))).to.deep.equal(plain(wanted));
    const read = node.ranges().filter(([from, to]) => to - from < 10);
    const head = await suite.ethers.provider.getBlockNumber();
    expect(read[0]?.[0]).to.equal(0);
    expect(read.at(-1)?.[1]).to.equal(head);
    read.slice(1).forEach(([from], i) => expect(from).to.equal(read[i]![1] + 1));
    alone.destroy();
  });

  it("gives other failures of a node to who asked", async () => {
    const gone = new ChainProvider("http://127.0.0.1:9", 31_337);
    const { datasets } = suiteAt(index.book, gone);
    const error = await datasets.queryFilter(datasets.filters.ContributionSubmitted(), 0, 9).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Error).with.property("code", "ECONNREFUSED");
    gone.destroy();
  });
});
