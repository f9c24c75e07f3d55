import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, type Addressable, id, keccak256, sha256, toBeHex, toUtf8Bytes, ZeroHash } from "ethers";
import { countersSlot } from "../../bench/gas/world.ts";
import type { UsageReportStruct } from "../../typechain-types/attribution/ChallengeRegistry.ts";
import { ceilLog2, type IndexRow, indexTree, laneBytes, payableOf, qBytes, type SumTree, sumTree } from "./formats.ts";
import { LICENCE, OPEN_TO_CHILDREN, registerModel, source, TERMS } from "./lineage.ts";
import type { Suite } from "./suite.ts";

export const HOUR = 3_600;
export const DAY = 86_400;
/** One demo dollar. */
export const DOLLAR = 1_000_000n;
export const BOND_FLOOR = 20n * DOLLAR;
export const CHALLENGE_BOND = 10n * DOLLAR;
/** States of an interval, in the order of the contract's enum. */
export const STATUS = { open: 0n, proposed: 1n, final: 2n, proRata: 3n };
/** Contributions that a test's curator accepts in one transaction. */
const ACCEPTED_AT_ONCE = 100;
/** What scorers and challengers of a world have in the vault: enough for the doubled bonds of eight voids. */
export const DEPOSIT = 100_000n * DOLLAR;

/** What a world is made of. */
export interface WorldSpec {
  /** Counted rows of each contribution, in order. */
  readonly rowCounts: readonly number[];
  /** One for each contribution; those beyond `rowCounts` are written into storage, and count no rows. */
  readonly rows: readonly IndexRow[];
  readonly q: readonly number[];
  readonly exponentBound: number;
  readonly streamBps: number;
  readonly proRataBps: number;
  /** Contributions that are retired before the version is frozen. */
  readonly retired: readonly number[];
  /** What is paid for the first interval, before the protocol fee of 1 %. */
  readonly payment: bigint;
}

