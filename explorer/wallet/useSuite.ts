import { useCallback } from "react";
import type { Suite } from "../../client/suite.ts";
import { openSuite } from "../chain/useChain.ts";
import { useConfig } from "../config/ConfigContext.ts";
import { useWallet } from "./WalletContext.ts";

/** Opens the deployment's contracts through the configured node or, where none is, the connected wallet's. */
export function useSuite(): () => Promise<Suite> {
  const config = useConfig();
  const { wallet } = useWallet();
  return useCallback(async () => {
    if (config.rpc !== undefined || wallet === undefined) return openSuite(config);
    const [{ BrowserProvider }, { suiteAt }] = await Promise.all([import("ethers"), import("../../client/suite.ts")]);
    const { provider } = wallet;
    const request = ({ method, params }: { method: string; params?: unknown }) =>
      provider.request({ method, params: (params ?? []) as readonly unknown[] });
    return suiteAt(config.book, new BrowserProvider({ request }, config.book.chainId, { cacheTimeout: -1 }));
  }, [config, wallet]);
}
