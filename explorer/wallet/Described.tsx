import { Amount } from "../components/Amount.tsx";
import { Address, Hash } from "../components/Hash.tsx";
import { grouped } from "../words/amounts.ts";
import type { Message } from "./action.ts";
import type { Described } from "./describe.ts";

/** Names of numbers that are money. */
const MONEY = /^(amount|price|value|fee|bond|deposit|pool|cumulative)$/i;
/** Items of a list that are shown. */
const MOST = 12;

/** Arguments of a call, decoded from its bytes. */
export function Arguments({ args }: { readonly args: readonly Described[] }) {
  return (
    <dl className="arguments">
      {args.slice(0, MOST).map((arg) => (
        <div key={arg.name}>
          <dt>{arg.name}</dt>
          <dd>
            <Value {...arg} />
          </dd>
        </div>
      ))}
      {args.length > MOST && <p className="note">and {grouped(args.length - MOST)} more</p>}
    </dl>
  );
}

function Value({ name, type, value }: Described) {
  if (typeof value !== "string") return <Arguments args={value} />;
  if (type === "address") return <Address value={value} />;
  if (type === "bytes32") return <Hash value={value} what={name} />;
  if (type.startsWith("bytes")) return <Hash value={value} what={name} />;
  if (/^uint/.test(type))
    return MONEY.test(name) ? (
      <Amount value={BigInt(value)} />
    ) : (
      <span className="number">{grouped(BigInt(value))}</span>
    );
  return <span>{value === "" ? "empty" : value}</span>;
}

/** The fields of an EIP-712 message. */
export function MessageFields({ message }: { readonly message: Message }) {
  const fields = message.types[message.primaryType] ?? [];
  return <Arguments args={fields.map(({ name, type }) => ({ name, type, value: String(message.values[name]) }))} />;
}
