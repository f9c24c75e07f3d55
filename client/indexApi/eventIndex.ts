import type { AddressBook } from "../addressBook.ts";
import type { ChainProvider, EventIndex, EventQuery, FoundEvents } from "../chainProvider.ts";
import type { Event } from "./answers.ts";
import { IndexClient } from "./indexClient.ts";
import { pagesOf } from "./paging.ts";
import type { Fetch } from "./requests.ts";

const LIMIT = 1_000;
/** Milliseconds in which an index must answer: who asks it can ask the node instead. */
const PATIENCE = 10_000;

const hurried: Fetch = (input, init) =>
  globalThis.fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(PATIENCE) });

/**
 * The events of an index of the chain, for `ChainProvider`. What follows the block of the first piece is left out: later
 * pieces may be of later blocks.
 */
export function eventIndexAt(client: IndexClient): EventIndex {
  return {
    events: async (query: EventQuery): Promise<FoundEvents | undefined> => {
      let indexedTo: FoundEvents["indexedTo"] | undefined;
      const events: Event[] = [];
      for await (const page of pagesOf((paging) => client.events({ ...query, ...paging }), { limit: LIMIT })) {
        indexedTo ??= page.indexedTo ?? undefined;
        events.push(...page.data);
      }
      if (indexedTo === undefined) return undefined;
      const { number } = indexedTo;
      return { events: events.filter(({ block }) => block <= number), indexedTo };
    },
  };
}

/**
 * Lets a provider take the past events of a deployment from an index of the chain.
 *
 * @param onFallback - told why, each time that they come from the node instead
 */
export function useIndexAt(
  provider: ChainProvider,
  api: string,
  book: AddressBook,
  onFallback: (reason: string) => void,
): void {
  provider.useIndex({ index: eventIndexAt(new IndexClient(api, { fetch: hurried })), book, onFallback });
}
