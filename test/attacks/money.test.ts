import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type ContractTransactionResponse, type Interface, type Result, ZeroHash } from "ethers";
import { proRataPlace, readPayers, signVoucher } from "../../client/index.ts";
import { buildReportedWorld, buildWorld, DAY, DOLLAR, firstPool, SMALL, sum } from "../support/attributionWorld.ts";
import { deepSpec, LINES } from "../support/deepTree.ts";
import { item, useFixture } from "../support/fixture.ts";
import { lineAmounts } from "../support/formats.ts";
import { frozenDataset, ModelKind, registerModel, registration, source } from "../support/lineage.ts";
import { buildMarket, channel, fundedPayer, net, PRICE, REQUEST } from "../support/market.ts";
import { creditCall, payForInference, PREPAID_DELAY, script, transferCall } from "../support/payments.ts";
import { firstStage } from "../support/stages.ts";
import { deploySuite, type Suite } from "../support/suite.ts";
import { deployOnStrangeToken, strangeToken } from "./tokens.ts";
import { functionsOf, SUITE_ROLES } from "./surface.ts";

/** Most gas of a transaction (EIP-7825). */
const TRANSACTION_CAP = 2n ** 24n;

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<bigint> {
  return (await (await sent).wait())?.gasUsed ?? 0n;
}

