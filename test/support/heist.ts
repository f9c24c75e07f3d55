import { expect } from "chai";
import { dataSlice, id } from "ethers";
import { item } from "./fixture.ts";
import { sumTree } from "./formats.ts";
import { createDataset, Curation, registration, source, streamOf } from "./lineage.ts";
import { buildMarket, net, PRICE, REQUEST } from "./market.ts";
import { type Call, creditCall, deployTill, payFees, PREPAID_DELAY, transferCall } from "./payments.ts";

const WEIGHTS = [3n, 1n];
/** What the model was paid, in wei. */
export const GROSS = 1_000_000n;
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
export async function buildHeist() {
  const suite = await buildMarket();
  const { ethers, networkHelpers, models, datasets, carol, treasury, alice } = suite;
  const currency = await ethers.deployContract("HookToken");
  const till = await deployTill(suite, currency);
  const { ledger, market, payouts, attribution } = till;
  const vault = await ethers.deployContract("BondVault", [currency, 3_600n]);
  const receivers = await ethers.deployContract("ModelReceivers", [ledger]);
  const thief = await ethers.deployContract("ScriptedWallet");
  const loot = await thief.getAddress();
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
