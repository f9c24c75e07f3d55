import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";

/** A development node in a process of its own. */
export interface Node {
  readonly url: string;
  readonly process: ChildProcess;
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

/** Whether anvil's binary is there: its npm package brings one for some platforms only. */
export async function hasAnvil(): Promise<boolean> {
  const child = spawn("anvil", ["--version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    child.on("error", () => resolve(false)).on("close", (code) => resolve(code === 0));
  });
}

/** Starts anvil on a free port and waits until it answers. */
export async function startAnvil(...args: readonly string[]): Promise<Node> {
  return startAt(await freePort(), (port) => spawnAnvil(port, args), "anvil", 10);
}

/** Hardhat's node on a free port. */
export async function startHardhatNode(): Promise<Node> {
  return startAt(await freePort(), (port) => spawnHardhat(port), "Hardhat's node", 30);
}

/** A development chain in a process of its own: anvil, or Hardhat's node where anvil's binary isn't there. */
export async function startNode(): Promise<Node> {
  return (await hasAnvil()) ? startAnvil() : startHardhatNode();
}

/** The same on a given port, out of the terminal's reach: Ctrl-C is for whoever started it, and ends it last. */
export async function startOwnNode(port: number): Promise<Node> {
  if (await hasAnvil()) return startAt(port, () => spawnAnvil(port, [], true), "anvil", 10);
  return startAt(port, () => spawnHardhat(port, true), "Hardhat's node", 30);
}

/** Ends a node and waits until it is gone. */
export async function stopNode({ process: child }: Node): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

/** One JSON-RPC call. */
export async function rpc(url: string, method: string, params: readonly unknown[] = []): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result } = (await response.json()) as { result?: unknown };
  return result;
}

function spawnAnvil(port: number, args: readonly string[], detached = false): ChildProcess {
  return spawn("anvil", ["--port", String(port), "--silent", ...args], { stdio: "ignore", detached });
}

function spawnHardhat(port: number, detached = false): ChildProcess {
  return spawn("hardhat", ["node", "--port", String(port)], { stdio: "ignore", detached });
}

async function startAt(
  port: number,
  start: (port: number) => ChildProcess,
  what: string,
  seconds: number,
): Promise<Node> {
  const child = start(port);
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 10 * seconds; attempt++) {
    if ((await rpc(url, "eth_chainId").catch(() => undefined)) !== undefined) return { url, process: child };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error(`${what} didn't answer within ${seconds} seconds`);
}
