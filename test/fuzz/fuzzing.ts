import { expect } from "chai";
import fc from "fast-check";
import { ClientError } from "../../client/index.ts";
import { MetadataError } from "../../metadata/index.ts";
import { ScorerError } from "../../scorer/index.ts";

/** Inputs that every decoder gets: few in `npm test`, 100,000 in the long profile. */
export const RUNS = Number(process.env.FUZZ_RUNS ?? 250);
/** The same inputs every time in the short profile, new ones in the long one; a failure tells its seed. */
export const SEED = Number(
  process.env.FUZZ_SEED ?? (process.env.FUZZ_RUNS === undefined ? 1_414_677_826 : Date.now() | 0),
);

/** Longest that one input may take, in milliseconds: far above any decoder's time on files of these sizes. */
const HANG = 2_000;

/** Declares a test that tries an arbitrary's values; each must be refused in words, or hold what `check` asks of it. */
export function fuzz<T>(what: string, inputs: fc.Arbitrary<T>, check: (input: T) => unknown): void {
  it(`${what} (${RUNS.toLocaleString("en")} inputs, seed ${SEED})`, async function () {
    this.timeout(0);
    const property = fc.asyncProperty(inputs, async (input) => {
      const from = performance.now();
      await check(input);
      const took = performance.now() - from;
      if (took > HANG) throw new Error(`it took ${Math.round(took)} ms`);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: false });
  });
}

/** What a decoder makes of an input: nothing where it refuses, which only errors with a code do. */
export async function accepted<T>(decode: () => T | Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await decode() };
  } catch (error) {
    if (error instanceof ScorerError || error instanceof MetadataError || error instanceof ClientError) {
      expect(error.message).to.match(/./);
      return undefined;
    }
    throw error;
  }
}

/** A change of bytes, at a place between 0 and 1. */
type Edit =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "set"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "cut"; readonly at: number; readonly length: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "swap"; readonly at: number; readonly with: number; readonly length: number };

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
/** Numbers at which formats break: ends of integer types, in either byte order. */
const words = fc
  .constantFrom(
    0n,
    1n,
    0x7fn,
    0xffn,
    0x7fffn,
    0xffffn,
    0x7fff_ffffn,
    0xffff_ffffn,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  )
  .chain((value) => fc.tuple(fc.constant(value), fc.constantFrom(1, 2, 4, 8), fc.boolean()))
  .map(([value, width, little]) => {
    const bytes = Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
    return Uint8Array.from(little ? bytes : bytes.reverse());
  });
const some = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 8 }), words);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant("set" as const), at: place, bytes: some }),
  fc.record({ kind: fc.constant("cut" as const), at: place, length: fc.integer({ min: 1, max: 64 }) }),
  fc.record({ kind: fc.constant("insert" as const), at: place, bytes: some }),
  fc.record({ kind: fc.constant("swap" as const), at: place, with: place, length: fc.integer({ min: 1, max: 50 }) }),
);

function edited(bytes: Uint8Array, change: Edit): Uint8Array {
  const at = Math.floor(change.at * bytes.length);
  const copy = Uint8Array.from(bytes);
  switch (change.kind) {
    case "flip":
      if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << change.bit);
      return copy;
    case "set":
      copy.set(change.bytes.subarray(0, copy.length - at), at);
      return copy;
    case "cut":
      return Uint8Array.from([...copy.subarray(0, at), ...copy.subarray(at + change.length)]);
    case "insert":
      return Uint8Array.from([...copy.subarray(0, at), ...change.bytes, ...copy.subarray(at)]);
    case "swap": {
      const other = Math.floor(change.with * bytes.length);
      copy.set(bytes.subarray(other, other + change.length).subarray(0, copy.length - at), at);
      copy.set(bytes.subarray(at, at + change.length).subarray(0, copy.length - other), other);
      return copy;
    }
  }
}

/** Files near the given ones: each with a few changes, none perhaps; and bytes that are nothing. */
export function bytesNear(...files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const near = fc
    .tuple(fc.constantFrom(...files), fc.array(edit, { maxLength: 4 }))
    .map(([file, edits]) => edits.reduce(edited, file));
  return fc.oneof({ weight: 9, arbitrary: near }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) });
}

/** Texts near the given ones, in whatever bytes; and texts that are nothing. */
export function textNear(...texts: readonly string[]): fc.Arbitrary<string> {
  const near = bytesNear(...texts.map((text) => new TextEncoder().encode(text))).map((bytes) =>
    new TextDecoder().decode(bytes),
  );
  return fc.oneof(
    { weight: 8, arbitrary: near },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 100 }) },
    { weight: 1, arbitrary: deep },
  );
}

/** Brackets in brackets, as deep as a parser that recurses doesn't bear. */
const deep = fc
  .tuple(fc.constantFrom("[", '{"a":', "- ", '{"@graph":['), fc.constantFrom(10, 1_000, 20_000))
  .map(([bracket, depth]) => bracket.repeat(depth));

/** Values that stand where another kind was expected. */
const strange = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    "",
    "0",
    "-1",
    "00",
    "1e3",
    "0x",
    "0xzz",
    "__proto__",
    "\ud800",
    -1,
    0.5,
    1e21,
    2 ** 53,
    [],
    {},
  ),
  fc.constantFrom(78, 79, 5_000).map((digits) => "9".repeat(digits)),
  fc.constantFrom(20, 31, 32, 33, 65).map((length) => `0x${"ab".repeat(length)}`),
  fc.bigInt({ min: 0n, max: 2n ** 256n }).map(String),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
);

type Change = {
  readonly at: number;
  readonly kind: "replace" | "delete" | "repeat" | "nest" | "name";
  readonly value: unknown;
};

const change: fc.Arbitrary<Change> = fc.record({
  at: place,
  kind: fc.constantFrom("replace", "replace", "replace", "delete", "repeat", "nest", "name"),
  value: strange,
});

/** Every member of objects and lists in a value: where it stands, and under which key. */
function members(value: unknown): (readonly [Record<string, unknown> | unknown[], string | number])[] {
  if (typeof value !== "object" || value === null) return [];
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
  const holder = value as Record<string, unknown>;
  return keys.flatMap((key) => [[holder, key] as const, ...members(holder[key])]);
}

function changed(value: unknown, { at, kind, value: given }: Change): unknown {
  const all = members(value);
  const instead: unknown = structuredClone(given);
  const found = all[Math.floor(at * all.length)];
  if (found === undefined) return instead;
  const [holder, key] = found as [Record<string, unknown>, string];
  if (kind === "delete") {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- any member may be missing
    else delete holder[key];
  } else if (kind === "repeat" && Array.isArray(holder)) holder.splice(Number(key), 0, holder[Number(key)]);
  else if (kind === "nest") holder[key] = [holder[key]];
  else if (kind === "name" && !Array.isArray(holder)) holder[String(instead)] = holder[key];
  else holder[key] = instead;
  return value;
}

/** JSON near the given values: members changed, gone, repeated or nested; or its text changed anywhere. */
export function jsonNear(...values: readonly unknown[]): fc.Arbitrary<string> {
  const byMembers = fc
    .tuple(fc.constantFrom(...values), fc.array(change, { maxLength: 3 }))
    .map(([value, changes]) => JSON.stringify(changes.reduce<unknown>(changed, structuredClone(value))));
  return fc.oneof(
    { weight: 6, arbitrary: byMembers },
    { weight: 3, arbitrary: textNear(...values.map((value) => JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.json() },
  );
}
