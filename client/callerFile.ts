import { DatabaseSync } from "node:sqlite";
import type { CallerStore } from "./caller.ts";
import { parseSignedReceipt, type SignedReceipt } from "./receipts.ts";

/**
 * What a caller must not forget, in a file of SQLite: several processes may share it, and what was written is on the disk.
 */
export class CallerFile implements CallerStore {
  readonly #database: DatabaseSync;

  /** Opens the file, or creates it. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 10_000 });
    this.#database.exec(`
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS channels (channel TEXT PRIMARY KEY, cumulative TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS receipts
        (channel TEXT NOT NULL, payment TEXT NOT NULL, receipt TEXT NOT NULL, PRIMARY KEY (channel, payment)) STRICT;
    `);
  }

  raise(channel: string, next: (signed: bigint) => bigint): Promise<bigint> {
    return new Promise((resolve) => {
      // The lock is taken before the amount is read, against other processes too.
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const row = this.#database.prepare("SELECT cumulative FROM channels WHERE channel = ?").get(channel);
        const raised = next(BigInt(String(row?.cumulative ?? 0)));
        this.#database
          .prepare(
            "INSERT INTO channels VALUES (?, ?) ON CONFLICT (channel) DO UPDATE SET cumulative = excluded.cumulative",
          )
          .run(channel, String(raised));
        this.#database.exec("COMMIT");
        resolve(raised);
      } catch (error) {
        this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  paid(channel: string): Promise<bigint> {
    const sum = this.receipts(channel).reduce((total, { amount }) => total + BigInt(amount), 0n);
    return Promise.resolve(sum);
  }

  keep(channel: string, receipt: SignedReceipt): Promise<void> {
    this.#database
      .prepare("INSERT OR IGNORE INTO receipts VALUES (?, ?, ?)")
      .run(channel, receipt.payment, JSON.stringify(receipt));
    return Promise.resolve();
  }

  /** The receipts of a channel, or all, in the order in which they came. */
  receipts(channel?: string): SignedReceipt[] {
    const rows =
      channel === undefined
        ? this.#database.prepare("SELECT receipt FROM receipts ORDER BY rowid").all()
        : this.#database.prepare("SELECT receipt FROM receipts WHERE channel = ? ORDER BY rowid").all(channel);
    return rows.map(({ receipt }) => parseSignedReceipt(String(receipt)));
  }

  close(): void {
    this.#database.close();
  }
}
