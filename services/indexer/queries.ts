import { getAddress, isAddress } from "ethers";
import { IndexError } from "./errors.ts";
import type { Block, SqliteStore } from "./store.ts";
import type {
  ChannelRow,
  ContributionRow,
  CuratorRow,
  DatasetRow,
  DemandRow,
  EventRow,
  FlowRow,
  IncomeRow,
  IndexRow,
  IntervalRow,
  ModelRow,
  NodeRow,
  ParentRow,
  PaymentRow,
  SettlementRow,
  StatementRow,
  StreamRow,
  VersionRow,
} from "./rows.ts";
import { blockOf, type Cell, firstIdOf } from "./tables.ts";

/** A piece of a list. */
export interface Page<R> {
  readonly items: readonly R[];
  /** What to ask with for the next piece; null at the end. */
  readonly next: string | null;
}

/** Which piece of a list is wanted. */
export interface Paging {
  /** `next` of the piece before. */
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  /** Oldest first unless `desc`. */
  readonly order?: "asc" | "desc" | undefined;
}

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

/** A dataset with its curators. */
export interface DatasetView extends DatasetRow {
  readonly curators: readonly string[];
}

/** A model with its edges and its counters. */
export interface ModelView extends ModelRow {
  readonly parentEdges: readonly { readonly model: number; readonly shareBps: number }[];
  readonly streamList: readonly StreamView[];
  readonly income: Omit<IncomeRow, "model">;
}

/** A stream with its influence index. */
export interface StreamView extends StreamRow {
  readonly index: Omit<IndexRow, "stream"> | null;
}

/** An event, as it was decoded. */
export interface HistoryItem {
  readonly id: number;
  readonly block: number;
  readonly time: number;
  readonly transactionHash: string;
  readonly contract: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A payment, an event: with the transaction that it was in. */
export type Traced<R> = R & { readonly block: number; readonly time: number; readonly transactionHash: string };

/** A model and how far it is from the one that was asked about. */
export interface LineageEdge {
  readonly model: number;
  readonly parent: number;
  readonly shareBps: number;
  /** Edges from the model that was asked about. */
  readonly distance: number;
}

/** The graph around a model. */
export interface LineageView {
  readonly model: number;
  readonly ancestors: readonly LineageEdge[];
  readonly descendants: readonly LineageEdge[];
  /** Datasets behind the model and its ancestors. */
  readonly streams: readonly StreamRow[];
}

/** Edges that are shown of a graph in each direction. */
const MOST_EDGES = 10_000;

/** A statement's conditions for a list. */
export interface StatementFilter {
  readonly stream?: number | undefined;
  readonly interval?: number | undefined;
  readonly scorer?: string | undefined;
  readonly state?: string | undefined;
}

/** An event, as its contract left it. */
export interface EventView {
  readonly id: number;
  readonly block: number;
  readonly blockHash: string;
  readonly time: number;
  readonly transactionHash: string;
  /** Place of the transaction in its block */
  readonly transactionIndex: number;
  readonly contract: string;
  readonly name: string;
  /** By name: numbers as decimal text, tuples as objects */
  readonly args: Readonly<Record<string, unknown>>;
}

/** Which events are wanted. */
export interface EventFilter {
  readonly contract?: string | undefined;
  readonly name?: string | undefined;
  /** Blocks, both included */
  readonly fromBlock?: number | undefined;
  readonly toBlock?: number | undefined;
  /** Arguments that must have a value: `dataset:12`, as `EventView.args` writes it */
  readonly match: readonly string[];
}

/** What the index answers. All that one call gives is of one and the same block. */
export class Queries {
  readonly #store: SqliteStore;

  constructor(store: SqliteStore) {
    this.#store = store;
  }

  get store(): SqliteStore {
    return this.#store;
  }

  /** The block up to which the index has everything; null while it has nothing. */
  indexedTo(): Block | null {
    return this.#store.tip() ?? null;
  }

