import "../../styles/forms.css";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Account, Claim, Contribution } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Address, Hash, TransactionLink } from "../../components/Hash.tsx";
import { Badge, Fact, Facts, Figure, Figures, Page, Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink, modelOf } from "../../components/Links.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Pager } from "../../components/Pager.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty } from "../../components/States.tsx";
import { Time } from "../../components/Time.tsx";
import { useLocalRows } from "../../data/localPages.ts";
import { useAnswer, usePaged } from "../../data/queries.ts";
import { grouped } from "../../words/amounts.ts";
import { shortHash } from "../../words/hashes.ts";
import { CONTRIBUTIONS } from "../../words/states.ts";
import { PAYMENT_COLUMNS } from "../lists/columns.tsx";
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
      lead="What it earns from, what it controls, and what it can take now."
      aside={<Hash value={address} what="the address" />}
    >
      <Shown query={account} what="the account" lines={8}>
        {({ data, indexedTo }) => (
          <>
            <ClaimSection account={data} />
            <Section title="Earned and paid so far">
              <Figures>
                <Figure name="By influence" note="lines, claimed">
                  <Amount value={data.earned.lines} />
                </Figure>
                <Figure name="By row count" note="pro-rata, claimed">
                  <Amount value={data.earned.proRata} />
                </Figure>
                <Figure name="As developer" note="divided by the ledger">
                  <Amount value={data.earned.developer} />
                </Figure>
                <Figure name="As scorer" note="fees of final statements">
                  <Amount value={data.earned.scorer} />
                </Figure>
                <Figure name="Paid for answers" note="as caller">
                  <Amount value={data.paid} />
                </Figure>
              </Figures>
              <Source upTo={indexedTo} />
            </Section>
            <Roles account={data} />
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

function Roles({ account: { controls, earnsFrom } }: { readonly account: Account }) {
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
  { header: "Place", figures: true, cell: ({ position }) => position ?? <span className="note">–</span> },
  { header: "Root", cell: ({ root }) => <Hash value={root} what="the root over the rows" /> },
  {
    header: "State",
    cell: ({ status }) => <Badge tone={CONTRIBUTIONS[status].tone}>{CONTRIBUTIONS[status].name}</Badge>,
  },
  { header: "Rows", figures: true, cell: ({ rows }) => grouped(rows) },
  { header: "Submitted", cell: ({ submittedAt }) => <Time at={submittedAt} /> },
];

function Contributions({ account: { account } }: { readonly account: Account }) {
  const list = usePaged(["account", account, "contributions"], (api, paging) =>
    api.accountContributions(account, paging),
  );
  return (
    <Section title="Contributions">
      <PagedTable
        caption="Contributions of the account"
        columns={CONTRIBUTION_COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <Empty title="It contributed nothing">
            Open a <Link to="/datasets">dataset</Link> to contribute.
          </Empty>
        }
      />
    </Section>
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
    <Section title="Claimed" lead="What was paid out of statements and by row count.">
      <PagedTable
        caption="Claims of the account"
        columns={columns}
        list={list}
        rowKey={({ id }) => id}
        empty={<Empty title="Nothing was claimed yet">What can be claimed is shown above.</Empty>}
      />
    </Section>
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
    <Section title="Payments" lead="What it paid for answers.">
      <PagedTable
        caption="Payments of the account"
        columns={PAYMENT_COLUMNS.filter(({ header }) => header !== "Payer")}
        list={list}
        rowKey={({ id }) => id}
        empty={<Empty title="It paid for nothing" />}
      />
    </Section>
  );
}
