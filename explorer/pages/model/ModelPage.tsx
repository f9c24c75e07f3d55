import "../../styles/charts.css";
import "../../styles/forms.css";
import { Fragment } from "react";
import { Link } from "wouter";
import type { Block, Model } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { Amount } from "../../components/Amount.tsx";
import { AmountFigures } from "../../components/AmountFigures.tsx";
import { Address, Hash } from "../../components/Hash.tsx";
import { Badge, Fact, Facts, Page, Proves, Section } from "../../components/Layout.tsx";
import { DatasetLink, ModelLink } from "../../components/Links.tsx";
import { ListSection } from "../../components/ListSection.tsx";
import { PublishedAt, PublishedCard } from "../../components/PublishedCard.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { IndexBadge } from "../../components/StateBadge.tsx";
import { Time } from "../../components/Time.tsx";
import { digestIn, useCard } from "../../data/cards.ts";
import { useAnswer, usePaged } from "../../data/queries.ts";
import { grouped, percentOfBps } from "../../words/amounts.ts";
import { modelKindName, kindsOf } from "../../words/kinds.ts";
import { PAYMENT_COLUMNS } from "../lists/columns.tsx";
import { numberIn } from "../numbers.ts";
import { Intervals } from "./Intervals.tsx";
import { LineageSection } from "./LineageSection.tsx";
import { MoneySection } from "./MoneySection.tsx";
import { Pay } from "./Pay.tsx";
import { Snippet } from "./Snippet.tsx";

const NOBODY = /^0x0+$/;

/** A model or agent: what it is, what it costs, and where the money goes that is paid for it. */
export function ModelPage({ params }: PageProps) {
  const id = numberIn(params.id, "model");
  const model = useAnswer(["model", id], (api) => api.model(id));
  const kind = model.data?.data.kind;
  const card = useModelCard(model.data?.data);
  return (
    <Page
      kind={`Model ${id}${kind === undefined ? "" : `, ${modelKindName(kind)}`}`}
      title={card.data?.name || `Model ${id}`}
      lead="What it is made from, what an answer costs, and whom each payment reached."
      aside={model.data !== undefined && <Price model={model.data.data} />}
    >
      <Shown query={model} what="the model" lines={8}>
        {({ data, indexedTo }) => (
          <>
            <Income model={data} indexedTo={indexedTo} />
            <MoneySection model={id} />
            <LineageSection model={id} />
            <Card model={data} indexedTo={indexedTo} />
            <div className="columns">
              <Snippet model={data} />
              <Pay model={data} />
            </div>
            <Intervals model={data} />
            <Payments model={id} />
          </>
        )}
      </Shown>
    </Page>
  );
}

/** The card whose digest stands in a model's registration. */
function useModelCard(model: Model | undefined) {
  const uri = model?.uri ?? "";
  return useCard(digestIn(uri), uri);
}

function Price({ model: { price } }: { readonly model: Model }) {
  return price === null ? (
    <Badge>not for sale</Badge>
  ) : (
    <p className="price">
      <Amount value={price} />
      <span className="note"> an answer, or more</span>
    </p>
  );
}

function Income({ model, indexedTo }: { readonly model: Model; readonly indexedTo: Block | null }) {
  const { income, developerBps, parentEdges, streamList } = model;
  const parentBps = parentEdges.reduce((sum, { shareBps }) => sum + shareBps, 0);
  const dataBps = streamList.reduce((sum, { shareBps }) => sum + shareBps, 0);
  const parts = [
    { name: "Developer", colour: "model", bps: developerBps },
    { name: "Parents", colour: "parent", bps: parentBps },
    { name: "Contributors", colour: "contributor", bps: dataBps },
  ].filter(({ bps }) => bps > 0);
  return (
    <Section title="Income">
      <AmountFigures
        of={[
          { name: "Paid by callers", amount: income.gross, note: `${grouped(income.payments)} payments` },
          {
            name: "Royalties of its children",
            amount: income.royalties,
            note: "from models that name it as parent",
          },
          { name: "Net fees", amount: income.fees, note: "after the protocol fee" },
        ]}
      />
      <div
        className="parts"
        role="img"
        aria-label={parts.map(({ name, bps }) => `${name} ${percentOfBps(bps)}`).join(", ")}
      >
        {parts.map(({ name, colour, bps }) => (
          <span key={name} style={{ width: `${bps / 100}%`, background: `var(--${colour})` }} />
        ))}
      </div>
      <p className="key">
        {parts.map(({ name, colour, bps }) => (
          <span key={name}>
            <i style={{ background: `var(--${colour})` }} aria-hidden="true" />
            {name} <span className="number">{percentOfBps(bps)}</span>
          </span>
        ))}
        <span className="note">of net fees and royalties, for the life of the model</span>
      </p>
      <Source upTo={indexedTo} />
    </Section>
  );
}

