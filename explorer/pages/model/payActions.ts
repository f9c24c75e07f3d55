import type { Hex } from "../../../client/indexApi/index.ts";
import { approvalCalls } from "../../chain/calls.ts";
import type { Action, Message } from "../../wallet/action.ts";

/** What is paid. */
export interface Payment {
  readonly model: number;
  /** What it is called in a sentence. */
  readonly label: string;
  readonly amount: bigint;
  /** SHA-256 of the request; undefined for money that is prepaid. */
  readonly request: Hex | undefined;
}

function wordsOf({ label, request }: Payment): {
  readonly title: string;
  readonly meaning: string;
  readonly doing: string;
} {
  return request === undefined
    ? {
        title: "Prepay",
        meaning: `Puts money up for calls of ${label}. It stays yours until vouchers are redeemed against it, and you can take it back after a delay.`,
        doing: "prepaying",
      }
    : {
        title: "Pay for an answer",
        meaning: `Pays ${label} for one answer, and divides the money among its sources for good. The request's digest stands with the payment.`,
        doing: "the payment",
      };
}

/** Pays with an approval of exactly the amount before, if there is none yet: one step where the wallet takes batches. */
export function approvedPayment(payment: Payment): Action {
  const { model, amount, request } = payment;
  const { title, meaning, doing } = wordsOf(payment);
  return {
    title,
    meaning,
    prepare: async (acting) => {
      const { suite, account } = acting;
      const transaction =
        request === undefined
          ? await suite.market.deposit.populateTransaction(account, model, amount)
          : await suite.market.pay.populateTransaction(model, amount, request);
      return [...(await approvalCalls(acting, "market", amount)), { doing, transaction }];
    },
  };
}

/** Pays with a signed permit (ERC-2612): a signature, and one transaction. */
export function permittedPayment(payment: Payment): Action {
  const { model, amount, request } = payment;
  const { title, meaning, doing } = wordsOf(payment);
  let asked: Message | undefined;
  return {
    title,
    meaning,
    message: async (acting) => {
      const { permitMessage } = await import("../../wallet/permit.ts");
      asked = await permitMessage(acting, amount);
      return asked;
    },
    prepare: async ({ suite, account }, signature) => {
      if (asked === undefined || signature === undefined) throw new Error("nothing was signed");
      const { permitOf } = await import("../../wallet/permit.ts");
      const permit = permitOf(asked, signature);
      const transaction =
        request === undefined
          ? await suite.market.depositWithPermit.populateTransaction(account, model, amount, permit)
          : await suite.market.payWithPermit.populateTransaction(model, amount, request, permit);
      return [{ doing, transaction }];
    },
  };
}
