import { id, type Signer, Wallet } from "ethers";
import { suiteAt } from "../../client/index.ts";
import type { DemoDollar, InferenceMarket, RevenueLedger } from "../../typechain-types/index.ts";
import { item } from "./fixture.ts";
import { registerModel } from "./lineage.ts";
import { bookOf, deploySuite, type Suite } from "./suite.ts";

/** Price of the models that are for sale, in wei. */
export const PRICE = 250n;

/** What a wallet is given to pay with, in wei. */
export const FUNDS = 10n ** 12n;

/** Digest of a request. */
export const REQUEST = id("what is the weather like?");

/** After any block of a test. */
export const NEVER = 2n ** 40n;

/** Fees after the protocol's 1 %. */
export const net = (gross: bigint): bigint => gross - gross / 100n;

/** An account with a key, ether, money, and an approval for the market. */
export async function fundedPayer(suite: Suite, name: string): Promise<Wallet> {
  const payer = new Wallet(id(name), suite.ethers.provider);
  await suite.networkHelpers.setBalance(payer.address, 10n ** 18n);
  await fund(suite, payer);
  return payer;
}

/** Gives a wallet money, and lets the market take it. */
export async function fund({ currency, market }: Pick<Suite, "currency" | "market">, wallet: Signer): Promise<void> {
  await currency.mint(await wallet.getAddress(), FUNDS);
  await currency.connect(wallet).approve(market, FUNDS);
}

/** A suite with two models of alice's for sale, wallets that have money, and `payer`, whose key signs. */
export async function buildMarket() {
  const suite = await deploySuite();
  const [alice, bob, carol] = [0, 1, 2].map((i) => item(suite.wallets, i));
  if (!alice || !bob || !carol) throw new Error("too few wallets");
  const [model, other] = [await registerModel(suite, alice), await registerModel(suite, alice)];
  for (const each of [model, other]) await suite.market.connect(alice).list(each, PRICE);
  for (const wallet of [bob, carol]) await fund(suite, wallet);
  const payer = await fundedPayer(suite, "payer");
  const client = suiteAt(await bookOf(suite), suite.ethers.provider);
  return { ...suite, alice, bob, carol, model, other, payer, client };
}

/** A payer's channel of a model as a plain list: balance, spent, leavesAt. */
export async function channel(market: InferenceMarket, payer: string, model: bigint): Promise<bigint[]> {
  const { balance, spent, leavesAt } = await market.channelOf(payer, model);
  return [balance, spent, leavesAt];
}

/** What a ledger holds beyond the money that its models were paid and its payers have prepaid. */
export async function surplus(
  books: { ledger: RevenueLedger; market: InferenceMarket; currency: Pick<DemoDollar, "balanceOf"> },
  models: readonly bigint[],
  payers: readonly string[],
): Promise<bigint> {
  let owed = 0n;
  for (const model of models) {
    owed += (await books.ledger.incomeOf(model)).gross;
    for (const payer of payers) owed += (await books.market.channelOf(payer, model)).balance;
  }
  return (await books.currency.balanceOf(await books.ledger.getAddress())) - owed;
}
