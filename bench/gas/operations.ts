import { artifacts } from "hardhat";
import { keccak256, toBeHex, type TransactionReceipt, Wallet } from "ethers";
import {
  type ChainStatement,
  readStatement,
  type Sender,
  signContribution,
  signUsageReport,
  streamIdOf,
} from "../../client/index.ts";
import type { Hex, UsageReport } from "../../scorer/index.ts";
import type { Operation } from "./bars.ts";
import { dot, indexPath, type SumPath, sumPaths } from "./trees.ts";
import { Random, URI, World } from "./world.ts";

type Gas = Partial<Record<Operation, number>>;

/** Exponent bound of the measured indexes, and exponent of their rows. */
export const EXPONENT = 6;
/** So much that a pool gives every one of 2^17 lines something. */
const PRICE = 10n ** 12n;
const DIGEST = keccak256("0x01");
const KIND = { base: 0, finetune: 1 } as const;

/** Sends every operation that is measured, each in a world like that of a busy deployment, and gives its gas. */
export async function measure(world: World, show: (detail: string) => void): Promise<Gas> {
  const gas: Gas = {};
  const note = (operation: Operation, receipt: TransactionReceipt, part = 1): void => {
    gas[operation] = Math.ceil(Number(receipt.gasUsed) / part);
    show(operation);
  };
  const registry = await measureRegistries(world, note);
  await measureRevenue(world, registry.model4, note);
  await measureLines(world, 512, 20, note);
  await measureLines(world, 8192, 20, note);
  await measureClaims(world, 17, note);
  gas.largestContractBytes = await largestContract();
  return gas;
}

type Note = (operation: Operation, receipt: TransactionReceipt, part?: number) => void;

const TERMS = {
  modality: 0,
  curation: 1,
  training: 0,
  streamBps: 5_000,
  proRataBps: 1_000,
  rowCap: 1_000,
  deposit: 0,
};

async function createDataset(world: World, owner: Sender): Promise<{ id: bigint; receipt: TransactionReceipt }> {
  const { datasets } = world.suite;
  const receipt = await owner.send(
    "createDataset",
    datasets.createDataset.populateTransaction(TERMS, "CC-BY-4.0", DIGEST, URI),
  );
  return { id: await datasets.datasetCount(), receipt };
}

async function register(world: World, owner: Sender, parents: readonly bigint[], dataset?: bigint) {
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

async function measureRegistries(world: World, note: Note): Promise<{ model4: bigint }> {
  const { suite } = world;
  const [owner, contributor, developer] = [world.sender(0), world.sender(1), world.sender(2)];
  const { id: dataset } = await createDataset(world, owner);
  note("createDataset", (await createDataset(world, contributor)).receipt);
  const roots = Array.from({ length: 41 }, (_, i) => keccak256(toBeHex(i + 1)));
  for (const root of roots) {
    const call = suite.datasets.contribute.populateTransaction(dataset, root, 1, URI);
    note("contribute", await contributor.send("contribute", call));
  }
  note("contributeRelayed50Each", await relay(world, contributor, dataset), 50);
  const submissions = roots.map((root) => ({ contributor: contributor.address, root }));
  await owner.send("accept", suite.datasets.accept.populateTransaction(dataset, submissions.slice(0, 1)));
  await world.checkLayout(dataset, contributor.address, 1n, 1n);
  note(
    "accept40Each",
    await owner.send("accept", suite.datasets.accept.populateTransaction(dataset, submissions.slice(1))),
    40,
  );
  await owner.send("freeze", suite.datasets.freeze.populateTransaction(dataset));

  const parents: bigint[] = [];
  for (let i = 0; i < 16; i++) parents.push((await register(world, owner, [])).id);
  // Each by a wallet that had no model before: its first token costs a new slot.
  note("registerModel1", (await register(world, developer, parents.slice(0, 1), dataset)).receipt);
  const model4 = await register(world, contributor, parents.slice(0, 4), dataset);
  note("registerModel4", model4.receipt);
  note("registerModel16", (await register(world, world.sender(3), parents, dataset)).receipt);
  return { model4: model4.id };
}

/** Fifty contributions of fifty wallets, none of which sent or signed anything before. */
async function relay(world: World, relayer: Sender, dataset: bigint): Promise<TransactionReceipt> {
  const { datasets } = world.suite;
  const batch = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      signContribution(world.suite, new Wallet(keccak256(toBeHex(2000 + i))), {
        dataset,
        root: keccak256(toBeHex(3000 + i)),
        rows: 1000,
        nonce: 0n,
        deadline: 2n ** 40n,
        uri: URI,
      }),
    ),
  );
  return relayer.send("contributeBatch", datasets.contributeBatch.populateTransaction(batch));
}

