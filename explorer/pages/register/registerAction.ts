import type { Hex } from "../../../client/indexApi/index.ts";
import { ZERO_ADDRESS, ZERO_WORD } from "../../words/hashes.ts";
import type { Action } from "../../wallet/action.ts";

/** A registration that was checked. */
export interface Registration {
  readonly kind: number;
  readonly artifactDigest: Hex;
  /** Undefined if it isn't said how the model was made. */
  readonly recipeDigest: Hex | undefined;
  readonly operator: string | undefined;
  readonly childKinds: number;
  readonly childBps: number;
  readonly supersedes: number | undefined;
  readonly priceHint: bigint;
  readonly parents: readonly { readonly id: number; readonly bps: number }[];
  readonly datasets: readonly {
    readonly id: number;
    readonly version: number;
    readonly bps: number;
    /** Proof of the wallet's place on the dataset's list of trainers; empty where it has none. */
    readonly permission: readonly string[];
  }[];
  readonly uri: string;
}

/** Registers a model; its sources and shares hold for its life. */
export function registerAction(registration: Registration | undefined): Action {
  return {
    title: "Register model",
    meaning: "Makes your wallet the developer of a new model. Kind, sources and shares can never be changed.",
    prepare: async ({ suite }) => {
      if (registration === undefined) return [];
      const { kind, artifactDigest, recipeDigest, operator, childKinds, childBps, supersedes, priceHint, uri } =
        registration;
      const byNumber = (a: { readonly id: number }, b: { readonly id: number }): number => a.id - b.id;
      const transaction = await suite.models.register.populateTransaction({
        kind,
        artifactDigest,
        recipeDigest: recipeDigest ?? ZERO_WORD,
        operator: operator ?? ZERO_ADDRESS,
        children: { kinds: childKinds, leastBps: childBps },
        supersedes: supersedes ?? 0,
        priceHint,
        // The registry wants ascending numbers.
        parents: registration.parents.toSorted(byNumber).map(({ id, bps }) => ({ model: id, shareBps: bps })),
        sources: registration.datasets.toSorted(byNumber).map(({ id, version, bps, permission }) => ({
          dataset: id,
          version,
          shareBps: bps,
          permission: [...permission],
        })),
        uri,
      });
      return [{ doing: "the registration", transaction }];
    },
  };
}
