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
import { DEMANDS, INDEXES, INTERVALS, MODELS, SETTLEMENTS, type SettlementRow, STATEMENTS } from "../tables.ts";
import { type Handler, type Happening, on, whole } from "./handler.ts";

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
  BasisCommitted: on<BasisCommittedEvent.OutputObject>(
    ({ changes }, { model, lanes, basisDigest, methodDigest, uri }) =>
      changes.update(MODELS, [whole(model)], () => ({
        lanes: Number(lanes),
        basisDigest,
        methodDigest,
        basisUri: uri,
      })),
  ),
  IndexCommitted: on<IndexCommittedEvent.OutputObject>(({ changes, time }, { stream, root, exponentBound, uri }) => {
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
  IndexRejected: on<IndexRejectedEvent.OutputObject>(({ changes }, { stream, reason }) =>
    changes.update(INDEXES, [whole(stream)], () => ({ status: "rejected", reason })),
  ),
  RowDemanded: on<RowDemandedEvent.OutputObject>(({ changes, event }, { stream, commitment, row, by, deadline }) => {
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
  RowShown: on<RowShownEvent.OutputObject>(({ changes }, { stream, commitment, row, by }) => {
    const key = [whole(stream), Number(commitment), Number(row)];
    changes.update(DEMANDS, key, () => ({ state: "shown", shownBy: by }));
    changes.update(INDEXES, [whole(stream)], ({ openDemands }) => ({ openDemands: openDemands - 1 }));
  }),
  // The registry leaves the count of a rejected index as it was.
  RowWithheld: on<RowWithheldEvent.OutputObject>(({ changes }, { stream, commitment, row }) => {
    changes.update(DEMANDS, [whole(stream), Number(commitment), Number(row)], () => ({ state: "withheld" }));
    changes.update(INDEXES, [whole(stream)], () => ({ status: "rejected" }));
  }),
  DemandReleased: on<DemandReleasedEvent.OutputObject>(({ changes }, { stream, commitment, row }) =>
    changes.update(DEMANDS, [whole(stream), Number(commitment), Number(row)], () => ({ state: "released" })),
  ),
  IndexActivated: on<IndexActivatedEvent.OutputObject>(({ changes }, { stream, activeFrom }) =>
    changes.update(INDEXES, [whole(stream)], () => ({ status: "active", activeFrom: String(activeFrom) })),
  ),
};

/** What events of the usage registry do to the index. */
export const usageHandlers: Readonly<Record<string, Handler>> = {
  IntervalCut: on<IntervalCutEvent.OutputObject>(({ changes, time }, { model, interval, from, to }) =>
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
  UsageReported: on<UsageReportedEvent.OutputObject>(
    ({ changes, event }, { model, interval, operator, reportHash, receiptsRoot, exponent }) =>
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
  StatementProposed: on<StatementProposedEvent.OutputObject>((happening, given) => {
    const { changes, event } = happening;
    const { stream, interval, statementHash, statement, uri } = given;
    const { payout } = statement;
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
  WeightsPosted: on<WeightsPostedEvent.OutputObject>(({ changes, event }, { stream, interval }) => {
    const { statementHash } = changes.get(SETTLEMENTS, whole(stream), Number(interval));
    changes.update(STATEMENTS, [statementHash], () => ({ weightsEvent: event.id }));
  }),
  StatementVoided: on<StatementVoidedEvent.OutputObject>((happening, given) => {
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
  StatementFinalised: on<StatementFinalisedEvent.OutputObject>((happening, { stream, interval, statementHash }) => {
    happening.changes.update(STATEMENTS, [statementHash], () => ({ state: "final" }));
    settle(happening, stream, interval, () => ({ status: "final", openChallenges: 0 }));
  }),
  IntervalRejected: on<IntervalRejectedEvent.OutputObject>((happening, { stream, interval, reason }) => {
    const live = happening.changes.find(SETTLEMENTS, whole(stream), Number(interval))?.statementHash ?? null;
    if (live !== null) happening.changes.update(STATEMENTS, [live], () => ({ state: "rejected", reason }));
  }),
  FellBack: on<FellBackEvent.OutputObject>((happening, { stream, interval, pool }) =>
    settle(happening, stream, interval, () => ({
      status: "proRata",
      openChallenges: 0,
      statementHash: null,
      fellBack: String(pool),
    })),
  ),
};
