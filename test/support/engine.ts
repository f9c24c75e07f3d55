import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import hre, { network } from "hardhat";
import { journalFolder } from "../../scripts/ignitionRecovery.ts";
import { hasAnvil, type Node, rpc, startAnvil } from "../../scripts/localNode.ts";

/** What executes the tests' chains. */
const ENGINES = ["hardhat", "op", "anvil"] as const;

/** An engine by its name in `TRIBUTARY_CHAIN`: Hardhat's chain, the same as an OP-stack chain, or anvil. */
export type Engine = (typeof ENGINES)[number];

/** A connection to a test chain, whatever executes it. */
export type TestConnection = Awaited<ReturnType<typeof network.create<"l1">>>;

/** Accounts and gas as Hardhat's chain has them. */
const ANVIL = ["--hardfork", "prague", "--accounts", "20", "--gas-limit", "60000000"];
/** Each transaction's: an estimate would be the least with which it ends well, and calls within that may fail. */
const GAS = 16_000_000n;
const POLL_MILLISECONDS = 5;

const nodes: Node[] = [];

/**
 * The engine that `TRIBUTARY_CHAIN` names, Hardhat's chain by default.
 *
 * @throws Error for a name that none has
 */
export function engine(): Engine {
  const given = process.env.TRIBUTARY_CHAIN ?? "hardhat";
  const found = ENGINES.find((name) => name === given);
  if (found === undefined) throw new Error(`TRIBUTARY_CHAIN=${given}: expected one of ${ENGINES.join(", ")}`);
  return found;
}

/** A chain of its own of the engine. An anvil lives until the tests' process ends. */
export async function createChain(): Promise<TestConnection> {
  switch (engine()) {
    case "hardhat":
      return network.create("hardhat");
    case "op":
      // An OP-stack chain has all that a test of contracts asks of one of Ethereum.
      return (await network.create("op")) as unknown as TestConnection;
    case "anvil":
      return network.create({ network: "localhost", override: { url: (await ownAnvil()).url, gas: GAS } });
  }
}

async function ownAnvil(): Promise<Node> {
  if (!(await hasAnvil())) throw new Error("TRIBUTARY_CHAIN=anvil, and anvil isn't here: npm brings it for Linux x64");
  const node = await startAnvil(...ANVIL);
  node.process.unref();
  // Every block a second after the one before, as on Hardhat's chain.
  await rpc(node.url, "anvil_setBlockTimestampInterval", [1]);
  if (nodes.push(node) === 1) {
    waitForBlocks();
    process.once("exit", () => nodes.forEach(({ process: child }) => child.kill()));
  }
  return node;
}

/**
 * anvil answers before it has mined, and also if what it mined reverts; Hardhat's chain answers after, with an error
 * then. Tests read what they sent.
 */
function waitForBlocks(): void {
  const manual = new Set<unknown>();
  hre.hooks.registerHandlers("network", {
    async onRequest(context, connection, request, next) {
      const response = await next(context, connection, request);
      const { method, params } = request;
      if (method === "evm_setAutomine" && Array.isArray(params)) {
        if (params[0] === true) manual.delete(connection);
        else manual.add(connection);
      }
      const sends = method === "eth_sendTransaction" || method === "eth_sendRawTransaction";
      if (!sends || manual.has(connection) || !("result" in response)) return response;
      // What was mined and reverted says why when it is called once more.
      const refusalOf = async (transaction: unknown) => {
        const refusal = { id: request.id, jsonrpc: "2.0" as const, error: { code: 3, message: "execution reverted" } };
        if (method === "eth_sendRawTransaction") return refusal;
        const again = await next(context, connection, {
          ...request,
          method: "eth_call",
          params: [transaction, "latest"],
        });
        return "error" in again ? again : refusal;
      };
      const receipt = { ...request, method: "eth_getTransactionReceipt", params: [response.result] };
      for (;;) {
        const answer = await next(context, connection, receipt);
        if ("error" in answer) return answer;
        const { result } = answer as { result: { status: string } | null };
        if (result?.status === "0x1") return response;
        if (result !== null) return await refusalOf(Array.isArray(params) ? params[0] : undefined);
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
      }
    },
  });
}

/** Ignition keeps a journal of chains that outlive a process: under a name of its own here, and not for long. */
export function ownJournal(): { readonly deploymentId?: string } {
  if (engine() !== "anvil") return {};
  const deploymentId = `test-${randomUUID()}`;
  process.once("exit", () => rmSync(journalFolder(deploymentId), { recursive: true, force: true }));
  return { deploymentId };
}

/** Leaves a test out on other engines than those named. The reason stands beside the call. */
export function onlyOn(context: Mocha.Context, ...engines: readonly Engine[]): void {
  if (!engines.includes(engine())) context.skip();
}

/** Leaves a test out that measures gas, on contracts that are instrumented for coverage. */
export function asShipped(context: Mocha.Context): void {
  if (hre.globalOptions.coverage) context.skip();
}
