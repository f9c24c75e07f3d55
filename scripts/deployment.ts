import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AddressBook, ClientError } from "../client/index.ts";
import { localTributaryModule, tributaryModule } from "../ignition/modules/Tributary.ts";
import { messageOf } from "./commandLine.ts";
import { deployResuming, journalFolder } from "./ignitionRecovery.ts";
import { canMoveTime, type Chain } from "./network.ts";

/** What a deployment is made with; the module's defaults hold for what isn't given. */
export interface DeploymentOptions {
  /** ERC-20 to be paid in; without one a worthless demo dollar is deployed. */
  readonly currency?: string;
  readonly treasury: string;
  /** Times and bonds that differ from the module's defaults, by name. */
  readonly parameters?: Readonly<Record<string, number | bigint>>;
  /** Name of Ignition's journal: a second run under the same name continues where the first one stopped. */
  readonly deploymentId?: string;
}

/** Deploys the suite through Ignition, or completes a deployment that was interrupted, and gives its address book. */
export async function deploySuite(chain: Chain, options: DeploymentOptions): Promise<AddressBook> {
  const { ignition } = chain.connection;
  const { deploymentId, treasury } = options;
  const journal = deploymentId === undefined ? {} : { deploymentId };
  const shared = { ...options.parameters, treasury };
  const deploy = async () => {
    if (options.currency === undefined) {
      const parameters = { LocalTributary: shared };
      const { currency, ...suite } = await ignition.deploy(localTributaryModule, { ...journal, parameters });
      return { suite, currency: await currency.getAddress() };
    }
    const parameters = { Tributary: { ...shared, currency: options.currency } };
    return { suite: await ignition.deploy(tributaryModule, { ...journal, parameters }), currency: options.currency };
  };
  const { suite, currency } = await deployResuming(chain, deploymentId, deploy).catch((cause: unknown) => {
    if (cause instanceof ClientError) throw cause;
    throw new ClientError("reverted", `the deployment stopped: ${messageOf(cause)}`, { cause });
  });
  const addressOf = async (role: keyof typeof suite): Promise<string> => suite[role].getAddress();
  return {
    chainId: chain.chainId,
    fromBlock: deploymentId === undefined ? 0 : await firstBlock(deploymentId),
    contracts: {
      currency,
      datasets: await addressOf("datasets"),
      models: await addressOf("models"),
      ledger: await addressOf("ledger"),
      market: await addressOf("market"),
      receivers: await addressOf("receivers"),
      vault: await addressOf("vault"),
      indexes: await addressOf("indexes"),
      usage: await addressOf("usage"),
      attribution: await addressOf("attribution"),
      challenges: await addressOf("challenges"),
      payouts: await addressOf("payouts"),
    },
  };
}

/**
 * The name of a deployment's journal. A development chain that was started again is another chain, which only its
 * genesis block tells.
 *
 * @param purpose - `chain` for the deployment of a chain, something else for one beside it
 */
export async function deploymentIdOf(chain: Chain, purpose = "chain"): Promise<string> {
  if (!canMoveTime(chain)) return `${purpose}-${chain.chainId}`;
  const genesis = await chain.provider.getBlock(0);
  return `${purpose}-${chain.chainId}-${genesis?.hash?.slice(2, 10)}`;
}

/** The block of a deployment's first transaction, from Ignition's journal. */
async function firstBlock(deploymentId: string): Promise<number> {
  const journal = await readFile(join(journalFolder(deploymentId), "journal.jsonl"), "utf8");
  const blocks = [...journal.matchAll(/"blockNumber":(\d+)/g)].map(([, block]) => Number(block));
  return Math.min(...blocks);
}
