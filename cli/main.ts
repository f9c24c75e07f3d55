import { readFile } from "node:fs/promises";
import { CommanderError } from "commander";
import { explainError, type Suite } from "../client/index.ts";
import type { Context } from "./context.ts";
import { openSuite } from "./edges/provider.ts";
import { EXIT, type ExitCode, failureOf } from "./exit.ts";
import { Output } from "./output.ts";
import { buildProgram } from "./program.ts";
import { COMMANDS } from "./table.ts";

/** What the command line has of its process. */
export type Outside = Pick<NodeJS.Process, "env" | "stdout" | "stderr">;

/** Runs the command line once; everything that it prints goes through `Output`. */
export async function main(argv: readonly string[], outside: Outside = process): Promise<ExitCode> {
  const { env, stdout, stderr } = outside;
  // A reader that stops early, as `head` does, is no error.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const output = new Output(stdout, stderr, env, argv.includes("--json"));
  let exitCode: ExitCode = EXIT.ok;
  let usage = "";
  let doing = "";
  const sinks = {
    out: (text: string): void => void stdout.write(text),
    err: (text: string): void => {
      usage += text;
    },
  };
  const program = buildProgram(COMMANDS, await readVersion(), sinks, async (command, given, globals) => {
    doing = `"${command.name}"`;
    let opened: Promise<Suite> | undefined;
    const forget = (error: unknown): never => {
      opened = undefined;
      throw error;
    };
    const context: Context = {
      env,
      // A service asks again when the node wasn't there.
      suite: () => (opened ??= openSuite(globals, (text) => output.note(text)).catch(forget)),
      api: globals.api,
      note: (text) => output.note(text),
      step: (title, run) => output.step(title, run),
    };
    const outcome = await command.run(context, given);
    output.result(outcome);
    exitCode = outcome.exitCode ?? EXIT.ok;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      if (error.code === "commander.help") {
        output.note(usage.trimEnd());
        return EXIT.usage;
      }
      output.failure({ exitCode: EXIT.usage, code: "usage", message: usage.replace(/^error: /, "").trimEnd() });
      return EXIT.usage;
    }
    const failure = failureOf(explainError(error, doing));
    output.failure(failure);
    return failure.exitCode;
  }
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
