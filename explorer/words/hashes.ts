/** A hash or address with its middle left out. */
export function shortHash(hash: string, digits = 4): string {
  return hash.length <= 2 * digits + 4 ? hash : `${hash.slice(0, 2 + digits)}…${hash.slice(-digits)}`;
}

/** Nobody's address: where the contracts have it, nobody is named. */
export const ZERO_ADDRESS = "0x0000000000000000000000000000000000000000";

/** 32 zero bytes: where the contracts have it, nothing is set. */
export const ZERO_WORD = `0x${"0".repeat(64)}`;
