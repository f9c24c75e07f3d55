import { expect } from "chai";
import { id, ZeroAddress, ZeroHash } from "ethers";
import { signAuthorization, signCharge, signPermit, signVoucher } from "../../client/index.ts";
import { AttributionHistory } from "../referee/attributionHistory.ts";
import { prepareStage } from "../referee/attributionStage.ts";
import { contributeRows, depositFor, openLastRow, signOffer } from "../support/contributions.ts";
import { item } from "../support/fixture.ts";
import {
  createDataset,
  Curation,
  OPEN_TO_CHILDREN,
  registerModel,
  source,
  TERMS,
  Training,
} from "../support/lineage.ts";
import { buildMarket, FUNDS, NEVER, PRICE, REQUEST } from "../support/market.ts";
import { payFees } from "../support/payments.ts";
import { randomFrom } from "../support/random.ts";
import { deploySuite } from "../support/suite.ts";
import { expectSameState } from "./state.ts";
import { contentOf, indexOf } from "./support.ts";

const MONTH = 30 * 86_400;

describe("an index says what the contracts say", function () {
  this.timeout(120_000);

  it("of a random history of statements, challenges and claims, however it is read", async () => {
    const suite = await deploySuite();
    const stage = await prepareStage(suite);
    const live = await indexOf(suite, { reorgDepth: 16 });
    await live.sync.catchUp();
    const history = await AttributionHistory.begin(stage, randomFrom(6));
    await history.play(150);
    await live.sync.catchUp();
    const counts = await expectSameState(suite, live.store);
    for (const what of ["demands", "statements", "challenges", "claims", "proRata", "settlements", "bonds"]) {
      expect(counts[what], what).to.be.greaterThan(0);
    }
    const again = await indexOf(suite, { reorgDepth: 16, maxRange: 7 });
    await again.sync.catchUp();
    expect(contentOf(again.store)).to.deep.equal(contentOf(live.store));
  });

  it("of every way of paying", async () => {
    const world = await buildMarket();
    const { market, ledger, receivers, currency, client, networkHelpers, carol, alice, bob, payer, model, other } =
      world;
    const salt = id("salt");
    const live = await indexOf(world);
    await market.connect(payer).pay(model, PRICE, REQUEST);
    await market.connect(carol).payFor(payer, model, PRICE + 1n, REQUEST);
    const permit = await signPermit(client, payer, FUNDS, NEVER);
    await market.connect(payer).payWithPermit(model, PRICE + 2n, REQUEST, permit);
    const payment = { model, amount: PRICE + 3n, requestDigest: REQUEST, salt, validBefore: NEVER };
    await market.connect(carol).payWithAuthorization(model, REQUEST, await signAuthorization(client, payer, payment));
    for (const wallet of [payer, bob]) await market.connect(wallet).deposit(wallet, model, 100n * PRICE);
    await market.connect(payer).payPrepaid(model, PRICE + 4n, REQUEST);
    const spent = async (): Promise<bigint> => (await market.channelOf(payer, model)).spent;
    const charged = (await spent()) + PRICE + 5n;
    await market.charge(payer, model, charged, REQUEST, await signCharge(client, payer, model, charged, REQUEST));
    const voucher = await signVoucher(client, payer, model, (await spent()) + 777n);
    await market.redeem(model, [voucher, voucher]);
    await currency.connect(bob).transfer(await receivers.receiverOf(other), 1_234n);
    await receivers.sweep(other);
    const wallet = await world.ethers.deployContract("ScriptedWallet");
    await payFees(world, { ledger, currency, payer: wallet }, other, 50n, 51n);
    await market.connect(payer).requestWithdrawal(model);
    await market.connect(bob).requestWithdrawal(model);
    await networkHelpers.time.increase(MONTH);
    await market.connect(bob).withdraw(model, bob);
    await ledger.distributeMany([model, other]);
    await ledger.withdrawMany([alice]);
    await market.connect(alice).delist(other);
    await live.sync.catchUp();
    await expectSameState(world, live.store);
    const rows = live.store.all<{ way: string; amount: string; payer: string | null }>(
      "SELECT * FROM payments ORDER BY id",
    );
    expect(rows.map(({ way, amount }) => [way, Number(amount) - Number(PRICE)])).to.deep.equal([
      ["wallet", 0],
      ["wallet", 1],
      ["wallet", 2],
      ["wallet", 3],
      ["prepaid", 4],
      ["prepaid", 5],
      ["voucher", 777 - Number(PRICE)],
      ["receiver", 1_234 - Number(PRICE)],
      ["credit", 50 - Number(PRICE)],
      ["credit", 51 - Number(PRICE)],
    ]);
    expect(rows.slice(0, 7).every((row) => row.payer === payer.address)).to.equal(true);
    const flows = live.store.all<{ amount: string }>("SELECT amount FROM flows WHERE kind = 'payment'");
    const gross = (await ledger.incomeOf(model)).gross + (await ledger.incomeOf(other)).gross;
    expect(flows.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).to.equal(gross);
  });

  it("of datasets, contributions, deposits, terms and transfers", async () => {
    const suite = await deploySuite();
    const { datasets, models, wallets, networkHelpers } = suite;
    const [owner, buyer, curator, a, b, c] = [0, 1, 2, 3, 4, 5].map((i) => item(wallets, i)) as [
      (typeof wallets)[0] & object,
      (typeof wallets)[0] & object,
      (typeof wallets)[0] & object,
      (typeof wallets)[0] & object,
      (typeof wallets)[0] & object,
      (typeof wallets)[0] & object,
    ];
    for (const wallet of [a, b, c]) await depositFor(suite, wallet, 10_000n);
    const curated = await createDataset(suite, owner, { deposit: 70n });
    const open = await createDataset(suite, owner, {
      curation: Curation.Open,
      deposit: 3n,
      training: Training.Approval,
    });
    await datasets.connect(owner).setCurator(curated, curator, true);
    const sent: Awaited<ReturnType<typeof contributeRows>>[] = [];
    for (const wallet of [a, b, c]) sent.push(await contributeRows(suite, curated, wallet, 5));
    sent.push(await contributeRows(suite, curated, a, 3, "second"));
    const early = await contributeRows(suite, open, a, 4);
    await contributeRows(suite, open, b, 6);
    const name = (i: number) => ({ contributor: item(sent, i).contributor, root: item(sent, i).root });
    await openLastRow(datasets, curated, item(sent, 0));
    await datasets.connect(curator).accept(curated, [name(0), name(1)]);
    await datasets.connect(owner).reject(curated, [name(2)], id("a reason"));
    await networkHelpers.time.increase(MONTH);
    await datasets.connect(a).withdrawContribution(curated, name(3).root);
    await openLastRow(datasets, open, early);
    // A deposit that was locked under other terms is released by the decision that comes after them.
    const pending = await contributeRows(suite, curated, b, 2, "pending");
    await datasets.connect(owner).setTerms(curated, { ...TERMS, curation: Curation.Open, deposit: 0n }, "");
    await datasets.connect(owner).accept(curated, [{ contributor: pending.contributor, root: pending.root }]);
    await datasets.connect(owner).freeze(curated);
    await datasets.connect(b).retire(curated, 1);
    await datasets.connect(owner).freeze(curated);
    await datasets.connect(owner).setAllowLists(open, id("contributors"), ZeroHash);
    await datasets.connect(owner).approveTrainers(open, [a, b], true);
    await datasets.connect(owner).approveTrainers(open, [b], false);
    await datasets.connect(owner).setMetadata(curated, id("another description"), "ipfs://other");
    const signed = await Promise.all(
      [0n, 1n, 1n].map((nonce, i) => signOffer(suite, c, { dataset: open, root: id(`signed ${i}`), nonce })),
    );
    await datasets.connect(owner).contributeBatch(signed);
    await datasets.connect(c).cancelNonces(0n, 0xf0n);
    await datasets.connect(owner).transferFrom(owner, buyer, curated);
    await datasets.connect(buyer).setCurator(curated, a, true);
    await datasets.connect(buyer).transferFrom(buyer, owner, curated);

    const base = await registerModel(suite, a, { sources: [source(curated, 1_000n, 1n)], children: OPEN_TO_CHILDREN });
    const child = await registerModel(suite, a, { parents: [{ model: base, shareBps: 500n }], supersedes: base });
    await models.connect(a).setPayout(base, b);
    await models.connect(a).setChildTerms(base, { kinds: 1, leastBps: 42 });
    await models.connect(a).transferFrom(a, c, base);
    await models.connect(c).setOperator(base, b);
    const live = await indexOf(suite);
    await live.sync.catchUp();
    const counts = await expectSameState(suite, live.store);
    expect(counts).to.deep.include({ datasets: 2, versions: 2, contributions: 9, trainers: 3, curators: 2, models: 2 });
    expect(child).to.equal(2n);
    const curators = live.store.all<{ curator: string }>(
      "SELECT c.curator FROM curators c JOIN datasets d ON d.id = c.dataset AND d.owner = c.owner WHERE appointed = 1",
    );
    expect(
      curators.map((row) => row.curator),
      "appointments are their owner's",
    ).to.deep.equal([curator.address]);
    expect(live.store.all("SELECT 1 FROM eventAccounts WHERE account = ?", ZeroAddress)).to.deep.equal([]);
  });
});
