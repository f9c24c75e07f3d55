import type { Challenge, Statement } from "../../../client/indexApi/index.ts";
import { statementStruct } from "../../../client/statements.ts";
import { ceilLog2 } from "../../../scorer/core/integers.ts";
import type { LineEvidenceStruct } from "../../../typechain-types/attribution/ChallengeRegistry.ts";
import { bondCalls } from "../../chain/calls.ts";
import type { Action } from "../../wallet/action.ts";
import { ZERO_WORD } from "../../words/hashes.ts";

/** Level of the node that stands for the whole statement. */
export function rootLevel({ lines }: Pick<Statement, "lines">): number {
  return ceilLog2(lines);
}

/** Challenges a node of a live statement. */
export function challengeAction(statement: Statement, level: number, position: number): Action {
  const what =
    level === rootLevel(statement)
      ? "the root"
      : level === 0
        ? `line ${position}`
        : `node ${position} of level ${level}`;
  return {
    title: `Challenge ${what}`,
    meaning:
      "Locks a bond and makes the scorer show what is below, until its deadline. If it doesn’t answer, the statement is void and half of its bond is yours; if the statement becomes final, your bond goes to those who answered.",
    prepare: async (acting) => {
      const { challenges } = acting.suite;
      const struct = statementStruct(statement);
      const bond = await challenges.CHALLENGE_BOND();
      const challenge = await challenges.challenge.populateTransaction(struct, level, position);
      return [
        ...(await bondCalls(acting, "attribution", bond)),
        { doing: `challenging ${what}`, transaction: challenge },
      ];
    },
  };
}

/** Voids a live statement by recomputing a wrong line on the chain. */
export function refuteAction(statement: Statement, evidence: LineEvidenceStruct): Action {
  return {
    title: `Refute line ${String(evidence.index)}`,
    meaning:
      "The chain recomputes the line in this transaction and voids the statement. Half of its bond is yours, unless somebody challenged a node above the line in an earlier block.",
    prepare: async ({ suite }) => [
      {
        doing: "refuting the line",
        transaction: await suite.challenges.refute.populateTransaction(statementStruct(statement), evidence),
      },
    ],
  };
}

/** Makes a statement final once its window is over and nothing is open. */
export function finaliseAction(statement: Statement): Action {
  return {
    title: "Make it final",
    meaning:
      "Moves the interval’s pool to the claims: from then on every line can be claimed, and the scorer’s bond is free.",
    prepare: async ({ suite }) => [
      {
        doing: "making the statement final",
        transaction: await suite.attribution.finalise.populateTransaction(statementStruct(statement)),
      },
    ],
  };
}

/** Voids a statement of which a challenged node wasn't answered in time. */
export function silenceAction(
  statement: Statement,
  { level, position }: Pick<Challenge, "level" | "position">,
): Action {
  return {
    title: "Call the silence",
    meaning:
      "The node wasn’t answered in time: this voids the statement. Half of the scorer’s bond goes to the challenger.",
    prepare: async ({ suite }) => [
      {
        doing: "calling the silence",
        transaction: await suite.challenges.callSilence.populateTransaction(
          statementStruct(statement),
          level,
          position,
        ),
      },
    ],
  };
}

/** Pays or returns the bond of a challenge whose statement is decided. */
export function settleAction(statement: Statement, { level, position }: Pick<Challenge, "level" | "position">): Action {
  return {
    title: "Settle the bond",
    meaning:
      statement.state === "final"
        ? "The statement stands: the bond is shared by those who answered on this walk."
        : "The statement fell: the bond goes back to the challenger.",
    prepare: async ({ suite }) => [
      {
        doing: "settling the bond",
        transaction: await suite.challenges.settle.populateTransaction(statementStruct(statement), level, position),
      },
    ],
  };
}

/** Challenges a node that an answer has shown. */
export function descendAction(
  statement: Statement,
  { level, position }: Pick<Challenge, "level" | "position">,
  shown: number,
): Action {
  const below = level - Math.min(8, level);
  const what = below === 0 ? `line ${shown}` : `node ${shown} of level ${below}`;
  return {
    title: `Go on to ${what}`,
    meaning:
      "Challenges a node that the answer showed. The bond of the one who challenged the opened node moves down with it; anybody else locks one.",
    prepare: async (acting) => {
      const { challenges } = acting.suite;
      const { account } = acting;
      const number = (1n << BigInt(rootLevel(statement) - level)) + BigInt(position);
      const [[placed], bond] = await Promise.all([
        challenges.nodeOf(statement.hash, number),
        challenges.CHALLENGE_BOND(),
      ]);
      const hasBondThere = placed.challenger === account && placed.turns > 0n;
      const descend = await challenges.descend.populateTransaction(statementStruct(statement), level, position, shown);
      return [
        ...(hasBondThere ? [] : await bondCalls(acting, "attribution", bond)),
        { doing: `challenging ${what}`, transaction: descend },
      ];
    },
  };
}

/** Ends a live statement's interval pro-rata, by the dataset's owner. */
export function rejectAction(statement: Statement): Action {
  return {
    title: "Reject it",
    meaning:
      "As the dataset’s owner you end this interval pro-rata in your stream: it is divided by row count, and all bonds go back. It is the answer to a report that contradicts the receipts.",
    prepare: async ({ suite }) => [
      {
        doing: "rejecting the statement",
        transaction: await suite.attribution.rejectStatement.populateTransaction(statementStruct(statement), ZERO_WORD),
      },
    ],
  };
}
