import type { Suite } from "../../../client/index.ts";
import type { Given, Outcome } from "../../../cli/command.ts";
import type { Context } from "../../../cli/context.ts";
import { failureOf } from "../../../cli/exit.ts";
import { COMMANDS } from "../../../cli/table.ts";

/** What stands on the command line for a command's arguments and options. */
export type Parameters = Readonly<Record<string, Given>>;

/** A context whose notes, steps and progress go to a list. */
export function contextOf(notes: string[], suite?: Suite): Context {
  return {
    env: {},
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
