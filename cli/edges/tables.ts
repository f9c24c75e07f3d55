import { stringify } from "csv-stringify/sync";
import type { ColumnKind, RecordTable } from "../records.ts";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { SchemaElement } from "hyparquet";

/** A table as CSV (RFC 4180): times in ISO 8601, integers in full. */
export function csvOf({ columns, rows }: RecordTable): string {
  const cells = rows.map((row) => row.map((value, i) => csvCell(value, columns[i]?.kind ?? "text")));
  return stringify(cells, { header: true, columns: columns.map(({ name }) => name), record_delimiter: "windows" });
}

function csvCell(value: bigint | string | null, kind: ColumnKind): string {
  if (value === null) return "";
  return kind === "time" ? new Date(1_000 * Number(value)).toISOString() : String(value);
}

/** Digits of a DECIMAL of 16 bytes: amounts of the currency are up to 112 bits, 34 digits. */
const DIGITS = 38;

const TYPES: Readonly<Record<ColumnKind, Omit<SchemaElement, "name">>> = {
  integer: { type: "INT64" },
  amount: { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, converted_type: "DECIMAL", precision: DIGITS, scale: 0 },
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

/** A table as Apache Parquet, compressed with Snappy: amounts are DECIMAL(38, 0), times milliseconds in UTC. */
export function parquetOf({ columns, rows }: RecordTable): Uint8Array {
  const file = parquetWriteBuffer({
    columnData: columns.map(({ name, kind }, i) => ({
      name,
      data: rows.map((row) => parquetCell(row[i] ?? null, kind)),
    })),
    schema: [
      { name: "root", num_children: columns.length },
      ...columns.map(({ name, kind }): SchemaElement => ({ name, repetition_type: "OPTIONAL", ...TYPES[kind] })),
    ],
    createdBy: "tributary",
  });
  return new Uint8Array(file);
}

function parquetCell(value: bigint | string | null, kind: ColumnKind): bigint | string | Date | null {
  return value !== null && kind === "time" ? new Date(1_000 * Number(value)) : value;
}
