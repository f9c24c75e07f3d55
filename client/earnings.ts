import { payoutHash, readStatements, type StatementState } from "./statements.ts";
import { modelOfStream, streamIdOf } from "./streams.ts";
import type { Suite } from "./suite.ts";

const BPS = 10_000n;

/** A stream that pays a wallet for its contributions. */
export interface OwnStream {
  readonly stream: bigint;
  readonly dataset: bigint;
  readonly version: bigint;
  /** The wallet's contributions that count, by their place in the dataset. */
  readonly contributions: readonly { readonly index: number; readonly rows: bigint }[];
}

/** What a wallet got, and can get, of an interval of a stream by influence. */
export interface OwnInterval {
  readonly interval: number;
  /** `open` before a statement, `proposed` while one is live, `final`, or `pro-rata`. */
  readonly state: "open" | "proposed" | "final" | "pro-rata";
  /** What influence divides among all, in the currency's smallest unit; before the scorer's fee until it is final. */
  readonly pool: bigint;
  /** What the wallet was paid of it. */
  readonly claimed: bigint;
}

/** What a wallet earns as developer and scorer, in the currency's smallest unit. */
export interface OwnBalance {
  /** Can be withdrawn now. */
  readonly balance: bigint;
  readonly withdrawn: bigint;
  readonly developerShares: bigint;
  readonly scorerFees: bigint;
  /** Of models that pay it, not distributed yet. */
  readonly undistributed: readonly { readonly model: bigint; readonly amount: bigint }[];
}

const STATES: Readonly<Record<number, OwnInterval["state"]>> = { 0: "open", 1: "proposed", 2: "final", 3: "pro-rata" };

/** The streams of all models that pay a wallet for accepted contributions, by their number. */
export async function readOwnStreams(suite: Suite, account: string): Promise<OwnStream[]> {
  const { datasets, models, book } = suite;
  const accepted = await datasets.queryFilter(
    datasets.filters.ContributionAccepted(undefined, undefined, account),
    book.fromBlock,
  );
  if (accepted.length === 0) return [];
  const places = new Map<bigint, bigint[]>();
  for (const { args } of accepted) places.set(args.dataset, [...(places.get(args.dataset) ?? []), args.position]);
  const streams: OwnStream[] = [];
  for (let model = 1n; model <= (await models.modelCount()); model++) {
    for (const [slot, { dataset, version }] of (await models.streamsOf(model)).entries()) {
      const stream = streamIdOf(model, slot);
      const own = places.get(dataset);
      if (own === undefined) continue;
      const { contributions } = await suite.payouts.accountOf(stream);
      const entitled = await Promise.all(
        own
          .filter((position) => position < contributions)
          .map(async (position) => {
            const { rows } = await datasets.entitledAt(dataset, position, version);
            return { index: Number(position), rows };
          }),
      );
      const counted = entitled.filter(({ rows }) => rows > 0n);
      if (counted.length > 0) streams.push({ stream, dataset, version, contributions: counted });
    }
  }
  return streams;
}

/** How each interval of a stream stands for one of its contributors. */
export async function readOwnIntervals(suite: Suite, stream: bigint, account: string): Promise<OwnInterval[]> {
  const { attribution, payouts, usage, book } = suite;
  const { intervals } = await usage.headOf(modelOfStream(stream));
  const opened = await payouts.queryFilter(payouts.filters.PayoutOpened(stream), book.fromBlock);
  return Promise.all(
    Array.from({ length: Number(intervals) }, async (_, interval) => {
      const [{ status }, gross] = await Promise.all([
        attribution.settlementOf(stream, interval),
        attribution.poolOf(stream, interval),
      ]);
      const payout = opened.find(({ args }) => args.interval === BigInt(interval));
      const claims =
        payout === undefined
          ? []
          : await payouts.queryFilter(payouts.filters.LineClaimed(payout.args.payoutHash, account), book.fromBlock);
      return {
        interval,
        state: STATES[Number(status)] ?? "open",
        pool: payout === undefined ? gross : payout.args.payout.pool,
        claimed: claims.reduce((sum, { args }) => sum + args.amount, 0n),
      };
    }),
  );
}

/** What a wallet has as developer or scorer. */
export async function readOwnBalance(suite: Suite, account: string): Promise<OwnBalance> {
  const { ledger, models, book } = suite;
  const [balance, feeBps, count, withdrawals, developers, scorers] = await Promise.all([
    ledger.balanceOf(account),
    ledger.PROTOCOL_FEE_BPS(),
    models.modelCount(),
    ledger.queryFilter(ledger.filters.Withdrawn(account), book.fromBlock),
    ledger.queryFilter(ledger.filters.DeveloperPaid(undefined, account), book.fromBlock),
    ledger.queryFilter(ledger.filters.ScorerPaid(account), book.fromBlock),
  ]);
  const waiting = await Promise.all(
    Array.from({ length: Number(count) }, async (_, i) => {
      const model = BigInt(i + 1);
      const { payee, developerBps } = await models.splitOf(model);
      if (payee !== account) return { model, amount: 0n };
      const [{ fees, royalties }, income] = await Promise.all([ledger.countersOf(model), ledger.incomeOf(model)]);
      const share = (counter: bigint): bigint => (counter * developerBps) / BPS;
      const divided = income.dividedGross - (income.dividedGross * feeBps) / BPS;
      const amount = share(fees) + share(royalties) - share(divided) - share(income.dividedRoyalties);
      return { model, amount };
    }),
  );
  const sum = (events: readonly { readonly args: { readonly amount: bigint } }[]): bigint =>
    events.reduce((total, { args }) => total + args.amount, 0n);
  return {
    balance,
    withdrawn: sum(withdrawals),
    developerShares: sum(developers),
    scorerFees: sum(scorers),
    undistributed: waiting.filter(({ amount }) => amount > 0n),
  };
}

/** A statement of a deployment, with where it stands. */
export interface KnownStatement {
  readonly stream: bigint;
  readonly interval: number;
  readonly hash: string;
  readonly state: StatementState;
  readonly payoutHash: string;
}

/** Every statement that was ever proposed in a deployment, oldest first within its interval. */
export async function readAllStatements(suite: Suite): Promise<KnownStatement[]> {
  const { attribution, book } = suite;
  const events = await attribution.queryFilter(attribution.filters.StatementProposed(), book.fromBlock);
  const intervals = new Map(
    events.map(({ args }) => [
      `${args.stream}/${args.interval}`,
      { stream: args.stream, interval: Number(args.interval) },
    ]),
  );
  const all: KnownStatement[] = [];
  for (const { stream, interval } of intervals.values()) {
    for (const { hash, state, statement } of await readStatements(suite, stream, interval)) {
      all.push({ stream, interval, hash, state, payoutHash: payoutHash(statement.payout) });
    }
  }
  return all;
}
