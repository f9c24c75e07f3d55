import type {
  FellBackEvent,
  IntervalRejectedEvent,
  StatementFinalisedEvent,
  StatementProposedEvent,
  StatementVoidedEvent,
  WeightsPostedEvent,
} from "../../../typechain-types/attribution/AttributionRegistry.ts";
import type {
  BasisCommittedEvent,
  DemandReleasedEvent,
  IndexActivatedEvent,
  IndexCommittedEvent,
  IndexRejectedEvent,
  RowDemandedEvent,
  RowShownEvent,
  RowWithheldEvent,
} from "../../../typechain-types/attribution/IndexRegistry.ts";
import type { IntervalCutEvent, UsageReportedEvent } from "../../../typechain-types/attribution/UsageRegistry.ts";
import { payoutHash } from "../../../client/index.ts";
import type { SettlementRow } from "../rows.ts";
import { DEMANDS, INDEXES, INTERVALS, MODELS, SETTLEMENTS, STATEMENTS } from "../tables.ts";
import { count, type Handler, type Happening, on, whole } from "./handler.ts";

function settle(
  { changes }: Happening,
  stream: bigint,
  interval: bigint,
  change: (row: SettlementRow) => Partial<SettlementRow>,
): void {
  const blank: SettlementRow = {
    stream: whole(stream),
    interval: Number(interval),
    status: "open",
    voids: 0,
    deadline: null,
    openChallenges: 0,
    statementHash: null,
    fellBack: null,
  };
  changes.upsert(SETTLEMENTS, blank, change);
}

/** What events of the index registry do to the index. */
export const indexHandlers: Readonly<Record<string, Handler>> = {
  BasisCommitted: on(
    ({ changes }, { model, lanes, basisDigest, methodDigest, uri }: BasisCommittedEvent.OutputObject) =>
      changes.update(MODELS, [whole(model)], () => ({
        lanes: Number(lanes),
        basisDigest,
        methodDigest,
        basisUri: uri,
      })),
  ),
  IndexCommitted: on(({ changes, time }, { stream, root, exponentBound, uri }: IndexCommittedEvent.OutputObject) => {
    const id = whole(stream);
    changes.put(INDEXES, {
      stream: id,
      root,
      exponentBound: Number(exponentBound),
      status: "committed",
      committedAt: time,
      activeFrom: "0",
      openDemands: 0,
      commitment: (changes.find(INDEXES, id)?.commitment ?? 0) + 1,
      uri,
      reason: null,
    });
  }),
  IndexRejected: on(({ changes }, { stream, reason }: IndexRejectedEvent.OutputObject) =>
    changes.update(INDEXES, [whole(stream)], () => ({ status: "rejected", reason })),
  ),
  RowDemanded: on(({ changes, event }, { stream, commitment, row, by, deadline }: RowDemandedEvent.OutputObject) => {
    changes.put(DEMANDS, {
      stream: whole(stream),
      commitment: Number(commitment),
      row: Number(row),
      id: event.id,
      demandedBy: by,
      deadline: Number(deadline),
      state: "open",
      shownBy: null,
    });
    changes.update(INDEXES, [whole(stream)], ({ openDemands }) => ({ openDemands: openDemands + 1 }));
  }),
  RowShown: on(({ changes }, { stream, commitment, row, by }: RowShownEvent.OutputObject) => {
    const key = [whole(stream), Number(commitment), Number(row)];
    changes.update(DEMANDS, key, () => ({ state: "shown", shownBy: by }));
    changes.update(INDEXES, [whole(stream)], ({ openDemands }) => ({ openDemands: openDemands - 1 }));
  }),
  // The registry leaves the count of a rejected index as it was.
  RowWithheld: on(({ changes }, { stream, commitment, row }: RowWithheldEvent.OutputObject) => {
    changes.update(DEMANDS, [whole(stream), Number(commitment), Number(row)], () => ({ state: "withheld" }));
    changes.update(INDEXES, [whole(stream)], () => ({ status: "rejected" }));
  }),
  DemandReleased: on(({ changes }, { stream, commitment, row }: DemandReleasedEvent.OutputObject) =>
    changes.update(DEMANDS, [whole(stream), Number(commitment), Number(row)], () => ({ state: "released" })),
  ),
  IndexActivated: on(({ changes }, { stream, activeFrom }: IndexActivatedEvent.OutputObject) =>
    changes.update(INDEXES, [whole(stream)], () => ({ status: "active", activeFrom: String(activeFrom) })),
  ),
};

