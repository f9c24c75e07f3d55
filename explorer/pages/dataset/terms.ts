import type { Dataset } from "../../../client/indexApi/index.ts";
import { grouped, percentOfBps } from "../../words/amounts.ts";

/** Numbers of `IDatasetRegistry.Curation` and `Training`. */
export const CURATION = { open: 0, curated: 1, allowList: 2 } as const;
export const TRAINING = { anyone: 0, allowList: 1, approval: 2 } as const;

/** One of a dataset's terms as a sentence. */
export interface Term {
  readonly about: string;
  readonly says: string;
}

const CONTRIBUTING: Readonly<Record<number, string>> = {
  [CURATION.open]: "Anybody may contribute; what is sent is in the dataset at once.",
  [CURATION.curated]: "Anybody may contribute; a curator accepts or rejects each contribution.",
  [CURATION.allowList]: "Wallets on the owner’s list, or with a curator’s invitation, may contribute.",
};

const MAY_TRAIN: Readonly<Record<number, string>> = {
  [TRAINING.anyone]: "Anybody may register a model that was trained on it.",
  [TRAINING.allowList]: "Wallets on the owner’s list may register models that were trained on it.",
  [TRAINING.approval]: "Wallets that the owner approved may register models that were trained on it.",
};

/**
 * A dataset's terms in words.
 *
 * @param deposit - with the currency's symbol
 */
export function termsInWords(dataset: Dataset, deposit: string): readonly Term[] {
  const { curation, training, streamBps, proRataBps, rowCap } = dataset;
  return [
    { about: "Contributing", says: CONTRIBUTING[curation] ?? "A way of contributing that this page doesn’t know." },
    { about: "Training", says: MAY_TRAIN[training] ?? "A rule for training that this page doesn’t know." },
    {
      about: "Contributors’ share",
      says: `A model leaves them at least ${percentOfBps(streamBps)} of its income, for as long as it lives.`,
    },
    {
      about: "Divided by",
      says:
        proRataBps === 10_000
          ? "Row count alone."
          : `${percentOfBps(proRataBps)} by row count in any case, the rest by influence on the answers that were paid.`,
    },
    { about: "Row cap", says: `One contribution counts ${grouped(rowCap)} rows at the most.` },
    {
      about: "Deposit",
      says:
        dataset.deposit === 0n
          ? "None."
          : `${deposit} for ${curation === CURATION.open ? "each row" : "a contribution"}; it comes back with the decision.`,
    },
  ];
}
