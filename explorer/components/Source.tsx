import type { Block } from "../../client/indexApi/index.ts";
import { grouped } from "../words/amounts.ts";
import { Time } from "./Time.tsx";

interface SourceProps {
  /** Where the figures come from: "the index" unless said. */
  readonly of?: string;
  readonly upTo?: Block | null | undefined;
  /** Where only the block's number is known. */
  readonly block?: number;
}

/** Says where figures come from, and up to which block. */
export function Source({ of = "the index", upTo, block = upTo?.number }: SourceProps) {
  return (
    <p className="source">
      From {of}
      {block !== undefined && (
        <>
          , up to block <span className="number">{grouped(block)}</span>
        </>
      )}
      {upTo && (
        <>
          {" "}
          (<Time at={upTo.time} />)
        </>
      )}
    </p>
  );
}
