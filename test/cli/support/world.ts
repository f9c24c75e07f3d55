import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BrowserProvider } from "ethers";
import { network } from "hardhat";
import { connectSuite, type Sender, type Suite } from "../../../client/index.ts";
import { decodeStatement, encodeStatement } from "../../../scorer/index.ts";
import { favour } from "../../../scripts/demo/attribution.ts";
import { type Cast, castOf, depositBond, fundDollars, fundGas, senderNamed } from "../../../scripts/demo/cast.ts";
import type { Contributor, CorpusMail } from "../../../scripts/demo/corpus.ts";
import { buyVerdict, closeInterval, type Verdict } from "../../../scripts/demo/inference.ts";
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
} from "../../../scripts/demo/lineage.ts";
import { Publisher } from "../../../scripts/demo/publisher.ts";
import { deploymentIdOf, deploySuite } from "../../../scripts/deployment.ts";
import { type Chain, moveTime } from "../../../scripts/network.ts";

export const CONTRIBUTIONS = 4;
export const ROWS_EACH = 6;
/** The demo's lineage: model 2 was trained on dataset 1. */
export const STREAM = 512n;

/** The suite, with nothing in it. */
export interface Deployed {
  readonly chain: Chain;
  readonly suite: Suite;
  /** The demo's wallets, without funds. */
  readonly cast: Cast;
  /** Somebody without any money. */
  readonly pauper: Sender;
  /** Removes what the deployment left in the repository. */
  readonly cleanUp: () => Promise<void>;
}

/** The demo's suite and lineage with four small contributions, and intervals that wait for their statements. */
export interface World extends Deployed {
  readonly members: readonly Member[];
  readonly trained: Trained;
}

/** The demo's suite and lineage, before anything was paid; the index is committed, and not active yet. */
export interface LineageWorld extends Deployed {
  readonly members: readonly Member[];
  readonly trained: Trained;
  readonly lineage: Lineage;
}

/** Plays the demo's steps up to the registered models; files go to `folder`. Nothing moves the chain's clock. */
export async function buildLineage(
  url: string,
  folder: string,
  contributed: readonly Contributor[] = contributors(),
): Promise<LineageWorld> {
  const publisher = await Publisher.at(folder);
  const deployed = await deployTo(url, folder);
  const { chain, cast, suite } = deployed;
  const members = contributed.map((contributor) => memberOf(contributor, senderNamed(chain, contributor.name)));
  const { callers, ...roles } = cast;
  const [caller] = callers;
  if (caller === undefined) throw new Error("the demo has no callers");
  await fundGas(chain, [...Object.values(roles), caller, ...members.map(({ sender }) => sender)], () => undefined);
  const dataset = await createDataset(suite, cast, publisher);
  for (const member of members) await contribute(suite, dataset, member);
  await acceptAndFreeze(suite, cast, dataset, members);
  const trained = train(members);
  const lineage = await registerLineage(suite, cast, dataset, trained, publisher);
  await commitIndex(suite, cast, lineage, trained, publisher);
  return { ...deployed, members, trained, lineage };
}

/**
 * Plays the demo's steps up to reported intervals; files go to `folder`, with the address book and the rows.
 *
 * @param intervals - the mails that are asked about in each, at most ten in all
 * @param contributed - in place of four contributions of the same size
 */
export async function buildWorld(
  url: string,
  folder: string,
  intervals: readonly (readonly CorpusMail[])[] = [[mail(0, 0, 1)], [mail(1, 1, 1)]],
  contributed?: readonly Contributor[],
): Promise<World> {
  const publisher = await Publisher.at(folder);
  const { lineage, ...built } = await buildLineage(url, folder, contributed);
  const { chain, suite, cast, members, trained } = built;
  const [caller] = cast.callers;
  if (caller === undefined) throw new Error("the demo has no callers");
  await moveTime(chain, Number(await suite.indexes.INDEX_DELAY()));
  await cast.tuner.send("activating", suite.indexes.activateIndex.populateTransaction(lineage.stream));

  const { market } = suite.book.contracts;
  await fundDollars(suite, cast.agentMaker, 10n * PRICES.finetune, market);
  await fundDollars(suite, caller, 10n * PRICES.agent, market);
  for (const sender of [cast.scorer, cast.dishonestScorer]) {
    await depositBond(suite, sender, 10n * (await suite.attribution.BOND_FLOOR()));
  }
  for (const asked of intervals) {
    const verdicts: Verdict[] = [];
    for (const request of asked) verdicts.push(await buyVerdict(suite, cast, caller, lineage, trained, request));
    await closeInterval(suite, cast, lineage.finetune, verdicts, publisher);
    for (const model of [lineage.agent, lineage.finetune]) {
      await cast.baseLab.send("distributing", suite.ledger.distribute.populateTransaction(model));
    }
    await moveTime(chain, Number(await suite.usage.CUTTING_PERIOD()));
  }
  const rows = members.flatMap(({ contributor }, contribution) =>
    contributor.rows.map(({ subject, body, label }) => JSON.stringify({ contribution, subject, body, label })),
  );
  await writeFile(join(folder, "rows.jsonl"), `${rows.join("\n")}\n`);
  return built;
}

/** The suite on a fresh chain; its address book goes to `folder`. */
export async function deployTo(url: string, folder: string): Promise<Deployed> {
  const chain = await connect(url);
  const cast = castOf(chain);
  const deploymentId = await deploymentIdOf(chain, `cli-test-${process.pid}`);
  const book = await deploySuite(chain, { treasury: cast.treasury.address, deploymentId });
  await (await Publisher.at(folder)).json("address-book.json", book);
  const suite = await connectSuite(book, chain.provider);
  const cleanUp = (): Promise<void> => rm(join("ignition", "deployments", deploymentId), { recursive: true });
  return { chain, suite, cast, pauper: senderNamed(chain, "pauper"), cleanUp };
}

/** A statement file in which one line's weight is twenty times what it should be, and everything else adds up. */
export function favouring(json: string, line: number): string {
  return encodeStatement(favour(decodeStatement(json), line));
}

async function connect(url: string): Promise<Chain> {
  const connection = await network.create({ network: "localhost", override: { url } });
  const chainId = Number(await connection.provider.request({ method: "eth_chainId" }));
  const client = String(await connection.provider.request({ method: "web3_clientVersion" }));
  const provider = new BrowserProvider(connection.provider, chainId, { cacheTimeout: -1, staticNetwork: true });
  return { connection, provider, chainId, client };
}

function contributors(): Contributor[] {
  return Array.from({ length: CONTRIBUTIONS }, (_, who) => ({
    name: `contributor ${who}`,
    rows: Array.from({ length: ROWS_EACH }, (_, i) => mail(who, i, i % 2 === 0 ? 1 : 0)),
    heldOut: [],
  }));
}

/** Spam and ham that a bag of words tells apart; every contributor has words of its own. */
export function mail(who: number, i: number, label: 0 | 1): CorpusMail {
  const own = `word${"abcd".charAt(who)}${"xyz".charAt(i % 3)}`;
  const subject = label === 1 ? "free offer" : "re: notes";
  const body = label === 1 ? `cheap money offer click ${own}` : `meeting notes patch review ${own}`;
  return { domain: "example.com", subject, body, label, bytes: new TextEncoder().encode(`${subject}\n${body}`) };
}
