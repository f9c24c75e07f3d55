import type { Sender, Suite } from "../../client/index.ts";
import { type Cast, castOf, fundDollars, fundGas, senderNamed } from "../demo/cast.ts";
import type { Contributor } from "../demo/corpus.ts";
import { type Member, memberOf } from "../demo/lineage.ts";
import type { Chain } from "../network.ts";

/** Who acts on the local chain of the page. */
export interface People extends Cast {
  /** Makes the model that answers reviews, and operates it. */
  readonly reviewer: Sender;
  /** Merges the two models. */
  readonly merger: Sender;
  /** Contributes to each dataset. */
  readonly generalist: Sender;
  /** Whose contributions wait for the curator. */
  readonly newcomers: readonly Sender[];
  /** Has gas and dollars and has done nothing yet: for whoever tries the page. */
  readonly visitor: Sender;
}

const NEWCOMERS = 3;
/** Demo dollars of the visitor. */
const POCKET = 1_000_000_000n;

export function peopleOf(chain: Chain): People {
  return {
    ...castOf(chain),
    reviewer: senderNamed(chain, "reviewer"),
    merger: senderNamed(chain, "merger"),
    generalist: senderNamed(chain, "generalist"),
    newcomers: Array.from({ length: NEWCOMERS }, (_, i) => senderNamed(chain, `newcomer ${i + 1}`)),
    visitor: senderNamed(chain, VISITOR),
  };
}

/** The name that the visitor's key is derived from. */
export const VISITOR = "visitor";

/** Contributors of a dataset with their wallets; the first of each is the generalist. */
export function membersOf(chain: Chain, people: People, contributors: readonly Contributor[]): Member[] {
  return contributors.map((contributor, i) =>
    memberOf(contributor, i === 0 ? people.generalist : senderNamed(chain, contributor.name)),
  );
}

/** Gives everybody gas, callers what they will pay, and the visitor a pocket of demo dollars. */
export async function fund(chain: Chain, suite: Suite, people: People, members: readonly Member[]): Promise<void> {
  const { callers, newcomers, visitor, agentMaker, ...others } = people;
  const senders = new Map<string, Sender>();
  for (const sender of [...Object.values(others), ...callers, ...newcomers, visitor, agentMaker]) {
    senders.set(sender.address, sender);
  }
  for (const { sender } of members) senders.set(sender.address, sender);
  await fundGas(chain, [...senders.values()], () => undefined);
  const { market } = suite.book.contracts;
  for (const payer of [...callers, agentMaker]) await fundDollars(suite, payer, POCKET, market);
  const { currency } = suite;
  await visitor.send("minting demo dollars", currency.mint.populateTransaction(visitor.address, POCKET), 100_000n);
}
