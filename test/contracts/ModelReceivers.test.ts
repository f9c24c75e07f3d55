import { expect } from "chai";
import { getCreate2Address, keccak256, toBeHex } from "ethers";
import { useFixture } from "../support/fixture.ts";
import { asContract, registerModel } from "../support/lineage.ts";
import { buildMarket, net, PRICE } from "../support/market.ts";
import { deployTill, freezing, type Mintable } from "../support/payments.ts";

describe("ModelReceivers", () => {
  const at = useFixture(buildMarket);

  /** Receivers of the suite's models for a ledger with a currency of its own. */
  async function receiversFor(currency: Mintable) {
    const { ledger } = await deployTill(at(), currency);
    return { ledger, receivers: await at().ethers.deployContract("ModelReceivers", [ledger]) };
  }

  it("knows the ledger", async () => {
    const { receivers, ledger } = at();
    expect(await receivers.LEDGER()).to.equal(await ledger.getAddress());
  });

  describe("receiverOf", () => {
    it("follows from the model's number alone, before and after something stands there", async () => {
      const { ethers, receivers, currency, bob, model } = at();
      const initCode = (await ethers.getContractFactory("ModelReceiver")).bytecode;
      const deployer = await receivers.getAddress();
      for (const id of [0n, model, 12_345n, 2n ** 256n - 1n]) {
        const receiver = getCreate2Address(deployer, toBeHex(id, 32), keccak256(initCode));
        expect(await receivers.receiverOf(id)).to.equal(receiver);
        expect(await ethers.provider.getCode(receiver)).to.equal("0x");
      }
      const receiver = await receivers.receiverOf(model);
      await currency.connect(bob).transfer(receiver, PRICE);
      await receivers.sweep(model);
      expect(await ethers.provider.getCode(receiver)).not.to.equal("0x");
      expect(await receivers.receiverOf(model)).to.equal(receiver);
    });
  });

  describe("sweep", () => {
    it("credits what has arrived, whoever calls", async () => {
      const { ethers, receivers, ledger, currency, bob, carol, model } = at();
      const receiver = await receivers.receiverOf(model);
      await currency.connect(bob).transfer(receiver, 700n);
      await currency.connect(carol).transfer(receiver, 300n);
      expect(await receivers.connect(carol).sweep.staticCall(model)).to.deep.equal([1_000n, net(1_000n)]);
      const sweep = receivers.connect(carol).sweep(model);
      await expect(sweep).to.changeTokenBalances(
        ethers,
        currency,
        [receiver, ledger, receivers, carol],
        [-1_000n, 1_000n, 0n, 0n],
      );
      await expect(sweep).to.emit(receivers, "Swept").withArgs(model, receiver, 1_000n, net(1_000n));
      await expect(sweep).to.emit(ledger, "FeesCredited").withArgs(model, 1_000n, net(1_000n));
      expect((await ledger.incomeOf(model)).gross).to.equal(1_000n);
    });

    it("sweeps again what comes later, through the contract that stands there", async () => {
      const { receivers, ledger, currency, bob, model } = at();
      const receiver = await receivers.receiverOf(model);
      for (const [amount, total] of [
        [400n, 400n],
        [1n, 401n],
      ] as const) {
        await currency.connect(bob).transfer(receiver, amount);
        await expect(receivers.sweep(model)).to.emit(receivers, "Swept").withArgs(model, receiver, amount, net(total));
      }
      expect((await ledger.incomeOf(model)).gross).to.equal(401n);
    });

    it("refuses to sweep nothing, the first and the second time", async () => {
      const { receivers, currency, bob, model } = at();
      const receiver = await receivers.receiverOf(model);
      const expectNothing = () =>
        expect(receivers.sweep(model))
          .to.be.revertedWithCustomError(receivers, "NothingToSweep")
          .withArgs(model, receiver);
      await expectNothing();
      await currency.connect(bob).transfer(receiver, 1n);
      await receivers.sweep(model);
      await expectNothing();
    });

    it("attack 9: keeps what arrives before the model exists until it does", async () => {
      const { ethers, receivers, ledger, models, currency, alice, bob } = at();
      const model = (await models.modelCount()) + 1n;
      const receiver = await receivers.receiverOf(model);
      await currency.connect(bob).transfer(receiver, 1_000n);
      await expect(receivers.sweep(model)).to.be.revertedWithCustomError(ledger, "ModelNotFound").withArgs(model);
      expect(await ethers.provider.getCode(receiver)).to.equal("0x");
      expect(await registerModel(at(), alice)).to.equal(model);
      await receivers.sweep(model);
      expect((await ledger.incomeOf(model)).gross).to.equal(1_000n);
    });

    it("credits a model that isn't for sale, less than a price, and each model its own", async () => {
      const { receivers, ledger, market, currency, alice, bob, model, other } = at();
      await market.connect(alice).delist(model);
      await currency.connect(bob).transfer(await receivers.receiverOf(model), 1n);
      await currency.connect(bob).transfer(await receivers.receiverOf(other), 2n);
      await receivers.sweep(model);
      expect((await ledger.incomeOf(model)).gross).to.equal(1n);
      expect((await ledger.incomeOf(other)).gross).to.equal(0n);
      await receivers.sweep(other);
      expect((await ledger.incomeOf(other)).gross).to.equal(2n);
    });

    it("waits until somebody is appointed to end intervals", async () => {
      const { ethers, currency, models, treasury, bob, model } = at();
      const ledger = await ethers.deployContract("RevenueLedger", [currency, models, treasury, 100n, 3_600n]);
      const receivers = await ethers.deployContract("ModelReceivers", [ledger]);
      await currency.connect(bob).transfer(await receivers.receiverOf(model), 1n);
      await expect(receivers.sweep(model)).to.be.revertedWithCustomError(ledger, "NotAppointed");
    });

    it("attack 34: refuses a currency that takes a fee on transfer, and leaves the money where it is", async () => {
      const { ethers, model } = at();
      const currency = await ethers.deployContract("FeeOnTransferToken");
      const { receivers, ledger } = await receiversFor(currency);
      const receiver = await receivers.receiverOf(model);
      await currency.mint(receiver, 1_000n);
      await currency.setFee(100n);
      await expect(receivers.sweep(model))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(1_000n, 990n);
      expect(await currency.balanceOf(receiver)).to.equal(1_000n);
      await currency.setFee(0n);
      await receivers.sweep(model);
      expect(await currency.balanceOf(ledger)).to.equal(1_000n);
    });

    it("attack 34: takes a currency that returns nothing, and doesn't believe one that says no", async () => {
      const { ethers, ledger, receivers, model } = at();
      const silent = await ethers.deployContract("NoReturnToken");
      const made = await receiversFor(silent);
      await silent.mint(await made.receivers.receiverOf(model), 5n);
      await made.receivers.sweep(model);
      expect(await silent.balanceOf(made.ledger)).to.equal(5n);
      const currency = await freezing(at());
      await currency.mint(await receivers.receiverOf(model), 5n);
      await currency.setEnding(ledger, 2n);
      const receiver = await ethers.getContractAt("ModelReceiver", await receivers.receiverOf(model));
      await expect(receivers.sweep(model)).to.be.revertedWithCustomError(receiver, "SafeERC20FailedOperation");
    });

    for (const afterwards of [false, true]) {
      it(`attack 39: credits once when the currency calls ${afterwards ? "after" : "before"} the money moves`, async () => {
        const { ethers, model } = at();
        const currency = await ethers.deployContract("HookToken");
        const { receivers, ledger } = await receiversFor(currency);
        await currency.mint(await receivers.receiverOf(model), 1_000n);
        const again = receivers.interface.encodeFunctionData("sweep", [model]);
        await currency.setHook(receivers, again, afterwards);
        const sweep = receivers.sweep(model);
        if (afterwards) {
          await expect(sweep).to.be.revertedWithCustomError(receivers, "NothingToSweep");
        } else {
          await expect(sweep).to.be.revertedWithCustomError(ledger, "ReentrancyGuardReentrantCall");
        }
        await currency.setHook(ethers.ZeroAddress, "0x", afterwards);
        await receivers.sweep(model);
        expect((await ledger.incomeOf(model)).gross).to.equal(1_000n);
      });
    }
  });

  describe("onCredit", () => {
    it("refuses everybody but the ledger", async () => {
      const { ethers, receivers, currency, bob, carol, model } = at();
      const receiver = await receivers.receiverOf(model);
      await currency.connect(bob).transfer(receiver, 2n);
      await receivers.sweep(model);
      await currency.connect(bob).transfer(receiver, 1n);
      const data = ethers.AbiCoder.defaultAbiCoder().encode(["address"], [receiver]);
      for (const caller of [carol, await asContract(at(), receivers)]) {
        await expect(receivers.connect(caller).onCredit(1n, data))
          .to.be.revertedWithCustomError(receivers, "NotLedger")
          .withArgs(await caller.getAddress());
      }
    });
  });

  describe("ModelReceiver.send", () => {
    it("refuses everybody but its deployer, the ledger and the model's owner too", async () => {
      const { ethers, receivers, ledger, currency, alice, bob, model } = at();
      const address = await receivers.receiverOf(model);
      await currency.connect(bob).transfer(address, 2n);
      await receivers.sweep(model);
      await currency.connect(bob).transfer(address, 1n);
      const receiver = await ethers.getContractAt("ModelReceiver", address);
      for (const caller of [alice, bob, await asContract(at(), ledger)]) {
        await expect(receiver.connect(caller).send(currency, caller, 1n))
          .to.be.revertedWithCustomError(receiver, "NotDeployer")
          .withArgs(await caller.getAddress());
      }
      expect(await currency.balanceOf(address)).to.equal(1n);
    });

    it("attack 9: obeys who deployed it, whoever that is: an address of CREATE2 has one deployer", async () => {
      const { ethers, currency, alice, bob } = at();
      const receiver = await (await ethers.getContractFactory("ModelReceiver", alice)).deploy();
      await currency.connect(bob).transfer(receiver, 3n);
      await expect(receiver.connect(alice).send(currency, alice, 3n)).to.changeTokenBalances(
        ethers,
        currency,
        [receiver, alice],
        [-3n, 3n],
      );
    });
  });
});
