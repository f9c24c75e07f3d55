import { expect } from "chai";
import { type AddressLike, id, type Signer, ZeroAddress } from "ethers";
import type { RevenueLedger } from "../../typechain-types/index.ts";
import { item, useFixture } from "../support/fixture.ts";
import { asContract, frozenDataset, registerModel } from "../support/lineage.ts";
import { creditCall, type Mintable, payFees, script, type Till, transferCall } from "../support/payments.ts";
import { deploySuite, type Suite } from "../support/suite.ts";

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

/** A ledger of its own on another currency, connected to `payouts`, and its payer. */
async function tillOn(suite: Suite, currency: Mintable, payouts: string, feeBps = FEE_BPS): Promise<Till> {
  const [models, treasury] = [await suite.models.getAddress(), suite.treasury.address];
  const ledger = await suite.ethers.deployContract("RevenueLedger", [
    await currency.getAddress(),
    models,
    treasury,
    feeBps,
  ]);
  await connectPayouts(ledger, suite.deployer, payouts);
  return { ledger, currency, payer: await suite.ethers.deployContract("ScriptedWallet") };
}

/** The contract's `connect`, which hides behind the `connect` that every ethers contract has. */
const connectPayouts = (ledger: RevenueLedger, caller: Signer, payouts: AddressLike) =>
  ledger.connect(caller).getFunction("connect")(payouts);

