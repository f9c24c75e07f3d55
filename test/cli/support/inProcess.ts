import { Writable } from "node:stream";
import type { Suite } from "../../../client/index.ts";
import type { Given, Outcome } from "../../../cli/command.ts";
import type { Context } from "../../../cli/context.ts";
import { failureOf } from "../../../cli/exit.ts";
import { main, type Outside } from "../../../cli/main.ts";
import { COMMANDS } from "../../../cli/table.ts";
import type { RunCli } from "./cli.ts";

/** What stands on the command line for a command's arguments and options. */
export type Parameters = Readonly<Record<string, Given>>;

/** A context whose notes, steps and progress go to a list. */
export function contextOf(notes: string[], suite?: Suite): Context {
  return {
    env: {},
    api: undefined,
    suite: () => (suite === undefined ? Promise.reject(new Error("no chain is needed")) : Promise.resolve(suite)),
    note: (text) => void notes.push(text),
    step: async (title, act) => {
      notes.push(title);
      return act((detail) => void notes.push(detail));
    },
  };
}

/** Runs a command of the table in this process, which is faster than one of its own. */
export async function runCommand(
  name: string,
  given: Parameters,
  notes: string[] = [],
  suite?: Suite,
): Promise<Outcome> {
  const found = COMMANDS.find((command) => command.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.run(contextOf(notes, suite), given);
}

/** Exit code and message that a command ends with. */
export async function failure(act: Promise<unknown>): Promise<{ exitCode: number; message: string }> {
  const thrown: unknown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  const { exitCode, message } = failureOf(thrown);
  return { exitCode, message };
}

/** A stream that keeps what is written to it. */
class Kept extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/**
 * The command line from its arguments to its exit code, in this process: starting one takes a second.
 *
 * @param before - options that stand before all others, as `--rpc URL`
 */
export function commandLine(before: readonly string[]): RunCli {
  return async (args, env = {}) => {
    const [stdout, stderr] = [new Kept(), new Kept()];
    const outside = { env, stdout, stderr } as unknown as Outside;
    const code = await main([...before, ...args], outside);
    return { code, stdout: stdout.text, stderr: stderr.text };
  };
}
