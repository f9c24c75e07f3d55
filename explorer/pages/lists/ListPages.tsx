import { type ReactNode, useId, useState } from "react";
import { Link } from "wouter";
import {
  CHALLENGE_STATES,
  type ChallengeState,
  PAYMENT_WAYS,
  type PaymentWay,
  STATEMENT_STATES,
  type StatementState,
} from "../../../client/indexApi/index.ts";
import { Page } from "../../components/Layout.tsx";
import { PagedTable, type PagedTableProps } from "../../components/PagedTable.tsx";
import { Empty } from "../../components/States.tsx";
import { usePaged } from "../../data/queries.ts";
import { CHALLENGES, STATEMENTS, WAYS } from "../../words/states.ts";
import { CHALLENGE_COLUMNS, DATASET_COLUMNS, MODEL_COLUMNS, PAYMENT_COLUMNS, STATEMENT_COLUMNS } from "./columns.tsx";

/** All datasets. */
export function DatasetsPage() {
  return (
    <ListPage
      title="Datasets"
      lead="What wallets contributed to, and on which terms models may be trained on it."
      columns={DATASET_COLUMNS}
      list={usePaged(["datasets"], (api, paging) => api.datasets(paging))}
      rowKey={({ id }) => id}
      nothing="There is no dataset yet"
      until="Create one with tributary dataset create."
    />
  );
}

/** All models. */
export function ModelsPage() {
  return (
    <ListPage
      title="Models"
      lead="What they are made from, what an answer costs, and what was paid for their answers."
      aside={
        <Link to="/register" className="button">
          Register a model
        </Link>
      }
      columns={MODEL_COLUMNS}
      list={usePaged(["models"], (api, paging) => api.models(paging))}
      rowKey={({ id }) => id}
      nothing="There is no model yet"
      until="Register one with the button above, or with tributary model register."
    />
  );
}

/** All payments. */
export function PaymentsPage() {
  const [way, setWay] = useState<PaymentWay>();
  return (
    <ListPage
      title="Payments"
      lead="Everything that was paid for answers, newest first."
      aside={<Choice label="Paid" all="in any way" names={WAYS} of={PAYMENT_WAYS} value={way} choose={setWay} />}
      columns={PAYMENT_COLUMNS}
      list={usePaged(["payments", way], (api, paging) => api.payments({ way, ...paging }))}
      rowKey={({ id }) => id}
      nothing="There is no such payment"
      until="Choose another way, or pay for an answer on a model’s page."
    />
  );
}

/** All statements. */
export function StatementsPage() {
  const [state, setState] = useState<StatementState>();
  const names = namesOf(STATEMENTS);
  return (
    <ListPage
      title="Statements"
      lead="For each interval of a model’s fees, what a scorer says, against a bond, that each contribution did."
      aside={<Choice label="State" all="any" names={names} of={STATEMENT_STATES} value={state} choose={setState} />}
      columns={STATEMENT_COLUMNS}
      list={usePaged(["statements", state], (api, paging) => api.statements({ state, ...paging }))}
      rowKey={({ hash }) => hash}
      nothing="There is no such statement"
      until="Choose another state, or run a scorer: tributary run scorer."
    />
  );
}

/** All challenges. */
export function ChallengesPage() {
  const [state, setState] = useState<ChallengeState>();
  const names = namesOf(CHALLENGES);
  return (
    <ListPage
      title="Challenges"
      lead="Bonded demands that a scorer shows a part of its statement. Silence loses."
      aside={<Choice label="State" all="any" names={names} of={CHALLENGE_STATES} value={state} choose={setState} />}
      columns={CHALLENGE_COLUMNS}
      list={usePaged(["challenges", state], (api, paging) => api.challenges({ state, ...paging }))}
      rowKey={({ id }) => id}
      nothing="There is no such challenge"
      until="Choose another state; statements are challenged on their pages."
    />
  );
}

interface ListPageProps<T> extends Omit<PagedTableProps<T>, "caption" | "empty"> {
  readonly title: string;
  readonly lead: string;
  readonly aside?: ReactNode;
  /** What is said when there is nothing, and what would put something there. */
  readonly nothing: string;
  readonly until: string;
}

/** A page that is one list. */
function ListPage<T>({ title, lead, aside, nothing, until, ...table }: ListPageProps<T>) {
  return (
    <Page title={title} lead={lead} aside={aside}>
      <div className="section">
        <PagedTable {...table} caption={title} empty={<Empty title={nothing}>{until}</Empty>} />
      </div>
    </Page>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  /** What no choice is called. */
  readonly all: string;
  readonly of: readonly T[];
  readonly names: Readonly<Record<T, string>>;
  readonly value: T | undefined;
  readonly choose: (value: T | undefined) => void;
}

/** Narrows a list down. */
function Choice<T extends string>({ label, all, of, names, value, choose }: ChoiceProps<T>): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value ?? ""} onChange={({ target }) => choose(of.find((word) => word === target.value))}>
        <option value="">{all}</option>
        {of.map((word) => (
          <option key={word} value={word}>
            {names[word]}
          </option>
        ))}
      </select>
    </div>
  );
}

function namesOf<T extends string>(words: Readonly<Record<T, { readonly name: string }>>): Readonly<Record<T, string>> {
  return Object.fromEntries(Object.entries<{ name: string }>(words).map(([word, { name }]) => [word, name])) as Record<
    T,
    string
  >;
}
