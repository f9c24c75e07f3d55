import type {
  DepositedEvent,
  LockedEvent,
  SlashedEvent,
  UnlockedEvent,
  WithdrawalRequestedEvent,
  WithdrawnEvent,
} from "../../../typechain-types/bond/BondVault.ts";
import type {
  LineClaimedEvent,
  PayoutOpenedEvent,
  PoolFellBackEvent,
  ProRataClaimedEvent,
  RecipientSetEvent,
} from "../../../typechain-types/attribution/StreamPayouts.ts";
import type { BondRow } from "../rows.ts";
import { ACCOUNTS, BONDS, CLAIMS, PAYOUTS, PRO_RATA, SETTLEMENTS, STREAMS } from "../tables.ts";
import {
  account,
  count,
  flow,
  type Handler,
  type Happening,
  on,
  plus,
  somebody,
  streamNode,
  whole,
} from "./handler.ts";

/** Where an account's money goes at this moment. */
function recipientOf({ changes }: Happening, contributor: string): string {
  return changes.find(ACCOUNTS, contributor)?.recipient ?? contributor;
}

/** What events of the payouts contract do to the index. */
export const payoutHandlers: Readonly<Record<string, Handler>> = {
  PayoutOpened: on(({ changes, event }, { stream, interval, payoutHash, payout }: PayoutOpenedEvent.OutputObject) => {
    const { statementHash } = changes.get(SETTLEMENTS, whole(stream), Number(interval));
    changes.put(PAYOUTS, {
      hash: payoutHash,
      id: event.id,
      statementHash: statementHash ?? "",
      stream: whole(stream),
      interval: Number(interval),
      pool: String(payout.pool),
      claimed: "0",
      claims: 0,
    });
  }),
  PoolFellBack: on(({ changes }, { stream, pool }: PoolFellBackEvent.OutputObject) =>
    changes.update(STREAMS, [whole(stream)], ({ fallbackPools }) => ({ fallbackPools: plus(fallbackPools, pool) })),
  ),
  LineClaimed: on((happening, { payoutHash, contributor, index, amount }: LineClaimedEvent.OutputObject) => {
    const { changes, event } = happening;
    const { stream } = changes.get(PAYOUTS, payoutHash);
    changes.append(CLAIMS, {
      id: event.id,
      kind: "line",
      stream,
      payoutHash,
      line: Number(index),
      contributor,
      recipient: recipientOf(happening, contributor),
      amount: String(amount),
    });
    changes.update(PAYOUTS, [payoutHash], ({ claimed, claims }) => ({
      claimed: plus(claimed, amount),
      claims: claims + 1,
    }));
    count(happening, "claims", amount);
    flow(happening, "line", streamNode(stream), contributor, amount);
    account(happening, contributor, ({ lines }) => ({ lines: plus(lines, amount) }));
  }),
  ProRataClaimed: on((happening, { stream: of, contributor, index, amount }: ProRataClaimedEvent.OutputObject) => {
    const { changes, event } = happening;
    const stream = whole(of);
    changes.append(CLAIMS, {
      id: event.id,
      kind: "proRata",
      stream,
      payoutHash: null,
      line: Number(index),
      contributor,
      recipient: recipientOf(happening, contributor),
      amount: String(amount),
    });
    changes.upsert(PRO_RATA, { stream, line: Number(index), claimed: "0" }, ({ claimed }) => ({
      claimed: plus(claimed, amount),
    }));
    count(happening, "claims", amount);
    flow(happening, "proRata", streamNode(stream), contributor, amount);
    account(happening, contributor, ({ proRata }) => ({ proRata: plus(proRata, amount) }));
  }),
  RecipientSet: on((happening, { contributor, recipient }: RecipientSetEvent.OutputObject) =>
    account(happening, contributor, () => ({ recipient: somebody(recipient) })),
  ),
};

function bond(
  { changes }: Happening,
  controller: string,
  of: string,
  change: (row: BondRow) => Partial<BondRow>,
): void {
  const blank = { controller, account: of, free: "0", locked: "0", leaving: "0", leavesAt: 0 };
  changes.upsert(BONDS, blank, change);
}

/** What events of the vault do to the index. */
export const vaultHandlers: Readonly<Record<string, Handler>> = {
  Deposited: on((happening, { controller, account: of, amount }: DepositedEvent.OutputObject) =>
    bond(happening, controller, of, ({ free }) => ({ free: plus(free, amount) })),
  ),
  Locked: on((happening, { controller, account: of, amount }: LockedEvent.OutputObject) =>
    bond(happening, controller, of, ({ free, locked }) => ({
      free: plus(free, -amount),
      locked: plus(locked, amount),
    })),
  ),
  Unlocked: on((happening, { controller, account: of, amount }: UnlockedEvent.OutputObject) =>
    bond(happening, controller, of, ({ free, locked }) => ({
      free: plus(free, amount),
      locked: plus(locked, -amount),
    })),
  ),
  Slashed: on((happening, { controller, account: of, to, amount }: SlashedEvent.OutputObject) => {
    bond(happening, controller, of, ({ locked }) => ({ locked: plus(locked, -amount) }));
    bond(happening, controller, to, ({ free }) => ({ free: plus(free, amount) }));
  }),
  WithdrawalRequested: on(
    (happening, { controller, account: of, amount, leavesAt }: WithdrawalRequestedEvent.OutputObject) =>
      bond(happening, controller, of, ({ free, leaving }) => ({
        free: plus(free, -amount),
        leaving: plus(leaving, amount),
        leavesAt: Number(leavesAt),
      })),
  ),
  Withdrawn: on((happening, { controller, account: of }: WithdrawnEvent.OutputObject) =>
    bond(happening, controller, of, () => ({ leaving: "0" })),
  ),
};
