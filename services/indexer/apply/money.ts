import type {
  DelistedEvent,
  InferencePaidEvent,
  ListedEvent,
  PrepaidEvent,
  PrepaidWithdrawnEvent,
  VoucherRedeemedEvent,
  VouchersCreditedEvent,
  WithdrawalRequestedEvent,
} from "../../../typechain-types/revenue/InferenceMarket.ts";
import type {
  DeveloperPaidEvent,
  DistributedEvent,
  FeesCreditedEvent,
  ProtocolFeePaidEvent,
  RoyaltyPaidEvent,
  ScorerPaidEvent,
  WithdrawnEvent,
} from "../../../typechain-types/revenue/RevenueLedger.ts";
import type { PayoutOpenedEvent } from "../../../typechain-types/attribution/StreamPayouts.ts";
import { IndexError } from "../errors.ts";
import type { ChainEvent } from "../events.ts";
import type { ChannelRow, PaymentWay } from "../rows.ts";
import { CHANNELS, INCOMES, MODELS, PAYMENTS } from "../tables.ts";
import {
  account,
  count,
  flow,
  type Handler,
  type Happening,
  modelNode,
  on,
  plus,
  streamNode,
  UNKNOWN_PAYER,
  whole,
} from "./handler.ts";

interface Payment {
  readonly model: number;
  readonly payer: string | null;
  readonly amount: bigint;
  readonly feesAfter: bigint;
  readonly way: PaymentWay;
  readonly requestDigest: string | null;
}

/** A payment's row, and its money on its way into the model. */
function pay(happening: Happening, { model, payer, amount, feesAfter, way, requestDigest }: Payment): void {
  const { changes, event } = happening;
  changes.append(PAYMENTS, {
    id: event.id,
    model,
    payer,
    amount: String(amount),
    feesAfter: String(feesAfter),
    way,
    requestDigest,
  });
  count(happening, "payments", amount);
  flow(happening, "payment", payer ?? UNKNOWN_PAYER, modelNode(model), amount);
  changes.update(INCOMES, [model], ({ payments }) => ({ payments: payments + 1 }));
  if (payer !== null) account(happening, payer, ({ paid }) => ({ paid: plus(paid, amount) }));
}

/** Adds to a model's counters. */
function credit({ changes }: Happening, model: number, amount: bigint, feesAfter: bigint): void {
  changes.update(INCOMES, [model], ({ gross }) => ({ gross: plus(gross, amount), fees: String(feesAfter) }));
}

/** Whether one event tells of the credit that the other does: nothing comes between them. */
function isSameCredit(other: ChainEvent | undefined, { args }: ChainEvent): boolean {
  const [a, b] = [other?.args as Credit | undefined, args as Credit];
  return a !== undefined && a.model === b.model && a.amount === b.amount && a.feesAfter === b.feesAfter;
}

type Credit = Pick<FeesCreditedEvent.OutputObject, "model" | "amount" | "feesAfter">;

/** What is known of a payment that came in tokens: the event after the ledger's says whose it is. */
function sourceOf(next: ChainEvent | undefined, event: ChainEvent): Pick<Payment, "way" | "payer" | "requestDigest"> {
  if (isSameCredit(next, event)) {
    if (next?.role === "market" && next.name === "InferencePaid") {
      const { payer, requestDigest } = next.args as InferencePaidEvent.OutputObject;
      return { way: "wallet", payer, requestDigest };
    }
    if (next?.role === "receivers" && next.name === "Swept") {
      return { way: "receiver", payer: null, requestDigest: null };
    }
  }
  return { way: "credit", payer: null, requestDigest: null };
}

/** The counter after the batch that a voucher is redeemed in: the batch's own event comes last. */
function creditedBy({ events, place }: Happening): bigint {
  for (let i = place + 1; i < events.length; i++) {
    const event = events[i];
    if (event?.role === "market" && event.name === "VouchersCredited") {
      return (event.args as VouchersCreditedEvent.OutputObject).feesAfter;
    }
  }
  throw new IndexError("inconsistent", "the node left out the event that ends a batch of vouchers: ask another node");
}

function channel(
  { changes }: Happening,
  model: number,
  payer: string,
  change: (row: ChannelRow) => Partial<ChannelRow>,
): void {
  changes.upsert(CHANNELS, { model, payer, balance: "0", spent: "0", leavesAt: 0 }, change);
}

function spend(happening: Happening, model: number, payer: string, amount: bigint): void {
  channel(happening, model, payer, ({ balance, spent }) => ({
    balance: plus(balance, -amount),
    spent: plus(spent, amount),
  }));
}

