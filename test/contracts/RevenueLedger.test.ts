import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import {
  asContract,
  frozenDataset,
  registerModel,
  type Registration,
  registration,
  source,
} from "../support/lineage.ts";
import {
  creditCall,
  deployTill,
  payFees,
  payForInference,
  PREPAID_DELAY,
  script,
  type Till,
  transferCall,
} from "../support/payments.ts";
import { deploySuite } from "../support/suite.ts";

const NOBODY = 55n;
const FEE_BPS = 100n;
const MAX_COUNTER = 2n ** 112n - 1n;

/** ⌊amount · bps / 10,000⌋. */
const part = (amount: bigint, bps: bigint): bigint => (amount * bps) / 10_000n;
/** Gross fees less the protocol's part. */
const net = (gross: bigint, feeBps = FEE_BPS): bigint => gross - part(gross, feeBps);

async function build() {
  const suite = await deploySuite();
  const [curator, alice, bob, carol, dave] = [0, 1, 2, 3, 4].map((i) => item(suite.wallets, i));
  if (!curator || !alice || !bob || !carol || !dave) throw new Error("too few wallets");
  const dataset = await frozenDataset(suite, curator, dave, { streamBps: 1_000n });
  const payer = await suite.ethers.deployContract("ScriptedWallet");
  const till: Till = { ledger: suite.ledger, currency: suite.currency, payer };
  const model = await registerModel(suite, alice);
  return { ...suite, curator, alice, bob, carol, dave, dataset, payer, till, model };
}

