import { type AddressBook, ROLES } from "../../client/index.ts";
import { demoDollarModule } from "../../ignition/modules/DemoDollar.ts";
import { tributaryModule } from "../../ignition/modules/Tributary.ts";
import { createChain, ownJournal } from "./engine.ts";

/**
 * An own chain with the suite deployed by the same modules, and from the same bytecode, that a deployment uses.
 *
 * @param token - contract that is deployed as its currency, with its constructor's arguments; a demo dollar without one
 */
export async function deploySuite(
  parameters: Record<string, number | bigint> = {},
  token?: readonly [name: string, ...args: unknown[]],
) {
  const connection = await createChain();
  const { ethers, ignition, networkHelpers } = connection;
  const [deployer, treasury, ...wallets] = await ethers.getSigners();
  if (deployer === undefined || treasury === undefined) throw new Error("the test chain has no accounts");
  const { currency } =
    token === undefined
      ? await ignition.deploy(demoDollarModule, ownJournal())
      : { currency: await ethers.deployContract(token[0], token.slice(1)) };
  const suite = await ignition.deploy(tributaryModule, {
    ...ownJournal(),
    parameters: { Tributary: { currency: await currency.getAddress(), treasury: treasury.address, ...parameters } },
  });
  const at = async (name: keyof typeof suite) => suite[name].getAddress();
  return {
    ethers,
    networkHelpers,
    provider: connection.provider,
    deployer,
    treasury,
    wallets,
    currency: await ethers.getContractAt("DemoDollar", await currency.getAddress()),
    datasets: await ethers.getContractAt("DatasetRegistry", await at("datasets")),
    models: await ethers.getContractAt("ModelRegistry", await at("models")),
    ledger: await ethers.getContractAt("RevenueLedger", await at("ledger")),
    market: await ethers.getContractAt("InferenceMarket", await at("market")),
    receivers: await ethers.getContractAt("ModelReceivers", await at("receivers")),
    vault: await ethers.getContractAt("BondVault", await at("vault")),
    indexes: await ethers.getContractAt("IndexRegistry", await at("indexes")),
    usage: await ethers.getContractAt("UsageRegistry", await at("usage")),
    attribution: await ethers.getContractAt("AttributionRegistry", await at("attribution")),
    challenges: await ethers.getContractAt("ChallengeRegistry", await at("challenges")),
    payouts: await ethers.getContractAt("StreamPayouts", await at("payouts")),
  };
}

export type Suite = Awaited<ReturnType<typeof deploySuite>>;

/** Where the contracts of a suite are, as its deployment would write it down. */
export async function bookOf(suite: Suite): Promise<AddressBook> {
  const entries = await Promise.all(ROLES.map(async (role) => [role, await suite[role].getAddress()] as const));
  return { chainId: 31_337, fromBlock: 0, contracts: Object.fromEntries(entries) as AddressBook["contracts"] };
}
