import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BrowserProvider } from "ethers";
import { network } from "hardhat";
import { type AddressBook, connectSuite, type Sender, type Suite } from "../../client/index.ts";
import { openFiles } from "../../services/index.ts";
import { type Cast, castOf, depositBond, fundDollars, fundGas, senderNamed } from "../demo/cast.ts";
import type { Contributor } from "../demo/corpus.ts";
import {
  acceptAndFreeze,
  commitIndex,
  contribute,
  createDataset,
  type Lineage,
  type Member,
  memberOf,
  PRICES,
  registerLineage,
  type Trained,
  train,
} from "../demo/lineage.ts";
import { Publisher } from "../demo/publisher.ts";
import { deploymentIdOf, deploySuite } from "../deployment.ts";
import { type Chain, moveTime } from "../network.ts";

/** What a local network begins with. */
export interface WorldOptions {
  readonly url: string;
  /** Emptied; gets the address book, the trained filter, and `published/` */
  readonly folder: string;
  readonly contributors: readonly Contributor[];
  /** Names of wallets that run services: they get gas, and bonds under the attribution registry */
  readonly services: readonly string[];
  /** Wallets that prepay for the fine-tune */
  readonly payers: number;
  /** Calls that each payer's balance covers */
  readonly calls: number;
  /** Of the deployment, where it differs from the module's */
  readonly parameters?: Readonly<Record<string, number | bigint>>;
}

/** A deployed suite with a trained model that is for sale, and an index that serves it. */
export interface StackWorld {
  readonly chain: Chain;
  readonly book: AddressBook;
  readonly suite: Suite;
  readonly cast: Cast;
  readonly members: readonly Member[];
  readonly trained: Trained;
  readonly lineage: Lineage;
  readonly payers: readonly Sender[];
  /** Files of the deployment, the filter, and what is published */
  readonly paths: { readonly book: string; readonly filter: string; readonly published: string };
}

/** Statement bonds that each service has in the vault. */
const BONDS = 500n;

/** The name of a payer. */
export function payerNamed(i: number): string {
  return `payer ${i}`;
}

/** Connects to a development node. */
export async function connectTo(url: string): Promise<Chain> {
  const connection = await network.create({ network: "localhost", override: { url } });
  const chainId = Number(await connection.provider.request({ method: "eth_chainId" }));
  const client = String(await connection.provider.request({ method: "web3_clientVersion" }));
  const provider = new BrowserProvider(connection.provider, chainId, { cacheTimeout: -1, staticNetwork: true });
  return { connection, provider, chainId, client };
}

/** Plays the demo's steps up to an index that serves, on a fresh development node; moves its clock for that. */
export async function buildStackWorld(options: WorldOptions): Promise<StackWorld> {
  const { url, folder, contributors, services, payers: payerCount, calls, parameters = {} } = options;
  const publisher = await Publisher.at(folder);
  const chain = await connectTo(url);
  const cast = castOf(chain);
  const deploymentId = await deploymentIdOf(chain, `stack-${process.pid}`);
  const book = await deploySuite(chain, { treasury: cast.treasury.address, deploymentId, parameters });
  // The journal is for chains that outlive the process.
  await rm(join("ignition", "deployments", deploymentId), { recursive: true });
  await publisher.json("address-book.json", book);
  const suite = await connectSuite(book, chain.provider);

  const members = contributors.map((contributor) => memberOf(contributor, senderNamed(chain, contributor.name)));
  const senders = services.map((name) => senderNamed(chain, name));
  const payers = Array.from({ length: payerCount }, (_, i) => senderNamed(chain, payerNamed(i)));
  const { curator, baseLab, tuner, agentMaker } = cast;
  const acting = [curator, baseLab, tuner, agentMaker, ...senders, ...payers, ...members.map(({ sender }) => sender)];
  await fundGas(chain, acting, () => undefined);

  const dataset = await createDataset(suite, cast, publisher);
  for (const member of members) await contribute(suite, dataset, member);
  await acceptAndFreeze(suite, cast, dataset, members);
  const trained = train(members);
  const lineage = await registerLineage(suite, cast, dataset, trained, publisher);
  await commitIndex(suite, cast, lineage, trained, publisher);
  await moveTime(chain, Number(await suite.indexes.INDEX_DELAY()));
  await tuner.send("activating the index", suite.indexes.activateIndex.populateTransaction(lineage.stream));

  const published = join(folder, "published");
  const files = await openFiles(published);
  await files.publishIndex(trained.indexFile, trained.indexRoot);
  const bond = BONDS * (await suite.attribution.BOND_FLOOR());
  for (const sender of senders) await depositBond(suite, sender, bond);
  for (const payer of payers) {
    const amount = PRICES.finetune * BigInt(calls);
    await fundDollars(suite, payer, amount, book.contracts.market);
    const deposit = suite.market.deposit.populateTransaction(payer.address, lineage.finetune, amount);
    await payer.send("prepaying", deposit);
  }
  const paths = { book: join(folder, "address-book.json"), filter: folder, published };
  return { chain, book, suite, cast, members, trained, lineage, payers, paths };
}
