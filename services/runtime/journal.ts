import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ClientError } from "../../client/index.ts";

/** Whose journal it is: one of another wallet or chain says nothing of this one. */
export interface JournalOwner {
  /** The sending wallet */
  readonly address: string;
  /** Hash of the chain's first block: a development chain that was started again is another chain */
  readonly genesis: string;
}

/** One signed transaction, written down before it is sent. */
export interface Attempt {
  readonly hash: string;
  readonly nonce: number;
  readonly doing: string;
  readonly to: string;
  readonly data: string;
  /** The signed bytes: sending them again is sending the same transaction */
  readonly raw: string;
  /** Wei for each unit of gas */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** When it was signed, in milliseconds */
  readonly signedAt: number;
}

/**
 * - `sent`: signed, and sent unless the process ended in between;
 * - `mined`: in a block that a reorg may still take away;
 * - `lost`: another transaction has its nonce.
 */
export type AttemptState = "sent" | "mined" | "lost";

/** An attempt with the block that it is in. */
export interface MinedAttempt extends Attempt {
  readonly block: number;
  readonly blockHash: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS owner (address TEXT NOT NULL, genesis TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS attempts (
    hash TEXT PRIMARY KEY,
    nonce INTEGER NOT NULL,
    doing TEXT NOT NULL,
    target TEXT NOT NULL,
    data TEXT NOT NULL,
    raw TEXT NOT NULL,
    max_fee TEXT NOT NULL,
    priority_fee TEXT NOT NULL,
    signed_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    block INTEGER,
    block_hash TEXT
  );
  CREATE INDEX IF NOT EXISTS attempts_by_state ON attempts (state, block);
  CREATE INDEX IF NOT EXISTS attempts_by_nonce ON attempts (nonce);
`;

type Row = Readonly<Record<string, string | number | null>>;

/**
 * What a service has sent, on the disk before it is sent: an SQLite file that one process has at a time. After a
 * restart it says which transactions may be on their way, and after a reorg which ones have vanished.
 */
export class Journal {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Opens a journal, or creates it with its folder.
   *
   * @throws ClientError `bad-input` when another process has it, or it is another wallet's or chain's
   */
  static open(path: string, { address, genesis }: JournalOwner): Journal {
    mkdirSync(dirname(path), { recursive: true });
    const db = new DatabaseSync(path);
    try {
      try {
        // The lock of an exclusive transaction is kept from then on, and ends with the process, whatever ends it.
        db.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA;");
        db.exec(`BEGIN EXCLUSIVE; ${SCHEMA} COMMIT;`);
      } catch (cause) {
        throw new ClientError(
          "bad-input",
          `${path} can't be opened: another service has it, or it is no journal; give each service its own folder`,
          { cause },
        );
      }
      const owner = db.prepare("SELECT address, genesis FROM owner").get();
      if (owner === undefined) db.prepare("INSERT INTO owner VALUES (?, ?)").run(address, genesis);
      else if (owner.address !== address || owner.genesis !== genesis) {
        throw new ClientError(
          "bad-input",
          `${path} is the journal of wallet ${String(owner.address)} on a chain that begins with block ${String(owner.genesis)}: use another folder`,
        );
      }
      return new Journal(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Writes an attempt down; it is on the disk when this returns. */
  note({ hash, nonce, doing, to, data, raw, maxFeePerGas, maxPriorityFeePerGas, signedAt }: Attempt): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'sent', NULL, NULL)")
      .run(hash, nonce, doing, to, data, raw, String(maxFeePerGas), String(maxPriorityFeePerGas), signedAt);
  }

  /** An attempt is in a block. */
  mined(hash: string, block: number, blockHash: string): void {
    this.#db
      .prepare("UPDATE attempts SET state = 'mined', block = ?, block_hash = ? WHERE hash = ?")
      .run(block, blockHash, hash);
  }

  /** Another transaction has an attempt's nonce. */
  lost(hash: string): void {
    this.#db.prepare("UPDATE attempts SET state = 'lost' WHERE hash = ?").run(hash);
  }

  /** An attempt's block is gone. */
  vanished(hash: string): void {
    this.#db.prepare("UPDATE attempts SET state = 'sent', block = NULL, block_hash = NULL WHERE hash = ?").run(hash);
  }

  /** Attempts of which it isn't known what became of them, the lowest nonce first, the latest first among equals. */
  unfinished(): Attempt[] {
    return this.#db
      .prepare("SELECT * FROM attempts WHERE state = 'sent' ORDER BY nonce, signed_at DESC")
      .all()
      .map((row) => attemptOf(row as Row));
  }

  /** Attempts that were mined in a block or later. */
  minedSince(block: number): MinedAttempt[] {
    return this.#db
      .prepare("SELECT * FROM attempts WHERE state = 'mined' AND block >= ? ORDER BY nonce")
      .all(block)
      .map((row) => {
        const plain = row as Row;
        return { ...attemptOf(plain), block: Number(plain.block), blockHash: String(plain.block_hash) };
      });
  }

  /**
   * All attempts with a nonce that aren't in a block, lost ones too: a reorg may bring any of them back, and whatever
   * is sent with this nonce must offer more.
   */
  outbid(nonce: number): Attempt[] {
    return this.#db
      .prepare("SELECT * FROM attempts WHERE nonce = ? AND state <> 'mined' ORDER BY signed_at DESC")
      .all(nonce)
      .map((row) => attemptOf(row as Row));
  }

  /** How many attempts are in each state. */
  counts(): Readonly<Record<AttemptState, number>> {
    const counts = { sent: 0, mined: 0, lost: 0 };
    for (const row of this.#db.prepare("SELECT state, COUNT(*) AS count FROM attempts GROUP BY state").all()) {
      counts[String(row.state) as AttemptState] = Number(row.count);
    }
    return counts;
  }

  close(): void {
    this.#db.close();
  }
}

function attemptOf(row: Row): Attempt {
  return {
    hash: String(row.hash),
    nonce: Number(row.nonce),
    doing: String(row.doing),
    to: String(row.target),
    data: String(row.data),
    raw: String(row.raw),
    maxFeePerGas: BigInt(String(row.max_fee)),
    maxPriorityFeePerGas: BigInt(String(row.priority_fee)),
    signedAt: Number(row.signed_at),
  };
}
