import { Link, Redirect } from "wouter";
import type { Hit } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { Page } from "../../components/Layout.tsx";
import { modelOf } from "../../components/Links.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty } from "../../components/States.tsx";
import { type Named, type Names, useNames } from "../../data/names.ts";
import { useAnswer } from "../../data/queries.ts";
import { shortHash } from "../../words/hashes.ts";
import { nameLabel, type NamedKind } from "../../words/names.ts";
import { capitalised } from "../../words/text.ts";

/** What a number, address, digest or transaction stands for; a single thing is shown at once. */
export function SearchPage({ params }: PageProps) {
  const wanted = decodeURIComponent(params.wanted ?? "");
  const hits = useAnswer(["search", wanted], (api) => api.search(wanted));
  const names = useNames((hits.data?.data ?? []).flatMap(namedIn));
  return (
    <Shown query={hits} what="what was found" alone>
      {({ data, indexedTo }) => {
        const places = data.map((hit) => placeOf(hit, wanted, names));
        const found = [...new Map(places.map((place) => [place.to, place])).values()];
        const [only, ...others] = found;
        if (only !== undefined && others.length === 0) return <Redirect to={only.to} replace />;
        return (
          <Page title={`“${wanted.length > 24 ? shortHash(wanted, 8) : wanted}”`} kind="Search">
            {found.length === 0 ? (
              <Empty title="Nothing has this name">
                Search for an account’s address, the number of a dataset or model, a digest or root, a transaction’s
                hash, or an interval as MODEL/INTERVAL, such as 2/0.
              </Empty>
            ) : (
              <ul className="hits">
                {found.map(({ to, name, note }) => (
                  <li key={to}>
                    <Link to={to}>{name}</Link> <span className="note">{note}</span>
                  </li>
                ))}
              </ul>
            )}
            <Source upTo={indexedTo} />
          </Page>
        );
      }}
    </Shown>
  );
}

interface Place {
  readonly to: string;
  readonly name: string;
  readonly note: string;
}

/** Which of its values was searched for, in words. */
const MATCHED: Readonly<Record<string, string>> = {
  id: "by its number",
  address: "by its address",
  hash: "by its hash",
  root: "by its root",
  payoutHash: "by its payout’s hash",
  metadataDigest: "by its description’s digest",
  artifactDigest: "by its artifact’s digest",
  recipeDigest: "by its recipe’s digest",
  basisDigest: "by its basis’ digest",
  methodDigest: "by its method’s digest",
  reportHash: "by its report’s hash",
  receiptsRoot: "by its receipts’ root",
  requestDigest: "by its request’s digest",
  transactionHash: "by its hash",
};

/** The model of a hit, whichever of its values says which. */
function modelIn({ model, stream }: Hit): number | null {
  return model ?? (stream === null ? null : modelOf(stream));
}

function namedIn(hit: Hit): readonly Named[] {
  const model = modelIn(hit);
  const { dataset } = hit;
  return [
    ...(model === null ? [] : [{ kind: "model", id: model } as const]),
    ...(dataset === null ? [] : [{ kind: "dataset", id: dataset } as const]),
  ];
}

function labelOf(names: Names, kind: NamedKind, id: number | null): string {
  return id === null ? `a ${kind}` : nameLabel(kind, id, names(kind, id));
}

function placeOf(hit: Hit, wanted: string, names: Names): Place {
  const { kind, matched, account, dataset, model, stream, interval, statement, feesAfter } = hit;
  const note = MATCHED[matched] ?? "";
  const ofModel = labelOf(names, "model", modelIn(hit));
  const ofDataset = labelOf(names, "dataset", dataset);
  switch (kind) {
    case "account":
      return { to: `/account/${account ?? ""}`, name: `Account ${shortHash(account ?? "")}`, note };
    case "dataset":
      return { to: `/dataset/${dataset ?? 0}`, name: capitalised(ofDataset), note };
    case "contribution":
      return {
        to: `/account/${account ?? ""}`,
        name: `Contribution to ${ofDataset} by ${shortHash(account ?? "")}`,
        note,
      };
    case "model":
      return { to: `/model/${model ?? 0}`, name: capitalised(ofModel), note };
    case "interval":
      return { to: `/model/${model ?? 0}`, name: `Interval ${interval ?? 0} of ${ofModel}`, note };
    case "stream":
    case "index": {
      return {
        to: `/model/${modelIn(hit) ?? 0}`,
        name: `${kind === "index" ? "Influence index" : "Stream"} ${stream ?? 0} of ${ofModel}`,
        note,
      };
    }
    case "payment":
      return { to: `/answer/${model ?? 0}/${feesAfter ?? 0n}`, name: `Payment for ${ofModel}`, note };
    case "statement":
      return {
        to: `/statement/${statement ?? ""}`,
        name: `Statement of interval ${interval ?? 0}${stream === null ? "" : `, ${ofModel}`}, ${shortHash(statement ?? "")}`,
        note,
      };
    case "event":
      return { to: `/transaction/${wanted}`, name: `Transaction ${shortHash(wanted)}`, note };
  }
}