/** What events of the ledger do to the index. */
export const ledgerHandlers: Readonly<Record<string, Handler>> = {
  FeesCredited: on((happening, { model, amount, feesAfter }: FeesCreditedEvent.OutputObject) => {
    const { event, next } = happening;
    credit(happening, whole(model), amount, feesAfter);
    pay(happening, { model: whole(model), amount, feesAfter, ...sourceOf(next, event) });
  }),
  Distributed: on(({ changes }, { model, fees, royalties }: DistributedEvent.OutputObject) =>
    changes.update(INCOMES, [whole(model)], ({ gross }) => ({
      dividedGross: gross,
      dividedFees: String(fees),
      dividedRoyalties: String(royalties),
    })),
  ),
  DeveloperPaid: on((happening, { model, payee, amount }: DeveloperPaidEvent.OutputObject) => {
    count(happening, "developers", amount);
    flow(happening, "developer", modelNode(whole(model)), payee, amount);
    account(happening, payee, (row) => ({
      balance: plus(row.balance, amount),
      developer: plus(row.developer, amount),
    }));
  }),
  RoyaltyPaid: on((happening, { model, parent, amount }: RoyaltyPaidEvent.OutputObject) => {
    count(happening, "royalties", amount);
    flow(happening, "royalty", modelNode(whole(model)), modelNode(whole(parent)), amount);
    happening.changes.update(INCOMES, [whole(parent)], ({ royalties }) => ({ royalties: plus(royalties, amount) }));
  }),
  ProtocolFeePaid: on((happening, { model, amount }: ProtocolFeePaidEvent.OutputObject) => {
    const { treasury } = happening.deployment;
    count(happening, "protocol", amount);
    flow(happening, "protocol", modelNode(whole(model)), treasury, amount);
    account(happening, treasury, (row) => ({
      balance: plus(row.balance, amount),
      protocol: plus(row.protocol, amount),
    }));
  }),
  // The payout whose scorer is paid was opened right before.
  ScorerPaid: on((happening, { scorer, amount }: ScorerPaidEvent.OutputObject) => {
    const { stream } = happening.previous?.args as PayoutOpenedEvent.OutputObject;
    count(happening, "scorers", amount);
    flow(happening, "scorer", streamNode(whole(stream)), scorer, amount);
    account(happening, scorer, (row) => ({ balance: plus(row.balance, amount), scorer: plus(row.scorer, amount) }));
  }),
  Withdrawn: on((happening, { account: of, to, amount }: WithdrawnEvent.OutputObject) => {
    flow(happening, "withdrawal", of, to, amount);
    account(happening, of, (row) => ({
      balance: plus(row.balance, -amount),
      withdrawn: plus(row.withdrawn, amount),
    }));
  }),
};

/** What events of the market do to the index. */
export const marketHandlers: Readonly<Record<string, Handler>> = {
  Listed: on(({ changes }, { model, price }: ListedEvent.OutputObject) =>
    changes.update(MODELS, [whole(model)], () => ({ price: String(price) })),
  ),
  Delisted: on(({ changes }, { model }: DelistedEvent.OutputObject) =>
    changes.update(MODELS, [whole(model)], () => ({ price: null })),
  ),
  InferencePaid: on(
    (happening, { model, payer, amount, feesAfter, requestDigest }: InferencePaidEvent.OutputObject) => {
      const { previous, event } = happening;
      // Money from a wallet was credited by the ledger's own event; of prepaid money this one tells alone.
      if (previous?.name === "FeesCredited" && isSameCredit(previous, event)) return;
      credit(happening, whole(model), amount, feesAfter);
      spend(happening, whole(model), payer, amount);
      pay(happening, { model: whole(model), payer, amount, feesAfter, way: "prepaid", requestDigest });
    },
  ),
  Prepaid: on((happening, { model, payer, amount }: PrepaidEvent.OutputObject) =>
    channel(happening, whole(model), payer, ({ balance }) => ({ balance: plus(balance, amount) })),
  ),
  VoucherRedeemed: on((happening, { model, payer, amount }: VoucherRedeemedEvent.OutputObject) => {
    const feesAfter = creditedBy(happening);
    spend(happening, whole(model), payer, amount);
    pay(happening, { model: whole(model), payer, amount, feesAfter, way: "voucher", requestDigest: null });
  }),
  VouchersCredited: on((happening, { model, amount, feesAfter }: VouchersCreditedEvent.OutputObject) =>
    credit(happening, whole(model), amount, feesAfter),
  ),
  WithdrawalRequested: on((happening, { model, payer, leavesAt }: WithdrawalRequestedEvent.OutputObject) =>
    channel(happening, whole(model), payer, () => ({ leavesAt: Number(leavesAt) })),
  ),
  PrepaidWithdrawn: on((happening, { model, payer }: PrepaidWithdrawnEvent.OutputObject) =>
    channel(happening, whole(model), payer, () => ({ balance: "0", leavesAt: 0 })),
  ),
};
