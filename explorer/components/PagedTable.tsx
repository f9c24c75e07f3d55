import type { ReactNode } from "react";
import type { Paged } from "../data/queries.ts";
import { Pager } from "./Pager.tsx";
import { Source } from "./Source.tsx";
import { Failure, Loading } from "./States.tsx";

/** A column of a table. */
export interface Column<T> {
  readonly header: string;
  readonly cell: (row: T) => ReactNode;
  /** Figures stand in line at the right. */
  readonly figures?: boolean;
}

interface TableProps<T> {
  /** What the table has, for screen readers and as its heading. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
  readonly busy?: boolean;
}

/** Rows of figures; on a narrow screen each row is a card that names its columns. */
export function Table<T>({ caption, columns, rows, rowKey, busy = false }: TableProps<T>) {
  return (
    <div className="table-frame">
      <table aria-busy={busy}>
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ header, figures = false }) => (
              <th key={header} scope="col" className={figures ? "figures" : undefined}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ header, cell, figures = false }) => (
                <td key={header} data-label={header} className={figures ? "figures" : undefined}>
                  {/* One box, as a card lays it out beside the column's name. */}
                  <div>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A list with its columns. */
export interface PagedTableProps<T> extends Pick<TableProps<T>, "caption" | "columns" | "rowKey"> {
  readonly list: Paged<T>;
  /** What is shown when there is nothing. */
  readonly empty: ReactNode;
  /** Where the figures come from, if not the index. */
  readonly source?: string;
}

/** A list of any length, one piece at a time. */
export function PagedTable<T>({ list, empty, source, ...table }: PagedTableProps<T>) {
  const { rows, error, retry, isTurning, before } = list;
  if (error !== null) return <Failure error={error} retry={retry} />;
  if (rows === undefined) return <Loading what={table.caption.toLowerCase()} lines={6} />;
  if (rows.length === 0 && before === 0) return empty;
  return (
    <>
      <Table {...table} rows={rows} busy={isTurning} />
      <div className="table-foot">
        <Source {...(source === undefined ? {} : { of: source })} upTo={list.indexedTo} />
        <Pager list={list} what={table.caption} />
      </div>
    </>
  );
}
