import type { ChallengeState, ContributionState, PaymentWay, StatementState } from "../../client/indexApi/index.ts";
import type { Tone } from "../components/Layout.tsx";

/** A state's name for people, its colour, and what it means. */
export interface StateWords {
  readonly name: string;
  readonly tone: Tone;
  readonly meaning: string;
}

export const STATEMENTS: Readonly<Record<StatementState, StateWords>> = {
  live: {
    name: "live",
    tone: "busy",
    meaning: "Proposed against a bond. Anybody may challenge it; after the window it can become final.",
  },
  final: { name: "final", tone: "good", meaning: "Nobody refuted it in time. Its lines can be claimed." },
  void: {
    name: "void",
    tone: "bad",
    meaning: "A line was refuted or a challenge wasn’t answered: the scorer lost its bond, and nothing can be claimed.",
  },
  rejected: {
    name: "rejected",
    tone: "plain",
    meaning: "The dataset’s owner rejected it: the interval was divided by row count, and all bonds went back.",
  },
};

export const CHALLENGES: Readonly<Record<ChallengeState, StateWords>> = {
  open: { name: "open", tone: "busy", meaning: "Waits for an answer. Silence until the deadline voids the statement." },
  opened: {
    name: "opened",
    tone: "info",
    meaning: "The nodes below were shown. A challenger may go on to one of them while they are shown.",
  },
  defended: { name: "defended", tone: "good", meaning: "The line’s weight was proved to follow from row and report." },
  refuted: { name: "refuted", tone: "bad", meaning: "The line’s weight was shown to be wrong: the statement is void." },
  silent: { name: "not answered", tone: "bad", meaning: "Nobody answered in time: the statement is void." },
};

export const CONTRIBUTIONS: Readonly<Record<ContributionState, StateWords>> = {
  pending: { name: "pending", tone: "busy", meaning: "Waits for a curator’s decision." },
  accepted: { name: "accepted", tone: "good", meaning: "Has a place in the dataset." },
  rejected: { name: "rejected", tone: "bad", meaning: "A curator rejected it." },
  withdrawn: { name: "withdrawn", tone: "plain", meaning: "Its wallet took it back." },
};

export const WAYS: Readonly<Record<PaymentWay, string>> = {
  wallet: "from a wallet",
  prepaid: "prepaid",
  voucher: "by vouchers",
  receiver: "to the model’s address",
  credit: "by a contract",
};
