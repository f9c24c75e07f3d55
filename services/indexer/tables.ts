import type {
  AccountRow,
  BondRow,
  ChannelRow,
  ClaimRow,
  ContributionRow,
  CuratorRow,
  DatasetRow,
  DemandRow,
  EventAccountRow,
  EventRow,
  FlowRow,
  IncomeRow,
  IndexRow,
  IntervalRow,
  ModelRow,
  NodeRow,
  NonceRow,
  ParentRow,
  PaymentRow,
  PayoutRow,
  PlaceRow,
  ProRataRow,
  SettlementRow,
  StatementRow,
  StreamRow,
  TotalRow,
  TrainerRow,
  VersionRow,
} from "./rows.ts";

/** What a cell holds: a whole number below 2^53, text (money in decimal, hashes in hexadecimal), or nothing. */
export type Cell = number | string | null;

export type Row = Readonly<Record<string, Cell>>;

type ColumnType<V> = Extract<V, number> extends never ? "TEXT" : "INTEGER";

/** A table of the index. */
export interface Table<R extends object = object> {
  readonly name: string;
  /** Columns of the primary key. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, "TEXT" | "INTEGER">>;
  /** Columns of further indexes. */
  readonly indexes: readonly string[];
  /** Only for the compiler: what its rows are. */
  readonly row?: R;
}

function table<R extends object>(
  name: string,
  key: readonly (keyof R & string)[],
  columns: { readonly [K in keyof R & string]: ColumnType<R[K]> },
  ...indexes: readonly string[]
): Table<R> {
  return { name, key, columns, indexes };
}

/** Numbers of an event in its `id`: block · 2^20 + place of the log in the block. */
export const LOGS_PER_BLOCK = 2 ** 20;

/** The first id that an event of a block can have. */
export function firstIdOf(block: number): number {
  return block * LOGS_PER_BLOCK;
}

/** The block of an event. */
export function blockOf(id: number): number {
  return Math.floor(id / LOGS_PER_BLOCK);
}

// Tables that only grow: an event adds rows under its own id, and going back takes those of later ids away.

export const EVENTS = table<EventRow>(
  "events",
  ["id"],
  {
    id: "INTEGER",
    transactionHash: "TEXT",
    transactionIndex: "INTEGER",
    contract: "TEXT",
    name: "TEXT",
    args: "TEXT",
  },
  "contract, name",
  "transactionHash",
);
export const EVENT_ACCOUNTS = table<EventAccountRow>(
  "eventAccounts",
  ["account", "id"],
  {
    account: "TEXT",
    id: "INTEGER",
  },
  "id",
);
export const PAYMENTS = table<PaymentRow>(
  "payments",
  ["id"],
  {
    id: "INTEGER",
    model: "INTEGER",
    payer: "TEXT",
    amount: "TEXT",
    feesAfter: "TEXT",
    way: "TEXT",
    requestDigest: "TEXT",
  },
  "model, id",
  "payer, id",
  "requestDigest",
);
export const CLAIMS = table<ClaimRow>(
  "claims",
  ["id"],
  {
    id: "INTEGER",
    kind: "TEXT",
    stream: "INTEGER",
    payoutHash: "TEXT",
    line: "INTEGER",
    contributor: "TEXT",
    recipient: "TEXT",
    amount: "TEXT",
  },
  "payoutHash, line",
  "contributor, id",
  "stream, id",
);

export const GROWING = [EVENTS, EVENT_ACCOUNTS, PAYMENTS, CLAIMS] as const;

// Tables whose rows change: what stood there before is kept for as long as a block can be taken back.