async function pay(world: World, model: bigint, payer: Sender): Promise<TransactionReceipt> {
  return payer.send("pay", world.suite.market.pay.populateTransaction(model, PRICE, DIGEST));
}

async function measureRevenue(world: World, model: bigint, note: Note): Promise<void> {
  const { ledger, market, book } = world.suite;
  const payer = world.sender(0);
  await world.sender(1).send("list", market.list.populateTransaction(model, PRICE));
  await world.fund(payer, 1_000n * PRICE, book.contracts.market);
  for (let round = 0; round < 2; round++) {
    await pay(world, model, payer);
    note("payWallet", await pay(world, model, payer));
    note("distribute4", await payer.send("distribute", ledger.distribute.populateTransaction(model)));
  }
}

/** A stream of 2^depth contributions with an index that is committed. */
export async function commitStream(
  world: World,
  depth: number,
  lanes: number,
  root: string,
  contributors: ReadonlyMap<number, string>,
) {
  const { suite } = world;
  const owner = world.sender(0);
  const { id: dataset } = await createDataset(world, owner);
  await world.placeContributions(dataset, 1n << BigInt(depth), contributors);
  await owner.send("freeze", suite.datasets.freeze.populateTransaction(dataset));
  const { id: model } = await register(world, owner, [], dataset);
  const stream = streamIdOf(model, 0);
  const basis = { lanes, basisDigest: DIGEST, methodDigest: DIGEST };
  await owner.send("commitBasis", suite.indexes.commitBasis.populateTransaction(model, basis, URI));
  await owner.send("commitIndex", suite.indexes.commitIndex.populateTransaction(stream, root, EXPONENT, URI));
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
export async function propose(world: World, stream: bigint, interval: number, path: Pick<SumPath, "root" | "total">) {
  const { attribution } = world.suite;
  const scorer = world.sender(1);
  await world.bond(scorer, await attribution.bondFor(stream, interval));
  const call = attribution.propose.populateTransaction(stream, interval, path.root, path.total, 200, URI);
  const receipt = await scorer.send("propose", call);
  return { receipt, statement: (await readStatement(world.suite, stream, interval)).statement };
}

/** Defences and refutations of a line of a statement over 2^depth contributions. */
async function measureLines(world: World, lanes: number, depth: number, note: Note): Promise<void> {
  const { attribution, challenges } = world.suite;
  const [scorer, challenger] = [world.sender(1), world.sender(2)];
  const random = new Random(lanes);
  const q = random.bytes(2 * lanes);
  let row = random.bytes(2 * lanes);
  while (dot(row, q) <= 0n) row = random.bytes(2 * lanes);
  const weight = dot(row, q) << BigInt(EXPONENT);
  const index = indexPath(random, EXPONENT, row, depth);
  const { model, stream } = await openStream(world, depth, lanes, index.root, new Map([[0, scorer.address]]));
  const close = await closeInterval(world, model, 0, q);
  const evidence = (path: SumPath, report: UsageReport) => ({
    index: 0,
    weight: path.weight,
    sumProof: path.proof,
    exponent: EXPONENT,
    lanes: row,
    indexProof: index.proof,
    usage: report,
  });
  const right = first(sumPaths(random, [weight], depth));
  const { statement } = await propose(world, stream, 0, right);
  await world.bond(challenger, await attribution.CHALLENGE_BOND());
  const challenged = await challenger.send("challenge", challenges.challenge.populateTransaction(statement, 0, 0));
  const defend = challenges.defend.populateTransaction(statement, evidence(right, close.report));
  if (lanes === 8192) {
    note("defend8192", await scorer.send("defend", defend));
    return;
  }
  note("report512", close.receipt);
  note("challenge", challenged);
  note("defend512", await scorer.send("defend", defend));

  const next = await closeInterval(world, model, 1, q);
  const wrong = first(sumPaths(random, [weight + 1n], depth));
  const proposed = await propose(world, stream, 1, wrong);
  note("propose", proposed.receipt);
  const refute = challenges.refute.populateTransaction(proposed.statement, evidence(wrong, next.report));
  note("refute512", await challenger.send("refute", refute));
}

/** Claims of lines of two statements over 2^depth contributions: of the first one first claims, of the second repeats. */
async function measureClaims(world: World, depth: number, note: Note): Promise<void> {
  const { attribution, payouts } = world.suite;
  const claimer = world.sender(3);
  const random = new Random(depth);
  const wallets = Array.from({ length: 12 }, (_, i) => new Wallet(keccak256(toBeHex(1000 + i))).address);
  const contributors = new Map(wallets.map((wallet, i) => [i, wallet]));
  const { model, stream } = await openStream(world, depth, 16, DIGEST, contributors);
  const finals: { statement: ChainStatement; paths: SumPath[] }[] = [];
  for (let interval = 0; interval < 2; interval++) {
    await closeInterval(world, model, interval, random.bytes(32));
    const weights = wallets.map(() => (1n << 44n) + BigInt(random.next()));
    const paths = sumPaths(random, weights, depth);
    const { statement } = await propose(world, stream, interval, first(paths));
    finals.push({ statement, paths });
    await world.wait(await attribution.WINDOW());
    note("finalise", await claimer.send("finalise", attribution.finalise.populateTransaction(statement)));
  }
  const claim = async (interval: number, from: number, to: number): Promise<TransactionReceipt> => {
    const final = finals[interval];
    if (final === undefined) throw new Error(`no statement ${interval}`);
    const lines = final.paths.slice(from, to).map(({ index, weight, proof }) => ({ index, weight, proof }));
    const call = payouts.claim.populateTransaction([{ payout: final.statement.payout, lines }]);
    return claimer.send("claim", call);
  };
  const claimProRata = async (): Promise<TransactionReceipt> =>
    claimer.send("claimProRata", payouts.claimProRata.populateTransaction([{ stream, indexes: [0] }]));
  note("claimFirst", await claim(0, 0, 1));
  await claim(0, 1, 12);
  await claim(1, 0, 1);
  note("claimRepeat", await claim(1, 1, 2));
  note("claimTenLines", await claim(1, 2, 12));
  await claimProRata();
  for (let i = 0; i < 100; i++) await pay(world, model, world.sender(0));
  note("claimProRata", await claimProRata());
}

/** Deployed bytes of the largest contract that a deployment ships. */
async function largestContract(): Promise<number> {
  const names = [...(await artifacts.getAllFullyQualifiedNames())].filter(
    (name) => name.startsWith("contracts/") && !name.startsWith("contracts/mocks/"),
  );
  const sizes = await Promise.all(
    names.map(async (name) => (await artifacts.readArtifact(name)).deployedBytecode.length / 2 - 1),
  );
  return Math.max(...sizes);
}

function first(paths: readonly SumPath[]): SumPath {
  const [path] = paths;
  if (path === undefined) throw new Error("no lines");
  return path;
}
