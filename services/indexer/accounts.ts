import type { AccountRow, BondRow, ChannelRow, ClaimRow, StatementRow } from "./rows.ts";
import { type HistoryItem, needAddress, type Page, type Paging, type Queries, type Traced, where } from "./queries.ts";
import { type Line, type PublishedStatements, type Weights } from "./published.ts";
import { IndexError } from "./errors.ts";
import { pieceOf } from "./pieces.ts";
import { proRataTotal, type StreamBooks } from "./streamMoney.ts";

/** What an account is, and what has gone through it. Amounts are in the currency's smallest unit. */
export interface AccountView {
  readonly account: string;
  /** What the ledger holds for it. */
  readonly balance: string;
  /** Where its claims go; null for itself. */
  readonly recipient: string | null;
  readonly earned: Readonly<Record<"lines" | "proRata" | "developer" | "scorer" | "protocol", string>>;
  readonly paid: string;
  readonly withdrawn: string;
  readonly controls: {
    readonly datasets: readonly number[];
    readonly curates: readonly number[];
    readonly models: readonly number[];
    readonly operates: readonly number[];
  };
  readonly contributions: number;
  /** Models that its accepted contributions earn from. */
  readonly earnsFrom: readonly number[];
  readonly bonds: readonly BondRow[];
  readonly channels: readonly ChannelRow[];
}

/** Pro-rata money of one contribution in one stream. */
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

/** All that an account can claim now. */
export interface ClaimableView {
  readonly account: string;
  readonly proRata: readonly ProRataClaimable[];
  readonly lines: readonly LineClaimable[];
  readonly totals: { readonly proRata: string; readonly lines: string };
}

/** Money that isn't an account's yet. */
export interface PendingView {
  readonly account: string;
  /** Its lines of statements that can still be challenged. */
  readonly lines: readonly (LineClaimable & { readonly proposedAt: number })[];
  /** Streams that it earns from, with what they haven't divided yet: by influence or by rows, among all contributors. */
  readonly streams: readonly {
    readonly stream: number;
    readonly model: number;
    readonly dataset: number;
    readonly open: string;
    /** Its counted rows, and those of all. */
    readonly rows: number;
    readonly allRows: number;
  }[];
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

function sumOf(amounts: readonly (string | null)[]): string {
  return String(amounts.reduce((total, amount) => total + BigInt(amount ?? 0), 0n));
}

/** What the index knows of accounts. */
export class AccountQueries {
  readonly #queries: Queries;
  readonly #published: PublishedStatements;
  readonly #books: StreamBooks;

  constructor(queries: Queries, published: PublishedStatements, books: StreamBooks) {
    [this.#queries, this.#published, this.#books] = [queries, published, books];
  }

  account(given: string): AccountView {
    const account = needAddress(given);
    const { store } = this.#queries;
    const [row] = store.all<AccountRow>("SELECT * FROM accounts WHERE account = ?", account);
    const ids = (sql: string): number[] => store.all<{ id: number }>(sql, account).map(({ id }) => id);
    return {
      account,
      balance: row?.balance ?? "0",
      recipient: row?.recipient ?? null,
      earned: {
        lines: row?.lines ?? "0",
        proRata: row?.proRata ?? "0",
        developer: row?.developer ?? "0",
        scorer: row?.scorer ?? "0",
        protocol: row?.protocol ?? "0",
      },
      paid: row?.paid ?? "0",
      withdrawn: row?.withdrawn ?? "0",
      controls: {
        datasets: ids("SELECT id FROM datasets WHERE owner = ? ORDER BY id"),
        curates: ids(
          "SELECT d.id FROM curators c JOIN datasets d ON d.id = c.dataset AND d.owner = c.owner WHERE c.curator = ? AND c.appointed = 1 ORDER BY d.id",
        ),
        models: ids("SELECT id FROM models WHERE owner = ? ORDER BY id"),
        operates: ids("SELECT id FROM models WHERE operator = ? ORDER BY id"),
      },
      contributions: row?.contributions ?? 0,
      earnsFrom: ids(
        `SELECT DISTINCT s.model AS id FROM contributions c JOIN streams s ON s.dataset = c.dataset
         JOIN versions v ON v.dataset = s.dataset AND v.version = s.version
         WHERE c.contributor = ? AND c.position < v.contributions
           AND (c.retiredFrom IS NULL OR c.retiredFrom > s.version) ORDER BY s.model`,
      ),
      bonds: store.all("SELECT * FROM bonds WHERE account = ? ORDER BY controller", account),
      channels: this.#queries.channels(account),
    };
  }

  /** What an account can claim, pro-rata and of final statements. */
  async claimable(given: string): Promise<ClaimableView> {
    const account = needAddress(given);
    const proRata = this.#proRata(account);
    const lines = await this.#lines(account);
    return {
      account,
      proRata,
      lines,
      totals: {
        proRata: sumOf(proRata.map(({ claimable }) => claimable)),
        lines: sumOf(lines.map(({ amount }) => amount)),
      },
    };
  }

  /** What an account may get: of statements that aren't final, and of streams with money that isn't divided. */
  async pending(given: string): Promise<PendingView> {
    const account = needAddress(given);
    const { store } = this.#queries;
    const live = store.all<StatementRow & { line: number }>(
      `SELECT t.*, c.position AS line FROM contributions c
       JOIN streams s ON s.dataset = c.dataset JOIN statements t ON t.stream = s.id AND t.state = 'live'
       WHERE c.contributor = ? AND c.position < t.lines ORDER BY t.id, c.position`,
      account,
    );
    const lines = (await this.#worth(live)).map(({ statement, ...line }) => ({
      ...line,
      statement: statement.hash,
      proposedAt: statement.proposedAt,
    }));
    const rows = new Map<number, number>();
    for (const { stream, rows: counted } of this.#shares(account)) {
      rows.set(stream, (rows.get(stream) ?? 0) + counted);
    }
    const streams: PendingView["streams"][number][] = [];
    for (const [id, counted] of rows) {
      const { stream, open, allRows } = await this.#books.of(this.#queries.stream(id));
      const { model, dataset } = stream;
      if (open > 0n && counted > 0)
        streams.push({ stream: id, model, dataset, open: String(open), rows: counted, allRows: Number(allRows) });
    }
    return { account, lines, streams, totals: { lines: sumOf(lines.map(({ amount }) => amount)) } };
  }