export const DATASETS = table<DatasetRow>(
  "datasets",
  ["id"],
  {
    id: "INTEGER",
    owner: "TEXT",
    metadataDigest: "TEXT",
    uri: "TEXT",
    licence: "TEXT",
    modality: "INTEGER",
    curation: "INTEGER",
    training: "INTEGER",
    streamBps: "INTEGER",
    proRataBps: "INTEGER",
    rowCap: "INTEGER",
    deposit: "TEXT",
    accepted: "INTEGER",
    rows: "INTEGER",
    versions: "INTEGER",
    contributors: "TEXT",
    trainers: "TEXT",
    createdAt: "INTEGER",
  },
  "owner, id",
  "metadataDigest",
);
export const CURATORS = table<CuratorRow>(
  "curators",
  ["dataset", "owner", "curator"],
  { dataset: "INTEGER", owner: "TEXT", curator: "TEXT", appointed: "INTEGER" },
  "curator, dataset",
);
export const TRAINERS = table<TrainerRow>("trainers", ["dataset", "trainer"], {
  dataset: "INTEGER",
  trainer: "TEXT",
  approved: "INTEGER",
});
export const CONTRIBUTIONS = table<ContributionRow>(
  "contributions",
  ["dataset", "contributor", "root"],
  {
    dataset: "INTEGER",
    contributor: "TEXT",
    root: "TEXT",
    id: "INTEGER",
    rows: "INTEGER",
    uri: "TEXT",
    status: "TEXT",
    submittedAt: "INTEGER",
    position: "INTEGER",
    counted: "INTEGER",
    retiredFrom: "INTEGER",
    opened: "INTEGER",
    deposit: "TEXT",
    reason: "TEXT",
  },
  "dataset, id",
  "contributor, id",
  "dataset, status, id",
  "root",
);
export const PLACES = table<PlaceRow>("places", ["dataset", "position"], {
  dataset: "INTEGER",
  position: "INTEGER",
  contributor: "TEXT",
  root: "TEXT",
});
export const NONCES = table<NonceRow>("nonces", ["contributor", "word"], {
  contributor: "TEXT",
  word: "TEXT",
  bits: "TEXT",
});
export const VERSIONS = table<VersionRow>("versions", ["dataset", "version"], {
  dataset: "INTEGER",
  version: "INTEGER",
  contributions: "INTEGER",
  rows: "INTEGER",
  frozenAt: "INTEGER",
});
export const MODELS = table<ModelRow>(
  "models",
  ["id"],
  {
    id: "INTEGER",
    owner: "TEXT",
    kind: "INTEGER",
    operator: "TEXT",
    payout: "TEXT",
    developerBps: "INTEGER",
    childKinds: "INTEGER",
    childBps: "INTEGER",
    artifactDigest: "TEXT",
    recipeDigest: "TEXT",
    uri: "TEXT",
    priceHint: "TEXT",
    supersedes: "INTEGER",
    supersededBy: "INTEGER",
    parents: "INTEGER",
    streams: "INTEGER",
    price: "TEXT",
    lanes: "INTEGER",
    basisDigest: "TEXT",
    methodDigest: "TEXT",
    basisUri: "TEXT",
    registeredAt: "INTEGER",
  },
  "owner, id",
  "operator, id",
  "artifactDigest",
  "recipeDigest",
  "basisDigest",
  "methodDigest",
);
export const PARENTS = table<ParentRow>(
  "parents",
  ["model", "place"],
  { model: "INTEGER", place: "INTEGER", parent: "INTEGER", shareBps: "INTEGER" },
  "parent, model",
);
export const STREAMS = table<StreamRow>(
  "streams",
  ["id"],
  {
    id: "INTEGER",
    model: "INTEGER",
    slot: "INTEGER",
    dataset: "INTEGER",
    version: "INTEGER",
    shareBps: "INTEGER",
    proRataBps: "INTEGER",
    fallbackPools: "TEXT",
  },
  "dataset, id",
  "model, slot",
);
export const INDEXES = table<IndexRow>(
  "indexes",
  ["stream"],
  {
    stream: "INTEGER",
    root: "TEXT",
    exponentBound: "INTEGER",
    status: "TEXT",
    committedAt: "INTEGER",
    activeFrom: "TEXT",
    openDemands: "INTEGER",
    commitment: "INTEGER",
    uri: "TEXT",
    reason: "TEXT",
  },
  "root",
);
export const DEMANDS = table<DemandRow>("demands", ["stream", "commitment", "row"], {
  stream: "INTEGER",
  commitment: "INTEGER",
  row: "INTEGER",
  id: "INTEGER",
  demandedBy: "TEXT",
  deadline: "INTEGER",
  state: "TEXT",
  shownBy: "TEXT",
});
export const INCOMES = table<IncomeRow>("incomes", ["model"], {
  model: "INTEGER",
  gross: "TEXT",
  fees: "TEXT",
  royalties: "TEXT",
  dividedGross: "TEXT",
  dividedFees: "TEXT",
  dividedRoyalties: "TEXT",
  payments: "INTEGER",
});
export const CHANNELS = table<ChannelRow>(
  "channels",
  ["model", "payer"],
  { model: "INTEGER", payer: "TEXT", balance: "TEXT", spent: "TEXT", leavesAt: "INTEGER" },
  "payer, model",
);
export const ACCOUNTS = table<AccountRow>("accounts", ["account"], {
  account: "TEXT",
  balance: "TEXT",
  withdrawn: "TEXT",
  developer: "TEXT",
  scorer: "TEXT",
  protocol: "TEXT",
  lines: "TEXT",
  proRata: "TEXT",
  paid: "TEXT",
  contributions: "INTEGER",
  recipient: "TEXT",
});
export const BONDS = table<BondRow>(
  "bonds",
  ["controller", "account"],
  { controller: "TEXT", account: "TEXT", free: "TEXT", locked: "TEXT", leaving: "TEXT", leavesAt: "INTEGER" },
  "account",
);
export const INTERVALS = table<IntervalRow>(
  "intervals",
  ["model", "interval"],
  {
    model: "INTEGER",
    interval: "INTEGER",
    fromFees: "TEXT",
    toFees: "TEXT",
    cutAt: "INTEGER",
    operator: "TEXT",
    reportHash: "TEXT",
    receiptsRoot: "TEXT",
    exponent: "INTEGER",
    reportEvent: "INTEGER",
  },
  "reportHash",
  "receiptsRoot",
);
export const SETTLEMENTS = table<SettlementRow>("settlements", ["stream", "interval"], {
  stream: "INTEGER",
  interval: "INTEGER",
  status: "TEXT",
  voids: "INTEGER",
  deadline: "INTEGER",
  openChallenges: "INTEGER",
  statementHash: "TEXT",
  fellBack: "TEXT",
});
export const STATEMENTS = table<StatementRow>(
  "statements",
  ["hash"],
  {
    hash: "TEXT",
    id: "INTEGER",
    stream: "INTEGER",
    interval: "INTEGER",
    dataset: "INTEGER",
    lines: "INTEGER",
    root: "TEXT",
    total: "TEXT",
    pool: "TEXT",
    scorer: "TEXT",
    fee: "TEXT",
    bond: "TEXT",
    proposedAt: "INTEGER",
    attempt: "INTEGER",
    version: "INTEGER",
    exponentBound: "INTEGER",
    indexRoot: "TEXT",
    reportHash: "TEXT",
    payoutHash: "TEXT",
    uri: "TEXT",
    state: "TEXT",
    shownUntil: "INTEGER",
    weightsEvent: "INTEGER",
    rewarded: "TEXT",
    reward: "TEXT",
    reason: "TEXT",
  },
  "id",
  "stream, interval, id",
  "scorer, id",
  "state, id",
  "root",
);
export const NODES = table<NodeRow>(
  "nodes",
  ["statementHash", "level", "position"],
  {
    statementHash: "TEXT",
    level: "INTEGER",
    position: "INTEGER",
    id: "INTEGER",
    model: "INTEGER",
    challenger: "TEXT",
    deadline: "INTEGER",
    begunAt: "INTEGER",
    parentLevel: "INTEGER",
    turns: "INTEGER",
    state: "TEXT",
    answeredBy: "TEXT",
    shownUntil: "INTEGER",
    answerEvent: "INTEGER",
    stands: "INTEGER",
  },
  "id",
  "statementHash, id",
  "model, id",
  "challenger, id",
  "state, id",
);
export const PAYOUTS = table<PayoutRow>(
  "payouts",
  ["hash"],
  {
    hash: "TEXT",
    id: "INTEGER",
    statementHash: "TEXT",
    stream: "INTEGER",
    interval: "INTEGER",
    pool: "TEXT",
    claimed: "TEXT",
    claims: "INTEGER",
  },
  "stream, interval",
);
export const PRO_RATA = table<ProRataRow>("proRata", ["stream", "line"], {
  stream: "INTEGER",
  line: "INTEGER",
  claimed: "TEXT",
});
export const TOTALS = table<TotalRow>("totals", ["name"], { name: "TEXT", count: "INTEGER", amount: "TEXT" });
export const FLOWS = table<FlowRow>(
  "flows",
  ["kind", "source", "target"],
  {
    kind: "TEXT",
    source: "TEXT",
    target: "TEXT",
    amount: "TEXT",
    times: "INTEGER",
    lastEvent: "INTEGER",
  },
  "source, kind, target",
  "target, kind, source",
);

export const CHANGING = [
  DATASETS,
  CURATORS,
  TRAINERS,
  CONTRIBUTIONS,
  PLACES,
  NONCES,
  VERSIONS,
  MODELS,
  PARENTS,
  STREAMS,
  INDEXES,
  DEMANDS,
  INCOMES,
  CHANNELS,
  ACCOUNTS,
  BONDS,
  INTERVALS,
  SETTLEMENTS,
  STATEMENTS,
  NODES,
  PAYOUTS,
  PRO_RATA,
  TOTALS,
  FLOWS,
] as const;
