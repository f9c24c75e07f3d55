import type { UseQueryResult } from "@tanstack/react-query";
import { ClientError } from "../../client/clientError.ts";
import { useConfig } from "../config/ConfigContext.ts";
import { type Card, digestIn } from "../data/cards.ts";
import { webAddress } from "../data/files.ts";
import { useIndex } from "../data/IndexContext.ts";
import { grouped } from "../words/amounts.ts";
import { capitalised } from "../words/text.ts";
import { Hash } from "./Hash.tsx";
import { Fact, Facts } from "./Layout.tsx";
import { Shown } from "./Shown.tsx";

/** What somebody has published about a dataset or model, or why it can't be shown. */
export function PublishedCard({ card }: { readonly card: UseQueryResult<Card> }) {
  if (card.error instanceof ClientError && card.error.code === "file-missing") {
    return (
      <p className="note">
        The card isn’t with the index’s server, so only what the chain has is shown. Whoever has the file can check it
        against its digest.
      </p>
    );
  }
  return (
    <Shown query={card} what="the card">
      {(published) => <Content card={published} />}
    </Shown>
  );
}

function Content({ card }: { readonly card: Card }) {
  if (card.is === "other") {
    return (
      <p className="note">
        A file of {grouped(card.bytes)} bytes is published that is neither a description nor a card that this page
        reads.
      </p>
    );
  }
  if (card.is === "members") {
    return (
      <>
        {card.description !== "" && <p>{card.description}</p>}
        <Facts>
          {card.members.map(([name, value]) => (
            <Fact key={name} name={capitalised(name)}>
              {value}
            </Fact>
          ))}
        </Facts>
      </>
    );
  }
  const { description, licences, creators, keywords = [], rowCount, datePublished, url, files } = card.description;
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

/** Where something is published, by the word of whoever registered it. */
export function PublishedAt({ uri }: { readonly uri: string }) {
  const { ipfs } = useConfig();
  const api = useIndex();
  const digest = digestIn(uri);
  if (uri === "") return <span className="note">not said</span>;
  if (digest !== undefined) {
    return (
      <span className="inline">
        <a href={`${api.url}/files/sha256/${digest.slice(2)}`} rel="noreferrer" target="_blank">
          File
        </a>
        <Hash value={digest} what="the file’s SHA-256" />
      </span>
    );
  }
  const address = webAddress(uri, ipfs);
  return address === undefined ? (
    <code className="breakable">{uri}</code>
  ) : (
    <a className="breakable" href={address} rel="noreferrer" target="_blank">
      {uri}
    </a>
  );
}
