import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

/** What a finished program printed. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function execute(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, stdout, stderr };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port was assigned");
  return address.port;
}

/** A development node in a process of its own. */
export interface Node {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Whether anvil's binary is there: its npm package brings one for some platforms only. */
export async function hasAnvil(): Promise<boolean> {
  return execute("anvil", ["--version"]).then(
    ({ code }) => code === 0,
    () => false,
  );
}

/** Starts anvil on a free port and waits until it answers. */
export async function startAnvil(...args: readonly string[]): Promise<Node> {
  const port = await freePort();
  const child = spawn("anvil", ["--port", String(port), "--silent", ...args], { stdio: "ignore" });
  const node = { url: `http://127.0.0.1:${port}`, process: child };
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await rpc(node.url, "eth_chainId").catch(() => undefined)) !== undefined) return node;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error("anvil didn't answer within ten seconds");
}

/** One JSON-RPC call. */
export async function rpc(url: string, method: string, params: readonly unknown[] = []): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result } = (await response.json()) as { result?: unknown };
  return result;
}
