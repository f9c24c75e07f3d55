import type { AccountQueries } from "./accounts.ts";
import type { DueQueries } from "./due.ts";
import type { EarningsQueries } from "./earnings.ts";
import type { MoneyGraphs } from "./moneyGraph.ts";
import type { OverviewQueries } from "./overview.ts";
import type { SearchQueries } from "./search.ts";
import { DEFAULT_LIMIT, MAX_LIMIT, type Paging, type Queries } from "./queries.ts";
import { INPUT, page, type Schema, type SchemaName, several, single } from "./schemas.ts";

/** What a request names, checked by its schema. */
export interface Asked extends Paging {
  readonly [name: string]: string | number | readonly string[] | undefined;
}

/** One route of the API: GET, read-only. */
export interface Route {
  readonly path: string;
  readonly summary: string;
  readonly params: Readonly<Record<string, Schema>>;
  readonly query: Readonly<Record<string, Schema>>;
  readonly answer: Schema;
  /** Whether its answer follows from the index alone: published files come and go without a block. */
  readonly indexed: boolean;
  /** Members of the answer beside `indexedTo`. */
  readonly ask: (asked: Asked) => object | Promise<object>;
}

const PAGING = {
  cursor: INPUT.cursor,
  limit: { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  order: { type: "string", enum: ["asc", "desc"], default: "asc" },
} as const;

/** What answers the routes. */
export interface Answering {
  readonly queries: Queries;
  readonly accounts: AccountQueries;
  readonly due: DueQueries;
  readonly overview: OverviewQueries;
  readonly search: SearchQueries;
  readonly earnings: EarningsQueries;
  readonly graphs: MoneyGraphs;
}

/** The routes of the API over an index. */
export function routesOf({ queries, accounts, due, overview, search, earnings, graphs }: Answering): readonly Route[] {
  const number = (value: Asked[string]): number => Number(value);
  const maybe = (value: Asked[string]): number | undefined => (value === undefined ? undefined : Number(value));
  const word = (value: Asked[string]): string => String(value);
  const maybeWord = (value: Asked[string]): string | undefined => (value === undefined ? undefined : String(value));
  const one = (
    path: string,
    summary: string,
    params: Route["params"],
    name: SchemaName,
    get: (asked: Asked) => object | Promise<object>,
  ): Route => ({
    path,
    summary,
    params,
    query: {},
    answer: single(name),
    indexed: true,
    ask: async (asked) => ({ data: await get(asked) }),
  });
  const all = (
    path: string,
    summary: string,
    params: Route["params"],
    name: SchemaName,
    get: (asked: Asked) => readonly object[],
  ): Route => ({
    path,
    summary,
    params,
    query: {},
    answer: several(name),
    indexed: true,
    ask: (asked) => ({ data: get(asked) }),
  });
  const paged = (
    path: string,
    summary: string,
    params: Route["params"],
    query: Route["query"],
    name: SchemaName,
    get: (asked: Asked) => Found | Promise<Found>,
  ): Route => ({
    path,
    summary,
    params,
    query: { ...query, ...PAGING },
    answer: page(name),
    indexed: true,
    ask: async (asked) => {
      const { items, next } = await get(asked);
      return { data: items, next };
    },
  });

  const dataset = { dataset: INPUT.id };
  const model = { model: INPUT.id };
  const stream = { stream: INPUT.id };
  const statement = { hash: INPUT.hash };
  const account = { address: INPUT.address };
  const owner = { owner: INPUT.address };
  const status = INPUT.oneOf("pending", "accepted", "rejected", "withdrawn");
  const way = INPUT.oneOf("wallet", "prepaid", "voucher", "receiver", "credit");
  const state = INPUT.oneOf("live", "final", "void", "rejected");
  const answered = INPUT.oneOf("open", "opened", "defended", "refuted", "silent");
  const routes: Route[] = [
    {
      ...all("/search", "What a number, an address, a hash or MODEL/INTERVAL stands for", {}, "Hit", (a) =>
        search.search(maybeWord(a.q) ?? ""),
      ),
      query: { q: INPUT.search },
    },
    one("/totals", "How much there is of everything", {}, "Totals", () => overview.totals()),
    paged("/datasets", "Datasets", {}, owner, "Dataset", (a) => queries.datasets(a, maybeWord(a.owner))),
    one("/datasets/:dataset", "A dataset", dataset, "Dataset", (a) => queries.dataset(number(a.dataset))),
    all("/datasets/:dataset/versions", "Frozen versions of a dataset", dataset, "Version", (a) =>
      queries.versions(number(a.dataset)),
    ),
    paged(
      "/datasets/:dataset/contributions",
      "Contributions to a dataset, as they were submitted",
      dataset,
      { contributor: INPUT.address, status },
      "Contribution",
      (a) => {
        const { id } = queries.dataset(number(a.dataset));
        return queries.contributions(a, {
          dataset: id,
          contributor: maybeWord(a.contributor),
          status: maybeWord(a.status),
        });
      },
    ),
    one(
      "/datasets/:dataset/contributions/:position",
      "The contribution at a place of a dataset",
      { ...dataset, position: INPUT.id },
      "Contribution",
      (a) => queries.contribution(number(a.dataset), number(a.position)),
    ),
    paged("/datasets/:dataset/models", "Models that were trained on a dataset", dataset, {}, "DatasetModel", (a) =>
      overview.datasetModels(number(a.dataset), a),
    ),
    paged(
      "/datasets/:dataset/contributors",
      "Contributors of a dataset, who earned most first",
      dataset,
      {},
      "Contributor",
      (a) => earnings.contributors(number(a.dataset), a),
    ),
    one("/datasets/:dataset/money", "What a dataset has earned", dataset, "DatasetMoney", (a) =>
      earnings.money(number(a.dataset)),
    ),
    paged("/models", "Models", {}, owner, "Model", (a) => queries.models(a, maybeWord(a.owner))),
    one("/models/:model", "A model with its edges and counters", model, "Model", (a) => queries.model(number(a.model))),
    one("/models/:model/lineage", "Ancestors and descendants of a model", model, "Lineage", (a) =>
      queries.lineage(number(a.model)),
    ),
    {
      ...one("/models/:model/money", "Where all that came into a model went", model, "MoneyGraph", (a) =>
        graphs.of(number(a.model), { top: number(a.top), hops: number(a.hops) }),
      ),
      query: { top: INPUT.top, hops: INPUT.hops },
    },
    all("/models/:model/intervals", "Intervals of a model's fees, with their reports", model, "Interval", (a) =>
      queries.intervals(number(a.model)),
    ),
    paged("/models/:model/payments", "Payments for a model", model, { way }, "Payment", (a) => {
      const { id } = queries.model(number(a.model));
      return queries.payments(a, { model: id, way: maybeWord(a.way) });
    }),
    one("/streams/:stream", "A stream with its influence index", stream, "Stream", (a) =>
      queries.stream(number(a.stream)),
    ),
    all("/streams/:stream/settlements", "What became of a stream's intervals", stream, "Settlement", (a) =>
      queries.settlements(number(a.stream)),
    ),
    all("/streams/:stream/demands", "Demanded rows of a stream's indexes", stream, "Demand", (a) =>
      queries.demands(queries.stream(number(a.stream)).id),
    ),
    paged("/streams/:stream/claims", "What contributors of a stream have claimed", stream, {}, "Claim", (a) =>
      accounts.claims(a, { stream: queries.stream(number(a.stream)).id }),
    ),
    paged("/payments", "Payments for all models", {}, { model: INPUT.id, payer: INPUT.address, way }, "Payment", (a) =>
      queries.payments(a, { model: maybe(a.model), payer: maybeWord(a.payer), way: maybeWord(a.way) }),
    ),
    paged(
      "/statements",
      "Statements",
      {},
      { stream: INPUT.id, interval: INPUT.id, scorer: INPUT.address, state },
      "Statement",
      (a) =>
        queries.statements(a, {
          stream: maybe(a.stream),
          interval: maybe(a.interval),
          scorer: maybeWord(a.scorer),
          state: maybeWord(a.state),
        }),
    ),
    one("/statements/:hash", "A statement", statement, "Statement", (a) => queries.statement(word(a.hash))),
    paged(
      "/statements/:hash/lines",
      "Lines of a statement with their proofs, checked against its root",
      statement,
      {},
      "Line",
      (a) => accounts.lines(queries.statement(word(a.hash)), a),
    ),
    one(
      "/statements/:hash/lines/:line",
      "One line of a statement with its proof",
      { ...statement, line: INPUT.id },
      "Line",
      (a) => accounts.line(queries.statement(word(a.hash)), number(a.line)),
    ),
    paged(
      "/statements/:hash/challenges",
      "Challenged nodes of a statement",
      statement,
      { state: answered },
      "Challenge",
      (a) => queries.challenges(a, { statement: queries.statement(word(a.hash)).hash, state: maybeWord(a.state) }),
    ),
    paged(
      "/challenges",
      "Challenged nodes of all statements",
      {},
      { model: INPUT.id, statement: INPUT.hash, challenger: INPUT.address, state: answered },
      "Challenge",
      (a) =>
        queries.challenges(a, {
          model: maybe(a.model),
          statement: maybeWord(a.statement),
          challenger: maybeWord(a.challenger),
          state: maybeWord(a.state),
        }),
    ),
    one(
      "/challenges/:hash/:level/:position",
      "A challenged node with its statement and its events",
      { ...statement, level: INPUT.id, position: INPUT.id },
      "ChallengeView",
      (a) => overview.challenge(word(a.hash), number(a.level), number(a.position)),
    ),
    all("/transactions/:hash", "What happened in a transaction", statement, "HistoryItem", (a) =>
      overview.transaction(word(a.hash)),
    ),
    one("/accounts/:address", "What an account is, has earned and controls", account, "Account", (a) =>
      accounts.account(word(a.address)),
    ),
    one("/accounts/:address/claimable", "How much an account can claim now", account, "Claimable", (a) =>
      due.claimable(word(a.address)),
    ),
    paged(
      "/accounts/:address/claimable/lines",
      "Lines of final statements that an account can claim",
      account,
      {},
      "ClaimableLine",
      (a) => due.claimableLines(word(a.address), a),
    ),
    paged(
      "/accounts/:address/claimable/pro-rata",
      "Contributions of an account with pro-rata money",
      account,
      {},
      "ClaimableProRata",
      (a) => due.claimableProRata(word(a.address), a),
    ),
    one("/accounts/:address/pending", "How much an account may get", account, "Pending", (a) =>
      due.pending(word(a.address)),
    ),
    paged(
      "/accounts/:address/pending/lines",
      "Lines of statements of an account that can still be challenged",
      account,
      {},
      "PendingLine",
      (a) => due.pendingLines(word(a.address), a),
    ),
    paged(
      "/accounts/:address/pending/streams",
      "Streams that an account earns from, with money that isn't divided",
      account,
      {},
      "PendingStream",
      (a) => due.pendingStreams(word(a.address), a),
    ),
    paged("/accounts/:address/contributions", "Contributions of an account", account, { status }, "Contribution", (a) =>
      queries.contributions(a, { contributor: word(a.address), status: maybeWord(a.status) }),
    ),
    paged("/accounts/:address/claims", "What an account has claimed", account, {}, "Claim", (a) =>
      accounts.claims(a, { contributor: word(a.address) }),
    ),
    paged("/accounts/:address/history", "Events that name an account", account, {}, "HistoryItem", (a) =>
      accounts.history(word(a.address), a),
    ),
    paged(
      "/events",
      "Events of the contracts, in the chain's order",
      {},
      {
        contract: INPUT.word,
        name: INPUT.word,
        fromBlock: INPUT.id,
        toBlock: INPUT.id,
        match: INPUT.match,
      },
      "Event",
      (a) =>
        queries.events(a, {
          contract: maybeWord(a.contract),
          name: maybeWord(a.name),
          fromBlock: maybe(a.fromBlock),
          toBlock: maybe(a.toBlock),
          match: Array.isArray(a.match) ? a.match : [],
        }),
    ),
    one("/flows/:node", "Money into and out of an account, model or stream", { node: INPUT.node }, "Flows", (a) =>
      queries.flows(word(a.node)),
    ),
  ];
  return routes.map((route) => (FILED.has(route.path) ? { ...route, indexed: false } : route));
}

/** Routes whose answers come from published files, too. */
const FILED: ReadonlySet<string> = new Set([
  "/statements/:hash/lines",
  "/statements/:hash/lines/:line",
  "/accounts/:address/claimable",
  "/accounts/:address/claimable/lines",
  "/accounts/:address/pending",
  "/accounts/:address/pending/lines",
  "/datasets/:dataset/contributors",
  "/datasets/:dataset/money",
  "/models/:model/money",
]);

interface Found {
  readonly items: readonly object[];
  readonly next: string | null;
}
