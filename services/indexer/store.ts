import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Changes, type RowStore } from "./changes.ts";
import { IndexError } from "./errors.ts";
import { type Cell, CHANGING, firstIdOf, GROWING, type Row, type Table } from "./tables.ts";

/** Raised whenever tables or their meaning change: an index of another format is made anew. */
const FORMAT = 3;

/** A block that the index knows. */
export interface Block {
  readonly number: number;
  readonly hash: string;
  /** Seconds */
  readonly time: number;
}

/** What the synchronisation needs of a store. */
export interface IndexStore {
  /** The last block whose events are all in the index; undefined before the first. */
  tip(): Block | undefined;
  /** Known blocks that can still be taken back, latest first. */
  recentBlocks(): readonly Block[];
  /** Runs `work` in one transaction: all of it is kept, or nothing. */
  write(work: (writer: Writer) => void): void;
  /** Takes back all blocks above one that is kept. */
  rollBack(to: Block): void;
  /** Empties the index. */
  reset(): void;
}

/** A transaction of a store. */
export interface Writer {
  /** Rows as they are in this transaction. */
  readonly changes: Changes;
  /** Writes changed rows; with a block, so that they can be taken back to how they were before it. */
  flush(block: number | undefined): void;
  /** Notes a block; one without events is forgotten once it can't be taken back any more. */
  note(block: Block, events: number): void;
  /** Moves the tip, and gives up taking back blocks up to `settled`. */
  advance(tip: Block, settled: number): void;
}

/** What a question gives: rows with the columns that it names. */
export type Answer = Readonly<Record<string, Cell>>;

/**
 * The index in one SQLite file. Rows that change leave what stood before them in `undo`, by block, as long as the block
 * can be taken back; tables that only grow are cut off.
 */
export class SqliteStore implements IndexStore, RowStore {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #tables = new Map<string, TableStatements>();

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Opens an index, or creates it.
   *
   * @param path - the file; `:memory:` for none
   * @param deployment - names the deployment; a file of another one is refused
   * @throws IndexError `other-deployment`, `corrupt`
   */
  static open(path: string, deployment: string): SqliteStore {
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(path, { timeout: 5_000 });
      // Readers see the last committed state while a range is written; a killed process loses nothing that was committed.
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
      db.exec("PRAGMA cache_size = -65536; PRAGMA foreign_keys = OFF");
      const store = new SqliteStore(db);
      store.#prepare(path, deployment);
      return store;
    } catch (error) {
      db?.close();
      if (error instanceof IndexError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new IndexError(
        "corrupt",
        `the index can't be opened from ${path} (${reason}): name another file, or delete this one and index again`,
        { cause: error },
      );
    }
  }

  close(): void {
    this.#db.close();
  }

  tip(): Block | undefined {
    const [tip] = this.all<Block>(
      "SELECT number, hash, time FROM blocks WHERE number = (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'tip')",
    );
    return tip;
  }

  recentBlocks(): readonly Block[] {
    return this.all<Block>(
      "SELECT number, hash, time FROM blocks WHERE number >= (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'settled') ORDER BY number DESC",
    );
  }

