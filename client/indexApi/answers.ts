import { amount, anything, flag, hex, list, maybe, record, type ShapeOf, text, whole, word } from "./shapes.ts";

// Each shape is one of services/indexer/schemas.ts under the same name; test/client/indexApi.test.ts compares them.

/** Ways in which a model is paid: `wallet` for pay, payFor, payWithPermit and payWithAuthorization. */
export const PAYMENT_WAYS = ["wallet", "prepaid", "voucher", "receiver", "credit"] as const;
export const CONTRIBUTION_STATES = ["pending", "accepted", "rejected", "withdrawn"] as const;
export const STATEMENT_STATES = ["live", "final", "void", "rejected"] as const;
export const CHALLENGE_STATES = ["open", "opened", "defended", "refuted", "silent"] as const;

const stream = {
  /** Model · 256 + place of the dataset among the model's. */
  id: whole,
  model: whole,
  slot: whole,
  dataset: whole,
  version: whole,
  shareBps: whole,
  proRataBps: whole,
  fallbackPools: amount,
};
const streamView = {
  ...stream,
  index: maybe(
    record({
      root: hex,
      exponentBound: whole,
      status: word("committed", "rejected", "active"),
      committedAt: whole,
      activeFrom: amount,
      openDemands: whole,
      commitment: whole,
      uri: text,
      reason: maybe(hex),
    }),
  ),
};
const edge = record({ model: whole, parent: whole, shareBps: whole, distance: whole });
const flow = record({
  kind: word("payment", "developer", "royalty", "protocol", "scorer", "line", "proRata", "withdrawal"),
  source: text,
  target: text,
  amount,
  times: whole,
  lastEvent: whole,
});

