import type { Stream } from "../../client/indexApi/index.ts";
import type { StateWords } from "../words/states.ts";
import { Badge, type Tone } from "./Layout.tsx";

/** The state of a statement, challenge or contribution in a word; what it means shows on hover. */
export function StateBadge({ of: { name, tone, meaning } }: { readonly of: StateWords }) {
  return (
    <span title={meaning}>
      <Badge tone={tone}>{name}</Badge>
    </span>
  );
}

const INDEX_TONES = { active: "good", committed: "busy", rejected: "bad" } as const satisfies Readonly<
  Record<string, Tone>
>;

/** How far a stream's influence index is. */
export function IndexBadge({ index }: Pick<Stream, "index">) {
  return index === null ? (
    <span className="note">none: all goes by row count</span>
  ) : (
    <Badge tone={INDEX_TONES[index.status]}>{index.status}</Badge>
  );
}
