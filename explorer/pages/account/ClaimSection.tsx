import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Account, Claimable, Pending } from "../../../client/indexApi/index.ts";
import { useDisputeTerms } from "../../chain/useParameters.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Figure, Figures, Proves, Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink, modelOf, StatementLink } from "../../components/Links.tsx";
import { type Column, PagedTable, Table } from "../../components/PagedTable.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty } from "../../components/States.tsx";
import { Countdown } from "../../components/Time.tsx";
import { useIndex } from "../../data/IndexContext.ts";
import { useLocalPages } from "../../data/localPages.ts";
import { FROM_INDEX, useAnswer } from "../../data/queries.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { grouped, percent } from "../../words/amounts.ts";
import { claimAllAction, undividedModels } from "./claimActions.ts";
import { ClaimProof } from "./ClaimProof.tsx";

/** What can be claimed now, and what may follow. */
export function ClaimSection({ account }: { readonly account: Account }) {
  const { account: address, balance } = account;
  const api = useIndex();
  const claimable = useAnswer(["account", address, "claimable"], (index) => index.claimable(address));
  const pending = useAnswer(["account", address, "pending"], (index) => index.pending(address));
  const undivided = useQuery({
    queryKey: [FROM_INDEX, "account", address, "undivided", ...account.controls.models],
    queryFn: ({ signal }) => undividedModels(api.until(signal), account),
  });
  const action = useMemo(() => claimAllAction(api, address), [api, address]);
  const waiting = undivided.data?.reduce((sum, { amount }) => sum + amount, 0n) ?? 0n;
  const lines = useLocalPages(claimable, (all) => all.lines, 10);
  const proRata = useLocalPages(claimable, (all) => all.proRata.filter((one) => one.claimable > 0n), 10);
  return (
    <>
      <Section
        title="Claimable now"
        aside={
          <Shown query={claimable} what="what is claimable" lines={1}>
            {({ data }) => (
              <ActionButton
                primary
                action={action}
                unavailable={
                  data.totals.lines + data.totals.proRata + balance + waiting === 0n
                    ? "There is nothing to claim now"
                    : undefined
                }
              />
            )}
          </Shown>
        }
      >
        <Shown query={claimable} what="what is claimable">
          {({ data, indexedTo }) => (
            <>
              <Figures>
                <Figure name="In all" note="with one click, in as few transactions as can be">
                  <Amount value={data.totals.lines + data.totals.proRata + balance + waiting} />
                </Figure>
                <Figure
                  name="By influence"
                  note={`${grouped(data.lines.length)} ${data.lines.length === 1 ? "line" : "lines"} of final statements`}
                >
                  <Amount value={data.totals.lines} />
                </Figure>
                <Figure name="By row count" note="pro-rata; needs no statement">
                  <Amount value={data.totals.proRata} />
                </Figure>
                <Figure name="Balance" note="as developer or scorer, in the ledger">
                  <Amount value={balance} />
                </Figure>
                {waiting > 0n && (
                  <Figure name="To be divided first" note="developer’s shares; the claim divides them">
                    <Amount value={waiting} />
                  </Figure>
                )}
              </Figures>
              <Missing claimable={data} />
              <Source of="the index and published statements" upTo={indexedTo} />
              {data.lines.length > 0 && (
                <>
                  <h3>Lines</h3>
                  <PagedTable
                    caption="Lines that can be claimed"
                    columns={lineColumns(address)}
                    list={lines}
                    rowKey={({ statement, line }) => `${statement} ${line}`}
                    source="the index and published statements"
                    empty={null}
                  />
                </>
              )}
              {data.totals.proRata > 0n && (
                <>
                  <h3>By row count</h3>
                  <PagedTable
                    caption="Contributions with pro-rata money"
                    columns={PRO_RATA_COLUMNS}
                    list={proRata}
                    rowKey={({ stream, line }) => `${stream} ${line}`}
                    empty={null}
                  />
                </>
              )}
              <Proves
                proven="each line’s weight against the root of a final statement, and that it is paid once. The contract checks the proof; this page and the index can only get it wrong, not pay somebody else."
                unproven="that the index lists all that is yours. What it leaves out stays claimable."
              />
            </>
          )}
        </Shown>
      </Section>
      <Section
        title="Pending"
        lead="What may become claimable: lines of statements that can still be challenged, and money of intervals without a statement."
      >
        <Shown query={pending} what="what is pending">
          {({ data, indexedTo }) => (
            <>
              <PendingTables pending={data} account={address} />
              <Source of="the index and published statements" upTo={indexedTo} />
            </>
          )}
        </Shown>
      </Section>
    </>
  );
}

