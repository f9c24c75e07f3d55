import { type ReactNode, useEffect, useId } from "react";

interface PageProps {
  readonly title: string;
  /** What kind of thing the page is of, above its title. */
  readonly kind?: string;
  /** In one or two sentences, what it is. */
  readonly lead?: ReactNode;
  /** State and buttons beside the title. */
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
}

/** A page with its heading; names the browser's tab. */
export function Page({ title, kind, lead, aside, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Tributary`;
  }, [title]);
  return (
    <article className="page">
      <header className="page-head">
        <div>
          {kind !== undefined && <p className="kind">{kind}</p>}
          <h1>{title}</h1>
          {lead !== undefined && <p className="lead">{lead}</p>}
        </div>
        {aside !== undefined && <div className="page-aside">{aside}</div>}
      </header>
      {children}
    </article>
  );
}

interface SectionProps {
  readonly title: string;
  /** What the section shows and what it doesn't. */
  readonly lead?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page under a heading of its own. */
export function Section({ title, lead, aside, children }: SectionProps) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {lead !== undefined && <p className="section-lead">{lead}</p>}
      {children}
    </section>
  );
}

/** Names and what they are. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

interface FactProps {
  readonly name: string;
  /** What the name means. */
  readonly hint?: string;
  readonly children: ReactNode;
}

export function Fact({ name, hint, children }: FactProps) {
  return (
    <div className="fact">
      <dt title={hint}>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Large figures beside each other. */
export function Figures({ children }: { readonly children: ReactNode }) {
  return <dl className="big-figures">{children}</dl>;
}

export function Figure({
  name,
  children,
  note,
}: {
  readonly name: string;
  readonly children: ReactNode;
  readonly note?: ReactNode;
}) {
  return (
    <div className="big-figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
      {note !== undefined && <dd className="note">{note}</dd>}
    </div>
  );
}

export type Tone = "plain" | "good" | "busy" | "bad" | "info";

/** A state in one word. */
export function Badge({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** What the chain proves here, and what it doesn't. */
export function Proves({ proven, unproven }: { readonly proven: ReactNode; readonly unproven: ReactNode }) {
  return (
    <div className="proves">
      <p>
        <strong>The chain proves:</strong> {proven}
      </p>
      <p>
        <strong>It doesn’t prove:</strong> {unproven}
      </p>
    </div>
  );
}
