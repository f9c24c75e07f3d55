import { ClientError } from "../clientError.ts";
import {
  type Account,
  type Block,
  type Challenge,
  type ChallengeState,
  type ChallengeView,
  type Claim,
  type Claimable,
  type ClaimableLine,
  type ClaimableProRata,
  type Contribution,
  type ContributionState,
  type Contributor,
  type Dataset,
  type DatasetMoney,
  type DatasetModel,
  type Demand,
  type Event,
  type Flows,
  type Health,
  HEALTH,
  type HistoryItem,
  type Hit,
  type Interval,
  type Line,
  type Lineage,
  type Model,
  type MoneyGraph,
  type Payment,
  type PaymentWay,
  type Pending,
  type PendingLine,
  type PendingStream,
  type Settlement,
  SHAPES,
  type Statement,
  type StatementState,
  type Stream,
  type Totals,
  type Version,
} from "./answers.ts";
import type { Answer, AnswerPage, Paging } from "./paging.ts";
import { type Fetch, getBytes, getJson, type Query, urlOf } from "./requests.ts";
import { list, maybe, type Shape, text } from "./shapes.ts";

export interface IndexClientOptions {
  readonly fetch?: Fetch;
  /** Ends all requests of this client. */
  readonly signal?: AbortSignal;
}

/** Milliseconds between two looks at how far the index is. */
const PAUSE = 250;

/**
 * The HTTP API of an index of the chain (`tributary run indexer`), one method for each route. Every answer names the last
 * block that is in it. All methods throw ClientError: `network` when the index can't be reached or can't answer now,
 * `not-found`, `file-missing`, `file-altered`, `bad-input`, and `mismatch` when what answers isn't this API.
 */
export class IndexClient {
  readonly url: string;
  readonly #fetch: Fetch;
  readonly #signal: AbortSignal | undefined;

  /** @param url - where the API is, with or without a slash at its end */
  constructor(url: string, options: IndexClientOptions = {}) {
    this.url = url.replace(/\/+$/, "");
    // A browser's fetch refuses to be called as a method of something else.
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#signal = options.signal;
  }