const statement = record({
  hash: hex,
  id: whole,
  stream: whole,
  interval: whole,
  dataset: whole,
  lines: whole,
  root: hex,
  total: amount,
  pool: amount,
  scorer: hex,
  fee: amount,
  bond: amount,
  proposedAt: whole,
  attempt: whole,
  version: whole,
  exponentBound: whole,
  indexRoot: hex,
  reportHash: hex,
  payoutHash: hex,
  uri: text,
  state: word(...STATEMENT_STATES),
  shownUntil: whole,
  weightsEvent: maybe(whole),
  rewarded: maybe(hex),
  reward: maybe(amount),
  reason: maybe(hex),
});
const challenge = record({
  statementHash: hex,
  /** 0 for lines, the highest for the root. */
  level: whole,
  position: whole,
  id: whole,
  model: whole,
  challenger: hex,
  deadline: whole,
  begunAt: whole,
  parentLevel: whole,
  turns: whole,
  state: word(...CHALLENGE_STATES),
  answeredBy: maybe(hex),
  shownUntil: whole,
  answerEvent: maybe(whole),
  stands: maybe(whole),
});
/** How much there is of an account's lines. */
const lineSums = {
  lines: whole,
  /** Lines whose weights aren't at hand, and what is missing of the first: sums are without them. */
  unread: whole,
  missing: maybe(text),
};
const ownLine = {
  statement: hex,
  stream: whole,
  interval: whole,
  line: whole,
  /** Null where `missing` says which file isn't there. */
  amount: maybe(amount),
  missing: maybe(text),
};
const historyItem = record({
  id: whole,
  block: whole,
  time: whole,
  transactionHash: hex,
  contract: text,
  name: text,
  args: anything,
});
/** What the API answers with, by name. Times are Unix seconds; ids of events are block · 2^20 + place in the block. */
export const SHAPES = {
  Block: record({ number: whole, hash: hex, time: whole }),
  Error: record({ error: text, message: text }),
  Dataset: record({
    id: whole,
    owner: hex,
    metadataDigest: hex,
    uri: text,
    licence: text,
    modality: whole,
    curation: whole,
    training: whole,
    streamBps: whole,
    proRataBps: whole,
    rowCap: whole,
    deposit: amount,
    accepted: whole,
    rows: whole,
    versions: whole,
    contributors: hex,
    trainers: hex,
    createdAt: whole,
    curators: list(hex),
  }),
  Version: record({ dataset: whole, version: whole, contributions: whole, rows: whole, frozenAt: whole }),
  Contribution: record({
    dataset: whole,
    contributor: hex,
    root: hex,
    id: whole,
    rows: whole,
    uri: text,
    status: word(...CONTRIBUTION_STATES),
    submittedAt: whole,
    /** Place among the accepted ones. */
    position: maybe(whole),
    counted: maybe(whole),
    retiredFrom: maybe(whole),
    opened: whole,
    deposit: amount,
    reason: maybe(hex),
  }),
  Stream: record(streamView),
  Model: record({
    id: whole,
    owner: hex,
    kind: whole,
    operator: hex,
    payout: hex,
    developerBps: whole,
    childKinds: whole,
    childBps: whole,
    artifactDigest: hex,
    recipeDigest: hex,
    uri: text,
    priceHint: amount,
    supersedes: maybe(whole),
    supersededBy: maybe(whole),
    parents: whole,
    streams: whole,
    /** Null while it isn't for sale. */
    price: maybe(amount),
    lanes: maybe(whole),
    basisDigest: maybe(hex),
    methodDigest: maybe(hex),
    basisUri: maybe(text),
    registeredAt: whole,
    parentEdges: list(record({ model: whole, shareBps: whole })),
    streamList: list(record(streamView)),
    income: record({
      gross: amount,
      fees: amount,
      royalties: amount,
      dividedGross: amount,
      dividedFees: amount,
      dividedRoyalties: amount,
      payments: whole,
    }),
  }),
  Lineage: record({ model: whole, ancestors: list(edge), descendants: list(edge), streams: list(record(stream)) }),
  Demand: record({
    stream: whole,
    commitment: whole,
    row: whole,
    id: whole,
    demandedBy: hex,
    deadline: whole,
    state: word("open", "shown", "withheld", "released"),
    shownBy: maybe(hex),
  }),
  Payment: record({
    id: whole,
    model: whole,
    payer: maybe(hex),
    amount,
    feesAfter: amount,
    way: word(...PAYMENT_WAYS),
    requestDigest: maybe(hex),
    block: whole,
    time: whole,
    transactionHash: hex,
  }),
  Interval: record({
    model: whole,
    interval: whole,
    fromFees: amount,
    toFees: amount,
    cutAt: whole,
    operator: maybe(hex),
    reportHash: maybe(hex),
    receiptsRoot: maybe(hex),
    exponent: maybe(whole),
    reportEvent: maybe(whole),
  }),
  Settlement: record({
    stream: whole,
    interval: whole,
    status: word("open", "proposed", "final", "proRata"),
    voids: whole,
    deadline: maybe(whole),
    openChallenges: whole,
    statementHash: maybe(hex),
    fellBack: maybe(amount),
  }),
  Statement: statement,
  Line: record({
    statement: hex,
    line: whole,
    contributor: hex,
    weight: amount,
    amount,
    proof: hex,
    claimed: flag,
  }),
  Challenge: challenge,
  ChallengeView: record({
    challenge,
    statement,
    /** Where the walk came from. */
    above: maybe(challenge),
    /** Where it went on. */
    below: list(challenge),
    events: list(historyItem),
  }),
  Claim: record({
    id: whole,
    kind: word("line", "proRata"),
    stream: whole,
    payoutHash: maybe(hex),
    line: whole,
    contributor: hex,
    recipient: hex,
    amount,
    block: whole,
    time: whole,
    transactionHash: hex,
  }),
  Account: record({
    account: hex,
    balance: amount,
    recipient: maybe(hex),
    earned: record({ lines: amount, proRata: amount, developer: amount, scorer: amount, protocol: amount }),
    paid: amount,
    withdrawn: amount,
    controls: record({ datasets: list(whole), curates: list(whole), models: list(whole), operates: list(whole) }),
    contributions: whole,
    earnsFrom: list(whole),
    bonds: list(
      record({ controller: hex, account: hex, free: amount, locked: amount, leaving: amount, leavesAt: whole }),
    ),
    channels: list(record({ model: whole, payer: hex, balance: amount, spent: amount, leavesAt: whole })),
  }),
  Claimable: record({
    account: hex,
    ...lineSums,
    /** Contributions with pro-rata money. */
    proRata: whole,
    totals: record({ proRata: amount, lines: amount }),
  }),
  ClaimableLine: record(ownLine),
  ClaimableProRata: record({
    stream: whole,
    model: whole,
    dataset: whole,
    line: whole,
    owed: amount,
    claimed: amount,
    claimable: amount,
  }),
  Pending: record({ account: hex, ...lineSums, streams: whole, totals: record({ lines: amount }) }),
  PendingLine: record({ ...ownLine, proposedAt: whole }),
  PendingStream: record({ stream: whole, model: whole, dataset: whole, open: amount, rows: whole, allRows: whole }),
  HistoryItem: historyItem,
  Hit: record({
    kind: word(
      "account",
      "dataset",
      "model",
      "stream",
      "interval",
      "contribution",
      "payment",
      "index",
      "statement",
      "event",
    ),
    /** Which of its values was searched for. */
    matched: text,
    account: maybe(hex),
    dataset: maybe(whole),
    model: maybe(whole),
    stream: maybe(whole),
    interval: maybe(whole),
    position: maybe(whole),
    statement: maybe(hex),
    feesAfter: maybe(amount),
    event: maybe(whole),
    name: maybe(text),
  }),
  Totals: record({
    contributors: whole,
    datasets: whole,
    contributions: whole,
    models: whole,
    payments: whole,
    statements: whole,
    liveStatements: whole,
    challenges: whole,
    openChallenges: whole,
    claims: whole,
    volume: amount,
    claimed: amount,
    developers: amount,
    royalties: amount,
    scorers: amount,
    protocol: amount,
  }),
  DatasetModel: record({
    ...streamView,
    owner: hex,
    kind: whole,
    uri: text,
    price: maybe(amount),
    supersededBy: maybe(whole),
    gross: amount,
    payments: whole,
  }),
  Contributor: record({
    contributor: hex,
    contributions: whole,
    rows: whole,
    earned: amount,
    lines: amount,
    proRata: amount,
    claimed: amount,
    /** Of what all have earned, in millionths. */
    share: whole,
  }),
  DatasetMoney: record({
    dataset: whole,
    contributors: whole,
    earned: amount,
    lines: amount,
    proRata: amount,
    claimed: amount,
    scorers: amount,
    /** Of intervals that have no final statement yet. */
    open: amount,
    /** Statements whose files are missing. */
    unread: list(hex),
  }),
  MoneyGraph: record({
    model: whole,
    income: amount,
    nodes: list(
      record({
        id: text,
        role: word(
          "caller",
          "child",
          "model",
          "dataset",
          "contributor",
          "developer",
          "treasury",
          "scorer",
          "open",
          "unread",
        ),
        account: maybe(text),
        model: maybe(whole),
        dataset: maybe(whole),
        count: whole,
      }),
    ),
    links: list(record({ source: text, target: text, amount })),
  }),
  Event: record({
    id: whole,
    block: whole,
    blockHash: hex,
    time: whole,
    transactionHash: hex,
    /** Place of the transaction in its block. */
    transactionIndex: whole,
    contract: text,
    name: text,
    /** By name: numbers as decimal text, tuples as objects. */
    args: anything,
  }),
  Flows: record({ incoming: list(flow), outgoing: list(flow) }),
};

