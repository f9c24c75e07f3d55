import Table from "cli-table3";
import { formatUnits } from "ethers";
import pico from "picocolors";

/** Colours, or none. */
export type Style = ReturnType<typeof pico.createColors>;

/** Colours for a stream: none when it isn't a terminal, or when NO_COLOR is set to anything (no-color.org). */
export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const refused = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  return pico.createColors(stream.isTTY === true && !refused);
}

/** Names and values, aligned. */
export function fields(
  style: Style | undefined,
  pairs: readonly (readonly [name: string, value: string | number | bigint])[],
): string {
  const dim = style?.dim ?? String;
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${dim(name.padEnd(width))}  ${value}`).join("\n");
}

/** A table; columns are aligned left unless named in `right`. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | bigint)[])[],
  right: readonly number[] = [],
): string {
  const made = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (right.includes(column) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  made.push(...rows.map((row) => row.map(String)));
  return made.toString();
}

/** 250 → 2.5 % */
export function percent(bps: bigint | number): string {
  return `${Number(bps) / 100} %`;
}

/** The currency of a deployment. */
export interface Currency {
  readonly symbol: string;
  readonly decimals: number;
}

/** 1234567 → 1.234567 DUSD */
export function money(amount: bigint, { symbol, decimals }: Currency): string {
  const [units = "0", fraction = ""] = formatUnits(amount, decimals).split(".");
  return `${units}${decimals === 0 ? "" : `.${fraction.padEnd(decimals, "0")}`} ${symbol}`;
}

/** Long hexadecimal by its start and length. */
export function shortHex(hex: string): string {
  return hex.length <= 66 ? hex : `${hex.slice(0, 18)}… (${(hex.length - 2) / 2} bytes)`;
}

/** `1 row`, `2 rows` */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
