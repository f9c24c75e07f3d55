import { useQueries, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Answer, Interval, Model, Settlement } from "../../../client/indexApi/index.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Hash } from "../../components/Hash.tsx";
import { Badge, Proves, Section } from "../../components/Layout.tsx";
import { DatasetLink } from "../../components/Links.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Empty } from "../../components/States.tsx";
import { Countdown, Time } from "../../components/Time.tsx";
import { useIndex } from "../../data/IndexContext.ts";
import { useLocalPages } from "../../data/localPages.ts";
import { useNameLabel, useNames } from "../../data/names.ts";
import { FROM_INDEX, useAnswer, usePaged } from "../../data/queries.ts";
import { CHALLENGE_COLUMNS, STATEMENT_COLUMNS } from "../lists/columns.tsx";

/** Reports and how intervals ended, then the statements and challenges behind that. */
export function Intervals({ model }: { readonly model: Model }) {
  const { id, streamList } = model;
  const intervals = useAnswer(["model", id, "intervals"], (api) => api.intervals(id));
  const list = useLocalPages(intervals, (all) => all.toReversed(), 10);
  const names = useNames(streamList.map(({ dataset }) => ({ kind: "dataset", id: dataset })));
  const settlements = useSettlements(streamList.map(({ id: stream }) => stream));
  const columns: readonly Column<Interval>[] = [
    { header: "Interval", cell: ({ interval }) => interval },
    {
      header: "Fees in it",
      figures: true,
      cell: ({ fromFees, toFees }) => <Amount value={toFees - fromFees} digits={COLUMN_DIGITS} />,
    },
    { header: "Cut", cell: ({ cutAt }) => <Time at={cutAt} /> },
    {
      header: "Usage report",
      cell: ({ reportHash }) =>
        reportHash === null ? (
          <Badge tone="busy">none yet</Badge>
        ) : (
          <Hash value={reportHash} what="the report’s hash" />
        ),
    },
    ...streamList.map(({ id: stream, dataset }): Column<Interval> => ({
      header: `For ${names("dataset", dataset) ?? `dataset ${dataset}`}`,
      cell: ({ interval }) => <Outcome settlement={settlements.get(stream)?.get(interval)} />,
    })),
  ];
  return (
    <>
      <Section
        title="Reports and statements by interval"
        lead="Fees are cut into intervals. The operator reports what was asked in each, a scorer states what each contribution did, and if nobody does, the interval is divided by row count."
      >
        <PagedTable
          caption="Intervals"
          columns={columns}
          list={list}
          rowKey={({ interval }) => interval}
          empty={
            <Empty title="No interval was cut yet">
              Anybody may cut one once fees came in: tributary cut {id}, or a keeper does it.
            </Empty>
          }
        />
        <Proves
          proven="how fees were cut, which report the operator signed, and how every interval was divided."
          unproven="that the operator reported its traffic truthfully. Payers that hold receipts can show where a report leaves them out."
        />
      </Section>
      {streamList.map(({ id: stream, dataset }) => (
        <StreamStatements key={stream} stream={stream} dataset={dataset} />
      ))}
      {streamList.length > 0 && <Challenges model={id} />}
    </>
  );
}

type Settlements = ReadonlyMap<number, ReadonlyMap<number, Settlement>>;

function useSettlements(streams: readonly number[]): Settlements {
  const api = useIndex();
  return useQueries({
    queries: streams.map((stream) => ({
      queryKey: [FROM_INDEX, "stream", stream, "settlements"],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => api.until(signal).settlements(stream),
    })),
    combine: (results: UseQueryResult<Answer<readonly Settlement[]>>[]) =>
      new Map(
        results.map(({ data }, i) => [
          streams[i] ?? 0,
          new Map((data?.data ?? []).map((settlement) => [settlement.interval, settlement])),
        ]),
      ),
  });
}

function Outcome({ settlement }: { readonly settlement: Settlement | undefined }) {
  if (settlement === undefined) return <span className="note">open</span>;
  const { status, statementHash, deadline, openChallenges } = settlement;
  if (status === "proRata") return <Badge>by row count</Badge>;
  const name = { open: "open", proposed: "live", final: "final" }[status];
  const tone = { open: "plain", proposed: "busy", final: "good" } as const;
  return (
    <>
      <Badge tone={tone[status]}>{name}</Badge>{" "}
      {statementHash !== null && <Link to={`/statement/${statementHash}`}>Statement</Link>}
      {openChallenges > 0 && (
        <div className="bad-text">
          {openChallenges} open {openChallenges === 1 ? "challenge" : "challenges"}
        </div>
      )}
      {status !== "final" && deadline !== null && (
        <span className="note">
          {" "}
          <Countdown until={deadline} over="can fall back to row count" />
        </span>
      )}
    </>
  );
}

interface StreamProps {
  readonly stream: number;
  readonly dataset: number;
}

function StreamStatements({ stream, dataset }: StreamProps) {
  const list = usePaged(["stream", stream, "statements"], (api, paging) => api.statements({ stream, ...paging }), {
    limit: 10,
  });
  const label = useNameLabel({ kind: "dataset", id: dataset });
  const columns = STATEMENT_COLUMNS.filter(({ header }) => header !== "Model" && header !== "Dataset");
  return (
    <Section title={`Statements for the contributors of ${label}`} aside={<DatasetLink id={dataset} />}>
      <PagedTable
        caption={`Statements for ${label}`}
        columns={columns}
        list={list}
        rowKey={({ hash }) => hash}
        empty={
          <Empty title="No statement was proposed yet">
            A scorer proposes one when an interval has a report: tributary run scorer.
          </Empty>
        }
      />
    </Section>
  );
}

/** Challenges of all statements of the model. */
function Challenges({ model }: { readonly model: number }) {
  const list = usePaged(["model", model, "challenges"], (api, paging) => api.challenges({ model, ...paging }), {
    limit: 10,
  });
  return (
    <Section title="Challenges" lead="Bonded demands that a scorer shows a part of a statement, newest first.">
      <PagedTable
        caption="Challenges of its statements"
        columns={CHALLENGE_COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <Empty title="None of its statements was challenged">Statements can be challenged on their pages.</Empty>
        }
      />
    </Section>
  );
}
