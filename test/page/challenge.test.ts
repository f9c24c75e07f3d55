import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { type ClientError, statementStruct, suiteAt, type Suite as ClientSuite } from "../../client/index.ts";
import { IndexClient, type Statement } from "../../client/indexApi/index.ts";
import type { FileSources } from "../../explorer/data/statedFiles.ts";
import { prepareAnswer } from "../../explorer/pages/challenge/answering.ts";
import { nodesBelow } from "../../explorer/pages/challenge/nodes.ts";
import { recomputeStatement, wrongNodes } from "../../explorer/pages/challenge/recomputed.ts";
import { encodeIndex, encodeStatement, type Hex, statementOf, Weights } from "../../scorer/index.ts";
import { indexApi } from "../../services/indexer/index.ts";
import { indexOf, type TestIndex } from "../indexer/support.ts";
import { buildReportedWorld, type Proposal, type World } from "../support/attributionWorld.ts";
import { deploySuite } from "../support/suite.ts";

const LINES = 300;
const ROOT = { level: 9, position: 0 };
/** A line that is worth too much, and two that have each other's weights. */
const WRONG = 77;
const SWAPPED = [10, 11] as const;

/** A statement of more lines than one answer shows, with three wrong ones. */
describe("a challenge walked in the browser", function () {
  this.timeout(120_000);
  let world: World;
  let index: TestIndex;
  let app: FastifyInstance;
  let client: ClientSuite;
  let proposal: Proposal;
  let statement: Statement;
  let indexFile: Uint8Array;
  let stated: readonly bigint[];

  before(async () => {
    const rows = Array.from({ length: LINES }, (_, i) => ({
      exponent: i % 3,
      lanes: Array.from({ length: 16 }, (__, lane) => (lane === i % 16 ? 1_000 + i : 0)),
    }));
    world = await buildReportedWorld(await deploySuite(), {
      ...{ rowCounts: rows.map(() => 1), rows },
      q: Array.from({ length: 16 }, (_, lane) => 100 + lane),
    });
    indexFile = encodeIndex({
      ...{ size: LINES, lanesPerRow: 16, unitExponent: 0, exponentBound: world.spec.exponentBound },
      exponents: Uint8Array.from(rows, ({ exponent }) => exponent),
      lanes: Int16Array.from(rows.flatMap(({ lanes }) => lanes)),
    });
    const [a, b] = SWAPPED;
    stated = world.weights.map((weight, i) =>
      i === WRONG ? weight + 5n : i === a ? world.weights[b]! : i === b ? world.weights[a]! : weight,
    );
    expect(stated[a]).to.not.equal(stated[b]);
    proposal = await world.propose({ weights: stated });
    await world.challenge(proposal, ROOT.level, ROOT.position);
    await world.open(proposal, ROOT.level, ROOT.position);
    index = await indexOf(world);
    await index.sync.catchUp();
    ({ app } = await indexApi({ store: index.store }));
    client = suiteAt(index.book, world.ethers.provider);
    statement = (await api().statements()).data[0]!;
  });
  after(() => app.close());

  /** What is asked reaches the server without a socket. */
  function api(): IndexClient {
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const { statusCode, body } = await app.inject({ url: pathname + search });
      return new Response(body, { status: statusCode, headers: { "content-type": "application/json" } });
    };
    return new IndexClient("http://index.test", { fetch });
  }

  function sources(...chosen: Uint8Array[]): FileSources {
    return { api: api(), config: { ipfs: undefined }, chosen };
  }

  /** The scorer's file, of these weights. */
  function statementFile(weights: readonly bigint[]): Uint8Array {
    const { payout, indexRoot, reportHash } = proposal.statement;
    const file = statementOf({
      ...{ stream: payout.stream, interval: Number(payout.interval), pool: payout.pool },
      contributors: world.contributors.map(({ address }) => address.toLowerCase() as Hex),
      rowCounts: world.spec.rowCounts,
      exponents: Uint8Array.from(world.spec.rows, ({ exponent }) => exponent),
      weights: Weights.from(weights),
      ...{ indexRoot: indexRoot as Hex, reportHash: reportHash as Hex },
    });
    return new TextEncoder().encode(encodeStatement(file));
  }

  it("knows which nodes stand below one, without those that cover no line", () => {
    expect(nodesBelow(ROOT, LINES, 8)).to.deep.equal({ level: 1, first: 0, last: 149 });
    expect(nodesBelow({ level: 1, position: 149 }, LINES, 1)).to.deep.equal({ level: 0, first: 298, last: 299 });
    expect(nodesBelow({ level: 9, position: 0 }, 257, 8)).to.deep.equal({ level: 1, first: 0, last: 128 });
    expect(nodesBelow({ level: 1, position: 128 }, 257, 1)).to.deep.equal({ level: 0, first: 256, last: 256 });
  });

  it("finds all wrong nodes that an answer shows, and no other", async () => {
    const recomputed = await recomputeStatement(client, sources(indexFile), statement);
    const found = await wrongNodes(recomputed, ROOT);
    const sum = (weights: readonly bigint[], node: number): bigint => weights[2 * node]! + weights[2 * node + 1]!;
    expect(found).to.deep.equal(
      [5, 38].map((position) => ({
        position,
        claimed: sum(stated, position),
        expected: sum(world.weights, position),
        ...{ challenged: false, evidence: undefined },
      })),
    );
    expect(found[0]!.claimed, "two swapped lines add up to what they should").to.equal(found[0]!.expected);
  });

  it("refuses another index than the committed one, and says so", async () => {
    const other = Uint8Array.from(indexFile, (byte, i) => (i === indexFile.length - 1 ? byte ^ 1 : byte));
    const refusal = await recomputeStatement(client, sources(other), statement).catch((error: unknown) => error);
    expect((refusal as Error).message).to.match(/the index hashes to/);
  });

  it("prepares the answer from the reader's own file, if it is the statement's", async () => {
    const missing = await prepareAnswer(client, sources(), statement, ROOT).catch((error: unknown) => error);
    expect((missing as ClientError).code).to.equal("file-missing");
    const other = await prepareAnswer(client, sources(statementFile(world.weights)), statement, ROOT).catch(
      (error: unknown) => error,
    );
    expect((other as ClientError).code).to.equal("mismatch");
    const answer = await prepareAnswer(client, sources(statementFile(stated)), statement, ROOT);
    expect(answer.kind === "open" && [answer.level, answer.shown.length, answer.shown[0]?.sum]).to.deep.equal([
      ...[1, 150],
      stated[0]! + stated[1]!,
    ]);
    const line = { level: 0, position: WRONG };
    const defence = await prepareAnswer(client, sources(statementFile(stated), indexFile), statement, line);
    expect(defence.kind === "defend" && [defence.weight, defence.expected]).to.deep.equal([
      world.weights[WRONG]! + 5n,
      world.weights[WRONG]!,
    ]);
  });

  it("goes on from node to line, with what refutes it on the chain", async () => {
    const node = WRONG >> 1;
    await world.descend(proposal, ROOT.level, ROOT.position, node);
    const recomputed = await recomputeStatement(client, sources(indexFile), statement);
    const again = await wrongNodes(recomputed, ROOT);
    expect(again.map(({ position, challenged }) => [position, challenged])).to.deep.equal([
      [5, false],
      [node, true],
    ]);
    await world.open(proposal, 1, node);
    const [line, ...others] = await wrongNodes(recomputed, { level: 1, position: node });
    expect([line?.position, line?.claimed, others.length]).to.deep.equal([WRONG, stated[WRONG], 0]);
    await world.challenges.refute(statementStruct(statement), line!.evidence!);
    await index.sync.catchUp();
    expect((await api().statement(statement.hash)).data.state).to.equal("void");
  });
});
