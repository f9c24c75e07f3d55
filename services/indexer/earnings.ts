import type { Page, Paging, Queries } from "./queries.ts";
import { pieceOf } from "./pieces.ts";
import type { StreamRow } from "./rows.ts";
import { proRataAt, type StreamBooks } from "./streamMoney.ts";

/** What a wallet has put into a dataset, and what came of it. Amounts are in the currency's smallest unit. */
export interface ContributorView {
  readonly contributor: string;
  /** Accepted ones. */
  readonly contributions: number;
  /** Counted rows of those that aren't retired. */
  readonly rows: number;
  /** Lines of final statements, and pro-rata money, claimed or not. */
  readonly earned: string;
  readonly lines: string;
  readonly proRata: string;
  readonly claimed: string;
  /** Of what all contributors have earned, in millionths. */
  readonly share: number;
}

/** What a dataset has earned through all models that were trained on it. */
export interface DatasetMoney {
  readonly dataset: number;
  readonly contributors: number;
  readonly earned: string;
  readonly lines: string;
  readonly proRata: string;
  readonly claimed: string;
  readonly scorers: string;
  /** Not divided yet. */
  readonly open: string;
  /** Final statements whose weights aren't at hand: lines are without them. */
  readonly unread: readonly string[];
}

interface Member {
  contributions: number;
  rows: number;
  lines: bigint;
  proRata: bigint;
}

interface Book {
  readonly tip: string;
  readonly unread: boolean;
  readonly money: DatasetMoney;
  /** Who earned most comes first. */
  readonly members: readonly (readonly [string, Member])[];
}

/** Datasets that are kept in memory. */
const KEPT = 8;

/** Who has earned what from a dataset. */
export class EarningsQueries {
  readonly #queries: Queries;
  readonly #books: StreamBooks;
  readonly #kept = new Map<number, Book>();

  constructor(queries: Queries, books: StreamBooks) {
    [this.#queries, this.#books] = [queries, books];
  }

  /** Contributors of a dataset, who earned most first. */
  async contributors(dataset: number, paging: Paging): Promise<Page<ContributorView>> {
    const { members, money } = await this.#book(dataset);
    const total = BigInt(money.earned);
    const streams = this.#streams(dataset);
    return pieceOf(members.length, paging, (i) => {
      const [contributor, { contributions, rows, lines, proRata }] = members[i] as readonly [string, Member];
      const earned = lines + proRata;
      return {
        contributor,
        contributions,
        rows,
        earned: String(earned),
        lines: String(lines),
        proRata: String(proRata),
        claimed: String(this.#claimed(streams, contributor)),
        share: total === 0n ? 0 : Number((earned * 1_000_000n) / total),
      };
    });
  }

  async money(dataset: number): Promise<DatasetMoney> {
    return (await this.#book(dataset)).money;
  }

  async #book(id: number): Promise<Book> {
    const dataset = this.#queries.dataset(id).id;
    const tip = this.#queries.indexedTo()?.hash ?? "";
    const kept = this.#kept.get(dataset);
    if (kept?.tip === tip && !kept.unread) return kept;
    const book = await this.#read(dataset, tip);
    this.#kept.delete(dataset);
    this.#kept.set(dataset, book);
    for (const [oldest] of this.#kept) if (this.#kept.size > KEPT) this.#kept.delete(oldest);
    return book;
  }

  async #read(dataset: number, tip: string): Promise<Book> {
    const members = new Map<string, Member>();
    const accepted = this.#queries.store.all<{ contributor: string; contributions: number; rows: number }>(
      `SELECT contributor, count(*) AS contributions, sum(CASE WHEN retiredFrom IS NULL THEN counted ELSE 0 END) AS rows
       FROM contributions WHERE dataset = ? AND position IS NOT NULL GROUP BY contributor`,
      dataset,
    );
    for (const { contributor, contributions, rows } of accepted) {
      members.set(contributor, { contributions, rows, lines: 0n, proRata: 0n });
    }
    let [lines, proRata, scorers, open] = [0n, 0n, 0n, 0n];
    const unread: string[] = [];
    const streams = this.#streams(dataset);
    for (const stream of streams) {
      const money = await this.#books.of(stream);
      scorers += money.scorers;
      open += money.open;
      unread.push(...money.unread);
      money.contributors.forEach((contributor, place) => {
        const member = members.get(contributor);
        if (member === undefined) return;
        const [line, share] = [money.lines[place] ?? 0n, proRataAt(money, place)];
        member.lines += line;
        member.proRata += share;
        lines += line;
        proRata += share;
      });
    }
    const claimed = this.#queries.store
      .all<{ amount: string }>(
        `SELECT f.amount FROM streams s JOIN flows f ON f.source = 'stream:' || s.id AND f.kind IN ('line', 'proRata')
         WHERE s.dataset = ?`,
        dataset,
      )
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const sorted = [...members].sort(([a, x], [b, y]) => {
      const [mine, others] = [x.lines + x.proRata, y.lines + y.proRata];
      return mine === others ? (a < b ? -1 : 1) : mine > others ? -1 : 1;
    });
    const money = {
      dataset,
      contributors: members.size,
      earned: String(lines + proRata),
      lines: String(lines),
      proRata: String(proRata),
      claimed: String(claimed),
      scorers: String(scorers),
      open: String(open),
      unread,
    };
    return { tip, unread: unread.length > 0, money, members: sorted };
  }

  #streams(dataset: number): StreamRow[] {
    return this.#queries.store.all<StreamRow>("SELECT * FROM streams WHERE dataset = ? ORDER BY id", dataset);
  }

  #claimed(streams: readonly StreamRow[], contributor: string): bigint {
    return streams
      .flatMap(({ id }) =>
        this.#queries.store.all<{ amount: string }>(
          "SELECT amount FROM flows WHERE kind IN ('line', 'proRata') AND source = ? AND target = ?",
          `stream:${id}`,
          contributor,
        ),
      )
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  }
}
