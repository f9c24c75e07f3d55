import { useMemo } from "react";
import { ROLES, type Role } from "../../../client/addressBook.ts";
import { interfaceOf } from "../../../client/interfaces.ts";
import { useChain } from "../../chain/useChain.ts";
import { Amount } from "../../components/Amount.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { Hash } from "../../components/Hash.tsx";
import { Page, Proves, Section } from "../../components/Layout.tsx";
import { type Column, Table } from "../../components/PagedTable.tsx";
import { Shown } from "../../components/Shown.tsx";
import { Source } from "../../components/Source.tsx";
import { useConfig } from "../../config/ConfigContext.ts";
import { grouped, percentOfBps } from "../../words/amounts.ts";
import { spanText } from "../../words/times.ts";
import { CONTRACTS } from "./contracts.ts";
import { type Parameter, readParameters } from "./parameters.ts";

const PARAMETERS: readonly Column<Parameter>[] = [
  {
    header: "Parameter",
    cell: ({ name, meaning }) => (
      <span>
        <strong>{name}</strong> <span className="note">{meaning}</span>
      </span>
    ),
  },
  { header: "Value", figures: true, cell: (parameter) => <Value {...parameter} /> },
  {
    header: "Cap",
    cell: ({ cap }) => <span className="note">{cap ?? "fixed in the code"}</span>,
  },
];

/** The deployment: addresses, interfaces, who may do what, and parameters. */
export function ContractsPage() {
  const { chainName, book } = useConfig();
  const parameters = useChain(["parameters"], readParameters);
  const code = useChain(["code"], async ({ provider }) =>
    Promise.all(ROLES.map(async (role) => (await provider.getCode(book.contracts[role])).length / 2 - 1)),
  );
  return (
    <Page
      title="Contracts"
      lead={`The suite on ${chainName} (chain ${book.chainId}), from block ${grouped(book.fromBlock)} on. Nothing in it can be upgraded or paused, and it has no owner.`}
    >
      <Section
        title="Addresses"
        lead="From the address book that this page was given. Compare them with one that you trust."
        aside={
          <span className="inline note">
            Address book <CopyButton text={JSON.stringify(book, null, 2)} what="the address book" />
          </span>
        }
      >
        <ul className="contracts">
          {ROLES.map((role, i) => (
            <li key={role} className="panel">
              <Contract role={role} bytes={code.data?.data[i]} />
            </li>
          ))}
        </ul>
        <Source
          of="the address book, and code on the chain"
          {...(code.data === undefined ? {} : { block: code.data.block })}
        />
      </Section>
      <Section title="Parameters" lead="Asked of the contracts. Nobody can change them.">
        <Shown query={parameters} what="the parameters" lines={12}>
          {({ data, block }) => (
            <>
              <Table
                caption="Parameters of the deployment"
                columns={PARAMETERS}
                rows={data}
                rowKey={({ name }) => name}
              />
              <Source of="the contracts" block={block} />
            </>
          )}
        </Shown>
        <Proves
          proven="these numbers and this code: they are what every payment, statement and challenge goes by."
          unproven="that the addresses are those of the deployment you mean. That is this page’s word."
        />
      </Section>
    </Page>
  );
}

function Contract({ role, bytes }: { readonly role: Role; readonly bytes: number | undefined }) {
  const { book } = useConfig();
  const { name, job, who } = CONTRACTS[role];
  const abi = useMemo(() => interfaceOf(role), [role]);
  return (
    <>
      <h3>{name}</h3>
      <p>{job}</p>
      <p className="note">{who}</p>
      <p className="inline">
        <Hash value={book.contracts[role]} what={`the address of ${name}`} />
        {bytes !== undefined && (
          <span className="note number">{bytes === 0 ? "no code here" : `${grouped(bytes)} bytes of code`}</span>
        )}
      </p>
      <details>
        <summary>Interface, {abi.format().length} entries</summary>
        <div className="command">
          <pre tabIndex={0}>
            <code>{abi.format().join("\n")}</code>
          </pre>
          <CopyButton text={abi.formatJson()} what={`the ABI of ${name} as JSON`} />
        </div>
      </details>
    </>
  );
}

function Value({ value, unit }: Parameter) {
  switch (unit) {
    case "seconds":
      return <span>{spanText(Number(value))}</span>;
    case "money":
      return <Amount value={value} />;
    case "bps":
      return <span>{percentOfBps(Number(value))}</span>;
    case "count":
      return <span>{grouped(value)}</span>;
  }
}
