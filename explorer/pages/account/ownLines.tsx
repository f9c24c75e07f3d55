import type { ClaimableLine } from "../../../client/indexApi/index.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { ModelLink, modelOf, StatementLink } from "../../components/Links.tsx";
import type { Column } from "../../components/PagedTable.tsx";
import { grouped } from "../../words/amounts.ts";
import { ClaimProof } from "./ClaimProof.tsx";

/** Columns of an account's own lines, the last with their proofs. */
export function lineColumns(account: string): readonly Column<ClaimableLine>[] {
  return [
    { header: "Statement", cell: ({ statement, interval }) => <StatementLink hash={statement} interval={interval} /> },
    { header: "Model", cell: ({ stream }) => <ModelLink id={modelOf(stream)} /> },
    { header: "Line", figures: true, cell: ({ line }) => line },
    {
      header: "Amount",
      figures: true,
      cell: ({ amount }) =>
        amount === null ? (
          <span className="note">its file is missing</span>
        ) : (
          <Amount value={amount} digits={COLUMN_DIGITS} />
        ),
    },
    {
      header: "Proof",
      cell: ({ statement, missing }) =>
        missing === null ? <ClaimProof account={account} of={statement} /> : <span className="note">–</span>,
    },
  ];
}

interface MissingLinesProps {
  readonly count: number;
  /** What is missing of the first. */
  readonly missing: string | null;
}

/** Lines that aren't in the sums. */
export function MissingLines({ count, missing }: MissingLinesProps) {
  if (count === 0) return null;
  return (
    <p className="fault">
      {grouped(count)} {count === 1 ? "line isn’t" : "lines aren’t"} in the sum: {missing}
    </p>
  );
}
