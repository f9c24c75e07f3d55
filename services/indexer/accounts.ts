import type { AccountRow, BondRow, ChannelRow, ClaimRow, StatementRow } from "./rows.ts";
import { type HistoryItem, needAddress, type Page, type Paging, type Queries, type Traced, where } from "./queries.ts";
import { type Line, type PublishedStatements, type Weights } from "./published.ts";
import { IndexError } from "./errors.ts";
import { pieceOf } from "./pieces.ts";

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

/** What the index knows of accounts. */
export class AccountQueries {
  readonly #queries: Queries;
  readonly #published: PublishedStatements;

  constructor(queries: Queries, published: PublishedStatements) {
    [this.#queries, this.#published] = [queries, published];
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
}
