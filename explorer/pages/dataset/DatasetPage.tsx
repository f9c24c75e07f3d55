import "../../styles/forms.css";
import { Link } from "wouter";
import type { Contribution, Contributor, Dataset, DatasetModel, Version } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { AmountFigures } from "../../components/AmountFigures.tsx";
import { Address } from "../../components/Hash.tsx";
import { Page, Proves, Section } from "../../components/Layout.tsx";
import { ModelLink } from "../../components/Links.tsx";
import { ListSection } from "../../components/ListSection.tsx";
import type { Column } from "../../components/PagedTable.tsx";
import { Share } from "../../components/Share.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { IndexBadge } from "../../components/StateBadge.tsx";
import { Time } from "../../components/Time.tsx";
import { digestIn, useCard } from "../../data/cards.ts";
import { useLocalPages } from "../../data/localPages.ts";
import { useAnswer, usePaged } from "../../data/queries.ts";
import { grouped, percentOfBps } from "../../words/amounts.ts";
import { modalityName, modelKindName } from "../../words/kinds.ts";
import { CONTRIBUTION_COLUMNS as COLUMNS } from "../lists/columns.tsx";
import { numberIn } from "../numbers.ts";
import { Contribute } from "./Contribute.tsx";
import { DatasetCard } from "./DatasetCard.tsx";
import { ReviewQueue } from "./ReviewQueue.tsx";

