import { getAddress, isAddress } from "ethers";
import { ClientError } from "./clientError.ts";

/** The contracts of a deployment, by their role. */
export const ROLES = [
  "currency",
  "datasets",
  "models",
  "ledger",
  "market",
  "receivers",
  "vault",
  "indexes",
  "usage",
  "attribution",
  "challenges",
  "payouts",
] as const;

export type Role = (typeof ROLES)[number];

/** Where a deployment's contracts are. Written by the deployment, read by everything else. */
export interface AddressBook {
  readonly chainId: number;
  /** Block of the first contract: events are looked for from here. */
  readonly fromBlock: number;
  readonly contracts: Readonly<Record<Role, string>>;
}

/**
 * Reads an address book.
 *
 * @param json - text of the file
 * @throws ClientError `bad-input` that names what is missing
 */
export function parseAddressBook(json: string): AddressBook {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw new ClientError("bad-input", "the address book is not JSON: deploy again, or fetch the file again", {
      cause,
    });
  }
  const { chainId, fromBlock, contracts } = (parsed ?? {}) as Partial<AddressBook>;
  if (!Number.isSafeInteger(chainId) || !Number.isSafeInteger(fromBlock)) {
    throw new ClientError("bad-input", "the address book names no chainId or no fromBlock");
  }
  const entries = ROLES.map((role) => {
    const address: unknown = contracts?.[role];
    if (!isAddress(address)) throw new ClientError("bad-input", `the address book has no address for "${role}"`);
    return [role, getAddress(address)] as const;
  });
  return {
    chainId: Number(chainId),
    fromBlock: Number(fromBlock),
    contracts: Object.fromEntries(entries) as Record<Role, string>,
  };
}
