import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Suite as ClientSuite, statementStruct, suiteAt } from "../../client/index.ts";
import { IndexClient, type Line, type Statement } from "../../client/indexApi/index.ts";
import type { Config } from "../../explorer/config/config.ts";
import { type Finding, recheckLine, type Sources } from "../../explorer/pages/statement/recheck.ts";
import { encodeIndex, indexTree, type InfluenceIndex, sha256 } from "../../scorer/index.ts";
import { indexApi } from "../../services/indexer/index.ts";
import { indexOf, type TestIndex } from "../indexer/support.ts";
import { buildReportedWorld, type World } from "../support/attributionWorld.ts";
import { deploySuite, type Suite } from "../support/suite.ts";

describe("a line checked in the browser", () => {
  let suite: Suite;
  let world: World;
  let index: TestIndex;
  let app: FastifyInstance;
  let folder: string;
  let sources: Sources;
  let file: Uint8Array;
  let statement: Statement;

  before(async () => {
    suite = await deploySuite();
    world = await buildReportedWorld(suite);
    const { rows, exponentBound } = world.spec;
    const committed: InfluenceIndex = {
      ...{ size: rows.length, lanesPerRow: 16, unitExponent: 0, exponentBound },
      exponents: Uint8Array.from(rows, ({ exponent }) => exponent),
      lanes: Int16Array.from(rows.flatMap(({ lanes }) => [...lanes])),
    };
    file = encodeIndex(committed);
    folder = await mkdtemp(join(tmpdir(), "tributary-recheck-"));
    const digest = sha256(file).slice(2);
    for (const kind of ["sha256", "index"]) await mkdir(join(folder, kind));
    await writeFile(join(folder, "sha256", digest), file);
    await writeFile(join(folder, "index", indexTree(committed).root), `sha256:${digest}`);

    // The second line is worth nothing, and is said to be worth something.
    const weights = world.weights.map((weight, i) => (i === 1 ? weight + 5n : weight));
    await world.attribution.connect(world.scorer).proposeWeights(world.stream, 0, weights, 0);
    index = await indexOf(suite);
    await index.sync.catchUp();
    ({ app } = await indexApi({ store: index.store, files: folder }));
    const api = new IndexClient(await app.listen({ port: 0 }));
    const client: ClientSuite = suiteAt(index.book, suite.ethers.provider);
    sources = { suite: client, api, config: { ipfs: undefined } as Config, chosen: undefined };
    statement = (await api.statements()).data[0]!;
  });
  after(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  async function check(line: number, changed: Partial<Line> = {}, from: Partial<Sources> = {}) {
    const findings: Finding[] = [];
    const { data } = await sources.api.line(statement.hash, line);
    const evidence = await recheckLine({ ...sources, ...from }, statement, { ...data, ...changed }, (finding) =>
      findings.push(finding),
    );
    const wrong = findings.filter(({ right }) => !right).map(({ name }) => name);
    return { wrong, found: findings.length, evidence };
  }

  it("finds nothing wrong in a line that follows from index and report", async () => {
    expect(await check(0)).to.deep.equal({ wrong: [], found: 7, evidence: undefined });
  });

  it("believes neither weights, amounts, wallets nor proofs of the index's server", async () => {
    const { weight, amount } = (await sources.api.line(statement.hash, 0)).data;
    expect((await check(0, { weight: weight + 1n })).wrong).to.deep.equal(["The line’s proof", "The weight"]);
    expect((await check(0, { amount: amount + 1n })).wrong).to.deep.equal(["The amount"]);
    expect((await check(0, { contributor: `0x${"12".repeat(20)}` })).wrong).to.deep.equal(["The wallet"]);
    expect((await check(0, { proof: "0x" })).wrong).to.deep.equal(["The line’s proof"]);
  });

  it("takes no other index than the committed one", async () => {
    const other = Uint8Array.from(file, (byte, i) => (i === file.length - 1 ? byte ^ 1 : byte));
    expect((await check(0, {}, { chosen: other })).wrong).to.deep.equal(["The influence index"]);
    expect((await check(0, {}, { chosen: file })).wrong).to.deep.equal([]);
  });

  it("shows a wrong weight, with what refutes it on the chain", async () => {
    const { wrong, evidence } = await check(1);
    expect(wrong).to.deep.equal(["The weight"]);
    await world.challenges.refute(statementStruct(statement), evidence!);
    await index.sync.catchUp();
    const { data } = await sources.api.statement(statement.hash);
    expect(data.state).to.equal("void");
  });
});
