import { useChainTime } from "../data/tip.ts";
import { dateText, relativeText, spanText } from "../words/times.ts";

/** A moment of the chain's clock, as how long ago it was; its date shows on hover. */
export function Time({ at }: { readonly at: number }) {
  const now = useChainTime();
  return (
    <time dateTime={new Date(at * 1_000).toISOString()} title={dateText(at)}>
      {now === undefined ? dateText(at) : relativeText(at, now)}
    </time>
  );
}

interface CountdownProps {
  readonly until: number;
  /** What is shown once it is over. */
  readonly over: string;
}

/** What is left until a moment of the chain's clock. */
export function Countdown({ until, over }: CountdownProps) {
  const now = useChainTime();
  const left = now === undefined ? undefined : until - now;
  return (
    <time
      className="countdown"
      dateTime={new Date(until * 1_000).toISOString()}
      title={`${dateText(until)}, by the chain's clock`}
    >
      {left === undefined ? dateText(until) : left <= 0 ? over : spanText(left)}
    </time>
  );
}
