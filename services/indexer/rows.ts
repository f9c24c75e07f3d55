// The rows of the tables in tables.ts, as SQLite gives them: flags are 0 or 1, money is decimal text.

/** Every event of the suite, as it was decoded. */
export interface EventRow {
  id: number;
  transactionHash: string;
  transactionIndex: number;
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
  /** Submitted, whatever became of them. */
  contributions: number;
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
  /** Of the statement's stream. */
  model: number;
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

/** How often something has happened on the whole deployment, and the money in it. */
export interface TotalRow {
  name: string;
  count: number;
  amount: string;
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
