import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { Answer } from "../../client/indexApi/index.ts";
import { PAGE_SIZE, type Paged } from "./queries.ts";

/** Pieces of a list that is in memory: what is shown costs the same at any length. */
export function useLocalRows<R>(all: readonly R[] | undefined, size = PAGE_SIZE): Paged<R> {
  const [turned, setTurned] = useState(0);
  const last = Math.max(0, Math.ceil((all?.length ?? 0) / size) - 1);
  const page = Math.min(turned, last);
  return {
    rows: all?.slice(page * size, (page + 1) * size),
    indexedTo: undefined,
    error: null,
    isTurning: false,
    page,
    before: page * size,
    next: page < last ? () => setTurned(page + 1) : undefined,
    previous: page > 0 ? () => setTurned(page - 1) : undefined,
    first: page > 0 ? () => setTurned(0) : undefined,
    retry: () => undefined,
  };
}

/** Pieces of a list that the index gives as a whole. */
export function useLocalPages<T, R>(
  { data, error, refetch }: UseQueryResult<Answer<T>>,
  rowsOf: (answer: T) => readonly R[],
  size = PAGE_SIZE,
): Paged<R> {
  return {
    ...useLocalRows(data === undefined ? undefined : rowsOf(data.data), size),
    indexedTo: data?.indexedTo,
    error: data === undefined ? error : null,
    retry: () => void refetch(),
  };
}
