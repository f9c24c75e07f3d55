import { expect } from "chai";
import { id, ZeroAddress } from "ethers";
import { item } from "../support/fixture.ts";
import {
  createDataset,
  frozenDataset,
  ModelKind,
  registerModel,
  registration,
  source,
  TERMS,
  Training,
} from "../support/lineage.ts";
import { net, REQUEST } from "../support/market.ts";
import { payForInference } from "../support/payments.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite, type Suite } from "../support/suite.ts";
import { CALLS, functionsOf, SUITE_ROLES } from "./surface.ts";

const FINETUNE = { kind: ModelKind.Finetune };

describe("Attacks on lineage", () => {
  const start = firstStage(deploySuite).step((suite) => {
    const [alice, bob, mallory, payer] = [0, 1, 2, 3].map((place) => item(suite.wallets, place));
    if (!alice || !bob || !mallory || !payer) throw new Error("too few wallets");
    return Promise.resolve({ ...suite, alice, bob, mallory, payer });
  });
  const part = (amount: bigint, bps: bigint): bigint => (amount * bps) / 10_000n;
  const pay = async (world: Suite & { alice: object }, model: bigint, amount: bigint): Promise<void> => {
    const { market, models, wallets, ethers } = world;
    if ((await market.priceOf(model)) === 0n) {
      await market.connect(await ethers.getSigner(await models.ownerOf(model))).list(model, 1n);
    }
    await payForInference(world, item(wallets, 3), model, amount, REQUEST);
  };

  it("attack 1: no call adds a parent to a model that is there, so no cycle can be closed", async () => {
    const world = await start.load();
    const { models, alice } = world;
    const parent = await registerModel(world, alice);
    const child = await registerModel(world, alice, { ...FINETUNE, parents: [{ model: parent, shareBps: 100n }] });
    const lineage = async () => [(await models.splitOf(parent)).parents, (await models.splitOf(child)).parents];
    const before = await lineage();
    // All that the owner of both can call on the one registry that keeps parents.
    expect(functionsOf(models.interface, "changing")).to.deep.equal(CALLS.models);
    const own = models.connect(alice);
    await own.setChildTerms(parent, { kinds: 0x3fn, leastBps: 100n });
    await own.setOperator(parent, alice);
    await own.setPayout(parent, alice);
    await own.approve(alice, parent);
    await own.setApprovalForAll(world.bob, true);
    await own.transferFrom(alice, alice, parent);
    await own["safeTransferFrom(address,address,uint256)"](alice, alice, parent);
    await own.register(registration({ ...FINETUNE, supersedes: parent, parents: [{ model: child, shareBps: 1n }] }));
    expect(await lineage()).to.deep.equal(before);
  });

  it("attack 5: a tower of twenty diamonds has a million paths, and each step costs the same", async () => {
    const world = await start.load();
    const { ledger, alice } = world;
    const [LAYERS, SHARE] = [20, 4_999n];
    const layers = [[await registerModel(world, alice), await registerModel(world, alice)]];
    while (layers.length <= LAYERS) {
      const parents = item(layers, layers.length - 1).map((model) => ({ model, shareBps: SHARE }));
      layers.push([await registerModel(world, alice, { parents }), await registerModel(world, alice, { parents })]);
    }
    const bottom = item(item(layers, LAYERS), 0);
    const paid = 10n ** 15n + 7n;
    await pay(world, bottom, paid);
    // What each model takes in as royalties: one share of each of its two children's income.
    let incomes = [net(paid), 0n];
    const gas: bigint[] = [];
    for (let layer = LAYERS; layer > 0; layer--) {
      const royalty = part(item(incomes, 0), SHARE) + part(item(incomes, 1), SHARE);
      for (const model of item(layers, layer)) gas.push((await (await ledger.distribute(model)).wait())?.gasUsed ?? 0n);
      incomes = [royalty, royalty];
      for (const model of item(layers, layer - 1)) {
        expect((await ledger.countersOf(model)).royalties, `layer ${layer - 1}`).to.equal(royalty);
      }
    }
    expect(item(incomes, 0) > 0n, "something reaches the top").to.equal(true);
    const upper = gas.slice(2);
    expect(Math.max(...upper.map(Number)), `${gas.join(", ")} gas`).to.be.lessThan(200_000);
  });

  it("attack 7: neither owner nor payout of an ancestor is called when a descendant earns, whatever code they have", async () => {
    const world = await start.load();
    const { ethers, models, ledger, bob } = world;
    // Every call of these contracts reverts, but for those that they are told to make.
    const [owner, payout] = [
      await ethers.deployContract("ScriptedWallet"),
      await ethers.deployContract("HostileSigner"),
    ];
    const target = await models.getAddress();
    const call = (data: string) => ({ target, data });
    const parts = registration({ children: { kinds: 0x3fn, leastBps: 1_000n } });
    await owner.run([call(models.interface.encodeFunctionData("register", [parts]))]);
    const hostile = await models.modelCount();
    await owner.run([call(models.interface.encodeFunctionData("setPayout", [hostile, await payout.getAddress()]))]);
    const plain = await registerModel(world, world.alice, { children: { kinds: 0x3fn, leastBps: 1_000n } });
    const gas: bigint[] = [];
    for (const parent of [hostile, plain]) {
      const child = await registerModel(world, bob, { ...FINETUNE, parents: [{ model: parent, shareBps: 1_000n }] });
      // The first distribution of each opens slots of its own.
      await pay(world, child, 50_000n);
      await ledger.distribute(child);
      await pay(world, child, 50_000n);
      gas.push((await (await ledger.distribute(child)).wait())?.gasUsed ?? 0n);
      expect((await ledger.countersOf(parent)).royalties).to.equal(9_900n);
      await ledger.distribute(parent);
    }
    expect(await ledger.balanceOf(bob)).to.equal(2n * 89_100n);
    expect(await ledger.balanceOf(payout), "the ancestor's own share, and no more").to.equal(9_900n);
    expect(item(gas, 0) - item(gas, 1) < 100n, `${gas.join(", ")} gas`).to.equal(true);
  });

  it("attack 7: nothing that an ancestor's owner can call changes a descendant's shares", async () => {
    const world = await start.load();
    const { models, datasets, alice, bob, mallory } = world;
    const dataset = await frozenDataset(world, mallory, alice);
    const ancestor = await registerModel(world, mallory);
    const parts = { parents: [{ model: ancestor, shareBps: 500n }], sources: [source(dataset, 1_000n)] };
    const child = await registerModel(world, bob, { ...FINETUNE, ...parts });
    const split = async () => [await models.splitOf(child), await models.streamsOf(child)];
    const before = await split();
    const [own, data] = [models.connect(mallory), datasets.connect(mallory)];
    await own.setChildTerms(ancestor, { kinds: 0n, leastBps: 10_000n });
    await own.setPayout(ancestor, await datasets.getAddress());
    await own.setOperator(ancestor, bob);
    await data.setTerms(dataset, { ...TERMS, streamBps: 10_000n, proRataBps: 10_000n }, "");
    await data.setAllowLists(dataset, id("nobody"), id("nobody"));
    await data.approveTrainers(dataset, [bob], false);
    await data.freeze(dataset);
    await own.transferFrom(mallory, alice, ancestor);
    expect(await split()).to.deep.equal(before);
    for (const denied of [
      () => own.setChildTerms(child, { kinds: 0n, leastBps: 0n }),
      () => own.setOperator(child, mallory),
      () => own.setPayout(child, mallory),
    ]) {
      await expect(denied()).to.be.revertedWithCustomError(models, "NotModelOwner").withArgs(child, mallory.address);
    }
  });

  it("attack 9: who takes the number that somebody expected gets the number, and nothing that was meant for it", async () => {
    const world = await start.load();
    const { models, market, indexes, provider, ethers, alice, mallory } = world;
    const old = await registerModel(world, alice);
    const expected = old + 1n;
    await provider.request({ method: "evm_setAutomine", params: [false] });
    const tips = (tip: bigint) => ({
      maxPriorityFeePerGas: tip * 10n ** 9n,
      maxFeePerGas: 10n ** 12n,
      gasLimit: 500_000n,
    });
    const mine = await models.connect(alice).register(registration({ supersedes: old }), tips(1n));
    await models.connect(mallory).register(registration({ artifactDigest: id("copied") }), tips(50n));
    const follows = [
      await market.connect(alice).list(expected, 5n, tips(1n)),
      await models.connect(alice).setPayout(expected, alice, tips(1n)),
      await indexes
        .connect(alice)
        .commitBasis(expected, { lanes: 16, basisDigest: id("b"), methodDigest: id("m") }, "", tips(1n)),
    ];
    await provider.request({ method: "evm_mine" });
    await provider.request({ method: "evm_setAutomine", params: [true] });
    expect(await models.ownerOf(expected)).to.equal(mallory.address);
    // Her own registration says which number is hers, and the old model's successor is that one.
    await expect(mine)
      .to.emit(models, "Transfer")
      .withArgs(ZeroAddress, alice.address, expected + 1n);
    expect(await models.supersededBy(old)).to.equal(expected + 1n);
    for (const { hash } of follows) expect((await ethers.provider.getTransactionReceipt(hash))?.status).to.equal(0);
  });

  it("attack 9: nobody registers or contributes in another wallet's name", async () => {
    const world = await start.load();
    const { datasets, models, alice, mallory } = world;
    const dataset = await createDataset(world, alice);
    await datasets.connect(mallory).contribute(dataset, id("alice's rows"), 5n, "");
    const status = async (wallet: string) => (await datasets.submissionOf(dataset, wallet, id("alice's rows")))[0];
    expect([await status(mallory.address), await status(alice.address)]).to.deep.equal([1n, 0n]);
    await datasets.connect(alice).contribute(dataset, id("alice's rows"), 5n, "");
    expect(await status(alice.address)).to.equal(1n);
    const model = await registerModel(world, mallory);
    expect(await models.ownerOf(model)).to.equal(mallory.address);
  });

  it("attack 10: a child earns on, and pays on, when its parent was closed, superseded, sold and its data taken back", async () => {
    const world = await start.load();
    const { models, datasets, ledger, payouts, alice, bob, mallory } = world;
    const dataset = await frozenDataset(world, alice, bob, { training: Training.Approval });
    await datasets.connect(alice).approveTrainers(dataset, [alice, bob], true);
    const parent = await registerModel(world, alice);
    const parts = { parents: [{ model: parent, shareBps: 1_000n }], sources: [source(dataset, 2_000n)] };
    const child = await registerModel(world, bob, { ...FINETUNE, ...parts });
    await pay(world, child, 100_000n);
    await models.connect(alice).setChildTerms(parent, { kinds: 0n, leastBps: 10_000n });
    await models.connect(alice).register(registration({ supersedes: parent }));
    await datasets.connect(alice).approveTrainers(dataset, [alice, bob], false);
    await datasets.connect(bob).retire(dataset, 0n);
    await models.connect(alice).transferFrom(alice, mallory, parent);
    await pay(world, child, 100_000n);
    await ledger.distributeMany([child, parent]);
    // Both payments alike: 99 % net, a tenth of it up, a fifth to the stream, of which a fifth is always pro-rata.
    expect(await ledger.balanceOf(bob)).to.equal(2n * 69_300n);
    expect((await ledger.countersOf(parent)).royalties).to.equal(2n * 9_900n);
    expect(await ledger.balanceOf(mallory), "who owns the parent when it divides").to.equal(2n * 9_900n);
    expect((await payouts.previewProRata(child << 8n, 0n)).amount).to.equal((2n * 19_800n) / 5n);
    // Only children to come are refused.
    await expect(models.connect(bob).register(registration({ ...FINETUNE, ...parts }))).to.be.revertedWithCustomError(
      models,
      "ParentClosed",
    );
  });

  it("attack 11: no view costs more with a long lineage: each reads one model", async () => {
    const world = await start.load();
    const { ethers, models, ledger, alice } = world;
    const readsOf = async (model: bigint): Promise<bigint[]> => {
      const views = [
        [models, "modelOf"],
        [models, "splitOf"],
        [models, "streamsOf"],
        [models, "tokenURI"],
        [ledger, "countersOf"],
        [ledger, "incomeOf"],
      ] as const;
      return Promise.all(
        views.map(async ([contract, view]) => {
          const data = contract.interface.encodeFunctionData(view as never, [model] as never);
          return ethers.provider.estimateGas({ to: await contract.getAddress(), data });
        }),
      );
    };
    const parents: bigint[] = [];
    while (parents.length < 15) parents.push(await registerModel(world, alice));
    const first = await registerModel(world, alice);
    let last = first;
    const wide = (below: bigint) => [...parents, below].map((model) => ({ model, shareBps: 100n }));
    const shallow = await registerModel(world, alice, { parents: wide(first) });
    for (let depth = 0; depth < 40; depth++) last = await registerModel(world, alice, { parents: wide(last) });
    const [near, far] = [await readsOf(shallow), await readsOf(last)];
    for (const [i, gas] of far.entries()) {
      expect(gas < 150_000n, `${gas} gas`).to.equal(true);
      expect(gas - item(near, i) < 200n, `${gas} gas at depth 40, ${near[i]} at depth 1`).to.equal(true);
    }
  });

  it("attack 11: no view of any contract takes a range, a depth or a list of models to walk", async () => {
    const suite = await start.load();
    for (const role of SUITE_ROLES) {
      suite[role].interface.forEachFunction(({ name, inputs, stateMutability }) => {
        if (stateMutability !== "view") return;
        // Proofs are read up to the depth that the number of rows fixes, and a longer one is refused.
        const lists = inputs.filter(({ type, name: input }) => type.endsWith("[]") && input !== "proof");
        expect(lists, `${role}.${name}`).to.deep.equal([]);
      });
    }
  });
});
