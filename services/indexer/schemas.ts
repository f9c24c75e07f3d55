/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

const text = { type: "string" } as const;
const whole = { type: "integer" } as const;
const flag = { type: "boolean" } as const;
const amount = { type: "string", pattern: "^[0-9]+$", description: "In the currency's smallest unit" } as const;
const hash = { type: "string", pattern: "^0x[0-9a-f]{64}$" } as const;
const bytes = { type: "string", pattern: "^0x([0-9a-f]{2})*$" } as const;
const address = { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" } as const;
const seconds = { type: "integer", description: "Unix seconds" } as const;
const eventId = { type: "integer", description: "block · 2^20 + place of the log in the block" } as const;

function one(...values: readonly string[]): Schema {
  return { type: "string", enum: values };
}

function maybe(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

/** An object with exactly these members. */
function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

const dataset = {
  id: whole,
  owner: address,
  metadataDigest: hash,
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
  contributors: hash,
  trainers: hash,
  createdAt: seconds,
} as const;

const stream = {
  id: whole,
  model: whole,
  slot: whole,
  dataset: whole,
  version: whole,
  shareBps: whole,
  proRataBps: whole,
  fallbackPools: amount,
} as const;

const STREAM = object(stream);
const streamView = {
  ...stream,
  index: maybe(
    object({
      root: hash,
      exponentBound: whole,
      status: one("committed", "rejected", "active"),
      committedAt: seconds,
      activeFrom: amount,
      openDemands: whole,
      commitment: whole,
      uri: text,
      reason: maybe(hash),
    }),
  ),
} as const;
const STREAM_VIEW = object(streamView);
const FLOW = object({
  kind: one("payment", "developer", "royalty", "protocol", "scorer", "line", "proRata", "withdrawal"),
  source: text,
  target: text,
  amount,
  times: whole,
  lastEvent: eventId,
});
const CHALLENGE = object({
  statementHash: hash,
  level: whole,
  position: whole,
  id: eventId,
  model: whole,
  challenger: address,
  deadline: seconds,
  begunAt: seconds,
  parentLevel: whole,
  turns: whole,
  state: one("open", "opened", "defended", "refuted", "silent"),
  answeredBy: maybe(address),
  shownUntil: seconds,
  answerEvent: maybe(eventId),
  stands: maybe(whole),
});
/** How much there is of an account's lines. */
const LINE_SUMS = {
  lines: whole,
  unread: { type: "integer", description: "Lines whose weights aren't at hand: sums are without them" },
  missing: maybe(text),
};
const OWN_LINE = {
  statement: hash,
  stream: whole,
  interval: whole,
  line: whole,
  amount: maybe(amount),
  missing: maybe(text),
};
const HISTORY_ITEM = object({
  id: eventId,
  block: whole,
  time: seconds,
  transactionHash: hash,
  contract: text,
  name: text,
  args: { type: "object" },
});
const STATEMENT = object({
  hash,
  id: eventId,
  stream: whole,
  interval: whole,
  dataset: whole,
  lines: whole,
  root: hash,
  total: amount,
  pool: amount,
  scorer: address,
  fee: amount,
  bond: amount,
  proposedAt: seconds,
  attempt: whole,
  version: whole,
  exponentBound: whole,
  indexRoot: hash,
  reportHash: hash,
  payoutHash: hash,
  uri: text,
  state: one("live", "final", "void", "rejected"),
  shownUntil: seconds,
  weightsEvent: maybe(eventId),
  rewarded: maybe(address),
  reward: maybe(amount),
  reason: maybe(hash),
});
const CHANNEL = object({ model: whole, payer: address, balance: amount, spent: amount, leavesAt: seconds });

/** What the API gives, by name. */
export const SCHEMAS = {
  Block: object({ number: whole, hash, time: seconds }),
  Error: object({
    error: text,
    message: { type: "string", description: "What was wrong and what to do" },
  }),
  Dataset: object({ ...dataset, curators: list(address) }),
  Version: object({ dataset: whole, version: whole, contributions: whole, rows: whole, frozenAt: seconds }),
  Contribution: object({
    dataset: whole,
    contributor: address,
    root: hash,
    id: eventId,
    rows: whole,
    uri: text,
    status: one("pending", "accepted", "rejected", "withdrawn"),
    submittedAt: seconds,
    position: maybe(whole),
    counted: maybe(whole),
    retiredFrom: maybe(whole),
    opened: { type: "integer", enum: [0, 1] },
    deposit: amount,
    reason: maybe(hash),
  }),
  Stream: STREAM_VIEW,
  Model: object({
    id: whole,
    owner: address,
    kind: whole,
    operator: address,
    payout: address,
    developerBps: whole,
    childKinds: whole,
    childBps: whole,
    artifactDigest: hash,
    recipeDigest: hash,
    uri: text,
    priceHint: amount,
    supersedes: maybe(whole),
    supersededBy: maybe(whole),
    parents: whole,
    streams: whole,
    price: maybe(amount),
    lanes: maybe(whole),
    basisDigest: maybe(hash),
    methodDigest: maybe(hash),
    basisUri: maybe(text),
    registeredAt: seconds,
    parentEdges: list(object({ model: whole, shareBps: whole })),
    streamList: list(STREAM_VIEW),
    income: object({
      gross: amount,
      fees: amount,
      royalties: amount,
      dividedGross: amount,
      dividedFees: amount,
      dividedRoyalties: amount,
      payments: whole,
    }),
  }),
  Lineage: (() => {
    const edge = object({ model: whole, parent: whole, shareBps: whole, distance: whole });
    return object({ model: whole, ancestors: list(edge), descendants: list(edge), streams: list(STREAM) });
  })(),
  Demand: object({
    stream: whole,
    commitment: whole,
    row: whole,
    id: eventId,
    demandedBy: address,
    deadline: seconds,
    state: one("open", "shown", "withheld", "released"),
    shownBy: maybe(address),
  }),
  Payment: object({
    id: eventId,
    model: whole,
    payer: maybe(address),
    amount,
    feesAfter: amount,
    way: one("wallet", "prepaid", "voucher", "receiver", "credit"),
    requestDigest: maybe(hash),
    block: whole,
    time: seconds,
    transactionHash: hash,
  }),
  Interval: object({
    model: whole,
    interval: whole,
    fromFees: amount,
    toFees: amount,
    cutAt: seconds,
    operator: maybe(address),
    reportHash: maybe(hash),
    receiptsRoot: maybe(hash),
    exponent: maybe(whole),
    reportEvent: maybe(eventId),
  }),
  Settlement: object({
    stream: whole,
    interval: whole,
    status: one("open", "proposed", "final", "proRata"),
    voids: whole,
    deadline: maybe(seconds),
    openChallenges: whole,
    statementHash: maybe(hash),
    fellBack: maybe(amount),
  }),
  Statement: STATEMENT,
  Line: object({
    statement: hash,
    line: whole,
    contributor: address,
    weight: amount,
    amount,
    proof: bytes,
    claimed: flag,
  }),
  Challenge: CHALLENGE,
  ChallengeView: object({
    challenge: CHALLENGE,
    statement: STATEMENT,
    above: maybe(CHALLENGE),
    below: list(CHALLENGE),
    events: list(HISTORY_ITEM),
  }),
  Claim: object({
    id: eventId,
    kind: one("line", "proRata"),
    stream: whole,
    payoutHash: maybe(hash),
    line: whole,
    contributor: address,
    recipient: address,
    amount,
    block: whole,
    time: seconds,
    transactionHash: hash,
  }),
  Account: object({
    account: address,
    balance: amount,
    recipient: maybe(address),
    earned: object({ lines: amount, proRata: amount, developer: amount, scorer: amount, protocol: amount }),
    paid: amount,
    withdrawn: amount,
    controls: object({ datasets: list(whole), curates: list(whole), models: list(whole), operates: list(whole) }),
    contributions: whole,
    earnsFrom: list(whole),
    bonds: list(
      object({
        controller: address,
        account: address,
        free: amount,
        locked: amount,
        leaving: amount,
        leavesAt: seconds,
      }),
    ),
    channels: list(CHANNEL),
  }),
  Claimable: object({
    account: address,
    ...LINE_SUMS,
    proRata: { type: "integer", description: "Contributions with pro-rata money" },
    totals: object({ proRata: amount, lines: amount }),
  }),
  ClaimableLine: object(OWN_LINE),
  ClaimableProRata: object({
    stream: whole,
    model: whole,
    dataset: whole,
    line: whole,
    owed: amount,
    claimed: amount,
    claimable: amount,
  }),
  Pending: object({ account: address, ...LINE_SUMS, streams: whole, totals: object({ lines: amount }) }),
  PendingLine: object({ ...OWN_LINE, proposedAt: seconds }),
  PendingStream: object({ stream: whole, model: whole, dataset: whole, open: amount, rows: whole, allRows: whole }),
  HistoryItem: HISTORY_ITEM,
  Hit: object({
    kind: one(
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
    matched: { type: "string", description: "Which of its values was searched for" },
    account: maybe(address),
    dataset: maybe(whole),
    model: maybe(whole),
    stream: maybe(whole),
    interval: maybe(whole),
    position: maybe(whole),
    statement: maybe(hash),
    feesAfter: maybe(amount),
    event: maybe(eventId),
    name: maybe(text),
  }),
  Totals: object({
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
  DatasetModel: object({
    ...streamView,
    owner: address,
    kind: whole,
    uri: text,
    price: maybe(amount),
    supersededBy: maybe(whole),
    gross: amount,
    payments: whole,
  }),
  Contributor: object({
    contributor: address,
    contributions: whole,
    rows: whole,
    earned: amount,
    lines: amount,
    proRata: amount,
    claimed: amount,
    share: { type: "integer", description: "Of what all have earned, in millionths" },
  }),
  DatasetMoney: object({
    dataset: whole,
    contributors: whole,
    earned: amount,
    lines: amount,
    proRata: amount,
    claimed: amount,
    scorers: amount,
    open: amount,
    unread: list(hash),
  }),
  MoneyGraph: object({
    model: whole,
    income: amount,
    nodes: list(
      object({
        id: text,
        role: one(
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
    links: list(object({ source: text, target: text, amount })),
  }),
  Event: object({
    id: eventId,
    block: whole,
    blockHash: hash,
    time: seconds,
    transactionHash: hash,
    transactionIndex: whole,
    contract: text,
    name: text,
    args: { type: "object", description: "By name: numbers as decimal text, tuples as objects" },
  }),
  Flows: object({ incoming: list(FLOW), outgoing: list(FLOW) }),
} as const satisfies Readonly<Record<string, Schema>>;

export type SchemaName = keyof typeof SCHEMAS;

/** The last indexed block, which every answer names. */
const INDEXED_TO = maybe(SCHEMAS.Block);

/** An answer with one object. */
export function single(name: SchemaName): Schema {
  return object({ indexedTo: INDEXED_TO, data: SCHEMAS[name] });
}

/** An answer with all objects of a kind. */
export function several(name: SchemaName): Schema {
  return object({ indexedTo: INDEXED_TO, data: list(SCHEMAS[name]) });
}

/** An answer with a piece of a list. */
export function page(name: SchemaName): Schema {
  return object({
    indexedTo: INDEXED_TO,
    data: list(SCHEMAS[name]),
    next: maybe({ type: "string", description: "`cursor` of the next piece; null at the end" }),
  });
}

/** What says whether the index serves, and how far it is. */
export const HEALTH = object({
  status: one("ok", "starting", "behind"),
  indexedTo: INDEXED_TO,
  head: maybe(whole),
  behind: maybe(whole),
});

/** What a path or query may name. */
export const INPUT = {
  id: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  address: { ...address, description: "An account" },
  hash: { type: "string", pattern: "^0x[0-9a-fA-F]{64}$" },
  cursor: { type: "string", pattern: "^[0-9]{1,16}$", description: "`next` of the piece before" },
  node: {
    type: "string",
    pattern: "^(0x[0-9a-fA-F]{40}|(model|stream):[0-9]{1,16}|unknown)$",
    description: "An account, `model:1`, `stream:256`, or `unknown` for payers that the chain doesn't know",
  },
  word: { type: "string", pattern: "^[A-Za-z0-9]{1,40}$" },
  match: {
    type: "array",
    maxItems: 4,
    items: { type: "string", pattern: "^[A-Za-z0-9]{1,40}:[^:]{1,100}$" },
    description: "Arguments that must have a value, as `dataset:12`; may be repeated",
  },
  search: { type: "string", maxLength: 200 },
  top: { type: "integer", minimum: 1, maximum: 100, default: 8, description: "Shown alone; all others together" },
  hops: {
    type: "integer",
    minimum: 0,
    maximum: 64,
    default: 8,
    description: "How far from the model the money of ancestors is divided further",
  },
  oneOf: one,
} as const;
