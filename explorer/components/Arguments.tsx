import { grouped } from "../words/amounts.ts";
import { capitalised } from "../words/text.ts";
import { Amount } from "./Amount.tsx";
import { Address, Hash } from "./Hash.tsx";
import { DatasetLink, ModelLink, StatementPlace } from "./Links.tsx";
import { Time } from "./Time.tsx";

/** Names of numbers that are money. */
const MONEY =
  /^(amount|price|priceHint|value|bond|reward|fee|pool|deposit|royalty|toDeveloper|toTreasury|feesAfter|spent|balance|cumulative|from|to)$/i;
/** Names of numbers that are moments. */
const MOMENT = /(deadline|until|At|time)$/i;
/** Digits of a number that is read as one: a random nonce has more. */
const MOST_DIGITS = 24;
/** Items of a list that are shown. */
const MOST = 12;

/** Arguments of a call, an event or a message: text and numbers by name, or lists and structs of them. */
export function Arguments({ args }: { readonly args: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(args);
  return (
    <dl className="arguments">
      {entries.slice(0, MOST).map(([name, value]) => (
        <div key={name}>
          <dt>{spaced(name)}</dt>
          <dd>
            <Argument name={name} value={value} />
          </dd>
        </div>
      ))}
      {entries.length > MOST && (
        <div>
          <dt>and more</dt>
          <dd>{grouped(entries.length - MOST)}</dd>
        </div>
      )}
    </dl>
  );
}

function Argument({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="note">none</span>;
    return <Arguments args={Object.fromEntries(value.map((item: unknown, i) => [String(i + 1), item]))} />;
  }
  if (typeof value === "object" && value !== null) return <Arguments args={value as Record<string, unknown>} />;
  const text = String(value);
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return <Address value={text} />;
  if (name === "statementHash") return <StatementPlace hash={text} />;
  if (/^0x[0-9a-fA-F]{2,}$/.test(text)) return <Hash value={text} what={name} />;
  if (/^\d+$/.test(text)) return <Numeral name={name} text={text} />;
  return <span>{text === "" ? "empty" : text}</span>;
}

function Numeral({ name, text }: { readonly name: string; readonly text: string }) {
  if (name === "model") return <ModelLink id={Number(text)} />;
  if (name === "dataset") return <DatasetLink id={Number(text)} />;
  if (MOMENT.test(name) && /^\d{9,10}$/.test(text)) return <Time at={Number(text)} />;
  if (MONEY.test(name)) return <Amount value={BigInt(text)} />;
  if (text.length > MOST_DIGITS) return <Hash value={`0x${BigInt(text).toString(16)}`} what={name} />;
  return <span className="number">{grouped(BigInt(text))}</span>;
}

/** StatementProposed as "Statement proposed". */
export function spaced(name: string): string {
  const words = name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return capitalised(words);
}