  datasets(paging: Paging, owner?: string): Page<DatasetView> {
    const page = this.page<DatasetRow>("SELECT * FROM datasets", where({ owner: address(owner) }), paging);
    return { ...page, items: page.items.map((row) => this.#withCurators(row)) };
  }

  dataset(id: number): DatasetView {
    return this.#withCurators(
      this.#one(`dataset ${id}`, this.#store.all<DatasetRow>("SELECT * FROM datasets WHERE id = ?", id)),
    );
  }

  versions(dataset: number): readonly VersionRow[] {
    this.dataset(dataset);
    return this.#store.all("SELECT * FROM versions WHERE dataset = ? ORDER BY version", dataset);
  }

  /** Contributions in the order of their submission. */
  contributions(
    paging: Paging,
    filter: { dataset?: number | undefined; contributor?: string | undefined; status?: string | undefined },
  ): Page<ContributionRow> {
    const { dataset, status } = filter;
    return this.page(
      "SELECT * FROM contributions",
      where({ dataset, contributor: address(filter.contributor), status }),
      paging,
    );
  }

  /** The contribution at a place of a dataset. */
  contribution(dataset: number, position: number): ContributionRow {
    return this.#one(
      `contribution ${position} of dataset ${dataset}`,
      this.#store.all<ContributionRow>(
        "SELECT c.* FROM places p JOIN contributions c ON c.dataset = p.dataset AND c.contributor = p.contributor AND c.root = p.root WHERE p.dataset = ? AND p.position = ?",
        dataset,
        position,
      ),
    );
  }

  models(paging: Paging, owner?: string): Page<ModelView> {
    const page = this.page<ModelRow>("SELECT * FROM models", where({ owner: address(owner) }), paging);
    return { ...page, items: page.items.map((row) => this.#withEdges(row)) };
  }

  model(id: number): ModelView {
    return this.#withEdges(
      this.#one(`model ${id}`, this.#store.all<ModelRow>("SELECT * FROM models WHERE id = ?", id)),
    );
  }

  stream(id: number): StreamView {
    return this.#withIndex(
      this.#one(`stream ${id}`, this.#store.all<StreamRow>("SELECT * FROM streams WHERE id = ?", id)),
    );
  }

  demands(stream: number): readonly DemandRow[] {
    return this.#store.all("SELECT * FROM demands WHERE stream = ? ORDER BY id", stream);
  }