/** Three contributions and sixteen lanes; the second one's score is negative. */
export const SMALL: WorldSpec = {
  rowCounts: [5, 3, 2],
  rows: [
    { exponent: 0, lanes: [300, -20, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
    { exponent: 1, lanes: [-32768, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    { exponent: 4, lanes: [40, 11, 32767, 0, 0, 0, 0, 0, 0, -9, 0, 0, 0, 0, 0, -2] },
  ],
  q: [12_000, -7, 3, 0, 0, 0, 0, 0, 0, 32_767, 0, 0, 0, 0, 0, -32_768],
  exponentBound: 3,
  streamBps: 3_000,
  proRataBps: 1_000,
  retired: [],
  payment: 50_000n * DOLLAR + 777n,
};

/** A line with everything that its weight follows from. */
export interface Evidence {
  index: number;
  weight: bigint;
  sumProof: string;
  exponent: number;
  lanes: string;
  indexProof: string[];
  usage: UsageReportStruct;
}

/** A statement, with plain fields that tests may change. */
export interface PlainStatement {
  payout: {
    stream: bigint;
    interval: bigint;
    dataset: bigint;
    lines: bigint;
    root: string;
    total: bigint;
    pool: bigint;
  };
  scorer: string;
  fee: bigint;
  bond: bigint;
  proposedAt: bigint;
  attempt: bigint;
  version: bigint;
  exponentBound: bigint;
  indexRoot: string;
  reportHash: string;
}

/** A statement with the tree that its root stands for. */
export interface Proposal {
  readonly statement: PlainStatement;
  readonly hash: string;
  readonly tree: SumTree;
}

export type World = Awaited<ReturnType<typeof buildWorld>>;

/** What `propose` does otherwise than an honest scorer. */
export interface ProposalOptions {
  readonly interval?: number;
  readonly weights?: readonly bigint[];
  /** Instead of the tree over the weights. */
  readonly tree?: SumTree;
  readonly total?: bigint;
  readonly root?: string;
  readonly feeBps?: number;
  readonly by?: HardhatEthersSigner;
}

/** A stream's part of the fees, less the part of it that is always pro-rata. */
export function influencePart(fees: bigint, streamBps: bigint, proRataBps: bigint): bigint {
  const stream = (fees * streamBps) / 10_000n;
  return stream - (stream * proRataBps) / 10_000n;
}

function signer(wallets: readonly HardhatEthersSigner[], place: number): HardhatEthersSigner {
  const wallet = wallets[place];
  if (wallet === undefined) throw new Error(`the test chain has no wallet ${place}`);
  return wallet;
}

/** A dataset with contributions and a version, a model trained on it, and its index, committed but not yet active. */
export async function buildWorld(suite: Suite, changes: Partial<WorldSpec> = {}) {
  const spec: WorldSpec = { ...SMALL, ...changes };
  const { ethers, networkHelpers, provider, wallets, currency, datasets, ledger, market, vault } = suite;
  const { indexes, usage, attribution, challenges, payouts } = suite;
  const [curator, owner, operator, payer, scorer, challenger, stranger] = [0, 1, 2, 3, 4, 5, 6].map((place) =>
    signer(wallets, place),
  ) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  // Where there are more contributions than wallets left, wallets contribute several times.
  const contributors = spec.rowCounts.map((_, i) => signer(wallets, 7 + (i % (wallets.length - 7))));
  const digest = sha256(toUtf8Bytes("a file"));

  await datasets
    .connect(curator)
    .createDataset(
      { ...TERMS, streamBps: spec.streamBps, proRataBps: spec.proRataBps, rowCap: 2 ** 31 },
      LICENCE,
      digest,
      "ipfs://d",
    );
  const dataset = await datasets.datasetCount();
  const submissions: { contributor: string; root: string }[] = [];
  for (const [i, contributor] of contributors.entries()) {
    const root = id(`rows ${dataset} ${i}`);
    await datasets.connect(contributor).contribute(dataset, root, spec.rowCounts[i] ?? 0, "ipfs://r");
    submissions.push({ contributor: contributor.address, root });
  }
  for (let from = 0; from < submissions.length; from += ACCEPTED_AT_ONCE) {
    await datasets.connect(curator).accept(dataset, submissions.slice(from, from + ACCEPTED_AT_ONCE));
  }
  if (spec.rows.length > submissions.length) {
    const slot = countersSlot(dataset);
    const counters = BigInt(await ethers.provider.getStorage(datasets, slot));
    const word = toBeHex(counters - BigInt(submissions.length) + BigInt(spec.rows.length), 32);
    await provider.request({ method: "hardhat_setStorageAt", params: [await datasets.getAddress(), slot, word] });
  }
  for (const place of spec.retired) await datasets.connect(signer(contributors, place)).retire(dataset, place);
  await datasets.connect(curator).freeze(dataset);

  const model = await registerModel(suite, owner, {
    artifactDigest: digest,
    operator: operator.address,
    children: { ...OPEN_TO_CHILDREN, leastBps: 500 },
    sources: [source(dataset, BigInt(spec.streamBps))],
    uri: "ipfs://m",
  });
  const stream = model << 8n;
  const lanes = spec.q.length;
  await indexes.connect(owner).commitBasis(model, { lanes, basisDigest: digest, methodDigest: digest }, "ipfs://b");
  const rowTree = indexTree(spec.rows);
  await indexes.connect(owner).commitIndex(stream, rowTree.root, spec.exponentBound, "ipfs://i");
  await market.connect(owner).list(model, 1n);

  await currency.mint(payer.address, 2n ** 75n);
  await currency.connect(payer).approve(ledger, 2n ** 255n);
  await currency.connect(payer).approve(market, 2n ** 255n);
  await currency.connect(payer).approve(vault, 2n ** 255n);
  /** Deposits for bonds of an account. */
  const endow = (account: HardhatEthersSigner) => vault.connect(payer).deposit(attribution, account.address, DEPOSIT);
  for (const account of [scorer, challenger, stranger]) await endow(account);

  const counted = spec.rowCounts.map((rows, i) => (spec.retired.includes(i) ? 0 : rows));
  const weights = spec.rows.map((row, i) => payableOf(row, spec.q, counted[i] ?? 0, spec.exponentBound));

  const activate = async (): Promise<void> => {
    await networkHelpers.time.increase(2 * DAY);
    await indexes.activateIndex(stream);
  };
  const pay = (amount: bigint) => market.connect(payer).pay(model, amount, digest);

  /** What the operator says of an interval, for the q of the world. */
  const usageOf = async (interval: number): Promise<UsageReportStruct> => {
    const piece = await usage.intervalAt(model, interval);
    return {
      model,
      interval,
      from: piece.from,
      to: piece.to,
      receiptsRoot: ZeroHash,
      exponent: 5,
      q: qBytes(spec.q),
    };
  };
  const signReport = async (report: UsageReportStruct): Promise<string> =>
    operator.signTypedData(
      {
        name: "Tributary",
        version: "1",
        chainId: (await ethers.provider.getNetwork()).chainId,
        verifyingContract: await usage.getAddress(),
      },
      {
        UsageReport: [
          { name: "model", type: "uint256" },
          { name: "interval", type: "uint32" },
          { name: "from", type: "uint112" },
          { name: "to", type: "uint112" },
          { name: "receiptsRoot", type: "bytes32" },
          { name: "exponent", type: "int16" },
          { name: "q", type: "bytes" },
        ],
      },
      report,
    );
  const report = async (interval: number): Promise<void> => {
    const stated = await usageOf(interval);
    await usage.report(stated, await signReport(stated));
  };

  const treeOf = (options: ProposalOptions): SumTree => options.tree ?? sumTree(options.weights ?? weights);
  const send = (options: ProposalOptions) => {
    const tree = treeOf(options);
    return attribution
      .connect(options.by ?? scorer)
      .propose(
        stream,
        options.interval ?? 0,
        options.root ?? tree.root,
        options.total ?? tree.total,
        options.feeBps ?? 0,
        "ipfs://weights",
      );
  };
  /** Reads the statement of a proposal back from its event. */
  const proposalIn = async (transaction: { hash: string }, options: ProposalOptions = {}): Promise<Proposal> => {
    const receipt = await ethers.provider.getTransactionReceipt(transaction.hash);
    if (receipt === null) throw new Error("the proposal is not in a block");
    for (const log of receipt.logs) {
      const event = attribution.interface.parseLog(log);
      if (event === null || event.name !== "StatementProposed") continue;
      const { statementHash, statement } = event.args;
      return {
        hash: statementHash as string,
        statement: plain(statement as PlainStatement),
        tree: treeOf(options),
      };
    }
    throw new Error("the transaction proposed nothing");
  };
  const propose = async (options: ProposalOptions = {}): Promise<Proposal> => proposalIn(await send(options), options);

  /** A line of a proposal with all that its weight follows from. */
  const evidence = async (proposal: Proposal, index: number, changes: Partial<Evidence> = {}): Promise<Evidence> => {
    const row = spec.rows[index];
    const weight = proposal.tree.weights[index];
    if (row === undefined || weight === undefined) throw new Error(`the world has no line ${index}`);
    return {
      index,
      weight,
      sumProof: proposal.tree.proof(index),
      exponent: row.exponent,
      lanes: laneBytes(row.lanes),
      indexProof: rowTree.proof(index),
      usage: await usageOf(Number(proposal.statement.payout.interval)),
      ...changes,
    };
  };

  // Moves of the challenge game, by whoever usually makes them.
  const challenge = (proposal: Proposal, level: number, position: number, by = challenger) =>
    challenges.connect(by).challenge(proposal.statement, level, position);
  const open = (proposal: Proposal, level: number, position: number, by = scorer) => {
    const { tree } = proposal;
    const [nodes, proof] = [tree.descendants(level, position), tree.proof(position, level)];
    return challenges.connect(by).open(proposal.statement, level, position, nodes, proof);
  };
  const descend = (proposal: Proposal, level: number, position: number, shown: number, by = challenger) =>
    challenges.connect(by).descend(proposal.statement, level, position, shown);
  const defend = async (proposal: Proposal, index: number, by = scorer, changes: Partial<Evidence> = {}) =>
    challenges.connect(by).defend(proposal.statement, await evidence(proposal, index, changes));
  const refute = async (proposal: Proposal, index: number, by = stranger, changes: Partial<Evidence> = {}) =>
    challenges.connect(by).refute(proposal.statement, await evidence(proposal, index, changes));
  const callSilence = (proposal: Proposal, level: number, position: number, by = stranger) =>
    challenges.connect(by).callSilence(proposal.statement, level, position);
  const settle = (proposal: Proposal, level: number, position: number, by = stranger) =>
    challenges.connect(by).settle(proposal.statement, level, position);

  /** What the chain knows of a node, by name. */
  const nodeOf = async ({ hash, statement }: Proposal, level: number, position: number) => {
    const depth = ceilLog2(Number(statement.payout.lines));
    const [placed, answer] = await challenges.nodeOf(hash, 2 ** (depth - level) + position);
    const { challenger: by, deadline, begunAt, parentLevel, turns } = placed;
    return { challenger: by, deadline, begunAt, parentLevel, turns, by: answer.by, shownUntil: answer.shownUntil };
  };
  const settlementOf = (interval = 0) => attribution.settlementOf(stream, interval);
  const bondOf = (account: Addressable) => vault.bondOf(attribution, account);
  /** What an account of a world has won, or lost, of its deposit; it must have nothing locked. */
  const wonBy = async (account: Addressable): Promise<bigint> => {
    const { free, locked } = await bondOf(account);
    if (locked !== 0n) throw new Error(`${locked} wei of the account are still locked`);
    return free - DEPOSIT;
  };
  const now = async (): Promise<bigint> => BigInt(await networkHelpers.time.latest());

  const closesAt = (proposal: Proposal): bigint => proposal.statement.proposedAt + BigInt(3 * DAY);
  /** Makes a proposal final. */
  const finalise = async (proposal: Proposal): Promise<void> => {
    await networkHelpers.time.increaseTo(closesAt(proposal));
    await attribution.finalise(proposal.statement);
  };
  /** The claim of some lines of a final proposal. */
  const claimOf = (proposal: Proposal, lines: readonly number[]) => ({
    payout: proposal.statement.payout,
    lines: lines.map((index) => ({
      index,
      weight: proposal.tree.weights[index] ?? 0n,
      proof: proposal.tree.proof(index),
    })),
  });

  /** Sends several transactions into one block. */
  const inOneBlock = async <T>(...transactions: (() => Promise<T>)[]): Promise<T[]> => {
    await provider.request({ method: "evm_setAutomine", params: [false] });
    try {
      const sent: T[] = [];
      for (const transaction of transactions) sent.push(await transaction());
      await provider.request({ method: "evm_mine" });
      return sent;
    } finally {
      await provider.request({ method: "evm_setAutomine", params: [true] });
    }
  };

  return {
    ...suite,
    spec,
    curator,
    owner,
    operator,
    payer,
    scorer,
    challenger,
    stranger,
    contributors,
    dataset,
    model,
    stream,
    counted,
    weights,
    rowTree,
    digest,
    payouts,
    activate,
    pay,
    usageOf,
    signReport,
    report,
    send,
    proposalIn,
    propose,
    evidence,
    endow,
    challenge,
    open,
    descend,
    defend,
    refute,
    callSilence,
    settle,
    nodeOf,
    settlementOf,
    bondOf,
    wonBy,
    now,
    closesAt,
    finalise,
    claimOf,
    inOneBlock,
  };
}

/** A world whose index is active and whose first interval is paid, cut and reported. */
export async function buildReportedWorld(suite: Suite, changes: Partial<WorldSpec> = {}): Promise<World> {
  const world = await buildWorld(suite, changes);
  await world.activate();
  await world.pay(world.spec.payment);
  await world.usage.cut(world.model);
  await world.report(0);
  return world;
}

/** The influence part of everything that a world was paid for its first interval. */
export function firstPool(spec: WorldSpec): bigint {
  const fees = spec.payment - spec.payment / 100n;
  return influencePart(fees, BigInt(spec.streamBps), BigInt(spec.proRataBps));
}

/** Copies a statement out of an event, whose arrays ethers keeps frozen. */
export function plain(statement: PlainStatement): PlainStatement {
  const { payout, scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash } = statement;
  const { stream, interval, dataset, lines, root, total, pool } = payout;
  return {
    payout: { stream, interval, dataset, lines, root, total, pool },
    scorer,
    fee,
    bond,
    proposedAt,
    attempt,
    version,
    exponentBound,
    indexRoot,
    reportHash,
  };
}

const PAYOUT = "tuple(uint256,uint32,uint256,uint24,bytes32,uint144,uint112)";
const STATEMENT = `tuple(${PAYOUT},address,uint112,uint112,uint40,uint8,uint16,uint8,bytes32,bytes32)`;

/** The hash of a statement, from its definition. */
export function hashOf(statement: PlainStatement): string {
  const { payout, scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash } = statement;
  const { stream, interval, dataset, lines, root, total, pool } = payout;
  const words = [stream, interval, dataset, lines, root, total, pool];
  const fields = [words, scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash];
  return keccak256(AbiCoder.defaultAbiCoder().encode([STATEMENT], [fields]));
}

/** A list of weights with one entry changed. */
export function changed(weights: readonly bigint[], index: number, weight: bigint): bigint[] {
  return weights.map((old, i) => (i === index ? weight : old));
}

export function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
