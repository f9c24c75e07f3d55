import { IndexError } from "./errors.ts";
import { pieceOf } from "./pieces.ts";
import type { PublishedStatements } from "./published.ts";
import { needAddress, type Page, type Paging, type Queries } from "./queries.ts";
import type { StatementRow } from "./rows.ts";
import { proRataTotal, type StreamBooks } from "./streamMoney.ts";

/** Pro-rata money of one contribution in one stream. Amounts are in the currency's smallest unit. */
export interface ProRataClaimable {
  readonly stream: number;
  readonly model: number;
  readonly dataset: number;
  /** Place of the contribution. */
  readonly line: number;
  readonly owed: string;
  readonly claimed: string;
  readonly claimable: string;
}

/** A line of a final statement that wasn't claimed. */
export interface LineClaimable {
  readonly statement: string;
  readonly stream: number;
  readonly interval: number;
  readonly line: number;
  /** Null while the statement's weights aren't at hand; `missing` says what to do. */
  readonly amount: string | null;
  readonly missing: string | null;
}

/** A line of a statement that can still be challenged. */
export interface LinePending extends LineClaimable {
  readonly proposedAt: number;
}

/** A stream that an account earns from, with what it hasn't divided yet: by influence or by rows, among all. */
export interface StreamPending {
  readonly stream: number;
  readonly model: number;
  readonly dataset: number;
  readonly open: string;
  /** Counted rows of the account, and those of all. */
  readonly rows: number;
  readonly allRows: number;
}

/** How much there is of some lines. */
interface LineSums {
  readonly lines: number;
  /** Of them those whose weights aren't at hand, and what is missing of the first. */
  readonly unread: number;
  readonly missing: string | null;
}

/** How much an account can claim now; its lists have the rest. */
export interface ClaimableView extends LineSums {
  readonly account: string;
  /** Contributions with pro-rata money. */
  readonly proRata: number;
  readonly totals: { readonly proRata: string; readonly lines: string };
}

/** How much isn't an account's yet; its lists have the rest. */
export interface PendingView extends LineSums {
  readonly account: string;
  readonly streams: number;
  readonly totals: { readonly lines: string };
}

interface Share {
  readonly stream: number;
  readonly model: number;
  readonly dataset: number;
  readonly line: number;
  readonly rows: number;
  readonly allRows: number;
  readonly shareBps: number;
  readonly proRataBps: number;
  readonly fallbackPools: string;
  readonly fees: string;
  readonly royalties: string;
  readonly claimed: string | null;
}

/** An account's lines of one statement. */
interface StatedLines {
  readonly statement: StatementRow;
  readonly places: readonly number[];
  readonly lines: readonly LineClaimable[];
  /** Whether the statement's weights weren't at hand. */
  readonly unread: boolean;
}

/** All that is due to an account as of a block. */
interface Due {
  readonly stated: readonly StatedLines[];
  readonly final: readonly LineClaimable[];
  readonly live: readonly LinePending[];
  readonly proRata: readonly ProRataClaimable[];
  readonly streams: readonly StreamPending[];
}

/** Accounts that are kept in memory. */
const KEPT = 8;

/**
 * What accounts can claim, and what they may get. Sums are over all lines, so all of an account's are read once in a
 * block, and its lists are pieces of that.
 */
export class DueQueries {
  readonly #queries: Queries;
  readonly #published: PublishedStatements;
  readonly #books: StreamBooks;
  readonly #kept = new Map<string, { readonly tip: string; readonly due: Promise<Due> }>();

