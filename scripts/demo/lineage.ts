import type { TransactionReceipt } from "ethers";
import { type Sender, type Suite, streamIdOf } from "../../client/index.ts";
import {
  attributeContributions,
  buildIndex,
  contributionTree,
  DEFAULT_RIDGE_CONFIG,
  DEFAULT_TEXT_CONFIG,
  encodeHead,
  encodeIndex,
  encodeWhitening,
  halfCreditedMethod,
  type Hex,
  headDigest,
  type InfluenceIndex,
  indexTree,
  jsonDigest,
  type RidgeModel,
  textFeatures,
  trainRidge,
  whiteningDigest,
  ZERO_WORD,
} from "../../scorer/index.ts";
import type { Contributor } from "./corpus.ts";
import type { Cast } from "./cast.ts";
import type { Publishing } from "./publisher.ts";

/** What a base model's developer, a fine-tune's contributors and so on get, in basis points. */
const SHARES = { baseOfFinetune: 1_000, dataOfFinetune: 6_000, finetuneOfAgent: 2_000 } as const;
const LICENCE = "CC0-1.0";

/** A curated text dataset that anyone may train on. */
const TERMS = {
  modality: 0,
  curation: 1,
  training: 0,
  streamBps: 5_000,
  proRataBps: 1_000,
  rowCap: 500,
  deposit: 0,
} as const;

/** Prices of one verdict, in 10^-6 dollars. */
export const PRICES = { agent: 200_000n, finetune: 100_000n } as const;

const KINDS = { base: 0, finetune: 1, agent: 5 } as const;
const ALL_KINDS = 0x3f;

/** A contributor with its wallet and what it submits. */
export interface Member {
  readonly contributor: Contributor;
  readonly sender: Sender;
  /** Root over its rows; each leaf names its wallet. */
  readonly root: Hex;
}

/** The contribution of one domain: a Merkle root over the sha-256 of its mails. */
export function memberOf(contributor: Contributor, sender: Sender): Member {
  const rows = contributor.rows.map(({ bytes }) => bytes);
  return { contributor, sender, root: contributionTree(sender.address as Hex, rows).root };
}

/** Creates the dataset; the curator owns it. */
export async function createDataset(suite: Suite, cast: Cast, publisher: Publishing): Promise<bigint> {
  const { datasets } = suite;
  const card = { name: "SpamAssassin public corpus by sender's domain", licence: LICENCE, modality: "text" };
  const { digest, uri } = await publisher.json("dataset.json", card);
  const receipt = await cast.curator.send(
    "creating the dataset",
    datasets.createDataset.populateTransaction(TERMS, LICENCE, digest, uri),
  );
  return createdId(receipt, suite, "DatasetCreated", "dataset");
}

/** One contribution, signed and sent by its own wallet. */
export async function contribute(suite: Suite, dataset: bigint, member: Member): Promise<void> {
  const { contributor, sender, root } = member;
  const call = suite.datasets.contribute.populateTransaction(
    dataset,
    root,
    contributor.rows.length,
    `contributions.json#${contributor.name}`,
  );
  await sender.send(`the contribution of ${contributor.name}`, call);
}

/** The curator accepts all contributions, in batches that stay far below a block's gas, and freezes a version. */
export async function acceptAndFreeze(
  suite: Suite,
  cast: Pick<Cast, "curator">,
  dataset: bigint,
  members: readonly Member[],
): Promise<void> {
  const BATCH = 40;
  for (let i = 0; i < members.length; i += BATCH) {
    const submissions = members.slice(i, i + BATCH).map(({ sender, root }) => ({ contributor: sender.address, root }));
    await cast.curator.send("accepting contributions", suite.datasets.accept.populateTransaction(dataset, submissions));
  }
  await cast.curator.send("freezing a version", suite.datasets.freeze.populateTransaction(dataset));
}

/** The spam filter, trained, with its influence index. */
export interface Trained {
  readonly model: RidgeModel;
  readonly index: InfluenceIndex;
  readonly indexFile: Uint8Array;
  readonly indexRoot: Hex;
}

/** Trains the head on all rows and computes the influence features of each contribution. Pure: same bytes everywhere. */
export function train(members: readonly Member[]): Trained {
  const rows = members.flatMap(({ contributor }, i) => contributor.rows.map((mail) => ({ mail, i })));
  const features = textFeatures(rows.map(({ mail }) => mail));
  const labels = rows.map(({ mail }) => mail.label);
  const model = trainRidge(features, labels, 2);
  const contributionOf = rows.map(({ i }) => i);
  const phi = attributeContributions(model, { features, labels, contributionOf, contributions: members.length });
  const index = buildIndex(
    phi,
    members.map(({ contributor }) => Math.min(contributor.rows.length, TERMS.rowCap)),
  );
  return { model, index, indexFile: encodeIndex(index), indexRoot: indexTree(index).root };
}

