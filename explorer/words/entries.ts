/**
 * An amount that somebody entered, in the currency's smallest unit.
 *
 * @returns undefined if it is no amount, or finer than the currency
 */
export function enteredAmount(text: string, decimals: number): bigint | undefined {
  const match = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text.trim().replace(/[,_ ](?=[0-9]{3})/g, ""));
  if (match === null) return undefined;
  const [, whole = "", fraction = ""] = match;
  if (fraction.length > decimals) return undefined;
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

/**
 * A percentage that somebody entered, in basis points.
 *
 * @returns undefined if it is none from 0 to 100, or finer than a hundredth
 */
export function enteredBps(text: string): number | undefined {
  const bps = enteredAmount(text.replace(/\s*%$/, ""), 2);
  return bps === undefined || bps > 10_000n ? undefined : Number(bps);
}

/** A number of the chain that somebody entered: 1 and above. */
export function enteredId(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[1-9][0-9]{0,14}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** An amount as it would be entered. */
export function amountEntry(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
