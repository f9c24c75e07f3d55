export { type Deployment, deploymentName, readDeployment } from "./deployment.ts";
export { IndexError, type IndexErrorCode } from "./errors.ts";
export { type ChainEvent, type DecodedLog, EventDecoder, type RawLog } from "./events.ts";
export { RangeSize } from "./ranges.ts";
export { LogSource, type Rpc } from "./source.ts";
export { type Block, type IndexStore, SqliteStore } from "./store.ts";
export { DEFAULT_SYNC, type Step, Synchroniser, type SyncListener, type SyncOptions } from "./sync.ts";
export { type AccountView, AccountQueries } from "./accounts.ts";
export {
  type ClaimableView,
  DueQueries,
  type LineClaimable,
  type LinePending,
  type PendingView,
  type ProRataClaimable,
  type StreamPending,
} from "./due.ts";
export { type Line, PublishedStatements } from "./published.ts";
export {
  type DatasetView,
  type HistoryItem,
  type LineageEdge,
  type LineageView,
  type ModelView,
  type Page,
  type Paging,
  Queries,
  type StreamView,
  type Traced,
} from "./queries.ts";
export { type ContributorView, type DatasetMoney, EarningsQueries } from "./earnings.ts";
export { type MoneyGraph, type MoneyLink, type MoneyNode, type MoneyRole, MoneyGraphs } from "./moneyGraph.ts";
export { type ChallengeView, type DatasetModel, OverviewQueries, type Totals } from "./overview.ts";
export { type Hit, SearchQueries } from "./search.ts";
export { StreamBooks, type StreamMoney } from "./streamMoney.ts";
export { type ApiOptions, type IndexApi, indexApi } from "./server.ts";