function Card({ model, indexedTo }: { readonly model: Model; readonly indexedTo: Block | null }) {
  const { owner, operator, payout, artifactDigest, recipeDigest, methodDigest, basisDigest, lanes } = model;
  const card = useModelCard(model);
  const allowed = kindsOf(model.childKinds);
  return (
    <Section title="Card" lead="What its developer registered. The files themselves are published elsewhere, or kept.">
      <div className="panel form">
        {digestIn(model.uri) !== undefined && <PublishedCard card={card} />}
        <Facts>
          <Fact name="Developer">
            <Address value={owner} />
          </Fact>
          <Fact name="Operator" hint="Serves it, and signs receipts and usage reports">
            {NOBODY.test(operator) ? "none named" : <Address value={operator} />}
          </Fact>
          <Fact name="Developer’s share goes to">
            {NOBODY.test(payout) ? "the developer" : <Address value={payout} />}
          </Fact>
          <Fact name="Registered">
            <Time at={model.registeredAt} />
          </Fact>
          <Fact name="Models made from it">
            {allowed.length === 0
              ? "none allowed"
              : `${allowed.length === 6 ? "any kind" : allowed.join(", ")}, for ${percentOfBps(model.childBps)} or more`}
          </Fact>
          <Fact name="Weights or configuration" hint="SHA-256 of the artifact">
            <Hash value={artifactDigest} what="the artifact’s digest" />
          </Fact>
          <Fact name="How it was made" hint="SHA-256 of the recipe">
            {NOBODY.test(recipeDigest) ? "not said" : <Hash value={recipeDigest} what="the recipe’s digest" />}
          </Fact>
          {methodDigest !== null && basisDigest !== null && (
            <>
              <Fact name="Attribution method" hint={`SHA-256 of the method’s description; ${lanes ?? 0} lanes`}>
                <Hash value={methodDigest} what="the method’s digest" />
              </Fact>
              <Fact name="Basis" hint="SHA-256 of what turns features into lanes">
                <Hash value={basisDigest} what="the basis’s digest" />
              </Fact>
            </>
          )}
          <Fact name="Card is published at">
            <PublishedAt uri={model.uri} />
          </Fact>
          {model.supersedes !== null && (
            <Fact name="New version of">
              <ModelLink id={model.supersedes} />
            </Fact>
          )}
          {model.supersededBy !== null && (
            <Fact name="Superseded by">
              <ModelLink id={model.supersededBy} />
            </Fact>
          )}
          {model.streamList.map(({ id, dataset, version, index }) => (
            <Fragment key={id}>
              <Fact name="Trained on">
                <DatasetLink id={dataset} /> <span className="note">version {version}</span>
              </Fact>
              <Fact name="Influence index" hint="What weights of its contributors are computed from">
                <IndexBadge index={index} />
              </Fact>
            </Fragment>
          ))}
        </Facts>
        <Proves
          proven="who registered it, which sources it names, and that their shares can’t change any more."
          unproven="that it was trained on these sources and on nothing else. A developer that leaves one out is caught by people, not by the chain."
        />
        {model.childKinds > 0 && (
          <p>
            <Link to={`/register/parent/${model.id}`}>Register a model made from it</Link>
          </p>
        )}
        <Source of="the model registry, through the index" upTo={indexedTo} />
      </div>
    </Section>
  );
}

function Payments({ model }: { readonly model: number }) {
  const list = usePaged(["model", model, "payments"], (api, paging) => api.modelPayments(model, paging), { limit: 10 });
  return (
    <ListSection
      title="Payments"
      lead="What was paid for its answers, newest first."
      columns={PAYMENT_COLUMNS.filter(({ header }) => header !== "Model")}
      list={list}
      rowKey={({ id }) => id}
      nothing="Nothing was paid yet"
      until="Be the first, with the form above."
    />
  );
}
