import type { ContractRunner, Provider } from "ethers";
import {
  type AttributionRegistry,
  AttributionRegistry__factory,
  type BondVault,
  BondVault__factory,
  type ChallengeRegistry,
  ChallengeRegistry__factory,
  type DatasetRegistry,
  DatasetRegistry__factory,
  type DemoDollar,
  DemoDollar__factory,
  type IndexRegistry,
  IndexRegistry__factory,
  type InferenceMarket,
  InferenceMarket__factory,
  type ModelRegistry,
  ModelRegistry__factory,
  type ModelReceivers,
  ModelReceivers__factory,
  type RevenueLedger,
  RevenueLedger__factory,
  type StreamPayouts,
  StreamPayouts__factory,
  type UsageRegistry,
  UsageRegistry__factory,
} from "../typechain-types/index.ts";
import { type AddressBook, ROLES } from "./addressBook.ts";
import { ClientError } from "./clientError.ts";
import { explainError } from "./errors.ts";

/** Typed handles on the contracts of one deployment. */
export interface Suite {
  readonly book: AddressBook;
  readonly provider: Provider;
  readonly currency: DemoDollar;
  readonly datasets: DatasetRegistry;
  readonly models: ModelRegistry;
  readonly ledger: RevenueLedger;
  readonly market: InferenceMarket;
  readonly receivers: ModelReceivers;
  readonly vault: BondVault;
  readonly indexes: IndexRegistry;
  readonly usage: UsageRegistry;
  readonly attribution: AttributionRegistry;
  readonly challenges: ChallengeRegistry;
  readonly payouts: StreamPayouts;
}

/**
 * Connects to a deployment and checks that it is there.
 *
 * @throws ClientError `network` when the node can't be reached, `wrong-chain` when it is on another chain than the address
 *   book, `no-deployment` when an address has no code
 */
export async function connectSuite(book: AddressBook, provider: Provider): Promise<Suite> {
  const { chainId } = await provider.getNetwork().catch((error: unknown) => {
    throw explainError(error, "connecting");
  });
  if (chainId !== BigInt(book.chainId)) {
    throw new ClientError(
      "wrong-chain",
      `the node is on chain ${chainId}, the address book is for chain ${book.chainId}: use the other RPC address, or the other address book`,
    );
  }
  for (const role of ROLES) {
    if ((await provider.getCode(book.contracts[role])) === "0x") {
      throw new ClientError(
        "no-deployment",
        `there is no contract at ${book.contracts[role]} ("${role}"): the chain was reset, or the address book is another one's; deploy again`,
      );
    }
  }
  return suiteAt(book, provider);
}

/** Typed handles without any check. */
export function suiteAt(book: AddressBook, provider: Provider): Suite {
  const { contracts } = book;
  const runner: ContractRunner = provider;
  return {
    book,
    provider,
    currency: DemoDollar__factory.connect(contracts.currency, runner),
    datasets: DatasetRegistry__factory.connect(contracts.datasets, runner),
    models: ModelRegistry__factory.connect(contracts.models, runner),
    ledger: RevenueLedger__factory.connect(contracts.ledger, runner),
    market: InferenceMarket__factory.connect(contracts.market, runner),
    receivers: ModelReceivers__factory.connect(contracts.receivers, runner),
    vault: BondVault__factory.connect(contracts.vault, runner),
    indexes: IndexRegistry__factory.connect(contracts.indexes, runner),
    usage: UsageRegistry__factory.connect(contracts.usage, runner),
    attribution: AttributionRegistry__factory.connect(contracts.attribution, runner),
    challenges: ChallengeRegistry__factory.connect(contracts.challenges, runner),
    payouts: StreamPayouts__factory.connect(contracts.payouts, runner),
  };
}
