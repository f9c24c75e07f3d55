import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { expect } from "chai";
import { AbiCoder, type Addressable, concat, keccak256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { payoutHash } from "../../client/index.ts";
import {
  BOND_FLOOR,
  buildReportedWorld,
  buildWorld,
  CHALLENGE_BOND,
  DAY,
  DEPOSIT,
  firstPool,
  HOUR,
  type PlainStatement,
  type Proposal,
  SMALL,
  type World,
  type WorldSpec,
} from "../support/attributionWorld.ts";
import { innerProduct, laneBytes, lineAmounts, qBytes, sumProof, sumTree } from "../support/formats.ts";
import { randomFrom } from "../support/random.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const STATUS = { open: 0n, proposed: 1n, final: 2n, proRata: 3n };
const VOIDS = 8;

const PAYOUT = "tuple(uint256,uint32,uint256,uint24,bytes32,uint144,uint112)";
const STATEMENT = `tuple(${PAYOUT},address,uint112,uint112,uint40,uint8,uint16,uint8,bytes32,bytes32)`;

function hashOf(statement: PlainStatement): string {
  const { payout, scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash } = statement;
  const { stream, interval, dataset, lines, root, total, pool } = payout;
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      [STATEMENT],
      [
        [
          [stream, interval, dataset, lines, root, total, pool],
          scorer,
          fee,
          bond,
          proposedAt,
          attempt,
          version,
          exponentBound,
          indexRoot,
          reportHash,
        ],
      ],
    ),
  );
}

