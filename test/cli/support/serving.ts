import { type ChildProcess, spawn } from "node:child_process";
import { ENTRY, type Run } from "./cli.ts";

/** What a server printed and how it ended. */
export interface Serving {
  readonly url: string;
  readonly process: ChildProcess;
  readonly ended: Promise<Run>;
}

/**
 * Starts a command that serves in a process of its own, and waits until it listens.
 *
 * @param args - of the command line; it listens at a free port
 */
export function startServing(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, ...args, "--port", "0", "--json"], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    const ended = new Promise<Run>((done) => {
      child.once("close", (code) => {
        reject(new Error(`the server ended: ${stderr}`));
        done({ code, stdout, stderr });
      });
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      const url = /at (http:\/\/[\d.:]+);/.exec(stderr)?.[1];
      if (url !== undefined) resolve({ url: `${url}/`, process: child, ended });
    });
  });
}
