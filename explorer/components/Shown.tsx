import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure, Loading } from "./States.tsx";

interface ShownProps<T> {
  readonly query: UseQueryResult<T>;
  /** What is fetched, for screen readers: "the statement". */
  readonly what: string;
  readonly lines?: number;
  /** It is all that the page shows. */
  readonly alone?: boolean;
  readonly children: (answer: T) => ReactNode;
}

/** What a query gives, or why it doesn't. An answer stays while it can't be renewed. */
export function Shown<T>({ query, what, lines, alone = false, children }: ShownProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Failure error={query.error} alone={alone} retry={() => void query.refetch()} />;
  return <Loading what={what} {...(lines === undefined ? {} : { lines })} />;
}
