import type { Block } from "./answers.ts";

/** One object, and the last block that is in it; null while nothing is indexed. */
export interface Answer<T> {
  readonly indexedTo: Block | null;
  readonly data: T;
}

/** A piece of a list. */
export interface AnswerPage<T> extends Answer<readonly T[]> {
  /** `cursor` of the next piece; null at the end. */
  readonly next: string | null;
}

/** Which piece of a list is wanted. */
export interface Paging {
  /** `next` of the piece before. */
  readonly cursor?: string | undefined;
  /** At most 1,000; 100 unless told. */
  readonly limit?: number | undefined;
  /** Oldest first unless `desc`. */
  readonly order?: "asc" | "desc" | undefined;
}

/** What gives the pieces of a list, as a method of `IndexClient` with its filters does. */
export type AskPage<T> = (paging: Paging) => Promise<AnswerPage<T>>;

/** The pieces of a list, asked for one by one. Pieces may be of different blocks: each names its own. */
export async function* pagesOf<T>(ask: AskPage<T>, paging: Paging = {}): AsyncGenerator<AnswerPage<T>, void, void> {
  for (let { cursor } = paging; ;) {
    const page = await ask({ ...paging, cursor });
    yield page;
    if (page.next === null) return;
    cursor = page.next;
  }
}

/** The items of a list, asked for in pieces. */
export async function* itemsOf<T>(ask: AskPage<T>, paging: Paging = {}): AsyncGenerator<T, void, void> {
  for await (const { data } of pagesOf(ask, paging)) yield* data;
}
