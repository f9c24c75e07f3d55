import { expect } from "chai";
import type { Addressable } from "ethers";
import { payoutHash } from "../../client/index.ts";
import {
  buildReportedWorld,
  BOND_FLOOR,
  CHALLENGE_BOND,
  DAY,
  DOLLAR,
  type Proposal,
  type World,
} from "../support/attributionWorld.ts";
import { item } from "../support/fixture.ts";
import { REQUEST } from "../support/market.ts";
import { firstStage, type Stage } from "../support/stages.ts";
import type { Suite } from "../support/suite.ts";
import { type Behaviour, deployOnStrangeToken, strangeToken } from "./tokens.ts";

/** Most that divisions leave behind in a world of two models' streams. */
const DUST = 100n;
const LINES = [0, 1, 2];

/**
 * What a currency says when it refuses, what the suite says when less arrived than was promised, and what follows from
 * money that didn't come.
 */
const CLEAR = /AmountNotReceived|SafeERC20FailedOperation|Paused|Blocked|InsufficientPrepaid|NothingToCut/;

/** Steps that bring money in: refused while less arrives than was promised. */
const INCOMING = /^(pays|prepays|sweeps|deposits|ends a statement|lets an interval)/;

interface Ready {
  readonly world: World;
  readonly unit: bigint;
  readonly proposal: Proposal;
  readonly behave: (changes?: Partial<Behaviour>) => Promise<unknown>;
}

/** A step of everything that moves money. Done again when it was refused, or `again` when it may leave something. */
interface Step {
  readonly name: string;
  readonly again?: true;
  readonly run: (ready: Ready) => Promise<unknown>;
}

const STEPS: readonly Step[] = [
  { name: "pays", run: ({ world, unit }) => world.pay(7n * unit) },
  {
    name: "prepays",
    run: ({ world, unit }) => world.market.connect(world.payer).deposit(world.payer, world.model, 5n * unit),
  },
  {
    name: "pays from prepaid money",
    run: ({ world, unit }) => world.market.connect(world.payer).payPrepaid(world.model, unit, REQUEST),
  },
  {
    name: "sends to a model's address",
    run: async ({ world, unit }) =>
      world.currency.connect(world.payer).transfer(await world.receivers.receiverOf(world.model), 3n * unit),
  },
  {
    name: "sweeps it",
    run: async ({ world }) => {
      const receiver = await world.receivers.receiverOf(world.model);
      if ((await world.currency.balanceOf(receiver)) > 0n) await world.receivers.sweep(world.model);
    },
  },
  {
    name: "deposits a bond",
    run: ({ world, unit }) => world.vault.connect(world.payer).deposit(world.attribution, world.payer, unit),
  },
  { name: "ends a statement", run: ({ world, proposal }) => world.attribution.finalise(proposal.statement) },
  { name: "settles a challenge", run: ({ world, proposal }) => world.settle(proposal, 0, 0) },
  {
    name: "claims lines",
    again: true,
    run: ({ world, proposal }) => world.payouts.claim([world.claimOf(proposal, LINES)]),
  },
  {
    name: "claims pro-rata",
    again: true,
    run: ({ world }) => world.payouts.claimProRata([{ stream: world.stream, indexes: LINES }]),
  },
  {
    name: "lets an interval fall back",
    run: async ({ world }) => {
      await world.usage.cut(world.model);
      await world.networkHelpers.time.increase(15 * DAY);
      await world.attribution.fallBack(world.stream, 1);
    },
  },
  {
    name: "claims pro-rata again",
    again: true,
    run: ({ world }) => world.payouts.claimProRata([{ stream: world.stream, indexes: LINES }]),
  },
  {
    name: "divides and sends balances",
    again: true,
    run: async ({ world }) => {
      await world.ledger.distribute(world.model);
      await world.ledger.withdrawMany([world.owner, world.treasury]);
    },
  },
  {
    name: "withdraws the scorer's fee",
    again: true,
    run: async ({ world }) => {
      if ((await world.ledger.balanceOf(world.scorer)) > 0n)
        await world.ledger.connect(world.scorer).withdraw(world.scorer);
    },
  },
  {
    name: "takes prepaid money back",
    again: true,
    run: async ({ world }) => {
      const { market, payer, model, networkHelpers } = world;
      if ((await market.channelOf(payer, model)).balance === 0n) return;
      await market.connect(payer).requestWithdrawal(model);
      await networkHelpers.time.increase(3 * DAY);
      await market.connect(payer).withdraw(model, payer);
    },
  },
  ...(["scorer", "challenger", "stranger", "payer"] as const).map((who) => ({
    name: `takes the bond of the ${who} back`,
    again: true as const,
    run: async ({ world }: Ready) => {
      const vault = world.vault.connect(world[who]);
      const { free, leaving } = await vault.bondOf(world.attribution, world[who]);
      if (free > 0n) await vault.requestWithdrawal(world.attribution, free);
      await world.networkHelpers.time.increase(8 * DAY);
      if (free + leaving > 0n) await vault.withdraw(world.attribution, world[who]);
    },
  })),
];

