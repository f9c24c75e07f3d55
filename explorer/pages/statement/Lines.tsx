import { isAddress } from "ethers";
import { type SubmitEvent, useId, useState } from "react";
import { ClientError } from "../../../client/clientError.ts";
import type { AnswerPage, IndexClient, Line, Paging, Statement } from "../../../client/indexApi/index.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Address } from "../../components/Hash.tsx";
import { Badge, Section } from "../../components/Layout.tsx";
import { type Column, PagedTable } from "../../components/PagedTable.tsx";
import { Empty } from "../../components/States.tsx";
import { Share } from "../../components/Share.tsx";
import { usePaged } from "../../data/queries.ts";
import { grouped } from "../../words/amounts.ts";

interface LinesProps {
  readonly statement: Statement;
  readonly chosen: number | undefined;
  readonly choose: (line: Line) => void;
}

/** Lines of a statement, all or those of a wallet. */
export function Lines({ statement, chosen, choose }: LinesProps) {
  const { hash, dataset, total, state } = statement;
  const [wanted, setWanted] = useState("");
  const list = usePaged(["lines", hash, wanted], (api, paging) => ask(api, hash, dataset, wanted, paging), {
    order: "asc",
  });
  const columns: readonly Column<Line>[] = [
    { header: "Line", figures: true, cell: ({ line }) => grouped(line) },
    { header: "Contributor", cell: ({ contributor }) => <Address value={contributor} /> },
    { header: "Share of the weight", cell: ({ weight }) => <Share part={weight} whole={total} /> },
    { header: "Amount", figures: true, cell: ({ amount }) => <Amount value={amount} digits={COLUMN_DIGITS} /> },
    ...(state === "final"
      ? [
          {
            header: "Claimed",
            cell: ({ claimed, amount }: Line) =>
              claimed ? (
                <Badge tone="good">claimed</Badge>
              ) : amount === 0n ? (
                <span className="note">nothing to claim</span>
              ) : (
                <Badge>not yet</Badge>
              ),
          },
        ]
      : []),
    {
      header: "Check",
      cell: (line) => (
        <button type="button" className="small" aria-pressed={line.line === chosen} onClick={() => choose(line)}>
          Check<span className="sr-only"> line {line.line}</span>
        </button>
      ),
    },
  ];
  return (
    <Section
      title="Lines"
      lead="One for each contribution of the dataset’s version, in its order."
      aside={<LineSearch search={setWanted} />}
    >
      <PagedTable
        caption="Lines of this statement"
        columns={columns}
        list={list}
        rowKey={({ line }) => line}
        source="the scorer’s published weights, checked against the root"
        empty={
          <Empty title="No such line">
            No contribution of this statement is of that wallet. Clear the search to see all lines.
          </Empty>
        }
      />
    </Section>
  );
}

function LineSearch({ search }: { readonly search: (wanted: string) => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    search(text.trim());
  };
  return (
    <form className="inline" onSubmit={submit}>
      <label htmlFor={id} className="sr-only">
        Number of a line, or address of a contributor
      </label>
      <input
        id={id}
        type="search"
        value={text}
        placeholder="Line or contributor"
        onChange={({ target }) => {
          setText(target.value);
          if (target.value === "") search("");
        }}
      />
      <button type="submit">Find</button>
    </form>
  );
}

/** Lines from some place on, or all of a wallet's. */
async function ask(
  api: IndexClient,
  hash: string,
  dataset: number,
  wanted: string,
  paging: Paging,
): Promise<AnswerPage<Line>> {
  if (wanted === "") return api.lines(hash, paging);
  if (/^\d{1,7}$/.test(wanted)) {
    const { indexedTo, data } = await api.line(hash, Number(wanted));
    return { indexedTo, data: [data], next: null };
  }
  const named: boolean = isAddress(wanted);
  if (!named) {
    throw new ClientError(
      "bad-input",
      `"${wanted}" is neither the number of a line nor an address: give one of the two`,
    );
  }
  const { lines } = (await api.statement(hash)).data;
  const found = await api.contributions(dataset, { contributor: wanted, status: "accepted", ...paging });
  const places = found.data.flatMap(({ position }) => (position === null || position >= lines ? [] : [position]));
  const data = await Promise.all(places.map(async (place) => (await api.line(hash, place)).data));
  return { indexedTo: found.indexedTo, data, next: found.next };
}