describe("RevenueLedger", () => {
  const at = useFixture(build);
  const pay = (model: bigint, ...amounts: bigint[]) => payFees(at(), at().till, model, ...amounts);

  describe("constructor", () => {
    it("refuses a protocol fee above its cap of 5 %", async () => {
      const { ledger, ethers, currency, models, treasury } = at();
      const deployment = ethers.deployContract("RevenueLedger", [currency, models, treasury, 501n, PREPAID_DELAY]);
      await expect(deployment).to.be.revertedWithCustomError(ledger, "ProtocolFeeTooHigh").withArgs(501n, 500n);
      expect(await ledger.PROTOCOL_FEE_CAP_BPS()).to.equal(500n);
    });

    it("takes the cap itself, and no fee at all", async () => {
      const { ethers, currency, models, treasury } = at();
      for (const feeBps of [500n, 0n]) {
        const ledger = await ethers.deployContract("RevenueLedger", [
          currency,
          models,
          treasury,
          feeBps,
          PREPAID_DELAY,
        ]);
        expect(await ledger.PROTOCOL_FEE_BPS()).to.equal(feeBps);
      }
    });

    it("refuses a treasury of zero", async () => {
      const { ledger, ethers, currency, models } = at();
      await expect(
        ethers.deployContract("RevenueLedger", [currency, models, ZeroAddress, FEE_BPS, PREPAID_DELAY]),
      ).to.be.revertedWithCustomError(ledger, "ZeroAddress");
    });

    it("keeps what it was given", async () => {
      const { ledger, currency, models, treasury } = at();
      expect(await ledger.CURRENCY()).to.equal(await currency.getAddress());
      expect(await ledger.MODELS()).to.equal(await models.getAddress());
      expect(await ledger.TREASURY()).to.equal(treasury.address);
      expect(await ledger.PROTOCOL_FEE_BPS()).to.equal(FEE_BPS);
    });

    it("makes the contract that pays contributors, and it alone", async () => {
      const { ledger, payouts, ethers, currency, models, datasets, treasury } = at();
      expect(await ledger.PAYOUTS()).to.equal(await payouts.getAddress());
      const other = await ethers.deployContract("RevenueLedger", [currency, models, treasury, FEE_BPS, PREPAID_DELAY]);
      const made = await ethers.getContractAt("StreamPayouts", await other.PAYOUTS());
      expect(await made.LEDGER()).to.equal(await other.getAddress());
      expect(await made.MODELS()).to.equal(await models.getAddress());
      expect(await made.DATASETS()).to.equal(await datasets.getAddress());
      expect(await made.getAddress()).not.to.equal(await payouts.getAddress());
    });
  });

  describe("credit", () => {
    it("attack 37: refuses a payment of nothing", async () => {
      const { ledger, model } = at();
      await expect(pay(model, 0n)).to.be.revertedWithCustomError(ledger, "NothingToCredit");
    });

    it("refuses a model that doesn't exist", async () => {
      const { ledger, model } = at();
      for (const unknown of [0n, model + 1n, NOBODY]) {
        await expect(pay(unknown, 100n)).to.be.revertedWithCustomError(ledger, "ModelNotFound").withArgs(unknown);
      }
    });

    it("refuses a caller without callback", async () => {
      const { ledger, alice, model, ethers } = at();
      await expect(ledger.connect(alice).credit(model, 1n, "0x")).to.be.revertedWithoutReason(ethers);
    });

    it("hands the amount and the caller's data back to the caller, and returns the net counter", async () => {
      const { ledger, currency, payer, model } = at();
      await currency.mint(payer, 1_000n);
      const data = script([await transferCall(at(), currency, await ledger.getAddress(), 1_000n)]);
      const asPayer = ledger.connect(await asContract(at(), payer));
      expect(await asPayer.credit.staticCall(model, 1_000n, data)).to.equal(990n);
      await asPayer.credit(model, 1_000n, data);
      expect(await currency.balanceOf(ledger)).to.equal(1_000n);
    });

    it("adds to the fees, gross in the counter and net in the event", async () => {
      const { ledger, model } = at();
      await expect(pay(model, 150n)).to.emit(ledger, "FeesCredited").withArgs(model, 150n, 149n);
      await expect(pay(model, 50n)).to.emit(ledger, "FeesCredited").withArgs(model, 50n, 198n);
      expect(await ledger.countersOf(model)).to.deep.equal([198n, 0n]);
      expect(await ledger.incomeOf(model)).to.deep.equal([200n, 0n, 0n, 0n]);
    });

    it("is open to anybody, for anybody's model, and keeps models apart", async () => {
      const { ledger, bob, model } = at();
      const other = await registerModel(at(), bob);
      await pay(model, 700n);
      await pay(other, 11n);
      expect((await ledger.incomeOf(model)).gross).to.equal(700n);
      expect((await ledger.incomeOf(other)).gross).to.equal(11n);
    });

    it("refuses a caller that sends nothing", async () => {
      const { ledger, payer, model } = at();
      await expect(payer.run([await creditCall(ledger, model, 100n, [])]))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(100n, 0n);
    });

    it("refuses a caller that sends one wei too little", async () => {
      const { ledger, currency, payer, model } = at();
      await currency.mint(payer, 100n);
      const short = await transferCall(at(), currency, await ledger.getAddress(), 99n);
      await expect(payer.run([await creditCall(ledger, model, 100n, [short])]))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(100n, 99n);
    });

    it("attack 41: credits what was named, not what was sent on top", async () => {
      const { ledger, currency, payer, model } = at();
      await currency.mint(payer, 150n);
      const more = await transferCall(at(), currency, await ledger.getAddress(), 150n);
      await expect(payer.run([await creditCall(ledger, model, 100n, [more])]))
        .to.emit(ledger, "FeesCredited")
        .withArgs(model, 100n, 99n);
      expect((await ledger.incomeOf(model)).gross).to.equal(100n);
    });

    it("fills the counter to the last wei and refuses one more", async () => {
      const { ethers, alice, treasury, model } = at();
      const till = await deployTill(at(), await ethers.deployContract("HookToken"));
      const { ledger } = till;
      await expect(payFees(at(), till, model, MAX_COUNTER + 1n))
        .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
        .withArgs(112n, MAX_COUNTER + 1n);
      await expect(payFees(at(), till, model, MAX_COUNTER))
        .to.emit(ledger, "FeesCredited")
        .withArgs(model, MAX_COUNTER, net(MAX_COUNTER));
      await expect(payFees(at(), till, model, 1n))
        .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
        .withArgs(112n, MAX_COUNTER + 1n);
      await ledger.distribute(model);
      expect(await ledger.balanceOf(alice)).to.equal(net(MAX_COUNTER));
      expect(await ledger.balanceOf(treasury)).to.equal(part(MAX_COUNTER, FEE_BPS));
    });

    it("waits until somebody is appointed to end intervals", async () => {
      const { ethers, currency, models, treasury, deployer, payer, bob, model } = at();
      const ledger = await ethers.deployContract("RevenueLedger", [currency, models, treasury, FEE_BPS, PREPAID_DELAY]);
      const till = { ledger, currency, payer };
      await expect(payFees(at(), till, model, 100n)).to.be.revertedWithCustomError(ledger, "NotAppointed");
      expect(await currency.balanceOf(ledger)).to.equal(0n);
      const payouts = await ethers.getContractAt("StreamPayouts", await ledger.PAYOUTS());
      await payouts.connect(deployer).appoint(bob);
      await expect(payFees(at(), till, model, 100n))
        .to.emit(ledger, "FeesCredited")
        .withArgs(model, 100n, 99n);
    });

    describe("attack 39: re-entrancy of the caller", () => {
      it("refuses a second credit inside the first, to the same and to another model", async () => {
        const { ledger, currency, payer, bob, model } = at();
        const other = await registerModel(at(), bob);
        await currency.mint(payer, 1_000n);
        const sent = await transferCall(at(), currency, await ledger.getAddress(), 500n);
        for (const second of [model, other]) {
          const nested = await creditCall(ledger, second, 500n, [sent]);
          await expect(payer.run([await creditCall(ledger, model, 500n, [nested])])).to.be.revertedWithCustomError(
            ledger,
            "ReentrancyGuardReentrantCall",
          );
        }
        expect(await currency.balanceOf(ledger)).to.equal(0n);
      });

      it("can't be paid with the ledger's own money by a withdrawal in the middle", async () => {
        const { ledger, currency, payer, bob, model } = at();
        const owned = (await at().models.modelCount()) + 1n;
        const register = at().models.interface.encodeFunctionData("register", [registration()]);
        await payer.run([{ target: await at().models.getAddress(), data: register }]);
        await pay(owned, 1_000n);
        await pay(model, 5_000n);
        await ledger.distribute(owned);
        expect(await ledger.balanceOf(payer)).to.equal(990n);
        const target = await ledger.getAddress();
        const call = (data: string) => ({ target, data });
        const toItself = call(ledger.interface.encodeFunctionData("withdraw", [target]));
        await expect(payer.run([await creditCall(ledger, model, 990n, [toItself])]))
          .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
          .withArgs(990n, 0n);
        // Leaving the ledger below where it was, a payment has no amount at all.
        const elsewhere = call(ledger.interface.encodeFunctionData("withdraw", [bob.address]));
        await expect(payer.run([await creditCall(ledger, model, 990n, [elsewhere])])).to.be.revertedWithPanic(0x11);
        const all = call(ledger.interface.encodeFunctionData("withdrawMany", [[await payer.getAddress()]]));
        await expect(payer.run([await creditCall(ledger, model, 990n, [all])])).to.be.revertedWithCustomError(
          ledger,
          "ReentrancyGuardReentrantCall",
        );
        await payer.run([toItself]);
        expect(await currency.balanceOf(ledger), "to the ledger itself: given away").to.equal(6_000n);
        expect(await ledger.balanceOf(payer)).to.equal(0n);
      });

      it("must make up for pro-rata payouts in the middle, which leave the ledger while it counts", async () => {
        const { ledger, currency, payer, payouts, alice, dave, dataset } = at();
        const trained = await registerModel(at(), alice, { sources: [source(dataset, 5_000n)] });
        await pay(trained, 10_000n);
        const owed = part(part(9_900n, 5_000n), 2_000n);
        await currency.mint(payer, 100n + owed);
        const claim = {
          target: await payouts.getAddress(),
          data: payouts.interface.encodeFunctionData("claimProRata", [[{ stream: trained << 8n, indexes: [0n] }]]),
        };
        const target = await ledger.getAddress();
        const short = await transferCall(at(), currency, target, 99n + owed);
        await expect(payer.run([await creditCall(ledger, trained, 100n, [claim, short])]))
          .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
          .withArgs(100n, 99n);
        const full = await transferCall(at(), currency, target, 100n + owed);
        await payer.run([await creditCall(ledger, trained, 100n, [full, claim])]);
        expect(await currency.balanceOf(dave)).to.equal(owed);
        expect((await ledger.incomeOf(trained)).gross).to.equal(10_100n);
        expect(await currency.balanceOf(ledger)).to.equal(10_100n);
      });

      it("divides nothing of a payment that is still under way, and nothing twice", async () => {
        const { ledger, currency, payer, alice, model } = at();
        await pay(model, 1_000n);
        await currency.mint(payer, 500n);
        const target = await ledger.getAddress();
        const distribute = { target, data: ledger.interface.encodeFunctionData("distribute", [model]) };
        const sent = await transferCall(at(), currency, target, 500n);
        const run = payer.run([await creditCall(ledger, model, 500n, [distribute, sent, distribute])]);
        await expect(run).to.emit(ledger, "Distributed").withArgs(model, 990n, 0n);
        expect(await ledger.incomeOf(model)).to.deep.equal([1_500n, 0n, 1_000n, 0n]);
        expect(await ledger.balanceOf(alice)).to.equal(990n);
        await ledger.distribute(model);
        expect(await ledger.balanceOf(alice)).to.equal(net(1_500n));
        expect(await currency.balanceOf(ledger)).to.equal(1_500n);
      });
    });
  });

  describe("distribute", () => {
    it("does nothing for a model without income, and for one that doesn't exist", async () => {
      const { ledger, model } = at();
      for (const each of [model, NOBODY, 0n]) {
        await expect(ledger.distribute(each)).not.to.emit(ledger, "Distributed");
      }
    });

    it("does nothing the second time", async () => {
      const { ledger, alice, model } = at();
      await pay(model, 1_000n);
      await ledger.distribute(model);
      const balance = await ledger.balanceOf(alice);
      await expect(ledger.distribute(model)).not.to.emit(ledger, "Distributed");
      expect(await ledger.balanceOf(alice)).to.equal(balance);
    });

    it("credits treasury, developer and parents by their shares, and leaves the streams' shares", async () => {
      const { ledger, currency, treasury, alice, bob, carol, dataset, model } = at();
      const mother = await registerModel(at(), bob);
      const child = await registerModel(at(), carol, {
        parents: [
          { model, shareBps: 1_234n },
          { model: mother, shareBps: 2_345n },
        ],
        sources: [source(dataset, 3_456n)],
      });
      const gross = 1_000_003n;
      await pay(child, gross);
      const fees = net(gross);
      const distribution = ledger.connect(alice).distribute(child);
      await expect(distribution).to.emit(ledger, "ProtocolFeePaid").withArgs(child, part(gross, FEE_BPS));
      await expect(distribution)
        .to.emit(ledger, "DeveloperPaid")
        .withArgs(child, carol.address, part(fees, 10_000n - 1_234n - 2_345n - 3_456n));
      await expect(distribution).to.emit(ledger, "RoyaltyPaid").withArgs(child, model, part(fees, 1_234n));
      await expect(distribution).to.emit(ledger, "RoyaltyPaid").withArgs(child, mother, part(fees, 2_345n));
      await expect(distribution).to.emit(ledger, "Distributed").withArgs(child, fees, 0n);
      expect(await ledger.balanceOf(treasury)).to.equal(part(gross, FEE_BPS));
      expect(await ledger.balanceOf(carol)).to.equal(part(fees, 2_965n));
      expect(await ledger.balanceOf(alice), "not yet").to.equal(0n);
      expect(await ledger.countersOf(model)).to.deep.equal([0n, part(fees, 1_234n)]);
      expect(await ledger.countersOf(mother)).to.deep.equal([0n, part(fees, 2_345n)]);
      expect(await ledger.incomeOf(child)).to.deep.equal([gross, 0n, gross, 0n]);
      expect(await currency.balanceOf(ledger), "pulled, not pushed").to.equal(gross);
    });

    it("takes the protocol fee of fees once, and none of royalties", async () => {
      const { ledger, treasury, alice, bob, model } = at();
      const child = await registerModel(at(), bob, { parents: [{ model, shareBps: 10_000n }] });
      await pay(child, 10_000n);
      await ledger.distribute(child);
      await expect(ledger.distribute(model)).not.to.emit(ledger, "ProtocolFeePaid");
      expect(await ledger.balanceOf(treasury)).to.equal(100n);
      expect(await ledger.balanceOf(alice)).to.equal(9_900n);
      expect(await ledger.balanceOf(bob)).to.equal(0n);
      expect(await ledger.incomeOf(model)).to.deep.equal([0n, 9_900n, 0n, 9_900n]);
    });

    it("says nothing of shares that haven't grown by a wei", async () => {
      const { ledger, bob, model } = at();
      const child = await registerModel(at(), bob, { parents: [{ model, shareBps: 5_000n }] });
      await pay(child, 1n);
      const distribution = ledger.distribute(child);
      await expect(distribution).not.to.emit(ledger, "ProtocolFeePaid");
      await expect(distribution).not.to.emit(ledger, "DeveloperPaid");
      await expect(distribution).not.to.emit(ledger, "RoyaltyPaid");
      await expect(distribution).to.emit(ledger, "Distributed").withArgs(child, 1n, 0n);
      expect(await ledger.countersOf(model)).to.deep.equal([0n, 0n]);
      await pay(child, 1n);
      await expect(ledger.distribute(child)).to.emit(ledger, "RoyaltyPaid").withArgs(child, model, 1n);
    });

    it("works without a protocol fee", async () => {
      const { currency, treasury, alice, model } = at();
      const till = await deployTill(at(), currency, 0n);
      await payFees(at(), till, model, 999n);
      await expect(till.ledger.distribute(model)).not.to.emit(till.ledger, "ProtocolFeePaid");
      expect(await till.ledger.countersOf(model)).to.deep.equal([999n, 0n]);
      expect(await till.ledger.balanceOf(alice)).to.equal(999n);
      expect(await till.ledger.balanceOf(treasury)).to.equal(0n);
    });

    it("attack 25: pays who owns the model when it divides; a seller divides before the sale", async () => {
      const { ledger, models, alice, bob, model } = at();
      await pay(model, 1_000n);
      await ledger.distribute(model);
      await pay(model, 1_000n);
      await models.connect(alice).transferFrom(alice, bob, model);
      await ledger.distribute(model);
      expect(await ledger.balanceOf(alice)).to.equal(990n);
      expect(await ledger.balanceOf(bob)).to.equal(990n);
    });

    it("moves future income to the buyer of a model, and leaves what is credited with the seller", async () => {
      const { ledger, models, currency, alice, bob, carol, model } = at();
      const child = await registerModel(at(), carol, { parents: [{ model, shareBps: 5_000n }] });
      await pay(model, 1_000n);
      await ledger.distribute(model);
      await models.connect(alice).transferFrom(alice, bob, model);
      await pay(model, 500n);
      await pay(child, 1_000n);
      await ledger.distributeMany([child, model]);
      expect(await ledger.balanceOf(alice)).to.equal(990n);
      expect(await ledger.balanceOf(bob)).to.equal(495n + 495n);
      // The new owner can't get at the old one's balance, nor the old one at later income.
      await ledger.connect(bob).withdraw(bob);
      await ledger.withdrawMany([alice, bob]);
      expect(await currency.balanceOf(alice)).to.equal(990n);
      expect(await currency.balanceOf(bob)).to.equal(990n);
    });

    it("attack 10: goes on for a model that another one supersedes: its fees, and royalties of its children", async () => {
      const { ledger, models, market, alice, bob, carol, model } = at();
      await market.connect(alice).list(model, 1n);
      const child = await registerModel(at(), carol, { parents: [{ model, shareBps: 1_000n }] });
      const successor = await registerModel(at(), alice, {
        supersedes: model,
        parents: [{ model, shareBps: 2_000n }],
      });
      await models.connect(alice).transferFrom(alice, bob, successor);
      await payForInference(at(), carol, model, 1_000n, ZeroHash);
      await pay(child, 1_000n);
      await pay(successor, 1_000n);
      await ledger.distributeMany([successor, child, model]);
      expect(await ledger.balanceOf(alice)).to.equal(990n + 99n + 198n);
      expect(await ledger.balanceOf(bob)).to.equal(792n);
      expect(await ledger.balanceOf(carol)).to.equal(891n);
    });

    describe("with a payout address", () => {
      it("credits it from the next distribution on, and names it in the event", async () => {
        const { ledger, models, alice, bob, model } = at();
        await pay(model, 1_000n);
        await ledger.distribute(model);
        await pay(model, 1_000n);
        await models.connect(alice).setPayout(model, bob);
        expect(await ledger.balanceOf(bob)).to.equal(0n);
        await expect(ledger.distribute(model)).to.emit(ledger, "DeveloperPaid").withArgs(model, bob.address, 990n);
        await models.connect(alice).setPayout(model, ZeroAddress);
        await pay(model, 1_000n);
        await expect(ledger.distribute(model)).to.emit(ledger, "DeveloperPaid").withArgs(model, alice.address, 990n);
        expect([await ledger.balanceOf(alice), await ledger.balanceOf(bob)]).to.deep.equal([1_980n, 990n]);
      });

      it("pays the buyer of a model, not the seller's payout", async () => {
        const { ledger, models, alice, bob, carol, model } = at();
        await models.connect(alice).setPayout(model, carol);
        await pay(model, 1_000n);
        await ledger.distribute(model);
        await pay(model, 1_000n);
        await models.connect(alice).transferFrom(alice, bob, model);
        await ledger.distribute(model);
        expect([
          await ledger.balanceOf(carol),
          await ledger.balanceOf(bob),
          await ledger.balanceOf(alice),
        ]).to.deep.equal([990n, 990n, 0n]);
      });

      it("attack 42: pays a contract that can't call: anyone sends it its balance", async () => {
        const { ledger, models, currency, ethers, alice, dave, model } = at();
        const split = await (await ethers.deployContract("LibraryHarness")).getAddress();
        await models.connect(alice).setPayout(model, split);
        await pay(model, 1_000n);
        await ledger.distribute(model);
        await ledger.connect(dave).withdrawMany([split]);
        expect(await currency.balanceOf(split)).to.equal(990n);
      });

      it("pays a contract that can: it withdraws as any account", async () => {
        const { ledger, models, currency, payer, alice, bob, model } = at();
        await models.connect(alice).setPayout(model, payer);
        await pay(model, 1_000n);
        await ledger.distribute(model);
        const data = ledger.interface.encodeFunctionData("withdraw", [bob.address]);
        await payer.run([{ target: await ledger.getAddress(), data }]);
        expect(await currency.balanceOf(bob)).to.equal(990n);
      });

      it("attack 38: gives away what is sent to the ledger, the payouts or the vault, and breaks no books", async () => {
        const { ledger, models, currency, payouts, vault, payer, alice, bob, dataset } = at();
        const model = await registerModel(at(), alice, { sources: [source(dataset, 1_000n)] });
        const other = await registerModel(at(), bob);
        for (const contract of [ledger, payouts, vault]) {
          await models.connect(alice).setPayout(model, contract);
          await pay(model, 1_000n);
          await ledger.distribute(model);
          await ledger.withdrawMany([contract]);
          expect(await ledger.balanceOf(contract)).to.equal(0n);
        }
        await pay(other, 1_000n);
        await ledger.distribute(other);
        expect(await currency.balanceOf(ledger)).to.equal(4_000n - 2n * 891n);
        await expect(payer.run([await creditCall(ledger, model, 1n, [])])).to.be.revertedWithCustomError(
          ledger,
          "AmountNotReceived",
        );
        await ledger.withdrawMany([bob, at().treasury]);
        // Left: what went to the ledger itself, and the stream's share of three payments.
        expect(await currency.balanceOf(ledger)).to.equal(891n + 297n);
      });
    });

    it("keeps one balance for an account that is developer of several models, and treasury", async () => {
      const { ledger, treasury } = at();
      const [first, second] = [await registerModel(at(), treasury), await registerModel(at(), treasury)];
      await pay(first, 1_000n);
      await pay(second, 2_000n);
      await ledger.distribute(first);
      await ledger.distribute(second);
      expect(await ledger.balanceOf(treasury)).to.equal(3_000n);
    });

    describe("dust", () => {
      /** A child with three parents and two streams whose shares leave dust, in fresh models. */
      async function twin(owner: number) {
        const { wallets, curator, dave, dataset } = at();
        const developer = item(wallets, owner);
        const parents: { model: bigint; shareBps: bigint }[] = [];
        for (const shareBps of [777n, 1n, 3_333n]) {
          parents.push({ model: await registerModel(at(), developer), shareBps });
        }
        const second = await frozenDataset(at(), curator, dave);
        const child = await registerModel(at(), developer, {
          parents,
          sources: [source(dataset, 1_011n), source(second, 1_999n)],
        });
        return { developer, parents, child };
      }

      async function paidBy({ developer, parents, child }: Awaited<ReturnType<typeof twin>>) {
        const { ledger } = at();
        const royalties = parents.map(async ({ model }) => (await ledger.incomeOf(model)).royalties);
        return {
          developer: await ledger.balanceOf(developer),
          royalties: await Promise.all(royalties),
          income: [...(await ledger.incomeOf(child))],
        };
      }

      it("attack 36: a thousand payments of one wei pay what one payment of a thousand does", async () => {
        const { ledger, treasury } = at();
        const ones = await twin(10);
        const whole = await twin(11);
        for (let i = 0; i < 5; i++) await pay(ones.child, ...Array.from({ length: 200 }, () => 1n));
        await ledger.distribute(ones.child);
        const treasuryOfOnes = await ledger.balanceOf(treasury);
        await pay(whole.child, 1_000n);
        await ledger.distribute(whole.child);
        const paid = await paidBy(ones);
        expect(paid).to.deep.equal(await paidBy(whole));
        expect(paid).to.deep.equal({
          developer: part(990n, 2_879n),
          royalties: [part(990n, 777n), part(990n, 1n), part(990n, 3_333n)],
          income: [1_000n, 0n, 1_000n, 0n],
        });
        expect(treasuryOfOnes).to.equal(10n);
        expect(await ledger.balanceOf(treasury)).to.equal(20n);
      });

      it("a division after every payment pays what one division at the end does", async () => {
        const { ledger, treasury } = at();
        const often = await twin(10);
        const once = await twin(11);
        const amounts = Array.from({ length: 60 }, (_, i) => BigInt((i * i * 7_919) % 331) + 1n);
        for (const amount of amounts) {
          await pay(often.child, amount);
          await ledger.distribute(often.child);
        }
        const treasuryOfOften = await ledger.balanceOf(treasury);
        await pay(once.child, ...amounts);
        await ledger.distribute(once.child);
        expect(await paidBy(often)).to.deep.equal(await paidBy(once));
        expect(await ledger.balanceOf(treasury)).to.equal(2n * treasuryOfOften);
      });

      it("attack 36: royalties in many small steps pay what one large step pays", async () => {
        const { ledger, bob } = at();
        const often = await twin(10);
        const once = await twin(11);
        const childOf = (model: bigint) => registerModel(at(), bob, { parents: [{ model, shareBps: 10_000n }] });
        const [many, one] = [await childOf(often.child), await childOf(once.child)];
        for (let i = 0; i < 40; i++) {
          await pay(many, 37n);
          await ledger.distribute(many);
          await ledger.distribute(often.child);
        }
        await pay(one, 40n * 37n);
        await ledger.distribute(one);
        await ledger.distribute(once.child);
        const paid = await paidBy(often);
        expect(paid).to.deep.equal(await paidBy(once));
        expect(paid.income).to.deep.equal([0n, net(1_480n), 0n, net(1_480n)]);
        expect(paid.developer).to.equal(part(net(1_480n), 2_879n));
      });

      it("leaves at most 32 wei of each counter undivided with 33 shares", async () => {
        const { ledger, curator, alice, dave, bob } = at();
        const parents: { model: bigint; shareBps: bigint }[] = [];
        const sources: Registration["sources"] = [];
        for (let i = 0; i < 16; i++) {
          parents.push({ model: await registerModel(at(), alice), shareBps: 303n });
          const dataset = await frozenDataset(at(), curator, dave, { streamBps: 0n });
          sources.push(source(dataset, 303n));
        }
        const child = await registerModel(at(), bob, { parents, sources });
        // 33 shares of 303 or 304 basis points: each loses almost a wei at a net counter of 9,999.
        const gross = 10_099n;
        await pay(child, gross);
        await ledger.distribute(child);
        const fees = net(gross);
        expect(fees).to.equal(9_999n);
        let given = await ledger.balanceOf(bob);
        for (const { model } of parents) given += (await ledger.countersOf(model)).royalties;
        given += 16n * part(fees, 303n);
        expect(given <= fees, "no more than came in").to.equal(true);
        expect(fees - given).to.equal(32n);
      });
    });

    describe("lineage", () => {
      it("attack 5: a diamond's shared ancestor is paid once per path", async () => {
        const { ledger, currency, treasury, wallets } = at();
        const [top, left, right, bottom] = [10, 11, 12, 13].map((i) => item(wallets, i));
        if (!top || !left || !right || !bottom) throw new Error("too few wallets");
        const ancestor = await registerModel(at(), top);
        const viaLeft = await registerModel(at(), left, { parents: [{ model: ancestor, shareBps: 2_000n }] });
        const viaRight = await registerModel(at(), right, { parents: [{ model: ancestor, shareBps: 3_000n }] });
        const child = await registerModel(at(), bottom, {
          parents: [
            { model: ancestor, shareBps: 500n },
            { model: viaLeft, shareBps: 1_000n },
            { model: viaRight, shareBps: 1_500n },
          ],
        });
        const gross = 123_457n;
        await pay(child, gross);
        // The shared ancestor first: its later royalties must not be lost by that.
        for (const model of [ancestor, child, viaRight, ancestor, viaLeft, ancestor]) await ledger.distribute(model);
        const fees = net(gross);
        const [toLeft, toRight] = [part(fees, 1_000n), part(fees, 1_500n)];
        const paths = [part(fees, 500n), part(toLeft, 2_000n), part(toRight, 3_000n)];
        const toTop = paths.reduce((sum, path) => sum + path, 0n);
        expect(await ledger.balanceOf(top)).to.equal(toTop);
        expect(await ledger.balanceOf(left)).to.equal(part(toLeft, 8_000n));
        expect(await ledger.balanceOf(right)).to.equal(part(toRight, 7_000n));
        expect(await ledger.balanceOf(bottom)).to.equal(part(fees, 7_000n));
        const owed = await Promise.all(
          [top, left, right, bottom, treasury].map((account) => ledger.balanceOf(account)),
        );
        const held = await currency.balanceOf(ledger);
        expect(owed.reduce((sum, each) => sum + each, 0n) <= held).to.equal(true);
      });

      it("attack 4: strangers who name a model as parent make nothing dearer for it", async () => {
        const { ledger, bob, model } = at();
        const gasOfDistribution = async (): Promise<bigint> => {
          await pay(model, 1_000n);
          const receipt = await (await ledger.distribute(model)).wait();
          if (receipt === null) throw new Error("not mined");
          return receipt.gasUsed;
        };
        await gasOfDistribution();
        const before = await gasOfDistribution();
        for (let i = 0; i < 30; i++) {
          const child = await registerModel(at(), bob, { parents: [{ model, shareBps: 0n }] });
          await pay(child, 1n);
          await ledger.distribute(child);
        }
        expect(await gasOfDistribution()).to.equal(before);
      });

      it("runs down a chain of 40 models step by step, each step with what it received", async () => {
        const { ledger, alice } = at();
        const gross = 10n ** 23n;
        const chain = [await registerModel(at(), alice)];
        for (let i = 1; i < 40; i++) {
          chain.push(await registerModel(at(), alice, { parents: [{ model: item(chain, i - 1), shareBps: 9_000n }] }));
        }
        await pay(item(chain, 39), gross);
        for (const model of [...chain].reverse()) await ledger.distribute(model);
        let income = net(gross);
        let balance = 0n;
        for (let i = 39; i > 0; i--) {
          balance += part(income, 1_000n);
          income = part(income, 9_000n);
          expect(await ledger.countersOf(item(chain, i - 1))).to.deep.equal([0n, income]);
        }
        expect(await ledger.balanceOf(alice)).to.equal(balance + income);
      });

      it("counts royalties up to the last wei that 112 bits hold, and divides the child's other money all the same", async () => {
        const { ethers, alice, bob, model } = at();
        const till = await deployTill(at(), await ethers.deployContract("HookToken"));
        const { ledger } = till;
        const [first, second] = [
          await registerModel(at(), alice, { parents: [{ model, shareBps: 10_000n }] }),
          await registerModel(at(), bob, { parents: [{ model, shareBps: 4_000n }] }),
        ];
        await payFees(at(), till, first, MAX_COUNTER);
        await ledger.distribute(first);
        const room = MAX_COUNTER - net(MAX_COUNTER);
        await payFees(at(), till, second, MAX_COUNTER);
        await expect(ledger.distribute(second)).to.emit(ledger, "RoyaltyPaid").withArgs(second, model, room);
        expect((await ledger.incomeOf(model)).royalties).to.equal(MAX_COUNTER);
        expect(await ledger.balanceOf(bob)).to.equal(part(net(MAX_COUNTER), 6_000n));
        expect(await ledger.incomeOf(second)).to.deep.equal([MAX_COUNTER, 0n, MAX_COUNTER, 0n]);
      });
    });
  });

  describe("distributeMany", () => {
    it("attack 43: does nothing with an empty list, and with models that have nothing new or don't exist", async () => {
      const { ledger, model } = at();
      for (const list of [[], [model], [NOBODY, 0n, model, model]]) {
        await expect(ledger.distributeMany(list)).not.to.emit(ledger, "Distributed");
      }
    });

    it("divides each model once, in the order of the list, however often it is named", async () => {
      const { ledger, alice, bob, carol, model } = at();
      const child = await registerModel(at(), bob, { parents: [{ model, shareBps: 4_000n }] });
      const grandchild = await registerModel(at(), carol, { parents: [{ model: child, shareBps: 5_000n }] });
      await pay(grandchild, 10_000n);
      const list = [model, grandchild, NOBODY, grandchild, child, child, model, model];
      const distribution = await ledger.connect(at().dave).distributeMany(list);
      const order = (await distribution.wait())?.logs
        .map((log) => ledger.interface.parseLog(log))
        .filter((event) => event?.name === "Distributed")
        .map((event) => event?.args.model as bigint);
      expect(order).to.deep.equal([grandchild, child, model]);
      expect(await ledger.balanceOf(carol)).to.equal(4_950n);
      expect(await ledger.balanceOf(bob)).to.equal(2_970n);
      expect(await ledger.balanceOf(alice)).to.equal(1_980n);
    });

    it("leaves royalties of a child that comes later in the list to the next time", async () => {
      const { ledger, alice, bob, model } = at();
      const child = await registerModel(at(), bob, { parents: [{ model, shareBps: 4_000n }] });
      await pay(child, 1_000n);
      await ledger.distributeMany([model, child]);
      expect(await ledger.balanceOf(alice)).to.equal(0n);
      await ledger.distributeMany([model, child]);
      expect(await ledger.balanceOf(alice)).to.equal(396n);
    });

    it("pays what the same distributions pay one by one", async () => {
      const { ledger, networkHelpers, alice, bob, carol, treasury, model } = at();
      const list = [model];
      for (const [i, owner] of [bob, carol, bob, alice].entries()) {
        const parents = list.map((parent) => ({ model: parent, shareBps: 777n + BigInt(i) }));
        list.push(await registerModel(at(), owner, { parents }));
      }
      for (const [i, each] of list.entries()) await pay(each, 99_991n * BigInt(i + 1));
      list.reverse();
      const outcome = async (): Promise<unknown[]> => [
        ...(await Promise.all([alice, bob, carol, treasury].map((account) => ledger.balanceOf(account)))),
        ...(await Promise.all(list.map(async (each) => [...(await ledger.incomeOf(each))]))),
      ];
      const before = await networkHelpers.takeSnapshot();
      for (const each of list) await ledger.distribute(each);
      const single = await outcome();
      await before.restore();
      await ledger.distributeMany(list);
      expect(await outcome()).to.deep.equal(single);
    });
  });

  describe("withdrawMany", () => {
    /** Balances of 990 · 2^i wei for alice, bob and carol on a currency that can freeze them. */
    async function owing() {
      const { ethers, alice, bob, carol } = at();
      const currency = await ethers.deployContract("FreezingDollar");
      const { ledger, ...till } = await deployTill(at(), currency);
      const accounts = [alice, bob, carol];
      for (const [i, account] of accounts.entries()) {
        const model = await registerModel(at(), account);
        await payFees(at(), { ledger, ...till, currency }, model, 1_000n * 2n ** BigInt(i));
        await ledger.distribute(model);
      }
      const inBooks = () => Promise.all(accounts.map((account) => ledger.balanceOf(account)));
      const inHand = () => Promise.all(accounts.map((account) => currency.balanceOf(account)));
      return { ledger, currency, accounts, inBooks, inHand };
    }

    it("attack 42: sends each account its own balance, whoever calls, and returns the sum", async () => {
      const { ledger, accounts, inBooks, inHand } = await owing();
      const { dave } = at();
      expect(await ledger.withdrawMany.staticCall(accounts)).to.equal(990n * 7n);
      const withdrawal = ledger.connect(dave).withdrawMany(accounts);
      for (const [i, { address }] of accounts.entries()) {
        await expect(withdrawal)
          .to.emit(ledger, "Withdrawn")
          .withArgs(address, address, 990n * 2n ** BigInt(i));
      }
      expect(await inHand()).to.deep.equal([990n, 1_980n, 3_960n]);
      expect(await inBooks()).to.deep.equal([0n, 0n, 0n]);
    });

    it("attack 12: skips empty accounts, zero, and accounts that are named again", async () => {
      const { ledger, currency, accounts, inHand } = await owing();
      const [alice, bob] = [item(accounts, 0), item(accounts, 1)];
      const list = [at().dave.address, alice.address, ZeroAddress, alice.address, bob.address, alice.address];
      const held = await currency.balanceOf(ledger);
      const receipt = await (await ledger.withdrawMany(list)).wait();
      const events = receipt?.logs.filter((log) => ledger.interface.parseLog(log)?.name === "Withdrawn");
      expect(events).to.have.lengthOf(2);
      expect(await inHand()).to.deep.equal([990n, 1_980n, 0n]);
      expect(await currency.balanceOf(ledger)).to.equal(held - 2_970n);
      expect(await ledger.withdrawMany.staticCall(list), "the second time").to.equal(0n);
      expect(await ledger.withdrawMany.staticCall([])).to.equal(0n);
    });

    for (const [how, ending] of [
      ["reverts", 1n],
      ["returns false", 2n],
    ] as const) {
      it(`attack 35: goes on where the transfer to one ${how}, and leaves it its balance`, async () => {
        const { ledger, currency, accounts, inBooks, inHand } = await owing();
        await currency.setEnding(item(accounts, 1), ending);
        expect(await ledger.withdrawMany.staticCall(accounts)).to.equal(990n + 3_960n);
        const receipt = await (await ledger.withdrawMany(accounts)).wait();
        const events = receipt?.logs.filter((log) => ledger.interface.parseLog(log)?.name === "Withdrawn");
        expect(events).to.have.lengthOf(2);
        expect(await inHand()).to.deep.equal([990n, 0n, 3_960n]);
        expect(await inBooks()).to.deep.equal([0n, 1_980n, 0n]);
        await currency.setEnding(item(accounts, 1), 0n);
        await ledger.withdrawMany(accounts);
        expect(await inHand()).to.deep.equal([990n, 1_980n, 3_960n]);
      });
    }

    it("loses nothing of anybody's with too little gas for the transfers", async () => {
      const { ledger, accounts, inBooks, inHand } = await owing();
      const { networkHelpers } = at();
      const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
      const before = await networkHelpers.takeSnapshot();
      const outcomes = new Set<string>();
      for (let gasLimit = 28_000; gasLimit < 190_000; gasLimit += 1_500) {
        const ended = await ledger.withdrawMany(accounts, { gasLimit }).then(
          () => "mined",
          () => "reverted",
        );
        const [owed, paid] = [await inBooks(), await inHand()];
        expect(sum(owed) + sum(paid), `with ${gasLimit} gas`).to.equal(990n * 7n);
        owed.forEach((amount, i) => expect(amount === 0n || paid[i] === 0n, "one or the other").to.equal(true));
        outcomes.add(`${ended} ${paid.filter((amount) => amount > 0n).length}`);
        await before.restore();
      }
      expect([...outcomes]).to.include.members(["reverted 0", "mined 3"]);
    });

    it("attack 39: pays nothing twice to an account that calls back in the middle", async () => {
      const { ethers, models, alice, bob } = at();
      for (const again of ["withdraw", "withdrawMany"] as const) {
        for (const afterwards of [false, true]) {
          const currency = await ethers.deployContract("HookToken");
          const till = await deployTill(at(), currency);
          const { ledger, payer } = till;
          const model = await registerModel(at(), alice);
          await models.connect(alice).transferFrom(alice, payer, model);
          const theirs = await registerModel(at(), bob);
          await payFees(at(), till, model, 1_000n);
          await payFees(at(), till, theirs, 1_000n);
          await ledger.distributeMany([model, theirs]);
          const data =
            again === "withdraw"
              ? ledger.interface.encodeFunctionData("withdraw", [alice.address])
              : ledger.interface.encodeFunctionData("withdrawMany", [[bob.address, await payer.getAddress()]]);
          const call = { target: await ledger.getAddress(), data };
          await currency.setHook(payer, payer.interface.encodeFunctionData("run", [[call]]), afterwards);
          await ledger.withdrawMany([payer]);
          // The hook reverts with the call in it, so the transfer fails and the balance is back.
          expect([await ledger.balanceOf(payer), await currency.balanceOf(payer)]).to.deep.equal([990n, 0n]);
          expect([await ledger.balanceOf(bob), await currency.balanceOf(alice)]).to.deep.equal([990n, 0n]);
          await currency.setHook(ZeroAddress, "0x", afterwards);
          await ledger.withdrawMany([payer, bob]);
          expect([await currency.balanceOf(payer), await currency.balanceOf(bob)]).to.deep.equal([990n, 990n]);
          expect(await currency.balanceOf(ledger)).to.equal(20n);
        }
      }
    });

    it("keeps what an account earns in the middle of its own withdrawal", async () => {
      const { ethers, alice } = at();
      const currency = await ethers.deployContract("HookToken");
      const till = await deployTill(at(), currency);
      const { ledger } = till;
      const [first, second] = [await registerModel(at(), alice), await registerModel(at(), alice)];
      await payFees(at(), till, first, 1_000n);
      await payFees(at(), till, second, 500n);
      await ledger.distribute(first);
      await currency.setHook(ledger, ledger.interface.encodeFunctionData("distribute", [second]), true);
      await ledger.withdrawMany([alice]);
      expect(await currency.balanceOf(alice)).to.equal(990n);
      expect(await ledger.balanceOf(alice)).to.equal(495n);
    });
  });

  describe("withdraw", () => {
    it("refuses an account without balance", async () => {
      const { ledger, bob } = at();
      await expect(ledger.connect(bob).withdraw(bob))
        .to.be.revertedWithCustomError(ledger, "NothingToWithdraw")
        .withArgs(bob.address);
    });

    it("pays the whole balance to whom the caller names, once", async () => {
      const { ledger, currency, ethers, alice, bob, model } = at();
      await pay(model, 1_000n);
      await ledger.distribute(model);
      expect(await ledger.connect(alice).withdraw.staticCall(bob)).to.equal(990n);
      const withdrawal = ledger.connect(alice).withdraw(bob);
      await expect(withdrawal).to.changeTokenBalances(ethers, currency, [ledger, bob, alice], [-990n, 990n, 0n]);
      await expect(withdrawal).to.emit(ledger, "Withdrawn").withArgs(alice.address, bob.address, 990n);
      expect(await ledger.balanceOf(alice)).to.equal(0n);
      await expect(ledger.connect(alice).withdraw(bob)).to.be.revertedWithCustomError(ledger, "NothingToWithdraw");
    });

    it("refuses zero as recipient and keeps the balance", async () => {
      const { ledger, alice, model } = at();
      await pay(model, 1_000n);
      await ledger.distribute(model);
      await expect(ledger.connect(alice).withdraw(ZeroAddress)).to.be.revertedWithCustomError(
        at().currency,
        "ERC20InvalidReceiver",
      );
      expect(await ledger.balanceOf(alice)).to.equal(990n);
    });

    it("attack 35: a blocked developer blocks nobody but itself, and has another way out", async () => {
      const { ethers, alice, bob, carol, model } = at();
      const currency = await ethers.deployContract("FreezingDollar");
      const { ledger, ...rest } = await deployTill(at(), currency);
      const child = await registerModel(at(), bob, { parents: [{ model, shareBps: 5_000n }] });
      await payFees(at(), { ledger, ...rest }, child, 10_000n);
      await currency.setEnding(alice, 1n);
      await currency.setEnding(await at().treasury.getAddress(), 1n);
      await ledger.distribute(child);
      await ledger.distribute(model);
      await ledger.connect(bob).withdraw(bob);
      expect(await currency.balanceOf(bob)).to.equal(4_950n);
      await expect(ledger.connect(alice).withdraw(alice))
        .to.be.revertedWithCustomError(currency, "Frozen")
        .withArgs(alice.address);
      await ledger.connect(alice).withdraw(carol);
      expect(await currency.balanceOf(carol)).to.equal(4_950n);
    });

    it("attack 34: reverts, and keeps the balance, when the currency returns false", async () => {
      const { ethers, alice, model } = at();
      const currency = await ethers.deployContract("FreezingDollar");
      const till = await deployTill(at(), currency);
      await payFees(at(), till, model, 1_000n);
      await till.ledger.distribute(model);
      await currency.setEnding(alice, 2n);
      await expect(till.ledger.connect(alice).withdraw(alice))
        .to.be.revertedWithCustomError(till.ledger, "SafeERC20FailedOperation")
        .withArgs(await currency.getAddress());
      expect(await till.ledger.balanceOf(alice)).to.equal(990n);
    });

    it("attack 39: a currency that calls back in the middle gets nothing twice", async () => {
      const { ethers, models, alice } = at();
      const currency = await ethers.deployContract("HookToken");
      const till = await deployTill(at(), currency);
      const model = await registerModel(at(), alice);
      await models.connect(alice).transferFrom(alice, till.payer, model);
      await payFees(at(), till, model, 1_000n);
      await payFees(at(), till, 1n, 1_000n);
      await till.ledger.distribute(model);
      const withdraw = {
        target: await till.ledger.getAddress(),
        data: till.ledger.interface.encodeFunctionData("withdraw", [await till.payer.getAddress()]),
      };
      const again = till.payer.interface.encodeFunctionData("run", [[withdraw]]);
      for (const afterwards of [false, true]) {
        await currency.setHook(till.payer, again, afterwards);
        await expect(till.payer.run([withdraw]))
          .to.be.revertedWithCustomError(till.ledger, "NothingToWithdraw")
          .withArgs(await till.payer.getAddress());
      }
      expect(await currency.balanceOf(till.ledger)).to.equal(2_000n);
    });
  });

  describe("settle", () => {
    it("refuses everybody but the payouts contract", async () => {
      const { ledger, deployer, alice } = at();
      for (const caller of [deployer, alice]) {
        await expect(ledger.connect(caller).settle(1n, alice, 1n))
          .to.be.revertedWithCustomError(ledger, "NotPayouts")
          .withArgs(caller.address);
      }
    });

    it("moves the pool to the payouts contract and credits the scorer", async () => {
      const { ledger, currency, ethers, payouts, alice, model } = at();
      await pay(model, 1_000n);
      const settlement = ledger.connect(await asContract(at(), payouts)).settle(700n, alice, 30n);
      await expect(settlement).to.changeTokenBalances(ethers, currency, [ledger, payouts], [-700n, 700n]);
      await expect(settlement).to.emit(ledger, "ScorerPaid").withArgs(alice.address, 30n);
      expect(await ledger.balanceOf(alice)).to.equal(30n);
    });

    it("says nothing of a scorer that takes no fee", async () => {
      const { ledger, payouts, alice, model } = at();
      await pay(model, 1_000n);
      const settlement = ledger.connect(await asContract(at(), payouts)).settle(700n, alice, 0n);
      await expect(settlement).not.to.emit(ledger, "ScorerPaid");
      expect(await ledger.balanceOf(alice)).to.equal(0n);
    });

    it("reverts as a whole when the ledger doesn't hold the pool", async () => {
      const { ledger, currency, payouts, alice, model } = at();
      await pay(model, 100n);
      await expect(
        ledger.connect(await asContract(at(), payouts)).settle(101n, alice, 1n),
      ).to.be.revertedWithCustomError(currency, "ERC20InsufficientBalance");
      expect(await ledger.balanceOf(alice)).to.equal(0n);
    });
  });

  describe("payOut", () => {
    it("refuses everybody but the payouts contract", async () => {
      const { ledger, deployer } = at();
      await expect(ledger.connect(deployer).payOut(deployer, 1n))
        .to.be.revertedWithCustomError(ledger, "NotPayouts")
        .withArgs(deployer.address);
    });

    it("pays and says that it did", async () => {
      const { ledger, currency, ethers, payouts, bob, model } = at();
      await pay(model, 1_000n);
      const asPayouts = ledger.connect(await asContract(at(), payouts));
      expect(await asPayouts.payOut.staticCall(bob, 40n)).to.equal(true);
      await expect(asPayouts.payOut(bob, 40n)).to.changeTokenBalances(ethers, currency, [ledger, bob], [-40n, 40n]);
    });

    for (const [how, treatment] of [
      ["reverts", 1n],
      ["returns false", 2n],
    ] as const) {
      it(`says that it didn't and moves nothing where the currency ${how}`, async () => {
        const { ethers, bob, model } = at();
        const currency = await ethers.deployContract("FreezingDollar");
        const till = await deployTill(at(), currency);
        await payFees(at(), till, model, 1_000n);
        await currency.setEnding(bob, treatment);
        const asPayouts = till.ledger.connect(await asContract(at(), till.payouts));
        expect(await asPayouts.payOut.staticCall(bob, 40n)).to.equal(false);
        await asPayouts.payOut(bob, 40n);
        expect(await currency.balanceOf(till.ledger)).to.equal(1_000n);
        expect(await asPayouts.payOut.staticCall(at().alice, 40n)).to.equal(true);
      });
    }
  });

  describe("the currency", () => {
    it("attack 34: is refused with AmountNotReceived while it takes a fee on transfer", async () => {
      const { ethers, model } = at();
      const currency = await ethers.deployContract("FeeOnTransferToken");
      const till = await deployTill(at(), currency);
      await currency.setFee(100n);
      await expect(payFees(at(), till, model, 1_000n))
        .to.be.revertedWithCustomError(till.ledger, "AmountNotReceived")
        .withArgs(1_000n, 990n);
      await currency.setFee(0n);
      await expect(payFees(at(), till, model, 1_000n)).to.emit(till.ledger, "FeesCredited");
    });

    it("attack 34: may return nothing from its transfers", async () => {
      const { ethers, alice, carol, model } = at();
      const currency = await ethers.deployContract("NoReturnToken");
      const till = await deployTill(at(), currency);
      await payFees(at(), till, model, 1_000n);
      await till.ledger.distribute(model);
      await till.ledger.connect(alice).withdraw(alice);
      await payFees(at(), till, model, 100n);
      await till.ledger.distribute(model);
      expect(await till.ledger.withdrawMany.staticCall([alice])).to.equal(99n);
      await till.ledger.withdrawMany([alice]);
      const asPayouts = till.ledger.connect(await asContract(at(), till.payouts));
      await asPayouts.payOut(carol, 5n);
      await asPayouts.settle(3n, alice, 0n);
      expect(await currency.balanceOf(alice)).to.equal(1_089n);
      expect(await currency.balanceOf(carol)).to.equal(5n);
      expect(await currency.balanceOf(till.payouts)).to.equal(3n);
    });

    it("attack 39: can't credit a payment twice by calling back in the middle of it", async () => {
      const { ethers, model } = at();
      const currency = await ethers.deployContract("HookToken");
      const till = await deployTill(at(), currency);
      const ledger = await till.ledger.getAddress();
      await currency.mint(till.payer, 2_000n);
      const sent = await transferCall(at(), currency, ledger, 1_000n);
      const nested = await creditCall(till.ledger, model, 1_000n, [sent]);
      await currency.setHook(till.payer, till.payer.interface.encodeFunctionData("run", [[nested]]), true);
      await expect(till.payer.run([nested])).to.be.revertedWithCustomError(till.ledger, "ReentrancyGuardReentrantCall");
    });

    it("attack 38: sent to the ledger directly belongs to nobody: the books don't see it, and nobody gets it", async () => {
      const { ledger, currency, payer, payouts, alice, bob, model } = at();
      await pay(model, 1_000n);
      await currency.mint(bob, 5_000n);
      await currency.connect(bob).transfer(ledger, 5_000n);
      expect(await ledger.incomeOf(model)).to.deep.equal([1_000n, 0n, 0n, 0n]);
      await expect(payer.run([await creditCall(ledger, model, 1n, [])]))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(1n, 0n);
      await expect(ledger.connect(bob).withdraw(bob)).to.be.revertedWithCustomError(ledger, "NothingToWithdraw");
      await pay(model, 1_000n);
      await ledger.distribute(model);
      expect(await ledger.balanceOf(alice)).to.equal(1_980n);
      expect(await ledger.balanceOf(at().treasury)).to.equal(20n);
      await ledger.connect(alice).withdraw(alice);
      await ledger.connect(at().treasury).withdraw(at().treasury);
      expect(await currency.balanceOf(ledger)).to.equal(5_000n);
      expect(await currency.balanceOf(payouts)).to.equal(0n);
    });
  });

  describe("the books", () => {
    it("never owe more than the ledger holds, over random payments, divisions, sales and withdrawals", async () => {
      const { ledger, models, currency, treasury, wallets, dataset } = at();
      let state = 20_260_101;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return Math.floor((state / 0x8000_0000) * below);
      };
      const people = wallets.slice(5, 11);
      const graph: { model: bigint; shares: bigint }[] = [];
      for (let i = 0; i < 8; i++) {
        const parents = graph
          .filter(() => random(2) === 0)
          .map(({ model }) => ({ model, shareBps: BigInt(random(1_200)) }));
        const shares = 1_000n + BigInt(random(500));
        const sources = [source(dataset, shares)];
        const model = await registerModel(at(), item(people, random(people.length)), { parents, sources });
        graph.push({ model, shares });
      }
      let paidIn = 0n;
      let withdrawn = 0n;
      const owedToAccounts = async () => {
        const balances = await Promise.all([treasury, ...people].map((account) => ledger.balanceOf(account)));
        return balances.reduce((sum, balance) => sum + balance, 0n);
      };
      for (let step = 0; step < 150; step++) {
        const { model } = item(graph, random(graph.length));
        const person = item(people, random(people.length));
        const action = random(10);
        if (action < 4) {
          const amount = BigInt(random(2) === 0 ? 1 + random(20) : 1 + random(1_000_000));
          await pay(model, amount);
          paidIn += amount;
        } else if (action < 8) {
          await ledger.distribute(model);
        } else if (action === 8) {
          const owner = await asContract(at(), await models.ownerOf(model));
          await models.connect(owner).transferFrom(await owner.getAddress(), person, model);
        } else {
          const balance = await ledger.balanceOf(person);
          if (balance === 0n) continue;
          await ledger.connect(person).withdraw(person);
          withdrawn += balance;
        }
        let streams = 0n;
        let undivided = 0n;
        for (const { model: each, shares } of graph) {
          const { gross, royalties, dividedGross, dividedRoyalties } = await ledger.incomeOf(each);
          streams += part(net(dividedGross), shares) + part(dividedRoyalties, shares);
          undivided += gross - dividedGross + (royalties - dividedRoyalties);
        }
        const held = await currency.balanceOf(ledger);
        expect(held).to.equal(paidIn - withdrawn);
        const owed = (await owedToAccounts()) + streams + undivided;
        expect(owed <= held, `after step ${step}: owed ${owed}, held ${held}`).to.equal(true);
        expect(held - owed <= 8n * 2n * 10n, `after step ${step}: dust ${held - owed}`).to.equal(true);
      }
    });
  });
});