  /** The same index, for requests that end with a signal. */
  until(signal: AbortSignal): IndexClient {
    return new IndexClient(this.url, { fetch: this.#fetch, signal });
  }

  datasets(filter: { owner?: string | undefined } & Paging = {}): Promise<AnswerPage<Dataset>> {
    return this.#page("/datasets", SHAPES.Dataset, { ...filter });
  }

  dataset(dataset: number): Promise<Answer<Dataset>> {
    return this.#one(`/datasets/${dataset}`, SHAPES.Dataset);
  }

  versions(dataset: number): Promise<Answer<readonly Version[]>> {
    return this.#one(`/datasets/${dataset}/versions`, list(SHAPES.Version));
  }

  /** Contributions to a dataset, as they were submitted. */
  contributions(
    dataset: number,
    filter: { contributor?: string | undefined; status?: ContributionState | undefined } & Paging = {},
  ): Promise<AnswerPage<Contribution>> {
    return this.#page(`/datasets/${dataset}/contributions`, SHAPES.Contribution, { ...filter });
  }

  /** The contribution at a place of a dataset. */
  contribution(dataset: number, position: number): Promise<Answer<Contribution>> {
    return this.#one(`/datasets/${dataset}/contributions/${position}`, SHAPES.Contribution);
  }

  /** Models that were trained on a dataset, by their streams. */
  datasetModels(dataset: number, paging: Paging = {}): Promise<AnswerPage<DatasetModel>> {
    return this.#page(`/datasets/${dataset}/models`, SHAPES.DatasetModel, { ...paging });
  }

  /** Contributors of a dataset, who earned most first. */
  contributors(dataset: number, paging: Paging = {}): Promise<AnswerPage<Contributor>> {
    return this.#page(`/datasets/${dataset}/contributors`, SHAPES.Contributor, { ...paging });
  }

  /** What a dataset has earned. */
  datasetMoney(dataset: number): Promise<Answer<DatasetMoney>> {
    return this.#one(`/datasets/${dataset}/money`, SHAPES.DatasetMoney);
  }

  models(filter: { owner?: string | undefined } & Paging = {}): Promise<AnswerPage<Model>> {
    return this.#page("/models", SHAPES.Model, { ...filter });
  }

  model(model: number): Promise<Answer<Model>> {
    return this.#one(`/models/${model}`, SHAPES.Model);
  }

  /** Ancestors and descendants, up to 10,000 edges. */
  lineage(model: number): Promise<Answer<Lineage>> {
    return this.#one(`/models/${model}/lineage`, SHAPES.Lineage);
  }

  /**
   * Where all that came into a model went.
   *
   * @param top - accounts of each kind that are named; the others are one node
   * @param hops - how far royalties are followed to ancestors
   */
  moneyGraph(
    model: number,
    options: { top?: number | undefined; hops?: number | undefined } = {},
  ): Promise<Answer<MoneyGraph>> {
    return this.#one(`/models/${model}/money`, SHAPES.MoneyGraph, { ...options });
  }

  intervals(model: number): Promise<Answer<readonly Interval[]>> {
    return this.#one(`/models/${model}/intervals`, list(SHAPES.Interval));
  }

  modelPayments(model: number, filter: { way?: PaymentWay | undefined } & Paging = {}): Promise<AnswerPage<Payment>> {
    return this.#page(`/models/${model}/payments`, SHAPES.Payment, { ...filter });
  }

  stream(stream: number): Promise<Answer<Stream>> {
    return this.#one(`/streams/${stream}`, SHAPES.Stream);
  }

  settlements(stream: number): Promise<Answer<readonly Settlement[]>> {
    return this.#one(`/streams/${stream}/settlements`, list(SHAPES.Settlement));
  }

  demands(stream: number): Promise<Answer<readonly Demand[]>> {
    return this.#one(`/streams/${stream}/demands`, list(SHAPES.Demand));
  }

  streamClaims(stream: number, paging: Paging = {}): Promise<AnswerPage<Claim>> {
    return this.#page(`/streams/${stream}/claims`, SHAPES.Claim, { ...paging });
  }

  payments(
    filter: { model?: number | undefined; payer?: string | undefined; way?: PaymentWay | undefined } & Paging = {},
  ): Promise<AnswerPage<Payment>> {
    return this.#page("/payments", SHAPES.Payment, { ...filter });
  }

  statements(
    filter: {
      stream?: number | undefined;
      interval?: number | undefined;
      scorer?: string | undefined;
      state?: StatementState | undefined;
    } & Paging = {},
  ): Promise<AnswerPage<Statement>> {
    return this.#page("/statements", SHAPES.Statement, { ...filter });
  }

  statement(hash: string): Promise<Answer<Statement>> {
    return this.#one(`/statements/${hash}`, SHAPES.Statement);
  }

  /** Lines with their proofs, from weights on the chain or a published file: `file-missing`, `file-altered`. */
  lines(statement: string, paging: Paging = {}): Promise<AnswerPage<Line>> {
    return this.#page(`/statements/${statement}/lines`, SHAPES.Line, { ...paging });
  }

  line(statement: string, line: number): Promise<Answer<Line>> {
    return this.#one(`/statements/${statement}/lines/${line}`, SHAPES.Line);
  }

  statementChallenges(
    statement: string,
    filter: { state?: ChallengeState | undefined } & Paging = {},
  ): Promise<AnswerPage<Challenge>> {
    return this.#page(`/statements/${statement}/challenges`, SHAPES.Challenge, { ...filter });
  }

  challenges(
    filter: {
      model?: number | undefined;
      statement?: string | undefined;
      challenger?: string | undefined;
      state?: ChallengeState | undefined;
    } & Paging = {},
  ): Promise<AnswerPage<Challenge>> {
    return this.#page("/challenges", SHAPES.Challenge, { ...filter });
  }

  /** A challenged node with its statement, its neighbours in the walk, and its events. */
  challenge(statement: string, level: number, position: number): Promise<Answer<ChallengeView>> {
    return this.#one(`/challenges/${statement}/${level}/${position}`, SHAPES.ChallengeView);
  }

  /** What happened in a transaction, in its order. */
  transaction(hash: string): Promise<Answer<readonly HistoryItem[]>> {
    return this.#one(`/transactions/${hash}`, list(SHAPES.HistoryItem));
  }

  /** What an address, a hash, a transaction, a number, or an interval as `2/0` stands for. */
  search(q: string): Promise<Answer<readonly Hit[]>> {
    return this.#one("/search", list(SHAPES.Hit), { q });
  }

  /** How much there is of everything. */
  totals(): Promise<Answer<Totals>> {
    return this.#one("/totals", SHAPES.Totals);
  }

  account(address: string): Promise<Answer<Account>> {
    return this.#one(`/accounts/${address}`, SHAPES.Account);
  }

  /** How much an account can claim now: money of lines whose files are missing is named, not counted. */
  claimable(address: string): Promise<Answer<Claimable>> {
    return this.#one(`/accounts/${address}/claimable`, SHAPES.Claimable);
  }

  /** Lines of final statements that an account can claim. */
  claimableLines(address: string, paging: Paging = {}): Promise<AnswerPage<ClaimableLine>> {
    return this.#page(`/accounts/${address}/claimable/lines`, SHAPES.ClaimableLine, { ...paging });
  }

  /** Contributions of an account with pro-rata money. */
  claimableProRata(address: string, paging: Paging = {}): Promise<AnswerPage<ClaimableProRata>> {
    return this.#page(`/accounts/${address}/claimable/pro-rata`, SHAPES.ClaimableProRata, { ...paging });
  }

  /** How much an account may get: of live statements, and of streams with money that isn't divided. */
  pending(address: string): Promise<Answer<Pending>> {
    return this.#one(`/accounts/${address}/pending`, SHAPES.Pending);
  }

  /** Lines of statements of an account that can still be challenged. */
  pendingLines(address: string, paging: Paging = {}): Promise<AnswerPage<PendingLine>> {
    return this.#page(`/accounts/${address}/pending/lines`, SHAPES.PendingLine, { ...paging });
  }

  /** Streams that an account earns from, with money that isn't divided. */
  pendingStreams(address: string, paging: Paging = {}): Promise<AnswerPage<PendingStream>> {
    return this.#page(`/accounts/${address}/pending/streams`, SHAPES.PendingStream, { ...paging });
  }

  accountContributions(
    address: string,
    filter: { status?: ContributionState | undefined } & Paging = {},
  ): Promise<AnswerPage<Contribution>> {
    return this.#page(`/accounts/${address}/contributions`, SHAPES.Contribution, { ...filter });
  }

  accountClaims(address: string, paging: Paging = {}): Promise<AnswerPage<Claim>> {
    return this.#page(`/accounts/${address}/claims`, SHAPES.Claim, { ...paging });
  }

  /** Events that name an account. */
  history(address: string, paging: Paging = {}): Promise<AnswerPage<HistoryItem>> {
    return this.#page(`/accounts/${address}/history`, SHAPES.HistoryItem, { ...paging });
  }

  /**
   * Events of the contracts, in the chain's order.
   *
   * @param filter - blocks are both included; `match` names arguments that must have a value: `dataset:12`
   */
  events(
    filter: {
      contract?: string | undefined;
      name?: string | undefined;
      fromBlock?: number | undefined;
      toBlock?: number | undefined;
      match?: readonly string[] | undefined;
    } & Paging = {},
  ): Promise<AnswerPage<Event>> {
    return this.#page("/events", SHAPES.Event, { ...filter });
  }

  /**
   * Money in and out, up to 10,000 ways in each direction.
   *
   * @param node - an address, `model:1`, `stream:256`, or `unknown` for payers that the chain doesn't know
   */
  flows(node: string): Promise<Answer<Flows>> {
    return this.#one(`/flows/${node}`, SHAPES.Flows);
  }

  /**
   * The bytes of a published file; whoever reads them checks them.
   *
   * @param name - `sha256/DIGEST`, `contribution/ROOT`, `index/ROOT`, `receipts/ROOT`, `list/ROOT`,
   * `statement/STREAM-INTERVAL-ROOT`, `report/MODEL-INTERVAL`
   * @throws ClientError `file-missing`
   */
  file(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return getBytes(this.#fetch, urlOf(this.url, `/files/${name}`), this.#signal);
  }

  /** Whether the index serves, and how far it is: `behind` and `starting` are answers, too. */
  async health(): Promise<Health> {
    return HEALTH.read(await this.#get("/health", {}, [200, 503]), "health");
  }

  /**
   * Waits until the index has a block, as after a transaction that was mined in it.
   *
   * @param seconds - how long at most
   * @throws ClientError `behind` if it hasn't by then
   */
  async untilIndexed(block: number, seconds: number): Promise<Block> {
    const end = Date.now() + 1000 * seconds;
    for (;;) {
      const { indexedTo } = await this.health();
      if (indexedTo !== null && indexedTo.number >= block) return indexedTo;
      if (Date.now() >= end) {
        throw new ClientError(
          "behind",
          `the index has ${indexedTo === null ? "nothing" : `block ${indexedTo.number}`} and not yet block ${block}: ask again, or check that it follows the chain`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  async #one<T>(path: string, shape: Shape<T>, query: Query = {}): Promise<Answer<T>> {
    const answer = await this.#get(path, query);
    return {
      indexedTo: maybe(SHAPES.Block).read(answer.indexedTo, "indexedTo"),
      data: shape.read(answer.data, "data"),
    };
  }

  async #page<T>(path: string, shape: Shape<T>, query: Query): Promise<AnswerPage<T>> {
    const answer = await this.#get(path, query);
    return {
      indexedTo: maybe(SHAPES.Block).read(answer.indexedTo, "indexedTo"),
      data: list(shape).read(answer.data, "data"),
      next: maybe(text).read(answer.next, "next"),
    };
  }

  #get(
    path: string,
    query: Query = {},
    accepted: readonly number[] = [200],
  ): Promise<Readonly<Record<string, unknown>>> {
    return getJson(this.#fetch, urlOf(this.url, path, query), { accepted, signal: this.#signal });
  }
}
