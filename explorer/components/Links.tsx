import { Link } from "wouter";
import { shortHash } from "../words/hashes.ts";

/** A model as a link to its page. */
export function ModelLink({ id }: { readonly id: number }) {
  return <Link to={`/model/${id}`}>Model {id}</Link>;
}

/** A dataset as a link to its page. */
export function DatasetLink({ id }: { readonly id: number }) {
  return <Link to={`/dataset/${id}`}>Dataset {id}</Link>;
}

/** A statement as a link to its page, by its interval or else by its hash. */
export function StatementLink({ hash, interval }: { readonly hash: string; readonly interval?: number }) {
  return <Link to={`/statement/${hash}`}>{interval === undefined ? shortHash(hash, 6) : `Interval ${interval}`}</Link>;
}

/** Path of a challenge's page. */
export function challengePath(statement: string, level: number, position: number): string {
  return `/challenge/${statement}/${level}/${position}`;
}

/** The model that a stream belongs to: its number is the model's times 256, plus a place. */
export function modelOf(stream: number): number {
  return Math.floor(stream / 256);
}
