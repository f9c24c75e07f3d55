import { expect } from "chai";
import { getBytes, ZeroHash } from "ethers";
import { buildReportedWorld, changed, DAY, DOLLAR, STATUS } from "../support/attributionWorld.ts";
import { item } from "../support/fixture.ts";
import { lineAmounts } from "../support/formats.ts";
import { firstStage } from "../support/stages.ts";
import { statementStages } from "../support/statementStages.ts";
import { CALLS, constantsOf, exchanging, functionsOf, SUITE_ROLES } from "./surface.ts";
import { deployOnStrangeToken, strangeToken } from "./tokens.ts";

describe("Attacks on disputes", () => {
  const { suite, reported, proposed, wrong } = statementStages();

  const pausable = firstStage(() => deployOnStrangeToken()).step(async (deployed) => {
    const world = { ...(await buildReportedWorld(deployed)), ...(await strangeToken(deployed)) };
    const weights = changed(world.weights, 0, (world.weights[0] ?? 0n) + 1n);
    return { world, proposal: await world.propose({ weights }) };
  });

  it("attack 30: no call changes a bond, its currency or its vault", async () => {
    const world = await wrong.load();
    for (const role of SUITE_ROLES) {
      expect(functionsOf(world.world[role].interface, "changing"), role).to.deep.equal(CALLS[role]);
    }
    const before = await Promise.all(SUITE_ROLES.map((role) => constantsOf(world.world, role)));
    expect(Object.keys(item(before, SUITE_ROLES.indexOf("attribution")))).to.include.members([
      "BOND_FLOOR",
      "CHALLENGE_BOND",
      "VAULT",
      "WINDOW",
      "RESPONSE_TIME",
    ]);
    await world.world.refute(world.proposal, 0);
    const again = await world.world.propose();
    await world.world.finalise(again);
    expect(await Promise.all(SUITE_ROLES.map((role) => constantsOf(world.world, role)))).to.deep.equal(before);
  });

  it("attack 30: what was locked for a statement is what it loses or gets back, whatever the model earns meanwhile", async () => {
    for (const outcome of ["void", "final"] as const) {
      const { world, proposal } = await (outcome === "void" ? wrong : proposed).load();
      const { attribution, scorer, model, usage, networkHelpers, stream } = world;
      const { bond } = proposal.statement;
      const { free, locked } = await world.bondOf(scorer);
      expect(locked).to.equal(bond);
      await world.pay(10n * world.spec.payment);
      await networkHelpers.time.increase(DAY);
      await usage.cut(model);
      expect(await attribution.bondFor(stream, 1)).not.to.equal(bond);
      if (outcome === "void") await world.refute(proposal, 0);
      else await world.finalise(proposal);
      const after = await world.bondOf(scorer);
      expect(after.locked).to.equal(0n);
      expect(after.free).to.equal(outcome === "void" ? free : free + bond);
      // A bond that says otherwise is another statement's.
      const other = { ...proposal.statement, bond: bond + 1n };
      await expect(attribution.finalise(other)).to.be.revertedWithCustomError(attribution, "StatementNotLive");
    }
  });

  it("attack 31: no call names another arbiter, and no contract can exchange its code", async () => {
    const { ethers, attribution, challenges, payouts, ledger, deployer, ...rest } = await suite.load();
    const deployed = { ethers, attribution, challenges, payouts, ledger, deployer, ...rest };
    for (const role of SUITE_ROLES) {
      const code = getBytes(await ethers.provider.getCode(deployed[role]));
      expect(code.length, role).to.be.greaterThan(100);
      expect(exchanging(code), role).to.deep.equal([]);
    }
    expect(await attribution.CHALLENGES()).to.equal(await challenges.getAddress());
    expect(await challenges.ATTRIBUTION()).to.equal(await attribution.getAddress());
    expect(await payouts.attribution()).to.equal(await attribution.getAddress());
    await expect(payouts.connect(deployer).appoint(deployer)).to.be.revertedWithCustomError(
      payouts,
      "AlreadyAppointed",
    );
  });

  it("attack 31: who decides of a statement was fixed with it: neither sale nor new terms change its window or judges", async () => {
    const { world, proposal } = await wrong.load();
    const { attribution, challenges, datasets, models, curator, owner, stranger, payer } = world;
    await datasets.connect(curator).transferFrom(curator, payer, world.dataset);
    await models.connect(owner).transferFrom(owner, payer, world.model);
    await expect(attribution.connect(curator).rejectStatement(proposal.statement, ZeroHash))
      .to.be.revertedWithCustomError(attribution, "NotDatasetOwner")
      .withArgs(world.stream, curator.address);
    for (const call of [
      () => attribution.connect(payer).voidStatement(proposal.statement, payer),
      () => attribution.connect(payer).leaveChallenge(world.stream, 0, proposal.hash),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(attribution, "NotChallenges").withArgs(payer.address);
    }
    await expect(world.refute(proposal, 0, stranger)).to.emit(challenges, "LineRefuted");
  });

  describe("attack 32: while the currency is paused", () => {
    it("a wrong statement is challenged, walked down and voided: no move of a dispute moves money", async () => {
      const { world, proposal } = await pausable.load();
      await world.behave({ paused: true });
      await world.challenge(proposal, 2, 0);
      await world.open(proposal, 2, 0);
      await world.descend(proposal, 2, 0, 0);
      await expect(world.defend(proposal, 0)).to.be.revertedWithCustomError(world.challenges, "LineIsWrong");
      await world.networkHelpers.time.increase(DAY);
      await world.callSilence(proposal, 0, 0);
      expect((await world.settlementOf()).voids).to.equal(1n);
      await world.settle(proposal, 0, 0);
      expect(await world.wonBy(world.challenger)).to.equal(proposal.statement.bond / 2n);
    });

    it("no statement becomes final, and one that is wrong can be refuted without a bond as long as it isn't", async () => {
      const { world, proposal } = await pausable.load();
      const { attribution, networkHelpers } = world;
      await world.behave({ paused: true });
      await networkHelpers.time.increaseTo(world.closesAt(proposal) + 30n * BigInt(DAY));
      await expect(attribution.finalise(proposal.statement)).to.be.revertedWithCustomError(world.token, "Paused");
      expect((await world.settlementOf()).status).to.equal(STATUS.proposed);
      await world.refute(proposal, 0, world.stranger);
      await world.behave();
      await expect(attribution.finalise(proposal.statement)).to.be.revertedWithCustomError(
        attribution,
        "StatementNotLive",
      );
    });

    it("no contract of the suite has a call that stops another's time or moves", async () => {
      const world = await suite.load();
      for (const role of SUITE_ROLES) {
        const calls = functionsOf(world[role].interface, "changing");
        expect(
          calls.filter((name) => /pause|stop|halt|shut|emergency|freeze(?!$)/i.test(name)),
          role,
        ).to.deep.equal([]);
        expect(calls, role).to.deep.equal(CALLS[role]);
      }
    });
  });

  describe("attack 33: between a void and the next statement", () => {
    it("nothing can be claimed of the voided one, and nothing that was paid before is paid again", async () => {
      const world = await buildReportedWorld(await suite.load());
      const { payouts, currency, usage, model, networkHelpers, contributors } = world;
      const balances = () => Promise.all(contributors.map((wallet) => currency.balanceOf(wallet)));
      const honest = await world.propose();
      await world.finalise(honest);
      await payouts.claim([world.claimOf(honest, [0, 1, 2])]);
      const paid = await balances();
      await networkHelpers.time.increase(DAY);
      await world.pay(30_000n * DOLLAR);
      await usage.cut(model);
      await world.report(1);
      // The same root and total as the statement that was paid, one weight aside, and then exactly the same.
      const crooked = await world.propose({ interval: 1, weights: changed(world.weights, 0, 7n) });
      await expect(payouts.claim([world.claimOf(crooked, [0])])).to.be.revertedWithCustomError(payouts, "LineNotFinal");
      await world.challenge(crooked, 0, 0);
      await networkHelpers.time.increase(DAY);
      await world.callSilence(crooked, 0, 0);
      await expect(payouts.claim([world.claimOf(crooked, [0])])).to.be.revertedWithCustomError(payouts, "LineNotFinal");
      await payouts.claim([world.claimOf(honest, [0, 1, 2])]);
      expect(await balances(), "the earlier statement is paid once").to.deep.equal(paid);
      const second = await world.propose({ interval: 1 });
      expect(second.tree.root).to.equal(honest.tree.root);
      await expect(payouts.claim([world.claimOf(second, [0])])).to.be.revertedWithCustomError(payouts, "LineNotFinal");
      await world.finalise(second);
      for (let again = 0; again < 2; again++) await payouts.claim([world.claimOf(second, [0, 1, 2])]);
      const amounts = lineAmounts(second.statement.payout.pool, world.weights);
      expect(await balances()).to.deep.equal(paid.map((balance, i) => balance + item(amounts, i)));
    });

    it("a final statement stays final: no challenge, refutation or rejection reaches it", async () => {
      const { world, proposal } = await wrong.load();
      const { attribution, challenges, curator } = world;
      await world.finalise(proposal);
      for (const call of [
        () => world.refute(proposal, 0),
        () => attribution.connect(curator).rejectStatement(proposal.statement, ZeroHash),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(attribution, "StatementNotLive").withArgs(proposal.hash);
      }
      await expect(world.challenge(proposal, 0, 0)).to.be.revertedWithCustomError(challenges, "WindowClosed");
      await expect(
        attribution.connect(curator).rejectInterval(world.stream, 0, ZeroHash),
      ).to.be.revertedWithCustomError(attribution, "WrongSettlementStatus");
      await expect(attribution.fallBack(world.stream, 0)).to.be.revertedWithCustomError(
        attribution,
        "WrongSettlementStatus",
      );
    });
  });

  it("attack 27: who disputes in the last second of the window has the whole time for its turns, and no one more", async () => {
    const { world, proposal } = await wrong.load();
    const { attribution, challenges, networkHelpers } = world;
    const closesAt = world.closesAt(proposal);
    await networkHelpers.time.setNextBlockTimestamp(closesAt - 1n);
    await world.challenge(proposal, 2, 0);
    await networkHelpers.time.setNextBlockTimestamp(closesAt);
    await expect(attribution.finalise(proposal.statement)).to.be.revertedWithCustomError(attribution, "ChallengesOpen");
    await expect(world.challenge(proposal, 0, 1)).to.be.revertedWithCustomError(challenges, "WindowClosed");
    await networkHelpers.time.setNextBlockTimestamp(closesAt - 1n + BigInt(DAY));
    await world.callSilence(proposal, 2, 0);
    expect((await world.settlementOf()).status).to.equal(STATUS.open);
    await world.settle(proposal, 2, 0);
    expect((await world.bondOf(world.challenger)).locked).to.equal(0n);
  });

  it("attack 27: times of zero, and times that no counter holds, deploy nothing", async () => {
    const world = await reported.load();
    const { ethers, attribution, datasets, ledger, usage, indexes, vault, treasury } = world;
    const times = {
      window: await attribution.WINDOW(),
      responseTime: await attribution.RESPONSE_TIME(),
      fallbackTime: await attribution.FALLBACK_TIME(),
      proposingPeriod: await attribution.PROPOSING_PERIOD(),
    };
    const deploy = (changes: Partial<typeof times>) =>
      ethers.deployContract("AttributionRegistry", [
        datasets,
        ledger,
        usage,
        indexes,
        vault,
        { ...times, ...changes, bondFloor: 1n, challengeBond: 1n, treasury },
      ]);
    for (const value of [0n, 1n, 2n ** 39n, 2n ** 40n - 1n]) {
      for (const name of ["window", "responseTime", "fallbackTime", "proposingPeriod"] as const) {
        await expect(deploy({ [name]: value }), `${name} ${value}`).to.be.revert(ethers);
      }
    }
    await deploy({});
  });
});