/** What events of the usage registry do to the index. */
export const usageHandlers: Readonly<Record<string, Handler>> = {
  IntervalCut: on(({ changes, time }, { model, interval, from, to }: IntervalCutEvent.OutputObject) =>
    changes.put(INTERVALS, {
      model: whole(model),
      interval: Number(interval),
      fromFees: String(from),
      toFees: String(to),
      cutAt: time,
      operator: null,
      reportHash: null,
      receiptsRoot: null,
      exponent: null,
      reportEvent: null,
    }),
  ),
  UsageReported: on(
    (
      { changes, event },
      { model, interval, operator, reportHash, receiptsRoot, exponent }: UsageReportedEvent.OutputObject,
    ) =>
      changes.update(INTERVALS, [whole(model), Number(interval)], () => ({
        operator,
        reportHash,
        receiptsRoot,
        exponent: Number(exponent),
        reportEvent: event.id,
      })),
  ),
};

/** What events of the attribution registry do to the index. */
export const attributionHandlers: Readonly<Record<string, Handler>> = {
  StatementProposed: on((happening, given: StatementProposedEvent.OutputObject) => {
    const { changes, event } = happening;
    const { stream, interval, statementHash, statement, uri } = given;
    const { payout } = statement;
    count(happening, "statements");
    changes.put(STATEMENTS, {
      hash: statementHash,
      id: event.id,
      stream: whole(stream),
      interval: Number(interval),
      dataset: whole(payout.dataset),
      lines: Number(payout.lines),
      root: payout.root,
      total: String(payout.total),
      pool: String(payout.pool),
      scorer: statement.scorer,
      fee: String(statement.fee),
      bond: String(statement.bond),
      proposedAt: Number(statement.proposedAt),
      attempt: Number(statement.attempt),
      version: Number(statement.version),
      exponentBound: Number(statement.exponentBound),
      indexRoot: statement.indexRoot,
      reportHash: statement.reportHash,
      payoutHash: payoutHash(payout),
      uri,
      state: "live",
      shownUntil: 0,
      weightsEvent: null,
      rewarded: null,
      reward: null,
      reason: null,
    });
    settle(happening, stream, interval, () => ({ status: "proposed", statementHash, openChallenges: 0 }));
  }),
  WeightsPosted: on(({ changes, event }, { stream, interval }: WeightsPostedEvent.OutputObject) => {
    const { statementHash } = changes.get(SETTLEMENTS, whole(stream), Number(interval));
    changes.update(STATEMENTS, [statementHash], () => ({ weightsEvent: event.id }));
  }),
  StatementVoided: on((happening, given: StatementVoidedEvent.OutputObject) => {
    const { stream, interval, statementHash, rewarded, reward, deadline } = given;
    happening.changes.update(STATEMENTS, [statementHash], () => ({ state: "void", rewarded, reward: String(reward) }));
    settle(happening, stream, interval, ({ voids }) => ({
      status: "open",
      voids: voids + 1,
      deadline: Number(deadline),
      openChallenges: 0,
      statementHash: null,
    }));
  }),
  StatementFinalised: on((happening, { stream, interval, statementHash }: StatementFinalisedEvent.OutputObject) => {
    happening.changes.update(STATEMENTS, [statementHash], () => ({ state: "final" }));
    settle(happening, stream, interval, () => ({ status: "final", openChallenges: 0 }));
  }),
  IntervalRejected: on((happening, { stream, interval, reason }: IntervalRejectedEvent.OutputObject) => {
    const live = happening.changes.find(SETTLEMENTS, whole(stream), Number(interval))?.statementHash ?? null;
    if (live !== null) happening.changes.update(STATEMENTS, [live], () => ({ state: "rejected", reason }));
  }),
  FellBack: on((happening, { stream, interval, pool }: FellBackEvent.OutputObject) =>
    settle(happening, stream, interval, () => ({
      status: "proRata",
      openChallenges: 0,
      statementHash: null,
      fellBack: String(pool),
    })),
  ),
};