  /** Ancestors and descendants of a model, edge by edge, nearest first. */
  lineage(model: number): LineageView {
    this.model(model);
    const walk = (from: "model" | "parent", to: "model" | "parent"): LineageEdge[] =>
      this.#store.all<LineageEdge>(
        `WITH RECURSIVE near (id, distance) AS (
           SELECT ?, 0 UNION SELECT p."${to}", near.distance + 1 FROM near JOIN parents p ON p."${from}" = near.id
           LIMIT ${MOST_EDGES})
         SELECT p.model, p.parent, p.shareBps, min(near.distance) + 1 AS distance
         FROM near JOIN parents p ON p."${from}" = near.id GROUP BY p.model, p.parent ORDER BY distance, p.model, p.parent`,
        model,
      );
    const ancestors = walk("model", "parent");
    const sources = [model, ...new Set(ancestors.map(({ parent }) => parent))];
    const streams = sources.flatMap((id) =>
      this.#store.all<StreamRow>("SELECT * FROM streams WHERE model = ? ORDER BY id", id),
    );
    return { model, ancestors, descendants: walk("parent", "model"), streams };
  }

  payments(
    paging: Paging,
    filter: { model?: number | undefined; payer?: string | undefined; way?: string | undefined },
  ): Page<Traced<PaymentRow>> {
    const { model, way } = filter;
    const page = this.page<PaymentRow>(
      "SELECT * FROM payments",
      where({ model, payer: address(filter.payer), way }),
      paging,
    );
    return { ...page, items: page.items.map((row) => this.traced(row)) };
  }

  channels(payer: string): readonly ChannelRow[] {
    return this.#store.all("SELECT * FROM channels WHERE payer = ? ORDER BY model", needAddress(payer));
  }

  intervals(model: number): readonly IntervalRow[] {
    this.model(model);
    return this.#store.all("SELECT * FROM intervals WHERE model = ? ORDER BY interval", model);
  }

  settlements(stream: number): readonly SettlementRow[] {
    this.stream(stream);
    return this.#store.all("SELECT * FROM settlements WHERE stream = ? ORDER BY interval", stream);
  }

  statements(paging: Paging, filter: StatementFilter): Page<StatementRow> {
    const { stream, interval, state } = filter;
    return this.page(
      "SELECT * FROM statements",
      where({ stream, interval, state, scorer: address(filter.scorer) }),
      paging,
    );
  }

  statement(hash: string): StatementRow {
    return this.#one(
      `statement ${hash}`,
      this.#store.all<StatementRow>("SELECT * FROM statements WHERE hash = ?", hash.toLowerCase()),
    );
  }

  /** Challenged nodes, in the order of their challenges. */
  challenges(
    paging: Paging,
    filter: {
      statement?: string | undefined;
      model?: number | undefined;
      challenger?: string | undefined;
      state?: string | undefined;
    },
  ): Page<NodeRow> {
    const { statement, model, state } = filter;
    return this.page(
      "SELECT * FROM nodes",
      where({ statementHash: statement?.toLowerCase(), model, state, challenger: address(filter.challenger) }),
      paging,
    );
  }

  /** What has gone out of an account, model or stream, and what has come in. */
  flows(node: string): { readonly incoming: readonly FlowRow[]; readonly outgoing: readonly FlowRow[] } {
    return {
      incoming: this.#store.all("SELECT * FROM flows WHERE target = ? ORDER BY kind, source LIMIT ?", node, MOST_EDGES),
      outgoing: this.#store.all("SELECT * FROM flows WHERE source = ? ORDER BY kind, target LIMIT ?", node, MOST_EDGES),
    };
  }

  /** An event with its block. */
  event(id: number): HistoryItem {
    const block = blockOf(id);
    const row = this.#one(
      `event ${id}`,
      this.#store.all<Omit<HistoryItem, "block" | "args"> & { args: string }>(
        "SELECT e.id, e.transactionHash, e.contract, e.name, e.args, b.time FROM events e JOIN blocks b ON b.number = ? WHERE e.id = ?",
        block,
        id,
      ),
    );
    return { ...row, block, args: JSON.parse(row.args) as Record<string, unknown> };
  }

  /** With block and transaction of the event that a row is of. */
  traced<R extends { readonly id: number }>(row: R): Traced<R> {
    const block = blockOf(row.id);
    const [found] = this.#store.all<{ transactionHash: string; time: number }>(
      "SELECT e.transactionHash, b.time FROM events e JOIN blocks b ON b.number = ? WHERE e.id = ?",
      block,
      row.id,
    );
    return { ...row, block, time: found?.time ?? 0, transactionHash: found?.transactionHash ?? "" };
  }

  /** One piece of a list of rows that have an `id`. */
  page<R extends { readonly id: number }>(select: string, conditions: Conditions, paging: Paging): Page<R> {
    const { limit = DEFAULT_LIMIT, order = "asc" } = paging;
    const after = paging.cursor === undefined ? undefined : Number(paging.cursor);
    if (after !== undefined && !(Number.isSafeInteger(after) && after >= 0)) {
      throw new IndexError("bad-request", `"${paging.cursor}" is no cursor: give "next" of the piece before, or none`);
    }
    const parts = [...conditions.parts];
    const values = [...conditions.values];
    if (after !== undefined) {
      parts.push(order === "asc" ? "id > ?" : "id < ?");
      values.push(after);
    }
    const filter = parts.length === 0 ? "" : ` WHERE ${parts.join(" AND ")}`;
    const rows = this.#store.all<R>(`${select}${filter} ORDER BY id ${order} LIMIT ?`, ...values, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, next: rows.length > limit && last !== undefined ? String(last.id) : null };
  }

  /** Events of the contracts, in the chain's order. */
  events(paging: Paging, { contract, name, fromBlock, toBlock, match }: EventFilter): Page<EventView> {
    const { parts, values } = where({ contract, name });
    const bounds: [string, number | undefined][] = [
      ["id >= ?", fromBlock === undefined ? undefined : firstIdOf(fromBlock)],
      ["id < ?", toBlock === undefined ? undefined : firstIdOf(toBlock + 1)],
    ];
    const bounded = bounds.filter((bound): bound is [string, number] => bound[1] !== undefined);
    const named = match.map((one) => {
      const colon = one.indexOf(":");
      return { path: `$.${one.slice(0, colon)}`, value: one.slice(colon + 1) };
    });
    const conditions = {
      parts: [...parts, ...bounded.map(([part]) => part), ...named.map(() => "json_extract(args, ?) = ?")],
      values: [...values, ...bounded.map(([, value]) => value), ...named.flatMap(({ path, value }) => [path, value])],
    };
    const page = this.page<EventRow>("SELECT * FROM events", conditions, paging);
    return { ...page, items: page.items.map((row) => this.#eventView(row)) };
  }

  #eventView({ id, args, ...row }: EventRow): EventView {
    const block = blockOf(id);
    const { hash, time } = this.#one(
      `block ${block}`,
      this.#store.all<{ hash: string; time: number }>("SELECT hash, time FROM blocks WHERE number = ?", block),
    );
    return { id, block, blockHash: hash, time, ...row, args: JSON.parse(args) as Record<string, unknown> };
  }

  /** The only row of a question. */
  #one<R extends object>(what: string, rows: R[]): R {
    const [row] = rows;
    if (row === undefined) {
      const tip = this.indexedTo();
      throw new IndexError(
        "not-found",
        `there is no ${what} up to block ${tip?.number ?? "none"}: check the number, or ask again when the index is further`,
      );
    }
    return row;
  }

  #withCurators(row: DatasetRow): DatasetView {
    const curators = this.#store.all<CuratorRow>(
      "SELECT curator FROM curators WHERE dataset = ? AND owner = ? AND appointed = 1 ORDER BY curator",
      row.id,
      row.owner,
    );
    return { ...row, curators: [row.owner, ...curators.map(({ curator }) => curator)] };
  }

  #withEdges(row: ModelRow): ModelView {
    const parents = this.#store.all<ParentRow>("SELECT * FROM parents WHERE model = ? ORDER BY place", row.id);
    const streams = this.#store.all<StreamRow>("SELECT * FROM streams WHERE model = ? ORDER BY id", row.id);
    const { gross, fees, royalties, dividedGross, dividedFees, dividedRoyalties, payments } = this.#one(
      "income",
      this.#store.all<IncomeRow>("SELECT * FROM incomes WHERE model = ?", row.id),
    );
    return {
      ...row,
      parentEdges: parents.map(({ parent, shareBps }) => ({ model: parent, shareBps })),
      streamList: streams.map((stream) => this.#withIndex(stream)),
      income: { gross, fees, royalties, dividedGross, dividedFees, dividedRoyalties, payments },
    };
  }

  #withIndex(row: StreamRow): StreamView {
    const [found] = this.#store.all<IndexRow>("SELECT * FROM indexes WHERE stream = ?", row.id);
    if (found === undefined) return { ...row, index: null };
    const { root, exponentBound, status, committedAt, activeFrom, openDemands, commitment, uri, reason } = found;
    return {
      ...row,
      index: { root, exponentBound, status, committedAt, activeFrom, openDemands, commitment, uri, reason },
    };
  }
}

/** Conditions of a question, with their values. */
export interface Conditions {
  readonly parts: readonly string[];
  readonly values: readonly Cell[];
}

/** Conditions on columns; those without a value are left out. */
export function where(columns: Readonly<Record<string, Cell | undefined>>): Conditions {
  const given = Object.entries(columns).filter((entry): entry is [string, Cell] => entry[1] !== undefined);
  return { parts: given.map(([column]) => `"${column}" = ?`), values: given.map(([, value]) => value) };
}

/** An address as the index writes it. */
export function needAddress(given: string): string {
  const text: unknown = given;
  if (!isAddress(text))
    throw new IndexError("bad-request", `"${given}" is no address: give 0x and 40 hexadecimal digits`);
  return getAddress(given);
}

function address(given: string | undefined): string | undefined {
  return given === undefined ? undefined : needAddress(given);
}
