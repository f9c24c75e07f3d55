import { IndexError } from "./errors.ts";
import type { Cell, Row, Table } from "./tables.ts";

/** Where rows are kept. */
export interface RowStore {
  load(table: Table, key: readonly Cell[]): Row | undefined;
  save(table: Table, cells: readonly Cell[]): void;
  append(table: Table, cells: readonly Cell[]): void;
  /** Notes how a row was before a block; undefined if there was none. */
  keepUndo(
    block: number,
    place: number,
    table: string,
    key: readonly Cell[],
    before: readonly Cell[] | undefined,
  ): void;
}

interface Entry {
  readonly table: Table;
  readonly key: readonly Cell[];
  row: Row | undefined;
  /** As the store has it. */
  before: Row | undefined;
  dirty: boolean;
}

/**
 * The rows that a transaction reads and changes. A row that many events change is written once, when it is flushed.
 */
export class Changes {
  readonly #store: RowStore;
  readonly #entries = new Map<string, Map<string, Entry>>();
  #dirty: Entry[] = [];

  constructor(store: RowStore) {
    this.#store = store;
  }

  /** A row, or undefined if there is none. */
  find<R extends object>(table: Table<R>, ...key: readonly Cell[]): R | undefined {
    return this.#entry(table, key).row as R | undefined;
  }

  /**
   * A row that must be there.
   *
   * @throws IndexError `corrupt` if no event has made it
   */
  get<R extends object>(table: Table<R>, ...key: readonly Cell[]): R {
    const row = this.find(table, ...key);
    if (row === undefined) {
      throw new IndexError(
        "corrupt",
        `an event names ${key.join(", ")} of ${table.name}, which no event before it has made: the node left out logs, or --from-block is above the deployment; index again, from another node`,
      );
    }
    return row;
  }

  /** Sets a whole row. */
  put<R extends object>(table: Table<R>, row: R): void {
    const cells = row as unknown as Row;
    const entry = this.#entry(
      table,
      table.key.map((column) => cells[column] ?? null),
    );
    this.#change(entry, cells);
  }

  /** Changes some columns of a row that must be there. */
  update<R extends object>(table: Table<R>, key: readonly Cell[], change: (row: R) => Partial<R>): void {
    const row = this.get(table, ...key);
    const entry = this.#entry(table, key);
    this.#change(entry, { ...row, ...change(row) } as unknown as Row);
  }

  /** Changes some columns of a row, which is made of `blank` if it isn't there. */
  upsert<R extends object>(table: Table<R>, blank: R, change: (row: R) => Partial<R>): void {
    const cells = blank as unknown as Row;
    const entry = this.#entry(
      table,
      table.key.map((column) => cells[column] ?? null),
    );
    const row = (entry.row ?? cells) as unknown as R;
    this.#change(entry, { ...row, ...change(row) } as unknown as Row);
  }

  /** Adds a row to a table that only grows. */
  append<R extends object>(table: Table<R>, row: R): void {
    this.#store.append(table, cellsOf(table, row as unknown as Row));
  }

  /**
   * Writes what has changed.
   *
   * @param block - keeps how it was before, under this block; undefined for what can't be taken back
   */
  flush(block: number | undefined): void {
    this.#dirty.forEach((entry, place) => {
      const { table, key, row, before } = entry;
      if (block !== undefined) {
        this.#store.keepUndo(block, place, table.name, key, before === undefined ? undefined : cellsOf(table, before));
      }
      if (row !== undefined) this.#store.save(table, cellsOf(table, row));
      entry.before = row;
      entry.dirty = false;
    });
    this.#dirty = [];
  }

  #change(entry: Entry, row: Row): void {
    entry.row = row;
    if (entry.dirty) return;
    entry.dirty = true;
    this.#dirty.push(entry);
  }

  #entry(table: Table, key: readonly Cell[]): Entry {
    let rows = this.#entries.get(table.name);
    if (rows === undefined) {
      rows = new Map();
      this.#entries.set(table.name, rows);
    }
    const name = key.length === 1 ? String(key[0]) : key.join(" ");
    let entry = rows.get(name);
    if (entry === undefined) {
      const row = this.#store.load(table, key);
      entry = { table, key, row, before: row, dirty: false };
      rows.set(name, entry);
    }
    return entry;
  }
}

function cellsOf({ columns }: Table, row: Row): Cell[] {
  const cells: Cell[] = [];
  for (const column in columns) cells.push(row[column] ?? null);
  return cells;
}
