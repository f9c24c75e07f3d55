import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { id, sha256, toUtf8Bytes, ZeroHash } from "ethers";
import type { UsageReportStruct } from "../../typechain-types/attribution/ChallengeRegistry.ts";
import { type IndexRow, indexTree, laneBytes, payableOf, qBytes, type SumTree, sumTree } from "./formats.ts";
import { LICENCE, OPEN_TO_CHILDREN, registerModel, source, TERMS } from "./lineage.ts";
import type { Suite } from "./suite.ts";

export const HOUR = 3_600;
export const DAY = 86_400;
/** One demo dollar. */
export const DOLLAR = 1_000_000n;
export const BOND_FLOOR = 20n * DOLLAR;
export const CHALLENGE_BOND = 10n * DOLLAR;
/** What scorers and challengers of a world have in the vault: enough for the doubled bonds of eight voids. */
export const DEPOSIT = 100_000n * DOLLAR;

/** What a world is made of. */
export interface WorldSpec {
  /** Counted rows of each contribution, in order. */
  readonly rowCounts: readonly number[];
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
  const { indexes, usage, attribution, payouts } = suite;
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
  // More contributions than wallets: the wallets take turns.
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
  await datasets.connect(curator).accept(dataset, submissions);
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
  for (const account of [scorer, challenger, stranger]) {
    await vault.connect(payer).deposit(attribution, account.address, DEPOSIT);
  }

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

  const send = (options: ProposalOptions) => {
    const tree = sumTree(options.weights ?? weights);
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
        tree: sumTree(options.weights ?? weights),
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
