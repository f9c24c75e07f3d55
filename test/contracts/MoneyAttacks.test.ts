import { expect } from "chai";
import { AbiCoder, concat, getAddress, toBeHex, ZeroHash } from "ethers";
import { useFixture } from "../support/fixture.ts";
import { buildHeist, GROSS } from "../support/heist.ts";
import { registerModel, registration } from "../support/lineage.ts";
import { buildMarket, channel, net, NEVER, PRICE, REQUEST } from "../support/market.ts";
import { type Call, creditCall, deployTill, payFees, PREPAID_DELAY, transferCall } from "../support/payments.ts";

const MAX_COUNTER = 2n ** 112n - 1n;

describe("Money, against", () => {
  describe("a currency that calls its sender back", () => {
    const at = useFixture(buildHeist);

    it("no call in the middle of another takes anything of anybody's, nor keeps it from its owner", async function () {
      this.timeout(240_000);
      const { currency, networkHelpers, ledger, thief, loot, model, moves, others, settle } = at();
      const attempts: { name: string; calls: Call[] }[] = [];
      const token = await currency.getAddress();
      for (const [how, inner] of Object.entries({ ...moves, ...others })) {
        const unpaid = await creditCall(ledger, model, 300n, [inner]);
        attempts.push({ name: `${how} in the place of a payment`, calls: [unpaid] });
        const nested = thief.interface.encodeFunctionData("run", [[inner]]);
        for (const [what, outer] of Object.entries(moves)) {
          for (const afterwards of [false, true]) {
            const data = currency.interface.encodeFunctionData("setHook", [loot, nested, afterwards]);
            const name = `${how} ${afterwards ? "after" : "before"} the money of ${what} moves`;
            attempts.push({ name, calls: [{ target: token, data }, outer] });
          }
        }
      }
      const start = await networkHelpers.takeSnapshot();
      const before = await settle();
      await start.restore();
      const gone: string[] = [];
      for (const { name, calls } of attempts) {
        try {
          await thief.run(calls, { gasLimit: 5_000_000n });
        } catch {
          continue;
        }
        gone.push(name);
        const after = await settle();
        expect(after.carol >= before.carol, `carol has all that is hers: ${name}`).to.equal(true);
        expect(after.treasury >= before.treasury, `the treasury too: ${name}`).to.equal(true);
        expect(after.thief <= before.thief, `the thief has no more: ${name}`).to.equal(true);
        await start.restore();
      }
      expect(gone.length, "calls that went through").to.be.greaterThan(100);
    });
  });

  describe("the owner of a parent", () => {
    const at = useFixture(buildMarket);

    it("filling its royalties with borrowed money that goes round doesn't freeze the money of its children", async () => {
      const { ethers, models, alice, bob, carol } = at();
      const currency = await ethers.deployContract("HookToken");
      const till = await deployTill(at(), currency, 0n);
      const { ledger } = till;
      const ring = await ethers.deployContract("ScriptedWallet");
      const own = await ring.getAddress();
      const register = async (parents: { model: bigint; shareBps: bigint }[]): Promise<bigint> => {
        const data = models.interface.encodeFunctionData("register", [registration({ parents })]);
        await ring.run([{ target: await models.getAddress(), data }]);
        return models.modelCount();
      };
      const parent = await register([]);
      const spout = await register([{ model: parent, shareBps: 10_000n }]);
      const other = await registerModel(at(), carol);
      const child = await registerModel(at(), alice, {
        parents: [
          { model: parent, shareBps: 1_000n },
          { model: other, shareBps: 2_000n },
        ],
      });
      const loan = 2n ** 110n;
      await currency.mint(own, loan);
      const target = await ledger.getAddress();
      const pay = await creditCall(ledger, spout, loan, [await transferCall(at(), currency, target, loan)]);
      const back = { target, data: ledger.interface.encodeFunctionData("withdraw", [own]) };
      const divide = { target, data: ledger.interface.encodeFunctionData("distributeMany", [[spout, parent]]) };
      // One transaction: three rounds, and a last one for the rest.
      const rest = loan - 1n;
      const last = await creditCall(ledger, spout, rest, [await transferCall(at(), currency, target, rest)]);
      await ring.run([pay, divide, back, pay, divide, back, pay, divide, back, last, divide, back]);
      expect(await currency.balanceOf(own), "the loan is all there").to.equal(loan);
      expect((await ledger.incomeOf(parent)).royalties).to.equal(MAX_COUNTER);

      await payFees(at(), till, child, 10_000n);
      await expect(ledger.connect(bob).distribute(child))
        .to.emit(ledger, "RoyaltyPaid")
        .withArgs(child, parent, 0n)
        .and.to.emit(ledger, "RoyaltyPaid")
        .withArgs(child, other, 2_000n);
      expect(await ledger.balanceOf(alice)).to.equal(7_000n);
      await ledger.distribute(other);
      await ledger.withdrawMany([alice, carol]);
      expect(await currency.balanceOf(alice)).to.equal(7_000n);
      expect(await currency.balanceOf(ledger), "what the parent can't count is nobody's").to.equal(1_000n);
    });
  });

  describe("a currency whose permit and authorization do nothing, as wrapped ether's", () => {
    const at = useFixture(async () => {
      const suite = await buildMarket();
      const token = await suite.ethers.deployContract("FallbackToken");
      const till = await deployTill(suite, token);
      await till.market.connect(suite.alice).list(suite.model, PRICE);
      for (const wallet of [suite.bob, suite.carol]) await token.mint(wallet, 10n * PRICE);
      return { ...suite, token, till };
    });
    const permit = { value: PRICE, deadline: NEVER, v: 27, r: ZeroHash, s: ZeroHash };
    const given = {
      amount: PRICE,
      validAfter: 0n,
      validBefore: NEVER,
      salt: ZeroHash,
      v: 27,
      r: ZeroHash,
      s: ZeroHash,
    };

    it("takes only what its caller has allowed, and nothing in another's name", async () => {
      const { till, token, bob, carol, model } = at();
      const { market, ledger } = till;
      await token.connect(carol).approve(market, 10n * PRICE);
      await expect(market.connect(bob).payWithPermit(model, PRICE, REQUEST, permit)).to.be.revertedWithPanic(0x11);
      await expect(market.connect(bob).depositWithPermit(bob, model, PRICE, permit)).to.be.revertedWithPanic(0x11);
      const forged = { ...given, payer: carol.address };
      await expect(market.connect(bob).payWithAuthorization(model, REQUEST, forged)).to.be.revertedWithPanic(0x11);
      expect(await token.balanceOf(carol)).to.equal(10n * PRICE);
      expect((await ledger.incomeOf(model)).gross).to.equal(0n);
    });

    it("spends what was sent to the market by mistake, for a model that is listed, and never more", async () => {
      const { till, token, bob, carol, model } = at();
      const { market, ledger } = till;
      await token.connect(carol).transfer(market, PRICE);
      const forged = { ...given, payer: carol.address };
      await market.connect(bob).payWithAuthorization(model, REQUEST, forged);
      expect((await ledger.incomeOf(model)).gross).to.equal(PRICE);
      await expect(market.connect(bob).payWithAuthorization(model, REQUEST, forged)).to.be.revertedWithPanic(0x11);
      expect(await token.balanceOf(carol)).to.equal(9n * PRICE);
    });
  });

  describe("addresses that answer without being asked", () => {
    const at = useFixture(buildMarket);

    it("no precompile and no contract of the suite signs for the channel that it was given", async () => {
      const { market, ledger, payouts, receivers, vault, models, currency, bob, model } = at();
      const contracts = [market, ledger, payouts, receivers, vault, models, currency];
      const payers = await Promise.all(contracts.map(async (contract) => contract.getAddress()));
      for (let place = 1n; place <= 0x11n; place++) payers.push(toBeHex(place, 20));
      payers.push(toBeHex(0x100n, 20));
      const yes = concat(["0x1626ba7e", new Uint8Array(28)]);
      for (const payer of payers) {
        await market.connect(bob).deposit(payer, model, 1_000n);
        for (const signature of ["0x", yes, concat([yes, ZeroHash, "0x1b"])]) {
          await expect(market.redeemSigned(model, payer, 1_000n, signature))
            .to.be.revertedWithCustomError(market, "NotSignedByPayer")
            .withArgs(getAddress(payer));
        }
      }
    });
  });

  describe("a contract that finds every signature valid", () => {
    const at = useFixture(buildMarket);

    it("pays from its own channel only, and gets nothing done while it is asked", async () => {
      const { ethers, market, currency, bob, carol, model } = at();
      const hostile = await ethers.deployContract("HostileSigner");
      const own = await hostile.getAddress();
      await market.connect(bob).deposit(own, model, 2n * PRICE);
      await market.connect(carol).deposit(carol, model, 10n * PRICE);
      const asked = (data: string) => AbiCoder.defaultAbiCoder().encode(["address", "bytes"], [market.target, data]);
      const nested = [
        market.interface.encodeFunctionData("requestWithdrawal", [model]),
        market.interface.encodeFunctionData("payPrepaid", [model, PRICE, REQUEST]),
        market.interface.encodeFunctionData("redeemSigned", [model, own, PRICE, asked("0x")]),
      ];
      const held = await currency.balanceOf(at().ledger);
      for (const data of nested) {
        await expect(market.charge(carol, model, PRICE, REQUEST, asked(data)))
          .to.be.revertedWithCustomError(market, "NotSignedByPayer")
          .withArgs(carol.address);
      }
      await market.charge(own, model, PRICE, REQUEST, asked(nested[0] ?? "0x"));
      expect(await channel(market, own, model)).to.deep.equal([PRICE, PRICE, 0n]);
      await market.redeemSigned(model, own, MAX_COUNTER, asked(nested[1] ?? "0x"));
      expect(await channel(market, own, model)).to.deep.equal([0n, 2n * PRICE, 0n]);
      expect(await channel(market, carol.address, model)).to.deep.equal([10n * PRICE, 0n, 0n]);
      expect(await currency.balanceOf(at().ledger)).to.equal(held);
    });
  });

  describe("a recipient that is the ledger", () => {
    const at = useFixture(buildHeist);

    it("is given to whoever claims it in the middle of a payment, and nothing else is", async () => {
      const { ledger, payouts, currency, thief, loot, carol, model, moves } = at();
      await payouts.connect(carol).setRecipient(ledger);
      const gross = (await ledger.incomeOf(model)).gross;
      const claim = moves["a claim of lines"];
      const share = (net(GROSS) / 2n / 10n) * 2n;
      if (claim === undefined) throw new Error("no claim");
      const held = await currency.balanceOf(loot);
      const credit = async (amount: bigint) => creditCall(ledger, model, amount, [claim]);
      await expect(thief.run([await credit(share + 1n)]))
        .to.be.revertedWithCustomError(ledger, "AmountNotReceived")
        .withArgs(share + 1n, share);
      await thief.run([await credit(share)]);
      expect((await ledger.incomeOf(model)).gross).to.equal(gross + share);
      expect((await currency.balanceOf(loot)) - held, "its own line").to.equal(3n * share);
    });
  });

  describe("payments of a wei", () => {
    const at = useFixture(buildMarket);

    it("two of them can have the same place: the one from a channel then looks like the other's receipt", async () => {
      const { ethers, market, ledger, currency, alice, bob, model } = at();
      const thief = await ethers.deployContract("ScriptedWallet");
      const target = await market.getAddress();
      await market.connect(alice).list(model, 1n);
      await market.connect(bob).pay(model, 98n, REQUEST);
      await market.connect(bob).deposit(thief, model, 1n);
      await currency.connect(bob).transfer(thief, 1n);
      const credit = await creditCall(ledger, model, 1n, [
        await transferCall(at(), currency, await ledger.getAddress(), 1n),
      ]);
      const data = market.interface.encodeFunctionData("payPrepaid", [model, 1n, REQUEST]);
      const run = thief.run([credit, { target, data }]);
      await expect(run).to.emit(ledger, "FeesCredited").withArgs(model, 1n, net(100n));
      await expect(run)
        .to.emit(market, "InferencePaid")
        .withArgs(model, await thief.getAddress(), 1n, net(100n), REQUEST);
      expect((await ledger.incomeOf(model)).gross, "both were counted").to.equal(100n);
      expect(await channel(market, await thief.getAddress(), model)).to.deep.equal([0n, 1n, 0n]);
    });
  });

  describe("a payment of a wei after a cut", () => {
    const at = useFixture(buildMarket);

    it("can have its place in the interval that was cut, and one of two wei can't", async () => {
      const { market, usage, networkHelpers, alice, bob, model } = at();
      await market.connect(alice).list(model, 1n);
      await market.connect(bob).pay(model, 99n, REQUEST);
      await usage.cut(model);
      const cut = await networkHelpers.takeSnapshot();
      const { to } = await usage.intervalAt(model, 0n);
      for (const [amount, feesAfter] of [
        [1n, to],
        [2n, to + 1n],
      ]) {
        await expect(market.connect(bob).pay(model, amount ?? 0n, REQUEST))
          .to.emit(market, "InferencePaid")
          .withArgs(model, bob.address, amount, feesAfter, REQUEST);
        await cut.restore();
      }
    });
  });

  describe("the end of 32 bits of seconds", () => {
    const at = useFixture(buildMarket);

    it("prepaid money can't be asked back after it, and can still be spent", async () => {
      const { market, networkHelpers, bob, model } = at();
      await market.connect(bob).deposit(bob, model, 1_000n);
      await networkHelpers.time.increaseTo(2n ** 32n - PREPAID_DELAY);
      await expect(market.connect(bob).requestWithdrawal(model)).to.be.revertedWithCustomError(
        market,
        "SafeCastOverflowedUintDowncast",
      );
      await market.connect(bob).payPrepaid(model, 1_000n, REQUEST);
      expect(await channel(market, bob.address, model)).to.deep.equal([0n, 1_000n, 0n]);
    });
  });
});
