import { id } from "ethers";

/** What one call costs, in 10^-6 dollars. */
export const PRICE = 100n;

/** The key of a wallet of the world; for development chains only. */
export function keyNamed(name: string): string {
  return id(`tributary gateway: ${name}`);
}

/** The name of a payer, for `keyNamed`. */
export function payerName(i: number): string {
  return `payer ${i}`;
}
