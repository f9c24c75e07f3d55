import { ClientError } from "../../../client/clientError.ts";
import type { Block, Dataset } from "../../../client/indexApi/index.ts";
import { useCurrency } from "../../chain/useCurrency.ts";
import { Address, Hash } from "../../components/Hash.tsx";
import { Fact, Facts, Section } from "../../components/Layout.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Time } from "../../components/Time.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { webAddress } from "../../data/files.ts";
import { amountText, grouped } from "../../words/amounts.ts";
import { modalityName } from "../../words/kinds.ts";
import { type Published, useDescription } from "./description.ts";
import { termsInWords } from "./terms.ts";

/** What a dataset says of itself, and the terms that the chain holds it to. */
export function DatasetCard({ dataset, indexedTo }: { readonly dataset: Dataset; readonly indexedTo: Block | null }) {
  const description = useDescription(dataset);
  const currency = useCurrency();
  const deposit = currency === undefined ? "…" : amountText(dataset.deposit, currency.decimals).exact;
  const { owner, curators, metadataDigest, createdAt, licence, modality } = dataset;
  const others = curators.filter((curator) => curator !== owner);
  return (
    <div className="columns">
      <Section title="Card" lead="What its owner published; the chain has the digest.">
        <div className="panel form">
          {isMissing(description.error) ? (
            <p className="note">
              The card isn’t with the index’s server, so only what the chain has is shown. Whoever has the file can
              check it against the digest below.
            </p>
          ) : (
            <Shown query={description} what="the description">
              {(published) => <Description published={published} />}
            </Shown>
          )}
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
          </Facts>
          <PublishedAt uri={dataset.uri} />
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

function isMissing(error: Error | null): boolean {
  return error instanceof ClientError && error.code === "file-missing";
}

function Description({ published }: { readonly published: Published }) {
  if (published.is === "other") {
    return (
      <p className="note">
        A file of {grouped(published.bytes)} bytes is published that is neither a Croissant description nor JSON.
      </p>
    );
  }
  if (published.is === "json") {
    return (
      <Facts>
        {published.members.map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
      </Facts>
    );
  }
  const { description, licences, creators, keywords = [], rowCount, datePublished, url, files } = published.description;
  return (
    <>
      {description !== "" && <p>{description}</p>}
      <Facts>
        {creators.length > 0 && <Fact name="By">{creators.map(({ name }) => name).join(", ")}</Fact>}
        {licences.length > 0 && <Fact name="Licence in the card">{licences.join(", ")}</Fact>}
        {rowCount !== undefined && <Fact name="Rows in the card">{grouped(rowCount)}</Fact>}
        {files.length > 0 && <Fact name="Files">{grouped(files.length)}</Fact>}
        {datePublished !== "" && <Fact name="Published">{datePublished}</Fact>}
        {keywords.length > 0 && <Fact name="Keywords">{keywords.join(", ")}</Fact>}
        {/^https?:\/\//.test(url) && (
          <Fact name="Page">
            <a href={url} rel="noreferrer" target="_blank">
              {new URL(url).host}
            </a>
          </Fact>
        )}
      </Facts>
      <p className="note">A Croissant description; its bytes have the digest that is on the chain.</p>
    </>
  );
}

/** Where something is published, by the chain's word. */
export function PublishedAt({ uri }: { readonly uri: string }) {
  const { ipfs } = useConfig();
  const address = webAddress(uri, ipfs);
  if (uri === "") return null;
  return (
    <p className="note breakable">
      Published at{" "}
      {address === undefined ? (
        <code>{uri}</code>
      ) : (
        <a href={address} rel="noreferrer" target="_blank">
          {uri}
        </a>
      )}
    </p>
  );
}