describe("Attacks on money", () => {
  const suite = firstStage(deploySuite);
  const reported = suite.step((deployed) => buildReportedWorld(deployed));
  const final = reported.step(async (world) => {
    const proposal = await world.propose();
    await world.finalise(proposal);
    return { world, proposal };
  });

  describe("attack 18: a pool that arrives short, as the currency began to take a fee", () => {
    it("makes no statement final, so no line is paid from another's pool; it ends pro-rata or when the fee is gone", async () => {
      const deployed = await deployOnStrangeToken();
      const { behave } = await strangeToken(deployed);
      const [first, second] = [await buildReportedWorld(deployed), await buildReportedWorld(deployed)];
      const { payouts, attribution, currency, ledger } = deployed;
      const [early, late] = [await first.propose(), await second.propose()];
      await first.finalise(early);
      await first.networkHelpers.time.increaseTo(second.closesAt(late) + 60n);
      await behave({ feeBps: 5_000n });
      const pool = firstPool(SMALL);
      await expect(attribution.finalise(late.statement))
        .to.be.revertedWithCustomError(payouts, "AmountNotReceived")
        .withArgs(pool, pool - pool / 2n);
      await expect(payouts.claim([second.claimOf(late, [0, 1, 2])])).to.be.revertedWithCustomError(
        payouts,
        "LineNotFinal",
      );
      expect(await currency.balanceOf(payouts), "the first stream's pool is whole").to.equal(pool);
      const before = await currency.balanceOf(ledger);
      await attribution.connect(second.curator).rejectStatement(late.statement, ZeroHash);
      expect(await currency.balanceOf(ledger)).to.equal(before);
      await behave();
      await payouts.claim([first.claimOf(early, [0, 1, 2])]);
      await payouts.claimProRata([{ stream: second.stream, indexes: [0, 1, 2] }]);
      const paid = await Promise.all(first.contributors.map((wallet) => currency.balanceOf(wallet)));
      expect(await currency.balanceOf(payouts)).to.equal(0n);
      // Both streams have the same wallets: the second's whole pool was divided by rows.
      const fixed = ((SMALL.payment - SMALL.payment / 100n) * 3_000n) / 10_000n;
      expect(sum(paid)).to.be.within(pool + fixed - 3n, pool + fixed);
    });
  });

  describe("attack 39: code that is called in the middle", () => {
    it("of a model's transfer finds the new owner's rights, and what it sets there stays", async () => {
      const world = await suite.load();
      const { ethers, models, market, ledger, wallets } = world;
      const [seller, operator] = [item(wallets, 0), item(wallets, 1)];
      const buyer = await ethers.deployContract("ScriptedWallet");
      const model = await registerModel(world, seller, { operator: seller.address });
      await models.connect(seller).setPayout(model, seller);
      await market.connect(seller).list(model, 1n);
      await payForInference(world, operator, model, 10_000n, REQUEST);
      const at = await models.getAddress();
      const calls = [
        { target: at, data: models.interface.encodeFunctionData("setOperator", [model, operator.address]) },
        { target: at, data: models.interface.encodeFunctionData("setPayout", [model, await buyer.getAddress()]) },
        { target: await ledger.getAddress(), data: ledger.interface.encodeFunctionData("distribute", [model]) },
      ];
      await models
        .connect(seller)
        ["safeTransferFrom(address,address,uint256,bytes)"](seller, buyer, model, script(calls));
      expect(await models.operatorOf(model)).to.equal(operator.address);
      expect(await models.payoutOf(model)).to.equal(await buyer.getAddress());
      expect(await ledger.balanceOf(buyer)).to.equal(net(10_000n));
      expect(await ledger.balanceOf(seller)).to.equal(0n);
    });

    it("of a dataset's transfer decides as its new owner, not as the old one's curator", async () => {
      const world = await suite.load();
      const { ethers, datasets, wallets } = world;
      const [seller, curator] = [item(wallets, 0), item(wallets, 1)];
      const buyer = await ethers.deployContract("ScriptedWallet");
      const { dataset } = await buildWorld(world);
      await datasets.connect(seller).setCurator(dataset, curator, true);
      const calls = [
        {
          target: await datasets.getAddress(),
          data: datasets.interface.encodeFunctionData("setCurator", [dataset, await buyer.getAddress(), true]),
        },
      ];
      const move = datasets.connect(seller)["safeTransferFrom(address,address,uint256,bytes)"];
      await move(seller, buyer, dataset, script(calls));
      expect(await datasets.isCurator(dataset, curator)).to.equal(false);
      expect(await datasets.isAppointedBy(dataset, buyer, buyer)).to.equal(true);
    });

    for (const afterwards of [false, true]) {
      it(`of a payout reads books in which it has left already, ${afterwards ? "after" : "before"} the balances change`, async () => {
        const { world, proposal } = await final.load();
        const { ethers, provider, currency, payouts, ledger, market, vault, model, stream, owner, payer, scorer } =
          world;
        await world.market.connect(payer).deposit(payer, model, 5_000n);
        await world.market.connect(payer).requestWithdrawal(model);
        await world.vault.connect(scorer).requestWithdrawal(world.attribution, DOLLAR);
        await world.networkHelpers.time.increase(8 * DAY + Number(PREPAID_DELAY));
        await ledger.distribute(model);
        const mock = await ethers.deployContract("HookToken");
        await provider.request({
          method: "hardhat_setCode",
          params: [await currency.getAddress(), await ethers.provider.getCode(mock)],
        });
        const token = await ethers.getContractAt("HookToken", await currency.getAddress());
        const recorder = await ethers.deployContract("Recorder");
        const line = item(world.claimOf(proposal, [0]).lines, 0);
        const { payout } = proposal.statement;
        const cases = [
          [payouts, "previewClaim", [payout, line], () => payouts.claim([{ payout, lines: [line] }]), 2, true],
          [payouts, "previewProRata", [stream, 0], () => payouts.claimProRataOf(proRataPlace(stream, 0)), 1, 0n],
          [ledger, "balanceOf", [owner.address], () => ledger.connect(owner).withdraw(owner), 0, 0n],
          [ledger, "balanceOf", [world.treasury.address], () => ledger.withdrawMany([world.treasury]), 0, 0n],
          [
            market,
            "channelOf",
            [payer.address, model],
            () => market.connect(payer).withdraw(model, payer),
            0,
            [0n, 0n, 0n],
          ],
          [
            vault,
            "bondOf",
            [await world.attribution.getAddress(), scorer.address],
            () => vault.connect(scorer).withdraw(world.attribution, scorer),
            0,
            undefined,
          ],
        ] as const;
        for (const [contract, view, args, pay, place, expected] of cases) {
          const target = await contract.getAddress();
          const abi: Interface = contract.interface;
          const data = abi.encodeFunctionData(view, args);
          await token.setHook(recorder, recorder.interface.encodeFunctionData("ask", [target, data]), afterwards);
          await pay();
          const answer = await recorder.answer();
          const read: Result = abi.decodeFunctionResult(view, answer);
          if (expected === undefined) expect((read[0] as { leaving: bigint }).leaving).to.equal(0n);
          else expect(read[place], view).to.deep.equal(expected);
          // What it said in the middle is what holds after it.
          expect(answer, view).to.equal(await ethers.provider.call({ to: target, data }));
        }
      });
    }

    it("of a payment reads counters without it, so nothing is divided or cut of money that may not come", async () => {
      const world = await suite.load();
      const { ethers, ledger, usage, currency, wallets } = world;
      const model = await registerModel(world, item(wallets, 0));
      const payer = await ethers.deployContract("ScriptedWallet");
      await currency.mint(payer, 1_000n);
      const money = await transferCall(world, currency, await ledger.getAddress(), 1_000n);
      const cut = { target: await usage.getAddress(), data: usage.interface.encodeFunctionData("cut", [model]) };
      await expect(payer.run([await creditCall(ledger, model, 1_000n, [money, cut])]))
        .to.be.revertedWithCustomError(usage, "NothingToCut")
        .withArgs(model);
      await payer.run([await creditCall(ledger, model, 1_000n, [money])]);
      expect((await ledger.countersOf(model)).fees).to.equal(990n);
    });
  });

  describe("attack 40: calls that anyone may make", () => {
    it("pay nothing to who makes them", async () => {
      const { world, proposal } = await final.load();
      const { wallets, currency, ledger, vault, attribution, indexes, datasets, payouts, usage, receivers } = world;
      const mallory = item(wallets, wallets.length - 1);
      const wealth = async () => {
        const bonds = await Promise.all(
          [attribution, indexes, datasets].map((controller) => vault.bondOf(controller, mallory)),
        );
        return [
          await currency.balanceOf(mallory),
          await ledger.balanceOf(mallory),
          ...bonds.map(({ free, locked, leaving }) => free + locked + leaving),
        ];
      };
      await currency.mint(await receivers.receiverOf(world.model), 12_345n);
      await world.networkHelpers.time.increase(20 * DAY);
      await receivers.connect(mallory).sweep(world.model);
      const [own, line] = [world.claimOf(proposal, [0, 1]), world.claimOf(proposal, [2])];
      expect(world.contributors.some(({ address }) => address === mallory.address)).to.equal(false);
      await usage.connect(mallory).cut(world.model);
      await ledger.connect(mallory).distributeMany([world.model]);
      await ledger.connect(mallory).withdrawMany([world.owner, world.treasury, world.scorer, mallory]);
      await payouts.connect(mallory).claim([own, line]);
      await payouts.connect(mallory).claimProRata([{ stream: world.stream, indexes: [0, 1, 2] }]);
      await world.networkHelpers.time.increase(20 * DAY);
      await attribution.connect(mallory).fallBack(world.stream, 1);
      await payouts.connect(mallory).touch(world.stream);
      expect(await wealth()).to.deep.equal([0n, 0n, 0n, 0n, 0n]);
    });

    it("in a circle of putting in and taking out give back what was put in, however often", async () => {
      const world = await reported.load();
      const { wallets, currency, market, vault, attribution, networkHelpers, model, ledger } = world;
      const mallory = item(wallets, wallets.length - 1);
      await currency.mint(mallory, 10_000n);
      for (const spender of [market, vault]) await currency.connect(mallory).approve(spender, 2n ** 200n);
      const held = [await currency.balanceOf(ledger), await currency.balanceOf(vault)];
      for (let turn = 0; turn < 12; turn++) {
        await market.connect(mallory).deposit(mallory, model, 3_333n);
        await vault.connect(mallory).deposit(attribution, mallory, 6_667n);
        await market.connect(mallory).requestWithdrawal(model);
        await vault.connect(mallory).requestWithdrawal(attribution, 6_667n);
        await networkHelpers.time.increase(8 * DAY);
        await market.connect(mallory).withdraw(model, mallory);
        await vault.connect(mallory).withdraw(attribution, mallory);
        expect(await currency.balanceOf(mallory)).to.equal(10_000n);
      }
      expect([await currency.balanceOf(ledger), await currency.balanceOf(vault)]).to.deep.equal(held);
    });
  });

  describe("attack 41: a wei that somebody sends first", () => {
    const at = useFixture(buildMarket);

    it("stops no payment, deposit, sweep, bond or payout of an exact amount", async () => {
      const world = await buildReportedWorld(at());
      const { currency, market, ledger, payouts, vault, receivers, attribution, payer, model, provider } = world;
      const mallory = item(world.wallets, world.wallets.length - 1);
      await currency.mint(mallory, 1_000n);
      const proposal = await world.propose();
      await world.networkHelpers.time.increaseTo(world.closesAt(proposal));
      const receiver = await receivers.receiverOf(model);
      const gas = { gasLimit: 3_000_000n };
      const moves = [
        () => market.connect(payer).pay(model, 1_000n, REQUEST, gas),
        () => market.connect(payer).deposit(payer, model, 1_000n, gas),
        () => vault.connect(payer).deposit(attribution, payer, 1_000n, gas),
        () => currency.connect(payer).transfer(receiver, 1_000n, gas),
        () => receivers.sweep(model, gas),
        () => attribution.finalise(proposal.statement, gas),
        () => payouts.claim([world.claimOf(proposal, [0, 1, 2])], gas),
        () => payouts.claimProRata([{ stream: world.stream, indexes: [0, 1, 2] }], gas),
        () => ledger.distribute(model, gas),
        () => ledger.withdrawMany([world.owner], gas),
      ];
      for (const [place, move] of moves.entries()) {
        await provider.request({ method: "evm_setAutomine", params: [false] });
        for (const to of [ledger, market, vault, payouts, receiver, receivers]) {
          await currency.connect(mallory).transfer(to, 1n, gas);
        }
        const { hash } = await move();
        await provider.request({ method: "evm_mine" });
        await provider.request({ method: "evm_setAutomine", params: [true] });
        const receipt = await world.ethers.provider.getTransactionReceipt(hash);
        expect([receipt?.index, receipt?.status], `move ${place}`).to.deep.equal([6, 1]);
      }
      expect((await market.channelOf(payer, model)).balance).to.equal(1_000n);
      expect((await vault.bondOf(attribution, payer)).free).to.equal(1_000n);
      expect(await currency.balanceOf(payouts), "her wei are nobody's").to.equal(BigInt(moves.length));
      // What she sent to the model's address was swept with the rest: five wei by then.
      const { gross } = await ledger.incomeOf(model);
      expect(gross).to.equal(SMALL.payment + 2_000n + 5n);
    });

    it("of a voucher that is redeemed first takes nothing from the later voucher, which is worth the rest", async () => {
      const { market, client, payer, model, carol } = at();
      await market.connect(payer).deposit(payer, model, 10_000n);
      const [small, whole] = [
        await signVoucher(client, payer, model, 1n),
        await signVoucher(client, payer, model, 900n),
      ];
      await market.connect(carol).redeem(model, [small]);
      await market.redeem(model, [whole]);
      expect(await channel(market, payer.address, model)).to.deep.equal([9_100n, 900n, 0n]);
    });
  });

  describe("attack 42: who claims for somebody else", () => {
    it("sends them their money, and can send it nowhere else", async () => {
      const { world, proposal } = await final.load();
      const { payouts, currency, contributors, stranger } = world;
      for (const name of ["claim", "claimSingleLine", "claimProRata", "claimProRataOf"]) {
        const inputs = payouts.interface.getFunction(name as "claim").format("full");
        expect(inputs, "no address is given").not.to.contain("address");
      }
      const before = await currency.balanceOf(stranger);
      await payouts.connect(stranger).claim([world.claimOf(proposal, [0, 1, 2])]);
      await payouts.connect(stranger).claimProRata([{ stream: world.stream, indexes: [0, 1, 2] }]);
      expect(await currency.balanceOf(stranger)).to.equal(before);
      const amounts = lineAmounts(firstPool(world.spec), world.weights);
      for (const [i, wallet] of contributors.entries()) {
        expect((await currency.balanceOf(wallet)) >= item(amounts, i)).to.equal(true);
      }
    });

    it("changes nothing of what they set, and takes no later money from them", async () => {
      const { world, proposal } = await final.load();
      const { payouts, currency, contributors, stranger, payer } = world;
      const wallet = item(contributors, 0);
      await payouts.connect(stranger).setRecipient(stranger);
      await payouts.connect(wallet).setRecipient(payer);
      const before = await currency.balanceOf(payer);
      await payouts.connect(stranger).claim([world.claimOf(proposal, [0])]);
      expect(await payouts.recipientOf(wallet)).to.equal(payer.address);
      expect((await currency.balanceOf(payer)) - before).to.equal(lineAmounts(firstPool(world.spec), world.weights)[0]);
      expect(await currency.balanceOf(wallet)).to.equal(0n);
    });
  });

  describe("attack 44: a thousand recipients", () => {
    it("cost who ends an interval what three cost, and are paid in as many transactions as the caller likes", async () => {
      const few = await buildReportedWorld(await deploySuite());
      const many = await buildReportedWorld(await deploySuite(), deepSpec());
      const gas = await Promise.all(
        [few, many].map(async (world) => {
          const proposal = await world.propose();
          await world.networkHelpers.time.increaseTo(world.closesAt(proposal));
          const steps = {
            finalise: await gasOf(world.attribution.finalise(proposal.statement)),
            distribute: await gasOf(world.ledger.distribute(world.model)),
          };
          return { world, proposal, steps };
        }),
      );
      const [small, large] = [item(gas, 0), item(gas, 1)];
      for (const step of ["finalise", "distribute"] as const) {
        const [a, b] = [small.steps[step], large.steps[step]];
        expect(b - a < 300n, `${step}: ${a} gas of 3 recipients, ${b} of ${LINES}`).to.equal(true);
      }
      const { world, proposal } = large;
      const weights = world.weights.map((weight, i) => ({ weight, i })).filter(({ weight }) => weight > 0n);
      expect(weights.length).to.be.greaterThan(250);
      const BATCH = 150;
      for (let from = 0; from < LINES; from += BATCH) {
        const lines = Array.from({ length: Math.min(BATCH, LINES - from) }, (_, i) => from + i);
        const used = await gasOf(world.payouts.claim([world.claimOf(proposal, lines)], { gasLimit: TRANSACTION_CAP }));
        expect(used < TRANSACTION_CAP).to.equal(true);
      }
      expect(await world.currency.balanceOf(world.payouts)).to.equal(0n);
    });

    it("leave no step without a bound: the largest of each fits in a transaction", async () => {
      const world = await suite.load();
      const { models, ledger, market, wallets, currency } = world;
      const [owner, payer] = [item(wallets, 0), item(wallets, 3)];
      await currency.mint(payer, 10n ** 15n);
      await currency.connect(payer).approve(market, 10n ** 15n);
      const parents: { model: bigint; shareBps: bigint }[] = [];
      while (parents.length < 16) parents.push({ model: await registerModel(world, owner), shareBps: 300n });
      const sources: ReturnType<typeof source>[] = [];
      while (sources.length < 16) {
        sources.push(source(await frozenDataset(world, owner, payer, { streamBps: 300n }), 300n));
      }
      const parts = registration({ kind: ModelKind.Merge, parents, sources });
      const register = await gasOf(models.connect(owner).register(parts));
      const model = await models.modelCount();
      await market.connect(owner).list(model, 1n);
      await market.connect(payer).pay(model, 10n ** 12n, REQUEST);
      const distribute = await gasOf(ledger.distribute(model));
      for (const used of [register, distribute]) expect(used < TRANSACTION_CAP / 10n, `${used} gas`).to.equal(true);
      const seventeen = registration({ parents: [...parents, { model, shareBps: 1n }] });
      await expect(models.connect(owner).register(seventeen)).to.be.revertedWithCustomError(models, "TooManyEdges");
    });
  });

  describe("attack 46: what reads the chain", () => {
    const at = useFixture(buildMarket);

    it("counts every payment of a transaction by its own event, before and after a cut in the middle of it", async () => {
      const world = at();
      const { market, usage, currency, client, model, other, payer, bob, ethers } = world;
      const contract = await ethers.deployContract("ScriptedWallet");
      const second = await fundedPayer(world, "second payer");
      for (const wallet of [payer, second]) await market.connect(wallet).deposit(wallet, model, 50_000n);
      await currency.mint(contract, 100_000n);
      const target = await market.getAddress();
      const call = (data: string) => ({ target, data });
      const pay = (which: bigint, amount: bigint) =>
        call(market.interface.encodeFunctionData("payFor", [bob.address, which, amount, REQUEST]));
      const redeem = async (wallet: typeof payer, amount: bigint) =>
        call(
          market.interface.encodeFunctionData("redeem", [model, [await signVoucher(client, wallet, model, amount)]]),
        );
      const approve = currency.interface.encodeFunctionData("approve", [target, 100_000n]);
      const cut = { target: await usage.getAddress(), data: usage.interface.encodeFunctionData("cut", [model]) };
      await contract.run([
        { target: await currency.getAddress(), data: approve },
        pay(other, PRICE),
        pay(model, PRICE + 1n),
        await redeem(payer, 700n),
        pay(model, PRICE + 2n),
        cut,
        await redeem(second, 800n),
        pay(other, PRICE + 3n),
        pay(model, PRICE + 4n),
      ]);
      await world.networkHelpers.time.increase(2 * DAY);
      await usage.cut(model);
      const paid = async (interval: number) =>
        Object.fromEntries(
          (await readPayers(client, model, interval)).map(({ payer: by, paid: amount }) => [by, amount]),
        );
      expect(await paid(0)).to.deep.equal({ [bob.address]: 2n * PRICE + 3n, [payer.address]: 700n });
      expect(await paid(1)).to.deep.equal({ [bob.address]: PRICE + 4n, [second.address]: 800n });
    });

    it("has a test for every getter of every contract", async () => {
      const contracts: Suite = at();
      const files = (await readdir("test", { recursive: true })).filter((name) => name.endsWith(".ts"));
      const texts = await Promise.all(files.map((name) => readFile(join("test", name), "utf8")));
      const all = texts.join("\n");
      const untested = SUITE_ROLES.flatMap((role) =>
        functionsOf(contracts[role].interface, "reading")
          .filter((name) => !new RegExp(`\\.${name}(\\.staticCall)?\\(|"${name}[("]`).test(all))
          .map((name) => `${role}.${name}`),
      );
      expect(untested).to.deep.equal([]);
    });
  });
});
