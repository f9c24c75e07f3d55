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
      {first !== undefined && (
        <button type="button" onClick={first}>
          First
        </button>
      )}
      <Turn icon="previous" name="Previous page" end="This is the first page" turn={previous} />
      <span id={place} className="number" aria-live="polite">
        {grouped(before + Math.min(1, rows.length))}–{grouped(before + rows.length)}
      </span>
      <Turn icon="next" name="Next page" end="This is the last page" turn={next} />
    </nav>
  );
}

interface TurnProps {
  readonly icon: "previous" | "next";
  readonly name: string;
  /** Why there is nothing to turn to. */
  readonly end: string;
  readonly turn: (() => void) | undefined;
}

function Turn({ icon, name, end, turn }: TurnProps) {
  return (
    <button type="button" onClick={turn} disabled={turn === undefined} aria-label={name} title={turn ? name : end}>
      <Icon name={icon} />
    </button>
  );
}
