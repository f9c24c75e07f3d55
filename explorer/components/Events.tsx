import type { HistoryItem } from "../../client/indexApi/index.ts";
import { useLocalRows } from "../data/localPages.ts";
import { grouped } from "../words/amounts.ts";
import { Arguments, spaced } from "./Arguments.tsx";
import { TransactionLink } from "./Hash.tsx";
import { Pager } from "./Pager.tsx";
import { Time } from "./Time.tsx";

/** Events that are shown at once: each says a lot. */
const AT_ONCE = 20;

/** Events of the chain with what they say. */
export function Events({ events }: { readonly events: readonly HistoryItem[] }) {
  const list = useLocalRows(events, AT_ONCE);
  return (
    <>
      <ol className="events" start={list.before + 1}>
        {list.rows?.map(({ id, name, contract, time, block, transactionHash, args }) => (
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
      <Pager list={list} what="events" />
    </>
  );
}