/** A weight list with one entry changed. */
function changed(weights: readonly bigint[], index: number, weight: bigint): bigint[] {
  return weights.map((old, i) => (i === index ? weight : old));
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

describe("AttributionRegistry", () => {
  const suite = firstStage(deploySuite);
  const committed = suite.step((deployed) => buildWorld(deployed));
  const reported = suite.step((deployed) => buildReportedWorld(deployed));
  const proposed = reported.step(async (world) => ({ world, proposal: await world.propose() }));
  const wrong = reported.step(async (world) => ({
    world,
    proposal: await world.propose({ weights: changed(world.weights, 0, (world.weights[0] ?? 0n) + 1n) }),
  }));
  const challenged = proposed.step(async (before) => {
    await before.world.attribution.connect(before.world.challenger).challengeLine(before.proposal.statement, 0);
    return before;
  });
  const silent = challenged.step(async (before) => {
    await before.world.networkHelpers.time.increase(DAY);
    return before;
  });
  const final = proposed.step(async (before) => {
    await before.world.finalise(before.proposal);
    return before;
  });
  const proRata = reported.step(async (world) => {
    await world.networkHelpers.time.increase(14 * DAY);
    await world.attribution.fallBack(world.stream, 0);
    return world;
  });
  /** The scorer proposes a wrong line and refutes it itself, eight times. */
  const eightVoids = reported.step(async (world) => {
    for (let voided = 0; voided < VOIDS; voided++) {
      const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
      await world.attribution.connect(world.scorer).refute(proposal.statement, await world.evidence(proposal, 0));
    }
    return world;
  });

  const bondOf = (world: World, account: Addressable) => world.vault.bondOf(world.attribution, account);
  /** The bond of a statement of the first interval after some were voided. */
  const bondFor = (world: World, voids: number): bigint => {
    const part = (firstPool(world.spec) * 200n) / 10_000n;
    return (part > BOND_FLOOR ? part : BOND_FLOOR) * 2n ** BigInt(voids);
  };
  const challengeOf = async (world: World, proposal: Proposal, index: number) => {
    const { challenger, deadline, answered } = await world.attribution.challengeOf(proposal.hash, index);
    return { challenger, deadline, answered };
  };
  const NO_CHALLENGE = { challenger: ZeroAddress, deadline: 0n, answered: false };

  describe("deployment", () => {
    const VALID = {
      window: DAY,
      responseTime: HOUR,
      fallbackTime: DAY + 4 * HOUR + 1,
      proposingPeriod: HOUR,
      bondFloor: 1,
      challengeBond: 2,
    };
    const deployWith = async (changes: Partial<typeof VALID> & { treasury?: string }) => {
      const { ethers, datasets, ledger, usage, indexes, vault, treasury } = await suite.load();
      const factory = await ethers.getContractFactory("AttributionRegistry");
      const parameters = { ...VALID, treasury: treasury.address, ...changes };
      const deployed = factory.deploy(datasets, ledger, usage, indexes, vault, parameters);
      return { factory, deployed, treasury, vault, usage, indexes, datasets, ledger };
    };

    it("takes the shortest times that are allowed", async () => {
      const { deployed, treasury, vault, usage, indexes, datasets, ledger } = await deployWith({});
      const attribution = await deployed;
      expect(await attribution.PAYOUTS()).to.equal(await ledger.PAYOUTS());
      expect(await attribution.WINDOW()).to.equal(DAY);
      expect(await attribution.RESPONSE_TIME()).to.equal(HOUR);
      expect(await attribution.FALLBACK_TIME()).to.equal(DAY + 4 * HOUR + 1);
      expect(await attribution.PROPOSING_PERIOD()).to.equal(HOUR);
      expect(await attribution.BOND_FLOOR()).to.equal(1);
      expect(await attribution.CHALLENGE_BOND()).to.equal(2);
      expect(await attribution.TREASURY()).to.equal(treasury.address);
      expect(await attribution.VAULT()).to.equal(await vault.getAddress());
      expect(await attribution.USAGE()).to.equal(await usage.getAddress());
      expect(await attribution.INDEXES()).to.equal(await indexes.getAddress());
      expect(await attribution.DATASETS()).to.equal(await datasets.getAddress());
    });

    it("takes the longest times that are allowed", async () => {
      const { deployed } = await deployWith({ fallbackTime: 365 * DAY, proposingPeriod: 365 * DAY });
      const attribution = await deployed;
      expect(await attribution.FALLBACK_TIME()).to.equal(365 * DAY);
      expect(await attribution.PROPOSING_PERIOD()).to.equal(365 * DAY);
      expect(await attribution.MAX_TIME()).to.equal(365 * DAY);
    });

    const outOfRange: [string, Partial<typeof VALID>][] = [
      ["a response time below an hour", { responseTime: HOUR - 1 }],
      ["a window shorter than the response time", { window: HOUR - 1 }],
      ["a proposing period shorter than the response time", { proposingPeriod: HOUR - 1 }],
      ["a fallback time that window and four turns use up", { fallbackTime: DAY + 4 * HOUR }],
      ["a fallback time of more than a year", { fallbackTime: 365 * DAY + 1 }],
      ["a proposing period of more than a year", { proposingPeriod: 365 * DAY + 1 }],
    ];
    for (const [what, changes] of outOfRange) {
      it(`refuses ${what}`, async () => {
        const { factory, deployed } = await deployWith(changes);
        await expect(deployed).to.be.revertedWithCustomError(factory, "TimesOutOfRange");
      });
    }

    it("refuses to have no treasury", async () => {
      const { factory, deployed } = await deployWith({ treasury: ZeroAddress });
      await expect(deployed).to.be.revertedWithCustomError(factory, "ZeroAddress");
    });
  });

  describe("propose", () => {
    describe("when index, report and money are there", () => {
      it("stores the hash of the statement, whose every field follows from the chain", async () => {
        const world = await reported.load();
        const { attribution, stream, scorer, usage, model } = world;
        const { statement, hash, tree } = await world.propose({ feeBps: 250 });
        const pool = firstPool(world.spec);
        const fee = (pool * 250n) / 10_000n;
        expect(statement.payout).to.deep.equal({
          stream,
          interval: 0n,
          dataset: world.dataset,
          lines: 3n,
          root: tree.root,
          total: tree.total,
          pool: pool - fee,
        });
        expect(statement.scorer).to.equal(scorer.address);
        expect(statement.fee).to.equal(fee);
        expect(statement.bond).to.equal((pool * 200n) / 10_000n);
        expect(statement.proposedAt).to.equal(await world.networkHelpers.time.latest());
        expect(statement.attempt).to.equal(0);
        expect(statement.version).to.equal(1);
        expect(statement.exponentBound).to.equal(3);
        expect(statement.indexRoot).to.equal(world.rowTree.root);
        expect(statement.reportHash).to.equal(await usage.reportHashOf(model, 0));
        expect(hash).to.equal(hashOf(statement));
        expect(await attribution.statementHashOf(stream, 0)).to.equal(hash);
      });

      it("emits the statement and where its weights are published", async () => {
        const world = await reported.load();
        await expect(world.send({}))
          .to.emit(world.attribution, "StatementProposed")
          .withArgs(world.stream, 0, anyValue, anyValue, "ipfs://weights");
      });

      it("returns the statement", async () => {
        const { attribution, stream, scorer, weights } = await reported.load();
        const tree = sumTree(weights);
        const statement = await attribution.connect(scorer).propose.staticCall(stream, 0, tree.root, tree.total, 0, "");
        expect(statement.payout.root).to.equal(tree.root);
      });

      it("makes the interval proposed", async () => {
        const { world } = await proposed.load();
        expect((await world.attribution.settlementOf(world.stream, 0)).status).to.equal(STATUS.proposed);
      });

      it("locks two percent of the pool", async () => {
        const { world } = await proposed.load();
        const bond = (firstPool(world.spec) * 200n) / 10_000n;
        expect(bond).to.be.greaterThan(BOND_FLOOR);
        expect((await bondOf(world, world.scorer)).locked).to.equal(bond);
        expect((await bondOf(world, world.scorer)).free).to.equal(DEPOSIT - bond);
      });

      it("locks the floor where two percent are less", async () => {
        const world = await buildReportedWorld(await suite.load(), { payment: 1_000n });
        await world.propose();
        expect((await bondOf(world, world.scorer)).locked).to.equal(BOND_FLOOR);
      });

      for (const [what, payment] of [
        ["two percent", SMALL.payment],
        ["the floor", 1_000n],
      ] as const) {
        it(`doubles ${what} for each statement of the interval that was voided before`, async () => {
          const world = await buildReportedWorld(await suite.load(), { payment });
          const first = bondFor(world, 0);
          for (let voided = 0; voided < 3; voided++) {
            const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
            expect(proposal.statement.attempt).to.equal(voided);
            expect(await world.attribution.bondFor(world.stream, 0)).to.equal(proposal.statement.bond);
            expect(proposal.statement.bond).to.equal(first * 2n ** BigInt(voided));
            expect((await bondOf(world, world.scorer)).locked).to.equal(proposal.statement.bond);
            await world.attribution.refute(proposal.statement, await world.evidence(proposal, 0));
          }
        });
      }

      it("doubles no bond for what was voided in another interval", async () => {
        const world = await reported.load();
        const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
        await world.attribution.refute(proposal.statement, await world.evidence(proposal, 0));
        await world.pay(world.spec.payment);
        await world.networkHelpers.time.increase(DAY);
        await world.usage.cut(world.model);
        await world.report(1);
        const { bond } = (await world.propose({ interval: 1 })).statement;
        expect(bond).to.equal(((await world.attribution.poolOf(world.stream, 1)) * 200n) / 10_000n);
      });

      it("refuses a scorer that could pay the first bond, but not the doubled one", async () => {
        const world = await reported.load();
        const { attribution, scorer, vault } = world;
        const bond = bondFor(world, 0);
        await vault.connect(scorer).requestWithdrawal(attribution, DEPOSIT - 2n * bond);
        const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
        await attribution.refute(proposal.statement, await world.evidence(proposal, 0));
        await expect(world.send({}))
          .to.be.revertedWithCustomError(vault, "InsufficientBond")
          .withArgs(await attribution.getAddress(), scorer.address, bond, 2n * bond);
      });

      it("lets anyone with a bond propose, for a fee of up to ten percent", async () => {
        const world = await reported.load();
        const { statement } = await world.propose({ by: world.stranger, feeBps: 1_000 });
        expect(statement.fee).to.equal(firstPool(world.spec) / 10n);
      });

      it("takes a proposal in the last second before the deadline", async () => {
        const world = await reported.load();
        const { deadline } = await world.attribution.settlementOf(world.stream, 0);
        await world.networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
        await world.propose();
      });
    });

    describe("when the proposal itself is wrong", () => {
      it("refuses a total of zero", async () => {
        const world = await reported.load();
        await expect(world.send({ total: 0n })).to.be.revertedWithCustomError(world.attribution, "EmptyStatement");
      });

      it("refuses a fee above ten percent", async () => {
        const world = await reported.load();
        await expect(world.send({ feeBps: 1_001 }))
          .to.be.revertedWithCustomError(world.attribution, "ScorerFeeTooHigh")
          .withArgs(1_001, 1_000);
      });

      it("refuses a scorer without a bond", async () => {
        const world = await reported.load();
        await expect(world.send({ by: world.owner })).to.be.revertedWithCustomError(world.vault, "InsufficientBond");
      });
    });

    describe("when the interval isn't open", () => {
      it("refuses a second statement beside a live one", async () => {
        const { world } = await proposed.load();
        await expect(world.send({ by: world.stranger }))
          .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
          .withArgs(world.stream, 0, STATUS.proposed);
      });

      it("refuses a statement after a final one", async () => {
        const { world } = await final.load();
        await expect(world.send({}))
          .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
          .withArgs(world.stream, 0, STATUS.final);
      });

      it("refuses a statement after the fallback", async () => {
        const world = await proRata.load();
        await expect(world.send({}))
          .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
          .withArgs(world.stream, 0, STATUS.proRata);
      });

      it("refuses a ninth statement after eight were voided", async () => {
        const world = await eightVoids.load();
        await expect(world.send({}))
          .to.be.revertedWithCustomError(world.attribution, "TooManyVoids")
          .withArgs(world.stream, 0);
      });

      it("refuses a statement from the deadline on", async () => {
        const world = await reported.load();
        const { deadline } = await world.attribution.settlementOf(world.stream, 0);
        await world.networkHelpers.time.setNextBlockTimestamp(deadline);
        await expect(world.send({}))
          .to.be.revertedWithCustomError(world.attribution, "DeadlinePassed")
          .withArgs(deadline);
      });
    });

    describe("when something that it follows from is missing", () => {
      it("refuses an interval that wasn't cut", async () => {
        const world = await reported.load();
        await expect(world.send({ interval: 1 }))
          .to.be.revertedWithCustomError(world.usage, "IntervalNotFound")
          .withArgs(world.model, 1);
      });

      it("refuses a stream that the model doesn't have", async () => {
        const { attribution, scorer, models, stream, model } = await reported.load();
        await expect(attribution.connect(scorer).propose(stream + 1n, 0, ZeroHash, 1, 0, ""))
          .to.be.revertedWithCustomError(models, "StreamNotFound")
          .withArgs(model, 1);
      });

      it("refuses an interval without a report", async () => {
        const world = await reported.load();
        await world.pay(1_000_000n);
        await world.networkHelpers.time.increase(DAY);
        await world.usage.cut(world.model);
        await expect(world.send({ interval: 1 }))
          .to.be.revertedWithCustomError(world.attribution, "ReportMissing")
          .withArgs(world.stream, 1);
      });

      it("refuses an index that is committed but not active", async () => {
        const world = await committed.load();
        await world.pay(1_000_000n);
        await world.usage.cut(world.model);
        await expect(world.send({}))
          .to.be.revertedWithCustomError(world.attribution, "IndexDoesNotServe")
          .withArgs(world.stream, 0);
      });

      it("refuses an index that was rejected", async () => {
        const world = await committed.load();
        await world.indexes.connect(world.curator).rejectIndex(world.stream, world.digest);
        await world.pay(1_000_000n);
        await world.usage.cut(world.model);
        await expect(world.send({})).to.be.revertedWithCustomError(world.attribution, "IndexDoesNotServe");
      });

      it("refuses an index that was activated within the interval", async () => {
        const world = await committed.load();
        await world.pay(1_000_000n);
        await world.activate();
        await world.pay(1_000_000n);
        await world.usage.cut(world.model);
        await expect(world.send({})).to.be.revertedWithCustomError(world.attribution, "IndexDoesNotServe");
      });

      it("refuses an index that was activated between the last payment of the interval and its cut", async () => {
        const world = await committed.load();
        await world.pay(1_000_000n);
        await world.activate();
        await world.usage.cut(world.model);
        await expect(world.send({})).to.be.revertedWithCustomError(world.attribution, "IndexDoesNotServe");
      });

      it("takes the first interval that begins where the index was activated", async () => {
        const world = await committed.load();
        await world.pay(1_000_000n);
        await world.activate();
        await world.usage.cut(world.model);
        await world.pay(1_000_000n);
        await world.networkHelpers.time.increase(DAY);
        await world.usage.cut(world.model);
        await world.report(1);
        await world.propose({ interval: 1 });
      });

      it("refuses an interval of a stream that is all pro-rata", async () => {
        const world = await buildReportedWorld(await suite.load(), { proRataBps: 10_000 });
        await expect(world.send({}))
          .to.be.revertedWithCustomError(world.attribution, "EmptyPool")
          .withArgs(world.stream, 0);
      });

      it("refuses an interval whose fees are too small for one wei of the stream", async () => {
        const world = await buildReportedWorld(await suite.load(), { payment: 1n });
        await expect(world.send({})).to.be.revertedWithCustomError(world.attribution, "EmptyPool");
      });
    });
  });

  describe("challengeLine", () => {
    it("starts the response time, counts the challenge and locks its bond", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, challenger } = world;
      const challenge = attribution.connect(challenger).challengeLine(proposal.statement, 2);
      await challenge;
      const deadline = BigInt(await world.networkHelpers.time.latest()) + BigInt(DAY);
      await expect(challenge)
        .to.emit(attribution, "LineChallenged")
        .withArgs(proposal.hash, 2, challenger.address, deadline);
      expect(await challengeOf(world, proposal, 2)).to.deep.equal({
        challenger: challenger.address,
        deadline,
        answered: false,
      });
      expect((await attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(1);
      expect((await bondOf(world, challenger)).locked).to.equal(CHALLENGE_BOND);
    });

    it("lets different challengers challenge different lines, and one challenger several lines", async () => {
      const { world, proposal } = await challenged.load();
      await world.attribution.connect(world.stranger).challengeLine(proposal.statement, 1);
      await world.attribution.connect(world.challenger).challengeLine(proposal.statement, 2);
      expect((await world.attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(3);
      expect((await challengeOf(world, proposal, 1)).challenger).to.equal(world.stranger.address);
      expect((await challengeOf(world, proposal, 2)).challenger).to.equal(world.challenger.address);
    });

    it("takes a challenge in the last second of the window", async () => {
      const { world, proposal } = await proposed.load();
      await world.networkHelpers.time.setNextBlockTimestamp(world.closesAt(proposal) - 1n);
      await world.attribution.connect(world.challenger).challengeLine(proposal.statement, 0);
    });

    it("refuses a challenge after the window", async () => {
      const { world, proposal } = await proposed.load();
      await world.networkHelpers.time.setNextBlockTimestamp(world.closesAt(proposal));
      await expect(world.attribution.connect(world.challenger).challengeLine(proposal.statement, 0))
        .to.be.revertedWithCustomError(world.attribution, "WindowClosed")
        .withArgs(world.closesAt(proposal));
    });

    it("refuses a line that the statement doesn't have", async () => {
      const { world, proposal } = await proposed.load();
      await expect(world.attribution.connect(world.challenger).challengeLine(proposal.statement, 3))
        .to.be.revertedWithCustomError(world.attribution, "LineOutOfRange")
        .withArgs(3, 3);
    });

    for (const who of ["challenger", "stranger"] as const) {
      it(`refuses a line that has an open challenge, from the ${who}`, async () => {
        const { world, proposal } = await challenged.load();
        await expect(world.attribution.connect(world[who]).challengeLine(proposal.statement, 0))
          .to.be.revertedWithCustomError(world.attribution, "AlreadyChallenged")
          .withArgs(0, world.challenger.address);
        expect((await world.attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(1);
      });
    }

    it("refuses a line whose challenge nobody answered in time", async () => {
      const { world, proposal } = await silent.load();
      await expect(world.attribution.connect(world.stranger).challengeLine(proposal.statement, 0))
        .to.be.revertedWithCustomError(world.attribution, "AlreadyChallenged")
        .withArgs(0, world.challenger.address);
    });

    it("refuses a line that was defended", async () => {
      const { world, proposal } = await proposed.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await expect(world.attribution.connect(world.challenger).challengeLine(proposal.statement, 0))
        .to.be.revertedWithCustomError(world.attribution, "AlreadyDefended")
        .withArgs(0);
    });

    it("refuses a line whose challenge was answered", async () => {
      const { world, proposal } = await challenged.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await expect(world.attribution.connect(world.stranger).challengeLine(proposal.statement, 0))
        .to.be.revertedWithCustomError(world.attribution, "AlreadyDefended")
        .withArgs(0);
    });

    it("refuses a challenger without a bond", async () => {
      const { world, proposal } = await proposed.load();
      await expect(
        world.attribution.connect(world.owner).challengeLine(proposal.statement, 0),
      ).to.be.revertedWithCustomError(world.vault, "InsufficientBond");
    });
  });

  describe("a statement that isn't live", () => {
    const calls: [string, (world: World, proposal: Proposal) => Promise<unknown>][] = [
      ["challenged", ({ attribution }, { statement }) => attribution.challengeLine(statement, 0)],
      [
        "defended",
        async (world, proposal) => world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0)),
      ],
      [
        "refuted",
        async (world, proposal) => world.attribution.refute(proposal.statement, await world.evidence(proposal, 0)),
      ],
      ["voided for silence", ({ attribution }, { statement }) => attribution.callSilence(statement, 0)],
      ["finalised", ({ attribution }, { statement }) => attribution.finalise(statement)],
    ];
    for (const [what, call] of calls) {
      it(`can't be ${what} when it is final`, async () => {
        const { world, proposal } = await final.load();
        await expect(call(world, proposal))
          .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
          .withArgs(proposal.hash);
      });

      it(`can't be ${what} with a field changed`, async () => {
        const { world, proposal } = await proposed.load();
        const statement = { ...proposal.statement, bond: proposal.statement.bond - 1n };
        await expect(call(world, { ...proposal, statement }))
          .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
          .withArgs(hashOf(statement));
      });
    }
  });

  describe("defendLine", () => {
    for (const index of [0, 1, 2]) {
      it(`proves line ${index} right, by anyone`, async () => {
        const { world, proposal } = await proposed.load();
        const defence = world.attribution
          .connect(world.stranger)
          .defendLine(proposal.statement, await world.evidence(proposal, index));
        await expect(defence)
          .to.emit(world.attribution, "LineDefended")
          .withArgs(proposal.hash, index, world.stranger.address, ZeroAddress);
        expect(await challengeOf(world, proposal, index)).to.deep.equal({ ...NO_CHALLENGE, answered: true });
        expect((await bondOf(world, world.stranger)).free).to.equal(DEPOSIT);
      });
    }

    it("gives the bond of the line's challenge to who proves it, at once", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, challenger, stranger } = world;
      const { deadline } = await challengeOf(world, proposal, 0);
      await expect(attribution.connect(stranger).defendLine(proposal.statement, await world.evidence(proposal, 0)))
        .to.emit(attribution, "LineDefended")
        .withArgs(proposal.hash, 0, stranger.address, challenger.address);
      expect(await challengeOf(world, proposal, 0)).to.deep.equal({
        challenger: challenger.address,
        deadline,
        answered: true,
      });
      expect((await attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(0);
      expect((await bondOf(world, stranger)).free).to.equal(DEPOSIT + CHALLENGE_BOND);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("leaves the challenges of other lines open", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, challenger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 2);
      await attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      expect((await attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(1);
      expect((await challengeOf(world, proposal, 2)).answered).to.equal(false);
      expect((await bondOf(world, challenger)).locked).to.equal(CHALLENGE_BOND);
    });

    it("counts in the last second of the response time", async () => {
      const { world, proposal } = await challenged.load();
      const { deadline } = await challengeOf(world, proposal, 0);
      const evidence = await world.evidence(proposal, 0);
      await world.networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      await world.attribution.defendLine(proposal.statement, evidence);
    });

    it("counts without a challenge at any time", async () => {
      const { world, proposal } = await silent.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 1));
    });

    it("refuses a second proof of the same line", async () => {
      const { world, proposal } = await proposed.load();
      const evidence = await world.evidence(proposal, 1);
      await world.attribution.defendLine(proposal.statement, evidence);
      await expect(world.attribution.defendLine(proposal.statement, evidence))
        .to.be.revertedWithCustomError(world.attribution, "AlreadyDefended")
        .withArgs(1);
    });

    it("refuses a line that is wrong, and says what it should be", async () => {
      const { world, proposal } = await wrong.load();
      const right = world.weights[0] ?? 0n;
      await expect(world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0)))
        .to.be.revertedWithCustomError(world.attribution, "LineIsWrong")
        .withArgs(0, right + 1n, right);
    });

    it("refuses a challenged line that is wrong", async () => {
      const { world, proposal } = await wrong.load();
      await world.attribution.connect(world.challenger).challengeLine(proposal.statement, 0);
      await expect(
        world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0)),
      ).to.be.revertedWithCustomError(world.attribution, "LineIsWrong");
    });
  });

  describe("refute", () => {
    it("voids a statement with a wrong line", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, stranger, stream } = world;
      const right = world.weights[0] ?? 0n;
      const refutation = attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      await refutation;
      const { deadline } = await attribution.settlementOf(stream, 0);
      await expect(refutation)
        .to.emit(attribution, "LineRefuted")
        .withArgs(proposal.hash, 0, stranger.address, right + 1n, right);
      await expect(refutation)
        .to.emit(attribution, "StatementVoided")
        .withArgs(stream, 0, proposal.hash, stranger.address, proposal.statement.bond / 2n, deadline);
      expect(await attribution.statementHashOf(stream, 0)).to.equal(ZeroHash);
    });

    it("gives half of the bond to who refuted, and the rest to the treasury", async () => {
      const { world, proposal } = await wrong.load();
      const { bond } = proposal.statement;
      await world.attribution.connect(world.stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      const half = bond / 2n;
      expect((await bondOf(world, world.scorer)).free).to.equal(DEPOSIT - bond);
      expect((await bondOf(world, world.scorer)).locked).to.equal(0);
      expect((await bondOf(world, world.stranger)).free).to.equal(DEPOSIT + half);
      expect((await bondOf(world, world.treasury)).free).to.equal(bond - half);
    });

    it("rewards the challenger of the line, whoever refutes it", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger } = world;
      const half = proposal.statement.bond / 2n;
      await attribution.connect(challenger).challengeLine(proposal.statement, 0);
      const refutation = attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      await expect(refutation)
        .to.emit(attribution, "LineRefuted")
        .withArgs(proposal.hash, 0, stranger.address, anyValue, anyValue);
      await expect(refutation)
        .to.emit(attribution, "StatementVoided")
        .withArgs(world.stream, 0, proposal.hash, challenger.address, half, anyValue);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND + half);
      expect((await bondOf(world, stranger)).free).to.equal(DEPOSIT);
    });

    it("rewards the challenger also after the response time", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 0);
      await world.networkHelpers.time.increase(5 * DAY);
      await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      const half = proposal.statement.bond / 2n;
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND + half);
    });

    it("rewards who refutes an unchallenged line, whatever other lines are challenged", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      expect((await bondOf(world, stranger)).free).to.equal(DEPOSIT + proposal.statement.bond / 2n);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND);
    });

    it("opens the interval for another statement, until the fallback at least", async () => {
      const { world, proposal } = await wrong.load();
      const before = await world.attribution.settlementOf(world.stream, 0);
      await world.attribution.refute(proposal.statement, await world.evidence(proposal, 0));
      const after = await world.attribution.settlementOf(world.stream, 0);
      expect(after.status).to.equal(STATUS.open);
      expect(after.voids).to.equal(1);
      expect(after.deadline).to.equal(before.deadline);
      expect((await world.propose()).statement.attempt).to.equal(1);
    });

    it("moves a deadline that is near to a proposing period from now", async () => {
      const world = await reported.load();
      const { deadline } = await world.attribution.settlementOf(world.stream, 0);
      await world.networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      const proposal = await world.propose({ weights: changed(world.weights, 1, 5n) });
      await world.attribution.refute(proposal.statement, await world.evidence(proposal, 1));
      const now = BigInt(await world.networkHelpers.time.latest());
      expect((await world.attribution.settlementOf(world.stream, 0)).deadline).to.equal(now + BigInt(5 * DAY));
    });

    it("works after the window, as long as the statement isn't final", async () => {
      const { world, proposal } = await wrong.load();
      await world.networkHelpers.time.increase(4 * DAY);
      await world.attribution.refute(proposal.statement, await world.evidence(proposal, 0));
    });

    it("refuses a line that is right", async () => {
      const { world, proposal } = await wrong.load();
      await expect(world.attribution.refute(proposal.statement, await world.evidence(proposal, 2)))
        .to.be.revertedWithCustomError(world.attribution, "LineIsRight")
        .withArgs(2, world.weights[2]);
    });
  });

  describe("evidence", () => {
    const refusals: [string, string, (world: World, proposal: Proposal) => Promise<unknown>][] = [
      [
        "a report other than the interval's",
        "WrongReport",
        async (world, proposal) => {
          const usage = { ...(await world.usageOf(0)), q: qBytes(world.spec.q.map((lane) => -(lane >> 1))) };
          return world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0, { usage }));
        },
      ],
      [
        "lanes that aren't in the index",
        "RowNotInIndex",
        async (world, proposal) => {
          const lanes = laneBytes(world.spec.q);
          return world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0, { lanes }));
        },
      ],
      [
        "an exponent that isn't the row's",
        "RowNotInIndex",
        async (world, proposal) =>
          world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0, { exponent: 1 })),
      ],
      [
        "the row of another contribution",
        "RowNotInIndex",
        async (world, proposal) => {
          const { exponent, lanes, indexProof } = await world.evidence(proposal, 2);
          const evidence = await world.evidence(proposal, 0, { exponent, lanes, indexProof });
          return world.attribution.refute(proposal.statement, evidence);
        },
      ],
      [
        "an index proof that is too short",
        "RowNotInIndex",
        async (world, proposal) => {
          const evidence = await world.evidence(proposal, 0);
          return world.attribution.refute(proposal.statement, {
            ...evidence,
            indexProof: evidence.indexProof.slice(0, 1),
          });
        },
      ],
      [
        "an index proof that is too long",
        "RowNotInIndex",
        async (world, proposal) => {
          const evidence = await world.evidence(proposal, 0);
          return world.attribution.refute(proposal.statement, {
            ...evidence,
            indexProof: [...evidence.indexProof, ZeroHash],
          });
        },
      ],
      [
        "a weight that the statement's tree doesn't hold",
        "LineNotInStatement",
        async (world, proposal) =>
          world.attribution.refute(proposal.statement, await world.evidence(proposal, 0, { weight: 1n })),
      ],
      [
        "a sum proof of another tree",
        "LineNotInStatement",
        async (world, proposal) => {
          const other = sumTree(changed(world.weights, 1, 9n));
          return world.attribution.refute(
            proposal.statement,
            await world.evidence(proposal, 0, { sumProof: other.proof(0) }),
          );
        },
      ],
      [
        "a sum proof that is too short",
        "ProofLength",
        async (world, proposal) => {
          const sumProofOfOne = sumProof(proposal.tree.siblings(0).slice(0, 1));
          return world.attribution.refute(
            proposal.statement,
            await world.evidence(proposal, 0, { sumProof: sumProofOfOne }),
          );
        },
      ],
      [
        "a sum proof that is too long",
        "ProofLength",
        async (world, proposal) => {
          const evidence = await world.evidence(proposal, 0);
          return world.attribution.refute(proposal.statement, {
            ...evidence,
            sumProof: concat([evidence.sumProof, "0x00"]),
          });
        },
      ],
      [
        "a sum proof whose padding holds a weight",
        "PaddingNotEmpty",
        async (world, proposal) => {
          const [, upper] = proposal.tree.siblings(2);
          const padded = sumProof([{ hash: ZeroHash, sum: 1n }, upper ?? { hash: ZeroHash, sum: 0n }]);
          return world.attribution.refute(proposal.statement, await world.evidence(proposal, 2, { sumProof: padded }));
        },
      ],
      [
        "a sum proof whose padding has a hash",
        "PaddingNotEmpty",
        async (world, proposal) => {
          const [, upper] = proposal.tree.siblings(2);
          const padded = sumProof([{ hash: toBeHex(1n, 32), sum: 0n }, upper ?? { hash: ZeroHash, sum: 0n }]);
          return world.attribution.refute(proposal.statement, await world.evidence(proposal, 2, { sumProof: padded }));
        },
      ],
      [
        "a line beyond the contributions",
        "LineOutOfRange",
        async (world, proposal) =>
          world.attribution.refute(proposal.statement, await world.evidence(proposal, 2, { index: 3 })),
      ],
    ];
    for (const [what, error, act] of refusals) {
      it(`refuses ${what}`, async () => {
        const { world, proposal } = await proposed.load();
        await expect(act(world, proposal)).to.be.revertedWithCustomError(world.attribution, error);
      });
    }
  });

  describe("callSilence", () => {
    it("voids the statement and gives half of the bond to the challenger", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, challenger, stream } = world;
      const { bond } = proposal.statement;
      await expect(attribution.connect(world.stranger).callSilence(proposal.statement, 0))
        .to.emit(attribution, "StatementVoided")
        .withArgs(stream, 0, proposal.hash, challenger.address, bond / 2n, anyValue);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND + bond / 2n);
      expect((await bondOf(world, challenger)).locked).to.equal(CHALLENGE_BOND);
      expect((await bondOf(world, world.treasury)).free).to.equal(bond - bond / 2n);
      expect((await attribution.settlementOf(stream, 0)).openChallenges).to.equal(0);
    });

    it("waits for the last second of the response time", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, networkHelpers } = world;
      const { deadline } = await challengeOf(world, proposal, 0);
      await networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      await expect(attribution.callSilence(proposal.statement, 0))
        .to.be.revertedWithCustomError(attribution, "ResponseTimeRunning")
        .withArgs(deadline);
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      await attribution.callSilence(proposal.statement, 0);
    });

    it("refuses a line that nobody challenged", async () => {
      const { world, proposal } = await silent.load();
      await expect(world.attribution.callSilence(proposal.statement, 1))
        .to.be.revertedWithCustomError(world.attribution, "ChallengeNotFound")
        .withArgs(1);
    });

    it("refuses a line that was proved without a challenge", async () => {
      const { world, proposal } = await silent.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 1));
      await expect(world.attribution.callSilence(proposal.statement, 1))
        .to.be.revertedWithCustomError(world.attribution, "ChallengeNotFound")
        .withArgs(1);
    });

    it("refuses a line that was proved", async () => {
      const { world, proposal } = await challenged.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await world.networkHelpers.time.increase(2 * DAY);
      await expect(world.attribution.callSilence(proposal.statement, 0))
        .to.be.revertedWithCustomError(world.attribution, "AlreadyDefended")
        .withArgs(0);
    });
  });

  describe("releaseChallenge", () => {
    it("gives the bond back when the statement was voided for another line", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      await expect(attribution.connect(stranger).releaseChallenge(proposal.statement, 1))
        .to.emit(attribution, "ChallengeReleased")
        .withArgs(proposal.hash, 1, challenger.address);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
      expect(await challengeOf(world, proposal, 1)).to.deep.equal(NO_CHALLENGE);
    });

    it("gives the bond back to the challenger whose line was refuted", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 0);
      await attribution.connect(challenger).refute(proposal.statement, await world.evidence(proposal, 0));
      await attribution.releaseChallenge(proposal.statement, 0);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT + proposal.statement.bond / 2n);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("gives the bond back to the challenger whose silence was called", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, challenger } = world;
      await attribution.callSilence(proposal.statement, 0);
      await attribution.releaseChallenge(proposal.statement, 0);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT + proposal.statement.bond / 2n);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("gives the bonds of all lines back, each to its challenger", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(stranger).challengeLine(proposal.statement, 1);
      await attribution.connect(challenger).challengeLine(proposal.statement, 2);
      await attribution.callSilence(proposal.statement, 0);
      for (const index of [2, 0, 1]) await attribution.releaseChallenge(proposal.statement, index);
      expect((await bondOf(world, stranger)).free).to.equal(DEPOSIT);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT + proposal.statement.bond / 2n);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("works while another statement of the interval is live, and once that one is final", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, challenger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.callSilence(proposal.statement, 0);
      const next = await world.propose();
      await attribution.releaseChallenge(proposal.statement, 0);
      await world.finalise(next);
      await attribution.releaseChallenge(proposal.statement, 1);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("refuses a challenge of a live statement, in time and after it", async () => {
      const { world, proposal } = await challenged.load();
      for (const wait of [1, DAY, 10 * DAY]) {
        await world.networkHelpers.time.increase(wait);
        await expect(world.attribution.releaseChallenge(proposal.statement, 0))
          .to.be.revertedWithCustomError(world.attribution, "StatementLive")
          .withArgs(proposal.hash);
      }
    });

    it("refuses a line that nobody challenged", async () => {
      const { world, proposal } = await silent.load();
      await world.attribution.callSilence(proposal.statement, 0);
      await expect(world.attribution.releaseChallenge(proposal.statement, 1))
        .to.be.revertedWithCustomError(world.attribution, "ChallengeNotFound")
        .withArgs(1);
    });

    it("refuses a challenge that was answered before the statement was voided", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.connect(stranger).defendLine(proposal.statement, await world.evidence(proposal, 1));
      await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      await expect(attribution.releaseChallenge(proposal.statement, 1))
        .to.be.revertedWithCustomError(attribution, "ChallengeNotFound")
        .withArgs(1);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND);
    });

    it("refuses a challenge that was answered before the statement became final", async () => {
      const { world, proposal } = await challenged.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await world.finalise(proposal);
      await expect(world.attribution.releaseChallenge(proposal.statement, 0))
        .to.be.revertedWithCustomError(world.attribution, "ChallengeNotFound")
        .withArgs(0);
    });

    it("refuses a statement that was never proposed", async () => {
      const { world, proposal } = await challenged.load();
      const statement = { ...proposal.statement, fee: 1n };
      await expect(world.attribution.releaseChallenge(statement, 0))
        .to.be.revertedWithCustomError(world.attribution, "ChallengeNotFound")
        .withArgs(0);
    });
  });

  describe("finalise", () => {
    it("opens the payout after the window and releases the bond", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, payouts, scorer, stream, networkHelpers } = world;
      await networkHelpers.time.setNextBlockTimestamp(world.closesAt(proposal));
      await expect(attribution.connect(world.stranger).finalise(proposal.statement))
        .to.emit(attribution, "StatementFinalised")
        .withArgs(stream, 0, proposal.hash);
      expect((await attribution.settlementOf(stream, 0)).status).to.equal(STATUS.final);
      expect(await attribution.statementHashOf(stream, 0)).to.equal(ZeroHash);
      expect(await payouts.isFinal(payoutHash(proposal.statement.payout))).to.equal(true);
      expect((await bondOf(world, scorer)).free).to.equal(DEPOSIT);
      expect((await bondOf(world, scorer)).locked).to.equal(0);
    });

    it("moves the pool to the payouts and credits the scorer's fee", async () => {
      const world = await reported.load();
      const { currency, payouts, ledger, scorer } = world;
      const proposal = await world.propose({ feeBps: 1_000 });
      await world.finalise(proposal);
      const pool = firstPool(world.spec);
      expect(await currency.balanceOf(payouts)).to.equal(pool - pool / 10n);
      expect(await ledger.balanceOf(scorer)).to.equal(pool / 10n);
    });

    it("waits for the end of the window", async () => {
      const { world, proposal } = await proposed.load();
      await world.networkHelpers.time.setNextBlockTimestamp(world.closesAt(proposal) - 1n);
      await expect(world.attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(world.attribution, "WindowOpen")
        .withArgs(world.closesAt(proposal));
    });

    it("waits for the answer to every open challenge", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, challenger, stranger, networkHelpers } = world;
      await networkHelpers.time.increaseTo(world.closesAt(proposal) - BigInt(HOUR));
      await attribution.connect(challenger).challengeLine(proposal.statement, 0);
      await attribution.connect(stranger).challengeLine(proposal.statement, 2);
      await networkHelpers.time.increase(2 * HOUR);
      for (const [left, index] of [
        [2, 2],
        [1, 0],
      ] as const) {
        await expect(attribution.finalise(proposal.statement))
          .to.be.revertedWithCustomError(attribution, "ChallengesOpen")
          .withArgs(left);
        await attribution.defendLine(proposal.statement, await world.evidence(proposal, index));
      }
      await attribution.finalise(proposal.statement);
    });

    it("is closed for good to a statement with a challenge that nobody answered in time", async () => {
      const { world, proposal } = await silent.load();
      const { attribution } = world;
      await world.networkHelpers.time.increase(30 * DAY);
      await expect(attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(attribution, "ChallengesOpen")
        .withArgs(1);
      await attribution.callSilence(proposal.statement, 0);
    });
  });

  describe("fallBack", () => {
    it("divides the whole pool pro-rata when the deadline passed without a statement", async () => {
      const world = await reported.load();
      const { attribution, payouts, stream, networkHelpers } = world;
      const { deadline } = await attribution.settlementOf(stream, 0);
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      const fallback = attribution.fallBack(stream, 0);
      await expect(fallback).to.emit(attribution, "FellBack").withArgs(stream, 0, firstPool(world.spec));
      await expect(fallback).to.emit(payouts, "PoolFellBack").withArgs(stream, firstPool(world.spec));
      expect((await attribution.settlementOf(stream, 0)).status).to.equal(STATUS.proRata);
      expect((await payouts.accountOf(stream)).fallbackPools).to.equal(firstPool(world.spec));
    });

    it("waits for the last second before the deadline", async () => {
      const world = await reported.load();
      const { attribution, stream, networkHelpers, usage, model } = world;
      const { cutAt } = await usage.intervalAt(model, 0);
      const deadline = cutAt + BigInt(14 * DAY);
      await networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      await expect(attribution.fallBack(stream, 0))
        .to.be.revertedWithCustomError(attribution, "FallbackNotDue")
        .withArgs(deadline);
    });

    it("happens at once where no index serves the interval", async () => {
      const world = await committed.load();
      await world.pay(1_000_000n);
      await world.usage.cut(world.model);
      await world.attribution.fallBack(world.stream, 0);
      expect((await world.attribution.settlementOf(world.stream, 0)).status).to.equal(STATUS.proRata);
    });

    it("happens at once where the index was activated within the interval", async () => {
      const world = await committed.load();
      await world.pay(1_000_000n);
      await world.activate();
      await world.usage.cut(world.model);
      await world.attribution.fallBack(world.stream, 0);
    });

    it("happens at once after eight voids", async () => {
      const world = await eightVoids.load();
      await world.attribution.fallBack(world.stream, 0);
      expect((await world.attribution.settlementOf(world.stream, 0)).voids).to.equal(VOIDS);
    });

    it("waits for the deadline that the latest void has moved", async () => {
      const world = await reported.load();
      const { attribution, stream, networkHelpers } = world;
      const { deadline } = await attribution.settlementOf(stream, 0);
      await networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      const proposal = await world.propose({ weights: changed(world.weights, 1, 5n) });
      await attribution.refute(proposal.statement, await world.evidence(proposal, 1));
      const moved = (await attribution.settlementOf(stream, 0)).deadline;
      await expect(attribution.fallBack(stream, 0))
        .to.be.revertedWithCustomError(attribution, "FallbackNotDue")
        .withArgs(moved);
      await networkHelpers.time.increaseTo(moved);
      await attribution.fallBack(stream, 0);
    });

    it("takes an interval of which influence divides nothing", async () => {
      const world = await buildReportedWorld(await suite.load(), { proRataBps: 10_000 });
      await world.networkHelpers.time.increase(14 * DAY);
      await expect(world.attribution.fallBack(world.stream, 0))
        .to.emit(world.attribution, "FellBack")
        .withArgs(world.stream, 0, 0);
    });

    it("refuses an interval with a live statement, even after the deadline", async () => {
      const { world } = await proposed.load();
      await world.networkHelpers.time.increase(30 * DAY);
      await expect(world.attribution.fallBack(world.stream, 0))
        .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
        .withArgs(world.stream, 0, STATUS.proposed);
    });

    it("refuses an interval with a final statement", async () => {
      const { world } = await final.load();
      await world.networkHelpers.time.increase(30 * DAY);
      await expect(world.attribution.fallBack(world.stream, 0))
        .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
        .withArgs(world.stream, 0, STATUS.final);
    });

    it("refuses to fall back twice", async () => {
      const world = await proRata.load();
      await expect(world.attribution.fallBack(world.stream, 0))
        .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
        .withArgs(world.stream, 0, STATUS.proRata);
    });

    it("refuses an interval that wasn't cut", async () => {
      const world = await reported.load();
      await expect(world.attribution.fallBack(world.stream, 1))
        .to.be.revertedWithCustomError(world.usage, "IntervalNotFound")
        .withArgs(world.model, 1);
    });

    it("refuses a stream that the model doesn't have", async () => {
      const world = await reported.load();
      await expect(world.attribution.fallBack(world.stream + 1n, 0))
        .to.be.revertedWithCustomError(world.models, "StreamNotFound")
        .withArgs(world.model, 1);
    });
  });

  describe("views", () => {
    it("tell the bond that the next statement takes", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, stream } = world;
      expect(await attribution.bondFor(stream, 0)).to.equal(proposal.statement.bond);
      await attribution.refute(proposal.statement, await world.evidence(proposal, 0));
      expect(await attribution.bondFor(stream, 0)).to.equal(2n * proposal.statement.bond);
      expect((await world.propose()).statement.bond).to.equal(2n * proposal.statement.bond);
      await expect(attribution.bondFor(stream, 1)).to.be.revertedWithCustomError(world.usage, "IntervalNotFound");
    });

    it("tell the deadline and state of an interval that nobody touched", async () => {
      const world = await reported.load();
      const { cutAt } = await world.usage.intervalAt(world.model, 0);
      const settlement = await world.attribution.settlementOf(world.stream, 0);
      expect([...settlement]).to.deep.equal([STATUS.open, 0n, 0n, cutAt + BigInt(14 * DAY)]);
    });

    it("tell no state of an interval that wasn't cut", async () => {
      const world = await reported.load();
      await expect(world.attribution.settlementOf(world.stream, 1)).to.be.revertedWithCustomError(
        world.usage,
        "IntervalNotFound",
      );
    });

    it("tell pools that add up to the influence part of all fees, however they are cut", async () => {
      const world = await reported.load();
      const payments = [1n, 2n, 13n, 999n, 10_007n];
      for (const payment of payments) {
        await world.pay(payment);
        await world.networkHelpers.time.increase(DAY);
        await world.usage.cut(world.model);
      }
      const pools: bigint[] = [];
      for (let interval = 0; interval <= payments.length; interval++) {
        pools.push(await world.attribution.poolOf(world.stream, interval));
      }
      expect(sum(pools)).to.equal(firstPool({ ...world.spec, payment: world.spec.payment + sum(payments) }));
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
        it(`defends every line of ${n} contributions of ${lanes} lanes`, async () => {
          const world = await buildReportedWorld(await suite.load(), specOf(n, lanes));
          const proposal = await world.propose();
          for (let index = 0; index < n; index++) {
            await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, index));
          }
        });

        it(`refutes any line of ${n} contributions of ${lanes} lanes that is one too high`, async () => {
          const world = await buildReportedWorld(await suite.load(), specOf(n, lanes));
          for (let index = 0; index < n; index++) {
            const proposal = await world.propose({
              weights: changed(world.weights, index, (world.weights[index] ?? 0n) + 1n),
            });
            await world.attribution.refute(proposal.statement, await world.evidence(proposal, index));
          }
        });
      }
    }
  });

  describe("attacks", () => {
    it("a scorer can't name another payee: the registry's wallet is paid, and another dataset is another statement", async () => {
      const { world, proposal } = await proposed.load();
      const payout = { ...proposal.statement.payout, dataset: proposal.statement.payout.dataset + 1n };
      await world.networkHelpers.time.increaseTo(world.closesAt(proposal));
      await expect(world.attribution.finalise({ ...proposal.statement, payout })).to.be.revertedWithCustomError(
        world.attribution,
        "StatementNotLive",
      );
      await world.attribution.finalise(proposal.statement);
      await world.payouts.connect(world.stranger).claim([world.claimOf(proposal, [0, 1, 2])]);
      const amounts = lineAmounts(firstPool(world.spec), world.weights);
      for (const [i, contributor] of world.contributors.entries()) {
        expect(await world.currency.balanceOf(contributor)).to.equal(amounts[i]);
      }
      expect(await world.currency.balanceOf(world.stranger)).to.equal(0);
    });

    it("a row with an exponent above its bound weighs nothing, and a statement that pays it is refuted", async () => {
      const [first, , third] = SMALL.rows;
      if (first === undefined || third === undefined) throw new Error("three rows");
      // ⌈log2 5⌉ + 3 = 6 is the highest exponent of a contribution of five rows.
      const rows = [first, { ...first, exponent: 7 }, { ...third, exponent: 6 }];
      const world = await buildReportedWorld(await suite.load(), { rowCounts: [5, 5, 5], rows });
      expect(world.weights[1]).to.equal(0);
      expect(world.weights[2]).to.equal(innerProduct(third.lanes, world.spec.q) * 64n);
      const inflated = innerProduct(first.lanes, world.spec.q) * 128n;
      const proposal = await world.propose({ weights: changed(world.weights, 1, inflated) });
      await expect(world.attribution.refute(proposal.statement, await world.evidence(proposal, 1)))
        .to.emit(world.attribution, "LineRefuted")
        .withArgs(proposal.hash, 1, anyValue, inflated, 0);
      const honest = await world.propose();
      await world.attribution.defendLine(honest.statement, await world.evidence(honest, 1));
      await world.attribution.defendLine(honest.statement, await world.evidence(honest, 2));
    });

    it("no exponent above 64 counts, whatever the bound", async () => {
      const lanes = SMALL.rows[0]?.lanes ?? [];
      const rows = [
        { exponent: 64, lanes },
        { exponent: 65, lanes },
        { exponent: 255, lanes },
      ];
      const world = await buildReportedWorld(await suite.load(), {
        rowCounts: [2 ** 25, 2 ** 25, 2 ** 25],
        rows,
        exponentBound: 40,
      });
      expect(world.weights).to.deep.equal([innerProduct(lanes, world.spec.q) << 64n, 0n, 0n]);
      const proposal = await world.propose();
      for (const index of [0, 1, 2]) {
        await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, index));
      }
    });

    it("a contribution that was retired before the version weighs nothing", async () => {
      const world = await buildReportedWorld(await suite.load(), { retired: [2] });
      expect(world.weights[2]).to.equal(0);
      const proposal = await world.propose({ weights: changed(world.weights, 2, 77n) });
      await expect(world.attribution.refute(proposal.statement, await world.evidence(proposal, 2)))
        .to.emit(world.attribution, "LineRefuted")
        .withArgs(proposal.hash, 2, anyValue, 77, 0);
    });

    it("a contribution that is retired after the version keeps its weight", async () => {
      const { world, proposal } = await proposed.load();
      await world.datasets.connect(world.contributors[2]).retire(world.dataset, 2);
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 2));
    });

    it("a statement of the right weights in another order is refuted", async () => {
      const world = await reported.load();
      const proposal = await world.propose({ weights: [...world.weights].reverse() });
      await world.attribution.refute(proposal.statement, await world.evidence(proposal, 0));
    });

    it("a total that isn't the tree's makes every line unprovable", async () => {
      const world = await reported.load();
      const proposal = await world.propose({ total: sum(world.weights) - 1n });
      await expect(
        world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0)),
      ).to.be.revertedWithCustomError(world.attribution, "LineNotInStatement");
      await world.attribution.connect(world.challenger).challengeLine(proposal.statement, 0);
      await world.networkHelpers.time.increase(DAY);
      await world.attribution.callSilence(proposal.statement, 0);
    });

    it("old challenges are harmless to an identical statement that is proposed again in the same block", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger, scorer, stream } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 0);
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.connect(scorer).defendLine(proposal.statement, await world.evidence(proposal, 1));
      const weights = proposal.tree.weights;
      const evidence = await world.evidence(proposal, 0);
      const [refutation, again] = await world.inOneBlock(
        () => attribution.connect(stranger).refute(proposal.statement, evidence, { gasLimit: 1_000_000 }),
        () =>
          attribution
            .connect(scorer)
            .propose(stream, 0, proposal.tree.root, proposal.tree.total, 0, "", { gasLimit: 1_000_000 }),
      );
      if (refutation === undefined || again === undefined) throw new Error("two transactions");
      const second = await world.proposalIn(again, { weights });
      expect(second.hash).not.to.equal(proposal.hash);
      expect(second.statement.attempt).to.equal(1);
      await expect(attribution.callSilence(second.statement, 0)).to.be.revertedWithCustomError(
        attribution,
        "ChallengeNotFound",
      );
      expect(await challengeOf(world, second, 1)).to.deep.equal(NO_CHALLENGE);
      await attribution.releaseChallenge(proposal.statement, 0);
      expect((await attribution.settlementOf(stream, 0)).openChallenges).to.equal(0);
      // Half of the first bond was earned by the open challenge; the answered one went to the scorer.
      const earned = proposal.statement.bond / 2n - CHALLENGE_BOND;
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT + earned);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("a challenge of a voided statement can't hold up the next one", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger, stream } = world;
      for (const index of [0, 1, 2]) await attribution.connect(challenger).challengeLine(proposal.statement, index);
      await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      const next = await world.propose();
      expect((await attribution.settlementOf(stream, 0)).openChallenges).to.equal(0);
      for (const index of [0, 1, 2]) expect(await challengeOf(world, next, index)).to.deep.equal(NO_CHALLENGE);
      // Released while the next one is live, or not at all: it counts nothing there.
      await attribution.releaseChallenge(proposal.statement, 1);
      expect((await attribution.settlementOf(stream, 0)).openChallenges).to.equal(0);
      await world.networkHelpers.time.increase(2 * DAY);
      for (const call of [
        () => attribution.callSilence(proposal.statement, 0),
        () => attribution.challengeLine(proposal.statement, 1),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(attribution, "StatementNotLive").withArgs(proposal.hash);
      }
      await expect(attribution.callSilence(next.statement, 0)).to.be.revertedWithCustomError(
        attribution,
        "ChallengeNotFound",
      );
      await world.finalise(next);
      await attribution.releaseChallenge(proposal.statement, 0);
      await attribution.releaseChallenge(proposal.statement, 2);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("a released challenge can't be released twice", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, challenger, vault } = world;
      // Another lock of the same challenger, which a second release would free.
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.callSilence(proposal.statement, 0);
      await attribution.releaseChallenge(proposal.statement, 0);
      await expect(attribution.releaseChallenge(proposal.statement, 0))
        .to.be.revertedWithCustomError(attribution, "ChallengeNotFound")
        .withArgs(0);
      expect((await vault.bondOf(attribution, challenger)).locked).to.equal(CHALLENGE_BOND);
      // Nor can it be made again.
      await expect(attribution.connect(challenger).challengeLine(proposal.statement, 0)).to.be.revertedWithCustomError(
        attribution,
        "StatementNotLive",
      );
    });

    it("a late answer is refused", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, scorer, stranger, challenger, networkHelpers } = world;
      const { deadline } = await challengeOf(world, proposal, 0);
      const evidence = await world.evidence(proposal, 0);
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      for (const by of [scorer, stranger, challenger]) {
        await expect(attribution.connect(by).defendLine(proposal.statement, evidence))
          .to.be.revertedWithCustomError(attribution, "ResponseTimeOver")
          .withArgs(deadline);
      }
      expect((await bondOf(world, challenger)).locked).to.equal(CHALLENGE_BOND);
      await attribution.callSilence(proposal.statement, 0);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND + proposal.statement.bond / 2n);
    });

    it("a late answer that is mined in one block with the call of silence comes too late, in either order", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, scorer, stranger, ethers } = world;
      const evidence = await world.evidence(proposal, 0);
      const sent = await world.inOneBlock(
        () => attribution.connect(scorer).defendLine(proposal.statement, evidence, { gasLimit: 1_000_000 }),
        () => attribution.connect(stranger).callSilence(proposal.statement, 0, { gasLimit: 1_000_000 }),
      );
      const statuses: unknown[] = [];
      for (const { hash } of sent) statuses.push((await ethers.provider.getTransactionReceipt(hash))?.status);
      expect(statuses).to.deep.equal([0, 1]);
      expect((await attribution.settlementOf(world.stream, 0)).voids).to.equal(1);
    });

    it("a copied refutation rewards the challenger, not the copier", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger, ethers } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 0);
      const evidence = await world.evidence(proposal, 0);
      const fees = (gwei: bigint) => ({
        gasLimit: 1_000_000,
        maxFeePerGas: 100n * 10n ** 9n,
        maxPriorityFeePerGas: gwei * 10n ** 9n,
      });
      const [own, copy] = await world.inOneBlock(
        () => attribution.connect(challenger).refute(proposal.statement, evidence, fees(1n)),
        () => attribution.connect(stranger).refute(proposal.statement, evidence, fees(50n)),
      );
      if (own === undefined || copy === undefined) throw new Error("two transactions");
      const [late, first] = [
        await ethers.provider.getTransactionReceipt(own.hash),
        await ethers.provider.getTransactionReceipt(copy.hash),
      ];
      expect([first?.index, first?.status, late?.index, late?.status]).to.deep.equal([0, 1, 1, 0]);
      await attribution.releaseChallenge(proposal.statement, 0);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT + proposal.statement.bond / 2n);
      expect((await bondOf(world, stranger)).free).to.equal(DEPOSIT);
    });

    for (const [where, reward] of [
      ["the same block earns nothing", "refuter"],
      ["the block before earns the reward", "challenger"],
    ] as const) {
      it(`a challenge that is put before a refutation, in ${where}`, async () => {
        const { world, proposal } = await wrong.load();
        const { attribution, challenger, stranger, ethers } = world;
        const evidence = await world.evidence(proposal, 0);
        const challenge = (priority: bigint) =>
          attribution.connect(challenger).challengeLine(proposal.statement, 0, {
            gasLimit: 1_000_000,
            maxFeePerGas: 100n * 10n ** 9n,
            maxPriorityFeePerGas: priority,
          });
        const refute = () =>
          attribution.connect(stranger).refute(proposal.statement, evidence, {
            gasLimit: 1_000_000,
            maxFeePerGas: 100n * 10n ** 9n,
            maxPriorityFeePerGas: 1n,
          });
        if (reward === "challenger") {
          await challenge(1n);
          await refute();
        } else {
          const sent = await world.inOneBlock<{ hash: string }>(refute, () => challenge(50n * 10n ** 9n));
          const places: unknown[] = [];
          for (const { hash } of sent) {
            const receipt = await ethers.provider.getTransactionReceipt(hash);
            places.push([receipt?.index, receipt?.status]);
          }
          expect(places).to.deep.equal([
            [1, 1],
            [0, 1],
          ]);
        }
        await attribution.releaseChallenge(proposal.statement, 0);
        const half = proposal.statement.bond / 2n;
        const earned = async (account: Addressable) => (await bondOf(world, account)).free - DEPOSIT;
        expect([await earned(stranger), await earned(challenger)]).to.deep.equal(
          reward === "refuter" ? [half, 0n] : [0n, half],
        );
      });
    }

    it("a challenger that answers its own challenge gets no more than its own bond", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, challenger } = world;
      await attribution.connect(challenger).defendLine(proposal.statement, await world.evidence(proposal, 0));
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    for (const [how, own] of [
      ["", true],
      [", also by another wallet", false],
    ] as const) {
      it(`a scorer that challenges its own wrong line still loses half${how}`, async () => {
        for (const ending of ["refuted", "silent"]) {
          const { world, proposal } = await wrong.load();
          const { attribution, scorer, challenger, stranger, treasury } = world;
          const wallet = own ? scorer : challenger;
          const { bond } = proposal.statement;
          await attribution.connect(wallet).challengeLine(proposal.statement, 0);
          // Its challenge keeps the statement from becoming final, and it can't be answered.
          await world.networkHelpers.time.increase(4 * DAY);
          await expect(attribution.finalise(proposal.statement)).to.be.revertedWithCustomError(
            attribution,
            "ChallengesOpen",
          );
          await expect(
            attribution.connect(scorer).defendLine(proposal.statement, await world.evidence(proposal, 0)),
          ).to.be.revertedWithCustomError(attribution, "ResponseTimeOver");
          if (ending === "silent") await attribution.connect(stranger).callSilence(proposal.statement, 0);
          else await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
          await attribution.releaseChallenge(proposal.statement, 0);
          const left = (await bondOf(world, scorer)).free + (await bondOf(world, challenger)).free;
          expect(left).to.equal(2n * DEPOSIT - (bond - bond / 2n));
          expect((await bondOf(world, scorer)).locked + (await bondOf(world, challenger)).locked).to.equal(0);
          expect((await bondOf(world, treasury)).free).to.equal(bond - bond / 2n);
        }
      });
    }

    it("a scorer that has no weights and challenges itself by another wallet loses half of its bond", async () => {
      const world = await reported.load();
      const { attribution, scorer, stranger } = world;
      const proposal = await world.propose({ root: ZeroHash });
      await attribution.connect(stranger).challengeLine(proposal.statement, 0);
      await world.networkHelpers.time.increase(DAY);
      await attribution.callSilence(proposal.statement, 0);
      await attribution.releaseChallenge(proposal.statement, 0);
      const { bond } = proposal.statement;
      const left = (await bondOf(world, scorer)).free + (await bondOf(world, stranger)).free;
      expect(left).to.equal(2n * DEPOSIT - (bond - bond / 2n));
    });

    it("forcing pro-rata by refuting oneself costs more each time", async () => {
      const world = await reported.load();
      const { attribution, scorer, treasury } = world;
      const first = (firstPool(world.spec) * 200n) / 10_000n;
      const costs: bigint[] = [];
      for (let voided = 0; voided < VOIDS; voided++) {
        const before = (await bondOf(world, scorer)).free;
        const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
        const bond = first * 2n ** BigInt(voided);
        expect(proposal.statement.bond).to.equal(bond);
        await attribution.connect(scorer).refute(proposal.statement, await world.evidence(proposal, 0));
        costs.push(before - (await bondOf(world, scorer)).free);
        expect(costs.at(-1)).to.equal(bond - bond / 2n);
      }
      // 1 + 2 + 4 + … + 128 half-bonds: the first is rounded up, all others are whole first bonds.
      const paid = first - first / 2n + 127n * first;
      expect(sum(costs)).to.equal(paid);
      expect(paid).to.equal((255n * first + 1n) / 2n);
      expect((await bondOf(world, treasury)).free).to.equal(paid);
      const { free, locked } = await bondOf(world, scorer);
      expect([free, locked]).to.deep.equal([DEPOSIT - paid, 0n]);
      await expect(world.send({})).to.be.revertedWithCustomError(attribution, "TooManyVoids");
      await attribution.fallBack(world.stream, 0);
    });

    it("bonds are conserved over challenges, defences, voids and a final statement", async () => {
      const world = await reported.load();
      const { attribution, scorer, challenger, stranger, treasury, vault, currency } = world;
      const held = await currency.balanceOf(vault);
      const bad = await world.propose({ weights: changed(world.weights, 0, 3n) });
      await attribution.connect(challenger).challengeLine(bad.statement, 0);
      await attribution.connect(stranger).challengeLine(bad.statement, 1);
      await attribution.connect(scorer).defendLine(bad.statement, await world.evidence(bad, 1));
      await attribution.connect(stranger).refute(bad.statement, await world.evidence(bad, 0));
      await attribution.releaseChallenge(bad.statement, 0);
      const good = await world.propose({ by: stranger });
      await attribution.connect(challenger).challengeLine(good.statement, 2);
      await attribution.connect(treasury).defendLine(good.statement, await world.evidence(good, 2));
      await world.finalise(good);
      let owned = 0n;
      for (const account of [scorer, challenger, stranger, treasury]) {
        const { free, locked } = await bondOf(world, account);
        expect(locked).to.equal(0);
        owned += free;
      }
      expect(owned).to.equal(held);
      expect(await currency.balanceOf(vault)).to.equal(held);
    });

    it("a challenge can't be paid with another's deposit or with locked bonds", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, challenger, vault } = world;
      await vault.connect(challenger).requestWithdrawal(attribution, DEPOSIT - CHALLENGE_BOND);
      await attribution.connect(challenger).challengeLine(proposal.statement, 0);
      await expect(attribution.connect(challenger).challengeLine(proposal.statement, 1))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(await attribution.getAddress(), challenger.address, 0, CHALLENGE_BOND);
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
        await expect(world.attribution.defendLine(crooked.statement, await world.evidence(crooked, 1)))
          .to.be.revertedWithCustomError(world.attribution, "LineIsWrong")
          .withArgs(1, 9, 0);
        await expect(world.attribution.refute(crooked.statement, await world.evidence(crooked, 1)))
          .to.emit(world.attribution, "LineRefuted")
          .withArgs(crooked.hash, 1, anyValue, 9, 0);
        const honest = await world.propose();
        await expect(world.attribution.refute(honest.statement, await world.evidence(honest, 1)))
          .to.be.revertedWithCustomError(world.attribution, "LineIsRight")
          .withArgs(1, 0);
        await world.attribution.connect(world.challenger).challengeLine(honest.statement, 1);
        await world.attribution.defendLine(honest.statement, await world.evidence(honest, 1));
        await world.finalise(honest);
      });
    }
  });
});
