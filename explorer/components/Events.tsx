import type { HistoryItem } from "../../client/indexApi/index.ts";
import { grouped } from "../words/amounts.ts";
import { Arguments, spaced } from "./Arguments.tsx";
import { TransactionLink } from "./Hash.tsx";
import { Time } from "./Time.tsx";

/** Events of the chain with what they say. */
export function Events({ events }: { readonly events: readonly HistoryItem[] }) {
  return (
    <ol className="events">
      {events.map(({ id, name, contract, time, block, transactionHash, args }) => (
        <li key={id} className="panel">
          <div className="event-head">
            <strong>{spaced(name)}</strong>
            <span className="note">
              {contract}, block <span className="number">{grouped(block)}</span>, <Time at={time} />
            </span>
            <TransactionLink hash={transactionHash} />
          </div>
          <Arguments args={args} />
        </li>
      ))}
    </ol>
  );
}
