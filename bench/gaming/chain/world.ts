import {
  claimLines,
  claimProRata,
  linesOf,
  type ProposedStatement,
  type PublishedReceipt,
  readStatement,
  reportOf,
  type Sender,
  signUsageReport,
  streamIdOf,
} from "../../../client/index.ts";
import {
  type Hex,
  headDigest,
  jsonDigest,
  packQ,
  type QuantisedVector,
  queryDigest,
  sha256,
  type Statement,
  SumTree,
  toHex,
  type UsageReport,
  whiteningDigest,
  ZERO_WORD,
} from "../../../scorer/index.ts";
import { depositBond } from "../../../scripts/demo/cast.ts";
import { feesAfterPaying } from "../../../scripts/demo/inference.ts";
import { sendCalls } from "../../../services/calls.ts";
import { answerChallenges, computeStatement, poolAfterFee } from "../../../services/scorer.ts";
import { answer, type Digit, type Trained } from "./digits.ts";
import { DOLLAR, type Stage } from "./stage.ts";

/** What the model's dataset gets of its income, what of that is always pro-rata, and what the scorer takes of a pool. */
export const SHARE_BPS = 5_000;
export const PRO_RATA_BPS = 1_000;
export const SCORER_FEE_BPS = 200;
/** For one answer. */
export const PRICE = 5n * DOLLAR;

const URI = "ipfs://f01551220";
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

/** What a wallet got of an interval, in the currency's smallest unit. */
export interface Earnings {
  /** By lines of a statement */
  readonly influence: bigint;
  /** By row count */
  readonly proRata: bigint;
}

/** What an interval paid, by wallet. */
export type Paid = ReadonlyMap<string, Earnings>;

/** Both together. */
export function totalOf({ influence, proRata }: Earnings): bigint {
  return influence + proRata;
}

/** All that some wallets got. */
export function earned(paid: Paid, ...wallets: readonly Sender[]): Earnings {
  const all = wallets.map(({ address }) => paid.get(address) ?? { influence: 0n, proRata: 0n });
  return {
    influence: all.reduce((sum, { influence }) => sum + influence, 0n),
    proRata: all.reduce((sum, { proRata }) => sum + proRata, 0n),
  };
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
  await stage.roles.lab.send("committing the basis", indexes.commitBasis.populateTransaction(registered.model, basis, URI));
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

/**
 * Cuts the next interval, and posts the report that the operator signs.
 *
 * @param crooked - what the operator states instead of the q of the receipts
 */
export async function closeInterval(
  stage: Stage,
  { model, operator }: Pick<Stream, "model" | "operator">,
  receipts: readonly PublishedReceipt[],
  crooked?: QuantisedVector,
): Promise<UsageReport> {
  const { usage } = stage.suite;
  const { intervals } = await usage.headOf(model);
  if (intervals > 0n) await stage.wait(await usage.CUTTING_PERIOD());
  await operator.send("cutting the interval", usage.cut.populateTransaction(model));
  const interval = Number(intervals);
  const honest = reportOf(model, interval, await usage.intervalAt(model, interval), receipts);
  const report =
    crooked === undefined ? honest : { ...honest, exponent: crooked.exponent, q: toHex(packQ(crooked.lanes)) };
  const signature = await signUsageReport(stage.suite, operator.signer, report);
  await operator.send("posting the usage report", usage.report.populateTransaction(report, signature));
  return report;
}

/** What an honest scorer states of an interval. */
export async function scoreInterval({ suite }: Stage, { stream, trained }: Stream, interval: number): Promise<Statement> {
  const pool = poolAfterFee(await suite.attribution.poolOf(stream, interval), SCORER_FEE_BPS);
  return computeStatement(suite, stream, interval, trained.committed, pool);
}

/** Deposits the bond and proposes a statement. */
export async function propose(
  { suite }: Stage,
  scorer: Sender,
  { stream, interval, sumTreeRoot, total }: Pick<Statement, "stream" | "interval" | "sumTreeRoot" | "total">,
): Promise<ProposedStatement> {
  const { attribution } = suite;
  await depositBond(suite, scorer, await attribution.bondFor(stream, interval));
  const call = attribution.propose.populateTransaction(stream, interval, sumTreeRoot, total, SCORER_FEE_BPS, URI);
  await scorer.send("proposing a statement", call);
  return readStatement(suite, stream, interval);
}

/** Waits until a statement that nobody challenged can be made final, and does so. */
export async function finalise(
  stage: Stage,
  { trained }: Stream,
  proposed: ProposedStatement,
  { lines }: Statement,
  report: UsageReport,
): Promise<void> {
  const { suite, roles } = stage;
  await stage.wait(await suite.attribution.WINDOW());
  const files = { tree: new SumTree(lines.map(({ payable }) => payable)), committed: trained.committed, report };
  await sendCalls(roles.scorer, await answerChallenges(suite, proposed, files, roles.scorer.address));
}

/**
 * Claims for all contributors what an interval left them, and reads from their token balances what came.
 *
 * @param final - the statement by which the interval ended; without one it ended pro-rata
 */
export async function claimAll(
  stage: Stage,
  { stream, contributions }: Pick<Stream, "stream" | "contributions">,
  final?: { readonly proposed: ProposedStatement; readonly statement: Statement },
): Promise<Paid> {
  const { suite, roles } = stage;
  const wallets = contributions.map(({ wallet }) => wallet);
  const balances = (): Promise<bigint[]> => Promise.all(wallets.map((wallet) => stage.balance(wallet)));
  const before = await balances();
  if (final !== undefined) {
    const lines = wallets.flatMap(({ address }) => linesOf(final.statement, address));
    const claims = [{ payout: final.proposed.statement.payout, lines }];
    await roles.scorer.send("claiming lines", claimLines(suite, claims));
  }
  const between = await balances();
  const indexes = wallets.map((_, i) => i);
  await roles.scorer.send("claiming pro-rata money", claimProRata(suite, [{ stream, indexes }]));
  const after = await balances();
  return new Map(
    wallets.map(({ address }, i) => [
      address,
      { influence: between[i]! - before[i]!, proRata: after[i]! - between[i]! },
    ]),
  );
}

/** An honest operator reports, an honest scorer states, nobody objects, all claim. */
export async function settleHonestly(
  stage: Stage,
  stream: Stream,
  receipts: readonly PublishedReceipt[],
): Promise<Paid> {
  const report = await closeInterval(stage, stream, receipts);
  const statement = await scoreInterval(stage, stream, report.interval);
  const proposed = await propose(stage, stage.roles.scorer, statement);
  await finalise(stage, stream, proposed, statement, report);
  return claimAll(stage, stream, { proposed, statement });
}
