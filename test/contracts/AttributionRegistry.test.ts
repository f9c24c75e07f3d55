import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { expect } from "chai";
import { dataSlice, id, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { payoutHash } from "../../client/index.ts";
import {
  BOND_FLOOR,
  buildReportedWorld,
  buildWorld,
  changed,
  DAY,
  DEPOSIT,
  firstPool,
  hashOf,
  HOUR,
  type Proposal,
  SMALL,
  STATUS,
  sum,
  type World,
} from "../support/attributionWorld.ts";
import { lineAmounts, sumTree } from "../support/formats.ts";
import { statementStages } from "../support/statementStages.ts";

const VOIDS = 8;
/** A payment of whose pool 2 % are an odd number of wei. */
const ODD_BOND = 50_000_000_933n;
/** What stands where no statement is live. */
const NO_ID = `0x${"00".repeat(29)}`;
/** The digest of a note that says why an interval is rejected. */
const NOTE = id("the report contradicts the receipts");

describe("AttributionRegistry", () => {
  const { suite, reported, proposed, wrong, silent } = statementStages();
  const committed = suite.step((deployed) => buildWorld(deployed));
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
      await world.refute(await world.propose({ weights: changed(world.weights, 0, 1n) }), 0, world.scorer);
    }
    return world;
  });

  /** The bond of a statement of the first interval after some were voided. */
  const bondFor = (world: World, voids: number): bigint => {
    const part = (firstPool(world.spec) * 200n) / 10_000n;
    return (part > BOND_FLOOR ? part : BOND_FLOOR) * 2n ** BigInt(voids);
  };

  describe("deployment", () => {
    const VALID = {
      window: DAY,
      responseTime: HOUR,
      fallbackTime: DAY + 7 * HOUR + 1,
      proposingPeriod: HOUR,
      bondFloor: 1,
      challengeBond: 2,
    };
    const deployWith = async (changes: Partial<typeof VALID> & { treasury?: string }) => {
      const { ethers, datasets, ledger, usage, indexes, vault, treasury } = await suite.load();
      const factory = await ethers.getContractFactory("AttributionRegistry");
      const parameters = { ...VALID, treasury: treasury.address, ...changes };
      const deployed = factory.deploy(datasets, ledger, usage, indexes, vault, parameters);
      return { factory, deployed, treasury, vault, usage, indexes, datasets, ledger, ethers };
    };

    it("takes the shortest times that are allowed", async () => {
      const { deployed, treasury, vault, usage, indexes, datasets, ledger, ethers } = await deployWith({});
      const attribution = await deployed;
      expect(await attribution.PAYOUTS()).to.equal(await ledger.PAYOUTS());
      expect(await attribution.WINDOW()).to.equal(DAY);
      expect(await attribution.RESPONSE_TIME()).to.equal(HOUR);
      expect(await attribution.FALLBACK_TIME()).to.equal(DAY + 7 * HOUR + 1);
      expect(await attribution.PROPOSING_PERIOD()).to.equal(HOUR);
      expect(await attribution.BOND_FLOOR()).to.equal(1);
      expect(await attribution.CHALLENGE_BOND()).to.equal(2);
      expect(await attribution.TREASURY()).to.equal(treasury.address);
      const challenges = await ethers.getContractAt("ChallengeRegistry", await attribution.CHALLENGES());
      expect(await challenges.ATTRIBUTION()).to.equal(await attribution.getAddress());
      expect(await challenges.DATASETS()).to.equal(await datasets.getAddress());
      expect(await challenges.WINDOW()).to.equal(DAY);
      expect(await challenges.RESPONSE_TIME()).to.equal(HOUR);
      expect(await challenges.CHALLENGE_BOND()).to.equal(2);
      expect(await attribution.VAULT()).to.equal(await vault.getAddress());
      expect(await attribution.USAGE()).to.equal(await usage.getAddress());
      expect(await attribution.INDEXES()).to.equal(await indexes.getAddress());
      expect(await attribution.DATASETS()).to.equal(await datasets.getAddress());
    });

    it("has the fixed bounds that the page on deployments names", async () => {
      const { attribution, challenges } = await suite.load();
      expect([await attribution.BOND_BPS(), await attribution.SCORER_FEE_CAP_BPS()]).to.deep.equal([200n, 1_000n]);
      expect([await attribution.MAX_VOIDS(), await attribution.MAX_POSTED()]).to.deep.equal([8n, 256n]);
      expect([await attribution.MAX_TURNS(), await attribution.MIN_RESPONSE_TIME()]).to.deep.equal([7n, BigInt(HOUR)]);
      expect(await challenges.LEVELS_SHOWN()).to.equal(8n);
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
      ["a fallback time that window and seven turns use up", { fallbackTime: DAY + 7 * HOUR }],
      ["a fallback time of more than a year", { fallbackTime: 365 * DAY + 1 }],
      ["a proposing period of more than a year", { proposingPeriod: 365 * DAY + 1 }],
    ];
    for (const [what, changes] of outOfRange) {
      it(`attack 27: refuses ${what}`, async () => {
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
        const settlement = await attribution.settlementOf(stream, 0);
        expect(settlement.statementId).to.equal(dataSlice(hash, 0, 29));
        expect(await attribution.requireLive(stream, 0, hash)).to.equal(0);
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
        expect((await world.settlementOf()).status).to.equal(STATUS.proposed);
      });

      it("locks two percent of the pool", async () => {
        const { world } = await proposed.load();
        const bond = (firstPool(world.spec) * 200n) / 10_000n;
        expect(bond).to.be.greaterThan(BOND_FLOOR);
        expect((await world.bondOf(world.scorer)).locked).to.equal(bond);
        expect((await world.bondOf(world.scorer)).free).to.equal(DEPOSIT - bond);
      });

      it("locks the floor where two percent are less", async () => {
        const world = await buildReportedWorld(await suite.load(), { payment: 1_000n });
        await world.propose();
        expect((await world.bondOf(world.scorer)).locked).to.equal(BOND_FLOOR);
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
            expect((await world.bondOf(world.scorer)).locked).to.equal(proposal.statement.bond);
            await world.refute(proposal, 0);
          }
        });
      }

      it("doubles no bond for what was voided in another interval", async () => {
        const world = await reported.load();
        const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
        await world.refute(proposal, 0);
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
        await world.refute(proposal, 0);
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
        const { deadline } = await world.settlementOf();
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
      it("attack 15: refuses a second statement beside a live one", async () => {
        const { world } = await proposed.load();
        await expect(world.send({ by: world.stranger }))
          .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
          .withArgs(world.stream, 0, STATUS.proposed);
      });

      it("attack 15: refuses a statement after a final one", async () => {
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
        const { deadline } = await world.settlementOf();
        await world.networkHelpers.time.setNextBlockTimestamp(deadline);
        await expect(world.send({}))
          .to.be.revertedWithCustomError(world.attribution, "DeadlinePassed")
          .withArgs(deadline);
      });
    });

    describe("when something that it follows from is missing", () => {
      it("attack 15: refuses an interval that wasn't cut", async () => {
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

  describe("proposeWeights", () => {
    const rows = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ exponent: 0, lanes: [i + 1, ...new Array<number>(15).fill(0)] }));
    /** Lines beyond the first three are those of contributions without rows, and weigh nothing. */
    const posting = async (n: number) =>
      buildReportedWorld(await suite.load(), {
        rowCounts: SMALL.rowCounts.slice(0, n),
        rows: rows(n),
        q: [100, ...new Array<number>(15).fill(0)],
      });
    const post = (world: World, weights: readonly bigint[], feeBps = 0) =>
      world.attribution.connect(world.scorer).proposeWeights(world.stream, 0, [...weights], feeBps);

    for (const n of [1, 2, 3, 4, 5, 9, 255, 256]) {
      it(`builds the tree of ${n} weights, and shows them all`, async () => {
        const world = await posting(n);
        const { attribution, stream, weights } = world;
        const transaction = post(world, weights, 100);
        await expect(transaction).to.emit(attribution, "WeightsPosted").withArgs(stream, 0, weights);
        await expect(transaction).to.emit(attribution, "StatementProposed").withArgs(stream, 0, anyValue, anyValue, "");
        const { statement, hash } = await world.proposalIn(await transaction);
        const tree = sumTree(weights);
        expect([statement.payout.root, statement.payout.total]).to.deep.equal([tree.root, tree.total]);
        expect([statement.payout.lines, statement.scorer]).to.deep.equal([BigInt(n), world.scorer.address]);
        expect(statement.fee).to.equal(firstPool(world.spec) / 100n);
        expect(hash).to.equal(hashOf(statement));
        expect((await world.settlementOf()).statementId).to.equal(dataSlice(hash, 0, 29));
        expect((await world.bondOf(world.scorer)).locked).to.equal(statement.bond);
      });
    }

    it("returns the statement", async () => {
      const world = await reported.load();
      const { attribution, stream, scorer, weights } = world;
      const statement = await attribution.connect(scorer).proposeWeights.staticCall(stream, 0, weights, 7);
      expect(statement.payout.root).to.equal(sumTree(weights).root);
    });

    it("makes a statement that can be opened, refuted and made final like any other", async () => {
      const world = await reported.load();
      const crooked = await world.proposalIn(await post(world, changed(world.weights, 1, 9n)), {
        weights: changed(world.weights, 1, 9n),
      });
      await world.challenge(crooked, 2, 0);
      await world.open(crooked, 2, 0);
      await world.refute(crooked, 1);
      const honest = await world.proposalIn(await post(world, world.weights));
      await world.finalise(honest);
      await world.payouts.claim([world.claimOf(honest, [0, 1, 2])]);
      const amounts = lineAmounts(firstPool(world.spec), world.weights);
      for (const [i, contributor] of world.contributors.entries()) {
        expect(await world.currency.balanceOf(contributor)).to.equal(amounts[i]);
      }
    });

    it("refuses weights that aren't one for each line", async () => {
      const world = await reported.load();
      for (const weights of [[], world.weights.slice(1), [...world.weights, 0n]]) {
        await expect(post(world, weights))
          .to.be.revertedWithCustomError(world.attribution, "WeightsOutOfRange")
          .withArgs(weights.length, 3, 256);
      }
    });

    it("refuses more than 256 weights", async () => {
      const world = await posting(257);
      await expect(post(world, world.weights))
        .to.be.revertedWithCustomError(world.attribution, "WeightsOutOfRange")
        .withArgs(257, 257, 256);
    });

    it("attack 24: refuses weights that add up to nothing, or to more than 144 bits", async () => {
      const world = await reported.load();
      await expect(post(world, [0n, 0n, 0n])).to.be.revertedWithCustomError(world.attribution, "EmptyStatement");
      const most = 2n ** 144n - 1n;
      await expect(post(world, [most, 1n, 0n]))
        .to.be.revertedWithCustomError(world.attribution, "SafeCastOverflowedUintDowncast")
        .withArgs(144, most + 1n);
      await post(world, [most, 0n, 0n]);
    });

    it("refuses what propose refuses", async () => {
      const { world } = await proposed.load();
      await expect(post(world, world.weights, 1_001))
        .to.be.revertedWithCustomError(world.attribution, "ScorerFeeTooHigh")
        .withArgs(1_001, 1_000);
      await expect(post(world, world.weights))
        .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
        .withArgs(world.stream, 0, STATUS.proposed);
    });

    it("refuses a stream that the model doesn't have", async () => {
      const { attribution, stream, models, model } = await reported.load();
      await expect(attribution.proposeWeights(stream + 1n, 0, [], 0))
        .to.be.revertedWithCustomError(models, "StreamNotFound")
        .withArgs(model, 1);
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
      expect((await world.settlementOf()).status).to.equal(STATUS.final);
      expect((await world.settlementOf()).statementId).to.equal(NO_ID);
      expect(await payouts.isFinal(payoutHash(proposal.statement.payout))).to.equal(true);
      expect((await world.bondOf(scorer)).free).to.equal(DEPOSIT);
      expect((await world.bondOf(scorer)).locked).to.equal(0);
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
      const { attribution, networkHelpers, stranger } = world;
      await networkHelpers.time.increaseTo(world.closesAt(proposal) - BigInt(HOUR));
      await world.challenge(proposal, 0, 0);
      await world.challenge(proposal, 0, 2, stranger);
      await networkHelpers.time.increase(2 * HOUR);
      for (const [left, index] of [
        [2, 2],
        [1, 0],
      ] as const) {
        await expect(attribution.finalise(proposal.statement))
          .to.be.revertedWithCustomError(attribution, "ChallengesOpen")
          .withArgs(left);
        await world.defend(proposal, index);
      }
      await attribution.finalise(proposal.statement);
    });

    it("waits until what the last answer shows can't be challenged any more", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, networkHelpers } = world;
      await networkHelpers.time.increaseTo(world.closesAt(proposal) - BigInt(HOUR));
      await world.challenge(proposal, 2, 0);
      await world.open(proposal, 2, 0);
      const shownUntil = (await world.now()) + BigInt(DAY);
      expect(shownUntil).to.be.greaterThan(world.closesAt(proposal));
      await networkHelpers.time.setNextBlockTimestamp(shownUntil - 1n);
      await expect(attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(attribution, "NodesShown")
        .withArgs(shownUntil);
      await networkHelpers.time.setNextBlockTimestamp(shownUntil);
      await attribution.finalise(proposal.statement);
      expect((await world.settlementOf()).status).to.equal(STATUS.final);
    });

    it("doesn't wait for nodes that were shown early in the window", async () => {
      const { world, proposal } = await proposed.load();
      await world.challenge(proposal, 2, 0);
      await world.open(proposal, 2, 0);
      await world.networkHelpers.time.setNextBlockTimestamp(world.closesAt(proposal));
      await world.attribution.finalise(proposal.statement);
    });

    it("is closed for good to a statement with a challenge that nobody answered in time", async () => {
      const { world, proposal } = await silent.load();
      await world.networkHelpers.time.increase(30 * DAY);
      await expect(world.attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(world.attribution, "ChallengesOpen")
        .withArgs(1);
      await world.callSilence(proposal, 0, 0);
    });

    it("refuses a statement that isn't live: a final one, and one with a field changed", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution } = world;
      const statement = { ...proposal.statement, bond: proposal.statement.bond - 1n };
      await expect(attribution.finalise(statement))
        .to.be.revertedWithCustomError(attribution, "StatementNotLive")
        .withArgs(hashOf(statement));
      await world.finalise(proposal);
      await expect(attribution.finalise(proposal.statement))
        .to.be.revertedWithCustomError(attribution, "StatementNotLive")
        .withArgs(proposal.hash);
    });
  });

  describe("fallBack", () => {
    it("divides the whole pool pro-rata when the deadline passed without a statement", async () => {
      const world = await reported.load();
      const { attribution, payouts, stream, networkHelpers } = world;
      const { deadline } = await world.settlementOf();
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      const fallback = attribution.fallBack(stream, 0);
      await expect(fallback).to.emit(attribution, "FellBack").withArgs(stream, 0, firstPool(world.spec));
      await expect(fallback).to.emit(payouts, "PoolFellBack").withArgs(stream, firstPool(world.spec));
      expect((await world.settlementOf()).status).to.equal(STATUS.proRata);
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
      expect((await world.settlementOf()).status).to.equal(STATUS.proRata);
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
      expect((await world.settlementOf()).voids).to.equal(VOIDS);
    });

    it("waits for the deadline that the latest void has moved", async () => {
      const world = await reported.load();
      const { attribution, stream, networkHelpers } = world;
      const { deadline } = await world.settlementOf();
      await networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      const proposal = await world.propose({ weights: changed(world.weights, 1, 5n) });
      await world.refute(proposal, 1);
      const moved = (await world.settlementOf()).deadline;
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

  describe("rejectInterval", () => {
    const reject = (world: World, by = world.curator, interval = 0) =>
      world.attribution.connect(by).rejectInterval(world.stream, interval, NOTE);

    it("divides the whole pool pro-rata, at the word of the dataset's owner", async () => {
      const world = await reported.load();
      const { attribution, payouts, stream } = world;
      const rejection = reject(world);
      await expect(rejection).to.emit(attribution, "IntervalRejected").withArgs(stream, 0, ZeroHash, NOTE);
      await expect(rejection).to.emit(attribution, "FellBack").withArgs(stream, 0, firstPool(world.spec));
      await expect(rejection).to.emit(payouts, "PoolFellBack").withArgs(stream, firstPool(world.spec));
      expect((await world.settlementOf()).status).to.equal(STATUS.proRata);
      expect((await payouts.accountOf(stream)).fallbackPools).to.equal(firstPool(world.spec));
      await expect(world.send({}))
        .to.be.revertedWithCustomError(attribution, "WrongSettlementStatus")
        .withArgs(stream, 0, STATUS.proRata);
    });

    it("takes an interval whose statement was voided, and one whose deadline has passed", async () => {
      const { world, proposal } = await wrong.load();
      await world.refute(proposal, 0);
      await world.networkHelpers.time.increase(30 * DAY);
      await reject(world);
      const { status, voids } = await world.settlementOf();
      expect([status, voids]).to.deep.equal([STATUS.proRata, 1n]);
    });

    it("leaves other intervals as they are", async () => {
      const world = await reported.load();
      await reject(world);
      await world.pay(world.spec.payment);
      await world.networkHelpers.time.increase(DAY);
      await world.usage.cut(world.model);
      await world.report(1);
      await world.propose({ interval: 1 });
    });

    it("refuses whoever isn't the dataset's owner: the model's owner, the operator, a curator, a former owner", async () => {
      const world = await reported.load();
      const { attribution, datasets, dataset, stream, curator, owner, operator, stranger } = world;
      await datasets.connect(curator).setCurator(dataset, stranger, true);
      for (const by of [owner, operator, stranger]) {
        await expect(reject(world, by))
          .to.be.revertedWithCustomError(attribution, "NotDatasetOwner")
          .withArgs(stream, by.address);
      }
      await datasets.connect(curator).transferFrom(curator, owner, dataset);
      await expect(reject(world))
        .to.be.revertedWithCustomError(attribution, "NotDatasetOwner")
        .withArgs(stream, curator.address);
      await reject(world, owner);
    });

    it("refuses an interval with a live statement", async () => {
      const { world } = await proposed.load();
      await expect(reject(world))
        .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
        .withArgs(world.stream, 0, STATUS.proposed);
    });

    it("refuses an interval with a final statement, and one that is pro-rata", async () => {
      const { world } = await final.load();
      await expect(reject(world))
        .to.be.revertedWithCustomError(world.attribution, "WrongSettlementStatus")
        .withArgs(world.stream, 0, STATUS.final);
      const ended = await proRata.load();
      await expect(reject(ended))
        .to.be.revertedWithCustomError(ended.attribution, "WrongSettlementStatus")
        .withArgs(ended.stream, 0, STATUS.proRata);
    });

    it("refuses an interval that wasn't cut, and a stream that the model doesn't have", async () => {
      const world = await reported.load();
      const { attribution, curator, usage, models, stream, model } = world;
      await expect(reject(world, curator, 1))
        .to.be.revertedWithCustomError(usage, "IntervalNotFound")
        .withArgs(model, 1);
      await expect(attribution.connect(curator).rejectInterval(stream + 1n, 0, NOTE))
        .to.be.revertedWithCustomError(models, "StreamNotFound")
        .withArgs(model, 1);
    });
  });

  describe("rejectStatement", () => {
    const reject = (world: World, { statement }: Proposal, by = world.curator) =>
      world.attribution.connect(by).rejectStatement(statement, NOTE);

    it("ends the interval pro-rata and gives the scorer its bond back", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, payouts, stream, scorer, treasury } = world;
      const rejection = reject(world, proposal);
      await expect(rejection).to.emit(attribution, "IntervalRejected").withArgs(stream, 0, proposal.hash, NOTE);
      await expect(rejection).to.emit(attribution, "FellBack").withArgs(stream, 0, firstPool(world.spec));
      await expect(rejection).to.emit(payouts, "PoolFellBack").withArgs(stream, firstPool(world.spec));
      const { status, voids, statementId } = await world.settlementOf();
      expect([status, voids, statementId]).to.deep.equal([STATUS.proRata, 0n, NO_ID]);
      expect(await world.wonBy(scorer)).to.equal(0);
      expect((await world.bondOf(treasury)).free).to.equal(0);
    });

    it("gives back the whole pool, the scorer's fee too", async () => {
      const world = await reported.load();
      await reject(world, await world.propose({ feeBps: 1_000 }));
      expect((await world.payouts.accountOf(world.stream)).fallbackPools).to.equal(firstPool(world.spec));
      expect(await world.ledger.balanceOf(world.scorer)).to.equal(0);
    });

    it("works as long as the statement isn't final", async () => {
      const { world, proposal } = await proposed.load();
      await world.networkHelpers.time.increase(60 * DAY);
      await reject(world, proposal);
    });

    it("refuses whoever isn't the dataset's owner", async () => {
      const { world, proposal } = await proposed.load();
      for (const by of [world.owner, world.scorer, world.stranger]) {
        await expect(reject(world, proposal, by))
          .to.be.revertedWithCustomError(world.attribution, "NotDatasetOwner")
          .withArgs(world.stream, by.address);
      }
    });

    it("refuses a statement that isn't live: final, voided, rejected before, or changed in a field", async () => {
      const { world, proposal } = await final.load();
      const notLive = async (one: Proposal) => {
        await expect(reject(world, one))
          .to.be.revertedWithCustomError(world.attribution, "StatementNotLive")
          .withArgs(hashOf(one.statement));
      };
      await notLive(proposal);
      await reported.load();
      const voided = await world.propose({ weights: changed(world.weights, 0, 1n) });
      await world.refute(voided, 0);
      await notLive(voided);
      const next = await world.propose();
      await notLive(voided);
      await notLive({ ...next, statement: { ...next.statement, scorer: world.stranger.address } });
      await reject(world, next);
      await notLive(next);
    });
  });

  describe("what only the challenge registry may call", () => {
    const calls: [string, (world: World, proposal: Proposal) => Promise<unknown>][] = [
      [
        "enterChallenge",
        ({ attribution, stream, stranger, scorer }, { hash }) =>
          attribution.connect(stranger).enterChallenge(stream, 0, hash, scorer),
      ],
      [
        "leaveChallenge",
        ({ attribution, stream, stranger }, { hash }) => attribution.connect(stranger).leaveChallenge(stream, 0, hash),
      ],
      [
        "voidStatement",
        ({ attribution, stranger }, { statement }) => attribution.connect(stranger).voidStatement(statement, stranger),
      ],
      [
        "payChallenge",
        ({ attribution, scorer, stranger }) => attribution.connect(stranger).payChallenge(scorer, stranger, 1),
      ],
    ];
    for (const [name, call] of calls) {
      it(`${name}: refused from anyone else`, async () => {
        const { world, proposal } = await proposed.load();
        await world.challenge(proposal, 0, 0);
        await expect(call(world, proposal))
          .to.be.revertedWithCustomError(world.attribution, "NotChallenges")
          .withArgs(world.stranger.address);
      });
    }
  });

  describe("a void", () => {
    it("gives half of the bond to who is rewarded, and the odd wei with the rest to the treasury", async () => {
      const world = await buildReportedWorld(await suite.load(), { payment: ODD_BOND });
      const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
      const { bond } = proposal.statement;
      expect(bond % 2n).to.equal(1n);
      const refutation = world.refute(proposal, 0);
      await expect(refutation)
        .to.emit(world.attribution, "StatementVoided")
        .withArgs(world.stream, 0, proposal.hash, world.stranger.address, bond / 2n, anyValue);
      expect(await world.wonBy(world.scorer)).to.equal(-bond);
      expect(await world.wonBy(world.stranger)).to.equal((bond - 1n) / 2n);
      expect((await world.bondOf(world.treasury)).free).to.equal((bond + 1n) / 2n);
    });

    for (const [what, late, moved] of [
      ["leaves a deadline that is a proposing period away", 0n, 0n],
      ["moves a deadline that is a second nearer", 1n, 1n],
      ["moves a deadline that has passed", BigInt(30 * DAY), BigInt(30 * DAY)],
    ] as const) {
      it(what, async () => {
        const { world, proposal } = await wrong.load();
        const { deadline } = await world.settlementOf();
        const evidence = await world.evidence(proposal, 0);
        await world.networkHelpers.time.setNextBlockTimestamp(deadline - BigInt(5 * DAY) + late);
        await expect(world.challenges.connect(world.stranger).refute(proposal.statement, evidence))
          .to.emit(world.attribution, "StatementVoided")
          .withArgs(world.stream, 0, proposal.hash, world.stranger.address, anyValue, deadline + moved);
        expect((await world.settlementOf()).deadline).to.equal(deadline + moved);
      });
    }

    it("opens the interval with its whole pool until the fallback at least, and counts", async () => {
      const { world, proposal } = await wrong.load();
      const { deadline } = await world.settlementOf();
      await world.refute(proposal, 0);
      const after = await world.settlementOf();
      expect([after.status, after.deadline]).to.deep.equal([STATUS.open, deadline]);
      const { statement } = await world.propose();
      expect([statement.attempt, statement.payout.pool]).to.deep.equal([1n, firstPool(world.spec)]);
    });

    it("attack 14: never moves a deadline back", async () => {
      const world = await reported.load();
      const { deadline } = await world.settlementOf();
      await world.networkHelpers.time.setNextBlockTimestamp(deadline - 1n);
      const first = await world.propose({ weights: changed(world.weights, 0, 1n) });
      await world.refute(first, 0);
      const moved = (await world.settlementOf()).deadline;
      expect(moved).to.equal((await world.now()) + BigInt(5 * DAY));
      const second = await world.propose({ weights: changed(world.weights, 0, 1n) });
      await world.refute(second, 0);
      expect((await world.settlementOf()).deadline).to.equal((await world.now()) + BigInt(5 * DAY));
      expect((await world.settlementOf()).deadline).to.be.greaterThan(moved);
    });
  });

  describe("views", () => {
    it("tell the bond that the next statement takes", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, stream } = world;
      expect(await attribution.bondFor(stream, 0)).to.equal(proposal.statement.bond);
      await world.refute(proposal, 0);
      expect(await attribution.bondFor(stream, 0)).to.equal(2n * proposal.statement.bond);
      expect((await world.propose()).statement.bond).to.equal(2n * proposal.statement.bond);
      await expect(attribution.bondFor(stream, 1)).to.be.revertedWithCustomError(world.usage, "IntervalNotFound");
    });

    it("tell the deadline and state of an interval that nobody touched", async () => {
      const world = await reported.load();
      const { cutAt } = await world.usage.intervalAt(world.model, 0);
      const settlement = await world.settlementOf();
      expect([...settlement]).to.deep.equal([STATUS.open, 0n, cutAt + BigInt(14 * DAY), 0n, NO_ID]);
    });

    it("tell the challenges and the id of a live statement, and its voids", async () => {
      const { world, proposal } = await wrong.load();
      const { deadline } = await world.settlementOf();
      await world.challenge(proposal, 0, 1);
      await world.challenge(proposal, 1, 0);
      const live = [STATUS.proposed, 0n, deadline, 2n, dataSlice(proposal.hash, 0, 29)];
      expect([...(await world.settlementOf())]).to.deep.equal(live);
      expect(await world.attribution.requireLive(world.stream, 0, proposal.hash)).to.equal(2);
      await world.refute(proposal, 0);
      expect([...(await world.settlementOf())]).to.deep.equal([STATUS.open, 1n, deadline, 0n, NO_ID]);
      const next = await world.propose();
      const second = [STATUS.proposed, 1n, deadline, 0n, dataSlice(next.hash, 0, 29)];
      expect([...(await world.settlementOf())]).to.deep.equal(second);
    });

    it("tell that a statement isn't live", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, stream } = world;
      const other = toBeHex(BigInt(proposal.hash) ^ (1n << 24n), 32);
      await expect(attribution.requireLive(stream, 0, other))
        .to.be.revertedWithCustomError(attribution, "StatementNotLive")
        .withArgs(other);
      await expect(attribution.requireLive(stream, 1, proposal.hash))
        .to.be.revertedWithCustomError(attribution, "StatementNotLive")
        .withArgs(proposal.hash);
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

  describe("attacks", () => {
    it("attack 24: a scorer can't name another payee: the registry's wallet is paid, and another dataset is another statement", async () => {
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

    it("attack 28: forcing pro-rata by refuting oneself costs more each time", async () => {
      const world = await reported.load();
      const { attribution, scorer, treasury } = world;
      const first = (firstPool(world.spec) * 200n) / 10_000n;
      const costs: bigint[] = [];
      for (let voided = 0; voided < VOIDS; voided++) {
        const before = (await world.bondOf(scorer)).free;
        const proposal = await world.propose({ weights: changed(world.weights, 0, 1n) });
        const bond = first * 2n ** BigInt(voided);
        expect(proposal.statement.bond).to.equal(bond);
        await world.refute(proposal, 0, scorer);
        costs.push(before - (await world.bondOf(scorer)).free);
        expect(costs.at(-1)).to.equal(bond - bond / 2n);
      }
      // 1 + 2 + 4 + … + 128 half-bonds: the first is rounded up, all others are whole first bonds.
      const paid = first - first / 2n + 127n * first;
      expect(sum(costs)).to.equal(paid);
      expect(paid).to.equal((255n * first + 1n) / 2n);
      expect((await world.bondOf(treasury)).free).to.equal(paid);
      const { free, locked } = await world.bondOf(scorer);
      expect([free, locked]).to.deep.equal([DEPOSIT - paid, 0n]);
      await expect(world.send({})).to.be.revertedWithCustomError(attribution, "TooManyVoids");
      await attribution.fallBack(world.stream, 0);
    });
  });
});
