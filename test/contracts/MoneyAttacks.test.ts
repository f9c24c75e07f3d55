import { expect } from "chai";
import { AbiCoder, concat, dataSlice, getAddress, id, toBeHex, ZeroHash } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import { sumTree } from "../support/formats.ts";
import { createDataset, Curation, registerModel, registration, source, streamOf } from "../support/lineage.ts";
import { buildMarket, channel, net, NEVER, PRICE, REQUEST } from "../support/market.ts";
import { type Call, creditCall, deployTill, payFees, PREPAID_DELAY, transferCall } from "../support/payments.ts";

const MAX_COUNTER = 2n ** 112n - 1n;
const WEIGHTS = [3n, 1n];
const GROSS = 1_000_000n;
const FUNDS = 100_000n;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** What each one has, in its wallet, prepaid and in bonds. */
interface Wealth {
  readonly thief: bigint;
  readonly carol: bigint;
  readonly treasury: bigint;
}

/**
 * A contract wallet that owns a model, has money in every place where the suite keeps money, and hears of every
 * transfer; beside it carol, who has money in the same places and does nothing.
 */
async function buildHeist() {
  const suite = await buildMarket();
  const { ethers, networkHelpers, models, datasets, carol, treasury, alice } = suite;
  const currency = await ethers.deployContract("HookToken");
  const till = await deployTill(suite, currency);
  const { ledger, market, payouts, attribution } = till;
  const vault = await ethers.deployContract("BondVault", [currency, 3_600n]);
  const receivers = await ethers.deployContract("ModelReceivers", [ledger]);
  const thief = await ethers.deployContract("ScriptedWallet");
  const [loot, hooks] = [await thief.getAddress(), await currency.getAddress()];
  const to = async (contract: { getAddress(): Promise<string> }, data: string): Promise<Call> => ({
    target: await contract.getAddress(),
    data,
  });

  const dataset = await createDataset(suite, alice, { curation: Curation.Open, streamBps: 5_000n });
  const contribution = datasets.interface.encodeFunctionData("contribute", [dataset, id("rows"), 10n, ""]);
  await thief.run([await to(datasets, contribution)]);
  await datasets.connect(carol).contribute(dataset, id("rows"), 10n, "");
  await datasets.connect(alice).freeze(dataset);
  const sources = registration({ sources: [source(dataset, 5_000n)] });
  await thief.run([await to(models, models.interface.encodeFunctionData("register", [sources]))]);
  const model = await models.modelCount();
  const stream = streamOf(model, 0n);

  await payFees(suite, { ...till, currency }, model, GROSS);
  const tree = sumTree(WEIGHTS);
  const pool = (net(GROSS) / 2n / 10n) * 8n;
  const head = { stream, interval: 0n, dataset, lines: 2n, pool };
  await payouts.connect(attribution).open({ ...head, root: tree.root, total: tree.total }, carol, 0n);

  for (const wallet of [loot, carol.address]) await currency.mint(wallet, FUNDS);
  await currency.mint(await receivers.receiverOf(model), 700n);
  await ledger.distribute(model);
  const approve = async (spender: string) =>
    to(currency, currency.interface.encodeFunctionData("approve", [spender, FUNDS]));
  const { interface: abi } = market;
  const { interface: ledgerAbi } = ledger;
  const { interface: vaultAbi } = vault;
  const everyLine = WEIGHTS.map((weight, index) => ({ index, weight, proof: tree.proof(index, 0) }));
  const claim = await to(
    payouts,
    payouts.interface.encodeFunctionData("claim", [[{ payout: head, lines: everyLine }]]),
  );
  const proRata = [{ stream, indexes: [0n, 1n] }];
  const claimProRata = await to(payouts, payouts.interface.encodeFunctionData("claimProRata", [proRata]));
  const accounts = [loot, carol.address, treasury.address];
  const withdrawMany = await to(ledger, ledgerAbi.encodeFunctionData("withdrawMany", [accounts]));
  const distribute = await to(ledger, ledgerAbi.encodeFunctionData("distribute", [model]));
  const bond = await to(vault, vaultAbi.encodeFunctionData("deposit", [loot, loot, 600n]));
  const prepay = await to(market, abi.encodeFunctionData("deposit", [loot, model, 600n]));
  const takePrepaid = async (recipient: string) => to(market, abi.encodeFunctionData("withdraw", [model, recipient]));
  const takeBond = async (recipient: string) => to(vault, vaultAbi.encodeFunctionData("withdraw", [loot, recipient]));
  const takeBalance = async (recipient: string) => to(ledger, ledgerAbi.encodeFunctionData("withdraw", [recipient]));
  const askPrepaid = await to(market, abi.encodeFunctionData("requestWithdrawal", [model]));
  const askBond = await to(vault, vaultAbi.encodeFunctionData("requestWithdrawal", [loot, 400n]));

  await thief.run([
    await approve(await market.getAddress()),
    await approve(await vault.getAddress()),
    await to(market, abi.encodeFunctionData("list", [model, PRICE])),
    prepay,
    bond,
    bond,
    await to(vault, vaultAbi.encodeFunctionData("lock", [loot, 300n])),
    askPrepaid,
    askBond,
  ]);
  const token = currency.connect(carol);
  await token.approve(market, FUNDS);
  await token.approve(vault, FUNDS);
  await market.connect(carol).deposit(carol, model, 5_000n);
  await vault.connect(carol).deposit(loot, carol, 5_000n);
  await vault.connect(carol).deposit(attribution, carol, 5_000n);
  await networkHelpers.time.increase(PREPAID_DELAY);

  const [ledgerAt, vaultAt] = [await ledger.getAddress(), await vault.getAddress()];
  /** Every call that moves money. */
  const moves: Record<string, Call> = {
    "a payment": await to(market, abi.encodeFunctionData("pay", [model, 600n, REQUEST])),
    "a payment of its own": await creditCall(ledger, model, 600n, [
      await transferCall(suite, currency, ledgerAt, 600n),
    ]),
    "a deposit": prepay,
    "taking the deposit": await takePrepaid(loot),
    "taking its balance": await takeBalance(loot),
    "taking everybody's balance": withdrawMany,
    "a claim of lines": claim,
    "a claim by rows": claimProRata,
    "a bond": bond,
    "taking the bond": await takeBond(loot),
    "a sweep": await to(receivers, receivers.interface.encodeFunctionData("sweep", [model])),
  };
  /** What it may do in their middle besides. */
  const others: Record<string, Call> = {
    "a payment from the deposit": await to(market, abi.encodeFunctionData("payPrepaid", [model, 300n, REQUEST])),
    "a division": distribute,
    "asking for the deposit": askPrepaid,
    "asking for the bond": askBond,
    "locking the bond": await to(vault, vaultAbi.encodeFunctionData("lock", [loot, 300n])),
    "slashing the bond": await to(vault, vaultAbi.encodeFunctionData("slash", [loot, loot, 300n])),
    "sending the deposit to the ledger": await takePrepaid(ledgerAt),
    "sending its balance to the ledger": await takeBalance(ledgerAt),
    "sending its balance to the vault": await takeBalance(vaultAt),
    "sending the bond to the ledger": await takeBond(ledgerAt),
    "sending the bond to the vault": await takeBond(vaultAt),
    "selling the model": await to(
      models,
      models.interface.encodeFunctionData("transferFrom", [loot, alice.address, model]),
    ),
  };

  const reader = await ethers.deployContract("BatchReader");
  const balances = [loot, carol.address, treasury.address, await receivers.receiverOf(model), ledgerAt, vaultAt];
  const channels = [loot, carol.address];
  const bonds = [loot, attribution.address].flatMap((controller) => channels.map((account) => [controller, account]));
  const queries = await Promise.all([
    ...balances.map((account) => to(currency, currency.interface.encodeFunctionData("balanceOf", [account]))),
    ...channels.map((account) => to(market, abi.encodeFunctionData("channelOf", [account, model]))),
    ...bonds.map((pair) => to(vault, vaultAbi.encodeFunctionData("bondOf", pair as [string, string]))),
  ]);

  /** Pays out all that anybody can send to somebody else, and counts what each one has then. */
  async function settle(): Promise<Wealth> {
    await thief.run([distribute, claim, claimProRata, withdrawMany], { gasLimit: 5_000_000n });
    const answers = await reader.read(queries);
    const word = (answer: number, place = 0): bigint =>
      BigInt(dataSlice(item(answers, answer), 32 * place, 32 * place + 32));
    const prepaid = channels.map((_, i) => word(balances.length + i));
    const bonded = bonds.map((_, i) => {
      const answer = balances.length + channels.length + i;
      return word(answer, 0) + word(answer, 1) + word(answer, 2);
    });
    expect(word(4) >= sum(prepaid), "the ledger holds what is prepaid").to.equal(true);
    expect(word(5) >= sum(bonded), "the vault holds all bonds").to.equal(true);
    const of = (account: number): bigint =>
      word(account) + item(prepaid, account) + item(bonded, account) + item(bonded, channels.length + account);
    return { thief: of(0) + word(3), carol: of(1), treasury: word(2) };
  }

  return {
    ...suite,
    currency,
    hooks,
    till,
    ledger,
    market,
    payouts,
    receivers,
    thief,
    loot,
    model,
    moves,
    others,
    settle,
  };
}

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
