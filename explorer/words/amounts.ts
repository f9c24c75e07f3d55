/** Digits of an amount below one that are shown. */
const SIGNIFICANT = 3;

/** An amount in the currency's unit, as text. */
export interface AmountText {
  /** With thousands apart, rounded towards zero. */
  readonly shown: string;
  /** To the smallest unit. */
  readonly exact: string;
}

/**
 * @param amount - in the currency's smallest unit
 * @param decimals - of the smallest unit
 * @param digits - behind the point; two unless given, more for amounts below one
 */
export function amountText(amount: bigint, decimals: number, digits?: number): AmountText {
  const unit = 10n ** BigInt(decimals);
  const magnitude = amount < 0n ? -amount : amount;
  const sign = amount < 0n ? "−" : "";
  const whole = grouped(magnitude / unit);
  const fraction = (magnitude % unit).toString().padStart(decimals, "0");
  const exact = `${sign}${whole}${decimals === 0 ? "" : `.${fraction}`}`;
  const wanted = Math.min(decimals, digits ?? shortDigits(magnitude, unit, fraction));
  return { shown: `${sign}${whole}${wanted === 0 ? "" : `.${fraction.slice(0, wanted)}`}`, exact };
}

function shortDigits(magnitude: bigint, unit: bigint, fraction: string): number {
  if (magnitude === 0n || magnitude >= unit) return 2;
  return Math.max(2, fraction.length - fraction.replace(/^0+/, "").length + SIGNIFICANT);
}

/** A whole number with its thousands apart. */
export function grouped(value: bigint | number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Basis points as a percentage: 250 is 2.5 %. */
export function percentOfBps(bps: number): string {
  return `${Number((bps / 100).toFixed(2))} %`;
}

/** A part of a whole as a percentage. */
export function percent(part: bigint, whole: bigint): string {
  if (whole === 0n) return "–";
  const share = Number((part * 1_000_000n) / whole) / 10_000;
  return share > 0 && share < 0.01 ? "< 0.01 %" : `${share.toFixed(share >= 10 ? 1 : 2)} %`;
}
