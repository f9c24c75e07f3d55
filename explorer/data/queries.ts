import { keepPreviousData, QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { ClientError } from "../../client/clientError.ts";
import type { Answer, AnswerPage, Block, IndexClient, Paging } from "../../client/indexApi/index.ts";
import { useIndex } from "./IndexContext.ts";

/** Answers of the index, which are asked for again when it has another block. */
export const FROM_INDEX = "index";
/** What was read from the chain itself. */
export const FROM_CHAIN = "chain";

/** What tells a question from all others. */
export type Key = readonly (string | number | boolean | null | undefined)[];

const TRIES = 2;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Nothing goes stale by time: a new block makes all answers old.
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        retry: (failures, error) => error instanceof ClientError && error.code === "network" && failures < TRIES,
      },
    },
  });
}

/**
 * One answer of the index, kept current.
 *
 * @param key - differs for different questions
 * @param ask - undefined while there is nothing to ask
 */
export function useAnswer<T>(
  key: Key,
  ask: ((api: IndexClient) => Promise<Answer<T>>) | undefined,
): UseQueryResult<Answer<T>> {
  const api = useIndex();
  return useQuery({
    queryKey: [FROM_INDEX, ...key],
    queryFn: ({ signal }) => {
      if (ask === undefined) throw new Error("nothing is asked");
      return ask(api.until(signal));
    },
    enabled: ask !== undefined,
  });
}

/** A list, one piece at a time. */
export interface Paged<T> {
  readonly rows: readonly T[] | undefined;
  readonly indexedTo: Block | null | undefined;
  readonly error: Error | null;
  /** A piece is being fetched; `rows` are those of the piece before. */
  readonly isTurning: boolean;
  /** From 0. */
  readonly page: number;
  /** Items of the pieces before this one. */
  readonly before: number;
  readonly next: (() => void) | undefined;
  readonly previous: (() => void) | undefined;
  readonly first: (() => void) | undefined;
  readonly retry: () => void;
}

/** Fewer where each row is a card. */
export const PAGE_SIZE = window.matchMedia("(max-width: 46rem)").matches ? 8 : 25;

/**
 * A list of the index, one piece at a time; it costs the same at any length.
 *
 * @param key - differs for different questions; when it changes the list begins again
 */
export function usePaged<T>(
  key: Key,
  ask: (api: IndexClient, paging: Paging) => Promise<AnswerPage<T>>,
  { limit = PAGE_SIZE, order = "desc" }: Omit<Paging, "cursor"> = {},
): Paged<T> {
  const api = useIndex();
  const list = JSON.stringify([key, limit, order]);
  const [turned, setTurned] = useState<{ list: string; cursors: readonly string[] }>({ list, cursors: [] });
  const cursors = turned.list === list ? turned.cursors : [];
  const turn = (to: readonly string[]) => () => setTurned({ list, cursors: to });
  const cursor = cursors.at(-1);
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: [FROM_INDEX, ...key, limit, order, cursor],
    queryFn: ({ signal }) => ask(api.until(signal), { limit, order, cursor }),
    placeholderData: keepPreviousData,
  });
  const next = data?.next ?? null;
  return {
    rows: data?.data,
    indexedTo: data?.indexedTo,
    error: data === undefined || isPlaceholderData ? error : null,
    isTurning: isPlaceholderData,
    page: cursors.length,
    before: cursors.length * limit,
    next: next === null || isPlaceholderData ? undefined : turn([...cursors, next]),
    previous: cursors.length === 0 ? undefined : turn(cursors.slice(0, -1)),
    first: cursors.length === 0 ? undefined : turn([]),
    retry: () => void refetch(),
  };
}
