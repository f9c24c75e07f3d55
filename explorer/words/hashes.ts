/** A hash or address with its middle left out. */
export function shortHash(hash: string, digits = 4): string {
  return hash.length <= 2 * digits + 4 ? hash : `${hash.slice(0, 2 + digits)}…${hash.slice(-digits)}`;
}
