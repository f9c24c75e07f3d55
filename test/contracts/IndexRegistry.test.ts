import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import { frozenDataset, registerModel, source, streamOf } from "../support/lineage.ts";
import { payFees } from "../support/payments.ts";
import { deploySuite } from "../support/suite.ts";

const NOBODY = 88n;
const DELAY = 2n * 86_400n;
const MIN_DELAY = 3_600n;
const YEAR = 365n * 86_400n;
const ROOT = id("index");
const REASON = id("not reproducible");
const BASIS = { lanes: 512n, basisDigest: id("basis"), methodDigest: id("method") };
const Status = { None: 0n, Committed: 1n, Rejected: 2n, Active: 3n } as const;

async function build() {
  const suite = await deploySuite();
  const [curator, alice, bob] = [0, 1, 2].map((i) => item(suite.wallets, i));
  if (!curator || !alice || !bob) throw new Error("too few wallets");
  const [first, second] = [await frozenDataset(suite, curator, bob), await frozenDataset(suite, bob, bob)];
  const model = await registerModel(suite, alice, {
    sources: [source(first, 3_000n), source(second, 2_000n)],
  });
  const payer = await suite.ethers.deployContract("ScriptedWallet");
  const till = { ledger: suite.ledger, currency: suite.currency, payer };
  const [stream, sibling] = [streamOf(model, 0n), streamOf(model, 1n)];
  return { ...suite, curator, alice, bob, model, till, stream, sibling, first, owned: suite.indexes.connect(alice) };
}

