import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { expect } from "chai";
import { concat, dataSlice, id, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import {
  buildReportedWorld,
  CHALLENGE_BOND,
  changed,
  DAY,
  DEPOSIT,
  type Evidence,
  hashOf,
  type Proposal,
  STATUS,
  sum,
  type World,
  type WorldSpec,
} from "../support/attributionWorld.ts";
import { DEPTH, deepSpec, LAST_TWIG, LINE, LINES, TWIG } from "../support/deepTree.ts";
import { laneBytes, qBytes, type SumNode, sumProof, sumTree } from "../support/formats.ts";
import { randomFrom } from "../support/random.ts";
import { firstStage } from "../support/stages.ts";
import { statementStages } from "../support/statementStages.ts";
import { deploySuite } from "../support/suite.ts";

const UNANSWERED = { by: ZeroAddress, shownUntil: 0n };
const RESPONSE = BigInt(DAY);

describe("ChallengeRegistry", () => {
  const { suite, reported, proposed, wrong, challenged, silent } = statementStages();
  /** The root of the small tree, of two levels, challenged and opened. */
  const opened = proposed.step(async (before) => {
    await before.world.challenge(before.proposal, 2, 0);
    await before.world.open(before.proposal, 2, 0);
    return before;
  });

  const deep = firstStage(deploySuite).step((deployed) => buildReportedWorld(deployed, deepSpec()));
  const deepProposed = deep.step(async (world) => ({ world, proposal: await world.propose() }));
  /** The deep tree with a line that is one too high. */
  const deepWrong = deep.step(async (world) => ({
    world,
    proposal: await world.propose({ weights: changed(world.weights, LINE, (world.weights[LINE] ?? 0n) + 1n) }),
  }));

  const openChallenges = async (world: World): Promise<bigint> => (await world.settlementOf()).openChallenges;
  const at = (world: World, time: bigint) => world.networkHelpers.time.setNextBlockTimestamp(time);

  describe("challenge", () => {
    for (const [what, level, position] of [
      ["a line", 0, 2],
      ["an inner node", 1, 1],
      ["the root", 2, 0],
    ] as const) {
      it(`of ${what} starts the response time, counts and locks a bond`, async () => {
        const { world, proposal } = await proposed.load();
        const { challenges, challenger } = world;
        const challenge = world.challenge(proposal, level, position);
        await challenge;
        const begunAt = await world.now();
        const deadline = begunAt + RESPONSE;
        await expect(challenge)
          .to.emit(challenges, "NodeChallenged")
          .withArgs(proposal.hash, level, position, challenger.address, level, deadline);
        expect(await world.nodeOf(proposal, level, position)).to.deep.equal({
          challenger: challenger.address,
          deadline,
          begunAt,
          parentLevel: BigInt(level),
          turns: 1n,
          ...UNANSWERED,
        });
        expect(await openChallenges(world)).to.equal(1);
        expect((await world.bondOf(challenger)).locked).to.equal(CHALLENGE_BOND);
      });
    }

    it("numbers nodes from the root: the children of node n are 2n and 2n + 1", async () => {
      const { world, proposal } = await proposed.load();
      const nodes: [number, number, number][] = [
        [2, 0, 1],
        [1, 0, 2],
        [1, 1, 3],
        [0, 0, 4],
        [0, 1, 5],
        [0, 2, 6],
      ];
      for (const [level, position, number] of nodes) {
        await world.challenge(proposal, level, position);
        const [placed] = await world.challenges.nodeOf(proposal.hash, number);
        expect([placed.challenger, placed.parentLevel]).to.deep.equal([world.challenger.address, BigInt(level)]);
      }
      expect(await openChallenges(world)).to.equal(6);
    });

    it("lets different challengers challenge different nodes, and one challenger several", async () => {
      const { world, proposal } = await challenged.load();
      await world.challenge(proposal, 0, 1, world.stranger);
      await world.challenge(proposal, 2, 0);
      expect(await openChallenges(world)).to.equal(3);
      expect((await world.nodeOf(proposal, 0, 1)).challenger).to.equal(world.stranger.address);
      expect((await world.nodeOf(proposal, 2, 0)).challenger).to.equal(world.challenger.address);
      expect((await world.bondOf(world.challenger)).locked).to.equal(2n * CHALLENGE_BOND);
    });

    it("attack 27: counts in the last second of the window, and not after it", async () => {
      const { world, proposal } = await proposed.load();
      const closesAt = world.closesAt(proposal);
      await at(world, closesAt - 1n);
      await world.challenge(proposal, 0, 0);
      await at(world, closesAt);
      await expect(world.challenge(proposal, 0, 1))
        .to.be.revertedWithCustomError(world.challenges, "WindowClosed")
        .withArgs(closesAt);
    });

    it("refuses nodes that the tree doesn't have, or that cover only padding", async () => {
      const { world, proposal } = await proposed.load();
      for (const [level, position] of [
        [0, 3],
        [0, 2 ** 32 - 1],
        [1, 2],
        [2, 1],
        [3, 0],
        [255, 0],
      ] as const) {
        await expect(world.challenge(proposal, level, position))
          .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
          .withArgs(level, position, 3);
      }
    });

    it("refuses padding on all levels of a deep tree", async () => {
      const { world, proposal } = await deepProposed.load();
      for (let level = 0; level <= DEPTH; level++) {
        const position = ((LINES - 1) >> level) + 1;
        await expect(world.challenge(proposal, level, position))
          .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
          .withArgs(level, position, LINES);
        await world.challenge(proposal, level, position - 1);
      }
    });

    for (const who of ["challenger", "stranger"] as const) {
      it(`refuses a node that has an open challenge, from the ${who}`, async () => {
        const { world, proposal } = await challenged.load();
        await expect(world.challenge(proposal, 0, 0, world[who]))
          .to.be.revertedWithCustomError(world.challenges, "AlreadyChallenged")
          .withArgs(0, 0, world.challenger.address);
        expect(await openChallenges(world)).to.equal(1);
      });
    }

    it("refuses a node whose challenge nobody answered in time", async () => {
      const { world, proposal } = await silent.load();
      await expect(world.challenge(proposal, 0, 0, world.stranger))
        .to.be.revertedWithCustomError(world.challenges, "AlreadyChallenged")
        .withArgs(0, 0, world.challenger.address);
    });

    it("refuses a node that was answered: a line, and an inner node", async () => {
      const { world, proposal } = await opened.load();
      await world.challenge(proposal, 0, 0);
      await world.defend(proposal, 0, world.stranger);
      for (const [level, by] of [
        [0, world.stranger],
        [2, world.scorer],
      ] as const) {
        await expect(world.challenge(proposal, level, 0))
          .to.be.revertedWithCustomError(world.challenges, "AlreadyAnswered")
          .withArgs(level, 0, by.address);
      }
    });

    it("refuses a challenger without a bond", async () => {
      const { world, proposal } = await proposed.load();
      await expect(world.challenge(proposal, 0, 0, world.owner))
        .to.be.revertedWithCustomError(world.vault, "InsufficientBond")
        .withArgs(await world.attribution.getAddress(), world.owner.address, 0, CHALLENGE_BOND);
    });

    it("can't be paid with what is leaving or locked", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, challenger, vault } = world;
      await vault.connect(challenger).requestWithdrawal(attribution, DEPOSIT - CHALLENGE_BOND);
      await world.challenge(proposal, 0, 0);
      await expect(world.challenge(proposal, 0, 1))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(await attribution.getAddress(), challenger.address, 0, CHALLENGE_BOND);
    });
  });

  describe("open", () => {
    for (const [level, position] of [
      [10, 0],
      [9, 1],
      [8, 1],
      [8, 2],
      [5, 3],
      [2, TWIG],
      [2, LAST_TWIG],
      [1, LINE >> 1],
    ] as const) {
      it(`shows what stands below node ${position} of level ${level}, by anyone`, async () => {
        const { world, proposal } = await deepProposed.load();
        const { challenges, stranger } = world;
        await world.challenge(proposal, level, position);
        const opening = world.open(proposal, level, position, stranger);
        const shown = proposal.tree.descendants(level, position);
        expect(shown.length).to.equal(2 + 100 * 2 ** Math.min(8, level));
        await expect(opening)
          .to.emit(challenges, "NodeOpened")
          .withArgs(proposal.hash, level, position, stranger.address, shown);
        const shownUntil = (await world.now()) + RESPONSE;
        const { by, shownUntil: stored } = await world.nodeOf(proposal, level, position);
        expect([by, stored]).to.deep.equal([stranger.address, shownUntil]);
        expect(await challenges.shownUntilOf(proposal.hash)).to.equal(shownUntil);
        expect(await openChallenges(world)).to.equal(0);
        expect((await world.bondOf(stranger)).free).to.equal(DEPOSIT);
      });
    }

    it("counts in the last second of the response time, and not after it", async () => {
      const { world, proposal } = await proposed.load();
      await world.challenge(proposal, 2, 0);
      await world.challenge(proposal, 1, 0);
      const [first, second] = [await world.nodeOf(proposal, 2, 0), await world.nodeOf(proposal, 1, 0)];
      await at(world, first.deadline - 1n);
      await world.open(proposal, 2, 0);
      await at(world, second.deadline);
      await expect(world.open(proposal, 1, 0))
        .to.be.revertedWithCustomError(world.challenges, "ResponseTimeOver")
        .withArgs(second.deadline);
    });

    it("holds up the end until the latest answer can't be challenged any more", async () => {
      const { world, proposal } = await opened.load();
      const first = await world.challenges.shownUntilOf(proposal.hash);
      await world.challenge(proposal, 1, 0);
      await world.networkHelpers.time.increase(1_000);
      await world.open(proposal, 1, 0);
      const last = await world.challenges.shownUntilOf(proposal.hash);
      expect(last).to.equal((await world.now()) + RESPONSE);
      expect((await world.nodeOf(proposal, 2, 0)).shownUntil).to.equal(first);
    });

    it("refuses a node that nobody challenged: nobody can put off the end for nothing", async () => {
      const { world, proposal } = await proposed.load();
      await world.challenge(proposal, 2, 0);
      await expect(world.open(proposal, 1, 1))
        .to.be.revertedWithCustomError(world.challenges, "ChallengeNotFound")
        .withArgs(1, 1);
      expect(await world.challenges.shownUntilOf(proposal.hash)).to.equal(0);
    });

    it("refuses a line, a node that was opened, and one that covers no line", async () => {
      const { world, proposal } = await opened.load();
      const { challenges } = world;
      await world.challenge(proposal, 0, 1);
      await expect(world.open(proposal, 0, 1))
        .to.be.revertedWithCustomError(challenges, "LineIsDefended")
        .withArgs(1);
      await expect(world.open(proposal, 2, 0, world.stranger))
        .to.be.revertedWithCustomError(challenges, "AlreadyAnswered")
        .withArgs(2, 0, world.scorer.address);
      await expect(challenges.open(proposal.statement, 3, 0, "0x", "0x"))
        .to.be.revertedWithCustomError(challenges, "NodeOutOfRange")
        .withArgs(3, 0, 3);
      await expect(challenges.open(proposal.statement, 1, 2, "0x", "0x"))
        .to.be.revertedWithCustomError(challenges, "NodeOutOfRange")
        .withArgs(1, 2, 3);
    });

    const EMPTY = `0x${"00".repeat(50)}`;
    const FULL = `0x${"00".repeat(31)}01${"00".repeat(18)}`;
    const HEAVY = `0x${"00".repeat(49)}01`;
    /** What an answer for the node of level 1 over line 2 alone looks like, and what is wrong with it. */
    const answers: [string, string, unknown[], (nodes: string, proof: string) => [string, string]][] = [
      ["one node too few", "ProofLength", [50, 100], (nodes, proof) => [dataSlice(nodes, 0, 50), proof]],
      ["one node too many", "ProofLength", [150, 100], (nodes, proof) => [concat([nodes, EMPTY]), proof]],
      [
        "half a node too much",
        "ProofLength",
        [125, 100],
        (nodes, proof) => [concat([nodes, "0x" + "00".repeat(25)]), proof],
      ],
      ["no proof", "ProofLength", [0, 50], (nodes) => [nodes, "0x"]],
      ["a step too much", "ProofLength", [100, 50], (nodes, proof) => [nodes, concat([proof, EMPTY])]],
      ["a byte too much", "ProofLength", [51, 50], (nodes, proof) => [nodes, concat([proof, "0x00"])]],
      [
        "padding with a hash",
        "PaddingNotEmpty",
        [0],
        (nodes, proof) => [concat([dataSlice(nodes, 0, 50), FULL]), proof],
      ],
      [
        "padding with a sum",
        "PaddingNotEmpty",
        [0],
        (nodes, proof) => [concat([dataSlice(nodes, 0, 50), HEAVY]), proof],
      ],
      ["another hash", "NodeNotInStatement", [1, 1], (nodes, proof) => [concat([FULL, dataSlice(nodes, 50)]), proof]],
      ["an empty line", "NodeNotInStatement", [1, 1], (_, proof) => [concat([EMPTY, EMPTY]), proof]],
      ["another sibling", "NodeNotInStatement", [1, 1], (nodes) => [nodes, FULL]],
    ];
    for (const [what, error, args, spoil] of answers) {
      it(`refuses ${what}`, async () => {
        const { world, proposal } = await proposed.load();
        const { challenges } = world;
        await world.challenge(proposal, 1, 1);
        const [nodes, proof] = spoil(proposal.tree.descendants(1, 1), proposal.tree.proof(1, 1));
        await expect(challenges.open(proposal.statement, 1, 1, nodes, proof))
          .to.be.revertedWithCustomError(challenges, error)
          .withArgs(...args);
        await world.open(proposal, 1, 1);
      });
    }

    it("refuses what stands below another node", async () => {
      const { world, proposal } = await deepProposed.load();
      const { tree } = proposal;
      await world.challenge(proposal, 2, TWIG);
      await expect(
        world.challenges.open(proposal.statement, 2, TWIG, tree.descendants(2, TWIG - 1), tree.proof(TWIG - 1, 2)),
      )
        .to.be.revertedWithCustomError(world.challenges, "NodeNotInStatement")
        .withArgs(2, TWIG);
    });

    it("refuses filled padding beside the path, and tells its level", async () => {
      const { world, proposal } = await deepProposed.load();
      const { challenges } = world;
      await world.challenge(proposal, 2, LAST_TWIG);
      const siblings = proposal.tree.siblings(LAST_TWIG, 2);
      for (const [up, sibling] of siblings.entries()) {
        if (sibling.hash !== ZeroHash) continue;
        const filled = siblings.map((node, i): SumNode => (i === up ? { hash: ZeroHash, sum: 1n } : node));
        const nodes = proposal.tree.descendants(2, LAST_TWIG);
        await expect(challenges.open(proposal.statement, 2, LAST_TWIG, nodes, sumProof(filled)))
          .to.be.revertedWithCustomError(challenges, "PaddingNotEmpty")
          .withArgs(2 + up);
      }
      expect(siblings.filter(({ hash }) => hash === ZeroHash).length).to.be.greaterThan(2);
    });

    it("refuses a total that isn't the tree's", async () => {
      const world = await reported.load();
      const proposal = await world.propose({ total: sum(world.weights) + 1n });
      await world.challenge(proposal, 2, 0);
      await expect(world.open(proposal, 2, 0))
        .to.be.revertedWithCustomError(world.challenges, "NodeNotInStatement")
        .withArgs(2, 0);
    });
  });

  describe("descend", () => {
    it("moves the bond of the challenge down to a node that the answer shows", async () => {
      const { world, proposal } = await opened.load();
      const { challenges, challenger } = world;
      const before = await world.nodeOf(proposal, 2, 0);
      const descent = world.descend(proposal, 2, 0, 1);
      await descent;
      const deadline = (await world.now()) + RESPONSE;
      await expect(descent)
        .to.emit(challenges, "NodeChallenged")
        .withArgs(proposal.hash, 0, 1, challenger.address, 2, deadline);
      expect(await world.nodeOf(proposal, 2, 0)).to.deep.equal({ ...before, turns: 0n });
      expect(await world.nodeOf(proposal, 0, 1)).to.deep.equal({
        challenger: challenger.address,
        deadline,
        begunAt: before.begunAt,
        parentLevel: 2n,
        turns: 2n,
        ...UNANSWERED,
      });
      expect(await openChallenges(world)).to.equal(1);
      expect((await world.bondOf(challenger)).locked).to.equal(CHALLENGE_BOND);
    });

    it("takes another bond for a second node that the answer shows, and begins anew there", async () => {
      const { world, proposal } = await opened.load();
      await world.descend(proposal, 2, 0, 1);
      await world.descend(proposal, 2, 0, 2);
      const now = await world.now();
      expect(await world.nodeOf(proposal, 0, 2)).to.deep.equal({
        challenger: world.challenger.address,
        deadline: now + RESPONSE,
        begunAt: now,
        parentLevel: 0n,
        turns: 1n,
        ...UNANSWERED,
      });
      expect((await world.bondOf(world.challenger)).locked).to.equal(2n * CHALLENGE_BOND);
      expect(await openChallenges(world)).to.equal(2);
    });

    it("by somebody else takes a bond of its own and leaves the first one where it is", async () => {
      const { world, proposal } = await opened.load();
      const before = await world.nodeOf(proposal, 2, 0);
      await expect(world.descend(proposal, 2, 0, 0, world.stranger))
        .to.emit(world.challenges, "NodeChallenged")
        .withArgs(proposal.hash, 0, 0, world.stranger.address, 0, anyValue);
      expect(await world.nodeOf(proposal, 2, 0)).to.deep.equal(before);
      const { turns, begunAt, parentLevel } = await world.nodeOf(proposal, 0, 0);
      expect([turns, begunAt, parentLevel]).to.deep.equal([1n, await world.now(), 0n]);
      expect((await world.bondOf(world.stranger)).locked).to.equal(CHALLENGE_BOND);
      expect((await world.bondOf(world.challenger)).locked).to.equal(CHALLENGE_BOND);
      // The first challenger can still go on, to another node.
      await world.descend(proposal, 2, 0, 2);
      expect((await world.nodeOf(proposal, 0, 2)).turns).to.equal(2);
    });

    it("goes from the root of the deep tree over level 2 to a line, and keeps when the walk began", async () => {
      const { world, proposal } = await deepProposed.load();
      await world.challenge(proposal, DEPTH, 0);
      const { begunAt } = await world.nodeOf(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0);
      await world.descend(proposal, DEPTH, 0, TWIG);
      await world.open(proposal, 2, TWIG);
      await world.descend(proposal, 2, TWIG, LINE);
      const line = await world.nodeOf(proposal, 0, LINE);
      expect([line.turns, line.begunAt, line.parentLevel]).to.deep.equal([3n, begunAt, 2n]);
      expect((await world.nodeOf(proposal, 2, TWIG)).turns).to.equal(0);
      expect((await world.bondOf(world.challenger)).locked).to.equal(CHALLENGE_BOND);
    });

    it("counts until one response time after the answer, also after the window, and not a second longer", async () => {
      const { world, proposal } = await proposed.load();
      const closesAt = world.closesAt(proposal);
      await at(world, closesAt - 1n);
      await world.challenge(proposal, 2, 0);
      const { deadline } = await world.nodeOf(proposal, 2, 0);
      await at(world, deadline - 1n);
      await world.open(proposal, 2, 0);
      const { shownUntil } = await world.nodeOf(proposal, 2, 0);
      await at(world, shownUntil - 1n);
      await world.descend(proposal, 2, 0, 0, world.stranger);
      for (const by of [world.challenger, world.stranger]) {
        await at(world, shownUntil + (by === world.challenger ? 0n : 1n));
        await expect(world.descend(proposal, 2, 0, 1, by))
          .to.be.revertedWithCustomError(world.challenges, "ShownTooLongAgo")
          .withArgs(shownUntil);
      }
    });

    it("refuses to come from a node that wasn't opened: unchallenged, unanswered, or a line", async () => {
      const { world, proposal } = await proposed.load();
      const refused = async (level: number, position: number, shown: number) => {
        await expect(world.descend(proposal, level, position, shown))
          .to.be.revertedWithCustomError(world.challenges, "NodeNotOpened")
          .withArgs(level, position);
      };
      await refused(2, 0, 0);
      await world.challenge(proposal, 2, 0);
      await refused(2, 0, 0);
      await world.challenge(proposal, 0, 1);
      await world.defend(proposal, 1);
      await refused(0, 1, 1);
    });

    it("refuses nodes that the answer doesn't show: beside it, padding, outside of the tree", async () => {
      const { world, proposal } = await deepProposed.load();
      await world.challenge(proposal, 2, LAST_TWIG);
      await world.open(proposal, 2, LAST_TWIG);
      for (const shown of [4 * LAST_TWIG - 1, 4 * LAST_TWIG + 4, LINES, LINES + 1, 0, 2 ** 32 - 1]) {
        await expect(world.descend(proposal, 2, LAST_TWIG, shown))
          .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
          .withArgs(0, shown, LINES);
      }
      for (const [level, position] of [
        [2, LAST_TWIG + 1],
        [DEPTH, 1],
        [DEPTH + 1, 0],
      ] as const) {
        await expect(world.descend(proposal, level, position, 0))
          .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
          .withArgs(level, position, LINES);
      }
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0);
      await expect(world.descend(proposal, DEPTH, 0, LAST_TWIG + 1))
        .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
        .withArgs(2, LAST_TWIG + 1, LINES);
    });

    it("refuses a shown node that is challenged or answered already", async () => {
      const { world, proposal } = await opened.load();
      await world.challenge(proposal, 0, 0, world.stranger);
      await expect(world.descend(proposal, 2, 0, 0))
        .to.be.revertedWithCustomError(world.challenges, "AlreadyChallenged")
        .withArgs(0, 0, world.stranger.address);
      await world.defend(proposal, 0);
      await expect(world.descend(proposal, 2, 0, 0))
        .to.be.revertedWithCustomError(world.challenges, "AlreadyAnswered")
        .withArgs(0, 0, world.scorer.address);
      expect((await world.nodeOf(proposal, 2, 0)).turns).to.equal(1);
    });

    it("refuses somebody else without a bond", async () => {
      const { world, proposal } = await opened.load();
      await expect(world.descend(proposal, 2, 0, 0, world.owner))
        .to.be.revertedWithCustomError(world.vault, "InsufficientBond")
        .withArgs(await world.attribution.getAddress(), world.owner.address, 0, CHALLENGE_BOND);
    });

    it("needs no free bond of who holds the challenge above", async () => {
      const { world, proposal } = await opened.load();
      const { free } = await world.bondOf(world.challenger);
      await world.vault.connect(world.challenger).requestWithdrawal(world.attribution, free);
      await world.descend(proposal, 2, 0, 0);
      await expect(world.descend(proposal, 2, 0, 1)).to.be.revertedWithCustomError(world.vault, "InsufficientBond");
    });
  });

  describe("defend", () => {
    for (const index of [0, 1, 2]) {
      it(`proves line ${index} right, by anyone`, async () => {
        const { world, proposal } = await proposed.load();
        const { stranger, challenges } = world;
        await world.challenge(proposal, 0, index);
        const before = await world.nodeOf(proposal, 0, index);
        await expect(world.defend(proposal, index, stranger))
          .to.emit(challenges, "LineDefended")
          .withArgs(proposal.hash, index, stranger.address);
        expect(await world.nodeOf(proposal, 0, index)).to.deep.equal({ ...before, by: stranger.address });
        expect(await openChallenges(world)).to.equal(0);
        expect(await challenges.shownUntilOf(proposal.hash)).to.equal(0);
        // The bond is the answerer's once the statement stands.
        expect((await world.bondOf(stranger)).free).to.equal(DEPOSIT);
        expect((await world.bondOf(world.challenger)).locked).to.equal(CHALLENGE_BOND);
      });
    }

    it("leaves the challenges of other lines open", async () => {
      const { world, proposal } = await challenged.load();
      await world.challenge(proposal, 0, 2);
      await world.defend(proposal, 0);
      expect(await openChallenges(world)).to.equal(1);
      expect((await world.nodeOf(proposal, 0, 2)).by).to.equal(ZeroAddress);
    });

    it("counts in the last second of the response time, and not after it", async () => {
      const { world, proposal } = await challenged.load();
      await world.challenge(proposal, 0, 1);
      const [first, second] = [await world.nodeOf(proposal, 0, 0), await world.nodeOf(proposal, 0, 1)];
      const [one, two] = [await world.evidence(proposal, 0), await world.evidence(proposal, 1)];
      await at(world, first.deadline - 1n);
      await world.challenges.defend(proposal.statement, one);
      await at(world, second.deadline);
      await expect(world.challenges.defend(proposal.statement, two))
        .to.be.revertedWithCustomError(world.challenges, "ResponseTimeOver")
        .withArgs(second.deadline);
    });

    it("refuses a line that nobody challenged", async () => {
      const { world, proposal } = await challenged.load();
      await expect(world.defend(proposal, 1))
        .to.be.revertedWithCustomError(world.challenges, "ChallengeNotFound")
        .withArgs(0, 1);
    });

    it("refuses a second proof of the same line", async () => {
      const { world, proposal } = await challenged.load();
      await world.defend(proposal, 0);
      await expect(world.defend(proposal, 0, world.stranger))
        .to.be.revertedWithCustomError(world.challenges, "AlreadyAnswered")
        .withArgs(0, 0, world.scorer.address);
    });

    for (const put of [false, true]) {
      it(`refuses a line that is wrong, ${put ? "challenged" : "unchallenged"}, and says what it should be`, async () => {
        const { world, proposal } = await wrong.load();
        const right = world.weights[0] ?? 0n;
        if (put) await world.challenge(proposal, 0, 0);
        await expect(world.defend(proposal, 0))
          .to.be.revertedWithCustomError(world.challenges, "LineIsWrong")
          .withArgs(0, right + 1n, right);
      });
    }
  });

  describe("refute", () => {
    it("voids a statement with a wrong line", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, stranger, stream } = world;
      const right = world.weights[0] ?? 0n;
      const refutation = world.refute(proposal, 0);
      await refutation;
      const { deadline, status, voids } = await world.settlementOf();
      await expect(refutation)
        .to.emit(world.challenges, "LineRefuted")
        .withArgs(proposal.hash, 0, stranger.address, right + 1n, right);
      await expect(refutation)
        .to.emit(attribution, "StatementVoided")
        .withArgs(stream, 0, proposal.hash, stranger.address, proposal.statement.bond / 2n, deadline);
      expect([status, voids]).to.deep.equal([STATUS.open, 1n]);
    });

    it("gives half of the bond to who refuted, and the rest to the treasury", async () => {
      const { world, proposal } = await wrong.load();
      const { bond } = proposal.statement;
      await world.refute(proposal, 0);
      expect(await world.wonBy(world.scorer)).to.equal(-bond);
      expect(await world.wonBy(world.stranger)).to.equal(bond / 2n);
      expect((await world.bondOf(world.treasury)).free).to.equal(bond - bond / 2n);
    });

    it("rewards the challenger of the line, whoever refutes it", async () => {
      const { world, proposal } = await wrong.load();
      await world.challenge(proposal, 0, 0);
      const refutation = world.refute(proposal, 0);
      await expect(refutation)
        .to.emit(world.challenges, "LineRefuted")
        .withArgs(proposal.hash, 0, world.stranger.address, anyValue, anyValue);
      await expect(refutation)
        .to.emit(world.attribution, "StatementVoided")
        .withArgs(world.stream, 0, proposal.hash, world.challenger.address, proposal.statement.bond / 2n, anyValue);
      expect(await world.wonBy(world.stranger)).to.equal(0);
    });

    it("rewards the challenger also after the response time, and after the window", async () => {
      const { world, proposal } = await wrong.load();
      await world.challenge(proposal, 0, 0);
      await world.networkHelpers.time.increase(5 * DAY);
      await world.refute(proposal, 0);
      await world.settle(proposal, 0, 0);
      expect(await world.wonBy(world.challenger)).to.equal(proposal.statement.bond / 2n);
    });

    it("works after the window, as long as the statement isn't final", async () => {
      const { world, proposal } = await wrong.load();
      await world.networkHelpers.time.increase(40 * DAY);
      await world.refute(proposal, 0);
    });

    it("refuses a line that is right", async () => {
      const { world, proposal } = await wrong.load();
      await expect(world.refute(proposal, 2))
        .to.be.revertedWithCustomError(world.challenges, "LineIsRight")
        .withArgs(2, world.weights[2]);
    });

    describe("with challenges on several levels of the line's path", () => {
      type Role = "challenger" | "stranger" | "scorer" | "operator";
      /** What happens before `operator` refutes, each in a block of its own, and who is rewarded. */
      const cases: [string, Role, (world: World, proposal: Proposal) => Promise<unknown>][] = [
        [
          "the first one, at the root",
          "challenger",
          async (world, proposal) => {
            await world.challenge(proposal, DEPTH, 0);
            await world.challenge(proposal, 2, TWIG, world.stranger);
            await world.challenge(proposal, 0, LINE, world.scorer);
          },
        ],
        [
          "the first one, between root and line",
          "challenger",
          async (world, proposal) => {
            await world.challenge(proposal, 6, LINE >> 6);
            await world.challenge(proposal, DEPTH, 0, world.stranger);
            await world.challenge(proposal, 0, LINE, world.stranger);
          },
        ],
        [
          "the first one, at the line",
          "challenger",
          async (world, proposal) => {
            await world.challenge(proposal, 0, LINE);
            await world.challenge(proposal, DEPTH, 0, world.stranger);
          },
        ],
        [
          "the walk that began first, though it reached its node last",
          "challenger",
          async (world, proposal) => {
            await world.challenge(proposal, DEPTH, 0);
            await world.challenge(proposal, 0, LINE, world.stranger);
            await world.open(proposal, DEPTH, 0);
            await world.descend(proposal, DEPTH, 0, TWIG);
          },
        ],
        [
          "not one that was answered",
          "stranger",
          async (world, proposal) => {
            await world.challenge(proposal, DEPTH, 0);
            await world.open(proposal, DEPTH, 0);
            await world.challenge(proposal, 0, LINE, world.stranger);
          },
        ],
        [
          "not one off the path",
          "stranger",
          async (world, proposal) => {
            await world.challenge(proposal, 0, LINE ^ 1);
            await world.challenge(proposal, 1, (LINE >> 1) ^ 1);
            await world.challenge(proposal, 9, (LINE >> 9) ^ 1);
            await world.challenge(proposal, 9, LINE >> 9, world.stranger);
          },
        ],
        [
          "not a walk that turned off",
          "stranger",
          async (world, proposal) => {
            await world.challenge(proposal, DEPTH, 0);
            await world.open(proposal, DEPTH, 0);
            await world.descend(proposal, DEPTH, 0, TWIG + 1);
            await world.challenge(proposal, 0, LINE, world.stranger);
          },
        ],
        [
          "the refuter, where all were answered or stand elsewhere",
          "operator",
          async (world, proposal) => {
            await world.challenge(proposal, DEPTH, 0);
            await world.open(proposal, DEPTH, 0);
            await world.descend(proposal, DEPTH, 0, TWIG);
            await world.open(proposal, 2, TWIG);
            await world.challenge(proposal, 0, 0, world.stranger);
          },
        ],
        [
          "of two in the same block the lower one",
          "stranger",
          async ({ inOneBlock, challenges, challenger, stranger }, { statement }) =>
            inOneBlock(
              () => challenges.connect(challenger).challenge(statement, DEPTH, 0, { gasLimit: 500_000 }),
              () => challenges.connect(stranger).challenge(statement, 0, LINE, { gasLimit: 500_000 }),
            ),
        ],
      ];
      for (const [what, role, before] of cases) {
        it(`rewards ${what}`, async () => {
          const { world, proposal } = await deepWrong.load();
          await before(world, proposal);
          await expect(world.refute(proposal, LINE, world.operator))
            .to.emit(world.attribution, "StatementVoided")
            .withArgs(world.stream, 0, proposal.hash, world[role].address, proposal.statement.bond / 2n, anyValue);
        });
      }

      for (const what of ["challenge", "descent"] as const) {
        it(`doesn't count a ${what} of the same block`, async () => {
          const { world, proposal } = await deepWrong.load();
          const { challenges, challenger, operator, ethers } = world;
          const evidence = await world.evidence(proposal, LINE);
          if (what === "descent") {
            await world.challenge(proposal, DEPTH, 0);
            await world.open(proposal, DEPTH, 0);
          }
          const fees = { gasLimit: 1_000_000, maxFeePerGas: 10n ** 11n };
          const sent = await world.inOneBlock<{ hash: string }>(
            () =>
              challenges.connect(operator).refute(proposal.statement, evidence, { ...fees, maxPriorityFeePerGas: 1n }),
            () => {
              // Chains order a block by the tip, or by all that is offered.
              const first = { ...fees, maxFeePerGas: 2n * 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };
              const by = challenges.connect(challenger);
              return what === "descent"
                ? by.descend(proposal.statement, DEPTH, 0, TWIG, first)
                : by.challenge(proposal.statement, 0, LINE, first);
            },
          );
          const places: unknown[] = [];
          for (const { hash } of sent) {
            const receipt = await ethers.provider.getTransactionReceipt(hash);
            places.push([receipt?.index, receipt?.status]);
          }
          expect(places).to.deep.equal([
            [1, 1],
            [0, 1],
          ]);
          expect((await world.bondOf(operator)).free).to.equal(proposal.statement.bond / 2n);
          await world.settle(proposal, what === "descent" ? 2 : 0, what === "descent" ? TWIG : LINE);
          expect(await world.wonBy(challenger)).to.equal(0);
        });
      }
    });
  });

  describe("evidence", () => {
    interface Spoilt {
      readonly index?: 0 | 2;
      readonly changes: Partial<Evidence>;
      readonly args: unknown[];
    }
    /** What is changed in the evidence of line 0 or 2, and how it is refused. */
    const refusals: [string, string, (world: World, proposal: Proposal) => Spoilt | Promise<Spoilt>][] = [
      [
        "a report other than the interval's",
        "WrongReport",
        async (world, proposal) => {
          const usage = { ...(await world.usageOf(0)), q: qBytes(world.spec.q.map((lane) => -(lane >> 1))) };
          return { changes: { usage }, args: [anyValue, proposal.statement.reportHash] };
        },
      ],
      [
        "lanes that aren't in the index",
        "RowNotInIndex",
        (world) => ({ changes: { lanes: laneBytes(world.spec.q) }, args: [0] }),
      ],
      ["an exponent that isn't the row's", "RowNotInIndex", () => ({ changes: { exponent: 1 }, args: [0] })],
      [
        "the row of another contribution",
        "RowNotInIndex",
        async (world, proposal) => {
          const { exponent, lanes, indexProof } = await world.evidence(proposal, 2);
          return { changes: { exponent, lanes, indexProof }, args: [0] };
        },
      ],
      [
        "an index proof that is too short",
        "RowNotInIndex",
        (world) => ({ changes: { indexProof: world.rowTree.proof(0).slice(0, 1) }, args: [0] }),
      ],
      [
        "an index proof that is too long",
        "RowNotInIndex",
        (world) => ({ changes: { indexProof: [...world.rowTree.proof(0), ZeroHash] }, args: [0] }),
      ],
      [
        "a weight that the statement's tree doesn't hold",
        "LineNotInStatement",
        () => ({ changes: { weight: 1n }, args: [0, 1] }),
      ],
      [
        "a sum proof of another tree",
        "LineNotInStatement",
        (world) => ({
          changes: { sumProof: sumTree(changed(world.weights, 1, 9n)).proof(0) },
          args: [0, world.weights[0]],
        }),
      ],
      [
        "a sum proof that is too short",
        "ProofLength",
        (_, { tree }) => ({ changes: { sumProof: sumProof(tree.siblings(0).slice(0, 1)) }, args: [50, 100] }),
      ],
      [
        "a sum proof that is too long",
        "ProofLength",
        (_, { tree }) => ({ changes: { sumProof: concat([tree.proof(0), "0x00"]) }, args: [101, 100] }),
      ],
      [
        "a sum proof whose padding holds a weight",
        "PaddingNotEmpty",
        (_, { tree }) => {
          const padded = sumProof([{ hash: ZeroHash, sum: 1n }, ...tree.siblings(2).slice(1)]);
          return { index: 2, changes: { sumProof: padded }, args: [0] };
        },
      ],
      [
        "a sum proof whose padding has a hash",
        "PaddingNotEmpty",
        (_, { tree }) => {
          const padded = sumProof([{ hash: toBeHex(1n, 32), sum: 0n }, ...tree.siblings(2).slice(1)]);
          return { index: 2, changes: { sumProof: padded }, args: [0] };
        },
      ],
      ["a line beyond the contributions", "LineOutOfRange", () => ({ index: 2, changes: { index: 3 }, args: [3, 3] })],
    ];
    for (const [what, error, spoil] of refusals) {
      for (const move of ["defend", "refute"] as const) {
        it(`${move} refuses ${what}`, async () => {
          const { world, proposal } = await challenged.load();
          await world.challenge(proposal, 0, 2);
          const { index = 0, changes, args } = await spoil(world, proposal);
          await expect(world[move](proposal, index, world.scorer, changes))
            .to.be.revertedWithCustomError(world.challenges, error)
            .withArgs(...args);
        });
      }
    }
  });

  describe("callSilence", () => {
    it("voids the statement and gives half of the bond to the challenger", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, challenger, stream } = world;
      const { bond } = proposal.statement;
      const call = world.callSilence(proposal, 0, 0);
      await expect(call).to.emit(world.challenges, "SilenceCalled").withArgs(proposal.hash, 0, 0);
      await expect(call)
        .to.emit(attribution, "StatementVoided")
        .withArgs(stream, 0, proposal.hash, challenger.address, bond / 2n, anyValue);
      expect((await world.bondOf(challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND + bond / 2n);
      expect((await world.bondOf(challenger)).locked).to.equal(CHALLENGE_BOND);
      expect((await world.bondOf(world.treasury)).free).to.equal(bond - bond / 2n);
      expect(await openChallenges(world)).to.equal(0);
    });

    it("waits for the last second of the response time", async () => {
      const { world, proposal } = await challenged.load();
      const { deadline } = await world.nodeOf(proposal, 0, 0);
      await at(world, deadline - 1n);
      await expect(world.callSilence(proposal, 0, 0))
        .to.be.revertedWithCustomError(world.challenges, "ResponseTimeRunning")
        .withArgs(deadline);
      await at(world, deadline);
      await world.callSilence(proposal, 0, 0);
    });

    it("refuses a node that nobody challenged, and one that the tree doesn't have", async () => {
      const { world, proposal } = await silent.load();
      for (const [level, position] of [
        [0, 1],
        [2, 0],
      ] as const) {
        await expect(world.callSilence(proposal, level, position))
          .to.be.revertedWithCustomError(world.challenges, "ChallengeNotFound")
          .withArgs(level, position);
      }
      await expect(world.callSilence(proposal, 0, 3))
        .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
        .withArgs(0, 3, 3);
    });

    it("refuses a node that was answered, also where the challenge has moved on", async () => {
      const { world, proposal } = await opened.load();
      await world.descend(proposal, 2, 0, 0);
      await world.defend(proposal, 0, world.stranger);
      await world.networkHelpers.time.increase(9 * DAY);
      for (const [level, by] of [
        [0, world.stranger],
        [2, world.scorer],
      ] as const) {
        await expect(world.callSilence(proposal, level, 0))
          .to.be.revertedWithCustomError(world.challenges, "AlreadyAnswered")
          .withArgs(level, 0, by.address);
      }
    });
  });

  describe("settle", () => {
    const settled = async (world: World, proposal: Proposal, level: number, position: number, stands: boolean) => {
      const { challenger } = await world.nodeOf(proposal, level, position);
      await expect(world.settle(proposal, level, position))
        .to.emit(world.challenges, "ChallengeSettled")
        .withArgs(proposal.hash, level, position, challenger, stands);
      expect((await world.nodeOf(proposal, level, position)).turns).to.equal(0);
    };

    it("pays the answerer of a line once the statement is final", async () => {
      const { world, proposal } = await challenged.load();
      await world.defend(proposal, 0, world.stranger);
      await world.finalise(proposal);
      await settled(world, proposal, 0, 0, true);
      expect(await world.wonBy(world.stranger)).to.equal(CHALLENGE_BOND);
      expect(await world.wonBy(world.challenger)).to.equal(-CHALLENGE_BOND);
      expect(await world.wonBy(world.scorer)).to.equal(0);
    });

    it("pays who opened a node at which the walk stopped", async () => {
      const { world, proposal } = await opened.load();
      await world.finalise(proposal);
      await settled(world, proposal, 2, 0, true);
      expect(await world.wonBy(world.scorer)).to.equal(CHALLENGE_BOND);
      expect(await world.wonBy(world.challenger)).to.equal(-CHALLENGE_BOND);
    });

    /** Walks from the deep root to a line and back: who answers each round. */
    const walk = async (world: World, proposal: Proposal, [first, second, third]: HardhatEthersSigner[]) => {
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0, first);
      await world.descend(proposal, DEPTH, 0, TWIG);
      await world.open(proposal, 2, TWIG, second);
      await world.descend(proposal, 2, TWIG, LINE);
      await world.defend(proposal, LINE, third);
      await world.finalise(proposal);
      await settled(world, proposal, 0, LINE, true);
    };
    const THIRD = CHALLENGE_BOND / 3n;

    it("gives a scorer that answers all the way from the root to the line the whole bond", async () => {
      const { world, proposal } = await deepProposed.load();
      await walk(world, proposal, [world.scorer, world.scorer, world.scorer]);
      expect(await world.wonBy(world.scorer)).to.equal(CHALLENGE_BOND);
      expect(await world.wonBy(world.challenger)).to.equal(-CHALLENGE_BOND);
    });

    it("shares the bond equally among who answered, the odd wei to who answered last", async () => {
      const { world, proposal } = await deepProposed.load();
      const { scorer, stranger, operator } = world;
      await world.endow(operator);
      await walk(world, proposal, [stranger, scorer, operator]);
      expect(CHALLENGE_BOND % 3n).to.equal(1);
      expect(await world.wonBy(stranger)).to.equal(THIRD);
      expect(await world.wonBy(scorer)).to.equal(THIRD);
      expect(await world.wonBy(operator)).to.equal(THIRD + 1n);
    });

    it("gives a challenger that answered a round itself that round's part back", async () => {
      const { world, proposal } = await deepProposed.load();
      await walk(world, proposal, [world.scorer, world.challenger, world.scorer]);
      expect(await world.wonBy(world.challenger)).to.equal(THIRD - CHALLENGE_BOND);
      expect(await world.wonBy(world.scorer)).to.equal(CHALLENGE_BOND - THIRD);
    });

    it("shares the bond of a walk that stopped half-way among those who answered so far", async () => {
      const { world, proposal } = await deepProposed.load();
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0, world.stranger);
      await world.descend(proposal, DEPTH, 0, TWIG);
      await world.open(proposal, 2, TWIG);
      await world.finalise(proposal);
      await settled(world, proposal, 2, TWIG, true);
      expect(await world.wonBy(world.stranger)).to.equal(CHALLENGE_BOND / 2n);
      expect(await world.wonBy(world.scorer)).to.equal(CHALLENGE_BOND / 2n);
    });

    it("pays somebody else's bond, which took over, for the rounds that it was put on", async () => {
      const { world, proposal } = await deepProposed.load();
      const { stranger, scorer, operator } = world;
      await world.endow(operator);
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0, scorer);
      await world.descend(proposal, DEPTH, 0, TWIG, stranger);
      await world.open(proposal, 2, TWIG, operator);
      await world.descend(proposal, 2, TWIG, LINE, stranger);
      await world.defend(proposal, LINE, operator);
      await world.finalise(proposal);
      await settled(world, proposal, DEPTH, 0, true);
      await settled(world, proposal, 0, LINE, true);
      expect(await world.wonBy(scorer)).to.equal(CHALLENGE_BOND);
      expect(await world.wonBy(operator)).to.equal(CHALLENGE_BOND);
      expect(await world.wonBy(stranger)).to.equal(-CHALLENGE_BOND);
    });

    it("gives every bond back when the statement was voided, answered or not", async () => {
      const { world, proposal } = await wrong.load();
      await world.challenge(proposal, 2, 0);
      await world.open(proposal, 2, 0);
      await world.descend(proposal, 2, 0, 1);
      await world.defend(proposal, 1);
      await world.challenge(proposal, 0, 2, world.stranger);
      await world.refute(proposal, 0, world.operator);
      await settled(world, proposal, 0, 1, false);
      await settled(world, proposal, 0, 2, false);
      expect(await world.wonBy(world.challenger)).to.equal(0);
      expect(await world.wonBy(world.stranger)).to.equal(0);
    });

    it("gives the bond back to the challenger whose silence was called, with its reward", async () => {
      const { world, proposal } = await silent.load();
      await world.callSilence(proposal, 0, 0);
      await settled(world, proposal, 0, 0, false);
      expect(await world.wonBy(world.challenger)).to.equal(proposal.statement.bond / 2n);
    });

    it("gives every bond back when the dataset's owner rejects the statement in the middle of a walk", async () => {
      const { world, proposal } = await deepProposed.load();
      const { attribution, curator, challenger, stranger, scorer, operator, treasury } = world;
      await world.endow(operator);
      await world.challenge(proposal, DEPTH, 0);
      await world.challenge(proposal, 0, 7, stranger);
      await world.defend(proposal, 7);
      await world.open(proposal, DEPTH, 0);
      await world.descend(proposal, DEPTH, 0, TWIG);
      await world.descend(proposal, DEPTH, 0, TWIG + 1, operator);
      await attribution.connect(curator).rejectStatement(proposal.statement, id("why"));
      const { status, openChallenges: open, voids } = await world.settlementOf();
      expect([status, open, voids]).to.deep.equal([STATUS.proRata, 0n, 0n]);
      await expect(world.open(proposal, 2, TWIG))
        .to.be.revertedWithCustomError(attribution, "StatementNotLive")
        .withArgs(proposal.hash);
      await settled(world, proposal, 2, TWIG, false);
      await settled(world, proposal, 2, TWIG + 1, false);
      await settled(world, proposal, 0, 7, false);
      for (const account of [challenger, stranger, operator, scorer]) expect(await world.wonBy(account)).to.equal(0);
      expect((await world.bondOf(treasury)).free).to.equal(0);
    });

    it("works while another statement of the interval is live, and once that one is final or pro-rata", async () => {
      for (const ending of ["final", "pro-rata"]) {
        const { world, proposal } = await silent.load();
        await world.challenge(proposal, 0, 1);
        await world.challenge(proposal, 2, 0);
        await world.callSilence(proposal, 0, 0);
        await settled(world, proposal, 2, 0, false);
        const next = await world.propose();
        await settled(world, proposal, 0, 0, false);
        if (ending === "final") await world.finalise(next);
        else await world.attribution.connect(world.curator).rejectStatement(next.statement, id("why"));
        await settled(world, proposal, 0, 1, false);
        expect(await world.wonBy(world.challenger)).to.equal(proposal.statement.bond / 2n);
      }
    });

    it("refuses a challenge of a live statement, in time and after it, answered or not", async () => {
      const { world, proposal } = await challenged.load();
      await world.challenge(proposal, 0, 1);
      await world.defend(proposal, 1);
      for (const wait of [1, DAY, 10 * DAY]) {
        await world.networkHelpers.time.increase(wait);
        for (const index of [0, 1]) {
          await expect(world.settle(proposal, 0, index))
            .to.be.revertedWithCustomError(world.challenges, "StatementUndecided")
            .withArgs(proposal.hash);
        }
      }
    });

    for (const ending of ["final", "voided"] as const) {
      it(`settles a challenge of a ${ending} statement once`, async () => {
        const { world, proposal } = await challenged.load();
        await world.challenge(proposal, 0, 2);
        // Another lock of the same challenger, which a second settlement would take.
        await world.challenge(proposal, 1, 0);
        if (ending === "final") {
          for (const index of [0, 2]) await world.defend(proposal, index);
          await world.open(proposal, 1, 0);
          await world.finalise(proposal);
        } else {
          await world.networkHelpers.time.increase(DAY);
          await world.callSilence(proposal, 0, 0);
        }
        await world.settle(proposal, 0, 0);
        await expect(world.settle(proposal, 0, 0))
          .to.be.revertedWithCustomError(world.challenges, "ChallengeNotFound")
          .withArgs(0, 0);
        expect((await world.bondOf(world.challenger)).locked).to.equal(2n * CHALLENGE_BOND);
      });
    }

    it("refuses a node that nobody challenged, one that the bond moved on from, and one out of the tree", async () => {
      const { world, proposal } = await opened.load();
      await world.descend(proposal, 2, 0, 0);
      await world.defend(proposal, 0);
      await world.finalise(proposal);
      for (const [level, position] of [
        [2, 0],
        [1, 0],
        [0, 1],
      ] as const) {
        await expect(world.settle(proposal, level, position))
          .to.be.revertedWithCustomError(world.challenges, "ChallengeNotFound")
          .withArgs(level, position);
      }
      await expect(world.settle(proposal, 0, 3))
        .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
        .withArgs(0, 3, 3);
      await settled(world, proposal, 0, 0, true);
    });

    it("refuses a made-up statement", async () => {
      const { world, proposal } = await silent.load();
      await world.callSilence(proposal, 0, 0);
      for (const changes of [{ fee: 1n }, { attempt: 1n }, { scorer: world.stranger.address }]) {
        await expect(world.settle({ ...proposal, statement: { ...proposal.statement, ...changes } }, 0, 0))
          .to.be.revertedWithCustomError(world.challenges, "ChallengeNotFound")
          .withArgs(0, 0);
      }
      const payout = { ...proposal.statement.payout, lines: 4n };
      await expect(world.settle({ ...proposal, statement: { ...proposal.statement, payout } }, 0, 0))
        .to.be.revertedWithCustomError(world.challenges, "ChallengeNotFound")
        .withArgs(0, 0);
    });

    it("doesn't settle the bonds of an earlier attempt by the fate of a later one with the same root", async () => {
      const { world, proposal } = await challenged.load();
      const { challenger, stranger, scorer } = world;
      await world.challenge(proposal, 0, 1);
      await world.defend(proposal, 1, stranger);
      await world.networkHelpers.time.increase(DAY);
      await world.callSilence(proposal, 0, 0);
      const again = await world.propose();
      expect(again.statement.payout).to.deep.equal(proposal.statement.payout);
      await world.challenge(again, 0, 1);
      await world.defend(again, 1);
      await world.finalise(again);
      await settled(world, proposal, 0, 0, false);
      await settled(world, proposal, 0, 1, false);
      await settled(world, again, 0, 1, true);
      expect(await world.wonBy(stranger)).to.equal(0);
      expect(await world.wonBy(challenger)).to.equal(proposal.statement.bond / 2n - CHALLENGE_BOND);
      expect(await world.wonBy(scorer)).to.equal(CHALLENGE_BOND - proposal.statement.bond);
    });
  });

  describe("a statement that isn't live", () => {
    const late = { gasLimit: 1_000_000 };
    const moves: [string, (world: World, proposal: Proposal) => Promise<unknown>][] = [
      ["challenged", (world, proposal) => world.challenge(proposal, 0, 2)],
      ["opened", (world, proposal) => world.open(proposal, 1, 0)],
      ["descended", (world, proposal) => world.descend(proposal, 2, 0, 2)],
      ["defended", (world, proposal) => world.defend(proposal, 0)],
      ["refuted", (world, proposal) => world.refute(proposal, 1)],
    ];
    for (const [what, move] of moves) {
      it(`can't be ${what} after it was voided`, async () => {
        const world = await reported.load();
        const proposal = await world.propose({ weights: changed(world.weights, 1, 5n) });
        await world.challenge(proposal, 2, 0);
        await world.open(proposal, 2, 0);
        await world.challenge(proposal, 1, 0);
        await world.challenge(proposal, 0, 0);
        await world.refute(proposal, 1);
        await expect(move(world, proposal))
          .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
          .withArgs(proposal.hash);
        // Nor when another one of the same weights is live.
        await world.propose({ weights: changed(world.weights, 1, 5n) });
        await expect(move(world, proposal))
          .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
          .withArgs(proposal.hash);
      });
    }

    it("can't be voided for silence again", async () => {
      const { world, proposal } = await silent.load();
      await world.challenge(proposal, 0, 1);
      await world.networkHelpers.time.increase(DAY);
      await world.callSilence(proposal, 0, 0);
      await expect(world.callSilence(proposal, 0, 1))
        .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
        .withArgs(proposal.hash);
    });

    it("attack 33: can't be refuted when it is final", async () => {
      const { world, proposal } = await wrong.load();
      await world.finalise(proposal);
      await expect(world.refute(proposal, 0))
        .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
        .withArgs(proposal.hash);
    });

    const madeUp: [string, "challenges" | "attribution", string, (world: World, one: Proposal) => Promise<unknown>][] =
      [
        ["challenged", "attribution", "StatementNotLive", (world, one) => world.challenge(one, 0, 2)],
        ["opened", "challenges", "ChallengeNotFound", (world, one) => world.open(one, 2, 0)],
        ["descended", "challenges", "NodeNotOpened", (world, one) => world.descend(one, 2, 0, 2)],
        ["defended", "challenges", "ChallengeNotFound", (world, one) => world.defend(one, 0)],
        ["refuted", "attribution", "StatementNotLive", (world, one) => world.refute(one, 0)],
        ["voided for silence", "challenges", "ChallengeNotFound", (world, one) => world.callSilence(one, 0, 0)],
      ];
    for (const [what, where, error, move] of madeUp) {
      it(`can't be ${what} with a field changed`, async () => {
        const { world, proposal } = await opened.load();
        await world.challenge(proposal, 0, 0);
        const statement = { ...proposal.statement, bond: proposal.statement.bond - 1n };
        const refused = expect(move(world, { ...proposal, statement })).to.be.revertedWithCustomError(
          world[where],
          error,
        );
        await (error === "StatementNotLive" ? refused.withArgs(hashOf(statement)) : refused);
      });
    }

    it("attack 13: can't be answered in the block in which it is voided", async () => {
      const { world, proposal } = await silent.load();
      await world.challenge(proposal, 0, 1);
      const evidence = await world.evidence(proposal, 1);
      const sent = await world.inOneBlock(
        () => world.challenges.connect(world.stranger).callSilence(proposal.statement, 0, 0, late),
        () => world.challenges.connect(world.scorer).defend(proposal.statement, evidence, late),
      );
      const statuses: unknown[] = [];
      for (const { hash } of sent) {
        statuses.push((await world.ethers.provider.getTransactionReceipt(hash))?.status);
      }
      expect(statuses).to.deep.equal([1, 0]);
    });
  });

  describe("worlds of every small size", () => {
    const random = randomFrom(0x5eed);
    const int16s = (length: number): number[] => Array.from({ length }, () => random.integer(-32_768, 32_767));
    /** The first row is q itself, so that the weights don't all come out as zero. */
    const specOf = (n: number, lanes: number): Partial<WorldSpec> => {
      const q = int16s(lanes);
      return {
        rowCounts: Array.from({ length: n }, () => random.integer(1, 400)),
        rows: Array.from({ length: n }, (_, i) => ({
          exponent: random.integer(0, 9),
          lanes: i === 0 ? q : int16s(lanes),
        })),
        q,
        exponentBound: 9,
      };
    };
    for (const n of [1, 2, 3, 5]) {
      for (const lanes of [16, 32]) {
        it(`answers for every node of ${n} contributions of ${lanes} lanes`, async () => {
          const world = await buildReportedWorld(await suite.load(), specOf(n, lanes));
          const proposal = await world.propose();
          let nodes = 0n;
          for (let level = 0; level <= proposal.tree.depth; level++) {
            for (let position = 0; position << level < n; position++) {
              await world.challenge(proposal, level, position);
              await (level === 0 ? world.defend(proposal, position) : world.open(proposal, level, position));
              nodes++;
            }
          }
          await world.finalise(proposal);
          for (let level = 0; level <= proposal.tree.depth; level++) {
            for (let position = 0; position << level < n; position++) await world.settle(proposal, level, position);
          }
          expect(await world.wonBy(world.scorer)).to.equal(nodes * CHALLENGE_BOND);
          expect(await world.wonBy(world.challenger)).to.equal(-nodes * CHALLENGE_BOND);
        });

        it(`attack 24: refutes any line of ${n} contributions of ${lanes} lanes that is one too high`, async () => {
          const world = await buildReportedWorld(await suite.load(), specOf(n, lanes));
          for (let index = 0; index < n; index++) {
            const weights = changed(world.weights, index, (world.weights[index] ?? 0n) + 1n);
            await world.refute(await world.propose({ weights }), index);
          }
        });
      }
    }

    it("the root of a single line is the line: it is defended, not opened", async () => {
      const world = await buildReportedWorld(await suite.load(), specOf(1, 16));
      const proposal = await world.propose();
      await world.challenge(proposal, 0, 0);
      await expect(world.challenge(proposal, 1, 0))
        .to.be.revertedWithCustomError(world.challenges, "NodeOutOfRange")
        .withArgs(1, 0, 1);
      await expect(world.open(proposal, 0, 0))
        .to.be.revertedWithCustomError(world.challenges, "LineIsDefended")
        .withArgs(0);
      const [placed] = await world.challenges.nodeOf(proposal.hash, 1);
      expect(placed.challenger).to.equal(world.challenger.address);
      await world.defend(proposal, 0);
      await world.finalise(proposal);
    });
  });
});
