import { type Command, headingOf, optionFlag, type Parameter, ROLES } from "./command.ts";
import { EXIT_MEANINGS } from "./exit.ts";
import { describe, DESCRIPTION, GLOBAL_OPTIONS, HABITS } from "./program.ts";

/** The manual of the command line: one page in Markdown, made of the command table. */
export function manualPage(commands: readonly Command[]): string {
  const sections = ROLES.map((role) => ({ role, listed: commands.filter((one) => one.role === role) })).filter(
    ({ listed }) => listed.length > 0,
  );
  const globals = GLOBAL_OPTIONS.map(({ name, placeholder, summary, env, default: value }) => {
    const known = [
      env === undefined ? [] : [`from \`${env}\``],
      value === undefined ? [] : [`default \`${value}\``],
    ].flat();
    const written = placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`;
    return `- \`${written}\`: ${summary}${known.length === 0 ? "" : ` (${known.join(", ")})`}`;
  });
  return [
    "# tributary",
    DESCRIPTION,
    "This page is made of the command table (`tributary docs --out docs/cli.md`). `tributary COMMAND --help` shows the same of one command; `tributary completion bash|zsh|fish` prints a completion script.",
    HABITS,
    ["| for | commands |", "|---|---|", ...sections.map(({ role, listed }) => overview(role, listed))].join("\n"),
    "## Options of every command",
    globals.join("\n"),
    "## Exit codes",
    Object.entries(EXIT_MEANINGS)
      .map(([code, meaning]) => `- ${code}: ${meaning}`)
      .join("\n"),
    ...sections.flatMap(({ role, listed }) => [`## ${headingOf(role)}`, ...listed.flatMap(commandSection)]),
  ]
    .map((paragraph) => `${paragraph}\n`)
    .join("\n");
}

function overview(role: string, listed: readonly Command[]): string {
  return `| ${role} | ${listed.map(({ name }) => `[\`${name}\`](#${name.replaceAll(" ", "-")})`).join(", ")} |`;
}

function commandSection(command: Command): string[] {
  const { name, options, examples } = command;
  const taken = Object.values(command.arguments);
  const usage = ["tributary", name, ...taken.map(usageOf), ...(Object.keys(options).length > 0 ? ["[OPTIONS]"] : [])];
  const lines = [
    ...taken.map((parameter) => `- \`${parameter.placeholder}\`: ${parameter.summary}`),
    ...Object.entries(options).map(([option, parameter]) => optionLine(option, parameter)),
  ];
  return [
    `### ${name}`,
    describe(command),
    `\`\`\`\n${usage.join(" ")}\n\`\`\``,
    ...(lines.length === 0 ? [] : [lines.join("\n")]),
    `\`\`\`sh\n${examples.map((example) => `tributary ${example}`).join("\n")}\n\`\`\``,
  ];
}

function usageOf({ kind, placeholder, required }: Parameter<unknown>): string {
  const written = kind === "rest" ? `${placeholder}…` : placeholder;
  return required ? written : `[${written}]`;
}

function optionLine(name: string, { kind, placeholder, summary, required }: Parameter<unknown>): string {
  const written = kind === "flag" ? optionFlag(name) : `${optionFlag(name)} ${placeholder}`;
  return `- \`${written}\`: ${summary}${required ? " (required)" : ""}`;
}