  write(work: (writer: Writer) => void): void {
    this.#transaction(() => {
      const changes = new Changes(this);
      work({
        changes,
        flush: (block) => changes.flush(block),
        note: ({ number, hash, time }, events) => {
          this.run("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)", number, hash, time, events);
        },
        advance: (tip, settled) => this.#advance(tip, settled),
      });
      changes.flush(undefined);
    });
  }

  rollBack({ number }: Block): void {
    this.#transaction(() => {
      const entries = this.all<{ rows: string; keys: string; before: string | null }>(
        "SELECT rows, keys, before FROM undo WHERE block > ? ORDER BY block DESC, place DESC",
        number,
      );
      for (const { rows, keys, before } of entries) {
        const table = CHANGING.find(({ name }) => name === rows);
        if (table === undefined) throw new IndexError("corrupt", `the index has no table ${rows}: index again`);
        if (before === null) this.#of(table).remove.run(...(JSON.parse(keys) as Cell[]));
        else this.#of(table).put.run(...(JSON.parse(before) as Cell[]));
      }
      this.run("DELETE FROM undo WHERE block > ?", number);
      for (const { name } of GROWING) this.run(`DELETE FROM "${name}" WHERE id >= ?`, firstIdOf(number + 1));
      this.run("DELETE FROM blocks WHERE number > ?", number);
      this.run("UPDATE meta SET value = ? WHERE name = 'tip'", String(number));
    });
  }

  reset(): void {
    this.#transaction(() => {
      for (const { name } of [...GROWING, ...CHANGING]) this.run(`DELETE FROM "${name}"`);
      for (const name of ["undo", "blocks"]) this.run(`DELETE FROM ${name}`);
      this.run("DELETE FROM meta WHERE name IN ('tip', 'settled')");
    });
  }

  /** All rows of a question. */
  all<A extends object = Answer>(sql: string, ...values: readonly Cell[]): A[] {
    return this.#statement(sql).all(...values) as unknown as A[];
  }

  run(sql: string, ...values: readonly Cell[]): void {
    this.#statement(sql).run(...values);
  }

  // What `Changes` reads and writes.

  load(table: Table, key: readonly Cell[]): Row | undefined {
    return this.#of(table).get.get(...key) as Row | undefined;
  }

  save(table: Table, cells: readonly Cell[]): void {
    this.#of(table).put.run(...cells);
  }

  append(table: Table, cells: readonly Cell[]): void {
    this.#of(table).insert.run(...cells);
  }

  keepUndo(
    block: number,
    place: number,
    table: string,
    key: readonly Cell[],
    before: readonly Cell[] | undefined,
  ): void {
    const cells = before === undefined ? null : JSON.stringify(before);
    this.run("INSERT INTO undo VALUES (?, ?, ?, ?, ?)", block, place, table, JSON.stringify(key), cells);
  }

  #advance(tip: Block, settled: number): void {
    const set = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    this.run(set, "tip", String(tip.number));
    // What was given up before stays so, even if the chain has become shorter.
    const [before] = this.all<{ value: string }>("SELECT value FROM meta WHERE name = 'settled'");
    const kept = Math.max(settled, before === undefined ? settled : Number(before.value));
    this.run(set, "settled", String(kept));
    this.run("DELETE FROM undo WHERE block <= ?", kept);
    this.run("DELETE FROM blocks WHERE number < ? AND events = 0 AND number <> ?", kept, tip.number);
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #prepare(path: string, deployment: string): void {
    this.#transaction(() => {
      this.#db.exec("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
      const held = new Map(
        this.all<{ name: string; value: string }>("SELECT name, value FROM meta").map(({ name, value }) => [
          name,
          value,
        ]),
      );
      const expected = { format: String(FORMAT), deployment };
      for (const [name, value] of Object.entries(expected)) {
        const found = held.get(name);
        if (found === undefined && held.size === 0) this.run("INSERT INTO meta VALUES (?, ?)", name, value);
        else if (found !== value) {
          throw new IndexError(
            "other-deployment",
            `${path} holds the index of another ${name === "format" ? "version of this program" : "deployment"}: name another file with --db, or delete it and index again`,
          );
        }
      }
      this.#db.exec(
        "CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, time INTEGER NOT NULL, events INTEGER NOT NULL)",
      );
      this.#db.exec(
        "CREATE TABLE IF NOT EXISTS undo (block INTEGER, place INTEGER, rows TEXT NOT NULL, keys TEXT NOT NULL, before TEXT, PRIMARY KEY (block, place)) WITHOUT ROWID",
      );
      for (const table of [...GROWING, ...CHANGING]) this.#db.exec(createTable(table));
    });
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #of(table: Table): TableStatements {
    let statements = this.#tables.get(table.name);
    if (statements === undefined) {
      statements = statementsOf(this.#db, table);
      this.#tables.set(table.name, statements);
    }
    return statements;
  }
}

interface TableStatements {
  readonly get: StatementSync;
  readonly insert: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
}

function statementsOf(db: DatabaseSync, { name, key, columns }: Table): TableStatements {
  const all = Object.keys(columns);
  const list = (names: readonly string[]): string => names.map((column) => `"${column}"`).join(", ");
  const where = key.map((column) => `"${column}" = ?`).join(" AND ");
  const others = all.filter((column) => !key.includes(column));
  const set = others.map((column) => `"${column}" = excluded."${column}"`).join(", ");
  const insert = `INSERT INTO "${name}" (${list(all)}) VALUES (${all.map(() => "?").join(", ")})`;
  return {
    get: db.prepare(`SELECT ${list(all)} FROM "${name}" WHERE ${where}`),
    insert: db.prepare(insert),
    put: db.prepare(`${insert} ON CONFLICT (${list(key)}) DO ${set === "" ? "NOTHING" : `UPDATE SET ${set}`}`),
    remove: db.prepare(`DELETE FROM "${name}" WHERE ${where}`),
  };
}

function createTable({ name, key, columns, indexes }: Table): string {
  const declared = Object.entries(columns).map(([column, type]) => `"${column}" ${type}`);
  const primary = key.map((column) => `"${column}"`).join(", ");
  // A single whole number is the place of a row itself; other keys make a table of their own order.
  const [only, second] = key;
  const byRow = second === undefined && columns[only ?? ""] === "INTEGER";
  const made = `CREATE TABLE IF NOT EXISTS "${name}" (${declared.join(", ")}, PRIMARY KEY (${primary}))${byRow ? "" : " WITHOUT ROWID"}`;
  const more = indexes.map((of, i) => {
    const list = of.split(", ").map((column) => `"${column}"`);
    return `CREATE INDEX IF NOT EXISTS "${name}By${i}" ON "${name}" (${list.join(", ")})`;
  });
  return [made, ...more].join("; ");
}
