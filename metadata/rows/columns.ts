import type { Json, JsonObject } from "../json.ts";

/** A column of a table. */
export interface Column {
  /** Its name; undefined for lines of JSON that aren't objects, which have one column, the value itself. */
  readonly name: string | undefined;
  /** Class of Croissant's atomic data types. */
  readonly dataType: DataType;
  /** Whether each value is a list of that type. */
  readonly isArray: boolean;
}

/** Atomic data types of Croissant that follow from the bytes of a table. */
export type DataType = "sc:Boolean" | "sc:Integer" | "sc:Float" | "sc:Date" | "sc:Text";

/** Columns of a CSV file: a type is stated only where every field that isn't empty has it; otherwise text. */
export function csvColumns(header: readonly string[], records: readonly (readonly string[])[]): Column[] {
  return header.map((name, i) => {
    let type: DataType | undefined;
    for (const record of records) if (record[i] !== "") type = common(type, typeOfField(record[i]!));
    return { name, dataType: type ?? "sc:Text", isArray: false };
  });
}

/** Columns of lines of JSON: the members of the objects in the order in which they first appear. */
export function jsonColumns(objects: readonly JsonObject[] | undefined): Column[] {
  if (objects === undefined) return [{ name: undefined, dataType: "sc:Text", isArray: false }];
  const found = new Map<string, Column | undefined>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      const before = found.get(name);
      const column = columnOfValue(name, value);
      if (column === undefined || before === undefined) found.set(name, before ?? column);
      else if (column.isArray !== before.isArray) found.set(name, { name, dataType: "sc:Text", isArray: false });
      else found.set(name, { ...before, dataType: common(before.dataType, column.dataType) });
    }
  }
  return [...found].map(([name, column]) => column ?? { name, dataType: "sc:Text", isArray: false });
}

/** The columns that describe the tables of several files with the same names. */
export function mergeColumns(a: readonly Column[], b: readonly Column[]): Column[] {
  return a.map((column, i) => {
    const other = b[i]!;
    return column.isArray === other.isArray
      ? { ...column, dataType: common(column.dataType, other.dataType) }
      : { name: column.name, dataType: "sc:Text", isArray: false };
  });
}

/** Undefined says nothing: null, or a list without values. */
function columnOfValue(name: string, value: Json): Column | undefined {
  if (!Array.isArray(value)) {
    const dataType = typeOfValue(value);
    return dataType === undefined ? undefined : { name, dataType, isArray: false };
  }
  let type: DataType | undefined;
  for (const item of value as readonly Json[]) {
    const itemType = typeOfValue(item);
    if (itemType !== undefined) type = common(type, itemType);
  }
  return type === undefined ? undefined : { name, dataType: type, isArray: true };
}

function common(a: DataType | undefined, b: DataType): DataType {
  if (a === undefined || a === b) return b;
  const numbers = a !== "sc:Boolean" && b !== "sc:Boolean" && isNumber(a) && isNumber(b);
  return numbers ? "sc:Float" : "sc:Text";
}

function isNumber(type: DataType): boolean {
  return type === "sc:Integer" || type === "sc:Float";
}

function typeOfValue(value: Json): DataType | undefined {
  if (value === null) return undefined;
  if (typeof value === "boolean") return "sc:Boolean";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "sc:Integer" : "sc:Float";
  return "sc:Text";
}

/** A number with leading zeros is a name, not a number: a type must not lose what was written. */
function typeOfField(field: string): DataType {
  if (/^(true|false)$/i.test(field)) return "sc:Boolean";
  if (/^-?(0|[1-9]\d*)$/.test(field)) return Number.isSafeInteger(Number(field)) ? "sc:Integer" : "sc:Text";
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(field)) return "sc:Float";
  if (/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(field)) return "sc:Date";
  return "sc:Text";
}
