export { type Deployment, readDeployment } from "./deployment.ts";
export { IndexError, type IndexErrorCode } from "./errors.ts";
export { type ChainEvent, type DecodedLog, EventDecoder, type IndexedRole, type RawLog } from "./events.ts";
export { RangeSize } from "./ranges.ts";
export { LogSource, type Rpc } from "./source.ts";
export { type Block, type IndexStore, SqliteStore } from "./store.ts";
export { DEFAULT_SYNC, type Step, Synchroniser, type SyncListener, type SyncOptions } from "./sync.ts";
export {
  type AccountView,
  AccountQueries,
  type ClaimableView,
  type HistoryItem,
  type LineClaimable,
  type ProRataClaimable,
} from "./accounts.ts";
export { type Line, PublishedStatements } from "./published.ts";
export {
  type DatasetView,
  type LineageEdge,
  type LineageView,
  type ModelView,
  type Page,
  type Paging,
  Queries,
  type StreamView,
  type Traced,
} from "./queries.ts";
export { type ApiOptions, type IndexApi, indexApi } from "./server.ts";
