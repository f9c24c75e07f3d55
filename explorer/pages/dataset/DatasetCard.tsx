import type { Block, Dataset } from "../../../client/indexApi/index.ts";
import { useCurrency } from "../../chain/useCurrency.ts";
import { Address, Hash } from "../../components/Hash.tsx";
import { Fact, Facts, Section } from "../../components/Layout.tsx";
import { PublishedAt, PublishedCard } from "../../components/PublishedCard.tsx";
import { Source } from "../../components/Source.tsx";
import { Time } from "../../components/Time.tsx";
import { useCard } from "../../data/cards.ts";
import { amountText } from "../../words/amounts.ts";
import { modalityName } from "../../words/kinds.ts";
import { termsInWords } from "./terms.ts";

/** What a dataset says of itself, and the terms that the chain holds it to. */
export function DatasetCard({ dataset, indexedTo }: { readonly dataset: Dataset; readonly indexedTo: Block | null }) {
  const card = useCard(dataset.metadataDigest, dataset.uri);
  const currency = useCurrency();
  const deposit = currency === undefined ? "…" : amountText(dataset.deposit, currency.decimals).exact;
  const { owner, curators, metadataDigest, createdAt, licence, modality } = dataset;
  const others = curators.filter((curator) => curator !== owner);
  return (
    <div className="columns">
      <Section title="Card" lead="What its owner published; the chain has the digest.">
        <div className="panel form">
          <PublishedCard card={card} />
          <Facts>
            <Fact name="Licence">{licence === "" ? "none given" : licence}</Fact>
            <Fact name="Rows are">{modalityName(modality)}</Fact>
            <Fact name="Owner">
              <Address value={owner} />
            </Fact>
            <Fact name="Other curators" hint="Who else may accept and reject contributions">
              {others.length === 0
                ? "none"
                : others.map((curator) => (
                    <div key={curator}>
                      <Address value={curator} />
                    </div>
                  ))}
            </Fact>
            <Fact name="Created">
              <Time at={createdAt} />
            </Fact>
            <Fact name="Digest of the card" hint="SHA-256, on the chain">
              <Hash value={metadataDigest} what="the digest" />
            </Fact>
            <Fact name="Published at">
              <PublishedAt uri={dataset.uri} />
            </Fact>
          </Facts>
        </div>
      </Section>
      <Section title="Terms" lead="After the first version they can change in the contributors’ favour only.">
        <div className="panel form">
          <dl className="terms">
            {termsInWords(dataset, `${deposit} ${currency?.symbol ?? ""}`.trim()).map(({ about, says }) => (
              <div key={about}>
                <dt>{about}</dt>
                <dd>{says}</dd>
              </div>
            ))}
          </dl>
          <Source of="the dataset registry, through the index" upTo={indexedTo} />
        </div>
      </Section>
    </div>
  );
}
