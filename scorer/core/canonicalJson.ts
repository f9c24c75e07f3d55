import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "./bytes.ts";
import { ScorerError } from "./errors.ts";
import { sha256 } from "./hash.ts";

/**
 * A value as RFC 8785 (JSON Canonicalization Scheme) writes it: no white space, members sorted by the UTF-16 code units
 * of their names, numbers and strings as ECMAScript serialises them.
 *
 * @param value - null, booleans, finite numbers, strings, arrays and plain objects of such
 * @throws ScorerError `bad-json`, naming the place of a value that JSON does not have (undefined members included), of a
 * number that is not finite, or of a string with half a surrogate pair
 */
export function canonicalJson(value: unknown): string {
  return serialise(value, "$");
}

/**
 * The digest by which a configuration is committed: SHA-256 of the UTF-8 of its canonical JSON.
 *
 * @throws ScorerError `bad-json` as `canonicalJson`
 */
export function jsonDigest(value: unknown): Hex {
  return sha256(utf8ToBytes(canonicalJson(value)));
}

function serialise(value: unknown, place: string): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  // In Unicode mode only half a pair matches.
  if (typeof value === "string" && !/\p{Surrogate}/u.test(value)) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => serialise(item, `${place}[${i}]`)).join(",")}]`;
  }
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${serialise(name, `${place}, a member's name`)}:${serialise(value[name], `${place}.${name}`)}`);
    return `{${members.join(",")}}`;
  }
  throw new ScorerError(
    "bad-json",
    `the value at ${place} has no canonical JSON: use null, booleans, finite numbers, well-formed strings, arrays and plain objects`,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
