import { expect } from "chai";
import { AbiCoder, concat, hexlify, id, Signature, type Signer, toBeHex, Wallet, ZeroAddress, ZeroHash } from "ethers";
import { depositFor, NEVER, type Offer, signOffer, submissionOf } from "../support/contributions.ts";
import { delegatingAccount } from "../support/delegation.ts";
import { item, useFixture } from "../support/fixture.ts";
import { contribute, createDataset, Curation, SubmissionStatus } from "../support/lineage.ts";
import { deploySuite } from "../support/suite.ts";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

async function build() {
  const suite = await deploySuite();
  const [owner, alice, bob, relayer] = [0, 1, 2, 3].map((i) => item(suite.wallets, i));
  if (!owner || !alice || !bob || !relayer) throw new Error("too few wallets");
  const dataset = await createDataset(suite, owner);
  return { ...suite, owner, alice, bob, relayer, dataset, relayed: suite.datasets.connect(relayer) };
}

describe("DatasetRegistry, signed contributions", () => {
  const at = useFixture(build);

  type Signed = Awaited<ReturnType<typeof signOffer>>;

  const sign = (signer: Signer, offer: Partial<Offer> = {}) =>
    signOffer(at(), signer, { dataset: at().dataset, ...offer });

  async function expectInvalid(signed: Signed): Promise<void> {
    const { relayed } = at();
    await expect(relayed.contributeSigned(signed))
      .to.be.revertedWithCustomError(relayed, "InvalidSignature")
      .withArgs(signed.contributor);
  }

  async function isSubmitted({ dataset, contributor, root }: Signed): Promise<boolean> {
    return (await submissionOf(at(), dataset, contributor, root)).status !== SubmissionStatus.None;
  }

  describe("contributeSigned", () => {
    it("submits for the wallet that signed, whoever sends it, and returns the contribution's id", async () => {
      const { datasets, relayed, alice, relayer, dataset } = at();
      const signed = await sign(alice);
      expect(await relayed.contributeSigned.staticCall(signed)).to.equal(
        await datasets.connect(alice).contribute.staticCall(dataset, signed.root, signed.rows, ""),
      );
      const sent = relayed.contributeSigned(signed);
      await expect(sent)
        .to.emit(datasets, "ContributionSubmitted")
        .withArgs(dataset, alice.address, signed.root, signed.rows, signed.uri);
      await expect(sent).to.emit(datasets, "NonceSpent").withArgs(alice.address, signed.nonce);
      const { status, rows } = await submissionOf(at(), dataset, alice, signed.root);
      expect([status, rows]).to.deep.equal([SubmissionStatus.Pending, signed.rows]);
      expect((await submissionOf(at(), dataset, relayer, signed.root)).status).to.equal(SubmissionStatus.None);
    });

    it("is accepted at once in an open dataset", async () => {
      const { datasets, relayed, owner, alice } = at();
      const open = await createDataset(at(), owner, { curation: Curation.Open });
      const signed = await sign(alice, { dataset: open });
      await expect(relayed.contributeSigned(signed))
        .to.emit(datasets, "ContributionAccepted")
        .withArgs(open, 0n, alice.address, signed.root, signed.rows);
    });

    it("locks the contributor's deposit and nothing of the relayer's", async () => {
      const { datasets, vault, relayed, owner, alice, relayer } = at();
      const dataset = await createDataset(at(), owner, { deposit: 100n });
      await depositFor(at(), relayer, 100n);
      const signed = await sign(alice, { dataset });
      await expect(relayed.contributeSigned(signed))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(await datasets.getAddress(), alice.address, 0n, 100n);
      await depositFor(at(), alice, 100n);
      await relayed.contributeSigned(signed);
      expect((await vault.bondOf(datasets, alice)).locked).to.equal(100n);
      expect((await vault.bondOf(datasets, relayer)).free).to.equal(100n);
    });

    it("refuses a dataset that doesn't exist, and an empty contribution", async () => {
      const { relayed, alice } = at();
      await expect(relayed.contributeSigned(await sign(alice, { dataset: 99n })))
        .to.be.revertedWithCustomError(relayed, "DatasetNotFound")
        .withArgs(99n);
      for (const empty of [{ root: ZeroHash }, { rows: 0n }]) {
        await expect(relayed.contributeSigned(await sign(alice, empty))).to.be.revertedWithCustomError(
          relayed,
          "EmptyContribution",
        );
      }
    });

    it("is good up to its deadline, to the second", async () => {
      const { relayed, networkHelpers, alice } = at();
      const deadline = BigInt(await networkHelpers.time.latest()) + 100n;
      const [early, late] = [
        await sign(alice, { deadline }),
        await sign(alice, { deadline, nonce: 1n, root: id("b") }),
      ];
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      await relayed.contributeSigned(early);
      await networkHelpers.time.setNextBlockTimestamp(deadline + 1n);
      await expect(relayed.contributeSigned(late))
        .to.be.revertedWithCustomError(relayed, "SignatureExpired")
        .withArgs(deadline);
    });

    describe("refuses a signature", () => {
      const changes: [string, (signed: Signed) => Partial<Signed>][] = [
        ["dataset", ({ dataset }) => ({ dataset: dataset + 1n })],
        ["contributor", () => ({ contributor: at().bob.address })],
        ["contributor, the zero address", () => ({ contributor: ZeroAddress })],
        ["root", () => ({ root: id("other") })],
        ["number of rows", ({ rows }) => ({ rows: rows + 1n })],
        ["nonce", ({ nonce }) => ({ nonce: nonce + 1n })],
        ["deadline", () => ({ deadline: NEVER - 1n })],
        ["uri", () => ({ uri: "ipfs://elsewhere" })],
      ];
      for (const [what, change] of changes) {
        it(`attack 22: for another ${what}`, async () => {
          const { owner, alice } = at();
          await createDataset(at(), owner);
          const signed = await sign(alice);
          const changed = { ...signed, ...change(signed) };
          await expectInvalid(changed);
          expect(await isSubmitted(changed)).to.equal(false);
        });
      }

      it("attack 22: for another chain, contract, name or version", async () => {
        const { alice, dataset, vault } = at();
        for (const domain of [
          { chainId: 1n },
          { verifyingContract: await vault.getAddress() },
          { name: "Tributaries" },
          { version: "2" },
        ]) {
          await expectInvalid(await signOffer(at(), alice, { dataset }, domain));
        }
      });

      it("of somebody else, of nobody, cut off, or mirrored to the upper half of the curve", async () => {
        const { alice, bob } = at();
        const signed = await sign(alice);
        const { r, s, v } = Signature.from(signed.signature);
        const mirrored = concat([r, toBeHex(CURVE_ORDER - BigInt(s), 32), toBeHex(55 - v, 1)]);
        const forged = (await sign(bob, { contributor: alice.address })).signature;
        const { compactSerialized } = Signature.from(signed.signature);
        const short = hexlify(signed.signature.slice(0, -2));
        for (const signature of [forged, "0x", short, mirrored, compactSerialized, `0x${"00".repeat(65)}`]) {
          await expectInvalid({ ...signed, signature });
        }
        await at().relayed.contributeSigned(signed);
      });
    });

    it("attack 9: refuses the same signature again, while the contribution waits and after it was decided", async () => {
      const { datasets, relayed, owner, alice, dataset } = at();
      const signed = await sign(alice, { nonce: 7n });
      await relayed.contributeSigned(signed);
      const again = async () =>
        expect(relayed.contributeSigned(signed))
          .to.be.revertedWithCustomError(relayed, "NonceUsed")
          .withArgs(alice.address, 7n);
      await again();
      await datasets.connect(owner).reject(dataset, [signed], id("reason"));
      await again();
    });

    it("refuses the same root under another nonce, and leaves that nonce unused", async () => {
      const { datasets, relayed, alice, dataset } = at();
      await relayed.contributeSigned(await sign(alice));
      const again = await sign(alice, { nonce: 1n });
      await expect(relayed.contributeSigned(again))
        .to.be.revertedWithCustomError(relayed, "AlreadyContributed")
        .withArgs(dataset, alice.address, again.root);
      expect(await datasets.noncesUsed(alice, 0n)).to.equal(1n);
    });

    it("takes nonces in any order, each once, and each wallet's for itself", async () => {
      const { datasets, relayed, alice, bob } = at();
      const nonces = [300n, 0n, 255n, 256n, 1n, NEVER];
      for (const nonce of nonces) {
        await relayed.contributeSigned(await sign(alice, { nonce, root: id(`root ${nonce}`) }));
      }
      await relayed.contributeSigned(await sign(bob, { nonce: 300n }));
      expect(await datasets.noncesUsed(alice, 0n)).to.equal((1n << 255n) | 3n);
      expect(await datasets.noncesUsed(alice, 1n)).to.equal((1n << 44n) | 1n);
      expect(await datasets.noncesUsed(alice, NEVER >> 8n)).to.equal(1n << 255n);
      expect(await datasets.noncesUsed(bob, 1n)).to.equal(1n << 44n);
      for (const nonce of nonces) {
        await expect(relayed.contributeSigned(await sign(alice, { nonce, root: id("new") })))
          .to.be.revertedWithCustomError(relayed, "NonceUsed")
          .withArgs(alice.address, nonce);
      }
    });

    describe("of a contract (ERC-1271)", () => {
      it("is what the contract says is signed", async () => {
        const { ethers, datasets, relayed, alice, dataset } = at();
        const wallet = await ethers.deployContract("SignerWallet", [alice]);
        const contributor = await wallet.getAddress();
        const signed = await sign(alice, { contributor });
        await expect(relayed.contributeSigned(signed))
          .to.emit(datasets, "ContributionSubmitted")
          .withArgs(dataset, contributor, signed.root, signed.rows, signed.uri);
        await expect(relayed.contributeSigned(signed))
          .to.be.revertedWithCustomError(relayed, "NonceUsed")
          .withArgs(contributor, 0n);
      });

      it("is refused where the contract says no, or knows no such question", async () => {
        const { ethers, currency, alice, bob } = at();
        const wallet = await ethers.deployContract("SignerWallet", [alice]);
        await expectInvalid(await sign(bob, { contributor: await wallet.getAddress() }));
        await expectInvalid(await sign(alice, { contributor: await currency.getAddress() }));
      });

      it("gives the contract no way to change anything while it is asked", async () => {
        const { ethers, datasets, relayed, alice, dataset } = at();
        const wallet = await ethers.deployContract("HostileSigner");
        const contributor = await wallet.getAddress();
        const outer = await sign(alice, { contributor });
        const inner = await sign(alice, { nonce: 5n, root: id("inner") });
        const call = datasets.interface.encodeFunctionData("contributeSigned", [inner]);
        const signature = AbiCoder.defaultAbiCoder().encode(["address", "bytes"], [await datasets.getAddress(), call]);
        await expect(relayed.contributeSigned({ ...outer, signature }))
          .to.emit(datasets, "ContributionSubmitted")
          .withArgs(dataset, contributor, outer.root, outer.rows, outer.uri);
        expect(await isSubmitted(inner), "a static call changes nothing").to.equal(false);
      });
    });

    describe("of an account with code (EIP-7702)", () => {
      it("is that of its key, whatever its code says", async () => {
        const { ethers, datasets, currency, relayed, bob, dataset } = at();
        const stranger = await ethers.deployContract("SignerWallet", [bob]);
        for (const delegate of [currency, stranger]) {
          const account = await delegatingAccount(at(), delegate);
          const signed = await sign(account);
          await expect(relayed.contributeSigned(signed))
            .to.emit(datasets, "ContributionSubmitted")
            .withArgs(dataset, account.address, signed.root, signed.rows, signed.uri);
        }
      });

      it("is also what its code says, and nothing that neither of them signed", async () => {
        const { ethers, datasets, relayed, alice, bob, dataset } = at();
        const delegate = await ethers.deployContract("SignerWallet", [bob]);
        const account = await delegatingAccount(at(), delegate);
        await expectInvalid(await sign(alice, { contributor: account.address }));
        const signed = await sign(bob, { contributor: account.address });
        await expect(relayed.contributeSigned(signed))
          .to.emit(datasets, "ContributionSubmitted")
          .withArgs(dataset, account.address, signed.root, signed.rows, signed.uri);
      });
    });
  });

  describe("cancelNonces", () => {
    it("makes the caller's signatures with these nonces worthless, and no others", async () => {
      const { datasets, relayed, alice, bob } = at();
      const cancelled = await sign(alice, { nonce: 256n + 3n });
      const kept = await sign(alice, { nonce: 256n + 4n, root: id("kept") });
      const bobs = await sign(bob, { nonce: 256n + 3n });
      await expect(datasets.connect(alice).cancelNonces(1n, 0b1001n))
        .to.emit(datasets, "NoncesCancelled")
        .withArgs(alice.address, 1n, 0b1001n);
      expect(await datasets.noncesUsed(alice, 1n)).to.equal(0b1001n);
      await expect(relayed.contributeSigned(cancelled))
        .to.be.revertedWithCustomError(relayed, "NonceUsed")
        .withArgs(alice.address, 259n);
      await relayed.contributeSigned(kept);
      await relayed.contributeSigned(bobs);
    });

    it("adds to what is used, and takes nothing back", async () => {
      const { datasets, relayed, alice } = at();
      await relayed.contributeSigned(await sign(alice, { nonce: 2n }));
      await datasets.connect(alice).cancelNonces(0n, 0b1n);
      await datasets.connect(alice).cancelNonces(0n, 0n);
      expect(await datasets.noncesUsed(alice, 0n)).to.equal(0b101n);
      await datasets.connect(alice).cancelNonces(0n, NEVER);
      expect(await datasets.noncesUsed(alice, 0n)).to.equal(NEVER);
    });
  });

  describe("contributeBatch", () => {
    it("submits 50 contributions of 50 wallets at once", async () => {
      const { datasets, relayed } = at();
      const wallets = Array.from({ length: 50 }, (_, i) => new Wallet(id(`contributor ${i}`)));
      const batch = await Promise.all(wallets.map((wallet, i) => sign(wallet, { root: id(`root ${i}`) })));
      const sent = await relayed.contributeBatch(batch);
      const receipt = await sent.wait();
      const submitted = await datasets.queryFilter(datasets.filters.ContributionSubmitted(), receipt?.blockNumber);
      expect(submitted.map(({ args }) => args.contributor)).to.deep.equal(wallets.map(({ address }) => address));
      expect(await Promise.all(batch.map(isSubmitted))).to.deep.equal(batch.map(() => true));
      await expect(sent).not.to.emit(datasets, "ContributionSkipped");
    });

    it("does nothing with an empty batch", async () => {
      const { datasets, relayed } = at();
      await expect(relayed.contributeBatch([])).not.to.emit(datasets, "ContributionSkipped");
    });

    it("attack 43: skips what can't be submitted, each with its reason, and harms nobody beside it", async () => {
      const { datasets, vault, relayed, owner, alice, bob } = at();
      const dear = await createDataset(at(), owner, { deposit: 100n });
      const listed = await createDataset(at(), owner, { curation: Curation.AllowList });
      const wallets = Array.from({ length: 7 }, (_, i) => new Wallet(id(`contributor ${i}`)));
      const good = await Promise.all(wallets.map((wallet) => sign(wallet)));
      const used = await sign(alice, { root: id("used") });
      await relayed.contributeSigned(used);
      const bad: [Signed, string][] = [
        [{ ...(await sign(bob)), rows: 6n }, datasets.interface.encodeErrorResult("InvalidSignature", [bob.address])],
        [await sign(bob, { deadline: 1n }), datasets.interface.encodeErrorResult("SignatureExpired", [1n])],
        [used, datasets.interface.encodeErrorResult("NonceUsed", [alice.address, 0n])],
        [await sign(bob, { dataset: 99n }), datasets.interface.encodeErrorResult("DatasetNotFound", [99n])],
        [
          await sign(bob, { dataset: dear }),
          vault.interface.encodeErrorResult("InsufficientBond", [await datasets.getAddress(), bob.address, 0n, 100n]),
        ],
        [
          await sign(bob, { dataset: listed }),
          datasets.interface.encodeErrorResult("NotAdmitted", [listed, bob.address]),
        ],
      ];
      const batch = good.flatMap((signed, i) => [signed, ...(bad[i] === undefined ? [] : [bad[i][0]])]);
      const sent = relayed.contributeBatch(batch);
      for (const [{ dataset, contributor, root }, reason] of bad) {
        await expect(sent).to.emit(datasets, "ContributionSkipped").withArgs(dataset, contributor, root, reason);
      }
      expect(await Promise.all(good.map(isSubmitted))).to.deep.equal(good.map(() => true));
      expect(await datasets.noncesUsed(bob, 0n), "what was skipped leaves its nonce unused").to.equal(0n);
    });

    it("attack 12: takes the same contribution once", async () => {
      const { datasets, relayed, alice, dataset } = at();
      const signed = await sign(alice);
      const sent = relayed.contributeBatch([signed, signed]);
      await expect(sent).to.emit(datasets, "ContributionSubmitted");
      await expect(sent)
        .to.emit(datasets, "ContributionSkipped")
        .withArgs(
          dataset,
          alice.address,
          signed.root,
          datasets.interface.encodeErrorResult("NonceUsed", [alice.address, 0n]),
        );
    });

    it("attack 9: front-running one of a batch, by its signature or by the wallet itself, skips that one", async () => {
      const { datasets, relayed, alice, bob, owner, dataset } = at();
      const batch = [await sign(alice), await sign(owner), await sign(bob)];
      const errors = datasets.interface;
      const [byRelayer, , byWallet] = batch;
      if (byRelayer === undefined || byWallet === undefined) throw new Error("three were signed");
      await datasets.connect(bob).contributeSigned(byRelayer);
      await datasets.connect(bob).contribute(dataset, byWallet.root, 5n, "");
      const sent = relayed.contributeBatch(batch);
      await expect(sent)
        .to.emit(datasets, "ContributionSkipped")
        .withArgs(dataset, alice.address, byRelayer.root, errors.encodeErrorResult("NonceUsed", [alice.address, 0n]));
      await expect(sent)
        .to.emit(datasets, "ContributionSkipped")
        .withArgs(
          dataset,
          bob.address,
          byWallet.root,
          errors.encodeErrorResult("AlreadyContributed", [dataset, bob.address, byWallet.root]),
        );
      expect(await Promise.all(batch.map(isSubmitted))).to.deep.equal([true, true, true]);
    });

    it("attack 39: a signing contract that calls back into the registry changes nothing but its own contribution", async () => {
      const { ethers, datasets, relayed, alice, bob } = at();
      const wallet = await ethers.deployContract("HostileSigner");
      const victim = await sign(bob, { nonce: 9n, root: id("victim") });
      const call = datasets.interface.encodeFunctionData("contributeBatch", [[victim]]);
      const hostile = {
        ...(await sign(alice, { contributor: await wallet.getAddress() })),
        signature: AbiCoder.defaultAbiCoder().encode(["address", "bytes"], [await datasets.getAddress(), call]),
      };
      const batch = [await sign(alice), hostile, await sign(bob)];
      await relayed.contributeBatch(batch);
      expect(await Promise.all([...batch, victim].map(isSubmitted))).to.deep.equal([true, true, true, false]);
    });

    it("attack 43: a signing contract that burns its gas leaves a 64th, which is enough for the others", async () => {
      const { ethers, datasets, relayed, alice, bob } = at();
      const wallet = await ethers.deployContract("HostileSigner");
      const burn = wallet.interface.encodeFunctionData("burn");
      const contributor = await wallet.getAddress();
      const hostile = {
        ...(await sign(alice, { contributor })),
        signature: AbiCoder.defaultAbiCoder().encode(["address", "bytes"], [contributor, burn]),
      };
      const batch = [await sign(alice), hostile, await sign(bob)];
      const sent = await relayed.contributeBatch(batch, { gasLimit: 16_000_000n });
      expect((await sent.wait())?.gasUsed).to.be.greaterThan(15_000_000n);
      await expect(sent).not.to.emit(datasets, "ContributionSkipped");
      expect(await Promise.all(batch.map(isSubmitted))).to.deep.equal([true, true, true]);
    });

    it("takes a wallet's own contribution beside those that it signed", async () => {
      const { relayed, alice, dataset } = at();
      await contribute(at(), dataset, alice, 3n, "own");
      const signed = await sign(alice);
      await relayed.contributeBatch([signed]);
      expect(await isSubmitted(signed)).to.equal(true);
    });
  });
});
