import { getAddress } from "ethers";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { useConfig } from "../config/ConfigContext.ts";
import { chainIdHex, discoverWallets, errorCodes, type FoundWallet, isRejection, WALLET_ERRORS } from "./eip1193.ts";
import { WalletContext, type WalletState } from "./WalletContext.ts";

/** Where the last wallet's name is kept, so that a reload finds it again. */
const REMEMBERED = "tributary-wallet";

interface Connection {
  readonly account: string;
  readonly chainId: number;
}

/** Knows the wallets of the browser, and follows the accounts and the chain of the one that is connected. */
export function WalletProvider({ children }: { readonly children: ReactNode }) {
  const { book, chainName, rpc } = useConfig();
  const [found, setFound] = useState<readonly FoundWallet[]>([]);
  const [wallet, setWallet] = useState<FoundWallet>();
  const [connection, setConnection] = useState<Connection>();
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState<string>();

  const open = useCallback(async (chosen: FoundWallet, method: "eth_accounts" | "eth_requestAccounts") => {
    const next = await connectionOf(chosen, method);
    if (next === undefined) return;
    localStorage.setItem(REMEMBERED, chosen.info.rdns);
    setWallet(chosen);
    setConnection(next);
  }, []);

  useEffect(
    () =>
      discoverWallets((announced) => {
        setFound((known) => [...known.filter(({ info }) => info.uuid !== announced.info.uuid), announced]);
        if (announced.info.rdns === localStorage.getItem(REMEMBERED)) {
          // A wallet that isn't unlocked stays unconnected until its owner asks for it.
          void open(announced, "eth_accounts").catch(() => undefined);
        }
      }),
    [open],
  );

  const disconnect = useCallback(() => {
    localStorage.removeItem(REMEMBERED);
    setWallet(undefined);
    setConnection(undefined);
    setError(undefined);
  }, []);

  useEffect(() => {
    if (wallet === undefined) return;
    const { provider } = wallet;
    const accountsChanged = ([account]: readonly string[]): void => {
      if (account === undefined) disconnect();
      else setConnection((known) => known && { ...known, account: getAddress(account) });
    };
    const chainChanged = (chainId: string): void => {
      setConnection((known) => known && { ...known, chainId: Number(chainId) });
    };
    provider.on?.("accountsChanged", accountsChanged);
    provider.on?.("chainChanged", chainChanged);
    provider.on?.("disconnect", disconnect);
    return () => {
      provider.removeListener?.("accountsChanged", accountsChanged);
      provider.removeListener?.("chainChanged", chainChanged);
      provider.removeListener?.("disconnect", disconnect);
    };
  }, [wallet, disconnect]);

  const state = useMemo((): WalletState => {
    const asking = (ask: () => Promise<unknown>): void => {
      setAsking(true);
      setError(undefined);
      void ask()
        .catch((caught: unknown) => {
          if (!isRejection(caught)) setError(caught instanceof Error ? caught.message : String(caught));
        })
        .finally(() => setAsking(false));
    };
    return {
      found,
      wallet,
      account: connection?.account,
      chainId: connection?.chainId,
      isRightChain: connection?.chainId === book.chainId,
      isAsking,
      error,
      connect: (chosen) => asking(() => open(chosen, "eth_requestAccounts")),
      disconnect,
      switchChain: () => {
        if (wallet !== undefined) asking(() => switchChain(wallet, { chainId: book.chainId, chainName, rpc }));
      },
    };
  }, [found, wallet, connection, isAsking, error, book.chainId, chainName, rpc, open, disconnect]);

  return <WalletContext value={state}>{children}</WalletContext>;
}

async function connectionOf({ provider }: FoundWallet, method: string): Promise<Connection | undefined> {
  const [account] = (await provider.request({ method })) as readonly string[];
  if (account === undefined) return undefined;
  return { account: getAddress(account), chainId: Number(await provider.request({ method: "eth_chainId" })) };
}

interface Chain {
  readonly chainId: number;
  readonly chainName: string;
  readonly rpc: string | undefined;
}

/** Asks the wallet to go to a chain (EIP-3326), and to add it first if it doesn't know it (EIP-3085). */
async function switchChain({ provider }: FoundWallet, { chainId, chainName, rpc }: Chain): Promise<void> {
  const named = { chainId: chainIdHex(chainId) };
  try {
    await provider.request({ method: "wallet_switchEthereumChain", params: [named] });
  } catch (error) {
    if (rpc === undefined || !errorCodes(error).includes(WALLET_ERRORS.unknownChain)) throw error;
    const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
    const added = { ...named, chainName, rpcUrls: [rpc], nativeCurrency };
    await provider.request({ method: "wallet_addEthereumChain", params: [added] });
  }
}
