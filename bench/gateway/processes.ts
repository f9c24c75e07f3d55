import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execute } from "../../test/support/process.ts";
import type { LoadOptions, LoadResult } from "./load.ts";
import type { ServeOptions } from "./serve.ts";

/** A server in a process of its own. */
export interface Served {
  readonly process: ChildProcess;
  readonly address: string;
  /** Redeems all vouchers; resolves with the wei that were redeemed. */
  readonly redeem: () => Promise<bigint>;
  /** Ends it as an operator would. */
  readonly stop: () => Promise<void>;
}

/** Starts a server and waits until it listens. */
export async function startServer(options: ServeOptions): Promise<Served> {
  // Not by the command tsx, which is a process of its own around it: signals are for the server.
  const child = spawn(process.execPath, ["--import", "tsx", pathOf("serve.ts"), JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told = async (): Promise<Record<string, string>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the server ended");
    return JSON.parse(value) as Record<string, string>;
  };
  const { address } = await told();
  if (address === undefined) throw new Error("the server named no address");
  return {
    process: child,
    address,
    redeem: async () => {
      child.stdin.write("redeem\n");
      return BigInt((await told()).redeemed ?? "0");
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
    },
  };
}

/** Puts load on a server. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { code, stdout, stderr } = await execute("tsx", [pathOf("load.ts"), JSON.stringify(options)]);
  if (code !== 0) throw new Error(`the load failed: ${stderr}`);
  return JSON.parse(stdout) as LoadResult;
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
