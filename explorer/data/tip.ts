import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState } from "react";
import type { Block, Health } from "../../client/indexApi/index.ts";
import { useIndex } from "./IndexContext.ts";
import { FROM_CHAIN, FROM_INDEX } from "./queries.ts";

/** How far the index is, and when its last block was first seen here. */
export interface Tip {
  readonly health: Health | undefined;
  readonly error: Error | null;
  /** The last block and the page's own time at which it was seen, in milliseconds. */
  readonly seen: { readonly block: Block; readonly at: number } | undefined;
}

export const TipContext = createContext<Tip>({ health: undefined, error: null, seen: undefined });

const EVERY = 3_000;

/** Looks for new blocks of the index, and has all answers asked for again when there is one, or another one. */
export function useFollowedTip(): Tip {
  const api = useIndex();
  const queries = useQueryClient();
  const {
    data: health,
    error,
    dataUpdatedAt,
  } = useQuery({
    queryKey: ["tip"],
    queryFn: ({ signal }) => api.until(signal).health(),
    refetchInterval: EVERY,
    staleTime: 0,
    retry: false,
  });
  const block = health?.indexedTo ?? undefined;
  const [seen, setSeen] = useState<Tip["seen"]>(undefined);
  if (block !== undefined && seen?.block.hash !== block.hash) setSeen({ block, at: dataUpdatedAt });
  const hash = block?.hash;
  useEffect(() => {
    if (hash === undefined) return;
    void queries.invalidateQueries({ queryKey: [FROM_INDEX] });
    void queries.invalidateQueries({ queryKey: [FROM_CHAIN] });
  }, [hash, queries]);
  return { health, error, seen };
}

export function useTip(): Tip {
  return use(TipContext);
}

/** The chain's time in Unix seconds: that of its last block, and what has passed since; undefined until it is known. */
export function useChainTime(): number | undefined {
  const { seen } = useTip();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return seen === undefined ? undefined : seen.block.time + Math.max(0, Math.floor((now - seen.at) / 1_000));
}