describe("RevenueLedger", () => {
  const at = useFixture(build);
  const pay = (model: bigint, ...amounts: bigint[]) => payFees(at(), at().till, model, ...amounts);

  describe("constructor", () => {
    it("refuses a protocol fee above its cap of 5 %", async () => {
      const { ledger, ethers, currency, models, treasury } = at();
      const deployment = ethers.deployContract("RevenueLedger", [currency, models, treasury, 501n]);
      await expect(deployment).to.be.revertedWithCustomError(ledger, "ProtocolFeeTooHigh").withArgs(501n, 500n);
      expect(await ledger.PROTOCOL_FEE_CAP_BPS()).to.equal(500n);
    });

    it("takes the cap itself, and no fee at all", async () => {
      const { ethers, currency, models, treasury } = at();
      for (const feeBps of [500n, 0n]) {
        const ledger = await ethers.deployContract("RevenueLedger", [currency, models, treasury, feeBps]);
        expect(await ledger.PROTOCOL_FEE_BPS()).to.equal(feeBps);
      }
    });

    it("refuses a treasury of zero", async () => {
      const { ledger, ethers, currency, models } = at();
      await expect(
        ethers.deployContract("RevenueLedger", [currency, models, ZeroAddress, FEE_BPS]),
      ).to.be.revertedWithCustomError(ledger, "ZeroAddress");
    });

    it("keeps what it was given", async () => {
      const { ledger, currency, models, treasury } = at();
      expect(await ledger.CURRENCY()).to.equal(await currency.getAddress());
      expect(await ledger.MODELS()).to.equal(await models.getAddress());
      expect(await ledger.TREASURY()).to.equal(treasury.address);
      expect(await ledger.PROTOCOL_FEE_BPS()).to.equal(FEE_BPS);
    });
  });

  describe("connect", () => {
    async function unconnected() {
      const { ethers, currency, models, treasury } = at();
      return ethers.deployContract("RevenueLedger", [currency, models, treasury, FEE_BPS]);
    }

    it("refuses everybody but the deployer", async () => {
      const { alice } = at();
      const ledger = await unconnected();
      await expect(connectPayouts(ledger, alice, alice))
        .to.be.revertedWithCustomError(ledger, "NotDeployer")
        .withArgs(alice.address);
    });

    it("refuses zero", async () => {
      const ledger = await unconnected();
      const connected = connectPayouts(ledger, at().deployer, ZeroAddress);
      await expect(connected).to.be.revertedWithCustomError(ledger, "ZeroAddress");
    });

    it("connects once", async () => {
      const { deployer, bob, carol } = at();
      const ledger = await unconnected();
      expect(await ledger.payouts()).to.equal(ZeroAddress);
      await expect(connectPayouts(ledger, deployer, bob))
        .to.emit(ledger, "Connected")
        .withArgs(bob.address);
      expect(await ledger.payouts()).to.equal(bob.address);
      for (const second of [bob, carol]) {
        await expect(connectPayouts(ledger, deployer, second))
          .to.be.revertedWithCustomError(ledger, "AlreadyConnected")
          .withArgs(bob.address);
      }
    });

    it("was done by the deployment, to the suite's payouts", async () => {
      const { ledger, payouts, deployer, alice } = at();
      expect(await ledger.payouts()).to.equal(await payouts.getAddress());
      await expect(connectPayouts(ledger, deployer, alice)).to.be.revertedWithCustomError(ledger, "AlreadyConnected");
    });

    it("must come before the first money", async () => {
      const { currency, deployer, bob, model, payer } = at();
      const ledger = await unconnected();
      const till = { ledger, currency, payer };
      await expect(payFees(at(), till, model, 100n)).to.be.revertedWithCustomError(ledger, "NotConnected");
      await connectPayouts(ledger, deployer, bob);
      await expect(payFees(at(), till, model, 100n)).to.emit(ledger, "FeesCredited");
    });
  });

  describe("credit", () => {
    it("refuses a payment of nothing", async () => {
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

    it("credits what was named, not what was sent on top", async () => {
      const { ledger, currency, payer, model } = at();
      await currency.mint(payer, 150n);
      const more = await transferCall(at(), currency, await ledger.getAddress(), 150n);
      await expect(payer.run([await creditCall(ledger, model, 100n, [more])]))
        .to.emit(ledger, "FeesCredited")
        .withArgs(model, 100n, 99n);
      expect((await ledger.incomeOf(model)).gross).to.equal(100n);
    });

    it("fills the counter to the last wei and refuses one more", async () => {
      const { ledger, model } = at();
      await expect(pay(model, MAX_COUNTER + 1n))
        .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
        .withArgs(112n, MAX_COUNTER + 1n);
      await expect(pay(model, MAX_COUNTER))
        .to.emit(ledger, "FeesCredited")
        .withArgs(model, MAX_COUNTER, net(MAX_COUNTER));
      await expect(pay(model, 1n))
        .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
        .withArgs(112n, MAX_COUNTER + 1n);
      await ledger.distribute(model);
      expect(await ledger.balanceOf(at().alice)).to.equal(net(MAX_COUNTER));
      expect(await ledger.balanceOf(at().treasury)).to.equal(part(MAX_COUNTER, FEE_BPS));
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

      it("refuses to withdraw in the middle, which would pay the credit with the ledger's own money", async () => {
        const { ledger, currency, payer, model } = at();
        const owned = (await at().models.modelCount()) + 1n;
        const register = at().models.interface.encodeFunctionData("register", [
          {
            kind: 0n,
            artifactDigest: id("w"),
            operator: ZeroAddress,
            childBps: 0n,
            parents: [],
            sources: [],
            uri: "",
          },
        ]);
        await payer.run([{ target: await at().models.getAddress(), data: register }]);
        await pay(owned, 1_000n);
        await ledger.distribute(owned);
        expect(await ledger.balanceOf(payer)).to.equal(990n);
        const target = await ledger.getAddress();
        const withdraw = { target, data: ledger.interface.encodeFunctionData("withdraw", [target]) };
        await expect(payer.run([await creditCall(ledger, model, 990n, [withdraw])])).to.be.revertedWithCustomError(
          ledger,
          "ReentrancyGuardReentrantCall",
        );
        await payer.run([withdraw]);
        expect(await currency.balanceOf(ledger), "to the ledger itself: given away").to.equal(1_000n);
        expect(await ledger.balanceOf(payer)).to.equal(0n);
      });

      it("refuses pro-rata payouts in the middle, which leave the ledger while it counts", async () => {
        const { ledger, currency, payer, payouts, alice, dataset } = at();
        const trained = await registerModel(at(), alice, { sources: [{ dataset, version: 1n, shareBps: 5_000n }] });
        await pay(trained, 10_000n);
        await currency.mint(payer, 100n);
        const claim = {
          target: await payouts.getAddress(),
          data: payouts.interface.encodeFunctionData("claimProRata", [[{ stream: trained << 8n, indexes: [0n] }]]),
        };
        const sent = await transferCall(at(), currency, await ledger.getAddress(), 100n);
        await expect(payer.run([await creditCall(ledger, trained, 100n, [sent, claim])])).to.be.revertedWithCustomError(
          ledger,
          "ReentrancyGuardReentrantCall",
        );
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
        sources: [{ dataset, version: 1n, shareBps: 3_456n }],
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
      const { currency, treasury, alice, bob, model } = at();
      const till = await tillOn(at(), currency, bob.address, 0n);
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
          sources: [
            { dataset, version: 1n, shareBps: 1_011n },
            { dataset: second, version: 1n, shareBps: 1_999n },
          ],
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

      it("royalties in many small steps pay what one large step pays", async () => {
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
        const sources: { dataset: bigint; version: bigint; shareBps: bigint }[] = [];
        for (let i = 0; i < 16; i++) {
          parents.push({ model: await registerModel(at(), alice), shareBps: 303n });
          const dataset = await frozenDataset(at(), curator, dave, { streamBps: 0n });
          sources.push({ dataset, version: 1n, shareBps: 303n });
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
        for (const { shareBps } of sources) given += part(fees, shareBps);
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
        const chain = [await registerModel(at(), alice)];
        for (let i = 1; i < 40; i++) {
          chain.push(await registerModel(at(), alice, { parents: [{ model: item(chain, i - 1), shareBps: 9_000n }] }));
        }
        await pay(item(chain, 39), 10n ** 30n);
        for (const model of [...chain].reverse()) await ledger.distribute(model);
        let income = net(10n ** 30n);
        let balance = 0n;
        for (let i = 39; i > 0; i--) {
          balance += part(income, 1_000n);
          income = part(income, 9_000n);
          expect(await ledger.countersOf(item(chain, i - 1))).to.deep.equal([0n, income]);
        }
        expect(await ledger.balanceOf(alice)).to.equal(balance + income);
      });

      it("refuses royalties that 112 bits can't count, and keeps the child's money for later", async () => {
        const { ledger, bob, model } = at();
        const [first, second] = [
          await registerModel(at(), bob, { parents: [{ model, shareBps: 10_000n }] }),
          await registerModel(at(), bob, { parents: [{ model, shareBps: 10_000n }] }),
        ];
        await pay(first, MAX_COUNTER);
        await ledger.distribute(first);
        await pay(second, MAX_COUNTER);
        await expect(ledger.distribute(second))
          .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
          .withArgs(112n, 2n * net(MAX_COUNTER));
        expect(await ledger.incomeOf(second)).to.deep.equal([MAX_COUNTER, 0n, 0n, 0n]);
      });
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
      const { ledger, ...rest } = await tillOn(at(), currency, carol.address);
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
      const { ethers, alice, carol, model } = at();
      const currency = await ethers.deployContract("FreezingDollar");
      const till = await tillOn(at(), currency, carol.address);
      await payFees(at(), till, model, 1_000n);
      await till.ledger.distribute(model);
      await currency.setEnding(alice, 2n);
      await expect(till.ledger.connect(alice).withdraw(alice))
        .to.be.revertedWithCustomError(till.ledger, "SafeERC20FailedOperation")
        .withArgs(await currency.getAddress());
      expect(await till.ledger.balanceOf(alice)).to.equal(990n);
    });

    it("attack 39: a currency that calls back in the middle gets nothing twice", async () => {
      const { ethers, models, alice, carol } = at();
      const currency = await ethers.deployContract("HookToken");
      const till = await tillOn(at(), currency, carol.address);
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
        await expect(till.payer.run([withdraw])).to.be.revertedWithCustomError(
          till.ledger,
          "ReentrancyGuardReentrantCall",
        );
      }
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
      await expect(settlement)
        .to.emit(ledger, "StreamsPaid")
        .withArgs(await payouts.getAddress(), 700n);
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

    it("pays and says so", async () => {
      const { ledger, currency, ethers, payouts, bob, model } = at();
      await pay(model, 1_000n);
      const asPayouts = ledger.connect(await asContract(at(), payouts));
      expect(await asPayouts.payOut.staticCall(bob, 40n)).to.equal(true);
      const payment = asPayouts.payOut(bob, 40n);
      await expect(payment).to.changeTokenBalances(ethers, currency, [ledger, bob], [-40n, 40n]);
      await expect(payment).to.emit(ledger, "StreamsPaid").withArgs(bob.address, 40n);
    });

    for (const [how, treatment] of [
      ["reverts", 1n],
      ["returns false", 2n],
    ] as const) {
      it(`says false and moves nothing where the currency ${how}`, async () => {
        const { ethers, bob, carol, model } = at();
        const currency = await ethers.deployContract("FreezingDollar");
        const till = await tillOn(at(), currency, carol.address);
        await payFees(at(), till, model, 1_000n);
        await currency.setEnding(bob, treatment);
        const asPayouts = till.ledger.connect(carol);
        expect(await asPayouts.payOut.staticCall(bob, 40n)).to.equal(false);
        await expect(asPayouts.payOut(bob, 40n)).not.to.emit(till.ledger, "StreamsPaid");
        expect(await currency.balanceOf(till.ledger)).to.equal(1_000n);
        expect(await asPayouts.payOut.staticCall(at().alice, 40n)).to.equal(true);
      });
    }
  });

  describe("the currency", () => {
    it("attack 34: is refused with AmountNotReceived while it takes a fee on transfer", async () => {
      const { ethers, carol, model } = at();
      const currency = await ethers.deployContract("FeeOnTransferToken");
      const till = await tillOn(at(), currency, carol.address);
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
      const till = await tillOn(at(), currency, carol.address);
      await payFees(at(), till, model, 1_000n);
      await till.ledger.distribute(model);
      await till.ledger.connect(alice).withdraw(alice);
      await till.ledger.connect(carol).payOut(carol, 5n);
      await till.ledger.connect(carol).settle(3n, alice, 0n);
      expect(await currency.balanceOf(alice)).to.equal(990n);
      expect(await currency.balanceOf(carol)).to.equal(8n);
    });

    it("attack 39: can't credit a payment twice by calling back in the middle of it", async () => {
      const { ethers, carol, model } = at();
      const currency = await ethers.deployContract("HookToken");
      const till = await tillOn(at(), currency, carol.address);
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
        const sources = [{ dataset, version: 1n, shareBps: 1_000n + BigInt(random(500)) }];
        const model = await registerModel(at(), item(people, random(people.length)), { parents, sources });
        graph.push({ model, shares: item(sources, 0).shareBps });
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
