import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import { allowList } from "../support/allowList.ts";
import { invite, NEVER, NO_ADMISSION, signOffer } from "../support/contributions.ts";
import { item, useFixture } from "../support/fixture.ts";
import {
  contribute,
  createDataset,
  Curation,
  LICENCE,
  registerModel,
  source,
  TERMS,
  Training,
} from "../support/lineage.ts";
import { deploySuite } from "../support/suite.ts";

const NOBODY = 99n;
const ROOT = id("rows");

async function build() {
  const suite = await deploySuite();
  const [owner, curator, alice, bob, carol, stranger] = [0, 1, 2, 3, 4, 5].map((i) => item(suite.wallets, i));
  if (!owner || !curator || !alice || !bob || !carol || !stranger) throw new Error("too few wallets");
  const dataset = await createDataset(suite, owner, { curation: Curation.AllowList });
  const owned = suite.datasets.connect(owner);
  await owned.setCurator(dataset, curator, true);
  return { ...suite, owner, curator, alice, bob, carol, stranger, dataset, owned };
}

describe("DatasetRegistry, who may contribute and train", () => {
  const at = useFixture(build);

  /** Alice's contribution to the allow-list dataset, with what she shows for it. */
  const bring = (admission = NO_ADMISSION, dataset = at().dataset) =>
    at().datasets.connect(at().alice).contributeAdmitted(dataset, ROOT, 5n, "ipfs://rows", admission);

  async function expectNotAdmitted(attempt: Promise<unknown>): Promise<void> {
    const { datasets, dataset, alice } = at();
    await expect(attempt).to.be.revertedWithCustomError(datasets, "NotAdmitted").withArgs(dataset, alice.address);
  }

  describe("setAllowLists", () => {
    it("refuses a dataset that doesn't exist, and everybody but the owner", async () => {
      const { datasets, curator, dataset } = at();
      await expect(datasets.setAllowLists(NOBODY, ROOT, ROOT))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
      await expect(datasets.connect(curator).setAllowLists(dataset, ROOT, ROOT))
        .to.be.revertedWithCustomError(datasets, "NotDatasetOwner")
        .withArgs(dataset, curator.address);
    });

    it("says both lists in its event", async () => {
      const { datasets, owned, dataset } = at();
      await expect(owned.setAllowLists(dataset, id("contributors"), id("trainers")))
        .to.emit(datasets, "AllowListsSet")
        .withArgs(dataset, id("contributors"), id("trainers"));
    });
  });

  describe("contribute", () => {
    it("refuses an allow-list dataset, the owner and listed wallets too", async () => {
      const { datasets, owned, owner, alice, dataset } = at();
      await owned.setAllowLists(dataset, allowList(alice.address).root, ZeroHash);
      await expectNotAdmitted(datasets.connect(alice).contribute(dataset, ROOT, 5n, ""));
      await expect(owned.contribute(dataset, ROOT, 5n, ""))
        .to.be.revertedWithCustomError(datasets, "NotAdmitted")
        .withArgs(dataset, owner.address);
    });
  });

  describe("contributeAdmitted", () => {
    it("refuses a dataset that doesn't exist", async () => {
      const { datasets } = at();
      await expect(bring(NO_ADMISSION, NOBODY))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
    });

    it("asks for nothing where there is no allow-list", async () => {
      const { datasets, owner, alice } = at();
      const curated = await createDataset(at(), owner);
      const open = await createDataset(at(), owner, { curation: Curation.Open });
      await expect(bring(NO_ADMISSION, curated)).to.emit(datasets, "ContributionSubmitted");
      await expect(bring(NO_ADMISSION, open))
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(open, 0n, alice.address, ROOT, 5n);
    });

    it("refuses everybody while there is neither list nor invitation", async () => {
      await expectNotAdmitted(bring());
    });

    for (const size of [1, 2, 3, 5, 8]) {
      it(`takes each wallet on a list of ${size} at once, and no other`, async () => {
        const { datasets, owned, wallets, dataset } = at();
        const listed = wallets.slice(2, 2 + size);
        const list = allowList(...listed.map(({ address }) => address));
        await owned.setAllowLists(dataset, list.root, ZeroHash);
        for (const [position, wallet] of listed.entries()) {
          const admission = { ...NO_ADMISSION, proof: list.proof(wallet.address) };
          await expect(datasets.connect(wallet).contributeAdmitted(dataset, ROOT, 5n, "", admission))
            .to.emit(datasets, "ContributionAccepted")
            .withArgs(dataset, position, wallet.address, ROOT, 5n);
        }
        const other = item(wallets, 2 + size);
        const borrowed = { ...NO_ADMISSION, proof: list.proof(item(listed, 0).address) };
        await expect(datasets.connect(other).contributeAdmitted(dataset, ROOT, 5n, "", borrowed))
          .to.be.revertedWithCustomError(datasets, "NotAdmitted")
          .withArgs(dataset, other.address);
      });
    }

    it("refuses a wallet without its proof, with part of it, and after the list was changed", async () => {
      const { owned, alice, bob, carol, dataset } = at();
      const list = allowList(alice.address, bob.address, carol.address);
      await owned.setAllowLists(dataset, list.root, ZeroHash);
      const proof = list.proof(alice.address);
      await expectNotAdmitted(bring());
      await expectNotAdmitted(bring({ ...NO_ADMISSION, proof: proof.slice(1) }));
      await expectNotAdmitted(bring({ ...NO_ADMISSION, proof: [...proof, ZeroHash] }));
      await owned.setAllowLists(dataset, allowList(bob.address, carol.address).root, ZeroHash);
      await expectNotAdmitted(bring({ ...NO_ADMISSION, proof }));
    });

    it("refuses a wallet on the list of trainers", async () => {
      const { owned, alice, bob, dataset } = at();
      const list = allowList(alice.address, bob.address);
      await owned.setAllowLists(dataset, ZeroHash, list.root);
      await expectNotAdmitted(bring({ ...NO_ADMISSION, proof: list.proof(alice.address) }));
    });

    for (const role of ["owner", "curator"] as const) {
      it(`takes a wallet that the ${role} invited, as often as it likes`, async () => {
        const { datasets, alice, dataset } = at();
        const admission = await invite(at(), at()[role], { dataset, contributor: alice.address, deadline: NEVER });
        await expect(bring(admission))
          .to.emit(datasets, "ContributionAccepted")
          .withArgs(dataset, 0n, alice.address, ROOT, 5n);
        await datasets.connect(alice).contributeAdmitted(dataset, id("more"), 5n, "", admission);
      });
    }

    it("takes an invitation up to its deadline, to the second", async () => {
      const { datasets, networkHelpers, owner, alice, dataset } = at();
      const deadline = BigInt(await networkHelpers.time.latest()) + 100n;
      const admission = await invite(at(), owner, { dataset, contributor: alice.address, deadline });
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      await expect(bring(admission)).to.emit(datasets, "ContributionAccepted");
      await networkHelpers.time.setNextBlockTimestamp(deadline + 1n);
      await expectNotAdmitted(datasets.connect(alice).contributeAdmitted(dataset, id("late"), 5n, "", admission));
    });

    it("refuses the invitation of a stranger, of a dismissed curator, and of an owner who sold the dataset", async () => {
      const { owned, owner, curator, alice, bob, stranger, dataset } = at();
      const invitation = { dataset, contributor: alice.address, deadline: NEVER };
      await expectNotAdmitted(bring(await invite(at(), stranger, invitation)));
      await expectNotAdmitted(bring(await invite(at(), alice, invitation)));
      const [byOwner, byCurator] = [await invite(at(), owner, invitation), await invite(at(), curator, invitation)];
      await owned.setCurator(dataset, curator, false);
      await expectNotAdmitted(bring(byCurator));
      await owned.setCurator(dataset, curator, true);
      await owned.transferFrom(owner, bob, dataset);
      await expectNotAdmitted(bring(byOwner));
      await expectNotAdmitted(bring(byCurator));
    });

    it("attack 22: refuses an invitation that says anything else than what was signed", async () => {
      const { owner, curator, alice, bob, stranger, dataset } = at();
      const other = await createDataset(at(), owner, { curation: Curation.AllowList });
      const deadline = 2n ** 40n;
      const good = { dataset, contributor: alice.address, deadline };
      const admission = await invite(at(), owner, good);
      await expectNotAdmitted(bring(await invite(at(), owner, { ...good, dataset: other })));
      await expectNotAdmitted(bring(await invite(at(), owner, { ...good, contributor: bob.address })));
      await expectNotAdmitted(bring({ ...admission, deadline: deadline + 1n }));
      await expectNotAdmitted(bring({ ...admission, inviter: curator.address }));
      await expectNotAdmitted(bring({ ...admission, inviter: stranger.address }));
      await expectNotAdmitted(bring({ ...admission, inviter: ZeroAddress }));
      await expectNotAdmitted(bring({ ...admission, signature: "0x" }));
      await bring(admission);
    });

    it("takes the invitation of a curator that is a contract (ERC-1271)", async () => {
      const { ethers, datasets, owned, stranger, alice, dataset } = at();
      const wallet = await ethers.deployContract("SignerWallet", [stranger]);
      const invitation = await invite(at(), stranger, { dataset, contributor: alice.address, deadline: NEVER });
      const admission = { ...invitation, inviter: await wallet.getAddress() };
      await expectNotAdmitted(bring(admission));
      await owned.setCurator(dataset, wallet, true);
      await expect(bring(admission)).to.emit(datasets, "ContributionAccepted");
    });

    it("attack 22: an owner who appointed the zero address invites nobody by that", async () => {
      const { owned, dataset } = at();
      await owned.setCurator(dataset, ZeroAddress, true);
      for (const signature of ["0x", `0x${"00".repeat(65)}`, `0x${"00".repeat(64)}1b`, `0x${"ff".repeat(65)}`]) {
        await expectNotAdmitted(bring({ proof: [], inviter: ZeroAddress, deadline: NEVER, signature }));
      }
    });
  });

  describe("contributeSigned", () => {
    it("takes a listed or invited wallet's contribution from whoever brings it, and no other's", async () => {
      const { datasets, owned, owner, alice, bob, carol, dataset } = at();
      const list = allowList(alice.address, bob.address);
      await owned.setAllowLists(dataset, list.root, ZeroHash);
      const listed = await signOffer(at(), alice, { dataset });
      const invited = await signOffer(at(), carol, { dataset });
      await expectNotAdmitted(datasets.contributeSigned(listed));
      await expect(datasets.contributeSigned(invited))
        .to.be.revertedWithCustomError(datasets, "NotAdmitted")
        .withArgs(dataset, carol.address);
      const proof = list.proof(alice.address);
      await expect(datasets.contributeSigned({ ...listed, admission: { ...NO_ADMISSION, proof } }))
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(dataset, 0n, alice.address, listed.root, listed.rows);
      const admission = await invite(at(), owner, { dataset, contributor: carol.address, deadline: NEVER });
      await expect(datasets.contributeSigned({ ...invited, admission }))
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(dataset, 1n, carol.address, invited.root, invited.rows);
    });
  });

  describe("approveTrainers", () => {
    it("refuses a dataset that doesn't exist, and everybody but the owner", async () => {
      const { datasets, curator, alice, dataset } = at();
      await expect(datasets.approveTrainers(NOBODY, [alice.address], true))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
      await expect(datasets.connect(curator).approveTrainers(dataset, [alice.address], true))
        .to.be.revertedWithCustomError(datasets, "NotDatasetOwner")
        .withArgs(dataset, curator.address);
    });

    it("allows all that it names, of this dataset only, and takes that back", async () => {
      const { datasets, owned, owner, alice, bob, carol, dataset } = at();
      const other = await createDataset(at(), owner);
      const approval = owned.approveTrainers(dataset, [alice.address, bob.address], true);
      for (const { address } of [alice, bob]) {
        await expect(approval).to.emit(datasets, "TrainerApproved").withArgs(dataset, address, true);
      }
      const approved = async (of: bigint) =>
        Promise.all([alice, bob, carol].map(async (wallet) => datasets.isApprovedTrainer(of, wallet)));
      expect(await approved(dataset)).to.deep.equal([true, true, false]);
      expect(await approved(other)).to.deep.equal([false, false, false]);
      await expect(owned.approveTrainers(dataset, [alice.address], false))
        .to.emit(datasets, "TrainerApproved")
        .withArgs(dataset, alice.address, false);
      expect(await approved(dataset)).to.deep.equal([false, true, false]);
    });
  });

  describe("offerTo", () => {
    /** A dataset with these terms of training and one version. */
    async function trained(training: bigint): Promise<bigint> {
      const { owned, owner, carol } = at();
      const dataset = await createDataset(at(), owner, { training });
      await owned.accept(dataset, [await contribute(at(), dataset, carol, 5n)]);
      await owned.freeze(dataset);
      return dataset;
    }

    it("refuses a dataset and a version that don't exist", async () => {
      const { datasets, alice } = at();
      const dataset = await trained(Training.Anyone);
      await expect(datasets.offerTo(NOBODY, 1n, alice, []))
        .to.be.revertedWithCustomError(datasets, "DatasetNotFound")
        .withArgs(NOBODY);
      for (const version of [0n, 2n]) {
        await expect(datasets.offerTo(dataset, version, alice, []))
          .to.be.revertedWithCustomError(datasets, "VersionNotFound")
          .withArgs(dataset, version);
      }
    });

    it("offers the shares of the terms to anyone, and follows their rise", async () => {
      const { datasets, owned, stranger } = at();
      const dataset = await trained(Training.Anyone);
      expect(await datasets.offerTo(dataset, 1n, stranger, [])).to.deep.equal([TERMS.streamBps, TERMS.proRataBps]);
      await owned.setTerms(dataset, { ...TERMS, streamBps: 4_000n, proRataBps: 5_000n }, "");
      expect(await datasets.offerTo(dataset, 1n, stranger, [])).to.deep.equal([4_000n, 5_000n]);
    });

    it("asks for the wallet's proof where there is a list, for an empty list of everybody", async () => {
      const { datasets, owned, owner, alice, bob, stranger } = at();
      const dataset = await trained(Training.AllowList);
      const refused = async (trainer: string, proof: string[]) =>
        expect(datasets.offerTo(dataset, 1n, trainer, proof))
          .to.be.revertedWithCustomError(datasets, "TrainingNotPermitted")
          .withArgs(dataset, trainer);
      await refused(owner.address, []);
      const list = allowList(alice.address, bob.address);
      await owned.setAllowLists(dataset, list.root, ZeroHash);
      await refused(alice.address, list.proof(alice.address));
      await owned.setAllowLists(dataset, ZeroHash, list.root);
      await owned.approveTrainers(dataset, [stranger.address], true);
      await refused(alice.address, []);
      await refused(stranger.address, list.proof(alice.address));
      expect(await datasets.offerTo(dataset, 1n, alice, list.proof(alice.address))).to.deep.equal([
        TERMS.streamBps,
        TERMS.proRataBps,
      ]);
    });

    it("asks for the owner's approval where the terms do, of everybody", async () => {
      const { datasets, owned, owner, alice, bob } = at();
      const dataset = await trained(Training.Approval);
      const list = allowList(alice.address, bob.address);
      await owned.setAllowLists(dataset, ZeroHash, list.root);
      for (const [trainer, proof] of [
        [owner.address, []],
        [alice.address, list.proof(alice.address)],
      ] as const) {
        await expect(datasets.offerTo(dataset, 1n, trainer, [...proof]))
          .to.be.revertedWithCustomError(datasets, "TrainingNotPermitted")
          .withArgs(dataset, trainer);
      }
      await owned.approveTrainers(dataset, [alice.address], true);
      expect(await datasets.offerTo(dataset, 1n, alice, [])).to.deep.equal([TERMS.streamBps, TERMS.proRataBps]);
    });

    it("attack 10: stands between a wallet and a model; what was taken back stops models to come only", async () => {
      const { datasets, models, owned, alice, bob, stranger } = at();
      const approval = await trained(Training.Approval);
      await expect(registerModel(at(), alice, { sources: [source(approval, 1_000n)] }))
        .to.be.revertedWithCustomError(datasets, "TrainingNotPermitted")
        .withArgs(approval, alice.address);
      await owned.approveTrainers(approval, [alice.address], true);
      const model = await registerModel(at(), alice, { sources: [source(approval, 1_000n)] });
      await owned.approveTrainers(approval, [alice.address], false);
      expect((await models.streamAt(model, 0n)).shareBps).to.equal(1_000n);
      await expect(registerModel(at(), alice, { sources: [source(approval, 1_000n)] })).to.be.revertedWithCustomError(
        datasets,
        "TrainingNotPermitted",
      );
      const listed = await trained(Training.AllowList);
      const list = allowList(alice.address, bob.address);
      await owned.setAllowLists(listed, ZeroHash, list.root);
      const sources = [{ ...source(listed, 1_000n), permission: list.proof(bob.address) }];
      await registerModel(at(), bob, { sources });
      await expect(registerModel(at(), stranger, { sources }))
        .to.be.revertedWithCustomError(datasets, "TrainingNotPermitted")
        .withArgs(listed, stranger.address);
    });

    it("keeps the terms of training of a frozen dataset from being tightened, not its lists", async () => {
      const { datasets, owned, alice } = at();
      const dataset = await trained(Training.Anyone);
      await expect(
        owned.setTerms(dataset, { ...TERMS, training: Training.Approval }, LICENCE),
      ).to.be.revertedWithCustomError(datasets, "TermsFrozen");
      await owned.setAllowLists(dataset, id("a"), id("b"));
      expect(await datasets.offerTo(dataset, 1n, alice, [])).to.deep.equal([TERMS.streamBps, TERMS.proRataBps]);
    });
  });
});
