import { createContext, use } from "react";
import type { IndexClient } from "../../client/indexApi/index.ts";

export const IndexContext = createContext<IndexClient | undefined>(undefined);

/** The index's API. */
export function useIndex(): IndexClient {
  const api = use(IndexContext);
  if (api === undefined) throw new Error("there is no index above this component");
  return api;
}
