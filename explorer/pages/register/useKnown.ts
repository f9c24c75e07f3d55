import { useQueries, type UseQueryResult } from "@tanstack/react-query";
import { ClientError } from "../../../client/clientError.ts";
import type { Answer, Dataset, Model } from "../../../client/indexApi/index.ts";
import { useIndex } from "../../data/IndexContext.ts";
import { FROM_INDEX } from "../../data/queries.ts";
import type { Known } from "./registration.ts";

/** What the registries hold of models and datasets. */
export function useKnown(models: readonly number[], datasets: readonly number[]): Omit<Known, "permissions"> {
  const api = useIndex();
  return {
    models: useEach("model", models, (id, signal) => api.until(signal).model(id)),
    datasets: useEach("dataset", datasets, (id, signal) => api.until(signal).dataset(id)),
  };
}

function useEach<T extends Model | Dataset>(
  name: string,
  ids: readonly number[],
  ask: (id: number, signal: AbortSignal) => Promise<Answer<T>>,
): ReadonlyMap<number, T | null> {
  const unique = [...new Set(ids)];
  return useQueries({
    queries: unique.map((id) => ({
      queryKey: [FROM_INDEX, name, id],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => ask(id, signal),
    })),
    combine: (results: UseQueryResult<Answer<T>>[]) =>
      new Map(
        results.flatMap(({ data, error }, i): [number, T | null][] => {
          const id = unique[i] ?? 0;
          if (data !== undefined) return [[id, data.data]];
          return error instanceof ClientError && error.code === "not-found" ? [[id, null]] : [];
        }),
      ),
  });
}
