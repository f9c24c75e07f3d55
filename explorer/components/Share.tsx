import { percent } from "../words/amounts.ts";

/** A part of a whole as a percentage and as a bar. */
export function Share({ part, whole }: { readonly part: bigint; readonly whole: bigint }) {
  const width = whole === 0n ? 0 : Number((part * 10_000n) / whole) / 100;
  return (
    <span className="share">
      <span className="share-bar" aria-hidden="true">
        <span style={{ width: `${width}%` }} />
      </span>
      <span className="number">{percent(part, whole)}</span>
    </span>
  );
}
