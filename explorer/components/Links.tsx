import { Link } from "wouter";
import type { Hex } from "../../client/indexApi/index.ts";
import { type Named, useName } from "../data/names.ts";
import { useStatementPlace } from "../data/statementPlace.ts";
import { shortHash } from "../words/hashes.ts";
import { nameLabel } from "../words/names.ts";
import { capitalised } from "../words/text.ts";

interface NamedLinkProps {
  readonly id: number;
  /** Of its card, where it is known already; null if the chain names none. */
  readonly digest?: Hex | null;
}

/** A model as a link to its page, by name and number. */
export function ModelLink(props: NamedLinkProps) {
  return <NamedLink kind="model" {...props} />;
}

/** A dataset as a link to its page, by name and number. */
export function DatasetLink(props: NamedLinkProps) {
  return <NamedLink kind="dataset" {...props} />;
}

function NamedLink({ kind, id, digest }: Named) {
  const { data: name, isLoading } = useName({ kind, id, digest });
  return (
    <Link to={`/${kind}/${id}`} className="named" aria-busy={isLoading}>
      <bdi>{name || capitalised(nameLabel(kind, id, name))}</bdi>
      {name && (
        <span className="named-number">
          <span> · </span>
          {nameLabel(kind, id, null)}
        </span>
      )}
    </Link>
  );
}

/** A statement as a link to its page, by its interval or else by its hash. */
export function StatementLink({ hash, interval }: { readonly hash: string; readonly interval?: number }) {
  return <Link to={`/statement/${hash}`}>{interval === undefined ? shortHash(hash, 6) : `Interval ${interval}`}</Link>;
}

/** A statement of which only the hash is at hand, by its interval and model once the index has told them. */
export function StatementPlace({ hash }: { readonly hash: string }) {
  const { data, isLoading } = useStatementPlace(hash);
  if (data === undefined) {
    return (
      <span aria-busy={isLoading}>
        <StatementLink hash={hash} />
      </span>
    );
  }
  return (
    <span className="statement-place">
      <StatementLink hash={hash} interval={data.interval} /> <span className="note">of</span>{" "}
      <ModelLink id={modelOf(data.stream)} />
    </span>
  );
}

/** Path of a challenge's page. */
export function challengePath(statement: string, level: number, position: number): string {
  return `/challenge/${statement}/${level}/${position}`;
}

/** The model that a stream belongs to: its number is the model's times 256, plus a place. */
export function modelOf(stream: number): number {
  return Math.floor(stream / 256);
}
