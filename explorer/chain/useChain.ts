import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { ClientError } from "../../client/clientError.ts";
import type { Suite } from "../../client/suite.ts";
import type { Config } from "../config/config.ts";
import { useConfig } from "../config/ConfigContext.ts";
import { FROM_CHAIN, type Key } from "../data/queries.ts";

/** Something that was read from the chain itself, and the block that it is of. */
export interface Read<T> {
  readonly block: number;
  readonly data: T;
}

/**
 * The deployment's contracts through the configured node; ethers is fetched with the first call.
 *
 * @throws ClientError `network` without a configured node
 */
export async function openSuite(config: Config): Promise<Suite> {
  if (config.rpc === undefined) {
    throw new ClientError("network", 'no node is configured: add its address as "rpc" to config.json');
  }
  const { suiteThrough } = await import("./suite.ts");
  return suiteThrough(config.rpc, config);
}

/** Reads something from the chain itself, again with every block. */
export function useChain<T>(key: Key, read: ((suite: Suite) => Promise<T>) | undefined): UseQueryResult<Read<T>> {
  const config = useConfig();
  return useQuery({
    queryKey: [FROM_CHAIN, ...key],
    queryFn: async () => {
      if (read === undefined) throw new Error("nothing is read");
      const suite = await openSuite(config);
      try {
        const [block, data] = await Promise.all([suite.provider.getBlockNumber(), read(suite)]);
        return { block, data };
      } catch (error) {
        const { explainError } = await import("../../client/errors.ts");
        throw explainError(error, "reading from the chain");
      }
    },
    enabled: read !== undefined,
  });
}
