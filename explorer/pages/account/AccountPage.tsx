import "../../styles/forms.css";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Account, Block, Claim, Contribution } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { AmountFigures } from "../../components/AmountFigures.tsx";
import { Address, TransactionLink, WholeHash } from "../../components/Hash.tsx";
import { Fact, Facts, Page, Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink, modelOf } from "../../components/Links.tsx";
import { ListSection } from "../../components/ListSection.tsx";
import type { Column } from "../../components/PagedTable.tsx";
import { Pager } from "../../components/Pager.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Time } from "../../components/Time.tsx";
import { useLocalRows } from "../../data/localPages.ts";
import { useAnswer, usePaged } from "../../data/queries.ts";
import { shortHash } from "../../words/hashes.ts";
import { CONTRIBUTION_COLUMNS as COLUMNS, PAYMENT_COLUMNS } from "../lists/columns.tsx";
import { ClaimProof } from "./ClaimProof.tsx";
import { ClaimSection } from "./ClaimSection.tsx";
import { History } from "./History.tsx";
import { Money } from "./Money.tsx";

/** An account: what it earns, controls and holds, and everything that it can take. */
export function AccountPage({ params }: PageProps) {
  const address = params.address ?? "";
  const account = useAnswer(["account", address], (api) => api.account(address));
  return (
    <Page
      kind="Account"
      title={shortHash(address, 6)}
      lead={
        <>
          What it earns from, what it controls, and what it can take now.{" "}
          <WholeHash value={address} what="the address" />
        </>
      }
    >
      <Shown query={account} what="the account" lines={8}>
        {({ data, indexedTo }) => (
          <>
            <ClaimSection account={data} />
            <Section title="Earned and paid so far">
              <AmountFigures
                of={[
                  { name: "By influence", amount: data.earned.lines, note: "lines, claimed" },
                  { name: "By row count", amount: data.earned.proRata, note: "pro-rata, claimed" },
                  { name: "As developer", amount: data.earned.developer, note: "divided by the ledger" },
                  { name: "As scorer", amount: data.earned.scorer, note: "fees of final statements" },
                  { name: "Paid for answers", amount: data.paid, note: "as caller" },
                ]}
              />
              <Source upTo={indexedTo} />
            </Section>
            <Roles account={data} indexedTo={indexedTo} />
            <Money account={data} indexedTo={indexedTo} />
            <Contributions account={data} />
            <Claims account={data} />
            <Payments account={data} />
            <History account={data} />
          </>
        )}
      </Shown>
    </Page>
  );
}

interface RolesProps {
  readonly account: Account;
  readonly indexedTo: Block | null;
}

function Roles({ account: { controls, earnsFrom }, indexedTo }: RolesProps) {
  const models = (ids: readonly number[]) => <Numbers ids={ids} of={(id) => <ModelLink key={id} id={id} />} />;
  const datasets = (ids: readonly number[]) => <Numbers ids={ids} of={(id) => <DatasetLink key={id} id={id} />} />;
  return (
    <Section title="Earns from and controls">
      <div className="panel">
        <Facts>
          <Fact name="Earns from" hint="Models that were trained on its accepted contributions">
            {models(earnsFrom)}
          </Fact>
          <Fact name="Owns datasets">{datasets(controls.datasets)}</Fact>
          <Fact name="Curates">{datasets(controls.curates)}</Fact>
          <Fact name="Owns models">{models(controls.models)}</Fact>
          <Fact name="Operates" hint="Signs receipts and usage reports of these models">
            {models(controls.operates)}
          </Fact>
        </Facts>
      </div>
      <Source upTo={indexedTo} />
    </Section>
  );
}

/** Numbers of a list that are shown at once. */
const SHOWN = 24;

function Numbers({ ids, of }: { readonly ids: readonly number[]; readonly of: (id: number) => ReactNode }) {
  const list = useLocalRows(ids, SHOWN);
  if (ids.length === 0) return <span className="note">none</span>;
  return (
    <span className="inline">
      {list.rows?.map(of)}
      <Pager list={list} what="numbers" />
    </span>
  );
}

const CONTRIBUTION_COLUMNS: readonly Column<Contribution>[] = [
  { header: "Dataset", cell: ({ dataset }) => <DatasetLink id={dataset} /> },
  COLUMNS.place,
  COLUMNS.root,
  COLUMNS.state,
  COLUMNS.rows,
  COLUMNS.submitted,
];

function Contributions({ account: { account } }: { readonly account: Account }) {
  const list = usePaged(["account", account, "contributions"], (api, paging) =>
    api.accountContributions(account, paging),
  );
  return (
    <ListSection
      title="Contributions"
      caption="Contributions of the account"
      columns={CONTRIBUTION_COLUMNS}
      list={list}
      rowKey={({ id }) => id}
      nothing="It contributed nothing"
      until={
        <>
          Open a <Link to="/datasets">dataset</Link> to contribute.
        </>
      }
    />
  );
}

function Claims({ account: { account } }: { readonly account: Account }) {
  const list = usePaged(["account", account, "claims"], (api, paging) => api.accountClaims(account, paging), {
    limit: 10,
  });
  const columns: readonly Column<Claim>[] = [
    { header: "For", cell: ({ kind }) => (kind === "line" ? "influence" : "row count") },
    { header: "Of", cell: ({ stream }) => <ModelLink id={modelOf(stream)} /> },
    { header: "Amount", figures: true, cell: ({ amount }) => <Amount value={amount} digits={COLUMN_DIGITS} /> },
    { header: "Went to", cell: ({ recipient }) => <Address value={recipient} /> },
    { header: "When", cell: ({ time }) => <Time at={time} /> },
    { header: "Transaction", cell: ({ transactionHash }) => <TransactionLink hash={transactionHash} /> },
    {
      header: "Proof",
      cell: ({ kind, stream, payoutHash }) =>
        kind === "line" && payoutHash !== null ? (
          <ClaimProof account={account} of={{ stream, payoutHash }} />
        ) : (
          <span className="note">needs none</span>
        ),
    },
  ];
  return (
    <ListSection
      title="Claimed"
      lead="What was paid out of statements and by row count."
      caption="Claims of the account"
      columns={columns}
      list={list}
      rowKey={({ id }) => id}
      nothing="Nothing was claimed yet"
      until="What can be claimed is shown above."
    />
  );
}

function Payments({ account: { account, paid } }: { readonly account: Account }) {
  const list = usePaged(
    ["account", account, "payments"],
    (api, paging) => api.payments({ payer: account, ...paging }),
    {
      limit: 10,
    },
  );
  if (paid === 0n) return null;
  return (
    <ListSection
      title="Payments"
      lead="What it paid for answers."
      caption="Payments of the account"
      columns={PAYMENT_COLUMNS.filter(({ header }) => header !== "Payer")}
      list={list}
      rowKey={({ id }) => id}
      nothing="It paid for nothing"
    />
  );
}
