import { createHash } from "node:crypto";
import { expect } from "chai";
import { AbiCoder, getBytes, hexlify, id, keccak256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { depositFor, rowsOf, submissionOf } from "../support/contributions.ts";
import { item, useFixture } from "../support/fixture.ts";
import { rowLeaf } from "../support/formats.ts";
import {
  contribute,
  createDataset,
  Curation,
  LICENCE,
  mappingSlot,
  Modality,
  SubmissionStatus,
  TERMS,
  type Terms,
  Training,
} from "../support/lineage.ts";
import { deploySuite, type Suite } from "../support/suite.ts";

const abi = AbiCoder.defaultAbiCoder();
const REASON = id("not rows at all");
const NOBODY = 99n;
const MAX_ROWS = 2n ** 32n - 1n;
const MAX_CONTRIBUTIONS = 2n ** 20n;
const YEAR = 365n * 86_400n;
/** Where the registry's mapping of datasets stands in its storage, and where a dataset's second word holds what. */
const DATASETS_SLOT = 9n;
const ACCEPTED_BIT = 0n;
const ROWS_BIT = 24n;
const VERSIONS_BIT = 64n;

async function build() {
  const suite = await deploySuite();
  const [curator, alice, bob, carol] = [0, 1, 2, 3].map((i) => item(suite.wallets, i));
  if (!curator || !alice || !bob || !carol) throw new Error("too few wallets");
  const dataset = await createDataset(suite, curator);
  return { ...suite, curator, alice, bob, carol, dataset, curated: suite.datasets.connect(curator) };
}

/** Overwrites one counter of a dataset: a million contributions would take an hour. */
async function pokeDataset(suite: Suite, dataset: bigint, bit: bigint, width: bigint, value: bigint): Promise<void> {
  const registry = await suite.datasets.getAddress();
  const slot = mappingSlot(suite, dataset, DATASETS_SLOT);
  const { modality, curation, training, streamBps, proRataBps, rowCap, deposit } = TERMS;
  expect(BigInt(await suite.networkHelpers.getStorageAt(registry, slot)), "the word of the terms").to.equal(
    modality |
      (curation << 8n) |
      (training << 16n) |
      (streamBps << 24n) |
      (proRataBps << 40n) |
      (rowCap << 56n) |
      (deposit << 88n),
  );
  const word = BigInt(await suite.networkHelpers.getStorageAt(registry, slot + 1n));
  const mask = ((1n << width) - 1n) << bit;
  await suite.networkHelpers.setStorageAt(registry, slot + 1n, (word & ~mask) | (value << bit));
}

describe("DatasetRegistry", () => {
  const at = useFixture(build);

  describe("constructor", () => {
    it("refuses a review time above a year, and takes none at all and a year", async () => {
      const { ethers, datasets, vault } = at();
      await expect(ethers.deployContract("DatasetRegistry", [vault, YEAR + 1n]))
        .to.be.revertedWithCustomError(datasets, "ReviewTimeTooLong")
        .withArgs(YEAR + 1n);
      for (const time of [0n, YEAR]) {
        const registry = await ethers.deployContract("DatasetRegistry", [vault, time]);
        expect([await registry.VAULT(), await registry.REVIEW_TIME()]).to.deep.equal([await vault.getAddress(), time]);
      }
    });

    it("names its EIP-712 domain", async () => {
      const { ethers, datasets } = at();
      const { fields, name, version, chainId, verifyingContract, salt, extensions } = await datasets.eip712Domain();
      expect([fields, name, version, salt, extensions]).to.deep.equal(["0x0f", "Tributary", "1", ZeroHash, []]);
      expect(chainId).to.equal((await ethers.provider.getNetwork()).chainId);
      expect(verifyingContract).to.equal(await datasets.getAddress());
    });
  });

  describe("createDataset", () => {
    it("refuses a stream share above the whole", async () => {
      const { datasets } = at();
      await expect(datasets.createDataset({ ...TERMS, streamBps: 10_001n }, LICENCE, ZeroHash, ""))
        .to.be.revertedWithCustomError(datasets, "BasisPointsTooHigh")
        .withArgs(10_001n);
    });

    it("refuses a pro-rata part above the whole", async () => {
      const { datasets } = at();
      await expect(datasets.createDataset({ ...TERMS, proRataBps: 10_001n }, LICENCE, ZeroHash, ""))
        .to.be.revertedWithCustomError(datasets, "BasisPointsTooHigh")
        .withArgs(10_001n);
    });

    it("refuses a row cap of zero", async () => {
      const { datasets } = at();
      await expect(
        datasets.createDataset({ ...TERMS, rowCap: 0n }, LICENCE, ZeroHash, ""),
      ).to.be.revertedWithCustomError(datasets, "RowCapZero");
    });

    it("takes the widest and the narrowest terms as they are", async () => {
      const { datasets } = at();
      const widest: Terms = {
        modality: Modality.Tabular,
        curation: Curation.AllowList,
        training: Training.Approval,
        streamBps: 10_000n,
        proRataBps: 10_000n,
        rowCap: MAX_ROWS,
        deposit: 2n ** 88n - 1n,
      };
      const narrowest: Terms = {
        modality: Modality.Text,
        curation: Curation.Open,
        training: Training.Anyone,
        streamBps: 0n,
        proRataBps: 0n,
        rowCap: 1n,
        deposit: 0n,
      };
      for (const terms of [widest, narrowest, { ...widest, proRataBps: 0n }, { ...narrowest, proRataBps: 10_000n }]) {
        await datasets.createDataset(terms, LICENCE, ZeroHash, "");
        expect(await datasets.termsOf(await datasets.datasetCount())).to.deep.equal(Object.values(terms));
      }
    });

    it("gives the next number to the caller and says everything in the event", async () => {
      const { datasets, alice, dataset } = at();
      const created = datasets.connect(alice).createDataset(TERMS, LICENCE, id("rivers"), "ipfs://rivers");
      await expect(created)
        .to.emit(datasets, "DatasetCreated")
        .withArgs(dataset + 1n, alice.address, id("rivers"), "ipfs://rivers");
      await expect(created)
        .to.emit(datasets, "TermsSet")
        .withArgs(dataset + 1n, Object.values(TERMS), LICENCE);
      await expect(created)
        .to.emit(datasets, "Transfer")
        .withArgs(ZeroAddress, alice.address, dataset + 1n);
      expect(await datasets.datasetCount()).to.equal(2n);
      expect(await datasets.ownerOf(dataset + 1n)).to.equal(alice.address);
      expect(await datasets.tokenURI(dataset + 1n)).to.equal(`ipfs://f01551220${id("rivers").slice(2)}`);
    });

    it("starts at number 1 and returns the number", async () => {
      const { datasets, dataset } = at();
      expect(dataset).to.equal(1n);
      expect(await datasets.createDataset.staticCall(TERMS, LICENCE, ZeroHash, "")).to.equal(2n);
    });

    it("attack 39: creates a dataset for a contract that knows nothing of ERC-721, and calls nothing back", async () => {
      const { datasets, ethers } = at();
      const wallet = await ethers.deployContract("ScriptedWallet");
      const data = datasets.interface.encodeFunctionData("createDataset", [TERMS, LICENCE, ZeroHash, ""]);
      await wallet.run([{ target: await datasets.getAddress(), data }]);
      expect(await datasets.ownerOf(2n)).to.equal(await wallet.getAddress());
    });
  });

  describe("termsOf and tokenURI", () => {
    it("refuse a dataset that doesn't exist", async () => {
      const { datasets, dataset } = at();
      for (const unknown of [0n, dataset + 1n]) {
        await expect(datasets.termsOf(unknown))
          .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
          .withArgs(unknown);
        await expect(datasets.tokenURI(unknown))
          .to.be.revertedWithCustomError(datasets, "ERC721NonexistentToken")
          .withArgs(unknown);
      }
    });

    it("address the description by a CIDv1 of its sha-256 (raw codec, base 16)", async () => {
      const { datasets } = at();
      const description = Buffer.from("River levels of the Rhine, 1901 to 2025");
      const sha256 = createHash("sha256").update(description).digest();
      await datasets.createDataset(TERMS, LICENCE, sha256, "");
      const uri = await datasets.tokenURI(2n);
      expect(uri.slice(0, 8)).to.equal("ipfs://f");
      const [version, codec, hashFunction, length, ...digest] = Buffer.from(uri.slice(8), "hex");
      expect({ version, codec, hashFunction, length }).to.deep.equal({
        version: 1,
        codec: 0x55,
        hashFunction: 0x12,
        length: 32,
      });
      expect(digest).to.deep.equal([...sha256]);
    });

    it("keep leading zeros and all digits of the digest, in lower case", async () => {
      const { datasets } = at();
      const digests = [ZeroHash, toBeHex(1n, 32), `0x${"ff".repeat(32)}`, `0x${"0123456789abcdef".repeat(4)}`];
      for (const digest of digests) {
        await datasets.createDataset(TERMS, LICENCE, digest, "");
        expect(await datasets.tokenURI(await datasets.datasetCount())).to.equal(`ipfs://f01551220${digest.slice(2)}`);
      }
    });
  });

  describe("setTerms", () => {
    const PRICED: Terms = { ...TERMS, deposit: 100n };

    /** A dataset with a deposit, and one accepted contribution. */
    async function priced(): Promise<bigint> {
      const { curated, curator, alice } = at();
      const dataset = await createDataset(at(), curator, PRICED);
      await depositFor(at(), alice, PRICED.deposit);
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      return dataset;
    }

    /** The same with its first version frozen. */
    async function frozen(): Promise<bigint> {
      const dataset = await priced();
      await at().curated.freeze(dataset);
      return dataset;
    }

    async function expectFrozen(dataset: bigint, terms: Terms, licence: string): Promise<void> {
      const { datasets, curated } = at();
      await expect(curated.setTerms(dataset, terms, licence))
        .to.be.revertedWithCustomError(datasets, "TermsFrozen")
        .withArgs(dataset);
    }

    it("refuses a dataset that doesn't exist", async () => {
      const { datasets } = at();
      await expect(datasets.setTerms(NOBODY, TERMS, ""))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the owner, a curator too", async () => {
      const { datasets, curated, alice, dataset } = at();
      await curated.setCurator(dataset, alice, true);
      await expect(datasets.connect(alice).setTerms(dataset, TERMS, LICENCE))
        .to.be.revertedWithCustomError(datasets, "NotDatasetOwner")
        .withArgs(dataset, alice.address);
    });

    it("changes every field and the licence while no version is frozen, with contributions there too", async () => {
      const { datasets, curated } = at();
      const dataset = await priced();
      const other: Terms = {
        modality: Modality.Audio,
        curation: Curation.Open,
        training: Training.Approval,
        streamBps: 900n,
        proRataBps: 1_900n,
        rowCap: 7n,
        deposit: 0n,
      };
      await expect(curated.setTerms(dataset, other, "MIT"))
        .to.emit(datasets, "TermsSet")
        .withArgs(dataset, Object.values(other), "MIT");
      expect(await datasets.termsOf(dataset)).to.deep.equal(Object.values(other));
      await curated.freeze(dataset);
      expect((await datasets.versionAt(dataset, 1n)).slice(0, 2), "what was counted stays").to.deep.equal([1n, 5n]);
    });

    it("attack 8: no owner raises a deposit, or makes it one for each row, after contributors have signed", async () => {
      const { datasets, curated, dataset: free } = at();
      const dataset = await priced();
      await expectFrozen(dataset, { ...PRICED, deposit: 101n }, LICENCE);
      await expectFrozen(free, { ...TERMS, deposit: 1n }, LICENCE);
      for (const curation of [Curation.Open, Curation.AllowList]) {
        await expectFrozen(dataset, { ...PRICED, curation }, LICENCE);
        await expectFrozen(dataset, { ...PRICED, curation, deposit: 1n }, LICENCE);
        await curated.setTerms(free, { ...TERMS, curation }, LICENCE);
      }
      await curated.setTerms(dataset, { ...PRICED, deposit: 99n }, LICENCE);
      await expectFrozen(dataset, PRICED, LICENCE);
      await curated.setTerms(dataset, { ...PRICED, deposit: 0n, curation: Curation.Open }, LICENCE);
      await expectFrozen(dataset, { ...PRICED, deposit: 1n, curation: Curation.Open }, LICENCE);
      expect((await datasets.termsOf(dataset)).deposit).to.equal(0n);
    });

    it("refuses what createDataset refuses", async () => {
      const { datasets, curated, dataset } = at();
      for (const wrong of [{ streamBps: 10_001n }, { proRataBps: 10_001n }]) {
        await expect(curated.setTerms(dataset, { ...TERMS, ...wrong }, LICENCE))
          .to.be.revertedWithCustomError(datasets, "BasisPointsTooHigh")
          .withArgs(10_001n);
      }
      await expect(curated.setTerms(dataset, { ...TERMS, rowCap: 0n }, LICENCE)).to.be.revertedWithCustomError(
        datasets,
        "RowCapZero",
      );
      const closed = await frozen();
      await expect(curated.setTerms(closed, { ...PRICED, streamBps: 10_001n }, ""))
        .to.be.revertedWithCustomError(datasets, "BasisPointsTooHigh")
        .withArgs(10_001n);
    });

    describe("after the first freeze", () => {
      const against: [string, Partial<Terms>, string?][] = [
        ["a lower share", { streamBps: TERMS.streamBps - 1n }],
        ["a lower pro-rata part", { proRataBps: TERMS.proRataBps - 1n }],
        ["a higher deposit", { deposit: 101n }],
        ["a lower row cap", { rowCap: TERMS.rowCap - 1n }],
        ["a higher row cap, which thins out earlier rows", { rowCap: TERMS.rowCap + 1n }],
        ["another modality", { modality: Modality.Image }],
        ["another curation", { curation: Curation.Open }],
        ["another curation without a deposit", { curation: Curation.Open, deposit: 0n }],
        ["another permission to train", { training: Training.Approval }],
        ["another licence", {}, "MIT"],
        ["the same licence by name", {}, LICENCE],
        ["a lower share bought with a higher one", { streamBps: 10_000n, proRataBps: TERMS.proRataBps - 1n }],
      ];
      for (const [what, change, licence = ""] of against) {
        it(`refuses ${what}`, async () => {
          await expectFrozen(await frozen(), { ...PRICED, ...change }, licence);
        });
      }

      const inFavour: [string, Partial<Terms>][] = [
        ["a higher share", { streamBps: TERMS.streamBps + 1n }],
        ["a higher pro-rata part", { proRataBps: TERMS.proRataBps + 1n }],
        ["a lower deposit", { deposit: 99n }],
        ["no deposit", { deposit: 0n }],
        ["everything at once", { streamBps: 10_000n, proRataBps: 10_000n, deposit: 0n }],
        ["the same terms", {}],
      ];
      for (const [what, change] of inFavour) {
        it(`takes ${what}`, async () => {
          const { datasets, curated } = at();
          const [dataset, terms] = [await frozen(), { ...PRICED, ...change }];
          await expect(curated.setTerms(dataset, terms, ""))
            .to.emit(datasets, "TermsSet")
            .withArgs(dataset, Object.values(terms), "");
          expect(await datasets.termsOf(dataset)).to.deep.equal(Object.values(terms));
        });
      }

      it("doesn't take back later what was given", async () => {
        const { curated } = at();
        const dataset = await frozen();
        await curated.setTerms(dataset, { ...PRICED, streamBps: 3_000n }, "");
        await expectFrozen(dataset, { ...PRICED, streamBps: 2_999n }, "");
      });

      it("holds for a new owner too", async () => {
        const { datasets, curated, curator, bob } = at();
        const dataset = await frozen();
        await curated.transferFrom(curator, bob, dataset);
        await expect(
          datasets.connect(bob).setTerms(dataset, { ...PRICED, streamBps: 0n }, ""),
        ).to.be.revertedWithCustomError(datasets, "TermsFrozen");
      });
    });
  });

  describe("setMetadata", () => {
    it("refuses a dataset that doesn't exist, and everybody but the owner", async () => {
      const { datasets, curated, alice, dataset } = at();
      await expect(datasets.setMetadata(NOBODY, id("new"), ""))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
      await curated.setCurator(dataset, alice, true);
      await expect(datasets.connect(alice).setMetadata(dataset, id("new"), ""))
        .to.be.revertedWithCustomError(datasets, "NotDatasetOwner")
        .withArgs(dataset, alice.address);
    });

    it("changes the description, tells ERC-4906 readers, and makes no version", async () => {
      const { datasets, curated, alice, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await curated.freeze(dataset);
      const before = await datasets.versionAt(dataset, 1n);
      const edit = curated.setMetadata(dataset, id("new"), "ipfs://new");
      await expect(edit).to.emit(datasets, "MetadataSet").withArgs(dataset, id("new"), "ipfs://new");
      await expect(edit).to.emit(datasets, "MetadataUpdate").withArgs(dataset);
      await expect(edit).not.to.emit(datasets, "VersionFrozen");
      expect(await datasets.tokenURI(dataset)).to.equal(`ipfs://f01551220${id("new").slice(2)}`);
      expect(await datasets.versionAt(dataset, 1n)).to.deep.equal(before);
      await expect(datasets.versionAt(dataset, 2n)).to.be.revertedWithCustomError(datasets, "VersionNotFound");
    });
  });

  describe("curators", () => {
    it("are appointed by the owner of a dataset that exists, and by nobody else", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      await expect(datasets.setCurator(NOBODY, alice, true))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
      await curated.setCurator(dataset, alice, true);
      for (const wallet of [alice, bob]) {
        await expect(datasets.connect(wallet).setCurator(dataset, bob, true))
          .to.be.revertedWithCustomError(datasets, "NotDatasetOwner")
          .withArgs(dataset, wallet.address);
      }
    });

    it("are the owner and those that it appoints, of this dataset only", async () => {
      const { datasets, curated, curator, alice, bob, dataset } = at();
      const other = await createDataset(at(), curator);
      const is = async (of: bigint) =>
        Promise.all([curator, alice, bob].map(async (wallet) => datasets.isCurator(of, wallet)));
      expect(await is(dataset)).to.deep.equal([true, false, false]);
      await expect(curated.setCurator(dataset, alice, true))
        .to.emit(datasets, "CuratorSet")
        .withArgs(dataset, alice.address, true);
      expect(await is(dataset)).to.deep.equal([true, true, false]);
      expect(await is(other)).to.deep.equal([true, false, false]);
      expect(await is(NOBODY)).to.deep.equal([false, false, false]);
      expect(await datasets.isCurator(NOBODY, ZeroAddress), "the owner of no dataset is nobody").to.equal(false);
    });

    it("accept and reject as the owner does, and freeze nothing", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      await curated.setCurator(dataset, alice, true);
      const appointed = datasets.connect(alice);
      const first = await contribute(at(), dataset, bob, 5n, "first");
      const second = await contribute(at(), dataset, bob, 5n, "second");
      await expect(appointed.accept(dataset, [first])).to.emit(datasets, "ContributionAccepted");
      await expect(appointed.reject(dataset, [second], REASON)).to.emit(datasets, "ContributionRejected");
      await expect(appointed.freeze(dataset)).to.be.revertedWithCustomError(datasets, "NotDatasetOwner");
    });

    it("decide nothing any more once they are dismissed", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      await curated.setCurator(dataset, alice, true);
      const submission = await contribute(at(), dataset, bob, 5n);
      await expect(curated.setCurator(dataset, alice, false))
        .to.emit(datasets, "CuratorSet")
        .withArgs(dataset, alice.address, false);
      for (const decide of [
        () => datasets.connect(alice).accept(dataset, [submission]),
        () => datasets.connect(alice).reject(dataset, [submission], REASON),
      ]) {
        await expect(decide()).to.be.revertedWithCustomError(datasets, "NotCurator").withArgs(dataset, alice.address);
      }
    });

    it("are all dismissed by a transfer, which moves the role and nothing of the contributors'", async () => {
      const { datasets, curated, curator, alice, bob, carol, dataset } = at();
      await curated.setCurator(dataset, alice, true);
      await curated.setCurator(dataset, curator, true);
      await curated.accept(dataset, [await contribute(at(), dataset, carol, 5n, "accepted")]);
      await curated.freeze(dataset);
      const pending = await contribute(at(), dataset, carol, 6n, "pending");
      const before = await Promise.all([
        datasets.contributionAt(dataset, 0n),
        datasets.versionAt(dataset, 1n),
        datasets.submissionOf(dataset, carol, pending.root),
        datasets.termsOf(dataset),
      ]);
      await curated.transferFrom(curator, bob, dataset);
      const is = await Promise.all([curator, alice, bob].map((wallet) => datasets.isCurator(dataset, wallet)));
      expect(is).to.deep.equal([false, false, true]);
      expect(
        await Promise.all([
          datasets.contributionAt(dataset, 0n),
          datasets.versionAt(dataset, 1n),
          datasets.submissionOf(dataset, carol, pending.root),
          datasets.termsOf(dataset),
        ]),
      ).to.deep.equal(before);
      await expect(datasets.connect(bob).accept(dataset, [pending])).to.emit(datasets, "ContributionAccepted");
      await expect(datasets.connect(carol).retire(dataset, 0n)).to.emit(datasets, "ContributionRetired");
    });
  });

  describe("contribute", () => {
    it("refuses a dataset that doesn't exist", async () => {
      const { datasets } = at();
      await expect(datasets.contribute(NOBODY, id("root"), 1n, ""))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
    });

    it("refuses a contribution without root", async () => {
      const { datasets, dataset } = at();
      await expect(datasets.contribute(dataset, ZeroHash, 1n, "")).to.be.revertedWithCustomError(
        datasets,
        "EmptyContribution",
      );
    });

    it("refuses a contribution without rows", async () => {
      const { datasets, dataset } = at();
      await expect(datasets.contribute(dataset, id("root"), 0n, "")).to.be.revertedWithCustomError(
        datasets,
        "EmptyContribution",
      );
    });

    for (const state of ["pending", "accepted", "rejected"] as const) {
      it(`attack 20: refuses the same root of the same wallet again while it is ${state}`, async () => {
        const { datasets, curated, alice, dataset } = at();
        const submission = await contribute(at(), dataset, alice, 5n);
        if (state === "accepted") await curated.accept(dataset, [submission]);
        if (state === "rejected") await curated.reject(dataset, [submission], REASON);
        await expect(datasets.connect(alice).contribute(dataset, submission.root, 6n, ""))
          .to.be.revertedWithCustomError(datasets, "AlreadyContributed")
          .withArgs(dataset, alice.address, submission.root);
      });
    }

    it("returns keccak256(abi.encode(dataset, contributor, root)) as the contribution's id", async () => {
      const { datasets, alice, dataset } = at();
      const root = id("root");
      const expected = keccak256(abi.encode(["uint256", "address", "bytes32"], [dataset, alice.address, root]));
      expect(await datasets.connect(alice).contribute.staticCall(dataset, root, 1n, "")).to.equal(expected);
    });

    it("keeps rows and time, waits for the curator, and publishes the address in the event only", async () => {
      const { datasets, networkHelpers, alice, dataset } = at();
      const root = id("root");
      const time = BigInt(await networkHelpers.time.latest()) + 500n;
      await networkHelpers.time.setNextBlockTimestamp(time);
      await expect(datasets.connect(alice).contribute(dataset, root, MAX_ROWS, "ipfs://rows"))
        .to.emit(datasets, "ContributionSubmitted")
        .withArgs(dataset, alice.address, root, MAX_ROWS, "ipfs://rows");
      expect(await datasets.submissionOf(dataset, alice.address, root)).to.deep.equal([
        SubmissionStatus.Pending,
        MAX_ROWS,
        time,
        0n,
        false,
        0n,
      ]);
      await expect(datasets.contributionAt(dataset, 0n)).to.be.revertedWithCustomError(
        datasets,
        "ContributionNotFound",
      );
    });

    it("takes the same root from another wallet, and from the same wallet for another dataset", async () => {
      const { curator, alice, bob, dataset } = at();
      const other = await createDataset(at(), curator);
      await contribute(at(), dataset, alice, 3n, "same");
      await contribute(at(), dataset, bob, 4n, "same");
      await contribute(at(), other, alice, 5n, "same");
      const rowsOf = async (of: bigint, wallet: string) => (await submissionOf(at(), of, wallet, id("same"))).rows;
      expect(await rowsOf(dataset, alice.address)).to.equal(3n);
      expect(await rowsOf(dataset, bob.address)).to.equal(4n);
      expect(await rowsOf(other, alice.address)).to.equal(5n);
    });

    it("attack 9: a root copied by somebody who is faster is the copier's and doesn't block the author's", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      const { root, digests, proof: proofOf } = rowsOf(alice.address, 3);
      await datasets.connect(bob).contribute(dataset, root, 3n, "");
      await datasets.connect(alice).contribute(dataset, root, 3n, "");
      await curated.accept(dataset, [{ contributor: bob.address, root }]);
      const shows = (contributor: string) =>
        datasets.isRow(dataset, { contributor, root }, 0n, item(digests, 0), proofOf(0));
      expect(await shows(alice.address)).to.equal(true);
      expect(await shows(bob.address)).to.equal(false);
    });
  });

  describe("contribute to an open dataset", () => {
    it("accepts at once, at the next place, with capped rows", async () => {
      const { datasets, curator, alice, bob } = at();
      const dataset = await createDataset(at(), curator, { curation: Curation.Open });
      await contribute(at(), dataset, alice, 5n);
      const contribution = datasets.connect(bob).contribute(dataset, id("many"), TERMS.rowCap + 1n, "");
      await expect(contribution).to.emit(datasets, "ContributionSubmitted");
      await expect(contribution)
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(dataset, 1n, bob.address, id("many"), TERMS.rowCap);
      const { status, rows, position } = await submissionOf(at(), dataset, bob, id("many"));
      expect([status, rows, position]).to.deep.equal([SubmissionStatus.Accepted, TERMS.rowCap + 1n, 1n]);
    });

    it("leaves nothing to decide", async () => {
      const { datasets, curated, curator, alice } = at();
      const dataset = await createDataset(at(), curator, { curation: Curation.Open });
      const submission = await contribute(at(), dataset, alice, 5n);
      for (const decide of [
        () => curated.accept(dataset, [submission]),
        () => curated.reject(dataset, [submission], REASON),
      ]) {
        await expect(decide())
          .to.be.revertedWithCustomError(datasets, "NotPending")
          .withArgs(alice.address, submission.root, SubmissionStatus.Accepted);
      }
    });

    it("is full when 256 contributions of 2^32 − 1 rows fill 40 bits, until one is retired", async () => {
      const { datasets, curator, alice, bob } = at();
      const dataset = await createDataset(at(), curator, { curation: Curation.Open, rowCap: MAX_ROWS });
      for (let i = 0; i < 256; i++) await contribute(at(), dataset, alice, MAX_ROWS, `part ${i}`);
      await expect(datasets.connect(bob).contribute(dataset, id("one more"), 256n, ""))
        .to.be.revertedWithCustomError(datasets, "DatasetFull")
        .withArgs(dataset);
      await contribute(at(), dataset, bob, 255n, "exactly");
      await expect(datasets.connect(bob).contribute(dataset, id("one more"), 1n, "")).to.be.revertedWithCustomError(
        datasets,
        "DatasetFull",
      );
      await datasets.connect(alice).retire(dataset, 7n);
      await contribute(at(), dataset, bob, MAX_ROWS, "in its stead");
    });

    it("leaves what waited for a decision to the curator, when the owner opens the dataset", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      const waiting = await contribute(at(), dataset, alice, 5n);
      await curated.setTerms(dataset, { ...TERMS, curation: Curation.Open }, LICENCE);
      await contribute(at(), dataset, bob, 6n);
      await expect(curated.accept(dataset, [waiting]))
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(dataset, 1n, alice.address, waiting.root, 5n);
    });
  });

  describe("accept", () => {
    it("refuses a dataset that doesn't exist", async () => {
      const { datasets } = at();
      await expect(datasets.accept(NOBODY, []))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the owner and the curators, the contributor too", async () => {
      const { datasets, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await expect(datasets.connect(alice).accept(dataset, [submission]))
        .to.be.revertedWithCustomError(datasets, "NotCurator")
        .withArgs(dataset, alice.address);
    });

    it("refuses what was never submitted", async () => {
      const { datasets, curated, alice, dataset } = at();
      await expect(curated.accept(dataset, [{ contributor: alice.address, root: id("root") }]))
        .to.be.revertedWithCustomError(datasets, "NotPending")
        .withArgs(alice.address, id("root"), SubmissionStatus.None);
    });

    it("refuses a root under the name of a wallet that didn't submit it", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await expect(curated.accept(dataset, [{ ...submission, contributor: bob.address }]))
        .to.be.revertedWithCustomError(datasets, "NotPending")
        .withArgs(bob.address, submission.root, SubmissionStatus.None);
    });

    it("refuses what was accepted before", async () => {
      const { datasets, curated, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await curated.accept(dataset, [submission]);
      await expect(curated.accept(dataset, [submission]))
        .to.be.revertedWithCustomError(datasets, "NotPending")
        .withArgs(alice.address, submission.root, SubmissionStatus.Accepted);
    });

    it("refuses what was rejected before", async () => {
      const { datasets, curated, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await curated.reject(dataset, [submission], REASON);
      await expect(curated.accept(dataset, [submission]))
        .to.be.revertedWithCustomError(datasets, "NotPending")
        .withArgs(alice.address, submission.root, SubmissionStatus.Rejected);
    });

    it("attack 12: refuses the same contribution twice in one call", async () => {
      const { datasets, curated, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await expect(curated.accept(dataset, [submission, submission]))
        .to.be.revertedWithCustomError(datasets, "NotPending")
        .withArgs(alice.address, submission.root, SubmissionStatus.Accepted);
      await expect(datasets.contributionAt(dataset, 0n)).to.be.revertedWithCustomError(
        datasets,
        "ContributionNotFound",
      );
    });

    it("changes nothing when the list is empty", async () => {
      const { datasets, curated, dataset } = at();
      await expect(curated.accept(dataset, [])).not.to.emit(datasets, "ContributionAccepted");
      await expect(curated.freeze(dataset)).to.be.revertedWithCustomError(datasets, "NothingToFreeze");
    });

    it("gives places in the order of the call, over several calls without a gap", async () => {
      const { datasets, curated, alice, bob, carol, dataset } = at();
      const [first, second, third] = [
        await contribute(at(), dataset, alice, 7n, "first"),
        await contribute(at(), dataset, bob, 8n, "second"),
        await contribute(at(), dataset, carol, 9n, "third"),
      ];
      const accepted = curated.accept(dataset, [third, first]);
      await expect(accepted)
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(dataset, 0n, carol.address, third.root, 9n);
      await expect(accepted)
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(dataset, 1n, alice.address, first.root, 7n);
      await expect(curated.accept(dataset, [second]))
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(dataset, 2n, bob.address, second.root, 8n);
      expect(await datasets.contributionAt(dataset, 0n)).to.deep.equal([carol.address, 9n, 0n]);
      expect(await datasets.contributionAt(dataset, 1n)).to.deep.equal([alice.address, 7n, 0n]);
      expect(await datasets.contributionAt(dataset, 2n)).to.deep.equal([bob.address, 8n, 0n]);
      const { status, rows, position } = await submissionOf(at(), dataset, bob.address, second.root);
      expect([status, rows, position]).to.deep.equal([SubmissionStatus.Accepted, 8n, 2n]);
    });

    it("counts rows up to the cap, and keeps what was submitted in the submission", async () => {
      const { datasets, curated, alice, dataset } = at();
      const submissions = [
        await contribute(at(), dataset, alice, TERMS.rowCap - 1n, "below"),
        await contribute(at(), dataset, alice, TERMS.rowCap, "at"),
        await contribute(at(), dataset, alice, TERMS.rowCap + 1n, "above"),
        await contribute(at(), dataset, alice, MAX_ROWS, "far above"),
      ];
      await curated.accept(dataset, submissions);
      const counted = await Promise.all(
        [0, 1, 2, 3].map(async (i) => (await datasets.contributionAt(dataset, i)).rows),
      );
      expect(counted).to.deep.equal([TERMS.rowCap - 1n, TERMS.rowCap, TERMS.rowCap, TERMS.rowCap]);
      expect((await submissionOf(at(), dataset, alice, id("far above"))).rows).to.equal(MAX_ROWS);
      await curated.freeze(dataset);
      expect((await datasets.versionAt(dataset, 1n)).rows).to.equal(4n * TERMS.rowCap - 1n);
    });

    it("is the new owner's after a transfer, and no longer the old one's", async () => {
      const { datasets, curated, curator, alice, bob, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await curated.transferFrom(curator, bob, dataset);
      await expect(curated.accept(dataset, [submission]))
        .to.be.revertedWithCustomError(datasets, "NotCurator")
        .withArgs(dataset, curator.address);
      await expect(datasets.connect(bob).accept(dataset, [submission])).to.emit(datasets, "ContributionAccepted");
    });

    it("doesn't pass to somebody whom the owner let only move the token", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await curated.setApprovalForAll(bob, true);
      await curated.approve(bob, dataset);
      await expect(datasets.connect(bob).accept(dataset, [submission])).to.be.revertedWithCustomError(
        datasets,
        "NotCurator",
      );
    });

    it("takes contribution 2^20 and refuses the next", async () => {
      const { datasets, curated, alice, dataset } = at();
      const last = await contribute(at(), dataset, alice, 1n, "last");
      const oneMore = await contribute(at(), dataset, alice, 1n, "one more");
      await pokeDataset(at(), dataset, ACCEPTED_BIT, 24n, MAX_CONTRIBUTIONS - 1n);
      expect(await datasets.MAX_CONTRIBUTIONS()).to.equal(MAX_CONTRIBUTIONS);
      await expect(curated.accept(dataset, [last, oneMore]))
        .to.be.revertedWithCustomError(datasets, "DatasetFull")
        .withArgs(dataset);
      await curated.accept(dataset, [last]);
      expect(await datasets.contributionAt(dataset, MAX_CONTRIBUTIONS - 1n)).to.deep.equal([alice.address, 1n, 0n]);
      await curated.freeze(dataset);
      expect((await datasets.versionAt(dataset, 1n)).contributions).to.equal(MAX_CONTRIBUTIONS);
      await expect(curated.accept(dataset, [oneMore])).to.be.revertedWithCustomError(datasets, "DatasetFull");
    });

    it("refuses rows that 40 bits can't count, and takes what fills them", async () => {
      const { datasets, curated, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 10n);
      await pokeDataset(at(), dataset, ROWS_BIT, 40n, 2n ** 40n - 10n);
      await expect(curated.accept(dataset, [submission]))
        .to.be.revertedWithCustomError(datasets, "DatasetFull")
        .withArgs(dataset);
      await pokeDataset(at(), dataset, ROWS_BIT, 40n, 2n ** 40n - 11n);
      await curated.accept(dataset, [submission]);
      await curated.freeze(dataset);
      expect((await datasets.versionAt(dataset, 1n)).rows).to.equal(2n ** 40n - 1n);
    });
  });

  describe("reject", () => {
    it("refuses a dataset that doesn't exist", async () => {
      const { datasets } = at();
      await expect(datasets.reject(NOBODY, [], REASON))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the owner and the curators", async () => {
      const { datasets, alice, bob, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await expect(datasets.connect(bob).reject(dataset, [submission], REASON))
        .to.be.revertedWithCustomError(datasets, "NotCurator")
        .withArgs(dataset, bob.address);
    });

    it("refuses what isn't pending", async () => {
      const { datasets, curated, alice, dataset } = at();
      const accepted = await contribute(at(), dataset, alice, 5n, "accepted");
      const rejected = await contribute(at(), dataset, alice, 5n, "rejected");
      await curated.accept(dataset, [accepted]);
      await curated.reject(dataset, [rejected], REASON);
      for (const [root, status] of [
        [id("never"), SubmissionStatus.None],
        [accepted.root, SubmissionStatus.Accepted],
        [rejected.root, SubmissionStatus.Rejected],
      ] as const) {
        await expect(curated.reject(dataset, [{ contributor: alice.address, root }], REASON))
          .to.be.revertedWithCustomError(datasets, "NotPending")
          .withArgs(alice.address, root, status);
      }
    });

    it("rejects all that it names, with the reason, and gives them no place", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      const submissions = [await contribute(at(), dataset, alice, 5n), await contribute(at(), dataset, bob, 6n)];
      const rejection = curated.reject(dataset, submissions, REASON);
      for (const { contributor, root } of submissions) {
        await expect(rejection).to.emit(datasets, "ContributionRejected").withArgs(dataset, contributor, root, REASON);
        expect((await submissionOf(at(), dataset, contributor, root)).status).to.equal(SubmissionStatus.Rejected);
      }
      await expect(datasets.contributionAt(dataset, 0n)).to.be.revertedWithCustomError(
        datasets,
        "ContributionNotFound",
      );
    });
  });

  describe("retire", () => {
    it("refuses a place where no contribution stands", async () => {
      const { datasets, dataset, alice } = at();
      await expect(datasets.connect(alice).retire(dataset, 0n))
        .to.be.revertedWithCustomError(datasets, "ContributionNotFound")
        .withArgs(dataset, 0n);
    });

    it("refuses everybody but the contributor, the dataset's owner too", async () => {
      const { datasets, curated, curator, alice, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await expect(curated.retire(dataset, 0n))
        .to.be.revertedWithCustomError(datasets, "NotContributor")
        .withArgs(alice.address, curator.address);
    });

    it("refuses a second time, before and after a freeze", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      await curated.accept(dataset, [
        await contribute(at(), dataset, alice, 5n),
        await contribute(at(), dataset, bob, 6n),
      ]);
      await datasets.connect(alice).retire(dataset, 0n);
      const again = () => datasets.connect(alice).retire(dataset, 0n);
      await expect(again()).to.be.revertedWithCustomError(datasets, "AlreadyRetired").withArgs(dataset, 0n);
      await curated.freeze(dataset);
      await expect(again()).to.be.revertedWithCustomError(datasets, "AlreadyRetired").withArgs(dataset, 0n);
    });

    it("names the next version, keeps the place, and takes the counted rows out of it", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      await curated.accept(dataset, [
        await contribute(at(), dataset, alice, TERMS.rowCap + 500n),
        await contribute(at(), dataset, bob, 6n),
      ]);
      await curated.freeze(dataset);
      await expect(datasets.connect(alice).retire(dataset, 0n))
        .to.emit(datasets, "ContributionRetired")
        .withArgs(dataset, 0n, 2n);
      expect(await datasets.contributionAt(dataset, 0n)).to.deep.equal([alice.address, TERMS.rowCap, 2n]);
      await expect(curated.freeze(dataset)).to.emit(datasets, "VersionFrozen").withArgs(dataset, 2n, 2n, 6n);
      expect((await datasets.versionAt(dataset, 1n)).rows).to.equal(TERMS.rowCap + 6n);
    });

    it("stays open to a contributor whose dataset was sold", async () => {
      const { datasets, curated, curator, alice, bob, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await curated.transferFrom(curator, bob, dataset);
      await expect(datasets.connect(alice).retire(dataset, 0n)).to.emit(datasets, "ContributionRetired");
    });
  });

  describe("freeze", () => {
    it("refuses a dataset that doesn't exist", async () => {
      const { datasets } = at();
      await expect(datasets.freeze(NOBODY)).to.be.revertedWithCustomError(datasets, "DatasetNotFound").withArgs(NOBODY);
    });

    it("refuses everybody but the dataset's owner", async () => {
      const { datasets, curated, alice, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await expect(datasets.connect(alice).freeze(dataset))
        .to.be.revertedWithCustomError(datasets, "NotDatasetOwner")
        .withArgs(dataset, alice.address);
    });

    it("refuses a dataset with nothing but pending contributions", async () => {
      const { datasets, curated, alice, dataset } = at();
      await contribute(at(), dataset, alice, 5n);
      await expect(curated.freeze(dataset))
        .to.be.revertedWithCustomError(datasets, "NothingToFreeze")
        .withArgs(dataset);
    });

    it("refuses a dataset in which every contribution was retired", async () => {
      const { datasets, curated, alice, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await datasets.connect(alice).retire(dataset, 0n);
      await expect(curated.freeze(dataset))
        .to.be.revertedWithCustomError(datasets, "NothingToFreeze")
        .withArgs(dataset);
    });

    it("freezes what was accepted so far, with its time, and returns its number", async () => {
      const { datasets, curated, alice, bob, dataset, networkHelpers } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await contribute(at(), dataset, bob, 6n);
      expect(await curated.freeze.staticCall(dataset)).to.equal(1n);
      const time = BigInt(await networkHelpers.time.latest()) + 77n;
      await networkHelpers.time.setNextBlockTimestamp(time);
      await expect(curated.freeze(dataset)).to.emit(datasets, "VersionFrozen").withArgs(dataset, 1n, 1n, 5n);
      expect(await datasets.versionAt(dataset, 1n)).to.deep.equal([1n, 5n, time]);
    });

    it("leaves a version as it is, whatever is accepted, retired or frozen later", async () => {
      const { datasets, curated, alice, bob, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await curated.freeze(dataset);
      const before = await datasets.versionAt(dataset, 1n);
      await curated.accept(dataset, [await contribute(at(), dataset, bob, 6n)]);
      await datasets.connect(alice).retire(dataset, 0n);
      await curated.freeze(dataset);
      expect(await datasets.versionAt(dataset, 1n)).to.deep.equal(before);
      expect((await datasets.versionAt(dataset, 2n)).slice(0, 2)).to.deep.equal([2n, 6n]);
    });

    it("freezes again without a change: a version of its own", async () => {
      const { datasets, curated, alice, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await curated.freeze(dataset);
      await expect(curated.freeze(dataset)).to.emit(datasets, "VersionFrozen").withArgs(dataset, 2n, 1n, 5n);
    });

    it("takes version 65,534 and no other after it; what is retired then still has a version to name", async () => {
      const { datasets, curated, alice, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await pokeDataset(at(), dataset, VERSIONS_BIT, 16n, 65_533n);

      await expect(curated.freeze(dataset)).to.emit(datasets, "VersionFrozen").withArgs(dataset, 65_534n, 1n, 5n);
      await expect(curated.freeze(dataset))
        .to.be.revertedWithCustomError(datasets, "TooManyVersions")
        .withArgs(dataset);
      await expect(datasets.connect(alice).retire(dataset, 0n))
        .to.emit(datasets, "ContributionRetired")
        .withArgs(dataset, 0n, 65_535n);
      expect((await datasets.entitledAt(dataset, 0n, 65_534n)).rows).to.equal(5n);
    });
  });

  describe("versionAt", () => {
    it("refuses a version that wasn't frozen, and version 0", async () => {
      const { datasets, curated, alice, dataset } = at();
      await curated.accept(dataset, [await contribute(at(), dataset, alice, 5n)]);
      await curated.freeze(dataset);
      for (const version of [0n, 2n]) {
        await expect(datasets.versionAt(dataset, version))
          .to.be.revertedWithCustomError(datasets, "VersionNotFound")
          .withArgs(dataset, version);
      }
      await expect(datasets.versionAt(NOBODY, 1n))
        .to.be.revertedWithCustomError(datasets, "VersionNotFound")
        .withArgs(NOBODY, 1n);
    });
  });

  describe("contributionAt and entitledAt", () => {
    it("refuse a place where no contribution stands", async () => {
      const { datasets, dataset } = at();
      await expect(datasets.contributionAt(dataset, 3n))
        .to.be.revertedWithCustomError(datasets, "ContributionNotFound")
        .withArgs(dataset, 3n);
      await expect(datasets.entitledAt(dataset, 3n, 1n))
        .to.be.revertedWithCustomError(datasets, "ContributionNotFound")
        .withArgs(dataset, 3n);
    });

    it("credit each contribution in every version up to the one before which it was retired", async () => {
      const { datasets, curated, alice, bob, carol, dataset } = at();
      await curated.accept(dataset, [
        await contribute(at(), dataset, alice, 5n),
        await contribute(at(), dataset, bob, 6n),
        await contribute(at(), dataset, carol, 7n),
      ]);
      await datasets.connect(alice).retire(dataset, 0n);
      await curated.freeze(dataset);
      await datasets.connect(bob).retire(dataset, 1n);
      await curated.freeze(dataset);
      await curated.freeze(dataset);
      const wallets = [alice.address, bob.address, carol.address];
      for (const [version, rows] of [
        [1n, [0n, 6n, 7n]],
        [2n, [0n, 0n, 7n]],
        [3n, [0n, 0n, 7n]],
      ] as const) {
        const credits = await Promise.all([0, 1, 2].map((i) => datasets.entitledAt(dataset, i, version)));
        expect(credits).to.deep.equal(wallets.map((wallet, i) => [wallet, rows[i]]));
        const counted = rows[0] + rows[1] + rows[2];
        expect((await datasets.versionAt(dataset, version)).rows, `rows of version ${version}`).to.equal(counted);
      }
    });
  });

  describe("submissionOf", () => {
    it("knows nothing of what was never submitted", async () => {
      const { datasets, dataset, alice } = at();
      expect(await datasets.submissionOf(dataset, alice.address, id("root"))).to.deep.equal([
        SubmissionStatus.None,
        0n,
        0n,
        0n,
        false,
        0n,
      ]);
    });
  });

  describe("isRow", () => {
    for (const count of [1, 2, 3, 5, 8]) {
      it(`shows each row of a contribution of ${count}, and at no other place`, async () => {
        const { datasets, alice, dataset } = at();
        const tree = rowsOf(alice.address, count);
        await datasets.connect(alice).contribute(dataset, tree.root, count, "");
        const submission = { contributor: alice.address, root: tree.root };
        for (const [index, digest] of tree.digests.entries()) {
          const proof = tree.proof(index);
          expect(await datasets.isRow(dataset, submission, index, digest, proof), `row ${index}`).to.equal(true);
          expect(await datasets.isRow(dataset, submission, (index + 1) % (count + 1), digest, proof)).to.equal(false);
          expect(await datasets.isRow(dataset, submission, index, id("another"), proof)).to.equal(false);
        }
      });
    }

    it("is false for a contribution that was never submitted", async () => {
      const { datasets, alice, dataset } = at();
      const { root } = rowsOf(alice.address, 1);
      expect(await datasets.isRow(dataset, { contributor: alice.address, root }, 0n, id("row 0"), [])).to.equal(false);
    });

    it("is true for a pending and for a rejected contribution too", async () => {
      const { datasets, curated, alice, dataset } = at();
      const { root } = rowsOf(alice.address, 1);
      const submission = { contributor: alice.address, root };
      await datasets.connect(alice).contribute(dataset, root, 1n, "");
      expect(await datasets.isRow(dataset, submission, 0n, id("row 0"), [])).to.equal(true);
      await curated.reject(dataset, [submission], REASON);
      expect(await datasets.isRow(dataset, submission, 0n, id("row 0"), [])).to.equal(true);
    });

    it("attack 19: is false for the rows of a tree of another depth than the stated number of rows has", async () => {
      const { datasets, alice, dataset } = at();
      const { root, digests, proof: proofOf } = rowsOf(alice.address, 3);
      await datasets.connect(alice).contribute(dataset, root, 5n, "");
      const submission = { contributor: alice.address, root };
      for (const [index, digest] of digests.entries()) {
        expect(await datasets.isRow(dataset, submission, index, digest, proofOf(index))).to.equal(false);
      }
    });

    it("attack 19: is false for a proof that is too short or too long, and for an index beyond the rows", async () => {
      const { datasets, alice, dataset } = at();
      const { root, digests, proof: proofOf } = rowsOf(alice.address, 3);
      await datasets.connect(alice).contribute(dataset, root, 3n, "");
      const shows = (index: bigint, digest: string, proof: string[]) =>
        datasets.isRow(dataset, { contributor: alice.address, root }, index, digest, proof);
      const proof = proofOf(0);
      expect(await shows(0n, item(digests, 0), proof)).to.equal(true);
      expect(await shows(0n, item(digests, 0), proof.slice(1))).to.equal(false);
      expect(await shows(0n, item(digests, 0), [...proof, ZeroHash])).to.equal(false);
      expect(await shows(0n, item(digests, 0), [])).to.equal(false);
      expect(await shows(3n, ZeroHash, [rowLeaf(alice.address, 2, item(digests, 2)), item(proofOf(2), 1)])).to.equal(
        false,
      );
      expect(await shows(4n, item(digests, 0), proof), "same low bits").to.equal(false);
    });
  });

  describe("as a token", () => {
    it("has a name, a symbol, and the interfaces of ERC-721 and ERC-4906", async () => {
      const { datasets } = at();
      expect([await datasets.name(), await datasets.symbol()]).to.deep.equal(["Tributary Dataset", "TRIB-DATA"]);
      for (const [interfaceId, supported] of [
        ["0x01ffc9a7", true], // ERC-165
        ["0x80ac58cd", true], // ERC-721
        ["0x5b5e139f", true], // ERC-721 metadata
        ["0x49064906", true], // ERC-4906
        ["0xffffffff", false],
      ] as const) {
        expect(await datasets.supportsInterface(interfaceId), interfaceId).to.equal(supported);
      }
    });

    it("moves with an approval, which the move uses up", async () => {
      const { datasets, curated, curator, alice, bob, dataset } = at();
      await expect(datasets.connect(bob).transferFrom(curator, alice, dataset))
        .to.be.revertedWithCustomError(datasets, "ERC721InsufficientApproval")
        .withArgs(bob.address, dataset);
      await curated.approve(bob, dataset);
      expect(await datasets.getApproved(dataset)).to.equal(bob.address);
      await datasets.connect(bob).transferFrom(curator, alice, dataset);
      expect([await datasets.balanceOf(curator), await datasets.balanceOf(alice)]).to.deep.equal([0n, 1n]);
      expect(await datasets.getApproved(dataset)).to.equal(ZeroAddress);
    });

    it("moves safely for an operator for all, but not to a contract that takes no tokens", async () => {
      const { datasets, curated, curator, alice, bob, dataset, currency } = at();
      await curated.setApprovalForAll(bob, true);
      expect(await datasets.isApprovedForAll(curator, bob)).to.equal(true);
      const moved = datasets.connect(bob);
      await expect(moved["safeTransferFrom(address,address,uint256)"](curator, await currency.getAddress(), dataset))
        .to.be.revertedWithCustomError(datasets, "ERC721InvalidReceiver")
        .withArgs(await currency.getAddress());
      const data = hexlify(getBytes("0x01"));
      await moved["safeTransferFrom(address,address,uint256,bytes)"](curator, alice, dataset, data);
      expect(await datasets.ownerOf(dataset)).to.equal(alice.address);
    });
  });
});
