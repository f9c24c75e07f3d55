import { useQueries, useQuery, type UseQueryOptions, type UseQueryResult } from "@tanstack/react-query";
import type { Hex, IndexClient } from "../../client/indexApi/index.ts";
import { nameInCard, nameLabel, type NamedKind } from "../words/names.ts";
import { cardTextOf, digestIn } from "./cards.ts";
import { useIndex } from "./IndexContext.ts";

/** A model or dataset by its number. */
export interface Named {
  readonly kind: NamedKind;
  readonly id: number;
  /** Of its card, where the list that names it has that; it saves a question. Null for a card that has none. */
  readonly digest?: Hex | null | undefined;
}

/** Milliseconds after which a name is asked for again: a dataset can get another card, a model can't. */
const FRESH = 300_000;

type NameQuery = UseQueryOptions<string | null, Error, string | null, readonly (string | number)[]>;

/**
 * One question for each model or dataset that is shown, however often it is named and however many blocks pass. Cards
 * come from the index's server only: a list sends nobody to whatever address an owner has registered.
 */
function nameQuery(api: IndexClient, { kind, id, digest }: Named): NameQuery {
  return {
    queryKey: ["name", kind, id],
    // Never broken off: a list that is turned or left may name the same again.
    queryFn: async () => {
      const known = digest === undefined ? await cardDigest(api, kind, id) : digest;
      return known === null ? null : nameInCard(await cardTextOf(api, known)) || null;
    },
    staleTime: FRESH,
    retry: false,
  };
}

async function cardDigest(api: IndexClient, kind: NamedKind, id: number): Promise<Hex | null> {
  if (kind === "dataset") return (await api.dataset(id)).data.metadataDigest;
  return digestIn((await api.model(id)).data.uri) ?? null;
}

/** What a card calls a model or dataset; no data where no card can be had. */
export function useName(named: Named): UseQueryResult<string | null> {
  const api = useIndex();
  return useQuery(nameQuery(api, named));
}

/** Name and number for a sentence or heading: "Spam filter · model 2", or "model 2" alone. */
export function useNameLabel(named: Named): string {
  return nameLabel(named.kind, named.id, useName(named).data);
}

/** Looks up names; undefined where no card can be had. */
export type Names = (kind: NamedKind, id: number) => string | undefined;

/** Names of several models and datasets at once. */
export function useNames(all: readonly Named[]): Names {
  const api = useIndex();
  const distinct = [...new Map(all.map((named) => [`${named.kind} ${named.id}`, named])).values()];
  const found = useQueries({
    queries: distinct.map((named) => nameQuery(api, named)),
    combine: (results) =>
      new Map(distinct.map(({ kind, id }, i) => [`${kind} ${id}`, results[i]?.data ?? undefined] as const)),
  });
  return (kind, id) => found.get(`${kind} ${id}`);
}
