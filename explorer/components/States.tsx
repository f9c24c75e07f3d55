import type { ReactNode } from "react";
import { failureText } from "../words/failures.ts";

/** Something that is being fetched: bars where its lines will be. */
export function Loading({ what, lines = 3 }: { readonly what: string; readonly lines?: number }) {
  return (
    <div className="loading" role="status">
      <span className="sr-only">Loading {what}…</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="bar" aria-hidden="true" />
      ))}
    </div>
  );
}

/** There is nothing, and what would put something there. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="state">
      <p className="state-title">{title}</p>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

interface FailureProps {
  readonly error: unknown;
  /** It is all that the page shows: its title is the page's. */
  readonly alone?: boolean;
  readonly retry?: (() => void) | undefined;
}

/** Something failed: what, and what to do. */
export function Failure({ error, retry, alone = false }: FailureProps) {
  const { title, message } = failureText(error);
  return (
    <div className="state failed" role="alert">
      {alone ? <h1>{title}</h1> : <p className="state-title">{title}</p>}
      <p>{message}</p>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
