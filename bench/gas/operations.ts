import { artifacts } from "hardhat";
import { keccak256, toBeHex, type TransactionReceipt, Wallet } from "ethers";
import {
  type ChainStatement,
  claimLines,
  claimProRata,
  type Sender,
  shortSumProof,
  signContribution,
} from "../../client/index.ts";
import type { UsageReport } from "../../scorer/index.ts";
import { closeInterval, createDataset, DIGEST, openStream, pay, PRICE, propose, register } from "./actions.ts";
import type { Operation } from "./bars.ts";
import { measurePayments } from "./payments.ts";
import { dot, indexPath, openedNode, type SumPath, sumPaths } from "./trees.ts";
import { type PlacedContributions, Random, URI, type World } from "./world.ts";

/** Exponent of the rows of every index, and bound of their exponents. */
export const EXPONENT = 6;

type Gas = Partial<Record<Operation, number>>;

/** Sends every operation that is measured, each in a world like that of a busy deployment, and gives its gas. */
export async function measure(world: World, show: (detail: string) => void): Promise<Gas> {
  const gas: Gas = {};
  const note = (operation: Operation, receipt: TransactionReceipt, part = 1): void => {
    gas[operation] = Math.ceil(Number(receipt.gasUsed) / part);
    show(operation);
  };
  const registry = await measureRegistries(world, note);
  await measureRevenue(world, registry.model4, note);
  await measurePayments(world, registry.model4, note);
  await measureLines(world, 512, 20, note);
  await measureLines(world, 8192, 20, note);
  await measureClaims(world, 17, 0, note);
  await measureClaims(world, 17, 2 ** 16, (operation, receipt) => {
    if (operation === "claimFirst") note("claimFirstFar", receipt);
  });
  gas.largestContractBytes = await largestContract();
  return gas;
}

type Note = (operation: Operation, receipt: TransactionReceipt, part?: number) => void;

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

async function measureRevenue(world: World, model: bigint, note: Note): Promise<void> {
  const { ledger, market, book } = world.suite;
  const payer = world.sender(0);
  await world.sender(1).send("list", market.list.populateTransaction(model, PRICE));
  await world.fund(payer, 1_000n * PRICE, book.contracts.market);
  for (let round = 0; round < 2; round++) {
    await pay(world, model, payer);
    note("distribute4", await payer.send("distribute", ledger.distribute.populateTransaction(model)));
  }
}

/** 2^depth contributions of one row each; those from `from` on are the given wallets'. */
export function ofOneRow(depth: number, wallets: readonly string[], from = 0): PlacedContributions {
  const accepted = 1n << BigInt(depth);
  const touched = new Map(wallets.map((contributor, i) => [from + i, { contributor, rows: 1n }]));
  return { accepted, rows: accepted, touched };
}

/** Challenges of statements over 2^depth contributions, and the answers. */
async function measureLines(world: World, lanes: number, depth: number, note: Note): Promise<void> {
  const { attribution, challenges } = world.suite;
  const [scorer, challenger] = [world.sender(1), world.sender(2)];
  const random = new Random(lanes);
  const q = random.bytes(2 * lanes);
  let row = random.bytes(2 * lanes);
  while (dot(row, q) <= 0n) row = random.bytes(2 * lanes);
  const weight = dot(row, q) << BigInt(EXPONENT);
  const index = indexPath(random, EXPONENT, row, depth);
  const { model, stream } = await openStream(world, ofOneRow(depth, [scorer.address]), {
    lanes,
    root: index.root,
    exponentBound: EXPONENT,
  });
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

  await closeInterval(world, model, 2, q);
  const level = 12;
  const opened = openedNode(random, weight, level, depth);
  const withheld = (await propose(world, stream, 2, opened)).statement;
  await world.bond(challenger, await attribution.CHALLENGE_BOND());
  await challenger.send("challenge", challenges.challenge.populateTransaction(withheld, level, 0));
  const open = challenges.open.populateTransaction(withheld, level, 0, opened.nodes, opened.proof);
  note("open256", await scorer.send("open", open));
  const descend = challenges.descend.populateTransaction(withheld, level, 0, 5);
  note("descend", await challenger.send("descend", descend));
}

/**
 * Claims of neighbouring lines of two statements over 2^depth contributions: of the first one first claims, of the
 * second repeats.
 */
async function measureClaims(world: World, depth: number, from: number, note: Note): Promise<void> {
  const { attribution } = world.suite;
  const claimer = world.sender(3);
  const random = new Random(depth);
  const wallets = Array.from({ length: 12 }, (_, i) => new Wallet(keccak256(toBeHex(1000 + from + i))).address);
  const { model, stream } = await openStream(world, ofOneRow(depth, wallets, from), {
    lanes: 16,
    root: DIGEST,
    exponentBound: EXPONENT,
  });
  const finals: { statement: ChainStatement; paths: SumPath[] }[] = [];
  for (let interval = 0; interval < 2; interval++) {
    await closeInterval(world, model, interval, random.bytes(32));
    const weights = wallets.map(() => (1n << 44n) + BigInt(random.next()));
    const paths = sumPaths(random, weights, depth, from);
    const { statement } = await propose(world, stream, interval, first(paths));
    finals.push({ statement, paths });
    await world.wait(await attribution.WINDOW());
    note("finalise", await claimer.send("finalise", attribution.finalise.populateTransaction(statement)));
  }
  const claim = async (interval: number, begin: number, end: number): Promise<TransactionReceipt> => {
    const final = finals[interval];
    if (final === undefined) throw new Error(`no statement ${interval}`);
    const lines = final.paths
      .slice(begin, end)
      .map(({ index, weight, proof }) => ({ index, weight, proof: shortSumProof(proof) }));
    return claimer.send("claim", claimLines(world.suite, [{ payout: final.statement.payout, lines }]));
  };
  const proRata = async (): Promise<TransactionReceipt> =>
    claimer.send("claimProRata", claimProRata(world.suite, [{ stream, indexes: [from] }]));
  note("claimFirst", await claim(0, 0, 1));
  await claim(0, 1, 12);
  await claim(1, 0, 1);
  note("claimRepeat", await claim(1, 1, 2));
  note("claimTenLines", await claim(1, 2, 12));
  await proRata();
  for (let i = 0; i < 100; i++) await pay(world, model, world.sender(0));
  note("claimProRata", await proRata());
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
