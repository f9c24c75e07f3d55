import { argument, type Command, command, option } from "../command.ts";
import { completionScript, SHELLS } from "../completion.ts";
import { writeOut } from "../edges/files.ts";
import { manualPage } from "../manual.ts";
import { oneOf, text } from "../readers.ts";

/** The commands that are made of the command table itself. */
export function manualCommands(commands: () => readonly Command[]): readonly Command[] {
  const completion = command({
    name: "completion",
    role: "everybody",
    summary: "print a completion script for a shell",
    arguments: { shell: argument("SHELL", SHELLS.join(", "), oneOf(SHELLS)) },
    options: {},
    examples: ["completion bash > /etc/bash_completion.d/tributary", "completion fish > tributary.fish"],
    run: (_context, { shell }) => {
      const script = completionScript(commands(), shell);
      return Promise.resolve({ data: { shell, script }, render: () => script.trimEnd() });
    },
  });
  const docs = command({
    name: "docs",
    role: "everybody",
    summary: "print the manual of all commands in Markdown",
    arguments: {},
    options: { out: option("FILE", "write it to a file instead", text) },
    examples: ["docs", "docs --out docs/cli.md"],
    run: async (_context, { out }) => {
      const page = manualPage(commands());
      if (out !== undefined) await writeOut(out, page, "the manual");
      const data = { commands: commands().length, file: out ?? null, ...(out === undefined ? { page } : {}) };
      return { data, render: () => out ?? page.trimEnd() };
    },
  });
  return [completion, docs];
}
