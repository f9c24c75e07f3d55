import { createContext, use } from "react";
import type { FoundWallet } from "./eip1193.ts";

/** The wallet that is connected, or those that could be. */
export interface WalletState {
  /** Wallets that announced themselves. */
  readonly found: readonly FoundWallet[];
  readonly wallet: FoundWallet | undefined;
  /** Checksummed. */
  readonly account: string | undefined;
  readonly chainId: number | undefined;
  /** Whether the wallet is on the deployment's chain. */
  readonly isRightChain: boolean;
  /** Waits for the wallet's owner. */
  readonly isAsking: boolean;
  /** What went wrong last; undefined after the owner said no, which is no fault. */
  readonly error: string | undefined;
  readonly connect: (wallet: FoundWallet) => void;
  readonly disconnect: () => void;
  readonly switchChain: () => void;
}

export const WalletContext = createContext<WalletState | undefined>(undefined);

export function useWallet(): WalletState {
  const state = use(WalletContext);
  if (state === undefined) throw new Error("there is no wallet provider above this component");
  return state;
}
