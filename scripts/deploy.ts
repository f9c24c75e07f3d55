import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ClientError, connectSuite } from "../client/index.ts";
import { options, run } from "./commandLine.ts";
import { deploymentIdOf, deploySuite } from "./deployment.ts";
import { canMoveTime, connectChain } from "./network.ts";
import { step } from "./progress.ts";

/** Deploys the suite, or completes a deployment that was interrupted, and writes its address book. */
async function main(): Promise<number> {
  const values = options({
    network: { type: "string", default: "localhost" },
    currency: { type: "string" },
    treasury: { type: "string" },
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
  const file = `deployments/${chain.chainId}.json`;
  const book = await step(
    `Deploying from ${deployer.address} to ${chain.client}, chain ${chain.chainId}`,
    async () =>
      deploySuite(chain, {
        treasury: values.treasury ?? deployer.address,
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

await run(main);
