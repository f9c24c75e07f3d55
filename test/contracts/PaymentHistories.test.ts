import { expect } from "chai";
import type { Wallet } from "ethers";
import { signAuthorization, signCharge, signVoucher } from "../../client/index.ts";
import { useFixture } from "../support/fixture.ts";
import { registerModel } from "../support/lineage.ts";
import { buildMarket, channel, fundedPayer, net, NEVER, PRICE, REQUEST } from "../support/market.ts";
import { PREPAID_DELAY } from "../support/payments.ts";
import { randomFrom } from "../support/random.ts";

const STEPS = 200;
const HISTORIES = [1, 2, 3, 4];

/** A channel as the interface's prose describes it. */
interface PlainChannel {
  balance: bigint;
  spent: bigint;
  leavesAt: bigint;
}

/** The error that a call must end with, or what it does. */
type Outcome = { error: string; of?: "market" | "ledger" | "receivers" } | { apply: () => void };

/** A call that was sent, and what must come of it. */
type Attempt = [Promise<unknown>, Outcome];

/** Every way of paying, in random order, on the chain and on a plain model of the books. */
describe("random histories of payments", () => {
  const at = useFixture(async () => {
    const market = await buildMarket();
    const payers = [market.payer, await fundedPayer(market, "second"), await fundedPayer(market, "third")];
    const child = await registerModel(market, market.bob, { parents: [{ model: market.model, shareBps: 3_333n }] });
    await market.market.connect(market.bob).list(child, PRICE);
    return { ...market, payers, ids: [market.model, market.other, child] };
  });

  for (const seed of HISTORIES) {
    it(`keeps the ledger's books, history ${seed}`, async () => {
      const world = at();
      const { market, ledger, receivers, currency, client, networkHelpers, carol, treasury, alice, bob } = world;
      const { payers, ids } = world;
      const random = randomFrom(seed);
      const gross = new Map(ids.map((model) => [model, 0n]));
      const arrived = new Map(ids.map((model) => [model, 0n]));
      const listed = new Set(ids);
      const channels = new Map<string, PlainChannel>();
      let withdrawn = 0n;
      const seen = new Set<string>();

      const of = (payer: Wallet, model: bigint): PlainChannel => {
        const key = `${payer.address} ${model}`;
        const found = channels.get(key) ?? { balance: 0n, spent: 0n, leavesAt: 0n };
        channels.set(key, found);
        return found;
      };
      const add = (sums: Map<bigint, bigint>, model: bigint, amount: bigint) =>
        sums.set(model, (sums.get(model) ?? 0n) + amount);
      const spend = (its: PlainChannel, model: bigint, amount: bigint) => {
        its.balance -= amount;
        its.spent += amount;
        add(gross, model, amount);
      };
      /** What a payment of an inference must end with. */
      const priced = (model: bigint, amount: bigint, apply: () => void, balance?: bigint): Outcome => {
        if (!listed.has(model)) return { error: "NotListed" };
        if (amount < PRICE) return { error: "BelowPrice" };
        if (balance !== undefined && amount > balance) return { error: "InsufficientPrepaid" };
        return { apply };
      };
      /** What a voucher pays; 0 if it is refused. */
      const redeemable = (its: PlainChannel, cumulative: bigint): bigint => {
        if (cumulative <= its.spent) return 0n;
        const due = cumulative - its.spent;
        return due < its.balance ? due : its.balance;
      };
      const amountOf = () => BigInt(random.integer(Number(PRICE) - 20, 3 * Number(PRICE)));
      const now = async () => BigInt(await networkHelpers.time.latest());

      const actions: Record<string, (payer: Wallet, model: bigint) => Attempt | Promise<Attempt>> = {
        deposit: (payer, model) => {
          const amount = BigInt(random.integer(0, 5_000));
          const call = market.connect(payer).deposit(payer, model, amount);
          if (amount === 0n) return [call, { error: "NothingToCredit", of: "ledger" }];
          return [call, { apply: () => (of(payer, model).balance += amount) }];
        },
        pay: (payer, model) => {
          const amount = amountOf();
          const call = market.connect(payer).pay(model, amount, REQUEST);
          return [call, priced(model, amount, () => add(gross, model, amount))];
        },
        payWithAuthorization: async (payer, model) => {
          const [amount, salt] = [amountOf(), random.hex(32)];
          const payment = { model, amount, requestDigest: REQUEST, salt, validBefore: NEVER };
          const signed = await signAuthorization(client, payer, payment);
          const call = market.connect(carol).payWithAuthorization(model, REQUEST, signed);
          return [call, priced(model, amount, () => add(gross, model, amount))];
        },
        payPrepaid: (payer, model) => {
          const [amount, its] = [amountOf(), of(payer, model)];
          const call = market.connect(payer).payPrepaid(model, amount, REQUEST);
          return [call, priced(model, amount, () => spend(its, model, amount), its.balance)];
        },
        charge: async (payer, model) => {
          const its = of(payer, model);
          const cumulative = its.spent + amountOf() - (random.chance(0.2) ? 4n * PRICE : 0n);
          const signedAmount = cumulative < 0n ? 0n : cumulative;
          const signature = await signCharge(client, payer, model, signedAmount, REQUEST);
          const call = market.connect(carol).charge(payer, model, signedAmount, REQUEST, signature);
          if (signedAmount <= its.spent) return [call, { error: "AlreadySpent" }];
          const amount = signedAmount - its.spent;
          return [call, priced(model, amount, () => spend(its, model, amount), its.balance)];
        },
        redeem: async (_payer, model) => {
          const batch = Array.from({ length: random.integer(0, 4) }, () => {
            const payer = random.pick(payers);
            const more = BigInt(random.integer(-300, 2_000));
            const cumulative = of(payer, model).spent + more;
            return { payer, cumulative: cumulative < 0n ? 0n : cumulative, forged: random.chance(0.15) };
          });
          const vouchers = await Promise.all(
            batch.map(async ({ payer, cumulative, forged }) => ({
              ...(await signVoucher(client, payer, model, cumulative + (forged ? 1n : 0n))),
              cumulative,
            })),
          );
          const call = market.connect(carol).redeem(model, vouchers);
          const copies = new Map(payers.map((each) => [each, { ...of(each, model) }]));
          let total = 0n;
          for (const { payer, cumulative, forged } of batch) {
            const its = copies.get(payer);
            if (its === undefined || forged) continue;
            const amount = redeemable(its, cumulative);
            its.balance -= amount;
            its.spent += amount;
            total += amount;
          }
          if (total === 0n) return [call, { error: "NothingRedeemed" }];
          const apply = () => {
            for (const [each, its] of copies) Object.assign(of(each, model), its);
            add(gross, model, total);
          };
          return [call, { apply }];
        },
        requestWithdrawal: async (payer, model) => {
          const its = of(payer, model);
          const time = (await now()) + 1n;
          await networkHelpers.time.setNextBlockTimestamp(time);
          const call = market.connect(payer).requestWithdrawal(model);
          if (its.balance === 0n) return [call, { error: "NothingLeaving" }];
          return [call, { apply: () => (its.leavesAt = time + PREPAID_DELAY) }];
        },
        cancelWithdrawal: (payer, model) => {
          const its = of(payer, model);
          const call = market.connect(payer).cancelWithdrawal(model);
          if (its.leavesAt === 0n) return [call, { error: "NothingLeaving" }];
          return [call, { apply: () => (its.leavesAt = 0n) }];
        },
        withdraw: async (payer, model) => {
          const its = of(payer, model);
          const time = (await now()) + BigInt(random.integer(1, Number(PREPAID_DELAY)));
          await networkHelpers.time.setNextBlockTimestamp(time);
          const call = market.connect(payer).withdraw(model, payer);
          if (its.leavesAt === 0n || its.balance === 0n) return [call, { error: "NothingLeaving" }];
          if (time < its.leavesAt) return [call, { error: "StillLeaving" }];
          return [call, { apply: () => Object.assign(its, { balance: 0n, leavesAt: 0n }) }];
        },
        sweep: async (payer, model) => {
          const amount = BigInt(random.integer(0, 1_000));
          await currency.connect(payer).transfer(await receivers.receiverOf(model), amount);
          add(arrived, model, amount);
          const all = arrived.get(model) ?? 0n;
          const call = receivers.sweep(model);
          if (all === 0n) return [call, { error: "NothingToSweep", of: "receivers" }];
          const apply = () => {
            arrived.set(model, 0n);
            add(gross, model, all);
          };
          return [call, { apply }];
        },
        list: async (_payer, model) => {
          const owner = market.connect(await world.ethers.getSigner(await world.models.ownerOf(model)));
          if (listed.has(model)) return [owner.delist(model), { apply: () => listed.delete(model) }];
          return [owner.list(model, PRICE), { apply: () => listed.add(model) }];
        },
        distribute: (_payer, model) => [ledger.distribute(model), { apply: () => undefined }],
        withdrawMany: async () => {
          const accounts = [alice, bob, treasury].filter(() => random.chance(0.5));
          const owed = await Promise.all(accounts.map((account) => ledger.balanceOf(account)));
          const apply = () => (withdrawn += owed.reduce((sum, each) => sum + each, 0n));
          return [ledger.withdrawMany(accounts), { apply }];
        },
      };

      // Money comes in more often than it is asked for, so that there is some.
      const names = [...Object.keys(actions), "deposit", "deposit", "deposit", "requestWithdrawal", "withdraw"];
      for (let step = 0; step < STEPS; step++) {
        const name = random.pick(names);
        const action = actions[name];
        if (action === undefined) throw new Error(`there is no action ${name}`);
        const [call, outcome] = await action(random.pick(payers), random.pick(ids));
        if ("error" in outcome) {
          seen.add(outcome.error);
          await expect(call, `${name} of step ${step}`).to.be.revertedWithCustomError(
            world[outcome.of ?? "market"],
            outcome.error,
          );
        } else {
          await call;
          outcome.apply();
          seen.add(name);
        }

        let paid = 0n;
        let prepaid = 0n;
        let undivided = 0n;
        for (const model of ids) {
          const income = await ledger.incomeOf(model);
          expect(income.gross, `${name} of step ${step}`).to.equal(gross.get(model));
          expect((await ledger.countersOf(model)).fees).to.equal(net(income.gross));
          paid += income.gross;
          undivided += income.gross - income.dividedGross + income.royalties - income.dividedRoyalties;
          for (const payer of payers) {
            const { balance, spent, leavesAt } = of(payer, model);
            expect(await channel(market, payer.address, model), `${name} of step ${step}`).to.deep.equal([
              balance,
              spent,
              leavesAt,
            ]);
            prepaid += balance;
          }
        }
        const held = await currency.balanceOf(ledger);
        expect(held, `${name} of step ${step}`).to.equal(paid + prepaid - withdrawn);
        const accounts = await Promise.all([alice, bob, treasury].map((account) => ledger.balanceOf(account)));
        const owed = accounts.reduce((sum, each) => sum + each, 0n) + undivided + prepaid;
        expect(owed <= held, `${name} of step ${step}: owed ${owed}, held ${held}`).to.equal(true);
        expect(held - owed <= 6n, `${name} of step ${step}: dust ${held - owed}`).to.equal(true);
      }
      expect([...seen]).to.include.members(Object.keys(actions));
      expect([...seen]).to.include.members(["NothingRedeemed", "NothingLeaving", "NotListed"]);
    });
  }
});
