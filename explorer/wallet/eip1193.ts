/** A wallet's provider (EIP-1193). */
export interface Eip1193 {
  request(asked: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
  on?(event: string, listener: (value: never) => void): void;
  removeListener?(event: string, listener: (value: never) => void): void;
}

/** A wallet that announced itself (EIP-6963). */
export interface FoundWallet {
  readonly info: { readonly uuid: string; readonly name: string; readonly icon: string; readonly rdns: string };
  readonly provider: Eip1193;
}

/**
 * Tells of every wallet that announces itself (EIP-6963), also of those that come late. ethers' `discover` keeps the
 * provider to itself, and a page must hear of its accounts and chain.
 *
 * @returns ends it
 */
export function discoverWallets(found: (wallet: FoundWallet) => void): () => void {
  const announced = (event: Event): void => {
    const { detail } = event as CustomEvent<FoundWallet>;
    found(detail);
  };
  window.addEventListener("eip6963:announceProvider", announced);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  return () => window.removeEventListener("eip6963:announceProvider", announced);
}

/** Codes of errors of wallets: EIP-1193, EIP-3326, EIP-5792, JSON-RPC. */
export const WALLET_ERRORS = {
  rejected: 4001,
  unsupported: 4200,
  unknownChain: 4902,
  noBatch: [5700, 5710, 5720, 5730, 5750, 5760, 4200, -32601, -32602],
} as const;

/** The code of an error, wherever wallets and ethers put it. */
export function errorCodes(error: unknown): readonly (number | string)[] {
  const codes: (number | string)[] = [];
  for (let at: unknown = error, depth = 0; typeof at === "object" && at !== null && depth < 6; depth++) {
    const { code, error: inner, cause, info, data } = at as Record<string, unknown>;
    if (typeof code === "number" || typeof code === "string") codes.push(code);
    at = inner ?? memberOf(info, "error") ?? cause ?? memberOf(data, "originalError");
  }
  return codes;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Whether the wallet's owner said no. */
export function isRejection(error: unknown): boolean {
  return errorCodes(error).some((code) => code === WALLET_ERRORS.rejected || code === "ACTION_REJECTED");
}

/** A chain id as wallets write it. */
export function chainIdHex(chainId: number): string {
  return `0x${chainId.toString(16)}`;
}
