import { createHash } from "node:crypto";
import { expect } from "chai";
import { id, type Signer, ZeroAddress, ZeroHash } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import {
  contribute,
  createDataset,
  frozenDataset,
  mappingSlot,
  ModelKind,
  registerModel,
  type Registration,
  registration,
} from "../support/lineage.ts";
import { deploySuite, type Suite } from "../support/suite.ts";

const NOBODY = 77n;
const WHOLE = 10_000n;
/** Places in the registries' storage: number of datasets, mapping of datasets, number of models. */
const DATASET_COUNT_SLOT = 6n;
const DATASETS_SLOT = 7n;
const MODEL_COUNT_SLOT = 6n;

async function build() {
  const suite = await deploySuite();
  const [curator, alice, bob, operator] = [0, 1, 2, 3].map((i) => item(suite.wallets, i));
  if (!curator || !alice || !bob || !operator) throw new Error("too few wallets");
  const base = await registerModel(suite, alice, { childBps: 1_500n });
  const dataset = await frozenDataset(suite, curator, bob, { streamBps: 1_000n, proRataBps: 2_500n });
  return { ...suite, curator, alice, bob, operator, base, dataset };
}

/** Puts a counter of a registry where `expected` stands now: four billion datasets would take a year. */
async function pokeCounter(suite: Suite, registry: string, slot: bigint, expected: bigint, value: bigint) {
  expect(BigInt(await suite.networkHelpers.getStorageAt(registry, slot)), "the counter").to.equal(expected);
  await suite.networkHelpers.setStorageAt(registry, slot, value);
}

/** A dataset whose only frozen version has the given number. */
async function datasetAtVersion(suite: Suite, owner: Signer, version: bigint, proRataBps: bigint): Promise<bigint> {
  const dataset = await createDataset(suite, owner, { streamBps: 0n, proRataBps });
  const submission = await contribute(suite, dataset, owner, 1n);
  await suite.datasets.connect(owner).accept(dataset, [submission]);
  const registry = await suite.datasets.getAddress();
  const slot = mappingSlot(suite, dataset, DATASETS_SLOT);
  const word = BigInt(await suite.networkHelpers.getStorageAt(registry, slot));
  expect((word >> 16n) & 0xffffn, "the word of the terms").to.equal(proRataBps);
  await suite.networkHelpers.setStorageAt(registry, slot, word | ((version - 1n) << 128n));
  await suite.datasets.connect(owner).freeze(dataset);
  expect((await suite.datasets.versionAt(dataset, version)).rows).to.equal(1n);
  return dataset;
}

