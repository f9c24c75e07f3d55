import type { Interface } from "ethers";
import type { Role } from "../../../client/addressBook.ts";
import {
  AttributionRegistry__factory,
  BondVault__factory,
  ChallengeRegistry__factory,
  DatasetRegistry__factory,
  DemoDollar__factory,
  IndexRegistry__factory,
  InferenceMarket__factory,
  ModelReceivers__factory,
  ModelRegistry__factory,
  RevenueLedger__factory,
  StreamPayouts__factory,
  UsageRegistry__factory,
} from "../../../typechain-types/index.ts";

/** The interface of each contract. */
export const INTERFACES: Readonly<Record<Role, () => Interface>> = {
  currency: () => DemoDollar__factory.createInterface(),
  datasets: () => DatasetRegistry__factory.createInterface(),
  models: () => ModelRegistry__factory.createInterface(),
  ledger: () => RevenueLedger__factory.createInterface(),
  market: () => InferenceMarket__factory.createInterface(),
  receivers: () => ModelReceivers__factory.createInterface(),
  vault: () => BondVault__factory.createInterface(),
  indexes: () => IndexRegistry__factory.createInterface(),
  usage: () => UsageRegistry__factory.createInterface(),
  attribution: () => AttributionRegistry__factory.createInterface(),
  challenges: () => ChallengeRegistry__factory.createInterface(),
  payouts: () => StreamPayouts__factory.createInterface(),
};
