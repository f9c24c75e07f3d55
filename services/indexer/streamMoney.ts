import { IndexError } from "./errors.ts";
import type { PublishedStatements } from "./published.ts";
import type { Queries } from "./queries.ts";
import type { IncomeRow, StatementRow, StreamRow } from "./rows.ts";
import type { SqliteStore } from "./store.ts";

const WHOLE = 10_000n;

/** What a stream has had to divide by row count so far, in the currency's smallest unit. */
export function proRataTotal(
  { fees, royalties }: { readonly fees: bigint; readonly royalties: bigint },
  { shareBps, proRataBps, fallbackPools }: Pick<StreamRow, "shareBps" | "proRataBps" | "fallbackPools">,
): bigint {
  const [share, proRata] = [BigInt(shareBps), BigInt(proRataBps)];
  return (((fees * share) / WHOLE) * proRata) / WHOLE + (royalties * share) / WHOLE + BigInt(fallbackPools);
}

/** What a stream has earned, and whose it is. Amounts are in the currency's smallest unit. */
export interface StreamMoney {
  readonly stream: StreamRow;
  /** All that the model's counters owe it. */
  readonly owed: bigint;
  /** Of final statements, after the scorers' fees. */
  readonly pools: bigint;
  readonly scorers: bigint;
  readonly proRata: bigint;
  /** Of the running interval and of those that haven't ended: not divided yet. */
  readonly open: bigint;
  /** By place: wallet, counted rows, and what its lines of final statements are worth. */
  readonly contributors: readonly string[];
  readonly rows: readonly number[];
  readonly lines: readonly bigint[];
  readonly allRows: bigint;
  /** Final statements whose weights aren't at hand: `lines` is without them. */
  readonly unread: readonly string[];
}

/** What a place has earned pro-rata. */
export function proRataAt({ proRata, rows, allRows }: StreamMoney, place: number): bigint {
  return allRows === 0n ? 0n : (proRata * BigInt(rows[place] ?? 0)) / allRows;
}

interface Lines {
  /** Payouts that are in `amounts`, in their order. */
  readonly read: readonly string[];
  readonly unread: readonly string[];
  readonly amounts: readonly bigint[];
}

/** Streams that are kept in memory. */
const KEPT = 32;

/**
 * Adds up streams line by line. Weights of a final statement never change, so each is read once; all else is read again
 * when the index has moved.
 */
export class StreamBooks {
  readonly #store: SqliteStore;
  readonly #queries: Queries;
  readonly #published: PublishedStatements;
  readonly #lines = new Map<number, Lines>();
  readonly #kept = new Map<number, { readonly tip: string; readonly money: Promise<StreamMoney> }>();

  constructor(queries: Queries, published: PublishedStatements) {
    [this.#queries, this.#store, this.#published] = [queries, queries.store, published];
  }

  /** The money of a stream, as of the last indexed block. */
  of(stream: StreamRow): Promise<StreamMoney> {
    const tip = this.#queries.indexedTo()?.hash ?? "";
    const kept = this.#kept.get(stream.id);
    // A file that was missing may have come since.
    const money = kept?.tip === tip ? kept.money.then((found) => this.#still(found)) : this.#read(stream);
    this.#kept.delete(stream.id);
    this.#kept.set(stream.id, { tip, money });
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
      this.#lines.delete(oldest);
    }
    return money;
  }

  #still(money: StreamMoney): StreamMoney | Promise<StreamMoney> {
    return money.unread.length === 0 ? money : this.#read(money.stream);
  }

  async #read(stream: StreamRow): Promise<StreamMoney> {
    const places = this.#store.all<{ contributor: string; counted: number; retiredFrom: number | null }>(
      `SELECT p.contributor, c.counted, c.retiredFrom FROM places p
       JOIN contributions c ON c.dataset = p.dataset AND c.contributor = p.contributor AND c.root = p.root
       WHERE p.dataset = ? AND p.position < (SELECT contributions FROM versions WHERE dataset = ? AND version = ?)
       ORDER BY p.position`,
      stream.dataset,
      stream.dataset,
      stream.version,
    );
    const rows = places.map(({ counted, retiredFrom }) =>
      retiredFrom === null || retiredFrom > stream.version ? counted : 0,
    );
    const [income] = this.#store.all<IncomeRow>("SELECT * FROM incomes WHERE model = ?", stream.model);
    const counters = { fees: BigInt(income?.fees ?? 0), royalties: BigInt(income?.royalties ?? 0) };
    const share = BigInt(stream.shareBps);
    const owed = (counters.fees * share) / WHOLE + (counters.royalties * share) / WHOLE;
    const proRata = proRataTotal(counters, stream);
    const sum = (amounts: readonly { amount: string }[]): bigint =>
      amounts.reduce((total, { amount }) => total + BigInt(amount), 0n);
    const pools = sum(this.#store.all("SELECT pool AS amount FROM payouts WHERE stream = ?", stream.id));
    const scorers = sum(
      this.#store.all("SELECT amount FROM flows WHERE source = ? AND kind = 'scorer'", `stream:${stream.id}`),
    );
    const { amounts, unread } = await this.#linesOf(stream.id, places.length);
    return {
      stream,
      owed,
      pools,
      scorers,
      proRata,
      open: owed - pools - scorers - proRata,
      contributors: places.map(({ contributor }) => contributor),
      rows,
      lines: amounts,
      allRows: BigInt(rows.reduce((total, count) => total + count, 0)),
      unread,
    };
  }

  async #linesOf(stream: number, places: number): Promise<Lines> {
    const final = this.#store.all<StatementRow & { payout: string }>(
      `SELECT t.*, p.hash AS payout FROM payouts p JOIN statements t ON t.hash = p.statementHash
       WHERE p.stream = ? ORDER BY p.interval`,
      stream,
    );
    const before = this.#lines.get(stream);
    const goesOn = before?.unread.length === 0 && before.read.every((hash, i) => final[i]?.payout === hash);
    const amounts = goesOn ? [...before.amounts] : Array.from({ length: places }, () => 0n);
    const [read, unread]: [string[], string[]] = [[], []];
    for (const [i, { payout, ...statement }] of final.entries()) {
      read.push(payout);
      if (goesOn && i < before.read.length) continue;
      try {
        const weights = await this.#published.weightsOf(statement);
        for (let line = 0; line < weights.count; line++) amounts[line] = (amounts[line] ?? 0n) + weights.amount(line);
      } catch (error) {
        if (!(error instanceof IndexError)) throw error;
        unread.push(statement.hash);
      }
    }
    const lines = { read, unread, amounts };
    this.#lines.set(stream, lines);
    return lines;
  }
}
