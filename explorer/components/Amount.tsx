import { useCurrency } from "../chain/useCurrency.ts";
import { amountText } from "../words/amounts.ts";

interface AmountProps {
  /** In the currency's smallest unit. */
  readonly value: bigint;
  /** Behind the point; two unless given, more for small amounts. Give it in columns, so that points stand in line. */
  readonly digits?: number;
  /** Leaves the symbol out, where a heading has it. */
  readonly bare?: boolean;
}

/** Digits with which columns of amounts are shown. */
export const COLUMN_DIGITS = 6;

/** An amount of money; its exact value is shown on hover. */
export function Amount({ value, digits, bare = false }: AmountProps) {
  const currency = useCurrency();
  if (currency === undefined) return <span className="amount waiting" aria-label="amount, loading" />;
  const { shown, exact } = amountText(value, currency.decimals, digits);
  return (
    <data className="amount" value={value.toString()} title={`${exact} ${currency.symbol}`}>
      {shown}
      {!bare && <span className="symbol"> {currency.symbol}</span>}
    </data>
  );
}
