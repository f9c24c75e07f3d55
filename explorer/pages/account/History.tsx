import type { Account, HistoryItem } from "../../../client/indexApi/index.ts";
import { useCurrency } from "../../chain/useCurrency.ts";
import { Amount, COLUMN_DIGITS } from "../../components/Amount.tsx";
import { DownloadButton } from "../../components/DownloadButton.tsx";
import { spaced } from "../../components/Arguments.tsx";
import { TransactionLink } from "../../components/Hash.tsx";
import { DatasetLink, ModelLink, modelOf, StatementPlace } from "../../components/Links.tsx";
import { ListSection } from "../../components/ListSection.tsx";
import type { Column } from "../../components/PagedTable.tsx";
import { Time } from "../../components/Time.tsx";
import { useIndex } from "../../data/IndexContext.ts";
import { usePaged } from "../../data/queries.ts";
import { grouped } from "../../words/amounts.ts";

const COLUMNS: readonly Column<HistoryItem>[] = [
  { header: "When", cell: ({ time }) => <Time at={time} /> },
  { header: "What", cell: ({ name }) => spaced(name) },
  { header: "About", cell: ({ args }) => <About args={args} /> },
  { header: "Contract", cell: ({ contract }) => contract },
  {
    header: "Amount",
    figures: true,
    cell: ({ args: { amount } }) =>
      typeof amount === "string" ? (
        <Amount value={BigInt(amount)} digits={COLUMN_DIGITS} />
      ) : (
        <span className="note">–</span>
      ),
  },
  { header: "Block", figures: true, cell: ({ block }) => grouped(block) },
  { header: "Transaction", cell: ({ transactionHash }) => <TransactionLink hash={transactionHash} /> },
];

/** The statement, model or dataset that an event is about. */
function About({ args: { statementHash, model, dataset, stream } }: Pick<HistoryItem, "args">) {
  if (typeof statementHash === "string") return <StatementPlace hash={statementHash} />;
  if (isNumber(model)) return <ModelLink id={Number(model)} />;
  if (isNumber(dataset)) return <DatasetLink id={Number(dataset)} />;
  return isNumber(stream) ? <ModelLink id={modelOf(Number(stream))} /> : <span className="note">–</span>;
}

/** A number of a model, dataset or stream, as events have it. */
function isNumber(value: unknown): boolean {
  return typeof value === "string" && /^[1-9]\d{0,14}$/.test(value);
}

/** All that the chain has of an account, also as a file. */
export function History({ account: { account } }: { readonly account: Account }) {
  const api = useIndex();
  const currency = useCurrency();
  const list = usePaged(["account", account, "history"], (index, paging) => index.history(account, paging));
  return (
    <ListSection
      title="History"
      lead="Every event of the contracts that names it, newest first."
      aside={
        currency !== undefined && (
          <DownloadButton make={async () => (await import("./downloads.ts")).historyFile(api, account, currency)}>
            History as CSV
          </DownloadButton>
        )
      }
      caption="History of the account"
      columns={COLUMNS}
      list={list}
      rowKey={({ id }) => id}
      nothing="The chain has nothing of it"
      until="Check the address: no event names it."
    />
  );
}
