import { batchOf, isBatchFormat } from "./batch.ts";
import type { Context } from "./context.ts";
import { type ExitCode, UsageError } from "./exit.ts";
import type { Style } from "./style.ts";

/** Who a command is for; help is grouped by it. */
export const ROLES = [
  "contributor",
  "dataset owner",
  "model developer",
  "operator",
  "caller",
  "scorer",
  "challenger or auditor",
  "everybody",
] as const;

export type Role = (typeof ROLES)[number];

/** The heading of a role's commands. */
export function headingOf(role: Role): string {
  return role === "everybody" ? "For everybody" : `For the ${role}`;
}

/** What `--json` prints; integers that may exceed 2^53 are bigints here and decimal strings there. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export type JsonObject = { readonly [name: string]: Json };

/** What a command gives back. */
export interface Outcome<D extends JsonObject = JsonObject> {
  /** The result itself. */
  readonly data: D;
  /** The same for people. */
  readonly render: (style: Style) => string;
  /** 0 unless the result is itself bad news, as a statement that was found wrong is. */
  readonly exitCode?: ExitCode;
  /** What one may want to do next: a command, or a sentence. */
  readonly next?: string;
}

/** What stands on the command line for a parameter; undefined when nothing does. */
export type Given = string | readonly string[] | boolean | undefined;

/** An argument or option: how it is written, and what is made of it. */
export interface Parameter<V> {
  readonly kind: "argument" | "rest" | "option" | "repeated" | "flag";
  /** What stands for its value in help: `FILE`. */
  readonly placeholder: string;
  readonly summary: string;
  readonly required: boolean;
  /** @throws UsageError that says what is wrong with it */
  readonly read: (given: Given) => V;
}

/** Makes a value of a text, or says what was expected. */
export type Reader<V> = (text: string) => V;

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

export type Values<P> = { readonly [K in keyof P]: P[K] extends Parameter<infer V> ? V : never };

/** A positional argument. */
export function argument<V>(placeholder: string, summary: string, reader: Reader<V>): Parameter<V> {
  return {
    kind: "argument",
    placeholder,
    summary,
    required: true,
    read: (given) => readOne(placeholder, given, reader),
  };
}

/** A positional argument that may be left out; the last one. */
export function optionalArgument<V>(placeholder: string, summary: string, reader: Reader<V>): Parameter<V | undefined> {
  return { ...option(placeholder, summary, reader), kind: "argument" };
}

/** The rest of the positional arguments, at least one. */
export function rest<V>(placeholder: string, summary: string, reader: Reader<V>): Parameter<readonly V[]> {
  const read = (given: Given): V[] =>
    (typeof given === "object" ? given : []).map((text) => readOne(placeholder, text, reader));
  return { kind: "rest", placeholder, summary, required: true, read };
}

/** The rest of the positional arguments, which may be none. */
export function optionalRest<V>(placeholder: string, summary: string, reader: Reader<V>): Parameter<readonly V[]> {
  return { ...rest(placeholder, summary, reader), required: false };
}

/** An option that may be left out. */
export function option<V>(placeholder: string, summary: string, reader: Reader<V>): Parameter<V | undefined> {
  const read = (given: Given): V | undefined => (given === undefined ? undefined : readOne(placeholder, given, reader));
  return { kind: "option", placeholder, summary, required: false, read };
}

/** An option that must be given. */
export function requiredOption<V>(placeholder: string, summary: string, reader: Reader<V>): Parameter<V> {
  return { kind: "option", placeholder, summary, required: true, read: (given) => readOne(placeholder, given, reader) };
}

/** An option that may be given several times. */
export function repeatedOption<V>(placeholder: string, summary: string, reader: Reader<V>): Parameter<readonly V[]> {
  const read = (given: Given): V[] =>
    (typeof given === "object" ? given : []).map((text) => readOne(placeholder, text, reader));
  return { kind: "repeated", placeholder, summary: `${summary}; may be repeated`, required: false, read };
}

/** An option without a value. */
export function flag(summary: string): Parameter<boolean> {
  return { kind: "flag", placeholder: "", summary, required: false, read: (given) => given === true };
}

/** A command as it is written down. */
export interface CommandSpec<A extends Parameters, O extends Parameters> {
  /** `score`, or `index verify`. */
  readonly name: string;
  readonly role: Role;
  /** One line, as an imperative. */
  readonly summary: string;
  /** What else help says. */
  readonly details?: string;
  /** Positional, in this order. */
  readonly arguments: A;
  /** `feeBps` is written `--fee-bps`. */
  readonly options: O;
  /** Without the name of the program. */
  readonly examples: readonly string[];
  readonly run: (context: Context, args: Values<A & O>) => Promise<Outcome>;
}

/** A command of the table: its parameters are read when it runs. */
export interface Command extends Omit<CommandSpec<Parameters, Parameters>, "run"> {
  readonly run: (context: Context, given: Readonly<Record<string, Given>>) => Promise<Outcome>;
}

/** Ties what a command's `run` takes to the parameters that it declares. */
export function command<const A extends Parameters, const O extends Parameters>(spec: CommandSpec<A, O>): Command {
  const parameters: Parameters = { ...spec.arguments, ...spec.options };
  return {
    ...spec,
    run: async (context, given) => {
      const values = Object.entries(parameters).map(([name, parameter]) => [
        name,
        readNamed(name, parameter, given[name]),
      ]);
      const read = Object.fromEntries(values) as Values<A & O> & { readonly output?: unknown };
      const outcome = await spec.run(context, read);
      return isBatchFormat(read.output) ? batchOf(context, read.output, spec.name, outcome) : outcome;
    },
  };
}

/** `feeBps` → `--fee-bps` */
export function optionFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function readNamed(name: string, parameter: Parameter<unknown>, given: Given): unknown {
  try {
    return parameter.read(given);
  } catch (error) {
    if (error instanceof UsageError && (parameter.kind === "option" || parameter.kind === "repeated"))
      throw new UsageError(`${optionFlag(name)} ${error.message}`);
    throw error;
  }
}

function readOne<V>(placeholder: string, given: Given, reader: Reader<V>): V {
  if (typeof given !== "string") throw new UsageError(`${placeholder} is missing`);
  try {
    return reader(given);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${placeholder} is "${given}": ${error.message}`);
    throw error;
  }
}
