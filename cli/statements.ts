import { ClientError, modelOfStream, type Suite } from "../client/index.ts";
import type { Scoring, Statement } from "../scorer/index.ts";
import { poolAfterFee, type ScoredIndex, stateInterval } from "../services/scorer.ts";
import { type CommittedIndex, readCommittedIndex } from "./chain.ts";
import { NothingToDo } from "./exit.ts";

/** Names of IAttributionRegistry.SettlementStatus. */
export const SETTLEMENT_STATES = ["open", "proposed", "final", "pro-rata"] as const;

/**
 * The fee in basis points that a pool was made with. Where several give the same pool they cost the same, and the
 * lowest is taken.
 */
export function feeOfPool(gross: bigint, pool: bigint, mostBps: number): number | undefined {
  for (let bps = 0; bps <= mostBps; bps++) if (poolAfterFee(gross, bps) === pool) return bps;
  return undefined;
}

/**
 * What an honest scorer says of an interval: from the published index, the report and the registries alone.
 *
 * @param score - checks the index file against the committed index, and scores it
 * @throws ClientError `mismatch` or ScorerError `root-mismatch` when the index isn't the committed one, NothingToDo when
 * the interval is divided pro-rata anyway
 */
export async function scoreInterval(
  suite: Suite,
  stream: bigint,
  interval: number,
  score: (committed: CommittedIndex, scoring: Omit<Scoring, "exponentBound">) => Promise<ScoredIndex>,
  feeBps: number,
): Promise<{ statement: Statement; gross: bigint; state: (typeof SETTLEMENT_STATES)[number] }> {
  const model = modelOfStream(stream);
  const [piece, committed, gross, settlement] = await Promise.all([
    suite.usage.intervalAt(model, interval),
    readCommittedIndex(suite, stream),
    suite.attribution.poolOf(stream, interval),
    suite.attribution.settlementOf(stream, interval),
  ]);
  if (committed.status !== "active" || committed.activeFrom > piece.from) {
    throw new NothingToDo(
      committed.status === "active"
        ? `the index of stream ${stream} serves fees from ${committed.activeFrom} on, interval ${interval} begins at ${piece.from}: it is divided pro-rata`
        : `stream ${stream} has no active index (${committed.status}): interval ${interval} is divided pro-rata`,
    );
  }
  if (gross === 0n)
    throw new NothingToDo(`interval ${interval} of stream ${stream} holds no money that influence divides`);
  const statement = await stateInterval(
    suite,
    stream,
    interval,
    (scoring) => score(committed, scoring),
    poolAfterFee(gross, feeBps),
  );
  if (statement.total === 0n) {
    throw new NothingToDo(
      `no contribution has a positive weight in interval ${interval} of stream ${stream}: it is divided pro-rata`,
    );
  }
  return { statement, gross, state: SETTLEMENT_STATES[Number(settlement.status)] ?? "open" };
}

/** @throws ClientError `mismatch` when a statement file is of another stream or interval than the one asked for */
export function requireSameInterval(file: Statement, stream: bigint, interval: number, path: string): void {
  if (file.stream === stream && file.interval === interval) return;
  throw new ClientError(
    "mismatch",
    `${path} is the statement of stream ${file.stream}, interval ${file.interval}, not of stream ${stream}, interval ${interval}`,
  );
}
