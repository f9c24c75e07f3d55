import { ClientError } from "../clientError.ts";

/** `0x` and hexadecimal digits. */
export type Hex = `0x${string}`;

/** What a value of an answer must be, and how it is read. */
export interface Shape<T> {
  /** What it is, for comparison with the schemas of the API. */
  readonly kind: Kind;
  /**
   * @param at - where the value stands in its answer, for errors
   * @throws ClientError `mismatch` if it is something else
   */
  readonly read: (value: unknown, at: string) => T;
}

/** The description of a shape. */
export type Kind =
  | { readonly is: "whole" | "text" | "amount" | "hex" | "flag" | "anything" }
  | { readonly is: "word"; readonly words: readonly string[] }
  | { readonly is: "maybe" | "list"; readonly of: Kind }
  | { readonly is: "record"; readonly members: Readonly<Record<string, Kind>> };

/** The type of what a shape reads. */
export type ShapeOf<S> = S extends Shape<infer T> ? T : never;

function refuse(at: string, wanted: string): never {
  throw new ClientError(
    "mismatch",
    `the index answers with ${at} that isn't ${wanted}: it is another version of the API, or another server`,
  );
}

/** An integer that a number holds exactly. */
export const whole: Shape<number> = {
  kind: { is: "whole" },
  read: (value, at) => (Number.isSafeInteger(value) ? Number(value) : refuse(at, "an integer")),
};

export const text: Shape<string> = {
  kind: { is: "text" },
  read: (value, at) => (typeof value === "string" ? value : refuse(at, "text")),
};

/** Decimal text, read as an integer of any size. */
export const amount: Shape<bigint> = {
  kind: { is: "amount" },
  read: (value, at) =>
    typeof value === "string" && /^[0-9]+$/.test(value) ? BigInt(value) : refuse(at, "a decimal amount"),
};

/** Hashes, addresses and bytes. */
export const hex: Shape<Hex> = {
  kind: { is: "hex" },
  read: (value, at) =>
    typeof value === "string" && /^0x[0-9a-fA-F]*$/.test(value) ? (value as Hex) : refuse(at, "hexadecimal"),
};

export const flag: Shape<boolean> = {
  kind: { is: "flag" },
  read: (value, at) => (typeof value === "boolean" ? value : refuse(at, "true or false")),
};

/** An object whose members depend on what it tells of. */
export const anything: Shape<Readonly<Record<string, unknown>>> = {
  kind: { is: "anything" },
  read: (value, at) => (isRecord(value) ? value : refuse(at, "an object")),
};

/** One of some words. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  return {
    kind: { is: "word", words },
    read: (value, at) =>
      words.find((known) => known === value) ?? refuse(at, words.map((known) => `"${known}"`).join(" or ")),
  };
}

/** A shape or null. */
export function maybe<T>(shape: Shape<T>): Shape<T | null> {
  return {
    kind: { is: "maybe", of: shape.kind },
    read: (value, at) => (value === null ? null : shape.read(value, at)),
  };
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    kind: { is: "list", of: shape.kind },
    read: (value, at) =>
      Array.isArray(value) ? value.map((item, i) => shape.read(item, `${at}[${i}]`)) : refuse(at, "a list"),
  };
}

/** An object with these members; others, of a newer API, are passed over. */
export function record<const M extends Readonly<Record<string, Shape<unknown>>>>(
  members: M,
): Shape<{ readonly [K in keyof M]: ShapeOf<M[K]> }> {
  const entries = Object.entries(members);
  return {
    kind: { is: "record", members: Object.fromEntries(entries.map(([name, { kind }]) => [name, kind])) },
    read: (value, at) => {
      if (!isRecord(value)) refuse(at, "an object");
      const read = entries.map(([name, shape]) => [name, shape.read(value[name], `${at}.${name}`)]);
      return Object.fromEntries(read) as { readonly [K in keyof M]: ShapeOf<M[K]> };
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
