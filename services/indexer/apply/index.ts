import type { Changes } from "../changes.ts";
import type { Deployment } from "../deployment.ts";
import type { IndexedRole } from "../../../client/index.ts";
import { argsJson, type ChainEvent } from "../events.ts";
import { EVENT_ACCOUNTS, EVENTS } from "../tables.ts";
import { attributionHandlers, indexHandlers, usageHandlers } from "./attribution.ts";
import { challengeHandlers } from "./challenges.ts";
import { datasetHandlers } from "./datasets.ts";
import type { Handler } from "./handler.ts";
import { modelHandlers } from "./models.ts";
import { ledgerHandlers, marketHandlers } from "./money.ts";
import { payoutHandlers, vaultHandlers } from "./payouts.ts";

/** Receivers have no events of their own that the ledger's don't tell of already. */
const HANDLERS: Readonly<Record<IndexedRole, Readonly<Record<string, Handler>>>> = {
  datasets: datasetHandlers,
  models: modelHandlers,
  ledger: ledgerHandlers,
  market: marketHandlers,
  receivers: {},
  vault: vaultHandlers,
  indexes: indexHandlers,
  usage: usageHandlers,
  attribution: attributionHandlers,
  challenges: challengeHandlers,
  payouts: payoutHandlers,
};

/** Brings the events of one block into the index, in their order. */
export function applyBlock(
  changes: Changes,
  deployment: Deployment,
  events: readonly ChainEvent[],
  time: number,
): void {
  events.forEach((event, place) => {
    const { id, transactionHash, transactionIndex, role, name, args, accounts } = event;
    changes.append(EVENTS, { id, transactionHash, transactionIndex, contract: role, name, args: argsJson(args) });
    for (const account of accounts) changes.append(EVENT_ACCOUNTS, { account, id });
    const handler = HANDLERS[role][name];
    if (handler === undefined) return;
    const [previous, next] = [near(events[place - 1], event), near(events[place + 1], event)];
    handler({ event, time, events, place, previous, next, deployment, changes });
  });
}

/** An event that stands right beside another. */
function near(other: ChainEvent | undefined, { id, transactionHash }: ChainEvent): ChainEvent | undefined {
  return other?.transactionHash === transactionHash && Math.abs(other.id - id) === 1 ? other : undefined;
}
