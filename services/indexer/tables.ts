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

/** Every event of the suite, as it was decoded. */
export interface EventRow {
  id: number;
  transactionHash: string;
  contract: string;
  name: string;
  /** JSON */
  args: string;
}

/** Which accounts an event names. */
export interface EventAccountRow {
  account: string;
  id: number;
}

/** - `wallet`: pay, payFor, payWithPermit, payWithAuthorization; - `prepaid`: payPrepaid, charge; - `voucher`: redeem,
 * redeemSigned; - `receiver`: sweep; - `credit`: RevenueLedger.credit by another contract */
export type PaymentWay = "wallet" | "prepaid" | "voucher" | "receiver" | "credit";

export interface PaymentRow {
  id: number;
  model: number;
  /** Null where the chain doesn't know: receivers and other contracts. */
  payer: string | null;
  amount: string;
  feesAfter: string;
  way: string;
  requestDigest: string | null;
}

export interface ClaimRow {
  id: number;
  kind: string;
  stream: number;
  /** Null pro-rata. */
  payoutHash: string | null;
  /** Place of the contribution in the dataset. */
  line: number;
  contributor: string;
  recipient: string;
  amount: string;
}

export const EVENTS = table<EventRow>("events", ["id"], {
  id: "INTEGER",
  transactionHash: "TEXT",
  contract: "TEXT",
  name: "TEXT",
  args: "TEXT",
});
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

export interface DatasetRow {
  id: number;
  owner: string;
  metadataDigest: string;
  uri: string;
  licence: string;
  modality: number;
  curation: number;
  training: number;
  streamBps: number;
  proRataBps: number;
  rowCap: number;
  deposit: string;
  accepted: number;
  /** Of what is accepted and not retired: what a version frozen now would count. */
  rows: number;
  versions: number;
  contributors: string;
  trainers: string;
  createdAt: number;
}

export interface CuratorRow {
  dataset: number;
  owner: string;
  curator: string;
  appointed: number;
}

export interface TrainerRow {
  dataset: number;
  trainer: string;
  approved: number;
}

export interface ContributionRow {
  dataset: number;
  contributor: string;
  root: string;
  /** Of the event that submitted it. */
  id: number;
  rows: number;
  uri: string;
  status: string;
  submittedAt: number;
  /** Null until it is accepted. */
  position: number | null;
  counted: number | null;
  retiredFrom: number | null;
  opened: number;
  deposit: string;
  /** sha-256 of a curator's note. */
  reason: string | null;
}

/** Which contribution stands at a place of a dataset. */
export interface PlaceRow {
  dataset: number;
  position: number;
  contributor: string;
  root: string;
}

export interface NonceRow {
  contributor: string;
  word: string;
  bits: string;
}

export interface VersionRow {
  dataset: number;
  version: number;
  contributions: number;
  rows: number;
  frozenAt: number;
}

export interface ModelRow {
  id: number;
  owner: string;
  kind: number;
  operator: string;
  payout: string;
  developerBps: number;
  childKinds: number;
  childBps: number;
  artifactDigest: string;
  recipeDigest: string;
  uri: string;
  priceHint: string;
  supersedes: number | null;
  supersededBy: number | null;
  parents: number;
  streams: number;
  /** Null unless it is for sale. */
  price: string | null;
  lanes: number | null;
  basisDigest: string | null;
  methodDigest: string | null;
  basisUri: string | null;
  registeredAt: number;
}

export interface ParentRow {
  model: number;
  place: number;
  parent: number;
  shareBps: number;
}

export interface StreamRow {
  id: number;
  model: number;
  slot: number;
  dataset: number;
  version: number;
  shareBps: number;
  proRataBps: number;
  fallbackPools: string;
}

export interface IndexRow {
  stream: number;
  root: string;
  exponentBound: number;
  status: string;
  committedAt: number;
  activeFrom: string;
  openDemands: number;
  commitment: number;
  uri: string;
  reason: string | null;
}

export interface DemandRow {
  stream: number;
  commitment: number;
  row: number;
  id: number;
  demandedBy: string;
  deadline: number;
  state: string;
  shownBy: string | null;
}

export interface IncomeRow {
  model: number;
  gross: string;
  fees: string;
  royalties: string;
  dividedGross: string;
  dividedFees: string;
  dividedRoyalties: string;
  payments: number;
}

export interface ChannelRow {
  model: number;
  payer: string;
  balance: string;
  spent: string;
  leavesAt: number;
}

export interface AccountRow {
  account: string;
  balance: string;
  withdrawn: string;
  developer: string;
  scorer: string;
  protocol: string;
  lines: string;
  proRata: string;
  paid: string;
  recipient: string | null;
}

export interface BondRow {
  controller: string;
  account: string;
  free: string;
  locked: string;
  leaving: string;
  leavesAt: number;
}

export interface IntervalRow {
  model: number;
  interval: number;
  fromFees: string;
  toFees: string;
  cutAt: number;
  operator: string | null;
  reportHash: string | null;
  receiptsRoot: string | null;
  exponent: number | null;
  /** The event that holds q. */
  reportEvent: number | null;
}

export interface SettlementRow {
  stream: number;
  interval: number;
  status: string;
  voids: number;
  /** Null while it follows from the cut. */
  deadline: number | null;
  openChallenges: number;
  statementHash: string | null;
  /** What fell back to pro-rata. */
  fellBack: string | null;
}

export interface StatementRow {
  hash: string;
  id: number;
  stream: number;
  interval: number;
  dataset: number;
  lines: number;
  root: string;
  total: string;
  pool: string;
  scorer: string;
  fee: string;
  bond: string;
  proposedAt: number;
  attempt: number;
  version: number;
  exponentBound: number;
  indexRoot: string;
  reportHash: string;
  payoutHash: string;
  uri: string;
  state: string;
  shownUntil: number;
  /** The event that holds all its weights, if they were posted. */
  weightsEvent: number | null;
  rewarded: string | null;
  reward: string | null;
  reason: string | null;
}

export interface NodeRow {
  statementHash: string;
  level: number;
  position: number;
  id: number;
  challenger: string;
  deadline: number;
  begunAt: number;
  parentLevel: number;
  turns: number;
  state: string;
  answeredBy: string | null;
  shownUntil: number;
  /** The event of the answer, which shows an opened node's descendants. */
  answerEvent: number | null;
  /** Whether the statement stood when the bond was settled; null before. */
  stands: number | null;
}

export interface PayoutRow {
  hash: string;
  id: number;
  statementHash: string;
  stream: number;
  interval: number;
  pool: string;
  claimed: string;
  claims: number;
}

export interface ProRataRow {
  stream: number;
  line: number;
  claimed: string;
}

/** All money that went one way. */
export interface FlowRow {
  kind: string;
  source: string;
  target: string;
  amount: string;
  times: number;
  lastEvent: number;
}

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
  "dataset, version, id",
  "model, slot",
);
export const INDEXES = table<IndexRow>("indexes", ["stream"], {
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
});
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
  recipient: "TEXT",
});
export const BONDS = table<BondRow>(
  "bonds",
  ["controller", "account"],
  { controller: "TEXT", account: "TEXT", free: "TEXT", locked: "TEXT", leaving: "TEXT", leavesAt: "INTEGER" },
  "account",
);
export const INTERVALS = table<IntervalRow>("intervals", ["model", "interval"], {
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
});
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
);
export const NODES = table<NodeRow>(
  "nodes",
  ["statementHash", "level", "position"],
  {
    statementHash: "TEXT",
    level: "INTEGER",
    position: "INTEGER",
    id: "INTEGER",
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
  FLOWS,
] as const;
