import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BrowserProvider, id, Wallet } from "ethers";
import { network } from "hardhat";
import { type AddressBook, connectSuite, Sender, type Suite } from "../../client/index.ts";
import { fundDollars, fundGas } from "../../scripts/demo/cast.ts";
import { deploymentIdOf, deploySuite } from "../../scripts/deployment.ts";
import type { Chain } from "../../scripts/network.ts";
import { keyNamed, payerName, PRICE } from "./names.ts";

/** A suite on a chain of its own with a model that is for sale, and payers with prepaid balances. */
export interface GatewayWorld {
  readonly chain: Chain;
  readonly book: AddressBook;
  readonly suite: Suite;
  readonly model: bigint;
  /** Owns the model and signs for it */
  readonly operator: Sender;
  readonly payers: readonly Sender[];
}

/**
 * Deploys the suite to a fresh development node, and opens channels.
 *
 * @param calls - how many calls each payer's balance covers
 */
export async function buildGatewayWorld(url: string, payers: number, calls: number): Promise<GatewayWorld> {
  const connection = await network.create({ network: "localhost", override: { url } });
  const chainId = Number(await connection.provider.request({ method: "eth_chainId" }));
  const client = String(await connection.provider.request({ method: "web3_clientVersion" }));
  const provider = new BrowserProvider(connection.provider, chainId, { cacheTimeout: -1, staticNetwork: true });
  const chain: Chain = { connection, provider, chainId, client };
  const senderOf = (name: string): Sender => new Sender(new Wallet(keyNamed(name)), provider);
  const operator = senderOf("operator");
  const deploymentId = await deploymentIdOf(chain, `gateway-${process.pid}`);
  const book = await deploySuite(chain, { treasury: senderOf("treasury").address, deploymentId });
  // The journal is for chains that outlive the process.
  await rm(join("ignition", "deployments", deploymentId), { recursive: true });
  const suite = await connectSuite(book, provider);
  const wallets = Array.from({ length: payers }, (_, i) => senderOf(payerName(i)));
  await fundGas(chain, [operator, ...wallets], () => undefined);
  const model = await registerModel(suite, operator);
  for (const payer of wallets) await prepay(suite, payer, model, PRICE * BigInt(calls));
  return { chain, book, suite, model, operator, payers: wallets };
}

/** A base model of the operator's, for sale. */
async function registerModel(suite: Suite, operator: Sender): Promise<bigint> {
  const { models, market } = suite;
  await operator.send(
    "registering the model",
    models.register.populateTransaction({
      kind: 0,
      artifactDigest: id("a spam filter"),
      recipeDigest: id("ridge"),
      supersedes: 0n,
      priceHint: PRICE,
      operator: operator.address,
      children: { kinds: 0, leastBps: 0 },
      parents: [],
      sources: [],
      uri: "ipfs://model",
    }),
  );
  const model = await models.modelCount();
  await operator.send("listing the model", market.list.populateTransaction(model, PRICE));
  return model;
}

async function prepay(suite: Suite, payer: Sender, model: bigint, amount: bigint): Promise<void> {
  const { market, book } = suite;
  await fundDollars(suite, payer, amount, book.contracts.market);
  await payer.send("prepaying", market.deposit.populateTransaction(payer.address, model, amount));
}
