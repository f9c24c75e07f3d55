import { type PublishedReceipt, type Sender, streamIdOf } from "../../../client/index.ts";
import {
  type Hex,
  headDigest,
  jsonDigest,
  queryDigest,
  sha256,
  whiteningDigest,
  ZERO_WORD,
} from "../../../scorer/index.ts";
import { feesAfterPaying } from "../../../scripts/demo/inference.ts";
import { answer, type Digit, type Trained } from "./digits.ts";
import { DOLLAR, type Stage } from "./stage.ts";

/** What the model's dataset gets of its income, and what of that is always pro-rata. */
export const SHARE_BPS = 5_000;
export const PRO_RATA_BPS = 1_000;
/** For one answer. */
export const PRICE = 5n * DOLLAR;

export const URI = "ipfs://f01551220";
const ALL_KINDS = 0x3f;
const ENOUGH_ROWS = 1_000_000;
/** More than a payment ever takes: saves an estimate each. */
const PAYMENT_GAS = 200_000n;

/** A dataset's terms as the registry takes them: images, curated, anyone may train. */
export const CURATED = {
  modality: 1,
  curation: 1,
  training: 0,
  streamBps: SHARE_BPS,
  proRataBps: PRO_RATA_BPS,
  rowCap: ENOUGH_ROWS,
  deposit: 0,
};

/** What one wallet contributes. */
export interface Contribution {
  readonly wallet: Sender;
  readonly rows: readonly Digit[];
}

/** A dataset version's stream of a model. */
export interface Stream {
  readonly model: bigint;
  readonly stream: bigint;
  readonly operator: Sender;
  readonly contributions: readonly Contribution[];
  readonly trained: Trained;
}

export async function createDataset({ suite, roles }: Stage, terms: typeof CURATED): Promise<bigint> {
  const { datasets } = suite;
  const create = datasets.createDataset.populateTransaction(terms, "CC0-1.0", sha256(new Uint8Array(1)), URI);
  await roles.curator.send("creating a dataset", create);
  return datasets.datasetCount();
}

/** Submits a contribution of however many rows its wallet says that it has. */
export async function submit(
  { suite: { datasets } }: Stage,
  dataset: bigint,
  { wallet, root, rows }: { readonly wallet: Sender; readonly root: Hex; readonly rows: number },
): Promise<void> {
  await wallet.send("contributing", datasets.contribute.populateTransaction(dataset, root, rows, URI));
}

export async function freeze({ suite, roles }: Stage, dataset: bigint): Promise<void> {
  await roles.curator.send("freezing a version", suite.datasets.freeze.populateTransaction(dataset));
}

/** Registers a model of the lab's on a dataset version, and lists it. Who operates it signs its usage reports. */
export async function registerModel(
  { suite, roles }: Stage,
  source: { readonly dataset: bigint; readonly version: number },
  artifactDigest: Hex,
  operator: Sender,
): Promise<{ readonly model: bigint; readonly stream: bigint }> {
  const { models, market } = suite;
  const registration = {
    kind: 0,
    artifactDigest,
    operator: operator.address,
    recipeDigest: ZERO_WORD,
    children: { kinds: ALL_KINDS, leastBps: 0 },
    supersedes: 0n,
    priceHint: PRICE,
    parents: [],
    sources: [{ ...source, shareBps: SHARE_BPS, permission: [] }],
    uri: URI,
  };
  await roles.lab.send("registering a model", models.register.populateTransaction(registration));
  const model = await models.modelCount();
  await roles.lab.send("listing the model", market.list.populateTransaction(model, PRICE));
  return { model, stream: streamIdOf(model, 0) };
}

/** Registers a model that was trained on a dataset version, and commits what its query vectors are made with. */
export async function registerTrained(
  stage: Stage,
  dataset: bigint,
  contributions: readonly Contribution[],
  trained: Trained,
  operator: Sender = stage.roles.lab,
): Promise<Stream> {
  const { head, whitening } = trained.model;
  const registered = await registerModel(stage, { dataset, version: 1 }, headDigest(head), operator);
  const basis = {
    lanes: trained.committed.index.lanesPerRow,
    basisDigest: whiteningDigest(whitening),
    methodDigest: jsonDigest(trained.method),
  };
  const { indexes } = stage.suite;
  await stage.roles.lab.send(
    "committing the basis",
    indexes.commitBasis.populateTransaction(registered.model, basis, URI),
  );
  return { ...registered, operator, contributions, trained };
}

/** Commits a stream's index, waits out the delay and activates it. */
export async function activateIndex(
  stage: Stage,
  stream: bigint,
  { index, tree }: Trained["committed"],
): Promise<void> {
  const { suite, roles } = stage;
  const { indexes } = suite;
  const commit = indexes.commitIndex.populateTransaction(stream, tree.root, index.exponentBound, URI);
  await roles.lab.send("committing the index", commit);
  await stage.wait(await indexes.INDEX_DELAY());
  await roles.lab.send("activating the index", indexes.activateIndex.populateTransaction(stream));
}

/** Somebody pays for an answer of the model, and its operator keeps the receipt. */
export async function ask(
  { suite }: Stage,
  { model, trained }: Stream,
  payer: Sender,
  digit: Digit,
): Promise<PublishedReceipt> {
  const requestDigest = sha256(digit.pixels);
  const pay = suite.market.pay.populateTransaction(model, PRICE, requestDigest);
  const payment = await payer.send("paying for an answer", pay, PAYMENT_GAS);
  const { label, query } = answer(trained, digit);
  const receipt = {
    model,
    feesAfter: feesAfterPaying(suite, payment),
    payer: payer.address.toLowerCase() as Hex,
    amount: PRICE,
    requestDigest,
    responseDigest: sha256(Uint8Array.of(label)),
    queryDigest: queryDigest(query),
  };
  return { receipt, query };
}

/** Asks one after the other, all paid by the caller. */
export async function askAll(stage: Stage, stream: Stream, digits: readonly Digit[]): Promise<PublishedReceipt[]> {
  const receipts: PublishedReceipt[] = [];
  for (const digit of digits) receipts.push(await ask(stage, stream, stage.roles.caller, digit));
  return receipts;
}
