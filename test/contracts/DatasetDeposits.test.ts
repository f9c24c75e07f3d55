import { expect } from "chai";
import { id, type Signer, ZeroHash } from "ethers";
import { allowList } from "../support/allowList.ts";
import {
  contributeRows,
  depositFor,
  NO_ADMISSION,
  openLastRow,
  rowsOf,
  submissionOf,
} from "../support/contributions.ts";
import { item, useFixture } from "../support/fixture.ts";
import { contribute, createDataset, Curation, LICENCE, SubmissionStatus, TERMS } from "../support/lineage.ts";
import { randomFrom } from "../support/random.ts";
import { deploySuite } from "../support/suite.ts";

const DEPOSIT = 100n;
const MONEY = 1_000n;
const REVIEW_TIME = 14n * 86_400n;
const REASON = id("not rows at all");
const MAX_DEPOSIT = 2n ** 88n - 1n;

async function build() {
  const suite = await deploySuite();
  const [owner, alice, bob, carol] = [0, 1, 2, 3].map((i) => item(suite.wallets, i));
  if (!owner || !alice || !bob || !carol) throw new Error("too few wallets");
  for (const wallet of [alice, bob]) await depositFor(suite, wallet, MONEY);
  const dataset = await createDataset(suite, owner, { deposit: DEPOSIT });
  const open = await createDataset(suite, owner, { deposit: DEPOSIT, curation: Curation.Open });
  const owned = suite.datasets.connect(owner);
  return { ...suite, owner, alice, bob, carol, dataset, open, owned };
}

