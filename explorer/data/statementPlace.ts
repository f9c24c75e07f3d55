import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Statement } from "../../client/indexApi/index.ts";
import { useIndex } from "./IndexContext.ts";

/** Which interval of which stream a statement is of: its hash commits to both, so that they are asked for once. */
export function useStatementPlace(hash: string): UseQueryResult<Pick<Statement, "stream" | "interval">> {
  const api = useIndex();
  return useQuery({
    queryKey: ["statement place", hash],
    queryFn: async ({ signal }) => (await api.until(signal).statement(hash)).data,
  });
}
