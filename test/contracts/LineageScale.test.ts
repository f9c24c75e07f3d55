import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { type ContractTransactionResponse, ZeroHash } from "ethers";
import { item } from "../support/fixture.ts";
import { ModelKind, registerModel, type Registration, registration } from "../support/lineage.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite, type Suite } from "../support/suite.ts";

const DEPTH = 1_000;
const FEW = 10;
const MANY = 10_000;
/** Registrations in a transaction. */
const BATCH = 120;
/** A few bytes more of ids that aren't zero, at 12 gas each. */
const TOLERANCE = 100n;
const PRICE = 10n ** 12n + 7n;

interface Ready extends Suite {
  readonly owner: HardhatEthersSigner;
  readonly payer: HardhatEthersSigner;
}

/** Gas of a payment and of its distribution. */
interface Costs {
  readonly pay: bigint;
  readonly distribute: bigint;
}

async function ready(suite: Suite): Promise<Ready> {
  const [owner, payer] = [item(suite.wallets, 0), item(suite.wallets, 1)];
  await suite.currency.mint(payer, 10n ** 20n);
  await suite.currency.connect(payer).approve(suite.market, 10n ** 20n);
  return { ...suite, owner, payer };
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<bigint> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("not mined");
  return receipt.gasUsed;
}

function expectTheSame(measured: readonly bigint[], what: string): void {
  const [least, most] = measured.reduce<[bigint, bigint]>(
    ([low, high], gas) => [gas < low ? gas : low, gas > high ? gas : high],
    [item(measured, 0), 0n],
  );
  expect(most - least <= TOLERANCE, `${what}: ${measured.join(", ")} gas`).to.equal(true);
}

/** Registers models of one contract wallet's and lists them, many in a transaction; they get the next numbers. */
async function registerMany(
  { ethers, models, market }: Suite,
  count: number,
  partsOf: (place: number) => Partial<Registration>,
): Promise<void> {
  const wallet = await ethers.deployContract("ScriptedWallet");
  const [registry, shop, before] = [await models.getAddress(), await market.getAddress(), await models.modelCount()];
  for (let from = 0; from < count; from += BATCH) {
    const calls = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => {
      const [parts, model] = [registration(partsOf(from + i)), before + BigInt(from + i) + 1n];
      return [
        { target: registry, data: models.interface.encodeFunctionData("register", [parts]) },
        { target: shop, data: market.interface.encodeFunctionData("list", [model, 1n]) },
      ];
    });
    await wallet.run(calls.flat(), { gasLimit: 29_900_000 });
  }
  expect(await models.modelCount()).to.equal(before + BigInt(count));
}

/** Pays a model and distributes what it took in. */
async function payOnce({ market, ledger, payer }: Ready, model: bigint): Promise<Costs> {
  const pay = await gasOf(market.connect(payer).pay(model, PRICE, ZeroHash));
  return { pay, distribute: await gasOf(ledger.distribute(model)) };
}

/** What that costs when it isn't the first time. */
async function costsOf(world: Ready, model: bigint): Promise<Costs> {
  await payOnce(world, model);
  return payOnce(world, model);
}

describe("Lineage of any size costs everybody no more than its own step", () => {
  const start = firstStage(deploySuite).step(ready);

  describe(`attack 3: a chain of ${DEPTH} models below the first`, () => {
    const SHARE = 9_999n;
    const chained = start.step(async (world) => {
      const first = await registerModel(world, world.owner);
      await registerMany(world, DEPTH, (i) => ({ parents: [{ model: first + BigInt(i), shareBps: SHARE }] }));
      return { ...world, first };
    });

    it("pays and distributes a model at depth 1, 500 and 1,000 for the same gas", async () => {
      const world = await chained.load();
      const costs: Costs[] = [];
      for (const depth of [1n, 500n, 1_000n]) costs.push(await costsOf(world, world.first + depth));
      expectTheSame(
        costs.map(({ pay }) => pay),
        "paying",
      );
      expectTheSame(
        costs.map(({ distribute }) => distribute),
        "distributing",
      );
    });

    it("registers a child at depth 2, 501 and 1,001 for the same gas", async () => {
      const { models, first, owner } = await chained.load();
      const costs: bigint[] = [];
      await registerModel(await chained.load(), owner);
      for (const parent of [1n, 500n, 1_000n]) {
        const parts = registration({ parents: [{ model: first + parent, shareBps: SHARE }] });
        costs.push(await gasOf(models.connect(owner).register(parts)));
      }
      expectTheSame(costs, "registering");
    });

    it("carries a payment at its end up to the first model, to the wei", async () => {
      const { ledger, market, payer, first, owner } = await chained.load();
      await market.connect(payer).pay(first + BigInt(DEPTH), PRICE, ZeroHash);
      for (let top = DEPTH; top >= 0; top -= 100) {
        const models = Array.from({ length: Math.min(100, top + 1) }, (_, i) => first + BigInt(top - i));
        await ledger.distributeMany(models, { gasLimit: 15_000_000 });
      }
      let royalty = PRICE - PRICE / 100n;
      for (let step = 0; step < DEPTH; step++) royalty = (royalty * SHARE) / 10_000n;
      expect(await ledger.countersOf(first)).to.deep.equal([0n, royalty]);
      expect(await ledger.balanceOf(owner)).to.equal(royalty);
    });
  });

  describe(`attack 4: a model with ${MANY} children`, () => {
    it(`costs its owner, its children and its payers what one with ${FEW} costs`, async () => {
      const world = await start.load();
      const { models, market, owner, ledger } = world;
      const popular = await registerModel(world, owner);
      await market.connect(owner).list(popular, 1n);
      const child = { kind: ModelKind.Finetune, parents: [{ model: popular, shareBps: 100n }] };

      /** Adds children, and tells what everybody pays then: for the first and the last of them, and for the parent. */
      const grow = async (count: number) => {
        await registerMany(world, count, () => child);
        const last = await models.modelCount();
        await payOnce(world, popular);
        return {
          children: [await costsOf(world, popular + 1n), await costsOf(world, last)],
          // The children's royalties and the model's own fees in one distribution.
          popular: await payOnce(world, popular),
          registering: await gasOf(models.connect(owner).register(registration(child))),
        };
      };
      const few = await grow(FEW);
      const many = await grow(MANY - FEW);

      const { royalties } = await ledger.incomeOf(popular);
      expect(royalties > 0n, "the children paid").to.equal(true);
      expectTheSame([few.registering, many.registering], "registering one more child");
      expectTheSame([few.popular.pay, many.popular.pay], "paying the popular model");
      expectTheSame([few.popular.distribute, many.popular.distribute], "distributing the popular model");
      const children = [...few.children, ...many.children];
      expectTheSame(
        children.map(({ pay }) => pay),
        "paying a child",
      );
      expectTheSame(
        children.map(({ distribute }) => distribute),
        "distributing a child",
      );
    });
  });
});
