import { spawn } from "node:child_process";
import { freePort, hasAnvil, type Node, rpc, startAnvil } from "../../support/process.ts";

/** A development chain in a process of its own: anvil, or Hardhat's node where anvil's binary isn't there. */
export async function startNode(): Promise<Node> {
  return (await hasAnvil()) ? startAnvil() : startHardhatNode();
}

/** Ends a node and waits until it is gone. */
export async function stopNode({ process: child }: Node): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

/** Hardhat's node on a free port. */
export async function startHardhatNode(): Promise<Node> {
  const port = await freePort();
  const child = spawn("hardhat", ["node", "--port", String(port)], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 300; attempt++) {
    if ((await rpc(url, "eth_chainId").catch(() => undefined)) !== undefined) return { url, process: child };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error("Hardhat's node didn't answer within thirty seconds");
}
