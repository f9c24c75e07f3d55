import { expect } from "chai";
import { id, type JsonRpcPayload, type JsonRpcResult, Wallet } from "ethers";
import {
  ChainProvider,
  modelOfStream,
  type ProposedStatement,
  readGame,
  readPostedWeights,
  readStatement,
  readStatements,
  readUsageReport,
  recompute,
  type Recomputed,
  Sender,
  statedIndex,
  type Suite as ClientSuite,
  suiteAt,
} from "../../client/index.ts";
import { buildIndex, encodeIndex, matrix, SumTree } from "../../scorer/index.ts";
import { sendCalls } from "../../services/calls.ts";
import { answerChallenges } from "../../services/scorer.ts";
import { watch, type WatchOptions } from "../../services/watchtower.ts";
import {
  buildReportedWorld,
  CHALLENGE_BOND,
  DAY,
  DEPOSIT,
  type ProposalOptions,
  type World,
} from "../support/attributionWorld.ts";
import { bookOf, deploySuite } from "../support/suite.ts";

const LANES = 16;
const q = Array.from({ length: LANES }, (_, j) => ((j * 411) % 977) - 300);

/** A reported interval of a stream with so many contributions, all of one wallet. */
async function reportedWorld(lines: number) {
  const rowCounts = Array.from({ length: lines }, (_, i) => 1 + (i % 7));
  const features = Float64Array.from({ length: LANES * lines }, (_, i) => ((i * 37) % 101) - 40 + i / 7_000);
  const index = buildIndex(matrix(lines, LANES, features), rowCounts);
  const rows = rowCounts.map((_, i) => ({
    exponent: index.exponents[i] ?? 0,
    lanes: [...index.lanes.subarray(LANES * i, LANES * (i + 1))],
  }));
  const chain = await deploySuite();
  const contributor = chain.wallets[7] ?? chain.deployer;
  const wallets = [...chain.wallets.slice(0, 7), ...rowCounts.map(() => contributor)];
  const { exponentBound } = index;
  const world = await buildReportedWorld({ ...chain, wallets }, { rowCounts, rows, q, exponentBound });
  const suite = suiteAt(await bookOf(world), world.ethers.provider);
  return { world, suite, indexFile: encodeIndex(index) };
}

/** A test's chain for whoever wants a provider that may have an index. */
class InProcess extends ChainProvider {
  readonly #world: World;

  constructor(world: World) {
    super("http://127.0.0.1:9", 31_337);
    this.#world = world;
  }

  override _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return Promise.all(
      [payload].flat().map(async ({ id: number, method, params }) => ({
        id: number,
        result: (await this.#world.ethers.provider.send(method, [...(params as unknown[])])) as unknown,
      })),
    );
  }
}

