import type { Hex } from "./bytes.ts";
import { ScorerError } from "./errors.ts";

/**
 * The object that a JSON file holds.
 *
 * @param what - names it in errors: "the statement"
 * @throws ScorerError `bad-json`
 */
export function parseRecord(json: string, what: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new ScorerError("bad-json", `${what} is not JSON: fetch the file again`);
  }
  return asRecord(parsed, what);
}

/** @throws ScorerError `bad-json` when the value is not an object */
export function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ScorerError("bad-json", `${what} is not an object`);
  }
  return { ...value };
}

/** @throws ScorerError `bad-json` when the member is not an array */
export function arrayOf(record: Record<string, unknown>, name: string): readonly unknown[] {
  const value = record[name];
  if (!Array.isArray(value)) throw new ScorerError("bad-json", `"${name}" is not an array`);
  return value;
}

/** @throws ScorerError `bad-json` when the member is not a decimal string without leading zeros */
export function integerOf(record: Record<string, unknown>, name: string): bigint {
  const value = record[name];
  if (typeof value !== "string" || !/^(0|[1-9]\d*)$/.test(value)) {
    throw new ScorerError("bad-json", `"${name}" is not an integer as a decimal string`);
  }
  return BigInt(value);
}

/** @throws ScorerError `bad-json` when the member is not 0x-prefixed hexadecimal */
export function hexOf(record: Record<string, unknown>, name: string): Hex {
  const value = record[name];
  if (typeof value !== "string" || !/^0x[0-9a-f]*$/i.test(value)) {
    throw new ScorerError("bad-json", `"${name}" is not 0x-prefixed hexadecimal`);
  }
  return value.toLowerCase() as Hex;
}
