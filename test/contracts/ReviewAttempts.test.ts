import { expect } from "chai";
import { concat, dataSlice, getAddress, id, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import {
  buildReportedWorld,
  buildWorld,
  changed,
  DAY,
  type Proposal,
  type World,
} from "../support/attributionWorld.ts";
import { NEVER, NO_ADMISSION, signOffer, submissionOf } from "../support/contributions.ts";
import { DEPTH, deepSpec, LINE, TWIG } from "../support/deepTree.ts";
import { asShipped } from "../support/engine.ts";
import { item } from "../support/fixture.ts";
import { sumLeaf, sumTree } from "../support/formats.ts";
import { createDataset, SubmissionStatus } from "../support/lineage.ts";
import { type Call, creditCall, hooked, transferCall } from "../support/payments.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite } from "../support/suite.ts";

const TOP_BIT = 1n << 255n;

/** Calldata with the top bit set in one word after the selector: no narrow type may have it. */
function dirty(data: string, word: number): string {
  const at = 4 + 32 * word;
  const spoilt = toBeHex(BigInt(dataSlice(data, at, at + 32)) | TOP_BIT, 32);
  return concat([dataSlice(data, 0, at), spoilt, dataSlice(data, at + 32)]);
}

const EMPTY_LINE = { index: 0, weight: 0n, proof: "0x" };

/** Words of a statement whose members are narrower than a word and are read as numbers or addresses. */
const NARROW_WORDS = [1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13];

describe("Attempts to steal, freeze or inflate", () => {
  const suite = firstStage(deploySuite);
  const small = suite.step((deployed) => buildReportedWorld(deployed));
  const proposed = small.step(async (world) => ({ world, proposal: await world.propose() }));
  const final = proposed.step(async ({ world, proposal }) => {
    await world.finalise(proposal);
    return { world, proposal };
  });

  /** Makes an attempt with every gas limit of a range. */
  const sweep = async (from: number, to: number, step: number, attempt: (gasLimit: number) => Promise<void>) => {
    for (let gasLimit = from; gasLimit < to; gasLimit += step) await attempt(gasLimit);
  };
  const mined = async (sending: Promise<unknown>): Promise<boolean> =>
    sending.then(
      () => true,
      () => false,
    );

  describe("a challenger's reward", () => {
    const deepWrong = firstStage(deploySuite)
      .step((deployed) => buildReportedWorld(deployed, deepSpec()))
      .step(async (world) => ({
        world,
        proposal: await world.propose({ weights: changed(world.weights, LINE, (world.weights[LINE] ?? 0n) + 1n) }),
      }));

    /** A second wallet of the scorer's that answers the challenge of a node and refutes the line in one go. */
    const openAndRefute = async (world: World, proposal: Proposal, level: number, position: number) => {
      const { challenges, ethers, vault, attribution } = world;
      const wallet = await ethers.deployContract("ScriptedWallet");
      const target = await challenges.getAddress();
      const { tree, statement } = proposal;
      const [nodes, proof] = [tree.descendants(level, position), tree.proof(position, level)];
      const evidence = await world.evidence(proposal, LINE);
      await wallet.run([
        {
          target,
          data: challenges.interface.encodeFunctionData("open", [statement, level, position, nodes, proof]),
        },
        { target, data: challenges.interface.encodeFunctionData("refute", [statement, evidence]) },
      ]);
      return async () => (await vault.bondOf(attribution, wallet)).free;
    };

    it("of a node above the line is lost to who answers for it and refutes in one transaction; the bond isn't", async () => {
      const { world, proposal } = await deepWrong.load();
      await world.challenge(proposal, DEPTH, 0);
      const taken = await openAndRefute(world, proposal, DEPTH, 0);
      await world.settle(proposal, DEPTH, 0);
      expect(await taken()).to.equal(proposal.statement.bond / 2n);
      expect(await world.wonBy(world.challenger)).to.equal(0n);
      expect(await world.wonBy(world.scorer), "the scorer's bond is gone all the same").to.equal(
        -proposal.statement.bond,
      );
    });

    it("of a walk is lost in the same way with the last answer above the line", async () => {
      const { world, proposal } = await deepWrong.load();
      await world.challenge(proposal, DEPTH, 0);
      await world.open(proposal, DEPTH, 0);
      await world.descend(proposal, DEPTH, 0, TWIG);
      const taken = await openAndRefute(world, proposal, 2, TWIG);
      await world.settle(proposal, 2, TWIG);
      expect(await taken()).to.equal(proposal.statement.bond / 2n);
      expect(await world.wonBy(world.challenger)).to.equal(0n);
    });

    it("of the line itself can't be taken: nobody can answer for it, and whoever refutes pays the challenger", async () => {
      const { world, proposal } = await deepWrong.load();
      await world.challenge(proposal, DEPTH, 0, world.stranger);
      await world.challenge(proposal, 0, LINE);
      await expect(world.defend(proposal, LINE)).to.be.revertedWithCustomError(world.challenges, "LineIsWrong");
      const taken = await openAndRefute(world, proposal, DEPTH, 0);
      await world.settle(proposal, 0, LINE);
      expect(await taken()).to.equal(0n);
      expect(await world.wonBy(world.challenger)).to.equal(proposal.statement.bond / 2n);
    });
  });

  describe("nodes and statements that are not", () => {
    it("levels and positions whose product wraps around 2^256 name no node, in every move", async () => {
      const { world, proposal } = await proposed.load();
      const { challenges, challenger } = world;
      const { statement } = proposal;
      for (const [level, position] of [
        [255, 2],
        [255, 2 ** 31],
        [254, 4],
        [3, 0],
        [0, 2 ** 32 - 1],
      ] as const) {
        const by = challenges.connect(challenger);
        for (const move of [
          () => by.challenge(statement, level, position),
          () => by.callSilence(statement, level, position),
          () => by.settle(statement, level, position),
          () => by.descend(statement, level, position, 0),
        ]) {
          await expect(move()).to.be.revertedWithCustomError(challenges, "NodeOutOfRange");
        }
        if (level === 0) continue;
        await expect(by.open(statement, level, position, "0x", "0x")).to.be.revertedWithCustomError(
          challenges,
          "NodeOutOfRange",
        );
      }
    });

    it("a live statement with a bit above a narrow word's is another one, for every contract that takes it", async () => {
      const { world, proposal } = await proposed.load();
      const { attribution, challenges, curator, challenger, provider } = world;
      const { statement } = proposal;
      await world.networkHelpers.time.increase(DAY);
      const calls: [World["attribution"] | World["challenges"], string, string][] = [
        [challenges, challenger.address, challenges.interface.encodeFunctionData("challenge", [statement, 2, 0])],
        [
          attribution,
          curator.address,
          attribution.interface.encodeFunctionData("rejectStatement", [statement, ZeroHash]),
        ],
      ];
      for (const [contract, from, data] of calls) {
        const to = await contract.getAddress();
        const call = (sent: string) =>
          mined(provider.request({ method: "eth_call", params: [{ from, to, data: sent }, "latest"] }));
        expect(await call(data), "as it is").to.equal(true);
        for (const word of NARROW_WORDS) expect(await call(dirty(data, word)), `word ${word}`).to.equal(false);
      }
    });
  });

  it("a usage report with a bit above a narrow member's is refused, though its signature is good", async () => {
    const world = await suite.step((deployed) => buildWorld(deployed)).load();
    const { usage, model, provider, scorer } = world;
    await world.pay(10n ** 9n);
    await usage.cut(model);
    const report = await world.usageOf(0);
    const data = usage.interface.encodeFunctionData("report", [report, await world.signReport(report)]);
    const to = await usage.getAddress();
    const call = (sent: string) =>
      mined(provider.request({ method: "eth_call", params: [{ from: scorer.address, to, data: sent }, "latest"] }));
    expect(await call(data)).to.equal(true);
    // Behind the offsets of report and signature: interval, from, to, exponent.
    for (const word of [3, 4, 5, 7]) expect(await call(dirty(data, word)), `word ${word}`).to.equal(false);
  });

  describe("claims", () => {
    it("of a final payout with a bit above a narrow word's are refused, in all three forms", async () => {
      const { world, proposal } = await final.load();
      const { payouts, provider, scorer, stream } = world;
      const claim = world.claimOf(proposal, [0]);
      const line = item(claim.lines, 0);
      const { payout } = proposal.statement;
      // A payout is encoded in place, so it stands right behind the selector.
      const words = dataSlice(payouts.interface.encodeFunctionData("previewClaim", [payout, line]), 4, 4 + 224);
      const weighed = payouts.interface.encodeFunctionData("weightOf", [
        stream,
        payout.interval,
        line.index,
        line.weight,
        concat([words, line.proof]),
      ]);
      // A head's words in `claim` begin after the offset and number of claims, and the offset of the first one. The
      // payout of a weight's proof begins after five words and the proof's length.
      const forms: [string, string, number[]][] = [
        ["claim", payouts.interface.encodeFunctionData("claim", [[claim]]), [4, 6, 7]],
        ["previewClaim", payouts.interface.encodeFunctionData("previewClaim", [payout, line]), [1, 3, 5, 6]],
        ["weightOf", weighed, [7, 9, 11, 12]],
      ];
      const to = await payouts.getAddress();
      for (const [form, data, narrow] of forms) {
        const call = (sent: string) =>
          mined(provider.request({ method: "eth_call", params: [{ from: scorer.address, to, data: sent }, "latest"] }));
        expect(await call(data), form).to.equal(true);
        for (const word of narrow) expect(await call(dirty(data, word)), `${form}, word ${word}`).to.equal(false);
      }
    });

    it("pro-rata, with any gas: what isn't paid stays claimable, to the wei", async function () {
      asShipped(this);
      const world = await small.load();
      const { payouts, currency, stream, contributors } = world;
      const fresh = await world.networkHelpers.takeSnapshot();
      const owed = await Promise.all(
        contributors.map(async (_, i) => (await payouts.previewProRata(stream, i)).amount),
      );
      const outcomes = new Set<string>();
      await sweep(60_000, 260_000, 5_000, async (gasLimit) => {
        await fresh.restore();
        const sent = await mined(payouts.claimProRata([{ stream, indexes: [0, 1, 2] }], { gasLimit }));
        let payments = 0;
        for (const [i, contributor] of contributors.entries()) {
          const paid = await currency.balanceOf(contributor);
          const left = (await payouts.previewProRata(stream, i)).amount;
          expect(paid + left, `contribution ${i} with ${gasLimit} gas`).to.equal(owed[i]);
          expect(await payouts.proRataClaimed(stream, i)).to.equal(paid);
          if (paid !== 0n) payments++;
        }
        outcomes.add(`${sent ? "mined" : "reverted"} ${payments}`);
      });
      expect([...outcomes]).to.include.members(["reverted 0", "mined 3"]);
    });

    it("in the middle of the transfer that finalises take no other statement's money", async () => {
      const { world, proposal } = await final.load();
      const { payouts, currency, contributors, usage, model } = world;
      await world.pay(world.spec.payment);
      await world.networkHelpers.time.increase(DAY);
      await usage.cut(model);
      await world.report(1);
      const second = await world.propose({ interval: 1 });
      const token = await hooked(world);
      // The second payout is marked as final, and its money is still in the ledger: the first one's would pay for it.
      const data = payouts.interface.encodeFunctionData("claim", [[world.claimOf(second, [0, 1, 2])]]);
      await token.setHook(payouts, data, false);
      await expect(world.finalise(second))
        .to.be.revertedWithCustomError(payouts, "AmountNotReceived")
        .withArgs(second.statement.payout.pool, 0n);
      await token.setHook(ZeroAddress, "0x", false);
      await world.attribution.finalise(second.statement);
      await payouts.claim([world.claimOf(proposal, [0, 1, 2]), world.claimOf(second, [0, 1, 2])]);
      const received = await Promise.all(contributors.map((contributor) => currency.balanceOf(contributor)));
      const pools = proposal.statement.payout.pool + second.statement.payout.pool;
      expect(received.reduce((all, amount) => all + amount, 0n)).to.equal(pools);
      expect(await currency.balanceOf(payouts)).to.equal(0n);
    });

    it("that somebody sends to the ledger may pay another's model: its own line's money, and not a wei more", async () => {
      const { world, proposal } = await final.load();
      const { payouts, ledger, currency, model, contributors, stream, ethers } = world;
      await payouts.connect(item(contributors, 0)).setRecipient(ledger);
      const line = world.claimOf(proposal, [0]);
      const given = (await payouts.previewClaim(proposal.statement.payout, item(line.lines, 0))).amount;
      const target = await payouts.getAddress();
      const claims: Call[] = [
        { target, data: payouts.interface.encodeFunctionData("claimProRata", [[{ stream, indexes: [0] }]]) },
        { target, data: payouts.interface.encodeFunctionData("claim", [[line]]) },
      ];
      const taker = await ethers.deployContract("ScriptedWallet");
      await expect(taker.run([await creditCall(ledger, model, given + 1n, claims)]))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(given + 1n, given);
      const held = await currency.balanceOf(ledger);
      await taker.run([await creditCall(ledger, model, given, claims)]);
      expect(await currency.balanceOf(ledger)).to.equal(held + given);
    });
  });

  it("no weight is above the total: not one that wraps the sums of a crooked tree that nobody challenged", async () => {
    const world = await small.load();
    const { payouts, stream } = world;
    // The first line's weight is negative modulo 2^256, and the second one's makes up for it in their parent's sum.
    const heavy = TOP_BIT + TOP_BIT - 1_000n;
    const crooked = sumTree(world.weights, [
      { level: 0, position: 0, instead: () => sumLeaf(0, heavy) },
      { level: 0, position: 1, instead: () => sumLeaf(1, 1_500n) },
      { level: 1, position: 0, instead: ({ hash }) => ({ hash, sum: 500n }) },
    ]);
    const proposal = await world.propose({ tree: crooked });
    await world.finalise(proposal);
    const { payout } = proposal.statement;
    const encoded = dataSlice(payouts.interface.encodeFunctionData("previewClaim", [payout, EMPTY_LINE]), 4, 4 + 224);
    const proof = concat([encoded, crooked.proof(0)]);
    await expect(payouts.weightOf(stream, payout.interval, 0, heavy, proof))
      .to.be.revertedWithCustomError(payouts, "LineNotInStatement")
      .withArgs(0, heavy);
  });

  describe("intervals and indexes", () => {
    it("who cuts, pays a wei and activates in one transaction makes what comes until the next cut pro-rata, no more", async () => {
      const world = await suite.step((deployed) => buildWorld(deployed)).load();
      const { usage, indexes, ledger, currency, attribution, model, stream, ethers } = world;
      await world.pay(10n ** 9n);
      await world.networkHelpers.time.increase(2 * DAY);
      const spoiler = await ethers.deployContract("ScriptedWallet");
      await currency.mint(spoiler, 2n);
      const money = await transferCall(world, currency, await ledger.getAddress(), 2n);
      await spoiler.run([
        { target: await usage.getAddress(), data: usage.interface.encodeFunctionData("cut", [model]) },
        await creditCall(ledger, model, 2n, [money]),
        { target: await indexes.getAddress(), data: indexes.interface.encodeFunctionData("activateIndex", [stream]) },
      ]);
      await world.pay(world.spec.payment);
      await expect(usage.cut(model)).to.be.revertedWithCustomError(usage, "CuttingPeriodRunning");
      await world.networkHelpers.time.increase(DAY);
      await usage.cut(model);
      await world.pay(world.spec.payment);
      await world.networkHelpers.time.increase(DAY);
      await usage.cut(model);
      for (const interval of [0, 1, 2]) await world.report(interval);
      await expect(world.propose({ interval: 1 })).to.be.revertedWithCustomError(attribution, "IndexDoesNotServe");
      await world.propose({ interval: 2 });
    });

    it("a cut, an activation and a fallback in the middle of a payment leave it to the next interval", async () => {
      const world = await suite.step((deployed) => buildWorld(deployed)).load();
      const { usage, indexes, ledger, currency, attribution, payouts, model, stream, ethers } = world;
      await world.pay(10n ** 9n);
      await world.networkHelpers.time.increase(2 * DAY);
      const [before] = await ledger.countersOf(model);
      const payer = await ethers.deployContract("ScriptedWallet");
      await currency.mint(payer, 10n ** 9n);
      const inside = [
        { target: await usage.getAddress(), data: usage.interface.encodeFunctionData("cut", [model]) },
        { target: await indexes.getAddress(), data: indexes.interface.encodeFunctionData("activateIndex", [stream]) },
        {
          target: await attribution.getAddress(),
          data: attribution.interface.encodeFunctionData("fallBack", [stream, 0]),
        },
        await transferCall(world, currency, await ledger.getAddress(), 10n ** 9n),
      ];
      await payer.run([await creditCall(ledger, model, 10n ** 9n, inside)]);
      expect((await usage.intervalAt(model, 0)).to).to.equal(before);
      expect((await indexes.indexOf(stream)).activeFrom).to.equal(before);
      expect((await payouts.accountOf(stream)).fallbackPools).to.equal(await attribution.poolOf(stream, 0));
      await world.networkHelpers.time.increase(DAY);
      await usage.cut(model);
      const { from, to } = await usage.intervalAt(model, 1);
      expect([from, to]).to.deep.equal([before, (await ledger.countersOf(model)).fees]);
      await world.report(1);
      await world.propose({ interval: 1 });
    });
  });

  describe("contributions", () => {
    const ready = suite.step(async (deployed) => {
      const [owner, alice, bob] = [0, 1, 2].map((place) => item(deployed.wallets, place));
      if (!owner || !alice || !bob) throw new Error("too few wallets");
      return { ...deployed, alice, bob, dataset: await createDataset(deployed, owner) };
    });

    it("in a batch, with any gas: a nonce is used up if and only if its contribution is there", async () => {
      const world = await ready.load();
      const { datasets, alice, bob, dataset, networkHelpers } = world;
      const batch = [await signOffer(world, alice, { dataset }), await signOffer(world, bob, { dataset })];
      const fresh = await networkHelpers.takeSnapshot();
      const outcomes = new Set<string>();
      await sweep(60_000, 320_000, 8_000, async (gasLimit) => {
        await fresh.restore();
        const sent = await mined(datasets.contributeBatch(batch, { gasLimit }));
        let there = 0;
        for (const { contributor, root } of batch) {
          const { status } = await submissionOf(world, dataset, contributor, root);
          const used = await datasets.noncesUsed(contributor, 0n);
          expect(used === 1n, `${gasLimit} gas`).to.equal(status === SubmissionStatus.Pending);
          if (used === 1n) there++;
        }
        outcomes.add(`${sent ? "mined" : "reverted"} ${there}`);
      });
      expect([...outcomes]).to.include.members(["reverted 0", "mined 2"]);
    });

    it("can't be signed for precompiles, for nobody, nor for the suite's own contracts", async () => {
      const world = await ready.load();
      const { datasets, currency, vault, ledger, payouts, dataset } = world;
      const precompiles = [...Array(18).keys(), 0x100].map((number) => getAddress(toBeHex(number, 20)));
      const own = await Promise.all([datasets, currency, vault, ledger, payouts].map((each) => each.getAddress()));
      for (const contributor of [...precompiles, ...own]) {
        for (const signature of ["0x", `0x${"00".repeat(65)}`, `0x1626ba7e${"00".repeat(61)}`]) {
          const offer = { dataset, contributor, root: id("rows"), rows: 1n, nonce: 0n, deadline: NEVER, uri: "" };
          await expect(datasets.contributeSigned.staticCall({ ...offer, admission: NO_ADMISSION, signature }))
            .to.be.revertedWithCustomError(datasets, "InvalidSignature")
            .withArgs(contributor);
        }
      }
    });
  });
});
