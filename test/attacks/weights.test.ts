import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import { proRataPlace } from "../../client/index.ts";
import {
  buildReportedWorld,
  buildWorld,
  changed,
  DAY,
  firstPool,
  type Proposal,
  SMALL,
  STATUS,
  sum,
  type World,
} from "../support/attributionWorld.ts";
import { rowsOf } from "../support/contributions.ts";
import { item } from "../support/fixture.ts";
import { indexLeaf, lineAmounts, positionalTree, sumLeaf, sumProof, sumTree } from "../support/formats.ts";
import { createDataset, TERMS } from "../support/lineage.ts";
import { firstStage } from "../support/stages.ts";
import { statementStages } from "../support/statementStages.ts";
import { deploySuite } from "../support/suite.ts";

/** Enough for each transaction that is sent unmined, so that nothing is estimated. */
const GAS = { gasLimit: 2_000_000n };

describe("Attacks on weights and roots", () => {
  const { suite, reported, proposed, wrong } = statementStages();

  describe("attack 13: what accepts races what revokes, in one block", () => {
    const closed = wrong.step(async (before) => {
      await before.world.networkHelpers.time.increaseTo(before.world.closesAt(before.proposal) + 1n);
      return before;
    });
    const activatable = suite.step(async (deployed) => {
      const world = await buildWorld(deployed);
      await world.networkHelpers.time.increase(2 * DAY);
      return { world, proposal: undefined };
    });
    const open = reported.step((world) => Promise.resolve({ world, proposal: undefined }));
    const inWindow = wrong.step((before) => Promise.resolve(before));
    type Send = (world: World, proposal: Proposal) => Promise<{ hash: string }>;
    const finalise: Send = (world, { statement }) => world.attribution.finalise(statement, GAS);
    const refute: Send = async (world, proposal) =>
      world.challenges.connect(world.stranger).refute(proposal.statement, await world.evidence(proposal, 0), GAS);
    const rejectStatement: Send = (world, { statement }) =>
      world.attribution.connect(world.curator).rejectStatement(statement, ZeroHash, GAS);
    const propose: Send = (world) =>
      world.attribution
        .connect(world.scorer)
        .propose(world.stream, 0, sumTree(world.weights).root, sumTree(world.weights).total, 0, "", GAS);
    const rejectInterval: Send = (world) =>
      world.attribution.connect(world.curator).rejectInterval(world.stream, 0, ZeroHash, GAS);
    const challenge: Send = (world, { statement }) =>
      world.challenges.connect(world.challenger).challenge(statement, 0, 0, GAS);
    const activate: Send = (world) => world.indexes.connect(world.owner).activateIndex(world.stream, GAS);
    const rejectIndex: Send = (world) => world.indexes.connect(world.curator).rejectIndex(world.stream, ZeroHash, GAS);

    for (const [what, stage, accept, revoke] of [
      ["finalise and refute", closed, finalise, refute],
      ["finalise and rejectStatement", closed, finalise, rejectStatement],
      ["finalise and a challenge that comes too late", closed, finalise, challenge],
      ["finalise before the end of the window and a challenge", inWindow, finalise, challenge],
      ["propose and rejectInterval", open, propose, rejectInterval],
      ["activateIndex and rejectIndex", activatable, activate, rejectIndex],
    ] as const) {
      for (const order of ["accepting first", "revoking first"]) {
        it(`${what}, ${order}: at most one of them happens, the first that may`, async () => {
          const { world, proposal } = await stage.load();
          const statement = proposal as Proposal;
          const sends = order === "accepting first" ? [accept, revoke] : [revoke, accept];
          const sent = await world.inOneBlock<{ hash: string }>(...sends.map((send) => () => send(world, statement)));
          const receipts = await Promise.all(sent.map(({ hash }) => world.ethers.provider.getTransactionReceipt(hash)));
          expect(receipts.map((receipt) => receipt?.index)).to.deep.equal([0, 1]);
          expect(item(receipts, 0)?.blockNumber).to.equal(item(receipts, 1)?.blockNumber);
          const happened = sends.filter((_, i) => receipts[i]?.status === 1);
          const mayFinalise = stage !== inWindow;
          const mayRevoke = revoke !== challenge || stage === inWindow;
          const expected = sends.filter((send) => (send === accept ? mayFinalise : mayRevoke)).slice(0, 1);
          expect(happened).to.deep.equal(expected);
          // No money moved but the one way.
          const paidIn = await world.currency.balanceOf(world.payouts);
          expect(paidIn).to.equal(item(happened, 0) === finalise ? firstPool(world.spec) : 0n);
        });
      }
    }
  });

  it("attack 17: no later statement, void or fallback takes away what an earlier one left to be claimed", async () => {
    const { world, proposal } = await proposed.load();
    const { attribution, currency, payouts, usage, model, stream, networkHelpers } = world;
    await world.finalise(proposal);
    for (const interval of [1, 2]) {
      await networkHelpers.time.increase(DAY);
      await world.pay(20_000n * 10n ** 6n);
      await usage.cut(model);
      await world.report(interval);
    }
    const crooked = await world.propose({ interval: 1, weights: changed(world.weights, 0, 1n) });
    await world.refute(crooked, 0);
    await attribution.connect(world.curator).rejectInterval(stream, 1, ZeroHash);
    const later = await world.propose({ interval: 2, weights: [...world.weights].reverse() });
    await world.finalise(later);
    await payouts.claim([world.claimOf(later, [0, 1, 2])]);
    const before = await Promise.all(world.contributors.map((wallet) => currency.balanceOf(wallet)));
    await payouts.claim([world.claimOf(proposal, [0, 1, 2])]);
    const after = await Promise.all(world.contributors.map((wallet) => currency.balanceOf(wallet)));
    expect(after.map((balance, i) => balance - item(before, i))).to.deep.equal(
      lineAmounts(firstPool(world.spec), world.weights),
    );
    expect(await currency.balanceOf(payouts), "both pools to the wei").to.equal(0n);
  });

  describe("attack 19: what isn't a leaf", () => {
    const harness = firstStage(deploySuite).step(async (deployed) => {
      const wallet = item(deployed.wallets, 0);
      const dataset = await createDataset(deployed, wallet);
      return { ...deployed, wallet, dataset, library: await deployed.ethers.deployContract("LibraryHarness") };
    });
    const WEIGHTS = [5n, 0n, 7n, 11n, 2n];

    it("proves as none: an inner node of a sum tree in a line's place, at every height", async () => {
      const { library } = await harness.load();
      const tree = sumTree(WEIGHTS);
      for (const level of [1, 2, 3]) {
        const { sum: weight } = tree.node(level, 0);
        await expect(library.trace(0, weight, WEIGHTS.length, tree.proof(0, level))).to.be.revertedWithCustomError(
          library,
          "ProofLength",
        );
        // With steps made up below it the proof is long enough, and leads elsewhere.
        const steps = sumProof([
          ...Array.from({ length: level }, () => ({ hash: id("step"), sum: 0n })),
          ...tree.siblings(0, level),
        ]);
        expect((await library.trace(0, weight, WEIGHTS.length, steps)).root).not.to.equal(tree.root);
      }
    });

    it("proves as none: nothing, a place beyond the tree, and the zero root", async () => {
      const { library, datasets, wallet, dataset } = await harness.load();
      const tree = sumTree(WEIGHTS);
      await expect(library.trace(0, 5n, 5, "0x")).to.be.revertedWithCustomError(library, "ProofLength");
      for (const index of [5, 8, 13, 2 ** 24]) {
        await expect(library.trace(index, 0n, 5, tree.proof(0)))
          .to.be.revertedWithCustomError(library, "LineOutOfRange")
          .withArgs(index, 5);
      }
      await expect(datasets.connect(wallet).contribute(dataset, ZeroHash, 1n, "")).to.be.revertedWithCustomError(
        datasets,
        "EmptyContribution",
      );
      const zero = { contributor: wallet.address, root: ZeroHash };
      expect(await datasets.isRow(dataset, zero, 0n, ZeroHash, [])).to.equal(false);
    });

    it("proves as none: valid leaves of weight zero in the place of padding", async () => {
      const { library } = await harness.load();
      const padded = sumTree([...WEIGHTS, 0n, 0n, 0n]);
      await expect(library.trace(4, 2n, 5, padded.proof(4)))
        .to.be.revertedWithCustomError(library, "PaddingNotEmpty")
        .withArgs(1);
      expect((await library.trace(4, 2n, 8, padded.proof(4))).root).to.equal(padded.root);
      expect(padded.root).not.to.equal(sumTree(WEIGHTS).root);
    });

    it("proves as none: the 64 bytes of an inner node in the place of a row", async () => {
      const { library, datasets, wallet, dataset } = await harness.load();
      const { root, digests, proof } = rowsOf(wallet.address, 4);
      await datasets.connect(wallet).contribute(dataset, root, 4n, "");
      const submission = { contributor: wallet.address, root };
      for (const [index, digest] of digests.entries()) {
        expect(await datasets.isRow(dataset, submission, index, digest, proof(index))).to.equal(true);
        const upper = proof(index).slice(1);
        // The node above the row, as if it were a row of a tree with one level less.
        const node = await library.rootOf(
          await library.rowLeaf(wallet, index, digest),
          index,
          proof(index).slice(0, 1),
        );
        expect(await library.rootOf(node, index >> 1, upper), "the path is right").to.equal(root);
        for (const steps of [upper, [ZeroHash, ...upper], []]) {
          expect(await datasets.isRow(dataset, submission, index >> 1, node, steps)).to.equal(false);
        }
      }
    });

    it("proves as none: a node of an index in the place of one of its rows", async () => {
      const { library } = await harness.load();
      const rows = SMALL.rows;
      const { root } = positionalTree(rows.map((row, i) => indexLeaf(i, row)));
      const nodes = rows.map((row, i) => indexLeaf(i, row));
      const lanes = `0x${item(nodes, 0).slice(2)}${item(nodes, 1).slice(2)}`;
      const leaf = await library.indexLeaf(0, 0, lanes);
      expect(await library.rootOf(leaf, 0, [item(nodes, 2)])).not.to.equal(root);
      expect(sumLeaf(0, 1n).hash).not.to.equal(leaf);
    });
  });

  it("attack 20: a wallet with two lines is paid each of them once, and neither in the other's place", async () => {
    const rowCounts = Array.from({ length: 13 }, (_, i) => i + 1);
    const rows = rowCounts.map((_, i) => ({ exponent: 0, lanes: [i + 1, ...new Array<number>(15).fill(0)] }));
    const q = [1, ...new Array<number>(15).fill(0)];
    const world = await buildReportedWorld(await suite.load(), { rowCounts, rows, q });
    const twice = item(world.contributors, 0);
    const places = world.contributors.flatMap((wallet, i) => (wallet.address === twice.address ? [i] : []));
    expect(places).to.have.lengthOf(2);
    const [first, second] = [item(places, 0), item(places, 1)];
    const proposal = await world.propose();
    await world.finalise(proposal);
    const { payout } = proposal.statement;
    const moved = { index: second, weight: item(world.weights, first), proof: proposal.tree.proof(first) };
    for (const line of [moved, { ...moved, proof: proposal.tree.proof(second) }]) {
      await expect(world.payouts.claim([{ payout, lines: [line] }])).to.be.revertedWithCustomError(
        world.payouts,
        "LineNotFinal",
      );
    }
    for (let again = 0; again < 2; again++)
      await world.payouts.claim([world.claimOf(proposal, [first, second, first])]);
    const amounts = lineAmounts(firstPool(world.spec), world.weights);
    expect(await world.currency.balanceOf(twice)).to.equal(item(amounts, first) + item(amounts, second));
  });

  it("attack 22: nothing is hashed without lengths between its parts, and what is signed names its item", async () => {
    const sources = (await readdir("contracts", { recursive: true })).filter((name) => name.endsWith(".sol"));
    const types: string[] = [];
    for (const name of sources) {
      const text = await readFile(join("contracts", name), "utf8");
      expect(text, name).not.to.contain("encodePacked");
      expect(text, name).not.to.contain("bytes.concat");
      const joined = text.replaceAll(/"\s*"/g, "");
      if (!name.startsWith("mocks"))
        types.push(...[...joined.matchAll(/"(\w+\([^"]*\))"/g)].map(([, type = ""]) => type));
    }
    expect(types.map((type) => type.split("(")[0]).sort()).to.deep.equal([
      "Charge",
      "Contribution",
      "Invitation",
      "UsageReport",
      "Voucher",
    ]);
    for (const type of types) {
      expect(type).to.match(/uint256 (model|dataset)/);
      const dynamic = [...type.matchAll(/(string|bytes) /g)];
      expect(dynamic.length, `${type}: two strings that could run into each other`).to.be.at.most(1);
    }
  });

  it("attack 23: what was reported and proposed is paid, though operator, curator and owners have changed since", async () => {
    const { world, proposal } = await proposed.load();
    const { models, datasets, payouts, usage, currency, vault, attribution } = world;
    await models.connect(world.owner).setOperator(world.model, ZeroAddress);
    await models.connect(world.owner).transferFrom(world.owner, world.stranger, world.model);
    await datasets.connect(world.curator).transferFrom(world.curator, world.payer, world.dataset);
    const late = await world.usageOf(0);
    await expect(usage.report(late, await world.signReport(late))).to.be.revertedWithCustomError(
      usage,
      "AlreadyReported",
    );
    await world.challenge(proposal, 0, 0);
    await world.defend(proposal, 0);
    await world.finalise(proposal);
    await payouts.claim([world.claimOf(proposal, [0, 1, 2])]);
    const paid = await Promise.all(world.contributors.map((wallet) => currency.balanceOf(wallet)));
    expect(paid).to.deep.equal(lineAmounts(firstPool(world.spec), world.weights));
    expect((await vault.bondOf(attribution, world.scorer)).locked).to.equal(0n);
  });

  it("attack 25: terms that change after money was earned change nothing of how it is divided", async () => {
    const world = await buildReportedWorld(await suite.load());
    const { datasets, models, ledger, payouts, attribution, currency } = world;
    const owed = () =>
      Promise.all(world.contributors.map(async (_, i) => (await payouts.previewProRata(world.stream, i)).amount));
    const [before, pool] = [await owed(), await attribution.poolOf(world.stream, 0)];
    const raised = { ...TERMS, rowCap: 2n ** 31n, streamBps: 10_000n, proRataBps: 10_000n };
    await datasets.connect(world.curator).setTerms(world.dataset, raised, "");
    await models.connect(world.owner).setChildTerms(world.model, { kinds: 0n, leastBps: 10_000n });
    for (const [i] of world.contributors.entries()) {
      if (item(world.spec.rowCounts, i) > 2)
        await datasets.connect(item(world.contributors, i)).retire(world.dataset, i);
    }
    await datasets.connect(world.curator).freeze(world.dataset);
    expect([await owed(), await attribution.poolOf(world.stream, 0)]).to.deep.equal([before, pool]);
    const proposal = await world.propose();
    await world.finalise(proposal);
    await payouts.claim([world.claimOf(proposal, [0, 1, 2])]);
    for (const [i] of world.contributors.entries()) await payouts.claimProRataOf(proRataPlace(world.stream, i));
    await ledger.distribute(world.model);
    const fees = world.spec.payment - world.spec.payment / 100n;
    const stream = (fees * 3_000n) / 10_000n;
    expect(pool + sum(before)).to.be.within(stream - 3n, stream);
    expect(await ledger.balanceOf(world.owner)).to.equal((fees * 7_000n) / 10_000n);
    expect(await currency.balanceOf(payouts)).to.equal(0n);
    expect((await world.settlementOf()).status).to.equal(STATUS.final);
  });
});
