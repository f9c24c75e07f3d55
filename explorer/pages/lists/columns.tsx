import { Link } from "wouter";
import type { Challenge, Contribution, Dataset, Model, Payment, Statement } from "../../../client/indexApi/index.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { Address, Hash, TransactionLink } from "../../components/Hash.tsx";
import {
  challengePath,
  DatasetLink,
  ModelLink,
  modelOf,
  StatementLink,
  StatementPlace,
} from "../../components/Links.tsx";
import type { Column } from "../../components/PagedTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { Time } from "../../components/Time.tsx";
import { digestIn } from "../../data/cards.ts";
import { grouped, percentOfBps } from "../../words/amounts.ts";
import { curationName, modalityName, modelKindName } from "../../words/kinds.ts";
import { CHALLENGES, CONTRIBUTIONS, STATEMENTS, WAYS } from "../../words/states.ts";

export const PAYMENT_COLUMNS: readonly Column<Payment>[] = [
  { header: "Model", cell: ({ model }) => <ModelLink id={model} /> },
  {
    header: "Payer",
    cell: ({ payer }) =>
      payer === null ? <span className="note">unknown to the chain</span> : <Address value={payer} />,
  },
  { header: "Way", cell: ({ way }) => WAYS[way] },
  { header: "Amount", figures: true, cell: ({ amount }) => <Amount value={amount} digits={COLUMN_DIGITS} /> },
  { header: "When", cell: ({ time }) => <Time at={time} /> },
  { header: "Transaction", cell: ({ transactionHash }) => <TransactionLink hash={transactionHash} /> },
  {
    header: "Answer",
    cell: ({ model, feesAfter }) => <Link to={`/answer/${model}/${feesAfter}`}>What it drew on</Link>,
  },
];

export const STATEMENT_COLUMNS: readonly Column<Statement>[] = [
  { header: "Statement", cell: ({ hash, interval }) => <StatementLink hash={hash} interval={interval} /> },
  { header: "Model", cell: ({ stream }) => <ModelLink id={modelOf(stream)} /> },
  { header: "Dataset", cell: ({ dataset }) => <DatasetLink id={dataset} /> },
  { header: "State", cell: ({ state }) => <StateBadge of={STATEMENTS[state]} /> },
  { header: "Scorer", cell: ({ scorer }) => <Address value={scorer} /> },
  { header: "Lines", figures: true, cell: ({ lines }) => grouped(lines) },
  { header: "Pool", figures: true, cell: ({ pool }) => <Amount value={pool} digits={COLUMN_DIGITS} /> },
  { header: "Proposed", cell: ({ proposedAt }) => <Time at={proposedAt} /> },
];

export const CHALLENGE_COLUMNS: readonly Column<Challenge>[] = [
  {
    header: "Challenge",
    cell: ({ statementHash, level, position }) => (
      <Link to={challengePath(statementHash, level, position)}>{nodeName(level, position)}</Link>
    ),
  },
  { header: "Statement", cell: ({ statementHash }) => <StatementPlace hash={statementHash} /> },
  { header: "State", cell: ({ state }) => <StateBadge of={CHALLENGES[state]} /> },
  { header: "Challenger", cell: ({ challenger }) => <Address value={challenger} /> },
  { header: "Begun", cell: ({ begunAt }) => <Time at={begunAt} /> },
  { header: "Deadline", cell: ({ deadline }) => <Time at={deadline} /> },
];

export const DATASET_COLUMNS: readonly Column<Dataset>[] = [
  { header: "Dataset", cell: ({ id, metadataDigest }) => <DatasetLink id={id} digest={metadataDigest} /> },
  { header: "Owner", cell: ({ owner }) => <Address value={owner} /> },
  { header: "Licence", cell: ({ licence }) => (licence === "" ? <span className="note">none given</span> : licence) },
  { header: "Rows are", cell: ({ modality }) => modalityName(modality) },
  { header: "Curation", cell: ({ curation }) => curationName(curation) },
  { header: "Accepted", figures: true, cell: ({ accepted }) => grouped(accepted) },
  { header: "Rows", figures: true, cell: ({ rows }) => grouped(rows) },
  { header: "Least share", figures: true, cell: ({ streamBps }) => percentOfBps(streamBps) },
];

export const MODEL_COLUMNS: readonly Column<Model>[] = [
  { header: "Model", cell: ({ id, uri }) => <ModelLink id={id} digest={digestIn(uri) ?? null} /> },
  { header: "Kind", cell: ({ kind }) => modelKindName(kind) },
  { header: "Owner", cell: ({ owner }) => <Address value={owner} /> },
  {
    header: "Made from",
    cell: ({ parents, streams }) =>
      [
        parents === 0 ? [] : [`${parents} ${parents === 1 ? "model" : "models"}`],
        streams === 0 ? [] : [`${streams} ${streams === 1 ? "dataset" : "datasets"}`],
      ]
        .flat()
        .join(", ") || <span className="note">nothing named</span>,
  },
  {
    header: "Price",
    figures: true,
    cell: ({ price }) => (price === null ? <span className="note">not for sale</span> : <Amount value={price} />),
  },
  { header: "Payments", figures: true, cell: ({ income }) => grouped(income.payments) },
  { header: "Paid in", figures: true, cell: ({ income }) => <Amount value={income.gross} digits={COLUMN_DIGITS} /> },
];

/** Columns of contributions, which datasets and accounts put together in their own way. */
export const CONTRIBUTION_COLUMNS = {
  place: { header: "Place", figures: true, cell: ({ position }) => position ?? <span className="note">–</span> },
  root: { header: "Root", cell: ({ root }) => <Hash value={root} what="the root over the rows" /> },
  state: { header: "State", cell: ({ status }) => <StateBadge of={CONTRIBUTIONS[status]} /> },
  rows: { header: "Rows", figures: true, cell: ({ rows }) => grouped(rows) },
  submitted: { header: "Submitted", cell: ({ submittedAt }) => <Time at={submittedAt} /> },
} as const satisfies Readonly<Record<string, Column<Contribution>>>;

/** A node of a statement's tree, in words. */
export function nodeName(level: number, position: number): string {
  return level === 0 ? `Line ${position}` : `Node ${position} of level ${level}`;
}
