import { JsonRpcProvider, Network } from "ethers";
import { suiteAt, type Suite } from "../../client/suite.ts";
import type { Config } from "../config/config.ts";

const opened = new Map<string, Suite>();

/** Typed handles on the deployment's contracts, through the configured node. */
export function suiteThrough(url: string, { book }: Config): Suite {
  const known = opened.get(url);
  if (known !== undefined) return known;
  const network = Network.from(book.chainId);
  const suite = suiteAt(book, new JsonRpcProvider(url, network, { staticNetwork: network, cacheTimeout: -1 }));
  opened.set(url, suite);
  return suite;
}
