import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Account, ClaimableProRata } from "../../../client/indexApi/index.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Figure, Figures, Proves, Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink } from "../../components/Links.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { useIndex } from "../../data/IndexContext.ts";
import { FROM_INDEX, useAnswer, usePaged } from "../../data/queries.ts";
import { ActionButton } from "../../wallet/ActionButton.tsx";
import { grouped } from "../../words/amounts.ts";
import { claimAllAction, MOST_AT_ONCE, undividedModels } from "./claimActions.ts";
import { lineColumns, MissingLines } from "./ownLines.tsx";
import { PendingSection } from "./PendingSection.tsx";

/** What can be claimed now, and what may follow. */
export function ClaimSection({ account }: { readonly account: Account }) {
  const { account: address, balance } = account;
  const api = useIndex();
  const claimable = useAnswer(["account", address, "claimable"], (index) => index.claimable(address));
  const undivided = useQuery({
    queryKey: [FROM_INDEX, "account", address, "undivided", ...account.controls.models],
    queryFn: ({ signal }) => undividedModels(api.until(signal), account),
  });
  const action = useMemo(() => claimAllAction(api, address), [api, address]);
  const waiting = undivided.data?.reduce((sum, { amount }) => sum + amount, 0n) ?? 0n;
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
                  note={`${grouped(data.lines)} ${data.lines === 1 ? "line" : "lines"} of final statements`}
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
              <MissingLines count={data.unread} missing={data.missing} />
              {Math.max(data.lines, data.proRata) > MOST_AT_ONCE && (
                <p className="note">
                  One click claims the first {grouped(MOST_AT_ONCE)} lines and contributions; click again for the next.
                </p>
              )}
              <Source of="the index and published statements" upTo={indexedTo} />
              {data.lines > 0 && <Lines account={address} />}
              {data.proRata > 0 && <ProRata account={address} />}
              <Proves
                proven="each line’s weight against the root of a final statement, and that it is paid once. The contract checks the proof; this page and the index can only get it wrong, not pay somebody else."
                unproven="that the index lists all that is yours. What it leaves out stays claimable."
              />
            </>
          )}
        </Shown>
      </Section>
      <PendingSection account={address} />
    </>
  );
}

const PRO_RATA_COLUMNS: readonly Column<ClaimableProRata>[] = [
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

function Lines({ account }: { readonly account: string }) {
  const list = usePaged(
    ["account", account, "claimable", "lines"],
    (api, paging) => api.claimableLines(account, paging),
    { limit: 10, order: "asc" },
  );
  return (
    <>
      <h3>Lines</h3>
      <PagedTable
        caption="Lines that can be claimed"
        columns={lineColumns(account)}
        list={list}
        rowKey={({ statement, line }) => `${statement} ${line}`}
        source="the index and published statements"
        empty={null}
      />
    </>
  );
}

function ProRata({ account }: { readonly account: string }) {
  const list = usePaged(
    ["account", account, "claimable", "pro-rata"],
    (api, paging) => api.claimableProRata(account, paging),
    { limit: 10, order: "asc" },
  );
  return (
    <>
      <h3>By row count</h3>
      <PagedTable
        caption="Contributions with pro-rata money"
        columns={PRO_RATA_COLUMNS}
        list={list}
        rowKey={({ stream, line }) => `${stream} ${line}`}
        empty={null}
      />
    </>
  );
}
