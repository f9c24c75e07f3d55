import { IndexError } from "./errors.ts";
import { DEFAULT_LIMIT, type Page, type Paging } from "./queries.ts";

/** A piece of a list that is in memory: its cursor is a place. */
export function pieceOf<R>(length: number, { cursor, limit = DEFAULT_LIMIT }: Paging, at: (i: number) => R): Page<R> {
  const from = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new IndexError("bad-request", `"${cursor}" is no cursor: give "next" of the piece before, or none`);
  }
  const to = Math.min(length, from + limit);
  const items = Array.from({ length: Math.max(0, to - from) }, (_, i) => at(from + i));
  return { items, next: to < length ? String(to) : null };
}