/** A suite on a strange token, with a proposal that was challenged and defended, and whose window is over. */
function readyOn(decimals: bigint, unit: bigint, behaviour: Partial<Behaviour> = {}): Stage<Ready> {
  // Bonds of the default deployment are meant for six decimals.
  const bonds = { bondFloor: (BOND_FLOOR * unit) / DOLLAR + 1n, challengeBond: (CHALLENGE_BOND * unit) / DOLLAR + 1n };
  const deploy = (): Promise<Suite> => deployOnStrangeToken(behaviour, decimals, bonds);
  return firstStage(deploy).step(async (suite) => {
    const { behave } = await strangeToken(suite);
    // What worlds have at first is meant for six decimals too; wallets 4 to 6 get what their bonds take.
    for (const place of [3, 4, 5]) await suite.currency.mint(item(suite.wallets, place), 4_000n * unit);
    const world = await buildReportedWorld(suite, { payment: 1_000n * unit + 1n });
    for (const account of [world.scorer, world.challenger]) {
      await suite.currency.connect(account).approve(suite.vault, 2n ** 255n);
      await suite.vault.connect(account).deposit(suite.attribution, account, 100n * unit);
    }
    const proposal = await world.propose({ feeBps: 300 });
    await world.challenge(proposal, 0, 0);
    await world.defend(proposal, 0);
    await world.networkHelpers.time.increaseTo(world.closesAt(proposal) + BigInt(DAY));
    return { world, unit, proposal, behave };
  });
}

/** Balances of everybody who is paid. */
async function fortunes({ world }: Ready): Promise<bigint[]> {
  const { contributors, owner, treasury, scorer, challenger, stranger, payer, currency } = world;
  const all = [...contributors, owner, treasury, scorer, challenger, stranger, payer];
  return Promise.all(all.map((account) => currency.balanceOf(account)));
}

/** What contracts of the suite hold once everybody was paid: dust, and what belongs to nobody. */
async function leftovers({ world }: Ready): Promise<bigint[]> {
  const { currency, ledger, payouts, vault, market, receivers } = world;
  const held = (contract: Addressable) => currency.balanceOf(contract);
  return Promise.all([ledger, payouts, vault, market, receivers].map(held));
}

async function expectSettled(ready: Ready, what: string): Promise<void> {
  const [ledger = 0n, ...others] = await leftovers(ready);
  expect(ledger <= DUST, `${what}: ${ledger} wei are left in the ledger`).to.equal(true);
  expect(others, what).to.deep.equal([0n, 0n, 0n, 0n]);
}

/** Takes a step; whether it was refused, which only a clear error does. */
async function refused(step: Step, ready: Ready): Promise<boolean> {
  try {
    await step.run(ready);
    return false;
  } catch (error) {
    expect(String(error), step.name).to.match(CLEAR);
    return true;
  }
}

