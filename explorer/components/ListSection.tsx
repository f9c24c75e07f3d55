import type { ReactNode } from "react";
import { Section } from "./Layout.tsx";
import { PagedTable, type PagedTableProps } from "./PagedTable.tsx";
import { Empty } from "./States.tsx";

interface ListSectionProps<T> extends Omit<PagedTableProps<T>, "caption" | "empty"> {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly aside?: ReactNode;
  /** What the table has, for screen readers, if the title doesn't say it. */
  readonly caption?: string;
  /** What is said when there is nothing: that, and what would put something there. */
  readonly nothing: string;
  readonly until?: ReactNode;
  /** What stands below the table. */
  readonly children?: ReactNode;
}

/** A list of any length as a part of a page. */
export function ListSection<T>(props: ListSectionProps<T>) {
  const { title, lead, aside, caption = title, nothing, until, children, ...table } = props;
  return (
    <Section title={title} lead={lead} aside={aside}>
      <PagedTable {...table} caption={caption} empty={<Empty title={nothing}>{until}</Empty>} />
      {children}
    </Section>
  );
}
