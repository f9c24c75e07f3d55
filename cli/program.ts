import { Argument, Command as Commander, Help, Option } from "commander";
import { type Command, type Given, headingOf, optionFlag, type Parameter } from "./command.ts";
import { EXIT_MEANINGS, UsageError } from "./exit.ts";

/** The options that every command takes. */
export interface Globals {
  readonly rpc: string;
  readonly deployment: string;
  readonly api?: string;
}

/** An option that every command takes, as it is written and explained. */
export interface GlobalOption {
  readonly name: string;
  /** What stands for its value; undefined for a flag. */
  readonly placeholder?: string;
  readonly summary: string;
  /** Environment variable that it is taken from when it isn't given. */
  readonly env?: string;
  readonly default?: string;
}

export const DEFAULT_RPC = "http://127.0.0.1:8545";
export const DEFAULT_DEPLOYMENT = "demo-output/address-book.json";

export const GLOBAL_OPTIONS: readonly GlobalOption[] = [
  { name: "rpc", placeholder: "URL", summary: "the node to ask", env: "TRIBUTARY_RPC_URL", default: DEFAULT_RPC },
  {
    name: "deployment",
    placeholder: "FILE",
    summary: "the deployment's address book",
    env: "TRIBUTARY_DEPLOYMENT",
    default: DEFAULT_DEPLOYMENT,
  },
  {
    name: "api",
    placeholder: "URL",
    summary: "an index of the chain, to take past events from it instead of the node",
    env: "TRIBUTARY_API",
  },
  { name: "json", summary: "print one JSON object on stdout" },
];

export const DESCRIPTION = "On-chain data lineage, checkable attribution and revenue sharing for AI models.";

/** What holds for every command, and where keys come from. */
export const HABITS =
  "Nothing is sent without --broadcast. Keys come from TRIBUTARY_PRIVATE_KEY, an encrypted wallet (--keystore FILE) or Hardhat's keystore (--keystore hardhat:NAME), never from an option. Results go to stdout, everything else to stderr.";

/** Where the parser writes. */
export interface Sinks {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Makes the parser and its help of the command table. It throws commander's errors instead of leaving the process.
 *
 * @param execute - called with the chosen command and what was given for its parameters
 */
export function buildProgram(
  commands: readonly Command[],
  version: string,
  sinks: Sinks,
  execute: (command: Command, given: Readonly<Record<string, Given>>, globals: Globals) => Promise<void>,
): Commander {
  const program = new Commander("tributary");
  const leaves: Commander[] = [];
  program
    .description(DESCRIPTION)
    .usage("[options] COMMAND")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .showHelpAfterError("(add --help to see how it is used)")
    .configureOutput({ writeOut: sinks.out, writeErr: sinks.err })
    .configureHelp({
      showGlobalOptions: true,
      // Only where help is written: commander looks for suggestions among the visible commands, too.
      formatHelp: (shown, helper) => {
        const flat: Help = Object.assign(
          new Help(),
          helper,
          shown === program ? { visibleCommands: () => leaves } : {},
        );
        return Help.prototype.formatHelp.call(flat, shown, flat);
      },
      subcommandTerm: (leaf) =>
        [
          ...pathOf(leaf),
          ...leaf.registeredArguments.map((taken) => {
            const name = `${taken.name()}${taken.variadic ? "…" : ""}`;
            return taken.required ? name : `[${name}]`;
          }),
        ].join(" "),
    })
    .exitOverride();
  for (const option of GLOBAL_OPTIONS) program.addOption(globalOption(option));
  for (const command of commands) {
    const path = command.name.split(" ");
    const last = path.pop() ?? command.name;
    const heading = `${headingOf(command.role)}:`;
    const leaf = path.reduce((parent, name) => groupIn(parent, name, heading), program).command(last);
    leaf.summary(command.summary).description(describe(command)).helpGroup(heading);
    for (const parameter of Object.values(command.arguments)) leaf.addArgument(argumentOf(parameter));
    for (const [name, parameter] of Object.entries(command.options))
      leaf.addOption(optionOf(name, parameter, above(leaf)));
    leaf.addHelpText(
      "after",
      `\nExamples:\n${command.examples.map((example) => `  $ tributary ${example}`).join("\n")}`,
    );
    leaf.action(async () => {
      const positional = Object.keys(command.arguments).map((name, i): [string, Given] => [
        name,
        leaf.processedArgs[i] as Given,
      ]);
      await execute(command, { ...Object.fromEntries(positional), ...optionsOf(leaf, command) }, globalsOf(program));
    });
    leaves.push(leaf);
  }
  program.addHelpText("after", helpTail());
  return program;
}

function globalOption({ name, placeholder, summary, env, default: value }: GlobalOption): Option {
  const made = new Option(placeholder === undefined ? `--${name}` : `--${name} <${placeholder}>`, summary);
  if (env !== undefined) made.env(env);
  return value === undefined ? made : made.default(value);
}

function globalsOf(program: Commander): Globals {
  const globals = program.opts<Globals>();
  for (const name of ["rpc", "api"] as const) {
    const given = globals[name];
    if (given === undefined) continue;
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url?.protocol !== "http:" && url?.protocol !== "https:") {
      throw new UsageError(`--${name} is "${given}": expected a URL that begins with http:// or https://`);
    }
  }
  return globals;
}

/**
 * What was given for a command's options. A command above it, as `review` is of `review open`, takes options of the same
 * name for itself, wherever they stand.
 */
function optionsOf(leaf: Commander, { options }: Command): Record<string, Given> {
  const given: Record<string, Given> = leaf.opts();
  for (let above = leaf.parent; above?.parent; above = above.parent) {
    for (const [name, value] of Object.entries<Given>(above.opts())) {
      if (!(name in options)) throw new UsageError(`unknown option '${optionFlag(name)}'`);
      given[name] = value;
    }
  }
  return given;
}

/** The subcommand of that name, made if it isn't there: `index` of `index verify`. */
function groupIn(parent: Commander, name: string, heading: string): Commander {
  return (
    parent.commands.find((child) => child.name() === name) ??
    parent.command(name).usage("COMMAND").helpGroup(heading).helpCommand(false)
  );
}

/** What a command does, in full sentences. */
export function describe({ summary, details }: Command): string {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return details === undefined ? sentence : `${sentence}\n\n${details}`;
}

function argumentOf({ kind, placeholder, summary, required }: Parameter<unknown>): Argument {
  const name = kind === "rest" ? `${placeholder}...` : placeholder;
  return new Argument(required ? `<${name}>` : `[${name}]`, summary);
}

/** The options of the commands above a command, which take what is given under the same name. */
function above({ parent }: Commander): readonly Option[] {
  return parent?.parent ? [...parent.options, ...above(parent)] : [];
}

function optionOf(
  name: string,
  { kind, placeholder, summary, required }: Parameter<unknown>,
  taken: readonly Option[],
): Option {
  const flags = kind === "flag" ? optionFlag(name) : `${optionFlag(name)} <${placeholder}>`;
  const made = new Option(flags, required ? `${summary} (required)` : summary);
  if (kind === "repeated") made.argParser((value: string, before?: string[]) => [...(before ?? []), value]);
  // Where a command above takes it, the parser doesn't see it here: the parameter's reader says that it is missing.
  return required && !taken.some(({ long }) => long === made.long) ? made.makeOptionMandatory() : made;
}

function pathOf(leaf: Commander): string[] {
  return leaf.parent === null ? [] : [...pathOf(leaf.parent), leaf.name()];
}

function helpTail(): string {
  const rows = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return `
${HABITS}

Exit codes:
${rows.join("\n")}`;
}