describe("DatasetRegistry, deposits and review", () => {
  const at = useFixture(build);

  /** Free and locked money of a wallet under the registry. */
  async function bond(wallet: Signer): Promise<bigint[]> {
    const { free, locked } = await at().vault.bondOf(at().datasets, wallet);
    return [free, locked];
  }

  async function depositOf(dataset: bigint, contributor: string, root: string): Promise<bigint> {
    return (await submissionOf(at(), dataset, contributor, root)).deposit;
  }

  it("knows its vault and its review time", async () => {
    const { datasets, vault } = at();
    expect(await datasets.VAULT()).to.equal(await vault.getAddress());
    expect(await datasets.REVIEW_TIME()).to.equal(REVIEW_TIME);
  });

  describe("a deposit", () => {
    it("is locked for a contribution, however many rows it has, in a curated dataset", async () => {
      const { datasets, vault, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 7n);
      expect(await bond(alice)).to.deep.equal([MONEY - DEPOSIT, DEPOSIT]);
      expect(await depositOf(dataset, alice.address, submission.root)).to.equal(DEPOSIT);
      await expect(datasets.connect(alice).contribute(dataset, id("more"), 900n, ""))
        .to.emit(vault, "Locked")
        .withArgs(await datasets.getAddress(), alice.address, DEPOSIT);
    });

    it("is locked for a contribution to an allow-list dataset", async () => {
      const { datasets, owner, owned, alice } = at();
      const dataset = await createDataset(at(), owner, { deposit: DEPOSIT, curation: Curation.AllowList });
      await owned.setAllowLists(dataset, allowList(alice.address).root, ZeroHash);
      await datasets.connect(alice).contributeAdmitted(dataset, id("rows"), 7n, "", NO_ADMISSION);
      expect(await bond(alice)).to.deep.equal([MONEY - DEPOSIT, DEPOSIT]);
      expect(await depositOf(dataset, alice.address, id("rows"))).to.equal(DEPOSIT);
    });

    it("is locked for each row, those beyond the cap too, in an open dataset", async () => {
      const { owner, alice } = at();
      const dataset = await createDataset(at(), owner, { deposit: DEPOSIT, curation: Curation.Open, rowCap: 2n });
      const submission = await contribute(at(), dataset, alice, 7n);
      expect(await bond(alice)).to.deep.equal([MONEY - 7n * DEPOSIT, 7n * DEPOSIT]);
      expect(await depositOf(dataset, alice.address, submission.root)).to.equal(7n * DEPOSIT);
    });

    it("is nothing where the terms ask for none", async () => {
      const { datasets, vault, owner, carol } = at();
      const dataset = await createDataset(at(), owner);
      await expect(datasets.connect(carol).contribute(dataset, id("rows"), 7n, "")).not.to.emit(vault, "Locked");
    });

    it("must be there: a missing one, or one that is leaving, refuses the contribution", async () => {
      const { datasets, vault, alice, carol, dataset, open } = at();
      const registry = await datasets.getAddress();
      await expect(datasets.connect(carol).contribute(dataset, id("rows"), 1n, ""))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(registry, carol.address, 0n, DEPOSIT);
      await expect(datasets.connect(alice).contribute(open, id("rows"), 11n, ""))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(registry, alice.address, MONEY, 11n * DEPOSIT);
      await vault.connect(alice).requestWithdrawal(registry, MONEY - DEPOSIT + 1n);
      await expect(datasets.connect(alice).contribute(dataset, id("rows"), 1n, ""))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(registry, alice.address, DEPOSIT - 1n, DEPOSIT);
      expect((await submissionOf(at(), dataset, alice, id("rows"))).status).to.equal(SubmissionStatus.None);
    });

    it("may come from anybody, and is the contributor's all the same", async () => {
      const { datasets, vault, currency, bob, carol, dataset } = at();
      await currency.mint(bob, DEPOSIT);
      await currency.connect(bob).approve(vault, DEPOSIT);
      await vault.connect(bob).deposit(datasets, carol, DEPOSIT);
      await contribute(at(), dataset, carol, 1n);
      expect(await bond(carol)).to.deep.equal([0n, DEPOSIT]);
    });

    it("under another controller pays for nothing", async () => {
      const { datasets, vault, attribution, currency, carol, dataset } = at();
      await currency.mint(carol, DEPOSIT);
      await currency.connect(carol).approve(vault, DEPOSIT);
      await vault.connect(carol).deposit(attribution, carol, DEPOSIT);
      await expect(datasets.connect(carol).contribute(dataset, id("rows"), 1n, "")).to.be.revertedWithCustomError(
        vault,
        "InsufficientBond",
      );
    });

    it("fits 88 bits, or the contribution is refused", async () => {
      const { datasets, owner, alice } = at();
      const dataset = await createDataset(at(), owner, { deposit: 2n ** 60n, curation: Curation.Open });
      await expect(datasets.connect(alice).contribute(dataset, id("rows"), 2n ** 28n, ""))
        .to.be.revertedWithCustomError(datasets, "DepositTooHigh")
        .withArgs(2n ** 88n);
      const dearest = await createDataset(at(), owner, { deposit: MAX_DEPOSIT, curation: Curation.Open });
      await expect(datasets.connect(alice).contribute(dearest, id("rows"), 2n ** 32n - 1n, ""))
        .to.be.revertedWithCustomError(datasets, "DepositTooHigh")
        .withArgs(MAX_DEPOSIT * (2n ** 32n - 1n));
    });

    it("of 88 bits can be paid, and comes back", async () => {
      const { ethers, alice, owner } = at();
      const currency = await ethers.deployContract("HookToken");
      const vault = await ethers.deployContract("BondVault", [currency, 0n]);
      const datasets = await ethers.deployContract("DatasetRegistry", [vault, REVIEW_TIME]);
      await currency.mint(alice, MAX_DEPOSIT);
      await currency.connect(alice).approve(vault, MAX_DEPOSIT);
      await vault.connect(alice).deposit(datasets, alice, MAX_DEPOSIT);
      await datasets.connect(owner).createDataset({ ...TERMS, deposit: MAX_DEPOSIT }, LICENCE, ZeroHash, "");
      await datasets.connect(alice).contribute(1n, id("rows"), 5n, "");
      expect((await vault.bondOf(datasets, alice)).locked).to.equal(MAX_DEPOSIT);
      await datasets.connect(owner).reject(1n, [{ contributor: alice.address, root: id("rows") }], REASON);
      expect((await vault.bondOf(datasets, alice)).free).to.equal(MAX_DEPOSIT);
    });

    it("comes back as it was given, whatever the terms ask by then", async () => {
      const { owned, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 7n);
      await owned.setTerms(dataset, { ...TERMS, deposit: DEPOSIT - 1n }, LICENCE);
      await owned.setTerms(dataset, { ...TERMS, deposit: 0n, curation: Curation.Open }, LICENCE);
      expect(await depositOf(dataset, alice.address, submission.root)).to.equal(DEPOSIT);
      await owned.accept(dataset, [submission]);
      expect(await bond(alice)).to.deep.equal([MONEY, 0n]);
    });

    it("leaves the vault by a withdrawal of the contributor's once it is free", async () => {
      const { datasets, vault, currency, networkHelpers, owned, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 7n);
      await expect(vault.connect(alice).requestWithdrawal(datasets, MONEY)).to.be.revertedWithCustomError(
        vault,
        "InsufficientBond",
      );
      await owned.reject(dataset, [submission], REASON);
      await vault.connect(alice).requestWithdrawal(datasets, MONEY);
      await networkHelpers.time.increase(7n * 86_400n);
      await vault.connect(alice).withdraw(datasets, alice);
      expect(await currency.balanceOf(alice)).to.equal(MONEY);
    });
  });

  describe("accept and reject", () => {
    for (const decision of ["accept", "reject"] as const) {
      it(`${decision} releases the deposits of all contributions in the list`, async () => {
        const { vault, datasets, owned, alice, bob, dataset } = at();
        const [first, second] = [await contribute(at(), dataset, alice, 7n), await contribute(at(), dataset, bob, 9n)];
        const other = await contribute(at(), dataset, alice, 7n, "undecided");
        const decided =
          decision === "accept"
            ? owned.accept(dataset, [first, second])
            : owned.reject(dataset, [first, second], REASON);
        for (const { contributor, root } of [first, second]) {
          await expect(decided)
            .to.emit(vault, "Unlocked")
            .withArgs(await datasets.getAddress(), contributor, DEPOSIT);
          expect(await depositOf(dataset, contributor, root)).to.equal(0n);
        }
        expect(await bond(bob)).to.deep.equal([MONEY, 0n]);
        expect(await bond(alice)).to.deep.equal([MONEY - DEPOSIT, DEPOSIT]);
        expect(await depositOf(dataset, alice.address, other.root)).to.equal(DEPOSIT);
      });
    }
  });

  describe("review", () => {
    it("refuses what was never submitted", async () => {
      const { datasets, alice, dataset } = at();
      const tree = rowsOf(alice.address, 1);
      await expect(openLastRow(datasets, dataset, { contributor: alice.address, tree }))
        .to.be.revertedWithCustomError(datasets, "LastRowNotShown")
        .withArgs(tree.root, 0n);
      await expect(openLastRow(datasets, 99n, { contributor: alice.address, tree })).to.be.revertedWithCustomError(
        datasets,
        "LastRowNotShown",
      );
    });

    it("refuses another digest, another proof, and another row than the last", async () => {
      const { datasets, alice, bob, dataset } = at();
      const { tree, root, contributor } = await contributeRows(at(), dataset, alice, 5);
      const last = item(tree.digests, 4);
      const proof = tree.proof(4);
      for (const [digest, siblings] of [
        [id("other"), proof],
        [last, proof.toReversed()],
        [last, proof.slice(1)],
        [last, [...proof, ZeroHash]],
        [last, []],
        [item(tree.digests, 3), tree.proof(3)],
        [item(tree.digests, 0), tree.proof(0)],
      ] as const) {
        await expect(datasets.review(dataset, { contributor, root }, digest, [...siblings]))
          .to.be.revertedWithCustomError(datasets, "LastRowNotShown")
          .withArgs(root, 5n);
      }
      await expect(
        datasets.review(dataset, { contributor: bob.address, root }, last, proof),
      ).to.be.revertedWithCustomError(datasets, "LastRowNotShown");
    });

    it("can't open a contribution that declares more rows than it has, or less", async () => {
      const { datasets, alice, open } = at();
      const tree = rowsOf(alice.address, 3);
      for (const declared of [4, 5]) {
        const wallet = datasets.connect(alice);
        const dataset = declared === 4 ? open : at().dataset;
        await wallet.contribute(dataset, tree.root, declared, "");
        for (const index of [0, 1, 2]) {
          await expect(
            datasets.review(
              dataset,
              { contributor: alice.address, root: tree.root },
              item(tree.digests, index),
              tree.proof(index),
            ),
          ).to.be.revertedWithCustomError(datasets, "LastRowNotShown");
        }
      }
    });

    for (const count of [1, 2, 3, 8]) {
      it(`opens the last of ${count} rows of a pending contribution, for anyone, and keeps the deposit`, async () => {
        const { datasets, alice, carol, dataset } = at();
        const submission = await contributeRows(at(), dataset, alice, count);
        await expect(openLastRow(datasets.connect(carol), dataset, submission))
          .to.emit(datasets, "RowsOpened")
          .withArgs(dataset, alice.address, submission.root, count);
        const { opened, deposit, status } = await submissionOf(at(), dataset, alice, submission.root);
        expect([opened, deposit, status]).to.deep.equal([true, DEPOSIT, SubmissionStatus.Pending]);
        expect(await bond(alice)).to.deep.equal([MONEY - DEPOSIT, DEPOSIT]);
      });
    }

    it("refuses a second time, before and after the decision", async () => {
      const { datasets, owned, alice, dataset } = at();
      const submission = await contributeRows(at(), dataset, alice, 3);
      await openLastRow(datasets, dataset, submission);
      const again = async () =>
        expect(openLastRow(datasets, dataset, submission))
          .to.be.revertedWithCustomError(datasets, "AlreadyOpened")
          .withArgs(submission.root);
      await again();
      await owned.accept(dataset, [submission]);
      await again();
      expect(await bond(alice)).to.deep.equal([MONEY, 0n]);
    });

    it("releases the deposit of what was accepted at once, and only once", async () => {
      const { datasets, vault, networkHelpers, alice, carol, open } = at();
      const submission = await contributeRows(at(), open, alice, 3);
      await contributeRows(at(), open, alice, 2, "others");
      expect(await bond(alice)).to.deep.equal([MONEY - 5n * DEPOSIT, 5n * DEPOSIT]);
      await networkHelpers.time.increase(REVIEW_TIME);
      await expect(openLastRow(datasets.connect(carol), open, submission))
        .to.emit(vault, "Unlocked")
        .withArgs(await datasets.getAddress(), alice.address, 3n * DEPOSIT);
      expect(await bond(alice)).to.deep.equal([MONEY - 2n * DEPOSIT, 2n * DEPOSIT]);
      expect(await depositOf(open, alice.address, submission.root)).to.equal(0n);
      await expect(openLastRow(datasets, open, submission)).to.be.revertedWithCustomError(datasets, "AlreadyOpened");
    });

    it("releases the deposit of what was retired since", async () => {
      const { datasets, networkHelpers, alice, open } = at();
      const submission = await contributeRows(at(), open, alice, 3);
      await datasets.connect(alice).retire(open, 0n);
      expect(await bond(alice)).to.deep.equal([MONEY - 3n * DEPOSIT, 3n * DEPOSIT]);
      await networkHelpers.time.increase(REVIEW_TIME);
      await openLastRow(datasets, open, submission);
      expect(await bond(alice)).to.deep.equal([MONEY, 0n]);
    });

    it("moves no money after a rejection, a withdrawal or an acceptance, which released it", async () => {
      const { datasets, vault, networkHelpers, owned, alice, dataset } = at();
      const rejected = await contributeRows(at(), dataset, alice, 2, "rejected");
      const withdrawn = await contributeRows(at(), dataset, alice, 2, "withdrawn");
      const accepted = await contributeRows(at(), dataset, alice, 2, "accepted");
      await owned.reject(dataset, [rejected], REASON);
      await owned.accept(dataset, [accepted]);
      await networkHelpers.time.increase(REVIEW_TIME);
      await datasets.connect(alice).withdrawContribution(dataset, withdrawn.root);
      await contribute(at(), dataset, alice, 1n, "keeps something locked");
      for (const submission of [rejected, withdrawn, accepted]) {
        const opening = openLastRow(datasets, dataset, submission);
        await expect(opening).to.emit(datasets, "RowsOpened");
        await expect(opening).not.to.emit(vault, "Unlocked");
      }
      expect(await bond(alice)).to.deep.equal([MONEY - DEPOSIT, DEPOSIT]);
    });

    it("attack 40: one deposit can't pay for invented rows again and again, as it waits for the review time", async () => {
      const { datasets, networkHelpers, alice, open } = at();
      const submission = await contributeRows(at(), open, alice, 3, "invented");
      const submittedAt = BigInt(await networkHelpers.time.latest());
      const until = submittedAt + REVIEW_TIME;
      await expect(openLastRow(datasets, open, submission))
        .to.be.revertedWithCustomError(datasets, "ReviewTimeRunning")
        .withArgs(until);
      await networkHelpers.time.setNextBlockTimestamp(until - 1n);
      await expect(openLastRow(datasets, open, submission)).to.be.revertedWithCustomError(
        datasets,
        "ReviewTimeRunning",
      );
      expect(await bond(alice)).to.deep.equal([MONEY - 3n * DEPOSIT, 3n * DEPOSIT]);
      await networkHelpers.time.setNextBlockTimestamp(until);
      await openLastRow(datasets, open, submission);
      expect(await bond(alice)).to.deep.equal([MONEY, 0n]);
    });

    it("attack 9: a root copied from another wallet can't be opened, and its deposit stays locked", async () => {
      const { datasets, alice, bob, open } = at();
      const submission = await contributeRows(at(), open, alice, 3);
      await datasets.connect(bob).contribute(open, submission.root, 3n, "");
      await expect(
        openLastRow(datasets, open, { contributor: bob.address, tree: submission.tree }),
      ).to.be.revertedWithCustomError(datasets, "LastRowNotShown");
      expect(await bond(bob)).to.deep.equal([MONEY - 3n * DEPOSIT, 3n * DEPOSIT]);
    });
  });

  describe("withdrawContribution", () => {
    it("refuses what the caller never submitted", async () => {
      const { datasets, alice, bob, dataset } = at();
      const { root } = await contribute(at(), dataset, alice, 5n);
      await at().networkHelpers.time.increase(REVIEW_TIME);
      await expect(datasets.connect(bob).withdrawContribution(dataset, root))
        .to.be.revertedWithCustomError(datasets, "NotPending")
        .withArgs(bob.address, root, SubmissionStatus.None);
    });

    it("refuses before the review time is over, to the second, and then gives the deposit back", async () => {
      const { datasets, networkHelpers, alice, dataset } = at();
      const { root } = await contribute(at(), dataset, alice, 5n);
      const { submittedAt } = await submissionOf(at(), dataset, alice, root);
      const withdraw = () => datasets.connect(alice).withdrawContribution(dataset, root);
      await networkHelpers.time.setNextBlockTimestamp(submittedAt + REVIEW_TIME - 1n);
      await expect(withdraw())
        .to.be.revertedWithCustomError(datasets, "ReviewTimeRunning")
        .withArgs(submittedAt + REVIEW_TIME);
      await networkHelpers.time.setNextBlockTimestamp(submittedAt + REVIEW_TIME);
      await expect(withdraw()).to.emit(datasets, "ContributionWithdrawn").withArgs(dataset, alice.address, root);
      const { status, deposit } = await submissionOf(at(), dataset, alice, root);
      expect([status, deposit]).to.deep.equal([SubmissionStatus.Withdrawn, 0n]);
      expect(await bond(alice)).to.deep.equal([MONEY, 0n]);
    });

    it("refuses after a decision, and a second time", async () => {
      const { datasets, networkHelpers, owned, alice, dataset, open } = at();
      const accepted = await contribute(at(), dataset, alice, 5n, "accepted");
      const rejected = await contribute(at(), dataset, alice, 5n, "rejected");
      const withdrawn = await contribute(at(), dataset, alice, 5n, "withdrawn");
      const atOnce = await contribute(at(), open, alice, 5n, "at once");
      await owned.accept(dataset, [accepted]);
      await owned.reject(dataset, [rejected], REASON);
      await networkHelpers.time.increase(REVIEW_TIME);
      const wallet = datasets.connect(alice);
      await wallet.withdrawContribution(dataset, withdrawn.root);
      for (const [of, { root }, status] of [
        [dataset, accepted, SubmissionStatus.Accepted],
        [dataset, rejected, SubmissionStatus.Rejected],
        [dataset, withdrawn, SubmissionStatus.Withdrawn],
        [open, atOnce, SubmissionStatus.Accepted],
      ] as const) {
        await expect(wallet.withdrawContribution(of, root))
          .to.be.revertedWithCustomError(datasets, "NotPending")
          .withArgs(alice.address, root, status);
      }
    });

    it("leaves nothing to decide, and no second try with the same root", async () => {
      const { datasets, networkHelpers, owned, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await networkHelpers.time.increase(REVIEW_TIME);
      await datasets.connect(alice).withdrawContribution(dataset, submission.root);
      for (const decide of [
        () => owned.accept(dataset, [submission]),
        () => owned.reject(dataset, [submission], REASON),
      ]) {
        await expect(decide())
          .to.be.revertedWithCustomError(datasets, "NotPending")
          .withArgs(alice.address, submission.root, SubmissionStatus.Withdrawn);
      }
      await expect(datasets.connect(alice).contribute(dataset, submission.root, 5n, "")).to.be.revertedWithCustomError(
        datasets,
        "AlreadyContributed",
      );
    });

    it("works without a deposit, after a late review, and from a dataset that was sold", async () => {
      const { datasets, networkHelpers, owner, owned, alice, bob } = at();
      const dataset = await createDataset(at(), owner);
      const submission = await contributeRows(at(), dataset, alice, 3);
      await owned.transferFrom(owner, bob, dataset);
      await networkHelpers.time.increase(REVIEW_TIME);
      await openLastRow(datasets, dataset, submission);
      await expect(datasets.connect(alice).withdrawContribution(dataset, submission.root)).to.emit(
        datasets,
        "ContributionWithdrawn",
      );
    });

    it("stays possible for curators to decide after the review time, until it is withdrawn", async () => {
      const { datasets, networkHelpers, owned, alice, dataset } = at();
      const submission = await contribute(at(), dataset, alice, 5n);
      await networkHelpers.time.increase(2n * REVIEW_TIME);
      await expect(owned.accept(dataset, [submission])).to.emit(datasets, "ContributionAccepted");
    });
  });

  it("owes what the vault has locked for it, over random contributions, decisions and openings", async () => {
    const { datasets, vault, networkHelpers, owned, alice, bob, dataset, open } = at();
    const random = randomFrom(11);
    const made: (Awaited<ReturnType<typeof contributeRows>> & { of: bigint; by: Signer })[] = [];
    let refused = 0;
    for (let step = 0; step < 120; step++) {
      const [of, by] = [random.pick([dataset, open]), random.pick([alice, bob])];
      const some = made[random.integer(0, made.length - 1)];
      const actions = [
        async () =>
          made.push({ ...(await contributeRows(at(), of, by, random.integer(1, 4), `step ${step}`)), of, by }),
        ...(some === undefined
          ? []
          : [
              () => owned.accept(some.of, [some]),
              () => owned.reject(some.of, [some], REASON),
              () => openLastRow(datasets, some.of, some),
              () => datasets.connect(some.by).withdrawContribution(some.of, some.root),
              () => networkHelpers.time.increase(REVIEW_TIME / 4n),
            ]),
      ];
      try {
        await random.pick(actions)();
      } catch {
        refused += 1;
      }
      for (const wallet of [alice, bob]) {
        const own = made.filter(({ by: maker }) => maker === wallet);
        const deposits = await Promise.all(own.map(({ of: where, root }) => depositOf(where, wallet.address, root)));
        const owed = deposits.reduce((sum, deposit) => sum + deposit, 0n);
        const { free, locked } = await vault.bondOf(datasets, wallet);
        expect([locked, free], `after step ${step}`).to.deep.equal([owed, MONEY - owed]);
      }
    }
    expect([made.length, refused].every((count) => count > 10 && count < 100)).to.equal(true);
  });
});
