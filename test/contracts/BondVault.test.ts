import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import { deploySuite } from "../support/suite.ts";

const DELAY = 7n * 86_400n;
const YEAR = 365n * 86_400n;
const MAX_BOND = 2n ** 112n - 1n;
const MONEY = 1_000n;

async function build() {
  const suite = await deploySuite();
  const [controller, other, alice, bob, carol] = [0, 1, 2, 3, 4].map((i) => item(suite.wallets, i));
  if (!controller || !other || !alice || !bob || !carol) throw new Error("too few wallets");
  const vault = await suite.vault.getAddress();
  for (const wallet of [alice, bob]) {
    await suite.currency.mint(wallet, MONEY);
    await suite.currency.connect(wallet).approve(vault, MONEY);
  }
  return { ...suite, controller, other, alice, bob, carol, controlled: suite.vault.connect(controller) };
}

describe("BondVault", () => {
  const at = useFixture(build);

  /** free, locked and leaving of an account under the first controller. */
  async function bond(account: string): Promise<bigint[]> {
    const { free, locked, leaving } = await at().vault.bondOf(at().controller, account);
    return [free, locked, leaving];
  }

  /** A vault whose currency has more than 112 bits, all of it carol's to deposit. */
  async function wide() {
    const { ethers, controller, carol } = at();
    const currency = await ethers.deployContract("HookToken");
    const vault = await ethers.deployContract("BondVault", [currency, DELAY]);
    await currency.mint(carol, 4n * MAX_BOND);
    await currency.connect(carol).approve(vault, 4n * MAX_BOND);
    return { ...at(), currency, vault, controlled: vault.connect(controller) };
  }

  describe("constructor", () => {
    it("refuses a delay above a year, and takes none at all and a year", async () => {
      const { ethers, vault, currency } = at();
      await expect(ethers.deployContract("BondVault", [currency, YEAR + 1n]))
        .to.be.revertedWithCustomError(vault, "DelayTooLong")
        .withArgs(YEAR + 1n);
      for (const delay of [0n, YEAR]) {
        expect(await (await ethers.deployContract("BondVault", [currency, delay])).WITHDRAWAL_DELAY()).to.equal(delay);
      }
    });
  });

  it("knows its currency and its delay", async () => {
    const { vault, currency } = at();
    expect(await vault.CURRENCY()).to.equal(await currency.getAddress());
    expect(await vault.WITHDRAWAL_DELAY()).to.equal(DELAY);
  });

  it("knows nothing of an account that never deposited", async () => {
    const { vault, controller, carol } = at();
    expect(await vault.bondOf(controller, carol)).to.deep.equal([0n, 0n, 0n, 0n]);
  });

  describe("deposit", () => {
    it("refuses nothing", async () => {
      const { vault, controller, alice } = at();
      await expect(vault.connect(alice).deposit(controller, alice, 0n)).to.be.revertedWithCustomError(
        vault,
        "ZeroAmount",
      );
    });

    it("refuses a caller who hasn't allowed it, or hasn't the money", async () => {
      const { vault, currency, controller, alice, carol } = at();
      await expect(vault.connect(carol).deposit(controller, carol, 1n)).to.be.revertedWithCustomError(
        currency,
        "ERC20InsufficientAllowance",
      );
      await currency.connect(alice).approve(vault, MONEY + 1n);
      await expect(vault.connect(alice).deposit(controller, alice, MONEY + 1n)).to.be.revertedWithCustomError(
        currency,
        "ERC20InsufficientBalance",
      );
    });

    it("takes the caller's money for the account that it names, and adds up", async () => {
      const { vault, currency, ethers, controller, alice, bob, carol } = at();
      const deposit = vault.connect(alice).deposit(controller, carol, 300n);
      await expect(deposit).to.changeTokenBalances(ethers, currency, [alice, carol, vault], [-300n, 0n, 300n]);
      await expect(deposit)
        .to.emit(vault, "Deposited")
        .withArgs(controller.address, carol.address, alice.address, 300n);
      await vault.connect(bob).deposit(controller, carol, 50n);
      expect(await bond(carol.address)).to.deep.equal([350n, 0n, 0n]);
      expect(await bond(alice.address)).to.deep.equal([0n, 0n, 0n]);
    });

    it("takes all in all what 112 bits hold, for whomever it is, and not one wei more", async () => {
      const { vault, controller, other, alice, carol } = await wide();
      for (const [by, account] of [
        [controller, carol],
        [other, alice],
      ] as const) {
        await expect(vault.connect(carol).deposit(by, account, MAX_BOND + 1n))
          .to.be.revertedWithCustomError(vault, "SafeCastOverflowedUintDowncast")
          .withArgs(112n, MAX_BOND + 1n);
      }
      await vault.connect(carol).deposit(controller, carol, MAX_BOND - 1n);
      await vault.connect(carol).deposit(other, alice, 1n);
      expect((await vault.bondOf(controller, carol)).free).to.equal(MAX_BOND - 1n);
      for (const by of [controller, other]) {
        await expect(vault.connect(carol).deposit(by, carol, 1n))
          .to.be.revertedWithCustomError(vault, "SafeCastOverflowedUintDowncast")
          .withArgs(112n, MAX_BOND + 1n);
      }
    });

    it("attack 34: refuses a currency that takes a fee on transfer", async () => {
      const { ethers, controller, alice } = at();
      const currency = await ethers.deployContract("FeeOnTransferToken");
      const vault = await ethers.deployContract("BondVault", [currency, DELAY]);
      await currency.mint(alice, MONEY);
      await currency.connect(alice).approve(vault, MONEY);
      await currency.setFee(1n);
      await expect(vault.connect(alice).deposit(controller, alice, MONEY)).to.emit(vault, "Deposited");
      await currency.mint(alice, 10_000n);
      await currency.connect(alice).approve(vault, 10_000n);
      await expect(vault.connect(alice).deposit(controller, alice, 10_000n))
        .to.be.revertedWithCustomError(vault, "AmountNotReceived")
        .withArgs(10_000n, 9_999n);
    });

    it("attack 34: takes and pays a currency that returns nothing from its transfers", async () => {
      const { ethers, networkHelpers, controller, alice, carol } = at();
      const currency = await ethers.deployContract("NoReturnToken");
      const vault = await ethers.deployContract("BondVault", [currency, 0n]);
      await currency.mint(alice, MONEY);
      await currency.connect(alice).approve(vault, MONEY);
      await vault.connect(alice).deposit(controller, alice, MONEY);
      await vault.connect(alice).requestWithdrawal(controller, MONEY);
      await networkHelpers.mine();
      await vault.connect(alice).withdraw(controller, carol);
      expect(await currency.balanceOf(carol)).to.equal(MONEY);
    });

    it("attack 38: a direct transfer is nobody's, and doesn't pay for a deposit", async () => {
      const { vault, currency, controller, alice, bob } = at();
      await currency.connect(bob).transfer(vault, MONEY);
      expect(await bond(bob.address)).to.deep.equal([0n, 0n, 0n]);
      await currency.connect(alice).approve(vault, 0n);
      await expect(vault.connect(alice).deposit(controller, alice, 1n)).to.be.revertedWithCustomError(
        currency,
        "ERC20InsufficientAllowance",
      );
    });

    it("attack 39: can't be entered again from inside the currency", async () => {
      const { ethers, controller, alice } = at();
      const currency = await ethers.deployContract("HookToken");
      const vault = await ethers.deployContract("BondVault", [currency, DELAY]);
      await currency.mint(alice, MONEY);
      await currency.connect(alice).approve(vault, MONEY);
      const deposit = vault.interface.encodeFunctionData("deposit", [controller.address, alice.address, 1n]);
      const withdraw = vault.interface.encodeFunctionData("withdraw", [controller.address, alice.address]);
      for (const data of [deposit, withdraw]) {
        await currency.setHook(vault, data, false);
        await expect(vault.connect(alice).deposit(controller, alice, 500n)).to.be.revertedWithCustomError(
          vault,
          "ReentrancyGuardReentrantCall",
        );
      }
    });
  });

  describe("requestWithdrawal", () => {
    beforeEach(async () => {
      const { vault, controller, alice } = at();
      await vault.connect(alice).deposit(controller, alice, 600n);
    });

    it("refuses nothing", async () => {
      const { vault, controller, alice } = at();
      await expect(vault.connect(alice).requestWithdrawal(controller, 0n)).to.be.revertedWithCustomError(
        vault,
        "ZeroAmount",
      );
    });

    it("refuses more than is free: what is locked can't leave", async () => {
      const { vault, controlled, controller, alice } = at();
      await controlled.lock(alice, 400n);
      await expect(vault.connect(alice).requestWithdrawal(controller, 201n))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(controller.address, alice.address, 200n, 201n);
    });

    it("refuses what was deposited under another controller", async () => {
      const { vault, other, alice } = at();
      await expect(vault.connect(alice).requestWithdrawal(other, 1n))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(other.address, alice.address, 0n, 1n);
    });

    it("sets money aside for the delay", async () => {
      const { vault, networkHelpers, controller, alice } = at();
      const time = BigInt(await networkHelpers.time.latest()) + 60n;
      await networkHelpers.time.setNextBlockTimestamp(time);
      await expect(vault.connect(alice).requestWithdrawal(controller, 250n))
        .to.emit(vault, "WithdrawalRequested")
        .withArgs(controller.address, alice.address, 250n, time + DELAY);
      expect(await vault.bondOf(controller, alice)).to.deep.equal([350n, 0n, 250n, time + DELAY]);
    });

    it("adds a second request to the first and starts the delay anew", async () => {
      const { vault, networkHelpers, controller, alice } = at();
      await vault.connect(alice).requestWithdrawal(controller, 250n);
      const { leavesAt: firstLeavesAt } = await vault.bondOf(controller, alice);
      await networkHelpers.time.setNextBlockTimestamp(firstLeavesAt - 1n);
      await expect(vault.connect(alice).requestWithdrawal(controller, 100n))
        .to.emit(vault, "WithdrawalRequested")
        .withArgs(controller.address, alice.address, 100n, firstLeavesAt - 1n + DELAY);
      await networkHelpers.time.setNextBlockTimestamp(firstLeavesAt);
      await expect(vault.connect(alice).withdraw(controller, alice))
        .to.be.revertedWithCustomError(vault, "StillLeaving")
        .withArgs(firstLeavesAt - 1n + DELAY);
      await networkHelpers.time.setNextBlockTimestamp(firstLeavesAt - 1n + DELAY);
      await vault.connect(alice).withdraw(controller, alice);
      expect(await bond(alice.address)).to.deep.equal([250n, 0n, 0n]);
    });

    it("asks for all that 112 bits hold, in parts", async () => {
      const { vault, controller, carol } = await wide();
      await vault.connect(carol).deposit(controller, carol, MAX_BOND);
      await vault.connect(carol).requestWithdrawal(controller, MAX_BOND - 1n);
      await vault.connect(carol).requestWithdrawal(controller, 1n);
      expect((await vault.bondOf(controller, carol)).leaving).to.equal(MAX_BOND);
      await at().networkHelpers.time.increase(DELAY);
      await vault.connect(carol).withdraw(controller, carol);
      await vault.connect(carol).deposit(controller, carol, MAX_BOND);
    });

    it("puts money out of reach of locks", async () => {
      const { vault, controlled, controller, alice } = at();
      await vault.connect(alice).requestWithdrawal(controller, 600n);
      await expect(controlled.lock(alice, 1n))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(controller.address, alice.address, 0n, 1n);
    });
  });

  describe("withdraw", () => {
    beforeEach(async () => {
      const { vault, controller, alice } = at();
      await vault.connect(alice).deposit(controller, alice, 600n);
    });

    it("refuses an account that asked for nothing", async () => {
      const { vault, controller, alice } = at();
      await expect(vault.connect(alice).withdraw(controller, alice))
        .to.be.revertedWithCustomError(vault, "NothingLeaving")
        .withArgs(controller.address, alice.address);
    });

    it("refuses before the delay is over, to the second", async () => {
      const { vault, networkHelpers, controller, alice } = at();
      await vault.connect(alice).requestWithdrawal(controller, 600n);
      const { leavesAt } = await vault.bondOf(controller, alice);
      await networkHelpers.time.setNextBlockTimestamp(leavesAt - 1n);
      await expect(vault.connect(alice).withdraw(controller, alice))
        .to.be.revertedWithCustomError(vault, "StillLeaving")
        .withArgs(leavesAt);
      await networkHelpers.time.setNextBlockTimestamp(leavesAt);
      await expect(vault.connect(alice).withdraw(controller, alice)).to.emit(vault, "Withdrawn");
    });

    it("pays what was asked for to whom the caller names, once", async () => {
      const { vault, currency, ethers, networkHelpers, controller, alice, carol } = at();
      await vault.connect(alice).requestWithdrawal(controller, 450n);
      await networkHelpers.time.increase(DELAY);
      expect(await vault.connect(alice).withdraw.staticCall(controller, carol)).to.equal(450n);
      const withdrawal = vault.connect(alice).withdraw(controller, carol);
      await expect(withdrawal).to.changeTokenBalances(ethers, currency, [vault, carol, alice], [-450n, 450n, 0n]);
      await expect(withdrawal)
        .to.emit(vault, "Withdrawn")
        .withArgs(controller.address, alice.address, carol.address, 450n);
      expect(await bond(alice.address)).to.deep.equal([150n, 0n, 0n]);
      await expect(vault.connect(alice).withdraw(controller, carol)).to.be.revertedWithCustomError(
        vault,
        "NothingLeaving",
      );
    });

    it("gives an account its own money only", async () => {
      const { vault, networkHelpers, controller, other, alice, bob } = at();
      await vault.connect(alice).requestWithdrawal(controller, 600n);
      await networkHelpers.time.increase(DELAY);
      await expect(vault.connect(bob).withdraw(controller, bob))
        .to.be.revertedWithCustomError(vault, "NothingLeaving")
        .withArgs(controller.address, bob.address);
      await expect(vault.connect(alice).withdraw(other, alice))
        .to.be.revertedWithCustomError(vault, "NothingLeaving")
        .withArgs(other.address, alice.address);
    });

    it("attack 35: a recipient whom the currency refuses keeps the money leaving, for another recipient", async () => {
      const { ethers, networkHelpers, controller, alice, carol } = at();
      const currency = await ethers.deployContract("FreezingDollar");
      const vault = await ethers.deployContract("BondVault", [currency, 0n]);
      await currency.mint(alice, MONEY);
      await currency.connect(alice).approve(vault, MONEY);
      await vault.connect(alice).deposit(controller, alice, MONEY);
      await vault.connect(alice).requestWithdrawal(controller, MONEY);
      await networkHelpers.mine();
      await currency.setEnding(alice, 1n);
      await expect(vault.connect(alice).withdraw(controller, alice)).to.be.revertedWithCustomError(currency, "Frozen");
      await currency.setEnding(alice, 2n);
      await expect(vault.connect(alice).withdraw(controller, alice)).to.be.revertedWithCustomError(
        vault,
        "SafeERC20FailedOperation",
      );
      await vault.connect(alice).withdraw(controller, carol);
      expect(await currency.balanceOf(carol)).to.equal(MONEY);
    });

    it("attack 39: pays once when the currency calls back in the middle", async () => {
      const { ethers, networkHelpers, controller, bob } = at();
      const currency = await ethers.deployContract("HookToken");
      const vault = await ethers.deployContract("BondVault", [currency, 0n]);
      const thief = await ethers.deployContract("ScriptedWallet");
      await currency.mint(bob, 2n * MONEY);
      await currency.connect(bob).approve(vault, 2n * MONEY);
      await vault.connect(bob).deposit(controller, bob, MONEY);
      await vault.connect(bob).deposit(controller, thief, MONEY);
      const target = await vault.getAddress();
      const request = vault.interface.encodeFunctionData("requestWithdrawal", [controller.address, MONEY]);
      const withdraw = vault.interface.encodeFunctionData("withdraw", [controller.address, await thief.getAddress()]);
      await thief.run([{ target, data: request }]);
      await networkHelpers.mine();
      const again = thief.interface.encodeFunctionData("run", [[{ target, data: withdraw }]]);
      for (const afterwards of [false, true]) {
        await currency.setHook(thief, again, afterwards);
        await expect(thief.run([{ target, data: withdraw }])).to.be.revertedWithCustomError(
          vault,
          "ReentrancyGuardReentrantCall",
        );
      }
      const elsewhere = thief.interface.encodeFunctionData("run", [[]]);
      await currency.setHook(thief, elsewhere, true);
      await thief.run([{ target, data: withdraw }]);
      expect(await currency.balanceOf(thief)).to.equal(MONEY);
      expect(await currency.balanceOf(vault)).to.equal(MONEY);
    });
  });

  describe("lock, unlock and slash", () => {
    beforeEach(async () => {
      const { vault, controller, alice, bob } = at();
      await vault.connect(alice).deposit(controller, alice, 600n);
      await vault.connect(bob).deposit(controller, bob, 100n);
    });

    it("lock refuses more than is free", async () => {
      const { vault, controlled, controller, alice } = at();
      await expect(controlled.lock(alice, 601n))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(controller.address, alice.address, 600n, 601n);
      await controlled.lock(alice, 600n);
      await expect(controlled.lock(alice, 1n)).to.be.revertedWithCustomError(vault, "InsufficientBond");
    });

    it("lock moves free money into the lock", async () => {
      const { vault, controlled, controller, alice } = at();
      await expect(controlled.lock(alice, 250n))
        .to.emit(vault, "Locked")
        .withArgs(controller.address, alice.address, 250n);
      await controlled.lock(alice, 50n);
      expect(await bond(alice.address)).to.deep.equal([300n, 300n, 0n]);
    });

    it("unlock refuses more than is locked", async () => {
      const { vault, controlled, controller, alice } = at();
      await controlled.lock(alice, 250n);
      await expect(controlled.unlock(alice, 251n))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(controller.address, alice.address, 250n, 251n);
    });

    it("unlock moves locked money back", async () => {
      const { vault, controlled, controller, alice } = at();
      await controlled.lock(alice, 250n);
      await expect(controlled.unlock(alice, 200n))
        .to.emit(vault, "Unlocked")
        .withArgs(controller.address, alice.address, 200n);
      expect(await bond(alice.address)).to.deep.equal([550n, 50n, 0n]);
    });

    it("slash refuses more than is locked: free money is out of reach", async () => {
      const { vault, controlled, controller, alice, bob } = at();
      await controlled.lock(alice, 250n);
      await expect(controlled.slash(alice, bob, 251n))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(controller.address, alice.address, 250n, 251n);
    });

    it("slash gives locked money to somebody else as free money under the same controller", async () => {
      const { vault, controlled, controller, other, alice, bob, carol } = at();
      await controlled.lock(alice, 250n);
      await expect(controlled.slash(alice, bob, 200n))
        .to.emit(vault, "Slashed")
        .withArgs(controller.address, alice.address, bob.address, 200n);
      await controlled.slash(alice, carol, 50n);
      expect(await bond(alice.address)).to.deep.equal([350n, 0n, 0n]);
      expect(await bond(bob.address)).to.deep.equal([300n, 0n, 0n]);
      expect(await bond(carol.address)).to.deep.equal([50n, 0n, 0n]);
      expect(await vault.bondOf(other, bob)).to.deep.equal([0n, 0n, 0n, 0n]);
      await vault.connect(carol).requestWithdrawal(controller, 50n);
      await at().networkHelpers.time.increase(DELAY);
      await vault.connect(carol).withdraw(controller, carol);
      expect(await at().currency.balanceOf(carol)).to.equal(50n);
    });

    it("attack 26: slash to the same account makes no money", async () => {
      const { controlled, alice } = at();
      await controlled.lock(alice, 250n);
      await controlled.slash(alice, alice, 200n);
      expect(await bond(alice.address)).to.deep.equal([550n, 50n, 0n]);
    });

    it("slash doesn't reach what is leaving", async () => {
      const { vault, controlled, controller, alice, bob } = at();
      await controlled.lock(alice, 100n);
      await vault.connect(alice).requestWithdrawal(controller, 500n);
      await expect(controlled.slash(alice, bob, 101n)).to.be.revertedWithCustomError(vault, "InsufficientBond");
      await controlled.slash(alice, bob, 100n);
      expect(await bond(alice.address)).to.deep.equal([0n, 0n, 500n]);
    });

    it("take amounts of zero and more than 112 bits for what they are", async () => {
      const { vault, controlled, controller, alice, bob } = at();
      await expect(controlled.lock(alice, 0n)).to.emit(vault, "Locked");
      await expect(controlled.unlock(alice, 0n)).to.emit(vault, "Unlocked");
      await expect(controlled.slash(alice, bob, 0n)).to.emit(vault, "Slashed");
      const wide = 2n ** 112n + 1n;
      for (const refused of [() => controlled.lock(alice, wide), () => controlled.unlock(alice, wide)]) {
        await expect(refused()).to.be.revertedWithCustomError(vault, "InsufficientBond");
      }
      await expect(controlled.slash(alice, bob, wide))
        .to.be.revertedWithCustomError(vault, "InsufficientBond")
        .withArgs(controller.address, alice.address, 0n, wide);
      expect(await bond(alice.address)).to.deep.equal([600n, 0n, 0n]);
    });

    it("move all that 112 bits hold, back and forth", async () => {
      const { vault, controlled, controller, alice, carol } = await wide();
      await vault.connect(carol).deposit(controller, carol, MAX_BOND - 1n);
      await vault.connect(carol).deposit(controller, alice, 1n);
      await controlled.lock(carol, MAX_BOND - 1n);
      await controlled.lock(alice, 1n);
      await controlled.slash(alice, carol, 1n);
      await controlled.slash(carol, carol, MAX_BOND - 1n);
      expect((await vault.bondOf(controller, carol)).free).to.equal(MAX_BOND);
      await controlled.lock(carol, MAX_BOND);
      await controlled.unlock(carol, MAX_BOND);
      expect(await vault.bondOf(controller, carol)).to.deep.equal([MAX_BOND, 0n, 0n, 0n]);
    });

    for (const filled of ["treasury", "scorer", "challenger"] as const) {
      it(`attack 29: nobody keeps a statement from being voided by filling the ${filled}'s bond`, async () => {
        const {
          vault,
          controlled,
          controller,
          treasury,
          alice: scorer,
          bob: challenger,
          carol: attacker,
        } = await wide();
        const target = { treasury, scorer, challenger }[filled];
        const [bond, room] = [20n, MAX_BOND - 20n];
        await vault.connect(attacker).deposit(controller, scorer, bond);
        await controlled.lock(scorer, bond);
        await expect(vault.connect(attacker).deposit(controller, target, room + 1n))
          .to.be.revertedWithCustomError(vault, "SafeCastOverflowedUintDowncast")
          .withArgs(112n, MAX_BOND + 1n);
        await vault.connect(attacker).deposit(controller, target, room);
        await controlled.slash(scorer, challenger, bond / 2n);
        await controlled.slash(scorer, treasury, bond - bond / 2n);
        const free = async (account: { address: string }) => (await vault.bondOf(controller, account.address)).free;
        const got = { treasury: 10n, scorer: 0n, challenger: 10n, [filled]: filled === "scorer" ? room : room + 10n };
        expect(await free(treasury)).to.equal(got.treasury);
        expect(await free(scorer)).to.equal(got.scorer);
        expect(await free(challenger)).to.equal(got.challenger);
      });

      it(`attack 29: nobody keeps a finalised scorer from its bond by filling the ${filled}'s`, async () => {
        const {
          vault,
          controlled,
          controller,
          treasury,
          alice: scorer,
          bob: challenger,
          carol: attacker,
        } = await wide();
        await vault.connect(attacker).deposit(controller, scorer, 20n);
        await controlled.lock(scorer, 20n);
        await vault.connect(attacker).deposit(controller, { treasury, scorer, challenger }[filled], MAX_BOND - 20n);
        await controlled.unlock(scorer, 20n);
        expect((await vault.bondOf(controller, scorer)).free).to.equal(filled === "scorer" ? MAX_BOND : 20n);
      });
    }

    it("attack 38: money that was sent to the vault directly keeps nobody from being slashed or paid", async () => {
      const { vault, currency, networkHelpers, controlled, controller, alice, bob, carol } = await wide();
      await vault.connect(carol).deposit(controller, alice, 20n);
      await controlled.lock(alice, 20n);
      await currency.connect(carol).transfer(vault, 2n * MAX_BOND);
      await controlled.slash(alice, bob, 15n);
      await controlled.unlock(alice, 5n);
      for (const [wallet, amount] of [
        [alice, 5n],
        [bob, 15n],
      ] as const) {
        await vault.connect(wallet).requestWithdrawal(controller, amount);
        await networkHelpers.time.increase(DELAY);
        await vault.connect(wallet).withdraw(controller, wallet);
        expect(await currency.balanceOf(wallet)).to.equal(amount);
      }
    });

    it("stay inside a controller: another one reaches nothing", async () => {
      const { vault, controlled, other, alice, bob } = at();
      await controlled.lock(alice, 250n);
      const foreign = vault.connect(other);
      for (const act of [
        () => foreign.lock(alice, 1n),
        () => foreign.unlock(alice, 1n),
        () => foreign.slash(alice, other, 1n),
      ]) {
        await expect(act())
          .to.be.revertedWithCustomError(vault, "InsufficientBond")
          .withArgs(other.address, alice.address, 0n, 1n);
      }
      await vault.connect(alice).deposit(other, alice, 40n);
      await foreign.lock(alice, 40n);
      await foreign.slash(alice, bob, 40n);
      expect(await bond(alice.address)).to.deep.equal([350n, 250n, 0n]);
      expect((await vault.bondOf(other, bob)).free).to.equal(40n);
      expect(await bond(bob.address)).to.deep.equal([100n, 0n, 0n]);
    });
  });

  it("attack 40: owes what it holds, over random steps of two controllers", async () => {
    const { vault, currency, networkHelpers, controller, other, alice, bob, carol } = at();
    const people = [alice, bob, carol];
    const controllers = [controller, other];
    for (const person of people) {
      await currency.mint(person, 100_000n);
      await currency.connect(person).approve(vault, 100_000n);
    }
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return Math.floor((state / 0x8000_0000) * below);
    };
    let refused = 0;
    for (let step = 0; step < 200; step++) {
      const by = item(controllers, random(2));
      const [person, to] = [item(people, random(3)), item(people, random(3))];
      const amount = BigInt(random(400) + 1);
      const actions = [
        () => vault.connect(person).deposit(by, to, amount),
        () => vault.connect(by).lock(person, amount),
        () => vault.connect(by).unlock(person, amount),
        () => vault.connect(by).slash(person, to, amount),
        () => vault.connect(person).requestWithdrawal(by, amount),
        () => vault.connect(person).withdraw(by, to),
        () => networkHelpers.time.increase(2n * 86_400n),
      ];
      try {
        await item(actions, random(actions.length))();
      } catch {
        refused += 1;
      }
      const bonds = await Promise.all(controllers.flatMap((each) => people.map((who) => vault.bondOf(each, who))));
      const owed = bonds.reduce((sum, { free, locked, leaving }) => sum + free + locked + leaving, 0n);
      expect(owed, `after step ${step}`).to.equal(await currency.balanceOf(vault));
    }
    expect(refused, "the steps must not all be refused").to.be.lessThan(120);
    expect(await vault.bondOf(ZeroAddress, alice)).to.deep.equal([0n, 0n, 0n, 0n]);
  });
});
