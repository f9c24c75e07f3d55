import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { ClientError } from "../client/index.ts";
import { ScorerError } from "../scorer/index.ts";

/** A flag that a script doesn't know, or one with a value that it can't take. */
export class UsageError extends Error {}

/** The flags of a script, by name. Unknown ones are an error and not ignored. */
export function options<T extends ParseArgsOptionsConfig>(config: T) {
  try {
    return parseArgs({ options: config }).values;
  } catch (cause) {
    const known = Object.keys(config).map((name) => `--${name}`);
    throw new UsageError(`${cause instanceof Error ? cause.message : String(cause)}. Known flags: ${known.join(", ")}`);
  }
}

/** The number that a flag was given: whole, between bounds, and a multiple of `step`. */
export function wholeNumber(given: string, flag: string, least: number, most: number, step = 1): number {
  const number = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= least && number <= most && number % step === 0) return number;
  const multiple = step === 1 ? "" : `, a multiple of ${step}`;
  throw new UsageError(`--${flag} ${given}: expected a whole number from ${least} to ${most}${multiple}`);
}

/** The name that a flag was given, one of those known. */
export function oneOf(given: string, flag: string, known: readonly string[]): string {
  if (known.includes(given)) return given;
  throw new UsageError(`--${flag} ${given}: expected one of ${known.join(", ")}`);
}

/** Runs a script: what it throws on purpose is one line on stderr; exit code 2 for wrong flags, 1 for any other failure. */
export async function run(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = error instanceof UsageError ? 2 : 1;
    const known = error instanceof ClientError || error instanceof ScorerError || error instanceof UsageError;
    process.stderr.write(
      `error: ${known || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)}\n`,
    );
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
