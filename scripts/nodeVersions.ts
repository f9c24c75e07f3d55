import { spawnSync } from "node:child_process";

/**
 * The place of a Node of some version, from npm. npx asks the registry each time: it is run once, for the place.
 *
 * @param version - its first number, such as `22`
 */
export function nodeOf(version: string): Promise<string> {
  const path = check("npx", ["--yes", "--package", `node@${version}`, "--", "node", "-p", "process.execPath"]).trim();
  const found = check(path, ["--version"]).trim();
  if (!found.startsWith(`v${version}.`)) throw new Error(`npx ran Node ${found}, not ${version}`);
  return Promise.resolve(path);
}

/** Runs a program of which the output is needed; its failure ends the script. */
export function check(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}${stdout}`);
  return stdout;
}
