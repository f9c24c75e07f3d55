import { expect } from "chai";
import { AbiCoder, id, type Signer } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import { asContract, registerModel } from "../support/lineage.ts";
import { deployTill, payForInference, PREPAID_DELAY } from "../support/payments.ts";
import { deploySuite } from "../support/suite.ts";

const NOBODY = 33n;
const PRICE = 250n;
const REQUEST = id("what is the weather like?");
const MAX_COUNTER = 2n ** 112n - 1n;

async function build() {
  const suite = await deploySuite();
  const [alice, bob, carol] = [0, 1, 2].map((i) => item(suite.wallets, i));
  if (!alice || !bob || !carol) throw new Error("too few wallets");
  const model = await registerModel(suite, alice);
  await suite.market.connect(alice).list(model, PRICE);
  return { ...suite, alice, bob, carol, model };
}

describe("InferenceMarket", () => {
  const at = useFixture(build);
  const pay = (wallet: Signer, model: bigint, amount: bigint) => payForInference(at(), wallet, model, amount, REQUEST);

  describe("constructor", () => {
    it("is called by the ledger, whose market it is", async () => {
      const { market, ledger, models } = at();
      expect(await ledger.MARKET()).to.equal(await market.getAddress());
      expect(await market.LEDGER()).to.equal(await ledger.getAddress());
      expect(await market.MODELS()).to.equal(await models.getAddress());
      expect(await market.PREPAID_DELAY()).to.equal(PREPAID_DELAY);
    });

    it("signs under the suite's name and its own address", async () => {
      const { name, version, chainId, verifyingContract } = await at().market.eip712Domain();
      expect([name, version, chainId]).to.deep.equal(["Tributary", "1", 31_337n]);
      expect(verifyingContract).to.equal(await at().market.getAddress());
    });

    it("refuses a delay for prepaid money of less than an hour or more than a year", async () => {
      const { ethers, currency, models, treasury, market } = at();
      const deploy = (delay: bigint) =>
        ethers.deployContract("RevenueLedger", [currency, models, treasury, 100n, delay]);
      for (const delay of [0n, 3_599n, 31_536_001n, 2n ** 255n]) {
        await expect(deploy(delay)).to.be.revertedWithCustomError(market, "PrepaidDelayOutOfRange").withArgs(delay);
      }
      for (const delay of [3_600n, 31_536_000n]) {
        const made = await ethers.getContractAt("InferenceMarket", await (await deploy(delay)).MARKET());
        expect(await made.PREPAID_DELAY()).to.equal(delay);
        expect(await made.MIN_PREPAID_DELAY()).to.equal(3_600n);
      }
    });
  });

  describe("list", () => {
    it("refuses a model that doesn't exist", async () => {
      const { market, models } = at();
      await expect(market.list(NOBODY, PRICE))
        .to.be.revertedWithCustomError(models, "ERC721NonexistentToken")
        .withArgs(NOBODY);
    });

    it("refuses everybody but the owner, the operator too", async () => {
      const { market, models, alice, bob, model } = at();
      await models.connect(alice).setOperator(model, bob);
      await expect(market.connect(bob).list(model, PRICE))
        .to.be.revertedWithCustomError(market, "NotModelOwner")
        .withArgs(model, bob.address);
    });

    it("attack 37: refuses a price of nothing, and one that no counter holds", async () => {
      const { market, alice, model } = at();
      for (const price of [0n, MAX_COUNTER + 1n, 2n ** 256n - 1n]) {
        await expect(market.connect(alice).list(model, price))
          .to.be.revertedWithCustomError(market, "PriceOutOfRange")
          .withArgs(price);
      }
    });

    it("takes the lowest and the highest price, and changes it", async () => {
      const { market, alice, model } = at();
      for (const price of [1n, MAX_COUNTER]) {
        await expect(market.connect(alice).list(model, price)).to.emit(market, "Listed").withArgs(model, price);
        expect(await market.priceOf(model)).to.equal(price);
      }
    });

    it("is the new owner's after a transfer; the price stays until then", async () => {
      const { market, models, alice, bob, model } = at();
      await models.connect(alice).transferFrom(alice, bob, model);
      expect(await market.priceOf(model)).to.equal(PRICE);
      await expect(market.connect(alice).list(model, 1n)).to.be.revertedWithCustomError(market, "NotModelOwner");
      await market.connect(bob).list(model, 7n);
      expect(await market.priceOf(model)).to.equal(7n);
    });
  });

  describe("delist", () => {
    it("refuses a model that doesn't exist", async () => {
      const { market, models } = at();
      await expect(market.delist(NOBODY)).to.be.revertedWithCustomError(models, "ERC721NonexistentToken");
    });

    it("refuses everybody but the owner", async () => {
      const { market, bob, model } = at();
      await expect(market.connect(bob).delist(model))
        .to.be.revertedWithCustomError(market, "NotModelOwner")
        .withArgs(model, bob.address);
    });

    it("refuses a model that isn't for sale", async () => {
      const { market, alice } = at();
      const other = await registerModel(at(), alice);
      await expect(market.connect(alice).delist(other))
        .to.be.revertedWithCustomError(market, "NotListed")
        .withArgs(other);
    });

    it("stops new payments, touches no money that has arrived, and can be undone", async () => {
      const { market, ledger, alice, bob, model } = at();
      await pay(bob, model, PRICE);
      await expect(market.connect(alice).delist(model)).to.emit(market, "Delisted").withArgs(model);
      expect(await market.priceOf(model)).to.equal(0n);
      await expect(market.connect(alice).delist(model)).to.be.revertedWithCustomError(market, "NotListed");
      await expect(pay(bob, model, PRICE))
        .to.be.revertedWithCustomError(market, "NotListed")
        .withArgs(model);
      expect((await ledger.incomeOf(model)).gross).to.equal(PRICE);
      await ledger.distribute(model);
      expect(await ledger.balanceOf(alice)).to.equal(PRICE - 2n);
      await market.connect(alice).list(model, PRICE);
      await expect(pay(bob, model, PRICE)).to.emit(market, "InferencePaid");
    });
  });

  describe("pay", () => {
    it("refuses a model that was never listed, and one that doesn't exist", async () => {
      const { market, alice, bob } = at();
      for (const unlisted of [await registerModel(at(), alice), NOBODY, 0n]) {
        await expect(market.connect(bob).pay(unlisted, PRICE, REQUEST))
          .to.be.revertedWithCustomError(market, "NotListed")
          .withArgs(unlisted);
      }
    });

    it("refuses less than the price", async () => {
      const { market, bob, model } = at();
      for (const amount of [0n, PRICE - 1n]) {
        await expect(market.connect(bob).pay(model, amount, REQUEST))
          .to.be.revertedWithCustomError(market, "BelowPrice")
          .withArgs(model, amount, PRICE);
      }
    });

    it("refuses a payer who hasn't allowed it", async () => {
      const { market, currency, bob, model } = at();
      await currency.mint(bob, PRICE);
      await currency.connect(bob).approve(market, PRICE - 1n);
      await expect(market.connect(bob).pay(model, PRICE, REQUEST))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientAllowance")
        .withArgs(await market.getAddress(), PRICE - 1n, PRICE);
    });

    it("refuses a payer who hasn't the money", async () => {
      const { market, currency, bob, model } = at();
      await currency.mint(bob, PRICE - 1n);
      await currency.connect(bob).approve(market, PRICE);
      await expect(market.connect(bob).pay(model, PRICE, REQUEST))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientBalance")
        .withArgs(bob.address, PRICE - 1n, PRICE);
    });

    it("moves the payer's money to the ledger and names the place of the payment among all others", async () => {
      const { market, ledger, currency, ethers, bob, carol, model } = at();
      const first = pay(bob, model, PRICE);
      await expect(first).to.emit(market, "InferencePaid").withArgs(model, bob.address, PRICE, 248n, REQUEST);
      await expect(first).to.emit(ledger, "FeesCredited").withArgs(model, PRICE, 248n);
      await currency.mint(carol, 2n * PRICE);
      await currency.connect(carol).approve(market, 2n * PRICE);
      expect(await market.connect(carol).pay.staticCall(model, PRICE, REQUEST)).to.equal(495n);
      const second = market.connect(carol).pay(model, PRICE, id("and tomorrow?"));
      await expect(second).to.changeTokenBalances(ethers, currency, [carol, market, ledger], [-PRICE, 0n, PRICE]);
      await expect(second)
        .to.emit(market, "InferencePaid")
        .withArgs(model, carol.address, PRICE, 495n, id("and tomorrow?"));
      expect(await currency.allowance(carol, market)).to.equal(PRICE);
    });

    it("takes more than the price, all of it", async () => {
      const { market, ledger, bob, model } = at();
      await expect(pay(bob, model, 10n * PRICE))
        .to.emit(market, "InferencePaid")
        .withArgs(model, bob.address, 10n * PRICE, 2_475n, REQUEST);
      expect((await ledger.incomeOf(model)).gross).to.equal(10n * PRICE);
    });

    it("takes a contract's money without calling it back", async () => {
      const { market, currency, ethers, model } = at();
      const wallet = await ethers.deployContract("ScriptedWallet");
      await currency.mint(wallet, PRICE);
      const calls = [
        {
          target: await currency.getAddress(),
          data: currency.interface.encodeFunctionData("approve", [await market.getAddress(), PRICE]),
        },
        {
          target: await market.getAddress(),
          data: market.interface.encodeFunctionData("pay", [model, PRICE, REQUEST]),
        },
      ];
      await expect(wallet.run(calls))
        .to.emit(market, "InferencePaid")
        .withArgs(model, await wallet.getAddress(), PRICE, 248n, REQUEST);
    });

    it("attack 8: takes no more than the caller said when the owner raises the price first", async () => {
      const { market, currency, alice, bob, model } = at();
      await currency.mint(bob, 1_000n);
      await currency.connect(bob).approve(market, 1_000n);
      await market.connect(alice).list(model, PRICE + 1n);
      await expect(market.connect(bob).pay(model, PRICE, REQUEST)).to.be.revertedWithCustomError(market, "BelowPrice");
      expect(await currency.balanceOf(bob)).to.equal(1_000n);
    });

    it("attack 34: refuses a currency that takes a fee on transfer", async () => {
      const { ethers, alice, bob, model } = at();
      const currency = await ethers.deployContract("FeeOnTransferToken");
      const { ledger, market } = await deployTill(at(), currency);
      await market.connect(alice).list(model, PRICE);
      await currency.mint(bob, 1_000n);
      await currency.connect(bob).approve(market, 1_000n);
      await currency.setFee(400n);
      await expect(market.connect(bob).pay(model, PRICE, REQUEST))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(PRICE, PRICE - 10n);
    });
  });

  describe("payFor", () => {
    it("takes the caller's money and names the payer in the receipt", async () => {
      const { market, ledger, currency, ethers, bob, carol, model } = at();
      await currency.mint(bob, PRICE);
      await currency.connect(bob).approve(market, PRICE);
      expect(await market.connect(bob).payFor.staticCall(carol, model, PRICE, REQUEST)).to.equal(248n);
      const payment = market.connect(bob).payFor(carol, model, PRICE, REQUEST);
      await expect(payment).to.changeTokenBalances(ethers, currency, [bob, carol, ledger], [-PRICE, 0n, PRICE]);
      await expect(payment).to.emit(market, "InferencePaid").withArgs(model, carol.address, PRICE, 248n, REQUEST);
    });

    it("takes nothing that the named payer has allowed or prepaid", async () => {
      const { market, currency, bob, carol, model } = at();
      await currency.mint(carol, 2n * PRICE);
      await currency.connect(carol).approve(market, 2n * PRICE);
      await market.connect(carol).deposit(carol, model, PRICE);
      await expect(market.connect(bob).payFor(carol, model, PRICE, REQUEST))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientAllowance")
        .withArgs(await market.getAddress(), 0n, PRICE);
    });

    it("refuses what pay refuses", async () => {
      const { market, bob, carol, model } = at();
      await expect(market.connect(bob).payFor(carol, NOBODY, PRICE, REQUEST))
        .to.be.revertedWithCustomError(market, "NotListed")
        .withArgs(NOBODY);
      for (const amount of [0n, PRICE - 1n]) {
        await expect(market.connect(bob).payFor(carol, model, amount, REQUEST))
          .to.be.revertedWithCustomError(market, "BelowPrice")
          .withArgs(model, amount, PRICE);
      }
    });
  });

  describe("onCredit", () => {
    it("refuses everybody but the ledger: nobody takes what a payer has allowed", async () => {
      const { market, currency, bob, carol } = at();
      await currency.mint(bob, PRICE);
      await currency.connect(bob).approve(market, PRICE);
      const data = AbiCoder.defaultAbiCoder().encode(["address"], [bob.address]);
      await expect(market.connect(carol).onCredit(PRICE, data))
        .to.be.revertedWithCustomError(market, "NotLedger")
        .withArgs(carol.address);
    });

    it("attack 45: refuses a ledger's callback that the ledger makes to another caller in the market's name", async () => {
      const { market, ledger, currency, ethers, bob, model } = at();
      await currency.mint(bob, PRICE);
      await currency.connect(bob).approve(market, PRICE);
      const data = AbiCoder.defaultAbiCoder().encode(["address"], [bob.address]);
      const thief = await ethers.deployContract("ScriptedWallet");
      const callback = market.interface.encodeFunctionData("onCredit", [PRICE, data]);
      const inner = ethers.AbiCoder.defaultAbiCoder().encode(
        ["tuple(address target, bytes data)[]"],
        [[{ target: await market.getAddress(), data: callback }]],
      );
      const credit = ledger.interface.encodeFunctionData("credit", [model, PRICE, inner]);
      await expect(thief.run([{ target: await ledger.getAddress(), data: credit }]))
        .to.be.revertedWithCustomError(market, "NotLedger")
        .withArgs(await thief.getAddress());
    });

    it("hands the payer's money to the ledger and to no other", async () => {
      const { market, ledger, currency, ethers, bob } = at();
      await currency.mint(bob, PRICE);
      await currency.connect(bob).approve(market, PRICE);
      const data = AbiCoder.defaultAbiCoder().encode(["address"], [bob.address]);
      const asLedger = market.connect(await asContract(at(), ledger));
      await expect(asLedger.onCredit(PRICE, data)).to.changeTokenBalances(
        ethers,
        currency,
        [bob, ledger],
        [-PRICE, PRICE],
      );
    });
  });
});
