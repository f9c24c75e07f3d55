import { createHash } from "node:crypto";
import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, type Signer, ZeroAddress, ZeroHash } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import { onlyOn } from "../support/engine.ts";
import {
  contribute,
  createDataset,
  frozenDataset,
  mappingSlot,
  ModelKind,
  OPEN_TO_CHILDREN,
  registerModel,
  type Registration,
  registration,
  source,
  TERMS,
  Training,
} from "../support/lineage.ts";
import { deploySuite, type Suite } from "../support/suite.ts";

const NOBODY = 77n;
const WHOLE = 10_000n;
const ALL_KINDS = 0x3fn;
/** Places in the registries' storage: number of datasets, mapping of datasets, number of models. */
const DATASET_COUNT_SLOT = 6n;
const DATASETS_SLOT = 9n;
const MODEL_COUNT_SLOT = 6n;

async function build() {
  const suite = await deploySuite();
  const [curator, alice, bob, operator] = [0, 1, 2, 3].map((i) => item(suite.wallets, i));
  if (!curator || !alice || !bob || !operator) throw new Error("too few wallets");
  const base = await registerModel(suite, alice, { children: { ...OPEN_TO_CHILDREN, leastBps: 1_500n } });
  const dataset = await frozenDataset(suite, curator, bob, { streamBps: 1_000n, proRataBps: 2_500n });
  return { ...suite, curator, alice, bob, operator, base, dataset };
}

/** Puts a counter of a registry where `expected` stands now: four billion datasets would take a year. */
async function pokeCounter(suite: Suite, registry: string, slot: bigint, expected: bigint, value: bigint) {
  expect(BigInt(await suite.networkHelpers.getStorageAt(registry, slot)), "the counter").to.equal(expected);
  await suite.networkHelpers.setStorageAt(registry, slot, value);
}

const LAST_VERSION = 65_534n;

/** A dataset whose only frozen version has the given number. */
async function datasetAtVersion(suite: Suite, owner: Signer, version: bigint, proRataBps: bigint): Promise<bigint> {
  const dataset = await createDataset(suite, owner, { streamBps: 0n, proRataBps });
  const submission = await contribute(suite, dataset, owner, 1n);
  await suite.datasets.connect(owner).accept(dataset, [submission]);
  const registry = await suite.datasets.getAddress();
  const slot = mappingSlot(suite, dataset, DATASETS_SLOT) + 1n;
  const word = BigInt(await suite.networkHelpers.getStorageAt(registry, slot));
  expect(word, "the word of accepted contributions and rows").to.equal((1n << 24n) | 1n);
  await suite.networkHelpers.setStorageAt(registry, slot, word | ((version - 1n) << 64n));
  await suite.datasets.connect(owner).freeze(dataset);
  expect((await suite.datasets.versionAt(dataset, version)).rows).to.equal(1n);
  return dataset;
}

type Fees = ReturnType<typeof feesOf>;

/** What a transaction pays, so that a better-paid one comes before it in the block. */
function feesOf(gwei: bigint) {
  return { gasLimit: 1_000_000, maxFeePerGas: 100n * 10n ** 9n, maxPriorityFeePerGas: gwei * 10n ** 9n };
}

/** A wallet's leaf in a list that a dataset's owner sets. */
function leafOf(wallet: string): string {
  return keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(["address"], [wallet])));
}

/** The node above two leaves, smaller one first. */
function pairOf(a: string, b: string): string {
  return keccak256(concat(BigInt(a) < BigInt(b) ? [a, b] : [b, a]));
}

/** A model of some kind with one parent that gets nothing. */
function descendant(parent: bigint, kind: bigint): Registration {
  return registration({ kind, parents: [{ model: parent, shareBps: 0n }] });
}

