import { useQuery } from "@tanstack/react-query";
import { useConfig } from "../config/ConfigContext.ts";
import type { Currency } from "../config/config.ts";
import { openSuite } from "./useChain.ts";

/** What amounts are in: of the configuration, or else as the currency's contract says; undefined until that is known. */
export function useCurrency(): Currency | undefined {
  const config = useConfig();
  const { data } = useQuery({
    queryKey: ["currency", config.book.contracts.currency],
    queryFn: async () => {
      const { currency } = await openSuite(config);
      const [symbol, decimals] = await Promise.all([currency.symbol(), currency.decimals()]);
      return { symbol, decimals: Number(decimals) };
    },
    enabled: config.currency === undefined,
  });
  return config.currency ?? data;
}
