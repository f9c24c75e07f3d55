import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import {
  buildReportedWorld,
  CHALLENGE_BOND,
  changed,
  DAY,
  DEPOSIT,
  type Proposal,
  SMALL,
  STATUS,
  sum,
  type World,
} from "../support/attributionWorld.ts";
import { DEPTH, deepSpec, LAST_TWIG, LINE, LINES, TWIG } from "../support/deepTree.ts";
import { innerProduct, laneBytes, sumLeaf, type SumNode, sumTree } from "../support/formats.ts";
import { freezing } from "../support/payments.ts";
import { firstStage } from "../support/stages.ts";
import { statementStages } from "../support/statementStages.ts";
import { deploySuite } from "../support/suite.ts";

const UNTOUCHED = {
  challenger: ZeroAddress,
  deadline: 0n,
  begunAt: 0n,
  parentLevel: 0n,
  turns: 0n,
  by: ZeroAddress,
  shownUntil: 0n,
};
const RESPONSE = BigInt(DAY);

describe("Challenges, against", () => {
  const { suite, reported, proposed, wrong, challenged, silent } = statementStages();

  const deep = firstStage(deploySuite).step((deployed) => buildReportedWorld(deployed, deepSpec()));
  const deepProposed = deep.step(async (world) => ({ world, proposal: await world.propose() }));
  /** The deep tree with a line that is one too high. */
  const deepWrong = deep.step(async (world) => ({
    world,
    proposal: await world.propose({ weights: changed(world.weights, LINE, (world.weights[LINE] ?? 0n) + 1n) }),
  }));

  const openChallenges = async (world: World): Promise<bigint> => (await world.settlementOf()).openChallenges;
  const at = (world: World, time: bigint) => world.networkHelpers.time.setNextBlockTimestamp(time);

  describe("crooked scorers", () => {
    type Lie = { readonly proposal: Proposal; readonly line: number };
    /**
     * Challenges the root and goes down to a line, as an honest challenger does, until the scorer can't answer. What
     * it tries to answer with is refused, as `refusal` shows; silence then voids the statement.
     */
    const walkDown = async (
      world: World,
      { proposal, line }: Lie,
      answered: number,
      refusal: (level: number, position: number) => Promise<void>,
    ) => {
      const { challenger, scorer, treasury, attribution } = world;
      const { bond } = proposal.statement;
      let level = sumTree(world.weights).depth;
      await world.challenge(proposal, level, 0);
      for (let round = 0; round < answered; round++) {
        await world.open(proposal, level, line >> level);
        const below = level - Math.min(8, level);
        await world.descend(proposal, level, line >> level, line >> below);
        level = below;
      }
      const position = line >> level;
      await refusal(level, position);
      const { deadline, turns } = await world.nodeOf(proposal, level, position);
      expect(turns).to.equal(answered + 1);
      await at(world, deadline);
      await expect(world.callSilence(proposal, level, position))
        .to.emit(attribution, "StatementVoided")
        .withArgs(world.stream, 0, proposal.hash, challenger.address, bond / 2n, anyValue);
      await world.settle(proposal, level, position);
      expect(await world.wonBy(challenger)).to.equal(bond / 2n);
      expect(await world.wonBy(scorer)).to.equal(-bond);
      expect((await world.bondOf(treasury)).free).to.equal(bond - bond / 2n);
      const { status, voids, openChallenges: open } = await world.settlementOf();
      expect([status, voids, open]).to.deep.equal([STATUS.open, 1n, 0n]);
      await world.finalise(await world.propose({ by: world.stranger }));
    };

    const heavier = ({ hash, sum: weight }: SumNode): SumNode => ({ hash, sum: weight + 1n });
    const filled = (): SumNode => ({ hash: id("hidden"), sum: 10n ** 15n });
    /** Trees that no honest scorer has: which node is wrong, answers that the walk gets, and why it gets no more. */
    const trees: [string, number, number, (right: SumNode) => SumNode, number, number, string, unknown[]][] = [
      [
        "an inner node above what the root shows that doesn't add up",
        5,
        LINE >> 5,
        heavier,
        LINE,
        0,
        "NodeNotInStatement",
        [10, 0],
      ],
      ["a node of level 9 that doesn't add up", 9, 1, heavier, LINE, 0, "NodeNotInStatement", [10, 0]],
      [
        "a node that the root shows and that doesn't add up",
        2,
        TWIG,
        heavier,
        LINE,
        1,
        "NodeNotInStatement",
        [2, TWIG],
      ],
      [
        "a node right above the lines that doesn't add up",
        1,
        LINE >> 1,
        heavier,
        LINE,
        1,
        "NodeNotInStatement",
        [2, TWIG],
      ],
      ["a node that is nobody's hash", 2, TWIG, filled, LINE, 1, "NodeNotInStatement", [2, TWIG]],
      ["a line in the padding", 0, LINES, filled, LINES - 1, 1, "PaddingNotEmpty", [0]],
      [
        "a node in the padding, right above the lines",
        1,
        LINES >> 1,
        filled,
        LINES - 1,
        1,
        "NodeNotInStatement",
        [2, LAST_TWIG],
      ],
      ["padding on the level that the root shows", 2, LAST_TWIG + 1, filled, LINES - 1, 0, "PaddingNotEmpty", [2]],
      ["a line deep in the padding", 0, 1023, filled, LINES - 1, 0, "PaddingNotEmpty", [2]],
      [
        "padding between root and what it shows",
        6,
        ((LINES - 1) >> 6) + 1,
        filled,
        LINES - 1,
        0,
        "NodeNotInStatement",
        [10, 0],
      ],
    ];
    for (const [what, level, position, instead, line, answered, error, args] of trees) {
      it(`${what}: can't be opened`, async () => {
        const world = await deep.load();
        const tree = sumTree(world.weights, [{ level, position, instead }]);
        const proposal = await world.propose({ tree });
        await walkDown(world, { proposal, line }, answered, async (at, place) => {
          await expect(world.open(proposal, at, place))
            .to.be.revertedWithCustomError(world.challenges, error)
            .withArgs(...args);
        });
      });
    }

    // The nodes that the scorer's root really stands on are of another level, so they are too few or too many.
    for (const [what, depth, error, args] of [
      ["too deep", DEPTH + 1, "NodeNotInStatement", [DEPTH, 0]],
      ["too flat", DEPTH - 1, "PaddingNotEmpty", [2]],
    ] as const) {
      it(`a tree that is ${what}: its root can't be opened`, async () => {
        const world = await deep.load();
        const tree = sumTree(world.weights, [], depth);
        const proposal = await world.propose({ tree });
        await walkDown(world, { proposal, line: LINE }, 0, async () => {
          await expect(world.challenges.open(proposal.statement, DEPTH, 0, tree.descendants(depth, 0), "0x"))
            .to.be.revertedWithCustomError(world.challenges, error)
            .withArgs(...args);
          await expect(world.challenges.open(proposal.statement, DEPTH, 0, tree.descendants(DEPTH, 0), "0x"))
            .to.be.revertedWithCustomError(world.challenges, "NodeNotInStatement")
            .withArgs(DEPTH, 0);
        });
      });
    }

    it("a line whose hash is of another weight than the sum beside it: neither proves", async () => {
      const world = await deep.load();
      const weight = world.weights[LINE] ?? 0n;
      const instead = () => ({ hash: sumLeaf(LINE, weight).hash, sum: weight + 10n ** 9n });
      const proposal = await world.propose({ tree: sumTree(world.weights, [{ level: 0, position: LINE, instead }]) });
      await walkDown(world, { proposal, line: LINE }, 2, async () => {
        for (const stated of [weight, weight + 10n ** 9n]) {
          await expect(world.defend(proposal, LINE, world.scorer, { weight: stated }))
            .to.be.revertedWithCustomError(world.challenges, "LineNotInStatement")
            .withArgs(LINE, stated);
        }
      });
    });

    it("a line with a wrong weight in a withheld tree: the walk shows it, and it can't be defended", async () => {
      const { world, proposal } = await deepWrong.load();
      const right = world.weights[LINE] ?? 0n;
      await walkDown(world, { proposal, line: LINE }, 2, async () => {
        await expect(world.defend(proposal, LINE))
          .to.be.revertedWithCustomError(world.challenges, "LineIsWrong")
          .withArgs(LINE, right + 1n, right);
      });
    });

    it("a weight that follows from a row which isn't in the index", async () => {
      const world = await deep.load();
      const lanes = world.spec.q;
      const weight = innerProduct(lanes, lanes);
      const proposal = await world.propose({ weights: changed(world.weights, LINE, weight) });
      await walkDown(world, { proposal, line: LINE }, 2, async () => {
        await expect(world.defend(proposal, LINE, world.scorer, { lanes: laneBytes(lanes), exponent: 0 }))
          .to.be.revertedWithCustomError(world.challenges, "RowNotInIndex")
          .withArgs(LINE);
      });
    });

    for (const [where, answered] of [
      ["the root", 0],
      ["level 2", 1],
      ["the line", 2],
    ] as const) {
      it(`silence at ${where} voids a statement, though it is right`, async () => {
        const { world, proposal } = await deepProposed.load();
        await walkDown(world, { proposal, line: LINE }, answered, async () => {});
      });
    }

    for (const [what, level, position, instead, answered, error, args] of [
      ["an inner node that doesn't add up", 1, 0, heavier, 0, "NodeNotInStatement", [2, 0]],
      ["a fourth line", 0, 3, filled, 0, "PaddingNotEmpty", [0]],
    ] as const) {
      it(`${what}, in a tree of three lines`, async () => {
        const world = await reported.load();
        const proposal = await world.propose({ tree: sumTree(world.weights, [{ level, position, instead }]) });
        await walkDown(world, { proposal, line: 2 }, answered, async () => {
          await expect(world.open(proposal, 2, 0))
            .to.be.revertedWithCustomError(world.challenges, error)
            .withArgs(...args);
        });
      });
    }

    it("a root that is nobody's hash", async () => {
      const world = await reported.load();
      const proposal = await world.propose({ root: ZeroHash });
      await walkDown(world, { proposal, line: 0 }, 0, async () => {
        await expect(world.open(proposal, 2, 0))
          .to.be.revertedWithCustomError(world.challenges, "NodeNotInStatement")
          .withArgs(2, 0);
      });
    });

    it("attack 18: a total that isn't the tree's makes every line unprovable", async () => {
      const world = await reported.load();
      const proposal = await world.propose({ total: sum(world.weights) - 1n });
      await world.challenge(proposal, 0, 0);
      await expect(world.defend(proposal, 0))
        .to.be.revertedWithCustomError(world.challenges, "LineNotInStatement")
        .withArgs(0, world.weights[0]);
      await world.networkHelpers.time.increase(DAY);
      await world.callSilence(proposal, 0, 0);
    });

    it("attack 24: the right weights in another order are refuted", async () => {
      const world = await reported.load();
      const proposal = await world.propose({ weights: [...world.weights].reverse() });
      await world.refute(proposal, 0);
    });

    it("an exponent above its bound weighs nothing, and a statement that pays it is refuted", async () => {
      const [first, , third] = SMALL.rows;
      if (first === undefined || third === undefined) throw new Error("three rows");
      // ⌈log2 5⌉ + 3 = 6 is the highest exponent of a contribution of five rows.
      const rows = [first, { ...first, exponent: 7 }, { ...third, exponent: 6 }];
      const world = await buildReportedWorld(await suite.load(), { rowCounts: [5, 5, 5], rows });
      expect(world.weights[1]).to.equal(0);
      expect(world.weights[2]).to.equal(innerProduct(third.lanes, world.spec.q) * 64n);
      const inflated = innerProduct(first.lanes, world.spec.q) * 128n;
      const proposal = await world.propose({ weights: changed(world.weights, 1, inflated) });
      await expect(world.refute(proposal, 1))
        .to.emit(world.challenges, "LineRefuted")
        .withArgs(proposal.hash, 1, anyValue, inflated, 0);
      const honest = await world.propose();
      for (const index of [1, 2]) {
        await world.challenge(honest, 0, index);
        await world.defend(honest, index);
      }
    });

    it("no exponent above 64 counts, whatever the bound", async () => {
      const lanes = SMALL.rows[0]?.lanes ?? [];
      const rows = [64, 65, 255].map((exponent) => ({ exponent, lanes }));
      const rowCounts = [2 ** 25, 2 ** 25, 2 ** 25];
      const world = await buildReportedWorld(await suite.load(), { rowCounts, rows, exponentBound: 40 });
      expect(world.weights).to.deep.equal([innerProduct(lanes, world.spec.q) << 64n, 0n, 0n]);
      const proposal = await world.propose();
      for (const index of [0, 1, 2]) {
        await world.challenge(proposal, 0, index);
        await world.defend(proposal, index);
      }
    });

    it("a contribution that was retired before the version weighs nothing", async () => {
      const world = await buildReportedWorld(await suite.load(), { retired: [2] });
      expect(world.weights[2]).to.equal(0);
      const proposal = await world.propose({ weights: changed(world.weights, 2, 77n) });
      await expect(world.refute(proposal, 2))
        .to.emit(world.challenges, "LineRefuted")
        .withArgs(proposal.hash, 2, anyValue, 77, 0);
    });

    it("a contribution that is retired after the version keeps its weight", async () => {
      const { world, proposal } = await proposed.load();
      await world.datasets.connect(world.contributors[2]).retire(world.dataset, 2);
      await world.challenge(proposal, 0, 2);
      await world.defend(proposal, 2);
    });

    for (const [what, lanes] of [
      ["too few", [1, 2, 3]],
      ["no", []],
      ["one too many", new Array<number>(17).fill(30_000)],
      ["twice as many", new Array<number>(32).fill(30_000)],
    ] as const) {
      it(`a row with ${what} lanes for q weighs nothing, and its line can be defended and refuted`, async () => {
        const [first, second, third] = SMALL.rows;
        if (first === undefined || second === undefined || third === undefined) throw new Error("three rows");
        const world = await buildReportedWorld(await suite.load(), { rows: [first, { ...second, lanes }, third] });
        expect(world.weights[1]).to.equal(0);
        const crooked = await world.propose({ weights: changed(world.weights, 1, 9n) });
        await expect(world.defend(crooked, 1))
          .to.be.revertedWithCustomError(world.challenges, "LineIsWrong")
          .withArgs(1, 9, 0);
        await expect(world.refute(crooked, 1))
          .to.emit(world.challenges, "LineRefuted")
          .withArgs(crooked.hash, 1, anyValue, 9, 0);
        const honest = await world.propose();
        await expect(world.refute(honest, 1))
          .to.be.revertedWithCustomError(world.challenges, "LineIsRight")
          .withArgs(1, 0);
        await world.challenge(honest, 0, 1);
        await world.defend(honest, 1);
        await world.finalise(honest);
      });
    }

    for (const level of [0, 1, 2]) {
      for (const own of [true, false]) {
        it(`attack 26: challenging its own wrong line's path on level ${level}${own ? "" : " by another wallet"} still costs half`, async () => {
          for (const ending of ["refuted", "silent"]) {
            const { world, proposal } = await wrong.load();
            const { attribution, scorer, challenger, operator, treasury } = world;
            const { bond } = proposal.statement;
            await world.challenge(proposal, level, 0, own ? scorer : challenger);
            // Its challenge keeps the statement from becoming final, and it can't be answered late.
            await world.networkHelpers.time.increase(4 * DAY);
            await expect(attribution.finalise(proposal.statement))
              .to.be.revertedWithCustomError(attribution, "ChallengesOpen")
              .withArgs(1);
            if (ending === "silent") await world.callSilence(proposal, level, 0);
            else await world.refute(proposal, 0, operator);
            await world.settle(proposal, level, 0);
            expect((await world.wonBy(scorer)) + (await world.wonBy(challenger))).to.equal(bond / 2n - bond);
            expect((await world.bondOf(treasury)).free).to.equal(bond - bond / 2n);
          }
        });
      }
    }

    it("challenging the root of its own wrong statement shields it from nobody: who opens and refutes is rewarded", async () => {
      const { world, proposal } = await deepWrong.load();
      const { challenges, scorer, ethers, vault, attribution } = world;
      await world.challenge(proposal, DEPTH, 0, scorer);
      await world.challenge(proposal, 2, TWIG, scorer);
      const wallet = await ethers.deployContract("ScriptedWallet");
      const target = await challenges.getAddress();
      const call = (data: string) => ({ target, data });
      const { tree, statement } = proposal;
      const opening = (level: number, position: number) =>
        call(
          challenges.interface.encodeFunctionData("open", [
            statement,
            level,
            position,
            tree.descendants(level, position),
            tree.proof(position, level),
          ]),
        );
      const refutation = challenges.interface.encodeFunctionData("refute", [
        statement,
        await world.evidence(proposal, LINE),
      ]);
      await wallet.run([opening(DEPTH, 0), opening(2, TWIG), call(refutation)]);
      expect((await vault.bondOf(attribution, wallet)).free).to.equal(statement.bond / 2n);
      await world.settle(proposal, DEPTH, 0);
      await world.settle(proposal, 2, TWIG);
      expect(await world.wonBy(scorer)).to.equal(-statement.bond);
    });

    it("a scorer that challenges itself and answers gains nothing", async () => {
      const { world, proposal } = await deepProposed.load();
      const { scorer, stranger } = world;
      await world.challenge(proposal, DEPTH, 0, scorer);
      await world.open(proposal, DEPTH, 0, scorer);
      await world.descend(proposal, DEPTH, 0, TWIG, scorer);
      await world.open(proposal, 2, TWIG, stranger);
      await world.descend(proposal, 2, TWIG, LINE, scorer);
      await world.defend(proposal, LINE, scorer);
      await world.challenge(proposal, 0, 0, scorer);
      await world.defend(proposal, 0, scorer);
      await world.finalise(proposal);
      await world.settle(proposal, 0, LINE);
      await world.settle(proposal, 0, 0);
      expect(await world.wonBy(stranger)).to.equal(CHALLENGE_BOND / 3n);
      expect(await world.wonBy(scorer)).to.equal(-CHALLENGE_BOND / 3n);
    });
  });

  describe("idle challengers and copiers", () => {
    it("a challenger that stops descending loses its bond, and holds up the end by one response time", async () => {
      const { world, proposal } = await deepProposed.load();
      const { attribution } = world;
      const closesAt = world.closesAt(proposal);
      await at(world, closesAt - 1n);
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0);
      const shownUntil = (await world.now()) + RESPONSE;
      await at(world, shownUntil - 1n);
      await expect(attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(attribution, "NodesShown")
        .withArgs(shownUntil);
      await at(world, shownUntil);
      await attribution.finalise(proposal.statement);
      await world.settle(proposal, DEPTH, 0);
      expect(await world.wonBy(world.challenger)).to.equal(-CHALLENGE_BOND);
      expect(await world.wonBy(world.scorer)).to.equal(CHALLENGE_BOND);
    });

    it("where a challenger stops, somebody else goes on with a bond of its own, also after the window", async () => {
      const { world, proposal } = await deepWrong.load();
      const { challenger, stranger, challenges } = world;
      await at(world, world.closesAt(proposal) - 1n);
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0);
      const { shownUntil } = await world.nodeOf(proposal, DEPTH, 0);
      await at(world, shownUntil - 1n);
      await world.descend(proposal, DEPTH, 0, TWIG, stranger);
      await at(world, shownUntil);
      await expect(world.descend(proposal, DEPTH, 0, TWIG + 1))
        .to.be.revertedWithCustomError(challenges, "ShownTooLongAgo")
        .withArgs(shownUntil);
      await world.open(proposal, 2, TWIG);
      await world.descend(proposal, 2, TWIG, LINE, stranger);
      await world.networkHelpers.time.increase(DAY);
      await world.callSilence(proposal, 0, LINE);
      await world.settle(proposal, 0, LINE);
      await world.settle(proposal, DEPTH, 0);
      expect(await world.wonBy(stranger)).to.equal(proposal.statement.bond / 2n);
      expect(await world.wonBy(challenger)).to.equal(0);
    });

    it("attack 28: flooding a right statement with challenges pays for every answer", async () => {
      const { world, proposal } = await deepProposed.load();
      const { scorer, challenger } = world;
      const nodes = [
        ...Array.from({ length: 30 }, (_, i) => [0, 19 * i]),
        ...Array.from({ length: 10 }, (_, i) => [2, 14 * i]),
        ...Array.from({ length: DEPTH - 2 }, (_, i) => [i + 3, 0]),
      ] as [number, number][];
      for (const [level, position] of nodes) await world.challenge(proposal, level, position);
      expect(await openChallenges(world)).to.equal(nodes.length);
      for (const [level, position] of nodes) {
        await (level === 0 ? world.defend(proposal, position) : world.open(proposal, level, position));
      }
      await world.finalise(proposal);
      for (const [level, position] of nodes) await world.settle(proposal, level, position);
      const paid = BigInt(nodes.length) * CHALLENGE_BOND;
      expect(await world.wonBy(scorer)).to.equal(paid);
      expect(await world.wonBy(challenger)).to.equal(-paid);
    });

    it("attack 29: an answerer that the currency's issuer has frozen blocks nobody", async () => {
      const { world, proposal } = await deepProposed.load();
      const { scorer, stranger, challenger, vault, attribution, networkHelpers } = world;
      const currency = await freezing(world);
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0, stranger);
      await world.descend(proposal, DEPTH, 0, TWIG);
      await world.open(proposal, 2, TWIG, scorer);
      for (const account of [stranger, challenger]) await currency.setEnding(account, 1);
      await world.finalise(proposal);
      await world.settle(proposal, 2, TWIG);
      const won = DEPOSIT + CHALLENGE_BOND / 2n;
      for (const account of [scorer, stranger]) {
        expect(await world.wonBy(account)).to.equal(CHALLENGE_BOND / 2n);
        await vault.connect(account).requestWithdrawal(attribution, won);
      }
      await networkHelpers.time.increase(7 * DAY);
      await vault.connect(scorer).withdraw(attribution, scorer);
      expect(await currency.balanceOf(scorer)).to.equal(won);
      await expect(vault.connect(stranger).withdraw(attribution, stranger))
        .to.be.revertedWithCustomError(currency, "Frozen")
        .withArgs(stranger.address);
    });

    it("attack 29: a frozen scorer, challenger and treasury don't keep a wrong statement alive", async () => {
      const { world, proposal } = await wrong.load();
      const currency = await freezing(world);
      for (const account of [world.scorer, world.challenger, world.treasury]) await currency.setEnding(account, 1);
      await world.challenge(proposal, 0, 0);
      await world.refute(proposal, 0);
      await world.settle(proposal, 0, 0);
      expect(await world.wonBy(world.challenger)).to.equal(proposal.statement.bond / 2n);
    });

    it("old challenges are harmless to an identical statement that is proposed again in the same block", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenges, challenger, stranger, scorer, stream } = world;
      await world.challenge(proposal, 0, 0);
      await world.challenge(proposal, 0, 1);
      await world.defend(proposal, 1);
      const evidence = await world.evidence(proposal, 0);
      const { root, total, weights } = proposal.tree;
      const [refutation, again] = await world.inOneBlock(
        () => challenges.connect(stranger).refute(proposal.statement, evidence, { gasLimit: 1_000_000 }),
        () => attribution.connect(scorer).propose(stream, 0, root, total, 0, "", { gasLimit: 1_000_000 }),
      );
      if (refutation === undefined || again === undefined) throw new Error("two transactions");
      const second = await world.proposalIn(again, { weights });
      expect(second.hash).not.to.equal(proposal.hash);
      expect(second.statement.attempt).to.equal(1);
      await expect(world.callSilence(second, 0, 0))
        .to.be.revertedWithCustomError(challenges, "ChallengeNotFound")
        .withArgs(0, 0);
      expect(await world.nodeOf(second, 0, 1)).to.deep.equal(UNTOUCHED);
      await world.settle(proposal, 0, 0);
      await world.settle(proposal, 0, 1);
      expect(await openChallenges(world)).to.equal(0);
      expect(await world.wonBy(challenger)).to.equal(proposal.statement.bond / 2n);
    });

    it("attack 14: a challenge of a voided statement can't hold up the next one", async () => {
      const { world, proposal } = await wrong.load();
      const { challenges, challenger } = world;
      for (const index of [0, 1, 2]) await world.challenge(proposal, 0, index);
      await world.refute(proposal, 0);
      const next = await world.propose();
      expect(await openChallenges(world)).to.equal(0);
      for (const index of [0, 1, 2]) {
        expect(await world.nodeOf(next, 0, index)).to.deep.equal(UNTOUCHED);
      }
      // Settled while the next one is live, or not at all: it counts nothing there.
      await world.settle(proposal, 0, 1);
      expect(await openChallenges(world)).to.equal(0);
      await world.networkHelpers.time.increase(2 * DAY);
      await expect(world.callSilence(proposal, 0, 0))
        .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
        .withArgs(proposal.hash);
      await expect(world.callSilence(next, 0, 0))
        .to.be.revertedWithCustomError(challenges, "ChallengeNotFound")
        .withArgs(0, 0);
      await world.finalise(next);
      await world.settle(proposal, 0, 0);
      await world.settle(proposal, 0, 2);
      expect(await world.wonBy(challenger)).to.equal(proposal.statement.bond / 2n);
    });

    it("a late answer is refused, whoever gives it", async () => {
      const { world, proposal } = await challenged.load();
      const { challenges, scorer, stranger, challenger } = world;
      const { deadline } = await world.nodeOf(proposal, 0, 0);
      const evidence = await world.evidence(proposal, 0);
      await at(world, deadline);
      for (const by of [scorer, stranger, challenger]) {
        await expect(challenges.connect(by).defend(proposal.statement, evidence))
          .to.be.revertedWithCustomError(challenges, "ResponseTimeOver")
          .withArgs(deadline);
      }
      await world.callSilence(proposal, 0, 0);
      await world.settle(proposal, 0, 0);
      expect(await world.wonBy(challenger)).to.equal(proposal.statement.bond / 2n);
    });

    it("attack 13: a late answer that is mined in one block with the call of silence comes too late", async () => {
      const { world, proposal } = await silent.load();
      const { challenges, scorer, stranger, ethers } = world;
      const evidence = await world.evidence(proposal, 0);
      const sent = await world.inOneBlock(
        () => challenges.connect(scorer).defend(proposal.statement, evidence, { gasLimit: 1_000_000 }),
        () => challenges.connect(stranger).callSilence(proposal.statement, 0, 0, { gasLimit: 1_000_000 }),
      );
      const statuses: unknown[] = [];
      for (const { hash } of sent) statuses.push((await ethers.provider.getTransactionReceipt(hash))?.status);
      expect(statuses).to.deep.equal([0, 1]);
      expect((await world.settlementOf()).voids).to.equal(1);
    });

    it("a copied refutation rewards the challenger, not the copier", async () => {
      const { world, proposal } = await wrong.load();
      const { challenges, challenger, stranger, ethers } = world;
      await world.challenge(proposal, 0, 0);
      const evidence = await world.evidence(proposal, 0);
      const fees = (gwei: bigint) => ({
        gasLimit: 1_000_000,
        // Chains order a block by the tip, or by all that is offered.
        maxFeePerGas: (100n + gwei) * 10n ** 9n,
        maxPriorityFeePerGas: gwei * 10n ** 9n,
      });
      const [own, copy] = await world.inOneBlock(
        () => challenges.connect(challenger).refute(proposal.statement, evidence, fees(1n)),
        () => challenges.connect(stranger).refute(proposal.statement, evidence, fees(50n)),
      );
      if (own === undefined || copy === undefined) throw new Error("two transactions");
      const [late, first] = [
        await ethers.provider.getTransactionReceipt(own.hash),
        await ethers.provider.getTransactionReceipt(copy.hash),
      ];
      expect([first?.index, first?.status, late?.index, late?.status]).to.deep.equal([0, 1, 1, 0]);
      await world.settle(proposal, 0, 0);
      expect(await world.wonBy(challenger)).to.equal(proposal.statement.bond / 2n);
      expect(await world.wonBy(stranger)).to.equal(0);
    });

    it("attack 40: a challenger that answers its own challenge gets no more than its own bond", async () => {
      const { world, proposal } = await challenged.load();
      await world.defend(proposal, 0, world.challenger);
      await world.finalise(proposal);
      await world.settle(proposal, 0, 0);
      expect(await world.wonBy(world.challenger)).to.equal(0);
    });

    it("bonds are conserved over challenges, answers, voids and a final statement", async () => {
      const world = await reported.load();
      const { scorer, challenger, stranger, treasury, vault, currency } = world;
      const held = await currency.balanceOf(vault);
      const bad = await world.propose({ weights: changed(world.weights, 0, 3n) });
      await world.challenge(bad, 2, 0);
      await world.open(bad, 2, 0);
      await world.descend(bad, 2, 0, 0);
      await world.challenge(bad, 0, 1, stranger);
      await world.defend(bad, 1);
      await world.refute(bad, 0);
      await world.settle(bad, 0, 0);
      await world.settle(bad, 0, 1);
      const good = await world.propose({ by: stranger });
      await world.challenge(good, 2, 0);
      await world.open(good, 2, 0, treasury);
      await world.descend(good, 2, 0, 2);
      await world.defend(good, 2, scorer);
      await world.finalise(good);
      await world.settle(good, 0, 2);
      let owned = 0n;
      for (const account of [scorer, challenger, stranger, treasury]) {
        const { free, locked } = await world.bondOf(account);
        expect(locked).to.equal(0);
        owned += free;
      }
      expect(owned).to.equal(held);
      expect(await currency.balanceOf(vault)).to.equal(held);
    });
  });

  describe("the longest walk", () => {
    /** The least number of lines whose walks take four answers: levels 17, 9, 1 and 0. */
    const MOST = 2 ** 16 + 1;
    const ONES = new Array<number>(15).fill(1);
    const tall = firstStage(deploySuite).step((deployed) =>
      buildReportedWorld(deployed, {
        rowCounts: [4, 2, 1],
        rows: Array.from({ length: MOST }, (_, i) => ({ exponent: 0, lanes: i < 3 ? [i, ...ONES] : [] })),
        q: [7, ...ONES],
      }),
    );

    it("attack 28: of last-second moves takes less than seven response times after the window, and then the statement is final", async () => {
      const world = await tall.load();
      const { attribution, challenges } = world;
      const proposal = await world.propose({ tree: sumTree(world.weights) });
      const closesAt = world.closesAt(proposal);
      const line = 2;
      const unfinished = async () => {
        const error = (await openChallenges(world)) === 0n ? "NodesShown" : "ChallengesOpen";
        await expect(attribution.finalise.staticCall(proposal.statement)).to.be.revertedWithCustomError(
          attribution,
          error,
        );
      };
      await at(world, closesAt - 1n);
      await world.challenge(proposal, 17, 0);
      let answers = 0;
      for (const [level, below] of [
        [17, 9],
        [9, 1],
        [1, 0],
      ] as const) {
        await at(world, (await world.nodeOf(proposal, level, line >> level)).deadline - 1n);
        await world.open(proposal, level, line >> level);
        answers++;
        await unfinished();
        await at(world, (await world.nodeOf(proposal, level, line >> level)).shownUntil - 1n);
        await world.descend(proposal, level, line >> level, line >> below);
        await unfinished();
      }
      const last = await world.nodeOf(proposal, 0, line);
      expect([last.turns, last.parentLevel, last.begunAt]).to.deep.equal([4n, 1n, closesAt - 1n]);
      const evidence = await world.evidence(proposal, line);
      await at(world, last.deadline - 1n);
      await challenges.connect(world.scorer).defend(proposal.statement, evidence);
      expect(answers + 1).to.equal(4);
      // Seven moves, each in the last second of its response time.
      expect(await world.now()).to.equal(closesAt - 1n + 7n * (RESPONSE - 1n));
      await attribution.finalise(proposal.statement);
      expect((await world.now()) - closesAt).to.be.lessThan(7n * RESPONSE);
      await world.settle(proposal, 0, line);
      expect(await world.wonBy(world.scorer)).to.equal(CHALLENGE_BOND);
    });
  });
});
