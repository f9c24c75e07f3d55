import type { Interface } from "ethers";
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
} from "../typechain-types/index.ts";
import type { Role } from "./addressBook.ts";

const MAKERS: Readonly<Record<Role, () => Interface>> = {
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

const made = new Map<Role, Interface>();

/** The interface of a contract, made when it is first asked for: that takes some milliseconds. */
export function interfaceOf(role: Role): Interface {
  const known = made.get(role) ?? MAKERS[role]();
  made.set(role, known);
  return known;
}
