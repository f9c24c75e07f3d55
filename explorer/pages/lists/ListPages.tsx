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
import { PagedTable } from "../../components/PagedTable.tsx";
import { Empty } from "../../components/States.tsx";
import { usePaged } from "../../data/queries.ts";
import { CHALLENGES, STATEMENTS, WAYS } from "../../words/states.ts";
import { CHALLENGE_COLUMNS, DATASET_COLUMNS, MODEL_COLUMNS, PAYMENT_COLUMNS, STATEMENT_COLUMNS } from "./columns.tsx";

/** All datasets. */
export function DatasetsPage() {
  const list = usePaged(["datasets"], (api, paging) => api.datasets(paging));
  return (
    <Page title="Datasets" lead="What wallets contributed to, and on which terms models may be trained on it.">
      <PagedTable
        caption="Datasets"
        columns={DATASET_COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={<Empty title="There is no dataset yet">Create one with tributary dataset create.</Empty>}
      />
    </Page>
  );
}

/** All models. */
export function ModelsPage() {
  const list = usePaged(["models"], (api, paging) => api.models(paging));
  return (
    <Page
      title="Models"
      lead="What they are made from, what an answer costs, and what was paid for their answers."
      aside={
        <Link to="/register" className="button">
          Register a model
        </Link>
      }
    >
      <PagedTable
        caption="Models"
        columns={MODEL_COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <Empty title="There is no model yet">
            Register one with the button above, or with tributary model register.
          </Empty>
        }
      />
    </Page>
  );
}

/** All payments. */
export function PaymentsPage() {
  const [way, setWay] = useState<PaymentWay>();
  const list = usePaged(["payments", way], (api, paging) => api.payments({ way, ...paging }));
  return (
    <Page
      title="Payments"
      lead="Everything that was paid for answers, newest first."
      aside={<Choice label="Paid" all="in any way" names={WAYS} of={PAYMENT_WAYS} value={way} choose={setWay} />}
    >
      <PagedTable
        caption="Payments"
        columns={PAYMENT_COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <Empty title="There is no such payment">Choose another way, or pay for an answer on a model’s page.</Empty>
        }
      />
    </Page>
  );
}

/** All statements. */
export function StatementsPage() {
  const [state, setState] = useState<StatementState>();
  const list = usePaged(["statements", state], (api, paging) => api.statements({ state, ...paging }));
  return (
    <Page
      title="Statements"
      lead="For each interval of a model’s fees, what a scorer says, against a bond, that each contribution did."
      aside={
        <Choice
          label="State"
          all="any"
          names={namesOf(STATEMENTS)}
          of={STATEMENT_STATES}
          value={state}
          choose={setState}
        />
      }
    >
      <PagedTable
        caption="Statements"
        columns={STATEMENT_COLUMNS}
        list={list}
        rowKey={({ hash }) => hash}
        empty={
          <Empty title="There is no such statement">Choose another state, or run a scorer: tributary run scorer.</Empty>
        }
      />
    </Page>
  );
}

/** All challenges. */
export function ChallengesPage() {
  const [state, setState] = useState<ChallengeState>();
  const list = usePaged(["challenges", state], (api, paging) => api.challenges({ state, ...paging }));
  return (
    <Page
      title="Challenges"
      lead="Bonded demands that a scorer shows a part of its statement. Silence loses."
      aside={
        <Choice
          label="State"
          all="any"
          names={namesOf(CHALLENGES)}
          of={CHALLENGE_STATES}
          value={state}
          choose={setState}
        />
      }
    >
      <PagedTable
        caption="Challenges"
        columns={CHALLENGE_COLUMNS}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <Empty title="There is no such challenge">
            Choose another state; statements are challenged on their pages.
          </Empty>
        }
      />
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
