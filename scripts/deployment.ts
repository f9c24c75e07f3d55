import type { AddressBook } from "../client/index.ts";
import { demoDollarModule } from "../ignition/modules/DemoDollar.ts";
import { tributaryModule } from "../ignition/modules/Tributary.ts";
import type { Chain } from "./network.ts";

/** What a deployment is made with; the module's defaults hold for what isn't given. */
export interface DeploymentOptions {
  /** ERC-20 to be paid in; without one a worthless demo dollar is deployed. */
  readonly currency?: string;
  readonly treasury: string;
  /** Name of Ignition's journal: a second run under the same name continues where the first one stopped. */
  readonly deploymentId?: string;
}

/** Deploys the suite through Ignition, or completes a deployment that was interrupted, and gives its address book. */
export async function deploySuite(chain: Chain, options: DeploymentOptions): Promise<AddressBook> {
  const { ignition } = chain.connection;
  const { deploymentId, treasury } = options;
  const fromBlock = deploymentId === undefined ? await chain.provider.getBlockNumber() : 0;
  const currency = options.currency ?? (await deployDemoDollar(chain, deploymentId));
  const suite = await ignition.deploy(tributaryModule, {
    ...(deploymentId === undefined ? {} : { deploymentId }),
    parameters: { Tributary: { currency, treasury } },
  });
  const addressOf = async (role: keyof typeof suite): Promise<string> => suite[role].getAddress();
  return {
    chainId: chain.chainId,
    fromBlock,
    contracts: {
      currency,
      datasets: await addressOf("datasets"),
      models: await addressOf("models"),
      ledger: await addressOf("ledger"),
      market: await addressOf("market"),
      vault: await addressOf("vault"),
      indexes: await addressOf("indexes"),
      usage: await addressOf("usage"),
      attribution: await addressOf("attribution"),
      payouts: await addressOf("payouts"),
    },
  };
}

async function deployDemoDollar(chain: Chain, deploymentId: string | undefined): Promise<string> {
  const { currency } = await chain.connection.ignition.deploy(demoDollarModule, {
    ...(deploymentId === undefined ? {} : { deploymentId }),
  });
  return currency.getAddress();
}
