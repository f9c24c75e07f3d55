import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { expect } from "chai";
import { AbiCoder, type Addressable, concat, keccak256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
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
      const { ethers, datasets, models, ledger, usage, indexes, vault, treasury } = await suite.load();
      const factory = await ethers.getContractFactory("AttributionRegistry");
      const parameters = { ...VALID, treasury: treasury.address, ...changes };
      const deployed = factory.deploy(datasets, models, ledger, usage, indexes, vault, parameters);
      return { factory, deployed, treasury, vault, usage, indexes, datasets };
    };

    it("takes the shortest times that are allowed", async () => {
      const { deployed, treasury, vault, usage, indexes, datasets } = await deployWith({});
      const attribution = await deployed;
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

    const outOfRange: [string, Partial<typeof VALID>][] = [
      ["a response time below an hour", { responseTime: HOUR - 1 }],
      ["a window shorter than the response time", { window: HOUR - 1 }],
      ["a proposing period shorter than the response time", { proposingPeriod: HOUR - 1 }],
      ["a fallback time that window and four turns use up", { fallbackTime: DAY + 4 * HOUR }],
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
      expect(await attribution.challengeDeadlineOf(proposal.hash, 2, challenger)).to.equal(deadline);
      expect((await attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(1);
      expect((await bondOf(world, challenger)).locked).to.equal(CHALLENGE_BOND);
    });

    it("lets several challengers challenge one line, and one challenger several lines", async () => {
      const { world, proposal } = await challenged.load();
      await world.attribution.connect(world.stranger).challengeLine(proposal.statement, 0);
      await world.attribution.connect(world.challenger).challengeLine(proposal.statement, 1);
      expect((await world.attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(3);
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

    it("refuses the same challenge twice", async () => {
      const { world, proposal } = await challenged.load();
      await expect(world.attribution.connect(world.challenger).challengeLine(proposal.statement, 0))
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
      [
        "voided for silence",
        ({ attribution, challenger }, { statement }) => attribution.callSilence(statement, 0, challenger),
      ],
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
          .withArgs(proposal.hash, index, world.stranger.address);
        expect(await world.attribution.defenderOf(proposal.hash, index)).to.equal(world.stranger.address);
      });
    }

    it("counts after the response time, until silence is called", async () => {
      const { world, proposal } = await silent.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await expect(world.attribution.callSilence(proposal.statement, 0, world.challenger))
        .to.be.revertedWithCustomError(world.attribution, "AlreadyDefended")
        .withArgs(0);
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
      await expect(attribution.connect(world.stranger).callSilence(proposal.statement, 0, challenger))
        .to.emit(attribution, "StatementVoided")
        .withArgs(stream, 0, proposal.hash, challenger.address, bond / 2n, anyValue);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND + bond / 2n);
      expect((await bondOf(world, world.treasury)).free).to.equal(bond - bond / 2n);
      expect((await attribution.settlementOf(stream, 0)).openChallenges).to.equal(0);
    });

    it("waits for the last second of the response time", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, challenger, networkHelpers } = world;
      const deadline = await attribution.challengeDeadlineOf(proposal.hash, 0, challenger);
      await networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      await expect(attribution.callSilence(proposal.statement, 0, challenger))
        .to.be.revertedWithCustomError(attribution, "ResponseTimeRunning")
        .withArgs(deadline);
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      await attribution.callSilence(proposal.statement, 0, challenger);
    });

    it("refuses a challenge that nobody made", async () => {
      const { world, proposal } = await silent.load();
      await expect(world.attribution.callSilence(proposal.statement, 1, world.challenger))
        .to.be.revertedWithCustomError(world.attribution, "ChallengeNotFound")
        .withArgs(1, world.challenger.address);
    });

    it("refuses a line that was proved", async () => {
      const { world, proposal } = await challenged.load();
      await world.attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await world.networkHelpers.time.increase(2 * DAY);
      await expect(world.attribution.callSilence(proposal.statement, 0, world.challenger))
        .to.be.revertedWithCustomError(world.attribution, "AlreadyDefended")
        .withArgs(0);
    });
  });

  describe("settleChallenge", () => {
    it("gives the bond to who defended the line", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(stranger).defendLine(proposal.statement, await world.evidence(proposal, 0));
      await expect(attribution.settleChallenge(proposal.statement, 0, challenger))
        .to.emit(attribution, "ChallengeSettled")
        .withArgs(proposal.hash, 0, challenger.address, stranger.address);
      expect((await bondOf(world, stranger)).free).to.equal(DEPOSIT + CHALLENGE_BOND);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT - CHALLENGE_BOND);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
      expect((await attribution.settlementOf(world.stream, 0)).openChallenges).to.equal(0);
      expect(await attribution.challengeDeadlineOf(proposal.hash, 0, challenger)).to.equal(0);
    });

    it("gives the bonds of all challengers of a line to one defender", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, challenger, stranger, scorer } = world;
      await attribution.connect(stranger).challengeLine(proposal.statement, 0);
      await attribution.connect(scorer).defendLine(proposal.statement, await world.evidence(proposal, 0));
      await attribution.settleChallenge(proposal.statement, 0, challenger);
      await attribution.settleChallenge(proposal.statement, 0, stranger);
      const { bond } = proposal.statement;
      expect((await bondOf(world, scorer)).free).to.equal(DEPOSIT - bond + 2n * CHALLENGE_BOND);
    });

    it("gives the bond back when the statement was voided by somebody else", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      await expect(attribution.settleChallenge(proposal.statement, 1, challenger))
        .to.emit(attribution, "ChallengeSettled")
        .withArgs(proposal.hash, 1, challenger.address, challenger.address);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT);
      expect((await bondOf(world, challenger)).locked).to.equal(0);
    });

    it("gives the bond back for a line that was defended before the statement was voided", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenger, stranger } = world;
      await attribution.connect(challenger).challengeLine(proposal.statement, 1);
      await attribution.defendLine(proposal.statement, await world.evidence(proposal, 1));
      await attribution.connect(stranger).refute(proposal.statement, await world.evidence(proposal, 0));
      await attribution.settleChallenge(proposal.statement, 1, challenger);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT);
    });

    it("gives the bond back to the challenger whose silence was called", async () => {
      const { world, proposal } = await silent.load();
      const { attribution, challenger } = world;
      await attribution.callSilence(proposal.statement, 0, challenger);
      await attribution.settleChallenge(proposal.statement, 0, challenger);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT + proposal.statement.bond / 2n);
    });

    it("refuses a challenge of a live statement that nobody answered", async () => {
      const { world, proposal } = await challenged.load();
      await expect(world.attribution.settleChallenge(proposal.statement, 0, world.challenger))
        .to.be.revertedWithCustomError(world.attribution, "LineUnanswered")
        .withArgs(0);
    });

    it("refuses a challenge that nobody made", async () => {
      const { world, proposal } = await challenged.load();
      await expect(world.attribution.settleChallenge(proposal.statement, 0, world.stranger))
        .to.be.revertedWithCustomError(world.attribution, "ChallengeNotFound")
        .withArgs(0, world.stranger.address);
    });

    it("refuses to settle a challenge twice", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution, challenger } = world;
      await attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await attribution.settleChallenge(proposal.statement, 0, challenger);
      await expect(attribution.settleChallenge(proposal.statement, 0, challenger))
        .to.be.revertedWithCustomError(attribution, "ChallengeNotFound")
        .withArgs(0, challenger.address);
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
      expect(await payouts.payoutHashOf(stream, 0)).not.to.equal(ZeroHash);
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

    it("waits for open challenges, also for answered ones that aren't settled", async () => {
      const { world, proposal } = await challenged.load();
      const { attribution } = world;
      await world.networkHelpers.time.increase(4 * DAY);
      await expect(attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(attribution, "ChallengesOpen")
        .withArgs(1);
      await attribution.defendLine(proposal.statement, await world.evidence(proposal, 0));
      await expect(attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(attribution, "ChallengesOpen")
        .withArgs(1);
      await attribution.settleChallenge(proposal.statement, 0, world.challenger);
      await attribution.finalise(proposal.statement);
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
      await world.attribution.callSilence(proposal.statement, 0, world.challenger);
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
      await expect(attribution.callSilence(second.statement, 0, challenger)).to.be.revertedWithCustomError(
        attribution,
        "ChallengeNotFound",
      );
      expect(await attribution.defenderOf(second.hash, 1)).to.equal(ZeroAddress);
      await attribution.settleChallenge(proposal.statement, 0, challenger);
      await attribution.settleChallenge(proposal.statement, 1, challenger);
      expect((await attribution.settlementOf(stream, 0)).openChallenges).to.equal(0);
      expect((await bondOf(world, challenger)).free).to.equal(DEPOSIT);
    });

    it("a scorer that challenges itself by another wallet loses half of its bond", async () => {
      const world = await reported.load();
      const { attribution, scorer, stranger } = world;
      const proposal = await world.propose({ root: ZeroHash });
      await attribution.connect(stranger).challengeLine(proposal.statement, 0);
      await world.networkHelpers.time.increase(DAY);
      await attribution.callSilence(proposal.statement, 0, stranger);
      await attribution.settleChallenge(proposal.statement, 0, stranger);
      const { bond } = proposal.statement;
      const left = (await bondOf(world, scorer)).free + (await bondOf(world, stranger)).free;
      expect(left).to.equal(2n * DEPOSIT - (bond - bond / 2n));
    });

    it("a scorer that refutes itself loses half of its bond, and so eight voids cost half of eight bonds", async () => {
      const world = await eightVoids.load();
      const bond = (firstPool(world.spec) * 200n) / 10_000n;
      expect((await bondOf(world, world.scorer)).free).to.equal(DEPOSIT - BigInt(VOIDS) * (bond - bond / 2n));
      expect((await bondOf(world, world.scorer)).locked).to.equal(0);
    });

    it("bonds are conserved over challenges, defences, voids and a final statement", async () => {
      const world = await reported.load();
      const { attribution, scorer, challenger, stranger, treasury, vault, currency } = world;
      const held = await currency.balanceOf(vault);
      const bad = await world.propose({ weights: changed(world.weights, 0, 3n) });
      await attribution.connect(challenger).challengeLine(bad.statement, 0);
      await attribution.connect(stranger).challengeLine(bad.statement, 1);
      await attribution.connect(scorer).defendLine(bad.statement, await world.evidence(bad, 1));
      await attribution.settleChallenge(bad.statement, 1, stranger);
      await attribution.connect(stranger).refute(bad.statement, await world.evidence(bad, 0));
      await attribution.settleChallenge(bad.statement, 0, challenger);
      const good = await world.propose({ by: stranger });
      await attribution.connect(challenger).challengeLine(good.statement, 2);
      await attribution.connect(treasury).defendLine(good.statement, await world.evidence(good, 2));
      await attribution.settleChallenge(good.statement, 2, challenger);
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

    it("a row with another number of lanes than q can be neither defended nor refuted", async () => {
      const [first, second, third] = SMALL.rows;
      if (first === undefined || second === undefined || third === undefined) throw new Error("three rows");
      const rows = [first, { ...second, lanes: [1, 2, 3] }, third];
      const world = await buildReportedWorld(await suite.load(), { rows });
      const proposal = await world.propose({ weights: changed(world.weights, 1, 0n) });
      const evidence = await world.evidence(proposal, 1);
      for (const call of [
        world.attribution.defendLine(proposal.statement, evidence),
        world.attribution.refute(proposal.statement, evidence),
      ]) {
        await expect(call).to.be.revertedWithCustomError(world.attribution, "LaneMismatch").withArgs(6, 32);
      }
    });
  });
});
