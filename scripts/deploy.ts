import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ClientError, connectSuite } from "../client/index.ts";
import { DEFAULT_PARAMETERS } from "../ignition/modules/Tributary.ts";
import { messageOf, options, run } from "./commandLine.ts";
import { deploymentIdOf, deploySuite } from "./deployment.ts";
import { canMoveTime, connectChain } from "./network.ts";
import { step } from "./progress.ts";

/** Deploys the suite, or completes a deployment that was interrupted, and writes its address book. */
async function main(): Promise<number> {
  const values = options({
    network: { type: "string", default: "localhost" },
    currency: { type: "string" },
    treasury: { type: "string" },
    parameters: { type: "string" },
    json: { type: "boolean", default: false },
  });
  const chain = await connectChain(values.network);
  const [deployer] = await chain.connection.ethers.getSigners();
  if (deployer === undefined)
    throw new ClientError(
      "no-funds",
      `network "${values.network}" has no account to deploy with: see docs/deployment.md`,
    );
  if (values.currency === undefined && !canMoveTime(chain)) {
    throw new ClientError(
      "bad-input",
      `name the ERC-20 that models are paid in with --currency: a worthless demo dollar is deployed on development chains only`,
    );
  }
  const parameters = values.parameters === undefined ? {} : await readParameters(values.parameters);
  const file = `deployments/${chain.chainId}.json`;
  const book = await step(
    `Deploying from ${deployer.address} to ${chain.client}, chain ${chain.chainId}`,
    async () =>
      deploySuite(chain, {
        treasury: values.treasury ?? deployer.address,
        parameters,
        deploymentId: await deploymentIdOf(chain),
        ...(values.currency === undefined ? {} : { currency: values.currency }),
      }),
    ({ contracts }) => `ledger at ${contracts.ledger}`,
  );
  await connectSuite(book, chain.provider);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(book, null, 2)}\n`);
  process.stdout.write(values.json ? `${JSON.stringify(book)}\n` : `address book: ${file}\n`);
  return 0;
}

/** Parameters of the module by name, whole numbers; large ones as strings. */
async function readParameters(file: string): Promise<Record<string, bigint>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new ClientError("bad-input", `${file} can't be read: ${messageOf(cause)}`, { cause });
  });
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, number | string>);
    const unknown = entries.filter(([name]) => !(name in DEFAULT_PARAMETERS)).map(([name]) => name);
    if (unknown.length > 0)
      throw new Error(`it names ${unknown.join(", ")}; there are ${Object.keys(DEFAULT_PARAMETERS).join(", ")}`);
    return Object.fromEntries(entries.map(([name, value]) => [name, BigInt(value)]));
  } catch (cause) {
    throw new ClientError(
      "bad-input",
      `${file} must be JSON of parameter names and whole numbers: ${messageOf(cause)}`,
      { cause },
    );
  }
}

await run(main);