describe("attack 34: every currency", () => {
  const plain = readyOn(6n, DOLLAR);
  const onPlain = async (): Promise<bigint[]> => {
    const ready = await plain.load();
    for (const step of STEPS) await step.run(ready);
    await expectSettled(ready, "plain");
    return fortunes(ready);
  };

  for (const [what, behaviour] of [
    ["as holders expect it", {}],
    ["that returns nothing", { returnsNothing: true }],
    ["that refuses transfers of nothing", { refusesZero: true }],
    ["that holds amounts of 96 bits", { largest: 2n ** 96n - 1n }],
  ] as const) {
    it(`${what} pays everybody what a plain one does`, async () => {
      const expected = await onPlain();
      const ready = await readyOn(6n, DOLLAR, behaviour).load();
      for (const step of STEPS) await step.run(ready);
      await expectSettled(ready, what);
      expect(await fortunes(ready)).to.deep.equal(expected);
    });
  }

  for (const decimals of [0n, 2n, 6n, 18n, 30n]) {
    it(`of ${decimals} decimals pays all but dust`, async () => {
      const ready = await readyOn(decimals, 10n ** decimals).load();
      expect(await ready.world.currency.decimals()).to.equal(decimals);
      for (const step of STEPS) await step.run(ready);
      await expectSettled(ready, `${decimals} decimals`);
    });
  }

  it("of 30 decimals is refused beyond what 112 bits count, and not before", async () => {
    const { world } = await readyOn(30n, 10n ** 30n).load();
    await world.currency.mint(world.payer, 2n ** 120n);
    const { gross } = await world.ledger.incomeOf(world.model);
    const room = 2n ** 112n - 1n - gross;
    await expect(world.pay(room + 1n)).to.be.revertedWithCustomError(
      { interface: world.ethers.Interface.from(["error SafeCastOverflowedUintDowncast(uint8,uint256)"]) },
      "SafeCastOverflowedUintDowncast",
    );
    await world.pay(room);
    expect((await world.ledger.incomeOf(world.model)).gross).to.equal(2n ** 112n - 1n);
  });

  for (const [what, change, mayRefuse] of [
    ["begins to take a fee", { feeBps: 100n }, INCOMING],
    ["begins to return false", { refuses: true }, /./],
    ["is paused", { paused: true }, /./],
  ] as const) {
    it(`that ${what} in the middle of any step harms nobody: the step is refused clearly, or done, and done again`, async () => {
      for (const [place, step] of STEPS.entries()) {
        const ready = await plain.load();
        for (const earlier of STEPS.slice(0, place)) await earlier.run(ready);
        await ready.behave(change);
        const wasRefused = await refused(step, ready);
        if (wasRefused) expect(step.name).to.match(mayRefuse);
        await ready.behave();
        if (wasRefused || step.again) await step.run(ready);
        for (const later of STEPS.slice(place + 1)) await later.run(ready);
        await expectSettled(ready, `${what} while it ${step.name}`);
      }
    });
  }

  for (const who of [
    "contributor",
    "owner",
    "treasury",
    "scorer",
    "challenger",
    "payer",
    "ledger",
    "payouts",
    "vault",
  ] as const) {
    it(`whose issuer blocks the ${who} keeps nobody else from anything, and the ${who} from nothing for good`, async () => {
      const ready = await plain.load();
      const { world } = ready;
      const { token } = await strangeToken(world);
      const blocked = who === "contributor" ? item(world.contributors, 0) : world[who];
      const isContract = who === "ledger" || who === "payouts" || who === "vault";
      await token.setBlocked(blocked, true);
      const waiting: Step[] = [];
      for (const step of STEPS) {
        // What needs a contract that is blocked waits with all that follows from it.
        if (await refused(step, ready)) waiting.push(step);
        if (isContract && waiting.length > 0) break;
      }
      const done = waiting.length === 0 ? STEPS.length : STEPS.indexOf(item(waiting, 0));
      await token.setBlocked(blocked, false);
      const rest = isContract ? STEPS.slice(done) : STEPS.filter((step) => step.again ?? waiting.includes(step));
      for (const step of rest) await step.run(ready);
      await expectSettled(ready, who);
    });
  }

  it("that calls its holders, who call back into every payout, pays what a plain one does", async () => {
    const expected = await onPlain();
    const ready = await plain.load();
    const { world, proposal } = ready;
    const { token } = await strangeToken(world);
    const { payouts, ledger, vault, market, receivers, contributors } = world;
    const calls = [
      [payouts, payouts.interface.encodeFunctionData("claim", [[world.claimOf(proposal, LINES)]])],
      [payouts, payouts.interface.encodeFunctionData("claimProRata", [[{ stream: world.stream, indexes: LINES }]])],
      [ledger, ledger.interface.encodeFunctionData("withdrawMany", [[world.owner.address, world.treasury.address]])],
      [ledger, ledger.interface.encodeFunctionData("distribute", [world.model])],
      [vault, vault.interface.encodeFunctionData("deposit", [world.payer.address, world.payer.address, 1n])],
      [market, market.interface.encodeFunctionData("withdraw", [world.model, world.payer.address])],
      [receivers, receivers.interface.encodeFunctionData("sweep", [world.model])],
    ] as const;
    // Nobody can register a hook for a contract of the suite.
    const holders = [...contributors, world.owner, world.treasury, world.scorer, world.payer];
    for (const [i, holder] of holders.entries()) {
      const [target, data] = item(calls, i % calls.length);
      await token.setHook(holder, { target, data });
    }
    for (const step of STEPS) await step.run(ready);
    await expectSettled(ready, "hooks");
    expect(await fortunes(ready)).to.deep.equal(expected);
  });

  it("that grows all balances before any step pays everybody, and what grew belongs to nobody", async () => {
    for (const [place, step] of STEPS.entries()) {
      const ready = await plain.load();
      const { world, behave } = ready;
      for (const earlier of STEPS.slice(0, place)) await earlier.run(ready);
      await behave({ units: 1_100n });
      for (const later of STEPS.slice(place)) {
        // An amount that isn't a whole number of units arrives a wei short.
        if (await refused(later, ready)) expect(later.name).to.match(INCOMING);
      }
      if (await world.payouts.isFinal(payoutHash(ready.proposal.statement.payout))) {
        expect((await world.payouts.claim.staticCall([world.claimOf(ready.proposal, LINES)])).toString()).to.equal("0");
      }
      const claimable = await world.payouts.claimProRata.staticCall([{ stream: world.stream, indexes: LINES }]);
      expect(claimable, `grown before it ${step.name}`).to.equal(0n);
      for (const account of [world.owner, world.treasury, world.scorer]) {
        expect(await world.ledger.balanceOf(account)).to.equal(0n);
      }
      expect((await world.market.channelOf(world.payer, world.model)).balance).to.equal(0n);
    }
  });

  it("that shrinks all balances pays no one more than it owes, and the rest once what is missing was sent in", async () => {
    const expected = await onPlain();
    const ready = await plain.load();
    const { world, behave } = ready;
    const claims = STEPS.findIndex(({ name }) => name === "claims lines");
    for (const step of STEPS.slice(0, claims)) await step.run(ready);
    const { currency, ledger, payouts, vault } = world;
    const short = [ledger, payouts, vault] as const;
    const held = await Promise.all(short.map((contract) => currency.balanceOf(contract)));
    // A token that takes a tenth of the contracts' balances alone: what everybody else has is easy to compare then.
    const { token } = await strangeToken(world);
    await behave();
    for (const [i, contract] of short.entries()) await token.burn(contract, item(held, i) / 10n);
    const waiting: Step[] = [];
    for (const step of STEPS.slice(claims)) {
      try {
        await step.run(ready);
      } catch {
        waiting.push(step);
      }
    }
    const before = await fortunes(ready);
    expect(before.every((fortune, i) => fortune <= item(expected, i))).to.equal(true);
    expect(before).not.to.deep.equal(expected);
    for (const [i, contract] of short.entries()) await token.mint(contract, item(held, i) / 10n);
    for (const step of STEPS.filter((one) => one.again ?? waiting.includes(one))) await step.run(ready);
    await expectSettled(ready, "shrunk");
    expect(await fortunes(ready)).to.deep.equal(expected);
  });

  it("with a second address is one currency: no call of the suite names a token, so nothing can be taken by the other", async () => {
    const { world } = await plain.load();
    for (const contract of [world.ledger, world.market, world.payouts, world.vault, world.receivers]) {
      contract.interface.forEachFunction(({ name, inputs }) => {
        expect(
          inputs.map((input) => input.name).filter((input) => /token|currency|asset/i.test(input)),
          name,
        ).to.deep.equal([]);
      });
    }
  });
});