/** The three models of the lineage, and the stream that pays the dataset's contributors. */
export interface Lineage {
  readonly base: bigint;
  readonly finetune: bigint;
  readonly agent: bigint;
  readonly stream: bigint;
}

/** Registers base, fine-tune and agent, each by its own developer. */
export async function registerLineage(
  suite: Suite,
  cast: Cast,
  dataset: bigint,
  trained: Trained,
  publisher: Publishing,
): Promise<Lineage> {
  const register = async (
    owner: Sender,
    what: string,
    registration: Parameters<typeof suite.models.register.populateTransaction>[0],
  ) => {
    const receipt = await owner.send(
      `registering the ${what}`,
      suite.models.register.populateTransaction(registration),
    );
    return createdId(receipt, suite, "ModelRegistered", "model");
  };
  const card = async (name: string, content: unknown) => (await publisher.json(name, content)).uri;
  await publisher.file("head.bin", encodeHead(trained.model.head));

  const base = await register(cast.baseLab, "base model", {
    kind: KINDS.base,
    artifactDigest: jsonDigest(DEFAULT_TEXT_CONFIG),
    recipeDigest: ZERO_WORD,
    supersedes: 0n,
    priceHint: 0n,
    operator: cast.baseLab.address,
    children: { kinds: ALL_KINDS, leastBps: SHARES.baseOfFinetune },
    parents: [],
    sources: [],
    uri: await card("base.json", DEFAULT_TEXT_CONFIG),
  });
  const finetune = await register(cast.tuner, "fine-tune", {
    kind: KINDS.finetune,
    artifactDigest: headDigest(trained.model.head),
    recipeDigest: jsonDigest(DEFAULT_RIDGE_CONFIG),
    supersedes: 0n,
    priceHint: PRICES.finetune,
    operator: cast.tuner.address,
    children: { kinds: ALL_KINDS, leastBps: SHARES.finetuneOfAgent },
    parents: [{ model: base, shareBps: SHARES.baseOfFinetune }],
    sources: [{ dataset, version: 1, shareBps: SHARES.dataOfFinetune, permission: [] }],
    uri: await card("finetune.json", DEFAULT_RIDGE_CONFIG),
  });
  const instructions = { agent: "answers whether a mail is spam", asks: String(finetune) };
  const agent = await register(cast.agentMaker, "agent", {
    kind: KINDS.agent,
    artifactDigest: jsonDigest(instructions),
    recipeDigest: ZERO_WORD,
    supersedes: 0n,
    priceHint: PRICES.agent,
    operator: cast.agentMaker.address,
    children: { kinds: 0, leastBps: 0 },
    parents: [{ model: finetune, shareBps: SHARES.finetuneOfAgent }],
    sources: [],
    uri: await card("agent.json", instructions),
  });
  const { market } = suite;
  await cast.tuner.send("listing the fine-tune", market.list.populateTransaction(finetune, PRICES.finetune));
  await cast.agentMaker.send("listing the agent", market.list.populateTransaction(agent, PRICES.agent));
  return { base, finetune, agent, stream: streamIdOf(finetune, 0) };
}

/** Commits basis, method and index of the fine-tune; the index serves fees that come after its activation. */
export async function commitIndex(
  suite: Suite,
  cast: Pick<Cast, "tuner">,
  lineage: Pick<Lineage, "finetune" | "stream">,
  trained: Trained,
  publisher: Publishing,
): Promise<void> {
  const { indexes } = suite;
  const { model, index } = trained;
  const method = halfCreditedMethod(model, DEFAULT_RIDGE_CONFIG.lambda);
  const { uri } = await publisher.json("method.json", method);
  await publisher.file("whitening.bin", encodeWhitening(model.whitening));
  const basis = {
    lanes: index.lanesPerRow,
    basisDigest: whiteningDigest(model.whitening),
    methodDigest: jsonDigest(method),
  };
  await cast.tuner.send("committing the basis", indexes.commitBasis.populateTransaction(lineage.finetune, basis, uri));
  const file = await publisher.file("index.trix", trained.indexFile);
  const call = indexes.commitIndex.populateTransaction(
    lineage.stream,
    trained.indexRoot,
    index.exponentBound,
    file.uri,
  );
  await cast.tuner.send("committing the influence index", call);
}

/** The id that a transaction made. */
export function createdId(
  receipt: TransactionReceipt,
  suite: Suite,
  event: "DatasetCreated" | "ModelRegistered",
  member: string,
): bigint {
  const abi = event === "DatasetCreated" ? suite.datasets.interface : suite.models.interface;
  for (const log of receipt.logs) {
    const parsed = abi.parseLog(log);
    if (parsed?.name === event) return parsed.args.getValue(member) as bigint;
  }
  throw new Error(`transaction ${receipt.hash} has no ${event}`);
}