/** Whether the index serves, and how far it is. */
export const HEALTH = record({
  status: word("ok", "starting", "behind"),
  indexedTo: maybe(SHAPES.Block),
  head: maybe(whole),
  behind: maybe(whole),
});

type Shapes = typeof SHAPES;
export type Block = ShapeOf<Shapes["Block"]>;
export type Dataset = ShapeOf<Shapes["Dataset"]>;
export type Version = ShapeOf<Shapes["Version"]>;
export type Contribution = ShapeOf<Shapes["Contribution"]>;
export type Stream = ShapeOf<Shapes["Stream"]>;
export type Model = ShapeOf<Shapes["Model"]>;
export type Lineage = ShapeOf<Shapes["Lineage"]>;
export type Demand = ShapeOf<Shapes["Demand"]>;
export type Payment = ShapeOf<Shapes["Payment"]>;
export type Interval = ShapeOf<Shapes["Interval"]>;
export type Settlement = ShapeOf<Shapes["Settlement"]>;
export type Statement = ShapeOf<Shapes["Statement"]>;
export type Line = ShapeOf<Shapes["Line"]>;
export type Challenge = ShapeOf<Shapes["Challenge"]>;
export type Claim = ShapeOf<Shapes["Claim"]>;
export type Account = ShapeOf<Shapes["Account"]>;
export type Claimable = ShapeOf<Shapes["Claimable"]>;
export type Event = ShapeOf<Shapes["Event"]>;
export type HistoryItem = ShapeOf<Shapes["HistoryItem"]>;
export type ChallengeView = ShapeOf<Shapes["ChallengeView"]>;
export type ClaimableLine = ShapeOf<Shapes["ClaimableLine"]>;
export type ClaimableProRata = ShapeOf<Shapes["ClaimableProRata"]>;
export type Pending = ShapeOf<Shapes["Pending"]>;
export type PendingLine = ShapeOf<Shapes["PendingLine"]>;
export type PendingStream = ShapeOf<Shapes["PendingStream"]>;
export type Hit = ShapeOf<Shapes["Hit"]>;
export type Totals = ShapeOf<Shapes["Totals"]>;
export type DatasetModel = ShapeOf<Shapes["DatasetModel"]>;
export type Contributor = ShapeOf<Shapes["Contributor"]>;
export type DatasetMoney = ShapeOf<Shapes["DatasetMoney"]>;
export type MoneyGraph = ShapeOf<Shapes["MoneyGraph"]>;
export type Flows = ShapeOf<Shapes["Flows"]>;
export type Health = ShapeOf<typeof HEALTH>;

export type PaymentWay = (typeof PAYMENT_WAYS)[number];
export type ContributionState = (typeof CONTRIBUTION_STATES)[number];
export type StatementState = (typeof STATEMENT_STATES)[number];
export type ChallengeState = (typeof CHALLENGE_STATES)[number];
