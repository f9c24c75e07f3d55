import { Address } from "../../components/Hash.tsx";
import { Section } from "../../components/Layout.tsx";
import { DatasetLink } from "../../components/Links.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Empty } from "../../components/States.tsx";
import { useLocalRows } from "../../data/localPages.ts";
import { grouped } from "../../words/amounts.ts";
import type { Explanation } from "./explain.ts";

/** Contributions that are listed on each side at once. */
const SHOWN = 10;

interface Scored {
  readonly place: number;
  readonly contributor: string;
  readonly rows: number;
  /** Of all that spoke for the answer, or of all that spoke against it, 0 to 1. */
  readonly part: number;
}

/** Which contributions spoke for an answer, and which against it. */
export function Contributions({ explanation }: { readonly explanation: Explanation }) {
  const { scores, contributions, supporters, opponents, support, harm, stream } = explanation;
  const listed = (places: readonly number[], whole: number): readonly Scored[] =>
    places.flatMap((place) => {
      const contribution = contributions[place];
      if (contribution === undefined) return [];
      const { contributor, counted } = contribution;
      return [{ place, contributor, rows: counted ?? 0, part: Math.abs(scores[place] ?? 0) / whole }];
    });
  const count = (all: number): string =>
    `${grouped(all)} ${all === 1 ? "contribution" : "contributions"}, the strongest first.`;
  return (
    <div className="columns">
      <Section
        title="Spoke for it"
        lead={
          <>
            Inner products of the committed rows of <DatasetLink id={stream.dataset} /> with the answer’s query vector.{" "}
            {count(supporters.length)}
          </>
        }
      >
        <Side caption="Contributions that spoke for the answer" rows={listed(supporters, support)} tone="for" />
      </Section>
      <Section
        title="Spoke against it"
        lead={`They weigh nothing in the statement if this was all that was asked. ${count(opponents.length)}`}
      >
        <Side caption="Contributions that spoke against the answer" rows={listed(opponents, harm)} tone="against" />
      </Section>
    </div>
  );
}

const COLUMNS = (tone: string): readonly Column<Scored>[] => [
  { header: "Contribution", figures: true, cell: ({ place }) => grouped(place) },
  { header: "Contributor", cell: ({ contributor }) => <Address value={contributor} /> },
  { header: "Rows", figures: true, cell: ({ rows }) => grouped(rows) },
  {
    header: "Part",
    figures: true,
    cell: ({ part }) => (
      <span className={`share ${tone}`}>
        <span className="share-bar" aria-hidden="true">
          <span style={{ width: `${100 * part}%` }} />
        </span>
        <span className="number">{(100 * part).toFixed(1)} %</span>
      </span>
    ),
  },
];

function Side({
  caption,
  rows,
  tone,
}: {
  readonly caption: string;
  readonly rows: readonly Scored[];
  readonly tone: string;
}) {
  const list = useLocalRows(rows, SHOWN);
  return (
    <PagedTable
      caption={caption}
      columns={COLUMNS(tone)}
      list={list}
      rowKey={({ place }) => place}
      source="the committed index and the receipt, recomputed in this browser"
      empty={<Empty title="None">No contribution has a score on this side.</Empty>}
    />
  );
}