describe("ModelRegistry", () => {
  const at = useFixture(build);

  const refused = (parts: Partial<Registration>) => {
    const { models, alice } = at();
    return models.connect(alice).register(registration(parts));
  };

  it("knows the registry of its datasets, the number of edges and of kinds", async () => {
    const { models, datasets } = at();
    expect(await models.DATASETS()).to.equal(await datasets.getAddress());
    expect(await models.MAX_EDGES()).to.equal(16n);
    expect(await models.ALL_KINDS()).to.equal(ALL_KINDS);
  });

  describe("register", () => {
    describe("the model itself", () => {
      it("refuses a model without artifact", async () => {
        await expect(refused({ artifactDigest: ZeroHash })).to.be.revertedWithCustomError(
          at().models,
          "ArtifactMissing",
        );
      });

      it("refuses to ask children for more than the whole", async () => {
        await expect(refused({ children: { ...OPEN_TO_CHILDREN, leastBps: WHOLE + 1n } }))
          .to.be.revertedWithCustomError(at().models, "SharesAboveWhole")
          .withArgs(WHOLE + 1n);
      });

      it("refuses a kind that doesn't exist", async () => {
        await expect(refused({ kind: 6n })).to.be.revertedWithoutReason(at().ethers);
      });

      it("refuses to allow children of a kind that doesn't exist", async () => {
        for (const kinds of [0x40n, 0xffn]) {
          await expect(refused({ children: { kinds, leastBps: 0n } }))
            .to.be.revertedWithCustomError(at().models, "UnknownKinds")
            .withArgs(kinds);
        }
      });

      it("takes each kind and keeps all that was said", async () => {
        const { models, alice, operator } = at();
        for (const kind of Object.values(ModelKind)) {
          const children = { kinds: ALL_KINDS - kind, leastBps: WHOLE };
          const parts = { kind, operator: operator.address, children, artifactDigest: id(`kind ${kind}`) };
          const model = await registerModel(at(), alice, parts);
          expect(await models.modelOf(model)).to.deep.equal([
            kind,
            operator.address,
            WHOLE,
            [children.kinds, WHOLE],
            0n,
            0n,
            id(`kind ${kind}`),
          ]);
        }
      });

      it("gives the next number to the caller, returns it, and says everything in the event", async () => {
        const { models, alice, bob, operator, base, dataset } = at();
        const older = await registerModel(at(), bob);
        const next = older + 1n;
        const parts = registration({
          kind: ModelKind.Finetune,
          artifactDigest: id("weights of the child"),
          recipeDigest: id("training configuration"),
          operator: operator.address,
          children: { kinds: 0x22n, leastBps: 250n },
          supersedes: older,
          priceHint: 2n ** 200n,
          parents: [{ model: base, shareBps: 2_000n }],
          sources: [source(dataset, 3_000n)],
          uri: "ipfs://card",
        });
        expect(await models.connect(bob).register.staticCall(parts)).to.equal(next);
        const registered = models.connect(bob).register(parts);
        await expect(registered)
          .to.emit(models, "ModelRegistered")
          .withArgs(next, bob.address, 5_000n, [
            ModelKind.Finetune,
            id("weights of the child"),
            id("training configuration"),
            operator.address,
            [0x22n, 250n],
            older,
            2n ** 200n,
            [[base, 2_000n]],
            [[dataset, 1n, 3_000n, []]],
            "ipfs://card",
          ]);
        await expect(registered).to.emit(models, "Transfer").withArgs(ZeroAddress, bob.address, next);
        for (const event of ["OperatorSet", "PayoutSet", "ChildTermsSet"]) {
          await expect(registered).not.to.emit(models, event);
        }
        expect(await models.ownerOf(next)).to.equal(bob.address);
        expect(await models.modelCount()).to.equal(next);
        expect(await models.operatorOf(next)).to.equal(operator.address);
        expect(await models.modelOf(next)).to.deep.equal([
          ModelKind.Finetune,
          operator.address,
          5_000n,
          [0x22n, 250n],
          1n,
          1n,
          id("weights of the child"),
        ]);
        expect(await models.splitOf(next)).to.deep.equal([bob.address, 5_000n, [[base, 2_000n]]]);
        expect(await models.streamAt(next, 0n)).to.deep.equal([dataset, 1n, 3_000n, 2_500n]);
        expect(await models.streamsOf(next)).to.deep.equal([[dataset, 1n, 3_000n, 2_500n]]);
        expect(await models.payoutOf(next)).to.equal(ZeroAddress);
        expect(await models.supersededBy(older)).to.equal(next);
        expect(await models.splitOf(base), "the parent is as it was").to.deep.equal([alice.address, WHOLE, []]);
      });
    });

    describe("parents", () => {
      it("refuses a parent that doesn't exist", async () => {
        await expect(refused({ parents: [{ model: NOBODY, shareBps: 5_000n }] }))
          .to.be.revertedWithCustomError(at().models, "ModelNotFound")
          .withArgs(NOBODY);
      });

      it("refuses number 0 as parent", async () => {
        await expect(refused({ parents: [{ model: 0n, shareBps: 5_000n }] }))
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(0n, 0n);
      });

      it("attack 1: refuses the model's own number, and the number of the model after it", async () => {
        const { models, base } = at();
        for (const later of [base + 1n, base + 2n]) {
          await expect(refused({ parents: [{ model: later, shareBps: 5_000n }] }))
            .to.be.revertedWithCustomError(models, "ModelNotFound")
            .withArgs(later);
        }
      });

      it("refuses an id of more than 48 bits whose low bits name a parent", async () => {
        const { base } = at();
        const wide = base + 2n ** 48n;
        await expect(refused({ parents: [{ model: wide, shareBps: 5_000n }] }))
          .to.be.revertedWithCustomError(at().models, "ModelNotFound")
          .withArgs(wide);
      });

      it("refuses parents in falling order", async () => {
        const { alice, base } = at();
        const second = await registerModel(at(), alice);
        await expect(
          refused({
            parents: [
              { model: second, shareBps: 2_000n },
              { model: base, shareBps: 2_000n },
            ],
          }),
        )
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(second, base);
      });

      it("attack 2: refuses the same parent twice, with the same and with another share", async () => {
        const { base } = at();
        for (const shareBps of [2_000n, 3_000n]) {
          await expect(
            refused({
              parents: [
                { model: base, shareBps: 2_000n },
                { model: base, shareBps },
              ],
            }),
          )
            .to.be.revertedWithCustomError(at().models, "NotAscending")
            .withArgs(base, base);
        }
      });

      it("refuses less than the parent asks of its children", async () => {
        const { base } = at();
        await expect(refused({ parents: [{ model: base, shareBps: 1_499n }] }))
          .to.be.revertedWithCustomError(at().models, "ShareBelowTerms")
          .withArgs(base, 1_499n, 1_500n);
      });

      it("takes exactly what the parent asks", async () => {
        const { models, alice, base } = at();
        const child = await registerModel(at(), alice, { parents: [{ model: base, shareBps: 1_500n }] });
        expect((await models.modelOf(child)).developerBps).to.equal(8_500n);
      });

      it("takes a parent for nothing where it asks for nothing", async () => {
        const { models, alice } = at();
        const free = await registerModel(at(), alice);
        const child = await registerModel(at(), alice, { parents: [{ model: free, shareBps: 0n }] });
        expect(await models.splitOf(child)).to.deep.equal([alice.address, WHOLE, [[free, 0n]]]);
      });

      it("refuses every kind of child where the parent is closed", async () => {
        const { models, alice, bob } = at();
        const closed = await registerModel(at(), bob, { children: { kinds: 0n, leastBps: 0n } });
        for (const kind of Object.values(ModelKind)) {
          await expect(models.connect(alice).register(descendant(closed, kind)))
            .to.be.revertedWithCustomError(models, "ParentClosed")
            .withArgs(closed, kind);
        }
        // Its owner's own children are no exception.
        await expect(
          models.connect(bob).register(descendant(closed, ModelKind.Finetune)),
        ).to.be.revertedWithCustomError(models, "ParentClosed");
      });

      for (const [name, allowed] of Object.entries(ModelKind)) {
        it(`takes only children of kind ${name} where the parent allows only those`, async () => {
          const { models, alice, bob } = at();
          const parent = await registerModel(at(), bob, { children: { kinds: 1n << allowed, leastBps: 0n } });
          for (const kind of Object.values(ModelKind)) {
            const registered = models.connect(alice).register(descendant(parent, kind));
            if (kind === allowed) await expect(registered).to.emit(models, "ModelRegistered");
            else {
              await expect(registered).to.be.revertedWithCustomError(models, "ParentClosed").withArgs(parent, kind);
            }
          }
        });
      }

      it("asks every parent, wherever it stands in the list", async () => {
        const { models, alice, bob } = at();
        const open = { ...OPEN_TO_CHILDREN, leastBps: 10n };
        const merges = { kinds: 1n << ModelKind.Merge, leastBps: 30n };
        for (const place of [0, 1, 4, 15]) {
          const parents: { model: bigint; shareBps: bigint }[] = [];
          for (let i = 0; i < 16; i++) {
            const model = await registerModel(at(), bob, { children: i === place ? merges : open });
            parents.push({ model, shareBps: i === place ? 30n : 10n });
          }
          const strict = item(parents, place).model;
          await expect(models.connect(alice).register(registration({ kind: ModelKind.Finetune, parents })))
            .to.be.revertedWithCustomError(models, "ParentClosed")
            .withArgs(strict, ModelKind.Finetune);
          const short = parents.map((parent, i) => (i === place ? { ...parent, shareBps: 29n } : parent));
          await expect(models.connect(alice).register(registration({ kind: ModelKind.Merge, parents: short })))
            .to.be.revertedWithCustomError(models, "ShareBelowTerms")
            .withArgs(strict, 29n, 30n);
          await models.connect(alice).register(registration({ kind: ModelKind.Merge, parents }));
        }
      });

      describe("attack 8: terms that are raised while a registration waits to be included", () => {
        // anvil doesn't put the better-paid transaction of a block first.
        beforeEach(function () {
          onlyOn(this, "hardhat", "op");
        });

        /** Sends a registration, lets a better-paid transaction overtake it in the same block, and tells how they end. */
        async function overtaken(parts: Registration, overtake: (fees: Fees) => Promise<{ hash: string }>) {
          const { models, bob, ethers, provider } = at();
          await provider.request({ method: "evm_setAutomine", params: [false] });
          const sent = await models.connect(bob).register(parts, feesOf(1n));
          const before = await overtake(feesOf(50n));
          await provider.request({ method: "evm_mine" });
          await provider.request({ method: "evm_setAutomine", params: [true] });
          const [late, first] = await Promise.all(
            [sent, before].map(({ hash }) => ethers.provider.getTransactionReceipt(hash)),
          );
          expect(first?.blockNumber).to.equal(late?.blockNumber);
          return [first?.index, first?.status, late?.index, late?.status];
        }

        it("make it revert when the parent asks for a basis point more than it grants", async () => {
          const { models, alice, bob, base } = at();
          const parts = registration({ kind: ModelKind.Finetune, parents: [{ model: base, shareBps: 1_500n }] });
          const outcome = await overtaken(parts, (fees) =>
            models.connect(alice).setChildTerms(base, { ...OPEN_TO_CHILDREN, leastBps: 1_501n }, fees),
          );
          expect(outcome).to.deep.equal([0, 1, 1, 0]);
          expect(await models.modelCount()).to.equal(base);
          await expect(models.connect(bob).register(parts))
            .to.be.revertedWithCustomError(models, "ShareBelowTerms")
            .withArgs(base, 1_500n, 1_501n);
        });

        it("make it revert when the parent closes", async () => {
          const { models, alice, bob, base } = at();
          const parts = registration({ kind: ModelKind.Finetune, parents: [{ model: base, shareBps: 1_500n }] });
          const outcome = await overtaken(parts, (fees) =>
            models.connect(alice).setChildTerms(base, { kinds: 0n, leastBps: 1_500n }, fees),
          );
          expect(outcome).to.deep.equal([0, 1, 1, 0]);
          await expect(models.connect(bob).register(parts))
            .to.be.revertedWithCustomError(models, "ParentClosed")
            .withArgs(base, ModelKind.Finetune);
        });

        it("make it revert when the dataset asks for more", async () => {
          const { models, datasets, curator, bob, dataset } = at();
          const parts = registration({ sources: [source(dataset, 1_000n)] });
          const outcome = await overtaken(parts, (fees) =>
            datasets.connect(curator).setTerms(dataset, { ...TERMS, proRataBps: 2_500n, streamBps: 1_001n }, "", fees),
          );
          expect(outcome).to.deep.equal([0, 1, 1, 0]);
          await expect(models.connect(bob).register(parts))
            .to.be.revertedWithCustomError(models, "ShareBelowTerms")
            .withArgs(dataset, 1_000n, 1_001n);
        });

        it("don't matter to a registration that grants as much", async () => {
          const { models, alice, base } = at();
          const parts = registration({ kind: ModelKind.Finetune, parents: [{ model: base, shareBps: 1_600n }] });
          const outcome = await overtaken(parts, (fees) =>
            models.connect(alice).setChildTerms(base, { kinds: 1n << ModelKind.Finetune, leastBps: 1_600n }, fees),
          );
          expect(outcome).to.deep.equal([0, 1, 1, 1]);
          expect((await models.splitOf(base + 1n)).parents, "not a wei more than was granted").to.deep.equal([
            [base, 1_600n],
          ]);
        });
      });

      it("attack 8: whatever later children agree to, the share of an older child stays", async () => {
        const { models, alice, bob, base } = at();
        const child = await registerModel(at(), bob, { parents: [{ model: base, shareBps: 1_500n }] });
        const before = await models.splitOf(child);
        await registerModel(at(), alice, { parents: [{ model: base, shareBps: 9_000n }] });
        await models.connect(alice).transferFrom(alice, bob, base);
        expect(await models.splitOf(child)).to.deep.equal(before);
      });
    });

    describe("sources", () => {
      it("refuses a dataset that doesn't exist", async () => {
        const { datasets } = at();
        await expect(refused({ sources: [source(NOBODY, 1_000n)] }))
          .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
          .withArgs(NOBODY);
      });

      it("refuses number 0 as dataset", async () => {
        await expect(refused({ sources: [source(0n, 1_000n)] }))
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(0n, 0n);
      });

      it("refuses an id of more than 32 bits whose low bits name a dataset", async () => {
        const { datasets, dataset } = at();
        const wide = dataset + 2n ** 32n;
        await expect(refused({ sources: [source(wide, 1_000n)] }))
          .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
          .withArgs(wide);
      });

      it("refuses a version that isn't frozen", async () => {
        const { datasets, dataset } = at();
        for (const version of [0n, 2n]) {
          await expect(refused({ sources: [source(dataset, 1_000n, version)] }))
            .to.be.revertedWithCustomError(datasets, "VersionNotFound")
            .withArgs(dataset, version);
        }
      });

      it("refuses datasets in falling order", async () => {
        const { curator, bob, dataset } = at();
        const second = await frozenDataset(at(), curator, bob);
        await expect(
          refused({
            sources: [source(second, 1_000n), source(dataset, 1_000n)],
          }),
        )
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(second, dataset);
      });

      it("attack 2: refuses two versions of one dataset", async () => {
        const { datasets, curator, dataset } = at();
        await datasets.connect(curator).freeze(dataset);
        await expect(
          refused({
            sources: [source(dataset, 1_000n), source(dataset, 1_000n, 2n)],
          }),
        )
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(dataset, dataset);
      });

      it("refuses less than the dataset's terms ask", async () => {
        const { dataset } = at();
        await expect(refused({ sources: [source(dataset, 999n)] }))
          .to.be.revertedWithCustomError(at().models, "ShareBelowTerms")
          .withArgs(dataset, 999n, 1_000n);
      });

      describe("whose owner says who may train", () => {
        const from = (caller: Signer, dataset: bigint, permission: string[] = []) =>
          at()
            .models.connect(caller)
            .register(registration({ sources: [{ ...source(dataset, 1_000n), permission }] }));
        const expectRefusal = async (registered: Promise<unknown>, dataset: bigint, trainer: Signer) => {
          await expect(registered)
            .to.be.revertedWithCustomError(at().datasets, "TrainingNotPermitted")
            .withArgs(dataset, await trainer.getAddress());
        };

        it("takes anyone where anyone may, whatever stands in the permission", async () => {
          const { models, alice, bob, dataset } = at();
          await expect(from(alice, dataset)).to.emit(models, "ModelRegistered");
          await expect(from(bob, dataset, [id("no proof at all")])).to.emit(models, "ModelRegistered");
        });

        it("takes only wallets that the owner approved, for as long as it does", async () => {
          const { models, datasets, curator, alice, bob } = at();
          const dataset = await frozenDataset(at(), curator, bob, { training: Training.Approval });
          for (const trainer of [alice, bob, curator]) await expectRefusal(from(trainer, dataset), dataset, trainer);
          await datasets.connect(curator).approveTrainers(dataset, [alice], true);
          await expect(from(alice, dataset)).to.emit(models, "ModelRegistered");
          await expectRefusal(from(bob, dataset), dataset, bob);
          const trained = await models.modelCount();
          await datasets.connect(curator).approveTrainers(dataset, [alice], false);
          await expectRefusal(from(alice, dataset), dataset, alice);
          expect(await models.streamAt(trained, 0n), "what was trained stays").to.deep.equal([
            dataset,
            1n,
            1_000n,
            2_000n,
          ]);
        });

        it("takes only wallets on the list, with their own proof", async () => {
          const { models, datasets, curator, alice, bob, operator } = at();
          const dataset = await frozenDataset(at(), curator, bob, { training: Training.AllowList });
          const [ofAlice, ofBob] = [leafOf(alice.address), leafOf(bob.address)];
          await expectRefusal(from(alice, dataset, [ofBob]), dataset, alice);
          await datasets.connect(curator).setAllowLists(dataset, ZeroHash, pairOf(ofAlice, ofBob));
          await expectRefusal(from(alice, dataset), dataset, alice);
          await expectRefusal(from(alice, dataset, [ofAlice]), dataset, alice);
          await expectRefusal(from(operator, dataset, [ofBob]), dataset, operator);
          await expect(from(alice, dataset, [ofBob])).to.emit(models, "ModelRegistered");
          await expect(from(bob, dataset, [ofAlice])).to.emit(models, "ModelRegistered");
          await datasets.connect(curator).setAllowLists(dataset, ZeroHash, ofBob);
          await expectRefusal(from(alice, dataset, [ofBob]), dataset, alice);
          await expect(from(bob, dataset)).to.emit(models, "ModelRegistered");
        });

        it("attack 19: doesn't take the list of contributors, an inner node, or no list for permission", async () => {
          const { datasets, curator, alice, bob } = at();
          const dataset = await frozenDataset(at(), curator, bob, { training: Training.AllowList });
          const [ofAlice, ofBob] = [leafOf(alice.address), leafOf(bob.address)];
          await datasets.connect(curator).setAllowLists(dataset, pairOf(ofAlice, ofBob), ZeroHash);
          await expectRefusal(from(alice, dataset, [ofBob]), dataset, alice);
          await expectRefusal(from(alice, dataset, []), dataset, alice);
          await datasets.connect(curator).approveTrainers(dataset, [alice], true);
          await expectRefusal(from(alice, dataset, []), dataset, alice);
        });

        it("asks each of several datasets by itself", async () => {
          const { models, datasets, curator, alice, bob, dataset } = at();
          const closed = await frozenDataset(at(), curator, bob, { training: Training.Approval });
          const parts = registration({ sources: [source(dataset, 1_000n), source(closed, 1_000n)] });
          await expectRefusal(models.connect(alice).register(parts), closed, alice);
          await datasets.connect(curator).approveTrainers(closed, [alice], true);
          await expect(models.connect(alice).register(parts)).to.emit(models, "ModelRegistered");
        });
      });

      it("takes exactly what the terms ask, and a later version", async () => {
        const { models, datasets, curator, alice, dataset } = at();
        await datasets.connect(curator).freeze(dataset);
        const model = await registerModel(at(), alice, { sources: [source(dataset, 1_000n, 2n)] });
        expect(await models.streamAt(model, 0n)).to.deep.equal([dataset, 2n, 1_000n, 2_500n]);
      });
    });

    describe("the sum of shares", () => {
      it("attack 6: refuses one basis point above the whole, of parents, of sources, and of both", async () => {
        const { models, base, dataset } = at();
        const parent = (shareBps: bigint) => [{ model: base, shareBps }];
        for (const parts of [
          { parents: parent(10_001n) },
          { sources: [source(dataset, 10_001n)] },
          { parents: parent(5_000n), sources: [source(dataset, 5_001n)] },
        ]) {
          await expect(refused(parts)).to.be.revertedWithCustomError(models, "SharesAboveWhole").withArgs(10_001n);
        }
      });

      it("attack 6: refuses 32 shares that would wrap around 16 bits", async () => {
        const { models, curator, alice, bob } = at();
        const parents = [];
        const sources = [];
        for (let i = 0; i < 16; i++) {
          parents.push({ model: await registerModel(at(), alice), shareBps: 65_535n });
          sources.push(source(await frozenDataset(at(), curator, bob), 65_535n));
        }
        await expect(refused({ parents, sources }))
          .to.be.revertedWithCustomError(models, "SharesAboveWhole")
          .withArgs(32n * 65_535n);
      });

      it("takes the whole, which leaves nothing to the developer", async () => {
        const { models, alice, base, dataset } = at();
        const model = await registerModel(at(), alice, {
          parents: [{ model: base, shareBps: 4_000n }],
          sources: [source(dataset, 6_000n)],
        });
        expect((await models.splitOf(model)).developerBps).to.equal(0n);
      });
    });

    describe("the number of edges", () => {
      async function edges(count: number) {
        const { curator, alice, bob } = at();
        const parents: { model: bigint; shareBps: bigint }[] = [];
        const sources: Registration["sources"] = [];
        for (let i = 0; i < count; i++) {
          parents.push({ model: await registerModel(at(), alice), shareBps: BigInt(i) + 1n });
          const dataset = await frozenDataset(at(), curator, bob, { streamBps: 0n, proRataBps: BigInt(i) });
          sources.push(source(dataset, BigInt(i) + 101n));
        }
        return { parents, sources };
      }

      it("attack 3: refuses 17 parents", async () => {
        const { parents } = await edges(17);
        await expect(refused({ parents }))
          .to.be.revertedWithCustomError(at().models, "TooManyEdges")
          .withArgs(17n, 16n);
      });

      it("attack 3: refuses 17 datasets", async () => {
        const { sources } = await edges(17);
        await expect(refused({ sources }))
          .to.be.revertedWithCustomError(at().models, "TooManyEdges")
          .withArgs(17n, 16n);
      });

      for (const count of [1, 2, 3, 4, 5, 6, 7, 15, 16]) {
        it(`gives back ${count} parents and ${count} datasets as they were named`, async () => {
          const { models, alice } = at();
          const { parents, sources } = await edges(count);
          const model = await registerModel(at(), alice, { parents, sources });
          const { developerBps, parents: stored } = await models.splitOf(model);
          expect(stored).to.deep.equal(parents.map((parent) => [parent.model, parent.shareBps]));
          const streams = sources.map(({ dataset, shareBps }, slot) => [dataset, 1n, shareBps, BigInt(slot)]);
          expect(await models.streamsOf(model)).to.deep.equal(streams);
          for (const [slot, stream] of streams.entries()) {
            expect(await models.streamAt(model, slot), `stream ${slot}`).to.deep.equal(stream);
          }
          const n = BigInt(count);
          expect(developerBps).to.equal(WHOLE - (n * (n + 1n)) / 2n - (n * (n + 1n)) / 2n - 100n * n);
          const { parents: parentCount, streams: streamCount } = await models.modelOf(model);
          expect([parentCount, streamCount]).to.deep.equal([n, n]);
          await expect(models.streamAt(model, count))
            .to.be.revertedWithCustomError(models, "StreamNotFound")
            .withArgs(model, n);
        });
      }
    });

    describe("supersedes", () => {
      const successorBy = (caller: Signer, supersedes: bigint) =>
        at().models.connect(caller).register(registration({ supersedes }));

      it("names nothing when it is 0", async () => {
        const { models, alice, base } = at();
        await registerModel(at(), alice);
        for (const model of [0n, base, base + 1n]) expect(await models.supersededBy(model)).to.equal(0n);
      });

      it("refuses a model that doesn't exist, and the new model itself", async () => {
        const { models, alice, base } = at();
        for (const unknown of [base + 1n, base + 2n, NOBODY, 2n ** 48n + base]) {
          await expect(successorBy(alice, unknown))
            .to.be.revertedWithCustomError(models, "ModelNotFound")
            .withArgs(unknown);
        }
      });

      it("refuses another's model, also for whom its owner lets move it", async () => {
        const { models, alice, bob, operator, base } = at();
        await models.connect(alice).setApprovalForAll(bob, true);
        await models.connect(alice).setOperator(base, operator);
        for (const caller of [bob, operator]) {
          await expect(successorBy(caller, base))
            .to.be.revertedWithCustomError(models, "NotModelOwner")
            .withArgs(base, caller.address);
        }
        expect(await models.supersededBy(base)).to.equal(0n);
      });

      it("names the successor, the latest one where there are several, and says so in the registration", async () => {
        const { models, alice, base } = at();
        const first = await registerModel(at(), alice, { supersedes: base });
        expect(await models.supersededBy(base)).to.equal(first);
        const second = await registerModel(at(), alice, { supersedes: first });
        expect([await models.supersededBy(base), await models.supersededBy(first)]).to.deep.equal([first, second]);
        const third = await registerModel(at(), alice, { supersedes: base });
        expect(await models.supersededBy(base)).to.equal(third);
        const [event] = await models.queryFilter(models.filters.ModelRegistered(third));
        expect(event?.args.registration.supersedes).to.equal(base);
      });

      it("attack 10: changes nothing of the old model, which can still be a parent", async () => {
        const { models, alice, bob, operator, base } = at();
        await models.connect(alice).setOperator(base, operator);
        const before = [await models.modelOf(base), await models.splitOf(base), await models.ownerOf(base)];
        await registerModel(at(), alice, { supersedes: base, parents: [{ model: base, shareBps: 1_500n }] });
        expect([await models.modelOf(base), await models.splitOf(base), await models.ownerOf(base)]).to.deep.equal(
          before,
        );
        const child = await registerModel(at(), bob, { parents: [{ model: base, shareBps: 1_500n }] });
        expect((await models.splitOf(child)).parents).to.deep.equal([[base, 1_500n]]);
      });

      it("is up to the new owner after a sale, and stays named", async () => {
        const { models, alice, bob, base } = at();
        const successor = await registerModel(at(), alice, { supersedes: base });
        await models.connect(alice).transferFrom(alice, bob, base);
        expect(await models.supersededBy(base)).to.equal(successor);
        await expect(successorBy(alice, base)).to.be.revertedWithCustomError(models, "NotModelOwner");
        const later = await registerModel(at(), bob, { supersedes: base });
        expect(await models.supersededBy(base)).to.equal(later);
      });
    });

    describe("packing", () => {
      it("gives back 16 parents with the largest ids, whatever share stands next to whatever", async () => {
        const { models, alice, base } = at();
        const last = 2n ** 48n - 1n;
        await pokeCounter(at(), await models.getAddress(), MODEL_COUNT_SLOT, base, last - 20n);
        const ids: bigint[] = [];
        for (let i = 0; i < 16; i++) ids.push(await registerModel(at(), alice));
        expect(ids[15]).to.equal(last - 4n);
        for (const heavy of [0, 3, 4, 15]) {
          const parents = ids.map((model, i) => ({ model, shareBps: i === heavy ? WHOLE : 0n }));
          const child = (await models.modelCount()) + 1n;
          await models.connect(alice).register(registration({ parents }));
          const split = await models.splitOf(child);
          expect(split).to.deep.equal([alice.address, 0n, parents.map(({ model, shareBps }) => [model, shareBps])]);
        }
        expect(await models.modelCount()).to.equal(last);
      });

      it("gives back 16 datasets with the largest ids and versions, whatever share stands next to whatever", async () => {
        const { models, datasets, curator, alice, dataset } = at();
        const last = 2n ** 32n - 1n;
        await pokeCounter(at(), await datasets.getAddress(), DATASET_COUNT_SLOT, dataset, last - 16n);
        const named: { dataset: bigint; version: bigint; proRataBps: bigint }[] = [];
        for (let i = 0n; i < 16n; i++) {
          const [version, proRataBps] = [i % 2n === 0n ? LAST_VERSION : 1n, i % 3n === 0n ? WHOLE : 1n];
          named.push({ dataset: await datasetAtVersion(at(), curator, version, proRataBps), version, proRataBps });
        }
        expect(item(named, 15).dataset).to.equal(last);
        for (const heavy of [0, 2, 3, 15]) {
          const shares = named.map((_, i) => (i === heavy ? WHOLE : 0n));
          const model = await registerModel(at(), alice, {
            sources: named.map(({ dataset: named, version }, i) => source(named, item(shares, i), version)),
          });
          const streams = named.map((named, i) => [named.dataset, named.version, item(shares, i), named.proRataBps]);
          expect(await models.streamsOf(model), `streams of ${model}`).to.deep.equal(streams);
          for (const [slot, stream] of streams.entries()) {
            expect(await models.streamAt(model, slot), `stream ${slot} of ${model}`).to.deep.equal(stream);
          }
        }
      });
    });
  });

  describe("setOperator", () => {
    it("refuses a model that doesn't exist", async () => {
      const { models, alice } = at();
      await expect(models.connect(alice).setOperator(NOBODY, alice))
        .to.be.revertedWithCustomError(models, "ModelNotFound")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the owner: the operator, and whom the owner let move the token", async () => {
      const { models, alice, bob, operator, base } = at();
      await models.connect(alice).setOperator(base, operator);
      await models.connect(alice).setApprovalForAll(bob, true);
      for (const caller of [operator, bob]) {
        await expect(models.connect(caller).setOperator(base, caller))
          .to.be.revertedWithCustomError(models, "NotModelOwner")
          .withArgs(base, caller.address);
      }
    });

    it("sets, changes and clears the operator", async () => {
      const { models, alice, bob, operator, base } = at();
      for (const next of [operator.address, bob.address, ZeroAddress]) {
        await expect(models.connect(alice).setOperator(base, next)).to.emit(models, "OperatorSet").withArgs(base, next);
        expect(await models.operatorOf(base)).to.equal(next);
        expect((await models.modelOf(base)).operator).to.equal(next);
      }
    });

    it("leaves everything else of the model as it is", async () => {
      const { models, alice, operator, base } = at();
      const before = await models.modelOf(base);
      await models.connect(alice).setOperator(base, operator);
      const after = await models.modelOf(base);
      expect([...after].filter((_, i) => i !== 1)).to.deep.equal([...before].filter((_, i) => i !== 1));
    });
  });

  describe("setPayout", () => {
    it("refuses a model that doesn't exist", async () => {
      const { models, alice } = at();
      await expect(models.connect(alice).setPayout(NOBODY, alice))
        .to.be.revertedWithCustomError(models, "ModelNotFound")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the owner: the operator, whom the owner let move the token, and the payout itself", async () => {
      const { models, alice, bob, operator, curator, base } = at();
      await models.connect(alice).setOperator(base, operator);
      await models.connect(alice).setApprovalForAll(bob, true);
      await models.connect(alice).setPayout(base, curator);
      for (const caller of [operator, bob, curator]) {
        await expect(models.connect(caller).setPayout(base, caller))
          .to.be.revertedWithCustomError(models, "NotModelOwner")
          .withArgs(base, caller.address);
      }
      expect(await models.payoutOf(base)).to.equal(curator.address);
    });

    it("sets, changes and clears who gets the developer's share, and no share", async () => {
      const { models, alice, bob, base, dataset } = at();
      const parents = [{ model: base, shareBps: 2_000n }];
      const model = await registerModel(at(), alice, { parents, sources: [source(dataset, 1_000n)] });
      const before = await models.modelOf(model);
      for (const payout of [bob.address, await models.getAddress(), ZeroAddress]) {
        await expect(models.connect(alice).setPayout(model, payout))
          .to.emit(models, "PayoutSet")
          .withArgs(model, payout);
        expect(await models.payoutOf(model)).to.equal(payout);
        const payee = payout === ZeroAddress ? alice.address : payout;
        expect(await models.splitOf(model)).to.deep.equal([payee, 7_000n, [[base, 2_000n]]]);
      }
      expect(await models.modelOf(model)).to.deep.equal(before);
      expect(await models.ownerOf(model)).to.equal(alice.address);
    });
  });

  describe("setChildTerms", () => {
    const ASKED = { kinds: 0x15n, leastBps: 3_000n };

    it("refuses a model that doesn't exist", async () => {
      const { models, alice } = at();
      await expect(models.connect(alice).setChildTerms(NOBODY, ASKED))
        .to.be.revertedWithCustomError(models, "ModelNotFound")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the owner", async () => {
      const { models, alice, bob, operator, base } = at();
      await models.connect(alice).setOperator(base, operator);
      await models.connect(alice).setApprovalForAll(bob, true);
      for (const caller of [operator, bob]) {
        await expect(models.connect(caller).setChildTerms(base, ASKED))
          .to.be.revertedWithCustomError(models, "NotModelOwner")
          .withArgs(base, caller.address);
      }
    });

    it("refuses more than the whole, and kinds that don't exist", async () => {
      const { models, alice, base } = at();
      await expect(models.connect(alice).setChildTerms(base, { ...ASKED, leastBps: WHOLE + 1n }))
        .to.be.revertedWithCustomError(models, "SharesAboveWhole")
        .withArgs(WHOLE + 1n);
      await expect(models.connect(alice).setChildTerms(base, { ...ASKED, kinds: ALL_KINDS + 1n }))
        .to.be.revertedWithCustomError(models, "UnknownKinds")
        .withArgs(ALL_KINDS + 1n);
    });

    it("says what it asks from now on, and changes nothing else", async () => {
      const { models, alice, operator, base } = at();
      await models.connect(alice).setOperator(base, operator);
      const before = [...(await models.modelOf(base))];
      for (const terms of [ASKED, { kinds: 0n, leastBps: 0n }, { kinds: ALL_KINDS, leastBps: WHOLE }]) {
        await expect(models.connect(alice).setChildTerms(base, terms))
          .to.emit(models, "ChildTermsSet")
          .withArgs(base, [terms.kinds, terms.leastBps]);
        const after = [...(await models.modelOf(base))];
        expect(after[3]).to.deep.equal([terms.kinds, terms.leastBps]);
        expect(after.filter((_, i) => i !== 3)).to.deep.equal(before.filter((_, i) => i !== 3));
      }
    });

    it("attack 10: holds for children to come; those that exist keep their shares, their own children too", async () => {
      const { models, alice, bob, base } = at();
      const child = await registerModel(at(), bob, { parents: [{ model: base, shareBps: 1_500n }] });
      await models.connect(alice).setChildTerms(base, { kinds: 0n, leastBps: WHOLE });
      expect(await models.splitOf(child)).to.deep.equal([bob.address, 8_500n, [[base, 1_500n]]]);
      await expect(refused({ parents: [{ model: base, shareBps: WHOLE }] })).to.be.revertedWithCustomError(
        models,
        "ParentClosed",
      );
      const grandchild = await registerModel(at(), bob, { parents: [{ model: child, shareBps: 0n }] });
      expect((await models.splitOf(grandchild)).parents).to.deep.equal([[child, 0n]]);
      await models.connect(alice).setChildTerms(base, OPEN_TO_CHILDREN);
      const free = await registerModel(at(), bob, { parents: [{ model: base, shareBps: 0n }] });
      expect((await models.splitOf(free)).parents).to.deep.equal([[base, 0n]]);
    });

    it("outlives a sale until the new owner changes it", async () => {
      const { models, alice, bob, base } = at();
      await models.connect(alice).setChildTerms(base, ASKED);
      await models.connect(alice).transferFrom(alice, bob, base);
      expect((await models.modelOf(base)).children).to.deep.equal([ASKED.kinds, ASKED.leastBps]);
      await expect(models.connect(alice).setChildTerms(base, OPEN_TO_CHILDREN)).to.be.revertedWithCustomError(
        models,
        "NotModelOwner",
      );
      await models.connect(bob).setChildTerms(base, OPEN_TO_CHILDREN);
    });
  });

  describe("a transfer", () => {
    it("clears the operator, so that its signature doesn't speak for the new owner", async () => {
      const { models, alice, bob, operator, base } = at();
      await models.connect(alice).setOperator(base, operator);
      await expect(models.connect(alice).transferFrom(alice, bob, base))
        .to.emit(models, "OperatorSet")
        .withArgs(base, ZeroAddress);
      expect(await models.operatorOf(base)).to.equal(ZeroAddress);
      await expect(models.connect(alice).setOperator(base, operator))
        .to.be.revertedWithCustomError(models, "NotModelOwner")
        .withArgs(base, alice.address);
      await models.connect(bob).setOperator(base, operator);
      expect(await models.operatorOf(base)).to.equal(operator.address);
    });

    it("clears the operator when it is safe, by somebody approved, and to the owner itself", async () => {
      const { models, alice, bob, operator, base } = at();
      await models.connect(alice).setOperator(base, operator);
      await models.connect(alice)["safeTransferFrom(address,address,uint256)"](alice, alice, base);
      expect(await models.operatorOf(base)).to.equal(ZeroAddress);
      await models.connect(alice).setOperator(base, operator);
      await models.connect(alice).approve(bob, base);
      await models.connect(bob)["safeTransferFrom(address,address,uint256,bytes)"](alice, bob, base, "0x");
      expect(await models.operatorOf(base)).to.equal(ZeroAddress);
    });

    it("clears the payout, so that the old owner's doesn't get the new one's income", async () => {
      const { models, alice, bob, operator, base } = at();
      await models.connect(alice).setPayout(base, operator);
      await expect(models.connect(alice).transferFrom(alice, bob, base))
        .to.emit(models, "PayoutSet")
        .withArgs(base, ZeroAddress);
      expect(await models.payoutOf(base)).to.equal(ZeroAddress);
      expect((await models.splitOf(base)).payee).to.equal(bob.address);
      await expect(models.connect(alice).setPayout(base, operator))
        .to.be.revertedWithCustomError(models, "NotModelOwner")
        .withArgs(base, alice.address);
    });

    it("clears the payout by every way that a token moves", async () => {
      const { models, alice, bob, operator, base } = at();
      const ways: (() => Promise<unknown>)[] = [
        () => models.connect(alice)["safeTransferFrom(address,address,uint256)"](alice, alice, base),
        () => models.connect(bob)["safeTransferFrom(address,address,uint256,bytes)"](alice, alice, base, "0x"),
        () => models.connect(bob).transferFrom(alice, bob, base),
      ];
      await models.connect(alice).setApprovalForAll(bob, true);
      for (const move of ways) {
        await models.connect(alice).setPayout(base, operator);
        await move();
        expect(await models.payoutOf(base)).to.equal(ZeroAddress);
      }
    });

    it("moves the developer's share to the new owner and changes no share", async () => {
      const { models, alice, bob, base, dataset } = at();
      const model = await registerModel(at(), alice, {
        parents: [{ model: base, shareBps: 2_000n }],
        sources: [source(dataset, 1_000n)],
      });
      await models.connect(alice).transferFrom(alice, bob, model);
      expect(await models.splitOf(model)).to.deep.equal([bob.address, 7_000n, [[base, 2_000n]]]);
      expect(await models.streamAt(model, 0n)).to.deep.equal([dataset, 1n, 1_000n, 2_500n]);
    });
  });

  describe("views of a model that doesn't exist", () => {
    it("revert in modelOf and splitOf", async () => {
      const { models, base } = at();
      for (const unknown of [0n, base + 1n]) {
        await expect(models.modelOf(unknown)).to.be.revertedWithCustomError(models, "ModelNotFound").withArgs(unknown);
        await expect(models.splitOf(unknown)).to.be.revertedWithCustomError(models, "ModelNotFound").withArgs(unknown);
      }
    });

    it("say no in exists, zero in the rest, and have no stream", async () => {
      const { models, base } = at();
      expect(await models.exists(base)).to.equal(true);
      for (const unknown of [0n, base + 1n]) {
        expect(await models.exists(unknown)).to.equal(false);
        expect(await models.operatorOf(unknown)).to.equal(ZeroAddress);
        expect(await models.payoutOf(unknown)).to.equal(ZeroAddress);
        expect(await models.supersededBy(unknown)).to.equal(0n);
        expect(await models.streamsOf(unknown)).to.deep.equal([]);
        await expect(models.streamAt(unknown, 0n))
          .to.be.revertedWithCustomError(models, "StreamNotFound")
          .withArgs(unknown, 0n);
      }
    });
  });

  describe("as a token", () => {
    it("has a name and a symbol", async () => {
      const { models } = at();
      expect([await models.name(), await models.symbol()]).to.deep.equal(["Tributary Model", "TRIB-MODEL"]);
      expect(await models.supportsInterface("0x80ac58cd")).to.equal(true);
    });

    it("addresses the artifact by a CIDv1 of its sha-256", async () => {
      const { models, alice } = at();
      const sha256 = createHash("sha256").update("weights, all of them").digest();
      const model = await registerModel(at(), alice, { artifactDigest: sha256 });
      const cid = Buffer.concat([Buffer.from([1, 0x55, 0x12, 32]), sha256]);
      expect(await models.tokenURI(model)).to.equal(`ipfs://f${cid.toString("hex")}`);
    });

    it("has no address for a model that doesn't exist", async () => {
      const { models } = at();
      await expect(models.tokenURI(NOBODY))
        .to.be.revertedWithCustomError(models, "ERC721NonexistentToken")
        .withArgs(NOBODY);
    });
  });
});