describe("ModelRegistry", () => {
  const at = useFixture(build);

  const refused = (parts: Partial<Registration>) => {
    const { models, alice } = at();
    return models.connect(alice).register(registration(parts));
  };

  it("knows the registry of its datasets and the number of edges", async () => {
    const { models, datasets } = at();
    expect(await models.DATASETS()).to.equal(await datasets.getAddress());
    expect(await models.MAX_EDGES()).to.equal(16n);
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
        await expect(refused({ childBps: WHOLE + 1n }))
          .to.be.revertedWithCustomError(at().models, "SharesAboveWhole")
          .withArgs(WHOLE + 1n);
      });

      it("refuses a kind that doesn't exist", async () => {
        await expect(refused({ kind: 6n })).to.be.revertedWithoutReason(at().ethers);
      });

      it("takes each kind and keeps all that was said", async () => {
        const { models, alice, operator } = at();
        for (const kind of Object.values(ModelKind)) {
          const parts = { kind, operator: operator.address, childBps: WHOLE, artifactDigest: id(`kind ${kind}`) };
          const model = await registerModel(at(), alice, parts);
          expect(await models.modelOf(model)).to.deep.equal([
            kind,
            operator.address,
            WHOLE,
            WHOLE,
            0n,
            0n,
            id(`kind ${kind}`),
          ]);
        }
      });

      it("gives the next number to the caller, returns it, and says everything in the event", async () => {
        const { models, alice, bob, operator, base, dataset } = at();
        const parts = registration({
          kind: ModelKind.Finetune,
          artifactDigest: id("weights of the child"),
          operator: operator.address,
          childBps: 250n,
          parents: [{ model: base, shareBps: 2_000n }],
          sources: [{ dataset, version: 1n, shareBps: 3_000n }],
          uri: "ipfs://card",
        });
        expect(await models.connect(bob).register.staticCall(parts)).to.equal(base + 1n);
        const registered = models.connect(bob).register(parts);
        await expect(registered)
          .to.emit(models, "ModelRegistered")
          .withArgs(base + 1n, bob.address, 5_000n, [
            ModelKind.Finetune,
            id("weights of the child"),
            operator.address,
            250n,
            [[base, 2_000n]],
            [[dataset, 1n, 3_000n]],
            "ipfs://card",
          ]);
        await expect(registered)
          .to.emit(models, "Transfer")
          .withArgs(ZeroAddress, bob.address, base + 1n);
        await expect(registered).not.to.emit(models, "OperatorSet");
        expect(await models.ownerOf(base + 1n)).to.equal(bob.address);
        expect(await models.modelCount()).to.equal(base + 1n);
        expect(await models.operatorOf(base + 1n)).to.equal(operator.address);
        expect(await models.modelOf(base + 1n)).to.deep.equal([
          ModelKind.Finetune,
          operator.address,
          5_000n,
          250n,
          1n,
          1n,
          id("weights of the child"),
        ]);
        expect(await models.splitOf(base + 1n)).to.deep.equal([bob.address, 5_000n, [[base, 2_000n]]]);
        expect(await models.streamAt(base + 1n, 0n)).to.deep.equal([dataset, 1n, 3_000n, 2_500n]);
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
        await expect(refused({ sources: [{ dataset: NOBODY, version: 1n, shareBps: 1_000n }] }))
          .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
          .withArgs(NOBODY);
      });

      it("refuses number 0 as dataset", async () => {
        await expect(refused({ sources: [{ dataset: 0n, version: 1n, shareBps: 1_000n }] }))
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(0n, 0n);
      });

      it("refuses an id of more than 32 bits whose low bits name a dataset", async () => {
        const { datasets, dataset } = at();
        const wide = dataset + 2n ** 32n;
        await expect(refused({ sources: [{ dataset: wide, version: 1n, shareBps: 1_000n }] }))
          .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
          .withArgs(wide);
      });

      it("refuses a version that isn't frozen", async () => {
        const { datasets, dataset } = at();
        for (const version of [0n, 2n]) {
          await expect(refused({ sources: [{ dataset, version, shareBps: 1_000n }] }))
            .to.be.revertedWithCustomError(datasets, "VersionNotFound")
            .withArgs(dataset, version);
        }
      });

      it("refuses datasets in falling order", async () => {
        const { curator, bob, dataset } = at();
        const second = await frozenDataset(at(), curator, bob);
        await expect(
          refused({
            sources: [
              { dataset: second, version: 1n, shareBps: 1_000n },
              { dataset, version: 1n, shareBps: 1_000n },
            ],
          }),
        )
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(second, dataset);
      });

      it("refuses two versions of one dataset", async () => {
        const { datasets, curator, dataset } = at();
        await datasets.connect(curator).freeze(dataset);
        await expect(
          refused({
            sources: [
              { dataset, version: 1n, shareBps: 1_000n },
              { dataset, version: 2n, shareBps: 1_000n },
            ],
          }),
        )
          .to.be.revertedWithCustomError(at().models, "NotAscending")
          .withArgs(dataset, dataset);
      });

      it("refuses less than the dataset's terms ask", async () => {
        const { dataset } = at();
        await expect(refused({ sources: [{ dataset, version: 1n, shareBps: 999n }] }))
          .to.be.revertedWithCustomError(at().models, "ShareBelowTerms")
          .withArgs(dataset, 999n, 1_000n);
      });

      it("takes exactly what the terms ask, and a later version", async () => {
        const { models, datasets, curator, alice, dataset } = at();
        await datasets.connect(curator).freeze(dataset);
        const model = await registerModel(at(), alice, { sources: [{ dataset, version: 2n, shareBps: 1_000n }] });
        expect(await models.streamAt(model, 0n)).to.deep.equal([dataset, 2n, 1_000n, 2_500n]);
      });
    });

    describe("the sum of shares", () => {
      it("attack 6: refuses one basis point above the whole, of parents, of sources, and of both", async () => {
        const { models, base, dataset } = at();
        const parent = (shareBps: bigint) => [{ model: base, shareBps }];
        const source = (shareBps: bigint) => [{ dataset, version: 1n, shareBps }];
        for (const parts of [
          { parents: parent(10_001n) },
          { sources: source(10_001n) },
          { parents: parent(5_000n), sources: source(5_001n) },
        ]) {
          await expect(refused(parts)).to.be.revertedWithCustomError(models, "SharesAboveWhole").withArgs(10_001n);
        }
      });

      it("refuses 32 shares that would wrap around 16 bits", async () => {
        const { models, curator, alice, bob } = at();
        const parents = [];
        const sources = [];
        for (let i = 0; i < 16; i++) {
          parents.push({ model: await registerModel(at(), alice), shareBps: 65_535n });
          sources.push({ dataset: await frozenDataset(at(), curator, bob), version: 1n, shareBps: 65_535n });
        }
        await expect(refused({ parents, sources }))
          .to.be.revertedWithCustomError(models, "SharesAboveWhole")
          .withArgs(32n * 65_535n);
      });

      it("takes the whole, which leaves nothing to the developer", async () => {
        const { models, alice, base, dataset } = at();
        const model = await registerModel(at(), alice, {
          parents: [{ model: base, shareBps: 4_000n }],
          sources: [{ dataset, version: 1n, shareBps: 6_000n }],
        });
        expect((await models.splitOf(model)).developerBps).to.equal(0n);
      });
    });

    describe("the number of edges", () => {
      async function edges(count: number) {
        const { curator, alice, bob } = at();
        const parents: { model: bigint; shareBps: bigint }[] = [];
        const sources: { dataset: bigint; version: bigint; shareBps: bigint }[] = [];
        for (let i = 0; i < count; i++) {
          parents.push({ model: await registerModel(at(), alice), shareBps: BigInt(i) + 1n });
          const dataset = await frozenDataset(at(), curator, bob, { streamBps: 0n, proRataBps: BigInt(i) });
          sources.push({ dataset, version: 1n, shareBps: BigInt(i) + 101n });
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
          for (const [slot, source] of sources.entries()) {
            expect(await models.streamAt(model, slot), `stream ${slot}`).to.deep.equal([
              source.dataset,
              1n,
              source.shareBps,
              BigInt(slot),
            ]);
          }
          const n = BigInt(count);
          expect(developerBps).to.equal(WHOLE - (n * (n + 1n)) / 2n - (n * (n + 1n)) / 2n - 100n * n);
          const { parents: parentCount, streams } = await models.modelOf(model);
          expect([parentCount, streams]).to.deep.equal([n, n]);
          await expect(models.streamAt(model, count))
            .to.be.revertedWithCustomError(models, "StreamNotFound")
            .withArgs(model, n);
        });
      }
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
          const [version, proRataBps] = [i % 2n === 0n ? 65_535n : 1n, i % 3n === 0n ? WHOLE : 1n];
          named.push({ dataset: await datasetAtVersion(at(), curator, version, proRataBps), version, proRataBps });
        }
        expect(item(named, 15).dataset).to.equal(last);
        for (const heavy of [0, 2, 3, 15]) {
          const shares = named.map((_, i) => (i === heavy ? WHOLE : 0n));
          const model = await registerModel(at(), alice, {
            sources: named.map((source, i) => ({ ...source, shareBps: item(shares, i) })),
          });
          for (const [slot, source] of named.entries()) {
            expect(await models.streamAt(model, slot), `stream ${slot} of ${model}`).to.deep.equal([
              source.dataset,
              source.version,
              item(shares, slot),
              source.proRataBps,
            ]);
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

    it("moves the developer's share to the new owner and changes no share", async () => {
      const { models, alice, bob, base, dataset } = at();
      const model = await registerModel(at(), alice, {
        parents: [{ model: base, shareBps: 2_000n }],
        sources: [{ dataset, version: 1n, shareBps: 1_000n }],
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

    it("say no in exists, zero in operatorOf, and no stream in streamAt", async () => {
      const { models, base } = at();
      expect(await models.exists(base)).to.equal(true);
      for (const unknown of [0n, base + 1n]) {
        expect(await models.exists(unknown)).to.equal(false);
        expect(await models.operatorOf(unknown)).to.equal(ZeroAddress);
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