type Line = Claimable["lines"][number];

function lineColumns(account: string): readonly Column<Line>[] {
  return [
    { header: "Statement", cell: ({ statement, interval }) => <StatementLink hash={statement} interval={interval} /> },
    { header: "Model", cell: ({ stream }) => <ModelLink id={modelOf(stream)} /> },
    { header: "Line", figures: true, cell: ({ line }) => line },
    {
      header: "Amount",
      figures: true,
      cell: ({ amount }) =>
        amount === null ? (
          <span className="note">its file is missing</span>
        ) : (
          <Amount value={amount} digits={COLUMN_DIGITS} />
        ),
    },
    {
      header: "Proof",
      cell: ({ statement, missing }) =>
        missing === null ? <ClaimProof account={account} of={statement} /> : <span className="note">–</span>,
    },
  ];
}

const PRO_RATA_COLUMNS: readonly Column<Claimable["proRata"][number]>[] = [
  { header: "Model", cell: ({ model }) => <ModelLink id={model} /> },
  { header: "Dataset", cell: ({ dataset }) => <DatasetLink id={dataset} /> },
  { header: "Place", figures: true, cell: ({ line }) => line },
  { header: "Owed in all", figures: true, cell: ({ owed }) => <Amount value={owed} digits={COLUMN_DIGITS} bare /> },
  { header: "Claimed", figures: true, cell: ({ claimed }) => <Amount value={claimed} digits={COLUMN_DIGITS} bare /> },
  {
    header: "Claimable",
    figures: true,
    cell: ({ claimable }) => <Amount value={claimable} digits={COLUMN_DIGITS} />,
  },
];

function Missing({ claimable: { lines } }: { readonly claimable: Claimable }) {
  const missing = lines.filter((line) => line.missing !== null);
  const [first] = missing;
  if (first === undefined) return null;
  return (
    <p className="fault">
      {grouped(missing.length)} more {missing.length === 1 ? "line" : "lines"} can’t be claimed from here:{" "}
      {first.missing}
    </p>
  );
}

function PendingTables({ pending, account }: { readonly pending: Pending; readonly account: string }) {
  const terms = useDisputeTerms();
  const { lines, streams } = pending;
  if (lines.length === 0 && streams.length === 0) {
    return (
      <Empty title="Nothing is pending">
        When models that were trained on its contributions are paid, their intervals are shown here.
      </Empty>
    );
  }
  const open: Column<Pending["lines"][number]> = {
    header: "Window closes in",
    cell: ({ proposedAt }) =>
      terms.data === undefined ? (
        "…"
      ) : (
        <Countdown until={proposedAt + terms.data.data.window} over="over: it can be made final" />
      ),
  };
  return (
    <>
      {lines.length > 0 && (
        <>
          <h3>
            Lines of live statements <Amount value={pending.totals.lines} />
          </h3>
          <Table
            caption="Lines of live statements"
            columns={[...lineColumns(account).slice(0, 4), open, ...lineColumns(account).slice(4)]}
            rows={lines.slice(0, MOST)}
            rowKey={({ statement, line }) => `${statement} ${line}`}
          />
          <More count={lines.length} />
        </>
      )}
      {streams.length > 0 && (
        <>
          <h3>Not divided yet, among all contributors</h3>
          <Table
            caption="Money that is not divided yet"
            columns={STREAM_COLUMNS}
            rows={streams.slice(0, MOST)}
            rowKey={({ stream }) => stream}
          />
          <More count={streams.length} />
        </>
      )}
    </>
  );
}

/** Rows of what is pending that are shown. */
const MOST = 50;

function More({ count }: { readonly count: number }) {
  return count > MOST ? <p className="note">and {grouped(count - MOST)} more</p> : null;
}

const STREAM_COLUMNS: readonly Column<Pending["streams"][number]>[] = [
  { header: "Model", cell: ({ model }) => <ModelLink id={model} /> },
  { header: "Dataset", cell: ({ dataset }) => <DatasetLink id={dataset} /> },
  { header: "Open", figures: true, cell: ({ open }) => <Amount value={open} digits={COLUMN_DIGITS} /> },
  {
    header: "Its part of the rows",
    figures: true,
    cell: ({ rows, allRows }) => percent(BigInt(rows), BigInt(allRows)),
  },
];
