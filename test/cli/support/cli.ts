import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

export const ENTRY = fileURLToPath(new URL("../../../cli/tributary.mjs", import.meta.url));

/** Where Node keeps compiled modules from one run to the next. */
const COMPILED = join(tmpdir(), "tributary-cli-compiled");

/** How a run of the command line ended, and what it printed. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command line as a child process. */
export type RunCli = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Run>;

/** A command line that runs in `folder`, with nothing of the tests' own environment but PATH. */
export function cliIn(folder: string, base: Readonly<Record<string, string>> = {}): RunCli {
  return (args, env = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [ENTRY, ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, ...base, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout, stderr }));
    });
}

/** Expects a run to have failed: this code, nothing on stdout, and this on stderr without a stack trace. */
export function expectFailure(run: Run, code: number, ...messages: readonly (RegExp | string)[]): void {
  expect(run.stderr).not.to.match(/^\s+at /m);
  for (const message of messages) {
    if (typeof message === "string") expect(run.stderr).to.include(message);
    else expect(run.stderr).to.match(message);
  }
  expect({ code: run.code, stdout: run.stdout }).to.deep.equal({ code, stdout: "" });
}

/** The one JSON object that a run printed on stdout. */
// The caller knows what its command prints.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function jsonOf<T>(run: Run, code = 0): T {
  expect(run.code, run.stderr).to.equal(code);
  expect(run.stdout.trimEnd().split("\n")).to.have.length(1);
  return JSON.parse(run.stdout) as T;
}
