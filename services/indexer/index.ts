export { type Deployment, readDeployment } from "./deployment.ts";
export { IndexError, type IndexErrorCode } from "./errors.ts";
export { type ChainEvent, type DecodedLog, EventDecoder, type IndexedRole, type RawLog } from "./events.ts";
export { RangeSize } from "./ranges.ts";
export { LogSource, type Rpc } from "./source.ts";
export { type Block, type IndexStore, SqliteStore } from "./store.ts";
export { DEFAULT_SYNC, type Step, Synchroniser, type SyncListener, type SyncOptions } from "./sync.ts";
