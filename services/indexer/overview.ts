import type { HistoryItem, Page, Paging, Queries, StreamView } from "./queries.ts";
import { where } from "./queries.ts";
import { IndexError } from "./errors.ts";
import type { ModelRow, NodeRow, StatementRow, StreamRow, TotalRow } from "./rows.ts";
import type { TotalName } from "./apply/handler.ts";

/** How much there is of everything. Amounts are in the currency's smallest unit. */
export interface Totals {
  /** Wallets that have submitted something. */
  readonly contributors: number;
  readonly datasets: number;
  readonly contributions: number;
  readonly models: number;
  readonly payments: number;
  readonly statements: number;
  readonly liveStatements: number;
  readonly challenges: number;
  readonly openChallenges: number;
  readonly claims: number;
  /** Paid for inferences. */
  readonly volume: string;
  readonly claimed: string;
  readonly developers: string;
  readonly royalties: string;
  readonly scorers: string;
  readonly protocol: string;
}

/** A model that was trained on a dataset, with the stream that pays its contributors. */
export type DatasetModel = StreamView & {
  readonly owner: string;
  readonly kind: number;
  readonly uri: string;
  readonly price: string | null;
  readonly supersededBy: number | null;
  /** All that has been paid for the model. */
  readonly gross: string;
  readonly payments: number;
};

/** A challenged node with its statement, its neighbours in the walk, and the events that made and answered it. */
export interface ChallengeView {
  readonly challenge: NodeRow;
  readonly statement: StatementRow;
  /** Where the walk came from. */
  readonly above: NodeRow | null;
  /** Where it went on. */
  readonly below: readonly NodeRow[];
  readonly events: readonly HistoryItem[];
}

/** Answers that are put together of several tables. */
export class OverviewQueries {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  totals(): Totals {
    const { store } = this.#queries;
    const rows = new Map(store.all<TotalRow>("SELECT * FROM totals").map((row) => [row.name, row]));
    const counted = (name: TotalName): number => rows.get(name)?.count ?? 0;
    const money = (name: TotalName): string => rows.get(name)?.amount ?? "0";
    const waiting = (sql: string): number => store.all<{ waiting: number }>(sql)[0]?.waiting ?? 0;
    return {
      contributors: counted("contributors"),
      datasets: counted("datasets"),
      contributions: counted("contributions"),
      models: counted("models"),
      payments: counted("payments"),
      statements: counted("statements"),
      liveStatements: waiting("SELECT count(*) AS waiting FROM statements WHERE state = 'live'"),
      challenges: counted("challenges"),
      openChallenges: waiting("SELECT count(*) AS waiting FROM nodes WHERE state = 'open'"),
      claims: counted("claims"),
      volume: money("payments"),
      claimed: money("claims"),
      developers: money("developers"),
      royalties: money("royalties"),
      scorers: money("scorers"),
      protocol: money("protocol"),
    };
  }

  /** Models that were trained on a dataset, by their streams. */
  datasetModels(dataset: number, paging: Paging): Page<DatasetModel> {
    const { id } = this.#queries.dataset(dataset);
    const page = this.#queries.page<StreamRow>("SELECT * FROM streams", where({ dataset: id }), paging);
    const items = page.items.map((row) => {
      const [model] = this.#queries.store.all<ModelRow & { gross: string; payments: number }>(
        "SELECT m.*, i.gross, i.payments FROM models m JOIN incomes i ON i.model = m.id WHERE m.id = ?",
        row.model,
      );
      if (model === undefined) throw new IndexError("corrupt", `stream ${row.id} has no model: index again`);
      const { owner, kind, uri, price, supersededBy, gross, payments } = model;
      return { ...this.#queries.stream(row.id), owner, kind, uri, price, supersededBy, gross, payments };
    });
    return { ...page, items };
  }

  /** A challenged node of a statement. */
  challenge(hash: string, level: number, position: number): ChallengeView {
    const { store } = this.#queries;
    const statement = this.#queries.statement(hash);
    const nodes = (sql: string, ...at: number[]): NodeRow[] => store.all<NodeRow>(sql, statement.hash, ...at);
    const at = "SELECT * FROM nodes WHERE statementHash = ? AND level = ? AND position = ?";
    const [challenge] = nodes(at, level, position);
    if (challenge === undefined) {
      throw new IndexError(
        "not-found",
        `node ${position} of level ${level} of statement ${statement.hash} wasn't challenged: see /statements/${statement.hash}/challenges`,
      );
    }
    const { parentLevel, answerEvent, id } = challenge;
    const [above] =
      parentLevel > level ? nodes(at, parentLevel, Math.floor(position / 2 ** (parentLevel - level))) : [];
    const below = nodes(
      "SELECT * FROM nodes WHERE statementHash = ? AND parentLevel = ? AND level < ? ORDER BY id",
      level,
      level,
    ).filter((node) => Math.floor(node.position / 2 ** (level - node.level)) === position);
    const events = [id, ...(answerEvent === null ? [] : [answerEvent])].map((event) => this.#queries.event(event));
    return { challenge, statement, above: above ?? null, below, events };
  }

  /** What happened in a transaction, in its order. */
  transaction(hash: string): readonly HistoryItem[] {
    const { store } = this.#queries;
    return store
      .all<{ id: number }>("SELECT id FROM events WHERE transactionHash = ? ORDER BY id", hash.toLowerCase())
      .map(({ id }) => this.#queries.event(id));
  }
}
