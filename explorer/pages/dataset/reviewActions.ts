import type { Contribution } from "../../../client/indexApi/index.ts";
import type { Action } from "../../wallet/action.ts";

type Decided = Pick<Contribution, "contributor" | "root">;

function many(contributions: readonly Decided[]): string {
  return contributions.length === 1 ? "1 contribution" : `${contributions.length} contributions`;
}

function submissionsOf(contributions: readonly Decided[]): Decided[] {
  return contributions.map(({ contributor, root }) => ({ contributor, root }));
}

/** Puts contributions into a dataset. */
export function acceptAction(dataset: number, contributions: readonly Decided[]): Action {
  return {
    title: "Accept contributions",
    meaning: `${many(contributions)} get the next places in dataset ${dataset}, in the order of the list, and their deposits are released. It can't be undone.`,
    prepare: async ({ suite }) => [
      {
        doing: `accepting ${many(contributions)}`,
        transaction: await suite.datasets.accept.populateTransaction(dataset, submissionsOf(contributions)),
      },
    ],
  };
}

/**
 * Turns contributions down.
 *
 * @param reason - a note, whose SHA-256 reaches the chain
 */
export function rejectAction(dataset: number, contributions: readonly Decided[], reason: string): Action {
  return {
    title: "Reject contributions",
    meaning: `${many(contributions)} stay out of dataset ${dataset}, and their deposits are released. ${reason.trim() === "" ? "No reason is given." : "The SHA-256 of your note goes with it."}`,
    prepare: async ({ suite }) => {
      const { sha256, ZERO_WORD } = await import("../../../scorer/index.ts");
      const digest = reason.trim() === "" ? ZERO_WORD : sha256(new TextEncoder().encode(reason));
      return [
        {
          doing: `rejecting ${many(contributions)}`,
          transaction: await suite.datasets.reject.populateTransaction(dataset, submissionsOf(contributions), digest),
        },
      ];
    },
  };
}
