import type { AddressBook } from "../../client/index.ts";
import { suiteAt } from "../../client/index.ts";
import {
  DEFAULT_SYNC,
  EventDecoder,
  LogSource,
  readDeployment,
  type Rpc,
  SqliteStore,
  Synchroniser,
  type SyncListener,
  type SyncOptions,
} from "../../services/indexer/index.ts";
import { bookOf, type Suite } from "../support/suite.ts";

/** An index of a test chain. */
export interface TestIndex {
  readonly store: SqliteStore;
  readonly sync: Synchroniser;
  readonly book: AddressBook;
}

/** An index over a suite's chain, in memory unless a file is named. */
export async function indexOf(
  suite: Suite,
  options: Partial<SyncOptions> & { path?: string; rpc?: Rpc; listener?: SyncListener } = {},
): Promise<TestIndex> {
  const { path = ":memory:", rpc = suite.ethers.provider, listener, ...changes } = options;
  const book = await bookOf(suite);
  const deployment = await readDeployment(suiteAt(book, suite.ethers.provider));
  const decoder = new EventDecoder(book);
  const store = SqliteStore.open(path, "test");
  const source = new LogSource(rpc, decoder.addresses);
  const settings = { ...DEFAULT_SYNC, fromBlock: 0, pause: 1, ...changes };
  return { store, book, sync: new Synchroniser({ source, decoder, store, deployment }, settings, listener) };
}

/** Everything that an index holds, as text: two indexes that hold the same give the same. */
export function contentOf(store: SqliteStore): Record<string, unknown[]> {
  const tables = store.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return Object.fromEntries(tables.map(({ name }) => [name, store.all(`SELECT * FROM "${name}" ORDER BY 1, 2`)]));
}

/** The same without what only serves to take blocks back, which depends on how far the chain had been. */
export function stateOf(store: SqliteStore): Record<string, unknown[]> {
  const blocks = store.all("SELECT * FROM blocks WHERE events > 0 ORDER BY number");
  return { ...contentOf(store), undo: [], meta: [], blocks };
}
