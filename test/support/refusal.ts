import type { Interface } from "ethers";

/** The name of the custom error with which a call ended, from a node's data or from the words of Hardhat's chain; else what the error says. */
export function refusalOf(error: unknown, contract: { readonly interface: Interface }): string {
  const data = (error as { readonly data?: unknown }).data;
  const parsed = typeof data === "string" ? contract.interface.parseError(data)?.name : undefined;
  return parsed ?? /custom error '(\w+)/.exec(String(error))?.[1] ?? String(error);
}