  /** All events that name an account. */
  history(given: string, paging: Paging): Page<HistoryItem> {
    const page = this.#queries.page<{ id: number }>(
      "SELECT id FROM eventAccounts",
      where({ account: needAddress(given) }),
      paging,
    );
    return { ...page, items: page.items.map(({ id }) => this.#queries.event(id)) };
  }

  /** What an account, or the contributors of a stream, have claimed. */
  claims(
    paging: Paging,
    filter: { contributor?: string | undefined; stream?: number | undefined },
  ): Page<Traced<ClaimRow>> {
    const { contributor, stream } = filter;
    const conditions = where({
      contributor: contributor === undefined ? undefined : needAddress(contributor),
      stream,
    });
    const page = this.#queries.page<ClaimRow>("SELECT * FROM claims", conditions, paging);
    return { ...page, items: page.items.map((row) => this.#queries.traced(row)) };
  }

  /** Lines of a statement, from `cursor` on, with their proofs. */
  async lines(statement: StatementRow, paging: Paging): Promise<Page<Line>> {
    const weights = await this.#published.weightsOf(statement);
    return pieceOf(weights.count, paging, (line) => this.#line(statement, weights, line));
  }

  /** One line of a statement with its proof. */
  async line(statement: StatementRow, line: number): Promise<Line> {
    if (line >= statement.lines) {
      throw new IndexError(
        "not-found",
        `statement ${statement.hash} has ${statement.lines} lines: there is no line ${line}`,
      );
    }
    return this.#line(statement, await this.#published.weightsOf(statement), line);
  }

  #line(statement: StatementRow, weights: Weights, line: number): Line {
    const { store } = this.#queries;
    const [place] = store.all<{ contributor: string }>(
      "SELECT contributor FROM places WHERE dataset = ? AND position = ?",
      statement.dataset,
      line,
    );
    return {
      statement: statement.hash,
      line,
      contributor: place?.contributor ?? "",
      weight: String(weights.weight(line)),
      amount: String(weights.amount(line)),
      proof: weights.proof(line),
      claimed: statement.state === "final" && this.#isClaimed(statement.payoutHash, line),
    };
  }

  #isClaimed(payoutHash: string, line: number): boolean {
    return (
      this.#queries.store.all("SELECT 1 FROM claims WHERE payoutHash = ? AND line = ? LIMIT 1", payoutHash, line)
        .length > 0
    );
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

  #proRata(account: string): ProRataClaimable[] {
    return this.#shares(account).map(({ stream, model, dataset, line, ...row }) => {
      const total = proRataTotal({ fees: BigInt(row.fees), royalties: BigInt(row.royalties) }, row);
      const owed = (total * BigInt(row.rows)) / BigInt(row.allRows);
      const claimed = BigInt(row.claimed ?? 0);
      return {
        stream,
        model,
        dataset,
        line,
        owed: String(owed),
        claimed: String(claimed),
        claimable: String(owed - claimed),
      };
    });
  }

  async #lines(account: string): Promise<LineClaimable[]> {
    const { store } = this.#queries;
    const open = store.all<StatementRow & { line: number }>(
      `SELECT t.*, c.position AS line FROM contributions c
       JOIN streams s ON s.dataset = c.dataset JOIN payouts p ON p.stream = s.id
       JOIN statements t ON t.hash = p.statementHash
       WHERE c.contributor = ? AND c.position < t.lines
         AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.payoutHash = p.hash AND k.line = c.position)
       ORDER BY t.id, c.position`,
      account,
    );
    // A line that is worth nothing can't be claimed.
    return (await this.#worth(open)).map(({ statement, ...line }) => ({ ...line, statement: statement.hash }));
  }

  /** What lines are worth; those that are worth nothing are left out. */
  async #worth(
    lines: readonly (StatementRow & { readonly line: number })[],
  ): Promise<(Omit<LineClaimable, "statement"> & { readonly statement: StatementRow })[]> {
    const items: (Omit<LineClaimable, "statement"> & { statement: StatementRow })[] = [];
    for (const { line, ...statement } of lines) {
      const { stream, interval } = statement;
      try {
        const amount = (await this.#published.weightsOf(statement)).amount(line);
        if (amount > 0n) items.push({ statement, stream, interval, line, amount: String(amount), missing: null });
      } catch (error) {
        if (!(error instanceof IndexError)) throw error;
        items.push({ statement, stream, interval, line, amount: null, missing: error.message });
      }
    }
    return items;
  }
}
