import type { Role } from "../../../client/addressBook.ts";

/** What a contract is for, and who may do what with it: docs/architecture.md has every function. */
export interface ContractWords {
  readonly name: string;
  readonly job: string;
  readonly who: string;
}

export const CONTRACTS: Readonly<Record<Role, ContractWords>> = {
  currency: {
    name: "Currency",
    job: "The ERC-20 token that everything is paid in.",
    who: "Its own rules hold; the suite holds its balances and nothing else.",
  },
  datasets: {
    name: "DatasetRegistry",
    job: "Datasets and their terms, contributions, versions.",
    who: "Anybody creates a dataset and contributes. Its owner sets terms, curators and lists, and freezes; curators accept and reject.",
  },
  models: {
    name: "ModelRegistry",
    job: "The graph of models: parents, datasets, shares.",
    who: "Anybody registers. Shares can never change; the owner sets operator, payout address and terms for children.",
  },
  ledger: {
    name: "RevenueLedger",
    job: "What every model was paid, how it is split, balances, and prepaid money.",
    who: "Anybody distributes; everybody withdraws their own balance.",
  },
  market: {
    name: "InferenceMarket",
    job: "Prices, payments, and channels of prepaid money.",
    who: "A model’s owner sets its price; anybody pays. Prepaid money moves with its payer’s signature only.",
  },
  receivers: {
    name: "ModelReceivers",
    job: "An address for each model, for plain transfers.",
    who: "Anybody sweeps what arrived into the ledger.",
  },
  vault: {
    name: "BondVault",
    job: "Bonds and deposits, by the contract that may slash them.",
    who: "A contract reaches only what was deposited for it; the account takes its free balance after the delay.",
  },
  indexes: {
    name: "IndexRegistry",
    job: "The influence index of each stream, and demands of its rows.",
    who: "The model’s owner commits, the dataset’s owner may reject, anybody with a bond demands rows, anybody activates after the delay.",
  },
  usage: {
    name: "UsageRegistry",
    job: "Intervals of a model’s fees, and the operators’ signed reports.",
    who: "Anybody cuts an interval and posts a report that the operator signed.",
  },
  attribution: {
    name: "AttributionRegistry",
    job: "Statements, their bonds, and how intervals end.",
    who: "Anybody with a bond proposes, anybody finalises. The dataset’s owner may end an interval pro-rata.",
  },
  challenges: {
    name: "ChallengeRegistry",
    job: "Challenges of statements, and the answers to them.",
    who: "Anybody with a bond challenges; anybody opens, defends, refutes, calls silence and settles.",
  },
  payouts: {
    name: "StreamPayouts",
    job: "Claims, by line and pro-rata.",
    who: "Anybody claims for anybody: the money goes to the contributor, or to whom the contributor named.",
  },
};
