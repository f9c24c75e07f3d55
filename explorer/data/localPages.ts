import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import type { Answer } from "../../client/indexApi/index.ts";
import { PAGE_SIZE, type Paged } from "./queries.ts";

/** Pieces of a list that comes as a whole: what is shown costs the same at any length. */
export function useLocalPages<T, R>(
  { data, error, refetch }: UseQueryResult<Answer<T>>,
  rowsOf: (answer: T) => readonly R[],
  size = PAGE_SIZE,
): Paged<R> {
  const [turned, setTurned] = useState(0);
  const all = data === undefined ? undefined : rowsOf(data.data);
  const last = Math.max(0, Math.ceil((all?.length ?? 0) / size) - 1);
  const page = Math.min(turned, last);
  return {
    rows: all?.slice(page * size, (page + 1) * size),
    indexedTo: data?.indexedTo,
    error: data === undefined ? error : null,
    isTurning: false,
    page,
    before: page * size,
    next: page < last ? () => setTurned(page + 1) : undefined,
    previous: page > 0 ? () => setTurned(page - 1) : undefined,
    first: page > 0 ? () => setTurned(0) : undefined,
    retry: () => void refetch(),
  };
}