/** A dataset: what is in it, on which terms, and what it earned whom. */
export function DatasetPage({ params }: PageProps) {
  const id = numberIn(params.id, "dataset");
  const dataset = useAnswer(["dataset", id], (api) => api.dataset(id));
  const card = useCard(dataset.data?.data.metadataDigest, dataset.data?.data.uri ?? "");
  return (
    <Page
      kind={`Dataset ${id}`}
      title={card.data?.name || `Dataset ${id}`}
      lead="What wallets put in, who is paid for it, and which models were trained on it."
      aside={
        <Link to={`/register/dataset/${id}`} className="button">
          Register a model trained on it
        </Link>
      }
    >
      <Shown query={dataset} what="the dataset" lines={8}>
        {({ data, indexedTo }) => (
          <>
            <Money dataset={id} rows={data.rows} />
            <DatasetCard dataset={data} indexedTo={indexedTo} />
            <Contributors dataset={id} />
            <Models dataset={id} />
            <ReviewQueue dataset={data} />
            <Contribute dataset={data} />
            <Contributions dataset={data} />
            <Versions dataset={id} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function Money({ dataset, rows }: { readonly dataset: number; readonly rows: number }) {
  const money = useAnswer(["dataset", dataset, "money"], (api) => api.datasetMoney(dataset));
  return (
    <Section title="What it earned">
      <Shown query={money} what="what the dataset earned">
        {({ data, indexedTo }) => (
          <>
            <AmountFigures
              of={[
                {
                  name: "Earned by contributors",
                  amount: data.earned,
                  note: `${grouped(data.contributors)} wallets, ${grouped(rows)} rows`,
                },
                { name: "By influence", amount: data.lines, note: "lines of final statements" },
                { name: "By row count", amount: data.proRata, note: "pro-rata" },
                { name: "Claimed", amount: data.claimed, note: "of what was earned" },
                { name: "Not divided yet", amount: data.open, note: "of intervals without a final statement" },
              ]}
            />
            {data.unread.length > 0 && (
              <p className="note">
                The lines of {data.unread.length} final {data.unread.length === 1 ? "statement" : "statements"} aren’t
                in these sums: their files aren’t with the index’s server.
              </p>
            )}
            <Source of="the index and published statements" upTo={indexedTo} />
          </>
        )}
      </Shown>
    </Section>
  );
}

const CONTRIBUTOR_COLUMNS: readonly Column<Contributor>[] = [
  { header: "Contributor", cell: ({ contributor }) => <Address value={contributor} /> },
  {
    header: "Share of what was earned",
    cell: ({ share }) => <Share part={BigInt(share)} whole={1_000_000n} />,
  },
  { header: "Earned", figures: true, cell: ({ earned }) => <Amount value={earned} digits={COLUMN_DIGITS} /> },
  { header: "By influence", figures: true, cell: ({ lines }) => <Amount value={lines} digits={COLUMN_DIGITS} bare /> },
  { header: "By rows", figures: true, cell: ({ proRata }) => <Amount value={proRata} digits={COLUMN_DIGITS} bare /> },
  { header: "Claimed", figures: true, cell: ({ claimed }) => <Amount value={claimed} digits={COLUMN_DIGITS} bare /> },
  { header: "Rows", figures: true, cell: ({ rows }) => grouped(rows) },
];

function Contributors({ dataset }: { readonly dataset: number }) {
  const list = usePaged(["dataset", dataset, "contributors"], (api, paging) => api.contributors(dataset, paging), {
    limit: 10,
    order: "asc",
  });
  return (
    <ListSection
      title="Contributors"
      lead="Who earned most comes first."
      caption="Contributors and their shares"
      columns={CONTRIBUTOR_COLUMNS}
      list={list}
      rowKey={({ contributor }) => contributor}
      source="the index and published statements"
      nothing="Nobody is in it yet"
      until="The first accepted contribution makes its wallet a contributor."
    >
      <Proves
        proven="which wallet committed to which rows and when, how many of them count, and every amount that was paid."
        unproven="that the rows are what the curator took them for, that they are the contributor’s own, and that the influence index behind the statements was computed honestly. Where rows and model are public, anybody can recompute it."
      />
    </ListSection>
  );
}

const MODEL_COLUMNS: readonly Column<DatasetModel>[] = [
  { header: "Model", cell: ({ model, uri }) => <ModelLink id={model} digest={digestIn(uri) ?? null} /> },
  { header: "Kind", cell: ({ kind }) => modelKindName(kind) },
  { header: "Developer", cell: ({ owner }) => <Address value={owner} /> },
  { header: "Version", figures: true, cell: ({ version }) => version },
  { header: "Contributors get", figures: true, cell: ({ shareBps }) => percentOfBps(shareBps) },
  { header: "Influence index", cell: ({ index }) => <IndexBadge index={index} /> },
  { header: "Payments", figures: true, cell: ({ payments }) => grouped(payments) },
  { header: "Paid in", figures: true, cell: ({ gross }) => <Amount value={gross} digits={2} /> },
];

function Models({ dataset }: { readonly dataset: number }) {
  const list = usePaged(["dataset", dataset, "models"], (api, paging) => api.datasetModels(dataset, paging));
  return (
    <ListSection
      title="Models trained on it"
      lead="Each sends its share here with every paid answer."
      columns={MODEL_COLUMNS}
      list={list}
      rowKey={({ id }) => id}
      nothing="No model names it yet"
      until="Models name a frozen version when they are registered."
    />
  );
}

const CONTRIBUTION_COLUMNS: readonly Column<Contribution>[] = [
  COLUMNS.place,
  { header: "Contributor", cell: ({ contributor }) => <Address value={contributor} /> },
  COLUMNS.root,
  COLUMNS.state,
  COLUMNS.rows,
  {
    header: "Counted",
    figures: true,
    cell: ({ counted, retiredFrom }) => (
      <>
        {counted === null ? <span className="note">–</span> : grouped(counted)}
        {retiredFrom !== null && <span className="note"> until version {retiredFrom - 1}</span>}
      </>
    ),
  },
  COLUMNS.submitted,
];

function Contributions({ dataset }: { readonly dataset: Dataset }) {
  const list = usePaged(["dataset", dataset.id, "contributions"], (api, paging) =>
    api.contributions(dataset.id, paging),
  );
  return (
    <ListSection
      title="Contributions"
      lead={`Each is one root over ${modalityName(dataset.modality)} rows. Rows themselves are never on the chain.`}
      columns={CONTRIBUTION_COLUMNS}
      list={list}
      rowKey={({ id }) => id}
      nothing="Nothing was contributed yet"
      until="Be the first, with the form above."
    />
  );
}

const VERSION_COLUMNS: readonly Column<Version>[] = [
  { header: "Version", cell: ({ version }) => version },
  { header: "Contributions", figures: true, cell: ({ contributions }) => grouped(contributions) },
  { header: "Rows that count", figures: true, cell: ({ rows }) => grouped(rows) },
  { header: "Frozen", cell: ({ frozenAt }) => <Time at={frozenAt} /> },
];

function Versions({ dataset }: { readonly dataset: number }) {
  const versions = useAnswer(["dataset", dataset, "versions"], (api) => api.versions(dataset));
  const list = useLocalPages(versions, (all) => all.toReversed(), 10);
  return (
    <ListSection
      title="Versions"
      lead="A version is a prefix of the accepted contributions, and never changes."
      columns={VERSION_COLUMNS}
      list={list}
      rowKey={({ version }) => version}
      nothing="No version is frozen yet"
      until="Models can name the dataset once its owner freezes one."
    />
  );
}
