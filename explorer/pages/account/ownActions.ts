import { ZERO_ADDRESS } from "../../words/hashes.ts";
import type { Action } from "../../wallet/action.ts";

/**
 * Sets where the account's claims go.
 *
 * @param recipient - undefined for the account itself
 */
export function recipientAction(recipient: string | undefined): Action {
  return {
    title: "Set recipient",
    meaning:
      recipient === undefined
        ? "From now on your claims go to your own wallet."
        : `From now on your claims go to ${recipient}. Nobody can take back what has gone there.`,
    prepare: async ({ suite }) => [
      {
        doing: "the change of the recipient",
        transaction: await suite.payouts.setRecipient.populateTransaction(recipient ?? ZERO_ADDRESS),
      },
    ],
  };
}

/** Takes the account's balance as developer, scorer or treasury out of the ledger. */
export const WITHDRAW: Action = {
  title: "Withdraw balance",
  meaning: "Sends what the ledger holds for you, as developer or scorer, to your wallet.",
  prepare: async ({ suite, account }) => [
    { doing: "the withdrawal", transaction: await suite.ledger.withdraw.populateTransaction(account) },
  ],
};

/** Asks for the free part of a bond, or takes what was asked for. */
export function bondAction(controller: string, ready: boolean, free: bigint): Action {
  return ready
    ? {
        title: "Take bond",
        meaning: "Sends the bond that you asked back to your wallet.",
        prepare: async ({ suite, account }) => [
          {
            doing: "taking the bond",
            transaction: await suite.vault.withdraw.populateTransaction(controller, account),
          },
        ],
      }
    : {
        title: "Ask bond back",
        meaning:
          "Asks for all that is free. It can’t secure anything any more, and can be taken after the vault’s delay.",
        prepare: async ({ suite }) => [
          {
            doing: "asking the bond back",
            transaction: await suite.vault.requestWithdrawal.populateTransaction(controller, free),
          },
        ],
      };
}

/**
 * Asks for prepaid money, or takes what was asked for.
 *
 * @param label - what the model is called in a sentence
 */
export function channelAction(model: number, label: string, ready: boolean): Action {
  return ready
    ? {
        title: "Take prepaid money",
        meaning: `Sends what is left of your prepaid money for ${label} to your wallet.`,
        prepare: async ({ suite, account }) => [
          { doing: "taking the money", transaction: await suite.market.withdraw.populateTransaction(model, account) },
        ],
      }
    : {
        title: "Ask prepaid money back",
        meaning: `Asks for what is left for ${label}. Its operator stops serving you, and redeems what you signed; after the delay you can take the rest.`,
        prepare: async ({ suite }) => [
          {
            doing: "asking the money back",
            transaction: await suite.market.requestWithdrawal.populateTransaction(model),
          },
        ],
      };
}
