import { expect } from "chai";
import { type Signer, ZeroAddress } from "ethers";
import { signVoucher } from "../../client/index.ts";
import { useFixture } from "../support/fixture.ts";
import { asContract, registerModel } from "../support/lineage.ts";
import { buildMarket, channel, FUNDS, net, PRICE, REQUEST, surplus } from "../support/market.ts";
import { type Call, creditCall, deployTill, type Mintable, PREPAID_DELAY, transferCall } from "../support/payments.ts";

const NOBODY = 77n;
const MAX_COUNTER = 2n ** 112n - 1n;

describe("InferenceMarket, prepaid money", () => {
  const at = useFixture(buildMarket);
  const channelOf = (payer: { address: string }, model = at().model) => channel(at().market, payer.address, model);
  const prepay = (wallet: Signer, payer: { address: string }, amount: bigint, model = at().model) =>
    at().market.connect(wallet).deposit(payer.address, model, amount);

  /** Asks for bob's balance; the second from which on it can be taken. */
  async function askFor(model = at().model): Promise<bigint> {
    const { market, networkHelpers, bob } = at();
    const now = BigInt(await networkHelpers.time.latest()) + 100n;
    await networkHelpers.time.setNextBlockTimestamp(now);
    await expect(market.connect(bob).requestWithdrawal(model))
      .to.emit(market, "WithdrawalRequested")
      .withArgs(model, bob.address, now + PREPAID_DELAY);
    return now + PREPAID_DELAY;
  }

  describe("deposit", () => {
    it("moves the caller's money to the ledger, into the payer's channel, and counts no fees", async () => {
      const { market, ledger, currency, ethers, bob, carol, model } = at();
      const deposit = prepay(carol, bob, 1_000n);
      await expect(deposit).to.changeTokenBalances(
        ethers,
        currency,
        [carol, bob, market, ledger],
        [-1_000n, 0n, 0n, 1_000n],
      );
      await expect(deposit).to.emit(market, "Prepaid").withArgs(model, bob.address, carol.address, 1_000n);
      await expect(deposit).not.to.emit(ledger, "FeesCredited");
      expect(await channelOf(bob)).to.deep.equal([1_000n, 0n, 0n]);
      expect(await channelOf(carol)).to.deep.equal([0n, 0n, 0n]);
      expect(await ledger.incomeOf(model)).to.deep.equal([0n, 0n, 0n, 0n]);
    });

    it("adds up, for one model and payer at a time", async () => {
      const { bob, carol, model, other } = at();
      await prepay(bob, bob, 1_000n);
      await prepay(carol, bob, 1n);
      await prepay(bob, bob, 30n, other);
      await prepay(bob, carol, 4n);
      expect(await channelOf(bob)).to.deep.equal([1_001n, 0n, 0n]);
      expect(await channelOf(bob, other)).to.deep.equal([30n, 0n, 0n]);
      expect(await channelOf(carol)).to.deep.equal([4n, 0n, 0n]);
      expect(await surplus(at(), [model, other], [bob.address, carol.address])).to.equal(0n);
    });

    it("refuses the zero address, a deposit of nothing, and a model that doesn't exist", async () => {
      const { market, ledger, bob } = at();
      await expect(prepay(bob, { address: ZeroAddress }, 1n)).to.be.revertedWithCustomError(market, "ZeroAddress");
      await expect(prepay(bob, bob, 0n)).to.be.revertedWithCustomError(ledger, "NothingToCredit");
      for (const unknown of [0n, NOBODY]) {
        await expect(prepay(bob, bob, 1n, unknown))
          .to.be.revertedWithCustomError(ledger, "ModelNotFound")
          .withArgs(unknown);
      }
    });

    it("takes money for a model that isn't for sale: it can be taken back like any other", async () => {
      const { bob, alice } = at();
      const unlisted = await registerModel(at(), alice);
      await prepay(bob, bob, 1n, unlisted);
      expect(await channelOf(bob, unlisted)).to.deep.equal([1n, 0n, 0n]);
    });

    it("refuses a caller who hasn't allowed it or hasn't the money", async () => {
      const { market, currency, alice, bob } = at();
      await expect(prepay(alice, bob, 1n))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientAllowance")
        .withArgs(await market.getAddress(), 0n, 1n);
      await currency.connect(alice).approve(market, 1n);
      await expect(prepay(alice, bob, 1n))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientBalance")
        .withArgs(alice.address, 0n, 1n);
    });

    it("waits until somebody is appointed to end intervals, as all payments do", async () => {
      const { ethers, currency, models, treasury, deployer, alice, bob, model } = at();
      const ledger = await ethers.deployContract("RevenueLedger", [currency, models, treasury, 100n, PREPAID_DELAY]);
      const market = await ethers.getContractAt("InferenceMarket", await ledger.MARKET());
      await currency.connect(bob).approve(market, FUNDS);
      await expect(market.connect(bob).deposit(bob, model, 1n)).to.be.revertedWithCustomError(ledger, "NotAppointed");
      const payouts = await ethers.getContractAt("StreamPayouts", await ledger.PAYOUTS());
      await payouts.connect(deployer).appoint(alice);
      await expect(market.connect(bob).deposit(bob, model, 1n)).to.emit(market, "Prepaid");
    });

    it("fills a channel to the last wei that it can count", async () => {
      const { ethers, bob, model } = at();
      const currency = await ethers.deployContract("HookToken");
      const { market } = await deployTill(at(), currency);
      await currency.mint(bob, 2n * MAX_COUNTER);
      await currency.connect(bob).approve(market, 2n * MAX_COUNTER);
      await market.connect(bob).deposit(bob, model, MAX_COUNTER);
      await expect(market.connect(bob).deposit(bob, model, 1n))
        .to.be.revertedWithCustomError(market, "SafeCastOverflowedUintDowncast")
        .withArgs(112n, MAX_COUNTER + 1n);
      expect(await channel(market, bob.address, model)).to.deep.equal([MAX_COUNTER, 0n, 0n]);
    });
  });

  describe("payPrepaid", () => {
    it("pays from the balance without moving a token", async () => {
      const { market, ledger, currency, bob, model } = at();
      await prepay(bob, bob, 1_000n);
      const held = await currency.balanceOf(ledger);
      expect(await market.connect(bob).payPrepaid.staticCall(model, PRICE, REQUEST)).to.equal(net(PRICE));
      const payment = market.connect(bob).payPrepaid(model, PRICE, REQUEST);
      await expect(payment).to.emit(market, "InferencePaid").withArgs(model, bob.address, PRICE, net(PRICE), REQUEST);
      await expect(payment).not.to.emit(currency, "Transfer");
      await expect(payment).not.to.emit(ledger, "FeesCredited");
      expect(await currency.balanceOf(ledger)).to.equal(held);
      expect(await channelOf(bob)).to.deep.equal([750n, PRICE, 0n]);
      expect((await ledger.incomeOf(model)).gross).to.equal(PRICE);
    });

    it("counts in one row with all other payments, and pays owners like them", async () => {
      const { market, ledger, alice, bob, carol, model } = at();
      await prepay(bob, bob, 1_000n);
      await market.connect(carol).pay(model, PRICE, REQUEST);
      await expect(market.connect(bob).payPrepaid(model, 1_000n, REQUEST))
        .to.emit(market, "InferencePaid")
        .withArgs(model, bob.address, 1_000n, net(1_250n), REQUEST);
      await ledger.distribute(model);
      expect(await ledger.balanceOf(alice)).to.equal(net(1_250n));
      await ledger.connect(alice).withdraw(alice);
    });

    it("refuses more than there is, of this payer and this model", async () => {
      const { market, bob, carol, model, other } = at();
      await prepay(bob, bob, PRICE + 1n);
      await prepay(carol, carol, 10n * PRICE);
      await prepay(bob, bob, 10n * PRICE, other);
      for (const amount of [PRICE + 2n, 2n ** 255n]) {
        await expect(market.connect(bob).payPrepaid(model, amount, REQUEST))
          .to.be.revertedWithCustomError(market, "InsufficientPrepaid")
          .withArgs(model, bob.address, PRICE + 1n, amount);
      }
      await market.connect(bob).payPrepaid(model, PRICE + 1n, REQUEST);
      await expect(market.connect(bob).payPrepaid(model, PRICE, REQUEST))
        .to.be.revertedWithCustomError(market, "InsufficientPrepaid")
        .withArgs(model, bob.address, 0n, PRICE);
    });

    it("refuses less than the price, and a model that isn't for sale", async () => {
      const { market, alice, bob, model } = at();
      await prepay(bob, bob, 1_000n);
      for (const amount of [0n, PRICE - 1n]) {
        await expect(market.connect(bob).payPrepaid(model, amount, REQUEST))
          .to.be.revertedWithCustomError(market, "BelowPrice")
          .withArgs(model, amount, PRICE);
      }
      await market.connect(alice).delist(model);
      await expect(market.connect(bob).payPrepaid(model, PRICE, REQUEST))
        .to.be.revertedWithCustomError(market, "NotListed")
        .withArgs(model);
    });

    it("goes on while the balance is leaving, and leaves the request as it is", async () => {
      const { market, bob, model } = at();
      await prepay(bob, bob, 1_000n);
      const leavesAt = await askFor();
      await market.connect(bob).payPrepaid(model, PRICE, REQUEST);
      expect(await channelOf(bob)).to.deep.equal([750n, PRICE, leavesAt]);
    });
  });

  describe("withdrawing", () => {
    it("takes the delay, to the second", async () => {
      const { market, ledger, currency, ethers, networkHelpers, bob, carol, model } = at();
      await prepay(bob, bob, 1_000n);
      const leavesAt = await askFor();
      expect(await channelOf(bob)).to.deep.equal([1_000n, 0n, leavesAt]);
      await networkHelpers.time.setNextBlockTimestamp(leavesAt - 1n);
      await expect(market.connect(bob).withdraw(model, carol))
        .to.be.revertedWithCustomError(market, "StillLeaving")
        .withArgs(leavesAt);
      await networkHelpers.time.setNextBlockTimestamp(leavesAt);
      const withdrawal = market.connect(bob).withdraw(model, carol);
      await expect(withdrawal).to.changeTokenBalances(ethers, currency, [ledger, carol, bob], [-1_000n, 1_000n, 0n]);
      await expect(withdrawal).to.emit(market, "PrepaidWithdrawn").withArgs(model, bob.address, carol.address, 1_000n);
      expect(await channelOf(bob)).to.deep.equal([0n, 0n, 0n]);
      await expect(market.connect(bob).withdraw(model, carol))
        .to.be.revertedWithCustomError(market, "NothingLeaving")
        .withArgs(model, bob.address);
    });

    it("refuses an empty channel, and one whose payer didn't ask", async () => {
      const { market, bob, carol, model, other } = at();
      await prepay(bob, bob, 1_000n);
      for (const [caller, id] of [
        [carol, model],
        [bob, other],
        [bob, NOBODY],
      ] as const) {
        await expect(market.connect(caller).requestWithdrawal(id))
          .to.be.revertedWithCustomError(market, "NothingLeaving")
          .withArgs(id, caller.address);
      }
      for (const caller of [bob, carol]) {
        await expect(market.connect(caller).withdraw(model, caller))
          .to.be.revertedWithCustomError(market, "NothingLeaving")
          .withArgs(model, caller.address);
        await expect(market.connect(caller).cancelWithdrawal(model))
          .to.be.revertedWithCustomError(market, "NothingLeaving")
          .withArgs(model, caller.address);
      }
    });

    it("starts anew with a second request, and ends with a cancellation", async () => {
      const { market, networkHelpers, bob, model } = at();
      await prepay(bob, bob, 1_000n);
      const first = await askFor();
      await networkHelpers.time.setNextBlockTimestamp(first - 200n);
      await market.connect(bob).requestWithdrawal(model);
      const second = first - 200n + PREPAID_DELAY;
      expect(await channelOf(bob)).to.deep.equal([1_000n, 0n, second]);
      await networkHelpers.time.setNextBlockTimestamp(first);
      await expect(market.connect(bob).withdraw(model, bob))
        .to.be.revertedWithCustomError(market, "StillLeaving")
        .withArgs(second);
      await expect(market.connect(bob).cancelWithdrawal(model))
        .to.emit(market, "WithdrawalRequested")
        .withArgs(model, bob.address, 0n);
      expect(await channelOf(bob)).to.deep.equal([1_000n, 0n, 0n]);
      await networkHelpers.time.setNextBlockTimestamp(second);
      await expect(market.connect(bob).withdraw(model, bob)).to.be.revertedWithCustomError(market, "NothingLeaving");
      await expect(market.connect(bob).cancelWithdrawal(model)).to.be.revertedWithCustomError(market, "NothingLeaving");
    });

    it("is of one channel: another model's or payer's balance stays", async () => {
      const { market, networkHelpers, bob, carol, model, other } = at();
      await prepay(bob, bob, 1_000n);
      await prepay(bob, bob, 500n, other);
      await prepay(carol, carol, 70n);
      await networkHelpers.time.increaseTo(await askFor());
      await expect(market.connect(bob).withdraw(other, bob)).to.be.revertedWithCustomError(market, "NothingLeaving");
      await market.connect(bob).withdraw(model, bob);
      expect(await channelOf(bob, other)).to.deep.equal([500n, 0n, 0n]);
      expect(await channelOf(carol)).to.deep.equal([70n, 0n, 0n]);
      expect(await surplus(at(), [model, other], [bob.address, carol.address])).to.equal(0n);
    });

    it("leaves less when vouchers were redeemed meanwhile, in the last second too", async () => {
      const { market, client, currency, networkHelpers, carol, payer, model } = at();
      await prepay(carol, payer, 1_000n);
      await market.connect(payer).requestWithdrawal(model);
      const [, , leavesAt = 0n] = await channelOf(payer);
      await market.redeem(model, [await signVoucher(client, payer, model, 400n)]);
      expect(await channelOf(payer)).to.deep.equal([600n, 400n, leavesAt]);
      await networkHelpers.time.setNextBlockTimestamp(leavesAt);
      await market.redeem(model, [await signVoucher(client, payer, model, 500n)]);
      expect(await market.connect(payer).withdraw.staticCall(model, payer)).to.equal(500n);
      await market.connect(payer).withdraw(model, payer);
      expect(await currency.balanceOf(payer)).to.equal(FUNDS + 500n);
      expect(await channelOf(payer), "what was spent stays spent").to.deep.equal([0n, 500n, 0n]);
    });

    it("leaves nothing when vouchers took all", async () => {
      const { market, client, networkHelpers, carol, payer, model } = at();
      await prepay(carol, payer, 1_000n);
      await market.connect(payer).requestWithdrawal(model);
      const [, , leavesAt = 0n] = await channelOf(payer);
      await market.redeem(model, [await signVoucher(client, payer, model, 1_000n)]);
      await networkHelpers.time.increaseTo(leavesAt);
      await expect(market.connect(payer).withdraw(model, payer))
        .to.be.revertedWithCustomError(market, "NothingLeaving")
        .withArgs(model, payer.address);
    });

    it("takes a deposit along that came after the request: an operator must look at leavesAt, not at the balance", async () => {
      const { market, networkHelpers, bob, carol, model } = at();
      await prepay(bob, bob, 1n);
      const leavesAt = await askFor();
      await networkHelpers.time.increaseTo(leavesAt);
      await prepay(carol, bob, 1_000n);
      expect(await channelOf(bob)).to.deep.equal([1_001n, 0n, leavesAt]);
      expect(await market.connect(bob).withdraw.staticCall(model, bob)).to.equal(1_001n);
    });

    it("keeps the balance when the recipient can't be paid", async () => {
      const { ethers, networkHelpers, bob, carol, model } = at();
      const currency = await ethers.deployContract("FreezingDollar");
      const { market } = await deployTill(at(), currency);
      await currency.mint(bob, 100n);
      await currency.connect(bob).approve(market, 100n);
      await market.connect(bob).deposit(bob, model, 100n);
      await market.connect(bob).requestWithdrawal(model);
      await networkHelpers.time.increase(PREPAID_DELAY);
      for (const [ending, error] of [
        [1n, "Frozen"],
        [2n, "SafeERC20FailedOperation"],
      ] as const) {
        await currency.setEnding(bob, ending);
        const thrower = error === "Frozen" ? currency : market;
        await expect(market.connect(bob).withdraw(model, bob)).to.be.revertedWithCustomError(thrower, error);
      }
      await expect(market.connect(bob).withdraw(model, ZeroAddress)).to.be.revertedWithCustomError(
        currency,
        "ERC20InvalidReceiver",
      );
      await market.connect(bob).withdraw(model, carol);
      expect(await currency.balanceOf(carol)).to.equal(100n);
    });
  });

  describe("the ledger's side", () => {
    it("obeys the market and nobody else", async () => {
      const { ledger, market, payouts, alice, deployer, treasury, model } = at();
      for (const caller of [
        alice,
        deployer,
        treasury,
        await asContract(at(), payouts),
        await asContract(at(), ledger),
      ]) {
        const theirs = ledger.connect(caller);
        for (const call of [
          () => theirs.hold(model, 1n, "0x"),
          () => theirs.creditHeld(model, 1n),
          () => theirs.releaseHeld(caller, 1n),
        ]) {
          await expect(call())
            .to.be.revertedWithCustomError(ledger, "NotMarket")
            .withArgs(await caller.getAddress());
        }
      }
      expect(await ledger.MARKET()).to.equal(await market.getAddress());
    });

    it("holds what came in, credits without moving it, and releases it", async () => {
      const { ledger, market, currency, ethers, bob, carol, model } = at();
      const asMarket = ledger.connect(await asContract(at(), market));
      const data = ethers.AbiCoder.defaultAbiCoder().encode(["address"], [bob.address]);
      await expect(asMarket.hold(model, 300n, data)).to.changeTokenBalances(
        ethers,
        currency,
        [bob, ledger],
        [-300n, 300n],
      );
      expect((await ledger.incomeOf(model)).gross).to.equal(0n);
      expect(await asMarket.creditHeld.staticCall(model, 200n)).to.equal(198n);
      await expect(asMarket.creditHeld(model, 200n)).to.changeTokenBalance(ethers, currency, ledger, 0n);
      expect((await ledger.incomeOf(model)).gross).to.equal(200n);
      await expect(asMarket.releaseHeld(carol, 100n)).to.changeTokenBalances(
        ethers,
        currency,
        [ledger, carol],
        [-100n, 100n],
      );
    });

    it("refuses a payment that its counter can't hold, and leaves the money in the channel", async () => {
      const { ethers, alice, bob, model } = at();
      const currency = await ethers.deployContract("HookToken");
      const { market, ledger } = await deployTill(at(), currency);
      await market.connect(alice).list(model, 1n);
      await currency.mint(bob, 2n * MAX_COUNTER);
      await currency.connect(bob).approve(market, 2n * MAX_COUNTER);
      await market.connect(bob).pay(model, 1n, REQUEST);
      await market.connect(bob).deposit(bob, model, MAX_COUNTER);
      await expect(market.connect(bob).payPrepaid(model, MAX_COUNTER, REQUEST))
        .to.be.revertedWithCustomError(ledger, "SafeCastOverflowedUintDowncast")
        .withArgs(112n, MAX_COUNTER + 1n);
      await market.connect(bob).payPrepaid(model, MAX_COUNTER - 1n, REQUEST);
      expect(await channel(market, bob.address, model)).to.deep.equal([1n, MAX_COUNTER - 1n, 0n]);
    });
  });

  describe("attacks", () => {
    /** A contract with 1,000 wei prepaid and on its way out, beside carol's 5,000 wei, on some currency. */
    async function buildThief(currency: Mintable) {
      const { ethers, networkHelpers, alice, carol, model } = at();
      const { market, ledger } = await deployTill(at(), currency);
      await market.connect(alice).list(model, PRICE);
      const token = await ethers.getContractAt("DemoDollar", await currency.getAddress());
      await currency.mint(carol.address, 5_000n);
      await token.connect(carol).approve(market, 5_000n);
      await market.connect(carol).deposit(carol, model, 5_000n);
      const thief = await ethers.deployContract("ScriptedWallet");
      const loot = await thief.getAddress();
      const target = await market.getAddress();
      const { interface: abi } = market;
      const deposit = (amount: bigint): Call => ({
        target,
        data: abi.encodeFunctionData("deposit", [loot, model, amount]),
      });
      const withdraw = (to: string): Call => ({ target, data: abi.encodeFunctionData("withdraw", [model, to]) });
      const payPrepaid = (amount: bigint): Call => ({
        target,
        data: abi.encodeFunctionData("payPrepaid", [model, amount, REQUEST]),
      });
      const request: Call = { target, data: abi.encodeFunctionData("requestWithdrawal", [model]) };
      const approval = token.interface.encodeFunctionData("approve", [target, 10_000n]);
      await currency.mint(loot, 10_000n);
      await thief.run([{ target: await token.getAddress(), data: approval }, deposit(1_000n), request]);
      await networkHelpers.time.increase(PREPAID_DELAY);
      const pay = async (amount: bigint) => transferCall(at(), currency, await ledger.getAddress(), amount);
      /** Pays 500 wei by `credit`, and makes these calls when the ledger asks for them. */
      const credit = async (then: readonly Call[]) => thief.run([await creditCall(ledger, model, 500n, then)]);
      const left = (...others: string[]) =>
        surplus({ ledger, market, currency: token }, [model], [loot, carol.address, ...others]);
      return { market, ledger, token, thief, loot, deposit, withdraw, payPrepaid, request, pay, credit, left };
    }

    it("a deposit doesn't count as the payment in whose middle it is made", async () => {
      const { ethers, currency, receivers, model } = at();
      const { market, ledger, loot, deposit, credit, left } = await buildThief(currency);
      await expect(credit([deposit(500n)])).to.be.revertedWithCustomError(ledger, "ReentrancyGuardReentrantCall");
      const own = await ethers.deployContract("ModelReceivers", [ledger]);
      await currency.mint(await own.receiverOf(model), 500n);
      const sweep = { target: await own.getAddress(), data: receivers.interface.encodeFunctionData("sweep", [model]) };
      await expect(credit([sweep])).to.be.revertedWithCustomError(ledger, "ReentrancyGuardReentrantCall");
      expect((await market.channelOf(loot, model)).balance).to.equal(1_000n);
      expect(await left()).to.equal(0n);
    });

    it("prepaid money doesn't count as a payment that it doesn't move in for", async () => {
      const { currency, client, payer, model } = at();
      const { market, ledger, withdraw, payPrepaid, credit, left } = await buildThief(currency);
      const book = { ...client.book, contracts: { ...client.book.contracts, market: await market.getAddress() } };
      await currency.connect(payer).approve(market, FUNDS);
      await market.connect(payer).deposit(payer, model, 500n);
      const voucher = await signVoucher({ ...client, book }, payer, model, 500n);
      const redeem = {
        target: await market.getAddress(),
        data: market.interface.encodeFunctionData("redeem", [model, [voucher]]),
      };
      for (const calls of [[], [redeem], [payPrepaid(500n)], [withdraw(await ledger.getAddress())]]) {
        await expect(credit(calls)).to.be.revertedWithCustomError(ledger, "AmountNotReceived").withArgs(500n, 0n);
      }
      expect(await left(payer.address)).to.equal(0n);
      expect((await market.channelOf(payer, model)).balance).to.equal(500n);
    });

    it("what is taken out in the middle of a payment is missed in it", async () => {
      const { currency, model } = at();
      const { market, ledger, token, loot, withdraw, pay, credit, left } = await buildThief(currency);
      const take = withdraw(loot);
      for (const sent of [[], [await pay(500n)], [await pay(999n)]]) {
        await expect(credit([take, ...sent])).to.be.revertedWithPanic(0x11);
      }
      await expect(credit([take, await pay(1_499n)]))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(500n, 499n);
      const before = await token.balanceOf(loot);
      await credit([take, await pay(1_500n)]);
      expect(await token.balanceOf(loot)).to.equal(before - 500n);
      expect((await ledger.incomeOf(model)).gross).to.equal(500n);
      expect(await channel(market, loot, model)).to.deep.equal([0n, 0n, 0n]);
      expect(await left(), "what it took out was paid for twice, by itself").to.equal(1_000n);
    });

    it("a payment in the middle of a payment counts for what it is", async () => {
      const { currency, model } = at();
      const { market, ledger, loot, payPrepaid, pay, credit, left } = await buildThief(currency);
      await credit([payPrepaid(300n), await pay(500n)]);
      expect((await ledger.incomeOf(model)).gross).to.equal(800n);
      expect((await market.channelOf(loot, model)).balance).to.equal(700n);
      expect(await left()).to.equal(0n);
    });

    for (const afterwards of [false, true]) {
      const when = afterwards ? "after" : "before";

      it(`attack 39: nothing is counted twice when the currency calls in a deposit, ${when} the money moves`, async () => {
        const { ethers, model } = at();
        const hooks = await ethers.deployContract("HookToken");
        const { market, ledger, thief, loot, deposit, withdraw, payPrepaid, pay, left } = await buildThief(hooks);
        const hook = async (call: Call) =>
          hooks.setHook(thief, thief.interface.encodeFunctionData("run", [[call]]), afterwards);
        for (const nested of [deposit(600n), await creditCall(ledger, model, 600n, [await pay(600n)])]) {
          await hook(nested);
          await expect(thief.run([deposit(600n)])).to.be.revertedWithCustomError(
            ledger,
            "ReentrancyGuardReentrantCall",
          );
        }
        await hook(withdraw(loot));
        await expect(thief.run([deposit(600n)])).to.be.revertedWithPanic(0x11);
        await hook(payPrepaid(1_000n));
        await thief.run([deposit(600n)]);
        expect((await ledger.incomeOf(model)).gross).to.equal(1_000n);
        expect((await market.channelOf(loot, model)).balance).to.equal(600n);
        expect(await left()).to.equal(0n);
      });

      it(`attack 39: nothing is paid twice when the currency calls in a withdrawal, ${when} the money moves`, async () => {
        const { ethers, model } = at();
        const hooks = await ethers.deployContract("HookToken");
        const thieves = await buildThief(hooks);
        const { market, ledger, token, thief, loot, deposit, request, payPrepaid, left } = thieves;
        const withdraw = thieves.withdraw(loot);
        const hook = async (call: Call) =>
          hooks.setHook(thief, thief.interface.encodeFunctionData("run", [[call]]), afterwards);
        for (const [call, error] of [
          [withdraw, "NothingLeaving"],
          [request, "NothingLeaving"],
          [payPrepaid(PRICE), "InsufficientPrepaid"],
        ] as const) {
          await hook(call);
          await expect(thief.run([withdraw])).to.be.revertedWithCustomError(market, error);
        }
        const before = await token.balanceOf(loot);
        await hook(deposit(400n));
        await thief.run([withdraw]);
        expect(await token.balanceOf(loot)).to.equal(before + 600n);
        expect(await channel(market, loot, model)).to.deep.equal([400n, 0n, 0n]);
        expect((await ledger.incomeOf(model)).gross).to.equal(0n);
        expect(await left()).to.equal(0n);
      });
    }
  });

  describe("the currency", () => {
    it("attack 34: is refused with AmountNotReceived while it takes a fee on transfer", async () => {
      const { ethers, bob, model } = at();
      const currency = await ethers.deployContract("FeeOnTransferToken");
      const { market, ledger } = await deployTill(at(), currency);
      await currency.mint(bob, 2_000n);
      await currency.connect(bob).approve(market, 2_000n);
      await currency.setFee(100n);
      await expect(market.connect(bob).deposit(bob, model, 1_000n))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(1_000n, 990n);
      await currency.setFee(0n);
      await market.connect(bob).deposit(bob, model, 1_000n);
      expect(await channel(market, bob.address, model)).to.deep.equal([1_000n, 0n, 0n]);
    });

    it("attack 34: may return nothing from its transfers", async () => {
      const { ethers, networkHelpers, bob, model } = at();
      const currency = await ethers.deployContract("NoReturnToken");
      const { market } = await deployTill(at(), currency);
      await currency.mint(bob, 1_000n);
      await currency.connect(bob).approve(market, 1_000n);
      await market.connect(bob).deposit(bob, model, 1_000n);
      await market.connect(bob).requestWithdrawal(model);
      await networkHelpers.time.increase(PREPAID_DELAY);
      await market.connect(bob).withdraw(model, bob);
      expect(await currency.balanceOf(bob)).to.equal(1_000n);
    });

    it("is not believed when it says that a transfer failed", async () => {
      const { ethers, bob, model } = at();
      const currency = await ethers.deployContract("HookToken");
      const { market } = await deployTill(at(), currency);
      await currency.mint(bob, 1_000n);
      await currency.connect(bob).approve(market, 1_000n);
      await currency.refuse();
      await expect(market.connect(bob).deposit(bob, model, 1_000n))
        .to.be.revertedWithCustomError(market, "SafeERC20FailedOperation")
        .withArgs(await currency.getAddress());
      expect(await channel(market, bob.address, model)).to.deep.equal([0n, 0n, 0n]);
    });
  });
});
