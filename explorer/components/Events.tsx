import type { HistoryItem } from "../../client/indexApi/index.ts";
import { grouped } from "../words/amounts.ts";
import { Amount } from "./Amount.tsx";
import { Address, Hash, TransactionLink } from "./Hash.tsx";
import { DatasetLink, ModelLink, StatementLink } from "./Links.tsx";
import { Time } from "./Time.tsx";

/** Arguments of events that are money. */
const MONEY = /^(amount|price|bond|reward|fee|pool|deposit|royalty|toDeveloper|toTreasury|feesAfter|spent|balance)$/i;

/** Those that are moments. */
const MOMENT = /(deadline|until|At|time)$/i;

/** Events of the chain with what they say. */
export function Events({ events }: { readonly events: readonly HistoryItem[] }) {
  return (
    <ol className="events">
      {events.map(({ id, name, contract, time, block, transactionHash, args }) => (
        <li key={id} className="panel">
          <div className="event-head">
            <strong>{spaced(name)}</strong>
            <span className="note">
              {contract}, block <span className="number">{grouped(block)}</span>, <Time at={time} />
            </span>
            <TransactionLink hash={transactionHash} />
          </div>
          <dl className="arguments">
            {Object.entries(args).map(([argument, value]) => (
              <div key={argument}>
                <dt>{spaced(argument)}</dt>
                <dd>
                  <Argument name={argument} value={value} />
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ol>
  );
}

function Argument({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (typeof value === "string") {
    if (name === "statementHash") return <StatementLink hash={value} />;
    if (name === "model" && /^\d+$/.test(value)) return <ModelLink id={Number(value)} />;
    if (name === "dataset" && /^\d+$/.test(value)) return <DatasetLink id={Number(value)} />;
    if (MOMENT.test(name) && /^\d{9,10}$/.test(value)) return <Time at={Number(value)} />;
    if (/^0x[0-9a-fA-F]{40}$/.test(value)) return <Address value={value} />;
    if (/^0x[0-9a-fA-F]{64,}$/.test(value)) return <Hash value={value.slice(0, 2_000)} what={name} />;
    if (/^\d+$/.test(value))
      return MONEY.test(name) ? (
        <Amount value={BigInt(value)} />
      ) : (
        <span className="number">{grouped(BigInt(value))}</span>
      );
    return <span>{value === "" ? "empty" : value}</span>;
  }
  if (typeof value === "number") return <span className="number">{grouped(value)}</span>;
  if (Array.isArray(value)) return <span className="note">{value.length} values</span>;
  if (typeof value === "object" && value !== null) {
    return (
      <dl className="arguments">
        {Object.entries(value as Record<string, unknown>).map(([member, of]) => (
          <div key={member}>
            <dt>{spaced(member)}</dt>
            <dd>
              <Argument name={member} value={of} />
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  return <span>{String(value)}</span>;
}

/** StatementProposed as "Statement proposed". */
function spaced(name: string): string {
  const words = name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}