describe("IndexRegistry", () => {
  const at = useFixture(build);

  async function afterDelay(): Promise<void> {
    await at().networkHelpers.time.increase(DELAY);
  }

  it("knows the other contracts, its bounds and its delay", async () => {
    const { indexes, models, datasets, ledger } = at();
    expect(await indexes.MODELS()).to.equal(await models.getAddress());
    expect(await indexes.DATASETS()).to.equal(await datasets.getAddress());
    expect(await indexes.LEDGER()).to.equal(await ledger.getAddress());
    expect(await indexes.INDEX_DELAY()).to.equal(DELAY);
    expect(await indexes.MAX_EXPONENT_BOUND()).to.equal(40n);
  });

  describe("constructor", () => {
    it("refuses a delay below an hour or above a year, to the second", async () => {
      const { ethers, indexes, models, vault, ledger } = at();
      const deploy = (delay: bigint) =>
        ethers.deployContract("IndexRegistry", [models, ledger, vault, delay, MIN_DELAY, 1n]);
      for (const delay of [0n, MIN_DELAY - 1n, YEAR + 1n]) {
        await expect(deploy(delay)).to.be.revertedWithCustomError(indexes, "IndexDelayOutOfRange").withArgs(delay);
      }
      for (const delay of [MIN_DELAY, YEAR]) expect(await (await deploy(delay)).INDEX_DELAY()).to.equal(delay);
      expect(await indexes.MIN_DELAY()).to.equal(MIN_DELAY);
    });
  });

  describe("commitBasis", () => {
    it("refuses a model that doesn't exist", async () => {
      const { owned, models } = at();
      await expect(owned.commitBasis(NOBODY, BASIS, ""))
        .to.be.revertedWithCustomError(models, "ERC721NonexistentToken")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the model's owner, the operator too", async () => {
      const { indexes, models, alice, bob, model } = at();
      await models.connect(alice).setOperator(model, bob);
      await expect(indexes.connect(bob).commitBasis(model, BASIS, ""))
        .to.be.revertedWithCustomError(indexes, "NotModelOwner")
        .withArgs(model, bob.address);
    });

    for (const lanes of [0n, 1n, 15n, 17n, 24n, 8_191n, 8_193n, 8_208n, 65_535n]) {
      it(`refuses ${lanes} lanes`, async () => {
        const { owned, model } = at();
        await expect(owned.commitBasis(model, { ...BASIS, lanes }, ""))
          .to.be.revertedWithCustomError(owned, "LanesOutOfRange")
          .withArgs(lanes);
      });
    }

    for (const lanes of [16n, 32n, 8_176n, 8_192n]) {
      it(`takes ${lanes} lanes`, async () => {
        const { owned, indexes, model } = at();
        await owned.commitBasis(model, { ...BASIS, lanes }, "");
        expect(await indexes.lanesOf(model)).to.equal(lanes);
      });
    }

    it("refuses a basis or a method without digest", async () => {
      const { owned, model } = at();
      for (const missing of [{ basisDigest: ZeroHash }, { methodDigest: ZeroHash }]) {
        await expect(owned.commitBasis(model, { ...BASIS, ...missing }, "")).to.be.revertedWithCustomError(
          owned,
          "DigestMissing",
        );
      }
    });

    it("keeps and publishes what was committed, and refuses a second one, a new owner's too", async () => {
      const { owned, indexes, models, alice, bob, model } = at();
      expect(await indexes.basisOf(model)).to.deep.equal([0n, ZeroHash, ZeroHash]);
      expect(await indexes.lanesOf(model)).to.equal(0n);
      await expect(owned.commitBasis(model, BASIS, "ipfs://basis"))
        .to.emit(indexes, "BasisCommitted")
        .withArgs(model, BASIS.lanes, BASIS.basisDigest, BASIS.methodDigest, "ipfs://basis");
      expect(await indexes.basisOf(model)).to.deep.equal([BASIS.lanes, BASIS.basisDigest, BASIS.methodDigest]);
      await expect(owned.commitBasis(model, BASIS, ""))
        .to.be.revertedWithCustomError(indexes, "BasisAlreadyCommitted")
        .withArgs(model);
      await models.connect(alice).transferFrom(alice, bob, model);
      await expect(indexes.connect(bob).commitBasis(model, { ...BASIS, lanes: 16n }, "")).to.be.revertedWithCustomError(
        indexes,
        "BasisAlreadyCommitted",
      );
    });
  });

  describe("commitIndex", () => {
    it("refuses a model without basis", async () => {
      const { owned, model, stream } = at();
      await expect(owned.commitIndex(stream, ROOT, 0n, ""))
        .to.be.revertedWithCustomError(owned, "BasisMissing")
        .withArgs(model);
    });

    describe("of a model with a basis", () => {
      beforeEach(async () => {
        await at().owned.commitBasis(at().model, BASIS, "");
      });

      it("refuses a stream of a model that doesn't exist", async () => {
        const { owned, models } = at();
        await expect(owned.commitIndex(streamOf(NOBODY, 0n), ROOT, 0n, ""))
          .to.be.revertedWithCustomError(models, "ERC721NonexistentToken")
          .withArgs(NOBODY);
      });

      it("refuses everybody but the model's owner, the dataset's owner too", async () => {
        const { indexes, curator, model, stream } = at();
        await expect(indexes.connect(curator).commitIndex(stream, ROOT, 0n, ""))
          .to.be.revertedWithCustomError(indexes, "NotModelOwner")
          .withArgs(model, curator.address);
      });

      it("refuses an empty root", async () => {
        const { owned, stream } = at();
        await expect(owned.commitIndex(stream, ZeroHash, 0n, "")).to.be.revertedWithCustomError(owned, "DigestMissing");
      });

      it("refuses an exponent bound above 40", async () => {
        const { owned, stream } = at();
        for (const bound of [41n, 255n]) {
          await expect(owned.commitIndex(stream, ROOT, bound, ""))
            .to.be.revertedWithCustomError(owned, "ExponentBoundTooHigh")
            .withArgs(bound);
        }
      });

      it("refuses a stream that the model hasn't", async () => {
        const { owned, models, model } = at();
        for (const slot of [2n, 255n]) {
          await expect(owned.commitIndex(streamOf(model, slot), ROOT, 0n, ""))
            .to.be.revertedWithCustomError(models, "StreamNotFound")
            .withArgs(model, slot);
        }
      });

      it("keeps root, bound and time, and publishes the address", async () => {
        const { owned, indexes, networkHelpers, stream, sibling } = at();
        expect(await indexes.indexOf(stream)).to.deep.equal([ZeroHash, 0n, Status.None, 0n, 0n]);
        const time = BigInt(await networkHelpers.time.latest()) + 9n;
        await networkHelpers.time.setNextBlockTimestamp(time);
        await expect(owned.commitIndex(stream, ROOT, 40n, "ipfs://index"))
          .to.emit(indexes, "IndexCommitted")
          .withArgs(stream, ROOT, 40n, "ipfs://index");
        expect(await indexes.indexOf(stream)).to.deep.equal([ROOT, 40n, Status.Committed, time, 0n]);
        expect((await indexes.indexOf(sibling)).status).to.equal(Status.None);
      });

      it("attack 14: refuses to replace a committed index, which would start its delay anew or end it early", async () => {
        const { owned, stream } = at();
        await owned.commitIndex(stream, ROOT, 0n, "");
        for (const wait of [false, true]) {
          if (wait) await afterDelay();
          await expect(owned.commitIndex(stream, id("another"), 0n, ""))
            .to.be.revertedWithCustomError(owned, "WrongIndexStatus")
            .withArgs(stream, Status.Committed);
        }
      });

      it("refuses to replace an active index", async () => {
        const { owned, stream } = at();
        await owned.commitIndex(stream, ROOT, 0n, "");
        await afterDelay();
        await owned.activateIndex(stream);
        await expect(owned.commitIndex(stream, id("another"), 0n, ""))
          .to.be.revertedWithCustomError(owned, "WrongIndexStatus")
          .withArgs(stream, Status.Active);
      });

      it("replaces a rejected index, with a delay of its own", async () => {
        const { owned, indexes, networkHelpers, curator, stream } = at();
        await owned.commitIndex(stream, ROOT, 3n, "");
        await afterDelay();
        await indexes.connect(curator).rejectIndex(stream, REASON);
        const time = BigInt(await networkHelpers.time.latest()) + 5n;
        await networkHelpers.time.setNextBlockTimestamp(time);
        await expect(owned.commitIndex(stream, id("better"), 7n, "ipfs://better"))
          .to.emit(indexes, "IndexCommitted")
          .withArgs(stream, id("better"), 7n, "ipfs://better");
        expect(await indexes.indexOf(stream)).to.deep.equal([id("better"), 7n, Status.Committed, time, 0n]);
        await expect(indexes.activateIndex(stream))
          .to.be.revertedWithCustomError(indexes, "IndexDelayRunning")
          .withArgs(time + DELAY);
      });
    });
  });

  describe("rejectIndex", () => {
    beforeEach(async () => {
      await at().owned.commitBasis(at().model, BASIS, "");
    });

    it("refuses a stream that doesn't exist", async () => {
      const { indexes, models, curator, model } = at();
      for (const [of, slot] of [
        [model, 2n],
        [NOBODY, 0n],
      ] as const) {
        await expect(indexes.connect(curator).rejectIndex(streamOf(of, slot), REASON))
          .to.be.revertedWithCustomError(models, "StreamNotFound")
          .withArgs(of, slot);
      }
    });

    it("refuses everybody but the dataset's owner, the owner of the model's other dataset too", async () => {
      const { owned, indexes, alice, bob, stream } = at();
      await owned.commitIndex(stream, ROOT, 0n, "");
      for (const caller of [alice, bob]) {
        await expect(indexes.connect(caller).rejectIndex(stream, REASON))
          .to.be.revertedWithCustomError(indexes, "NotDatasetOwner")
          .withArgs(stream, caller.address);
      }
    });

    it("refuses a stream without index", async () => {
      const { indexes, curator, stream } = at();
      await expect(indexes.connect(curator).rejectIndex(stream, REASON))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.None);
    });

    it("refuses a second rejection, and one of an active index", async () => {
      const { owned, indexes, curator, stream } = at();
      const reject = () => indexes.connect(curator).rejectIndex(stream, REASON);
      await owned.commitIndex(stream, ROOT, 0n, "");
      await reject();
      await expect(reject())
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Rejected);
      await owned.commitIndex(stream, ROOT, 0n, "");
      await afterDelay();
      await indexes.activateIndex(stream);
      await expect(reject()).to.be.revertedWithCustomError(indexes, "WrongIndexStatus").withArgs(stream, Status.Active);
    });

    it("rejects with a reason, during the delay and after it, and leaves the other streams", async () => {
      const { owned, indexes, curator, stream, sibling } = at();
      await owned.commitIndex(stream, ROOT, 0n, "");
      await owned.commitIndex(sibling, ROOT, 0n, "");
      const reject = () => indexes.connect(curator).rejectIndex(stream, REASON);
      await expect(reject()).to.emit(indexes, "IndexRejected").withArgs(stream, ROOT, REASON);
      expect((await indexes.indexOf(stream)).status).to.equal(Status.Rejected);
      expect((await indexes.indexOf(sibling)).status).to.equal(Status.Committed);
      await owned.commitIndex(stream, id("second"), 0n, "");
      await afterDelay();
      await expect(reject()).to.emit(indexes, "IndexRejected").withArgs(stream, id("second"), REASON);
    });

    it("is the new dataset owner's after a transfer", async () => {
      const { owned, indexes, datasets, curator, bob, stream, first } = at();
      await owned.commitIndex(stream, ROOT, 0n, "");
      await datasets.connect(curator).transferFrom(curator, bob, first);
      await expect(indexes.connect(curator).rejectIndex(stream, REASON))
        .to.be.revertedWithCustomError(indexes, "NotDatasetOwner")
        .withArgs(stream, curator.address);
      await expect(indexes.connect(bob).rejectIndex(stream, REASON)).to.emit(indexes, "IndexRejected");
    });
  });

  describe("activateIndex", () => {
    beforeEach(async () => {
      await at().owned.commitBasis(at().model, BASIS, "");
    });

    it("refuses a stream without index, and one that doesn't exist", async () => {
      const { indexes, model, stream } = at();
      for (const each of [stream, streamOf(model, 9n), streamOf(NOBODY, 0n)]) {
        await expect(indexes.activateIndex(each))
          .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
          .withArgs(each, Status.None);
      }
    });

    it("refuses a rejected index", async () => {
      const { owned, indexes, curator, stream } = at();
      await owned.commitIndex(stream, ROOT, 0n, "");
      await indexes.connect(curator).rejectIndex(stream, REASON);
      await afterDelay();
      await expect(indexes.activateIndex(stream))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Rejected);
    });

    it("refuses before the delay is over, to the second, and anyone may after it", async () => {
      const { owned, indexes, networkHelpers, bob, stream } = at();
      await owned.commitIndex(stream, ROOT, 0n, "");
      const { committedAt } = await indexes.indexOf(stream);
      await networkHelpers.time.setNextBlockTimestamp(committedAt + DELAY - 1n);
      await expect(indexes.connect(bob).activateIndex(stream))
        .to.be.revertedWithCustomError(indexes, "IndexDelayRunning")
        .withArgs(committedAt + DELAY);
      await networkHelpers.time.setNextBlockTimestamp(committedAt + DELAY);
      await expect(indexes.connect(bob).activateIndex(stream)).to.emit(indexes, "IndexActivated");
    });

    it("records the net fee counter of that moment, royalties left out, and refuses a second time", async () => {
      const { owned, indexes, ledger, alice, till, model, stream } = at();
      await payFees(at(), till, model, 700n);
      await owned.commitIndex(stream, ROOT, 12n, "");
      await payFees(at(), till, model, 533n);
      const child = await registerModel(at(), alice, { parents: [{ model, shareBps: 5_000n }] });
      await payFees(at(), till, child, 10_000n);
      await ledger.distribute(child);
      expect((await ledger.countersOf(model)).royalties).to.equal(4_950n);
      await afterDelay();
      await expect(indexes.activateIndex(stream)).to.emit(indexes, "IndexActivated").withArgs(stream, ROOT, 1_221n);
      const { root, exponentBound, status, activeFrom } = await indexes.indexOf(stream);
      expect([root, exponentBound, status, activeFrom]).to.deep.equal([ROOT, 12n, Status.Active, 1_221n]);
      await expect(indexes.activateIndex(stream))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Active);
    });

    it("activates an index of a model that never took a fee from 0 on", async () => {
      const { owned, indexes, stream } = at();
      await owned.commitIndex(stream, ROOT, 0n, "");
      await afterDelay();
      await expect(indexes.activateIndex(stream)).to.emit(indexes, "IndexActivated").withArgs(stream, ROOT, 0n);
      expect((await indexes.indexOf(stream)).status).to.equal(Status.Active);
    });
  });
});
