import type { Pending, PendingLine, PendingStream } from "../../../client/indexApi/index.ts";
import { useDisputeTerms } from "../../chain/useParameters.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink } from "../../components/Links.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Empty } from "../../components/States.tsx";
import { Countdown } from "../../components/Time.tsx";
import { useAnswer, usePaged } from "../../data/queries.ts";
import { grouped, percent } from "../../words/amounts.ts";
import { lineColumns, MissingLines } from "./ownLines.tsx";

/** What may become an account's: sums over all of it, and lists piece by piece. */
export function PendingSection({ account }: { readonly account: string }) {
  const pending = useAnswer(["account", account, "pending"], (api) => api.pending(account));
  return (
    <Section
      title="Pending"
      lead="What may become claimable: lines of statements that can still be challenged, and money of intervals without a statement."
    >
      <Shown query={pending} what="what is pending">
        {({ data }) =>
          data.lines + data.streams === 0 ? (
            <Empty title="Nothing is pending">
              When models that were trained on its contributions are paid, their intervals are shown here.
            </Empty>
          ) : (
            <>
              {data.lines > 0 && <Lines pending={data} />}
              {data.streams > 0 && <Streams account={account} />}
            </>
          )
        }
      </Shown>
    </Section>
  );
}

function Lines({ pending }: { readonly pending: Pending }) {
  const { account, totals, lines, unread, missing } = pending;
  const terms = useDisputeTerms();
  const list = usePaged(["account", account, "pending", "lines"], (api, paging) => api.pendingLines(account, paging), {
    limit: 10,
    order: "asc",
  });
  const window: Column<PendingLine> = {
    header: "Window closes in",
    cell: ({ proposedAt }) =>
      terms.data === undefined ? (
        <span aria-busy="true">…</span>
      ) : (
        <Countdown until={proposedAt + terms.data.data.window} over="over: it can be made final" />
      ),
  };
  const columns = lineColumns(account);
  return (
    <>
      <h3>
        Lines of live statements: <Amount value={totals.lines} />{" "}
        <span className="note">
          in {grouped(lines)} {lines === 1 ? "line" : "lines"}
        </span>
      </h3>
      <MissingLines count={unread} missing={missing} />
      <PagedTable
        caption="Lines of live statements"
        columns={[...columns.slice(0, -1), window, ...columns.slice(-1)]}
        list={list}
        rowKey={({ statement, line }) => `${statement} ${line}`}
        source="the index and published statements"
        empty={null}
      />
    </>
  );
}

const STREAM_COLUMNS: readonly Column<PendingStream>[] = [
  { header: "Model", cell: ({ model }) => <ModelLink id={model} /> },
  { header: "Dataset", cell: ({ dataset }) => <DatasetLink id={dataset} /> },
  { header: "Open", figures: true, cell: ({ open }) => <Amount value={open} digits={COLUMN_DIGITS} /> },
  {
    header: "Its part of the rows",
    figures: true,
    cell: ({ rows, allRows }) => percent(BigInt(rows), BigInt(allRows)),
  },
];

function Streams({ account }: { readonly account: string }) {
  const list = usePaged(
    ["account", account, "pending", "streams"],
    (api, paging) => api.pendingStreams(account, paging),
    { limit: 10, order: "asc" },
  );
  return (
    <>
      <h3>Not divided yet, among all contributors</h3>
      <PagedTable
        caption="Money that is not divided yet"
        columns={STREAM_COLUMNS}
        list={list}
        rowKey={({ stream }) => stream}
        source="the index and published statements"
        empty={null}
      />
    </>
  );
}
