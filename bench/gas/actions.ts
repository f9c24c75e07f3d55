import { keccak256, type TransactionReceipt } from "ethers";
import { readStatement, type Sender, signUsageReport, streamIdOf } from "../../client/index.ts";
import type { Hex, UsageReport } from "../../scorer/index.ts";
import { type PlacedContributions, URI, type World } from "./world.ts";

/** So much that a pool gives every one of 2^17 lines something. */
export const PRICE = 10n ** 12n;
export const DIGEST = keccak256("0x01");
const KIND = { base: 0, finetune: 1 } as const;

const TERMS = {
  modality: 0,
  curation: 1,
  training: 0,
  streamBps: 5_000,
  proRataBps: 1_000,
  rowCap: 1_000,
  deposit: 0,
};

export async function createDataset(world: World, owner: Sender): Promise<{ id: bigint; receipt: TransactionReceipt }> {
  const { datasets } = world.suite;
  const receipt = await owner.send(
    "createDataset",
    datasets.createDataset.populateTransaction(TERMS, "CC-BY-4.0", DIGEST, URI),
  );
  return { id: await datasets.datasetCount(), receipt };
}

export async function register(world: World, owner: Sender, parents: readonly bigint[], dataset?: bigint) {
  const { models } = world.suite;
  const registration = {
    kind: parents.length === 0 ? KIND.base : KIND.finetune,
    artifactDigest: DIGEST,
    operator: owner.address,
    recipeDigest: DIGEST,
    children: { kinds: 0x3f, leastBps: 100 },
    supersedes: 0n,
    priceHint: PRICE,
    parents: parents.map((model) => ({ model, shareBps: 150 })),
    sources: dataset === undefined ? [] : [{ dataset, version: 1, shareBps: 6_000, permission: [] }],
    uri: URI,
  };
  const receipt = await owner.send("register", models.register.populateTransaction(registration));
  return { id: await models.modelCount(), receipt };
}

export async function pay(world: World, model: bigint, payer: Sender): Promise<TransactionReceipt> {
  return payer.send("pay", world.suite.market.pay.populateTransaction(model, PRICE, DIGEST));
}

/** A stream over the placed contributions with an index that is committed. */
export async function commitStream(
  world: World,
  placed: PlacedContributions,
  index: { readonly lanes: number; readonly root: string; readonly exponentBound: number },
) {
  const { suite } = world;
  const owner = world.sender(0);
  const { id: dataset } = await createDataset(world, owner);
  await world.placeContributions(dataset, placed);
  await owner.send("freeze", suite.datasets.freeze.populateTransaction(dataset));
  const { id: model } = await register(world, owner, [], dataset);
  const stream = streamIdOf(model, 0);
  const { lanes, root, exponentBound } = index;
  const basis = { lanes, basisDigest: DIGEST, methodDigest: DIGEST };
  await owner.send("commitBasis", suite.indexes.commitBasis.populateTransaction(model, basis, URI));
  await owner.send("commitIndex", suite.indexes.commitIndex.populateTransaction(stream, root, exponentBound, URI));
  return { model, stream };
}

/** The same with an active index and a price. */
export async function openStream(...[world, ...parts]: Parameters<typeof commitStream>) {
  const { suite } = world;
  const owner = world.sender(0);
  const { model, stream } = await commitStream(world, ...parts);
  await world.wait(await suite.indexes.INDEX_DELAY());
  await owner.send("activateIndex", suite.indexes.activateIndex.populateTransaction(stream));
  await owner.send("list", suite.market.list.populateTransaction(model, PRICE));
  return { model, stream };
}

/** Pays a model, cuts the interval and posts its report. */
export async function closeInterval(world: World, model: bigint, interval: number, q: string) {
  const { usage } = world.suite;
  const owner = world.sender(0);
  await pay(world, model, owner);
  if (interval > 0) await world.wait(await usage.CUTTING_PERIOD());
  await owner.send("cut", usage.cut.populateTransaction(model));
  const { from, to } = await usage.intervalAt(model, interval);
  const report: UsageReport = { model, interval, from, to, receiptsRoot: DIGEST as Hex, exponent: 3, q: q as Hex };
  const signature = await signUsageReport(world.suite, owner.signer, report);
  const receipt = await owner.send("report", usage.report.populateTransaction(report, signature));
  return { report, receipt };
}

/** Proposes a statement with a bond, and reads it back. */
export async function propose(
  world: World,
  stream: bigint,
  interval: number,
  tree: { readonly root: string; readonly total: bigint },
) {
  const { attribution } = world.suite;
  const scorer = world.sender(1);
  await world.bond(scorer, await attribution.bondFor(stream, interval));
  const call = attribution.propose.populateTransaction(stream, interval, tree.root, tree.total, 200, URI);
  const receipt = await scorer.send("propose", call);
  return { receipt, statement: (await readStatement(world.suite, stream, interval)).statement };
}
