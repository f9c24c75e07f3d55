import { Link } from "wouter";
import { ROLES } from "../../client/addressBook.ts";
import { useConfig } from "../config/ConfigContext.ts";
import { useWallet } from "../wallet/WalletContext.ts";
import { shortHash } from "../words/hashes.ts";
import { CopyButton } from "./CopyButton.tsx";
import { Icon } from "./Icon.tsx";

interface HashProps {
  readonly value: string;
  /** What it is, for the button that copies it: "the root". */
  readonly what: string;
  /** Path of its page. */
  readonly to?: string;
  /** What is shown instead of its digits, if it has a name. */
  readonly name?: string | undefined;
}

/** A hash with its middle left out; all of it shows on hover and focus, and is copied with the button. */
export function Hash({ value, what, to, name }: HashProps) {
  const shown = name ?? <code>{shortHash(value, 6)}</code>;
  return (
    <span className="hash">
      {to === undefined ? <span tabIndex={0}>{shown}</span> : <Link to={to}>{shown}</Link>}
      <span className="hash-full" aria-hidden="true">
        {value}
      </span>
      <CopyButton text={value} what={what} />
    </span>
  );
}

/** A hash in all its length, where the page is of it. */
export function WholeHash({ value, what }: Pick<HashProps, "value" | "what">) {
  return (
    <span className="whole-hash">
      <code>{value}</code> <CopyButton text={value} what={what} />
    </span>
  );
}

/** An account: a colour to recognise it by, its address or the contract that it is, and a mark if it is the connected wallet's. */
export function Address({ value, what = "the address" }: { readonly value: string; readonly what?: string }) {
  const { account } = useWallet();
  const { book } = useConfig();
  const isThis = (address: string | undefined): boolean => address?.toLowerCase() === value.toLowerCase();
  const own = isThis(account);
  const contract = ROLES.find((role) => isThis(book.contracts[role]));
  return (
    <span className="address">
      <Swatch address={value} />
      <Hash value={value} what={what} to={`/account/${value}`} name={contract && `${contract} contract`} />
      {own && <span className="tag">you</span>}
    </span>
  );
}

/** Two hues of an address. */
function Swatch({ address }: { readonly address: string }) {
  const hue = (from: number): number => Number.parseInt(address.slice(from, from + 4), 16) % 360;
  return (
    <span
      className="swatch"
      aria-hidden="true"
      style={{ background: `linear-gradient(135deg, hsl(${hue(2)} 60% 55%) 50%, hsl(${hue(6)} 55% 45%) 50%)` }}
    />
  );
}

/** A transaction: its page here, and that of a block explorer if one is configured. */
export function TransactionLink({ hash }: { readonly hash: string }) {
  const { transactions } = useConfig();
  return (
    <span className="transaction">
      <Hash value={hash} what="the transaction's hash" to={`/transaction/${hash}`} />
      {transactions !== undefined && (
        <a href={transactions + hash} className="quiet" rel="noreferrer" target="_blank" aria-label="Block explorer">
          <Icon name="out" />
        </a>
      )}
    </span>
  );
}