describe("challenges on a chain", () => {
  let world: World;
  let suite: ClientSuite;
  let indexFile: Uint8Array;
  let tower: Sender;
  let scorer: Sender;
  let proposed: ProposedStatement;
  let recomputed: Recomputed;

  async function wallet(name: string): Promise<Sender> {
    const { address, privateKey } = new Wallet(id(name));
    await world.owner.sendTransaction({ to: address, value: 10n ** 18n });
    await world.vault.connect(world.payer).deposit(world.attribution, address, DEPOSIT);
    return new Sender(new Wallet(privateKey), world.ethers.provider);
  }

  async function setUp(lines: number): Promise<void> {
    ({ world, suite, indexFile } = await reportedWorld(lines));
    tower = await wallet("watchtower");
    scorer = await wallet("scorer");
  }

  async function propose(options: ProposalOptions = {}): Promise<void> {
    await world.propose(options);
    await readProposed();
  }

  async function readProposed(): Promise<void> {
    proposed = await readStatement(suite, world.stream, 0);
    recomputed = await recompute(suite, proposed, statedIndex(proposed, indexFile));
  }

  /** One look of the watchtower, sent; and what it did. */
  async function watchOnce(options: WatchOptions = {}): Promise<string[]> {
    const look = await watch(suite, proposed, recomputed, tower.address, options);
    await sendCalls(tower, look);
    return look.calls.map(({ doing }) => doing);
  }

  async function answerOnce(tree: SumTree = recomputed.right): Promise<string[]> {
    const look = await answerChallenges(suite, proposed, { ...recomputed, tree }, scorer.address);
    await sendCalls(scorer, look);
    return look.calls.map(({ doing }) => doing);
  }

  const bondOf = (account: string) => world.vault.bondOf(world.attribution, account);
  const voids = async () => (await suite.attribution.settlementOf(world.stream, 0)).voids;

  describe("of a crooked statement of 300 lines that are withheld", () => {
    const WRONG = 123;
    let crooked: SumTree;

    beforeEach(async () => {
      await setUp(300);
      const weights = world.weights.map((weight, i) => (i === WRONG ? weight + 1n : weight));
      crooked = new SumTree(weights);
      await propose({ weights });
    });

    it("are put from the root down to the line, until the statement is void", async () => {
      expect(recomputed.right.root).to.equal(new SumTree(world.weights).root);
      expect(await watchOnce()).to.deep.equal(["challenging node 0 of level 9"]);
      expect(await watchOnce(), "again").to.deep.equal([]);
      expect(await answerOnce(crooked)).to.deep.equal(["opening node 0 of level 9"]);
      expect(await answerOnce(crooked), "again").to.deep.equal([]);
      expect(await watchOnce()).to.deep.equal(["challenging node 61 below node 0 of level 9"]);
      expect(await watchOnce(), "again").to.deep.equal([]);
      expect(await answerOnce(crooked)).to.deep.equal(["opening node 61 of level 1"]);
      expect(await watchOnce()).to.deep.equal(["challenging node 123 below node 61 of level 1"]);
      expect(await watchOnce(), "in the block of the challenge").to.deep.equal([]);
      await world.networkHelpers.mine();
      expect(await watchOnce()).to.deep.equal(["refuting line 123"]);
      expect(await voids()).to.equal(1n);
      expect(await watchOnce()).to.deep.equal(["settling the challenge of node 123 of level 0"]);
      expect(await watchOnce(), "again").to.deep.equal([]);
      expect((await readGame(suite, proposed)).status).to.equal("void");
      const { free, locked } = await bondOf(tower.address);
      expect([free, locked]).to.deep.equal([DEPOSIT + BigInt(proposed.statement.bond) / 2n, 0n]);
    });

    it("are found with all that they are about, even if an index of the chain leaves it out", async () => {
      await watchOnce();
      await answerOnce(crooked);
      await watchOnce();
      const read = async (from: ClientSuite) => ({
        statements: await readStatements(from, world.stream, 0),
        report: await readUsageReport(from, modelOfStream(world.stream), 0),
        game: await readGame(from, proposed),
      });
      const whole = await read(suite);
      expect(whole.statements.map(({ state }) => state)).to.deep.equal(["live"]);
      expect(whole.game.nodes.map(({ level, answer }) => [level, answer?.shown === undefined])).to.deep.equal([
        [9, false],
        [1, true],
      ]);
      for (const left of ["StatementProposed", "UsageReported", "NodeChallenged", "NodeOpened"]) {
        const provider = new InProcess(world);
        const reasons = new Set<string>();
        provider.useIndex({
          book: suite.book,
          onFallback: (reason) => reasons.add(reason),
          index: {
            events: async ({ name }) => {
              if (name !== left) return undefined;
              const block = await world.ethers.provider.getBlock("latest");
              return { events: [], indexedTo: { number: block?.number ?? 0, hash: block?.hash ?? "" } };
            },
          },
        });
        expect(await read(suiteAt(suite.book, provider)), left).to.deep.equal(whole);
        expect(reasons).to.include("it lacks events that the contracts know of");
        provider.destroy();
      }
    });

    it("void it when its scorer is silent", async () => {
      await watchOnce();
      await world.networkHelpers.time.increase(DAY - 1);
      expect(await watchOnce()).to.deep.equal([]);
      await world.networkHelpers.time.increase(1);
      expect(await watchOnce()).to.deep.equal(["calling the silence about node 0 of level 9"]);
      expect(await voids()).to.equal(1n);
      expect(await watchOnce()).to.deep.equal(["settling the challenge of node 0 of level 9"]);
      expect((await bondOf(tower.address)).locked).to.equal(0n);
    });

    it("are not needed once the weights are published", async () => {
      const weights = world.weights.map((weight, i) => (i === WRONG ? weight + 1n : weight));
      const look = await watch(suite, proposed, recomputed, tower.address, { weights, protectReward: false });
      expect(look.verdict).to.deep.include({
        right: false,
        complete: true,
        wrongLines: [{ index: WRONG, stated: weights[WRONG], expected: world.weights[WRONG] }],
      });
      await sendCalls(tower, look);
      expect(await voids()).to.equal(1n);
      expect(await watchOnce()).to.deep.equal([]);
    });
  });

  describe("of an honest statement", () => {
    beforeEach(async () => {
      await setUp(300);
      await propose();
    });

    it("are answered, and the statement is made final and pays for the answers", async () => {
      expect(await watchOnce()).to.deep.equal([]);
      const { challenges } = world;
      const { statement } = proposed;
      const [first, second] = [challenges.connect(world.challenger), challenges.connect(world.stranger)];
      await first.challenge(statement, 9, 0);
      await second.challenge(statement, 0, 299);
      await second.challenge(statement, 3, 37);
      expect(await answerOnce()).to.deep.equal([
        "opening node 0 of level 9",
        "defending line 299",
        "opening node 37 of level 3",
      ]);
      expect(await answerOnce(), "again").to.deep.equal([]);
      await first.descend(statement, 9, 0, 149);
      await answerOnce();
      await first.descend(statement, 1, 149, 298);
      expect(await answerOnce()).to.deep.equal(["defending line 298"]);
      expect(await watchOnce()).to.deep.equal([]);
      expect(await answerOnce(), "within the window").to.deep.equal([]);
      await world.networkHelpers.time.increase(3 * DAY);
      expect(await answerOnce()).to.deep.equal(["finalising the statement"]);
      expect((await readGame(suite, proposed)).status).to.equal("final");
      expect(await answerOnce()).to.have.length(3);
      expect(await answerOnce(), "again").to.deep.equal([]);
      expect(await watchOnce()).to.deep.equal([]);
      expect((await bondOf(scorer.address)).free).to.equal(DEPOSIT + 3n * CHALLENGE_BOND);
      expect((await bondOf(world.challenger.address)).free).to.equal(DEPOSIT - CHALLENGE_BOND);
    });

    it("are waited for: nothing is final while what an answer shows can be challenged", async () => {
      const { statement } = proposed;
      const time = world.networkHelpers.time;
      await time.increaseTo(world.closesAt({ statement } as Parameters<World["closesAt"]>[0]) - 5n);
      await world.challenges.connect(world.challenger).challenge(statement, 9, 0);
      await time.increase(60);
      await answerOnce();
      const look = await answerChallenges(suite, proposed, { ...recomputed, tree: recomputed.right }, scorer.address);
      expect(look.calls).to.deep.equal([]);
      await time.increase(DAY - 2);
      expect(await answerOnce()).to.deep.equal([]);
      await time.increase(2);
      expect(await answerOnce()).to.deep.equal(["finalising the statement"]);
    });

    it("go back to their challengers when silence voided it, and the same statement can become final", async () => {
      await tower.send("challenging", suite.challenges.challenge.populateTransaction(proposed.statement, 9, 0));
      await world.networkHelpers.time.increase(DAY);
      expect(await watchOnce(), "a right statement").to.deep.equal([]);
      await world.challenges.connect(world.stranger).callSilence(proposed.statement, 9, 0);
      expect(await watchOnce()).to.deep.equal(["settling the challenge of node 0 of level 9"]);
      expect(await watchOnce(), "again").to.deep.equal([]);
      await propose();
      await world.networkHelpers.time.increase(3 * DAY);
      expect(await answerOnce()).to.deep.equal(["finalising the statement"]);
      const states = (await readStatements(suite, world.stream, 0)).map(({ state }) => state);
      expect(states).to.deep.equal(["void", "final"]);
    });
  });

  describe("of posted weights", () => {
    beforeEach(() => setUp(5));

    it("are not needed: the weights are read from the chain", async () => {
      const weights = world.weights.map((weight, i) => (i % 2 === 0 ? weight + 9n : weight));
      await world.attribution.connect(world.scorer).proposeWeights(world.stream, 0, weights, 0);
      await readProposed();
      expect(await readPostedWeights(suite, proposed)).to.deep.equal(weights);
      const { verdict } = await watch(suite, proposed, recomputed, tower.address);
      expect(verdict).to.deep.include({ right: false, complete: true });
      const [challenged] = await watchOnce();
      expect(challenged).to.match(/^challenging node [024] of level 0$/);
      await world.networkHelpers.mine();
      expect((await watchOnce())[0]).to.match(/^refuting line [024]$/);
      expect(await voids()).to.equal(1n);
      await propose({ weights });
      expect(await readPostedWeights(suite, proposed), "of another statement").to.equal(undefined);
    });
  });
});