  constructor(queries: Queries, published: PublishedStatements, books: StreamBooks) {
    [this.#queries, this.#published, this.#books] = [queries, published, books];
  }

  /** What an account can claim, pro-rata and of final statements. */
  async claimable(given: string): Promise<ClaimableView> {
    const account = needAddress(given);
    const { final, proRata } = await this.#of(account);
    return {
      account,
      ...sumsOf(final),
      proRata: proRata.length,
      totals: {
        proRata: sumOf(proRata.map(({ claimable }) => claimable)),
        lines: sumOf(final.map(({ amount }) => amount)),
      },
    };
  }

  /** An account's unclaimed lines of final statements, by statement. */
  async claimableLines(given: string, paging: Paging): Promise<Page<LineClaimable>> {
    return piece((await this.#of(needAddress(given))).final, paging);
  }

  /** An account's contributions with pro-rata money that wasn't claimed, by stream. */
  async claimableProRata(given: string, paging: Paging): Promise<Page<ProRataClaimable>> {
    return piece((await this.#of(needAddress(given))).proRata, paging);
  }

  /** What an account may get: of statements that aren't final, and of streams with money that isn't divided. */
  async pending(given: string): Promise<PendingView> {
    const account = needAddress(given);
    const { live, streams } = await this.#of(account);
    return {
      account,
      ...sumsOf(live),
      streams: streams.length,
      totals: { lines: sumOf(live.map(({ amount }) => amount)) },
    };
  }

  /** An account's lines of statements that can still be challenged, by statement. */
  async pendingLines(given: string, paging: Paging): Promise<Page<LinePending>> {
    return piece((await this.#of(needAddress(given))).live, paging);
  }

  /** Streams that an account earns from, with money that isn't divided yet. */
  async pendingStreams(given: string, paging: Paging): Promise<Page<StreamPending>> {
    return piece((await this.#of(needAddress(given))).streams, paging);
  }

  #of(account: string): Promise<Due> {
    const tip = this.#queries.indexedTo()?.hash ?? "";
    const kept = this.#kept.get(account);
    const due = kept?.tip === tip ? kept.due.then((known) => this.#completed(known)) : this.#read(account);
    this.#kept.delete(account);
    this.#kept.set(account, { tip, due });
    for (const [oldest] of this.#kept) if (this.#kept.size > KEPT) this.#kept.delete(oldest);
    return due;
  }

  /** Looks again for weights that weren't at hand: their files may have come since. */
  async #completed(known: Due): Promise<Due> {
    if (!known.stated.some(({ unread }) => unread)) return known;
    const stated = await eachInTurn(known.stated, (one) =>
      one.unread ? this.#worth(one.statement, one.places) : Promise.resolve(one),
    );
    return stated.every((one, i) => one.unread === known.stated[i]?.unread) ? known : { ...known, ...listsOf(stated) };
  }

  async #read(account: string): Promise<Due> {
    const shares = this.#shares(account);
    const stated = await eachInTurn(this.#statedPlaces(account), ({ statement, places }) =>
      this.#worth(statement, places),
    );
    return { ...listsOf(stated), proRata: proRataOf(shares), streams: await this.#streams(shares) };
  }

  /** The places of an account in streams, with all that their pro-rata money follows from. */
  #shares(account: string): Share[] {
    return this.#queries.store.all<Share>(
      `SELECT s.id AS stream, s.model, s.dataset, c.position AS line, s.shareBps, s.proRataBps, s.fallbackPools,
         CASE WHEN c.retiredFrom IS NULL OR c.retiredFrom > s.version THEN c.counted ELSE 0 END AS rows,
         v.rows AS allRows, i.fees, i.royalties, p.claimed
       FROM contributions c JOIN streams s ON s.dataset = c.dataset
       JOIN versions v ON v.dataset = s.dataset AND v.version = s.version
       JOIN incomes i ON i.model = s.model
       LEFT JOIN proRata p ON p.stream = s.id AND p.line = c.position
       WHERE c.contributor = ? AND c.position < v.contributions ORDER BY s.id, c.position`,
      account,
    );
  }

  async #streams(shares: readonly Share[]): Promise<StreamPending[]> {
    const rows = new Map<number, number>();
    for (const { stream, rows: counted } of shares) rows.set(stream, (rows.get(stream) ?? 0) + counted);
    const streams: StreamPending[] = [];
    for (const [id, counted] of rows) {
      const { stream, open, allRows } = await this.#books.of(this.#queries.stream(id));
      const { model, dataset } = stream;
      if (open > 0n && counted > 0)
        streams.push({ stream: id, model, dataset, open: String(open), rows: counted, allRows: Number(allRows) });
    }
    return streams;
  }

  /** Final and live statements, oldest first, with an account's places in them that weren't claimed. */
  #statedPlaces(account: string): Pick<StatedLines, "statement" | "places">[] {
    const { store } = this.#queries;
    const datasets = store.all<{ dataset: number }>(
      "SELECT DISTINCT dataset FROM contributions WHERE contributor = ? AND position IS NOT NULL",
      account,
    );
    const statements = datasets.flatMap(({ dataset }) =>
      store.all<StatementRow>(
        "SELECT t.* FROM streams s JOIN statements t ON t.stream = s.id AND t.state IN ('final', 'live') WHERE s.dataset = ?",
        dataset,
      ),
    );
    return statements
      .sort((a, b) => a.id - b.id)
      .map((statement) => {
        const { dataset, lines, payoutHash } = statement;
        const places = store.all<{ line: number }>(
          `SELECT c.position AS line FROM contributions c
           WHERE c.dataset = ? AND c.contributor = ? AND c.position < ?
             AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.payoutHash = ? AND k.line = c.position)
           ORDER BY c.position`,
          dataset,
          account,
          lines,
          payoutHash,
        );
        return { statement, places: places.map(({ line }) => line) };
      })
      .filter(({ places }) => places.length > 0);
  }

  /** What lines are worth; those that are worth nothing are left out, as nobody can claim them. */
  async #worth(statement: StatementRow, places: readonly number[]): Promise<StatedLines> {
    const { hash, stream, interval } = statement;
    const lines: LineClaimable[] = [];
    const add = (line: number, amount: string | null, missing: string | null): void => {
      lines.push({ statement: hash, stream, interval, line, amount, missing });
    };
    try {
      const weights = await this.#published.weightsOf(statement);
      for (const line of places) {
        const amount = weights.amount(line);
        if (amount > 0n) add(line, String(amount), null);
      }
      return { statement, places, lines, unread: false };
    } catch (error) {
      if (!(error instanceof IndexError)) throw error;
      for (const line of places) add(line, null, error.message);
      return { statement, places, lines, unread: true };
    }
  }
}

/** One after the other: few statements are kept in memory at a time. */
async function eachInTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}

function listsOf(stated: readonly StatedLines[]): Pick<Due, "stated" | "final" | "live"> {
  const of = (state: string): readonly StatedLines[] => stated.filter(({ statement }) => statement.state === state);
  return {
    stated,
    final: of("final").flatMap(({ lines }) => lines),
    live: of("live").flatMap(({ statement: { proposedAt }, lines }) => lines.map((line) => ({ ...line, proposedAt }))),
  };
}

function proRataOf(shares: readonly Share[]): ProRataClaimable[] {
  return shares.flatMap(({ stream, model, dataset, line, ...row }) => {
    const total = proRataTotal({ fees: BigInt(row.fees), royalties: BigInt(row.royalties) }, row);
    const owed = (total * BigInt(row.rows)) / BigInt(row.allRows);
    const claimed = BigInt(row.claimed ?? 0);
    if (owed <= claimed) return [];
    const amounts = { owed: String(owed), claimed: String(claimed), claimable: String(owed - claimed) };
    return [{ stream, model, dataset, line, ...amounts }];
  });
}

function piece<R>(items: readonly R[], paging: Paging): Page<R> {
  return pieceOf(items.length, paging, (i) => items[i] as R);
}

function sumsOf(lines: readonly LineClaimable[]): LineSums {
  const unread = lines.filter(({ missing }) => missing !== null);
  return { lines: lines.length, unread: unread.length, missing: unread[0]?.missing ?? null };
}

function sumOf(amounts: readonly (string | null)[]): string {
  return String(amounts.reduce((total, amount) => total + BigInt(amount ?? 0), 0n));
}
