import { useId } from "react";
import type { Paged } from "../data/queries.ts";
import { grouped } from "../words/amounts.ts";
import { Icon } from "./Icon.tsx";

interface PagerProps {
  readonly list: Omit<Paged<unknown>, "retry" | "error">;
  /** What is paged through, for screen readers. */
  readonly what: string;
}

/** Goes through the pieces of a list; nothing for one that has a single piece. */
export function Pager({ list: { rows = [], before, next, previous, first }, what }: PagerProps) {
  const place = useId();
  if (next === undefined && previous === undefined) return null;
  return (
    <nav className="pager" aria-label={`Pages of ${what}`} aria-describedby={place}>
      <button type="button" onClick={first} disabled={first === undefined}>
        First
      </button>
      <button type="button" onClick={previous} disabled={previous === undefined} aria-label="Previous page">
        <Icon name="previous" />
      </button>
      <span id={place} className="number" aria-live="polite">
        {grouped(before + Math.min(1, rows.length))}–{grouped(before + rows.length)}
      </span>
      <button type="button" onClick={next} disabled={next === undefined} aria-label="Next page">
        <Icon name="next" />
      </button>
    </nav>
  );
}
