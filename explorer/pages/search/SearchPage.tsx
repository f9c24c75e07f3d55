import { Link, Redirect } from "wouter";
import type { Hit } from "../../../client/indexApi/index.ts";
import type { PageProps } from "../../app/pages.ts";
import { Page } from "../../components/Layout.tsx";
import { modelOf } from "../../components/Links.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { Empty } from "../../components/States.tsx";
import { useAnswer } from "../../data/queries.ts";
import { shortHash } from "../../words/hashes.ts";

/** What a number, address, digest or transaction stands for; a single thing is shown at once. */
export function SearchPage({ params }: PageProps) {
  const wanted = decodeURIComponent(params.wanted ?? "");
  const hits = useAnswer(["search", wanted], (api) => api.search(wanted));
  return (
    <Shown query={hits} what="what was found" alone>
      {({ data, indexedTo }) => {
        const found = [...new Map(data.map((hit) => placeOf(hit, wanted)).map((place) => [place.to, place])).values()];
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

function placeOf(hit: Hit, wanted: string): Place {
  const { kind, matched, account, dataset, model, stream, interval, statement, feesAfter } = hit;
  const note = MATCHED[matched] ?? "";
  switch (kind) {
    case "account":
      return { to: `/account/${account ?? ""}`, name: `Account ${shortHash(account ?? "")}`, note };
    case "dataset":
      return { to: `/dataset/${dataset ?? 0}`, name: `Dataset ${dataset ?? 0}`, note };
    case "contribution":
      return {
        to: `/account/${account ?? ""}`,
        name: `Contribution to dataset ${dataset ?? 0} by ${shortHash(account ?? "")}`,
        note,
      };
    case "model":
      return { to: `/model/${model ?? 0}`, name: `Model ${model ?? 0}`, note };
    case "interval":
      return { to: `/model/${model ?? 0}`, name: `Interval ${interval ?? 0} of model ${model ?? 0}`, note };
    case "stream":
    case "index": {
      const owner = modelOf(stream ?? 0);
      return {
        to: `/model/${owner}`,
        name: `${kind === "index" ? "Influence index" : "Stream"} ${stream ?? 0} of model ${owner}`,
        note,
      };
    }
    case "payment":
      return { to: `/answer/${model ?? 0}/${feesAfter ?? 0n}`, name: `Payment for model ${model ?? 0}`, note };
    case "statement":
      return {
        to: `/statement/${statement ?? ""}`,
        name: `Statement of interval ${interval ?? 0}${stream === null ? "" : `, model ${modelOf(stream)}`}, ${shortHash(statement ?? "")}`,
        note,
      };
    case "event":
      return { to: `/transaction/${wanted}`, name: `Transaction ${shortHash(wanted)}`, note };
  }
}
