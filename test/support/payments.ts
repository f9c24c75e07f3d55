import { AbiCoder, type Signer } from "ethers";
import type { RevenueLedger, ScriptedWallet } from "../../typechain-types/index.ts";
import { item } from "./fixture.ts";
import type { Suite } from "./suite.ts";

/** A call that a scripted wallet makes. */
export interface Call {
  target: string;
  data: string;
}

/** The part of a token that tests need: all of them let anyone mint. */
export interface Mintable {
  getAddress(): Promise<string>;
  mint(to: string, amount: bigint): Promise<unknown>;
}

/** Seconds between asking for prepaid money and taking it: two days, as deployments have it. */
export const PREPAID_DELAY = 172_800n;

const ERC20_TRANSFER = "function transfer(address to, uint256 amount)";

/** The calls as a scripted wallet reads them from the data that `credit` hands back. */
export function script(calls: readonly Call[]): string {
  return AbiCoder.defaultAbiCoder().encode(["tuple(address target, bytes data)[]"], [calls]);
}

/** The call that sends `amount` of a token to `to`. */
export async function transferCall(suite: Suite, token: Mintable, to: string, amount: bigint): Promise<Call> {
  const erc20 = new suite.ethers.Interface([ERC20_TRANSFER]);
  return { target: await token.getAddress(), data: erc20.encodeFunctionData("transfer", [to, amount]) };
}

/** The call that pays a model's fees, with the calls to be made when the ledger asks for the money. */
export async function creditCall(
  ledger: RevenueLedger,
  model: bigint,
  amount: bigint,
  then: readonly Call[],
): Promise<Call> {
  const data = ledger.interface.encodeFunctionData("credit", [model, amount, script(then)]);
  return { target: await ledger.getAddress(), data };
}

/** A ledger, its currency, and a contract wallet that pays into it what a test tells it to. */
export interface Till {
  ledger: RevenueLedger;
  currency: Mintable;
  payer: ScriptedWallet;
}

/** A ledger of its own for the suite's models on another currency, with a wallet as the registry that ends intervals. */
export async function deployTill(suite: Suite, currency: Mintable, protocolFeeBps = 100n) {
  const { ethers, models, treasury, deployer, wallets } = suite;
  const ledger = await ethers.deployContract("RevenueLedger", [
    await currency.getAddress(),
    models,
    treasury,
    protocolFeeBps,
    PREPAID_DELAY,
  ]);
  const payouts = await ethers.getContractAt("StreamPayouts", await ledger.PAYOUTS());
  const attribution = item(wallets, 17);
  await payouts.connect(deployer).appoint(attribution);
  const market = await ethers.getContractAt("InferenceMarket", await ledger.MARKET());
  return { ledger, currency, payer: await ethers.deployContract("ScriptedWallet"), payouts, attribution, market };
}

/** Pays a model's fees honestly, once for each amount, in one transaction. */
export async function payFees(suite: Suite, till: Till, model: bigint, ...amounts: readonly bigint[]) {
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  await till.currency.mint(await till.payer.getAddress(), total);
  const ledger = await till.ledger.getAddress();
  const calls = amounts.map(async (amount) =>
    creditCall(till.ledger, model, amount, [await transferCall(suite, till.currency, ledger, amount)]),
  );
  return till.payer.run(await Promise.all(calls));
}

/** Gives `wallet` money, lets the market spend it, and pays for an inference. */
export async function payForInference(suite: Suite, wallet: Signer, model: bigint, amount: bigint, request: string) {
  await suite.currency.mint(await wallet.getAddress(), amount);
  await suite.currency.connect(wallet).approve(await suite.market.getAddress(), amount);
  return suite.market.connect(wallet).pay(model, amount, request);
}

/** Gives the currency of a suite an issuer that can freeze recipients. */
export async function freezing({ ethers, provider, currency }: Suite) {
  const mock = await (await ethers.getContractFactory("FreezingDollar")).deploy();
  const code = await ethers.provider.getCode(mock);
  await provider.request({ method: "hardhat_setCode", params: [await currency.getAddress(), code] });
  return ethers.getContractAt("FreezingDollar", await currency.getAddress());
}

/** Gives the currency of a suite a hook. */
export async function hooked({ ethers, provider, currency }: Suite) {
  const mock = await (await ethers.getContractFactory("HookToken")).deploy();
  const code = await ethers.provider.getCode(mock);
  await provider.request({ method: "hardhat_setCode", params: [await currency.getAddress(), code] });
  return ethers.getContractAt("HookToken", await currency.getAddress());
}
