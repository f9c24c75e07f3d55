import { expect } from "chai";
import {
  type AddressLike,
  concat,
  dataLength,
  hexlify,
  id,
  keccak256,
  type Signer,
  toBeHex,
  ZeroAddress,
  ZeroHash,
} from "ethers";
import {
  buildIndex,
  indexLaneBytes,
  indexLeaf,
  indexRow,
  indexTree,
  type InfluenceIndex,
  matrix,
  MerkleTree,
} from "../../scorer/index.ts";
import { depositFor } from "../support/contributions.ts";
import { item, useFixture } from "../support/fixture.ts";
import { contribute, createDataset, frozenDataset, registerModel, source, streamOf } from "../support/lineage.ts";
import { payFees } from "../support/payments.ts";
import { randomFrom } from "../support/random.ts";
import { deploySuite } from "../support/suite.ts";

const NOBODY = 88n;
const DELAY = 2n * 86_400n;
const RESPONSE = 86_400n;
const ROW_BOND = 5_000_000n;
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

    it("refuses a response time below an hour or above the delay, to the second", async () => {
      const { ethers, indexes, models, vault, ledger } = at();
      const deploy = (responseTime: bigint) =>
        ethers.deployContract("IndexRegistry", [models, ledger, vault, DELAY, responseTime, 1n]);
      for (const wrong of [0n, MIN_DELAY - 1n, DELAY + 1n]) {
        await expect(deploy(wrong)).to.be.revertedWithCustomError(indexes, "ResponseTimeOutOfRange").withArgs(wrong);
      }
      for (const right of [MIN_DELAY, DELAY]) expect(await (await deploy(right)).RESPONSE_TIME()).to.equal(right);
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
        expect(await indexes.indexOf(stream)).to.deep.equal([ZeroHash, 0n, Status.None, 0n, 0n, 0n, 0n]);
        const time = BigInt(await networkHelpers.time.latest()) + 9n;
        await networkHelpers.time.setNextBlockTimestamp(time);
        await expect(owned.commitIndex(stream, ROOT, 40n, "ipfs://index"))
          .to.emit(indexes, "IndexCommitted")
          .withArgs(stream, ROOT, 40n, "ipfs://index");
        expect(await indexes.indexOf(stream)).to.deep.equal([ROOT, 40n, Status.Committed, time, 0n, 0n, 1n]);
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

      it("attack 14: replaces a rejected index, with a delay of its own", async () => {
        const { owned, indexes, networkHelpers, curator, stream } = at();
        await owned.commitIndex(stream, ROOT, 3n, "");
        await afterDelay();
        await indexes.connect(curator).rejectIndex(stream, REASON);
        const time = BigInt(await networkHelpers.time.latest()) + 5n;
        await networkHelpers.time.setNextBlockTimestamp(time);
        await expect(owned.commitIndex(stream, id("better"), 7n, "ipfs://better"))
          .to.emit(indexes, "IndexCommitted")
          .withArgs(stream, id("better"), 7n, "ipfs://better");
        expect(await indexes.indexOf(stream)).to.deep.equal([id("better"), 7n, Status.Committed, time, 0n, 0n, 2n]);
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

/** A stream with a committed index over contributions of `alice`'s, made by the scorer. */
async function buildRows(size = 5, lanesPerRow = 32, retired: readonly number[] = [3], seed = 1) {
  const suite = await deploySuite();
  const [curator, alice, owner, demander, stranger] = [0, 1, 2, 3, 4].map((i) => item(suite.wallets, i));
  if (!curator || !alice || !owner || !demander || !stranger) throw new Error("too few wallets");
  const random = randomFrom(seed);
  const { datasets, indexes } = suite;
  const dataset = await createDataset(suite, curator);
  const counts: number[] = [];
  for (let i = 0; i < size; i++) {
    const rows = random.integer(1, 900);
    const submission = await contribute(suite, dataset, alice, BigInt(rows), `rows ${i}`);
    await datasets.connect(curator).accept(dataset, [submission]);
    counts.push(retired.includes(i) ? 0 : rows);
  }
  for (const place of retired) await datasets.connect(alice).retire(dataset, place);
  await datasets.connect(curator).freeze(dataset);
  const model = await registerModel(suite, owner, { sources: [source(dataset, 3_000n)] });
  const stream = streamOf(model, 0n);
  await indexes.connect(owner).commitBasis(model, { ...BASIS, lanes: lanesPerRow }, "");
  const features = Float64Array.from(
    { length: size * lanesPerRow },
    () => random.integer(-9_999, 9_999) * 2 ** random.integer(-3, 5),
  );
  const index = buildIndex(matrix(size, lanesPerRow, features), counts);
  for (const account of [demander, stranger]) await depositFor(suite, account, 10n * ROW_BOND, indexes);

  const commit = (root: string = indexTree(index).root) =>
    indexes.connect(owner).commitIndex(stream, root, index.exponentBound, "");
  await commit();
  const demand = (row: number, by: Signer = demander) => indexes.connect(by).demandRow(stream, row);
  /** Shows a row as it stands in the index, but for what `changes` says. */
  const show = (row: number, changes: Partial<ShownRow> = {}, by: Signer = owner) => {
    const shown = { ...shownRow(index, row), ...changes };
    return indexes.connect(by).showRow(stream, row, shown.exponent, shown.lanes, [...shown.proof]);
  };
  const bondOf = async (account: AddressLike) => {
    const { free, locked } = await suite.vault.bondOf(indexes, account);
    return { free, locked };
  };
  const people = { curator, alice, owner, demander, stranger };
  return { ...suite, ...people, random, dataset, model, stream, index, commit, demand, show, bondOf };
}

/** What shows a row. */
interface ShownRow {
  readonly exponent: number;
  readonly lanes: string;
  readonly proof: readonly string[];
}

function shownRow(index: InfluenceIndex, row: number): ShownRow {
  return {
    exponent: item([...index.exponents], row),
    lanes: hexlify(indexLaneBytes(indexRow(index, row))),
    proof: indexTree(index).proof(row),
  };
}

describe("IndexRegistry, rows on demand", () => {
  const at = useFixture(buildRows);

  const committedAt = async () => (await at().indexes.indexOf(at().stream)).committedAt;
  const setNext = (time: bigint) => at().networkHelpers.time.setNextBlockTimestamp(time);
  const statusOf = async () => (await at().indexes.indexOf(at().stream)).status;
  const openDemands = async () => (await at().indexes.indexOf(at().stream)).openDemands;
  /** Demands a row, and gives the time until which it must be shown. */
  const demanded = async (row: number, by?: Signer): Promise<bigint> => {
    await at().demand(row, by);
    const { indexes, stream } = at();
    const { commitment } = await indexes.indexOf(stream);
    return (await indexes.demandOf(stream, commitment, row)).deadline;
  };
  /** Lets the response time of a demand pass and the index be rejected for it. */
  const silence = async (row: number, deadline: bigint) => {
    await setNext(deadline);
    return at().indexes.connect(at().stranger).callSilence(at().stream, row);
  };

  it("knows the vault, the response time and the bond of its deployment", async () => {
    const { indexes, vault } = at();
    expect(await indexes.VAULT()).to.equal(await vault.getAddress());
    expect(await indexes.RESPONSE_TIME()).to.equal(RESPONSE);
    expect(await indexes.ROW_BOND()).to.equal(ROW_BOND);
  });

  describe("demandRow", () => {
    it("refuses a stream without index, a rejected index and an active one", async () => {
      const { indexes, curator, networkHelpers, demand, demander, stream, commit } = at();
      const missing = streamOf(NOBODY, 0n);
      await expect(indexes.connect(demander).demandRow(missing, 0))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(missing, Status.None);
      await indexes.connect(curator).rejectIndex(stream, REASON);
      await expect(demand(0))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Rejected);
      await commit();
      await networkHelpers.time.increase(DELAY);
      await indexes.activateIndex(stream);
      await expect(demand(0))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Active);
    });

    it("refuses a row that the dataset version hasn't, and takes the last one", async () => {
      const { indexes, demand } = at();
      for (const row of [5, 6, 2 ** 32 - 1]) {
        await expect(demand(row)).to.be.revertedWithCustomError(indexes, "RowOutOfRange").withArgs(row, 5n);
      }
      await demand(4);
      expect(await openDemands()).to.equal(1n);
    });

    it("refuses rows of contributions that came after the version", async () => {
      const { datasets, curator, alice, dataset, indexes, demand } = at();
      await datasets.connect(curator).accept(dataset, [await contribute(at(), dataset, alice, 7n, "later")]);
      await datasets.connect(curator).freeze(dataset);
      await expect(demand(5)).to.be.revertedWithCustomError(indexes, "RowOutOfRange").withArgs(5n, 5n);
    });

    it("refuses from the end of the index delay on, to the second", async () => {
      const { indexes, demand } = at();
      const overAt = (await committedAt()) + DELAY;
      await setNext(overAt - 1n);
      await demand(0);
      await setNext(overAt);
      await expect(demand(1)).to.be.revertedWithCustomError(indexes, "IndexDelayOver").withArgs(overAt);
    });

    it("refuses a second demand of a row, whoever makes it, before and after it was shown", async () => {
      const { indexes, demand, show, demander, stranger } = at();
      await demand(2);
      for (const shown of [false, true]) {
        if (shown) await show(2);
        for (const by of [demander, stranger]) {
          await expect(demand(2, by))
            .to.be.revertedWithCustomError(indexes, "AlreadyDemanded")
            .withArgs(2n, demander.address);
        }
      }
      expect(await openDemands()).to.equal(0n);
    });

    it("refuses who has no bond under this very registry, and leaves nothing behind", async () => {
      const { indexes, attribution, vault, demand, alice, stream } = at();
      await depositFor(at(), alice, ROW_BOND, attribution);
      await depositFor(at(), alice, ROW_BOND - 1n, indexes);
      await expect(demand(1, alice))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(await indexes.getAddress(), alice.address, ROW_BOND - 1n, ROW_BOND);
      expect(await openDemands()).to.equal(0n);
      expect((await indexes.demandOf(stream, 1, 1)).by).to.equal(ZeroAddress);
      await depositFor(at(), alice, 1n, indexes);
      await demand(1, alice);
    });

    it("locks the bond, and says who demanded what until when", async () => {
      const { indexes, demand, bondOf, demander, stream } = at();
      const time = (await committedAt()) + 77n;
      await setNext(time);
      await expect(demand(4))
        .to.emit(indexes, "RowDemanded")
        .withArgs(stream, 1n, 4n, demander.address, time + RESPONSE);
      expect(await bondOf(demander)).to.deep.equal({ free: 9n * ROW_BOND, locked: ROW_BOND });
      expect(await indexes.demandOf(stream, 1, 4)).to.deep.equal([demander.address, time + RESPONSE, false]);
      for (const [commitment, row] of [
        [1, 3],
        [2, 4],
        [0, 4],
      ] as const) {
        expect(await indexes.demandOf(stream, commitment, row)).to.deep.equal([ZeroAddress, 0n, false]);
      }
      expect(await openDemands()).to.equal(1n);
    });
  });

  describe("showRow", () => {
    it("refuses a row that nobody demanded, and one that was shown", async () => {
      const { indexes, demand, show } = at();
      await demand(1);
      await expect(show(0)).to.be.revertedWithCustomError(indexes, "DemandNotFound").withArgs(0n);
      await show(1);
      await expect(show(1)).to.be.revertedWithCustomError(indexes, "DemandNotFound").withArgs(1n);
    });

    it("refuses once the index is rejected or active", async () => {
      const { indexes, curator, demand, show, stream, commit, networkHelpers } = at();
      await demand(1);
      await indexes.connect(curator).rejectIndex(stream, REASON);
      await expect(show(1))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Rejected);
      await commit();
      await networkHelpers.time.increase(DELAY);
      await indexes.activateIndex(stream);
      await expect(show(1)).to.be.revertedWithCustomError(indexes, "WrongIndexStatus").withArgs(stream, Status.Active);
    });

    it("takes a row until a second before its deadline, and refuses it from then on", async () => {
      const { indexes, show } = at();
      const [first, second] = [await demanded(0), await demanded(1)];
      await setNext(first - 1n);
      await show(0);
      await setNext(second);
      await expect(show(1)).to.be.revertedWithCustomError(indexes, "ResponseTimeOver").withArgs(second);
    });

    it("refuses another number of lanes, by a byte, a lane, a word, and none", async () => {
      const { indexes, demand, show, index } = at();
      await demand(1);
      const { lanes } = shownRow(index, 1);
      for (const wrong of [lanes.slice(0, -2), lanes.slice(0, -4), `${lanes}00`, concat([lanes, ZeroHash]), "0x"]) {
        await expect(show(1, { lanes: wrong }))
          .to.be.revertedWithCustomError(indexes, "WrongLanes")
          .withArgs(dataLength(wrong), 32n);
      }
    });

    it("refuses a right row with a wrong exponent, wrong lanes, at a wrong position or with a wrong proof", async () => {
      const { indexes, demand, show, index } = at();
      for (const row of [0, 1, 4]) await demand(row);
      const right = shownRow(index, 1);
      const { proof } = right;
      const flipped = toBeHex(BigInt(right.lanes) ^ 1n, 64);
      const wrong: [string, number, Partial<ShownRow>][] = [
        ["exponent above", 1, { exponent: right.exponent + 1 }],
        ["exponent of 255", 1, { exponent: 255 }],
        ["a bit of the last lane", 1, { lanes: flipped }],
        ["its neighbour's row and proof", 1, shownRow(index, 0)],
        ["at another position", 4, right],
        ["at its neighbour's position", 0, right],
        ["the proof of its neighbour", 1, { proof: shownRow(index, 0).proof }],
        ["a sibling changed", 1, { proof: [item(proof, 0), id("no sibling"), item(proof, 2)] }],
        ["siblings in another order", 1, { proof: proof.toReversed() }],
      ];
      for (const [what, row, changes] of wrong) {
        await expect(show(row, changes), what).to.be.revertedWithCustomError(indexes, "RowNotInIndex").withArgs(row);
      }
      expect(await openDemands()).to.equal(3n);
      await show(1);
    });

    it("refuses a proof of a wrong length, also one that leads to the root", async () => {
      const { indexes, demand, show, index, curator, stream, commit } = at();
      await demand(1);
      const { proof, exponent, lanes } = shownRow(index, 1);
      for (const wrong of [[], proof.slice(0, -1), [...proof, ZeroHash]]) {
        await expect(show(1, { proof: wrong }))
          .to.be.revertedWithCustomError(indexes, "RowNotInIndex")
          .withArgs(1n);
      }
      // The root of a taller and of a flatter tree, in which the row does have a proof of that length.
      for (const wrong of [proof.slice(0, -1), [...proof, ZeroHash]]) {
        await indexes.connect(curator).rejectIndex(stream, REASON);
        let node = indexLeaf(1, exponent, indexRow(index, 1)) as string;
        wrong.forEach((sibling, level) => {
          node = keccak256(concat((1 >> level) % 2 === 1 ? [sibling, node] : [node, sibling]));
        });
        await commit(node);
        await demand(1);
        await expect(show(1, { exponent, lanes, proof: wrong }))
          .to.be.revertedWithCustomError(indexes, "RowNotInIndex")
          .withArgs(1n);
      }
    });

    it("pays the bond to the owner, and publishes the row", async () => {
      const { indexes, demand, show, bondOf, owner, demander, stream, index } = at();
      await demand(4);
      const { exponent, lanes } = shownRow(index, 4);
      await expect(show(4)).to.emit(indexes, "RowShown").withArgs(stream, 1n, 4n, owner.address, exponent, lanes);
      expect(await bondOf(owner)).to.deep.equal({ free: ROW_BOND, locked: 0n });
      expect(await bondOf(demander)).to.deep.equal({ free: 9n * ROW_BOND, locked: 0n });
      expect((await indexes.demandOf(stream, 1, 4)).shown).to.equal(true);
      expect(await openDemands()).to.equal(0n);
    });

    it("pays the bond to anybody else who shows the row, the demander too", async () => {
      const { demand, show, bondOf, alice, owner, demander } = at();
      await demand(0);
      await demand(1);
      await show(0, {}, alice);
      expect(await bondOf(alice)).to.deep.equal({ free: ROW_BOND, locked: 0n });
      await show(1, {}, demander);
      expect(await bondOf(demander)).to.deep.equal({ free: 9n * ROW_BOND, locked: 0n });
      expect(await bondOf(owner)).to.deep.equal({ free: 0n, locked: 0n });
    });

    it("takes the row of a retired contribution, which is zeros", async () => {
      const { demand, show, index } = at();
      expect(shownRow(index, 3)).to.deep.include({ exponent: 0, lanes: toBeHex(0, 64) });
      await demand(3);
      await show(3);
      expect(await openDemands()).to.equal(0n);
    });
  });

  for (const [size, lanes, retired, seed] of [
    [1, 16, [], 11],
    [2, 16, [1], 12],
    [7, 48, [0, 6], 13],
    [8, 512, [], 14],
    [9, 16, [4, 5], 15],
    [17, 80, [16], 16],
  ] as const) {
    it(`shows every row of a scorer's index of ${size} rows × ${lanes} lanes, and no altered one`, async () => {
      const world = await buildRows(size, lanes, retired, seed);
      const { indexes, index, random, demand, show, demander, owner, bondOf, networkHelpers, stream } = world;
      await depositFor(world, demander, BigInt(size) * ROW_BOND, indexes);
      for (const row of random.shuffle(Array.from({ length: size }, (_, i) => i))) {
        await demand(row);
        const right = shownRow(index, row);
        const bit = 1n << BigInt(random.integer(0, 16 * lanes - 1));
        const bent = { lanes: toBeHex(BigInt(right.lanes) ^ bit, 2 * lanes) };
        await expect(show(row, bent)).to.be.revertedWithCustomError(indexes, "RowNotInIndex").withArgs(row);
        const exponent = (right.exponent + random.integer(1, 255)) % 256;
        await expect(show(row, { exponent })).to.be.revertedWithCustomError(indexes, "RowNotInIndex").withArgs(row);
        await expect(show(row, { proof: [...right.proof, ZeroHash] }))
          .to.be.revertedWithCustomError(indexes, "RowNotInIndex")
          .withArgs(row);
        await show(row);
      }
      expect(await bondOf(owner)).to.deep.equal({ free: BigInt(size) * ROW_BOND, locked: 0n });
      await networkHelpers.time.increase(DELAY);
      await expect(indexes.activateIndex(stream)).to.emit(indexes, "IndexActivated");
    });
  }

  describe("callSilence", () => {
    it("refuses until the deadline, to the second, and then rejects the index and gives the bond back", async () => {
      const { indexes, bondOf, demander, stream, stranger, commit } = at();
      const deadline = await demanded(2);
      await setNext(deadline - 1n);
      await expect(indexes.callSilence(stream, 2))
        .to.be.revertedWithCustomError(indexes, "ResponseTimeRunning")
        .withArgs(deadline);
      await setNext(deadline);
      const called = indexes.connect(stranger).callSilence(stream, 2);
      await expect(called).to.emit(indexes, "RowWithheld").withArgs(stream, 1n, 2n);
      await expect(called).to.emit(indexes, "DemandReleased").withArgs(stream, 1n, 2n, demander.address);
      expect(await statusOf()).to.equal(Status.Rejected);
      expect(await bondOf(demander)).to.deep.equal({ free: 10n * ROW_BOND, locked: 0n });
      expect(await bondOf(stranger)).to.deep.equal({ free: 10n * ROW_BOND, locked: 0n });

      await commit(id("another"));
      const { status, openDemands: open, commitment } = await indexes.indexOf(stream);
      expect([status, open, commitment]).to.deep.equal([Status.Committed, 0n, 2n]);
    });

    it("refuses a row that nobody demanded, and one that was shown", async () => {
      const { indexes, show, stream } = at();
      const deadline = await demanded(0);
      await show(0);
      await setNext(deadline);
      for (const row of [0, 1]) {
        await expect(indexes.callSilence(stream, row))
          .to.be.revertedWithCustomError(indexes, "DemandNotFound")
          .withArgs(row);
      }
    });

    it("refuses once the index is rejected or active", async () => {
      const { indexes, show, demand, stream, commit, networkHelpers } = at();
      await silence(0, await demanded(0));
      await expect(indexes.callSilence(stream, 0))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Rejected);
      await commit();
      await demand(0);
      await show(0);
      await networkHelpers.time.increase(DELAY);
      await indexes.activateIndex(stream);
      await expect(indexes.callSilence(stream, 0))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Active);
    });

    it("rejects for one withheld row, however many were shown", async () => {
      const { show } = at();
      const withheld = await demanded(2);
      for (const row of [0, 1, 4]) {
        await demanded(row);
        await show(row);
      }
      await silence(2, withheld);
      expect(await statusOf()).to.equal(Status.Rejected);
    });

    it("works after the index delay too: an index that nobody shows never becomes active", async () => {
      const { indexes, networkHelpers, stream } = at();
      const deadline = await demanded(2);
      await networkHelpers.time.increase(30n * DELAY);
      await expect(indexes.activateIndex(stream)).to.be.revertedWithCustomError(indexes, "DemandsOpen").withArgs(1n);
      await silence(2, deadline + 60n * DELAY);
      expect(await statusOf()).to.equal(Status.Rejected);
    });

    it("rejects an index in which a row has another number of lanes than the basis", async () => {
      const { indexes, index, curator, show, stream, commit } = at();
      const short = indexRow(index, 1).subarray(0, 16);
      const leaves = Array.from(index.exponents, (exponent, i) =>
        indexLeaf(i, exponent, i === 1 ? short : indexRow(index, i)),
      );
      const tree = new MerkleTree(leaves);
      await indexes.connect(curator).rejectIndex(stream, REASON);
      await commit(tree.root);
      const deadline = await demanded(1);
      const shown = { lanes: hexlify(indexLaneBytes(short)), proof: tree.proof(1) };
      await expect(show(1, shown)).to.be.revertedWithCustomError(indexes, "WrongLanes").withArgs(32n, 32n);
      await expect(show(1, { proof: tree.proof(1) }))
        .to.be.revertedWithCustomError(indexes, "RowNotInIndex")
        .withArgs(1n);
      await silence(1, deadline);
      expect(await statusOf()).to.equal(Status.Rejected);
    });
  });

  describe("releaseDemand", () => {
    it("gives the other open demands of a rejected index their bonds back, once", async () => {
      const { indexes, vault, demand, show, bondOf, demander, stranger, owner, stream } = at();
      const first = await demanded(0);
      await demand(1, stranger);
      await demand(2, stranger);
      await demand(4);
      await show(4);
      await silence(0, first);
      for (const row of [1, 2]) {
        await expect(indexes.connect(owner).releaseDemand(stream, 1, row))
          .to.emit(indexes, "DemandReleased")
          .withArgs(stream, 1n, row, stranger.address);
      }
      // Row 0 was released by the silence, 1 and 2 now, 4 was shown, 3 never demanded.
      for (const row of [0, 1, 2, 3, 4]) {
        await expect(indexes.releaseDemand(stream, 1, row))
          .to.be.revertedWithCustomError(indexes, "DemandNotFound")
          .withArgs(row);
      }
      expect(await bondOf(stranger)).to.deep.equal({ free: 10n * ROW_BOND, locked: 0n });
      expect(await bondOf(demander)).to.deep.equal({ free: 9n * ROW_BOND, locked: 0n });
      expect(await bondOf(owner)).to.deep.equal({ free: ROW_BOND, locked: 0n });
      expect(await indexes.demandOf(stream, 1, 1)).to.deep.equal([ZeroAddress, 0n, false]);
      expect(await vault.bondOf(indexes, indexes)).to.deep.equal([0n, 0n, 0n, 0n]);
    });

    it("refuses while the index is committed, once it is active, and where none ever was", async () => {
      const { indexes, networkHelpers, demand, show, stream } = at();
      await demand(1);
      await expect(indexes.releaseDemand(stream, 1, 1))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Committed);
      await show(1);
      await networkHelpers.time.increase(DELAY);
      await indexes.activateIndex(stream);
      await expect(indexes.releaseDemand(stream, 1, 1))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(stream, Status.Active);
      const never = streamOf(NOBODY, 0n);
      await expect(indexes.releaseDemand(never, 0, 1))
        .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
        .withArgs(never, Status.None);
      for (const commitment of [0, 2, 2 ** 32 - 1]) {
        await expect(indexes.releaseDemand(stream, commitment, 1))
          .to.be.revertedWithCustomError(indexes, "DemandNotFound")
          .withArgs(1n);
      }
    });
  });

  describe("activateIndex", () => {
    it("refuses while demands are open, and counts them", async () => {
      const { indexes, demand, show, stream } = at();
      const overAt = (await committedAt()) + DELAY;
      await setNext(overAt - 2n);
      await demand(0);
      await setNext(overAt - 1n);
      await demand(1);
      for (const open of [2n, 1n]) {
        await expect(indexes.activateIndex(stream))
          .to.be.revertedWithCustomError(indexes, "DemandsOpen")
          .withArgs(open);
        await show(2 - Number(open));
      }
      await expect(indexes.activateIndex(stream)).to.emit(indexes, "IndexActivated");
    });
  });

  describe("attacks", () => {
    it("attack 28: a demand in the last second delays activation by at most the response time", async () => {
      const { indexes, demand, show, stream, networkHelpers } = at();
      const overAt = (await committedAt()) + DELAY;
      await setNext(overAt - 1n);
      await demand(0);
      const restore = await networkHelpers.takeSnapshot();
      await setNext(overAt - 1n + RESPONSE - 1n);
      await show(0);
      await setNext(overAt - 1n + RESPONSE);
      await expect(demand(1)).to.be.revertedWithCustomError(indexes, "IndexDelayOver").withArgs(overAt);
      await indexes.activateIndex(stream);
      expect(await statusOf()).to.equal(Status.Active);

      await restore.restore();
      await setNext(overAt);
      await expect(indexes.activateIndex(stream)).to.be.revertedWithCustomError(indexes, "DemandsOpen").withArgs(1n);
      await show(0);
      await indexes.activateIndex(stream);
      expect(await statusOf(), "an owner who answers at once loses nothing").to.equal(Status.Active);
    });

    it("a demand of every row pays for every answer", async () => {
      const { indexes, vault, currency, demand, show, bondOf, owner, demander, stream, networkHelpers } = at();
      const held = await currency.balanceOf(vault);
      for (const row of [0, 1, 2, 3, 4]) await demand(row);
      for (const row of [4, 0, 3, 1, 2]) await show(row);
      expect(await bondOf(demander)).to.deep.equal({ free: 5n * ROW_BOND, locked: 0n });
      expect(await bondOf(owner)).to.deep.equal({ free: 5n * ROW_BOND, locked: 0n });
      await networkHelpers.time.increase(DELAY);
      await indexes.activateIndex(stream);
      await vault.connect(owner).requestWithdrawal(indexes, 5n * ROW_BOND);
      await networkHelpers.time.increase(await vault.WITHDRAWAL_DELAY());
      await vault.connect(owner).withdraw(indexes, owner);
      expect(await currency.balanceOf(owner)).to.equal(5n * ROW_BOND);
      expect(await currency.balanceOf(vault)).to.equal(held - 5n * ROW_BOND);
    });

    for (const [what, again] of [
      ["another root", id("another")],
      ["the same root", undefined],
    ] as const) {
      it(`a demand of an old commitment can't be answered with, nor harm, a new one of ${what}`, async () => {
        const { indexes, bondOf, demand, show, commit, demander, owner, stranger, stream, networkHelpers } = at();
        const first = await demanded(0);
        await demand(1);
        await silence(0, first);
        await commit(again);
        expect(await openDemands()).to.equal(0n);
        for (const row of [0, 1]) {
          await expect(show(row)).to.be.revertedWithCustomError(indexes, "DemandNotFound").withArgs(row);
          await expect(indexes.callSilence(stream, row))
            .to.be.revertedWithCustomError(indexes, "DemandNotFound")
            .withArgs(row);
        }
        // The same row of the new commitment is a demand of its own.
        await demand(1, stranger);
        expect((await indexes.demandOf(stream, 1, 1)).by).to.equal(demander.address);
        await indexes.releaseDemand(stream, 1, 1);
        expect(await bondOf(demander)).to.deep.equal({ free: 10n * ROW_BOND, locked: 0n });
        expect(await openDemands()).to.equal(1n);
        await expect(indexes.releaseDemand(stream, 2, 1))
          .to.be.revertedWithCustomError(indexes, "WrongIndexStatus")
          .withArgs(stream, Status.Committed);
        if (again !== undefined) return;
        await show(1);
        expect(await bondOf(owner)).to.deep.equal({ free: ROW_BOND, locked: 0n });
        await networkHelpers.time.increase(DELAY);
        await indexes.activateIndex(stream);
        expect(await statusOf()).to.equal(Status.Active);
      });
    }

    it("a bond of an old commitment can still be fetched when a new one is active", async () => {
      const { indexes, curator, bondOf, demand, commit, demander, stream, networkHelpers } = at();
      await demand(1);
      await indexes.connect(curator).rejectIndex(stream, REASON);
      await commit();
      await networkHelpers.time.increase(DELAY);
      await indexes.activateIndex(stream);
      await indexes.releaseDemand(stream, 1, 1);
      expect(await bondOf(demander)).to.deep.equal({ free: 10n * ROW_BOND, locked: 0n });
    });

    it("the dataset's owner may reject while demands are open, and takes no bond with it", async () => {
      const { indexes, curator, demand, bondOf, demander, stranger, stream } = at();
      await demand(0);
      await demand(1, stranger);
      await indexes.connect(curator).rejectIndex(stream, REASON);
      for (const row of [0, 1]) await indexes.connect(curator).releaseDemand(stream, 1, row);
      expect(await bondOf(demander)).to.deep.equal({ free: 10n * ROW_BOND, locked: 0n });
      expect(await bondOf(stranger)).to.deep.equal({ free: 10n * ROW_BOND, locked: 0n });
      expect(await bondOf(curator)).to.deep.equal({ free: 0n, locked: 0n });
    });

    it("a locked bond can't be withdrawn before its row is shown", async () => {
      const { indexes, vault, demand, demander } = at();
      await demand(0);
      await expect(vault.connect(demander).requestWithdrawal(indexes, 10n * ROW_BOND))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(await indexes.getAddress(), demander.address, 9n * ROW_BOND, 10n * ROW_BOND);
    });

    for (const ending of [1, 2]) {
      it(`a frozen demander or answerer blocks nobody (transfers end in ${["", "a revert", "false"][ending]})`, async () => {
        const { ethers, models, ledger, model, demander, owner, stranger, index, networkHelpers } = at();
        const currency = await ethers.deployContract("FreezingDollar");
        const vault = await ethers.deployContract("BondVault", [currency, 0n]);
        const indexes = await ethers.deployContract("IndexRegistry", [
          models,
          ledger,
          vault,
          DELAY,
          RESPONSE,
          ROW_BOND,
        ]);
        const [stream, frozen] = [streamOf(model, 0n), { ...at(), currency, vault }];
        await indexes.connect(owner).commitBasis(model, { ...BASIS, lanes: 32 }, "");
        for (const account of [demander, stranger]) await depositFor(frozen, account, 2n * ROW_BOND, indexes);
        for (const account of [demander, owner]) await currency.setEnding(account, ending);
        const commit = () => indexes.connect(owner).commitIndex(stream, indexTree(index).root, 40, "");
        await commit();
        await indexes.connect(demander).demandRow(stream, 0);
        await indexes.connect(stranger).demandRow(stream, 1);
        await networkHelpers.time.increase(RESPONSE);
        await indexes.callSilence(stream, 0);
        await indexes.releaseDemand(stream, 1, 1);
        await commit();
        await indexes.connect(stranger).demandRow(stream, 1);
        const { exponent, lanes, proof } = shownRow(index, 1);
        await indexes.connect(owner).showRow(stream, 1, exponent, lanes, [...proof]);
        await networkHelpers.time.increase(DELAY);
        await indexes.activateIndex(stream);
        expect((await vault.bondOf(indexes, owner)).free, "it waits in the vault").to.equal(ROW_BOND);
        await vault.connect(stranger).requestWithdrawal(indexes, ROW_BOND);
        await vault.connect(stranger).withdraw(indexes, stranger);
        expect(await currency.balanceOf(stranger)).to.equal(ROW_BOND);
        await vault.connect(owner).requestWithdrawal(indexes, ROW_BOND);
        await expect(vault.connect(owner).withdraw(indexes, owner)).to.be.revert(ethers);
        await vault.connect(owner).withdraw(indexes, stranger);
        expect(await currency.balanceOf(stranger)).to.equal(2n * ROW_BOND);
      });
    }
  });
});
